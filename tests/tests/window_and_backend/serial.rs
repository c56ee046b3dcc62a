//! A machine's serial line in the window: what it said before, typing, its stop and its next start.

use berth_tests::{AppHarness, Need, TestSession, require};
use egui::{Key, Role};
use libvirt_backend::boot_sector::{Mood, interactive};
use libvirt_backend::private_session::demo::write_qcow2;

use super::PATIENCE;
use super::life::create;

#[test]
fn a_serial_line_is_read_typed_at_and_comes_back_when_its_machine_does() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let disk = session.folder().join("talker.qcow2");
    write_qcow2(&interactive(Mood::Calm), &disk).unwrap();
    let mut window = AppHarness::open(&session);
    create(&mut window, "talker", &disk);
    window.press(Role::Button, "Start", PATIENCE);
    window.step_until("it is shown as running", PATIENCE, |window| {
        window.shows(Role::Row, "talker, Running")
    });
    window.press(Role::Button, "Details", PATIENCE);
    window.press(Role::Tab, "Serial", PATIENCE);
    // Most of it was said before anybody was attached.
    window.step_until("the guest's first words", PATIENCE, |window| {
        window.terminal_text().contains("BERTH-READY")
    });
    window.press(Role::Terminal, "Terminal of talker, serial0", PATIENCE);
    window.type_text("c");
    window.step_until("the guest's answer", PATIENCE, |window| {
        window.terminal_text().contains("COUNTED")
    });

    session.virsh(&["destroy", "talker"]);
    window.step_until("the machine is off", PATIENCE, |window| {
        window.says("The machine is not running. Its serial line connects when it starts.")
    });
    assert!(window.terminal_text().contains("COUNTED"), "what was said stays");
    window.press(Role::Button, "Start", PATIENCE);
    window.step_until("the guest of the next run", PATIENCE, |window| {
        window.terminal_text().matches("BERTH-READY").count() == 2
    });
    window.press(Role::Terminal, "Terminal of talker, serial0", PATIENCE);
    window.type_text("c");
    window.step_until("its answer", PATIENCE, |window| {
        window.terminal_text().matches("COUNTED").count() == 2
    });
    // Every key is the guest's: this one would leave a page.
    window.key(Key::Escape);
    assert!(window.shows(Role::Terminal, "Terminal of talker"));

    // Another program takes the line, and gets to keep it.
    let virsh = format!("virsh -c '{}' console talker --force", session.uri());
    let mut other = std::process::Command::new("script")
        .args(["-qc", &virsh, "/dev/null"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    window.step_until("the line is lost", PATIENCE, |window| {
        window.says("Another program has taken this line.")
    });
    other.kill().unwrap();
    other.wait().unwrap();
    window.press(Role::Button, "Reconnect", PATIENCE);
    window.press(Role::Terminal, "Terminal of talker, serial0", PATIENCE);
    window.type_text("c");
    // A first letter may still go to the program that had the line.
    window.step_until("an answer again", PATIENCE, |window| {
        window.terminal_text().matches("OUNTED").count() == 3
    });
    window.close();
}
