//! Berth's own element in a domain's `<metadata>`: tags, and which files were made for the machine.
//!
//! libvirt keeps the element with the domain, so every Berth on every computer sees the same tags. It is written
//! through `virDomainSetMetadata(…, VIR_DOMAIN_METADATA_ELEMENT, xml, BERTH_NS_PREFIX, BERTH_NS_URI, …)`.

use std::path::PathBuf;

use super::XmlError;

/// Never changes, and need not lead anywhere: it is a name.
pub const BERTH_NS_URI: &str = "urn:berth-vm:xmlns:domain:1";
pub const BERTH_NS_PREFIX: &str = "berth";

/// What Berth wrote down with a domain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BerthMetadata {
    /// Sorted, no doubles.
    pub tags: Vec<String>,
    /// Files that Berth made for this machine. An imported disk is not among them.
    pub made_files: Vec<PathBuf>,
}

/// The element for `virDomainSetMetadata`, as libvirt wants it there: its name without prefix.
pub fn element_from_metadata(_metadata: &BerthMetadata) -> Result<String, XmlError> {
    todo!()
}

/// Reads what `virDomainGetMetadata(…, BERTH_NS_URI, …)` returned, or the element cut out of a domain.
pub fn metadata_from_element(_xml: &str) -> Result<BerthMetadata, XmlError> {
    todo!()
}

/// The same out of a whole domain XML; empty where the domain has none.
pub fn metadata_from_domain_xml(_domain_xml: &str) -> Result<BerthMetadata, XmlError> {
    todo!()
}

/// The element with other tags and everything else as it was. `existing`: what `virDomainGetMetadata` returned.
/// This is what tagging a machine uses.
pub fn element_with_tags(_existing: Option<&str>, _tags: &[String]) -> Result<String, XmlError> {
    todo!()
}

/// An element with these tags alone.
pub fn tags_element(tags: &[String]) -> Result<String, XmlError> {
    element_with_tags(None, tags)
}

/// The tags in Berth's element; sorted, no doubles.
pub fn tags_from_element(xml: &str) -> Result<Vec<String>, XmlError> {
    metadata_from_element(xml).map(|metadata| metadata.tags)
}

/// Trimmed, sorted, without doubles; `None` where one is empty, longer than 64 bytes or has a control character or a
/// comma.
pub fn normalized_tags(_tags: &[String]) -> Option<Vec<String>> {
    todo!()
}
