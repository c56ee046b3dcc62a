//! A backend on a private libvirtd with real QEMU, and a guest of ours to talk to.
#![expect(dead_code, reason = "each test program uses its own part")]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails here")]

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use berth_tests::{TestSession, wait_for};
use libvirt_backend::boot_sector::{Mood, interactive};
use libvirt_backend::command::{DeletePlan, DeleteRequest, SnapshotCommand};
use libvirt_backend::model::{
    AccelChoice, Freshness, HostModel, HostProfile, Machine, MachineId, NetworkChoice, NewMachine, NewStorage, Os,
};
use libvirt_backend::private_session::demo::write_qcow2;
use libvirt_backend::{Backend, Command, MachineCommand, Options, Outcome, Profile, Query, Result};

/// Software emulation on a busy computer is slow.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Rig {
    pub(crate) session: TestSession,
    pub(crate) backend: Backend,
    pub(crate) uri: String,
    /// Berth's own folders and whatever the test keeps.
    pub(crate) folder: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
}

impl Rig {
    pub(crate) fn new() -> Self {
        let session = TestSession::start();
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let backend = Backend::new(runtime.handle().clone(), options(folder.path()));
        let uri = session.uri();
        backend.open(&uri);
        let rig = Self {
            session,
            backend,
            uri,
            folder,
            runtime,
        };
        rig.until("the list is live", |model| model.freshness == Freshness::Live);
        rig
    }

    pub(crate) fn run(&self, command: Command) -> Result<Outcome> {
        self.runtime.block_on(self.backend.run(&self.uri, command))
    }

    pub(crate) fn tell(&self, id: MachineId, command: MachineCommand) -> Result<Outcome> {
        self.run(Command::Machine { id, command })
    }

    pub(crate) fn snapshot(&self, id: MachineId, command: SnapshotCommand) -> Result<Outcome> {
        self.tell(id, MachineCommand::Snapshot(command))
    }

