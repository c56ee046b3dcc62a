//! The life of a machine through the window, down to QEMU: every step is a press on what a user sees.

use std::path::Path;

use berth_tests::{AppHarness, BOOT_PATIENCE, Guest, Need, TestSession, require};
use egui::Role;
use libvirt_backend::boot_sector::{Mood, interactive};
use libvirt_backend::model::{Freshness, State};
use libvirt_backend::private_session::{Signal, demo};

use super::PATIENCE;

/// Berth's own folders do not count: what is kept of machines is not a file of theirs.
fn files_named(folder: &Path, part: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files_named(&entry.path(), part));
        } else if entry.file_name().to_string_lossy().contains(part) {
            found.push(entry.path().display().to_string());
        }
    }
    found.retain(|path| !path.contains("/libvirt/qemu/log/"));
    found
}

pub(super) fn create(window: &mut AppHarness<'_>, name: &str, disk: &Path) {
    window.press(Role::Button, "New machine…", PATIENCE);
    window.press(Role::RadioButton, "Existing disk", PATIENCE);
    window.fill(Role::TextInput, "Disk image", &disk.display().to_string());
    // The machine is called after its disk until somebody says otherwise.
    window.step_until("the name is suggested", PATIENCE, |window| window.says(name));
    window.press(Role::RadioButton, "Software", PATIENCE);
    window.press(Role::Switch, "Start it right away", PATIENCE);
    window.press(Role::Button, "Create", PATIENCE);
    let row = format!("{name}, Off");
    window.step_until("the machine is in the list", PATIENCE, |window| {
        window.shows(Role::Row, &row)
    });
}

/// The figure in the row: "harbour, Running, CPU 45 %".
fn cpu_percent(window: &AppHarness<'_>, name: &str) -> Option<f32> {
    let row = window.named(Role::Row, name)?;
    let figure = row.rsplit_once("CPU ")?.1.trim_end_matches('%').trim();
    figure.parse().ok()
}

#[test]
fn a_machine_lives_from_new_machine_to_delete_by_pressing_what_is_shown() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let mut window = AppHarness::open(&session);
    let disk = session.folder().join("harbour.qcow2");
    demo::write_qcow2(&interactive(Mood::Calm), &disk).unwrap();
    create(&mut window, "harbour", &disk);

    window.press(Role::Button, "Start", PATIENCE);
    window.step_until("it is shown as running", PATIENCE, |window| {
        window.shows(Role::Row, "harbour, Running")
    });
    let mut line = window.serial_line("harbour");
    line.ask("r", "READ 00", BOOT_PATIENCE);
    window.step_until("it is idle", PATIENCE, |window| {
        cpu_percent(window, "harbour").is_some_and(|percent| percent < 10.0)
    });
    line.ask("b", "BURNING", PATIENCE);
    window.step_until("its figure rises", PATIENCE, |window| {
        cpu_percent(window, "harbour").is_some_and(|percent| percent > 15.0)
    });
    window.press(Role::Button, "Details", PATIENCE);
    window.step_until("the graph tells of it", PATIENCE, |window| {
        window.says("in the last 1 min")
    });
    line.ask("x", "IDLE", PATIENCE);

    line.ask("wA", "WROTE A", PATIENCE);
    window.press(Role::Tab, "Snapshots", PATIENCE);
    window.press(Role::Button, "Take a snapshot…", PATIENCE);
    window.fill(Role::TextInput, "Name", "before");
    window.press(Role::Button, "Take snapshot", PATIENCE);
    window.step_until("the snapshot is listed", PATIENCE, |window| {
        window.shows(Role::ListItem, "before, ")
    });
    line.ask("wB", "WROTE B", PATIENCE);
    line.ask("r", "READ 42", PATIENCE);
    window.press(Role::Button, "Revert to before", PATIENCE);
    window.press(Role::Button, "Revert", PATIENCE);
    window.step_until("the dialog is over and the job too", PATIENCE, |window| {
        !window.shows(Role::Dialog, "Revert") && !window.says("Reverting")
    });
    let mut line = window.serial_line("harbour");
    line.ask("r", "READ 41", PATIENCE);

    window.press(Role::Button, "Shut down", PATIENCE);
    window.step_until("it is off", PATIENCE, |window| window.shows(Role::Button, "Start"));
    window.key(egui::Key::Delete);
    window.step_until("its files are listed", PATIENCE, |window| {
        window.says("Your own disk image")
    });
    let tick = window.named(Role::CheckBox, "Your own disk image").unwrap();
    window.press(Role::CheckBox, &tick, PATIENCE);
    window.press(Role::Button, "Delete", PATIENCE);
    window.step_until("it is gone from the model", PATIENCE, |window| {
        window.model().machine_named("harbour").is_none()
    });
    window.step_until("it is gone from the window", PATIENCE, |window| {
        !window.shows(Role::Row, "harbour")
    });
    // The machine goes first and its files after it.
    window.step_until("no file of it is left", PATIENCE, |_| {
        files_named(session.folder(), "harbour").is_empty()
    });
    window.close();
}

#[test]
fn the_last_known_list_comes_first_and_a_killed_daemon_is_told_and_found_again() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::boot_sector(&session, "survivor", Mood::Calm);
    let _line = guest.start(BOOT_PATIENCE);
    let mut window = AppHarness::open(&session);
    window.step_until("the list is live", PATIENCE, |window| {
        window.shows(Role::Row, "survivor, Running") && window.model().freshness == Freshness::Live
    });
    window.close();

    // The next start draws what was known, marked as such, before libvirt has answered.
    session.kill_daemon(Signal::STOP).unwrap();
    let mut window = AppHarness::open(&session);
    assert!(window.shows(Role::Row, "survivor"), "the first frame shows the list");
    assert!(window.says("Last known list"), "and says that it is not live");
    session.kill_daemon(Signal::CONT).unwrap();
    window.step_until("it is live again", PATIENCE, |window| !window.says("Last known list"));

    session.kill_daemon(Signal::KILL).unwrap();
    window.step_until("the loss is told", PATIENCE, |window| {
        window.says("Last known list") && window.shows(Role::Row, "survivor")
    });
    session.restart_daemon().unwrap();
    window.step_until("the window finds it again", PATIENCE, |window| {
        !window.says("Last known list") && window.model().freshness == Freshness::Live
    });
    assert_eq!(window.model().machine_named("survivor").unwrap().state, State::Running);
    window.close();
}
