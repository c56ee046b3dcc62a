//! Device files of this computer without which a kind of device does not work.
//!
//! The folder can be another one, as that of [`crate::host_lists`].

use std::path::PathBuf;

use rustix::fs::{Access, access};

/// Where the kernel's device files are.
#[derive(Clone, Debug)]
pub struct Devfs {
    root: PathBuf,
}

const VSOCK: &str = "vhost-vsock";

impl Default for Devfs {
    fn default() -> Self {
        Self::at("/dev")
    }
}

impl Devfs {
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Can machines have a vsock? A session opens the file as its user.
    pub fn has_vsock(&self, is_session: bool) -> bool {
        let needed = if is_session {
            Access::READ_OK | Access::WRITE_OK
        } else {
            Access::EXISTS
        };
        access(self.root.join(VSOCK), needed).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_session_needs_a_file_that_it_may_open() {
        let folder = tempfile::tempdir().unwrap();
        let devices = Devfs::at(folder.path());
        assert!(!devices.has_vsock(false) && !devices.has_vsock(true));
        let file = folder.path().join(VSOCK);
        fs::write(&file, "").unwrap();
        assert!(devices.has_vsock(false) && devices.has_vsock(true));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
        assert!(devices.has_vsock(false), "the system's daemon opens it as root");
        // Root opens everything.
        assert_eq!(devices.has_vsock(true), rustix::process::geteuid().is_root());
    }
}
