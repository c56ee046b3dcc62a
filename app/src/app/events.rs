//! Takes in what the backend says beside the models: jobs, answers and notices.

use std::sync::Arc;

use libvirt_backend::command::{Command, Event, JobState, JobUpdate, MachineCommand, Notice, Outcome};
use libvirt_backend::model::State;

use super::outside::Note;
use super::{App, now_millis, toasts};
use crate::jobs::JobEnd;
use crate::notifications::{Happening, What};
use crate::route::MachineKey;
use crate::state::Selection;
use crate::t;

/// Ended jobs stay in the bar this long; failed ones until they are dismissed.
const ENDED_MILLIS: i64 = 3_000;

impl App {
    pub(super) fn take_events(&mut self, ctx: &egui::Context) {
        for event in self.backend.take_events() {
            match event {
                Event::Job(update) => self.take_job(&update, ctx),
                Event::Notice(notice) => self.take_notice(&notice),
            }
        }
    }

    /// One update of a job, or the answer to a query.
    pub(super) fn take_job(&mut self, update: &JobUpdate, ctx: &egui::Context) {
        if let Command::Query(query) = &*update.command {
            self.take_answer(update, query, ctx);
            return;
        }
        let name = self.name_of(update);
        let now_millis = now_millis();
        self.jobs.apply(update, &name, now_millis);
        if !update.state.is_over() {
            return;
        }
        self.ended.insert(update.job, now_millis);
        if let Some(job) = self.jobs.list.iter().find(|job| job.id == update.job).cloned() {
            let is_told = toasts::is_worth_a_toast(&job) && !self.is_told_on_its_page(update);
            let happening = Happening {
                at_millis: now_millis,
                machine: update.machine.map(|id| MachineKey {
                    uri: update.uri.as_str().into(),
                    id,
                }),
                machine_name: Some(name.clone()),
                what: What::Job(Box::new(job)),
            };
            if is_told {
                self.toasts.push(happening.clone(), Some(update.job));
            }
            self.activity.push(happening);
        }
        if let JobState::Failed(error) = &update.state {
            tracing::warn!(uri = %update.uri, name, %error, "a job failed");
            self.stay_open_for_failure();
        }
        self.take_restart(update.job, &update.state);
        self.follow_up(update, &name);
    }

    /// What a job's end leads to.
    fn follow_up(&mut self, update: &JobUpdate, name: &str) {
        let key_of = |id| MachineKey {
            uri: Arc::from(update.uri.as_str()),
            id,
        };
        match (&*update.command, &update.state) {
            (Command::Create(_), JobState::Done(Outcome::Created(id))) => {
                self.selection = Selection::only(key_of(*id));
            }
            (_, JobState::Done(Outcome::DeletedExcept(files))) => {
                let files: Vec<String> = files
                    .iter()
                    .map(|(path, why)| format!("{} ({why})", path.display()))
                    .collect();
                self.note(Note::error(t!(
                    "core-files-left",
                    name = name,
                    files = files.join("\n")
                )));
            }
            (
                Command::Machine {
                    id,
                    command: MachineCommand::AttachClipboard,
                },
                state,
            ) => self.clipboard_attached(&key_of(*id), state),
            (
                Command::Machine {
                    id,
                    command: MachineCommand::Edit(_) | MachineCommand::UndoEdit(_) | MachineCommand::RedoEdit(_),
                },
                state,
            ) if self.answers.edits.contains_key(&key_of(*id)) => self.take_edit(&key_of(*id), state),
            (Command::TestHostAgain, JobState::Done(_)) => self.read_host(&update.uri),
            _ => {}
        }
    }

    fn name_of(&self, update: &JobUpdate) -> String {
        let machine = update.machine.and_then(|id| self.host(&update.uri)?.machine(id));
        match (&*update.command, machine) {
            (Command::Create(new), _) => new.name.clone(),
            (_, Some(machine)) => machine.name().to_owned(),
            // Gone from the list already: the job knew it when it began.
            (_, None) => {
                let job = self.jobs.list.iter().find(|job| job.id == update.job);
                job.map(|job| job.machine_name.clone()).unwrap_or_default()
            }
        }
    }

    fn take_notice(&mut self, notice: &Notice) {
        tracing::info!(uri = %notice.uri, kind = ?notice.kind, machine = ?notice.machine, "notice");
        let happening = Happening {
            at_millis: now_millis(),
            machine: notice.machine.map(|id| MachineKey {
                uri: notice.uri.as_str().into(),
                id,
            }),
            machine_name: notice.machine_name.clone(),
            what: What::Notice(notice.clone()),
        };
        if toasts::is_notice_worth_a_toast(&notice.kind) {
            self.toasts.push(happening.clone(), None);
        }
        self.activity.push(happening);
    }

    /// Lets ended jobs and old messages go, and wakes up for the next that will.
    pub(super) fn age(&mut self, ctx: &egui::Context) {
        let now_millis = now_millis();
        self.drop_answered_shutdowns();
        let Self { jobs, ended, .. } = self;
        let leaves_at = |id: &libvirt_backend::JobId| ended.get(id).map(|at| at + ENDED_MILLIS);
        jobs.list.retain(|job| match job.end {
            None | Some(JobEnd::Failed(_) | JobEnd::StillRunning) => true,
            Some(JobEnd::Done | JobEnd::AtNextStart | JobEnd::Cancelled) => {
                leaves_at(&job.id).is_none_or(|at| now_millis < at)
            }
        });
        let next_job = jobs
            .list
            .iter()
            .filter(|job| matches!(job.end, Some(JobEnd::Done | JobEnd::AtNextStart | JobEnd::Cancelled)))
            .filter_map(|job| leaves_at(&job.id))
            .min();
        ended.retain(|id, _| jobs.list.iter().any(|job| job.id == *id));
        let next = self.toasts.age(now_millis).into_iter().chain(next_job).min();
        if let Some(at) = next.filter(|_| !self.is_hidden) {
            let millis = u64::try_from(at - now_millis).unwrap_or_default();
            ctx.request_repaint_after(std::time::Duration::from_millis(millis + 1));
        }
    }

    /// "Is still running" is over once the machine is off.
    fn drop_answered_shutdowns(&mut self) {
        let answered: Vec<_> = self
            .jobs
            .list
            .iter()
            .filter(|job| job.end == Some(JobEnd::StillRunning))
            .filter(|job| {
                let machine = job.machine.and_then(|id| self.host(&job.uri)?.machine(id));
                machine.is_none_or(|machine| matches!(machine.state, State::ShutOff(_)))
            })
            .map(|job| job.id)
            .collect();
        for id in answered {
            self.jobs.list.retain(|job| job.id != id);
            self.toasts.dismiss_job(id);
        }
    }
}
