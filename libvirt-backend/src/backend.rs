//! The handle by which the window, the terminal and the tests reach every connection.
//!
//! Nothing here blocks: models are read from watch channels, commands are queued and end as events.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::command::{Command, Event, JobId, JobState, Outcome, Query};
use crate::connection::actor::{Actor, Ends};
use crate::connection::common::{Common, JobAddress, JobFacts};
use crate::connection::message::{Submission, Wish};
use crate::error::{Error, Result};
use crate::model::{Freshness, HostModel, MachineId};
use crate::ops::{CancelToken, Paths};

/// Wishes that wait for an actor, which takes each in microseconds.
const WISHES: usize = 4_096;
/// For the actors to end, beyond the 2 s that they give to calls under way.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(2_500);

/// Called when a model or an event is new, coalesced to one call in 100 ms at most. Must not block.
pub type OnChange = Arc<dyn Fn() + Send + Sync>;

/// Prepares what a connection needs before it is opened; on failure with words for the user. May block: it is called on
/// a thread of its own, before each attempt.
pub type BeforeOpening = Arc<dyn Fn() -> std::result::Result<(), String> + Send + Sync>;

/// What a backend needs from its owner.
#[derive(Clone)]
pub struct Options {
    /// For what was proved of hosts and for the journal of unfinished jobs. Created with mode 0700.
    pub state_folder: PathBuf,
    /// For machines made without a pool of their own: `<data folder>/images` becomes a directory pool.
    pub data_folder: PathBuf,
    pub on_change: OnChange,
    /// The terminal opens one connection and does not sample unless asked.
    pub profile: Profile,
    /// Of the host's memory: where less is free, machines that agreed to it give back what their guests do not use.
    pub kept_free_percent: u8,
}

/// What most owners say.
pub const KEPT_FREE_PERCENT: u8 = 20;

/// How much a backend does unasked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Spare connections, sampling each second, keepalive, reconnection.
    Desktop,
    /// One connection until calls hang on it, no sampling until `Backend::start_sampling`, no reconnection.
    Terminal,
}

/// Cheap to clone. The actors end with [`Backend::shutdown`], or when the last clone is dropped.
#[derive(Clone)]
pub struct Backend(Arc<Shared>);

struct Shared {
    runtime: Handle,
    common: Arc<Common>,
    /// In the order in which they were opened.
    connections: Mutex<Vec<Connection>>,
    next_job: AtomicU64,
    is_closing: AtomicBool,
}

/// What the handle keeps of one actor.
struct Connection {
    uri: String,
    wishes: mpsc::Sender<Wish>,
    closing: watch::Sender<bool>,
    model: watch::Receiver<Arc<HostModel>>,
    task: JoinHandle<()>,
}

impl Backend {
    /// Starts nothing yet; the runtime runs the actors.
    pub fn new(runtime: Handle, options: Options) -> Self {
        let Options {
            state_folder,
            data_folder,
            on_change,
            profile,
            kept_free_percent,
        } = options;
        let paths = Paths::new(state_folder, data_folder);
        let common = Arc::new(Common::new(profile, kept_free_percent, paths));
        runtime.spawn(Arc::clone(&common.knocker).run(on_change));
        Self(Arc::new(Shared {
            runtime,
            common,
            connections: Mutex::default(),
            next_job: AtomicU64::new(1),
            is_closing: AtomicBool::new(false),
        }))
    }

    /// Begins to connect; the model tells how it goes. Does nothing where the URI is open already.
    pub fn open(&self, uri: &str) {
        self.open_showing(HostModel::empty(uri), None);
    }

    /// The same, with something to be done first: meanwhile the model says that it connects.
    pub fn open_after(&self, uri: &str, before: BeforeOpening) {
        self.open_showing(HostModel::empty(uri), Some(before));
    }

    /// The same, showing `last_known` (marked as such) until the live list is read.
    pub fn open_with(&self, uri: &str, last_known: HostModel) {
        let mut machines = last_known.machines.to_vec();
        machines.sort_by_key(|machine| machine.id);
        let first = HostModel {
            freshness: Freshness::LastKnown,
            machines: machines.into(),
            info: last_known.info,
            pools: last_known.pools,
            ..HostModel::empty(uri)
        };
        self.open_showing(first, None);
    }

