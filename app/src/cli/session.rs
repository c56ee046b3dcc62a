//! One connection of the terminal: opens it and waits for as much of it as a command needs, and no longer.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use libvirt_backend::model::{ConnectionState, DisconnectReason, Freshness, HostModel, Machine};
use libvirt_backend::{Backend, Error, Options, Profile};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::output::Failure;
use crate::t;
use crate::text::units;

/// Opening has a time-out of its own; from then on the list of the slowest host comes in less.
const LIST_PATIENCE: Duration = Duration::from_secs(30);
/// Without news of any machine. One whose QEMU hangs is marked as such after 2 s.
const READING_PATIENCE: Duration = Duration::from_secs(8);
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
    pub(super) changed: Arc<Notify>,
}

/// Whose XML a command needs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Needs<'names> {
    Machines(&'names [String]),
    All,
}

impl Session {
    /// Opens `uri` and waits until its list of machines is live. Their XML is another matter: see [`Self::settle`].
    pub(super) async fn open(runtime: tokio::runtime::Handle, folders: Folders, uri: &str) -> Result<Self, Failure> {
        let changed = Arc::new(Notify::new());
        let on_change = Arc::clone(&changed);
        let options = Options {
            state_folder: folders.state,
            data_folder: folders.data,
            on_change: Arc::new(move || on_change.notify_one()),
            profile: Profile::Terminal,
            kept_free_percent: libvirt_backend::KEPT_FREE_PERCENT,
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
        let mut list_until = None;
        loop {
            let model = Arc::clone(&models.borrow_and_update());
            match &model.connection {
                ConnectionState::Connected if model.freshness == Freshness::Live => return Ok(()),
                ConnectionState::Connected => {
                    list_until.get_or_insert_with(|| Instant::now() + LIST_PATIENCE);
                }
                ConnectionState::Disconnected { reason, message, .. } => {
                    return Err(Failure::disconnected(&self.uri, *reason, message));
                }
                ConnectionState::Connecting { is_slow: true } if !was_told_slow => {
                    was_told_slow = true;
                    notice(&t!("cli-connecting-slowly"));
                }
                ConnectionState::Idle | ConnectionState::Connecting { .. } => {}
            }
            let changed = async {
                match list_until {
                    Some(until) => tokio::time::timeout_at(until, models.changed()).await,
                    None => Ok(models.changed().await),
                }
            };
            match changed.await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Err(Failure::from(&Error::Closing)),
                Err(_) => return Err(Failure::disconnected(&self.uri, DisconnectReason::DaemonSilent, "")),
            }
        }
    }

    /// Waits until nothing more will be known of these machines. One that does not answer holds up nobody.
    pub(super) async fn settle(&self, needs: Needs<'_>) -> Result<(), Failure> {
        let Some(mut models) = self.backend.watch(&self.uri) else {
            return Err(Failure::from(&Error::Closing));
        };
        let mut num_before = usize::MAX;
        let mut until = Instant::now() + READING_PATIENCE;
        loop {
            let model = Arc::clone(&models.borrow_and_update());
            if let ConnectionState::Disconnected { reason, message, .. } = &model.connection {
                return Err(Failure::disconnected(&self.uri, *reason, message));
            }
            let num_open = needs.of(&model).filter(|machine| !is_settled(machine)).count();
            if num_open == 0 {
                return Ok(());
            }
            if num_open < num_before {
                num_before = num_open;
                until = Instant::now() + READING_PATIENCE;
            }
            match tokio::time::timeout_at(until, models.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Err(Failure::from(&Error::Closing)),
                Err(_) => {
                    let duration = units::duration(READING_PATIENCE);
                    notice(&t!("cli-not-read", count = num_open, duration = duration));
                    return Ok(());
                }
            }
        }
    }

    /// Guests tell their addresses a moment after the list is there; one that stays silent is not waited for.
    pub(super) async fn wait_for_addresses(&self) {
        let Some(mut models) = self.backend.watch(&self.uri) else {
            return;
        };
        let is_told = |model: &HostModel| {
            let is_asked = |machine: &&Arc<Machine>| machine.is_agent_connected && machine.responding.is_yes();
            let mut asked = model.machines.iter().filter(is_asked);
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
}

impl Needs<'_> {
    fn of<'model>(&self, model: &'model HostModel) -> Box<dyn Iterator<Item = &'model Arc<Machine>> + 'model>
    where
        Self: 'model,
    {
        match self {
            Needs::Machines(names) => Box::new(names.iter().filter_map(|name| model.machine_named(name))),
            Needs::All => Box::new(model.machines.iter()),
        }
    }
}

/// Nothing more will be known of it by waiting: it was read, cannot be, or its QEMU does not answer.
fn is_settled(machine: &Machine) -> bool {
    machine.definition.is_complete || machine.definition.is_unreadable || !machine.responding.is_yes()
}

/// A line for people, on standard error.
pub(super) fn notice(line: &str) {
    writeln!(std::io::stderr(), "{line}").ok();
}

#[cfg(test)]
mod tests {
    use libvirt_backend::model::Responding;

    use super::*;
    use crate::screens::fixtures;

    #[test]
    fn nobody_waits_for_what_cannot_be_read() {
        let read = fixtures::machine(1, "read");
        assert!(is_settled(&read));
        let unread = fixtures::with_definition(read, |definition| definition.is_complete = false);
        assert!(!is_settled(&unread));
        let odd = fixtures::with_definition(unread.clone(), |definition| definition.is_unreadable = true);
        assert!(is_settled(&odd));
        let responding = Responding::No { since_millis: 0 };
        assert!(is_settled(&Machine { responding, ..unread }));
    }
}
