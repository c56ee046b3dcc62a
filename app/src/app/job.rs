//! Runs what concerns the job list.

use libvirt_backend::JobId;

use super::App;
use crate::command::JobCommand;

impl App {
    pub(super) fn run_job(&mut self, command: JobCommand) {
        match command {
            JobCommand::Cancel(job) => self.backend.cancel(job),
            JobCommand::Again { job, uri, command } => {
                self.dismiss(job);
                self.backend.submit(&uri, (*command).clone());
            }
            JobCommand::Dismiss(job) => self.dismiss(job),
            JobCommand::ClearFinished => {
                let ended = self.jobs.list.iter().filter(|job| job.end.is_some());
                let ended: Vec<JobId> = ended.map(|job| job.id).collect();
                for job in ended {
                    self.dismiss(job);
                }
            }
        }
    }

    fn dismiss(&mut self, job: JobId) {
        self.jobs.list.retain(|listed| listed.id != job || listed.end.is_none());
        self.toasts.dismiss_job(job);
    }
}
