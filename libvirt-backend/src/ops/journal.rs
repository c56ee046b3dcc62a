//! A note of everything that is being made, so that what a killed Berth left half-made is found by the next one.
//!
//! ```text
//! before making anything   <state folder>/journal/<uuid>.json appears, whole, 0600, held by a file lock
//! at the end               it is removed, whether all was made or all was removed again
//! owner killed             the lock is free: the entry is a leftover
//! ```
//!
//! The lock belongs to the open file, so it works across containers and needs no process ids.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::storage::make_private_folder;
use crate::command::Leftover;
use crate::error::{Error, FileVerb, Result};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) uri: String,
    pub(super) machine_name: String,
    /// Everything that will have been made.
    pub(super) files: Vec<PathBuf>,
    pub(super) started_at_millis: i64,
}

/// An entry of a job that runs. Dropping it leaves the file behind with its lock free: call [`Entry::done`].
pub(super) struct Entry {
    path: PathBuf,
    /// Holds the lock.
    _file: File,
}

impl Record {
    pub(super) fn new(uri: &str, machine_name: &str, files: Vec<PathBuf>) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            uri: uri.to_owned(),
            machine_name: machine_name.to_owned(),
            files,
            started_at_millis: now.as_millis() as i64,
        }
    }
}

fn folder(state_folder: &Path) -> PathBuf {
    state_folder.join("journal")
}

/// Writes the entry. It must be there before the first thing is made.
pub(super) fn begin(state_folder: &Path, record: &Record) -> Result<Entry> {
    let folder = folder(state_folder);
    make_private_folder(&folder)?;
    let path = folder.join(format!("{}.json", uuid::Uuid::new_v4()));
    let failed = |error: std::io::Error| Error::File {
        verb: FileVerb::Write,
        path: path.clone(),
        source: error.into(),
    };
    let mut file = tempfile::NamedTempFile::new_in(&folder).map_err(failed)?;
    flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|error| failed(error.into()))?;
    serde_json::to_writer(&mut file, record).map_err(|error| failed(error.into()))?;
    file.flush().map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    let file = file.persist(&path).map_err(|error| failed(error.error))?;
    Ok(Entry { path, _file: file })
}

impl Entry {
    /// Nothing half-made is left.
    pub(super) fn done(self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "the journal keeps an entry that is done");
        }
    }
}

/// The entries of this connection that nobody works on any more, oldest first.
pub(super) fn leftovers(state_folder: &Path, uri: &str) -> Vec<Leftover> {
    let Ok(entries) = std::fs::read_dir(folder(state_folder)) else {
        return Vec::new();
    };
    let mut found: Vec<Leftover> = entries
        .filter_map(|entry| read_abandoned(&entry.ok()?.path(), uri))
        .collect();
    found.sort_by_key(|leftover| leftover.started_at_millis);
    found
}

/// The entry at `path` where its lock is free and it belongs to this connection.
pub(super) fn read_abandoned(path: &Path, uri: &str) -> Option<Leftover> {
    if path.extension().is_none_or(|extension| extension != "json") {
        return None;
    }
    let file = File::open(path).ok()?;
    flock(&file, FlockOperation::NonBlockingLockExclusive).ok()?;
    let record: Record = serde_json::from_reader(&file)
        .inspect_err(|error| tracing::warn!(path = %path.display(), %error, "unreadable journal entry"))
        .ok()?;
    (record.uri == uri).then(|| Leftover {
        journal: path.to_owned(),
        machine_name: record.machine_name,
        files: record.files,
        started_at_millis: record.started_at_millis,
    })
}

/// Is it one of ours? Nothing else is ever removed.
pub(super) fn holds(state_folder: &Path, path: &Path) -> bool {
    path.parent() == Some(&*folder(state_folder))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn record() -> Record {
        Record::new("test:///x", "guest", vec![PathBuf::from("/images/guest.qcow2")])
    }

    #[test]
    fn an_entry_is_a_leftover_only_once_its_owner_is_gone() {
        let state = tempfile::tempdir().unwrap();
        let entry = begin(state.path(), &record()).unwrap();
        assert!(leftovers(state.path(), "test:///x").is_empty());
        drop(entry);
        let found = leftovers(state.path(), "test:///x");
        assert_eq!(found.len(), 1);
        assert_eq!((&*found[0].machine_name, &found[0].files), ("guest", &record().files));
        let mode = std::fs::metadata(&found[0].journal).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_finished_job_leaves_no_entry() {
        let state = tempfile::tempdir().unwrap();
        begin(state.path(), &record()).unwrap().done();
        assert!(leftovers(state.path(), "test:///x").is_empty());
        assert_eq!(std::fs::read_dir(folder(state.path())).unwrap().count(), 0);
    }

    #[test]
    fn other_connections_and_broken_entries_are_left_alone() {
        let state = tempfile::tempdir().unwrap();
        drop(begin(state.path(), &record()).unwrap());
        std::fs::write(folder(state.path()).join("x.json"), "{").unwrap();
        assert!(leftovers(state.path(), "qemu:///session").is_empty());
        assert_eq!(leftovers(state.path(), "test:///x").len(), 1);
    }
}
