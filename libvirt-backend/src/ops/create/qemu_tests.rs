//! Calling a creation off at each step at which that is offered: nothing half-made stays.

use std::cell::Cell;
use std::path::Path;
use std::sync::Mutex;

use super::super::context::{CancelToken, Paths};
use super::*;
use crate::ffi::Conn;
use crate::model::{AccelChoice, HostModel, Os};
use crate::private_session::{PrivateSession, SessionOptions};
use crate::real_machines;

struct World {
    _session: PrivateSession,
    connection: Conn,
    uri: String,
    folder: tempfile::TempDir,
    /// Proofs are made anew in each, so that their step is there too.
    rounds: Cell<u32>,
}

impl World {
    fn new() -> Self {
        let session = PrivateSession::start(SessionOptions::default()).unwrap();
        Self {
            connection: Conn::open(&session.uri()).unwrap(),
            uri: session.uri(),
            _session: session,
            folder: tempfile::tempdir().unwrap(),
            rounds: Cell::new(0),
        }
    }

    /// Makes a machine; calls it off as soon as `step` is offered for that. Answers what was offered.
    fn create(&self, cancel_at: Option<JobStep>) -> (Result<Outcome>, Vec<JobStep>) {
        self.rounds.set(self.rounds.get() + 1);
        let state_folder = self.folder.path().join(format!("state-{}", self.rounds.get()));
        let paths = Paths::new(state_folder, self.folder.path().join("data"));
        let token = CancelToken::default();
        let offered = Mutex::new(Vec::new());
        let progress = |step, _fraction, is_cancellable| {
            let mut offered = offered.lock().unwrap();
            if is_cancellable && !offered.contains(&step) {
                offered.push(step);
            }
            if is_cancellable && Some(step) == cancel_at {
                token.cancel();
            }
        };
        let new = NewMachine {
            name: "half".to_owned(),
            memory_kib: 64 << 10,
            vcpus: 1,
            storage: NewStorage::Create {
                capacity_bytes: 1 << 30,
                pool: None,
            },
            cdrom: None,
            network: NetworkChoice::Auto,
            accel: AccelChoice::Tcg,
            os: Os::Generic,
            tags: Vec::new(),
            start: true,
        };
        let result = create(
            &Context {
                connection: &self.connection,
                uri: &self.uri,
                paths: &paths,
                model: &HostModel::empty(&self.uri),
                progress: &progress,
                cancel: &token,
                connect: &|| Ok(self.connection.clone()),
            },
            &new,
        );
        let left = files_in(&paths.state_folder.join("journal"));
        assert_eq!(left, [""; 0], "in the journal");
        (result, offered.into_inner().unwrap())
    }

    fn num_machines(&self) -> usize {
        self.connection.list_all_domains(0).unwrap().len()
    }

    fn files(&self) -> Vec<String> {
        let data = self.folder.path().join("data");
        [files_in(&data.join("images")), files_in(&data.join("logs"))].concat()
    }
}

fn files_in(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn a_creation_that_is_called_off_leaves_nothing_whenever_that_is() {
    if !real_machines::are_possible() {
        return;
    }
    let world = World::new();
    let (made, offered) = world.create(None);
    let Ok(Outcome::Created(id)) = made else {
        panic!("{made:?}")
    };
    assert!(offered.contains(&JobStep::CreatingDisk), "{offered:?}");
    assert!(offered.contains(&JobStep::TestingHost), "{offered:?}");
    let machine = world.connection.lookup_domain_by_uuid(id.0).unwrap();
    machine.destroy().unwrap();
    machine.undefine().unwrap();
    for file in files_in(&world.folder.path().join("data/images")) {
        std::fs::remove_file(world.folder.path().join("data/images").join(file)).unwrap();
    }
    for file in files_in(&world.folder.path().join("data/logs")) {
        std::fs::remove_file(world.folder.path().join("data/logs").join(file)).unwrap();
    }
    for step in offered {
        let (result, _) = world.create(Some(step));
        assert_eq!(result, Err(Error::Cancelled), "{step:?}");
        assert_eq!(world.num_machines(), 0, "{step:?}");
        assert_eq!(world.files(), [""; 0], "{step:?}");
    }
}