    fn open_showing(&self, first: HostModel, before_opening: Option<BeforeOpening>) {
        let Shared {
            runtime,
            common,
            is_closing,
            ..
        } = &*self.0;
        let mut connections = self.connections();
        if is_closing.load(Ordering::Acquire) || connections.iter().any(|open| open.uri == first.uri) {
            return;
        }
        let uri = first.uri.clone();
        let (wishes, wishes_receiver) = mpsc::channel(WISHES);
        let (closing, closing_receiver) = watch::channel(false);
        let (published, model) = watch::channel(Arc::new(first));
        let ends = Ends {
            wishes: wishes_receiver,
            closing: closing_receiver,
            published,
            before_opening,
        };
        let task = runtime.spawn(Actor::new(&uri, Arc::clone(common), ends).run());
        connections.push(Connection {
            uri,
            wishes,
            closing,
            model,
            task,
        });
        drop(connections);
        common.knocker.model_changed();
    }

    /// Closes the connection and forgets its model.
    pub fn close(&self, uri: &str) {
        let mut connections = self.connections();
        if let Some(index) = connections.iter().position(|open| open.uri == uri) {
            // The actor ends by itself; its task needs nobody to wait for it.
            connections.remove(index).closing.send_replace(true);
        }
        drop(connections);
        self.0.common.knocker.model_changed();
    }

    /// Tries again now.
    pub fn retry(&self, uri: &str) {
        self.wish(uri, Wish::Retry);
    }

    /// One consistent picture of every open connection, in the order they were opened.
    pub fn models(&self) -> Vec<Arc<HostModel>> {
        self.connections()
            .iter()
            .map(|open| Arc::clone(&open.model.borrow()))
            .collect()
    }

    pub fn model(&self, uri: &str) -> Option<Arc<HostModel>> {
        let connections = self.connections();
        let open = connections.iter().find(|open| open.uri == uri)?;
        let model = Arc::clone(&open.model.borrow());
        Some(model)
    }

    /// A receiver that sees every publication of this connection.
    pub fn watch(&self, uri: &str) -> Option<watch::Receiver<Arc<HostModel>>> {
        let connections = self.connections();
        let open = connections.iter().find(|open| open.uri == uri)?;
        Some(open.model.clone())
    }

    /// Queues a command. Never blocks; refusals arrive as `JobState::Failed` too.
    pub fn submit(&self, uri: &str, command: Command) -> JobId {
        self.submit_with(uri, command, None, false)
    }

    /// Submits and waits: for the terminal and the tests.
    pub async fn run(&self, uri: &str, command: Command) -> Result<Outcome> {
        let (reply, answer) = oneshot::channel();
        self.submit_with(uri, command, Some(reply), false);
        // Dropped unanswered only where the actor is gone.
        answer.await.unwrap_or(Err(Error::Closing))
    }

    /// The same, with the job's name for [`Backend::cancel`].
    pub fn start_job(
        &self,
        uri: &str,
        command: Command,
    ) -> (JobId, impl Future<Output = Result<Outcome>> + Send + use<>) {
        let (reply, answer) = oneshot::channel();
        let job = self.submit_with(uri, command, Some(reply), false);
        (job, async move { answer.await.unwrap_or(Err(Error::Closing)) })
    }

    /// Asks and waits, without an event: what is asked for again and again must not wake those that listen for jobs.
    pub async fn ask(&self, uri: &str, query: Query) -> Result<Outcome> {
        let (reply, answer) = oneshot::channel();
        self.submit_with(uri, Command::Query(query), Some(reply), true);
        answer.await.unwrap_or(Err(Error::Closing))
    }

