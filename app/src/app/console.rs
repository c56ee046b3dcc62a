//! Opens a machine's screen in virt-viewer, where it is installed.

use std::io;
use std::process::{Command, Stdio};

use libvirt_backend::MachineCommand;
use libvirt_backend::guard::Action;

use super::App;
use super::outside::{Note, Outside};
use crate::route::MachineKey;
use crate::t;
use crate::text::error;

const VIEWER: &str = "virt-viewer";

impl App {
    /// Opens the screen of a running machine; one that is off is started first.
    pub(super) fn open_console(&mut self, key: &MachineKey) {
        let Some(name) = self.machine(key).map(|machine| machine.name().to_owned()) else {
            return;
        };
        let to_start = if self.check(Action::Resume, key).is_ok() {
            Some(MachineCommand::Resume)
        } else if self.check(Action::Start, key).is_ok() {
            Some(MachineCommand::Start)
        } else {
            None
        };
        match (self.check(Action::OpenConsole, key), to_start) {
            (Ok(()), _) => self.open_viewer(key, &name),
            (Err(_), Some(command)) => {
                self.console_wanted.insert(key.clone());
                self.submit(key, command);
            }
            (Err(reason), None) => self.refuse(key, &reason),
        }
    }

    pub(super) fn open_viewer(&self, key: &MachineKey, name: &str) {
        let (key, name) = (key.clone(), name.to_owned());
        self.outbox.on_thread("berth-viewer", move |outbox| {
            // `--attach`: through libvirt, since a session's displays listen on no port.
            let child = Command::new(VIEWER)
                .args(["--attach", "--connect", &key.uri, "--uuid", &key.id.to_string()])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn();
            let problem = match child.and_then(|mut child| child.wait()) {
                Ok(status) if status.success() => return,
                Ok(status) => t!("core-viewer-failed", name = name, status = status.to_string()),
                Err(problem) if problem.kind() == io::ErrorKind::NotFound => {
                    t!("core-viewer-missing", command = error::install_viewer())
                }
                Err(problem) => t!("core-viewer-failed", name = name, status = problem.to_string()),
            };
            outbox.send(Outside::Note(Note::error(problem)));
        });
    }
}
