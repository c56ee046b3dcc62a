//! The guest without an operating system does what it is told, under a real QEMU.

use std::time::{Duration, Instant};

use berth_tests::{BOOT_PATIENCE, Guest, Need, TestSession, require, wait_until};
use libvirt_backend::boot_sector::{COUNTED, Mood, kvm_proof_disk};
use libvirt_backend::private_session::demo;

const PATIENCE: Duration = Duration::from_secs(15);

#[test]
fn it_is_ready_at_once_and_shows_the_keys_that_are_typed() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::boot_sector(&session, "keys", Mood::Calm);
    let mut line = guest.start(BOOT_PATIENCE);

    let screen = session.folder().join("screen.ppm");
    let picture = || {
        session.virsh(&["screenshot", guest.name(), "--file", screen.to_str().unwrap()]);
        std::fs::read(&screen).unwrap()
    };
    let before = picture();
    assert!(before.iter().any(|byte| *byte > 100), "the screen is black");
    for key in ["KEY_B", "KEY_O", "KEY_A", "KEY_T"] {
        session.virsh(&["send-key", guest.name(), key]);
    }
    line.expect("boat", PATIENCE);
    assert_ne!(picture(), before);
}

#[test]
fn it_burns_its_processor_on_request_and_sleeps_otherwise() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::boot_sector(&session, "burner", Mood::Calm);
    let mut line = guest.start(BOOT_PATIENCE);
    line.ask("b", "BURNING", PATIENCE);
    let burnt_before = guest.cpu_time();
    wait_until("CPU time used", PATIENCE, || {
        guest.cpu_time().saturating_sub(burnt_before) > Duration::from_secs(1)
    });
    line.ask("x", "IDLE", PATIENCE);
    // Counting is the measure of time here: asleep, it uses next to nothing of the time that it then counts in.
    let (asleep, since) = (guest.cpu_time(), Instant::now());
    wait_until("second to pass", PATIENCE, || since.elapsed() > Duration::from_secs(1));
    let used = guest.cpu_time().saturating_sub(asleep);
    assert!(used < Duration::from_millis(400), "asleep it used {used:?} in a second");
    line.ask("c", COUNTED, BOOT_PATIENCE);
}

#[test]
fn what_it_writes_to_its_disk_is_read_back_after_it_was_powered_off() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::boot_sector(&session, "writer", Mood::Calm);
    let mut line = guest.start(BOOT_PATIENCE);
    line.ask("r", "READ 00", PATIENCE);
    line.ask("wA", "WROTE A", PATIENCE);
    line.ask("r", "READ 41", PATIENCE);
    line.ask("W", "WRITING", PATIENCE);
    let written = || {
        let stats = session.virsh(&["domblkstat", guest.name(), "vda"]);
        let line = stats.lines().find(|line| line.contains("wr_bytes")).unwrap().to_owned();
        line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()
    };
    wait_until("megabyte written", PATIENCE, || written() > 1 << 20);
    line.ask("x", "IDLE", PATIENCE);
    line.ask("q", "BYE", PATIENCE);
    guest.wait_until_off(PATIENCE);

    let mut line = guest.start(BOOT_PATIENCE);
    line.ask("r", "READ 41", PATIENCE);
}

#[test]
fn it_obeys_the_power_button() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::boot_sector(&session, "button", Mood::Busy { phase: 0 });
    let mut line = guest.start(BOOT_PATIENCE);
    session.virsh(&["shutdown", guest.name(), "--mode", "acpi"]);
    line.expect("BYE", PATIENCE);
    guest.wait_until_off(PATIENCE);
}

#[test]
fn a_snapshot_of_it_while_it_runs_brings_the_old_disk_back() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::boot_sector(&session, "traveller", Mood::Calm);
    let mut line = guest.start(BOOT_PATIENCE);
    line.ask("wA", "WROTE A", PATIENCE);
    session.virsh(&["snapshot-create-as", guest.name(), "before"]);
    line.ask("wB", "WROTE B", PATIENCE);
    line.ask("r", "READ 42", PATIENCE);
    session.virsh(&["snapshot-revert", guest.name(), "before"]);
    let mut line = guest.line();
    line.ask("r", "READ 41", PATIENCE);
}

#[test]
fn the_proof_of_acceleration_counts_and_powers_off_by_itself() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::with_disk(&session, "counter", |disk| {
        demo::write_qcow2(&kvm_proof_disk(), disk).unwrap();
    });
    let mut line = guest.start(BOOT_PATIENCE);
    line.expect(COUNTED, BOOT_PATIENCE);
    guest.wait_until_off(PATIENCE);
}
