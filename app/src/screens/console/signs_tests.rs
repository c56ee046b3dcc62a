//! What a console says of its own accord: that its machine hangs, how its pixels come here, and who else may see them.

use std::sync::Arc;

use egui::{CursorGrab, Event, Modifiers, Role, ViewportCommand, ViewportId};
use egui_kittest::kittest::Queryable as _;
use libvirt_backend::command::Passage;
use libvirt_backend::guard::Action;
use libvirt_backend::model::{Graphics, GraphicsKind, Machine, Responding};

use crate::command::{Command, ConsoleCommand, MachineCommand};
use crate::console::{Ending, Frames, InputQueue, PointerMode, SizeRefusal, screen};
use crate::display::{Display, Kind, Phase, Session, Why};
use crate::screens::fixtures::{self, URI};
use crate::screens::test_console::{Shown, opened, running, shown, tell_facts, window};
use crate::screens::test_window::{Look, key};
use crate::settings::Scale;

const LOOK: Look = Look::sized(900.0, 700.0);

impl Shown {
    fn display(&self) -> Display {
        self.harness.state().displays.get(&key(1)).expect("a display").clone()
    }

    fn press(&mut self, role: Role, name: &str) {
        self.harness.get_by_role_and_label(role, name).click();
        self.harness.run_ok();
    }

    fn says(&self, role: Role, words: &str) -> bool {
        self.harness.query_by_role_and_label(role, words).is_some()
    }

    fn reads(&self, words: &str) -> bool {
        self.harness.query_all_by_value(words).next().is_some()
    }
}

#[test]
fn a_machine_that_hangs_keeps_its_picture_says_so_and_offers_to_reconnect() {
    let mut shown = shown(Look::sized(900.0, 700.0), Scale::Fit);
    let respond = |shown: &mut Shown, responding: Responding| {
        let window = shown.harness.state_mut();
        let machine = Machine {
            responding,
            ..running()
        };
        window.hosts = vec![Arc::new(fixtures::host(URI, vec![machine]))];
        tell_facts(window);
        shown.harness.run_ok();
    };
    let words = "box does not respond: its screen stands still.";
    let is_said = |shown: &Shown| shown.harness.query_by_role_and_label(Role::Status, words).is_some();
    assert!(!is_said(&shown));
    respond(&mut shown, Responding::No { since_millis: 0 });
    shown.picture();
    assert!(is_said(&shown));
    shown.harness.get_by_role_and_label(Role::Button, "Reconnect").click();
    shown.harness.run_ok();
    let wanted = Command::Console(ConsoleCommand::Reconnect(key(1)));
    let sent = &shown.harness.state().sent;
    assert!(sent.contains(&wanted), "{sent:?}");
    // A new connection takes its time; the words stay.
    let display = shown.harness.state().displays.get(&key(1)).expect("a display").clone();
    display.lock().reconnect();
    shown.harness.run_ok();
    shown.picture();
    assert!(is_said(&shown));
    respond(&mut shown, Responding::Yes);
    assert!(!is_said(&shown), "it answers again");
}

#[test]
fn a_display_that_stops_keeps_its_picture_and_says_so_over_it() {
    let mut shown = shown(Look::sized(900.0, 700.0), Scale::Fit);
    let display = shown.harness.state().displays.get(&key(1)).expect("a display").clone();
    let why = crate::display::Why::Ended(Ending::Stalled { seconds: 10 });
    display.lock().phase = Phase::Ended(why);
    shown.harness.run_ok();
    shown.picture();
    shown.harness.get_by_role_and_label(
        Role::Status,
        "The screen said nothing for 10 s. Try again; if it stays so, restart the machine.",
    );
    shown.harness.get_by_role_and_label(Role::Button, "Reconnect").click();
    shown.harness.run_ok();
    let wanted = Command::Console(ConsoleCommand::Reconnect(key(1)));
    let sent = &shown.harness.state().sent;
    assert!(sent.contains(&wanted), "{sent:?}");
}

