//! The form of one entry: what people look for first, the rest in groups that open.

use std::collections::{BTreeSet, HashSet};

use egui::Ui;
use libvirt_backend::model::{HostChoices, Sample};
use libvirt_backend::property::{Group, Key, Property, SCOPES, Scope};
use libvirt_backend::xml::{Document, NodeId};

use super::autostart::Autostart;
use super::balloon;
use super::boot_order;
use super::common::{common, is_shown};
use super::device_head;
use super::draft::Draft;
use super::entry::{Entry, Part, Place};
use super::field::Field;
use super::firmware;
use super::forwards::Forwards;
use super::inner_lists::{self, InnerLists};
use super::memory_devices;
use super::processors::Processors;
use super::root_ports;
use super::scroll::scroll_ui;
use crate::screens::parts::choice::name_column;
use crate::t;
use crate::text::hardware as words;
use crate::widgets::{Button, Palette, TextField, card_ui, icons, section_ui, text, tokens};

/// As wide as a form becomes.
const WIDTH: f32 = 720.0;
/// The least room in which "Add" stands beside what is added.
const ADD_ROOM: f32 = 340.0;

/// What a form remembers besides what was typed into its fields.
#[derive(Default)]
pub(super) struct FormState {
    /// Where "More settings" is open.
    pub(super) open: HashSet<Place>,
    /// The setting to scroll to and to give the keyboard, once.
    pub(super) wanted: Option<String>,
    /// The setting that was searched for: it is marked.
    pub(super) found: Option<String>,
    pub(super) is_running: bool,
    pub(super) autostart: Autostart,
    /// What was measured of the machine last.
    pub(super) latest: Option<Sample>,
    /// Files of the host's can be chosen here.
    pub(super) files: super::files::Files,
    /// Ports of the host that lead to other machines.
    pub(super) ports_of_others: BTreeSet<u16>,
    /// Entries of lists whose rarer settings are shown.
    open_rows: HashSet<String>,
    /// The entry to show next, once.
    pub(super) go_to: Option<Place>,
    /// The page around the form scrolls already.
    pub(super) is_in_scroll: bool,
    /// What was pressed above the fields.
    pub(super) head: device_head::Pressed,
    /// Keys of entries that are being added to lists.
    new_keys: BTreeSet<(&'static str, String)>,
    /// What is typed as the key of the next one, for each list.
    typed_keys: std::collections::HashMap<&'static str, String>,
}

pub(super) fn ui(
    ui: &mut Ui,
    domain: &Document,
    entry: &Entry,
    host: Option<&HostChoices>,
    draft: &mut Draft,
    state: &mut FormState,
) {
    let is_in_scroll = state.is_in_scroll;
    let contents = |ui: &mut Ui| {
        let width = WIDTH * tokens::text_scale(ui.ctx()).max(1.0);
        ui.set_max_width(width.min(ui.available_width()));
        if !device_head::ui(ui, domain, entry, draft, state.is_running, &mut state.head) {
            return;
        }
        if entry.place == Place::Part(Part::Boot) {
            boot_order::ui(ui, domain, draft);
            state.autostart.ui(ui);
        }
        let mut form = Body {
            domain,
            entry,
            host,
            draft,
            state,
        };
        form.ui(ui);
        ui.add_space(tokens::SPACE_WIDE);
    };
    if is_in_scroll {
        ui.push_id(&entry.place, contents);
    } else {
        scroll_ui(ui, ("hardware form", &entry.place), contents);
    }
}

impl FormState {
    /// Entries that were being added are not any more.
    pub(super) fn forget_new(&mut self) {
        self.new_keys.clear();
    }
}

struct Body<'a> {
    domain: &'a Document,
    entry: &'a Entry,
    host: Option<&'a HostChoices>,
    draft: &'a mut Draft,
    state: &'a mut FormState,
}

/// Changed by commands of their own, which know what hangs on them.
pub(super) const READ_ONLY: [&str; 2] = ["name", "uuid"];

