//! Changes to a machine's XML, made in a document. Needs no libvirt: the same code shows what would be changed and
//! changes it.

use std::fmt;

use super::access::make;
use super::select::{SelectError, Setting};
use super::{Scope, Value, inside, order};
use crate::xml::diff::{DiffLine, diff};
use crate::xml::metadata::Note;
use crate::xml::redact::{MARKER, redact, restore_secrets};
use crate::xml::{Document, NodeId, XmlError};

const DEVICES: &str = "devices";
const DOMAIN: &str = "domain";
/// Kept lines shown around each that differs.
const CONTEXT: usize = 2;

/// One change.
#[derive(Clone, PartialEq, Eq)]
pub enum Change {
    /// `None` takes the setting out, so that libvirt's own choice counts.
    Set { setting: Setting, value: Option<Value> },
    /// The XML of one device.
    AddDevice { xml: String },
    /// The XML of an entry that comes last in a list inside a device. `outer`: the key of the device, or of the entry
    /// that the list is in.
    AddEntry {
        scope: &'static Scope,
        outer: String,
        xml: String,
    },
    /// The device or list entry of that key ([`Scope::keyed`]).
    RemoveDevice { scope: &'static Scope, key: String },
    /// What Berth writes down with the machine: its tags, whether it shares the clipboard.
    Note(Note),
    /// The whole definition. Where it has [`MARKER`], the present secret stays.
    ReplaceXml(String),
}

/// Why a change cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeProblem {
    #[error(transparent)]
    Select(#[from] SelectError),
    #[error(transparent)]
    Xml(#[from] XmlError),
    #[error("the machine itself is no device")]
    NotADevice,
    /// The paths of the places that have a marker where no secret is known.
    #[error("these secrets have to be typed again: {}", .0.join(", "))]
    SecretsMissing(Vec<String>),
}

impl Change {
    /// What it is about: `disk.vda.cache`, `disk.vda`, `interface`, `xml`.
    pub fn what(&self) -> String {
        match self {
            Self::Set { setting, .. } => setting.to_string(),
            Self::AddDevice { xml } => device_name(xml).unwrap_or_else(|| "device".to_owned()),
            Self::AddEntry { scope, outer, .. } => format!("{}.{outer}", scope.word),
            Self::RemoveDevice { scope, key } if key.is_empty() => scope.word.to_owned(),
            Self::RemoveDevice { scope, key } => format!("{}.{key}", scope.word),
            Self::Note(note) => note.what().to_owned(),
            Self::ReplaceXml(_) => "xml".to_owned(),
        }
    }

    pub fn make(&self, domain: &mut Document) -> Result<(), ChangeProblem> {
        match self {
            Self::Set { setting, value } => Ok(setting.write(domain, value.as_ref())?),
            Self::AddDevice { xml } => Ok(add_device(domain, xml).map(drop)?),
            Self::AddEntry { scope, outer, xml } => add_entry(domain, scope, outer, xml),
            Self::RemoveDevice { scope, key } => {
                for element in chosen(scope, key, domain)? {
                    domain.remove(element);
                }
                Ok(())
            }
            Self::Note(note) => Ok(note.put_into(domain)?),
            Self::ReplaceXml(xml) => {
                let mut replaced = Document::parse_as(xml, DOMAIN)?;
                let missing = restore_secrets(&mut replaced, domain)?;
                if !missing.is_empty() {
                    return Err(ChangeProblem::SecretsMissing(missing));
                }
                *domain = replaced;
                Ok(())
            }
        }
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set { setting, .. } if setting.property.is_secret => write!(f, "Set({setting} = {MARKER})"),
            Self::Set { setting, value } => write!(f, "Set({setting} = {value:?})"),
            Self::AddDevice { xml } => write!(f, "AddDevice({})", redact(xml)),
            Self::AddEntry { xml, .. } => write!(f, "AddEntry({} {})", self.what(), redact(xml)),
            Self::RemoveDevice { .. } => write!(f, "RemoveDevice({})", self.what()),
            Self::Note(note) => write!(f, "{note:?}"),
            Self::ReplaceXml(xml) => write!(f, "ReplaceXml({} bytes)", xml.len()),
        }
    }
}

/// What changes would make of a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    pub xml: String,
    /// Without secrets.
    pub diff: Vec<DiffLine>,
}

/// Makes the changes in a copy. The index of the one that cannot be made comes with the reason.
pub fn preview(xml: &str, changes: &[Change]) -> Result<Preview, (usize, ChangeProblem)> {
    let mut domain = Document::parse_as(xml, DOMAIN).map_err(|error| (0, error.into()))?;
    for (index, change) in changes.iter().enumerate() {
        change.make(&mut domain).map_err(|problem| (index, problem))?;
    }
    let after = domain.to_string();
    Ok(Preview {
        diff: redacted_diff(xml, &after),
        xml: after,
    })
}

/// The lines that differ, secrets replaced by a marker. A changed secret is a changed line.
pub fn redacted_diff(old: &str, new: &str) -> Vec<DiffLine> {
    let shown = [redact(old), redact(new)];
    let is_aligned = old.lines().count() == shown[0].lines().count() && new.lines().count() == shown[1].lines().count();
    if !is_aligned {
        return diff(&shown[0], &shown[1], CONTEXT);
    }
    let shown = shown.each_ref().map(|text| text.lines().collect::<Vec<_>>());
    let mut lines = diff(old, new, CONTEXT);
    for line in &mut lines {
        let (side, number) = match line.kind {
            crate::xml::diff::DiffKind::Added => (1, line.new_line),
            _ => (0, line.old_line),
        };
        let text = shown[side].get(number as usize - 1).copied();
        line.text = text.unwrap_or(MARKER).to_owned();
    }
    lines
}

