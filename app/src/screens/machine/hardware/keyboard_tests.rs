//! The hardware page by keyboard alone: where the keyboard is after each step, and that nothing typed gets lost.

use egui::{Key, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use libvirt_backend::property::edit::{Changed, EditReport, Fate};

use super::tests::{choose, page, type_into, value};
use crate::screens::fixtures;
use crate::screens::test_window::{Look, TestWindow, key, open};
use crate::state::Answer;

type Window = Harness<'static, TestWindow>;

/// Frames until the focus has settled: it is given in one, and taken in the next.
fn settle(harness: &mut Window) {
    harness.run_steps(6);
}

fn press(harness: &mut Window, key: Key) {
    harness.key_press(key);
    settle(harness);
}

/// Role and name of what has the keyboard.
fn focused(harness: &Window) -> (Role, String) {
    let root = harness.root();
    let found = root.children_recursive().find(|node| node.is_focused());
    let found = found.map(|node| (node.accesskit_node().role(), node.accesskit_node().label()));
    let (role, name) = found.expect("something with the keyboard");
    (role, name.unwrap_or_default())
}

fn is_at(harness: &Window, role: Role, name: &str) {
    assert_eq!(focused(harness), (role, name.to_owned()));
}

#[test]
fn the_list_is_one_stop_and_arrows_walk_it() {
    let mut harness = page();
    harness.get_by_role_and_label(Role::Button, "Add device…").focus();
    settle(&mut harness);
    press(&mut harness, Key::Tab);
    is_at(&harness, Role::Button, "Overview");
    press(&mut harness, Key::ArrowDown);
    press(&mut harness, Key::ArrowDown);
    is_at(&harness, Role::Button, "Memory");
    harness.get_by_role_and_label(Role::TextInput, "Memory, at most");
    press(&mut harness, Key::Tab);
    is_at(&harness, Role::TextInput, "Memory, at most");
    harness.key_press_modifiers(egui::Modifiers::SHIFT, Key::Tab);
    settle(&mut harness);
    is_at(&harness, Role::Button, "Memory");
    press(&mut harness, Key::End);
    let (_, last) = focused(&harness);
    press(&mut harness, Key::ArrowDown);
    assert_eq!(focused(&harness).1, last, "there is none behind the last");
    let item = harness.root();
    let item = item.children_recursive().find(|node| node.is_focused());
    let rect = item.expect("the last").rect();
    assert!(rect.bottom() <= 1_000.0, "it is in sight: {rect:?}");
    press(&mut harness, Key::Home);
    is_at(&harness, Role::Button, "Overview");
}

#[test]
fn escape_leads_back_step_by_step_and_loses_nothing() {
    let mut harness = page();
    choose(&mut harness, "Memory");
    type_into(&mut harness, "Memory, at most", "6GiB");
    press(&mut harness, Key::Escape);
    is_at(&harness, Role::Button, "Memory");
    harness.get_by_role_and_label(Role::Button, "Review changes").focus();
    settle(&mut harness);
    press(&mut harness, Key::Enter);
    is_at(&harness, Role::Button, "Apply");
    press(&mut harness, Key::Escape);
    is_at(&harness, Role::Button, "Review changes");
    assert_eq!(value(&harness, "Memory, at most"), "6GiB");
}

#[test]
fn what_was_applied_is_read_aloud_and_enter_goes_on() {
    let mut harness = page();
    choose(&mut harness, "Memory");
    type_into(&mut harness, "Memory, at most", "6GiB");
    harness.get_by_role_and_label(Role::Button, "Review changes").focus();
    settle(&mut harness);
    press(&mut harness, Key::Enter);
    press(&mut harness, Key::Enter);
    let changes = ["memory", "memory.current", "vcpu"].map(|what| Changed {
        what: what.to_owned(),
        fate: match what {
            "memory" => Fate::AtNextStart { refusal: None },
            "vcpu" => Fate::Ignored { found: None },
            _ => Fate::Applied,
        },
    });
    let report = EditReport {
        changes: changes.to_vec(),
        diff: Vec::new(),
        adjusted: Vec::new(),
        kept_variables: None,
        fingerprint: fixtures::hardware().fingerprint,
    };
    harness
        .state_mut()
        .answers
        .edits
        .insert(key(1), Answer::Ready(report.into()));
    settle(&mut harness);
    let said = harness.get_by_label("1 applied · 1 waits · 1 not as asked for");
    assert_eq!(said.accesskit_node().live(), egui::accesskit::Live::Polite);
    is_at(&harness, Role::Button, "Done");
    press(&mut harness, Key::Enter);
    is_at(&harness, Role::Button, "Memory");
}

#[test]
fn a_new_device_is_in_sight_and_the_keyboard_is_where_something_is_needed() {
    let mut window = TestWindow::new(vec![fixtures::assorted()]);
    let definition = Answer::Ready(fixtures::hardware().into());
    window.answers.definitions.insert(key(1), definition);
    window.route = super::tests::route(crate::route::MachineTab::Hardware);
    let mut harness = open(Look::sized(1_280.0, 700.0), window);
    settle(&mut harness);
    let add = |harness: &mut Window, words: &str| {
        harness.get_by_role_and_label(Role::Button, "Add device…").focus();
        settle(harness);
        press(harness, Key::Enter);
        let search = harness.get_by_role_and_label(Role::SearchInput, "Search devices");
        search.type_text(words);
        settle(harness);
        press(harness, Key::Enter);
        settle(harness);
    };
    add(&mut harness, "further hard disk");
    is_at(&harness, Role::TextInput, "Image file");
    let entry = harness.get_by_role_and_label(Role::Button, "Disk vdb").rect();
    assert!(entry.bottom() < 700.0, "{entry:?}");
    // One that lacks nothing: the list has the keyboard.
    add(&mut harness, "watchdog");
    let (role, name) = focused(&harness);
    assert_eq!((role, name.starts_with("Watchdog")), (Role::Button, true), "{name}");
    // Escape closes the list of devices, and the button that opened it has the keyboard again.
    harness.get_by_role_and_label(Role::Button, "Add device…").focus();
    settle(&mut harness);
    press(&mut harness, Key::Enter);
    press(&mut harness, Key::Escape);
    is_at(&harness, Role::Button, "Add device…");
}

#[test]
fn the_search_is_reached_by_its_shortcut_and_enter_takes_the_first() {
    let mut harness = page();
    harness.state_mut().is_filter_wanted = true;
    settle(&mut harness);
    is_at(&harness, Role::SearchInput, "Search all settings");
    let search = harness.get_by_role_and_label(Role::SearchInput, "Search all settings");
    search.type_text("hugepages");
    settle(&mut harness);
    press(&mut harness, Key::Enter);
    is_at(&harness, Role::Switch, "Huge pages");
    harness.state_mut().is_filter_wanted = true;
    settle(&mut harness);
    press(&mut harness, Key::Escape);
    is_at(&harness, Role::Button, "Memory");
}

#[test]
fn a_field_of_three_states_is_given_the_keyboard_where_its_choice_is() {
    let mut harness = page();
    harness.state_mut().is_filter_wanted = true;
    settle(&mut harness);
    let search = harness.get_by_role_and_label(Role::SearchInput, "Search all settings");
    search.type_text("boot menu");
    settle(&mut harness);
    press(&mut harness, Key::Enter);
    is_at(&harness, Role::RadioButton, "Default");
}

#[test]
fn the_text_is_left_by_escape_and_its_review_too() {
    let mut harness = page();
    choose(&mut harness, "XML");
    settle(&mut harness);
    let text = harness.get_by_role_and_label(Role::MultilineTextInput, "The machine as XML");
    text.focus();
    settle(&mut harness);
    harness.key_press_modifiers(egui::Modifiers::CTRL, Key::End);
    settle(&mut harness);
    harness
        .get_by_role_and_label(Role::MultilineTextInput, "The machine as XML")
        .type_text("<!-- mine -->");
    settle(&mut harness);
    press(&mut harness, Key::Escape);
    is_at(&harness, Role::Button, "XML");
    harness.get_by_role_and_label(Role::Button, "Review changes").focus();
    settle(&mut harness);
    press(&mut harness, Key::Enter);
    is_at(&harness, Role::Button, "Apply");
    press(&mut harness, Key::Escape);
    is_at(&harness, Role::MultilineTextInput, "The machine as XML");
    let text = harness.get_by_role_and_label(Role::MultilineTextInput, "The machine as XML");
    assert!(text.accesskit_node().value().is_some_and(|text| text.contains("mine")));
}

#[test]
fn no_two_buttons_that_mean_different_things_are_called_alike() {
    let mut window = TestWindow::new(vec![fixtures::assorted()]);
    let definition = Answer::Ready(fixtures::hardware_waiting().into());
    window.answers.definitions.insert(key(1), definition);
    window.route = super::tests::route(crate::route::MachineTab::Hardware);
    let mut harness = open(Look::sized(1_280.0, 1_000.0), window);
    settle(&mut harness);
    choose(&mut harness, "Memory");
    type_into(&mut harness, "Memory, at most", "6GiB");
    harness.get_by_role_and_label(Role::Button, "Discard");
    harness.get_by_role_and_label(Role::Button, "Discard edits");
}

/// In every width and text size.
#[test]
fn nothing_stands_beside_the_window_in_any_width_or_text_size() {
    for (width, text_scale) in [(480.0, 1.0), (480.0, 2.0), (800.0, 1.0), (800.0, 2.0), (1_300.0, 2.0)] {
        let mut window = TestWindow::new(vec![fixtures::assorted()]);
        let definition = Answer::Ready(fixtures::hardware_waiting().into());
        window.answers.definitions.insert(key(1), definition);
        window.route = super::tests::route(crate::route::MachineTab::Hardware);
        let look = Look {
            text_scale,
            ..Look::sized(width, 800.0)
        };
        let mut harness = open(look, window);
        settle(&mut harness);
        for node in harness.root().children_recursive() {
            let role = node.accesskit_node().role();
            if !matches!(
                role,
                Role::Button | Role::TextInput | Role::SearchInput | Role::ComboBox
            ) {
                continue;
            }
            // What has no place is not drawn.
            let Some(place) = node.accesskit_node().bounding_box() else {
                continue;
            };
            let is_inside = place.x0 >= 0.0 && place.x1 <= f64::from(width) + 0.5;
            assert!(is_inside, "{width} at {text_scale}: {role:?} {place:?}");
        }
    }
}
