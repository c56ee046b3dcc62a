//! The two ends of a guest's serial line: a thread that talks to libvirt, and whoever reads and types.
//!
//! libvirt's client keeps in memory, without a limit, whatever a guest says and nobody takes. So the line is always
//! read, and what its reader does not take is kept up to a limit here: of a guest that never stops talking the oldest
//! goes, and the reader is told how much. What is typed is bounded too, and refused where the guest does not take it.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::console_log::ConsoleLog;
use crate::error::LibvirtError;

/// Of what the guest said and nobody took yet.
const MOST_HEARD: usize = 1 << 20;
/// Of what was typed and the guest did not take yet.
const MOST_TYPED: usize = 256 << 10;

/// A guest's serial line. Cheap to clone; it is given back with [`Self::close`], or when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct ConsoleStream(Arc<Holder>);

/// What came over the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// `skipped_bytes` were said before these and are lost, because nobody took them in time.
    Bytes {
        bytes: Vec<u8>,
        skipped_bytes: u64,
    },
    /// Nothing in the time given.
    Nothing,
    Ended(ConsoleEnding),
}

/// Why a line is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsoleEnding {
    /// Given back by its owner.
    Closed,
    /// The machine stopped, or another program took the line: libvirt does not say which.
    HungUp,
    Failed(LibvirtError),
}

#[derive(Debug)]
struct Holder(Arc<Shared>);

/// The thread's end.
pub(crate) struct ConsoleEnd(Arc<Shared>);

/// Says that the line may have something, or room; never blocks.
#[derive(Clone)]
pub(crate) struct ConsoleBell(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    log: Option<ConsoleLog>,
    state: Mutex<State>,
    /// Something was heard, or the line ended.
    heard: Condvar,
    /// Something was typed, the line is ready, or nobody wants it any more.
    wanted: Condvar,
}

#[derive(Debug, Default)]
struct State {
    heard: VecDeque<u8>,
    skipped_bytes: u64,
    typed: VecDeque<u8>,
    is_ready: bool,
    is_closed: bool,
    ending: Option<ConsoleEnding>,
}

/// What the thread should do next.
pub(crate) struct Errand {
    /// To be sent, the first of what was typed.
    pub(crate) typed: Vec<u8>,
}

pub(crate) fn console_stream(log: Option<ConsoleLog>) -> (ConsoleStream, ConsoleEnd) {
    let shared = Arc::new(Shared {
        log,
        state: Mutex::default(),
        heard: Condvar::new(),
        wanted: Condvar::new(),
    });
    (ConsoleStream(Arc::new(Holder(Arc::clone(&shared)))), ConsoleEnd(shared))
}

