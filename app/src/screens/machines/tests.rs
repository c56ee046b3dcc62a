//! The page of all machines as a person uses it.

use std::sync::Arc;

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use libvirt_backend::guard::Action;
use libvirt_backend::model::{ConnectionState, DisconnectReason, Freshness, Machine, MachineStats, Sample};

use crate::command::{Command, ConnectionCommand, MachineCommand};
use crate::route::{MachineTab, Route};
use crate::screens::fixtures;
use crate::screens::test_window::{Look, TestWindow, key, open};
use crate::settings::{Column, Sort};

fn window() -> Harness<'static, TestWindow> {
    let mut harness = open(Look::sized(1_280.0, 800.0), TestWindow::new(vec![fixtures::assorted()]));
    harness.run();
    harness
}

fn rows(harness: &Harness<'_, TestWindow>) -> Vec<String> {
    let mut rows: Vec<(i32, String)> = harness
        .get_all_by_role(Role::Row)
        .map(|row| {
            (
                row.rect().top() as i32,
                row.accesskit_node().label().unwrap_or_default(),
            )
        })
        .collect();
    rows.sort();
    let name = |label: String| label.split(',').next().unwrap_or_default().to_owned();
    rows.into_iter().map(|(_, label)| name(label)).collect()
}

#[test]
fn machines_are_listed_by_name_with_numbers_as_numbers() {
    let names = rows(&window());
    assert_eq!(
        names,
        [
            "build-runner",
            "database",
            "kernel-test",
            "lab-router",
            "web-1",
            "web-2",
            "web-10",
            "windows-11"
        ]
    );
}

#[test]
fn a_machine_is_known_by_its_place_in_the_list_that_was_seen_last() {
    let mut harness = window();
    let window = harness.state_mut();
    window.settings.sort = Sort {
        column: Column::Name,
        is_descending: true,
    };
    harness.run();
    let names = rows(&harness);
    let window = harness.state_mut();
    // Another page is looked at, and a machine gets a name that would stand elsewhere in the list.
    window.route = Route::Settings;
    let before = Arc::clone(&window.hosts[0]);
    let mut host = fixtures::assorted();
    let mut machines = host.machines.to_vec();
    let mut first = (*machines[0]).clone();
    let mut definition = (*first.definition).clone();
    definition.name = "zz-top".to_owned();
    first.definition = Arc::new(definition);
    machines[0] = Arc::new(first);
    host.machines = machines.into();
    window.hosts = vec![Arc::new(host)];
    harness.run();
    let window = harness.state_mut();
    for (number, name) in names.iter().enumerate() {
        let key = window.root.listed_machine(&window.hosts, window.settings.sort, number);
        let found = key.and_then(|key| before.machine(key.id).map(|machine| machine.name().to_owned()));
        assert_eq!(found.as_ref(), Some(name));
    }
    assert_eq!(
        window
            .root
            .listed_machine(&window.hosts, window.settings.sort, names.len()),
        None
    );
    // Where no list was drawn yet, it is the order that it would have.
    let first = crate::screens::Root::default().listed_machine(&window.hosts, window.settings.sort, 0);
    assert_eq!(first.map(|key| key.id), Some(window.hosts[0].machines[0].id), "zz-top");
}

/// Where rings of the focus are drawn.
fn rings(harness: &Harness<'_, TestWindow>) -> Vec<egui::Rect> {
    fn of(shape: &egui::Shape, rings: &mut Vec<egui::Rect>) {
        let ring = crate::widgets::tokens::DARK.focus_ring;
        match shape {
            egui::Shape::Rect(rect) if rect.stroke.color == ring && rect.stroke.width > 0.0 => rings.push(rect.rect),
            egui::Shape::Vec(shapes) => shapes.iter().for_each(|shape| of(shape, rings)),
            _ => {}
        }
    }
    let mut rings = Vec::new();
    for clipped in &harness.output().shapes {
        of(&clipped.shape, &mut rings);
    }
    rings
}

#[test]
fn a_click_on_a_row_draws_no_ring_and_the_arrows_draw_it_around_the_row_they_reach() {
    let mut harness = window();
    harness.get_by_label_contains("web-1, Running").click();
    harness.run();
    assert_eq!(rings(&harness), []);
    harness.key_press(egui::Key::ArrowDown);
    harness.run();
    let row = harness.get_by_label_contains("web-2, Running").rect();
    let rings = rings(&harness);
    assert_eq!(rings.len(), 1, "{rings:?}");
    assert!((rings[0].center() - row.center()).length() < 2.0, "{rings:?} {row:?}");
}

