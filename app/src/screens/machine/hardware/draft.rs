//! What a user has typed and not applied yet. It outlives the form it was typed into.

use std::collections::BTreeMap;

use libvirt_backend::property::select::Setting;
use libvirt_backend::property::{Kind, Property, Refusal, Scope, Value};
use libvirt_backend::xml::{Document, NodeId};

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
    }

    pub(super) fn clear(&mut self) {
        self.edits.clear();
    }

    pub(super) fn num_refused(&self) -> usize {
        self.edits.values().filter(|edit| edit.checked.is_err()).count()
    }

    /// Something was typed into one of these fields that is not what the machine has.
    pub(super) fn is_touched(&self, domain: &Document, is_meant: impl Fn(&Setting) -> bool) -> bool {
        let mut edits = self.edits.values().filter(|edit| is_meant(&edit.setting));
        edits.any(|edit| change(edit, domain).is_some() || edit.checked.is_err())
    }

    /// In the order in which they can be made: what a device is known by changes last.
    pub(super) fn changes(&self, domain: &Document) -> Vec<Change<'_>> {
        let mut changes: Vec<Change<'_>> = self.edits.values().filter_map(|edit| change(edit, domain)).collect();
        changes.sort_by_key(|change| is_key(change.setting));
        changes
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
        before != self.edits.len()
    }
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

/// No machine or device can be without it.
pub(super) fn is_needed(scope: &Scope, property: &Property) -> bool {
    match scope.word {
        "" => matches!(property.name, "name" | "uuid" | "type" | "memory" | "vcpu"),
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
