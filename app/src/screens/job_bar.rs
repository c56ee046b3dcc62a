//! The bar at the foot of the window: jobs under way with progress and cancel, and those that failed.

use egui::{Align, Layout, Rect, ScrollArea, Sense, Ui, UiBuilder, vec2};

use super::parts::cure;
use crate::command::{Command, DialogRequest, JobCommand, UiCommand};
use crate::context::ViewContext;
use crate::jobs::{Job, JobEnd};
use crate::route::MachineKey;
use crate::t;
use crate::text::error::message;
use crate::text::job::{step as step_text, title as job_title};
use crate::text::units;
use crate::widgets::feedback::progress_ui;
use crate::widgets::icons;
use crate::widgets::{Button, Tone, text, tokens};

/// Jobs shown at once where the list is folded.
const FOLDED: usize = 1;
const UNFOLDED: usize = 6;
/// A narrower line of a job has a bar and no figure.
const ROOM_FOR_PERCENT: f32 = 420.0;

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
        let rows = if self.is_unfolded && count > FOLDED {
            count.min(UNFOLDED) + 1
        } else {
            count.min(FOLDED)
        };
        rows as f32 * tokens::scaled(ui, tokens::TOOLBAR)
    }

    pub(super) fn ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>) {
        let jobs: Vec<&Job> = view.jobs.list.iter().rev().filter(|job| is_listed(job)).collect();
        // What runs stands before what failed; the newest of each first.
        let (running, ended): (Vec<&Job>, Vec<&Job>) = jobs.iter().partition(|job| job.end.is_none());
        let sorted: Vec<&Job> = running.into_iter().chain(ended.iter().copied()).collect();
        let height = tokens::scaled(ui, tokens::TOOLBAR);
        let (first, rest) = ui.max_rect().split_top_bottom_at_y(ui.max_rect().top() + height);
        if !self.is_unfolded || sorted.len() <= FOLDED {
            if let Some(job) = sorted.first() {
                row_ui(ui, first, job.id.0, |ui| {
                    if sorted.len() > FOLDED {
                        let is_failed = |job: &&&Job| matches!(job.end, Some(JobEnd::Failed(_)));
                        self.fold_ui(ui, sorted.len(), ended.iter().filter(is_failed).count());
                    }
                    job_ui(ui, view, job);
                });
            }
            return;
        }
        row_ui(ui, first, u64::MAX, |ui| {
            self.header_ui(ui, view, sorted.len(), ended.len());
        });
        ui.scope_builder(UiBuilder::new().max_rect(rest), |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ScrollArea::vertical().id_salt("jobs").auto_shrink(false).show_rows(
                ui,
                height,
                sorted.len(),
                |ui, rows| {
                    for job in sorted.get(rows).unwrap_or_default() {
                        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
                        row_ui(ui, rect, job.id.0, |ui| job_ui(ui, view, job));
                    }
                },
            );
        });
    }

    /// How many there are, and what is done with all of them.
    fn header_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, total: usize, failed: usize) {
        self.fold_ui(ui, total, failed);
        if failed > 0 && Button::ghost(t!("jobbar-dismiss-all")).small().show(ui).clicked() {
            view.send(Command::Job(JobCommand::ClearFinished));
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            text::truncated_ui(ui, text::quiet(ui, t!("jobbar-count", count = total)));
        });
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
        }
        if failed > 0 {
            ui.label(text::toned(ui, Tone::Attention, t!("jobbar-failed", count = failed)).small());
        }
    }
}