impl ConsoleStream {
    /// Takes all that was said; waits for it up to `patience`, or for as long as it takes.
    pub fn read(&self, patience: Option<Duration>) -> Heard {
        let shared = &self.0.0;
        let until = patience.map(|patience| Instant::now() + patience);
        let mut state = shared.lock();
        loop {
            if !state.heard.is_empty() || state.skipped_bytes > 0 {
                let bytes = std::mem::take(&mut state.heard).into();
                let skipped_bytes = std::mem::take(&mut state.skipped_bytes);
                return Heard::Bytes { bytes, skipped_bytes };
            }
            if let Some(ending) = &state.ending {
                return Heard::Ended(ending.clone());
            }
            state = match until.map(|until| until.saturating_duration_since(Instant::now())) {
                None => shared.heard.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => return Heard::Nothing,
                Some(left) => {
                    let waited = shared.heard.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Types to the guest; never blocks. How many of the bytes were taken: fewer than all where the guest has not read
    /// a great deal yet, none once the line is over.
    pub fn send(&self, bytes: &[u8]) -> usize {
        self.send_where(bytes, |_| true)
    }

    /// The same for what is worth nothing in parts: all of it or none. Answers whether it was taken.
    pub fn send_whole(&self, bytes: &[u8]) -> bool {
        self.send_where(bytes, |taken| taken == bytes.len()) == bytes.len()
    }

    fn send_where(&self, bytes: &[u8], is_worth: impl Fn(usize) -> bool) -> usize {
        let shared = &self.0.0;
        let mut state = shared.lock();
        if state.ending.is_some() || state.is_closed {
            return 0;
        }
        let taken = bytes.len().min(MOST_TYPED.saturating_sub(state.typed.len()));
        if !is_worth(taken) {
            return 0;
        }
        state.typed.extend(bytes.iter().take(taken));
        drop(state);
        shared.wanted.notify_all();
        taken
    }

    /// Gives the line back. What was heard can still be read.
    pub fn close(&self) {
        self.0.0.close();
    }

    /// `None`: libvirt keeps none, or it is not to be read from here.
    pub fn log(&self) -> Option<&ConsoleLog> {
        self.0.0.log.as_ref()
    }
}

impl PartialEq for ConsoleStream {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for ConsoleStream {}

impl Drop for Holder {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl ConsoleEnd {
    pub(crate) fn bell(&self) -> ConsoleBell {
        ConsoleBell(Arc::clone(&self.0))
    }

    /// Waits until there is something to do; `None`: nobody wants the line any more.
    pub(crate) fn next(&self, most: usize) -> Option<Errand> {
        let mut state = self
            .0
            .wanted
            .wait_while(self.0.lock(), |state| {
                !state.is_closed && !state.is_ready && state.typed.is_empty()
            })
            .unwrap_or_else(PoisonError::into_inner);
        state.is_ready = false;
        let typed = state.typed.iter().take(most).copied().collect();
        (!state.is_closed).then_some(Errand { typed })
    }

    /// Waits for the line alone: it had no room for what was typed.
    pub(crate) fn next_when_ready(&self, most: usize) -> Option<Errand> {
        let state = self
            .0
            .wanted
            .wait_while(self.0.lock(), |state| !state.is_closed && !state.is_ready)
            .unwrap_or_else(PoisonError::into_inner);
        drop(state);
        self.next(most)
    }

    /// The first of what was typed went out; is there more?
    pub(crate) fn sent(&self, count: usize) -> bool {
        let mut state = self.0.lock();
        state.typed.drain(..count);
        !state.typed.is_empty()
    }

    pub(crate) fn heard(&self, bytes: &[u8]) {
        let mut state = self.0.lock();
        state.heard.extend(bytes);
        let surplus = state.heard.len().saturating_sub(MOST_HEARD);
        state.heard.drain(..surplus);
        state.skipped_bytes += surplus as u64;
        drop(state);
        self.0.heard.notify_all();
    }

    /// The first reason counts.
    pub(crate) fn end(&self, ending: ConsoleEnding) {
        self.0.lock().ending.get_or_insert(ending);
        self.0.heard.notify_all();
    }
}

impl Drop for ConsoleEnd {
    fn drop(&mut self) {
        // The thread panicked, else it has said why.
        self.end(ConsoleEnding::HungUp);
    }
}

impl ConsoleBell {
    pub(crate) fn ring(&self) {
        self.0.lock().is_ready = true;
        self.0.wanted.notify_all();
    }
}

impl Shared {
    fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        state.ending.get_or_insert(ConsoleEnding::Closed);
        drop(state);
        self.wanted.notify_all();
        self.heard.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(heard: Heard) -> (Vec<u8>, u64) {
        match heard {
            Heard::Bytes { bytes, skipped_bytes } => (bytes, skipped_bytes),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn of_a_guest_that_never_stops_talking_the_newest_is_kept_and_the_loss_is_told() {
        let (stream, end) = console_stream(None);
        for _ in 0..40 {
            end.heard(&vec![b'x'; 64 << 10]);
        }
        end.heard(b"the end");
        let (kept, skipped_bytes) = bytes(stream.read(None));
        assert_eq!(kept.len(), MOST_HEARD);
        assert!(kept.ends_with(b"the end"));
        assert_eq!(skipped_bytes, (40 * (64 << 10) + 7 - MOST_HEARD) as u64);
        assert_eq!(stream.read(Some(Duration::ZERO)), Heard::Nothing);
    }

    #[test]
    fn what_does_not_fit_whole_is_not_begun() {
        let (stream, end) = console_stream(None);
        assert!(stream.send_whole(b"ls\r"));
        assert!(!stream.send_whole(&vec![b'x'; MOST_TYPED]));
        assert!(stream.send_whole(b"id\r"));
        end.bell().ring();
        assert_eq!(end.next(usize::MAX).unwrap().typed, b"ls\rid\r");
    }

    #[test]
    fn everything_that_was_said_is_read_before_the_end_is_told() {
        let (stream, end) = console_stream(None);
        end.heard(b"goodbye");
        drop(end);
        assert_eq!(bytes(stream.read(None)).0, b"goodbye");
        assert_eq!(stream.read(None), Heard::Ended(ConsoleEnding::HungUp));
        assert_eq!(stream.send(b"anybody?"), 0);
    }

    #[test]
    fn what_the_guest_does_not_take_is_refused_and_not_kept_for_ever() {
        let (stream, end) = console_stream(None);
        assert_eq!(stream.send(&vec![b'y'; MOST_TYPED + 5]), MOST_TYPED);
        assert_eq!(stream.send(b"more"), 0);
        let errand = end.next(100).unwrap();
        assert_eq!(errand.typed.len(), 100);
        assert!(end.sent(60));
        assert_eq!(stream.send(&[b'z'; 100]), 60);
    }

    #[test]
    fn dropping_the_last_clone_ends_the_thread_and_a_reader_that_waits() {
        let (stream, end) = console_stream(None);
        let other = stream.clone();
        drop(stream);
        assert_eq!(other.send(b"a"), 1);
        let waits = std::thread::Builder::new()
            .name("reader".to_owned())
            .spawn({
                let other = other.clone();
                move || other.read(None)
            })
            .unwrap();
        other.close();
        assert_eq!(waits.join().unwrap(), Heard::Ended(ConsoleEnding::Closed));
        drop(other);
        assert!(end.next(10).is_none());
    }
}