    fn submit_with(
        &self,
        uri: &str,
        command: Command,
        reply: Option<oneshot::Sender<Result<Outcome>>>,
        is_quiet: bool,
    ) -> JobId {
        let common = &self.0.common;
        let job = JobId(self.0.next_job.fetch_add(1, Ordering::Relaxed));
        let cancel = CancelToken::default();
        let facts = JobFacts {
            job,
            uri: uri.to_owned(),
            machine: command.machine(),
            command: Arc::new(command),
            is_quiet,
        };
        let address = JobAddress {
            uri: uri.to_owned(),
            cancel: cancel.clone(),
        };
        common.register_job(job, address);
        let submission = Submission {
            facts: facts.clone(),
            cancel,
            reply,
        };
        if let Err(error) = self.try_wish(uri, Wish::Submit(Box::new(submission))) {
            let Refused { wish, why } = *error;
            common.tell_job(&facts, JobState::Failed(why.clone()));
            if let Wish::Submit(submission) = wish
                && let Some(reply) = submission.reply
            {
                // Whoever asked has gone away; the event says the same.
                reply.send(Err(why)).ok();
            }
        }
        job
    }

    /// Asks a job to end. It does at its next cancellable step, at once where its last update said `is_cancellable`.
    pub fn cancel(&self, job: JobId) {
        if let Some(JobAddress { uri, cancel }) = self.0.common.job_address(job) {
            // The operation sees the token at once; the actor aborts what libvirt is doing and ends what still waits.
            if self.try_wish(&uri, Wish::Cancel(job)).is_err() {
                cancel.cancel();
            }
        }
    }

    /// The events since the last call. Bounded: job ends are never dropped, progress is coalesced.
    pub fn take_events(&self) -> Vec<Event> {
        self.0.common.outbox.take()
    }

    /// Would [`Self::take_events`] return any?
    pub fn has_events(&self) -> bool {
        self.0.common.outbox.has_any()
    }

    /// The machine on screen is sampled whole each second, the others' disk and network every few seconds.
    pub fn focus(&self, uri: &str, machine: Option<MachineId>) {
        self.wish(uri, Wish::Focus(machine));
    }

    /// A hidden window needs fewer wake-ups: models still arrive, `on_change` is called for events only.
    pub fn set_hidden(&self, is_hidden: bool) {
        self.0.common.knocker.set_hidden(is_hidden);
    }

    /// Begins sampling for `Profile::Terminal`.
    pub fn start_sampling(&self, uri: &str) {
        self.wish(uri, Wish::StartSampling);
    }

    /// Stops accepting, waits up to 2 s for calls under way, leaves stuck threads behind.
    pub async fn shutdown(&self) {
        self.0.is_closing.store(true, Ordering::Release);
        let closed = std::mem::take(&mut *self.connections());
        for Connection { closing, .. } in &closed {
            closing.send_replace(true);
        }
        let end = tokio::time::Instant::now() + CLOSE_TIMEOUT;
        for Connection { uri, task, .. } in closed {
            match tokio::time::timeout_at(end, task).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(uri, %error, "a connection's task failed"),
                Err(_) => tracing::warn!(uri, "a connection did not end in time"),
            }
        }
        self.0.common.knocker.close();
    }

    fn wish(&self, uri: &str, wish: Wish) {
        if let Err(refused) = self.try_wish(uri, wish) {
            let why = refused.why;
            tracing::debug!(uri, %why, "a wish was not taken");
        }
    }

    fn try_wish(&self, uri: &str, wish: Wish) -> Result<(), Box<Refused>> {
        let connections = self.connections();
        let Some(open) = connections.iter().find(|open| open.uri == uri) else {
            let why = if self.0.is_closing.load(Ordering::Acquire) {
                Error::Closing
            } else {
                Error::NotConnected { uri: uri.to_owned() }
            };
            return Err(Box::new(Refused { wish, why }));
        };
        open.wishes.try_send(wish).map_err(|error| {
            let (wish, why) = match error {
                mpsc::error::TrySendError::Full(wish) => (
                    wish,
                    Error::TimedOut {
                        what: "too many commands wait".to_owned(),
                        seconds: 0,
                    },
                ),
                mpsc::error::TrySendError::Closed(wish) => (wish, Error::Closing),
            };
            Box::new(Refused { wish, why })
        })
    }

    fn connections(&self) -> MutexGuard<'_, Vec<Connection>> {
        // Held for moments only, never across an await.
        self.0.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A wish that no actor took.
struct Refused {
    wish: Wish,
    why: Error,
}

impl Drop for Shared {
    fn drop(&mut self) {
        // The actors end because their `closing` sender is gone.
        self.common.knocker.close();
    }
}
