//! Finds settings by any word that they are known by.

use egui::{ScrollArea, Ui};
use libvirt_backend::property::{Property, SCOPES, Scope};

use super::common::common;
use super::entry::{Entry, Place};
use super::forwards::FORWARD;
use super::mitigations::FEATURE;
use crate::t;
use crate::text::hardware as words;
use crate::widgets::{SidebarItem, icons, text};

/// More are no help: the next letter leaves fewer.
const MOST: usize = 60;

/// A setting of one entry.
#[derive(Clone)]
pub(super) struct Hit {
    pub(super) place: Place,
    /// The setting's name with its key.
    pub(super) setting: String,
    label: String,
    /// Of the entry that has it.
    title: String,
    weight: usize,
    /// The setting's own.
    name: &'static str,
}

impl Hit {
    /// It stands where nothing has to be opened.
    pub(super) fn is_common(&self) -> bool {
        let is_list = matches!(&self.place, Place::Part(part) if part.lists().contains(&self.name));
        is_list || self.name == FORWARD || common(&self.place).contains(&self.name)
    }
}

/// Every setting of the machine's in which all words occur, the best first.
pub(super) fn find(entries: &[Entry], query: &str) -> Vec<Hit> {
    let query = query.to_lowercase();
    let parts: Vec<&str> = query.split_whitespace().collect();
    if parts.is_empty() {
        return Vec::new();
    }
    let of_both = |entry| of_entry(entry, &parts).chain(of_lists(entry, &parts));
    let mut hits: Vec<Hit> = entries.iter().flat_map(of_both).collect();
    hits.sort_by_key(|hit| hit.weight);
    hits.truncate(MOST);
    hits
}

fn of_entry<'a>(entry: &'a Entry, parts: &'a [&str]) -> impl Iterator<Item = Hit> + 'a {
    let groups = entry.scope.groups.iter().filter(|group| match &entry.place {
        Place::Part(part) => part.groups().contains(&group.name),
        Place::Device(..) => true,
    });
    let key = match &entry.place {
        Place::Part(_) => "",
        Place::Device(_, key) => key.as_str(),
    };
    groups.flat_map(|group| group.properties).filter_map(move |property| {
        let is_fixed = entry.scope.word.is_empty() && matches!(property.name, "name" | "uuid");
        let weight = weight(entry, property, parts).filter(|_| !is_fixed)?;
        let setting = words::terminal_name(entry.scope, key, property);
        Some(Hit {
            place: entry.place.clone(),
            label: words::label(entry.scope, property).unwrap_or_else(|| setting.clone()),
            setting,
            title: entry.title.clone(),
            weight,
            name: property.name,
        })
    })
}

/// Lists of an entry or inside a device, each as a whole.
fn of_lists<'a>(entry: &'a Entry, parts: &'a [&str]) -> impl Iterator<Item = Hit> + 'a {
    // The lists of a list's entries are part of it.
    let is_its = |scope: &&Scope| match &entry.place {
        Place::Part(part) => part.lists().contains(&scope.word),
        Place::Device(word, _) => {
            let inside = scope.element.strip_prefix("devices/");
            let rest = inside.and_then(|inside| inside.strip_prefix(word)?.strip_prefix('/'));
            rest.is_some_and(|rest| !rest.contains('/') || rest == "vlan/tag")
        }
    };
    SCOPES.iter().filter(is_its).filter_map(move |scope| {
        let label = words::group(scope.groups.first()?);
        let mut texts = vec![label.to_lowercase(), scope.word.to_owned(), entry.title.to_lowercase()];
        if scope.word == FEATURE {
            texts.push(t!("mitigations-title").to_lowercase());
        }
        texts.extend(
            scope
                .properties()
                .filter_map(|property| Some(words::label(scope, property)?.to_lowercase())),
        );
        let found = parts
            .iter()
            .map(|part| texts.iter().position(|text| text.contains(part)));
        let weight = found.sum::<Option<usize>>()?;
        Some(Hit {
            place: entry.place.clone(),
            setting: scope.word.to_owned(),
            label,
            title: entry.title.clone(),
            weight,
            name: scope.word,
        })
    })
}

/// `None`: it is not meant. Less is better.
fn weight(entry: &Entry, property: &Property, parts: &[&str]) -> Option<usize> {
    let texts = known_by(entry, property);
    let mut sum = 0;
    for part in parts {
        sum += texts.iter().position(|text| text.contains(part))?;
    }
    Some(sum)
}

/// Its label, also without spaces ("hugepages"), its name in the terminal, where it stands, what it does.
fn known_by(entry: &Entry, property: &Property) -> [String; 5] {
    let scope: &Scope = entry.scope;
    let label = words::label(scope, property).unwrap_or_default().to_lowercase();
    let together = label.replace([' ', '-'], "");
    let name = format!("{}.{}", scope.word, property.name).to_lowercase();
    let help = words::help(scope, property).unwrap_or_default().to_lowercase();
    [label, together, name, entry.title.to_lowercase(), help]
}

/// The list of what was found. Answers the one that was picked.
pub(super) fn ui(ui: &mut Ui, hits: &[Hit]) -> Option<Hit> {
    if hits.is_empty() {
        ui.label(text::quiet(ui, t!("hardware-search-none")));
        return None;
    }
    let mut picked = None;
    ScrollArea::vertical()
        .id_salt("hardware hits")
        .auto_shrink(false)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for hit in hits {
                let item = SidebarItem::new(icons::EDIT, hit.label.as_str()).note(hit.title.as_str());
                if ui.add(item).on_hover_text(&hit.setting).clicked() {
                    picked = Some(hit.clone());
                }
            }
        });
    picked
}
