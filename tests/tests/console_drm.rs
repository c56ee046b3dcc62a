//! The display engine against a Linux guest with a graphics card: pixels, keys, pointer, size and clipboard, each read
//! on the other side.

use std::os::fd::OwnedFd;
use std::time::Duration;

use berth::console::rfb::{self, Encoding};
use berth::console::{CursorChange, Input, PointerButton, PointerMode, dbus};
use berth_tests::{Need, Stage, Viewer, require, wait_until};
use egui::Color32;
use libvirt_backend::model::GraphicsKind;
use libvirt_backend::{Command, Outcome, Query};

mod rig;

use rig::Rig;

/// How a display reaches Berth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Shared,
    Copied,
    Vnc,
    VncPacked,
}

const BOTH: [Way; 2] = [Way::Shared, Way::Vnc];

fn is_ready() -> bool {
    require(&[Need::Libvirt, Need::DrmGuest])
}

#[track_caller]
fn open(rig: &Rig, stage: &Stage<'_>, way: Way) -> Viewer {
    let display = display_of(rig, stage, way);
    let mut viewer = Viewer::open(|canvas, input| match way {
        Way::Shared | Way::Copied => {
            let options = dbus::Options {
                shares_memory: way == Way::Shared,
                shares_clipboard: true,
                ..dbus::Options::default()
            };
            dbus::start(display, options, canvas, input)
        }
        Way::Vnc => rfb::start(display, rfb::Options::local(), canvas, input),
        Way::VncPacked => {
            let options = rfb::Options {
                encodings: vec![Encoding::Tight, Encoding::Zrle],
                ..rfb::Options::local()
            };
            rfb::start(display, options, canvas, input)
        }
    });
    viewer.until("the first frame", |viewer| !viewer.pixels.is_empty());
    viewer
}

/// A descriptor of libvirt's, as the window gets it.
#[track_caller]
fn display_of(rig: &Rig, stage: &Stage<'_>, way: Way) -> OwnedFd {
    let kind = match way {
        Way::Shared | Way::Copied => GraphicsKind::DbusP2p,
        Way::Vnc | Way::VncPacked => GraphicsKind::Vnc,
    };
    let id = stage.id();
    rig.until_state(id, "running");
    let machine = rig.machine(id);
    let graphics = machine
        .definition
        .graphics
        .iter()
        .find(|graphics| graphics.kind == kind);
    let index = graphics.expect("a display of each kind").index;
    match rig.run(Command::Query(Query::OpenDisplay { id, index })) {
        Ok(Outcome::Display(stream)) => stream.descriptor().expect("a descriptor"),
        other => panic!("{other:?}"),
    }
}

/// The number that each frame carries in its corner, lowest bit first. `None`: these are no digits.
fn frame_number(viewer: &Viewer) -> Option<u32> {
    (0..32).try_fold(0, |number, bit| match viewer.pixel(bit * 4 + 1, 1)? {
        Color32::WHITE => Some(number | 1 << bit),
        Color32::BLACK => Some(number),
        _ => None,
    })
}

fn is_checker(viewer: &Viewer) -> bool {
    let [width, _] = viewer.size;
    let is_right = |(at, pixel): (usize, &Color32)| {
        let (x, y) = (at as u32 % width, at as u32 / width);
        let is_number = y < 4 && x < 128;
        let expected = if (x + y) % 2 == 1 {
            Color32::WHITE
        } else {
            Color32::BLACK
        };
        is_number || *pixel == expected
    };
    viewer.size == [1280, 800] && viewer.pixels.iter().enumerate().all(is_right)
}

