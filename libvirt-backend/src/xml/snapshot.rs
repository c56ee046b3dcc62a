//! Domain snapshots: the XML that creates an internal one, and what libvirt tells of each.

use super::domain::snapshot_refusal::holds_snapshots;
use super::{Document, XmlError};
use crate::model::{Definition, Snapshot, SnapshotKind};

/// The XML for `virDomainSnapshotCreateXML`, internal kind only.
///
/// Every writable disk is in it; read-only and removable drives are named and left out. `has_memory`: the machine
/// runs. Refuse beforehand where `definition.snapshot_refusal` is set.
pub fn new_snapshot_xml(
    definition: &Definition,
    name: &str,
    description: Option<&str>,
    has_memory: bool,
) -> Result<String, XmlError> {
    let mut document = Document::new("domainsnapshot")?;
    let root = document.root();
    document.append_text_child(root, "name", name)?;
    if let Some(description) = description {
        document.append_text_child(root, "description", description)?;
    }
    let memory = if has_memory { "internal" } else { "no" };
    document.append_with(root, "memory", &[("snapshot", memory)])?;
    let disks = document.append_child(root, "disks")?;
    for disk in &definition.disks {
        let kind = if holds_snapshots(disk) { "internal" } else { "no" };
        document.append_with(disks, "disk", &[("name", &disk.target), ("snapshot", kind)])?;
    }
    Ok(document.to_string())
}

/// Reads `virDomainSnapshotGetXMLDesc`. `is_current` comes from `virDomainSnapshotIsCurrent`.
pub fn snapshot_from_xml(xml: &str, is_current: bool) -> Result<Snapshot, XmlError> {
    let document = Document::parse_as(xml, "domainsnapshot")?;
    let root = document.root();
    let text = |path: &str| document.text_at(root, path);
    let created = text("creationTime").unwrap_or_else(|| "0".to_owned());
    let created_at_seconds = created
        .parse::<i64>()
        .ok()
        .ok_or_else(|| XmlError::invalid("domainsnapshot/creationTime", &created))?;
    Ok(Snapshot {
        name: document
            .raw_text_at(root, "name")
            .ok_or_else(|| XmlError::missing("domainsnapshot/name"))?,
        description: document.raw_text_at(root, "description"),
        created_at_seconds,
        parent: document.raw_text_at(root, "parent/name"),
        is_current,
        kind: kind(&document),
        was_running: text("state").is_some_and(|state| matches!(state.as_str(), "running" | "paused" | "blocked")),
    })
}

fn kind(document: &Document) -> SnapshotKind {
    let root = document.root();
    let memory = document.attr_at(root, "memory", "snapshot");
    let is_external_disk = document
        .find_all(root, "disks/disk")
        .into_iter()
        .any(|disk| document.attr(disk, "snapshot").is_some_and(|kind| kind == "external"));
    match memory.as_deref() {
        _ if is_external_disk => SnapshotKind::External,
        Some("external") => SnapshotKind::External,
        Some("internal") => SnapshotKind::InternalWithMemory,
        _ => SnapshotKind::InternalDisks,
    }
}