#[test]
fn a_row_says_that_its_guest_does_not_report_its_memory() {
    let silent = fixtures::without_memory_figures(fixtures::running(fixtures::machine(1, "silent")));
    let mut window = TestWindow::new(vec![fixtures::host(fixtures::URI, vec![silent])]);
    window.select(&[1]);
    let mut harness = open(Look::sized(1_280.0, 800.0), window);
    harness.run();
    let told = harness
        .get_all_by_label_contains("This guest does not report its memory")
        .count();
    assert_eq!(told, 2, "in the row and in the inspector");
}

#[test]
fn a_pause_says_its_reason() {
    let harness = window();
    harness.get_by_label("Paused — disk full");
    harness.get_by_label("Not responding");
}

#[test]
fn typing_in_the_filter_narrows_the_rows() {
    for (text, expected) in [
        ("tag:web", vec!["web-1", "web-2"]),
        ("state:running web", vec!["web-1", "web-2"]),
        ("ip:192.168", vec!["web-1"]),
        ("debian", vec!["web-1"]),
        ("tag:", rows(&window()).iter().map(String::as_str).collect()),
    ] {
        let mut harness = window();
        filter_by(&mut harness, text);
        assert_eq!(rows(&harness), expected, "{text}");
    }
}

fn filter_by(harness: &mut Harness<'static, TestWindow>, text: &str) {
    harness.get_by_role(Role::SearchInput).focus();
    harness.run();
    harness.get_by_role(Role::SearchInput).type_text(text);
    harness.run();
}

#[test]
fn a_host_is_found_by_the_name_it_is_shown_under_and_a_state_by_its_words() {
    let lab = fixtures::host(fixtures::LAB, vec![fixtures::machine(9, "far")]);
    let all = || TestWindow::new(vec![fixtures::assorted(), lab.clone()]);
    for (text, expected) in [
        ("host:lab", vec!["far"]),
        ("host：ssh", vec!["far"]),
        ("host:computer far", Vec::new()),
        ("host:computer web-10", vec!["web-10"]),
        ("state:responding", vec!["build-runner"]),
        ("state:full", vec!["database"]),
        ("address:41", vec!["web-1"]),
    ] {
        let mut harness = open(Look::sized(1_280.0, 800.0), all());
        harness.run();
        filter_by(&mut harness, text);
        let found = if expected.is_empty() {
            Vec::new()
        } else {
            rows(&harness)
        };
        assert_eq!(found, expected, "{text}");
        assert_eq!(harness.query_all_by_role(Role::Row).count(), expected.len(), "{text}");
    }
}

#[test]
fn a_filter_without_match_says_so_and_can_be_cleared() {
    let mut harness = window();
    harness.get_by_role(Role::SearchInput).focus();
    harness.run();
    harness.get_by_role(Role::SearchInput).type_text("nothing like it");
    harness.run();
    harness.get_by_label("Nothing matches “nothing like it”");
    harness.get_all_by_label("Clear the filter").last().unwrap().click();
    harness.run();
    assert_eq!(rows(&harness).len(), 8);
}

#[test]
fn a_column_heading_sorts_and_turns_the_order_round() {
    let mut harness = window();
    harness.get_by_label("Sort by CPU").click();
    harness.run();
    let sort = harness.state().settings.sort;
    assert_eq!(
        sort,
        Sort {
            column: Column::Cpu,
            is_descending: true
        }
    );
    harness.get_by_label("CPU, sorted, highest first").click();
    harness.run();
    assert!(!harness.state().settings.sort.is_descending);
}

#[test]
fn each_column_puts_the_rows_into_its_order_and_what_is_unknown_last() {
    let lab = fixtures::host(fixtures::LAB, vec![fixtures::running(fixtures::machine(9, "far"))]);
    for (heading, first, last) in [
        ("Sort by State", "build-runner", "windows-11"),
        ("Sort by Address", "web-1", "windows-11"),
        ("Sort by Host", "far", "windows-11"),
        ("Sort by Name", "build-runner", "windows-11"),
    ] {
        let mut window = TestWindow::new(vec![fixtures::assorted(), lab.clone()]);
        window.settings.is_inspector_open = false;
        window.settings.sort.column = Column::Uptime;
        let mut harness = open(Look::sized(1_600.0, 800.0), window);
        harness.run();
        harness.get_by_label(heading).click();
        harness.run();
        let rows = rows(&harness);
        assert_eq!(
            (rows.first().map(String::as_str), rows.last().map(String::as_str)),
            (Some(first), Some(last)),
            "{heading}: {rows:?}"
        );
    }
}

