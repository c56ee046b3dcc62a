//! What is typed, on its way to the guest.

use std::io::{ErrorKind, Read as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Builder;
use std::time::Duration;

use libvirt_backend::command::ConsoleStream;
use tokio::sync::mpsc::{Receiver, channel};

/// Ctrl+].
const LEAVE: u8 = 0x1d;
/// Until a guest that does not read is tried again.
const PAUSE: Duration = Duration::from_millis(20);

/// The line that typed bytes go to; there is none between two runs of a machine.
#[derive(Clone, Default)]
pub(super) struct Keyboard(Arc<Mutex<Option<ConsoleStream>>>);

/// Why nothing more comes from the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaving {
    /// Ctrl+] on a terminal.
    Asked,
    /// The input has ended; what the guest says is still wanted.
    NoMoreInput,
}

impl Keyboard {
    /// Begins to read standard input on a thread that nobody waits for: a read cannot be interrupted.
    pub(super) fn start(&self, is_terminal: bool) -> std::io::Result<Receiver<Leaving>> {
        let (sender, receiver) = channel(1);
        let keyboard = self.clone();
        Builder::new().name("berth-typing".to_owned()).spawn(move || {
            let leaving = keyboard.read(is_terminal);
            sender.blocking_send(leaving).ok();
        })?;
        Ok(receiver)
    }

    pub(super) fn connect(&self, stream: Option<ConsoleStream>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = stream;
    }

    fn read(&self, is_terminal: bool) -> Leaving {
        let mut buffer = [0; 4_096];
        loop {
            let typed = match std::io::stdin().lock().read(&mut buffer) {
                Ok(0) => return Leaving::NoMoreInput,
                Ok(length) => buffer.get(..length).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => return Leaving::NoMoreInput,
            };
            let (typed, leaves) = split(typed, is_terminal);
            self.send(typed, is_terminal);
            if leaves {
                return Leaving::Asked;
            }
        }
    }

    fn send(&self, mut typed: &[u8], is_terminal: bool) {
        while !typed.is_empty() {
            let stream = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let sent = stream.as_ref().map_or(0, |stream| stream.send(typed));
            typed = typed.get(sent..).unwrap_or_default();
            if !typed.is_empty() {
                // A person sees that nothing happens and must be able to leave; a pipe waits.
                if is_terminal {
                    return;
                }
                std::thread::sleep(PAUSE);
            }
        }
    }
}

/// What goes to the guest, and is that all?
fn split(typed: &[u8], is_terminal: bool) -> (&[u8], bool) {
    match typed.iter().position(|byte| *byte == LEAVE) {
        Some(at) if is_terminal => (typed.get(..at).unwrap_or_default(), true),
        Some(_) | None => (typed, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_out_is_for_people_and_what_was_typed_before_it_arrives() {
        assert_eq!(split(b"ls\r", true), (&b"ls\r"[..], false));
        assert_eq!(split(b"ls\r\x1dmore", true), (&b"ls\r"[..], true));
        assert_eq!(split(b"\x1d binary", false), (&b"\x1d binary"[..], false));
    }
}
