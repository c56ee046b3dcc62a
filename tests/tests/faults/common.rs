//! A backend on a private session, and waiting for what it should come to.

use std::ops::Deref as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use libvirt_backend::model::{Freshness, HostModel, Machine};
use libvirt_backend::private_session::PrivateSession;
use libvirt_backend::{Backend, Command, Event, MachineCommand, Options, Outcome, Profile, Result};

/// Two other daemons' tests and a compiler may be at work beside this one.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Fault {
    pub(crate) backend: Backend,
    pub(crate) uri: String,
    runtime: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
}

impl Fault {
    /// Connected, and the list read whole.
    #[track_caller]
    pub(crate) fn open(session: &PrivateSession) -> Self {
        let fault = Self::connect(session);
        fault.until("the list is live and whole", |model| {
            model.freshness == Freshness::Live && model.machines.iter().all(|machine| machine.definition.is_complete)
        });
        fault
    }

    /// On its way.
    #[track_caller]
    pub(crate) fn connect(session: &PrivateSession) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            state_folder: folder.path().join("state"),
            data_folder: folder.path().join("data"),
            on_change: Arc::new(|| {}),
            profile: Profile::Desktop,
            kept_free_percent: libvirt_backend::KEPT_FREE_PERCENT,
        };
        let fault = Self {
            backend: Backend::new(runtime.handle().clone(), options),
            uri: session.uri(),
            runtime,
            _folder: folder,
        };
        fault.backend.open(&fault.uri);
        fault
    }

    #[track_caller]
    pub(crate) fn until(&self, what: &str, mut is_so: impl FnMut(&HostModel) -> bool) -> Arc<HostModel> {
        let mut watch = self.backend.watch(&self.uri).unwrap();
        let found = self.runtime.block_on(async {
            tokio::time::timeout(PATIENCE, watch.wait_for(|model| is_so(model)))
                .await
                .map(|model| Arc::clone(&model.unwrap()))
        });
        found.unwrap_or_else(|_| panic!("never: {what}; last: {:?}", self.backend.model(&self.uri)))
    }

    #[track_caller]
    pub(crate) fn machine(&self, name: &str) -> Arc<Machine> {
        let model = self.backend.model(&self.uri).unwrap();
        Arc::clone(model.deref().machine_named(name).unwrap())
    }

    pub(crate) fn ask(&self, command: Command) -> Result<Outcome> {
        self.runtime.block_on(self.backend.run(&self.uri, command))
    }

    #[track_caller]
    pub(crate) fn run(&self, name: &str, command: MachineCommand) -> Result<Outcome> {
        let id = self.machine(name).id;
        self.ask(Command::Machine { id, command })
    }
}

impl Drop for Fault {
    fn drop(&mut self) {
        self.runtime.block_on(self.backend.shutdown());
    }
}

/// Collects events until one answers `is_it`.
#[track_caller]
pub(crate) fn events_until(backend: &Backend, mut is_it: impl FnMut(&Event) -> bool) -> Vec<Event> {
    let mut seen = Vec::new();
    let started = Instant::now();
    loop {
        let new = backend.take_events();
        let is_over = new.iter().any(&mut is_it);
        seen.extend(new);
        if is_over {
            return seen;
        }
        assert!(started.elapsed() < PATIENCE, "never among {seen:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
