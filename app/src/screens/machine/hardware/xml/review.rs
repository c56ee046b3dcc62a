//! What the text would change, before it does; afterwards what became of it, and the way back.

use egui::{Label, Ui};
use libvirt_backend::guard::Action;
use libvirt_backend::property::change::Preview;
use libvirt_backend::property::edit::EditReport;

use super::super::head::{head_ui, take_focus};
use super::super::review::{diff_ui, outcome_ui};
use super::super::scroll::scroll_ui;
use super::Around;
use crate::screens::parts::actions;
use crate::t;
use crate::text::error::denied;
use crate::widgets::{Button, Tone, banner_ui, icons, spinner_ui, text, tokens};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Back,
    Apply,
}

/// Where the edit is.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    /// It was sent, and the answer is not there.
    pub(super) is_waiting: bool,
    /// The page has just taken the place of another.
    pub(super) is_new: bool,
}

pub(super) fn ui(
    ui: &mut Ui,
    around: &Around<'_>,
    made: Result<&Preview, &str>,
    Moment { is_waiting, is_new }: Moment,
) -> Option<Asked> {
    let mut asked = None;
    let is_same = made.is_ok_and(|preview| preview.diff.is_empty());
    let (words, back) = (t!("hardware-apply"), t!("hardware-xml-back"));
    head_ui(ui, &t!("hardware-review-xml"), &[&words, &back], |ui| {
        let refusal = actions::check(around.view, around.key, Action::Edit)
            .err()
            .map(|reason| denied(&reason))
            .or_else(|| made.is_err().then(|| t!("hardware-xml-review-impossible")))
            .or_else(|| is_same.then(|| t!("hardware-review-nothing")))
            .or_else(|| is_waiting.then(|| t!("hardware-applying")));
        let is_ready = refusal.is_none();
        let apply = Button::primary(words.as_str())
            .icon(icons::CHECK)
            .denied(refusal)
            .show(ui);
        take_focus(&apply, is_new && is_ready);
        if apply.clicked() && is_ready {
            asked = Some(Asked::Apply);
        }
        if is_waiting {
            spinner_ui(ui, tokens::ICON, &t!("hardware-applying"));
            return;
        }
        let back = Button::secondary(back.as_str()).icon(icons::BACK).show(ui);
        take_focus(&back, is_new && !is_ready);
        if back.clicked() {
            asked = Some(Asked::Back);
        }
    });
    let explanation = if around.is_running {
        "hardware-review-running"
    } else {
        "hardware-review-off"
    };
    ui.add(Label::new(text::quiet(ui, t!(explanation))).wrap());
    ui.add_space(tokens::SPACE_TIGHT);
    match made {
        Err(words) => {
            banner_ui(ui, Tone::Attention, words, None);
        }
        Ok(preview) if preview.diff.is_empty() => {
            ui.label(text::quiet(ui, t!("hardware-review-nothing")));
        }
        Ok(preview) => {
            scroll_ui(ui, "hardware xml review", |ui| {
                diff_ui(ui, &preview.diff);
                ui.add_space(tokens::SPACE_WIDE);
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

pub(super) fn report_ui(ui: &mut Ui, around: &Around<'_>, report: &EditReport, moment: Moment) -> Option<Read> {
    let mut read = None;
    let is_undoing = moment.is_waiting;
    let (done, undo) = (t!("hardware-report-ok"), t!("hardware-xml-undo"));
    head_ui(ui, &t!("hardware-report-title"), &[&done, &undo], |ui| {
        let waiting = is_undoing.then(|| t!("hardware-xml-undoing"));
        let done = Button::primary(done.as_str()).denied(waiting.clone()).show(ui);
        take_focus(&done, moment.is_new);
        if done.clicked() && !is_undoing {
            read = Some(Read::Done);
        }
        let undo = Button::secondary(undo.as_str()).icon(icons::UNDO).denied(waiting);
        if undo.show(ui).clicked() && !is_undoing {
            read = Some(Read::Undo);
        }
        if is_undoing {
            spinner_ui(ui, tokens::ICON, &t!("hardware-xml-undoing"));
        }
    });
    outcome_ui(ui, report, around.entries, &[]);
    read
}
