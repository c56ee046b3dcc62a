//! Opens a machine's screen: here, or in virt-viewer where it is installed.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use libvirt_backend::MachineCommand;
use libvirt_backend::guard::Action;

use super::outside::{Note, Outside};
use super::{App, diagnostics};
use crate::route::{MachineKey, MachineTab, Route};
use crate::t;
use crate::text::error;

const VIEWER: &str = "virt-viewer";
/// One that ends sooner never showed anything: what it said last is why. Later its last words may be of something else.
const AT_ONCE: Duration = Duration::from_secs(20);
/// Of what the viewer says, the end; a toolkit can go on for ever.
const MOST_BYTES: usize = 4_096;
const MOST_CHARS: usize = 300;

impl App {
    /// Starts a machine that is off, for its screen to be looked at. Answers whether it may be.
    pub(super) fn start_for_console(&mut self, key: &MachineKey) -> bool {
        let denied = self.check(Action::OpenConsole, key).err();
        // Without a display there is nothing to start it for; its page says so and offers one.
        if let Some(reason) = denied.filter(|_| !self.lacks_display(key)) {
            if self.check(Action::Start, key).is_err() {
                self.refuse(Action::OpenConsole, key, &reason);
                return false;
            }
            self.submit(key, MachineCommand::Start);
        }
        true
    }

    /// Goes to a machine's screen; one that is off is started. Answers whether it went.
    pub(super) fn open_console(&mut self, key: &MachineKey) -> bool {
        if !self.start_for_console(key) {
            return false;
        }
        if self.displays.is_detached(key) {
            let viewport = super::display::viewport_of(key);
            if let Some(ctx) = self.outbox.context() {
                super::raise_window(ctx, viewport);
            }
        } else {
            let (key, tab) = (key.clone(), MachineTab::Console);
            self.go(Route::Machine { key, tab });
        }
        true
    }

    fn lacks_display(&self, key: &MachineKey) -> bool {
        let definition = self.machine(key).map(|machine| &machine.definition);
        definition.is_some_and(|definition| definition.is_complete && definition.graphics.is_empty())
    }

    /// In a program of its own, which speaks what Berth does not.
    pub(super) fn open_in_viewer(&mut self, key: &MachineKey) {
        let Some(name) = self.machine(key).map(|machine| machine.name().to_owned()) else {
            return;
        };
        match self.check(Action::OpenConsole, key) {
            Err(reason) => self.refuse(Action::OpenConsole, key, &reason),
            Ok(()) if is_installed() => self.open_viewer(key, &name),
            Ok(()) => self.note_about(key, name, missing()),
        }
    }

    fn open_viewer(&self, key: &MachineKey, name: &str) {
        let (key, name) = (key.clone(), name.to_owned());
        self.outbox.on_thread("berth-viewer", move |outbox| {
            let note = match show(&key) {
                Ok(None) => return,
                Ok(Some(words)) => Note::error(t!("core-viewer-failed", name = name.as_str(), status = words)),
                Err(problem) if problem.kind() == io::ErrorKind::NotFound => missing(),
                Err(problem) => Note::error(t!(
                    "core-viewer-failed",
                    name = name.as_str(),
                    status = problem.to_string()
                )),
            };
            outbox.send(Outside::NoteAbout(key, name, note));
        });
    }
}

fn missing() -> Note {
    Note::error(t!("core-viewer-missing")).with_command(error::install_viewer())
}

/// Could it be started now? It may have been installed since the last time.
fn is_installed() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| {
        let metadata = folder.join(VIEWER).metadata();
        metadata.is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    })
}

/// Runs the viewer until it ends. The words are of its failure.
fn show(key: &MachineKey) -> io::Result<Option<String>> {
    let started_at = Instant::now();
    // `--attach`: through libvirt, since a session's displays listen on no port.
    let mut child = Command::new(VIEWER)
        .args(["--attach", "--connect", &key.uri, "--uuid", &key.id.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let said = child.stderr.take().map(tail).unwrap_or_default();
    let status = child.wait()?;
    tracing::info!(machine = %key.id, %status, "the viewer ended");
    let words = last_line(&said).filter(|_| started_at.elapsed() < AT_ONCE);
    Ok(has_failed(status).then(|| words.unwrap_or_else(|| status.to_string())))
}

/// Whoever closes it, or ends the desktop's session around it, knows.
fn has_failed(status: ExitStatus) -> bool {
    use rustix::process::Signal;
    let was_asked_to_end = [Signal::HUP, Signal::INT, Signal::TERM, Signal::KILL]
        .iter()
        .any(|signal| status.signal() == Some(signal.as_raw()));
    !status.success() && !was_asked_to_end
}

/// Reads to the end, so that the viewer never waits for its reader, and keeps the last of it.
fn tail(mut stderr: impl io::Read) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut chunk = [0; 1_024];
    while let Ok(length @ 1..) = stderr.read(&mut chunk) {
        kept.extend(chunk.iter().take(length));
        kept.drain(..kept.len().saturating_sub(MOST_BYTES));
    }
    kept
}

/// The last line that says something, without what nobody else should read.
fn last_line(said: &[u8]) -> Option<String> {
    let said = String::from_utf8_lossy(said);
    let line = said.lines().map(str::trim).rfind(|line| !line.is_empty())?;
    let line = diagnostics::without_secrets(line);
    let line = line.chars().filter(|char| !char.is_control());
    Some(line.take(MOST_CHARS).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_are_short_whole_lines_and_keep_secrets() {
        let line = |said: &str| last_line(said.as_bytes());
        assert_eq!(line(" \n\n"), None);
        assert_eq!(line("first\nno such display\n\n").as_deref(), Some("no such display"));
        let told = line("cannot open qemu+ssh://ada@lab/session?password=hunter2").unwrap();
        assert!(!told.contains("ada") && !told.contains("hunter2"), "{told}");
        assert_eq!(line(&"x".repeat(10_000)).unwrap().chars().count(), MOST_CHARS);
    }

    #[test]
    fn a_viewer_that_never_stops_talking_costs_little() {
        let mut said = vec![b'x'; 100_000];
        said.extend_from_slice(b"\nthe end");
        let kept = tail(&*said);
        assert!(kept.len() <= MOST_BYTES);
        assert_eq!(last_line(&kept).as_deref(), Some("the end"));
    }

    #[test]
    fn a_viewer_that_is_told_to_end_has_not_failed() {
        let by_signal = |signal| ExitStatus::from_raw(signal);
        assert!(!has_failed(ExitStatus::from_raw(0)));
        assert!(!has_failed(by_signal(15)));
        assert!(has_failed(by_signal(11)), "it crashed");
        assert!(has_failed(ExitStatus::from_raw(1 << 8)));
    }
}
