//! The jobs under way and those just ended, as the bar at the foot of the window shows them.

use std::sync::Arc;

use libvirt_backend::command::{Command, JobState, JobStep};
use libvirt_backend::model::MachineId;
use libvirt_backend::{Error, JobId, JobUpdate};

/// One line of the job bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    pub id: JobId,
    pub uri: String,
    pub machine: Option<MachineId>,
    /// The machine's name when the job began (it may be gone when it ends).
    pub machine_name: String,
    pub command: Arc<Command>,
    pub step: JobStep,
    pub fraction: Option<f32>,
    pub is_cancellable: bool,
    pub started_at_millis: i64,
    pub end: Option<JobEnd>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobEnd {
    Done,
    /// Done, and true when the machine is next started.
    AtNextStart,
    /// The guest was asked to shut down and has not: force off is offered.
    StillRunning,
    Failed(Error),
    Cancelled,
}

/// Newest last; ended ones leave after a while, failed ones when dismissed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Jobs {
    pub list: Vec<Job>,
}

impl Jobs {
    pub fn running(&self) -> impl Iterator<Item = &Job> {
        self.list.iter().filter(|job| job.end.is_none())
    }

    /// The job under way on this machine, for "Starting…" in its row.
    pub fn on_machine(&self, uri: &str, id: MachineId) -> Option<&Job> {
        self.running().find(|job| job.machine == Some(id) && job.uri == uri)
    }

    /// Takes in what the backend said. Queries are not listed.
    pub fn apply(&mut self, update: &JobUpdate, machine_name: &str, now_millis: i64) {
        if matches!(*update.command, Command::Query(_)) {
            return;
        }
        let index = self
            .list
            .iter()
            .position(|job| job.id == update.job)
            .unwrap_or_else(|| {
                self.list.push(Job {
                    id: update.job,
                    uri: update.uri.clone(),
                    machine: update.machine,
                    machine_name: machine_name.to_owned(),
                    command: Arc::clone(&update.command),
                    step: JobStep::Waiting,
                    fraction: None,
                    is_cancellable: false,
                    started_at_millis: now_millis,
                    end: None,
                });
                self.list.len() - 1
            });
        if let Some(job) = self.list.get_mut(index) {
            job.take(&update.state);
        }
    }
}

impl Job {
    fn take(&mut self, state: &JobState) {
        match state {
            JobState::Queued => self.step = JobStep::Waiting,
            JobState::Started { step, is_cancellable } => {
                self.step = *step;
                self.is_cancellable = *is_cancellable;
            }
            JobState::Progress {
                step,
                fraction,
                is_cancellable,
            } => {
                self.step = *step;
                self.fraction = *fraction;
                self.is_cancellable = *is_cancellable;
            }
            JobState::Done(libvirt_backend::Outcome::StillRunning) => self.end = Some(JobEnd::StillRunning),
            JobState::Done(libvirt_backend::Outcome::AtNextStart) => self.end = Some(JobEnd::AtNextStart),
            JobState::Done(libvirt_backend::Outcome::Edited(report)) if report.waits_for_start() => {
                self.end = Some(JobEnd::AtNextStart);
            }
            JobState::Done(_) => self.end = Some(JobEnd::Done),
            JobState::Failed(error) => self.end = Some(JobEnd::Failed(error.clone())),
            JobState::Cancelled => self.end = Some(JobEnd::Cancelled),
        }
    }
}
