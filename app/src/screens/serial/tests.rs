//! A serial line's page as a person reads and uses it.

use egui::accesskit::Role as NodeRole;
use egui::{Key, Modifiers, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use libvirt_backend::Error;
use libvirt_backend::command::ConsoleEnding;

use crate::command::{Command, MachineCommand, SerialCommand};
use crate::console::serial::{LineKey, LineState, Session, terminal_id};
use crate::route::{MachineTab, Route};
use crate::screens::fixtures::{self, URI};
use crate::screens::test_window::{Look, TestWindow, key, open};

fn line(alias: &str) -> LineKey {
    LineKey {
        machine: key(1),
        alias: alias.to_owned(),
    }
}

/// The page of a machine with two lines, of which the first is open.
fn page(is_running: bool) -> (Harness<'static, TestWindow>, Session) {
    let machine = fixtures::with_serials(fixtures::machine(1, "web"), 2);
    let machine = if is_running {
        fixtures::running(machine)
    } else {
        machine
    };
    let mut window = TestWindow::new(vec![fixtures::host(URI, vec![machine])]);
    window.route = Route::Machine {
        key: key(1),
        tab: MachineTab::Serial,
    };
    let session = Session::new(|| {});
    session.set_state(LineState::Open);
    window
        .serials
        .want(line("serial0"), fixtures::NOW_MILLIS, || session.clone());
    let mut harness = open(Look::sized(1_000.0, 700.0), window);
    harness.run();
    (harness, session)
}

fn screen(harness: &Harness<'static, TestWindow>) -> String {
    harness
        .get_by_role(NodeRole::Terminal)
        .accesskit_node()
        .value()
        .unwrap_or_default()
}

fn say(harness: &mut Harness<'static, TestWindow>, session: &Session, words: &str) {
    session.with_terminal(|terminal| terminal.feed(words.as_bytes()));
    harness.run();
}

#[test]
fn a_line_that_nobody_asked_for_is_asked_for_once_it_is_looked_at() {
    let machine = fixtures::running(fixtures::with_serials(fixtures::machine(1, "web"), 1));
    let mut window = TestWindow::new(vec![fixtures::host(URI, vec![machine])]);
    window.route = Route::Machine {
        key: key(1),
        tab: MachineTab::Serial,
    };
    let mut harness = open(Look::sized(1_000.0, 700.0), window);
    harness.run();
    let asked = Command::Serial(SerialCommand::Want(line("serial0")));
    assert!(harness.state().sent.contains(&asked), "{:?}", harness.state().sent);
}

#[test]
fn what_the_guest_says_can_be_read_and_is_read_aloud_by_lines() {
    let (mut harness, session) = page(true);
    say(&mut harness, &session, "\x1b[31mDebian\x1b[0m 虚拟机\r\nlogin: ");
    assert_eq!(screen(&harness), "Debian 虚拟机\nlogin:");
    harness.get_by_label("Terminal of web, serial0");
    harness.get_by_label("Connected");
}

#[test]
fn what_is_typed_once_the_page_is_open_is_meant_for_the_guest() {
    let (mut harness, _session) = page(true);
    let has_focus = |harness: &Harness<'static, TestWindow>| {
        let terminal = harness.get_by_role(NodeRole::Terminal);
        terminal.accesskit_node().is_focused()
    };
    assert!(has_focus(&harness));
    // Given back, it stays so until the page is come to again.
    harness.key_press_modifiers(Modifiers::CTRL | Modifiers::SHIFT, Key::Escape);
    harness.run();
    assert!(!has_focus(&harness));
    for tab in [MachineTab::Overview, MachineTab::Serial] {
        harness.state_mut().route = Route::Machine { key: key(1), tab };
        harness.run();
    }
    assert!(has_focus(&harness));
}

#[test]
fn nothing_new_draws_nothing_new() {
    let (mut harness, session) = page(true);
    say(&mut harness, &session, "quiet");
    harness.run();
    assert!(harness.state().repaint_after.is_empty());
    assert!(session.take_snapshot().is_none(), "everything was looked at");
}

