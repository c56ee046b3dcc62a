//! One setting in a form: its name, what it holds, and why what was typed cannot be used.

use egui::{Response, ScrollArea, Ui};
use libvirt_backend::model::HostChoices;
use libvirt_backend::property::select::Setting;
use libvirt_backend::property::{Form, Kind, Property, Scope, Value, Word, fresh, hindrance};
use libvirt_backend::xml::{Document, NodeId};

use super::cores;
use super::draft::{Draft, Problem, is_needed, present};
use super::host_offers::{Spot, denied_switch, denied_word, suggestions};
use super::pairing;
use crate::t;
use crate::text::{hardware as words, limits, setting};
use crate::widgets::{
    Button, ListItem, MenuItem, Named, TextBox, Tone, drop_down_ui, icons, lines_box_ui, menu_item, segments_ui,
    switch_ui, text, text_box_ui, tokens,
};

/// As wide as a control becomes.
const WIDTH: f32 = 320.0;
/// Longer lists scroll.
const MENU_HEIGHT: f32 = 360.0;

pub(super) struct Field<'a> {
    pub(super) domain: &'a Document,
    pub(super) scope: &'static Scope,
    pub(super) key: &'a str,
    /// `None`: an entry that is not there yet.
    pub(super) element: Option<NodeId>,
    pub(super) property: &'static Property,
    pub(super) name_width: Option<f32>,
    /// What the host has to offer, once it is known.
    pub(super) host: Option<&'a HostChoices>,
}

