//! Commands: asked of the guard, queued, run by a thread, ended exactly once.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::Actor;
use super::connect::contained;
use crate::command::{Command, JobId, JobState, MachineCommand, Outcome, Query};
use crate::connection::common::{Common, JobFacts};
use crate::connection::dispatch;
use crate::connection::link::{Links, Purpose};
use crate::connection::message::{Finished, Reading, Submission};
use crate::connection::pool::{Call, Lane, Patience};
use crate::connection::start_time::StartTimes;
use crate::error::{Error, Result};
use crate::ffi::Conn;
use crate::guard::{self, Denied};
use crate::model::{Freshness, HostModel, Machine, MachineId};
use crate::ops::{CancelToken, Context};

/// A job that has not ended.
pub(super) struct Job {
    facts: JobFacts,
    cancel: CancelToken,
    reply: Option<oneshot::Sender<Result<Outcome>>>,
}

impl Actor {
    pub(super) fn submit(&mut self, submission: Submission) {
        let Submission { facts, cancel, reply } = submission;
        let job = facts.job;
        self.jobs.insert(
            job,
            Job {
                facts: facts.clone(),
                cancel: cancel.clone(),
                reply,
            },
        );
        if let Err(error) = self.admit(&facts.command) {
            self.end_job(job, Err(error));
            return;
        }
        let Some(links) = self.links.clone() else {
            self.end_job(job, Err(self.not_connected()));
            return;
        };
        self.common.tell_job(&facts, JobState::Queued);
        let machine = facts.machine;
        let is_urgent = self.is_urgent(&facts.command);
        let patience = dispatch::patience(&facts.command);
        let work = Work {
            epoch: self.epoch,
            common: Arc::clone(&self.common),
            model: self.current_model(),
            facts,
            cancel,
            start_times: self.start_times.clone(),
            links: Some(Arc::clone(&links)),
            operation: dispatch::run,
        };
        let call = Call {
            lane: lane(job, &work.facts.command),
            machine,
            job: Some(job),
            patience,
            purpose: match (is_urgent, patience) {
                (true, _) => Purpose::Urgent,
                (false, Patience::Quick) => Purpose::Control,
                (false, Patience::Long) => Purpose::Job,
            },
            links,
            run: Box::new(move |conn| work.run(conn)),
        };
        if is_urgent {
            self.pool.submit_urgent(call);
        } else {
            self.pool.submit(call);
        }
    }

    /// May it run now?
    fn admit(&self, command: &Command) -> Result<()> {
        if *self.closing.borrow() {
            return Err(Error::Closing);
        }
        let is_connected = self.state.is_connected() && self.freshness == Freshness::Live;
        match command {
            Command::Machine { id, command } => {
                let machine = self.machine(*id)?;
                guard::check(command.action(), machine, is_connected).map_err(Error::Denied)
            }
            _ if !is_connected => Err(self.not_connected()),
            // Answered without QEMU, for a machine that hangs can be deleted.
            Command::Query(Query::DeletePlan(id)) => self.machine(*id).map(|_| ()),
            Command::Query(_) => match command.machine() {
                // It would only be one more call that hangs.
                Some(id) if !self.machine(id)?.responding.is_yes() => Err(Error::Denied(Denied::NotResponding)),
                Some(_) | None => Ok(()),
            },
            Command::Create(_) | Command::TestHostAgain | Command::RemoveLeftovers(_) => Ok(()),
        }
    }

    fn machine(&self, id: MachineId) -> Result<&Machine> {
        self.machines
            .get(&id)
            .map(|entry| &*entry.machine)
            .ok_or_else(|| Error::NoSuchMachine(id.to_string()))
    }

    fn not_connected(&self) -> Error {
        Error::NotConnected { uri: self.uri.clone() }
    }

    /// Force off must not wait behind the very call that hangs.
    fn is_urgent(&self, command: &Command) -> bool {
        match command {
            Command::Machine {
                command: MachineCommand::ForceOff,
                ..
            } => true,
            Command::Machine {
                id,
                command: MachineCommand::Delete(request),
            } => request.force_off && self.machine(*id).is_ok_and(|machine| !machine.responding.is_yes()),
            _ => false,
        }
    }

    pub(super) fn has_job_on(&self, id: MachineId) -> bool {
        self.jobs
            .values()
            .any(|job| matches!(&*job.facts.command, Command::Machine { id: on, .. } if *on == id))
    }

    pub(super) fn has_such_job_on(&self, id: MachineId, is_such: fn(&MachineCommand) -> bool) -> bool {
        self.jobs.values().any(|job| match &*job.facts.command {
            Command::Machine { id: on, command } => *on == id && is_such(command),
            _ => false,
        })
    }

