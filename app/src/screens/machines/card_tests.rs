//! The page of few machines as a person uses it.

use egui::{Key, Modifiers, Rect, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use libvirt_backend::guard::Action;

use crate::command::{Command, MachineCommand, PicturePace};
use crate::screens::fixtures;
use crate::screens::test_window::{Look, TestWindow, key, open};
use crate::settings::{Column, Grouping, Listing, Sort};

fn window_of(width: f32, window: TestWindow) -> Harness<'static, TestWindow> {
    let mut harness = open(Look::sized(width, 800.0), window);
    harness.run();
    harness
}

fn by_number(num_machines: u32) -> TestWindow {
    let mut window = TestWindow::new(vec![fixtures::many(num_machines)]);
    window.settings.listing = Listing::ByNumber;
    window
}

fn assorted() -> TestWindow {
    let mut window = TestWindow::new(vec![fixtures::assorted()]);
    window.settings.listing = Listing::Cards;
    window
}

/// Names and places, as they are read.
fn cards(harness: &Harness<'_, TestWindow>) -> Vec<(String, Rect)> {
    let mut cards: Vec<(String, Rect)> = harness
        .query_all_by_role(Role::ListBoxOption)
        .map(|card| (card.accesskit_node().label().unwrap_or_default(), card.rect()))
        .collect();
    cards.sort_by_key(|(_, rect)| (rect.top() as i32, rect.left() as i32));
    cards
}

fn names(harness: &Harness<'_, TestWindow>) -> Vec<String> {
    let name = |label: &str| label.split(',').next().unwrap_or_default().to_owned();
    cards(harness).iter().map(|(label, _)| name(label)).collect()
}

#[test]
fn twelve_machines_are_cards_and_thirteen_a_table_until_the_user_chooses() {
    let harness = window_of(1_280.0, by_number(12));
    assert!(!cards(&harness).is_empty());
    assert!(harness.query_by_role(Role::ColumnHeader).is_none());

    let mut harness = window_of(1_280.0, by_number(13));
    assert!(cards(&harness).is_empty());
    harness.get_by_role_and_label(Role::RadioButton, "Cards").click();
    harness.run();
    assert_eq!(harness.state().settings.listing, Listing::Cards);
    assert!(!cards(&harness).is_empty());
    harness.get_by_role_and_label(Role::RadioButton, "Table").click();
    harness.run();
    assert_eq!(harness.state().settings.listing, Listing::Table);
    assert!(cards(&harness).is_empty());
}

#[test]
fn a_filter_does_not_turn_a_table_into_cards() {
    let mut harness = window_of(1_280.0, by_number(40));
    harness.get_by_role(Role::SearchInput).focus();
    harness.run();
    harness.get_by_role(Role::SearchInput).type_text("machine-7");
    harness.run();
    assert!(cards(&harness).is_empty());
    assert_eq!(harness.query_all_by_role(Role::Row).count(), 1);
}

#[test]
fn cards_are_equally_high_and_leave_nothing_outside_at_any_width() {
    for width in [480.0, 800.0, 1_280.0, 2_560.0] {
        for is_inspector_open in [true, false] {
            let mut window = assorted();
            window.settings.is_inspector_open = is_inspector_open;
            let harness = window_of(width, window);
            let cards = cards(&harness);
            let size = cards[0].1.size();
            for (name, rect) in &cards {
                assert_eq!(rect.size(), size, "{name} at {width}");
                assert!(rect.right() <= width, "{name} at {width}: {rect}");
            }
            for (index, (name, rect)) in cards.iter().enumerate() {
                for (other, other_rect) in &cards[index + 1..] {
                    assert!(!rect.intersects(*other_rect), "{name} covers {other} at {width}");
                }
            }
        }
    }
}

#[test]
fn a_card_says_name_and_state_and_its_screen_is_a_sentence() {
    let harness = window_of(1_280.0, assorted());
    harness.get_by_role_and_label(Role::ListBoxOption, "web-1, Running");
    harness.get_by_role_and_label(Role::ListBoxOption, "database, Paused — disk full");
    harness.get_by_label("Paused — disk full");
    let list = harness.get_by_role(Role::ListBox);
    assert_eq!(list.accesskit_node().label().as_deref(), Some("Machines"));
    let screens = harness.query_all_by_role_and_label(Role::Image, "Seen here while it runs");
    assert!(screens.count() > 0);
}

