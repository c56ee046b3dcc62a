//! Ends texts that never end.
//!
//! A terminal keeps the text of an order to it (a title, a link) until its end comes. A guest that never sends the end
//! would fill this computer's memory.

use std::borrow::Cow;

/// Longer than any title or link that somebody means.
const MOST: usize = 4 << 10;
/// Ends whatever order is under way.
const CANCEL: u8 = 0x18;
const SUBSTITUTE: u8 = 0x1a;
const ESCAPE: u8 = 0x1b;
const BELL: u8 = 0x07;

#[derive(Default)]
pub(super) struct Limiter {
    state: State,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Plain,
    Escape,
    /// In a text, of that length so far.
    Text(usize),
    /// In a text that was ended already.
    TooLong,
}

impl Limiter {
    /// `bytes` without what is too much. A text may go on from call to call.
    pub(super) fn pass<'bytes>(&mut self, bytes: &'bytes [u8]) -> Cow<'bytes, [u8]> {
        let mut cut: Option<Vec<u8>> = None;
        for (at, &byte) in bytes.iter().enumerate() {
            let before = self.state;
            self.state = next(before, byte);
            let is_ending = before == State::TooLong && self.state != State::TooLong;
            if self.state == State::TooLong {
                let cut = cut.get_or_insert_with(|| bytes.get(..at).unwrap_or_default().to_vec());
                if before != State::TooLong {
                    cut.push(CANCEL);
                }
            } else if is_ending && byte != ESCAPE {
                // The end of what is gone already.
                cut.get_or_insert_with(|| bytes.get(..at).unwrap_or_default().to_vec());
            } else if let Some(cut) = &mut cut {
                cut.push(byte);
            }
        }
        cut.map_or(Cow::Borrowed(bytes), Cow::Owned)
    }
}

const fn next(state: State, byte: u8) -> State {
    match (state, byte) {
        (_, ESCAPE) => State::Escape,
        (State::Escape, b']') => State::Text(0),
        (_, CANCEL | SUBSTITUTE) | (State::Text(_) | State::TooLong, BELL) | (State::Plain, _) => State::Plain,
        // Obeyed at once, and the order goes on behind it.
        (State::Escape, 0..0x20) => State::Escape,
        (State::Escape, _) => State::Plain,
        (State::Text(length), _) if length < MOST => State::Text(length + 1),
        (State::Text(_) | State::TooLong, _) => State::TooLong,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_meant_passes_untouched() {
        let mut limiter = Limiter::default();
        for text in [
            "plain\r\n",
            "\x1b]0;title\x07",
            "\x1b]8;;https://a.b/",
            "c\x1b\\link\x1b[1m",
        ] {
            assert!(matches!(limiter.pass(text.as_bytes()), Cow::Borrowed(_)), "{text:?}");
        }
    }

    #[test]
    fn a_text_that_never_ends_is_ended_and_what_follows_it_is_shown() {
        let mut limiter = Limiter::default();
        let mut passed = limiter.pass(b"a\x1b]0;").into_owned();
        for _ in 0..1_000 {
            passed.extend_from_slice(&limiter.pass(&[b'x'; 4_096]));
        }
        assert!(passed.len() < 2 * MOST, "{} bytes got through", passed.len());
        assert_eq!(passed.last(), Some(&CANCEL));
        assert_eq!(&*limiter.pass(b"xx\x07hello"), b"hello");
        assert_eq!(&*limiter.pass(b"\x1b[1m"), b"\x1b[1m");
    }
}
