//! The D-Bus display against a real QEMU: the picture is the guest's, keys arrive, the end is told.

use std::os::fd::OwnedFd;

use berth::console::{Ending, dbus};
use berth_tests::{Need, Viewer, require};
use egui::Color32;
use libvirt_backend::model::{GraphicsKind, MachineId};
use libvirt_backend::{Command, MachineCommand, Outcome, Query};

mod rig;

use rig::Rig;

/// QNUM of the letter A.
const KEY_A: u16 = 0x1e;

fn open(rig: &Rig, id: MachineId, options: dbus::Options) -> Viewer {
    let display = display_of(rig, id);
    Viewer::open(|canvas, input| dbus::start(display, options, canvas, input))
}

fn display_of(rig: &Rig, id: MachineId) -> OwnedFd {
    let machine = rig.machine(id);
    let graphics = &machine.definition.graphics;
    let dbus = graphics.iter().find(|graphics| graphics.kind == GraphicsKind::DbusP2p);
    let index = dbus.expect("a D-Bus display").index;
    match rig.run(Command::Query(Query::OpenDisplay { id, index })) {
        Ok(Outcome::Display(stream)) => stream.descriptor().expect("a descriptor"),
        other => panic!("{other:?}"),
    }
}

/// The picture that QEMU itself takes.
#[expect(clippy::disallowed_methods, reason = "a guest's colours are not the window's")]
fn photograph(rig: &Rig, id: MachineId) -> ([u32; 2], Vec<Color32>) {
    let Ok(Outcome::Screenshot(picture)) = rig.run(Command::Query(Query::Screenshot(id))) else {
        panic!("no picture")
    };
    let pixels = picture
        .rgba
        .chunks_exact(4)
        .map(|p| Color32::from_rgb(p[0], p[1], p[2]));
    ([picture.width, picture.height], pixels.collect())
}

fn the_picture_is_the_guests_and_keys_arrive(options: dbus::Options) {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let (id, mut serial) = rig.running_guest("screen");
    let mut viewer = open(&rig, id, options);
    viewer.until("the first frame", |viewer| !viewer.pixels.is_empty());
    let is_same = |viewer: &Viewer| photograph(&rig, id) == (viewer.size, viewer.pixels.clone());
    viewer.until("the same picture as QEMU's own", is_same);
    let before = viewer.pixels.clone();
    viewer.press(KEY_A);
    serial.expect("a");
    viewer.until("the letter on the screen", |viewer| viewer.pixels != before);
    viewer.until("the same picture as QEMU's own after typing", is_same);

    rig.tell(id, MachineCommand::ForceOff).expect("forced off");
    viewer.until("the end is told", |viewer| viewer.screen.ending().is_some());
    assert_eq!(viewer.screen.ending(), Some(Ending::Closed));
    assert!(viewer.input.is_closed());
}

#[test]
fn frames_in_shared_memory_are_the_guests_picture_and_keys_arrive() {
    the_picture_is_the_guests_and_keys_arrive(dbus::Options::default());
}

#[test]
fn copied_frames_are_the_guests_picture_and_keys_arrive() {
    the_picture_is_the_guests_and_keys_arrive(dbus::Options {
        shares_memory: false,
        ..dbus::Options::default()
    });
}
