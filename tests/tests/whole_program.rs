//! The built program in a real window, driven as a screen reader would drive it.

use std::time::Duration;

use berth_tests::{Desktop, Need, ScreenReader, Shown, TestSession, require, wait_until};

const WINDOW: &[Need] = &[
    Need::Libvirt,
    Need::Program("Xvfb"),
    Need::Program("dbus-daemon"),
    Need::Program("xdotool"),
    Need::Program("import"),
];

/// A session without machines, a desktop, and Berth's window on it, once it can be read.
fn open_window(shown: Shown) -> (TestSession, Desktop, ScreenReader) {
    let session = TestSession::start();
    let mut desktop = Desktop::start(shown);
    desktop.start_berth(&["--connect", &session.uri()]);
    let mut reader = desktop.screen_reader();
    reader.wait_for_part("New machine", Duration::from_mins(1));
    (session, desktop, reader)
}

/// From the first-start page to a machine that runs and is gone again, by role and name only.
#[test]
fn a_screen_reader_creates_watches_and_deletes_a_machine() {
    if !require(WINDOW) {
        return;
    }
    let (session, desktop, mut reader) = open_window(Shown::OnX11);
    wait_until("something is drawn", Duration::from_secs(20), || {
        desktop.colours_on_screen() > 20
    });

    reader.click("button", "New machine…");
    reader.click("radio button", "Nothing");
    reader.focus("entry", "Name");
    desktop.type_text("reader-1");
    reader.click("button", "Create and start");
    wait_until("the machine runs", Duration::from_mins(1), || {
        session.virsh(&["list", "--name"]).contains("reader-1")
    });
    reader.wait_for_part("reader-1", Duration::from_secs(20));
    reader.wait_for_part("Running", Duration::from_secs(20));
    reader.click("button", "Details");
    reader.wait_for_part("Overview", Duration::from_secs(20));
    reader.wait_for_part("CPU", Duration::from_secs(20));
    reader.click("page tab", "Snapshots");
    reader.click("button", "Take a snapshot…");
    reader.wait_for_part("stands still", Duration::from_secs(20));
    reader.click("button", "Take snapshot");
    wait_until("the snapshot is there", Duration::from_mins(1), || {
        !session
            .virsh(&["snapshot-list", "reader-1", "--name"])
            .trim()
            .is_empty()
    });
    reader.click("button", "More actions");
    reader.click("menu item", "Force off");
    reader.wait_for_part("lost", Duration::from_secs(20));
    reader.click("button", "Force off");
    wait_until("it is off", Duration::from_mins(1), || {
        !session.virsh(&["list", "--name"]).contains("reader-1")
    });
    reader.click("button", "More actions");
    reader.click("menu item", "Delete…");
    reader.wait_for_part("reader-1.qcow2", Duration::from_secs(20));
    reader.click("button", "Delete");
    wait_until("it is gone", Duration::from_mins(1), || {
        session.virsh(&["list", "--all", "--name"]).trim().is_empty()
    });
    let images = desktop.home().join(".local/share/berth/images");
    let left: Vec<_> = std::fs::read_dir(images).unwrap().collect();
    assert!(left.is_empty(), "no file is left: {left:?}");
    reader.wait_for_part("Welcome to Berth", Duration::from_secs(20));
}

#[test]
fn the_window_opens_under_wayland() {
    if !require(&[
        Need::Libvirt,
        Need::Program("sway"),
        Need::Program("grim"),
        Need::Program("identify"),
    ]) {
        return;
    }
    // The compositor refuses root.
    if rustix::process::getuid().is_root() {
        return;
    }
    let (_session, desktop, _reader) = open_window(Shown::OnWayland);
    wait_until("something is drawn", Duration::from_secs(20), || {
        desktop.colours_on_screen() > 20
    });
}

#[test]
fn a_second_start_raises_the_first_window() {
    if !require(WINDOW) {
        return;
    }
    let (session, mut desktop, mut reader) = open_window(Shown::OnX11);
    let second = desktop.start_berth(&["--connect", &session.uri()]);
    assert_eq!(
        desktop.wait_for_end(second, Duration::from_secs(20)),
        0,
        "{}",
        desktop.berth_log()
    );
    reader.wait_for_part("New machine", Duration::from_secs(5));
}

#[test]
fn without_a_display_the_terminal_is_pointed_out() {
    let output = std::process::Command::new(berth_tests::berth_binary())
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(
        words.contains("berth list"),
        "what works from the terminal is shown: {words}"
    );
}
