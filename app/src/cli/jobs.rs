//! Runs commands to their end, several at once, and shows how they get on.

use std::collections::{BTreeMap, VecDeque};
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use libvirt_backend::command::{Command, Event, JobState, MachineCommand, Outcome, Query};
use libvirt_backend::guard::Denied;
use libvirt_backend::model::MachineId;
use libvirt_backend::{Error, JobId};

use super::output::Failure;
use super::session::{Session, notice};
use crate::t;
use crate::text::{self, units};

/// A host has only so many disks; what comes later waits for its turn.
const AT_ONCE: usize = 8;
/// Events may arrive between the last look and the wait.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// libvirt itself gives up after 30 s where another program keeps a machine busy: its words are better than ours.
const QUICK_LIMIT: Duration = Duration::from_secs(40);
/// Of a QEMU that does not answer, for a call that should be over in moments.
const HUNG_LIMIT: Duration = Duration::from_secs(3);
/// What cannot be cancelled right now may reach a step where it can, or its end.
const LEAVE_AFTER: Duration = Duration::from_secs(2);
/// Of what may rightly take long: told once that it goes on.
const TELL_AFTER: Duration = Duration::from_secs(20);

impl Session {
    pub(super) async fn run(&self, command: Command) -> Result<Outcome, Failure> {
        let mut results = self.run_all(vec![command]).await;
        results.pop().unwrap_or_else(|| Err(Failure::from(&Error::Closing)))
    }

    pub(super) async fn run_on(&self, name: &str, command: MachineCommand) -> Result<Outcome, Failure> {
        let id = self.machine(name)?.id;
        self.run(Command::Machine { id, command }).await
    }

    /// Runs commands beside each other; the results are in their order, and one that fails stops no other. On a terminal
    /// the progress is shown; Ctrl+C cancels what can be cancelled.
    pub(super) async fn run_all(&self, commands: Vec<Command>) -> Vec<Result<Outcome, Failure>> {
        let mut group = Group::new(self, commands);
        while !group.is_over() {
            group.begin_some();
            group.take_events();
            group.give_up_on_the_silent();
            group.leave_what_goes_on();
            if group.is_over() {
                break;
            }
            tokio::select! {
                () = self.changed.notified() => {}
                () = tokio::time::sleep(LOOK_AGAIN) => {}
                _ = tokio::signal::ctrl_c() => group.interrupt(),
            }
        }
        group.progress.clear();
        let Group { results, .. } = group;
        let lost = || Err(Failure::from(&Error::Closing));
        results.into_iter().map(|result| result.unwrap_or_else(lost)).collect()
    }
}

struct Running {
    index: usize,
    machine: Option<MachineId>,
    limits: Limits,
    is_cancellable: bool,
    since: Instant,
    heard_at: Instant,
    was_told: bool,
}

struct Group<'session> {
    session: &'session Session,
    waiting: VecDeque<(usize, Command)>,
    running: BTreeMap<JobId, Running>,
    results: Vec<Option<Result<Outcome, Failure>>>,
    interrupted_at: Option<Instant>,
    progress: Progress,
}

impl<'session> Group<'session> {
    fn new(session: &'session Session, commands: Vec<Command>) -> Self {
        Self {
            session,
            results: commands.iter().map(|_| None).collect(),
            waiting: commands.into_iter().enumerate().collect(),
            running: BTreeMap::new(),
            interrupted_at: None,
            progress: Progress::new(),
        }
    }

    fn is_over(&self) -> bool {
        self.waiting.is_empty() && self.running.is_empty()
    }

    fn begin_some(&mut self) {
        while self.running.len() < AT_ONCE
            && let Some((index, command)) = self.waiting.pop_front()
        {
            let now = Instant::now();
            let running = Running {
                index,
                machine: command.machine(),
                limits: Limits::of(&command),
                is_cancellable: false,
                since: now,
                heard_at: now,
                was_told: false,
            };
            let job = self.session.backend().submit(self.session.uri(), command);
            self.running.insert(job, running);
        }
    }

    fn take_events(&mut self) {
        for event in self.session.backend().take_events() {
            let Event::Job(update) = event else { continue };
            let Some(running) = self.running.get_mut(&update.job) else {
                continue;
            };
            running.heard_at = Instant::now();
            match update.state {
                JobState::Queued => {}
                JobState::Started { step, is_cancellable } => {
                    running.is_cancellable = is_cancellable;
                    self.progress.show(&text::job::step(step), None);
                }
                JobState::Progress {
                    step,
                    fraction,
                    is_cancellable,
                } => {
                    running.is_cancellable = is_cancellable;
                    self.progress.show(&text::job::step(step), fraction);
                }
                JobState::Done(outcome) => self.end(update.job, Ok(outcome)),
                JobState::Failed(error) => self.end(update.job, Err(Failure::from(&error))),
                JobState::Cancelled => self.end(update.job, Err(Failure::from(&Error::Cancelled))),
            }
        }
    }

    fn end(&mut self, job: JobId, result: Result<Outcome, Failure>) {
        self.progress.clear();
        if let Some(running) = self.running.remove(&job)
            && let Some(place) = self.results.get_mut(running.index)
        {
            *place = Some(result);
        }
    }

