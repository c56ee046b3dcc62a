//! The top of a device's form: its name, whether it is new or on its way out, and the button for that.

use egui::{Label, Ui};
use libvirt_backend::xml::{Document, NodeId};

use super::draft::Draft;
use super::entry::{Entry, FORMLESS, Place};
use super::leaving::leaving;
use crate::t;
use crate::text::hardware as words;
use crate::widgets::{Button, Palette, Tone, card_ui, icons, section_ui, section_with_ui, text, tokens};

/// What was pressed there.
#[derive(Default)]
pub(super) struct Pressed {
    /// A button that is gone by now.
    pub(super) is_changed: bool,
    /// Its place in the machine's XML is to be shown.
    pub(super) shows_xml: bool,
}

/// True where the fields of the device follow.
pub(super) fn ui(
    ui: &mut Ui,
    domain: &Document,
    entry: &Entry,
    draft: &mut Draft,
    is_running: bool,
    pressed: &mut Pressed,
) -> bool {
    let Place::Device(word, key) = &entry.place else {
        section_ui(ui, &entry.title);
        summary_ui(ui, &entry.summary);
        return true;
    };
    if *word == FORMLESS.word {
        formless_ui(ui, domain, entry);
        return false;
    }
    if draft.devices.is_removed(word, key) {
        section_ui(ui, &entry.title);
        leaving_ui(ui, domain, draft, (word, entry.element), is_running);
        let keep = Button::secondary(t!("remove-take-back")).icon(icons::UNDO);
        if keep.show(ui).clicked() {
            draft.devices.keep(word, key);
            pressed.is_changed = true;
            ui.ctx().request_repaint();
        }
        return false;
    }
    let is_new = draft.devices.is_added(word, key);
    let is_pressed = section_with_ui(ui, &entry.title, |ui| {
        let button = if is_new {
            Button::ghost(t!("add-throw-away"))
                .icon(icons::DELETE)
                .tooltip(t!("add-throw-away-text"))
        } else {
            Button::ghost(t!("remove"))
                .icon(icons::DELETE)
                .tooltip(t!("remove-text"))
        };
        let is_pressed = button.show(ui).clicked();
        if !is_new {
            let xml = Button::ghost(t!("device-xml")).icon(icons::CODE);
            pressed.shows_xml = xml.tooltip(t!("device-xml-text")).show(ui).clicked();
        }
        is_pressed
    });
    summary_ui(ui, &draft.summary(entry));
    if is_new {
        new_ui(ui, draft, word, key);
    }
    if is_pressed {
        if is_new {
            draft.throw_away(word, key);
        } else {
            draft.devices.remove(word, key);
        }
        pressed.is_changed = true;
        ui.ctx().request_repaint();
    }
    true
}

/// All that can be said of a device that has no form.
fn formless_ui(ui: &mut Ui, domain: &Document, entry: &Entry) {
    section_ui(ui, &entry.title);
    ui.add(Label::new(text::quiet(ui, t!("hardware-formless"))).wrap());
    card_ui(ui, |ui| {
        let xml = text::mono(domain.element_xml(entry.element));
        ui.add(Label::new(xml).wrap().selectable(true));
    });
}

/// Close under the title that it belongs to.
pub(super) fn summary_ui(ui: &mut Ui, summary: &str) {
    if !summary.is_empty() {
        ui.add_space(-tokens::SPACE);
        let words = text::quiet(ui, summary);
        ui.add(Label::new(words).wrap());
        ui.add_space(tokens::SPACE_TIGHT);
    }
}

/// What is still to be said before it can be added.
fn new_ui(ui: &mut Ui, draft: &Draft, word: &str, key: &str) {
    let Some(added) = draft.devices.find(word, key) else {
        return;
    };
    let missing = draft.missing(added);
    if missing.is_empty() {
        note_ui(ui, icons::ADD, Tone::Running, &t!("add-new"));
        return;
    }
    let labels: Vec<String> = missing
        .into_iter()
        .map(|property| words::label(added.scope, property).unwrap_or_else(|| property.name.to_owned()))
        .collect();
    note_ui(
        ui,
        icons::WARNING,
        Tone::Warning,
        &t!("add-missing", fields = labels.join(", ")),
    );
}

/// What will happen, as it is shown in the form and before it is applied.
pub(super) fn leaving_ui(
    ui: &mut Ui,
    domain: &Document,
    draft: &Draft,
    (word, element): (&'static str, NodeId),
    is_running: bool,
) {
    let told = leaving(domain, draft, (word, element), is_running);
    card_ui(ui, |ui| {
        note_ui(ui, icons::DELETE, Tone::Attention, &t!("remove-marked"));
        for note in &told.notes {
            note_ui(ui, icons::INFO, Tone::Off, note);
        }
        for warning in &told.warnings {
            note_ui(ui, icons::WARNING, Tone::Warning, warning);
        }
    });
    ui.add_space(tokens::SPACE);
}

/// A sentence behind its mark.
pub(super) fn note_ui(ui: &mut Ui, icon: icons::Icon, tone: Tone, words: &str) {
    ui.horizontal_top(|ui| {
        let color = Palette::of(ui).tone(tone);
        let line = ui.text_style_height(&egui::TextStyle::Body);
        let side = tokens::ICON * tokens::text_scale(ui.ctx());
        // The mark stands level with the first line.
        let (rect, _) = ui.allocate_exact_size(egui::vec2(side, line), egui::Sense::hover());
        icons::paint_icon(ui, icon, rect.center(), tokens::ICON, color);
        let words = if tone == Tone::Off {
            text::quiet(ui, words)
        } else {
            text::body(words)
        };
        ui.add(Label::new(words).wrap());
    });
}
