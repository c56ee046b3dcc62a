//! The address that a guest's agent tells: in the terminal, in the window's table, in its filter and in the clipboard.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use berth_tests::{AppHarness, Guest, LINUX_PATIENCE, Need, Terminal, TestSession, require, wait_until};
use egui::Role;

const PATIENCE: Duration = Duration::from_mins(1);

/// Behind user networking this is what every guest gets.
const LEASED: &str = "10.0.2.15";
/// On a segment that this computer could be on too.
const OWN: &str = "192.168.77.5";

#[test]
fn the_terminal_tells_the_agents_address_and_a_dash_where_there_is_none() {
    if !require(&[Need::LinuxGuest]) {
        return;
    }
    let Some(terminal) = Terminal::open() else { return };
    let session = &terminal.session;
    let guest = Guest::linux(session, "agent");
    let _other = Guest::boot_sector(session, "silent", libvirt_backend::boot_sector::Mood::Calm);
    let _line = guest.start(LINUX_PATIENCE);
    wait_until("the agent's address in the list", PATIENCE, || {
        // The network may tell it IPv6 addresses too.
        terminal.json(&["info", "agent"])["addresses"][0] == LEASED
    });
    let list = terminal.done(&["list"]);
    let row = list.lines().find(|row| row.starts_with("agent ")).unwrap();
    assert!(row.contains(LEASED), "{list}");
    assert!(terminal.done(&["info", "agent"]).contains(LEASED));
    let row = list.lines().find(|row| row.starts_with("silent ")).unwrap();
    assert!(row.trim_end().ends_with('-'), "unknown is not an address: {list}");
}

/// Instead of user networking, whose addresses lead nowhere and are not shown, one end of a cable.
fn replace_network(session: &TestSession, name: &str) {
    let file = session.folder().join(format!("{name}.xml"));
    let xml = std::fs::read_to_string(&file).unwrap();
    let port = 20_000 + std::process::id() % 10_000;
    let cable = format!(
        "<interface type='udp'><source address='127.0.0.1' port='{port}'><local address='127.0.0.1' port='{}'/></source>",
        port + 1
    );
    let changed = xml.replace("<interface type='user'>", &cable);
    assert_ne!(changed, xml);
    std::fs::write(&file, changed).unwrap();
    session.virsh(&["undefine", name]);
    session.virsh(&["define", file.to_str().unwrap()]);
}

#[test]
fn the_window_shows_the_agents_address_finds_the_machine_by_it_and_copies_it() {
    if !require(&[Need::Libvirt, Need::LinuxGuest]) {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::linux(&session, "agent");
    replace_network(&session, "agent");
    let _other = Guest::boot_sector(&session, "silent", libvirt_backend::boot_sector::Mood::Calm);
    let mut line = guest.start(LINUX_PATIENCE);
    line.send(&format!(
        "for card in /sys/class/net/e*; do ip addr add {OWN}/24 dev ${{card##*/}}; done; echo set-$?\n"
    ));
    line.expect("\r\nset-0", PATIENCE);

    let mut window = AppHarness::open(&session);
    let copy = format!("Copy {OWN}");
    window.step_until("the address is in the table", PATIENCE, |window| {
        window.shows(Role::Button, &copy)
    });
    window.press(Role::Button, &copy, PATIENCE);
    assert_eq!(window.copied().as_deref(), Some(OWN));

    for filter in ["address:192.168.77", OWN] {
        window.fill(Role::SearchInput, "Filter machines", filter);
        window.step_until("only the machine with that address is left", PATIENCE, |window| {
            window.shows(Role::Row, "agent, Running") && !window.shows(Role::Row, "silent")
        });
    }
    window.close();
}
