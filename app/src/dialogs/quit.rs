//! Closing the window while jobs run: wait, leave them, cancel them, or stay.

use egui::{Context, Label};

use super::{Stay, dialog_id};
use crate::command::{QuitChoice, UiCommand};
use crate::context::ViewContext;
use crate::t;
use crate::text::job;
use crate::widgets::{Button, Dialog, text};

pub(crate) fn ui(ctx: &Context, view: &ViewContext<'_>) -> Stay {
    let count = view.jobs.running().count();
    let (title, close) = (t!("quit-title", count = count), t!("dialog-close"));
    let shown = Dialog::new(dialog_id(), &title, &close).wide().show(
        ctx,
        |ui| {
            for running in view.jobs.running() {
                ui.add(Label::new(text::body(job::line(running))).wrap());
            }
            ui.add(Label::new(text::quiet(ui, t!("quit-text"))).wrap());
            ui.add(Label::new(text::quiet(ui, t!("quit-leave-text"))).wrap());
        },
        |ui| {
            ui.horizontal_wrapped(|ui| {
                let offers = [
                    (Button::primary(t!("quit-wait")), Some(QuitChoice::WaitForJobs)),
                    (Button::secondary(t!("quit-leave")), Some(QuitChoice::LeaveJobs)),
                    (Button::secondary(t!("quit-cancel-jobs")), Some(QuitChoice::CancelJobs)),
                    (Button::secondary(t!("quit-cancel")), None),
                ];
                offers
                    .into_iter()
                    .find_map(|(button, choice)| button.show(ui).clicked().then_some(choice))
            })
            .inner
        },
    );
    match shown.footer {
        // What is being cancelled is shown in this one's place.
        Some(Some(QuitChoice::CancelJobs)) => {
            view.ui(UiCommand::Quit(QuitChoice::CancelJobs));
            Stay::Open
        }
        Some(Some(choice)) => {
            view.ui(UiCommand::Quit(choice));
            Stay::Done
        }
        Some(None) => Stay::Done,
        None if shown.is_closed => Stay::Done,
        None => Stay::Open,
    }
}

/// What the window still waits for once the jobs are being cancelled.
pub(crate) fn closing_ui(ctx: &Context, view: &ViewContext<'_>) -> Stay {
    let (title, close) = (t!("quit-closing-title"), t!("dialog-close"));
    let shown = Dialog::new(dialog_id(), &title, &close).wide().show(
        ctx,
        |ui| {
            for running in view.jobs.running() {
                ui.add(Label::new(text::body(job::line(running))).wrap());
            }
            ui.add(Label::new(text::quiet(ui, t!("quit-closing-text"))).wrap());
        },
        |ui| {
            let is_now = Button::primary(t!("quit-leave")).show(ui).clicked();
            let is_kept = Button::secondary(t!("quit-cancel")).show(ui).clicked();
            (is_now, is_kept)
        },
    );
    let (is_now, is_kept) = shown.footer;
    if is_now {
        view.ui(UiCommand::Quit(QuitChoice::LeaveJobs));
    }
    // Whoever closes this keeps the window open.
    if is_now || is_kept || shown.is_closed {
        Stay::Done
    } else {
        Stay::Open
    }
}
