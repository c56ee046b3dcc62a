//! From keys and the pointer to the bytes that a terminal sends for them.

use egui::{Key, Modifiers};

/// How the guest wants to be told; see `DECCKM`, `DECSET 1000` to `1006` and `2004`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    pub app_cursor: bool,
    pub bracketed_paste: bool,
    pub mouse_clicks: bool,
    pub mouse_drags: bool,
    pub mouse_moves: bool,
    pub sgr_mouse: bool,
    pub tells_focus: bool,
    /// Enter is carriage return and line feed.
    pub line_feed: bool,
}

/// What the pointer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pointing {
    Press(u8),
    Release(u8),
    /// With a button held, or none.
    Move(Option<u8>),
    WheelUp,
    WheelDown,
}

/// Keys that are no letters, and letters with Ctrl or Alt. What types text comes as text.
pub fn key_bytes(key: Key, modifiers: Modifiers, manner: Manner) -> Option<Vec<u8>> {
    let Modifiers { alt, ctrl, shift, .. } = modifiers;
    let number = 1 + u8::from(shift) + 2 * u8::from(alt) + 4 * u8::from(ctrl);
    let cursor = |letter: char| match (number, manner.app_cursor) {
        (1, true) => format!("\x1bO{letter}"),
        (1, false) => format!("\x1b[{letter}"),
        _ => format!("\x1b[1;{number}{letter}"),
    };
    let function = |letter: char| match number {
        1 => format!("\x1bO{letter}"),
        _ => format!("\x1b[1;{number}{letter}"),
    };
    let tilde = |code: u8| match number {
        1 => format!("\x1b[{code}~"),
        _ => format!("\x1b[{code};{number}~"),
    };
    let with_alt = |text: &str| if alt { format!("\x1b{text}") } else { text.to_owned() };
    let text = match key {
        Key::Enter if manner.line_feed => with_alt("\r\n"),
        Key::Enter => with_alt("\r"),
        Key::Backspace if ctrl => with_alt("\x08"),
        Key::Backspace => with_alt("\x7f"),
        Key::Tab if shift => "\x1b[Z".to_owned(),
        Key::Tab => with_alt("\t"),
        Key::Escape => with_alt("\x1b"),
        Key::ArrowUp => cursor('A'),
        Key::ArrowDown => cursor('B'),
        Key::ArrowRight => cursor('C'),
        Key::ArrowLeft => cursor('D'),
        Key::Home => cursor('H'),
        Key::End => cursor('F'),
        Key::Insert => tilde(2),
        Key::Delete => tilde(3),
        Key::PageUp => tilde(5),
        Key::PageDown => tilde(6),
        Key::F1 => function('P'),
        Key::F2 => function('Q'),
        Key::F3 => function('R'),
        Key::F4 => function('S'),
        Key::F5 => tilde(15),
        Key::F6 => tilde(17),
        Key::F7 => tilde(18),
        Key::F8 => tilde(19),
        Key::F9 => tilde(20),
        Key::F10 => tilde(21),
        Key::F11 => tilde(23),
        Key::F12 => tilde(24),
        Key::Space if ctrl => with_alt("\0"),
        key => return letter_bytes(key, modifiers),
    };
    Some(text.into_bytes())
}

/// Ctrl makes a control character of a letter, Alt puts an escape before it.
fn letter_bytes(key: Key, modifiers: Modifiers) -> Option<Vec<u8>> {
    let Modifiers { alt, ctrl, shift, .. } = modifiers;
    if !ctrl && !alt {
        return None;
    }
    let letter = match key {
        Key::OpenBracket => b'[',
        Key::CloseBracket => b']',
        Key::Backslash => b'\\',
        Key::Slash => b'/',
        Key::Minus => b'-',
        Key::Period => b'.',
        Key::Comma => b',',
        key => {
            let [letter] = key.name().as_bytes() else { return None };
            letter.to_ascii_lowercase()
        }
    };
    let letter = match letter {
        b'a'..=b'z' | b'[' | b'\\' | b']' if ctrl => letter & 0x1f,
        b'/' | b'-' if ctrl => 0x1f,
        b'2' if ctrl => 0,
        b'3'..=b'7' if ctrl => letter - b'3' + 0x1b,
        b'8' if ctrl => 0x7f,
        b'a'..=b'z' if shift => letter.to_ascii_uppercase(),
        letter => letter,
    };
    Some(if alt { vec![0x1b, letter] } else { vec![letter] })
}

/// Text from the clipboard. The guest cannot be made to take any of it for the end of the pasting.
pub fn paste_bytes(text: &str, manner: Manner) -> Vec<u8> {
    if manner.bracketed_paste {
        let text = text.replace(['\x1b', '\x03'], "");
        return format!("\x1b[200~{text}\x1b[201~").into_bytes();
    }
    // Each would be pressed: an interrupt or the end of the input, hidden in a text from somewhere.
    let is_text = |char: &char| !char.is_control() || matches!(char, '\r' | '\t');
    let text = text.replace("\r\n", "\r").replace('\n', "\r");
    text.chars().filter(is_text).collect::<String>().into_bytes()
}