#[test]
fn the_one_button_does_what_the_state_asks_for() {
    for (name, button, command) in [
        (
            "web-1",
            "Open console",
            Command::Machine(MachineCommand::OpenConsole(key(1))),
        ),
        (
            "web-10",
            "Start",
            Command::Machine(MachineCommand::Run {
                action: Action::Start,
                machines: vec![key(8)],
            }),
        ),
        (
            "lab-router",
            "Resume",
            Command::Machine(MachineCommand::Run {
                action: Action::Resume,
                machines: vec![key(5)],
            }),
        ),
    ] {
        let mut window = assorted();
        window.settings.is_inspector_open = false;
        let mut harness = window_of(2_560.0, window);
        let card = cards(&harness)
            .into_iter()
            .find(|(label, _)| label.starts_with(&format!("{name},")));
        let (_, place) = card.unwrap();
        let buttons = harness.get_all_by_role_and_label(Role::Button, button);
        buttons
            .into_iter()
            .find(|node| place.contains_rect(node.rect()))
            .unwrap()
            .click();
        harness.run();
        assert_eq!(harness.state().sent, [command], "{name}");
        assert!(
            harness.state().selection.machines.is_empty(),
            "the card under it was not clicked"
        );
    }
}

#[test]
fn arrows_move_in_the_grid_space_marks_and_enter_opens() {
    let mut harness = window_of(1_280.0, assorted());
    let names = names(&harness);
    let at = |harness: &Harness<'_, TestWindow>| {
        let primary = harness.state().selection.primary.clone().unwrap();
        let host = &harness.state().hosts[0];
        host.machine(primary.id).unwrap().name().to_owned()
    };
    harness.key_press(Key::ArrowRight);
    harness.run();
    assert_eq!(at(&harness), names[0]);
    harness.key_press(Key::ArrowRight);
    harness.run();
    assert_eq!(at(&harness), names[1]);
    // Three columns beside the inspector.
    harness.key_press(Key::ArrowDown);
    harness.run();
    assert_eq!(at(&harness), names[4]);
    harness.key_press(Key::ArrowLeft);
    harness.run();
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowUp);
    harness.run();
    assert_eq!(at(&harness), names[0]);
    assert_eq!(
        harness.state().selection.machines.len(),
        4,
        "from the fourth back to the first"
    );
    harness.key_press(Key::Space);
    harness.run();
    assert_eq!(harness.state().selection.machines.len(), 3);
    harness.get_by_label("3 selected");
    harness.key_press(Key::Home);
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    let sent = harness.state_mut().sent.split_off(0);
    assert!(
        matches!(&sent[..], [Command::Machine(MachineCommand::OpenConsole(_))]),
        "{sent:?}"
    );
}

#[test]
fn a_click_marks_ctrl_adds_and_the_menu_is_about_the_card() {
    let mut harness = window_of(1_280.0, assorted());
    harness.get_by_label("web-1, Running").click();
    harness.run();
    assert_eq!(harness.state().selection.primary, Some(key(1)));
    harness.key_press(Key::End);
    harness.run();
    harness.get_by_label("windows-11, Saved").click_secondary();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, "Rename…");
    assert_eq!(harness.state().selection.primary, Some(key(6)));
}

#[test]
fn cards_do_not_change_places_with_their_figures() {
    let mut window = assorted();
    window.settings.sort = Sort {
        column: Column::Cpu,
        is_descending: true,
    };
    let harness = window_of(2_560.0, window);
    assert_eq!(names(&harness)[..3], ["build-runner", "database", "kernel-test"]);
}

#[test]
fn only_what_is_seen_is_asked_for_a_picture() {
    let mut window = TestWindow::new(vec![fixtures::many(200)]);
    window.settings.listing = Listing::Cards;
    let mut harness = window_of(1_280.0, window);
    let drawn = |harness: &Harness<'_, TestWindow>| harness.state().drawn.clone();
    let first = drawn(&harness);
    assert!((4..=15).contains(&first.len()), "{}", first.len());
    assert!(first.iter().all(|wish| wish.pace == PicturePace::Card));
    assert!(first.iter().all(|wish| wish.pixels[0] <= 640 && wish.pixels[1] <= 448));
    harness.key_press(Key::End);
    harness.run();
    let last = drawn(&harness);
    assert!(last.iter().any(|wish| wish.machine == key(200)));
    assert!(
        !last.iter().any(|wish| wish.machine == first[0].machine),
        "scrolled away"
    );
}

