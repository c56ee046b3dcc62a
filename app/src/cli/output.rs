//! What the terminal prints: tables and JSON on standard output, failures in their parts on standard error.

use std::io::Write as _;
use std::process::ExitCode;

use libvirt_backend::Error;
use libvirt_backend::model::DisconnectReason;
use serde_json::Value;

use crate::text::error::Message;

/// A command that did not do what was asked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure {
    status: u8,
    message: Message,
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        Self {
            status: 1,
            message: crate::text::error::message(error),
        }
    }
}

impl Failure {
    /// Berth's own words, already translated.
    pub(super) fn text(what: String) -> Self {
        Self {
            status: 1,
            message: Message {
                what,
                ..Message::default()
            },
        }
    }

    /// The arguments are well-formed and still make no sense here.
    pub(super) fn usage(what: String) -> Self {
        Self {
            status: 2,
            ..Self::text(what)
        }
    }

    pub(super) fn disconnected(uri: &str, reason: DisconnectReason, own_words: &str) -> Self {
        Self {
            status: 1,
            message: crate::text::error::disconnected(uri, reason, own_words),
        }
    }

    /// Nobody reads on, which is nobody's fault: ends at once and says nothing.
    fn reader_left() -> Self {
        Self {
            status: 0,
            message: Message::default(),
        }
    }

    /// It failed, and everything about it was said already.
    pub(super) fn told() -> Self {
        Self {
            status: 1,
            message: Message::default(),
        }
    }

    pub(super) fn what(&self) -> &str {
        &self.message.what
    }

    pub(super) fn own_words(&self) -> Option<&str> {
        self.message.own_words.as_deref()
    }

    pub(super) fn print(&self) -> ExitCode {
        if !self.message.what.is_empty() {
            writeln!(std::io::stderr(), "berth: {}", self.lines()).ok();
        }
        ExitCode::from(self.status)
    }

    /// The same where there are several machines: whose failure is it?
    pub(super) fn print_of(&self, name: &str) {
        writeln!(std::io::stderr(), "berth: {name}: {}", self.lines()).ok();
    }

    /// What failed; libvirt's own words; what to do; the path last.
    fn lines(&self) -> String {
        let Message {
            what,
            own_words,
            todo,
            path,
            ..
        } = &self.message;
        let mut lines = vec![what.clone()];
        lines.extend(
            own_words
                .iter()
                .flat_map(|words| words.lines())
                .map(|line| format!("  {line}")),
        );
        lines.extend(todo.clone());
        lines.extend(path.clone());
        lines.join("\n")
    }
}

/// A reader that went away (`berth list | head -1`) is no failure.
pub(super) fn print_line(line: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Err(Failure::reader_left()),
        Err(error) => Err(Failure::text(error.to_string())),
    }
}

pub(super) fn print_json(value: &Value) -> Result<(), Failure> {
    print_line(&format!("{value:#}"))
}

/// One object on one line.
pub(super) fn print_json_line(value: &Value) -> Result<(), Failure> {
    print_line(&value.to_string())
}
