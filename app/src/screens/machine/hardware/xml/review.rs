//! What the text would change, before it does; afterwards what became of it, and the way back.

use egui::{Align, Layout, ScrollArea, Ui};
use libvirt_backend::guard::Action;
use libvirt_backend::property::change::Preview;
use libvirt_backend::property::edit::EditReport;

use super::super::review::{diff_ui, outcome_ui};
use super::Around;
use crate::screens::parts::actions;
use crate::t;
use crate::text::error::denied;
use crate::widgets::{Button, Tone, banner_ui, icons, section_ui, spinner_ui, text, tokens};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Back,
    Apply,
}

pub(super) fn ui(ui: &mut Ui, around: &Around<'_>, made: Result<&Preview, &str>, is_waiting: bool) -> Option<Asked> {
    let mut asked = None;
    let is_same = made.is_ok_and(|preview| preview.diff.is_empty());
    ui.horizontal(|ui| {
        section_ui(ui, &t!("hardware-review-xml"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let refusal = actions::check(around.view, around.key, Action::Edit)
                .err()
                .map(|reason| denied(&reason))
                .or_else(|| made.is_err().then(|| t!("hardware-xml-review-impossible")))
                .or_else(|| is_same.then(|| t!("hardware-review-nothing")))
                .or_else(|| is_waiting.then(|| t!("hardware-applying")));
            let is_ready = refusal.is_none();
            let apply = Button::primary(t!("hardware-apply")).icon(icons::CHECK).denied(refusal);
            if apply.show(ui).clicked() && is_ready {
                asked = Some(Asked::Apply);
            }
            if is_waiting {
                spinner_ui(ui, tokens::ICON, &t!("hardware-applying"));
            } else if Button::secondary(t!("hardware-xml-back"))
                .icon(icons::BACK)
                .show(ui)
                .clicked()
            {
                asked = Some(Asked::Back);
            }
        });
    });
    let explanation = if around.is_running {
        "hardware-review-running"
    } else {
        "hardware-review-off"
    };
    ui.label(text::quiet(ui, t!(explanation)));
    match made {
        Err(words) => {
            banner_ui(ui, Tone::Attention, words, None);
        }
        Ok(preview) if preview.diff.is_empty() => {
            ui.label(text::quiet(ui, t!("hardware-review-nothing")));
        }
        Ok(preview) => {
            ScrollArea::vertical()
                .id_salt("hardware xml review")
                .auto_shrink(false)
                .show(ui, |ui| {
                    ui.set_max_width(ui.available_width() - tokens::SPACE);
                    diff_ui(ui, &preview.diff);
                });
        }
    }
    asked
}

/// What the user does with the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    Done,
    Undo,
}

pub(super) fn report_ui(ui: &mut Ui, around: &Around<'_>, report: &EditReport, is_undoing: bool) -> Option<Read> {
    let mut read = None;
    ui.horizontal(|ui| {
        section_ui(ui, &t!("hardware-report-title"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let waiting = is_undoing.then(|| t!("hardware-xml-undoing"));
            let done = Button::primary(t!("hardware-report-ok")).denied(waiting.clone());
            if done.show(ui).clicked() && !is_undoing {
                read = Some(Read::Done);
            }
            let undo = Button::secondary(t!("hardware-xml-undo"))
                .icon(icons::UNDO)
                .denied(waiting);
            if undo.show(ui).clicked() && !is_undoing {
                read = Some(Read::Undo);
            }
            if is_undoing {
                spinner_ui(ui, tokens::ICON, &t!("hardware-xml-undoing"));
            }
        });
    });
    outcome_ui(ui, report, around.entries, &[]);
    read
}
