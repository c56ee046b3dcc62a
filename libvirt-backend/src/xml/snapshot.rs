//! Domain snapshots: the XML that creates an internal one, and what libvirt tells of each.

use super::domain::snapshot_refusal::holds_snapshots;
use super::{Document, XmlError};
use crate::model::{Definition, Snapshot, SnapshotKind};

/// qcow2 keeps more; a list shows no more.
const MAX_NAME_BYTES: usize = 128;
/// Room for a number that tells two names apart.
const NUMBER_BYTES: usize = 11;

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

/// Names for which QEMU can save, load and delete a snapshot while the machine runs.
///
/// libvirt makes the id of QEMU's job of the name, and such an id has ASCII letters, digits, `-`, `.` and `_` only:
/// a blank is answered with "Invalid job ID". A snapshot taken while the machine was off meets that when it is
/// reverted or deleted later.
pub fn is_snapshot_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= MAX_NAME_BYTES && name.chars().all(is_job_char)
}

/// A name that [`is_snapshot_name`] for whatever a user called the snapshot, and not one of those `taken`.
///
/// The same text where it is one already; where it is not, the text itself belongs into the description.
pub fn snapshot_name_from_title(title: &str, taken: &[&str]) -> String {
    if is_snapshot_name(title) {
        return title.to_owned();
    }
    let mut name: String = title
        .split(|c: char| !is_job_char(c))
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-");
    name.truncate(MAX_NAME_BYTES - NUMBER_BYTES);
    if name.is_empty() {
        "snapshot".clone_into(&mut name);
    }
    let numbered = (2_u32..).map(|number| format!("{name}-{number}"));
    let mut candidates = std::iter::once(name.clone()).chain(numbered);
    candidates
        .find(|candidate| !taken.contains(&candidate.as_str()))
        .unwrap_or(name)
}

const fn is_job_char(c: char) -> bool {
    matches!(c, 'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '.' | '_')
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_title_gets_a_name_that_a_running_machine_takes() {
        let long = "x y".repeat(200);
        for title in [
            "before upgrade",
            "s <1>",
            "\"q\" & 'a'",
            "快照",
            "",
            "/",
            " a ",
            "é",
            &long,
        ] {
            let name = snapshot_name_from_title(title, &[]);
            assert!(is_snapshot_name(&name), "{title:?} → {name:?}");
        }
        assert_eq!(
            snapshot_name_from_title("clean_install-1.0", &["clean_install-1.0"]),
            "clean_install-1.0"
        );
        assert_eq!(
            snapshot_name_from_title("before upgrade", &["before-upgrade"]),
            "before-upgrade-2"
        );
        assert_eq!(
            snapshot_name_from_title("快照", &["snapshot", "snapshot-2"]),
            "snapshot-3"
        );
    }

    #[test]
    fn an_external_snapshot_is_told_from_an_internal_one() {
        let read = |memory: &str, disk: &str| {
            let xml = format!(
                "<domainsnapshot><name> a </name><state>paused</state><parent><name>p</name></parent>\
                 <creationTime>1700000000</creationTime><memory snapshot='{memory}'/>\
                 <disks><disk name='sda' snapshot='no'/><disk name='vda' snapshot='{disk}'/></disks>\
                 <domain><name>other</name></domain></domainsnapshot>"
            );
            snapshot_from_xml(&xml, true).unwrap()
        };
        assert_eq!(read("internal", "internal").kind, SnapshotKind::InternalWithMemory);
        assert_eq!(read("no", "internal").kind, SnapshotKind::InternalDisks);
        assert_eq!(read("no", "external").kind, SnapshotKind::External);
        assert_eq!(read("external", "external").kind, SnapshotKind::External);
        let snapshot = read("internal", "internal");
        assert_eq!((snapshot.name.as_str(), snapshot.parent.as_deref()), (" a ", Some("p")));
        assert!(snapshot.was_running && snapshot.is_current);
        assert_eq!(snapshot.created_at_seconds, 1_700_000_000);
    }
}
