//! The handle by which the window, the terminal and the tests reach every connection.
//!
//! Nothing here blocks: models are read from watch channels, commands are queued and end as events.

use std::path::PathBuf;
use std::sync::Arc;

use crate::command::{Command, Event, JobId, Outcome};
use crate::error::{Error, Result};
use crate::model::{HostModel, MachineId};

/// Called when a model or an event is new, coalesced to one call in 100 ms at most. Must not block.
pub type OnChange = Arc<dyn Fn() + Send + Sync>;

/// What a backend needs from its owner.
#[derive(Clone)]
pub struct Options {
    /// For what was proved of hosts and for the journal of unfinished jobs. Created with mode 0700.
    pub state_folder: PathBuf,
    /// For machines made without a pool of their own: `<data folder>/images` becomes a directory pool.
    pub data_folder: PathBuf,
    pub on_change: OnChange,
    /// The terminal opens one connection only and does not sample unless asked.
    pub profile: Profile,
}

/// How much a backend does unasked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Spare connections, sampling each second, keepalive, reconnection.
    Desktop,
    /// One connection, no sampling until `Backend::start_sampling`, no reconnection.
    Terminal,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Backend {}

impl Backend {
    /// Starts nothing yet; the runtime runs the actors.
    pub fn new(runtime: tokio::runtime::Handle, options: Options) -> Self {
        drop((runtime, options));
        Self {}
    }

    /// Begins to connect; the model tells how it goes. Does nothing where the URI is open already.
    pub fn open(&self, _uri: &str) {}

    /// The same, showing `last_known` (marked as such) until the live list is read.
    pub fn open_with(&self, _uri: &str, _last_known: HostModel) {}

    /// Closes the connection and forgets its model.
    pub fn close(&self, _uri: &str) {}

    /// Tries again now.
    pub fn retry(&self, _uri: &str) {}

    /// One consistent picture of every open connection, in the order they were opened.
    pub fn models(&self) -> Vec<Arc<HostModel>> {
        Vec::new()
    }

    pub fn model(&self, _uri: &str) -> Option<Arc<HostModel>> {
        None
    }

    /// A receiver that sees every publication of this connection.
    pub fn watch(&self, _uri: &str) -> Option<tokio::sync::watch::Receiver<Arc<HostModel>>> {
        None
    }

    /// Queues a command. Never blocks; refusals arrive as `JobState::Failed` too.
    pub fn submit(&self, _uri: &str, _command: Command) -> JobId {
        JobId(0)
    }

    /// Submits and waits: for the terminal and the tests.
    pub async fn run(&self, _uri: &str, _command: Command) -> Result<Outcome> {
        Err(Error::Closing)
    }

    /// Asks a job to end. Works only where its last update said `is_cancellable`.
    pub fn cancel(&self, _job: JobId) {}

    /// The events since the last call. Bounded: job ends are never dropped, progress is coalesced.
    pub fn take_events(&self) -> Vec<Event> {
        Vec::new()
    }

    /// The machine on screen is sampled whole each second, the others' disk and network every few seconds.
    pub fn focus(&self, _uri: &str, _machine: Option<MachineId>) {}

    /// A hidden window needs fewer wake-ups: models still arrive, `on_change` is called for events only.
    pub fn set_hidden(&self, _is_hidden: bool) {}

    /// Begins sampling for `Profile::Terminal`.
    pub fn start_sampling(&self, _uri: &str) {}

    /// Stops accepting, waits up to 2 s for calls under way, leaves stuck threads behind.
    pub async fn shutdown(&self) {}
}
