//! The whole life of a machine on another computer.

use berth_tests::{BOOT_PATIENCE, Guest, Need, Terminal, TestSession, require};
use libvirt_backend::boot_sector::Mood;

use super::hosts::{Hosts, folder, write_login};
use super::sshd::Sshd;

fn is_possible() -> bool {
    require(&[
        Need::Libvirt,
        Need::Program("virt-ssh-helper"),
        Need::Program("ssh"),
        Need::Program("sshd"),
        Need::Program("ssh-keygen"),
    ])
}

#[test]
fn a_machine_lives_and_dies_over_ssh() {
    if !require(&[Need::Libvirt, Need::Program("virt-ssh-helper")]) {
        return;
    }
    let Some(terminal) = Terminal::open() else { return };
    let session = &terminal.session;
    // An ssh that stays here: everything after it is what the other computer would do.
    let transport = write_login(
        session.folder(),
        terminal.home().join("ssh"),
        "while [ \"$1\" != -- ]; do shift; done; shift 2; COMMAND=\"$*\"",
    );
    let uri = format!("qemu+ssh://lab/session?command={}&proxy=native", transport.display());
    let over = |arguments: &[&'static str]| terminal.done(&[&["--connect", &uri], arguments].concat());
    let told = |arguments: &[&'static str]| terminal.json(&[&["--connect", &uri], arguments].concat());
    assert_eq!(told(&["list"]), serde_json::json!([]));

    let new = [
        "create",
        "far",
        "--memory",
        "64MiB",
        "--vcpus",
        "1",
        "--disk",
        "1GiB",
        "--network",
        "user",
        "--accel",
        "tcg",
        "--start",
    ];
    let (status, words) = terminal.refused(&[&["--connect", uri.as_str()], &new[..]].concat());
    assert_eq!(status, 1, "nobody here knows where that user's disks should go");
    assert!(
        words.contains("no storage pool") && words.contains("Make a pool"),
        "{words}"
    );
    let images = session.folder().join("images");
    std::fs::create_dir(&images).unwrap();
    session.virsh(&["pool-create-as", "default", "dir", "--target", images.to_str().unwrap()]);

    over(&new);
    let info = told(&["info", "far"]);
    assert_eq!(info["state"], "running");
    let disk = images.join("far.qcow2");
    assert_eq!(info["disks"][0]["source"], disk.to_str().unwrap());
    let stats = told(&["stats"]);
    assert!(stats[0]["cpu_percent"].is_number(), "{stats}");
    assert!(stats[0]["disk_read_bytes_per_s"].is_number(), "{stats}");
    over(&["snapshot", "create", "far", "one"]);
    assert_eq!(told(&["snapshot", "list", "far"])[0]["name"], "one");
    over(&["force-off", "far", "--yes"]);
    over(&["snapshot", "revert", "far", "one", "--yes"]);
    assert_eq!(told(&["info", "far"])["state"], "running");
    over(&["snapshot", "delete", "far", "one", "--yes"]);
    over(&["save", "far"]);
    assert_eq!(told(&["info", "far"])["saved_state"], true);
    over(&["delete", "far", "--yes"]);
    assert_eq!(told(&["list"]), serde_json::json!([]));
    assert!(!disk.exists());
    assert!(!session.folder().join("cfg/libvirt/qemu/save/far.save").exists());
}

#[test]
fn a_host_behind_a_real_ssh_server_tells_its_machines_and_how_busy_it_is() {
    if !is_possible() {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::boot_sector(&session, "far", Mood::Calm);
    let _line = guest.start(BOOT_PATIENCE);
    let sshd = Sshd::start(&session);
    let folder = folder();
    let hosts = Hosts::new(folder.path());
    let uri = sshd.uri("lab");
    let model = hosts.connect(&uri);
    assert!(model.machine_named("far").unwrap().state.is_active());
    assert!(!model.info.is_local);
    // Both are asked of libvirt: here this computer is not looked at.
    let model = hosts.until(&uri, "the host's figures", |model| {
        model.stats.cpu_percent.is_some() && model.stats.memory_used_bytes.is_some()
    });
    let (used, total) = (
        model.stats.memory_used_bytes.unwrap(),
        model.stats.memory_total_bytes.unwrap(),
    );
    assert!(used > 64 << 20 && used <= total, "{used} of {total}");
    assert!((0.0..=100.0).contains(&model.stats.cpu_percent.unwrap()));
    hosts.until(&uri, "the machine's figures", |model| {
        model
            .machine_named("far")
            .and_then(|machine| machine.stats.latest)
            .is_some_and(|sample| sample.cpu_percent.is_some())
    });
}
