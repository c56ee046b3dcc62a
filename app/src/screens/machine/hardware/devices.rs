//! Devices that are to come and to go: drafts over the XML that was read, as what is typed into fields is.
//!
//! The page shows a working document: what was read, with the new devices in it. So a new device has a form, is found
//! by the search and stands in the boot order as any other does.

use std::collections::BTreeSet;

use libvirt_backend::property::change::Change;
use libvirt_backend::property::fresh::{self, Sort};
use libvirt_backend::property::{Property, Scope};
use libvirt_backend::xml::{Document, NodeId};

/// A device that the machine does not have yet.
pub(super) struct Added {
    pub(super) scope: &'static Scope,
    /// What it is known by in the working document.
    pub(super) key: String,
    /// As it was made, before anything was typed into its form.
    xml: String,
}

#[derive(Default)]
pub(super) struct Devices {
    /// In the order in which they were added.
    added: Vec<Added>,
    removed: BTreeSet<(&'static str, String)>,
    /// Another one means another working document.
    revision: u64,
}

impl Devices {
    pub(super) const fn revision(&self) -> u64 {
        self.revision
    }

    pub(super) fn count(&self) -> usize {
        self.added.len() + self.removed.len()
    }

    pub(super) fn is_added(&self, word: &str, key: &str) -> bool {
        self.find(word, key).is_some()
    }

    pub(super) fn is_removed(&self, word: &'static str, key: &str) -> bool {
        self.removed.contains(&(word, key.to_owned()))
    }

    pub(super) fn find(&self, word: &str, key: &str) -> Option<&Added> {
        self.added
            .iter()
            .find(|added| added.scope.word == word && added.key == key)
    }

    pub(super) fn added(&self) -> &[Added] {
        &self.added
    }

    pub(super) fn add(&mut self, scope: &'static Scope, xml: String) {
        self.added.push(Added {
            scope,
            key: String::new(),
            xml,
        });
        self.revision += 1;
    }

    pub(super) fn throw_away(&mut self, word: &str, key: &str) {
        self.added.retain(|added| added.scope.word != word || added.key != key);
        self.revision += 1;
    }

    pub(super) fn remove(&mut self, word: &'static str, key: &str) {
        self.removed.insert((word, key.to_owned()));
    }

    pub(super) fn keep(&mut self, word: &'static str, key: &str) {
        self.removed.remove(&(word, key.to_owned()));
    }

    pub(super) fn clear(&mut self) {
        self.added.clear();
        self.removed.clear();
        self.revision += 1;
    }

    /// Puts the new devices into what was read. Answers those that are known by another key than before.
    pub(super) fn put_into(&mut self, domain: &mut Document) -> Vec<(&'static Scope, String, String)> {
        let mut moved = Vec::new();
        // What cannot be put there cannot be shown either.
        self.added.retain_mut(|added| {
            let Some((key, xml)) = put(domain, added.scope, &added.xml) else {
                return false;
            };
            added.xml = xml;
            let before = std::mem::replace(&mut added.key, key);
            if !before.is_empty() && before != added.key {
                moved.push((added.scope, before, added.key.clone()));
            }
            true
        });
        moved
    }

    /// Those that somebody else has removed already. True where there was one.
    pub(super) fn forget_gone(&mut self, domain: &Document) -> bool {
        let before = self.removed.len();
        self.removed.retain(|(word, key)| {
            let scope = fresh::kinds().find(|scope| scope.word == *word);
            scope.is_some_and(|scope| scope.keyed(domain).iter().any(|(known, _)| known == key))
        });
        before != self.removed.len()
    }

    /// From the last of each kind to the first, so that no removal changes the number by which another is known.
    pub(super) fn removals(&self, domain: &Document) -> Vec<(&'static Scope, String, NodeId)> {
        let of_kind = |scope: &'static Scope| {
            let keyed = scope.keyed(domain).into_iter().rev();
            let removed = keyed.filter(|(key, _)| self.is_removed(scope.word, key));
            removed
                .map(move |(key, element)| (scope, key, element))
                .collect::<Vec<_>>()
        };
        fresh::kinds().flat_map(of_kind).collect()
    }
}

impl Added {
    /// Its XML by itself.
    pub(super) fn document(&self) -> Option<Document> {
        Document::parse(&self.xml).ok()
    }
}

/// Puts one there. Answers what it is known by, and its XML with a name that no other has.
fn put(domain: &mut Document, scope: &'static Scope, xml: &str) -> Option<(String, String)> {
    let xml = with_free_name(domain, scope, xml)?;
    let before: Vec<NodeId> = scope.keyed(domain).into_iter().map(|(_, element)| element).collect();
    let change = Change::AddDevice { xml: xml.clone() };
    change.make(domain).ok()?;
    let (key, _) = scope
        .keyed(domain)
        .into_iter()
        .find(|(_, element)| !before.contains(element))?;
    Some((key, xml))
}

