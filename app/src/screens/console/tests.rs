//! A machine's screen as a person sees and uses it, over a display that the test draws.

use std::sync::Arc;
use std::time::Duration;

use egui::{Event, Modifiers, Pos2, Role, pos2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use libvirt_backend::Error;
use libvirt_backend::error::InputProblem;
use libvirt_backend::guard::Action;
use libvirt_backend::model::{Definition, GraphicsKind, Machine, State as MachineState};

use crate::command::{Command, ConsoleCommand, MachineCommand};
use crate::console::{Ending, Input, PointerButton, PointerMode};
use crate::display::Phase;
use crate::screens::fixtures::{self, URI};
use crate::screens::test_console::{GUEST, Shown, opened, running, shown, tell_facts, window};
use crate::screens::test_window::{Look, key};
use crate::settings::Scale;

impl Shown {
    fn events(&mut self, events: &[Event]) {
        for event in events {
            self.harness.event(event.clone());
            self.harness.step();
        }
    }

    fn taken(&self) -> Vec<Input> {
        std::iter::from_fn(|| self.input.next(Duration::ZERO)).collect()
    }
}

fn button(pos: Pos2, pressed: bool) -> Event {
    Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    }
}

const fn left(is_down: bool) -> Input {
    Input::Button {
        button: PointerButton::Left,
        is_down,
    }
}

#[test]
fn pointing_and_clicking_reach_the_guest_where_they_are_seen() {
    let mut shown = shown(Look::sized(900.0, 700.0), Scale::Fit);
    let rect = shown.picture();
    let middle = rect.center();
    shown.events(&[Event::PointerMoved(rect.min + vec2(1.0, 1.0))]);
    shown.events(&[Event::PointerMoved(middle), button(middle, true), button(middle, false)]);
    let [width, height] = GUEST;
    let at = |x, y| Input::PointerAt { x, y };
    assert_eq!(
        shown.taken(),
        [at(width / 2, height / 2), left(true), left(false)],
        "motion is merged"
    );
    // A drag that ends outside lets go there.
    let outside = pos2(rect.left() + 5.0, 5.0);
    shown.events(&[
        button(middle, true),
        Event::PointerMoved(outside),
        button(outside, false),
    ]);
    let taken = shown.taken();
    assert_eq!(taken.last(), Some(&left(false)), "{taken:?}");
    assert_eq!(
        taken.iter().filter(|input| **input == left(true)).count(),
        1,
        "{taken:?}"
    );
    // What is clicked in the toolbar is none of the guest's business.
    shown.events(&[button(outside, true), button(outside, false)]);
    assert_eq!(shown.taken(), []);
}

#[test]
fn a_guest_with_a_mouse_holds_the_pointer_from_a_click_on_and_gets_its_movements() {
    let mut shown = shown(Look::sized(900.0, 700.0), Scale::Fit);
    shown.canvas.set_pointer_mode(PointerMode::Relative);
    let middle = shown.picture().center();
    shown.events(&[Event::PointerMoved(middle), Event::MouseMoved(vec2(3.0, 4.0))]);
    assert_eq!(shown.taken(), [], "not before it is clicked");
    shown.events(&[button(middle, true), button(middle, false)]);
    shown.events(&[Event::MouseMoved(vec2(3.5, -4.0)), Event::MouseMoved(vec2(0.5, 0.0))]);
    assert_eq!(shown.taken(), [Input::PointerBy { dx: 4, dy: -4 }]);
    shown.events(&[button(middle, true), button(middle, false)]);
    assert_eq!(shown.taken(), [left(true), left(false)]);
}

#[test]
fn a_wheel_turns_in_whole_steps() {
    let mut shown = shown(Look::sized(900.0, 700.0), Scale::Fit);
    let middle = shown.picture().center();
    shown.events(&[Event::PointerMoved(middle)]);
    shown.taken();
    let turn = |points: f32| Event::MouseWheel {
        unit: egui::MouseWheelUnit::Point,
        delta: vec2(0.0, points),
        phase: egui::TouchPhase::Move,
        modifiers: Modifiers::NONE,
        source: egui::MouseWheelSource::Unknown,
    };
    shown.events(&[turn(30.0)]);
    assert_eq!(shown.taken(), []);
    shown.events(&[turn(30.0)]);
    let click = |is_down| Input::Button {
        button: PointerButton::WheelUp,
        is_down,
    };
    assert_eq!(shown.taken(), [click(true), click(false)]);
}

#[test]
fn a_machine_that_is_off_says_so_and_is_started_from_there() {
    let mut harness = opened(Look::sized(900.0, 700.0), window(fixtures::machine(1, "box")));
    harness.run();
    harness.get_by_label("box is off");
    harness.get_by_role_and_label(Role::Button, "Start").click();
    harness.run();
    let started = |command: &Command| matches!(command, Command::Machine(MachineCommand::Run { .. }));
    assert!(harness.state().sent.iter().any(started), "{:?}", harness.state().sent);
}

