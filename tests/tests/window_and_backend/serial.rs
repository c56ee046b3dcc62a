//! A machine's serial line in the window: what it said before, typing, its stop and its next start.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use berth_tests::{AppHarness, Need, TestSession, require, wait_until};
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

/// Another program at the same line, which takes it from nobody; what it prints goes to a file.
fn virsh_console(session: &TestSession, said: &Path) -> Child {
    let virsh = format!("virsh -c '{}' console talker", session.uri());
    Command::new("script")
        .args(["-qc", &virsh, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(File::create(said).unwrap())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_line_whose_page_was_left_is_another_programs_to_open_and_misses_nothing() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let disk = session.folder().join("talker.qcow2");
    write_qcow2(&interactive(Mood::Calm), &disk).unwrap();
    let mut window = AppHarness::open(&session);
    create(&mut window, "talker", &disk);
    window.press(Role::Button, "Start", PATIENCE);
    window.press(Role::Button, "Details", PATIENCE);
    window.press(Role::Tab, "Serial", PATIENCE);
    window.step_until("the guest's first words", PATIENCE, |window| {
        window.terminal_text().contains("BERTH-READY")
    });
    window.press(Role::Button, "Back to the machine", PATIENCE);

    let said = session.folder().join("said");
    let says = |words: &str| std::fs::read_to_string(&said).unwrap_or_default().contains(words);
    let mut refused = virsh_console(&session, &said);
    wait_until("it is refused while the page may be come back to", PATIENCE, || {
        says("Active console session exists")
    });
    refused.wait().unwrap();
    window.keep_serials_after(Duration::from_secs(61));
    let mut other = None;
    wait_until("the line is free", PATIENCE, || {
        let mut program = virsh_console(&session, &said);
        wait_until("it is told", PATIENCE, || says("Escape character") || says("error:"));
        if says("error:") {
            program.wait().unwrap();
            return false;
        }
        other = Some(program);
        true
    });
    let mut other = other.unwrap();
    wait_until("the guest's answer", PATIENCE, || {
        other.stdin.as_mut().unwrap().write_all(b"c").unwrap();
        says("COUNTED")
    });
    other.kill().unwrap();
    other.wait().unwrap();

    window.press(Role::Tab, "Serial", PATIENCE);
    window.step_until("what was said meanwhile", PATIENCE, |window| {
        window.terminal_text().contains("COUNTED")
    });
    window.step_until("the line", PATIENCE, |window| window.says("Connected"));
    assert_eq!(window.terminal_text().matches("BERTH-READY").count(), 1);
    let before = window.terminal_text().matches("OUNTED").count();
    window.press(Role::Terminal, "Terminal of talker, serial0", PATIENCE);
    window.type_text("c");
    window.step_until("an answer", PATIENCE, |window| {
        window.terminal_text().matches("OUNTED").count() > before
    });
    window.close();
}