impl Field<'_> {
    pub(super) fn setting(&self) -> Setting {
        Setting {
            scope: self.scope,
            key: self.key.to_owned(),
            property: self.property,
        }
    }

    /// Words where there are some, else the name in the terminal.
    pub(super) fn label(&self) -> (String, bool) {
        if self.scope.word == "cputune.vcpupin" {
            return (t!("cores-cpu", id = self.key), false);
        }
        if self.property.name.is_empty() {
            return (self.key.to_owned(), true);
        }
        match words::label(self.scope, self.property) {
            // The next entry of the list has the same.
            Some(label) if self.scope.is_list() => (format!("{label} ({})", self.key), false),
            Some(label) => (label, false),
            None => (words::terminal_name(self.scope, self.key, self.property), true),
        }
    }

    pub(super) fn ui(&self, ui: &mut Ui, draft: &mut Draft) -> Response {
        let setting = self.setting();
        let present = present(&setting, self.domain, self.element);
        let shown = self.shown(draft, &setting, present.as_ref());
        let edit = draft.get(&setting);
        let problem = edit.and_then(|edit| edit.checked.as_ref().err()).map(said);
        let is_touched = edit.is_some_and(|edit| edit.checked.as_ref() != Ok(&present));
        let (label, is_mono) = self.label();
        let missing = self.missing(draft);
        let said_value = match edit.map(|edit| &edit.checked) {
            Some(checked) => checked.as_ref().ok().and_then(Option::as_ref),
            None => present.as_ref(),
        };
        let worry = self.host.zip(said_value).and_then(|(host, value)| {
            let place = (self.scope, self.property);
            limits::worry(host, self.domain, place, value)
        });
        let worry = worry.or_else(|| pairing::worry(self.domain, draft, &setting, self.element));
        let worry = worry.filter(|_| missing.is_none());
        let help = missing.clone().or_else(|| words::help(self.scope, self.property));
        let help = help.filter(|_| worry.is_none());
        let named = Named {
            label: &label,
            is_mono,
            width: self.name_width,
            help: help.as_deref(),
            error: problem.as_deref(),
        };
        let mut text = shown.clone();
        let mut is_reset = false;
        let response = named.show(ui, |ui| {
            let response = ui.horizontal(|ui| {
                ui.set_min_height(tokens::scaled(ui, tokens::CONTROL_HEIGHT));
                // What is there already can be taken out.
                let response = if missing.is_some() && matches!(text.as_str(), "" | "off") {
                    ui.add_enabled_ui(false, |ui| {
                        self.control_ui(ui, &label, &mut text, problem.is_some(), draft)
                    })
                    .inner
                } else {
                    self.control_ui(ui, &label, &mut text, problem.is_some(), draft)
                };
                self.pick_ui(ui, &label, &mut text, draft);
                if is_touched {
                    let name = t!("hardware-reset", name = label.as_str());
                    is_reset = Button::icon_only(icons::UNDO, name).small().show(ui).clicked();
                }
                response
            });
            if let Some(worry) = &worry {
                ui.label(text::toned(ui, Tone::Warning, worry.as_str()).small());
                ui.ctx()
                    .accesskit_node_builder(response.inner.id, |node| node.set_description(worry.as_str()));
            }
            response.inner
        });
        if is_reset {
            draft.reset(&setting);
        } else if text != shown {
            draft.set(setting, text, present.as_ref());
        } else {
            return response;
        }
        // What follows from it is drawn beside it.
        ui.ctx().request_repaint();
        response
    }

    /// Why the host, or this connection to it, can do nothing with it.
    fn missing(&self, draft: &Draft) -> Option<String> {
        let host = self.host?;
        let beside = |name: &str| {
            let setting = Setting {
                property: self.scope.property(name)?,
                ..self.setting()
            };
            Some(draft.text_of(&setting, self.domain, self.element))
        };
        denied_switch(host, self.scope, self.property).or_else(|| {
            let found = hindrance::of(self.scope, self.property, host.is_session, beside);
            found.map(words::hindrance)
        })
    }

    /// What the field says now.
    fn shown(&self, draft: &Draft, setting: &Setting, present: Option<&Value>) -> String {
        match draft.get(setting) {
            Some(edit) => edit.text.clone(),
            // What the document has of a secret is a mark in its place.
            None if self.property.is_secret => String::new(),
            None => present.map(Value::to_string).unwrap_or_default(),
        }
    }

    /// A new device cannot be without it and does not say it yet.
    fn is_wanting(&self, draft: &Draft) -> bool {
        let added = draft.devices.find(self.scope.word, self.key);
        added.is_some_and(|added| draft.missing(added).contains(&self.property))
    }

    fn control_ui(&self, ui: &mut Ui, label: &str, text: &mut String, is_wrong: bool, draft: &Draft) -> Response {
        // Room for the button that picks and the one that takes back.
        let buttons = 2.0 * (tokens::scaled(ui, tokens::CONTROL_HEIGHT_SMALL) + tokens::SPACE);
        let width = (WIDTH * tokens::text_scale(ui.ctx())).min((ui.available_width() - buttons).max(96.0));
        match self.property.kind {
            Kind::Present => {
                let mut is_on = text == "on";
                let response = switch_ui(ui, &mut is_on, "").accessible_name(label);
                if response.changed() {
                    *text = if is_on { "on" } else { "off" }.to_owned();
                }
                response
            }
            Kind::YesNo | Kind::OnOff => three_states_ui(ui, label, text),
            Kind::Choice(known) => self.choice_ui(ui, text, known, width),
            Kind::Text(Form::Lines) => lines_box_ui(ui, text, &words::hint(self.property), width),
            _ => {
                let hint = if self.property.is_secret {
                    t!("field-secret-hint")
                } else if text.is_empty() && self.is_wanting(draft) {
                    t!("field-wanting-hint")
                } else {
                    words::hint(self.property)
                };
                let look = TextBox {
                    hint: &hint,
                    width: Some(width),
                    is_mono: matches!(self.property.kind, Kind::Text(Form::Uuid | Form::Mac | Form::Hex)),
                    is_password: self.property.is_secret,
                    is_wrong,
                };
                text_box_ui(ui, text, look)
            }
        }
    }

    /// The host's own names, to be picked instead of typed.
    fn pick_ui(&self, ui: &mut Ui, label: &str, text: &mut String, draft: &Draft) {
        if self.property.kind == Kind::Text(Form::Mac) {
            let new = Button::icon_only(icons::RETRY, t!("field-new-mac")).small();
            if new.show(ui).clicked() {
                *text = fresh::new_mac();
            }
            return;
        }
        let Some(host) = self.host else { return };
        if !matches!(self.property.kind, Kind::Text(_)) {
            return;
        }
        if self.property.kind == Kind::Text(Form::CpuSet) && !self.property.name.contains("nodeset") {
            let button = Button::icon_only(icons::CPU, t!("offer-pick", name = label)).small();
            button.picker(ui, |ui| cores::ui(ui, host, text));
            return;
        }
        let spot = Spot {
            domain: self.domain,
            element: self.element,
            setting: &self.setting(),
            draft,
        };
        let offers = suggestions(host, &spot);
        if offers.is_empty() {
            return;
        }
        let button = Button::icon_only(icons::CHEVRON_DOWN, t!("offer-pick", name = label)).small();
        button.menu(ui, |ui| {
            ScrollArea::vertical().max_height(MENU_HEIGHT).show(ui, |ui| {
                for offer in &offers {
                    let item = MenuItem {
                        text: offer.words.as_str().into(),
                        denied: offer.denied.as_deref().map(Into::into),
                        ..MenuItem::default()
                    };
                    if menu_item(ui, &item).clicked() {
                        text.clone_from(&offer.value);
                    }
                }
            });
        });
    }

    /// The words that are known, the one that is there although it is not, and none.
    fn choice_ui(&self, ui: &mut Ui, text: &mut String, known: &'static [&'static str], width: f32) -> Response {
        let mut choices: Vec<(String, String)> = Vec::new();
        if !is_needed(self.scope, self.property) {
            choices.push((String::new(), t!("field-default")));
        }
        choices.extend(
            known
                .iter()
                .map(|word| ((*word).to_owned(), words::word(self.scope, self.property, word))),
        );
        let present = present(&self.setting(), self.domain, self.element);
        for unknown in [present.as_ref().map(Value::to_string), Some(text.clone())]
            .into_iter()
            .flatten()
        {
            if matches!(Word::new(&unknown, known), Word::Other(_)) && choices.iter().all(|(word, _)| *word != unknown)
            {
                // First: it is what the machine has.
                let words = t!("field-unknown-word", word = unknown.as_str());
                choices.insert(choices.len().min(1), (unknown, words));
            }
        }
        let shown = choices
            .iter()
            .find(|(word, _)| word == text)
            .map_or(text.as_str(), |(_, words)| words);
        let denied: Vec<Option<String>> = choices
            .iter()
            .map(|(word, _)| {
                let host = self.host.filter(|_| !word.is_empty() && word != text)?;
                denied_word(host, self.scope, self.property, word)
            })
            .collect();
        let listed: Vec<ListItem<'_>> = choices
            .iter()
            .zip(&denied)
            .map(|((_, words), denied)| ListItem {
                text: words,
                denied: denied.as_deref(),
            })
            .collect();
        let salt = self.setting().to_string();
        let (response, picked) = drop_down_ui(ui, &salt, shown, width, &listed);
        if let Some((word, _)) = picked.and_then(|index| choices.get(index)) {
            text.clone_from(word);
        }
        response
    }
}

/// On, off, or what libvirt does where nothing is said.
fn three_states_ui(ui: &mut Ui, label: &str, text: &mut String) -> Response {
    let (default, on, off) = (t!("field-default"), t!("field-on"), t!("field-off"));
    let choices = [("", default.as_str()), ("on", on.as_str()), ("off", off.as_str())];
    let present = choices
        .iter()
        .find(|(word, _)| word == text)
        .map_or("", |(word, _)| *word);
    let mut chosen = present;
    let response = segments_ui(ui, label, &mut chosen, &choices).response;
    if chosen != present {
        *text = chosen.to_owned();
    }
    response
}

pub(super) fn said(problem: &Problem) -> String {
    match problem {
        Problem::Needed => t!("field-needed"),
        Problem::Refused(refusal) => setting::refusal(refusal),
    }
}
