//! A guest's screen in the window: what is typed arrives in the guest, on its page, in a window of its own and filling the
//! display; and it comes back by itself.

use std::time::Duration;

use berth_tests::{
    BOOT_PATIENCE, Desktop, Guest, Need, ScreenReader, SerialLine, Shown, TestSession, require, wait_until,
};
use libvirt_backend::boot_sector::Mood;
use rustix::process::getuid;

use super::WINDOW;
use super::linux_console::open_screen;

const PATIENCE: Duration = Duration::from_mins(1);
const PICTURE: &str = "Screen of porthole, ";

/// The only machine is marked, and its list has the keyboard.
fn open(session: &TestSession) -> (Desktop, ScreenReader) {
    let mut desktop = Desktop::start(Shown::OnX11);
    desktop.start_berth(&["--connect", &session.uri()]);
    let mut reader = desktop.screen_reader();
    reader.wait_for_part("porthole, Running", PATIENCE);
    reader.click_part("table row", "porthole, Running");
    (desktop, reader)
}

#[test]
fn what_is_typed_arrives_in_the_guest_wherever_its_screen_is_shown() {
    if !require(WINDOW) {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::boot_sector(&session, "porthole", Mood::Calm);
    let mut line = guest.start(BOOT_PATIENCE);
    let (desktop, mut reader) = open(&session);
    desktop.press("Return");
    reader.wait_for_part(PICTURE, PATIENCE);
    reader.wait_for_part("gives the keyboard back", PATIENCE);
    desktop.type_text("boat");
    line.expect("boat", PATIENCE);
    assert!(
        desktop.colours_on_screen() > 20,
        "the guest's colours are not on the screen"
    );

    // The Host key gives the keyboard back: what is typed now stays here.
    desktop.press("Control_R");
    reader.wait_for_part("Click into the screen", PATIENCE);
    desktop.type_text("lost");
    reader.focus("canvas", "Screen of porthole, 720 × 400");
    reader.wait_for_part("gives the keyboard back", PATIENCE);
    desktop.type_text("here");
    let heard = line.expect("here", PATIENCE);
    assert!(!heard.contains("lost"), "{heard}");

    // Filling the display and back, by the keyboard.
    desktop.press("Control_R+f");
    reader.wait_for_part("Leave full screen", PATIENCE);
    desktop.type_text("full");
    line.expect("full", PATIENCE);
    desktop.press("Control_R+f");
    reader.wait_for_part("Back to the machine", PATIENCE);

    reader.click("button", "Move into a window of its own");
    reader.wait("page tab", "Overview");
    desktop.turn_to("porthole");
    // A screen reader sees the main window only: the guest itself says when it has the keyboard.
    wait_until("what is typed there arrives", PATIENCE, || {
        desktop.type_on("own.");
        line.says("own.", Duration::from_secs(2))
    });
    reader.click("page tab", "Console");
    reader.wait_for_part("porthole is shown in a window of its own", PATIENCE);
    reader.click("button", "Bring back into the main window");
    reader.wait("button", "Back to the machine");
    desktop.turn_to("Berth");
    reader.wait_for_part("gives the keyboard back", PATIENCE);
    desktop.type_text("back");
    line.expect("back", PATIENCE);
}

#[test]
fn a_screen_comes_back_by_itself_after_reset_power_cycle_and_revert() {
    if !require(WINDOW) {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::boot_sector(&session, "porthole", Mood::Calm);
    let mut line = guest.start(BOOT_PATIENCE);
    let (desktop, mut reader) = open(&session);
    desktop.press("Return");
    reader.wait_for_part(PICTURE, PATIENCE);
    session.virsh(&["reset", guest.name()]);
    line.expect("READY", BOOT_PATIENCE);
    reader.wait_for_part("gives the keyboard back", PATIENCE);
    desktop.type_text("reset");
    line.expect("reset", PATIENCE);

    session.virsh(&["snapshot-create-as", guest.name(), "now"]);
    session.virsh(&["destroy", guest.name()]);
    reader.wait_for_part("porthole is off", PATIENCE);
    // Of a machine that is off, reverting makes one that runs: another QEMU.
    session.virsh(&["snapshot-revert", guest.name(), "now"]);
    reader.wait_for_part(PICTURE, PATIENCE);
    reader.wait_for_part("gives the keyboard back", PATIENCE);
    let mut line = guest.line();
    desktop.type_text("again");
    line.expect("again", PATIENCE);
}

#[test]
fn a_screen_comes_back_by_itself_after_its_machine_was_saved() {
    if require(WINDOW) {
        let session = TestSession::start();
        a_screen_comes_back_after_saving(&session, &Guest::with_fast_display(&session, "porthole"));
    }
}

#[test]
fn a_screen_over_vnc_comes_back_by_itself_after_its_machine_was_saved() {
    if require(WINDOW) {
        let session = TestSession::start();
        a_screen_comes_back_after_saving(&session, &Guest::boot_sector(&session, "porthole", Mood::Calm));
    }
}

fn a_screen_comes_back_after_saving(session: &TestSession, guest: &Guest<'_>) {
    let mut line = guest.start(BOOT_PATIENCE);
    let (desktop, mut reader) = open(session);
    desktop.press("Return");
    reader.wait_for_part("gives the keyboard back", PATIENCE);
    desktop.type_text("before");
    line.expect("before", PATIENCE);

    // Asked for here.
    reader.click("button", "More actions");
    reader.click("menu item", "Save state");
    reader.wait_for_part("porthole is off", PATIENCE);
    reader.click("button", "Start");
    reader.wait_for_part(PICTURE, PATIENCE);
    reader.wait_for_part("gives the keyboard back", PATIENCE);
    let mut line = guest.line();
    desktop.type_text("resumed");
    line.expect("resumed", PATIENCE);
    assert!(desktop.colours_on_screen() > 20, "its picture is not there again");

    // And by somebody else.
    session.virsh(&["managedsave", guest.name()]);
    reader.wait_for_part("porthole is off", PATIENCE);
    session.virsh(&["start", guest.name()]);
    reader.wait_for_part(PICTURE, PATIENCE);
    reader.wait_for_part("gives the keyboard back", PATIENCE);
    let mut line = guest.line();
    desktop.type_text("again");
    line.expect("again", PATIENCE);
}

#[test]
fn a_screens_own_window_lives_on_while_the_main_one_is_on_a_workspace_that_nobody_sees() {
    // The compositor refuses root.
    let needs = [Need::Program("sway"), Need::Program("swaymsg")];
    if !require(&[WINDOW, &needs].concat()) || getuid().is_root() {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::boot_sector(&session, "porthole", Mood::Calm);
    let mut line = guest.start(BOOT_PATIENCE);
    let mut desktop = Desktop::start(Shown::OnWayland);
    let mut reader = open_screen(&mut desktop, &session);
    reader.wait_for_part("gives the keyboard back", PATIENCE);
    reader.click("button", "Move into a window of its own");
    reader.wait("page tab", "Overview");
    wait_until("a window of its own", PATIENCE, || {
        desktop.tell_compositor("[title=\"^porthole\"] focus")
    });
    assert!(desktop.tell_compositor("[title=\"^Berth$\"] move container to workspace elsewhere"));

    let type_until_heard = |line: &mut SerialLine, text: &str| {
        wait_until(&format!("{text} arrives"), PATIENCE, || {
            desktop.type_text(text);
            line.says(text, Duration::from_secs(2))
        });
    };
    type_until_heard(&mut line, "own.");
    session.virsh(&["reset", guest.name()]);
    line.expect("READY", BOOT_PATIENCE);
    type_until_heard(&mut line, "reset.");
    // Another QEMU: what to do about its screen is decided by the window that nobody sees.
    session.virsh(&["destroy", guest.name()]);
    drop(line);
    session.virsh(&["start", guest.name()]);
    let mut line = guest.line();
    type_until_heard(&mut line, "anew.");
}