/// One line of the bar, from the right to the left.
fn row_ui(ui: &mut Ui, rect: Rect, salt: u64, contents: impl FnOnce(&mut Ui)) {
    let rect = rect.shrink2(vec2(tokens::SPACE_WIDE, 0.0));
    let layout = Layout::right_to_left(Align::Center);
    ui.scope_builder(UiBuilder::new().max_rect(rect).layout(layout).id_salt(salt), contents);
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
                view.ui(UiCommand::CopyDetails {
                    message: message.to_lines(),
                    machine: job.machine.map(|id| MachineKey {
                        uri: job.uri.as_str().into(),
                        id,
                    }),
                });
            }
            for offer in cure::offers(job, &message) {
                if Button::secondary(offer.text.as_str()).small().show(ui).clicked() {
                    view.send(offer.command);
                }
            }
            let words = cure::sentences(&message, " · ");
            line_ui(ui, icons::ERROR, Tone::Attention, &format!("{title} — {words}"));
        }
        Some(JobEnd::Done | JobEnd::AtNextStart | JobEnd::Cancelled) => {}
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
    let width = ui.available_width();
    if let Some(fraction) = job
        .fraction
        .filter(|_| width > ROOM_FOR_PERCENT * tokens::text_scale(ui.ctx()))
    {
        let percent = units::percent((fraction * 100.0).floor());
        ui.label(text::secondary(ui, percent));
    }
    progress_ui(ui, (width * 0.3).min(240.0), job.fraction, title);
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
        ui.label(icons::icon_text(
            icon,
            tokens::ICON * tokens::text_scale(ui.ctx()),
            color,
        ));
        text::truncated_ui(ui, text::body(line));
    });
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use egui::Role;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;
    use libvirt_backend::command::Command as Asked;
    use libvirt_backend::error::MediumProblem;
    use libvirt_backend::guard::Action;
    use libvirt_backend::{Error, JobId};

    use super::*;
    use crate::command::MachineCommand;
    use crate::screens::fixtures::{self, URI};
    use crate::screens::test_jobs::{ended, failed, job};
    use crate::screens::test_window::{Look, TestWindow, key, open};

    type Window = Harness<'static, TestWindow>;

    fn window(jobs: Vec<Job>) -> Window {
        let mut window = TestWindow::new(vec![fixtures::assorted()]);
        window.jobs.list = jobs;
        let mut harness = open(Look::sized(1_280.0, 800.0), window);
        harness.run();
        harness
    }

    fn press(harness: &mut Window, name: &str) -> Vec<Command> {
        harness.get_by_role_and_label(Role::Button, name).click();
        harness.run();
        harness.state_mut().sent.split_off(0)
    }

    #[test]
    fn a_job_is_cancelled_and_a_failed_one_dismissed() {
        let mut harness = window(vec![job(1)]);
        assert_eq!(
            press(&mut harness, "Cancel: Saving the state of machine-1"),
            [Command::Job(JobCommand::Cancel(JobId(1)))]
        );
        let mut harness = window(vec![failed(2, "no")]);
        assert_eq!(
            press(&mut harness, "Dismiss: Saving the state of machine-2"),
            [Command::Job(JobCommand::Dismiss(JobId(2)))]
        );
    }

    #[test]
    fn a_guest_that_is_still_running_can_be_forced_off() {
        let mut harness = window(vec![ended(1, JobEnd::StillRunning)]);
        press(&mut harness, "Force off…");
        let asked = crate::state::Overlay::Dialog(DialogRequest::ForceOff(vec![key(1)]));
        assert_eq!(harness.state().overlay, Some(asked));
    }

    #[test]
    fn a_failure_says_what_libvirt_said_and_has_its_cure_as_a_button() {
        let words = "cannot acquire state change lock";
        let mut harness = window(vec![failed(1, words)]);
        harness.get_by_label(
            "Saving the state of machine-1 — The state of machine-1 could not be saved · cannot acquire state change \
             lock · Force the machine off",
        );
        assert_eq!(
            press(&mut harness, "Force off"),
            [Command::Machine(MachineCommand::Run {
                action: Action::ForceOff,
                machines: vec![key(1)]
            })]
        );
        let again = failed(2, "client socket is closed");
        let command = Arc::clone(&again.command);
        let mut harness = window(vec![again]);
        assert_eq!(
            press(&mut harness, "Try again"),
            [Command::Job(JobCommand::Again {
                job: JobId(2),
                uri: URI.to_owned(),
                command
            })]
        );
        let mut harness = window(vec![failed(3, "network 'default' is not active")]);
        let copied = press(&mut harness, "Copy command");
        assert_eq!(
            copied,
            [Command::Ui(UiCommand::Copy(
                "virsh --connect qemu:///system net-start default".to_owned()
            ))]
        );
    }

    #[test]
    fn a_machine_that_could_not_be_made_is_changed_instead_of_typed_anew() {
        let machine = crate::dialogs::test_machine("db");
        let error = Error::Medium {
            path: PathBuf::from("/isos/a.iso"),
            problem: MediumProblem::Missing,
        };
        let job = Job {
            command: Arc::new(Asked::Create(Box::new(machine.clone()))),
            machine: None,
            machine_name: "db".to_owned(),
            ..ended(1, JobEnd::Failed(error))
        };
        let mut harness = window(vec![job]);
        assert_eq!(
            press(&mut harness, "Change and try again…"),
            [Command::Ui(UiCommand::ChangeNewMachine {
                uri: URI.to_owned(),
                machine: Box::new(machine)
            })]
        );
    }

    #[test]
    fn of_twenty_jobs_every_one_can_be_reached_and_all_failures_dismissed_at_once() {
        let mut jobs: Vec<Job> = (1..=20).map(job).collect();
        jobs.push(failed(21, "no"));
        let mut harness = window(jobs);
        harness.get_by_label("and 20 more");
        press(&mut harness, "Show all jobs");
        harness.get_by_label("21 jobs");
        let oldest = "Cancel: Saving the state of machine-1";
        for _ in 0..20 {
            if harness.query_by_label(oldest).is_some() {
                break;
            }
            harness.hover_at(egui::pos2(640.0, 780.0));
            harness.event(egui::Event::MouseWheel {
                unit: egui::MouseWheelUnit::Point,
                delta: vec2(0.0, -300.0),
                source: egui::MouseWheelSource::Unknown,
                phase: egui::TouchPhase::Move,
                modifiers: egui::Modifiers::NONE,
            });
            harness.run();
        }
        assert_eq!(
            press(&mut harness, oldest),
            [Command::Job(JobCommand::Cancel(JobId(1)))]
        );
        assert_eq!(
            press(&mut harness, "Dismiss all that failed"),
            [Command::Job(JobCommand::ClearFinished)]
        );
        press(&mut harness, "Show fewer");
        assert!(harness.query_by_label("21 jobs").is_none());
    }
}