/// Somebody else may have taken the name meanwhile.
fn with_free_name(domain: &Document, scope: &Scope, xml: &str) -> Option<String> {
    let (path, attribute) = match scope.word {
        "disk" => ("target", "dev"),
        "filesystem" => ("target", "dir"),
        "channel" => ("target", "name"),
        "shmem" => ("", "name"),
        _ => return Some(xml.to_owned()),
    };
    let mut device = Document::parse(xml).ok()?;
    let element = device.find(device.root(), path)?;
    let name = device.attr(element, attribute)?.into_owned();
    let taken: Vec<String> = domain
        .find_all(domain.root(), scope.element)
        .into_iter()
        .filter_map(|other| Some(domain.attr_at(other, path, attribute)?.into_owned()))
        .collect();
    if !taken.contains(&name) {
        return Some(xml.to_owned());
    }
    let free = if scope.word == "disk" {
        fresh::free_target(domain, name.get(..2).unwrap_or("vd"))
    } else {
        let base = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
        (2..=taken.len() + 2)
            .map(|number| format!("{base}{number}"))
            .find(|name| !taken.contains(name))?
    };
    device.set_attr(element, attribute, &free).ok()?;
    Some(device.element_xml(device.root()))
}

/// What a new device cannot be without and does not say yet.
pub(super) fn missing(scope: &'static Scope, device: &Document) -> Vec<&'static Property> {
    let root = device.root();
    let own = |name: &str| device.attr(root, name).unwrap_or_default().into_owned();
    let mut needed: Vec<&str> = Vec::new();
    match (scope.word, own("type").as_str()) {
        ("disk", "file") if matches!(own("device").as_str(), "disk" | "") => needed.push("source.file"),
        ("disk", "block") | ("interface", "direct") | ("input", "evdev") => needed.push("source.dev"),
        ("disk", "volume") => needed.extend(["source.pool", "source.volume"]),
        ("interface", "network") => needed.push("source.network"),
        ("interface", "bridge") => needed.push("source.bridge"),
        ("hostdev", "usb") => needed.extend(["vendor", "product"]),
        ("hostdev", _) => {}
        _ => needed.extend(Sort { scope, which: "" }.needed()),
    }
    let properties = needed.into_iter().filter_map(|name| scope.property(name));
    properties
        .filter(|property| property.read(device, root).ok().flatten().is_none())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOMAIN: &str = "<domain><devices><disk type='file'><target dev='vda'/></disk><rng model='virtio'/>\
                          <rng model='virtio'/></devices></domain>";

    fn kind(word: &str) -> &'static Scope {
        fresh::kinds().find(|scope| scope.word == word).unwrap()
    }

    fn add(devices: &mut Devices, word: &str) {
        let xml = fresh::device(kind(word), &Document::parse(DOMAIN).unwrap()).unwrap();
        devices.add(kind(word), xml);
    }

    #[test]
    fn several_of_a_kind_have_names_of_their_own() {
        let mut devices = Devices::default();
        for word in ["disk", "disk", "filesystem", "filesystem", "shmem", "shmem", "rng"] {
            add(&mut devices, word);
        }
        let mut domain = Document::parse(DOMAIN).unwrap();
        assert!(devices.put_into(&mut domain).is_empty());
        let keys: Vec<&str> = devices.added().iter().map(|added| added.key.as_str()).collect();
        assert_eq!(keys, ["vdb", "vdc", "shared", "shared2", "shared", "shared2", "3"]);
    }

    #[test]
    fn a_name_that_somebody_else_took_meanwhile_is_given_up() {
        let mut devices = Devices::default();
        add(&mut devices, "disk");
        add(&mut devices, "disk");
        devices.put_into(&mut Document::parse(DOMAIN).unwrap());
        let taken = DOMAIN.replace("<rng", "<disk><target dev='vdb'/></disk><rng");
        let moved = devices.put_into(&mut Document::parse(&taken).unwrap());
        let moved: Vec<(&str, &str)> = moved.iter().map(|(_, old, new)| (old.as_str(), new.as_str())).collect();
        assert_eq!(moved, [("vdb", "vdc"), ("vdc", "vdd")]);
    }

    #[test]
    fn the_last_of_a_kind_goes_first() {
        let mut devices = Devices::default();
        devices.remove("rng", "1");
        devices.remove("rng", "2");
        let domain = Document::parse(DOMAIN).unwrap();
        let keys: Vec<String> = devices.removals(&domain).into_iter().map(|(_, key, _)| key).collect();
        assert_eq!(keys, ["2", "1"]);
    }
}
