//! Discs in real drives, inserted and ejected while the machine runs and while it is off.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails here")]

mod rig;

use std::path::{Path, PathBuf};

use berth_tests::{Need, require, write_iso};
use libvirt_backend::command::{MediumKind, MediumReport, Overwrite};
use libvirt_backend::error::{InputProblem, MediumProblem};
use libvirt_backend::model::{DiskDevice, DiskSource, Machine, MachineId, NewMachine};
use libvirt_backend::property::edit::Fate;
use libvirt_backend::{Command, Error, MachineCommand, Outcome, Query};
use rig::{Rig, small};

fn disc(rig: &Rig, name: &str, says_blocks: u32, has_blocks: usize) -> PathBuf {
    let path = rig.folder.path().join(name);
    write_iso(&path, says_blocks, has_blocks);
    path
}

fn drive(machine: &Machine) -> (String, DiskSource) {
    let drive = machine
        .definition
        .disks
        .iter()
        .find(|disk| disk.device == DiskDevice::Cdrom)
        .unwrap();
    (drive.target.clone(), drive.source.clone())
}

fn until_medium(rig: &Rig, id: MachineId, expected: &DiskSource) {
    rig.until("the drive shows its medium", |model| {
        model.machine(id).is_some_and(|machine| drive(machine).1 == *expected)
    });
}

#[test]
fn a_disc_is_changed_now_and_for_the_next_start() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let first = disc(&rig, "first.iso", 100, 100);
    let second = disc(&rig, "second & 'last'.iso", 100, 100);
    let id = rig
        .create(NewMachine {
            cdrom: Some(first.clone()),
            start: true,
            ..small("guest")
        })
        .unwrap();
    let (target, source) = drive(&rig.machine(id));
    assert_eq!(source, DiskSource::File(first));
    let eject = || MachineCommand::EjectMedia { target: target.clone() };
    let insert = |path: &Path| MachineCommand::InsertMedia {
        target: target.clone(),
        path: path.to_owned(),
    };
    assert_eq!(rig.tell(id, eject()), Ok(Outcome::Done));
    until_medium(&rig, id, &DiskSource::Empty);
    assert!(!rig.live_xml(id).contains(".iso"));
    assert_eq!(rig.tell(id, insert(&second)), Ok(Outcome::Done));
    until_medium(&rig, id, &DiskSource::File(second.clone()));
    assert!(rig.live_xml(id).contains("second &amp; "));

    rig.tell(id, MachineCommand::ForceOff).unwrap();
    rig.until_state(id, "shut-off");
    assert_eq!(drive(&rig.machine(id)).1, DiskSource::File(second));
    assert_eq!(rig.tell(id, eject()), Ok(Outcome::Done));
    until_medium(&rig, id, &DiskSource::Empty);
}

#[test]
fn what_went_into_a_drive_stands_in_the_history_and_is_undone_there() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let first = disc(&rig, "first.iso", 100, 100);
    let id = rig
        .create(NewMachine {
            cdrom: Some(first.clone()),
            start: true,
            ..small("guest")
        })
        .unwrap();
    let (target, _) = drive(&rig.machine(id));
    let eject = MachineCommand::EjectMedia { target: target.clone() };
    assert_eq!(rig.tell(id, eject.clone()), Ok(Outcome::Done));
    until_medium(&rig, id, &DiskSource::Empty);
    // Emptied once more, nothing is replaced.
    assert_eq!(rig.tell(id, eject), Ok(Outcome::Done));
    let Ok(Outcome::History(entries)) = rig.run(Command::Query(Query::History(id))) else {
        panic!("no history");
    };
    let [entry] = entries.as_slice() else {
        panic!("one entry, not {entries:?}");
    };
    assert_eq!(entry.what, [format!("disk.{target}.source.file")]);
    assert!(!entry.is_undone);

    let undo = MachineCommand::UndoEdit(Overwrite::Refuse);
    let Ok(Outcome::Edited(report)) = rig.tell(id, undo) else {
        panic!("not undone");
    };
    assert!(
        report.changes.iter().all(|change| change.fate == Fate::Applied),
        "{report:?}"
    );
    until_medium(&rig, id, &DiskSource::File(first));
    assert!(rig.live_xml(id).contains("first.iso"));
}

#[test]
fn a_disc_that_cannot_be_read_never_reaches_the_drive() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let good = disc(&rig, "good.iso", 100, 100);
    let cut = disc(&rig, "cut.iso", 1000, 100);
    let id = rig
        .create(NewMachine {
            cdrom: Some(good.clone()),
            ..small("guest")
        })
        .unwrap();
    let (target, _) = drive(&rig.machine(id));
    for (path, problem) in [
        (&cut, MediumProblem::Truncated),
        (&rig.folder.path().join("absent.iso"), MediumProblem::Missing),
        (&rig.folder.path().to_path_buf(), MediumProblem::IsFolder),
    ] {
        let command = MachineCommand::InsertMedia {
            target: target.clone(),
            path: path.clone(),
        };
        let refusal = Error::Medium {
            path: path.clone(),
            problem,
        };
        assert_eq!(rig.tell(id, command), Err(refusal));
    }
    let nowhere = MachineCommand::EjectMedia {
        target: "sdz".to_owned(),
    };
    assert_eq!(
        rig.tell(id, nowhere),
        Err(Error::InvalidInput(InputProblem::NoSuchDrive))
    );
    assert_eq!(drive(&rig.machine(id)).1, DiskSource::File(good.clone()));
    assert_eq!(
        rig.run(Command::Query(Query::CheckMedium(good.clone()))),
        Ok(Outcome::Medium(MediumReport {
            path: good,
            kind: MediumKind::Iso,
            size_bytes: 204_800,
            capacity_bytes: 204_800,
        }))
    );
}
