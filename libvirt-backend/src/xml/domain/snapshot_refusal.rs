//! Can this domain hold internal snapshots? libvirt and QEMU refuse some of these late and half-way.

use crate::model::{Disk, DiskDevice, DiskFormat, DiskSource, SnapshotRefusal};
use crate::xml::{Document, NodeId};

pub(super) fn snapshot_refusal(
    domain: &Document,
    disks: &[Disk],
    has_external_snapshots: bool,
) -> Option<SnapshotRefusal> {
    if has_external_snapshots {
        return Some(SnapshotRefusal::HasExternalSnapshots);
    }
    let counting: Vec<&Disk> = disks.iter().filter(|disk| holds_snapshots(disk)).collect();
    if let Some(disk) = counting.iter().find(|disk| disk.format != DiskFormat::Qcow2) {
        return Some(SnapshotRefusal::DiskNotQcow2 {
            target: disk.target.clone(),
            format: match &disk.format {
                DiskFormat::Qcow2 => "qcow2".to_owned(),
                DiskFormat::Raw => "raw".to_owned(),
                DiskFormat::Other(other) => other.clone(),
            },
        });
    }
    if counting.is_empty() {
        return Some(SnapshotRefusal::NoDisk);
    }
    if has_raw_nvram(domain) {
        return Some(SnapshotRefusal::RawNvram);
    }
    has_clipboard_channel(domain).then_some(SnapshotRefusal::ClipboardChannel)
}

/// A disk whose content a snapshot has to keep. CD-ROMs, read-only disks and empty drives have nothing to keep.
pub(in crate::xml) fn holds_snapshots(disk: &Disk) -> bool {
    !disk.is_readonly && disk.device != DiskDevice::Cdrom && disk.source != DiskSource::Empty
}

fn has_raw_nvram(domain: &Document) -> bool {
    let nvram = domain.find(domain.root(), "os/nvram");
    nvram.is_some_and(|nvram| domain.attr(nvram, "format").is_none_or(|format| format != "qcow2"))
}

fn has_clipboard_channel(domain: &Document) -> bool {
    let is_clipboard = |channel: NodeId| domain.attr(channel, "type").is_some_and(|kind| kind == "qemu-vdagent");
    domain
        .find_all(domain.root(), "devices/channel")
        .into_iter()
        .any(is_clipboard)
}
