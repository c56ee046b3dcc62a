//! A terminal that passes every key on, and is given back as it was.

use std::io::{IsTerminal as _, Stdin};

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// While it lives, the terminal of standard input is raw.
pub(super) struct RawTerminal {
    stdin: Stdin,
    before: Termios,
}

impl RawTerminal {
    /// `None`: there is no terminal, which is a pipe's or a file's good right.
    pub(super) fn enter() -> std::io::Result<Option<Self>> {
        let stdin = std::io::stdin();
        if !stdin.is_terminal() {
            return Ok(None);
        }
        let before = tcgetattr(&stdin)?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(&stdin, OptionalActions::Now, &raw)?;
        Ok(Some(Self { stdin, before }))
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        // What was typed ahead goes to the guest or to nobody, never to the shell. A terminal that is gone needs nothing.
        tcsetattr(&self.stdin, OptionalActions::Flush, &self.before).ok();
    }
}
