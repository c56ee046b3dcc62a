//! The hardware page as a person uses it.

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use libvirt_backend::property::change::Change;
use libvirt_backend::property::edit::{Changed, DefinitionXml, EditReport, Fate, Fingerprint};

use crate::command::{Command, MachineCommand};
use crate::route::{MachineTab, Route};
use crate::screens::fixtures;
use crate::screens::test_window::{Look, TestWindow, key, open};
use crate::state::Answer;

pub(super) fn page() -> Harness<'static, TestWindow> {
    let mut window = TestWindow::new(vec![fixtures::assorted()]);
    let definition = Answer::Ready(fixtures::hardware().into());
    window.answers.definitions.insert(key(1), definition);
    window.route = route(MachineTab::Hardware);
    let mut harness = open(Look::sized(1_280.0, 1_000.0), window);
    harness.run();
    harness
}

pub(super) fn route(tab: MachineTab) -> Route {
    Route::Machine { key: key(1), tab }
}

pub(super) fn choose(harness: &mut Harness<'_, TestWindow>, entry: &str) {
    harness.get_by_role_and_label(Role::Button, entry).click();
    harness.run();
}

/// Empties the field and types.
pub(super) fn type_into(harness: &mut Harness<'_, TestWindow>, field: &str, text: &str) {
    harness.get_by_role_and_label(Role::TextInput, field).focus();
    harness.run();
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    harness.run();
    if text.is_empty() {
        harness.key_press(egui::Key::Backspace);
    } else {
        harness.get_by_role_and_label(Role::TextInput, field).type_text(text);
    }
    harness.run();
}

pub(super) fn value(harness: &Harness<'_, TestWindow>, field: &str) -> String {
    let node = harness.get_by_role_and_label(Role::TextInput, field);
    node.accesskit_node().value().unwrap_or_default()
}

#[test]
fn every_device_is_listed_with_what_it_is() {
    let harness = page();
    for entry in [
        "Overview",
        "Processors",
        "Memory",
        "Disk vda",
        "CD drive sda",
        "USB device of the host",
        "TPM (security chip)",
        "Shared folder",
    ] {
        harness.get_by_role_and_label(Role::Button, entry);
    }
    assert_eq!(
        harness
            .query_all_by_role_and_label(Role::Button, "Network card")
            .count(),
        2
    );
}

#[test]
fn the_number_fields_say_why_what_was_typed_cannot_be_used() {
    let mut harness = page();
    choose(&mut harness, "Memory");
    for (text, reason) in [
        ("512", "512 of what? Write the unit, such as 512MiB."),
        (
            "-1GiB",
            "“-1GiB” is not a size. Write a number and a unit, such as 2GiB.",
        ),
        ("1e30", "“1e30” is not a size. Write a number and a unit, such as 2GiB."),
        ("99EiB", "99EiB is more than fits."),
        ("", "The machine cannot be without this."),
    ] {
        type_into(&mut harness, "Memory, at most", text);
        harness.get_by_label(reason);
    }
    choose(&mut harness, "Processors");
    for (text, reason) in [
        ("0", "0 is not between 1 and 65535."),
        ("-1", "-1 is not between 1 and 65535."),
        ("1e30", "“1e30” is not a whole number."),
        ("4 GiB", "“4 GiB” is not a whole number."),
    ] {
        type_into(&mut harness, "Processors, at most", text);
        harness.get_by_label(reason);
    }
}

#[test]
fn what_was_typed_is_there_after_another_device_and_another_page() {
    let mut harness = page();
    choose(&mut harness, "Memory");
    type_into(&mut harness, "Memory, at most", "6GiB");
    choose(&mut harness, "Disk vda");
    harness.state_mut().route = route(MachineTab::Overview);
    harness.run();
    harness.state_mut().route = route(MachineTab::Hardware);
    harness.run();
    choose(&mut harness, "Memory");
    assert_eq!(value(&harness, "Memory, at most"), "6GiB");
    harness
        .get_by_role_and_label(Role::Button, "Back to what it was: Memory, at most")
        .click();
    harness.run();
    assert_eq!(value(&harness, "Memory, at most"), "4GiB");
}

#[test]
fn a_word_that_berth_does_not_know_is_shown_and_kept() {
    let mut harness = page();
    choose(&mut harness, "Disk vda");
    let cache = harness.get_by_role_and_label(Role::ComboBox, "Cache");
    assert_eq!(
        cache.accesskit_node().value().as_deref(),
        Some("fast (not known to Berth)")
    );
    cache.click();
    harness.run();
    harness.get_by_role_and_label(Role::ListBoxOption, "writeback").click();
    harness.run();
    harness.get_by_role_and_label(Role::ComboBox, "Cache").click();
    harness.run();
    harness
        .get_by_role_and_label(Role::ListBoxOption, "fast (not known to Berth)")
        .click();
    harness.run();
    assert!(harness.query_by_label("Back to what it was: Cache").is_none());
}