    /// What libvirt was asked goes on; nobody waits for it here any longer.
    fn give_up_on_the_silent(&mut self) {
        let model = self.session.model();
        let now = Instant::now();
        let is_hung = |running: &Running| {
            let machine = running.machine.and_then(|id| model.machine(id));
            machine.is_some_and(|machine| !machine.responding.is_yes())
        };
        let mut over = Vec::new();
        for (job, running) in &mut self.running {
            let waited = now.duration_since(running.since);
            if running.limits.hung.is_some_and(|limit| waited >= limit) && is_hung(running) {
                over.push((*job, Failure::from(&Error::Denied(Denied::NotResponding))));
            } else if let Some(limit) = running.limits.whole.filter(|limit| waited >= *limit) {
                over.push((
                    *job,
                    Failure::text(t!("cli-no-answer", duration = units::duration(limit))),
                ));
            } else if !running.was_told && now.duration_since(running.heard_at) >= TELL_AFTER {
                running.was_told = true;
                self.progress.clear();
                notice(&t!("cli-still-waiting"));
            }
        }
        for (job, failure) in over {
            self.end(job, Err(failure));
        }
    }

    /// The first time, everything is asked to end; the second time nothing is waited for that may go on by itself.
    fn interrupt(&mut self) {
        self.progress.clear();
        self.take_events();
        let never_begun = std::mem::take(&mut self.waiting);
        for (index, _) in never_begun {
            if let Some(place) = self.results.get_mut(index) {
                *place = Some(Err(Failure::from(&Error::Cancelled)));
            }
        }
        if self.interrupted_at.is_some() {
            self.leave();
            return;
        }
        self.interrupted_at = Some(Instant::now());
        if !self.running.is_empty() {
            notice(&t!("cli-cancelling"));
        }
        for job in self.running.keys() {
            self.session.backend().cancel(*job);
        }
    }

    fn leave_what_goes_on(&mut self) {
        if self.interrupted_at.is_some_and(|at| at.elapsed() >= LEAVE_AFTER) {
            self.leave();
        }
    }

    fn leave(&mut self) {
        let is_left = |(job, running): (&JobId, &Running)| (!running.is_cancellable).then_some(*job);
        let left: Vec<JobId> = self.running.iter().filter_map(is_left).collect();
        for job in left {
            self.end(job, Err(Failure::text(t!("cli-left-running"))));
        }
    }
}

/// How long a command is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Limits {
    whole: Option<Duration>,
    /// Once its machine is known not to answer.
    hung: Option<Duration>,
}

impl Limits {
    fn of(command: &Command) -> Self {
        let quick = |whole| Self {
            whole: Some(whole),
            hung: Some(HUNG_LIMIT),
        };
        let long = Self {
            whole: None,
            hung: None,
        };
        match command {
            Command::Machine { command, .. } => match command {
                MachineCommand::Pause
                | MachineCommand::Resume
                | MachineCommand::Reset
                | MachineCommand::Reboot
                | MachineCommand::DiscardSavedState
                | MachineCommand::Rename(_)
                | MachineCommand::SetTags(_)
                | MachineCommand::SetAutostart(_)
                | MachineCommand::InsertMedia { .. }
                | MachineCommand::EjectMedia { .. }
                | MachineCommand::AllowRemoteDisplay
                | MachineCommand::SetSharesClipboard(_)
                | MachineCommand::AttachClipboard
                | MachineCommand::DetachClipboard => quick(QUICK_LIMIT),
                MachineCommand::Shutdown { grace } => quick(grace.saturating_add(QUICK_LIMIT)),
                // QEMU is asked to end, then killed; a machine that does not answer is what it is for.
                MachineCommand::ForceOff => Self {
                    whole: Some(QUICK_LIMIT.saturating_mul(2)),
                    hung: None,
                },
                MachineCommand::Start
                | MachineCommand::StartWithoutFastDisplay
                // These may have to prove something first.
                | MachineCommand::AddDisplay
                | MachineCommand::SetSound(_)
                // Unplugging waits for the guest.
                | MachineCommand::Edit(_)
                | MachineCommand::UndoEdit(_)
                | MachineCommand::RedoEdit(_)
                | MachineCommand::Save
                | MachineCommand::Delete(_)
                | MachineCommand::Snapshot(_) => long,
            },
            Command::Query(
                Query::DomainXml(_)
                | Query::Definition(_)
                | Query::History(_)
                | Query::SnapshotEstimate(_)
                | Query::Screenshot(_)
                | Query::Thumbnail { .. },
            ) => quick(QUICK_LIMIT),
            Command::Create(_) | Command::Query(_) | Command::TestHostAgain | Command::RemoveLeftovers(_) => long,
        }
    }
}

/// One line that is written over, on a terminal only.
struct Progress {
    is_terminal: bool,
    last: String,
}

impl Progress {
    fn new() -> Self {
        Self {
            is_terminal: std::io::stderr().is_terminal(),
            last: String::new(),
        }
    }

    fn show(&mut self, step: &str, fraction: Option<f32>) {
        let line = match fraction {
            Some(fraction) => format!("{step} {:.0} %", fraction * 100.0),
            None => step.to_owned(),
        };
        if self.is_terminal && line != self.last {
            write!(std::io::stderr(), "\r\x1b[K{line}").ok();
            std::io::stderr().flush().ok();
            self.last = line;
        }
    }

    fn clear(&mut self) {
        if self.is_terminal && !self.last.is_empty() {
            write!(std::io::stderr(), "\r\x1b[K").ok();
            self.last.clear();
        }
    }
}
