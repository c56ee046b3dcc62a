//! What waits for the next start, and the ways out of it.

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use libvirt_backend::property::change::Change;
use libvirt_backend::property::edit::Apply;

use super::tests::route;
use crate::command::{Command, MachineCommand};
use crate::route::MachineTab;
use crate::screens::fixtures;
use crate::screens::test_window::{Look, TestWindow, key, open};
use crate::state::Answer;

fn page(tab: MachineTab) -> Harness<'static, TestWindow> {
    let mut window = TestWindow::new(vec![fixtures::assorted()]);
    let definition = Answer::Ready(fixtures::hardware_waiting().into());
    window.answers.definitions.insert(key(1), definition);
    window.route = route(tab);
    let mut harness = open(Look::sized(1_280.0, 1_000.0), window);
    harness.run();
    harness
}

fn press(harness: &mut Harness<'_, TestWindow>, button: &str) {
    harness.get_by_role_and_label(Role::Button, button).click();
    harness.run();
}

#[test]
fn what_waits_is_told_setting_by_setting_on_both_pages() {
    for tab in [MachineTab::Overview, MachineTab::Hardware] {
        let mut harness = page(tab);
        harness.get_by_label("4 changes wait for the next start");
        harness.get_by_label("Memory › Memory, at most: 2 GiB now, 4 GiB at the next start");
        harness.get_by_label("Disk vda › Cache: Default now, fast at the next start");
        assert!(harness.query_by_label_contains("Sound card: there").is_none());
        harness.get_by_label("1 more").click();
        harness.run();
        harness.get_by_label("Sound card: there from the next start on");
    }
}

#[test]
fn a_machine_whose_definition_is_what_runs_says_nothing() {
    let mut window = TestWindow::new(vec![fixtures::assorted()]);
    window
        .answers
        .definitions
        .insert(key(1), Answer::Ready(fixtures::hardware().into()));
    window.route = route(MachineTab::Overview);
    let mut harness = open(Look::sized(1_280.0, 1_000.0), window);
    harness.run();
    assert!(harness.query_by_label("Restart to apply").is_none());
}

#[test]
fn restart_to_apply_asks_for_exactly_that() {
    let mut harness = page(MachineTab::Overview);
    press(&mut harness, "Restart to apply");
    let is_asked = harness.state().sent.iter().any(
        |command| matches!(command, Command::Machine(MachineCommand::RestartToApply(machine)) if *machine == key(1)),
    );
    assert!(is_asked, "{:?}", harness.state().sent);
}

#[test]
fn discard_makes_the_next_start_what_runs_and_tells_a_conflict() {
    let mut harness = page(MachineTab::Hardware);
    // That of the draft below is another.
    press(&mut harness, "Discard");
    let request = harness.state().sent.iter().find_map(|command| match command {
        Command::Machine(MachineCommand::Edit { request, .. }) => Some(request.clone()),
        _ => None,
    });
    let request = request.expect("an edit");
    assert_eq!(request.apply, Apply::NextStart);
    assert_eq!(request.opened_on, Some(fixtures::hardware().fingerprint));
    let asked: Vec<String> = request.changes.iter().map(Change::what).collect();
    assert_eq!(asked, ["memory", "memory.current", "disk.vda.cache", "sound.1"]);
    let object = "web-1".to_owned();
    let answer = Answer::Failed(libvirt_backend::Error::ChangedMeanwhile { object });
    harness.state_mut().answers.edits.insert(key(1), answer);
    harness.run();
    harness.get_by_label_contains("web-1 was changed by somebody else meanwhile; nothing was written");
}
