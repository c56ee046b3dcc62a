//! Files that are either the old ones or the new ones, never half of each, under a lock that all of Berth's processes
//! share.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use super::folders::create_private;

/// Held while a file of the folder is read and written. Ends with the value, and with the process.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Waits for whoever holds it; nobody holds it for longer than one small file takes.
    pub fn wait(folder: &Path) -> io::Result<Self> {
        create_private(folder)?;
        let file = open_lock(&folder.join(".lock"))?;
        file.lock()?;
        Ok(Self { _file: file })
    }
}

fn open_lock(path: &Path) -> io::Result<File> {
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)
}

/// Writes beside the file, flushes it to disk and puts it in the file's place, with mode 0600.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let _lock = FolderLock::wait(folder)?;
    let mut file = tempfile::Builder::new().prefix(".berth-").tempfile_in(folder)?;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o600))?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|failure| failure.error)?;
    // The name is part of the folder: without this a power cut could bring the old file back.
    File::open(folder)?.sync_all()
}

/// Reads the file under the lock. `None`: there is none.
pub fn read(path: &Path, max_bytes: u64) -> io::Result<Option<Vec<u8>>> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    if !path.try_exists()? {
        return Ok(None);
    }
    // A folder that cannot be written can still be read from.
    let _lock = FolderLock::wait(folder).ok();
    let meta = std::fs::metadata(path)?;
    if !meta.is_file() || meta.len() > max_bytes {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "not a file of ours"));
    }
    std::fs::read(path).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_for_the_user_alone_and_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/settings.json");
        write(&path, b"old").unwrap();
        write(&path, b"new").unwrap();
        assert_eq!(read(&path, 100).unwrap().unwrap(), b"new");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        let left: Vec<_> = std::fs::read_dir(path.parent().unwrap())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left.len(), 2, "{left:?}");
    }

    #[test]
    fn a_writer_waits_for_the_one_who_holds_the_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let lock = FolderLock::wait(folder.path()).unwrap();
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        let writer = {
            let path = path.clone();
            std::thread::Builder::new()
                .name("writer".to_owned())
                .spawn(move || {
                    write(&path, b"x").unwrap();
                    sender.send(()).unwrap();
                })
                .unwrap()
        };
        assert!(receiver.recv_timeout(std::time::Duration::from_millis(100)).is_err());
        assert!(!path.exists());
        drop(lock);
        receiver.recv_timeout(std::time::Duration::from_secs(10)).unwrap();
        writer.join().unwrap();
        assert!(path.exists());
    }
}
