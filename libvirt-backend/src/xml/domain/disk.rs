//! `<disk>`.

use std::path::PathBuf;

use crate::model::{Disk, DiskBus, DiskDevice, DiskFormat, DiskSource};
use crate::xml::{Document, NodeId};

/// Every disk that has a target; one without could not be named.
pub(super) fn disks(domain: &Document) -> Vec<Disk> {
    domain
        .find_all(domain.root(), "devices/disk")
        .into_iter()
        .filter_map(|node| disk(domain, node))
        .collect()
}

fn disk(domain: &Document, node: NodeId) -> Option<Disk> {
    let target = domain.child(node, "target")?;
    Some(Disk {
        target: domain.attr(target, "dev")?.into_owned(),
        device: device(domain, node),
        bus: bus(domain, target),
        source: source(domain, node),
        format: format(domain, node),
        is_readonly: domain.child(node, "readonly").is_some(),
        is_shareable: domain.child(node, "shareable").is_some(),
    })
}

pub(super) fn device(domain: &Document, node: NodeId) -> DiskDevice {
    match domain.attr(node, "device").as_deref() {
        Some("cdrom") => DiskDevice::Cdrom,
        Some("floppy") => DiskDevice::Floppy,
        Some("lun") => DiskDevice::Lun,
        _ => DiskDevice::Disk,
    }
}

fn bus(domain: &Document, target: NodeId) -> DiskBus {
    match domain.attr(target, "bus").as_deref() {
        Some("virtio") => DiskBus::Virtio,
        Some("sata") => DiskBus::Sata,
        Some("scsi") => DiskBus::Scsi,
        Some("ide") => DiskBus::Ide,
        Some("usb") => DiskBus::Usb,
        Some("fdc") => DiskBus::Fdc,
        other => DiskBus::Other(other.unwrap_or_default().to_owned()),
    }
}

pub(super) fn source(domain: &Document, node: NodeId) -> DiskSource {
    let kind = domain.attr(node, "type");
    let Some(source) = domain.child(node, "source") else {
        return DiskSource::Empty;
    };
    let path = |name: &str| domain.attr(source, name).map(|path| PathBuf::from(path.as_ref()));
    match kind.as_deref() {
        Some("file") => path("file").map_or(DiskSource::Empty, DiskSource::File),
        Some("block") => path("dev").map_or(DiskSource::Empty, DiskSource::Block),
        Some("volume") => match (domain.attr(source, "pool"), domain.attr(source, "volume")) {
            (Some(pool), Some(volume)) => DiskSource::Volume {
                pool: pool.into_owned(),
                volume: volume.into_owned(),
            },
            _ => DiskSource::Empty,
        },
        other => DiskSource::Other(other.unwrap_or_default().to_owned()),
    }
}

/// A disk without a format is raw to libvirt: it does not probe.
fn format(domain: &Document, node: NodeId) -> DiskFormat {
    match domain.attr_at(node, "driver", "type").as_deref() {
        Some("qcow2") => DiskFormat::Qcow2,
        Some("raw") | None => DiskFormat::Raw,
        Some(other) => DiskFormat::Other(other.to_owned()),
    }
}
