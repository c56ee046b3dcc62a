//! Whatever the width, the text size and the language: nothing to press lies outside the window or under another.

#[path = "../../app/src/screens/fixtures.rs"]
#[expect(dead_code, reason = "the unit tests use the rest")]
mod fixtures;
#[path = "../../app/src/screens/test_window.rs"]
mod test_window;

use berth::command::DialogRequest;
use berth::console::serial::{LineKey, Session};
use berth::route::{MachineTab, Route};
use berth::settings::{Language, Listing};
use berth::state::{Answer, Overlay};
use egui::{Rect, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use test_window::{Look, TestWindow, key, open};

const PRESSED: [Role; 9] = [
    Role::Button,
    Role::Link,
    Role::Tab,
    Role::TextInput,
    Role::SearchInput,
    Role::RadioButton,
    Role::Switch,
    Role::CheckBox,
    Role::ColumnHeader,
];

/// What can be pressed, by name, with the part of it that is on screen.
fn controls(harness: &Harness<'_, TestWindow>) -> Vec<(String, Rect)> {
    let mut controls = Vec::new();
    for role in PRESSED {
        for node in harness.query_all_by_role(role) {
            let name = node.accesskit_node().label().unwrap_or_default();
            controls.push((format!("{role:?} {name:?}"), node.rect()));
        }
    }
    controls
}

fn assert_layout(what: &str, look: Look, window: TestWindow) {
    let is_dialog = window.overlay.is_some();
    let mut harness = open(look, window);
    harness.run();
    let controls = controls(&harness);
    assert!(!controls.is_empty());
    for (name, rect) in &controls {
        let is_inside = rect.left() >= -0.5 && rect.right() <= look.width + 0.5;
        assert!(
            is_inside,
            "{what}: {name} at {rect:?} leaves a window {} wide",
            look.width
        );
        assert!(
            !name.ends_with("\"\""),
            "{what}: a control at {rect:?} has no name: {name}"
        );
    }
    // Under a dialog lies the page: only what is on one layer can be compared.
    if is_dialog {
        return;
    }
    for (index, (name, rect)) in controls.iter().enumerate() {
        for (other, other_rect) in &controls[index + 1..] {
            let shared = rect.intersect(*other_rect);
            let overlap = shared.is_positive() && shared.width() > 1.0 && shared.height() > 1.0;
            // The cross in a field belongs into it.
            let is_nested = rect.contains_rect(*other_rect) || other_rect.contains_rect(*rect);
            assert!(
                !overlap || is_nested,
                "{what}: {name} at {rect:?} covers {other} at {other_rect:?}"
            );
        }
    }
}

fn hardware(mut window: TestWindow) -> TestWindow {
    let definition = Answer::Ready(fixtures::hardware().into());
    window.answers.definitions.insert(key(2), definition);
    let choices = Answer::Ready(fixtures::host_choices().into());
    window.answers.choices.insert(key(2), choices);
    window
}

fn windows() -> Vec<(&'static str, TestWindow)> {
    let assorted = || {
        let mut window = TestWindow::new(vec![fixtures::assorted(), fixtures::host(fixtures::LAB, Vec::new())]);
        window.settings.is_inspector_open = false;
        window
    };
    let at = |route| TestWindow { route, ..assorted() };
    let page = |tab| at(Route::Machine { key: key(2), tab });
    let over = |overlay| TestWindow {
        overlay: Some(overlay),
        ..assorted()
    };
    let mut cards = assorted();
    cards.settings.listing = Listing::Cards;
    let mut serial = TestWindow::new(vec![fixtures::host(
        fixtures::URI,
        vec![fixtures::running(fixtures::with_serials(
            fixtures::machine(2, "web"),
            2,
        ))],
    )]);
    serial.route = Route::Machine {
        key: key(2),
        tab: MachineTab::Serial,
    };
    let line = LineKey {
        machine: key(2),
        alias: "serial0".to_owned(),
    };
    serial.serials.want(line, 0, || Session::new(|| {}));
    let mut marked = assorted();
    marked.select(&[1, 2, 8]);
    vec![
        ("machines", assorted()),
        ("cards", cards),
        ("several marked", marked),
        ("overview", page(MachineTab::Overview)),
        ("snapshots", page(MachineTab::Snapshots)),
        ("hardware", hardware(page(MachineTab::Hardware))),
        ("activity", page(MachineTab::Activity)),
        ("serial", serial),
        ("connections", at(Route::Connections)),
        ("settings", at(Route::Settings)),
        (
            "first start",
            TestWindow::new(vec![fixtures::host(fixtures::URI, Vec::new())]),
        ),
        ("new machine", over(Overlay::NewMachine)),
        ("shortcuts", over(Overlay::Shortcuts)),
        ("palette", over(Overlay::Palette)),
        ("add connection", over(Overlay::Dialog(DialogRequest::AddConnection))),
    ]
}

#[test]
fn nothing_to_press_is_cut_or_covered_at_any_width() {
    for language in [Language::English, Language::SimplifiedChinese] {
        berth::text::use_language(Some(language));
        for (width, text_scale) in [
            (480.0, 1.0),
            (800.0, 1.0),
            (1_280.0, 1.0),
            (2_560.0, 1.0),
            (1_280.0, 2.0),
        ] {
            for (name, window) in windows() {
                let look = Look {
                    text_scale,
                    ..Look::sized(width, 800.0)
                };
                assert_layout(
                    &format!("{name} in {language:?} at {width}, text × {text_scale}"),
                    look,
                    window,
                );
            }
        }
    }
}
