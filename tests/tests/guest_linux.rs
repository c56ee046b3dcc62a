//! The small Linux guest has what real guests have: an agent, an address, a file system, a power button.

use std::time::Duration;

use berth_tests::{Guest, LINUX_PATIENCE, Need, TestSession, require, try_virsh, wait_for, wait_until};

const PATIENCE: Duration = Duration::from_mins(1);

#[test]
fn its_agent_answers_and_tells_its_address() {
    if !require(&[Need::Libvirt, Need::LinuxGuest]) {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::linux(&session, "agent");
    let mut line = guest.start(LINUX_PATIENCE);
    wait_until("answer of the agent", PATIENCE, || {
        try_virsh(
            &session,
            &["qemu-agent-command", guest.name(), r#"{"execute":"guest-ping"}"#],
        )
        .is_ok()
    });
    let address = wait_for("address", PATIENCE, || {
        let table = session.virsh(&["domifaddr", guest.name(), "--source", "agent"]);
        let line = table
            .lines()
            .find(|line| line.contains("ipv4") && !line.contains("127.0.0.1"))?;
        line.split_whitespace().last().map(str::to_owned)
    });
    assert!(address.starts_with("10.0.2."), "{address}");

    // Its scratch disk is there, and its shell answers.
    line.send("echo kept > /mnt/file && sync && cat /mnt/file\n");
    line.expect("\r\nkept", PATIENCE);
    session.virsh(&["shutdown", guest.name(), "--mode", "agent"]);
    guest.wait_until_off(PATIENCE);
}

#[test]
fn it_obeys_the_power_button_and_keeps_its_files() {
    if !require(&[Need::Libvirt, Need::LinuxGuest]) {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::linux(&session, "button");
    let mut line = guest.start(LINUX_PATIENCE);
    line.send("echo kept > /mnt/file && sync && cat /mnt/file\n");
    line.expect("\r\nkept", PATIENCE);
    session.virsh(&["shutdown", guest.name(), "--mode", "acpi"]);
    guest.wait_until_off(PATIENCE);

    let mut line = guest.start(LINUX_PATIENCE);
    line.send("cat /mnt/file\n");
    line.expect("\r\nkept", PATIENCE);
}
