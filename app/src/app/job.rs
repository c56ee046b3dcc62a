//! Runs what concerns the job list.

use super::App;
use crate::command::JobCommand;

impl App {
    pub(super) fn run_job(&mut self, command: JobCommand) {
        match command {
            JobCommand::Cancel(job) => self.backend.cancel(job),
            JobCommand::Dismiss(job) => {
                self.jobs.list.retain(|listed| listed.id != job || listed.end.is_none());
                self.toasts.dismiss_job(job);
            }
            JobCommand::ClearFinished => self.jobs.list.retain(|job| job.end.is_none()),
        }
    }
}
