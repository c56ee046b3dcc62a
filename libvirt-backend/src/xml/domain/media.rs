//! The medium in a CD-ROM or floppy drive.

use std::path::{Path, PathBuf};

use super::disk;
use crate::model::{DiskDevice, DiskSource};
use crate::xml::error::path_text;
use crate::xml::{Document, NodeId, XmlError};

/// The `<disk>` of a CD-ROM or floppy drive with another medium (`None`: empty), for `virDomainUpdateDeviceFlags`.
/// `Ok(None)`: no removable drive has that target.
pub fn drive_with_medium(xml: &str, target: &str, medium: Option<&Path>) -> Result<Option<String>, XmlError> {
    let mut domain = Document::parse_as(xml, "domain")?;
    let Some(drive) = removable_drive(&domain, target) else {
        return Ok(None);
    };
    // What the old medium brought with it must not stay with the new one.
    let old: Vec<NodeId> = ["source", "backingStore", "mirror"]
        .into_iter()
        .flat_map(|name| domain.children(drive, name))
        .collect();
    for node in old {
        domain.remove(node);
    }
    domain.set_attr(drive, "type", "file")?;
    if let Some(path) = medium {
        let driver = domain.child_or_insert(drive, "driver", &[])?;
        domain.set_attr(driver, "name", "qemu")?;
        domain.set_attr(driver, "type", "raw")?;
        let source = domain.insert_child(drive, "source", &["driver", "auth"])?;
        domain.set_attr(source, "file", path_text(path)?)?;
    }
    Ok(Some(domain.element_xml(drive)))
}

/// What stands in a removable drive. `None`: empty, no such drive, or not a file.
pub fn medium_in_drive(xml: &str, target: &str) -> Result<Option<PathBuf>, XmlError> {
    let domain = Document::parse_as(xml, "domain")?;
    let source = removable_drive(&domain, target).map(|drive| disk::source(&domain, drive));
    Ok(match source {
        Some(DiskSource::File(path) | DiskSource::Block(path)) => Some(path),
        _ => None,
    })
}

fn removable_drive(domain: &Document, target: &str) -> Option<NodeId> {
    domain
        .find_all(domain.root(), "devices/disk")
        .into_iter()
        .find(|&node| {
            matches!(disk::device(domain, node), DiskDevice::Cdrom | DiskDevice::Floppy)
                && domain.attr_at(node, "target", "dev").is_some_and(|dev| dev == target)
        })
}
