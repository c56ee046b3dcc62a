//! The life of a machine through the backend alone, with real guests: made, started, watched, brought back to a
//! snapshot, shut down, deleted with all its files.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use berth_tests::{BOOT_PATIENCE, Need, TestBackend, TestSession, new_machine, require};
use libvirt_backend::boot_sector::{Mood, interactive};
use libvirt_backend::command::{DeleteFileKind, DeletePlan, DeleteRequest, Outcome, SnapshotCommand};
use libvirt_backend::model::{MachineId, NewMachine, NewStorage, Sample, ShutOffReason, SnapshotKind, State};
use libvirt_backend::private_session::demo;
use libvirt_backend::{MachineCommand, Query};

const PATIENCE: Duration = Duration::from_secs(20);
const GRACE: Duration = Duration::from_secs(40);

fn import(disk: &Path) -> NewStorage {
    NewStorage::Import(disk.to_owned())
}

fn wait_for_state(backend: &TestBackend<'_>, id: MachineId, state: State) {
    backend.wait_for_machine(id, &format!("state {state:?}"), PATIENCE, |machine| {
        (machine.state == state).then_some(())
    });
}

fn wait_for_sample(backend: &TestBackend<'_>, id: MachineId, what: &str, is_right: impl Fn(&Sample) -> bool) {
    backend.wait_for_machine(id, what, PATIENCE, |machine| {
        is_right(machine.stats.latest.as_ref()?).then_some(())
    });
}

fn snapshot(command: SnapshotCommand) -> MachineCommand {
    MachineCommand::Snapshot(command)
}

fn take_snapshot(backend: &TestBackend<'_>, id: MachineId, kind: SnapshotKind) {
    let command = SnapshotCommand::Create {
        name: "before".to_owned(),
        description: None,
    };
    assert_eq!(backend.run_on(id, snapshot(command)), Outcome::Done);
    backend.wait_for_machine(id, "snapshot in the list", PATIENCE, |machine| {
        let taken = machine.snapshots.iter().find(|taken| taken.name == "before")?;
        assert_eq!(taken.kind, kind);
        Some(())
    });
}

fn revert(backend: &TestBackend<'_>, id: MachineId) {
    let command = SnapshotCommand::Revert {
        name: "before".to_owned(),
    };
    assert_eq!(backend.run_on(id, snapshot(command)), Outcome::Done);
}

fn delete_plan(backend: &TestBackend<'_>, id: MachineId) -> DeletePlan {
    match backend.query(Query::DeletePlan(id)) {
        Outcome::DeletePlan(plan) => plan,
        other => panic!("{other:?}"),
    }
}

/// Deletes the machine with every file of its plan and looks whether they are gone.
fn delete_with_everything(backend: &TestBackend<'_>, id: MachineId) {
    let files: Vec<PathBuf> = delete_plan(backend, id)
        .files
        .into_iter()
        .map(|file| file.path)
        .collect();
    assert!(!files.is_empty());
    let request = DeleteRequest {
        files: files.clone(),
        force_off: false,
    };
    assert_eq!(backend.run_on(id, MachineCommand::Delete(request)), Outcome::Done);
    backend.wait_for("end of the machine", PATIENCE, |model| {
        model.machine(id).is_none().then_some(())
    });
    for file in files {
        assert!(!file.exists(), "{} stayed", file.display());
    }
}

/// Every path below `folder` with this in its name.
fn files_named(folder: &Path, part: &str) -> Vec<PathBuf> {
    std::fs::read_dir(folder)
        .unwrap()
        .flatten()
        .flat_map(|entry| {
            let path = entry.path();
            let is_named = entry.file_name().to_string_lossy().contains(part);
            let below = if entry.file_type().unwrap().is_dir() {
                files_named(&path, part)
            } else {
                Vec::new()
            };
            below.into_iter().chain(is_named.then_some(path))
        })
        .collect()
}

#[test]
fn a_machine_lives_from_import_to_deletion_and_leaves_no_file() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let backend = TestBackend::open(&session);
    let disk = session.folder().join("harbour-disk.qcow2");
    demo::write_qcow2(&interactive(Mood::Calm), &disk).unwrap();
    let id = backend.create(new_machine("harbour", import(&disk)));
    backend.wait_for_machine(id, "machine that is off", PATIENCE, |machine| {
        (!machine.state.is_active()).then_some(())
    });

    backend.backend().focus(backend.uri(), Some(id));
    assert_eq!(backend.run_on(id, MachineCommand::Start), Outcome::Done);
    wait_for_state(&backend, id, State::Running);
    let mut line = backend.serial_line("harbour");
    line.ask("r", "READ 00", BOOT_PATIENCE);

    // Graphs move as the guest works. On a busy computer even a guest that burns gets no more than a part of a core.
    wait_for_sample(&backend, id, "idle guest", |sample| {
        sample.cpu_percent.is_some_and(|cpu| cpu < 10.0)
    });
    line.ask("b", "BURNING", PATIENCE);
    wait_for_sample(&backend, id, "burning guest", |sample| {
        sample.cpu_percent.is_some_and(|cpu| cpu > 15.0)
    });
    line.ask("x", "IDLE", PATIENCE);
    line.ask("W", "WRITING", PATIENCE);
    wait_for_sample(&backend, id, "writing guest", |sample| {
        sample.disk_write_bytes_per_s.is_some_and(|rate| rate > 100_000.0)
    });
    line.ask("x", "IDLE", PATIENCE);
    let samples = backend.model().machine(id).unwrap().stats.history.len();
    assert!(samples >= 3, "only {samples} samples");

    // A snapshot with memory brings the old disk back, and the guest goes on.
    line.ask("wA", "WROTE A", PATIENCE);
    take_snapshot(&backend, id, SnapshotKind::InternalWithMemory);
    line.ask("wB", "WROTE B", PATIENCE);
    line.ask("r", "READ 42", PATIENCE);
    revert(&backend, id);
    wait_for_state(&backend, id, State::Running);
    let mut line = backend.serial_line("harbour");
    line.ask("r", "READ 41", PATIENCE);

    // Without an agent the power button is what is left.
    assert_eq!(
        backend.run_on(id, MachineCommand::Shutdown { grace: GRACE }),
        Outcome::Done
    );
    wait_for_state(&backend, id, State::ShutOff(ShutOffReason::Shutdown));

    let plan = delete_plan(&backend, id);
    assert_eq!(plan.snapshots, ["before"]);
    let imported = plan.files.iter().find(|file| file.path == disk).unwrap();
    assert_eq!(imported.kind, DeleteFileKind::ImportedDisk);
    assert!(!imported.is_preselected, "a disk that the user brought is the user's");
    delete_with_everything(&backend, id);
    // libvirt's own log of the machine is the only thing that names it yet.
    let left: Vec<PathBuf> = files_named(session.folder(), "harbour")
        .into_iter()
        .filter(|path| !path.starts_with(session.folder().join("cache/libvirt/qemu/log")))
        .collect();
    assert_eq!(left, Vec::<PathBuf>::new());
}

