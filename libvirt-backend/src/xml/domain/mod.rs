//! The domain XML: what Berth's lists, guards and dialogs need of it, and the changes this version makes to it.

use std::path::{Path, PathBuf};

use super::{Document, XmlError};
use crate::model::{Definition, MachineId};

/// What the XML does not say of a domain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DomainFacts {
    pub is_persistent: bool,
    pub has_managed_save: bool,
    pub has_external_snapshots: bool,
}

/// Reads the inactive XML (`VIR_DOMAIN_XML_INACTIVE`; of a transient domain its only one).
pub fn definition_from_xml(_inactive_xml: &str, _facts: DomainFacts) -> Result<Definition, XmlError> {
    todo!()
}

pub fn uuid_from_xml(_xml: &str) -> Result<MachineId, XmlError> {
    todo!()
}

/// `(MAC address, host device)` of the live XML's interfaces that have a host side.
pub fn host_devices_from_xml(_live_xml: &str) -> Result<Vec<(String, String)>, XmlError> {
    todo!()
}

/// Files to which serial consoles are logged.
pub fn serial_logs_from_xml(_xml: &str) -> Result<Vec<PathBuf>, XmlError> {
    todo!()
}

/// The `<disk>` of a CD-ROM or floppy drive with another medium (`None`: empty), for `virDomainUpdateDeviceFlags`.
/// `Ok(None)`: no removable drive has that target.
pub fn drive_with_medium(_xml: &str, _target: &str, _medium: Option<&Path>) -> Result<Option<String>, XmlError> {
    todo!()
}

/// What stands in a removable drive. `None`: empty, no such drive, or not a file.
pub fn medium_in_drive(_xml: &str, _target: &str) -> Result<Option<PathBuf>, XmlError> {
    todo!()
}

/// Sets `<memory>` and `<currentMemory>`.
pub fn set_memory_kib(_domain: &mut Document, _memory_kib: u64) -> Result<(), XmlError> {
    todo!()
}

pub fn set_vcpus(_domain: &mut Document, _vcpus: u32) -> Result<(), XmlError> {
    todo!()
}

pub fn set_name(_domain: &mut Document, _name: &str) -> Result<(), XmlError> {
    todo!()
}

/// So that libvirt gives a copy a UUID of its own.
pub fn remove_uuid(_domain: &mut Document) {
    todo!()
}

/// Sets the tags in the domain's own XML.
pub fn set_tags(_domain: &mut Document, _tags: &[String]) -> Result<(), XmlError> {
    todo!()
}
