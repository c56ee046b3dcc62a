//! What a user says of a machine that does not exist yet.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The input of `Command::Create`. Everything not said here is decided by `defaults`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMachine {
    pub name: String,
    pub memory_kib: u64,
    pub vcpus: u32,
    pub storage: NewStorage,
    /// An installer medium, put into a CD-ROM drive.
    pub cdrom: Option<PathBuf>,
    pub network: NetworkChoice,
    pub accel: AccelChoice,
    pub os: Os,
    pub tags: Vec<String>,
    pub start: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewStorage {
    None,
    /// A new sparse qcow2 volume in the default pool, or in the one named.
    Create {
        capacity_bytes: u64,
        pool: Option<String>,
    },
    /// An image that exists and stays the user's: used in place, never ticked for deletion.
    Import(PathBuf),
    /// An image that was written for this machine: used in place, it goes with the machine, or when none comes of it.
    HandOver(PathBuf),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum NetworkChoice {
    /// passt where a probe start worked, else user networking.
    #[default]
    Auto,
    Passt,
    User,
    None,
    /// A libvirt network.
    Network(String),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccelChoice {
    /// KVM where it is proved, else software emulation with a badge that says so.
    #[default]
    Auto,
    Kvm,
    Tcg,
}

/// The family of the guest, as far as defaults differ by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Os {
    #[default]
    Generic,
    Linux,
}
