//! The backend as the window and the terminal use it, on a private session.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use libvirt_backend::command::{Command, MachineCommand, Outcome, Query};
use libvirt_backend::model::{
    AccelChoice, Freshness, HostModel, Machine, MachineId, NetworkChoice, NewMachine, NewStorage, Os,
};
use libvirt_backend::private_session::PrivateSession;
use libvirt_backend::{Backend, Error, Options, Profile};
use tokio::runtime::{Builder, Runtime};

use crate::serial::SerialLine;
use crate::session::virsh;

const POLL: Duration = Duration::from_millis(20);
const CONNECT_PATIENCE: Duration = Duration::from_secs(30);

/// A backend with one connection. Its own folders lie in the session's and end with it.
pub struct TestBackend<'session> {
    session: &'session PrivateSession,
    runtime: Runtime,
    backend: Backend,
    uri: String,
}

impl<'session> TestBackend<'session> {
    /// Connects and waits until the list of machines is live.
    #[track_caller]
    pub fn open(session: &'session PrivateSession) -> Self {
        Self::open_keeping(session, libvirt_backend::KEPT_FREE_PERCENT)
    }

    /// One that wants so much of the host's memory to stay free.
    #[track_caller]
    pub fn open_keeping(session: &'session PrivateSession, kept_free_percent: u8) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("test-runtime")
            .enable_all()
            .build()
            .unwrap();
        let options = Options {
            state_folder: session.folder().join("berth-state"),
            data_folder: session.folder().join("berth-data"),
            on_change: Arc::new(|| {}),
            profile: Profile::Desktop,
            kept_free_percent,
        };
        let backend = Backend::new(runtime.handle().clone(), options);
        let uri = session.uri();
        backend.open(&uri);
        let opened = Self {
            session,
            runtime,
            backend,
            uri,
        };
        opened.wait_for("live list of machines", CONNECT_PATIENCE, |model| {
            (model.freshness == Freshness::Live).then_some(())
        });
        opened
    }

    pub fn backend(&self) -> &Backend {
        &self.backend
    }

    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Where machines made without a pool of their own keep their disks.
    pub fn images_folder(&self) -> PathBuf {
        self.session.folder().join("berth-data/images")
    }

    pub fn model(&self) -> Arc<HostModel> {
        self.backend.model(&self.uri).expect("the connection should be open")
    }

    /// Submits a command and waits for its end.
    pub fn try_run(&self, command: Command) -> Result<Outcome, Error> {
        self.runtime.block_on(self.backend.run(&self.uri, command))
    }

    /// The same; panics where it fails.
    #[track_caller]
    pub fn run(&self, command: Command) -> Outcome {
        let what = format!("{command:?}");
        match self.try_run(command) {
            Ok(outcome) => outcome,
            Err(error) => panic!("{what} failed: {error}\n{}", self.report()),
        }
    }

    #[track_caller]
    pub fn run_on(&self, id: MachineId, command: MachineCommand) -> Outcome {
        self.run(Command::Machine { id, command })
    }

    #[track_caller]
    pub fn query(&self, query: Query) -> Outcome {
        self.run(Command::Query(query))
    }

    /// Makes a machine and waits until the list shows it.
    #[track_caller]
    pub fn create(&self, new: NewMachine) -> MachineId {
        let Outcome::Created(id) = self.run(Command::Create(Box::new(new))) else {
            panic!("making a machine should have named it");
        };
        self.wait_for("machine in the list", CONNECT_PATIENCE, |model| {
            model.machine(id).map(drop)
        });
        id
    }

    /// Waits until the model has the answer; on time-out panics with what is known instead.
    #[track_caller]
    pub fn wait_for<T>(&self, what: &str, timeout: Duration, answer: impl Fn(&HostModel) -> Option<T>) -> T {
        let started = Instant::now();
        loop {
            if let Some(found) = answer(&self.model()) {
                return found;
            }
            assert!(
                started.elapsed() < timeout,
                "no {what} within {timeout:?}\n{}",
                self.report()
            );
            std::thread::sleep(POLL);
        }
    }

    /// The same for one machine.
    #[track_caller]
    pub fn wait_for_machine<T>(
        &self,
        id: MachineId,
        what: &str,
        timeout: Duration,
        answer: impl Fn(&Machine) -> Option<T>,
    ) -> T {
        self.wait_for(what, timeout, |model| answer(model.machine(id)?))
    }

    /// The serial line of a running machine that Berth made.
    #[track_caller]
    pub fn serial_line(&self, name: &str) -> SerialLine {
        SerialLine::of_terminal(Path::new(virsh(self.session, &["ttyconsole", name]).trim()))
    }

    fn report(&self) -> String {
        let model = self.model();
        let machines: Vec<String> = model
            .machines
            .iter()
            .map(|machine| {
                format!(
                    "  {} {:?} {:?} snapshots {:?} sample {:?}\n{}",
                    machine.name(),
                    machine.state,
                    machine.responding,
                    machine.snapshots,
                    machine.stats.latest,
                    self.session.machine_log(machine.name())
                )
            })
            .collect();
        format!(
            "{:?} {:?}\n{}\ndaemon: {}",
            model.connection,
            model.freshness,
            machines.join("\n"),
            self.session.daemon_log()
        )
    }
}

impl Drop for TestBackend<'_> {
    fn drop(&mut self) {
        self.runtime.block_on(self.backend.shutdown());
    }
}

/// A machine that needs little and uses software emulation.
pub fn new_machine(name: &str, storage: NewStorage) -> NewMachine {
    NewMachine {
        name: name.to_owned(),
        memory_kib: 64 * 1024,
        vcpus: 1,
        storage,
        cdrom: None,
        network: NetworkChoice::None,
        accel: AccelChoice::Tcg,
        os: Os::Generic,
        tags: Vec::new(),
        start: false,
    }
}
