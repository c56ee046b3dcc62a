//! One versioned JSON file: read whole, written whole, and never overwritten while it cannot be understood.

use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::atomic;

/// Larger than anything Berth writes; a file above it is not ours.
const MAX_BYTES: u64 = 64 << 20;

/// The file as it lies on disk.
#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    version: u32,
    content: T,
}

/// The version alone, to tell a newer file from a broken one.
#[derive(Deserialize)]
struct VersionOnly {
    version: u32,
}

/// What was found at start.
#[derive(Debug, PartialEq, Eq)]
pub enum Loaded<T> {
    /// There is no file yet.
    Nothing,
    Content(T),
    /// It could not be used and lies here now, as it was.
    KeptAside {
        path: PathBuf,
        why: Why,
    },
    /// It could neither be used nor be moved: saving would destroy it.
    InTheWay {
        why: Why,
    },
}

#[derive(Debug, PartialEq, Eq)]
pub enum Why {
    /// The system's words.
    Unreadable(String),
    /// Where the JSON does not fit.
    Damaged(String),
    /// Written by a later Berth.
    Newer { version: u32 },
}

/// A file of one kind of content, in one version of its form.
#[derive(Clone, Debug)]
pub struct Store {
    path: PathBuf,
    version: u32,
    is_for_people: bool,
}

impl Store {
    /// A file that people may read and change: indented.
    pub fn new(path: PathBuf, version: u32) -> Self {
        Self {
            path,
            version,
            is_for_people: true,
        }
    }

    /// A file for programs: as small as it can be.
    pub fn compact(path: PathBuf, version: u32) -> Self {
        Self {
            is_for_people: false,
            ..Self::new(path, version)
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the file; one that cannot be used is renamed to `<name>.bad-<Unix seconds>`.
    pub fn load<T: DeserializeOwned>(&self) -> Loaded<T> {
        let bytes = match atomic::read(&self.path, MAX_BYTES) {
            Ok(None) => return Loaded::Nothing,
            Ok(Some(bytes)) => bytes,
            Err(error) => return self.keep_aside(Why::Unreadable(error.to_string())),
        };
        match self.parse(&bytes) {
            Ok(content) => Loaded::Content(content),
            Err(why) => self.keep_aside(why),
        }
    }

    fn parse<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, Why> {
        let damaged = |error: serde_json::Error| Why::Damaged(error.to_string());
        let VersionOnly { version } = serde_json::from_slice(bytes).map_err(damaged)?;
        if version > self.version {
            return Err(Why::Newer { version });
        }
        let versioned: Versioned<T> = serde_json::from_slice(bytes).map_err(damaged)?;
        Ok(versioned.content)
    }

    fn keep_aside<T>(&self, why: Why) -> Loaded<T> {
        let mut aside = self.path.clone().into_os_string();
        aside.push(format!(".bad-{}", unix_seconds()));
        let path = PathBuf::from(aside);
        match std::fs::rename(&self.path, &path) {
            Ok(()) => Loaded::KeptAside { path, why },
            Err(_) => Loaded::InTheWay { why },
        }
    }

    /// The bytes to write; may run on any thread.
    pub fn encode<T: Serialize>(&self, content: &T) -> io::Result<Vec<u8>> {
        let versioned = Versioned {
            version: self.version,
            content,
        };
        let encode = if self.is_for_people {
            serde_json::to_vec_pretty
        } else {
            serde_json::to_vec
        };
        encode(&versioned).map_err(io::Error::other)
    }

    /// Writes at once; blocks.
    pub fn save<T: Serialize>(&self, content: &T) -> io::Result<()> {
        atomic::write(&self.path, &self.encode(content)?)
    }
}

fn unix_seconds() -> u64 {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since_epoch.map_or(0, |duration| duration.as_secs())
}

#[cfg(test)]
mod tests {
    use super::super::{Settings, ThemeChoice};
    use super::*;

    fn store(folder: &Path) -> Store {
        Store::new(folder.join("settings.json"), 1)
    }

    #[test]
    fn settings_survive_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            theme: ThemeChoice::Light,
            text_scale: 1.5,
            ..Settings::default()
        };
        store(folder.path()).save(&settings).unwrap();
        assert_eq!(store(folder.path()).load(), Loaded::Content(settings));
    }

    #[test]
    fn a_file_of_an_older_version_keeps_what_it_says() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("settings.json"),
            r#"{"version":1,"content":{"theme":"Light","gone":3}}"#,
        )
        .unwrap();
        let Loaded::Content(settings) = store(folder.path()).load::<Settings>() else {
            panic!("not read");
        };
        assert_eq!(settings.theme, ThemeChoice::Light);
        assert_eq!(settings.shutdown_grace_seconds, 60);
    }

    #[test]
    fn what_cannot_be_understood_is_kept_aside_as_it_was() {
        for (content, is_newer) in [
            ("{\"version\":1,\"content\":", false),
            ("", false),
            ("{\"version\":1,\"content\":{\"theme\":\"Plaid\"}}", false),
            ("{\"version\":7}", true),
            ("\u{0}\u{1}", false),
        ] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("settings.json"), content).unwrap();
            let Loaded::KeptAside { path, why } = store(folder.path()).load::<Settings>() else {
                panic!("{content:?} was not kept aside");
            };
            assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
            assert_eq!(matches!(why, Why::Newer { version: 7 }), is_newer, "{why:?}");
            assert!(path.to_string_lossy().contains("settings.json.bad-"));
            assert_eq!(store(folder.path()).load::<Settings>(), Loaded::Nothing);
        }
    }

    #[test]
    fn a_folder_in_the_files_place_is_moved_away_too() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("settings.json")).unwrap();
        assert!(matches!(
            store(folder.path()).load::<Settings>(),
            Loaded::KeptAside {
                why: Why::Unreadable(_),
                ..
            }
        ));
    }
}
