//! The two-way serial line of a guest under test.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;

use crate::wait::wait_for;

/// A conversation with a guest: what it says is kept until it was expected.
pub struct SerialLine {
    line: File,
    heard: String,
    /// The beginning of a letter whose rest has not come.
    torn: Vec<u8>,
}

impl SerialLine {
    /// Calls the socket that QEMU listens on for the guest's serial port.
    #[track_caller]
    pub fn of_socket(socket: &Path) -> Self {
        let stream = wait_for("serial line", Duration::from_secs(10), || {
            UnixStream::connect(socket).ok()
        });
        Self {
            line: File::from(OwnedFd::from(stream)),
            heard: String::new(),
            torn: Vec::new(),
        }
    }

    /// Opens the terminal that QEMU made for the guest's serial port. What was said before is lost.
    #[track_caller]
    pub fn of_terminal(terminal: &Path) -> Self {
        let not_as_our_own = OFlags::NOCTTY.bits().cast_signed();
        let line = File::options()
            .read(true)
            .write(true)
            .custom_flags(not_as_our_own)
            .open(terminal)
            .unwrap();
        Self {
            line,
            heard: String::new(),
            torn: Vec::new(),
        }
    }

    /// Types to the guest.
    #[track_caller]
    pub fn send(&mut self, text: &str) {
        self.line.write_all(text.as_bytes()).unwrap();
    }

    /// Waits until the guest says this. Gives back what it said before, and forgets both.
    #[track_caller]
    pub fn expect(&mut self, words: &str, timeout: Duration) -> String {
        let deadline = Instant::now() + timeout;
        loop {
            if let Some(at) = self.heard.find(words) {
                let before = self.heard[..at].to_owned();
                self.heard.drain(..at + words.len());
                return before;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "the guest did not say {words:?} within {timeout:?} but {:?}",
                self.heard
            );
            self.listen(left);
        }
    }

    /// Has the guest said this by now, or within `patience`?
    #[track_caller]
    pub fn says(&mut self, words: &str, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        while !self.heard.contains(words) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            self.listen(left);
        }
        true
    }

    /// Types a command and waits for the answer.
    #[track_caller]
    pub fn ask(&mut self, command: &str, answer: &str, timeout: Duration) {
        self.send(command);
        self.expect(answer, timeout);
    }

    #[track_caller]
    fn listen(&mut self, patience: Duration) {
        let patience = Timespec::try_from(patience).unwrap();
        if poll(&mut [PollFd::new(&self.line, PollFlags::IN)], Some(&patience)).unwrap() == 0 {
            return;
        }
        let mut buffer = [0; 4096];
        match self.line.read(&mut buffer) {
            Ok(0) => panic!("the serial line was hung up after {:?}", self.heard),
            Ok(len) => self.keep(&buffer[..len]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => panic!("the serial line broke: {error} after {:?}", self.heard),
        }
    }

    /// Letters of several bytes may come in several pieces.
    fn keep(&mut self, bytes: &[u8]) {
        self.torn.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.torn) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.torn.len(),
        };
        let letters: Vec<u8> = self.torn.drain(..whole).collect();
        self.heard.push_str(&String::from_utf8_lossy(&letters));
    }
}
