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

#[derive(Default)]
pub(super) enum Quitting {
    #[default]
    No,
    /// As soon as no job runs, or at this moment.
    AfterJobs {
        until: Option<Instant>,
    },
    Now,
}

impl App {
    pub(super) fn quit(&mut self, choice: QuitChoice, ctx: &egui::Context) {
        match choice {
            QuitChoice::Ask if self.jobs.running().next().is_some() => self.show_dialog(DialogRequest::Quit),
            QuitChoice::Ask | QuitChoice::LeaveJobs => self.close(ctx),
            QuitChoice::WaitForJobs => {
                self.quitting = Quitting::AfterJobs { until: None };
                self.overlay = None;
                self.note(Note::info(t!("core-quits-after-jobs")));
            }
            QuitChoice::CancelJobs => {
                for job in self.jobs.running().filter(|job| job.is_cancellable) {
                    self.backend.cancel(job.id);
                }
                let until = Instant::now() + CANCEL_PATIENCE;
                self.quitting = Quitting::AfterJobs { until: Some(until) };
                self.overlay = None;
            }
        }
    }

    fn close(&mut self, ctx: &egui::Context) {
        self.quitting = Quitting::Now;
        ctx.send_viewport_cmd(ViewportCommand::Close);
    }

    /// Holds the window open while jobs run, and closes it when it may.
    pub(super) fn check_quit(&mut self, ctx: &egui::Context) {
        let is_busy = self.jobs.running().next().is_some();
        if ctx.input(|input| input.viewport().close_requested()) && is_busy && !matches!(self.quitting, Quitting::Now) {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            // Closing twice must not lead to two dialogs, nor past the one that waits for an answer.
            if self.overlay != Some(Overlay::Dialog(DialogRequest::Quit)) {
                self.show_dialog(DialogRequest::Quit);
                ctx.request_repaint();
            }
        }
        if let Quitting::AfterJobs { until } = &self.quitting {
            let is_over = until.is_some_and(|until| Instant::now() >= until);
            if !is_busy || is_over {
                self.close(ctx);
            } else if let Some(until) = until {
                ctx.request_repaint_after(until.saturating_duration_since(Instant::now()));
            }
        }
    }
}
