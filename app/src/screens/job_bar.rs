//! The bar at the foot of the window: jobs under way with progress and cancel, and those that failed.

use egui::{Align, Layout, Ui, UiBuilder, vec2};

use crate::command::{Command, DialogRequest, JobCommand, UiCommand};
use crate::context::ViewContext;
use crate::jobs::{Job, JobEnd};
use crate::route::MachineKey;
use crate::t;
use crate::text::error::message;
use crate::text::job::{step as step_text, title as job_title};
use crate::widgets::feedback::progress_ui;
use crate::widgets::icons;
use crate::widgets::{Button, Tone, text, tokens};

/// Jobs shown at once where the list is folded.
const FOLDED: usize = 1;
const UNFOLDED: usize = 6;

#[derive(Default)]
pub(super) struct JobBar {
    is_unfolded: bool,
}

/// Has it to be told? What ended well is told by a toast alone.
fn is_listed(job: &Job) -> bool {
    matches!(job.end, None | Some(JobEnd::Failed(_) | JobEnd::StillRunning))
}

impl JobBar {
    pub(super) fn height(&self, ui: &Ui, view: &ViewContext<'_>) -> f32 {
        let count = view.jobs.list.iter().filter(|job| is_listed(job)).count();
        let rows = if self.is_unfolded {
            count.min(UNFOLDED)
        } else {
            count.min(FOLDED)
        };
        rows as f32 * tokens::scaled(ui, tokens::TOOLBAR)
    }

    pub(super) fn ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>) {
        let jobs: Vec<&Job> = view.jobs.list.iter().rev().filter(|job| is_listed(job)).collect();
        let shown = if self.is_unfolded { UNFOLDED } else { FOLDED };
        // What runs stands before what failed; the newest of each first.
        let (running, ended): (Vec<&Job>, Vec<&Job>) = jobs.iter().partition(|job| job.end.is_none());
        let height = tokens::scaled(ui, tokens::TOOLBAR);
        let whole = ui.max_rect();
        for (index, job) in running.iter().chain(&ended).take(shown).enumerate() {
            let top = whole.top() + index as f32 * height;
            let rect = egui::Rect::from_min_size(egui::pos2(whole.left(), top), vec2(whole.width(), height));
            let rect = rect.shrink2(vec2(tokens::SPACE_WIDE, 0.0));
            let layout = Layout::right_to_left(Align::Center);
            ui.scope_builder(UiBuilder::new().max_rect(rect).layout(layout).id_salt(job.id.0), |ui| {
                if index == 0 && jobs.len() > FOLDED {
                    self.fold_ui(ui, jobs.len(), ended.len());
                }
                job_ui(ui, view, job);
            });
        }
    }

    fn fold_ui(&mut self, ui: &mut Ui, total: usize, failed: usize) {
        let name = if self.is_unfolded {
            t!("jobbar-hide")
        } else {
            t!("jobbar-show-all")
        };
        let icon = if self.is_unfolded {
            icons::CHEVRON_DOWN
        } else {
            icons::CHEVRON_UP
        };
        if Button::icon_only(icon, name).small().show(ui).clicked() {
            self.is_unfolded = !self.is_unfolded;
        }
        if !self.is_unfolded {
            ui.label(text::weak(ui, t!("jobbar-more", count = total - FOLDED)));
            if failed > 0 {
                ui.label(text::toned(ui, Tone::Attention, t!("jobbar-failed", count = failed)).small());
            }
        }
    }
}

fn job_ui(ui: &mut Ui, view: &ViewContext<'_>, job: &Job) {
    let title = job_title(&job.command, &job.machine_name);
    match &job.end {
        None => running_ui(ui, view, job, &title),
        Some(JobEnd::StillRunning) => {
            dismiss_ui(ui, view, job, &title);
            if let Some(id) = job.machine
                && Button::secondary(t!("jobbar-force-off")).small().show(ui).clicked()
            {
                let key = MachineKey {
                    uri: job.uri.as_str().into(),
                    id,
                };
                view.ui(UiCommand::ShowDialog(DialogRequest::ForceOff(vec![key])));
            }
            line_ui(
                ui,
                icons::WARNING,
                Tone::Warning,
                &format!("{title} — {}", t!("activity-still-running")),
            );
        }
        Some(JobEnd::Failed(error)) => {
            dismiss_ui(ui, view, job, &title);
            let message = message(error);
            if Button::ghost(t!("jobbar-details")).small().show(ui).clicked() {
                view.ui(UiCommand::CopyDetails(message.to_lines()));
            }
            line_ui(
                ui,
                icons::ERROR,
                Tone::Attention,
                &format!("{title} — {}", message.what),
            );
        }
        Some(JobEnd::Done | JobEnd::Cancelled) => {}
    }
}

fn running_ui(ui: &mut Ui, view: &ViewContext<'_>, job: &Job, title: &str) {
    if job.is_cancellable {
        let button = Button::secondary(t!("jobbar-cancel")).small();
        let response = button.show(ui).accessible_name(t!("jobbar-cancel-name", job = title));
        if response.clicked() {
            view.send(Command::Job(JobCommand::Cancel(job.id)));
        }
    }
    let room = (ui.available_width() * 0.3).min(240.0);
    progress_ui(ui, room, job.fraction, title);
    let line = format!("{title} — {}", step_text(job.step));
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        text::truncated_ui(ui, text::body(line));
    });
}

fn dismiss_ui(ui: &mut Ui, view: &ViewContext<'_>, job: &Job, title: &str) {
    let button = Button::icon_only(icons::CLOSE, t!("jobbar-dismiss-name", job = title)).small();
    if button.show(ui).clicked() {
        view.send(Command::Job(JobCommand::Dismiss(job.id)));
    }
}

fn line_ui(ui: &mut Ui, icon: icons::Icon, tone: Tone, line: &str) {
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        let color = crate::widgets::Palette::of(ui).tone(tone);
        ui.label(icons::icon_text(icon, tokens::ICON, color));
        text::truncated_ui(ui, text::body(line));
    });
}
