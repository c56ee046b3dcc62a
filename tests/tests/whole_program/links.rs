//! What a second start can ask the first to open, and the cards that few machines are shown as.

use std::time::Duration;

use berth::settings::Listing;
use berth_tests::{
    BOOT_PATIENCE, Desktop, Guest, Need, ScreenReader, SerialLine, Shown, TestSession, require, wait_until,
};
use libvirt_backend::boot_sector::Mood;
use rustix::process::getuid;

use super::WINDOW;

const PATIENCE: Duration = Duration::from_secs(20);
const MACHINE: &str = "<domain type='qemu'><name>porthole</name><memory unit='MiB'>32</memory>\
    <os><type arch='x86_64' machine='pc'>hvm</type></os></domain>";

#[test]
fn the_running_window_takes_over_what_a_second_start_is_to_open() {
    if !require(WINDOW) {
        return;
    }
    let session = TestSession::start();
    let mut desktop = Desktop::start(Shown::OnX11);
    let xml = desktop.home().join("porthole.xml");
    std::fs::write(&xml, MACHINE).unwrap();
    session.virsh(&["define", xml.to_str().unwrap()]);
    desktop.choose(Listing::ByNumber);
    desktop.start_berth(&["--connect", &session.uri()]);
    let mut reader = desktop.screen_reader();
    reader.wait_for_part("New machine", Duration::from_mins(1));
    reader.wait("list item", "porthole, Off");
    reader.wait("button", "Start");

    let disc = desktop.home().join("a disc.iso");
    std::fs::write(&disc, "not really").unwrap();
    let address = "berth://elsewhere/porthole";
    let disc = format!("file://{}", disc.display().to_string().replace(' ', "%20"));
    for (arguments, shown) in [
        (vec!["open", "porthole"], "Snapshots"),
        (vec!["open-uri", "--", address], "“elsewhere”"),
        (vec!["open-uri", "--", "berth://x/y?run"], "This is neither"),
        (vec!["open", "nobody"], "no machine “nobody”"),
        (vec!["open-uri", "--", disc.as_str()], "Create and start"),
    ] {
        let second = desktop.start_berth(&arguments);
        assert_eq!(desktop.wait_for_end(second, PATIENCE), 0, "{}", desktop.berth_log());
        reader.wait_for_part(shown, PATIENCE);
    }
}

/// Berth's window on one machine that runs, shown there, and what the guest says.
fn with_guest(session: &TestSession, shown: Shown) -> (SerialLine, Desktop, ScreenReader) {
    let guest = Guest::boot_sector(session, "porthole", Mood::Calm);
    let line = guest.start(BOOT_PATIENCE);
    let mut desktop = Desktop::start(shown);
    desktop.start_berth(&["--connect", &session.uri()]);
    let mut reader = desktop.screen_reader();
    reader.wait_for_part("porthole, Running", Duration::from_mins(1));
    (line, desktop, reader)
}

#[track_caller]
fn open(desktop: &mut Desktop, how: &[&str]) {
    let second = desktop.start_berth(&[&["open", "porthole"], how].concat());
    assert_eq!(desktop.wait_for_end(second, PATIENCE), 0, "{}", desktop.berth_log());
}

#[test]
fn a_second_start_shows_a_machines_screen_and_fills_the_display_with_it() {
    if !require(WINDOW) {
        return;
    }
    let session = TestSession::start();
    let (mut line, mut desktop, mut reader) = with_guest(&session, Shown::OnX11);
    open(&mut desktop, &["--console"]);
    reader.wait_for_part("Screen of porthole, ", PATIENCE);
    reader.wait("button", "Back to the machine");
    open(&mut desktop, &["--fullscreen"]);
    reader.wait("button", "Leave full screen");
    reader.wait_until_gone("Back to the machine");
    desktop.type_text("full");
    line.expect("full", PATIENCE);
    open(&mut desktop, &[]);
    reader.wait("page tab", "Snapshots");
}

#[test]
fn a_screen_in_a_window_of_its_own_fills_the_display_there_and_comes_to_the_front() {
    let compositor = [Need::Program("sway"), Need::Program("swaymsg")];
    if !require(&[WINDOW, &compositor].concat()) || getuid().is_root() {
        return;
    }
    let session = TestSession::start();
    let (mut line, mut desktop, mut reader) = with_guest(&session, Shown::OnWayland);
    let fills = |desktop: &Desktop, title: &str| desktop.window_state(title).is_some_and(|window| window.is_fullscreen);
    open(&mut desktop, &["--console"]);
    reader.click("button", "Move into a window of its own");
    wait_until("its own window", PATIENCE, || {
        desktop.window_state("porthole").is_some()
    });
    assert!(!fills(&desktop, "porthole"));
    open(&mut desktop, &["--fullscreen"]);
    wait_until("its own window fills the display", PATIENCE, || {
        let own = desktop.window_state("porthole");
        own.is_some_and(|own| own.is_fullscreen && own.is_focused)
    });
    assert!(!fills(&desktop, "Berth"), "the main window stays what it was");
    // A screen reader sees the main window only: the guest itself says when it has the keyboard.
    wait_until("what is typed there arrives", PATIENCE, || {
        // By its number: a q.
        desktop.press("24");
        line.says("q", Duration::from_secs(2))
    });
}
