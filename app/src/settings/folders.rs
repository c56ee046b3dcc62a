//! Where Berth keeps things, by the XDG rules. Every folder is made with mode 0700 when it is first needed.

use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use directories::{ProjectDirs, UserDirs};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    /// What the user chose.
    pub config: PathBuf,
    /// Log, panic reports, window state, what was proved of hosts.
    pub state: PathBuf,
    /// What can be lost: the last known machines.
    pub cache: PathBuf,
    /// Disks of machines made without a pool.
    pub data: PathBuf,
    /// The socket by which a second start finds the first. `None` where the login has no such folder.
    pub runtime: Option<PathBuf>,
}

impl Folders {
    /// The user's own. `None`: no home folder can be found.
    pub fn of_user() -> Option<Self> {
        let dirs = ProjectDirs::from("", "", "berth")?;
        Some(Self {
            config: dirs.config_dir().to_owned(),
            state: dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_owned(),
            cache: dirs.cache_dir().to_owned(),
            data: dirs.data_dir().to_owned(),
            runtime: dirs.runtime_dir().map(Path::to_owned),
        })
    }

    /// Everything below one folder: for a throw-away session.
    pub fn below(folder: &Path) -> Self {
        Self {
            config: folder.join("config"),
            state: folder.join("state"),
            cache: folder.join("cache"),
            data: folder.join("data"),
            runtime: None,
        }
    }
}

/// Where the user keeps pictures, or at least is at home.
pub fn pictures_folder() -> Option<PathBuf> {
    let dirs = UserDirs::new()?;
    Some(dirs.picture_dir().unwrap_or_else(|| dirs.home_dir()).to_owned())
}

/// Makes the folder and those above it, for this user alone. One that exists is left as it is.
pub fn create_private(folder: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// This folder is the user's and nobody else can write into it.
pub fn is_private(folder: &Path) -> bool {
    std::fs::symlink_metadata(folder)
        .is_ok_and(|meta| meta.is_dir() && meta.uid() == rustix::process::getuid().as_raw() && meta.mode() & 0o022 == 0)
}
