//! What the window system says reaches a Linux guest through the window: sizes, positions, the desktop's own keys, and
//! every printable key of three layouts.

use std::time::Duration;

use berth::keyboard::paste::{GuestLayout, Plan, Stroke};
use berth_tests::{Desktop, Need, ScreenReader, Shown, Stage, TestSession, require, wait_until};
use rustix::process::getuid;

use super::WINDOW;

const PATIENCE: Duration = Duration::from_mins(1);
/// What the rail and the toolbar leave of a window of 1280 by 800.
const SIZE: [u32; 2] = [1224, 760];
const CORNER: [u32; 2] = [56, 40];
/// X11's number for a key is the kernel's and this; the first 88 of the kernel's are the keyboard's own.
const X11_OFFSET: u16 = 8;
/// The right Alt key, held.
const ALT_GR: &str = "108+";

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

/// Berth's window with the screen of `porthole`, the only machine, which runs.
pub(super) fn open_screen(desktop: &mut Desktop, session: &TestSession) -> ScreenReader {
    desktop.start_berth(&["--connect", &session.uri()]);
    let mut reader = desktop.screen_reader();
    reader.wait_for_part("porthole, Running", PATIENCE);
    reader.click_part("table row", "porthole, Running");
    // Keys of a virtual keyboard may overtake the click.
    wait_until("the machine is marked", PATIENCE, || {
        reader.node_with("table row", "porthole, Running")["checked"] == true
    });
    desktop.press("Return");
    reader
}

fn sizes_positions_and_all_keys_reach_a_linux_guest(shown: Shown) {
    let session = TestSession::start();
    let mut stage = Stage::start(&session, "porthole");
    let mut desktop = Desktop::start(shown);
    let mut reader = open_screen(&mut desktop, &session);
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

/// Each character of Latin-1 that the layout has on any level or by a dead key, and some of the rest, by its keys' places.
#[track_caller]
fn type_all(desktop: &Desktop, stage: &mut Stage<'_>, layout: GuestLayout) {
    assert_eq!(
        stage.ask(&format!("layout {}", layout.code()), "layout "),
        format!("{} loaded", layout.code())
    );
    let latin = ('!'..='~').chain('\u{a1}'..='\u{ff}');
    let others = levels_of(layout).chars().filter(|char| *char > '\u{ff}');
    let ways: Vec<(char, Vec<Stroke>)> = latin
        .chain(others)
        .filter_map(|char| Some((char, Plan::new(&char.to_string(), layout).strokes.pop()?)))
        .filter(|(char, strokes)| strokes.len() == 1 || !NOT_COMPOSED.contains(char))
        .collect();
    for needed in [('!'..='~').collect::<String>().as_str(), levels_of(layout)] {
        let is_missing = |char: &char| !ways.iter().any(|(typed, _)| typed == char);
        let missing: String = needed.chars().filter(is_missing).collect();
        assert_eq!(missing, "", "not typed for {layout:?}");
    }
    let mut rest = &ways[..];
    while !rest.is_empty() {
        let mut room = KEYBOARDS_MEMORY;
        let fits = |(_, strokes): &&(char, Vec<Stroke>)| {
            room -= strokes.iter().map(|stroke| bytes_of(*stroke)).sum::<i32>();
            room >= 0
        };
        let (batch, later) = rest.split_at(rest.iter().take_while(fits).count().max(1));
        rest = later;
        let text: String = batch.iter().map(|(char, _)| char).collect();
        let strokes = batch.iter().flat_map(|(_, strokes)| strokes);
        desktop.press_all(&strokes.map(|stroke| place_of(*stroke)).collect::<Vec<_>>());
        let mut typed = String::new();
        while typed.chars().count() < text.chars().count() {
            typed.push_str(&stage.hear("typed "));
        }
        assert_eq!(typed, text, "{layout:?}");
    }
}

/// What the guest's kernel does not make of a ring and a letter.
const NOT_COMPOSED: [char; 2] = ['Å', 'å'];
/// What may be typed ahead of a guest that is busy: its keyboard keeps 16 bytes, and of the keys before some may be there.
const KEYBOARDS_MEMORY: i32 = 10;

/// What a stroke takes of it.
fn bytes_of(stroke: Stroke) -> i32 {
    2 + 2 * i32::from(stroke.is_shifted) + 4 * i32::from(stroke.is_alt_gr)
}

/// Some of what the layout has with `AltGr`, with it and Shift, and by a dead key.
const fn levels_of(layout: GuestLayout) -> &'static str {
    match layout {
        GuestLayout::De => "@€{[]}\\~|µ²³¡Ω™éÈô",
        GuestLayout::Fr => "~#{[|`\\^@]}€æ²«»Ωâïÿ",
        _ => "",
    }
}

/// The key with what is held meanwhile, as a desktop's keyboard is told.
fn place_of(stroke: Stroke) -> String {
    let alt_gr = if stroke.is_alt_gr { ALT_GR } else { "" };
    let shift = if stroke.is_shifted { "shift+" } else { "" };
    format!("{alt_gr}{shift}{}", stroke.key + X11_OFFSET)
}
