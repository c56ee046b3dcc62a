//! ssh refuses, is cut off, or only takes its time.

use std::time::{Duration, Instant};

use berth_tests::{BOOT_PATIENCE, Guest, Need, Terminal, TestSession, require, wait_until};
use libvirt_backend::boot_sector::Mood;
use libvirt_backend::model::{ConnectionState, DisconnectReason, Freshness, State};
use rustix::process::Signal;

use super::hosts::{Hosts, folder, reason_of};
use super::sshd::{Sshd, signal};

const NEEDS: [Need; 5] = [
    Need::Libvirt,
    Need::Program("virt-ssh-helper"),
    Need::Program("ssh"),
    Need::Program("sshd"),
    Need::Program("ssh-keygen"),
];

/// Longer than the first waits between two tries.
const QUIET: Duration = Duration::from_secs(8);

#[test]
fn a_changed_host_key_and_a_refused_login_are_told_and_wait_for_the_user() {
    if !require(&NEEDS) {
        return;
    }
    let Some(terminal) = Terminal::open() else { return };
    let mut sshd = Sshd::start(&terminal.session);
    let folder = folder();
    let hosts = Hosts::new(folder.path());
    assert_eq!(
        terminal.json(&["--connect", &sshd.uri("lab"), "list"]),
        serde_json::json!([])
    );

    sshd.write_client("stranger", "host");
    assert_eq!(
        hosts.refused(&sshd.uri("stranger")),
        (DisconnectReason::AuthenticationFailed, false)
    );
    let (status, words) = terminal.refused(&["--connect", &sshd.uri("stranger"), "list"]);
    assert_eq!(status, 1);
    assert!(words.contains("The login was refused"), "{words}");
    assert!(
        words.contains("Permission denied (publickey)"),
        "ssh's own words: {words}"
    );

    sshd.change_host_key();
    sshd.write_client("changed", "user");
    assert_eq!(
        hosts.refused(&sshd.uri("changed")),
        (DisconnectReason::HostKeyChanged, false)
    );
    let (status, words) = terminal.refused(&["--connect", &sshd.uri("changed"), "list"]);
    assert_eq!(status, 1);
    assert!(words.contains("The host’s key has changed"), "{words}");

    // The terminal tried once too.
    let tries = |name: &str| sshd.client_pids(name).len();
    let before = (tries("stranger"), tries("changed"));
    std::thread::sleep(QUIET);
    assert_eq!(
        (tries("stranger"), tries("changed")),
        before,
        "nobody is locked out by trying again unasked"
    );
}

#[test]
fn a_cut_line_greys_the_machines_and_is_mended_by_itself() {
    if !require(&NEEDS) {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::boot_sector(&session, "far", Mood::Calm);
    let _line = guest.start(BOOT_PATIENCE);
    let mut sshd = Sshd::start(&session);
    let folder = folder();
    let hosts = Hosts::new(folder.path());
    let uri = sshd.uri("lab");
    hosts.connect(&uri);

    // First only the line: the next try gets through.
    let before = sshd.logins();
    for pid in &before {
        signal(*pid, Signal::KILL);
    }
    wait_until("another login", super::hosts::PATIENCE, || {
        sshd.logins().iter().any(|pid| !before.contains(pid))
    });
    hosts.until(&uri, "it is live again", |model| {
        model.freshness == Freshness::Live && reason_of(model).is_none()
    });

    // Then the whole server.
    sshd.stop();
    let model = hosts.until(&uri, "the loss is told", |model| reason_of(model).is_some());
    assert_ne!(model.freshness, Freshness::Live);
    assert!(model.machine_named("far").is_some(), "the machines are still shown");
    hosts.until(&uri, "what is wrong now", |model| {
        reason_of(model) == Some(DisconnectReason::HostUnreachable)
    });
    sshd.restart();
    let model = hosts.until(&uri, "it is found again", |model| {
        model.freshness == Freshness::Live && reason_of(model).is_none()
    });
    assert_eq!(
        model.machine_named("far").unwrap().state,
        State::Running,
        "it ran on meanwhile"
    );
}

#[test]
fn a_host_that_takes_its_time_delays_nobody_else() {
    if !require(&NEEDS) {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::boot_sector(&session, "here", Mood::Calm);
    let _line = guest.start(BOOT_PATIENCE);
    let sshd = Sshd::start(&session);
    let folder = folder();
    let hosts = Hosts::new(folder.path());
    let (near, far) = (session.uri(), sshd.uri("lab"));
    hosts.connect(&near);
    hosts.connect(&far);
    // Figures of both are there, then nothing more comes through that line.
    for uri in [&near, &far] {
        hosts.until(uri, "figures", |model| {
            model
                .machine_named("here")
                .is_some_and(|machine| machine.stats.latest.is_some())
        });
    }
    sshd.hold_client("lab");
    let times = collect_sample_times(&hosts, &near, Duration::from_secs(10));
    session.virsh(&["define", &another(&session)]);
    let begun = Instant::now();
    hosts.until(&near, "the new machine", |model| {
        model.machine_named("another").is_some()
    });
    let listed_after = begun.elapsed();
    let far_model = hosts.backend.model(&far).unwrap();
    sshd.release_client("lab");
    assert!(times >= 8, "{times} samples in 10 s");
    assert!(listed_after < Duration::from_secs(5), "{listed_after:?}");
    assert_ne!(
        far_model.connection,
        ConnectionState::Connected,
        "the silence of the other is noticed"
    );
    assert_ne!(far_model.freshness, Freshness::Live);
    hosts.until(&far, "the other is back", |model| {
        model.freshness == Freshness::Live && model.machine_named("another").is_some()
    });
}

fn another(session: &TestSession) -> String {
    let xml = "<domain type='qemu'><name>another</name><memory unit='MiB'>32</memory><vcpu>1</vcpu>\
               <os><type arch='x86_64' machine='q35'>hvm</type></os></domain>";
    let path = session.folder().join("another.xml");
    std::fs::write(&path, xml).unwrap();
    path.to_str().unwrap().to_owned()
}

/// How many different samples of the machine are seen in that time.
fn collect_sample_times(hosts: &Hosts, uri: &str, time: Duration) -> usize {
    let mut seen = std::collections::BTreeSet::new();
    let begun = Instant::now();
    while begun.elapsed() < time {
        let model = hosts.backend.model(uri).unwrap();
        seen.extend(
            model
                .machine_named("here")
                .and_then(|machine| machine.stats.latest)
                .map(|sample| sample.time_millis),
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    seen.len()
}
