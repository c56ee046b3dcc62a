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

/// Columns padded to their widest cell; the last one is left as it is.
pub(super) fn print_table(head: &[String], rows: &[Vec<String>]) -> Result<(), Failure> {
    let widths: Vec<usize> = (0..head.len())
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.chain(head.get(column)).map(|cell| width(cell)).max().unwrap_or(0)
        })
        .collect();
    for row in std::iter::once(head).chain(rows.iter().map(Vec::as_slice)) {
        let mut line = String::new();
        for (cell, column_width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(
                ' ',
                column_width + 2 - width(cell).min(*column_width),
            ));
        }
        print_line(line.trim_end())?;
    }
    Ok(())
}

/// Cells of a terminal: East Asian wide characters take two.
fn width(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

fn is_wide(c: char) -> bool {
    matches!(u32::from(c), 0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE6F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x20000..=0x3FFFD)
}