#[test]
fn a_guest_whose_picture_stays_on_the_graphics_card_says_what_helps() {
    let change = |definition: &mut libvirt_backend::model::Definition| {
        definition.graphics = vec![Graphics {
            index: 0,
            kind: GraphicsKind::DbusP2p,
        }];
    };
    let mut harness = opened(LOOK, window(fixtures::with_definition(running(), change)));
    let display = harness.state().displays.get(&key(1)).expect("a display").clone();
    display.lock().phase = Phase::Ended(Why::Ended(Ending::OnGraphicsCard));
    harness.run();
    harness.get_by_label_contains("stays on the graphics card");
    harness.get_by_label_contains("Give the machine a VNC screen as well");
    harness.get_by_role_and_label(Role::Button, "Reconnect");
    harness
        .get_by_role_and_label(Role::Button, &crate::command::action::text(Action::AddDisplay))
        .click();
    harness.run();
    let wanted = Command::Machine(MachineCommand::Run {
        action: Action::AddDisplay,
        machines: vec![key(1)],
    });
    assert!(harness.state().sent.contains(&wanted), "{:?}", harness.state().sent);
}

#[test]
fn the_menu_tells_how_the_screen_comes_here() {
    let ways = [
        (
            Kind::Dbus,
            Some(Frames::Shared),
            Passage::Local,
            "Shown by QEMU’s own display (D-Bus), in shared memory",
        ),
        (
            Kind::Dbus,
            Some(Frames::Copied),
            Passage::Local,
            "Shown by QEMU’s own display (D-Bus), copied",
        ),
        (Kind::Vnc, None, Passage::Local, "Shown by VNC"),
        (Kind::Vnc, None, Passage::Ssh, "Shown by VNC through ssh"),
        (Kind::Vnc, None, Passage::Network, "Shown by VNC, unencrypted"),
    ];
    for (kind, frames, passage, words) in ways {
        let mut shown = shown(LOOK, Scale::Fit);
        let (canvas, screen) = screen(|| {});
        if let Some(frames) = frames {
            canvas.set_frames(frames);
        }
        let session = Session::new(screen, canvas, InputQueue::default(), kind).coming_by(passage);
        shown.display().lock().opened(session);
        shown.harness.run_ok();
        assert!(!shown.reads(words), "not before it is asked for");
        shown.press(Role::Button, "More actions");
        assert!(shown.reads(words), "{words}");
    }
}

#[test]
fn a_screen_that_others_can_see_bears_a_sign_for_as_long_as_it_is_so() {
    let words = "Unencrypted: whoever listens in the network sees this screen and its keys";
    for width in [480.0, 900.0] {
        let mut shown = shown(Look::sized(width, 700.0), Scale::Fit);
        for (passage, is_said) in [(Passage::Ssh, false), (Passage::Network, true)] {
            let (canvas, screen) = screen(|| {});
            let session = Session::new(screen, canvas, InputQueue::default(), Kind::Vnc).coming_by(passage);
            shown.display().lock().opened(session);
            shown.harness.run_ok();
            assert_eq!(shown.says(Role::Image, words), is_said, "{passage:?} at {width}");
        }
        let sign = shown.harness.get_by_role_and_label(Role::Image, words).rect();
        assert!(sign.bottom() <= 40.0 && sign.left() > 0.0, "{sign:?}");
    }
}

#[test]
fn a_guest_that_may_not_follow_the_window_says_so_where_that_is_switched_on() {
    let words = "The screen keeps its size: another one is forbidden.";
    let mut shown = shown(LOOK, Scale::Fit);
    shown.harness.state_mut().settings.guest_follows_window = true;
    shown.canvas.set_size_refusal(Some(SizeRefusal::Forbidden));
    shown.harness.run_ok();
    shown.press(Role::Button, "Size of the picture");
    assert!(shown.reads(words));
    shown.canvas.set_size_refusal(None);
    shown.harness.run_ok();
    assert!(!shown.reads(words));
}

#[test]
fn a_guest_with_a_mouse_holds_the_pointer_as_the_window_system_can() {
    for (locks, grab) in [(true, CursorGrab::Locked), (false, CursorGrab::Confined)] {
        let mut shown = shown(LOOK, Scale::Fit);
        shown.harness.state().keyboard.set_locks_pointer(locks);
        shown.canvas.set_pointer_mode(PointerMode::Relative);
        let pos = shown.picture().center();
        let mut grabs = Vec::new();
        for event in [true, false].map(|pressed| Event::PointerButton {
            pos,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        }) {
            shown.harness.event(Event::PointerMoved(pos));
            shown.harness.event(event);
            shown.harness.step();
            let output = &shown.harness.output().viewport_output;
            let commands = output
                .get(&ViewportId::ROOT)
                .into_iter()
                .flat_map(|output| &output.commands);
            grabs.extend(commands.filter_map(|command| match command {
                ViewportCommand::CursorGrab(grab) => Some(*grab),
                _ => None,
            }));
        }
        assert_eq!(grabs, [grab]);
    }
}
