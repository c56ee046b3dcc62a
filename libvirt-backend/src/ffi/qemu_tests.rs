//! What the test driver does not have: QEMU's counters, pictures, and a daemon that goes away.

use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

use super::screenshot::MAX_SCREENSHOT_BYTES;
use super::*;
use crate::boot_sector::Mood;
use crate::private_session::{PrivateSession, SessionOptions, Signal};
use crate::real_machines;

const PATIENCE: Duration = Duration::from_mins(1);

#[test]
fn a_real_machine_tells_its_counters_its_screen_and_its_health() {
    if !real_machines::are_possible() {
        return;
    }
    let session = PrivateSession::start(SessionOptions::default()).unwrap();
    let connection = Conn::open(&session.uri()).unwrap();
    assert_eq!(connection.set_keepalive(2, 2), Ok(true));
    let domain = real_machines::start(&connection, session.folder(), "real", Mood::Calm);

    let groups = StatsGroups::STATE
        | StatsGroups::CPU
        | StatsGroups::BALLOON
        | StatsGroups::BLOCK
        | StatsGroups::NET
        | StatsGroups::VCPU;
    let flags = StatsFlags {
        active: true,
        nowait: true,
    };
    let deadline = Instant::now() + PATIENCE;
    let stats = loop {
        let stats = connection.domain_stats(None, groups, flags).unwrap().pop().unwrap();
        let blocks = stats.blocks.as_deref().unwrap_or_default();
        // The firmware has read the boot sector.
        if blocks.iter().any(|block| block.read_bytes > Some(0)) {
            break stats;
        }
        assert!(Instant::now() < deadline, "it never read its disk: {stats:?}");
    };
    assert_eq!(stats.id, domain.id());
    assert!(
        stats.cpu_time_nanos > Some(0) && stats.balloon.rss_kib > Some(0),
        "{stats:?}"
    );
    assert_eq!(stats.balloon.current_kib, Some(32 << 10));
    let [disk] = stats.blocks.as_deref().unwrap() else {
        panic!("one disk, not {:?}", stats.blocks);
    };
    assert_eq!(disk.target, "hda");
    assert!(
        disk.read_requests > Some(0) && disk.written_bytes.is_some() && disk.read_nanos.is_some(),
        "{disk:?}"
    );
    assert_eq!(stats.nets.as_deref(), Some([].as_slice()));
    let [vcpu] = stats.vcpus.as_deref().unwrap() else {
        panic!("one vCPU, not {:?}", stats.vcpus);
    };
    assert!(vcpu.delay_nanos.is_some() && vcpu.wait_nanos.is_some(), "{vcpu:?}");

    let place = CpuPlace {
        virtualization: Some("qemu"),
        ..CpuPlace::default()
    };
    // A model's own features are told too.
    let cpu = connection
        .expanded_cpu(place, "<cpu><model>EPYC</model></cpu>")
        .unwrap();
    assert!(cpu.contains("name='sse2'"), "{cpu}");
    assert!(
        connection
            .expanded_cpu(place, "<cpu><model>no such</model></cpu>")
            .is_err()
    );

    let (mime, picture) = domain.screenshot_bytes(&connection, 0).unwrap();
    assert!(mime == "image/png" || mime == "image/x-portable-pixmap", "{mime}");
    assert!(
        picture.starts_with(b"\x89PNG") || picture.starts_with(b"P6"),
        "{} bytes",
        picture.len()
    );
    assert!(picture.len() < MAX_SCREENSHOT_BYTES);

    assert_eq!(domain.disk_errors(), Ok(Vec::new()));
    assert_eq!(domain.job_progress().map(|job| job.is_running), Ok(false));
    assert!(domain.abort_job().is_err(), "there is none");
    assert!(connection.node_memory().unwrap().total_kib > 0);

    assert_eq!(domain.control_state(), Ok(ControlState::Ok));
    let pid = session.qemu_pid("real").unwrap().cast_signed();
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, Signal::STOP).unwrap();
    let reader = connection.clone();
    let stuck = std::thread::Builder::new()
        .name("stuck".to_owned())
        .spawn(move || reader.domain_stats(None, StatsGroups::BALLOON, StatsFlags::default()))
        .unwrap();
    let deadline = Instant::now() + PATIENCE;
    while !matches!(domain.control_state(), Ok(ControlState::Occupied { millis }) if millis > 500) {
        assert!(
            Instant::now() < deadline && !stuck.is_finished(),
            "a stopped QEMU looks busy"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    rustix::process::kill_process(pid, Signal::CONT).unwrap();
    assert_eq!(stuck.join().unwrap().unwrap().len(), 1);
}

#[test]
fn a_daemon_that_ends_and_one_that_falls_silent_are_told_apart() {
    if !real_machines::are_possible() {
        return;
    }
    let session = PrivateSession::start(SessionOptions::default()).unwrap();
    for (signal, expected) in [(Signal::KILL, CloseReason::Eof), (Signal::STOP, CloseReason::Keepalive)] {
        let connection = Conn::open(&session.uri()).unwrap();
        assert_eq!(connection.set_keepalive(1, 2), Ok(true));
        let (sender, told) = sync_channel(4);
        let guard = connection
            .register_close(move |reason| sender.send(reason).unwrap())
            .unwrap();
        session.kill_daemon(signal).unwrap();
        assert_eq!(told.recv_timeout(PATIENCE), Ok(expected));
        assert!(connection.domains().is_err());
        drop(guard);
        drop(connection);
        if signal == Signal::KILL {
            session.restart_daemon().unwrap();
        } else {
            session.kill_daemon(Signal::CONT).unwrap();
        }
    }
}
