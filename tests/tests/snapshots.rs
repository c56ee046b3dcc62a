//! Snapshots of real guests: what was on the disk and in memory comes back.

mod rig;

use std::time::Duration;

use berth_tests::{Need, require};
use libvirt_backend::command::{SnapshotCommand, SnapshotEstimate};
use libvirt_backend::error::InputProblem;
use libvirt_backend::guard::Denied;
use libvirt_backend::model::{MachineId, NewMachine, NewStorage, SnapshotKind, SnapshotRefusal};
use libvirt_backend::{Command, Error, MachineCommand, Outcome, Query};
use rig::{Rig, small};

fn create(rig: &Rig, id: MachineId, name: &str) -> Result<Outcome, Error> {
    rig.snapshot(
        id,
        SnapshotCommand::Create {
            name: name.to_owned(),
            description: Some("before <the> change & more".to_owned()),
        },
    )
}

fn until_snapshots(rig: &Rig, id: MachineId, count: usize) {
    rig.until("the snapshots are shown", |model| {
        model
            .machine(id)
            .is_some_and(|machine| machine.snapshots.len() == count)
    });
}

fn named(name: &str) -> String {
    name.to_owned()
}

#[test]
fn a_running_guest_goes_back_to_the_disk_and_memory_it_had() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let (id, mut serial) = rig.running_guest("guest");
    serial.ask("wo", "WROTE o");
    assert_eq!(create(&rig, id, "old"), Ok(Outcome::Done));
    until_snapshots(&rig, id, 1);
    let snapshot = rig.machine(id).snapshots[0].clone();
    assert_eq!(snapshot.kind, SnapshotKind::InternalWithMemory);
    assert_eq!(snapshot.description.as_deref(), Some("before <the> change & more"));
    serial.ask("wn", "WROTE n");
    serial.ask("r", "READ 6E");

    let revert = SnapshotCommand::Revert { name: named("old") };
    assert_eq!(rig.snapshot(id, revert), Ok(Outcome::Done));
    // The same guest goes on without booting, with the old content on its disk.
    let mut serial = rig.serial(id);
    serial.ask("r", "READ 6F");

    let delete = SnapshotCommand::Delete { name: named("old") };
    assert_eq!(rig.snapshot(id, delete), Ok(Outcome::Done));
    until_snapshots(&rig, id, 0);
    serial.ask("r", "READ 6F");
}

#[test]
fn a_machine_that_is_off_goes_back_to_its_old_disk() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let (id, mut serial) = rig.running_guest("guest");
    serial.ask("wo", "WROTE o");
    rig.tell(id, MachineCommand::ForceOff).unwrap();
    rig.until_state(id, "shut-off");
    assert_eq!(create(&rig, id, "old"), Ok(Outcome::Done));
    until_snapshots(&rig, id, 1);
    assert_eq!(rig.machine(id).snapshots[0].kind, SnapshotKind::InternalDisks);
    rig.tell(id, MachineCommand::Start).unwrap();
    let mut serial = rig.serial(id);
    serial.expect_ready();
    serial.ask("wn", "WROTE n");

    // From a running machine back to one that is off.
    let revert = SnapshotCommand::Revert { name: named("old") };
    assert_eq!(rig.snapshot(id, revert), Ok(Outcome::Done));
    rig.until_state(id, "shut-off");
    rig.tell(id, MachineCommand::Start).unwrap();
    let mut serial = rig.serial(id);
    serial.expect_ready();
    serial.ask("r", "READ 6F");
}

#[test]
fn a_taken_name_and_an_unknown_one_are_refused() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let (id, _serial) = rig.running_guest("guest");
    create(&rig, id, "one").unwrap();
    until_snapshots(&rig, id, 1);
    assert_eq!(
        create(&rig, id, "one"),
        Err(Error::InvalidInput(InputProblem::SnapshotExists))
    );
    let revert = SnapshotCommand::Revert { name: named("two") };
    assert_eq!(
        rig.snapshot(id, revert),
        Err(Error::InvalidInput(InputProblem::NoSuchSnapshot))
    );
}

