//! Since when a machine runs, as told by the file in which libvirt keeps the number of its process.

use std::path::{Path, PathBuf};

use super::clock::millis_of;
use super::uri::{Place, socket_folder};

/// Where a local daemon keeps those files; nowhere for other daemons.
#[derive(Clone, Debug)]
pub(crate) struct StartTimes {
    folder: Option<PathBuf>,
}

impl StartTimes {
    pub(crate) fn new(uri: &str) -> Self {
        Self::with_runtime_folder(uri, std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).as_deref())
    }

    fn with_runtime_folder(uri: &str, runtime_folder: Option<&Path>) -> Self {
        let path = uri.split(['?', '#']).next().unwrap_or(uri);
        let folder = if Place::of(uri) != Place::Local {
            None
        } else if path.ends_with("/session") {
            socket_folder(uri)
                .or_else(|| runtime_folder.map(|folder| folder.join("libvirt")))
                .map(|folder| folder.join("qemu/run"))
        } else if path.ends_with("/system") {
            Some(PathBuf::from("/run/libvirt/qemu"))
        } else {
            None
        };
        Self { folder }
    }

    /// Unix milliseconds; `None` where the file is not there or may not be seen.
    pub(crate) fn of(&self, name: &str) -> Option<i64> {
        let file = self.folder.as_ref()?.join(format!("{name}.pid"));
        let written = std::fs::metadata(file).and_then(|metadata| metadata.modified());
        written.ok().map(millis_of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_that_of_the_daemon_asked() {
        let runtime = Path::new("/run/user/7");
        let folder = |uri: &str| StartTimes::with_runtime_folder(uri, Some(runtime)).folder;
        assert_eq!(
            folder("qemu:///session"),
            Some(PathBuf::from("/run/user/7/libvirt/qemu/run"))
        );
        assert_eq!(folder("qemu:///system"), Some(PathBuf::from("/run/libvirt/qemu")));
        assert_eq!(
            folder("qemu:///session?socket=/tmp/x/run/libvirt/libvirt-sock"),
            Some(PathBuf::from("/tmp/x/run/libvirt/qemu/run"))
        );
        assert_eq!(folder("qemu+ssh://host/session"), None);
        assert_eq!(folder("test:///default"), None);
    }

    #[test]
    fn a_machine_runs_since_its_file_was_written() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("qemu/run")).unwrap();
        std::fs::write(folder.path().join("qemu/run/guest.pid"), "1").unwrap();
        let uri = format!("qemu:///session?socket={}/libvirt-sock", folder.path().display());
        let times = StartTimes::new(&uri);
        let now = super::super::clock::now_millis();
        assert!(times.of("guest").is_some_and(|millis| (now - millis).abs() < 60_000));
        assert_eq!(times.of("other"), None);
    }
}
