//! What a form is chosen from: the list beside it, or a drop-down over it where there is less room; and the search
//! over all settings.
//!
//! The list is one stop for Tab. The arrow keys walk it, and what they come to is shown at once.

use std::borrow::Cow;

use egui::{Align, EventFilter, Id, Key, Layout, Modifiers, Response, Role, Sense, Ui, UiBuilder, vec2};
use libvirt_backend::model::Machine;
use libvirt_backend::xml::Document;

use super::add;
use super::draft::Draft;
use super::entry::{Entry, Part, Place};
use super::scroll::scroll_ui;
use super::{Focus, Page, search};
use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::t;
use crate::widgets::{ListItem, SidebarItem, Tone, drop_down_ui, form, search_ui, sidebar_header_ui, tokens};

/// The least width in which the drop-down has "Add device…" beside it.
const ONE_ROW: f32 = 360.0;

impl Page {
    fn search_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey) {
        let id = Id::unique(("hardware search", &key.uri, key.id));
        // The text of the machine has a search of its own.
        if view.is_filter_wanted && self.chosen() != Place::Part(Part::Xml) {
            form::focus(ui.ctx(), id);
        }
        let width = ui.available_width();
        let field = search_ui(
            ui,
            id,
            &mut self.query,
            &t!("hardware-search"),
            &t!("hardware-search-clear"),
            width,
        );
        let (is_escaped, is_entered) =
            ui.input(|input| (input.key_pressed(Key::Escape), input.key_pressed(Key::Enter)));
        if field.lost_focus() && is_escaped {
            self.query.clear();
        }
        if field.lost_focus() && is_entered {
            self.is_first_hit_wanted = true;
        }
        ui.add_space(tokens::SPACE_TIGHT);
    }

    /// True while something is searched for.
    fn hits_ui(&mut self, ui: &mut Ui) -> bool {
        let is_first = std::mem::take(&mut self.is_first_hit_wanted);
        if self.query.trim().is_empty() {
            return false;
        }
        self.focus = None;
        let Some(parsed) = &self.parsed else { return false };
        let hits = search::find(&parsed.entries, &self.query);
        let picked = search::ui(ui, &hits).or_else(|| hits.into_iter().next().filter(|_| is_first));
        if let Some(hit) = picked {
            if !hit.is_common() {
                self.form.open.insert(hit.place.clone());
            }
            self.form.found = Some(hit.setting.clone());
            self.form.wanted = Some(hit.setting);
            self.chosen = Some(hit.place);
            self.is_chosen_wanted = true;
        }
        true
    }

    pub(super) fn list_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey) {
        self.search_ui(ui, view, key);
        if self.hits_ui(ui) {
            return;
        }
        if add::button_ui(ui, true) {
            self.open_adding(view, key);
        }
        let list = UiBuilder::new()
            .accessibility_role(Role::List)
            .accessibility_label(t!("hardware-list"));
        let picked = ui
            .scope_builder(list, |ui| scroll_ui(ui, "hardware list", |ui| self.entries_ui(ui)))
            .inner;
        if picked.is_some() {
            self.form.found = None;
            self.chosen = picked;
            self.focus = Some(Focus::List);
            self.ask_for_ports(view, key);
            ui.ctx().request_repaint();
        }
    }

    /// Answers the one that is to be shown from now on.
    fn entries_ui(&mut self, ui: &mut Ui) -> Option<Place> {
        ui.spacing_mut().item_spacing.y = 0.0;
        let parsed = self.parsed.as_ref()?;
        let chosen = self.chosen();
        let mut picked = None;
        sidebar_header_ui(ui, &t!("hardware-machine"));
        let mut is_device = false;
        for (index, entry) in parsed.entries.iter().enumerate() {
            if !is_device && matches!(entry.place, Place::Device(..)) {
                is_device = true;
                sidebar_header_ui(ui, &t!("hardware-devices"));
            }
            let response = ui
                .push_id(&entry.place, |ui| ui.add(self.item(entry, &parsed.domain, &chosen)))
                .inner;
            if response.clicked() {
                picked = Some(entry.place.clone());
            }
            if entry.place != chosen {
                continue;
            }
            if self.focus == Some(Focus::List) {
                self.focus = None;
                response.request_focus();
                self.is_chosen_wanted = true;
            }
            if std::mem::take(&mut self.is_chosen_wanted) {
                response.scroll_to_me(None);
            }
            if let Some(entry) = walked(ui, &response, index, &parsed.entries) {
                picked = Some(entry.place.clone());
            }
        }
        picked
    }

    fn item<'a>(&self, entry: &'a Entry, domain: &Document, chosen: &Place) -> SidebarItem<'a> {
        let is_text = entry.place == Place::Part(Part::Xml);
        let is_typed = is_text && self.xml.as_ref().is_some_and(|xml| xml.is_touched());
        let (tone, note) = tone_and_note(&self.draft, entry, domain);
        let item = SidebarItem::new(entry.icon, entry.title.as_str())
            .selected(entry.place == *chosen)
            .in_list()
            .note(note);
        match tone.or_else(|| is_typed.then_some(Tone::Accent)) {
            Some(tone) => item.status(tone),
            None => item,
        }
    }

    /// All of it in one column, which scrolls as a whole.
    pub(super) fn narrow_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine) {
        let bottom = ui.available_rect_before_wrap().bottom();
        scroll_ui(ui, "hardware page", |ui| {
            self.above_ui(ui, view, key);
            self.search_ui(ui, view, key);
            if !self.query.trim().is_empty() {
                let before = self.chosen.clone();
                let wanted = self.form.wanted.clone();
                self.hits_ui(ui);
                if self.chosen != before || self.form.wanted != wanted {
                    self.query.clear();
                }
                return;
            }
            self.choice_ui(ui, view, key);
            if self.chosen() != Place::Part(Part::Xml) {
                self.form.is_in_scroll = true;
                self.form_ui(ui, view, key, machine);
                return;
            }
            // The text has what is left, and a few lines where that is too little.
            let least = LEAST_TEXT * tokens::text_scale(ui.ctx()).max(1.0);
            let room = (bottom - ui.cursor().top()).max(least);
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), room), Sense::hover());
            ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
                self.form_ui(ui, view, key, machine);
            });
        });
        self.form.is_in_scroll = false;
    }

    /// The list as a drop-down, and the button beside it.
    fn choice_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey) {
        let is_one_row = ui.available_width() >= ONE_ROW * tokens::text_scale(ui.ctx()).max(1.0);
        let row = vec2(ui.available_width(), tokens::scaled(ui, tokens::CONTROL_HEIGHT));
        let is_pressed = if is_one_row {
            ui.allocate_ui_with_layout(row, Layout::right_to_left(Align::Center), |ui| {
                let is_pressed = add::button_ui(ui, false);
                self.drop_down_ui(ui, view, key);
                is_pressed
            })
            .inner
        } else {
            self.drop_down_ui(ui, view, key);
            add::button_ui(ui, true)
        };
        if is_pressed {
            self.open_adding(view, key);
        }
    }

    fn drop_down_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey) {
        let Some(parsed) = &self.parsed else { return };
        let items: Vec<ListItem<'_>> = parsed.entries.iter().map(|entry| ListItem::new(&entry.title)).collect();
        let chosen = self.chosen();
        let shown = parsed.entries.iter().find(|entry| entry.place == chosen);
        let shown = shown.map_or("", |entry| entry.title.as_str());
        let (response, picked) = drop_down_ui(ui, "hardware entry", shown, ui.available_width(), &items);
        let response = response.accessible_name(t!("hardware-list"));
        if self.focus == Some(Focus::List) {
            self.focus = None;
            response.request_focus();
        }
        if let Some(entry) = picked.and_then(|index| parsed.entries.get(index)) {
            self.form.found = None;
            self.chosen = Some(entry.place.clone());
            self.ask_for_ports(view, key);
        }
    }
}

