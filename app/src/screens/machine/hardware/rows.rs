//! Entries that are to come to and go from lists inside devices: port forwards, addresses, routes, VLAN tags.
//!
//! As new devices do, new entries stand in the page's working document, so that they are read and typed into as those
//! that are there already.

use std::collections::BTreeMap;

use libvirt_backend::property::change::{Change, chosen};
use libvirt_backend::property::{Property, SCOPES, Scope};
use libvirt_backend::xml::Document;

use super::draft::Edit;

/// An entry that its device does not have yet.
pub(super) struct Row {
    pub(super) scope: &'static Scope,
    /// The key of its device.
    pub(super) device: String,
    /// What it is known by in the working document.
    pub(super) key: String,
    /// As it was made, before anything was typed into it.
    xml: String,
}

#[derive(Default)]
pub(super) struct Rows {
    /// In the order in which they were added.
    added: Vec<Row>,
    /// With their XML: another entry may have their number later.
    removed: BTreeMap<(&'static str, String), String>,
    /// Another one means another working document.
    revision: u64,
    /// A new one was dropped, because its device is gone.
    has_lost: bool,
}

impl Rows {
    pub(super) const fn revision(&self) -> u64 {
        self.revision
    }

    pub(super) fn count(&self) -> usize {
        self.added.len() + self.removed.len()
    }

    pub(super) fn added(&self) -> &[Row] {
        &self.added
    }

    /// Is it one of the new entries, or in one?
    pub(super) fn is_added(&self, word: &str, key: &str) -> bool {
        self.added.iter().any(|row| row.has(word, key))
    }

    /// Is it one of the entries that go, or in one?
    pub(super) fn is_removed(&self, word: &str, key: &str) -> bool {
        let mut removed = self.removed.keys();
        removed.any(|(known, own)| is_in(known, own, word, key))
    }

    /// Of this device.
    pub(super) fn is_touched(&self, word: &str, device: &str) -> bool {
        let in_device = |scope: &str, key: &str| is_in(word, device, scope, key);
        self.added.iter().any(|row| in_device(row.scope.word, &row.key))
            || self.removed.keys().any(|(scope, key)| in_device(scope, key))
    }

    pub(super) fn add(&mut self, scope: &'static Scope, device: &str, xml: &str) {
        self.added.push(Row {
            scope,
            device: device.to_owned(),
            key: String::new(),
            xml: xml.to_owned(),
        });
        self.revision += 1;
    }

    /// A new one is forgotten, one that is there is to go.
    pub(super) fn remove(&mut self, scope: &'static Scope, key: &str, domain: &Document) {
        if let Some(index) = self.added.iter().position(|row| row.scope == scope && row.key == key) {
            self.added.remove(index);
            self.revision += 1;
        } else if let Some(xml) = xml_of(scope, key, domain) {
            self.removed.insert((scope.word, key.to_owned()), xml);
        }
    }

    pub(super) fn keep(&mut self, scope: &'static Scope, key: &str) {
        self.removed.remove(&(scope.word, key.to_owned()));
    }

    /// Its device is wanted no more.
    pub(super) fn forget_device(&mut self, word: &str, device: &str) {
        self.added.retain(|row| !is_in(word, device, row.scope.word, &row.key));
        self.revision += 1;
    }

    pub(super) fn clear(&mut self) {
        self.added.clear();
        self.removed.clear();
        self.revision += 1;
    }

    /// Puts the new entries into what was read. Answers those that are known by another key than before.
    pub(super) fn put_into(&mut self, domain: &mut Document) -> Vec<(&'static Scope, String, String)> {
        let mut moved = Vec::new();
        self.added.retain_mut(|row| {
            let key = row.scope.next_key(&row.device, domain);
            if row.addition(row.xml.clone()).make(domain).is_err() {
                self.has_lost = true;
                return false;
            }
            let before = std::mem::replace(&mut row.key, key);
            if !before.is_empty() && before != row.key {
                moved.push((row.scope, before, row.key.clone()));
            }
            true
        });
        moved
    }

    /// Those that are other ones by now. True where there was one, or where a new one has no place any more.
    pub(super) fn forget_gone(&mut self, domain: &Document) -> bool {
        let before = self.removed.len();
        self.removed.retain(|(word, key), xml| {
            let scope = SCOPES.iter().find(|scope| scope.word == *word);
            scope.is_some_and(|scope| xml_of(scope, key, domain).as_ref() == Some(xml))
        });
        std::mem::take(&mut self.has_lost) || before != self.removed.len()
    }

    /// From the last of each list to the first, so that no removal changes the number by which another is known.
    pub(super) fn removals(&self) -> Vec<Change> {
        let mut keys: Vec<(&'static Scope, &String)> = self
            .removed
            .keys()
            .filter_map(|(word, key)| Some((SCOPES.iter().find(|scope| scope.word == *word)?, key)))
            .filter(|(scope, key)| !self.is_in_removed(scope, key))
            .collect();
        keys.sort_by_key(|(scope, key)| (scope.element.len(), numbers(key)));
        let changes = keys.into_iter().rev().map(|(scope, key)| Change::RemoveDevice {
            scope,
            key: key.clone(),
        });
        changes.collect()
    }

    /// What it is in goes already.
    fn is_in_removed(&self, scope: &Scope, key: &str) -> bool {
        let mut removed = self.removed.keys();
        removed.any(|(word, own)| (*word, own.as_str()) != (scope.word, key) && is_in(word, own, scope.word, key))
    }
}

impl Row {
    pub(super) fn has(&self, word: &str, key: &str) -> bool {
        is_in(self.scope.word, &self.key, word, key)
    }

