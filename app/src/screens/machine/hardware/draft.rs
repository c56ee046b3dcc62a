//! What a user has typed and not applied yet. It outlives the form it was typed into.

use std::collections::BTreeMap;

use libvirt_backend::property::change::{Change as Asked, chosen};
use libvirt_backend::property::edit::NewImage;
use libvirt_backend::property::select::Setting;
use libvirt_backend::property::{Kind, Property, Refusal, Scope, Value};
use libvirt_backend::xml::{Document, NodeId};

use super::devices::{Added, Devices, missing};
use super::entry::{Entry, Place};
use super::new_image::NewImages;
use super::rows::{self, Rows};
use super::summary;

/// A field that was touched.
pub(super) struct Edit {
    pub(super) setting: Setting,
    pub(super) text: String,
    /// What it says; `None` inside takes the setting out.
    pub(super) checked: Result<Option<Value>, Problem>,
}

/// Why a field cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// The machine cannot be without it.
    Needed,
    Refused(Refusal),
}

/// A setting that would become another.
pub(super) struct Change<'a> {
    pub(super) setting: &'a Setting,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
}

#[derive(Default)]
pub(super) struct Draft {
    edits: BTreeMap<String, Edit>,
    /// That are to come and to go.
    pub(super) devices: Devices,
    /// The same for entries of lists inside devices.
    pub(super) rows: Rows,
    /// Of new disks.
    pub(super) images: NewImages,
}

impl Draft {
    pub(super) fn get(&self, setting: &Setting) -> Option<&Edit> {
        self.edits.get(&setting.to_string())
    }

    /// `present`: what the machine has.
    pub(super) fn set(&mut self, setting: Setting, text: String, present: Option<&Value>) {
        let checked = check(&setting, &text, present);
        let name = setting.to_string();
        self.edits.insert(name, Edit { setting, text, checked });
    }

    pub(super) fn reset(&mut self, setting: &Setting) {
        self.edits.remove(&setting.to_string());
        if is_image_file(setting) {
            self.images.forget(&setting.key);
        }
    }

    pub(super) fn clear(&mut self) {
        self.edits.clear();
        self.devices.clear();
        self.rows.clear();
        self.images.clear();
    }

    /// Another one means another working document.
    pub(super) const fn revision(&self) -> (u64, u64) {
        (self.devices.revision(), self.rows.revision())
    }

    pub(super) fn num_refused(&self) -> usize {
        let removed = |edit: &Edit| {
            let (word, key) = around(&edit.setting);
            self.devices.is_removed(word, key) || self.rows.is_removed(edit.setting.scope.word, &edit.setting.key)
        };
        let edits = self.edits.values();
        edits.filter(|edit| edit.checked.is_err() && !removed(edit)).count() + self.images.num_refused()
    }

    /// Something was typed into one of these fields that is not what the machine has.
    pub(super) fn is_touched(&self, domain: &Document, is_meant: impl Fn(&Setting) -> bool) -> bool {
        let mut edits = self.edits.values().filter(|edit| is_meant(&edit.setting));
        edits.any(|edit| change(edit, domain).is_some() || edit.checked.is_err())
    }

