//! The bar of a console that fills the display, and what is said of a keyboard that the desktop keeps for itself.

use egui::{Event, Key, Role, pos2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::keyboard::{GrabState, Refusal};
use crate::screens::test_console::{Shown, shown};
use crate::screens::test_window::{Look, key};
use crate::settings::Scale;

/// More than the bar stays by itself.
const STEPS: usize = 80;

fn filling_the_display() -> Shown {
    let mut shown = shown(Look::sized(1_200.0, 800.0), Scale::Fit);
    shown.harness.state_mut().displays.fullscreen = Some(key(1));
    shown.harness.step();
    shown.harness.step();
    shown
}

fn wait(shown: &mut Shown) {
    for _ in 0..STEPS {
        shown.harness.step();
    }
}

fn point_at(shown: &mut Shown, x: f32, y: f32) {
    shown.harness.event(Event::PointerMoved(pos2(x, y)));
    shown.harness.step();
    shown.harness.step();
}

fn has_bar(shown: &Shown) -> bool {
    let mut ways_out = shown.harness.query_all_by_label("Leave full screen");
    ways_out.next().is_some()
}

#[test]
fn the_bar_comes_when_the_pointer_reaches_the_upper_edge_and_goes_with_it() {
    let mut shown = filling_the_display();
    assert!(has_bar(&shown), "told at first where it is");
    wait(&mut shown);
    assert!(!has_bar(&shown), "then it is out of the way");
    point_at(&mut shown, 600.0, 100.0);
    assert!(!has_bar(&shown));
    point_at(&mut shown, 20.0, 0.0);
    assert!(!has_bar(&shown), "a corner is not where it is");
    point_at(&mut shown, 600.0, 0.0);
    assert!(has_bar(&shown));
    // On the bar it stays, however long a button is looked for.
    point_at(&mut shown, 620.0, 20.0);
    wait(&mut shown);
    assert!(has_bar(&shown));
    point_at(&mut shown, 600.0, 300.0);
    assert!(!has_bar(&shown));
}

#[test]
fn the_bar_comes_when_the_keyboard_is_given_back_and_stays_while_it_has_it() {
    let mut shown = filling_the_display();
    wait(&mut shown);
    assert!(!has_bar(&shown));
    // As the Host key does it.
    let keyboard = shown.harness.state().keyboard.clone();
    let screen = shown
        .harness
        .ctx
        .memory(egui::Memory::focused)
        .expect("the guest has the keyboard");
    shown.harness.ctx.memory_mut(|memory| memory.surrender_focus(screen));
    shown.harness.state().displays.get(&key(1)).unwrap().lock().had_keyboard = false;
    keyboard.release(screen);
    shown.harness.step();
    assert!(has_bar(&shown));
    wait(&mut shown);
    let way_out = shown.harness.get_by_role_and_label(Role::Button, "Leave full screen");
    assert!(way_out.accesskit_node().is_focused(), "no key reaches it");
    shown.harness.key_press(Key::Enter);
    shown.harness.step();
    let leave = crate::command::Command::Console(crate::command::ConsoleCommand::Fullscreen(None));
    assert!(shown.harness.state().sent.contains(&leave));
}

#[test]
fn a_desktop_that_keeps_its_shortcuts_is_told_of_where_the_keyboard_is() {
    let mut shown = shown(Look::sized(1_200.0, 800.0), Scale::Fit);
    for (refusal, words) in [
        (Refusal::NoWay, "This desktop keeps its own shortcuts"),
        (Refusal::TakenByOther, "Another program holds the keyboard"),
        (Refusal::TakenBack, "The desktop took its shortcuts back"),
        (Refusal::Failed("no such device".to_owned()), "no such device"),
    ] {
        let keyboard = shown.harness.state().keyboard.clone();
        keyboard.set_grab(GrabState::Refused(refusal));
        shown.harness.step();
        let is_said = |shown: &Shown| shown.harness.query_all_by_label_contains(words).next().is_some();
        assert!(is_said(&shown), "{words}");
        keyboard.set_grab(GrabState::Grabbed);
        shown.harness.step();
        assert!(!is_said(&shown), "{words}");
    }
}
