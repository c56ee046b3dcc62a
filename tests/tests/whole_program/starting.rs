//! How the program starts: on each kind of display, a second time, and without any display.

use std::time::Duration;

use berth_tests::{Need, Shown, require, wait_until};

use super::{WINDOW, open_window};

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
