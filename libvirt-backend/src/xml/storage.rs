//! Storage pools and volumes.

use std::path::{Path, PathBuf};

use super::error::path_text;
use super::property::size::bytes_in_unit;
use super::{Document, NodeId, XmlError};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolDetails {
    pub name: String,
    /// `dir`, `logical`…
    pub kind: String,
    pub target: Option<PathBuf>,
    pub capacity_bytes: u64,
    pub available_bytes: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeDetails {
    pub name: String,
    pub path: Option<PathBuf>,
    pub capacity_bytes: u64,
    /// On the host's disk.
    pub allocation_bytes: u64,
    /// `qcow2`, `raw`…
    pub format: Option<String>,
    /// The image stands on this one.
    pub backing_path: Option<PathBuf>,
}

/// A directory pool for `virStoragePoolDefineXML`.
pub fn dir_pool_xml(name: &str, target: &Path) -> Result<String, XmlError> {
    let mut document = Document::new("pool")?;
    let root = document.root();
    document.set_attr(root, "type", "dir")?;
    document.append_text_child(root, "name", name)?;
    let node = document.append_child(root, "target")?;
    document.append_text_child(node, "path", path_text(target)?)?;
    Ok(document.to_string())
}

/// A sparse qcow2 volume (compat 1.1) for `virStorageVolCreateXML`.
pub fn qcow2_volume_xml(name: &str, capacity_bytes: u64) -> Result<String, XmlError> {
    let mut document = Document::new("volume")?;
    let root = document.root();
    document.set_attr(root, "type", "file")?;
    document.append_text_child(root, "name", name)?;
    for (element, bytes) in [("capacity", capacity_bytes), ("allocation", 0)] {
        let node = document.append_text_child(root, element, &bytes.to_string())?;
        document.set_attr(node, "unit", "bytes")?;
    }
    let target = document.append_child(root, "target")?;
    document.append_with(target, "format", &[("type", "qcow2")])?;
    document.append_text_child(target, "compat", "1.1")?;
    Ok(document.to_string())
}

pub fn pool_from_xml(xml: &str) -> Result<PoolDetails, XmlError> {
    let document = Document::parse_as(xml, "pool")?;
    let root = document.root();
    Ok(PoolDetails {
        name: name(&document)?,
        kind: document.attr(root, "type").unwrap_or_default().into_owned(),
        target: document.raw_text_at(root, "target/path").map(PathBuf::from),
        capacity_bytes: bytes(&document, root, "capacity")?,
        available_bytes: bytes(&document, root, "available")?,
    })
}

pub fn volume_from_xml(xml: &str) -> Result<VolumeDetails, XmlError> {
    let document = Document::parse_as(xml, "volume")?;
    let root = document.root();
    Ok(VolumeDetails {
        name: name(&document)?,
        path: document.raw_text_at(root, "target/path").map(PathBuf::from),
        capacity_bytes: bytes(&document, root, "capacity")?,
        allocation_bytes: bytes(&document, root, "allocation")?,
        format: document
            .attr_at(root, "target/format", "type")
            .map(|format| format.into_owned()),
        backing_path: document.raw_text_at(root, "backingStore/path").map(PathBuf::from),
    })
}

fn name(document: &Document) -> Result<String, XmlError> {
    document
        .raw_text_at(document.root(), "name")
        .ok_or_else(|| XmlError::missing("name"))
}

/// An amount in any of libvirt's units; 0 where the XML does not say.
fn bytes(document: &Document, parent: NodeId, element: &str) -> Result<u64, XmlError> {
    let Some(node) = document.child(parent, element) else {
        return Ok(0);
    };
    let text = document.text(node);
    let unit = document.attr(node, "unit");
    let factor = bytes_in_unit(unit.as_deref().unwrap_or("bytes"));
    let number = text.trim().parse::<u64>().ok();
    factor
        .zip(number)
        .and_then(|(factor, number)| factor.checked_mul(number))
        .ok_or_else(|| XmlError::invalid(element, text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::XmlErrorKind;

    #[test]
    fn what_is_written_is_read_back_whatever_the_name() {
        let target = Path::new("/home/u/it's <a> & \"b\"/images");
        let pool = pool_from_xml(&dir_pool_xml("berth <1>", target).unwrap()).unwrap();
        assert_eq!((pool.name.as_str(), pool.kind.as_str()), ("berth <1>", "dir"));
        assert_eq!(pool.target.as_deref(), Some(target));
        let volume = volume_from_xml(&qcow2_volume_xml("a & b.qcow2", 20 << 30).unwrap()).unwrap();
        assert_eq!(volume.name, "a & b.qcow2");
        assert_eq!((volume.capacity_bytes, volume.allocation_bytes), (20 << 30, 0));
        assert_eq!((volume.format.as_deref(), volume.path), (Some("qcow2"), None));
    }

    #[test]
    fn a_volume_says_where_it_lies_and_on_what_it_stands() {
        let xml = "<volume type='file'><name>v</name><key>/p/v</key><capacity unit='GiB'>2</capacity>\
                   <allocation>4096</allocation><physical unit='bytes'>5000</physical>\
                   <target><path>/p/v</path><format type='qcow2'/></target>\
                   <backingStore><path>/p/base</path><format type='raw'/></backingStore></volume>";
        let volume = volume_from_xml(xml).unwrap();
        assert_eq!(volume.path, Some(PathBuf::from("/p/v")));
        assert_eq!(volume.backing_path, Some(PathBuf::from("/p/base")));
        assert_eq!((volume.capacity_bytes, volume.allocation_bytes), (2 << 30, 4096));
    }

    #[test]
    fn a_size_that_is_no_number_is_an_error() {
        for size in ["", "-1", "many", "99999999999999999999"] {
            let xml = format!("<volume><name>v</name><capacity>{size}</capacity></volume>");
            let error = volume_from_xml(&xml).unwrap_err();
            assert!(
                matches!(error.kind, XmlErrorKind::InvalidValue { .. }),
                "{size}: {error}"
            );
        }
        assert!(dir_pool_xml("a\0b", Path::new("/p")).is_err());
    }
}