fn with_graphics(kinds: Vec<GraphicsKind>) -> Machine {
    let change = |definition: &mut Definition| {
        let numbered = (0..).zip(kinds);
        definition.graphics = numbered
            .map(|(index, kind)| libvirt_backend::model::Graphics { index, kind })
            .collect();
    };
    fixtures::with_definition(running(), change)
}

#[test]
fn a_machine_without_a_screen_says_so_and_one_for_other_programs_is_opened_there() {
    let mut harness = opened(Look::sized(900.0, 700.0), window(with_graphics(vec![])));
    harness.run();
    harness.get_by_label("This machine has no screen");
    let mut harness = opened(
        Look::sized(900.0, 700.0),
        window(with_graphics(vec![GraphicsKind::Spice])),
    );
    harness.run();
    harness
        .get_by_role_and_label(Role::Button, "Open in virt-viewer")
        .click();
    harness.run();
    let wanted = Command::Console(ConsoleCommand::OpenViewer(key(1)));
    assert!(harness.state().sent.contains(&wanted), "{:?}", harness.state().sent);
}

#[test]
fn a_screen_that_ends_in_nonsense_says_what_it_said_and_offers_to_reconnect() {
    let mut harness = opened(Look::sized(900.0, 700.0), window(running()));
    let ending = Ending::Nonsense {
        what: "a rectangle of 4 GiB".to_owned(),
    };
    let display = harness.state().displays.get(&key(1)).expect("a display").clone();
    display.lock().phase = Phase::Ended(crate::display::Why::Ended(ending));
    harness.run();
    harness.get_by_label("The screen sent what no screen may send.");
    assert_eq!(
        harness.get_all_by_value("a rectangle of 4 GiB").count(),
        2,
        "the label and its text"
    );
    harness.get_by_role_and_label(Role::Button, "Reconnect").click();
    harness.run();
    let wanted = Command::Console(ConsoleCommand::Reconnect(key(1)));
    assert!(harness.state().sent.contains(&wanted), "{:?}", harness.state().sent);
}

#[test]
fn however_a_screen_ends_it_says_so_and_offers_to_reconnect() {
    let what = || "what it said".to_owned();
    let endings = [
        (Ending::Closed, "The screen"),
        (Ending::Stalled { seconds: 20 }, "20"),
        (Ending::Nonsense { what: what() }, "what it said"),
        (Ending::Refused { reason: what() }, "what it said"),
        (Ending::NotSpoken { what: what() }, "what it said"),
        (Ending::Broken { reason: what() }, "what it said"),
        (Ending::PasswordWanted, "password"),
        (Ending::PasswordWrong, "password"),
    ];
    for (ending, words) in endings {
        let mut harness = opened(Look::sized(900.0, 700.0), window(running()));
        let display = harness.state().displays.get(&key(1)).expect("a display").clone();
        display.lock().phase = Phase::Ended(crate::display::Why::Ended(ending.clone()));
        harness.run();
        let is_said = harness.query_all_by_label_contains(words).next().is_some()
            || harness.query_all_by_value(words).next().is_some();
        assert!(is_said, "{words:?} of {ending:?}");
        harness.get_by_role_and_label(Role::Button, "Reconnect");
    }
}

#[test]
fn a_screen_that_only_its_own_host_reaches_can_be_opened_to_others_from_where_it_says_so() {
    let mut harness = opened(Look::sized(900.0, 700.0), window(running()));
    let refusal = Error::InvalidInput(InputProblem::DisplayListensNowhere);
    let display = harness.state().displays.get(&key(1)).expect("a display").clone();
    display.lock().phase = Phase::Ended(crate::display::Why::Refused(refusal));
    harness.run();
    harness
        .get_by_role_and_label(Role::Button, "Show on other computers")
        .click();
    harness.run();
    let wanted = Command::Machine(MachineCommand::Run {
        action: Action::AllowRemoteDisplay,
        machines: vec![key(1)],
    });
    assert!(harness.state().sent.contains(&wanted), "{:?}", harness.state().sent);
}

#[test]
fn a_paused_machine_keeps_its_picture_and_says_why_it_stands_still() {
    let mut shown = shown(Look::sized(900.0, 700.0), Scale::Fit);
    let window = shown.harness.state_mut();
    let mut paused = running();
    paused.state = MachineState::Paused(libvirt_backend::model::PauseReason::User);
    window.hosts = vec![Arc::new(fixtures::host(URI, vec![paused]))];
    tell_facts(window);
    shown.harness.run_ok();
    shown.picture();
    shown.harness.get_by_role_and_label(Role::Button, "Resume");
}

#[test]
fn the_console_leaves_the_rail_and_one_toolbar_and_every_button_has_a_name() {
    let shown = shown(Look::sized(1_280.0, 800.0), Scale::Fit);
    let rect = shown.picture();
    assert!(rect.height() > 700.0, "{rect:?}");
    for name in [
        "Back to the machine",
        "Size of the picture",
        "Picture of the screen",
        "Move into a window of its own",
        "Full screen",
        "More actions",
    ] {
        let button = shown.harness.get_by_role_and_label(Role::Button, name);
        assert!(
            button.rect().bottom() <= 40.0 && !button.accesskit_node().is_disabled(),
            "{name}"
        );
    }
}
