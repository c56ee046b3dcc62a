//! A throw-away session libvirtd in a temporary folder, for demonstrations and tests.
//!
//! Everything the daemon keeps (configuration, sockets, logs, disks of its machines) lies in one short folder such
//! as `/tmp/b-x7Qa`, and everything it starts carries that folder in its environment or on its command line. That is
//! how a session is ended whole, by its owner or, when the owner crashed, by the next one that starts:
//!
//! ```text
//! owner ── flock ──► /tmp/b-x7Qa/owner.lock        held for as long as the owner lives, whatever ends it
//!   └─ libvirtd ──┬─ virtlogd                      HOME=/tmp/b-x7Qa/home in their environment
//!                 ├─ qemu-system-x86_64            /tmp/b-x7Qa/… on their command line
//!                 └─ swtpm, passt                  both
//! ```
//!
//! No D-Bus and no systemd is needed. A root libvirtd would serve the whole computer, so root's is started in a user
//! namespace of its own in which it is nobody special. This module knows processes and files, never libvirt calls.

mod capabilities;
mod daemon;
pub mod demo;
mod error;
mod folder;
mod processes;
mod slots;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

pub use error::SessionError;
pub use folder::sweep_stale;
pub use rustix::process::Signal;
pub use slots::{Slot, Slots};

use daemon::Daemon;
use folder::Folder;

/// What a private session may be told; the default suits a demonstration.
#[derive(Clone, Debug)]
pub struct SessionOptions {
    /// Where libvirt's probes of QEMU are kept between sessions: with them a first start takes 0.2 s instead of 8 s.
    pub cache_folder: Option<PathBuf>,
    /// The folder to make the session's own folder in. Must be short: socket paths have room for 107 bytes.
    pub parent_folder: PathBuf,
    /// How long the daemon may take until it listens.
    pub start_timeout: Duration,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            cache_folder: None,
            parent_folder: PathBuf::from("/tmp"),
            start_timeout: Duration::from_secs(30),
        }
    }
}

/// A running session daemon, ended with all its machines when this is dropped.
#[derive(Debug)]
pub struct PrivateSession {
    folder: Folder,
    daemon: Mutex<Daemon>,
    options: SessionOptions,
    is_ended: bool,
}

impl PrivateSession {
    /// Ends what crashed owners left behind, then starts a daemon and waits until it listens.
    ///
    /// Blocks: some tenths of a second, several seconds where QEMU was never probed.
    pub fn start(options: SessionOptions) -> Result<Self, SessionError> {
        sweep_stale(&options.parent_folder);
        let folder = Folder::create(&options.parent_folder)?;
        if let Some(cache) = &options.cache_folder {
            capabilities::seed(cache, folder.path());
        }
        let daemon = Daemon::spawn(folder.path())?;
        let mut session = Self {
            folder,
            daemon: Mutex::new(daemon),
            options,
            is_ended: false,
        };
        let timeout = session.options.start_timeout;
        let path = session.folder.path();
        session
            .daemon
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .wait_until_listening(path, timeout)?;
        Ok(session)
    }

    /// The libvirt URI of the daemon.
    pub fn uri(&self) -> String {
        format!(
            "qemu:///session?socket={}",
            daemon::socket(self.folder.path()).display()
        )
    }

    /// Holds everything of the session. Room for disks and media of its machines too: they end with it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What libvirtd wrote to its standard error.
    pub fn daemon_log(&self) -> String {
        daemon::log(self.folder.path())
    }

    /// What QEMU wrote for this machine: its command line, its warnings and why it ended.
    pub fn machine_log(&self, name: &str) -> String {
        let file = self.folder.path().join(format!("cache/libvirt/qemu/log/{name}.log"));
        String::from_utf8_lossy(&std::fs::read(file).unwrap_or_default()).into_owned()
    }

    /// The daemon's process, `None` once it ended.
    pub fn daemon_pid(&self) -> Option<u32> {
        self.locked().pid()
    }

    /// The process that runs this machine, `None` while it is off.
    pub fn qemu_pid(&self, name: &str) -> Option<u32> {
        let file = self.folder.path().join(format!("run/libvirt/qemu/run/{name}.pid"));
        let pid: u32 = std::fs::read_to_string(file).ok()?.trim().parse().ok()?;
        processes::of_folder(self.folder.path())
            .into_iter()
            .map(|process| process.pid())
            .find(|found| *found == pid)
    }

    /// Every process of the session that is alive, daemon and helpers included.
    pub fn pids(&self) -> Vec<u32> {
        processes::of_folder(self.folder.path())
            .into_iter()
            .map(|process| process.pid())
            .collect()
    }

    /// Sends the daemon a signal; for a deadly one waits until it is gone. Its machines live on.
    pub fn kill_daemon(&self, signal: Signal) -> Result<(), SessionError> {
        self.locked().signal(signal)
    }

    /// Ends the daemon where it still lives and starts it anew on the same folder, machines and all.
    pub fn restart_daemon(&self) -> Result<(), SessionError> {
        let mut daemon = self.locked();
        daemon.end();
        *daemon = Daemon::spawn(self.folder.path())?;
        daemon.wait_until_listening(self.folder.path(), self.options.start_timeout)
    }

    /// Ends the machines, their helpers and the daemon, and removes the folder. Takes some 3 s at most.
    pub fn stop(mut self) -> Result<(), SessionError> {
        self.end()
    }

    fn end(&mut self) -> Result<(), SessionError> {
        if std::mem::replace(&mut self.is_ended, true) {
            return Ok(());
        }
        if let Some(cache) = &self.options.cache_folder {
            capabilities::remember(cache, self.folder.path());
        }
        self.locked().end();
        self.folder.end()
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Daemon> {
        self.daemon.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for PrivateSession {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::warn!(%error, "a private session did not end cleanly");
        }
    }
}
