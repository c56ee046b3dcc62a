//! Disks that are really full: small file systems in memory, mounted in a user namespace of the test's own.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use berth_tests::{Need, require, wait_until};
use libvirt_backend::error::Cure;
use libvirt_backend::model::{MachineId, NewMachine, NewStorage, PauseReason, State};
use libvirt_backend::{Command, Error, Event, MachineCommand, NoticeKind, Outcome, Query};

use super::rig::{PATIENCE, Rig, small};

const INSIDE: &str = "BERTH_TEST_FULL_DISK";
/// Before the folders that a child names.
const USES: &str = "uses ";

/// Runs an ignored test of this program once more where it may mount.
pub(crate) fn run_in_namespace(name: &str) {
    if !require(&[
        Need::Libvirt,
        Need::Program("unshare"),
        Need::Program("mount"),
        Need::Program("umount"),
    ]) {
        return;
    }
    let output = Process::new("unshare")
        .arg("-Urm")
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--ignored", "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    let mut folders = said.lines().filter_map(|line| line.strip_prefix(USES)).peekable();
    assert!(folders.peek().is_some(), "{said}");
    for folder in folders {
        assert!(!Path::new(folder).exists(), "{folder} was left behind");
    }
}

/// `None` where this is no child of the function above, which looks afterwards whether the folders are gone.
#[expect(clippy::print_stdout, reason = "the test above reads it")]
pub(crate) fn rig_inside() -> Option<Rig> {
    std::env::var_os(INSIDE)?;
    let rig = Rig::new();
    for folder in [rig.folder.path(), rig.session.folder()] {
        println!("\n{USES}{}", folder.display());
    }
    Some(rig)
}

/// A small file system, for as long as this lives: what is mounted could not be removed with the folder around it.
#[must_use]
pub(crate) struct Mounted(PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        // Taken out of the tree at once; those who still have a file open in it keep that.
        let status = Process::new("umount").arg("--lazy").arg(&self.0).status();
        assert!(
            std::thread::panicking() || status.is_ok_and(|status| status.success()),
            "{} stays mounted",
            self.0.display()
        );
    }
}

pub(crate) fn mount_small(folder: &Path, kib: u32) -> Mounted {
    std::fs::create_dir_all(folder).unwrap();
    let status = Process::new("mount")
        .args(["-t", "tmpfs", "-o", &format!("size={kib}k,mode=700"), "tmpfs"])
        .arg(folder)
        .status()
        .unwrap();
    assert!(status.success());
    Mounted(folder.to_owned())
}