#[test]
fn the_inspector_asks_for_the_picture_of_its_machine_where_it_is_drawn() {
    for (width, text_scale, is_open, is_drawn) in [
        (1_900.0, 1.0, true, true),
        (1_900.0, 1.0, false, false),
        (1_280.0, 2.0, true, false),
        (600.0, 1.0, true, false),
    ] {
        let mut window = TestWindow::new(vec![fixtures::assorted()]);
        window.select(&[1]);
        window.settings.is_inspector_open = is_open;
        let look = Look {
            text_scale,
            ..Look::sized(width, 800.0)
        };
        let mut harness = open(look, window);
        harness.run();
        let drawn = &harness.state().drawn;
        assert_eq!(!drawn.is_empty(), is_drawn, "{width} {text_scale} {is_open}");
        assert!(drawn.iter().all(|wish| wish.pace == PicturePace::LookedAt));
    }
}

#[test]
fn one_that_does_not_answer_keeps_its_last_picture_and_says_so() {
    let mut window = assorted();
    window.settings.is_inspector_open = false;
    let mut harness = window_of(2_560.0, window);
    // "build-runner" hangs, "web-1" runs, "web-10" is off.
    for number in [4, 1, 8] {
        let image = egui::ColorImage::filled([16, 10], egui::Color32::WHITE);
        let texture = harness.ctx.load_texture("screen", image, egui::TextureOptions::LINEAR);
        let picture = crate::state::Picture {
            texture: Some(texture),
            screen: [16, 10],
            ..Default::default()
        };
        harness.state_mut().answers.pictures.insert(key(number), picture);
    }
    harness.run();
    harness.get_by_role_and_label(Role::Image, "The screen of web-1");
    harness.get_by_role_and_label(Role::Image, "The screen of build-runner, as it was seen last");
    harness.get_by_role_and_label(Role::Image, "The screen of web-10, as it was seen last");
}

/// The names over the groups, from above.
fn groups(harness: &Harness<'_, TestWindow>) -> Vec<(String, Rect)> {
    let mut groups: Vec<(String, Rect)> = harness
        .query_all_by_role(Role::Heading)
        .map(|heading| (heading.accesskit_node().label().unwrap_or_default(), heading.rect()))
        .filter(|(name, _)| name.ends_with(')'))
        .collect();
    groups.sort_by_key(|(_, rect)| rect.top() as i32);
    groups
}

#[test]
fn cards_stand_in_groups_by_their_first_tag_and_arrows_go_through_all() {
    let mut window = assorted();
    window.settings.grouping = Grouping::Tag;
    // High enough for all: what is not seen is not drawn.
    let mut harness = open(Look::sized(1_280.0, 2_000.0), window);
    harness.run();
    let groups = groups(&harness);
    assert!(groups.len() > 1, "{groups:?}");
    assert!(
        groups.last().is_some_and(|(name, _)| name.starts_with("No tag")),
        "{groups:?}"
    );
    let cards = cards(&harness);
    let mut counted = 0;
    for (place, (name, rect)) in groups.iter().enumerate() {
        let next = groups.get(place + 1).map_or(f32::INFINITY, |(_, next)| next.top());
        let inside = cards
            .iter()
            .filter(|(_, card)| card.top() >= rect.bottom() && card.bottom() <= next);
        let count = inside.count();
        assert!(name.ends_with(&format!("({count})")), "{name}: {count}");
        counted += count;
    }
    assert_eq!(counted, cards.len());

    harness.key_press(Key::Home);
    harness.run();
    for _ in 1..cards.len() {
        harness.key_press(Key::ArrowRight);
        harness.run();
    }
    let marked = harness.state().selection.primary.clone();
    harness.key_press(Key::End);
    harness.run();
    assert_eq!(harness.state().selection.primary, marked);
}

#[test]
fn cards_of_two_hosts_stand_under_their_hosts_names() {
    let mut other = fixtures::many(2);
    other.uri = "qemu+ssh://ada@lab.example/system".to_owned();
    let mut window = TestWindow::new(vec![fixtures::many(3), other]);
    window.settings.listing = Listing::Cards;
    window.settings.grouping = Grouping::Host;
    let harness = window_of(1_280.0, window);
    let names: Vec<String> = groups(&harness).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(
        names
            .iter()
            .any(|name| name.contains("lab.example") && name.ends_with("(2)")),
        "{names:?}"
    );
}
