//! What the window system says reaches a Linux guest through the window: sizes, positions, the desktop's own keys, and
//! every printable key of three layouts.

use std::time::Duration;

use berth::keyboard::paste::{GuestLayout, Plan};
use berth_tests::{Desktop, Need, Shown, Stage, TestSession, require, wait_until};
use rustix::process::getuid;

use super::WINDOW;

const PATIENCE: Duration = Duration::from_mins(1);
/// What the rail and the toolbar leave of a window of 1280 by 800.
const SIZE: [u32; 2] = [1224, 760];
const CORNER: [u32; 2] = [56, 40];
/// X11's number for a key is the kernel's and this; the first 88 of the kernel's are the keyboard's own.
const X11_OFFSET: u16 = 8;
const LEFT_OF_1: u16 = 0x29;

#[test]
fn sizes_positions_and_all_keys_reach_a_linux_guest_under_x11() {
    if require(&[WINDOW, &[Need::DrmGuest]].concat()) {
        sizes_positions_and_all_keys_reach_a_linux_guest(Shown::OnX11);
    }
}

#[test]
fn sizes_positions_and_all_keys_reach_a_linux_guest_under_wayland() {
    // The compositor refuses root.
    if require(&[WINDOW, &[Need::Program("sway"), Need::DrmGuest]].concat()) && !getuid().is_root() {
        sizes_positions_and_all_keys_reach_a_linux_guest(Shown::OnWayland);
    }
}

fn sizes_positions_and_all_keys_reach_a_linux_guest(shown: Shown) {
    let session = TestSession::start();
    let mut stage = Stage::start(&session, "porthole");
    let mut desktop = Desktop::start(shown);
    desktop.start_berth(&["--connect", &session.uri()]);
    let mut reader = desktop.screen_reader();
    reader.wait_for_part("porthole, Running", PATIENCE);
    reader.click_part("table row", "porthole, Running");
    // Keys of a virtual keyboard may overtake the click.
    wait_until("the machine is marked", PATIENCE, || {
        reader.node_with("table row", "porthole, Running")["checked"] == true
    });
    desktop.press("Return");

    let [width, height] = SIZE;
    stage.hear_until(&format!("size {width} {height}"));
    reader.wait("canvas", &format!("Screen of porthole, {width} × {height}"));
    reader.wait_for_part("gives the keyboard back", PATIENCE);
    stage.ask("report on", "report on");
    // Its driver takes the tablet a moment after QEMU says that somebody does.
    wait_until("the guest's tablet", PATIENCE, || {
        for x in [3, 5] {
            desktop.point_at(CORNER[0] + x, CORNER[1] + 7);
        }
        stage.says("at 5 7")
    });
    for y in [height - 1, height / 2, 0] {
        for x in [width - 1, width / 2, 0] {
            desktop.point_at(CORNER[0] + x, CORNER[1] + y);
            stage.hear_until(&format!("at {x} {y}"));
        }
    }
    stage.ask("report off", "report off");
    for layout in [GuestLayout::Us, GuestLayout::De, GuestLayout::Fr] {
        type_all(&desktop, &mut stage, layout);
    }
    stage.ask("report on", "report on");
    for (key, codes) in [("Super_L", &[125][..]), ("alt+Tab", &[56, 15]), ("Pause", &[119])] {
        desktop.press(key);
        for code in codes {
            assert_eq!(stage.hear("key "), format!("{code} 1"), "{key}");
        }
        // Which finger goes up first is no matter.
        let mut up: Vec<String> = codes.iter().map(|_| stage.hear("key ")).collect();
        up.sort();
        let mut expected: Vec<String> = codes.iter().map(|code| format!("{code} 0")).collect();
        expected.sort();
        assert_eq!(up, expected, "{key}");
    }
}

/// Each key that types something by itself or with Shift, by its place on the keyboard.
#[track_caller]
fn type_all(desktop: &Desktop, stage: &mut Stage<'_>, layout: GuestLayout) {
    assert_eq!(
        stage.ask(&format!("layout {}", layout.code()), "layout "),
        format!("{} loaded", layout.code())
    );
    let mut text = String::new();
    let mut keys = Vec::new();
    for char in ('!'..='~').chain('\u{a1}'..='\u{ff}') {
        let plan = Plan::new(&char.to_string(), layout);
        if let [strokes] = &plan.strokes[..]
            && let [stroke] = &strokes[..]
            && !stroke.is_alt_gr
            // There the kernel's French map has the letter that is two.
            && !(layout == GuestLayout::Fr && stroke.key == LEFT_OF_1)
        {
            let shift = if stroke.is_shifted { "shift+" } else { "" };
            keys.push(format!("{shift}{}", stroke.key + X11_OFFSET));
            text.push(char);
        }
    }
    assert!(keys.len() > 80, "only {} keys of {layout:?}", keys.len());
    desktop.press_all(&keys);
    let mut typed = String::new();
    while typed.chars().count() < text.chars().count() {
        typed.push_str(&stage.hear("typed "));
    }
    assert_eq!(typed, text, "{layout:?}");
}
