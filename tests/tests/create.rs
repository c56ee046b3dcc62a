//! Making machines with real QEMU: whole, or nothing of them.

mod rig;

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use berth_tests::{Need, require};
use libvirt_backend::command::StorageRoom;
use libvirt_backend::error::{InputProblem, MediumProblem, NameProblem};
use libvirt_backend::model::{Acceleration, DiskSource, NetworkChoice, NewMachine, NewStorage, NicSource};
use libvirt_backend::{Command, Error, MachineCommand, Outcome, Query};
use rig::{Rig, small};

const GIB: u64 = 1 << 30;

#[test]
fn a_machine_is_made_with_its_disk_started_shut_down_and_deleted_without_a_trace() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let id = rig
        .create(NewMachine {
            storage: NewStorage::Create {
                capacity_bytes: 20 * GIB,
                pool: None,
            },
            tags: vec!["web".to_owned(), "a & b".to_owned()],
            network: NetworkChoice::Auto,
            start: true,
            ..small("my \"first\" <machine>")
        })
        .unwrap();
    rig.until_state(id, "running");
    let machine = rig.machine(id);
    assert_eq!(machine.name(), "my \"first\" <machine>");
    assert_eq!(machine.definition.tags, ["a & b", "web"]);
    assert_eq!(machine.definition.acceleration, Acceleration::Software);
    assert!(matches!(
        machine.definition.nics[0].source,
        NicSource::Passt | NicSource::User
    ));
    let images = rig.images();
    assert_eq!(images.len(), 1);
    assert_eq!(machine.definition.disks[0].source, DiskSource::File(images[0].clone()));
    assert!(
        std::fs::metadata(&images[0]).unwrap().len() < 10 << 20,
        "the disk is not sparse"
    );

    assert_eq!(rig.delete_as_preselected(id), Ok(Outcome::Done));
    assert!(rig.names().is_empty());
    assert!(rig.images().is_empty());
    let logs = std::fs::read_dir(rig.folder.path().join("data/logs")).unwrap();
    assert_eq!(logs.count(), 0);
    assert_eq!(
        rig.run(Command::Query(Query::Leftovers)),
        Ok(Outcome::Leftovers(Vec::new()))
    );
}

#[test]
fn a_guest_is_shut_down_by_its_power_button() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let (id, _serial) = rig.running_guest("guest");
    let grace = Duration::from_mins(1);
    assert_eq!(rig.tell(id, MachineCommand::Shutdown { grace }), Ok(Outcome::Done));
    rig.until_state(id, "shut-off");
    let log = std::fs::read_to_string(rig.folder.path().join("data/logs/guest-serial.log")).unwrap();
    assert!(log.contains("BYE"), "the guest went without its own doing: {log:?}");
}

#[test]
fn a_guest_that_does_not_listen_is_still_running_after_the_grace_time() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    // No disk: the firmware finds nothing to boot and ignores the button.
    let id = rig
        .create(NewMachine {
            start: true,
            ..small("deaf")
        })
        .unwrap();
    let grace = Duration::from_secs(1);
    assert_eq!(
        rig.tell(id, MachineCommand::Shutdown { grace }),
        Ok(Outcome::StillRunning)
    );
    assert_eq!(rig.tell(id, MachineCommand::ForceOff), Ok(Outcome::Done));
    rig.until_state(id, "shut-off");
}

#[test]
fn memory_survives_a_saved_state() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let (id, _serial) = rig.running_guest("guest");
    assert_eq!(rig.tell(id, MachineCommand::Save), Ok(Outcome::Done));
    rig.until("the saved state is shown", |model| {
        model
            .machine(id)
            .is_some_and(|machine| machine.definition.has_managed_save)
    });
    assert!(!rig.machine(id).state.is_active());
    assert_eq!(rig.tell(id, MachineCommand::Start), Ok(Outcome::Done));
    // It answers without having booted again.
    let mut serial = rig.serial(id);
    serial.ask("c", "COUNTED");
}

