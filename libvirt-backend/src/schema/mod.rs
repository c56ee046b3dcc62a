//! Would libvirt take this XML of a machine? Asked of libvirt itself, its schema and its parser, without a daemon and
//! without defining anything that lasts.
//!
//! libvirt's test driver runs inside the program and checks a definition as every driver does before its own rules
//! come. libvirt's words for what its schema refuses name no place; `locate` finds it by leaving parts out.
//! What only QEMU's driver refuses is not seen here: `define` with its own check tells that.

mod locate;

use std::io::Write as _;

use virt::domain::Domain;
use virt::sys;

use crate::error::LibvirtError;
use crate::ffi::Conn;
use crate::ops::schema_checked;
use crate::xml::{Document, XmlError};
pub use locate::Unfit;
use locate::locate;

/// A host of nothing, which is this check's own: other connections to the test driver do not see it.
const HOST: &[u8] = b"<node/>\n";
const ROOT: &str = "domain";

/// What libvirt makes of a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Fits,
    /// In the order of the text.
    Objections(Vec<Objection>),
    /// It cannot be asked here, in words: its schema is not installed, say.
    NotAsked {
        words: String,
    },
}

/// Something that libvirt does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// Counted from 1.
    pub line: u32,
    /// In characters, counted from 1.
    pub column: u32,
    /// Of the element: `domain/devices/disk`.
    pub path: String,
    pub unfit: Unfit,
    /// libvirt's own words; none where they tell nothing of this place.
    pub words: Option<String>,
}

/// Asks libvirt. Blocks: some 20 ms where all is well, a second where faults are looked for.
///
/// An error: it is not even well-formed, or no machine's.
pub fn check(xml: &str) -> Result<Verdict, XmlError> {
    let document = Document::parse_as(xml, ROOT)?;
    let judge = match Judge::new() {
        Ok(judge) => judge,
        Err(words) => return Ok(Verdict::NotAsked { words }),
    };
    Ok(match judge.objection(xml) {
        None => Verdict::Fits,
        Some(First::Unavailable(words)) => Verdict::NotAsked { words },
        Some(First::Schema) => {
            let is_refused = |xml: &str| matches!(judge.objection(xml), Some(First::Schema));
            Verdict::Objections(placed(&document, locate(&document, is_refused), None))
        }
        Some(First::Words(words)) => {
            let is_refused = |xml: &str| matches!(judge.objection(xml), Some(First::Words(other)) if other == words);
            Verdict::Objections(placed(&document, locate(&document, is_refused), Some(&words)))
        }
    })
}

fn placed(document: &Document, faults: Vec<locate::Fault>, words: Option<&str>) -> Vec<Objection> {
    let mut objections: Vec<Objection> = faults
        .into_iter()
        .map(|fault| {
            let (line, column) = match &fault.unfit {
                Unfit::Attribute { name } => document.place_of_attr(fault.element, name),
                _ => document.place_of(fault.element),
            };
            Objection {
                line,
                column,
                path: document.path_of(fault.element),
                unfit: fault.unfit,
                words: words.map(str::to_owned),
            }
        })
        .collect();
    objections.sort_by_key(|objection| (objection.line, objection.column));
    objections
}

/// The first thing that libvirt says against a definition.
#[derive(Debug, PartialEq, Eq)]
enum First {
    Schema,
    /// Of its parser, which comes after the schema.
    Words(String),
    Unavailable(String),
}

struct Judge {
    connection: Conn,
    /// Read when the connection was opened; kept as long as it is.
    _host: tempfile::NamedTempFile,
}

impl Judge {
    fn new() -> Result<Self, String> {
        let mut host = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
        host.write_all(HOST).map_err(|error| error.to_string())?;
        let uri = format!("test://{}", host.path().display());
        let connection = Conn::open(&uri).map_err(|error| error.message)?;
        Ok(Self {
            connection,
            _host: host,
        })
    }

    fn objection(&self, xml: &str) -> Option<First> {
        let flags = sys::VIR_DOMAIN_DEFINE_VALIDATE;
        match schema_checked(|| self.connection.define_domain_xml_flags(xml, flags)) {
            Ok(domain) => {
                forget(&domain);
                None
            }
            Err(error) => Some(first(error)),
        }
    }
}

/// The next definition may have the same name and another UUID.
fn forget(domain: &Domain) {
    if let Err(error) = domain.undefine() {
        tracing::warn!(%error, "a definition stays in the test driver");
    }
}

fn first(error: LibvirtError) -> First {
    if error.code == sys::VIR_ERR_XML_INVALID_SCHEMA.cast_signed() {
        First::Schema
    } else if error.message.contains("RelaxNG schema") {
        First::Unavailable(error.message)
    } else {
        First::Words(error.message)
    }
}

#[cfg(test)]
mod tests;
