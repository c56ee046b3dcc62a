//! What the measuring examples share: a private session, a backend on it, and how figures are printed.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use libvirt_backend::command::{Command, MachineCommand, Outcome};
use libvirt_backend::model::{AccelChoice, Freshness, HostModel, MachineId, NetworkChoice, NewMachine, NewStorage, Os};
use libvirt_backend::private_session::{PrivateSession, SessionOptions};
use libvirt_backend::{Backend, Error, Options, Profile};
use tokio::runtime::{Builder, Runtime};

pub(crate) type Answer<T> = Result<T, Box<dyn std::error::Error>>;

const PATIENCE: Duration = Duration::from_mins(2);
const POLL: Duration = Duration::from_millis(5);

/// A session of its own with a backend, both ended when this is dropped.
pub(crate) struct Bench {
    // Ended in this order.
    pub(crate) backend: Backend,
    pub(crate) runtime: Runtime,
    pub(crate) session: PrivateSession,
    pub(crate) uri: String,
}

impl Bench {
    pub(crate) fn start() -> Answer<Self> {
        let session = PrivateSession::start(SessionOptions::default())?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("bench-async")
            .enable_all()
            .build()?;
        let options = Options {
            state_folder: session.folder().join("berth-state"),
            data_folder: session.folder().join("berth-data"),
            on_change: Arc::new(|| {}),
            profile: Profile::Desktop,
            kept_free_percent: libvirt_backend::KEPT_FREE_PERCENT,
        };
        let backend = Backend::new(runtime.handle().clone(), options);
        let uri = session.uri();
        let bench = Self {
            backend,
            runtime,
            session,
            uri,
        };
        bench.open()?;
        Ok(bench)
    }

    /// Connects and waits for the live list.
    pub(crate) fn open(&self) -> Answer<()> {
        self.backend.open(&self.uri);
        self.wait("live list", |model| model.freshness == Freshness::Live)
    }

    pub(crate) fn run(&self, command: Command) -> Result<Outcome, Error> {
        self.runtime.block_on(self.backend.run(&self.uri, command))
    }

    pub(crate) fn tell(&self, id: MachineId, command: MachineCommand) -> Result<Outcome, Error> {
        self.run(Command::Machine { id, command })
    }

    pub(crate) fn create(&self, new: NewMachine) -> Answer<MachineId> {
        match self.run(Command::Create(Box::new(new)))? {
            Outcome::Created(id) => Ok(id),
            other => Err(format!("{other:?} instead of a machine").into()),
        }
    }

    pub(crate) fn wait(&self, what: &str, is_so: impl Fn(&HostModel) -> bool) -> Answer<()> {
        let started = Instant::now();
        while !self.backend.model(&self.uri).is_some_and(|model| is_so(&model)) {
            if started.elapsed() > PATIENCE {
                return Err(format!("no {what} within {PATIENCE:?}").into());
            }
            std::thread::sleep(POLL);
        }
        Ok(())
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.runtime.block_on(self.backend.shutdown());
    }
}

/// Started as soon as it is made, under software emulation: KVM differs too much between computers.
pub(crate) fn new_machine(name: &str, storage: NewStorage) -> NewMachine {
    NewMachine {
        name: name.to_owned(),
        memory_kib: 64 * 1024,
        vcpus: 1,
        storage,
        cdrom: None,
        network: NetworkChoice::Auto,
        accel: AccelChoice::Tcg,
        os: Os::Generic,
        tags: Vec::new(),
        start: true,
    }
}

pub(crate) fn report(name: &str, value: f64, unit: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{name} {value:.4} {unit}")
}

/// The number that follows `--<name>`.
pub(crate) fn option(name: &str, usual: usize) -> usize {
    let arguments: Vec<String> = std::env::args().collect();
    arguments
        .windows(2)
        .find(|pair| pair[0].strip_prefix("--") == Some(name))
        .and_then(|pair| pair[1].parse().ok())
        .unwrap_or(usual)
}