    /// Settings of what the machine has and keeps, in the order in which they can be made: what a device is known by
    /// changes last.
    pub(super) fn changes(&self, domain: &Document) -> Vec<Change<'_>> {
        let edits = self.edits.values().filter(|edit| {
            let (word, key) = around(&edit.setting);
            let (own_word, own_key) = (edit.setting.scope.word, edit.setting.key.as_str());
            let comes = self.devices.is_added(word, key) || self.rows.is_added(own_word, own_key);
            let goes = self.devices.is_removed(word, key) || self.rows.is_removed(own_word, own_key);
            !comes && !goes
        });
        let mut changes: Vec<Change<'_>> = edits.filter_map(|edit| change(edit, domain)).collect();
        changes.sort_by_key(|change| is_key(change.setting));
        changes
    }

    /// Settings that change, devices and entries of lists that come and go.
    pub(super) fn count(&self, domain: &Document) -> usize {
        self.changes(domain).len() + self.devices.count() + self.rows.count()
    }

    /// All of it as the backend takes it. What is known by its number is changed before another of its kind goes.
    pub(super) fn asked(&self, domain: &Document) -> Vec<Asked> {
        let changes = self.changes(domain).into_iter();
        let (keys, others): (Vec<Change<'_>>, Vec<Change<'_>>) = changes.partition(|change| is_key(change.setting));
        let set = |change: Change<'_>| Asked::Set {
            setting: change.setting.clone(),
            value: change.after,
        };
        let removals = self.devices.removals(domain).into_iter();
        let removals = removals.map(|(scope, key, _)| Asked::RemoveDevice { scope, key });
        let added = self.devices.added().iter().filter_map(|added| {
            let device = self.with_rows(added)?;
            Some(Asked::AddDevice {
                xml: device.element_xml(device.root()),
            })
        });
        let stays = |row: &&rows::Row| {
            let word = device_word(row.scope);
            !self.devices.is_added(word, &row.device) && !self.devices.is_removed(word, &row.device)
        };
        let entries = self.rows.added().iter().filter(stays);
        let entries = entries.filter_map(|row| Some(row.addition(self.row_xml(row)?)));
        let others = others.into_iter().map(set).chain(self.rows.removals());
        let others = others.chain(entries).chain(removals);
        others.chain(keys.into_iter().map(set)).chain(added).collect()
    }

    fn row_xml(&self, row: &rows::Row) -> Option<String> {
        let finished = row.finished(self.edits.values())?;
        Some(finished.element_xml(finished.root()))
    }

    /// A new device as it will be, with the new entries of its lists.
    fn with_rows(&self, added: &Added) -> Option<Document> {
        let device = self.finished(added)?;
        let own = |row: &&rows::Row| device_word(row.scope) == added.scope.word && row.device == added.key;
        let mut rows = self.rows.added().iter().filter(own).peekable();
        if rows.peek().is_none() {
            return Some(device);
        }
        let around = format!(
            "<domain><devices>{}</devices></domain>",
            device.element_xml(device.root())
        );
        let mut around = Document::parse(&around).ok()?;
        for row in rows {
            let addition = Asked::AddEntry {
                scope: row.scope,
                outer: "first".to_owned(),
                xml: self.row_xml(row)?,
            };
            addition.make(&mut around).ok()?;
        }
        let (_, element) = added.scope.keyed(&around).into_iter().next()?;
        Document::parse(&around.element_xml(element)).ok()
    }

    /// A new device with what was typed into its form.
    pub(super) fn finished(&self, added: &Added) -> Option<Document> {
        let mut device = added.document()?;
        let root = device.root();
        let of_device = |edit: &&Edit| edit.setting.scope == added.scope && edit.setting.key == added.key;
        for edit in self.edits.values().filter(of_device) {
            if let Ok(value) = &edit.checked {
                edit.setting.property.write(&mut device, root, value.as_ref()).ok()?;
            }
        }
        Some(device)
    }

    /// Of an entry, with what was typed into the form of a new device.
    pub(super) fn summary(&self, entry: &Entry) -> String {
        let added = match &entry.place {
            Place::Device(word, key) => self.devices.find(word, key),
            Place::Part(_) => None,
        };
        let finished = added.and_then(|added| self.finished(added));
        finished.map_or_else(
            || entry.summary.clone(),
            |device| summary::device(&device, entry.scope.word, device.root()),
        )
    }

    /// What new devices cannot be without and do not say.
    pub(super) fn num_missing(&self) -> usize {
        let devices = self.devices.added().iter().map(|added| self.missing(added).len());
        let rows = self.rows.added().iter().map(|row| {
            let finished = row.finished(self.edits.values());
            finished.map_or(0, |finished| rows::missing(row.scope, &finished).len())
        });
        devices.chain(rows).sum()
    }

    pub(super) fn missing(&self, added: &Added) -> Vec<&'static Property> {
        self.finished(added)
            .map_or_else(Vec::new, |device| missing(added.scope, &device))
    }

    /// Puts the new devices into what was read; what was typed into their forms follows them.
    pub(super) fn put_into(&mut self, domain: &mut Document) {
        let mut moved = self.devices.put_into(domain);
        moved.extend(self.rows.put_into(domain));
        let disks = moved.iter().filter(|(scope, ..)| scope.word == "disk");
        let disks: Vec<(&str, &str)> = disks.map(|(_, old, new)| (old.as_str(), new.as_str())).collect();
        self.images.follow(&disks);
        let mut following = Vec::new();
        for (scope, old, new) in &moved {
            // What is typed into an entry's own list follows it too.
            let moved_key = |edit: &Edit| {
                let setting = &edit.setting;
                let rest = setting.key.strip_prefix(old.as_str())?;
                let is_own = setting.scope == *scope && rest.is_empty();
                let is_inside = setting.scope.word.starts_with(scope.word) && rest.starts_with('.');
                (is_own || is_inside).then(|| format!("{new}{rest}"))
            };
            let names: Vec<String> = self.edits.keys().cloned().collect();
            for name in names {
                let key = self.edits.get(&name).and_then(moved_key);
                if let Some(key) = key
                    && let Some(mut edit) = self.edits.remove(&name)
                {
                    edit.setting.key = key;
                    following.push(edit);
                }
            }
        }
        // Only now: one may have taken the key of another that moved too.
        let following = following.into_iter();
        self.edits
            .extend(following.map(|edit| (edit.setting.to_string(), edit)));
    }

    /// Image files that were typed or chosen for disks that stay.
    pub(super) fn image_files(&self) -> Vec<(Setting, String)> {
        let edits = self.edits.values().filter(|edit| {
            let disk = &edit.setting.key;
            is_image_file(&edit.setting) && !self.devices.is_removed("disk", disk) && !self.images.has(disk)
        });
        let named = edits.filter_map(|edit| match &edit.checked {
            Ok(Some(Value::Text(path))) => Some((edit.setting.clone(), path.clone())),
            _ => None,
        });
        named.collect()
    }

    /// Images that are to be made.
    pub(super) fn new_images(&self) -> Vec<NewImage> {
        let path = |disk: &str| {
            let mut edits = self.edits.values();
            let edit = edits.find(|edit| is_image_file(&edit.setting) && edit.setting.key == disk)?;
            match edit.checked.as_ref().ok()? {
                Some(Value::Text(path)) => Some(path.clone()),
                _ => None,
            }
        };
        self.images.asked(path).collect()
    }

    /// A new device is wanted no more, and with it what was typed into its form.
    pub(super) fn throw_away(&mut self, word: &str, key: &str) {
        self.devices.throw_away(word, key);
        self.rows.forget_device(word, key);
        if word == "disk" {
            self.images.forget(key);
        }
        self.edits.retain(|_, edit| around(&edit.setting) != (word, key));
    }

    /// An entry of a list goes, and with it what was typed into it.
    pub(super) fn remove_row(&mut self, scope: &'static Scope, key: &str, domain: &Document) {
        let mut rows = self.rows.added().iter();
        if let Some(row) = rows.find(|row| row.scope == scope && row.key == key) {
            self.edits
                .retain(|_, edit| !row.has(edit.setting.scope.word, &edit.setting.key));
        }
        self.rows.remove(scope, key, domain);
    }

    /// Entries of lists that come (true) and go, each with its key and what it says.
    pub(super) fn rows_said(&self, domain: &Document) -> Vec<(&'static Scope, String, bool, String)> {
        let added = self.rows.added().iter().filter_map(|row| {
            let finished = row.finished(self.edits.values())?;
            let said = summary::row(&finished, finished.root(), row.scope);
            Some((row.scope, row.key.clone(), true, said))
        });
        let removed = self.rows.removals().into_iter().filter_map(|change| {
            let Asked::RemoveDevice { scope, key } = change else {
                return None;
            };
            let element = *chosen(scope, &key, domain).ok()?.first()?;
            let said = summary::row(domain, element, scope);
            Some((scope, key, false, said))
        });
        added.chain(removed).collect()
    }

    /// What a field says: what was typed, else what is there.
    pub(super) fn text_of(&self, setting: &Setting, domain: &Document, element: Option<NodeId>) -> String {
        match self.get(setting) {
            Some(edit) => edit.text.clone(),
            None => present(setting, domain, element).map_or_else(String::new, |value| value.to_string()),
        }
    }

    /// Entries of a list that only the draft has.
    pub(super) fn keys<'a>(&'a self, scope: &'a Scope) -> impl Iterator<Item = &'a str> {
        let of_scope = self.edits.values().filter(move |edit| edit.setting.scope == scope);
        of_scope.map(|edit| edit.setting.key.as_str())
    }

    /// Drops what was typed about devices that are gone. True where something was.
    pub(super) fn forget_gone(&mut self, domain: &Document) -> bool {
        let before = self.edits.len();
        self.edits.retain(|_, edit| edit.setting.elements(domain).is_ok());
        let are_gone = [self.devices.forget_gone(domain), self.rows.forget_gone(domain)];
        are_gone.contains(&true) || before != self.edits.len()
    }
}