/// The least room for the text of the machine.
const LEAST_TEXT: f32 = 320.0;

/// Where the arrow keys lead from the one that has the focus.
fn walked<'a>(ui: &Ui, response: &Response, at: usize, entries: &'a [Entry]) -> Option<&'a Entry> {
    if !response.has_focus() {
        return None;
    }
    let filter = EventFilter {
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let pressed = |key| ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key));
    let (up, down) = (pressed(Key::ArrowUp), pressed(Key::ArrowDown));
    let (first, last) = (pressed(Key::Home), pressed(Key::End));
    let end = entries.len().saturating_sub(1);
    let to = if first > 0 {
        0
    } else if last > 0 {
        end
    } else {
        (at + down).saturating_sub(up).min(end)
    };
    entries.get(to).filter(|_| to != at)
}

/// What is meant to become of it, and what it is.
fn tone_and_note<'a>(draft: &Draft, entry: &'a Entry, domain: &Document) -> (Option<Tone>, Cow<'a, str>) {
    let summary = Cow::Borrowed(entry.summary.as_str());
    if let Place::Device(word, key) = &entry.place {
        if draft.devices.is_removed(word, key) {
            return (Some(Tone::Attention), t!("remove-note").into());
        }
        if draft.devices.is_added(word, key) {
            let parts = [t!("add-new-note"), draft.summary(entry)];
            let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            return (Some(Tone::Running), parts.join(" · ").into());
        }
    }
    let has_rows = matches!(&entry.place, Place::Device(word, key) if draft.rows.is_touched(word, key));
    let is_touched = has_rows || draft.is_touched(domain, |setting| entry.place.has(setting));
    (is_touched.then_some(Tone::Accent), summary)
}
