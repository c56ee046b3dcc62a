//! Bad days of an edit: QEMU stands still, the daemon dies, the window is closed. The window goes on answering, what
//! became of the edit is told, and no machine is left half-written.

use std::time::Duration;

use berth_tests::{AppHarness, Need, TestSession, require, wait_until};
use egui::Role;
use libvirt_backend::private_session::Signal;

use super::PATIENCE;
use super::hang::signal;
use super::hardware::{apply, choose, kept, page};

/// Our guest has no driver for the balloon.
const ASKED: &str = "Asked of the guest, which has not followed yet";

/// A machine that runs, on its Hardware page, with a change of its memory that QEMU has to make ready to be applied.
fn running_page<'session>(session: &'session TestSession, name: &str) -> AppHarness<'session> {
    let mut window = page(session, name);
    window.press(Role::Button, "Start", PATIENCE);
    window.step_until("it runs", PATIENCE, |window| window.shows(Role::Button, "Shut down"));
    window.serial_line(name).ask("r", "READ", PATIENCE);
    choose(&mut window, "Memory");
    window.fill(Role::TextInput, "Memory given now", "1GiB");
    window.press(Role::Button, "Review changes", PATIENCE);
    window
}

/// Every page can be looked at.
fn answers(window: &mut AppHarness<'_>) {
    for page in ["Overview", "Activity", "Hardware"] {
        window.press(Role::Tab, page, PATIENCE);
    }
}

fn is_whole(xml: &str) -> bool {
    let current = |kib: u32| xml.contains(&format!("<currentMemory unit='KiB'>{kib}</currentMemory>"));
    current(1 << 20) != current(4 << 20)
}

#[test]
fn an_edit_of_a_machine_whose_qemu_stands_still_is_told_and_ends_when_it_goes_on() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let mut window = running_page(&session, "anchor");
    signal(&session, "anchor", Signal::STOP);
    window.press(Role::Button, "Apply", PATIENCE);
    window.step_until("it is told that it does not respond", PATIENCE, |window| {
        window.says("Not responding") || window.says("does not respond")
    });
    answers(&mut window);
    assert!(window.says("Applying…"), "the edit is under way");
    signal(&session, "anchor", Signal::CONT);
    window.step_until("what became of it", PATIENCE, |window| {
        window.says("What became of the changes")
    });
    assert!(window.says(ASKED));
    window.press(Role::Button, "Done", PATIENCE);
    assert!(kept(&session, "anchor").contains("<currentMemory unit='KiB'>1048576<"));
    session.virsh(&["destroy", "anchor"]);
    window.close();
}

#[test]
fn an_edit_whose_daemon_dies_says_so_and_the_next_one_works() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let mut window = running_page(&session, "anchor");
    signal(&session, "anchor", Signal::STOP);
    window.press(Role::Button, "Apply", PATIENCE);
    window.step_until("it is under way", PATIENCE, |window| window.says("Applying…"));
    session.kill_daemon(Signal::KILL).unwrap();
    const REPORT: &str = "What became of the changes";
    window.step_until("the edit's end is told", PATIENCE, |window| {
        (window.shows(Role::Alert, "") && !window.says("Applying…")) || window.says(REPORT)
    });
    answers(&mut window);
    let is_told = window.says(REPORT);
    if is_told {
        // libvirt had kept the definition before it died: the rest waits for the next start.
        window.press(Role::Button, "Done", PATIENCE);
        window.fill(Role::TextInput, "Memory given now", "1536MiB");
        window.press(Role::Button, "Review changes", PATIENCE);
    }
    signal(&session, "anchor", Signal::CONT);
    // Without a connection nothing can be applied: the loss is noticed, and that it is over.
    window.step_until("the window has lost it", PATIENCE, |window| {
        !window.can_press(Role::Button, "Apply")
    });
    session.restart_daemon().unwrap();
    window.step_until("the window finds it again", PATIENCE, |window| {
        window.can_press(Role::Button, "Apply")
    });
    let xml = kept(&session, "anchor");
    assert!(is_whole(&xml), "{xml}");
    window.press(Role::Button, "Back to the form", PATIENCE);
    window.fill(Role::TextInput, "Memory given now", "768MiB");
    window.press(Role::Button, "Review changes", PATIENCE);
    window.press(Role::Button, "Apply", PATIENCE);
    const CHANGED: &str = "was changed by somebody else meanwhile";
    window.step_until("its fate is told", PATIENCE, |window| {
        window.says(REPORT) || window.says(CHANGED)
    });
    if window.says(CHANGED) {
        // The definition was kept and the word of it lost: the page had not read it yet.
        assert!(!is_told && xml.contains("<currentMemory unit='KiB'>1048576<"), "{xml}");
        window.press(Role::Button, "Apply", PATIENCE);
    }
    window.step_until("it is applied", PATIENCE, |window| {
        window.says(REPORT) && window.says(ASKED)
    });
    window.press(Role::Button, "Done", PATIENCE);
    assert!(kept(&session, "anchor").contains("<currentMemory unit='KiB'>786432<"));
    session.virsh(&["destroy", "anchor"]);
    window.close();
}

#[test]
fn a_window_closed_during_an_edit_leaves_a_whole_machine() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let mut window = running_page(&session, "anchor");
    signal(&session, "anchor", Signal::STOP);
    window.press(Role::Button, "Apply", PATIENCE);
    window.step_until("it is under way", PATIENCE, |window| window.says("Applying…"));
    let closing = std::time::Instant::now();
    window.close();
    assert!(closing.elapsed() < Duration::from_secs(20), "{:?}", closing.elapsed());
    signal(&session, "anchor", Signal::CONT);
    let is_settled = || is_whole(&kept(&session, "anchor"));
    wait_until("the definition is whole", PATIENCE, is_settled);
    let mut window = AppHarness::open(&session);
    window.step_until("the list", PATIENCE, |window| {
        window.shows(Role::Row, "anchor, Running")
    });
    let row = window.named(Role::Row, "anchor").unwrap();
    window.press(Role::Row, &row, PATIENCE);
    window.press(Role::Button, "Details", PATIENCE);
    window.press(Role::Tab, "Hardware", PATIENCE);
    choose(&mut window, "Memory");
    window.fill(Role::TextInput, "Memory given now", "768MiB");
    apply(&mut window, ASKED);
    session.virsh(&["destroy", "anchor"]);
    window.close();
}