#[test]
fn pictures_arrive_exactly_by_every_way() {
    if !is_ready() {
        return;
    }
    let rig = Rig::new();
    let mut stage = Stage::start(&rig.session, "pixels");
    for way in [Way::Shared, Way::Copied, Way::Vnc, Way::VncPacked] {
        let mut viewer = open(&rig, &stage, way);
        stage.paint("checker");
        viewer.until(&format!("each pixel of the checker by {way:?}"), is_checker);

        // A picture that never stops leaves nothing of itself behind.
        stage.paint("noise");
        let first = frame_number(&viewer);
        viewer.until(&format!("new frames by {way:?}"), |viewer| {
            frame_number(viewer).is_some_and(|number| first.is_none_or(|first| number > first + 5))
        });
        stage.paint("checker");
        viewer.until(&format!("the checker after the noise by {way:?}"), is_checker);

        if matches!(way, Way::Shared | Way::Vnc) {
            stage.ask("arrow", "arrow shown");
            viewer.until(
                &format!("the guest's own pointer by {way:?}"),
                |viewer| matches!(&viewer.cursor, Some(CursorChange::Shown(cursor)) if is_arrow(cursor)),
            );
        }
    }
}

/// Red, then a part that shines through, then nothing.
fn is_arrow(cursor: &berth::console::Cursor) -> bool {
    let colour = |x: usize, y: usize| cursor.image.pixels.get(y * cursor.image.width() + x);
    cursor.image.size == [64, 64]
        && (cursor.hot_x, cursor.hot_y) == (3, 5)
        && colour(2, 5) == Some(&Color32::RED)
        && colour(15, 18).is_some_and(|colour| (1..255).contains(&colour.a()) && colour.g() > 100)
        && colour(40, 40) == Some(&Color32::TRANSPARENT)
}

#[test]
fn every_key_the_pointer_and_the_size_reach_the_guest() {
    if !is_ready() {
        return;
    }
    let rig = Rig::new();
    let mut stage = Stage::start(&rig.session, "input");
    stage.ask("report on", "report on");
    for (way, size) in BOTH.into_iter().zip([[1024, 768], [1400, 1050]]) {
        let mut viewer = open(&rig, &stage, way);
        let [width, height] = size;
        viewer.input.send(Input::Resize { width, height });
        assert_eq!(stage.hear("size "), format!("{width} {height}"), "{way:?}");
        viewer.until(&format!("the new size by {way:?}"), |viewer| viewer.size == size);

        viewer.until("the tablet", |viewer| {
            viewer.screen.pointer_mode() == PointerMode::Absolute
        });
        point(&mut stage, &viewer, way);
        press_every_key(&mut stage, &viewer, way);
    }
}

#[test]
fn a_mouse_reaches_a_guest_without_a_tablet() {
    if !is_ready() {
        return;
    }
    let rig = Rig::new();
    let mut stage = Stage::without_tablet(&rig.session, "mouse");
    stage.ask("report on", "report on");
    for way in BOTH {
        let mut viewer = open(&rig, &stage, way);
        viewer.until("the mouse", |viewer| {
            viewer.screen.pointer_mode() == PointerMode::Relative
        });
        // Its driver takes a mouse a moment after QEMU says that somebody does.
        wait_until("the guest's mouse", Duration::from_mins(1), || {
            viewer.input.send(Input::PointerBy { dx: 9, dy: 9 });
            stage.says("by 9 9")
        });
        for (dx, dy) in [(5, 7), (-3, 0), (0, -2)] {
            viewer.input.send(Input::PointerBy { dx, dy });
            stage.hear_until(&format!("by {dx} {dy}"));
        }
        for is_down in [true, false] {
            let button = PointerButton::Left;
            viewer.input.send(Input::Button { button, is_down });
            assert_eq!(stage.hear("button "), format!("272 {}", u8::from(is_down)), "{way:?}");
        }
    }
}