#[test]
fn the_pause_is_told_beforehand_and_is_not_promised_too_short() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let (id, _serial) = rig.running_guest("guest");
    let estimate = rig.run(Command::Query(Query::SnapshotEstimate(id))).unwrap();
    let Outcome::SnapshotEstimate(SnapshotEstimate {
        memory_bytes: Some(memory_bytes),
        pause: Some(pause),
    }) = estimate
    else {
        panic!("{estimate:?}")
    };
    assert!(memory_bytes > 1 << 20 && memory_bytes <= 64 << 20, "{memory_bytes}");
    assert!(
        pause > Duration::from_millis(100) && pause < Duration::from_mins(1),
        "{pause:?}"
    );
    rig.tell(id, MachineCommand::ForceOff).unwrap();
    rig.until_state(id, "shut-off");
    assert_eq!(
        rig.run(Command::Query(Query::SnapshotEstimate(id))),
        Ok(Outcome::SnapshotEstimate(SnapshotEstimate {
            memory_bytes: None,
            pause: None,
        }))
    );
}

#[test]
fn a_machine_with_a_raw_disk_or_an_external_snapshot_is_refused_with_the_reason() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let raw = rig.folder.path().join("disk.img");
    std::fs::write(&raw, vec![1; 1 << 20]).unwrap();
    let with = |name: &str, disk| NewMachine {
        storage: NewStorage::Import(disk),
        ..small(name)
    };
    let id = rig.create(with("raw", raw)).unwrap();
    let refusal = SnapshotRefusal::DiskNotQcow2 {
        target: named("vda"),
        format: named("raw"),
    };
    assert_eq!(create(&rig, id, "one"), Err(Error::Denied(Denied::Snapshot(refusal))));

    let id = rig.create(with("external", rig.guest_disk("external.qcow2"))).unwrap();
    rig.session
        .virsh(&["snapshot-create-as", "external", "theirs", "--disk-only"]);
    let refusal = SnapshotRefusal::HasExternalSnapshots;
    assert_eq!(create(&rig, id, "one"), Err(Error::Denied(Denied::Snapshot(refusal))));
    let names = rig.session.virsh(&["snapshot-list", "external", "--name"]);
    assert_eq!(names.trim(), "theirs");
}

#[test]
fn snapshots_that_others_take_and_delete_are_seen_soon_on_the_machine_in_focus_and_with_the_next_list() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let ids = ["watched", "other"].map(|name| {
        let disk = rig.guest_disk(&format!("{name}.qcow2"));
        let new = NewMachine {
            storage: NewStorage::Import(disk),
            ..small(name)
        };
        rig.create(new).unwrap()
    });
    let until_snapshots = |id, names: &[&str]| {
        rig.until("its snapshots are those", |model| {
            let machine = model.machine(id).unwrap();
            machine
                .snapshots
                .iter()
                .map(|snapshot| &*snapshot.name)
                .eq(names.iter().copied())
        });
    };
    rig.backend.focus(&rig.uri, Some(ids[0]));
    for name in ["watched", "other"] {
        rig.session.virsh(&["snapshot-create-as", name, "one"]);
        rig.session.virsh(&["snapshot-create-as", name, "two"]);
    }
    let begun = std::time::Instant::now();
    until_snapshots(ids[0], &["one", "two"]);
    assert!(
        begun.elapsed() < std::time::Duration::from_secs(15),
        "{:?}",
        begun.elapsed()
    );
    rig.session.virsh(&["snapshot-delete", "watched", "two"]);
    until_snapshots(ids[0], &["one"]);
    // Nobody looks at this one: it comes with the next list.
    until_snapshots(ids[1], &["one", "two"]);
}