#[test]
fn figures_are_sorted_by_what_they_show() {
    let sample = |machine: Machine, figure: f64| Machine {
        stats: Arc::new(MachineStats {
            latest: Some(Sample {
                cpu_percent: Some(figure as f32),
                memory_used_bytes: Some(figure as u64),
                disk_read_bytes_per_s: Some(figure),
                disk_write_bytes_per_s: None,
                net_rx_bytes_per_s: Some(figure),
                net_tx_bytes_per_s: Some(0.0),
                ..machine.stats.latest.unwrap()
            }),
            ..(*machine.stats).clone()
        }),
        ..machine
    };
    let running = |number, name| fixtures::running(fixtures::machine(number, name));
    let started_first = Machine {
        started_at_millis: Some(1),
        ..sample(running(1, "most"), 30.0)
    };
    let host = fixtures::host(
        fixtures::URI,
        vec![
            fixtures::machine(4, "off"),
            sample(running(2, "least"), 10.0),
            started_first,
            sample(running(3, "middle"), 20.0),
        ],
    );
    for heading in ["CPU", "Memory", "Disk", "Network"] {
        let mut window = TestWindow::new(vec![host.clone()]);
        window.settings.is_inspector_open = false;
        let mut harness = open(Look::sized(1_600.0, 800.0), window);
        harness.run();
        harness.get_by_label(&format!("Sort by {heading}")).click();
        harness.run();
        assert_eq!(rows(&harness), ["most", "middle", "least", "off"], "{heading}");
        harness
            .get_by_label(&format!("{heading}, sorted, highest first"))
            .click();
        harness.run();
        assert_eq!(rows(&harness), ["least", "middle", "most", "off"], "{heading}");
    }
}

#[test]
fn arrows_move_shift_marks_and_enter_opens() {
    let mut harness = window();
    harness.key_press(egui::Key::ArrowDown);
    harness.run();
    harness.key_press(egui::Key::ArrowDown);
    harness.run();
    assert_eq!(harness.state().selection.primary, Some(key(3)));
    harness.key_press_modifiers(egui::Modifiers::SHIFT, egui::Key::ArrowDown);
    harness.run();
    assert_eq!(harness.state().selection.machines.len(), 2);
    harness.key_press(egui::Key::Enter);
    harness.run();
    assert_eq!(
        harness.state().sent,
        [Command::Machine(MachineCommand::OpenConsole(key(7)))],
        "the console first"
    );
    harness.key_press_modifiers(egui::Modifiers::ALT, egui::Key::Enter);
    harness.run();
    assert_eq!(
        harness.state().route,
        Route::Machine {
            key: key(7),
            tab: MachineTab::Overview
        }
    );
}

#[test]
fn the_bar_of_a_selection_offers_only_what_is_allowed_and_counts() {
    let mut harness = window();
    harness.state_mut().select(&[1, 2, 8]);
    harness.run();
    harness.get_by_label("3 selected");
    assert!(harness.query_by_label("Resume (3)").is_none());
    harness.get_by_label("Shut down (2)").click();
    harness.run();
    assert_eq!(
        harness.state_mut().sent.split_off(0),
        [Command::Machine(MachineCommand::Run {
            action: Action::Shutdown,
            machines: vec![key(1), key(2)]
        })]
    );
    harness.get_by_label("Start (1)").click();
    harness.run();
    assert_eq!(
        harness.state().sent,
        [Command::Machine(MachineCommand::RunNow {
            action: Action::Start,
            machines: vec![key(8)]
        })]
    );
}

#[test]
fn what_a_filter_hides_is_not_acted_on() {
    let mut harness = window();
    harness.state_mut().select(&[1, 2, 3]);
    filter_by(&mut harness, "tag:web");
    harness.get_by_label("2 selected");
    harness.get_by_label("1 more is not shown");
    harness.get_by_label("Shut down (2)").click();
    harness.run();
    assert_eq!(
        harness.state().sent,
        [Command::Machine(MachineCommand::Run {
            action: Action::Shutdown,
            machines: vec![key(1), key(2)]
        })]
    );
}

