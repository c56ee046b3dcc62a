//! A private session with a place in the queue: at most two daemons' tests run at once on a computer.

use std::ops::Deref;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use libvirt_backend::private_session::{PrivateSession, SessionOptions, Slot, Slots};

/// One more than tests run at a time on two cores: one that needs two daemons gets its second.
const DAEMONS_AT_ONCE: usize = 4;
/// A whole test run may stand in the queue before this one.
const SLOT_PATIENCE: Duration = Duration::from_mins(20);

/// A libvirtd of the test's own, ended with its machines when dropped.
pub struct TestSession {
    session: PrivateSession,
    _slot: Slot,
}

impl TestSession {
    /// Waits for a place, then for the daemon.
    pub fn start() -> Self {
        Self::start_with(session_options())
    }

    /// A daemon that knows nothing of QEMU yet, as on the first day.
    pub fn start_unprobed() -> Self {
        Self::start_with(SessionOptions::default())
    }

    fn start_with(options: SessionOptions) -> Self {
        let slots = Slots {
            folder: cache_folder().join("slots"),
            count: DAEMONS_AT_ONCE,
        };
        let slot = slots.take(SLOT_PATIENCE).unwrap();
        Self {
            session: PrivateSession::start(options).unwrap(),
            _slot: slot,
        }
    }

    /// Runs virsh on this daemon; panics with its words where it fails.
    #[track_caller]
    pub fn virsh(&self, arguments: &[&str]) -> String {
        virsh(&self.session, arguments)
    }
}

impl Deref for TestSession {
    type Target = PrivateSession;

    fn deref(&self) -> &PrivateSession {
        &self.session
    }
}

/// Runs virsh on a daemon; panics with its words where it fails.
#[track_caller]
pub fn virsh(session: &PrivateSession, arguments: &[&str]) -> String {
    match try_virsh(session, arguments) {
        Ok(output) => output,
        Err(message) => panic!("virsh {arguments:?} failed: {message}\n{}", session.daemon_log()),
    }
}

/// Runs virsh on a daemon: what it printed, or its words where it fails.
pub fn try_virsh(session: &PrivateSession, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("virsh")
        .args(["-q", "-c", &session.uri()])
        .args(arguments)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap();
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// How the tests start private sessions, for tests of several at once beside a [`TestSession`] of their own.
pub fn session_options() -> SessionOptions {
    SessionOptions {
        cache_folder: Some(cache_folder()),
        ..SessionOptions::default()
    }
}

/// Kept between runs: probes of QEMU, the Linux guest, the queue of daemons.
pub fn cache_folder() -> PathBuf {
    std::env::var_os("BERTH_TESTS_CACHE").map_or_else(
        || {
            std::env::var_os("XDG_CACHE_HOME")
                .map_or_else(
                    || PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cache"),
                    PathBuf::from,
                )
                .join("berth-tests")
        },
        PathBuf::from,
    )
}
