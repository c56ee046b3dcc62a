//! Closing the window: at once where nothing is under way, after a question where jobs are running.

use std::time::{Duration, Instant};

use egui::ViewportCommand;

use super::App;
use super::outside::Note;
use crate::command::{DialogRequest, QuitChoice};
use crate::state::Overlay;
use crate::t;

/// Cancelled jobs have this long to tidy up behind them.
const CANCEL_PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Quitting {
    #[default]
    No,
    /// The question is on screen.
    Asked,
    /// As soon as no job runs, or at this moment.
    AfterJobs {
        until: Option<Instant>,
    },
    Now,
}

impl App {
    pub(super) fn quit(&mut self, choice: QuitChoice, ctx: &egui::Context) {
        match choice {
            QuitChoice::Ask if self.is_busy() => self.ask_to_quit(),
            QuitChoice::Ask | QuitChoice::LeaveJobs => self.close(ctx),
            QuitChoice::WaitForJobs => {
                self.quitting = Quitting::AfterJobs { until: None };
                self.overlay = None;
                self.note(Note::info(t!("core-quits-after-jobs")));
            }
            QuitChoice::CancelJobs => {
                // Those that wait in the queue too. One that cannot stop now may be able to in its next step.
                for job in self.jobs.running() {
                    self.backend.cancel(job.id);
                }
                let until = Instant::now() + CANCEL_PATIENCE;
                self.quitting = Quitting::AfterJobs { until: Some(until) };
                self.show_dialog(DialogRequest::Closing);
            }
        }
    }

    /// The question was sent away, or "Keep Berth open" was the answer.
    pub(super) fn stay_open(&mut self) {
        if matches!(self.quitting, Quitting::Asked | Quitting::AfterJobs { until: Some(_) }) {
            self.quitting = Quitting::No;
        }
    }

    /// Who waits for a job wants to hear that it failed.
    pub(super) fn stay_open_for_failure(&mut self) {
        let is_waiting = match self.quitting {
            Quitting::AfterJobs { until: None } => true,
            Quitting::Asked => !self.is_busy(),
            Quitting::AfterJobs { until: Some(_) } | Quitting::No | Quitting::Now => false,
        };
        if is_waiting {
            if self.quitting == Quitting::Asked {
                self.overlay = None;
            }
            self.quitting = Quitting::No;
            self.note(Note::error(t!("core-stays-open")));
        }
    }

    fn ask_to_quit(&mut self) {
        // An earlier answer is asked for anew.
        self.quitting = Quitting::Asked;
        self.show_dialog(DialogRequest::Quit);
    }

    fn close(&mut self, ctx: &egui::Context) {
        self.quitting = Quitting::Now;
        ctx.send_viewport_cmd(ViewportCommand::Close);
    }

    fn is_busy(&self) -> bool {
        self.jobs.running().next().is_some()
    }

    /// Holds the window open while jobs run, and closes it when it may.
    pub(super) fn check_quit(&mut self, ctx: &egui::Context) {
        if self.quitting == Quitting::Asked && self.overlay != Some(Overlay::Dialog(DialogRequest::Quit)) {
            self.quitting = Quitting::No;
        }
        let is_busy = self.is_busy();
        if ctx.input(|input| input.viewport().close_requested()) && is_busy && self.quitting != Quitting::Now {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            // Closing twice must not lead to two dialogs, nor past the one that waits for an answer.
            if self.quitting != Quitting::Asked {
                self.ask_to_quit();
                ctx.request_repaint();
            }
        }
        let until = match self.quitting {
            Quitting::No | Quitting::Now => return,
            Quitting::Asked => None,
            Quitting::AfterJobs { until } => until,
        };
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        if !is_busy || left.is_some_and(|left| left.is_zero()) {
            self.close(ctx);
        } else if let Some(left) = left {
            ctx.request_repaint_after(left);
        }
    }
}
