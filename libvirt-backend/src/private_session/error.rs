//! Why a private session could not be had or ended.

use std::path::{Path, PathBuf};

use crate::error::IoFailure;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    #[error("libvirtd is not installed: no such program in PATH or /usr/sbin")]
    DaemonMissing,
    #[error("unshare is not installed (package util-linux): root needs it for a session daemon of its own")]
    UnshareMissing,
    /// Containers without user namespaces.
    #[error("root may not make a user namespace here, which its session daemon needs: {message}")]
    UnshareNotPermitted { message: String },
    #[error("{path:?} could not be used: {source}")]
    Folder { path: PathBuf, source: IoFailure },
    #[error("the folder {path:?} is too long for libvirt's sockets: {max_bytes} bytes fit")]
    FolderTooLong { path: PathBuf, max_bytes: usize },
    #[error("{program} could not be started: {source}")]
    Spawn { program: String, source: IoFailure },
    #[error("{program} failed: {message}")]
    Program { program: String, message: String },
    #[error("libvirtd ended at once ({status}): {log}")]
    DaemonEnded { status: String, log: String },
    #[error("libvirtd does not listen after {seconds} s: {log}")]
    DaemonSilent { seconds: u64, log: String },
    #[error("libvirtd is not running")]
    NoDaemon,
    #[error("the daemon could not be signalled: {0}")]
    Signal(IoFailure),
    #[error("processes {pids:?} of the session would not end")]
    NotEnded { pids: Vec<u32> },
    #[error("all {count} places for private sessions were taken for {seconds} s")]
    NoFreeSlot { count: usize, seconds: u64 },
}

impl SessionError {
    pub(super) fn folder(path: &Path, error: std::io::Error) -> Self {
        Self::Folder {
            path: path.to_owned(),
            source: error.into(),
        }
    }
}
