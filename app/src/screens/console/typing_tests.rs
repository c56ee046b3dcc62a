//! Keys sent by name and text typed for the user, as a person asks for them and as the guest gets them.

use std::time::{Duration, Instant};

use egui::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::command::{Command, ConsoleCommand};
use crate::console::Input;
use crate::keyboard::paste::GuestLayout;
use crate::screens::test_console::{Shown, shown};
use crate::screens::test_window::Look;
use crate::settings::Scale;

const PATIENCE: Duration = Duration::from_secs(20);

fn console() -> Shown {
    shown(Look::sized(1_000.0, 800.0), Scale::Fit)
}

/// Presses `names` one after the other.
fn press(shown: &mut Shown, names: &[&str]) {
    for name in names {
        shown.harness.get_by_label(name).click();
        shown.harness.run_ok();
    }
}

fn keys(shown: &Shown, count: usize) -> Vec<(u16, bool)> {
    let mut taken = Vec::new();
    let end = Instant::now() + PATIENCE;
    while taken.len() < count && Instant::now() < end {
        if let Some(Input::Key { qnum, is_down }) = shown.input.next(Duration::from_millis(100)) {
            taken.push((qnum, is_down));
        }
    }
    taken
}

fn type_into(shown: &mut Shown, role: Role, field: &str, text: &str) {
    let field = shown.harness.get_by_role_and_label(role, field);
    field.focus();
    field.type_text(text);
    shown.harness.run_ok();
}

#[test]
fn a_menu_takes_the_keyboard_for_as_long_as_it_is_open() {
    let mut shown = console();
    let is_held = |shown: &Shown| {
        let hint = "Right Ctrl gives the keyboard back";
        shown.harness.query_all_by_label(hint).next().is_some()
    };
    assert!(is_held(&shown));
    press(&mut shown, &["Size of the picture"]);
    assert!(!is_held(&shown));
    // As an assistive program does it: nothing has the focus afterwards.
    shown.harness.ctx.memory_mut(|memory| {
        if let Some(id) = memory.focused() {
            memory.surrender_focus(id);
        }
    });
    press(&mut shown, &["Fit the window"]);
    assert!(is_held(&shown));
}

#[test]
fn a_combination_of_the_menu_is_pressed_in_the_guest_and_let_go() {
    let mut shown = console();
    press(&mut shown, &["Send keys", "Ctrl+Alt+Del"]);
    let [ctrl, alt, delete] = [0x1d, 0x38, 0xd3];
    assert_eq!(
        keys(&shown, 6),
        [
            (ctrl, true),
            (alt, true),
            (delete, true),
            (delete, false),
            (alt, false),
            (ctrl, false)
        ]
    );
}

#[test]
fn a_combination_of_ones_own_is_checked_as_it_is_typed_sent_and_kept() {
    let mut shown = console();
    press(&mut shown, &["Send keys", "More keys…"]);
    type_into(&mut shown, Role::TextInput, "Keys, joined by +", "Ctrl+Hyper");
    shown.harness.get_by_label("There is no key “Hyper”");
    assert!(shown.harness.get_by_label("Send").accesskit_node().is_disabled());
    // The cross, or the button below.
    shown.harness.get_all_by_label("Close").next().unwrap().click();
    shown.harness.run_ok();
    press(&mut shown, &["Send keys", "More keys…"]);
    type_into(&mut shown, Role::TextInput, "Keys, joined by +", "super + l");
    press(&mut shown, &["Send"]);
    assert_eq!(
        keys(&shown, 4),
        [(0xdb, true), (0x26, true), (0x26, false), (0xdb, false)]
    );
    press(&mut shown, &["Keep in the menu"]);
    let kept = Command::Console(ConsoleCommand::KeepCombination("Super+L".parse().unwrap()));
    assert_eq!(shown.harness.state().sent.last(), Some(&kept));
    press(&mut shown, &["Ctrl+Alt+F2"]);
    assert_eq!(keys(&shown, 6)[2], (0x3c, true));
}

#[test]
fn caps_lock_in_the_guest_is_said_before_a_password_is_typed_wrong() {
    let words = "Caps Lock is on in the guest: letters would change their case.";
    let mut shown = console();
    press(&mut shown, &["Send keys", "Paste as keystrokes…"]);
    let is_said = |shown: &Shown| shown.harness.query_all_by_label(words).next().is_some();
    assert!(!is_said(&shown));
    shown.canvas.set_lights(crate::console::Lights {
        caps_lock: true,
        ..crate::console::Lights::default()
    });
    shown.harness.run_ok();
    assert!(is_said(&shown));
}

#[test]
fn what_a_layout_cannot_type_is_said_before_anything_is_typed() {
    let mut shown = console();
    press(&mut shown, &["Send keys", "Paste as keystrokes…"]);
    type_into(&mut shown, Role::MultilineTextInput, "Text", "né");
    let warned = shown.harness.get_all_by_label("This layout cannot type: é").count();
    assert!(warned > 0);
    let button = shown.harness.get_by_label("Type 1 character");
    assert!(button.accesskit_node().is_disabled());
    assert_eq!(
        shown.input.next(Duration::ZERO),
        None,
        "typed into the dialog, not into the guest"
    );
    press(&mut shown, &["Leave these characters out", "Type 1 character"]);
    assert_eq!(keys(&shown, 2), [(0x31, true), (0x31, false)]);
}

#[test]
fn text_is_typed_by_the_guests_layout_and_the_dialog_goes() {
    let mut shown = console();
    shown.harness.state_mut().settings.guest_layout = GuestLayout::De;
    press(&mut shown, &["Send keys", "Paste as keystrokes…"]);
    type_into(&mut shown, Role::MultilineTextInput, "Text", "z@");
    press(&mut shown, &["Type 2 characters"]);
    let alt_gr = 0xb8;
    assert_eq!(
        keys(&shown, 6),
        [
            (0x15, true),
            (0x15, false),
            (alt_gr, true),
            (0x10, true),
            (0x10, false),
            (alt_gr, false)
        ]
    );
    let end = Instant::now() + PATIENCE;
    while shown.harness.query_by_label("Stop").is_some() {
        assert!(Instant::now() < end, "the dialog stays");
        shown.harness.step();
    }
}

#[test]
fn typing_is_stopped_by_its_button() {
    let mut shown = console();
    press(&mut shown, &["Send keys", "Paste as keystrokes…"]);
    type_into(&mut shown, Role::MultilineTextInput, "Text", &"a".repeat(2_000));
    press(&mut shown, &["Type 2000 characters"]);
    assert_eq!(keys(&shown, 4).len(), 4);
    press(&mut shown, &["Stop"]);
    assert!(shown.harness.query_by_label("Stop").is_none());
    // What was under way when it stopped, and no more.
    let rest = std::iter::from_fn(|| shown.input.next(Duration::from_millis(300))).count();
    assert!(rest < 200, "{rest} keys came afterwards");
}