#[test]
fn impossible_machines_are_refused_and_leave_nothing() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    rig.create(small("taken")).unwrap();
    let with_disk = |capacity_bytes| NewMachine {
        storage: NewStorage::Create {
            capacity_bytes,
            pool: None,
        },
        ..small("new")
    };
    let room = match rig.run(Command::Query(Query::StorageRoom)) {
        Ok(Outcome::StorageRoom(StorageRoom { available_bytes, .. })) => available_bytes,
        other => panic!("{other:?}"),
    };
    assert!(room > 0);
    let too_large = rig.create(with_disk(1 << 50)).unwrap_err();
    assert!(
        matches!(too_large, Error::InvalidInput(InputProblem::DiskAboveRoom { .. })),
        "{too_large:?}"
    );
    assert!(matches!(
        rig.create(with_disk(0)),
        Err(Error::InvalidInput(InputProblem::DiskTooSmall { .. }))
    ));
    assert_eq!(rig.create(small("taken")), Err(Error::NameTaken("taken".to_owned())));
    for (name, problem) in [
        ("a\0b", NameProblem::ControlCharacter),
        ("a\nb", NameProblem::ControlCharacter),
        ("../up", NameProblem::PathLike),
        (&"x".repeat(300), NameProblem::TooLong { max_bytes: 200 }),
    ] {
        assert_eq!(rig.create(small(name)), Err(Error::InvalidName(problem)));
    }
    let no_network = NewMachine {
        network: NetworkChoice::Network("nowhere".to_owned()),
        ..small("new")
    };
    assert_eq!(
        rig.create(no_network),
        Err(Error::InvalidInput(InputProblem::NoSuchNetwork))
    );
    assert_eq!(rig.names(), ["taken"]);
    assert!(rig.images().is_empty());
}

#[test]
fn media_that_cannot_be_used_are_refused_before_anything_is_made() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let used = rig.guest_disk("used.qcow2");
    rig.create(NewMachine {
        storage: NewStorage::Import(used.clone()),
        ..small("first")
    })
    .unwrap();
    let at = rig.folder.path();
    let damaged = at.join("damaged.qcow2");
    std::fs::write(&damaged, &std::fs::read(&used).unwrap()[..70_000]).unwrap();
    let overlay = at.join("overlay.qcow2");
    let made = std::process::Command::new("qemu-img")
        .args(["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b"])
        .args([&used, &overlay])
        .status()
        .unwrap();
    assert!(made.success());
    for (path, problem) in [
        (&used, MediumProblem::InUse),
        (&damaged, MediumProblem::DamagedQcow2),
        (&overlay, MediumProblem::HasBackingFile),
        (&at.join("absent.qcow2"), MediumProblem::Missing),
        (&at.to_path_buf(), MediumProblem::IsFolder),
    ] {
        let refusal = rig.create(NewMachine {
            storage: NewStorage::Import(path.clone()),
            ..small("second")
        });
        let expected = Error::Medium {
            path: path.clone(),
            problem,
        };
        assert_eq!(refusal, Err(expected));
    }
    assert_eq!(rig.names(), ["first"]);
}

#[test]
fn a_start_that_fails_takes_the_new_machine_and_its_disk_away_again() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    // A network that exists and cannot run here: defining works, starting does not.
    let file = rig.folder.path().join("network.xml");
    std::fs::write(&file, "<network><name>idle</name><forward mode='nat'/><bridge name='berthtest0'/><ip address='192.168.231.1' netmask='255.255.255.0'/></network>").unwrap();
    rig.session.virsh(&["net-define", file.to_str().unwrap()]);
    let (own, handed_over) = (rig.guest_disk("own.qcow2"), rig.guest_disk("handed over.qcow2"));
    for storage in [
        NewStorage::Create {
            capacity_bytes: GIB,
            pool: None,
        },
        NewStorage::Import(own.clone()),
        NewStorage::HandOver(handed_over.clone()),
    ] {
        let error = rig
            .create(NewMachine {
                storage,
                network: NetworkChoice::Network("idle".to_owned()),
                start: true,
                ..small("unlucky")
            })
            .unwrap_err();
        assert!(matches!(error, Error::Libvirt { .. }), "{error:?}");
        assert!(rig.names().is_empty());
        assert!(rig.images().is_empty());
        assert_eq!(
            rig.run(Command::Query(Query::Leftovers)),
            Ok(Outcome::Leftovers(Vec::new()))
        );
    }
    assert!(own.exists(), "a user's own image is never taken away");
    assert!(!handed_over.exists());
}

#[test]
fn a_pool_whose_folder_may_not_be_written_leaves_nothing_half_made() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    rig.create(NewMachine {
        storage: NewStorage::Create {
            capacity_bytes: GIB,
            pool: None,
        },
        ..small("first")
    })
    .unwrap();
    let images = rig.folder.path().join("data/images");
    std::fs::set_permissions(&images, std::fs::Permissions::from_mode(0o500)).unwrap();
    let refused = rig.create(NewMachine {
        storage: NewStorage::Create {
            capacity_bytes: GIB,
            pool: Some("berth".to_owned()),
        },
        ..small("second")
    });
    std::fs::set_permissions(&images, std::fs::Permissions::from_mode(0o700)).unwrap();
    assert!(matches!(refused, Err(Error::Libvirt { .. })), "{refused:?}");
    assert_eq!(rig.names(), ["first"]);
    assert_eq!(rig.images().len(), 1);
}
