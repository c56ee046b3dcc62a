//! Storage pools and volumes.

use std::path::{Path, PathBuf};

use super::XmlError;

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
pub fn dir_pool_xml(_name: &str, _target: &Path) -> Result<String, XmlError> {
    todo!()
}

/// A sparse qcow2 volume (compat 1.1) for `virStorageVolCreateXML`.
pub fn qcow2_volume_xml(_name: &str, _capacity_bytes: u64) -> Result<String, XmlError> {
    todo!()
}

pub fn pool_from_xml(_xml: &str) -> Result<PoolDetails, XmlError> {
    todo!()
}

pub fn volume_from_xml(_xml: &str) -> Result<VolumeDetails, XmlError> {
    todo!()
}
