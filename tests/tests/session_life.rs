//! A private session starts, ends whole, and is ended by the next one where its owner crashed.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use berth_tests::{Need, TestSession, require, session_options, virsh, wait_until};
use libvirt_backend::private_session::{PrivateSession, SessionError, SessionOptions, Signal, sweep_stale};

const MACHINE: &str = "<domain type='qemu'><name>same name</name>\
    <uuid>6fd4ac3c-2b4d-4d3f-9d3c-5b1f0c6d7a10</uuid><memory unit='MiB'>32</memory><vcpu>1</vcpu>\
    <os><type arch='x86_64' machine='q35'>hvm</type></os></domain>";

/// Starts a machine that needs nothing: the firmware looks for a disk for ever.
fn start_machine(session: &PrivateSession) {
    let file = session.folder().join("machine.xml");
    std::fs::write(&file, MACHINE).unwrap();
    virsh(session, &["define", file.to_str().unwrap()]);
    virsh(session, &["start", "same name"]);
}

fn process_exists(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')')
        .next()
        .is_some_and(|rest| !rest.is_empty() && !rest.trim_start().starts_with('Z'))
}

/// Nobody on this computer has the folder on its command line or as its home.
fn nobody_uses(folder: &Path) -> bool {
    let needle = folder.to_str().unwrap();
    std::fs::read_dir("/proc").unwrap().flatten().all(|entry| {
        ["cmdline", "environ"].iter().all(|file| {
            let content = std::fs::read(entry.path().join(file)).unwrap_or_default();
            !String::from_utf8_lossy(&content).contains(needle)
        })
    })
}

#[test]
fn a_session_with_a_running_machine_ends_without_a_process_or_a_folder() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    start_machine(&session);
    let folder = session.folder().to_owned();
    let qemu = session.qemu_pid("same name").unwrap();
    let daemon = session.daemon_pid().unwrap();
    assert!(process_exists(qemu) && process_exists(daemon));
    drop(session);
    assert!(!process_exists(qemu) && !process_exists(daemon));
    assert!(!folder.exists());
    assert!(nobody_uses(&folder));
}

#[test]
fn the_helpers_of_a_machine_end_with_the_session() {
    if !require(&[Need::Libvirt, Need::Program("swtpm"), Need::Program("passt")]) {
        return;
    }
    let session = TestSession::start();
    let devices = "<devices><tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>\
        <interface type='user'><model type='virtio'/><backend type='passt'/></interface></devices></domain>";
    let file = session.folder().join("machine.xml");
    std::fs::write(&file, MACHINE.replace("</domain>", devices)).unwrap();
    session.virsh(&["define", file.to_str().unwrap()]);
    session.virsh(&["start", "same name"]);
    let folder = session.folder().to_owned();
    let programs: Vec<String> = session
        .pids()
        .into_iter()
        .filter_map(|pid| std::fs::read_to_string(format!("/proc/{pid}/comm")).ok())
        .collect();
    for helper in ["swtpm", "passt", "virtlogd", "libvirtd", "qemu-system"] {
        assert!(
            programs.iter().any(|program| program.starts_with(helper)),
            "no {helper} in {programs:?}"
        );
    }
    drop(session);
    assert!(!folder.exists() && nobody_uses(&folder));
}

#[test]
fn a_machine_that_was_stopped_and_a_daemon_that_was_stopped_are_ended_too() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    start_machine(&session);
    let folder = session.folder().to_owned();
    let qemu = session.qemu_pid("same name").unwrap();
    let pid = rustix::process::Pid::from_raw(qemu.cast_signed()).unwrap();
    rustix::process::kill_process(pid, Signal::STOP).unwrap();
    session.kill_daemon(Signal::STOP).unwrap();
    drop(session);
    assert!(!process_exists(qemu));
    assert!(!folder.exists() && nobody_uses(&folder));
}

#[test]
fn machines_live_on_when_the_daemon_is_killed_and_are_found_again_by_the_next() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    start_machine(&session);
    let qemu = session.qemu_pid("same name").unwrap();
    let daemon = session.daemon_pid().unwrap();
    session.kill_daemon(Signal::KILL).unwrap();
    assert_eq!(session.daemon_pid(), None);
    assert!(process_exists(qemu));
    session.restart_daemon().unwrap();
    assert_ne!(session.daemon_pid(), Some(daemon));
    assert_eq!(session.virsh(&["domstate", "same name"]).trim(), "running");
    assert_eq!(session.qemu_pid("same name"), Some(qemu));
}

#[test]
fn three_sessions_run_side_by_side_with_machines_of_the_same_name() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let first = TestSession::start();
    let second = PrivateSession::start(session_options()).unwrap();
    let third = PrivateSession::start(session_options()).unwrap();
    start_machine(&first);
    start_machine(&second);
    start_machine(&third);
    virsh(&second, &["destroy", "same name"]);
    assert_eq!(virsh(&first, &["domstate", "same name"]).trim(), "running");
    assert_eq!(virsh(&second, &["domstate", "same name"]).trim(), "shut off");
    let kept = first.qemu_pid("same name").unwrap();
    third.stop().unwrap();
    second.stop().unwrap();
    assert!(process_exists(kept));
}

const PARENT_VARIABLE: &str = "BERTH_TEST_SESSION_PARENT";

#[test]
#[ignore = "run as a child by the test that kills it"]
fn hold_a_session_until_killed() {
    let Some(parent_folder) = std::env::var_os(PARENT_VARIABLE).map(PathBuf::from) else {
        return;
    };
    let session = PrivateSession::start(SessionOptions {
        parent_folder,
        ..session_options()
    })
    .unwrap();
    start_machine(&session);
    println!("\nholding {}", session.folder().display());
    // Until the parent kills this process, or is gone itself.
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

#[test]
fn what_a_crashed_owner_left_is_ended_by_the_next_session() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let place = TestSession::start();
    let parent = tempfile::Builder::new()
        .prefix("s")
        .rand_bytes(3)
        .tempdir_in("/tmp")
        .unwrap();
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "hold_a_session_until_killed", "--ignored", "--nocapture"])
        .env(PARENT_VARIABLE, parent.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let folder = BufReader::new(owner.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("holding ").map(PathBuf::from))
        .expect("the child should have said which folder it holds");
    assert_eq!(sweep_stale(parent.path()), 0, "a session whose owner lives was swept");
    assert!(!nobody_uses(&folder));

    owner.kill().unwrap();
    owner.wait().unwrap();
    assert!(
        !nobody_uses(&folder),
        "the crash should have left the daemon and the machine behind"
    );
    let next = PrivateSession::start(SessionOptions {
        parent_folder: parent.path().to_owned(),
        ..session_options()
    })
    .unwrap();
    assert!(!folder.exists());
    wait_until("end of the stale processes", Duration::from_secs(5), || {
        nobody_uses(&folder)
    });
    next.stop().unwrap();
    drop(place);
}

#[test]
fn a_session_has_its_address_before_its_daemon_and_can_be_given_up_while_it_starts() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = PrivateSession::prepare(session_options()).unwrap();
    let folder = session.folder().to_owned();
    assert!(session.uri().contains(folder.to_str().unwrap()));
    assert_eq!(session.daemon_pid(), None);
    session.give_up();
    assert_eq!(session.launch(), Err(SessionError::NoDaemon));
    drop(session);
    assert!(!folder.exists());
}