    pub(crate) fn create(&self, new: NewMachine) -> Result<MachineId> {
        match self.run(Command::Create(Box::new(new)))? {
            Outcome::Created(id) => {
                self.until("the machine is in the list", |model| {
                    model.machine(id).is_some_and(|machine| machine.definition.is_complete)
                });
                Ok(id)
            }
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn profile(&self) -> Arc<HostProfile> {
        match self.run(Command::Query(Query::HostProfile)) {
            Ok(Outcome::HostProfile(profile)) => profile,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn delete_plan(&self, id: MachineId) -> DeletePlan {
        match self.run(Command::Query(Query::DeletePlan(id))) {
            Ok(Outcome::DeletePlan(plan)) => plan,
            other => panic!("{other:?}"),
        }
    }

    /// Deletes with everything that a dialog would tick.
    pub(crate) fn delete_as_preselected(&self, id: MachineId) -> Result<Outcome> {
        let plan = self.delete_plan(id);
        let ticked = plan.files.into_iter().filter(|file| file.is_preselected);
        let request = DeleteRequest {
            files: ticked.map(|file| file.path).collect(),
            force_off: true,
        };
        self.tell(id, MachineCommand::Delete(request))
    }

    pub(crate) fn machine(&self, id: MachineId) -> Arc<Machine> {
        let model = self.backend.model(&self.uri).unwrap();
        Arc::clone(model.machine(id).unwrap())
    }

    #[track_caller]
    pub(crate) fn until(&self, what: &str, is_so: impl Fn(&HostModel) -> bool) -> Arc<HostModel> {
        wait_for(what, PATIENCE, || {
            self.backend.model(&self.uri).filter(|model| is_so(model))
        })
    }

    #[track_caller]
    pub(crate) fn until_state(&self, id: MachineId, word: &str) {
        self.until(word, |model| {
            model.machine(id).is_some_and(|machine| machine.state.word() == word)
        });
    }

    /// A qcow2 disk with our guest on it, outside of every pool.
    pub(crate) fn guest_disk(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        write_qcow2(&interactive(Mood::Calm), &path).unwrap();
        path
    }

    /// A machine that runs our guest, started and ready.
    pub(crate) fn running_guest(&self, name: &str) -> (MachineId, Serial) {
        let disk = self.guest_disk(&format!("{name}.qcow2"));
        let id = self
            .create(NewMachine {
                storage: NewStorage::Import(disk),
                start: true,
                ..small(name)
            })
            .unwrap();
        let mut serial = self.serial(id);
        serial.expect_ready();
        (id, serial)
    }

    pub(crate) fn live_xml(&self, id: MachineId) -> String {
        self.session.virsh(&["dumpxml", &id.to_string()])
    }

    /// The first serial port of a running machine.
    pub(crate) fn serial(&self, id: MachineId) -> Serial {
        let path = self.session.virsh(&["ttyconsole", &id.to_string()]);
        Serial::open(Path::new(path.trim()))
    }

    /// Every file below Berth's data folder that is not a log.
    pub(crate) fn images(&self) -> Vec<PathBuf> {
        std::fs::read_dir(self.folder.path().join("data/images"))
            .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
            .unwrap_or_default()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let list = self.session.virsh(&["list", "--all", "--name"]);
        list.lines()
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect()
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.runtime.block_on(self.backend.shutdown());
    }
}

pub(crate) fn options(folder: &Path) -> Options {
    Options {
        state_folder: folder.join("state"),
        data_folder: folder.join("data"),
        on_change: Arc::new(|| {}),
        profile: Profile::Desktop,
        kept_free_percent: libvirt_backend::KEPT_FREE_PERCENT,
    }
}

/// The smallest machine that everything works on, under software emulation.
pub(crate) fn small(name: &str) -> NewMachine {
    NewMachine {
        name: name.to_owned(),
        memory_kib: 64 << 10,
        vcpus: 1,
        storage: NewStorage::None,
        cdrom: None,
        network: NetworkChoice::None,
        accel: AccelChoice::Tcg,
        os: Os::Generic,
        tags: Vec::new(),
        start: false,
    }
}

/// A guest that has said nothing for so long is asked.
const ASK_AGAIN: Duration = Duration::from_secs(5);

/// The guest's serial port, as a terminal sees it.
pub(crate) struct Serial {
    terminal: File,
    heard: String,
}

impl Serial {
    fn open(path: &Path) -> Self {
        let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        let terminal = rustix::fs::open(path, flags, rustix::fs::Mode::empty()).unwrap();
        Self {
            terminal: File::from(terminal),
            heard: String::new(),
        }
    }

    pub(crate) fn say(&mut self, keys: &str) {
        self.terminal.write_all(keys.as_bytes()).unwrap();
    }

    /// Types, and waits for the answer.
    #[track_caller]
    pub(crate) fn ask(&mut self, keys: &str, answer: &str) {
        self.say(keys);
        self.expect(answer);
    }

    /// Waits until the guest works: it says so, or answers where it said so before anybody listened.
    #[track_caller]
    pub(crate) fn expect_ready(&mut self) {
        let begun = Instant::now();
        let mut asked = begun;
        while !["BERTH-READY", "READ "].iter().any(|words| self.heard.contains(words)) {
            assert!(
                begun.elapsed() < PATIENCE,
                "the guest says nothing but {:?}",
                self.heard
            );
            if asked.elapsed() > ASK_AGAIN {
                self.say("r");
                asked = Instant::now();
            }
            self.listen();
        }
        self.heard.clear();
    }

    /// Waits until the guest has said it; what it said before is forgotten.
    #[track_caller]
    pub(crate) fn expect(&mut self, words: &str) {
        let begun = Instant::now();
        loop {
            if let Some(at) = self.heard.find(words) {
                self.heard.drain(..at + words.len());
                return;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{words:?} was never said, only {:?}",
                self.heard
            );
            self.listen();
        }
    }

    fn listen(&mut self) {
        let mut buffer = [0; 4096];
        match self.terminal.read(&mut buffer) {
            Ok(length) if length > 0 => self.heard.push_str(&String::from_utf8_lossy(&buffer[..length])),
            _ => std::thread::sleep(Duration::from_millis(10)),
        }
    }
}