impl Body<'_> {
    fn key(&self) -> &str {
        match &self.entry.place {
            Place::Part(_) => "",
            Place::Device(_, key) => key,
        }
    }

    fn ui(&mut self, ui: &mut Ui) {
        let (scope, element) = (self.entry.scope, self.entry.element);
        let names = common(&self.entry.place);
        let first: Vec<&'static Property> = names.iter().filter_map(|name| scope.property(name)).collect();
        let is_first = |property: &Property| names.contains(&property.name);
        let shown: Vec<&'static Property> = first
            .into_iter()
            .filter(|property| is_shown(self.domain, element, scope.word, property))
            .collect();
        if !shown.is_empty() {
            card_ui(ui, |ui| {
                self.fields_ui(ui, scope, Some(element), self.key().to_owned().as_str(), &shown);
                self.after_ui(ui);
            });
            ui.add_space(tokens::SPACE);
        }
        if scope.word == "interface" {
            self.forwards().ui(ui);
        }
        self.room_ui(ui);
        let lists: Vec<&'static Scope> = self.lists();
        for scope in &lists {
            self.list_ui(ui, scope);
        }
        let groups: Vec<(&'static Group, Vec<&'static Property>)> = self
            .groups()
            .into_iter()
            .map(|group| {
                let rest = group.properties.iter();
                let rest = rest.filter(|property| {
                    let is_fixed = scope.word.is_empty() && READ_ONLY.contains(&property.name);
                    // What came first but does not fit this kind of device stands here.
                    let is_above = is_first(property) && shown.iter().any(|known| known.name == property.name);
                    !is_fixed && !is_above
                });
                (group, rest.collect())
            })
            .filter(|(_, rest): &(_, Vec<_>)| !rest.is_empty())
            .collect();
        if !groups.is_empty() {
            self.more_ui(ui, &groups);
        }
    }

    /// What follows from several fields together.
    fn after_ui(&mut self, ui: &mut Ui) {
        if self.entry.place == Place::Part(Part::Processors) && self.processors().ui(ui) {
            self.state.go_to = Some(Place::Part(Part::Limits));
        }
        if self.entry.place == Place::Part(Part::Boot) {
            firmware::notes_ui(ui, self.domain, self.draft);
        }
        if self.entry.place == Place::Part(Part::Memory) && self.state.is_running {
            balloon::ui(ui, self.domain, self.state.latest.as_ref(), self.draft);
        }
    }

    /// For what can be plugged in while the machine runs.
    fn room_ui(&mut self, ui: &mut Ui) {
        match &self.entry.place {
            Place::Part(Part::Memory) => {
                let shown = memory_devices::ui(ui, self.domain, self.draft);
                if shown.is_some() {
                    self.state.go_to = shown;
                }
            }
            Place::Device("controller", key) if key.starts_with("pci.") => {
                root_ports::ui(ui, self.domain, self.draft);
            }
            _ => {}
        }
    }

    fn processors(&mut self) -> Processors<'_> {
        Processors {
            domain: self.domain,
            host: self.host,
            draft: self.draft,
        }
    }

    fn forwards(&mut self) -> Forwards<'_> {
        Forwards {
            domain: self.domain,
            card: self.entry.scope,
            key: match &self.entry.place {
                Place::Part(_) => "",
                Place::Device(_, key) => key,
            },
            element: self.entry.element,
            host: self.host,
            others: &self.state.ports_of_others,
            draft: self.draft,
            open: &mut self.state.open_rows,
        }
    }

    fn groups(&self) -> Vec<&'static Group> {
        let groups = self.entry.scope.groups.iter();
        match &self.entry.place {
            Place::Part(part) => groups.filter(|group| part.groups().contains(&group.name)).collect(),
            Place::Device(..) => groups.collect(),
        }
    }

    fn lists(&self) -> Vec<&'static Scope> {
        match &self.entry.place {
            Place::Part(part) => SCOPES
                .iter()
                .filter(|scope| part.lists().contains(&scope.word))
                .collect(),
            Place::Device(..) => Vec::new(),
        }
    }

    fn more_ui(&mut self, ui: &mut Ui, groups: &[(&'static Group, Vec<&'static Property>)]) {
        let count: usize = groups.iter().map(|(_, properties)| properties.len()).sum();
        let place = &self.entry.place;
        let is_open = self.state.open.contains(place);
        let icon = if is_open {
            icons::CHEVRON_DOWN
        } else {
            icons::CHEVRON_RIGHT
        };
        let more = Button::ghost(t!("hardware-more", count = count)).icon(icon);
        let response = more.show(ui);
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_expanded(is_open));
        if response.clicked() {
            if is_open {
                self.state.open.remove(place);
            } else {
                self.state.open.insert(place.clone());
            }
        }
        if !is_open {
            return;
        }
        let (scope, element) = (self.entry.scope, self.entry.element);
        let key = self.key().to_owned();
        for (group, properties) in groups {
            section_ui(ui, &words::group(group));
            card_ui(ui, |ui| self.fields_ui(ui, scope, Some(element), &key, properties));
            ui.add_space(tokens::SPACE);
        }
        if let Place::Device(word, _) = self.entry.place {
            let mut lists = InnerLists {
                domain: self.domain,
                host: self.host,
                key: &key,
                draft: self.draft,
            };
            for scope in inner_lists::of(word) {
                lists.ui(ui, scope);
            }
        }
    }

    fn fields_ui(
        &mut self,
        ui: &mut Ui,
        scope: &'static Scope,
        element: Option<NodeId>,
        key: &str,
        properties: &[&'static Property],
    ) {
        ui.spacing_mut().item_spacing.y = 12.0;
        let name_width = name_column(ui);
        for property in properties {
            let field = Field {
                domain: self.domain,
                scope,
                key,
                element,
                property,
                name_width,
                host: self.host,
            };
            let response = field.ui(ui, self.draft);
            self.state.files.button_ui(ui, &field, self.draft);
            let is_wanted = |wanted: &String| *wanted == field.setting().to_string();
            if self.state.found.as_ref().is_some_and(is_wanted) {
                let stroke = egui::Stroke::new(tokens::FOCUS_WIDTH, Palette::of(ui).focus_ring);
                let around = response.rect.expand(tokens::SPACE_TIGHT);
                ui.painter()
                    .rect_stroke(around, tokens::RADIUS, stroke, egui::StrokeKind::Outside);
            }
            if self.state.wanted.as_ref().is_some_and(is_wanted) {
                response.scroll_to_me(Some(egui::Align::Center));
                response.request_focus();
                self.state.wanted = None;
            }
        }
    }

    /// The entries of a list, such as the processor's features, and a line to add one.
    fn list_ui(&mut self, ui: &mut Ui, scope: &'static Scope) {
        let Some(group) = scope.groups.first() else { return };
        let present = scope.keyed(self.domain);
        let can_add = matches!(scope.key, Key::Made(_));
        let mut keys: BTreeSet<String> = self.draft.keys(scope).map(str::to_owned).collect();
        let new = self.state.new_keys.iter().filter(|(word, _)| *word == scope.word);
        keys.extend(new.map(|(_, key)| key.clone()));
        keys.retain(|key| present.iter().all(|(known, _)| known != key));
        if present.is_empty() && keys.is_empty() && !can_add {
            return;
        }
        let title = section_ui(ui, &words::group(group));
        if self.state.wanted.as_deref() == Some(scope.word) {
            title.scroll_to_me(Some(egui::Align::TOP));
            self.state.wanted = None;
        }
        card_ui(ui, |ui| {
            if scope.word == "cputune.vcpupin" {
                self.processors().pins_ui(ui);
            }
            let properties: Vec<&'static Property> = scope.properties().collect();
            let entries = present.iter().map(|(key, element)| (key.clone(), Some(*element)));
            let entries: Vec<(String, Option<NodeId>)> =
                entries.chain(keys.into_iter().map(|key| (key, None))).collect();
            for (key, element) in entries {
                if properties.len() > 1 {
                    ui.label(text::mono(&key));
                }
                self.fields_ui(ui, scope, element, &key, &properties);
            }
            if can_add {
                self.add_ui(ui, scope, &words::group(group));
            }
        });
        ui.add_space(tokens::SPACE);
    }

    fn add_ui(&mut self, ui: &mut Ui, scope: &'static Scope, title: &str) {
        let typed = self.state.typed_keys.entry(scope.word).or_default();
        let is_well_made = |letter: char| letter.is_ascii_alphanumeric() || "-_.,^".contains(letter);
        let is_ready = !typed.is_empty() && typed.chars().all(is_well_made);
        let problem = (!typed.is_empty() && !is_ready).then(|| t!("hardware-list-key-refused"));
        let label = crate::text::find(&format!("hardware-list-{}", scope.word.replace('.', "-")))
            .unwrap_or_else(|| t!("hardware-list-key"));
        let is_beside = ui.available_width() >= ADD_ROOM * tokens::text_scale(ui.ctx()).max(1.0);
        let contents = |ui: &mut Ui| {
            let field = TextField::new(&label, typed)
                .width(200.0)
                .mono()
                .error(problem.as_deref());
            let field = field.show(ui);
            let is_entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            ui.vertical(|ui| {
                if is_beside {
                    ui.add_space(ui.text_style_height(&egui::TextStyle::Small) + tokens::SPACE_TIGHT);
                }
                let denied = (!is_ready).then(|| t!("hardware-list-add-denied"));
                let add = Button::secondary(t!("hardware-list-add"))
                    .icon(icons::ADD)
                    .denied(denied);
                let add = add.show(ui).accessible_name(t!("hardware-list-add-name", list = title));
                if is_ready && (add.clicked() || is_entered) {
                    self.state.new_keys.insert((scope.word, std::mem::take(typed)));
                }
            });
        };
        if is_beside {
            ui.horizontal_top(contents);
        } else {
            ui.vertical(contents);
        }
    }
}
