//! The machine was changed while its text was edited here.

use egui::Ui;
use libvirt_backend::property::change::redacted_diff;

use super::super::head::{head_ui, take_focus};
use super::super::review::diff_ui;
use super::super::scroll::scroll_ui;
use crate::t;
use crate::widgets::{Button, Tone, icons, section_ui, text, tokens};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Show,
    /// The text, which then takes back what was changed.
    Keep,
    /// What the machine has.
    Take,
}

pub(super) fn banner_ui(ui: &mut Ui) -> Option<Asked> {
    crate::widgets::banner_ui(ui, Tone::Warning, &t!("hardware-xml-stale"), None);
    let mut asked = None;
    ui.horizontal_wrapped(|ui| {
        for (key, choice) in [
            ("hardware-xml-stale-show", Asked::Show),
            ("hardware-xml-stale-keep", Asked::Keep),
            ("hardware-xml-stale-take", Asked::Take),
        ] {
            if Button::secondary(t!(key)).small().show(ui).clicked() {
                asked = Some(choice);
            }
        }
    });
    asked
}

/// Both differences. True when the user has seen them.
pub(super) fn ui(ui: &mut Ui, [base, newest, text]: [&String; 3], is_new: bool) -> bool {
    let back = t!("hardware-xml-back");
    let is_seen = head_ui(ui, &t!("hardware-xml-stale-title"), &[&back], |ui| {
        let back = Button::primary(back.as_str()).icon(icons::BACK).show(ui);
        take_focus(&back, is_new);
        back.clicked()
    });
    scroll_ui(ui, "hardware xml meanwhile", |ui| {
        for (title, old, new) in [
            ("hardware-xml-stale-theirs", base, newest),
            ("hardware-xml-stale-yours", newest, text),
        ] {
            section_ui(ui, &t!(title));
            let lines = redacted_diff(old, new);
            if lines.is_empty() {
                ui.label(text::quiet(ui, t!("hardware-review-nothing")));
            } else {
                diff_ui(ui, &lines);
            }
            ui.add_space(tokens::SPACE);
        }
    });
    is_seen
}