/// The elements that a key names.
pub fn chosen(scope: &'static Scope, key: &str, domain: &Document) -> Result<Vec<NodeId>, ChangeProblem> {
    let property = scope.properties().next().filter(|_| !scope.element.is_empty());
    let setting = Setting {
        scope,
        key: key.to_owned(),
        property: property.ok_or(ChangeProblem::NotADevice)?,
    };
    Ok(setting.elements(domain)?)
}

/// Puts a device behind the others of its kind, where libvirt would write it.
fn add_device(domain: &mut Document, xml: &str) -> Result<NodeId, XmlError> {
    let device = Document::parse(xml)?;
    let name = device.name(device.root()).to_owned();
    let root = domain.root();
    let devices = make(domain, root, DEVICES)?;
    let after: Vec<String> = if order::knows(DEVICES, &name) {
        let before = order::before(DEVICES, &name).iter().map(|&name| name.to_owned());
        before.chain([name]).collect()
    } else {
        let all = domain.elements(devices).map(|element| domain.name(element).to_owned());
        all.collect()
    };
    let after: Vec<&str> = after.iter().map(String::as_str).collect();
    domain.insert_fragment(devices, xml, &after)
}

fn add_entry(domain: &mut Document, scope: &'static Scope, outer: &str, xml: &str) -> Result<(), ChangeProblem> {
    let key = inside::next_key(scope, outer, domain);
    let Some(place) = inside::Place::of(scope, &key, domain) else {
        return Err(SelectError::NoSuch {
            word: scope.word,
            key,
            having: scope.keyed(domain).into_iter().map(|(key, _)| key).collect(),
        }
        .into());
    };
    Document::parse(xml)?;
    place.insert(domain, xml)?;
    Ok(())
}

fn device_name(xml: &str) -> Option<String> {
    let device = Document::parse(xml).ok()?;
    Some(device.local_name(device.root()).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::property::SCOPES;

    const DOMAIN: &str = "<domain>\n  <name>a</name>\n  <memory unit='GiB'>1</memory>\n  <devices>\n    \
        <disk type='file'>\n      <target dev='vda'/>\n    </disk>\n    <graphics type='vnc' passwd='SECRET'/>\n  \
        </devices>\n</domain>\n";

    fn set(name: &str, value: &str) -> Change {
        let setting = Setting::parse(name).unwrap();
        let value = setting.property.input(value).unwrap();
        Change::Set {
            setting,
            value: Some(value),
        }
    }

    fn changed(preview: &Preview) -> Vec<String> {
        let lines = preview.diff.iter().filter(|line| line.sign() != ' ');
        lines
            .map(|line| format!("{}{}", line.sign(), line.text.trim()))
            .collect()
    }

    #[test]
    fn a_preview_shows_what_changes_and_nothing_else() {
        let scope = SCOPES.iter().find(|scope| scope.word == "graphics").unwrap();
        let changes = [
            set("memory", "2GiB"),
            Change::AddDevice {
                xml: "<disk type='file'><target dev='vdb'/></disk>".to_owned(),
            },
            Change::RemoveDevice {
                scope,
                key: "vnc".to_owned(),
            },
        ];
        let preview = preview(DOMAIN, &changes).unwrap();
        assert_eq!(
            changed(&preview),
            [
                "-<memory unit='GiB'>1</memory>",
                "+<memory unit='GiB'>2</memory>",
                "-<graphics type='vnc' passwd='[removed]'/>",
                "+<disk type='file'><target dev='vdb'/></disk>",
            ]
        );
        assert!(preview.xml.contains("<disk type='file'><target dev='vdb'/></disk>"));
    }

    #[test]
    fn a_changed_secret_is_a_line_that_does_not_tell_it() {
        let preview = preview(DOMAIN, &[set("graphics.vnc.password", "OTHER")]).unwrap();
        assert_eq!(changed(&preview).len(), 2);
        assert!(preview.xml.contains("passwd='OTHER'"));
        let told = format!("{:?} {:?}", preview.diff, set("graphics.vnc.password", "OTHER"));
        assert!(!told.contains("SECRET") && !told.contains("OTHER"), "{told}");
    }

    #[test]
    fn a_whole_text_keeps_the_secrets_that_it_marks() {
        let edited = redact(DOMAIN).replace("<name>a<", "<name>b<");
        let preview = preview(DOMAIN, &[Change::ReplaceXml(edited)]).unwrap();
        assert_eq!(preview.xml, DOMAIN.replace("<name>a<", "<name>b<"));
    }

    #[test]
    fn the_change_that_cannot_be_made_is_named() {
        let problem = preview(DOMAIN, &[set("memory", "2GiB"), set("disk.vdz.cache", "none")]).unwrap_err();
        assert!(matches!(
            problem,
            (1, ChangeProblem::Select(SelectError::NoSuch { .. }))
        ));
        let broken = Change::AddDevice {
            xml: "<disk>".to_owned(),
        };
        assert!(matches!(preview(DOMAIN, &[broken]), Err((0, ChangeProblem::Xml(_)))));
    }
}
