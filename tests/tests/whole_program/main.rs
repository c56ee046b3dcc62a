//! The built program in a real window, driven as a screen reader would drive it, or by the keyboard alone.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails here")]

mod clipboard;
mod closing;
mod console;
mod demo;
mod display_scale;
mod frames;
mod installer;
mod keyboard;
mod life;
mod links;
mod linux_console;
mod pictures;
mod relative_pointer;
mod starting;
mod viewer;

use std::time::Duration;

use berth_tests::{Desktop, Need, ScreenReader, Shown, TestSession};

pub(crate) const WINDOW: &[Need] = &[
    Need::Libvirt,
    Need::Program("Xvfb"),
    Need::Program("dbus-daemon"),
    Need::Program("xdotool"),
    Need::Program("import"),
];

/// A session without machines, a desktop, and Berth's window on it, once it can be read.
pub(crate) fn open_window(shown: Shown) -> (TestSession, Desktop, ScreenReader) {
    let session = TestSession::start();
    let mut desktop = Desktop::start(shown);
    desktop.start_berth(&["--connect", &session.uri()]);
    let mut reader = desktop.screen_reader();
    reader.wait_for_part("New machine", Duration::from_mins(1));
    (session, desktop, reader)
}