/// `None`: the guest does not want to know. Rows and columns count from 0.
pub fn pointing_bytes(
    pointing: Pointing,
    column: usize,
    row: usize,
    modifiers: Modifiers,
    manner: Manner,
) -> Option<Vec<u8>> {
    let wants_any = manner.mouse_clicks || manner.mouse_drags || manner.mouse_moves;
    let (button, is_release) = match pointing {
        Pointing::Press(button) if wants_any => (button, false),
        Pointing::Release(button) if wants_any => (button, true),
        Pointing::WheelUp if wants_any => (64, false),
        Pointing::WheelDown if wants_any => (65, false),
        Pointing::Move(Some(button)) if manner.mouse_drags || manner.mouse_moves => (button + 32, false),
        Pointing::Move(None) if manner.mouse_moves => (35, false),
        _ => return None,
    };
    let held = 4 * u8::from(modifiers.shift) + 8 * u8::from(modifiers.alt) + 16 * u8::from(modifiers.ctrl);
    if manner.sgr_mouse {
        let end = if is_release { 'm' } else { 'M' };
        return Some(format!("\x1b[<{};{};{}{end}", button + held, column + 1, row + 1).into_bytes());
    }
    // One byte each: further to the right or below cannot be told.
    let place = |at: usize| u8::try_from(at + 33).ok();
    let button = if is_release { 3 } else { button };
    Some(vec![0x1b, b'[', b'M', 32 + button + held, place(column)?, place(row)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(key: Key, modifiers: Modifiers) -> String {
        String::from_utf8(key_bytes(key, modifiers, Manner::default()).unwrap_or_default()).unwrap()
    }

    #[test]
    fn keys_are_sent_as_every_terminal_sends_them() {
        assert_eq!(typed(Key::Enter, Modifiers::NONE), "\r");
        assert_eq!(typed(Key::Backspace, Modifiers::NONE), "\x7f");
        assert_eq!(typed(Key::ArrowUp, Modifiers::NONE), "\x1b[A");
        assert_eq!(typed(Key::ArrowUp, Modifiers::CTRL), "\x1b[1;5A");
        assert_eq!(typed(Key::Delete, Modifiers::NONE), "\x1b[3~");
        assert_eq!(typed(Key::F5, Modifiers::SHIFT), "\x1b[15;2~");
        assert_eq!(typed(Key::Tab, Modifiers::SHIFT), "\x1b[Z");
        let app = Manner {
            app_cursor: true,
            ..Manner::default()
        };
        assert_eq!(key_bytes(Key::ArrowUp, Modifiers::NONE, app).unwrap(), b"\x1bOA");
    }

    #[test]
    fn ctrl_and_alt_make_control_characters_and_escapes() {
        assert_eq!(typed(Key::D, Modifiers::CTRL), "\x04");
        assert_eq!(typed(Key::OpenBracket, Modifiers::CTRL), "\x1b");
        assert_eq!(typed(Key::Space, Modifiers::CTRL), "\0");
        assert_eq!(typed(Key::B, Modifiers::ALT), "\x1bb");
        assert_eq!(typed(Key::Period, Modifiers::ALT), "\x1b.");
        assert_eq!(typed(Key::A, Modifiers::NONE), "", "it comes as text");
    }

    #[test]
    fn nothing_that_is_pasted_ends_the_pasting_or_presses_a_key() {
        let bracketed = Manner {
            bracketed_paste: true,
            ..Manner::default()
        };
        let pasted = paste_bytes("a\x1b[201~rm -rf\nb", bracketed);
        assert_eq!(pasted, b"\x1b[200~a[201~rm -rf\nb\x1b[201~");
        assert_eq!(paste_bytes("a\r\nb\nc", Manner::default()), b"a\rb\rc");
        assert_eq!(paste_bytes("a\t\x03b\x04\x1b[A\u{9b}", Manner::default()), b"a\tb[A");
    }

    #[test]
    fn the_pointer_is_told_only_to_whoever_asked_and_as_asked() {
        let tell = |pointing, manner| pointing_bytes(pointing, 4, 9, Modifiers::NONE, manner);
        assert_eq!(tell(Pointing::Press(0), Manner::default()), None);
        let clicks = Manner {
            mouse_clicks: true,
            ..Manner::default()
        };
        assert_eq!(tell(Pointing::Press(0), clicks).unwrap(), b"\x1b[M %*");
        assert_eq!(tell(Pointing::Move(Some(0)), clicks), None);
        let sgr = Manner {
            mouse_drags: true,
            sgr_mouse: true,
            ..clicks
        };
        assert_eq!(tell(Pointing::Release(2), sgr).unwrap(), b"\x1b[<2;5;10m");
        assert_eq!(tell(Pointing::Move(Some(0)), sgr).unwrap(), b"\x1b[<32;5;10M");
        assert_eq!(tell(Pointing::WheelDown, sgr).unwrap(), b"\x1b[<65;5;10M");
        assert_eq!(
            pointing_bytes(Pointing::Press(0), 500, 0, Modifiers::NONE, clicks),
            None,
            "too far for one byte"
        );
    }
}
