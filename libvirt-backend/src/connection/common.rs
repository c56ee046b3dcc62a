//! What the actors of all connections share with the `Backend` handle.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::outbox::{Knocker, Outbox};
use crate::backend::Profile;
use crate::command::{Command, JobId, JobState, JobUpdate, Notice};
use crate::model::MachineId;
use crate::ops::{CancelToken, Paths};

pub(crate) struct Common {
    pub(crate) profile: Profile,
    pub(crate) kept_free_percent: u8,
    pub(crate) paths: Paths,
    pub(crate) outbox: Outbox,
    pub(crate) knocker: Arc<Knocker>,
    jobs: Mutex<BTreeMap<JobId, JobAddress>>,
}

/// By which a job is found again when it is to be cancelled.
#[derive(Clone)]
pub(crate) struct JobAddress {
    pub(crate) uri: String,
    pub(crate) cancel: CancelToken,
}

/// What every update of a job repeats.
#[derive(Clone)]
pub(crate) struct JobFacts {
    pub(crate) job: JobId,
    pub(crate) uri: String,
    pub(crate) machine: Option<MachineId>,
    pub(crate) command: Arc<Command>,
    /// Whoever asks is told, and nobody else.
    pub(crate) is_quiet: bool,
}

impl Common {
    pub(crate) fn new(profile: Profile, kept_free_percent: u8, paths: Paths) -> Self {
        Self {
            profile,
            kept_free_percent,
            paths,
            outbox: Outbox::default(),
            knocker: Arc::default(),
            jobs: Mutex::default(),
        }
    }

    pub(crate) fn tell_job(&self, facts: &JobFacts, state: JobState) {
        if state.is_over() {
            self.jobs().remove(&facts.job);
        }
        if facts.is_quiet {
            return;
        }
        self.outbox.push_job(JobUpdate {
            job: facts.job,
            uri: facts.uri.clone(),
            machine: facts.machine,
            command: Arc::clone(&facts.command),
            state,
        });
        self.knocker.event_waits();
    }

    pub(crate) fn tell(&self, notice: Notice) {
        self.outbox.push_notice(notice);
        self.knocker.event_waits();
    }

    pub(crate) fn register_job(&self, job: JobId, address: JobAddress) {
        self.jobs().insert(job, address);
    }

    pub(crate) fn job_address(&self, job: JobId) -> Option<JobAddress> {
        self.jobs().get(&job).cloned()
    }

    fn jobs(&self) -> MutexGuard<'_, BTreeMap<JobId, JobAddress>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
