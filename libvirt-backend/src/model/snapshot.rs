//! Snapshots and the reasons for which a machine cannot have any.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    pub name: String,
    pub description: Option<String>,
    /// Unix seconds, as libvirt keeps it.
    pub created_at_seconds: i64,
    pub parent: Option<String>,
    /// The machine's present disks stand on this one.
    pub is_current: bool,
    pub kind: SnapshotKind,
    /// State of the machine at that time.
    pub was_running: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SnapshotKind {
    /// Inside the qcow2 files, disks only.
    InternalDisks,
    /// Inside the qcow2 files, with the guest's memory.
    InternalWithMemory,
    /// Overlay files made by another tool: listed, never touched.
    External,
}

/// Why no (internal) snapshot can be taken. Mixing kinds loses disks, so Berth refuses beforehand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SnapshotRefusal {
    /// This disk cannot hold an internal snapshot.
    DiskNotQcow2 {
        target: String,
        format: String,
    },
    HasExternalSnapshots,
    /// UEFI's variables are in a raw file.
    RawNvram,
    NoDisk,
    /// A clipboard channel is attached, which keeps QEMU from saving memory.
    ClipboardChannel,
}
