//! What the terminal prints: tables and JSON on standard output, failures in their parts on standard error.

use std::io::Write as _;
use std::process::ExitCode;

use libvirt_backend::Error;
use libvirt_backend::model::DisconnectReason;
use serde_json::Value;

use crate::text::error::{Message, cure_command};

/// A command that did not do what was asked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Failure {
    status: u8,
    message: Box<Message>,
    /// Of the cure, where there is one to copy.
    command: Option<String>,
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Self {
        Self::of(crate::text::error::message(error), "")
    }
}

impl Failure {
    fn of(message: Message, host: &str) -> Self {
        Self {
            status: 1,
            command: message.cure.and_then(|cure| cure_command(cure, host)),
            message: Box::new(message),
        }
    }

    /// Berth's own words, already translated.
    pub(super) fn text(what: String) -> Self {
        Self {
            status: 1,
            message: Box::new(Message {
                what,
                ..Message::default()
            }),
            command: None,
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
        let message = crate::text::error::disconnected(uri, reason, own_words);
        Self::of(message, host_of(uri).unwrap_or_default())
    }

    /// Nobody reads on, which is nobody's fault: ends at once and says nothing.
    fn reader_left() -> Self {
        Self {
            status: 0,
            message: Box::default(),
            command: None,
        }
    }

    /// It failed, and everything about it was said already.
    pub(super) fn told() -> Self {
        Self {
            status: 1,
            message: Box::default(),
            command: None,
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
        } = &*self.message;
        let mut lines = vec![what.clone()];
        lines.extend(
            own_words
                .iter()
                .flat_map(|words| words.lines())
                .map(|line| format!("  {line}")),
        );
        lines.extend(todo.clone());
        lines.extend(self.command.iter().map(|command| format!("  {command}")));
        lines.extend(path.clone());
        lines.join("\n")
    }
}

/// The host that ssh goes to. With a port its commands are others than those of the cures.
fn host_of(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    let host = authority.rsplit('@').next()?;
    (!host.contains(':')).then_some(host)
}

/// A reader that went away (`berth list | head -1`) is no failure.
pub(super) fn print_line(line: &str) -> Result<(), Failure> {
    print_raw(&format!("{line}\n"))
}

/// As it is, without a newline of its own.
pub(super) fn print_raw(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_in_order_with_the_command_that_helps() {
        let uri = "qemu+ssh://ada@lab.example/system";
        let failure = Failure::disconnected(uri, DisconnectReason::HostKeyChanged, "Host key verification failed.");
        let lines = failure.lines();
        let [what, own_words, todo, command, path] = &lines.lines().collect::<Vec<_>>()[..] else {
            panic!("{lines}");
        };
        assert!(what.contains("lab.example"), "{lines}");
        assert_eq!(*own_words, "  Host key verification failed.");
        assert!(todo.len() > 10, "{lines}");
        assert_eq!(*command, "  ssh-keygen -R lab.example");
        assert_eq!(*path, uri);
    }

    #[test]
    fn only_a_host_without_a_port_is_named_in_a_command() {
        assert_eq!(host_of("qemu+ssh://ada@lab/system"), Some("lab"));
        assert_eq!(host_of("qemu+ssh://lab:2222/system"), None);
        assert_eq!(host_of("qemu:///session"), Some(""));
    }
}
