//! What proofs depend on: when any of it changes, everything is proved anew.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::HostProfile;

/// Where distributions keep QEMU's loadable parts, the D-Bus display among them.
const MODULE_FOLDERS: [&str; 3] = ["/usr/lib/x86_64-linux-gnu/qemu", "/usr/lib64/qemu", "/usr/lib/qemu"];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Key {
    boot_id: String,
    kernel: String,
    uid: u32,
    /// Of this process: joining one takes effect with the next login, and lets devices be opened.
    groups: Vec<u32>,
    libvirt_version: u64,
    qemu_version: u64,
    /// Path, modification time and size of what is run.
    programs: Vec<(PathBuf, Option<(i64, u64)>)>,
    /// Owner, group, permission bits and the time when they changed.
    kvm_device: Option<(u32, u32, u32, i64)>,
    /// Also access lists and sandboxes decide on that.
    opens_kvm: bool,
}

impl Key {
    pub(super) fn of(profile: &HostProfile) -> Self {
        let emulator = profile.caps.emulator.iter().map(PathBuf::from);
        let others = MODULE_FOLDERS.iter().chain(&["/usr/bin/passt"]).map(PathBuf::from);
        Self {
            boot_id: read("/proc/sys/kernel/random/boot_id"),
            kernel: read("/proc/sys/kernel/osrelease"),
            uid: rustix::process::geteuid().as_raw(),
            groups: groups(),
            libvirt_version: profile.libvirt_version,
            qemu_version: profile.qemu_version,
            programs: emulator
                .chain(others)
                .map(|path| {
                    let seen = std::fs::metadata(&path).ok();
                    let stamp = seen.map(|metadata| (metadata.mtime(), metadata.len()));
                    (path, stamp)
                })
                .collect(),
            kvm_device: std::fs::metadata(super::kvm::DEVICE)
                .ok()
                .map(|metadata| (metadata.uid(), metadata.gid(), metadata.mode(), metadata.ctime())),
            opens_kvm: super::kvm::open_device().is_ok(),
        }
    }
}

#[cfg(test)]
impl Key {
    pub(super) const fn of_nothing() -> Self {
        Self {
            boot_id: String::new(),
            kernel: String::new(),
            uid: 0,
            groups: Vec::new(),
            libvirt_version: 0,
            qemu_version: 0,
            programs: Vec::new(),
            kvm_device: None,
            opens_kvm: false,
        }
    }
}

fn groups() -> Vec<u32> {
    let mut groups: Vec<u32> = rustix::process::getgroups()
        .unwrap_or_default()
        .into_iter()
        .chain([rustix::process::getegid()])
        .map(rustix::process::Gid::as_raw)
        .collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}

fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}