    pub(super) fn addition(&self, xml: String) -> Change {
        Change::AddEntry {
            scope: self.scope,
            outer: self.device.clone(),
            xml,
        }
    }

    /// With what was typed into it.
    pub(super) fn finished<'a>(&self, edits: impl Iterator<Item = &'a Edit>) -> Option<Document> {
        let mut row = Document::parse(&self.xml).ok()?;
        let root = row.root();
        for edit in edits.filter(|edit| self.has(edit.setting.scope.word, &edit.setting.key)) {
            let element = if edit.setting.scope == self.scope {
                root
            } else {
                // In a list of its own.
                let name = edit.setting.scope.element.rsplit('/').next()?;
                let number = *numbers(&edit.setting.key).last()?;
                row.children(root, name).nth(number.checked_sub(1)?)?
            };
            if let Ok(value) = &edit.checked {
                edit.setting.property.write(&mut row, element, value.as_ref()).ok()?;
            }
        }
        Some(row)
    }
}

/// What an entry cannot be without.
pub(super) fn needed(scope: &Scope) -> &'static [&'static str] {
    match scope.word {
        "interface.forward" => &["proto"],
        "interface.forward.range" => &["start"],
        "interface.ip" => &["address"],
        "interface.route" => &["address", "gateway"],
        "interface.vlan" => &["id"],
        _ => &[],
    }
}

/// What a finished one does not say.
pub(super) fn missing(scope: &'static Scope, row: &Document) -> Vec<&'static Property> {
    let properties = needed(scope).iter().filter_map(|name| scope.property(name));
    properties
        .filter(|property| property.read(row, row.root()).ok().flatten().is_none())
        .collect()
}

/// Is the entry of this key the other one, or in it? Lists inside carry the name of what they are in.
fn is_in(word: &str, own: &str, other: &str, key: &str) -> bool {
    let below = |outer: &str, inner: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
    (word == other && own == key) || (below(word, other) && below(own, key))
}

/// `52:54:00:00:00:01.2.1` is the first in the second.
fn numbers(key: &str) -> Vec<usize> {
    key.split('.').skip(1).filter_map(|part| part.parse().ok()).collect()
}

fn xml_of(scope: &'static Scope, key: &str, domain: &Document) -> Option<String> {
    let element = *chosen(scope, key, domain).ok()?.first()?;
    Some(domain.element_xml(element))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOMAIN: &str = "<domain><devices><interface type='user'><mac address='52:54:00:00:00:01'/>\
                          <portForward proto='tcp'><range start='1'/></portForward>\
                          <portForward proto='udp'><range start='2'/><range start='3'/></portForward>\
                          <portForward proto='tcp'><range start='4'/></portForward></interface></devices></domain>";
    const MAC: &str = "52:54:00:00:00:01";

    fn scope(word: &str) -> &'static Scope {
        SCOPES.iter().find(|scope| scope.word == word).unwrap()
    }

    fn key(numbers: &str) -> String {
        format!("{MAC}.{numbers}")
    }

    #[test]
    fn the_last_go_first_and_what_is_in_one_goes_with_it() {
        let domain = Document::parse(DOMAIN).unwrap();
        let mut rows = Rows::default();
        let (forward, range) = (scope("interface.forward"), scope("interface.forward.range"));
        rows.remove(forward, &key("1"), &domain);
        rows.remove(forward, &key("3"), &domain);
        rows.remove(range, &key("3.1"), &domain);
        rows.remove(range, &key("2.1"), &domain);
        let mut changed = domain.clone();
        for change in rows.removals() {
            change.make(&mut changed).unwrap();
        }
        let left = DOMAIN
            .replace("<portForward proto='tcp'><range start='1'/></portForward>", "")
            .replace("<range start='2'/>", "")
            .replace("<portForward proto='tcp'><range start='4'/></portForward>", "");
        assert_eq!(changed.to_string(), left);
    }

    #[test]
    fn a_new_one_moves_behind_what_somebody_else_added_and_a_removal_of_another_is_given_up() {
        let mut rows = Rows::default();
        let forward = scope("interface.forward");
        rows.add(
            forward,
            MAC,
            "<portForward proto='tcp'><range start='9'/></portForward>",
        );
        let mut working = Document::parse(DOMAIN).unwrap();
        assert!(rows.put_into(&mut working).is_empty());
        assert_eq!(rows.added()[0].key, key("4"));
        rows.remove(forward, &key("1"), &working);
        // Somebody else put another one first.
        let other = "<portForward proto='udp'><range start='7'/></portForward>";
        let meanwhile = DOMAIN.replacen("<portForward", &format!("{other}<portForward"), 1);
        let mut working = Document::parse(&meanwhile).unwrap();
        let moved = rows.put_into(&mut working);
        assert_eq!(moved.len(), 1);
        assert_eq!(rows.added()[0].key, key("5"));
        assert!(rows.forget_gone(&working) && rows.removals().is_empty());
        assert!(!rows.forget_gone(&working));
        // And then they took the card out.
        let mut without = Document::parse("<domain><devices/></domain>").unwrap();
        rows.put_into(&mut without);
        assert!(rows.added().is_empty() && rows.forget_gone(&without), "it is told");
    }
}