#[track_caller]
fn point(stage: &mut Stage<'_>, viewer: &Viewer, way: Way) {
    let [width, height] = viewer.size;
    // Its driver takes the tablet a moment after QEMU says that somebody does.
    wait_until("the guest's tablet", Duration::from_mins(1), || {
        for x in [3, 5] {
            viewer.input.send(Input::PointerAt { x, y: 7 });
        }
        stage.says("at 5 7")
    });
    // From the far end: the kernel tells nobody of a position that is no news, and before the first it is 0, 0.
    for y in [height - 1, height / 2, 0] {
        for x in [width - 1, width / 2, 0] {
            viewer.input.send(Input::PointerAt { x, y });
            stage.hear_until(&format!("at {x} {y}"));
        }
    }
    for (button, code) in [
        (PointerButton::Left, 272),
        (PointerButton::Right, 273),
        (PointerButton::Middle, 274),
    ] {
        for is_down in [true, false] {
            viewer.input.send(Input::Button { button, is_down });
            let heard = stage.hear("button ");
            assert_eq!(heard, format!("{code} {}", u8::from(is_down)), "{way:?}");
        }
    }
    for (button, steps) in [(PointerButton::WheelUp, "1"), (PointerButton::WheelDown, "-1")] {
        for is_down in [true, false] {
            viewer.input.send(Input::Button { button, is_down });
        }
        assert_eq!(stage.hear("wheel "), steps, "{way:?}");
    }
}

/// Presses and releases each of the 105 keys, and some for media, alone.
#[track_caller]
fn press_every_key(stage: &mut Stage<'_>, viewer: &Viewer, way: Way) {
    let keys = all_keys();
    assert_eq!(keys.len(), 105 + 6);
    for (qnum, code) in keys {
        viewer.press(qnum);
        for is_down in [1, 0] {
            let heard = stage.hear("key ");
            assert_eq!(heard, format!("{code} {is_down}"), "key {qnum:#x} by {way:?}");
        }
    }
}

/// What QEMU calls a key, and what Linux does.
fn all_keys() -> Vec<(u16, u16)> {
    let one_byte = (0x01..=0x53).chain(0x56..=0x58).map(|code| (code, code));
    let extended = [
        (0x9c, 96),
        (0x9d, 97),
        (0xb5, 98),
        (0xb7, 99),
        (0xb8, 100),
        (0xc7, 102),
        (0xc8, 103),
        (0xc9, 104),
        (0xcb, 105),
        (0xcd, 106),
        (0xcf, 107),
        (0xd0, 108),
        (0xd1, 109),
        (0xd2, 110),
        (0xd3, 111),
        (0xc6, 119),
        (0xdb, 125),
        (0xdc, 126),
        (0xdd, 127),
    ];
    // Mute, quieter, louder, play, next, previous.
    let media = [
        (0xa0, 113),
        (0xae, 114),
        (0xb0, 115),
        (0xa2, 164),
        (0x99, 163),
        (0x90, 165),
    ];
    one_byte.chain(extended).chain(media).collect()
}

#[test]
fn text_copied_on_either_side_is_pasted_on_the_other() {
    if !is_ready() {
        return;
    }
    let rig = Rig::new();
    let mut stage = Stage::with_clipboard(&rig.session, "clipboard");
    let long = "0123456789abcdef".repeat(4_000);
    for way in BOTH {
        let mut viewer = open(&rig, &stage, way);
        for (number, text) in ["plain", "Grüße, 世界\ntwo lines", long.as_str()]
            .into_iter()
            .enumerate()
        {
            // Told apart from what the other way carried before.
            let text = format!("{way:?} {number} {text}");
            viewer.input.send(Input::Clipboard(text.as_str().into()));
            // A guest's agent that comes anew is told a second time.
            stage.hear_until(&format!("clip got {}", text.replace('\n', "\\n")));
        }
        for text in ["from the guest", "Grüße, 世界\\nzwei Zeilen"] {
            let text = format!("{way:?} {text}");
            stage.ask(&format!("clip {text}"), "clip offered");
            let expected = text.replace("\\n", "\n");
            viewer.until(&format!("{expected:?}"), |viewer| {
                viewer.clipboard.as_deref() == Some(&expected)
            });
        }
    }
}
