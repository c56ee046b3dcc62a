//! One connection of the terminal: opens it, waits for it, runs commands on it and shows their progress.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use libvirt_backend::command::{Command, Event, JobState, MachineCommand, Outcome};
use libvirt_backend::model::{ConnectionState, Freshness, HostModel, Machine};
use libvirt_backend::{Backend, Error, JobId, Options, Profile};
use tokio::sync::Notify;

use super::output::Failure;
use crate::text;

/// An agent answers in a fraction of a second.
const ADDRESS_PATIENCE: Duration = Duration::from_secs(2);

/// Where the backend keeps what outlives a run.
pub struct Folders {
    pub state: PathBuf,
    pub data: PathBuf,
}

pub(super) struct Session {
    backend: Backend,
    uri: String,
    changed: Arc<Notify>,
}

impl Session {
    /// Opens `uri` and waits until its list of machines is live.
    pub(super) async fn open(runtime: tokio::runtime::Handle, folders: Folders, uri: &str) -> Result<Self, Failure> {
        let changed = Arc::new(Notify::new());
        let on_change = Arc::clone(&changed);
        let options = Options {
            state_folder: folders.state,
            data_folder: folders.data,
            on_change: Arc::new(move || on_change.notify_one()),
            profile: Profile::Terminal,
        };
        let backend = Backend::new(runtime, options);
        backend.open(uri);
        let session = Self {
            backend,
            uri: uri.to_owned(),
            changed,
        };
        session.wait_until_live().await?;
        Ok(session)
    }

    async fn wait_until_live(&self) -> Result<(), Failure> {
        let Some(mut models) = self.backend.watch(&self.uri) else {
            return Err(Failure::from(&Error::Closing));
        };
        let mut was_told_slow = false;
        loop {
            let model = Arc::clone(&models.borrow_and_update());
            match &model.connection {
                ConnectionState::Connected if is_complete(&model) => return Ok(()),
                ConnectionState::Disconnected { reason, message, .. } => {
                    return Err(Failure::disconnected(&self.uri, *reason, message));
                }
                ConnectionState::Connecting { is_slow: true } if !was_told_slow => {
                    was_told_slow = true;
                    notice(&crate::t!("cli-connecting-slowly"));
                }
                ConnectionState::Idle | ConnectionState::Connecting { .. } | ConnectionState::Connected => {}
            }
            if models.changed().await.is_err() {
                return Err(Failure::from(&Error::Closing));
            }
        }
    }

    /// Guests tell their addresses a moment after the list is there; one that stays silent is not waited for.
    pub(super) async fn wait_for_addresses(&self) {
        let Some(mut models) = self.backend.watch(&self.uri) else {
            return;
        };
        let is_told = |model: &HostModel| {
            let mut asked = model.machines.iter().filter(|machine| machine.is_agent_connected);
            asked.all(|machine| !machine.addresses.is_empty() || machine.definition.nics.is_empty())
        };
        tokio::time::timeout(ADDRESS_PATIENCE, models.wait_for(|model| is_told(model)))
            .await
            .ok();
    }

    pub(super) fn backend(&self) -> &Backend {
        &self.backend
    }

    pub(super) fn uri(&self) -> &str {
        &self.uri
    }

    pub(super) fn model(&self) -> Arc<HostModel> {
        self.backend
            .model(&self.uri)
            .unwrap_or_else(|| Arc::new(HostModel::empty(&self.uri)))
    }

    /// By name, else by UUID.
    pub(super) fn machine(&self, name: &str) -> Result<Arc<Machine>, Failure> {
        self.model()
            .machine_named(name)
            .cloned()
            .ok_or_else(|| Failure::from(&Error::NoSuchMachine(name.to_owned())))
    }

    pub(super) async fn run_on(&self, name: &str, command: MachineCommand) -> Result<Outcome, Failure> {
        let id = self.machine(name)?.id;
        self.run(Command::Machine { id, command }).await
    }

    /// Runs a command to its end. On a terminal its progress is shown; Ctrl+C cancels it where that is possible.
    pub(super) async fn run(&self, command: Command) -> Result<Outcome, Failure> {
        let mut progress = Progress::new();
        let job = self.backend.submit(&self.uri, command);
        let mut is_cancellable = false;
        loop {
            for event in self.backend.take_events() {
                let Event::Job(update) = event else { continue };
                if update.job != job {
                    continue;
                }
                match update.state {
                    JobState::Queued => {}
                    JobState::Started {
                        step,
                        is_cancellable: can,
                    } => {
                        is_cancellable = can;
                        progress.show(&text::job::step(step), None);
                    }
                    JobState::Progress {
                        step,
                        fraction,
                        is_cancellable: can,
                    } => {
                        is_cancellable = can;
                        progress.show(&text::job::step(step), fraction);
                    }
                    JobState::Done(outcome) => {
                        progress.clear();
                        return Ok(outcome);
                    }
                    JobState::Failed(error) => {
                        progress.clear();
                        return Err(Failure::from(&error));
                    }
                    JobState::Cancelled => {
                        progress.clear();
                        return Err(Failure::from(&Error::Cancelled));
                    }
                }
            }
            tokio::select! {
                () = self.changed.notified() => {}
                // Events may arrive between the last look and the wait.
                () = tokio::time::sleep(Duration::from_millis(200)) => {}
                _ = tokio::signal::ctrl_c() => self.interrupt(job, is_cancellable, &mut progress)?,
            }
        }
    }

    fn interrupt(&self, job: JobId, is_cancellable: bool, progress: &mut Progress) -> Result<(), Failure> {
        progress.clear();
        if is_cancellable {
            notice(&crate::t!("cli-cancelling"));
            self.backend.cancel(job);
            return Ok(());
        }
        Err(Failure::text(crate::t!("cli-left-running")))
    }
}

/// Every machine's XML was read, so that what is printed is whole.
fn is_complete(model: &HostModel) -> bool {
    model.freshness == Freshness::Live && model.machines.iter().all(|machine| machine.definition.is_complete)
}

/// A line for people, on standard error.
pub(super) fn notice(line: &str) {
    writeln!(std::io::stderr(), "{line}").ok();
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
