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
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

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
    /// `None` until it was started.
    daemon: Mutex<Option<Daemon>>,
    options: SessionOptions,
    is_given_up: AtomicBool,
    is_ended: bool,
}

impl PrivateSession {
    /// [`Self::prepare`] and [`Self::launch`] in one.
    pub fn start(options: SessionOptions) -> Result<Self, SessionError> {
        let session = Self::prepare(options)?;
        session.launch()?;
        Ok(session)
    }

    /// Makes the folder, and with it the address that the daemon will have. Nothing runs yet, nothing is waited for.
    pub fn prepare(options: SessionOptions) -> Result<Self, SessionError> {
        Ok(Self {
            folder: Folder::create(&options.parent_folder)?,
            daemon: Mutex::new(None),
            options,
            is_given_up: AtomicBool::new(false),
            is_ended: false,
        })
    }

    /// Ends what crashed owners left behind, then starts the daemon and waits until it listens.
    ///
    /// Blocks: some tenths of a second, seconds on a busy computer.
    pub fn launch(&self) -> Result<(), SessionError> {
        sweep_stale(&self.options.parent_folder);
        if let Some(cache) = &self.options.cache_folder {
            capabilities::seed(cache, self.folder.path());
        }
        self.spawn_daemon()
    }

    /// A launch under way on another thread returns soon.
    pub fn give_up(&self) {
        self.is_given_up.store(true, Ordering::Release);
    }

    fn spawn_daemon(&self) -> Result<(), SessionError> {
        let path = self.folder.path();
        let timeout = self.options.start_timeout;
        let deadline = Instant::now() + timeout;
        if self.is_given_up.load(Ordering::Acquire) {
            return Err(SessionError::NoDaemon);
        }
        *self.locked() = Some(Daemon::spawn(path)?);
        loop {
            match &mut *self.locked() {
                Some(daemon) if !self.is_given_up.load(Ordering::Acquire) => {
                    if daemon.is_listening(path)? {
                        return Ok(());
                    }
                }
                _ => return Err(SessionError::NoDaemon),
            }
            if Instant::now() > deadline {
                return Err(SessionError::DaemonSilent {
                    seconds: timeout.as_secs(),
                    log: daemon::log(path),
                });
            }
            std::thread::sleep(daemon::POLL);
        }
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
        self.locked().as_mut()?.pid()
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
        self.locked().as_mut().ok_or(SessionError::NoDaemon)?.signal(signal)
    }

    /// Ends the daemon where it still lives and starts it anew on the same folder, machines and all.
    pub fn restart_daemon(&self) -> Result<(), SessionError> {
        // Ended by its drop.
        drop(self.locked().take());
        self.spawn_daemon()
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
        // Ended by its drop.
        drop(self.locked().take());
        self.folder.end()
    }

    fn locked(&self) -> MutexGuard<'_, Option<Daemon>> {
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