#[test]
fn the_other_line_is_one_press_away() {
    let (mut harness, _session) = page(true);
    harness.get_by_label("Serial 2").click();
    harness.run();
    let chosen = Command::Serial(SerialCommand::Choose(line("serial1")));
    assert!(harness.state().sent.contains(&chosen), "{:?}", harness.state().sent);
    harness.get_by_label("Screen").click();
    harness.run();
    let console = MachineTab::Console;
    assert!(matches!(&harness.state().route, Route::Machine { tab, .. } if *tab == console));
}

#[test]
fn words_are_found_in_the_history_and_the_way_back_is_shown() {
    let (mut harness, session) = page(true);
    let lines: Vec<String> = (0..500).map(|line| format!("line {line}\r\n")).collect();
    say(&mut harness, &session, &lines.concat());
    assert!(screen(&harness).ends_with("line 499"));
    harness.get_by_label("Search the history").click();
    harness.run();
    harness.get_by_role(NodeRole::SearchInput).type_text("line 42");
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert!(screen(&harness).contains("line 42"), "{}", screen(&harness));
    harness.get_by_label("To the newest line").click();
    harness.run();
    assert!(screen(&harness).ends_with("line 499"));
    assert!(harness.query_by_label("To the newest line").is_none());
}

#[test]
fn a_machine_that_is_off_keeps_what_it_said_and_offers_to_start() {
    let (mut harness, session) = page(false);
    say(&mut harness, &session, "last words");
    assert_eq!(screen(&harness), "last words");
    let words = "The machine is not running. Its serial line connects when it starts.";
    assert!(harness.query_all_by_label(words).next().is_some());
    harness.get_by_role_and_label(Role::Button, "Start").click();
    harness.run();
    let started = |command: &Command| matches!(command, Command::Machine(MachineCommand::Run { .. }));
    assert!(harness.state().sent.iter().any(started), "{:?}", harness.state().sent);
}

#[test]
fn a_line_that_was_refused_says_why_and_can_be_tried_again() {
    let (mut harness, session) = page(true);
    session.set_state(LineState::Refused(Error::AgentSilent));
    harness.run();
    harness.get_all_by_label("Reconnect").next().unwrap().click();
    harness.run();
    let again = Command::Serial(SerialCommand::Again(line("serial0")));
    assert!(harness.state().sent.contains(&again), "{:?}", harness.state().sent);
    session.set_state(LineState::Ended(ConsoleEnding::HungUp));
    harness.run();
    harness.get_by_label("Disconnected");
}

#[test]
fn a_machine_without_a_line_says_so() {
    let machine = fixtures::running(fixtures::machine(1, "web"));
    let mut window = TestWindow::new(vec![fixtures::host(URI, vec![machine])]);
    window.route = Route::Machine {
        key: key(1),
        tab: MachineTab::Serial,
    };
    let mut harness = open(Look::sized(1_000.0, 700.0), window);
    harness.run();
    harness.get_by_label("No serial line");
}

#[test]
fn inside_the_terminal_no_key_is_the_windows_until_it_is_left() {
    let (mut harness, session) = page(true);
    say(&mut harness, &session, "login: ");
    harness.get_by_role(NodeRole::Terminal).click();
    harness.run();
    let has_focus =
        |harness: &Harness<'static, TestWindow>| harness.ctx.memory(|memory| memory.has_focus(terminal_id()));
    assert!(has_focus(&harness));
    for key in [Key::Tab, Key::Escape, Key::ArrowDown] {
        harness.key_press(key);
        harness.run();
        assert!(has_focus(&harness), "{key:?} left the terminal");
    }
    harness.key_press_modifiers(Modifiers::CTRL | Modifiers::SHIFT, Key::Escape);
    harness.run();
    assert!(!has_focus(&harness));
}

#[test]
fn the_size_is_told_in_words_and_in_the_command_that_tells_the_guest() {
    let (mut harness, session) = page(true);
    let [columns, lines] = session.look(crate::console::serial::Terminal::size);
    assert!(
        columns > 80 && lines > 24,
        "{columns} × {lines}: it does not fill the page"
    );
    harness.get_by_label("Tell the guest the size").click();
    harness.run();
    harness.get_by_label(&format!("stty rows {lines} cols {columns}"));
    harness.get_by_role_and_label(Role::Button, "Type it");
}