/// The file that a disk's image is in.
fn is_image_file(setting: &Setting) -> bool {
    setting.scope.word == "disk" && setting.property.name == "source.file"
}

/// What a field of a setting says.
pub(super) fn check(setting: &Setting, text: &str, present: Option<&Value>) -> Result<Option<Value>, Problem> {
    let property = setting.property;
    // A word of somebody else's is kept.
    if let Some(present) = present
        && present.to_string() == text
    {
        return Ok(Some(present.clone()));
    }
    if text.trim().is_empty() {
        return if is_needed(setting.scope, property) {
            Err(Problem::Needed)
        } else {
            Ok(None)
        };
    }
    property.input(text).map(Some).map_err(Problem::Refused)
}

fn change<'a>(edit: &'a Edit, domain: &Document) -> Option<Change<'a>> {
    let after = edit.checked.as_ref().ok()?.clone();
    let element = edit.setting.elements(domain).ok()?.first().copied();
    let before = present(&edit.setting, domain, element);
    (before != after).then_some(Change {
        setting: &edit.setting,
        before,
        after,
    })
}

/// What the machine has. What cannot be read counts as nothing.
pub(super) fn present(setting: &Setting, domain: &Document, element: Option<NodeId>) -> Option<Value> {
    match element {
        Some(element) => setting.property.read(domain, element).ok().flatten(),
        None => (setting.property.kind == Kind::Present).then_some(Value::Switch(false)),
    }
}