#[test]
fn the_menu_of_a_row_says_why_something_cannot_be_done() {
    let mut harness = window();
    let row = harness.get_all_by_role(Role::Row).find(|row| {
        row.accesskit_node()
            .label()
            .is_some_and(|label| label.starts_with("web-10"))
    });
    row.unwrap().click_secondary();
    harness.run();
    let pause = harness.get_by_role_and_label(Role::MenuItem, "Pause");
    assert!(pause.accesskit_node().is_disabled());
    let reason = pause.accesskit_node().data().description().map(str::to_owned);
    assert!(reason.is_some_and(|reason| !reason.is_empty()));
    harness.get_by_role_and_label(Role::MenuItem, "Start").click();
    harness.run();
    assert_eq!(harness.state().sent.len(), 1);
}

#[test]
fn a_remembered_list_is_marked_and_allows_nothing() {
    let mut host = fixtures::assorted();
    host.freshness = Freshness::LastKnown;
    host.connection = ConnectionState::Connecting { is_slow: false };
    let mut harness = open(Look::sized(1_280.0, 800.0), TestWindow::new(vec![host]));
    harness.state_mut().select(&[1, 8]);
    harness.run();
    harness
        .get_all_by_label("Last known list — connecting…")
        .next()
        .unwrap();
    assert!(harness.query_by_label("Start (1)").is_none());
}

#[test]
fn a_lost_connection_says_so_and_can_be_tried_again() {
    let mut lab = fixtures::host(fixtures::LAB, Vec::new());
    lab.freshness = Freshness::Unknown;
    lab.connection = ConnectionState::Disconnected {
        reason: DisconnectReason::HostUnreachable,
        message: "no route to host".to_owned(),
        retry_at_millis: None,
    };
    let mut harness = open(
        Look::sized(1_280.0, 800.0),
        TestWindow::new(vec![fixtures::many(3), lab]),
    );
    harness.run();
    harness.get_by_label("lab (ssh)").click();
    harness.run();
    harness.get_by_label("Not connected to lab (ssh)");
    harness.get_by_label("Try again").click();
    harness.run();
    assert_eq!(
        harness.state().sent,
        [Command::Connection(ConnectionCommand::Retry(fixtures::LAB.to_owned()))]
    );
}

#[test]
fn only_rows_that_are_seen_are_drawn() {
    let mut harness = open(
        Look::sized(1_280.0, 800.0),
        TestWindow::new(vec![fixtures::many(1_000)]),
    );
    harness.run();
    assert!(harness.get_all_by_role(Role::Row).count() < 25);
    harness.key_press(egui::Key::End);
    harness.run();
    assert!(rows(&harness).contains(&"machine-1000".to_owned()));
}

#[test]
fn a_screen_reader_hears_what_the_cells_of_a_row_show() {
    let harness = window();
    let row = harness.get_all_by_role(Role::Row).find(|row| {
        let label = row.accesskit_node().label();
        label.is_some_and(|label| label.starts_with("web-1,"))
    });
    let spoken = row.unwrap().accesskit_node().data().description().map(str::to_owned);
    let spoken = spoken.unwrap_or_default();
    for words in [
        "Memory ",
        "4 GiB",
        "Disk ",
        "Network ",
        "Address 192.168.122.41",
        "3 h 12 min",
        "Tags production, web",
        "Host This computer",
    ] {
        assert!(spoken.contains(words), "{words}: {spoken}");
    }
}

#[test]
fn the_places_of_the_sidebar_narrow_the_list() {
    for (place, expected) in [
        (
            "Running",
            vec!["build-runner", "database", "lab-router", "web-1", "web-2"],
        ),
        ("Needs attention", vec!["build-runner", "database", "kernel-test"]),
        ("web", vec!["web-1", "web-2"]),
        ("production", vec!["database", "web-1"]),
    ] {
        let mut harness = window();
        harness.get_by_role_and_label(Role::Button, place).click();
        harness.run();
        assert_eq!(rows(&harness), expected, "{place}");
        harness.get_by_role_and_label(Role::Button, "All machines").click();
        harness.run();
        assert_eq!(rows(&harness).len(), 8, "{place}");
    }
}
