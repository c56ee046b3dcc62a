//! The session's folder, the lock that says its owner lives, and the sweep of folders whose owner does not.

use std::fs::{DirBuilder, File, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{SessionError, processes};

const PREFIX: &str = "b-";
const LOCK_FILE: &str = "owner.lock";
/// The longest socket is the agent's: `run/libvirt/qemu/run/channel/<id>-<20 characters>/org.qemu.guest_agent.0`.
const MAX_BYTES: usize = 30;

#[derive(Debug)]
pub(super) struct Folder {
    temp: TempDir,
    /// Held, never read. The kernel lets go of it whatever ends the owner.
    _lock: File,
}

impl Folder {
    pub(super) fn create(parent: &Path) -> Result<Self, SessionError> {
        let temp = tempfile::Builder::new()
            .prefix(PREFIX)
            .rand_bytes(4)
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(parent)
            .map_err(|error| SessionError::folder(parent, error))?;
        let path = temp.path();
        if path.as_os_str().len() > MAX_BYTES {
            return Err(SessionError::FolderTooLong {
                path: path.to_owned(),
                max_bytes: MAX_BYTES,
            });
        }
        let lock = make_lock(path).map_err(|error| SessionError::folder(path, error))?;
        for name in ["run", "cfg", "cache", "data", "state", "home"] {
            let folder = path.join(name);
            DirBuilder::new()
                .mode(0o700)
                .create(&folder)
                .map_err(|error| SessionError::folder(&folder, error))?;
        }
        Ok(Self { temp, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        self.temp.path()
    }

    /// Ends every process of the session and removes the folder.
    pub(super) fn end(&mut self) -> Result<(), SessionError> {
        let ended = end_folder(self.path());
        // What could not be ended now is left for the next sweep, which knows it by its folder.
        self.temp.disable_cleanup(ended.is_err());
        ended
    }
}

/// Locked before it has its name, so that a sweep never sees it free while the owner lives.
fn make_lock(folder: &Path) -> std::io::Result<File> {
    let unnamed = folder.join("owner.new");
    let lock = File::create_new(&unnamed)?;
    lock.lock()?;
    std::fs::rename(unnamed, folder.join(LOCK_FILE))?;
    Ok(lock)
}

fn end_folder(path: &Path) -> Result<(), SessionError> {
    let pids = processes::end_all(path);
    if !pids.is_empty() {
        return Err(SessionError::NotEnded { pids });
    }
    match remove_lock_last(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(SessionError::folder(path, error)),
        _ => Ok(()),
    }
}

/// Where something cannot be removed now, the next sweep still knows by its lock whose folder it is.
fn remove_lock_last(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            std::fs::remove_dir_all(entry.path())?;
        } else if entry.file_name() != LOCK_FILE {
            std::fs::remove_file(entry.path())?;
        }
    }
    std::fs::remove_dir_all(folder)
}

/// Ends the sessions of this user in `parent` whose owner is gone, and removes their folders. Gives back how many.
pub fn sweep_stale(parent: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(parent) else {
        return 0;
    };
    entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX))
        .filter(|entry| sweep(&entry.path()))
        .count()
}

fn sweep(path: &Path) -> bool {
    let Some(_lock) = lock_of_stale(path) else {
        return false;
    };
    match end_folder(path) {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(%error, folder = %path.display(), "a stale private session could not be ended");
            false
        }
    }
}

/// The lock of a session of this user whose owner is gone; `None` for everything else.
fn lock_of_stale(path: &Path) -> Option<File> {
    let own = rustix::process::geteuid().as_raw();
    let is_own_folder = path
        .symlink_metadata()
        .is_ok_and(|data| data.is_dir() && data.uid() == own && data.mode() & 0o777 == 0o700);
    if !is_own_folder {
        return None;
    }
    let lock_file: PathBuf = path.join(LOCK_FILE);
    let lock = File::open(&lock_file).ok()?;
    lock.try_lock().ok()?;
    // The folder may have been swept by another, and its name taken anew, between opening and locking.
    let is_same = lock
        .metadata()
        .and_then(|held| Ok(held.ino() == lock_file.symlink_metadata()?.ino()))
        .unwrap_or(false);
    is_same.then_some(lock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_whose_owner_lives_is_left_alone() {
        let parent = tempfile::Builder::new()
            .prefix("s")
            .rand_bytes(4)
            .tempdir_in("/tmp")
            .unwrap();
        let folder = Folder::create(parent.path()).unwrap();
        assert_eq!(sweep_stale(parent.path()), 0);
        assert!(folder.path().join("run").is_dir());

        let path = folder.path().to_owned();
        let Folder { temp, _lock: lock } = folder;
        drop(lock);
        assert_eq!(sweep_stale(parent.path()), 1);
        assert!(!path.exists());
        drop(temp);
    }

    #[test]
    fn what_could_not_be_removed_is_found_again_by_the_next_sweep() {
        let parent = tempfile::Builder::new()
            .prefix("s")
            .rand_bytes(4)
            .tempdir_in("/tmp")
            .unwrap();
        let Folder { temp, _lock: lock } = Folder::create(parent.path()).unwrap();
        let path = temp.path().to_owned();
        let stubborn = path.join("cfg/stubborn");
        std::fs::create_dir(&stubborn).unwrap();
        std::fs::write(stubborn.join("file"), "").unwrap();
        std::fs::set_permissions(&stubborn, Permissions::from_mode(0o500)).unwrap();
        drop(lock);
        let is_root = rustix::process::geteuid().is_root();
        // Root may remove everything.
        assert_eq!(sweep_stale(parent.path()), usize::from(is_root));
        if !is_root {
            std::fs::set_permissions(&stubborn, Permissions::from_mode(0o700)).unwrap();
            assert_eq!(sweep_stale(parent.path()), 1);
        }
        assert!(!path.exists());
    }

    #[test]
    fn folders_without_our_lock_are_never_touched() {
        let parent = tempfile::Builder::new()
            .prefix("s")
            .rand_bytes(4)
            .tempdir_in("/tmp")
            .unwrap();
        let strange = parent.path().join("b-mine");
        std::fs::create_dir(&strange).unwrap();
        std::fs::write(strange.join("letter"), "dear").unwrap();
        assert_eq!(sweep_stale(parent.path()), 0);
        assert!(strange.join("letter").exists());
    }

    #[test]
    fn a_folder_too_long_for_sockets_is_refused_in_words() {
        let parent = tempfile::Builder::new()
            .prefix("much-too-long-for-a-socket")
            .tempdir_in("/tmp")
            .unwrap();
        let error = Folder::create(parent.path()).unwrap_err();
        assert!(error.to_string().contains("too long for libvirt's sockets"), "{error}");
    }
}