/// Not a byte is left.
pub(crate) fn fill(folder: &Path) {
    let mut filler = std::fs::File::create(folder.join("filler")).unwrap();
    while filler.write_all(&[1; 4096]).is_ok() {}
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn with_disk(pool: Option<&str>) -> NewMachine {
    NewMachine {
        storage: NewStorage::Create {
            capacity_bytes: 4 << 20,
            pool: pool.map(str::to_owned),
        },
        ..small("unlucky")
    }
}

#[track_caller]
fn assert_refused_without_a_trace(rig: &Rig, refused: &Error) {
    assert_eq!(refused.cure(), Some(Cure::FreeDiskSpace), "{refused:?}");
    assert!(rig.names().is_empty());
    assert!(rig.images().is_empty(), "{:?}", rig.images());
    let left = rig.run(Command::Query(Query::Leftovers));
    assert_eq!(left, Ok(Outcome::Leftovers(Vec::new())));
}

#[test]
fn a_pool_that_is_full_leaves_nothing_half_made() {
    run_in_namespace("full_disk::creating_in_a_full_pool");
}

#[test]
#[ignore = "run in a namespace by the test above"]
fn creating_in_a_full_pool() {
    let Some(rig) = rig_inside() else { return };
    let full = rig.folder.path().join("full");
    let _mounted = mount_small(&full, 8 << 10);
    std::fs::write(full.join("filler"), vec![1; (8 << 20) - (64 << 10)]).unwrap();
    rig.session
        .virsh(&["pool-define-as", "full", "dir", "--target", full.to_str().unwrap()]);
    let refused = rig.create(with_disk(Some("full"))).unwrap_err();
    assert_refused_without_a_trace(&rig, &refused);
    assert_eq!(names_in(&full), ["filler"]);
}

#[test]
fn a_disk_that_fills_up_after_the_image_was_made_takes_the_image_away_again() {
    run_in_namespace("full_disk::defining_on_a_full_disk");
}

/// There is room for the image, none for the machine's description: here it is Berth that must clean up.
#[test]
#[ignore = "run in a namespace by the test above"]
fn defining_on_a_full_disk() {
    let Some(rig) = rig_inside() else { return };
    // What libvirt knows of QEMU is known by then.
    rig.profile();
    let descriptions = rig.session.folder().join("cfg/libvirt/qemu");
    let _mounted = mount_small(&descriptions, 32);
    std::fs::create_dir(descriptions.join("lib")).unwrap();
    fill(&descriptions);
    let refused = rig.create(with_disk(None)).unwrap_err();
    assert!(
        rig.folder.path().join("data/images").is_dir(),
        "it failed before there was anything to clean up: {refused:?}"
    );
    assert_refused_without_a_trace(&rig, &refused);
    // With room again the same name works.
    std::fs::remove_file(descriptions.join("filler")).unwrap();
    rig.create(with_disk(None)).unwrap();
    assert_eq!(rig.images().len(), 1);
}

#[test]
fn without_room_for_the_note_of_what_is_made_nothing_is_made() {
    run_in_namespace("full_disk::creating_without_room_for_the_journal");
}

#[test]
#[ignore = "run in a namespace by the test above"]
fn creating_without_room_for_the_journal() {
    let Some(rig) = rig_inside() else { return };
    rig.profile();
    let state = rig.folder.path().join("state");
    let _mounted = mount_small(&state, 16);
    fill(&state);
    let refused = rig.create(with_disk(None)).unwrap_err();
    assert_refused_without_a_trace(&rig, &refused);
}

#[test]
fn a_guest_on_a_full_disk_is_paused_told_of_and_finishes_its_write_once_there_is_room() {
    run_in_namespace("full_disk::writing_to_a_full_disk");
}

#[track_caller]
fn until_paused_for_full_disk(rig: &Rig, id: MachineId) {
    let full = State::Paused(PauseReason::IoError { disk_full: true });
    let begun = std::time::Instant::now();
    while rig.machine(id).state != full {
        assert!(
            begun.elapsed() < PATIENCE,
            "it is {:?}, libvirt says {} {}",
            rig.machine(id).state,
            rig.session.virsh(&["domstate", "--reason", "writer"]),
            rig.session.virsh(&["domblkerror", "writer"])
        );
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
#[ignore = "run in a namespace by the test above"]
fn writing_to_a_full_disk() {
    let Some(rig) = rig_inside() else { return };
    let full = rig.folder.path().join("full");
    let _mounted = mount_small(&full, 8 << 10);
    let disk = full.join("guest.qcow2");
    std::fs::copy(rig.guest_disk("template.qcow2"), &disk).unwrap();
    let id = rig
        .create(NewMachine {
            storage: NewStorage::Import(disk),
            start: true,
            ..small("writer")
        })
        .unwrap();
    let mut serial = rig.serial(id);
    serial.expect_ready();
    fill(&full);
    rig.backend.take_events();
    serial.say("wZ");
    until_paused_for_full_disk(&rig, id);
    wait_until("a notice of it", PATIENCE, || {
        rig.backend.take_events().iter().any(|event| {
            matches!(event, Event::Notice(notice)
                if notice.kind == NoticeKind::PausedDiskFull && notice.machine_name.as_deref() == Some("writer"))
        })
    });
    // Too early: it is paused for the same reason again, and nothing is lost.
    assert_eq!(rig.tell(id, MachineCommand::Resume), Ok(Outcome::Done));
    until_paused_for_full_disk(&rig, id);
    std::fs::remove_file(full.join("filler")).unwrap();
    wait_until("it goes on", PATIENCE, || {
        let resumed = rig.tell(id, MachineCommand::Resume);
        rig.machine(id).state == State::Running || resumed.is_err()
    });
    serial.expect("WROTE Z");
    serial.ask("r", "READ 5A");
    rig.until_state(id, "running");
}