/// The device that a setting is of, also where it is in a list inside that.
fn around(setting: &Setting) -> (&'static str, &str) {
    let device = setting.scope.device_of(&setting.key);
    (device_word(setting.scope), device.unwrap_or(&setting.key))
}

fn device_word(scope: &Scope) -> &'static str {
    let word = scope.word;
    match word.split_once('.') {
        Some((device, _)) if scope.is_inside() => device,
        _ => word,
    }
}

/// No machine or device can be without it.
pub(super) fn is_needed(scope: &Scope, property: &Property) -> bool {
    if rows::needed(scope).contains(&property.name) {
        return true;
    }
    match scope.word {
        "" => matches!(property.name, "name" | "uuid" | "type" | "memory" | "vcpu" | "firmware"),
        "interface" => matches!(property.name, "type" | "mac"),
        "graphics" | "serial" | "parallel" | "console" | "channel" | "input" | "tpm" | "redirdev" => {
            property.name == "type"
        }
        _ => false,
    }
}

/// Changing it changes what the device is called.
fn is_key(setting: &Setting) -> bool {
    matches!(
        (setting.scope.word, setting.property.name),
        ("interface", "mac")
            | ("graphics", "type")
            | ("channel", "target.name")
            | ("filesystem", "target")
            | ("serial" | "parallel" | "console", "target.port")
    )
}
