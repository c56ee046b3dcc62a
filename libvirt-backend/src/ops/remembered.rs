//! Small facts that cost time to find out, kept between runs: one JSON file each, written whole or not at all.
//!
//! Losing one costs the time to find it out again, so nothing here fails.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Paths;
use super::storage::make_private_folder;

pub(super) struct Remembered<'a> {
    folder: &'a Path,
}

impl<'a> Remembered<'a> {
    pub(super) fn at(paths: &'a Paths) -> Self {
        Self {
            folder: &paths.state_folder,
        }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.join(file)
    }

    /// What `file` says about `key`.
    pub(super) fn get<T: DeserializeOwned>(&self, file: &str, key: &str) -> Option<T> {
        self.read(file).remove(key)
    }

    fn read<T: DeserializeOwned>(&self, file: &str) -> BTreeMap<String, T> {
        File::open(self.path(file))
            .ok()
            .and_then(|file| serde_json::from_reader(std::io::BufReader::new(file)).ok())
            .unwrap_or_default()
    }

    /// Writes down `value` beside what is known of other keys; `None` forgets.
    pub(super) fn set<T: Serialize + DeserializeOwned>(&self, file: &str, key: &str, value: Option<T>) {
        let mut all = self.read(file);
        match value {
            Some(value) => all.insert(key.to_owned(), value),
            None => all.remove(key),
        };
        if let Err(error) = self.write(file, &all) {
            tracing::warn!(file, %error, "not remembered");
        }
    }

    fn write<T: Serialize>(&self, file: &str, all: &BTreeMap<String, T>) -> std::io::Result<()> {
        make_private_folder(self.folder).map_err(std::io::Error::other)?;
        // Temporary files are made with mode 0600.
        let mut temporary = tempfile::NamedTempFile::new_in(self.folder)?;
        serde_json::to_writer_pretty(&mut temporary, all)?;
        temporary.flush()?;
        temporary.persist(self.path(file))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn each_key_is_kept_by_itself_and_only_for_its_user() {
        let folder = tempfile::tempdir().unwrap();
        let remembered = Remembered { folder: folder.path() };
        remembered.set("facts.json", "a", Some(1_u32));
        remembered.set("facts.json", "b", Some(2_u32));
        remembered.set::<u32>("facts.json", "a", None);
        assert_eq!(remembered.get::<u32>("facts.json", "a"), None);
        assert_eq!(remembered.get::<u32>("facts.json", "b"), Some(2));
        let mode = std::fs::metadata(folder.path().join("facts.json"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_makes_no_sense_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("facts.json"), "{{{").unwrap();
        let remembered = Remembered { folder: folder.path() };
        assert_eq!(remembered.get::<u32>("facts.json", "a"), None);
        remembered.set("facts.json", "a", Some(1_u32));
        assert_eq!(remembered.get::<u32>("facts.json", "a"), Some(1));
    }
}
