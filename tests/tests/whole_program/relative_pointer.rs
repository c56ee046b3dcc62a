//! A guest with a mouse and without a tablet: the pointer moves in it alone until the Host key.

use std::time::Duration;

use berth_tests::{Desktop, Need, Shown, Stage, TestSession, require};
use rustix::process::getuid;

use super::WINDOW;
use super::linux_console::open_screen;

const PATIENCE: Duration = Duration::from_mins(1);
/// Within the machine's screen in a window of 1280 by 800.
const INSIDE: [u32; 2] = [668, 420];
const LEFT_BUTTON: u16 = 272;

#[test]
fn a_mouse_moves_in_the_guest_alone_until_the_host_key_under_x11() {
    if require(&[WINDOW, &[Need::DrmGuest]].concat()) {
        a_mouse_moves_in_the_guest_alone_until_the_host_key(Shown::OnX11);
    }
}

#[test]
fn a_mouse_moves_in_the_guest_alone_until_the_host_key_under_wayland() {
    // The compositor refuses root.
    if require(&[WINDOW, &[Need::Program("sway"), Need::DrmGuest]].concat()) && !getuid().is_root() {
        a_mouse_moves_in_the_guest_alone_until_the_host_key(Shown::OnWayland);
    }
}

fn a_mouse_moves_in_the_guest_alone_until_the_host_key(shown: Shown) {
    let session = TestSession::start();
    let mut stage = Stage::without_tablet(&session, "porthole");
    let mut desktop = Desktop::start(shown);
    let mut reader = open_screen(&mut desktop, &session);
    reader.wait_for_part("Screen of porthole, ", PATIENCE);
    reader.wait_for_part("gives the keyboard back", PATIENCE);
    stage.ask("report on", "report on");

    // Only a click hands it over, and that click is nobody else's.
    desktop.point_at(INSIDE[0] - 40, INSIDE[1]);
    desktop.click_at(INSIDE[0], INSIDE[1]);
    reader.wait_for_part("gives pointer and keyboard back", PATIENCE);
    let before = stage.ask_what_was("report on", "report on");
    assert_eq!(moves_and_buttons(&before), "");

    // Farther than the window is wide, there and back: nothing is lost at an edge, and nothing comes twice.
    for (dx, dy) in [(37, 23), (-37, -23), (-31, 0), (0, -17)] {
        for _ in 0..40 {
            desktop.push_pointer(dx, dy);
            assert_eq!(stage.hear("by "), format!("{dx} {dy}"), "{shown:?}");
        }
    }
    assert_eq!(
        moves_and_buttons(&stage.ask_what_was("report on", "report on")),
        "",
        "{shown:?}"
    );
    desktop.click();
    for is_down in [1, 0] {
        assert_eq!(stage.hear("button "), format!("{LEFT_BUTTON} {is_down}"));
    }

    desktop.press("Control_R");
    reader.wait_for_part("Click into the screen", PATIENCE);
    stage.ask("report on", "report on");
    for (dx, dy) in [(9, 9), (-9, -9)] {
        desktop.push_pointer(dx, dy);
    }
    let after = stage.ask_what_was("report on", "report on");
    assert_eq!(moves_and_buttons(&after), "");
    // It is where it was taken, however far it went in the guest.
    desktop.click();
    reader.wait_for_part("gives pointer and keyboard back", PATIENCE);
    desktop.press("Control_R");
    reader.wait_for_part("Click into the screen", PATIENCE);
    // It is the desktop's again: it goes to the page's own button, which takes the click.
    desktop.click_at(TO_MACHINE[0], TO_MACHINE[1]);
    reader.wait("page tab", "Overview");
}

/// The middle of the toolbar's first button, the way back to the machine.
const TO_MACHINE: [u32; 2] = [80, 20];

/// What the guest noticed of a pointer, of all that it said.
fn moves_and_buttons(said: &str) -> String {
    let is_of_pointer = |line: &&str| ["by ", "at ", "button "].iter().any(|word| line.starts_with(word));
    said.lines().filter(is_of_pointer).collect()
}