#[test]
fn a_snapshot_of_a_machine_that_is_off_brings_its_disk_back() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let backend = TestBackend::open(&session);
    let disk = session.folder().join("disk.qcow2");
    demo::write_qcow2(&interactive(Mood::Calm), &disk).unwrap();
    let id = backend.create(new_machine("sleeper", import(&disk)));
    take_snapshot(&backend, id, SnapshotKind::InternalDisks);

    let start = || {
        assert_eq!(backend.run_on(id, MachineCommand::Start), Outcome::Done);
        backend.serial_line("sleeper")
    };
    let mut line = start();
    line.ask("wZ", "WROTE Z", BOOT_PATIENCE);
    line.ask("q", "BYE", PATIENCE);
    backend.wait_for_machine(id, "machine that is off", PATIENCE, |machine| {
        (!machine.state.is_active()).then_some(())
    });
    revert(&backend, id);
    let mut line = start();
    line.ask("r", "READ 00", BOOT_PATIENCE);
    assert_eq!(backend.run_on(id, MachineCommand::ForceOff), Outcome::Done);
    let command = SnapshotCommand::Delete {
        name: "before".to_owned(),
    };
    assert_eq!(backend.run_on(id, snapshot(command)), Outcome::Done);
    backend.wait_for_machine(id, "end of the snapshot", PATIENCE, |machine| {
        machine.snapshots.is_empty().then_some(())
    });
}

#[test]
fn a_disk_made_for_a_machine_goes_with_it() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let backend = TestBackend::open(&session);
    let storage = NewStorage::Create {
        capacity_bytes: 20 << 30,
        pool: None,
    };
    let id = backend.create(NewMachine {
        start: true,
        ..new_machine("empty", storage)
    });
    wait_for_state(&backend, id, State::Running);
    let disk = backend.images_folder().join("empty.qcow2");
    assert!(disk.exists());
    let made = delete_plan(&backend, id)
        .files
        .into_iter()
        .find(|file| file.path == disk)
        .unwrap();
    assert!(made.is_preselected);
    assert!(made.size_bytes.unwrap() < 10 << 20, "a new disk should be sparse");
    assert_eq!(backend.run_on(id, MachineCommand::ForceOff), Outcome::Done);
    wait_for_state(&backend, id, State::ShutOff(ShutOffReason::Destroyed));
    delete_with_everything(&backend, id);
}

#[test]
fn the_machines_of_the_demonstration_have_something_to_show() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let backend = TestBackend::open(&session);
    let samples = demo::prepare(session.folder()).unwrap();
    let ids: Vec<MachineId> = samples
        .iter()
        .map(|sample| {
            backend.create(NewMachine {
                memory_kib: sample.memory_kib,
                start: true,
                ..new_machine(sample.name, import(&sample.disk))
            })
        })
        .collect();
    let [busy, calm] = ids[..] else {
        panic!("two samples, one busy, one calm: {samples:?}");
    };
    backend.backend().focus(backend.uri(), Some(busy));
    wait_for_sample(&backend, busy, "busy moment", |sample| {
        sample.cpu_percent.is_some_and(|cpu| cpu > 15.0)
    });
    wait_for_sample(&backend, busy, "write of the busy guest", |sample| {
        sample.disk_write_bytes_per_s.is_some_and(|rate| rate > 1_000.0)
    });
    wait_for_sample(&backend, calm, "calm guest", |sample| {
        sample.cpu_percent.is_some_and(|cpu| cpu < 10.0)
    });
    let Outcome::Screenshot(picture) = backend.query(Query::Screenshot(calm)) else {
        panic!("a screenshot should have come");
    };
    let mut colours: Vec<&[u8]> = picture.rgba.chunks_exact(4).collect();
    colours.sort_unstable();
    colours.dedup();
    assert!(
        colours.len() > 10,
        "only {} colours at {}×{}",
        colours.len(),
        picture.width,
        picture.height
    );
}
