//! A QEMU that stops answering while its screen is looked at: it is told over the picture, and goes on.

use std::time::{Duration, Instant};

use berth_tests::{AppHarness, BOOT_PATIENCE, Guest, Need, TestSession, require};
use egui::Role;
use libvirt_backend::boot_sector::{Mood, interactive};
use libvirt_backend::private_session::{PrivateSession, Signal, demo};

use super::PATIENCE;
use super::life::create;

const BY_DBUS: &str = "Shown by QEMU’s own display (D-Bus), in shared memory";

pub(super) fn signal(session: &PrivateSession, name: &str, signal: Signal) {
    let pid = session.qemu_pid(name).unwrap();
    rustix::process::kill_process(rustix::process::Pid::from_raw(pid.cast_signed()).unwrap(), signal).unwrap();
}

/// The console of `name` is on its page and shows `way` in its menu.
fn a_held_qemu_is_told_and_goes_on(session: &PrivateSession, window: &mut AppHarness<'_>, name: &str, way: &str) {
    let screen = format!("Screen of {name}");
    let words = format!("{name} does not respond: its screen stands still.");
    let is_told = |window: &AppHarness<'_>| window.shows(Role::Status, &words);
    window.press(Role::Button, "Open console", PATIENCE);
    window.step_until("its picture", PATIENCE, |window| window.shows(Role::Canvas, &screen));
    window.press(Role::Button, "More actions", PATIENCE);
    window.step_until("the way it comes", PATIENCE, |window| window.says(way));
    window.key(egui::Key::Escape);
    // Nothing happens in the guest: that is no reason to say anything.
    let idle = Instant::now();
    while idle.elapsed() < Duration::from_secs(5) {
        assert!(!is_told(window), "it is well");
        window.key(egui::Key::F35);
        std::thread::sleep(Duration::from_millis(100));
    }

    signal(session, name, Signal::STOP);
    window.step_until("it is told", PATIENCE, is_told);
    assert!(window.shows(Role::Canvas, &screen), "the last picture stays");
    signal(session, name, Signal::CONT);
    window.step_until("it answers again", PATIENCE, |window| !is_told(window));
    assert!(window.shows(Role::Canvas, &screen));

    signal(session, name, Signal::STOP);
    window.press(Role::Button, "Reconnect", PATIENCE);
    window.step_until("it is told on", PATIENCE, |window| {
        is_told(window) && window.shows(Role::Canvas, &screen)
    });
    signal(session, name, Signal::CONT);
    window.step_until("it is connected again", PATIENCE, |window| {
        !is_told(window) && window.says("gives the keyboard back")
    });
    window.press(Role::Button, "More actions", PATIENCE);
    window.step_until("the same way as before", PATIENCE, |window| window.says(way));
}

#[test]
fn a_held_qemu_is_told_over_its_picture_by_the_fast_display() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let mut window = AppHarness::open(&session);
    let disk = session.folder().join("mirror.qcow2");
    demo::write_qcow2(&interactive(Mood::Calm), &disk).unwrap();
    create(&mut window, "mirror", &disk);
    window.press(Role::Button, "Start", PATIENCE);
    a_held_qemu_is_told_and_goes_on(&session, &mut window, "mirror", BY_DBUS);
    window.close();
}

#[test]
fn a_held_qemu_is_told_over_its_picture_by_vnc() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::boot_sector(&session, "mirror", Mood::Calm);
    let _line = guest.start(BOOT_PATIENCE);
    let mut window = AppHarness::open(&session);
    window.step_until("the list", PATIENCE, |window| {
        window.shows(Role::Row, "mirror, Running")
    });
    let row = window.named(Role::Row, "mirror").unwrap();
    window.press(Role::Row, &row, PATIENCE);
    a_held_qemu_is_told_and_goes_on(&session, &mut window, "mirror", "Shown by VNC");
    window.close();
}
