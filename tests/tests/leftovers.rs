//! Berth killed while it makes a machine: the next start finds what is half-made, and nothing else.

mod rig;

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::Command as Process;
use std::time::Duration;

use berth_tests::{Need, require, wait_until};
use libvirt_backend::model::{DiskSource, Freshness, NewMachine, NewStorage};
use libvirt_backend::{Backend, Command, Outcome, Query};
use rig::{Rig, options, small};

const URI: &str = "BERTH_TEST_URI";
const FOLDER: &str = "BERTH_TEST_FOLDER";

#[test]
#[ignore = "run as a child by the test that kills it"]
fn create_until_killed() {
    let (Some(uri), Some(folder)) = (std::env::var(URI).ok(), std::env::var_os(FOLDER)) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let backend = Backend::new(runtime.handle().clone(), options(&PathBuf::from(folder)));
    backend.open(&uri);
    wait_until("connection", rig::PATIENCE, || {
        backend
            .model(&uri)
            .is_some_and(|model| model.freshness == Freshness::Live)
    });
    for number in 0.. {
        let new = NewMachine {
            storage: NewStorage::Create {
                capacity_bytes: 1 << 30,
                pool: None,
            },
            start: true,
            ..small(&format!("child-{}-{number}", std::process::id()))
        };
        runtime
            .block_on(backend.run(&uri, Command::Create(Box::new(new))))
            .unwrap();
    }
}

fn journal_entries(rig: &Rig) -> usize {
    std::fs::read_dir(rig.folder.path().join("state/journal")).map_or(0, |entries| {
        entries
            .filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().extension().is_some()))
            .count()
    })
}

/// The files of the pool, and those that machines have as disks.
fn images_and_disks(rig: &Rig) -> (BTreeSet<PathBuf>, BTreeSet<PathBuf>) {
    let model = rig.until("every machine is known", |model| {
        model.machines.iter().all(|machine| machine.definition.is_complete) && model.machines.len() == rig.names().len()
    });
    let disks = model
        .machines
        .iter()
        .flat_map(|machine| machine.definition.disks.clone())
        .filter_map(|disk| match disk.source {
            DiskSource::File(path) => Some(path),
            _ => None,
        })
        .collect();
    (rig.images().into_iter().collect(), disks)
}

#[test]
fn whatever_moment_berth_is_killed_at_the_remains_are_found_and_machines_keep_their_disks() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let mut num_found = 0;
    for delay_millis in [0, 3, 6, 10, 15, 25, 60, 200] {
        let mut child = Process::new(std::env::current_exe().unwrap())
            .args(["--exact", "create_until_killed", "--ignored", "--nocapture"])
            .env(URI, &rig.uri)
            .env(FOLDER, rig.folder.path())
            .spawn()
            .unwrap();
        wait_until("something is being made", rig::PATIENCE, || journal_entries(&rig) > 0);
        std::thread::sleep(Duration::from_millis(delay_millis));
        child.kill().unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(9));

        let Ok(Outcome::Leftovers(found)) = rig.run(Command::Query(Query::Leftovers)) else {
            panic!("no answer")
        };
        num_found += found.len();
        for leftover in &found {
            assert!(leftover.machine_name.starts_with("child-"), "{leftover:?}");
        }
        assert_eq!(rig.run(Command::RemoveLeftovers(found)), Ok(Outcome::Done));
        let (images, disks) = images_and_disks(&rig);
        assert_eq!(images, disks, "killed after {delay_millis} ms");
        assert_eq!(journal_entries(&rig), 0);
    }
    assert!(num_found > 0, "no moment was half-way");
}

#[test]
fn what_is_being_made_is_no_leftover_and_a_file_that_no_entry_names_is_never_removed() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let precious = rig.folder.path().join("precious");
    std::fs::write(&precious, "x").unwrap();
    let invented = libvirt_backend::command::Leftover {
        journal: rig.folder.path().join("state/journal/invented.json"),
        machine_name: "guest".to_owned(),
        files: vec![precious.clone()],
        started_at_millis: 0,
    };
    assert_eq!(rig.run(Command::RemoveLeftovers(vec![invented])), Ok(Outcome::Done));
    assert!(precious.exists());
}