#[test]
fn a_setting_is_found_by_its_name_and_its_form_opens() {
    let mut harness = page();
    harness
        .get_by_role_and_label(Role::SearchInput, "Search all settings")
        .focus();
    harness.run();
    harness
        .get_by_role_and_label(Role::SearchInput, "Search all settings")
        .type_text("hugepages");
    harness.run();
    harness.get_by_role_and_label(Role::Button, "Huge pages").click();
    harness.run();
    harness.get_by_role_and_label(Role::Switch, "Huge pages").click();
    harness.run();
    harness.get_by_label("Back to what it was: Huge pages");
}

#[test]
fn a_password_is_never_shown() {
    let mut harness = page();
    choose(&mut harness, "Screen access");
    harness.get_by_role_and_label(Role::PasswordInput, "Password");
    assert!(harness.query_by_label_contains("[removed]").is_none());
}

fn edit_memory(harness: &mut Harness<'_, TestWindow>) {
    choose(harness, "Memory");
    type_into(harness, "Memory, at most", "6GiB");
    harness.get_by_role_and_label(Role::Button, "Review changes").click();
    harness.run();
}

#[test]
fn what_is_reviewed_is_what_is_sent_and_then_told_field_by_field() {
    let mut harness = page();
    edit_memory(&mut harness);
    harness.get_by_label("Memory › Memory, at most");
    harness.get_by_label("+   <memory unit='KiB'>6291456</memory>");
    harness.get_by_role_and_label(Role::Button, "Apply").click();
    harness.run_steps(4);
    let sent = harness.state().sent.iter().find_map(|command| match command {
        Command::Machine(MachineCommand::Edit { machine, request }) if *machine == key(1) => Some(request.clone()),
        _ => None,
    });
    let request = sent.expect("the edit");
    assert_eq!(request.opened_on, Some(fixtures::hardware().fingerprint));
    let asked: Vec<String> = request.changes.iter().map(Change::what).collect();
    assert_eq!(asked, ["memory"]);

    let report = EditReport {
        changes: vec![Changed {
            what: "memory".to_owned(),
            fate: Fate::AtNextStart { refusal: None },
        }],
        diff: Vec::new(),
        adjusted: Vec::new(),
        kept_variables: None,
        fingerprint: fixtures::hardware().fingerprint,
    };
    let answer = Answer::Ready(report.into());
    harness.state_mut().answers.edits.insert(key(1), answer);
    harness.run_steps(4);
    harness.get_by_label("At the next start");
    harness.get_by_role_and_label(Role::Button, "Done").click();
    harness.run();
    assert!(harness.query_by_label("Review changes").is_none());
}

#[test]
fn an_edit_that_somebody_else_forestalled_loses_nothing_that_was_typed() {
    let mut harness = page();
    edit_memory(&mut harness);
    harness.get_by_role_and_label(Role::Button, "Apply").click();
    harness.run_steps(4);
    let object = "web-1".to_owned();
    let answer = Answer::Failed(libvirt_backend::Error::ChangedMeanwhile { object });
    harness.state_mut().answers.edits.insert(key(1), answer);
    harness.run();
    let words = "web-1 was changed by somebody else meanwhile; nothing was written";
    harness.get_by_role_and_label(Role::Alert, words);
    harness.get_by_role_and_label(Role::Button, "Back to the form").click();
    harness.run();
    assert_eq!(value(&harness, "Memory, at most"), "6GiB");
}

#[test]
fn what_the_machine_has_by_now_is_not_applied_again() {
    let mut harness = page();
    edit_memory(&mut harness);
    let place = |harness: &Harness<'_, TestWindow>| harness.get_by_role_and_label(Role::Button, "Apply").rect();
    let before = place(&harness);
    let DefinitionXml { inactive, .. } = fixtures::hardware();
    let inactive = inactive.replace("<memory unit='KiB'>4194304", "<memory unit='KiB'>6291456");
    let definition = DefinitionXml {
        fingerprint: Fingerprint::of(&inactive),
        inactive,
        live: None,
    };
    let answers = &mut harness.state_mut().answers;
    answers.definitions.insert(key(1), Answer::Ready(definition.into()));
    harness.run();
    harness.get_by_label("Nothing differs from what the machine has");
    assert!(harness.query_by_label("Difference in its XML").is_none());
    let banner = "was changed since you began here";
    assert!(harness.query_all_by_label_contains(banner).next().is_some());
    assert_eq!(place(&harness), before, "the button moved away under the pointer");
    harness.get_by_role_and_label(Role::Button, "Apply").click();
    harness.run();
    let mut sent = harness.state().sent.iter();
    assert!(!sent.any(|command| matches!(command, Command::Machine(MachineCommand::Edit { .. }))));
}

#[test]
fn nothing_can_be_applied_while_a_field_is_refused() {
    let mut harness = page();
    choose(&mut harness, "Memory");
    type_into(&mut harness, "Memory, at most", "6");
    harness.get_by_label("1 field cannot be used as it is");
    harness.get_by_role_and_label(Role::Button, "Review changes").click();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Memory, at most");
}
