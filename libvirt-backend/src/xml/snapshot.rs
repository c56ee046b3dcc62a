//! Domain snapshots: the XML that creates an internal one, and what libvirt tells of each.

use super::XmlError;
use crate::model::{Definition, Snapshot};

/// The XML for `virDomainSnapshotCreateXML`, internal kind only: every writable qcow2 disk in it, read-only and removable drives
/// left out. `has_memory`: the machine runs. Refuse beforehand where `definition.snapshot_refusal` is set.
pub fn new_snapshot_xml(
    _definition: &Definition,
    _name: &str,
    _description: Option<&str>,
    _has_memory: bool,
) -> Result<String, XmlError> {
    todo!()
}

/// Reads `virDomainSnapshotGetXMLDesc`. `is_current` comes from `virDomainSnapshotIsCurrent`.
pub fn snapshot_from_xml(_xml: &str, _is_current: bool) -> Result<Snapshot, XmlError> {
    todo!()
}