    pub(super) fn cancel(&mut self, job: JobId) {
        let Some(Job { cancel, .. }) = self.jobs.get(&job) else {
            return;
        };
        let abortable = cancel.cancel();
        if self.pool.drop_waiting(|call| call.job == Some(job)) > 0 {
            self.end_job(job, Err(Error::Cancelled));
            return;
        }
        if let (Some(machine), Some(links)) = (abortable, self.links.clone()) {
            self.pool.submit_urgent(Call {
                lane: Lane::Host,
                machine: None,
                job: None,
                patience: Patience::Long,
                purpose: Purpose::Urgent,
                links,
                run: Box::new(move |conn| {
                    // The job may have ended by itself meanwhile.
                    match conn.map(|conn| dispatch::abort_job(conn, machine)) {
                        Ok(Ok(())) => {}
                        Ok(Err(error)) => tracing::info!(%machine, %error, "the job was not aborted"),
                        Err(error) => tracing::info!(%machine, %error, "no connection to abort the job on"),
                    }
                    Finished::Nothing
                }),
            });
        }
    }

    /// The one place where a job ends.
    pub(super) fn end_job(&mut self, job: JobId, result: Result<Outcome>) {
        let Some(Job { facts, reply, .. }) = self.jobs.remove(&job) else {
            return;
        };
        if result.is_ok() && dispatch::changes_list(&facts.command) {
            self.read_list();
            self.read_pools();
        }
        // The end of a job is never seen before what it changed.
        self.publish();
        let state = match &result {
            Ok(outcome) => JobState::Done(outcome.clone()),
            Err(Error::Cancelled) => JobState::Cancelled,
            Err(error) => JobState::Failed(error.clone()),
        };
        self.common.tell_job(&facts, state);
        if let Some(reply) = reply {
            // Whoever asked has gone away; the event says the same.
            reply.send(result).ok();
        }
    }

    pub(super) fn end_all_jobs(&mut self) {
        while let Some((job, Job { cancel, .. })) = self.jobs.first_key_value() {
            let job = *job;
            cancel.cancel();
            self.end_job(job, Err(Error::Closing));
        }
        while let Ok(wish) = self.wishes.try_recv() {
            if let crate::connection::message::Wish::Submit(submission) = wish {
                self.submit(*submission);
            }
        }
    }
}

/// Commands of a machine run in order; everything else runs beside everything.
const fn lane(job: JobId, command: &Command) -> Lane {
    match command {
        Command::Machine { id, .. } => Lane::Command(*id),
        Command::Create(_) | Command::Query(_) | Command::TestHostAgain | Command::RemoveLeftovers(_) => Lane::Job(job),
    }
}

/// What a thread needs to carry a command out.
struct Work {
    epoch: u64,
    common: Arc<Common>,
    model: Arc<HostModel>,
    facts: JobFacts,
    cancel: CancelToken,
    start_times: StartTimes,
    /// To open another connection by; `None`: there is but the one.
    links: Option<Arc<Links>>,
    operation: fn(&Context<'_>, &Command) -> Result<Outcome>,
}

impl Work {
    fn run(self, conn: Result<&Conn>) -> Finished {
        let Self {
            epoch,
            common,
            model,
            facts,
            cancel,
            start_times,
            links,
            operation,
        } = self;
        let progress = |step, fraction, is_cancellable| {
            common.tell_job(
                &facts,
                JobState::Progress {
                    step,
                    fraction,
                    is_cancellable,
                },
            );
        };
        let result = contained(|| {
            let connection = conn.clone()?;
            cancel.check()?;
            let step = dispatch::first_step(&facts.command);
            tracing::debug!(uri = facts.uri, job = facts.job.0, machine = ?facts.machine, ?step, "a job begins");
            common.tell_job(
                &facts,
                JobState::Started {
                    step,
                    is_cancellable: false,
                },
            );
            let context = Context {
                connection,
                uri: &facts.uri,
                paths: &common.paths,
                model: &model,
                progress: &progress,
                cancel: &cancel,
                connect: &|| match &links {
                    Some(links) => links.open_apart(),
                    None => Ok(connection.clone()),
                },
            };
            operation(&context, &facts.command)
        });
        // Read even after a failure: half of it may have happened. A query changes nothing.
        let changed = match (&*facts.command, &result) {
            (Command::Machine { id, .. }, _) | (_, Ok(Outcome::Created(id))) => Some(*id),
            _ => None,
        };
        let reading = changed.map(|id| Reading::take(id, conn, None, &start_times));
        Finished::Job {
            epoch,
            job: facts.job,
            result,
            reading,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::{KEPT_FREE_PERCENT, Profile};
    use crate::ops::Paths;

    #[test]
    fn a_panic_in_a_job_fails_that_job_with_its_words() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::new(folder.path().to_path_buf(), folder.path().to_path_buf());
        let uri = "test:///default";
        let work = Work {
            epoch: 1,
            common: Arc::new(Common::new(Profile::Desktop, KEPT_FREE_PERCENT, paths)),
            model: Arc::new(HostModel::empty(uri)),
            facts: JobFacts {
                job: JobId(7),
                uri: uri.to_owned(),
                machine: None,
                command: Arc::new(Command::TestHostAgain),
                is_quiet: false,
            },
            cancel: CancelToken::default(),
            start_times: StartTimes::new(uri),
            links: None,
            operation: |_, _| panic!("a bug"),
        };
        let conn = Conn::open(uri).unwrap();
        let finished = work.run(Ok(&conn));
        let Finished::Job { job, result, .. } = finished else {
            panic!("no end of a job")
        };
        assert_eq!(job, JobId(7));
        assert_eq!(result, Err(Error::Panicked("a bug".to_owned())));
    }
}
