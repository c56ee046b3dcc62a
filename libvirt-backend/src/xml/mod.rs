//! libvirt's XML: a lossless document and typed views over it. Pure: no libvirt, no files, no clock.
//!
//! [`Document`] keeps every byte it was given until a node is changed, and then changes only that node's bytes. The
//! views read what the rest of Berth needs and write what it changes; whatever they do not know stays as it was.
//!
//! | module | reads | writes |
//! | --- | --- | --- |
//! | [`domain`] | [`crate::model::Definition`], files, uuid, interface names | name, memory, vCPUs, tags, the medium of a drive |
//! | [`metadata`] | Berth's own element in `<metadata>`: tags, files made by Berth | the same, keeping what it does not know |
//! | [`snapshot`] | [`crate::model::Snapshot`] | the XML that creates one |
//! | [`storage`] | pools and volumes | a directory pool, a qcow2 volume |
//! | [`domain_capabilities`], [`host_topology`], [`node_device`] | [`crate::model::HostChoices`] | |
//! | [`capabilities`] | host architecture, [`crate::model::DomainCaps`] | |
//! | [`property`] | the settings declared once each | the same |
//! | [`redact`] | | any XML without its secrets, and with them again |
//! | [`diff`] | two texts | the lines that differ |
//! | `alike` | | a text as libvirt would have written it |
//! | [`name`] | may a machine have this name? | |
//!
//! Every error is an [`XmlError`] with the place (line and column) where it comes from a text.

pub(crate) mod alike;
pub mod capabilities;
mod chars;
pub mod diff;
mod document;
pub mod domain;
pub mod domain_capabilities;
mod edit;
pub(crate) mod error;
mod escape;
pub mod host_topology;
mod layout;
pub mod metadata;
pub mod name;
pub mod node_device;
mod parse;
mod place;
pub mod property;
pub mod redact;
pub mod snapshot;
pub mod storage;
mod write;

pub use document::{Document, NodeId};
pub use error::{XmlError, XmlErrorKind};
