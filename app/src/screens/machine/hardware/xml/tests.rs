//! The text of a machine as a person edits it.

use std::sync::Arc;

use egui::{Key, Modifiers, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use libvirt_backend::Error;
use libvirt_backend::command::Overwrite;
use libvirt_backend::error::{LibvirtError, Verb};
use libvirt_backend::property::change::Change;
use libvirt_backend::property::edit::{DefinitionXml, EditReport, EditRequest, Fingerprint};
use libvirt_backend::schema::{Objection, Unfit, Verdict};

use crate::command::{Command, MachineCommand};
use crate::route::{MachineTab, Route};
use crate::screens::fixtures;
use crate::screens::test_window::{Look, TestWindow, key, open};
use crate::state::{Answer, SchemaCheck};

type Window = Harness<'static, TestWindow>;

const TEXT: &str = "The machine as XML";

fn page() -> Window {
    let mut window = TestWindow::new(vec![fixtures::assorted()]);
    let definition = Answer::Ready(fixtures::hardware().into());
    window.answers.definitions.insert(key(1), definition);
    window.route = route(MachineTab::Hardware);
    let mut harness = open(Look::sized(1_280.0, 900.0), window);
    harness.run();
    click(&mut harness, "XML");
    harness
}

fn route(tab: MachineTab) -> Route {
    Route::Machine { key: key(1), tab }
}

fn click(harness: &mut Window, button: &str) {
    harness.get_by_role_and_label(Role::Button, button).click();
    harness.run_steps(3);
}

fn text(harness: &Window) -> String {
    let field = harness.get_by_role_and_label(Role::MultilineTextInput, TEXT);
    field.accesskit_node().value().unwrap_or_default()
}

/// Puts the cursor into the first line and types.
fn type_at_start(harness: &mut Window, typed: &str) {
    harness.get_by_role_and_label(Role::MultilineTextInput, TEXT).focus();
    harness.run_steps(2);
    harness.key_press_modifiers(Modifiers::CTRL, Key::Home);
    harness.run_steps(2);
    harness
        .get_by_role_and_label(Role::MultilineTextInput, TEXT)
        .type_text(typed);
    harness.run_steps(2);
}

/// Puts a whole text in, as a paste over everything does.
fn replace(harness: &mut Window, text: &str) {
    harness.get_by_role_and_label(Role::MultilineTextInput, TEXT).focus();
    harness.run_steps(2);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run_steps(2);
    harness.event(egui::Event::Paste(text.to_owned()));
    harness.run_steps(3);
}

fn edited() -> String {
    let text = fixtures::hardware().inactive;
    text.replace("<title>The shop's web server</title>", "<title>Shop</title>")
}

fn sent(harness: &Window) -> Option<EditRequest> {
    harness.state().sent.iter().rev().find_map(|command| match command {
        Command::Machine(MachineCommand::Edit { machine, request }) if *machine == key(1) => Some((**request).clone()),
        _ => None,
    })
}

fn answer(harness: &mut Window, answer: Answer<Arc<EditReport>>) {
    harness.state_mut().answers.edits.insert(key(1), answer);
    harness.run_steps(4);
}

fn report() -> Answer<Arc<EditReport>> {
    let report = EditReport {
        changes: Vec::new(),
        diff: Vec::new(),
        adjusted: Vec::new(),
        kept_variables: None,
        fingerprint: Fingerprint::of("after"),
    };
    Answer::Ready(report.into())
}

/// Somebody else changed the machine.
fn change_meanwhile(harness: &mut Window) {
    let inactive = fixtures::hardware()
        .inactive
        .replace("<boot dev='cdrom'/>", "<boot dev='network'/>");
    let definition = DefinitionXml {
        fingerprint: Fingerprint::of(&inactive),
        inactive,
        live: None,
    };
    let answer = Answer::Ready(definition.into());
    harness.state_mut().answers.definitions.insert(key(1), answer);
    harness.run_steps(4);
}

#[test]
fn the_text_is_the_definition_with_a_mark_where_the_password_is() {
    let harness = page();
    assert_eq!(text(&harness), fixtures::hardware().inactive);
    assert!(text(&harness).contains("passwd='[removed]'"));
    harness.get_by_label("Well-formed");
}

#[test]
fn what_is_wrong_is_said_with_its_line_as_it_is_typed() {
    let mut harness = page();
    type_at_start(&mut harness, "<");
    harness.get_by_label_contains("Line 1, column 2: ");
    harness.get_by_role_and_label(Role::Button, "Review changes").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("Apply").is_none());
    harness.get_by_role_and_label(Role::MultilineTextInput, TEXT).focus();
    harness.run_steps(2);
    harness.key_press(Key::Backspace);
    harness.run_steps(3);
    harness.get_by_label("Well-formed");
}

#[test]
fn unsaved_text_is_there_after_another_device_and_another_page() {
    let mut harness = page();
    replace(&mut harness, &edited());
    click(&mut harness, "Disk vda");
    harness.state_mut().route = route(MachineTab::Overview);
    harness.run();
    harness.state_mut().route = route(MachineTab::Hardware);
    harness.run();
    click(&mut harness, "XML");
    assert_eq!(text(&harness), edited());
    click(&mut harness, "Discard edits");
    assert_eq!(text(&harness), fixtures::hardware().inactive);
}

#[test]
fn half_an_iommu_group_is_refused_with_the_names_of_the_rest() {
    let mut harness = page();
    let host = Answer::Ready(Arc::new(fixtures::host_choices()));
    harness.state_mut().answers.choices.insert(key(1), host);
    harness.run_steps(3);
    let card = |function: u32| {
        format!(
            "<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0000' bus='0x01' \
             slot='0x00' function='0x{function}'/></source></hostdev>"
        )
    };
    let with = |devices: &str| {
        let text = fixtures::hardware().inactive;
        text.replace("</devices>", &format!("{devices}</devices>"))
    };
    replace(&mut harness, &with(&card(0)));
    click(&mut harness, "Review changes");
    let reason = "0000:01:00.0 shares its IOMMU group with Sound device 10de:0fb9 (0000:01:00.1): give them to the \
                  machine together, or none.";
    assert!(harness.query_all_by_label(reason).next().is_some());
    click(&mut harness, "Apply");
    assert_eq!(sent(&harness), None);
    click(&mut harness, "Back to the text");
    replace(&mut harness, &with(&[card(0), card(1)].concat()));
    click(&mut harness, "Review changes");
    click(&mut harness, "Apply");
    assert!(sent(&harness).is_some());
}

#[test]
fn the_difference_is_shown_before_it_is_sent_as_it_was_typed() {
    let mut harness = page();
    replace(&mut harness, &edited());
    click(&mut harness, "Review changes");
    harness.get_by_label("+   <title>Shop</title>");
    assert_eq!(sent(&harness), None);
    click(&mut harness, "Apply");
    let request = sent(&harness).expect("the edit");
    assert_eq!(request.opened_on, Some(fixtures::hardware().fingerprint));
    assert_eq!(request.changes, [Change::ReplaceXml(edited())]);

    answer(&mut harness, report());
    click(&mut harness, "Undo this change");
    let undo = MachineCommand::UndoEdit {
        machine: key(1),
        overwrite: Overwrite::Refuse,
    };
    assert_eq!(harness.state().sent.last(), Some(&Command::Machine(undo)));
    answer(&mut harness, report());
    harness.get_by_role_and_label(Role::MultilineTextInput, TEXT);
}

#[test]
fn what_libvirt_refuses_is_shown_at_the_line_that_it_names_and_nothing_is_lost() {
    let mut harness = page();
    let edited = edited().replace("<model type='e1000e'/>", "<model type='e999'/>");
    replace(&mut harness, &edited);
    click(&mut harness, "Review changes");
    click(&mut harness, "Apply");
    let error = Error::Libvirt {
        verb: Verb::Define,
        object: "web-1".to_owned(),
        source: LibvirtError {
            code: 67,
            domain: 10,
            message: "unsupported configuration: no such model 'e999'".to_owned(),
        },
    };
    answer(&mut harness, Answer::Failed(error));
    let line = 1 + edited.lines().position(|line| line.contains("e999")).expect("the line");
    let said = harness.get_by_role(Role::Alert);
    let words = said.accesskit_node().label().unwrap_or_default();
    assert!(words.starts_with(&format!("Line {line}: ")), "{words}");
    assert!(words.contains("no such model 'e999'"), "{words}");
    harness.get_by_label(&format!("Line {line}, column 27"));
    assert_eq!(text(&harness), edited);
}

#[test]
fn a_change_made_meanwhile_is_told_and_shown_and_either_text_can_be_taken() {
    let mut harness = page();
    replace(&mut harness, &edited());
    change_meanwhile(&mut harness);
    assert_eq!(text(&harness), edited());
    click(&mut harness, "Review changes");
    assert!(harness.query_by_label("Apply").is_none());
    click(&mut harness, "Show the differences");
    harness.get_by_label("What was changed meanwhile");
    harness.get_by_label("+     <boot dev='cdrom'/>");
    harness.get_by_label("-     <boot dev='cdrom'/>");
    click(&mut harness, "Back to the text");
    click(&mut harness, "Keep my text");
    click(&mut harness, "Review changes");
    harness.get_by_label("+     <boot dev='cdrom'/>");
    harness.get_by_label("+   <title>Shop</title>");
    click(&mut harness, "Back to the text");
    change_meanwhile(&mut harness);
    click(&mut harness, "Discard edits");
    assert!(text(&harness).contains("<boot dev='network'/>"));
}

#[test]
fn a_text_that_nobody_touched_follows_the_machine() {
    let mut harness = page();
    change_meanwhile(&mut harness);
    assert!(text(&harness).contains("<boot dev='network'/>"));
    assert!(harness.query_by_label("Keep my text").is_none());
}

#[test]
fn the_search_counts_and_goes_round_by_keyboard() {
    let mut harness = page();
    harness.state_mut().is_filter_wanted = true;
    harness.run_steps(3);
    harness
        .get_by_role_and_label(Role::SearchInput, "Search in the text")
        .type_text("<BOOT");
    harness.run_steps(3);
    harness.get_by_label("1 of 2");
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    harness.get_by_label("2 of 2");
    harness.key_press(Key::F3);
    harness.run_steps(3);
    harness.get_by_label("1 of 2");
    harness.key_press_modifiers(Modifiers::SHIFT, Key::Enter);
    harness.run_steps(3);
    harness.get_by_label("2 of 2");
    // The second stands in line 14.
    harness.get_by_label_contains("Line 14, ");
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(harness.query_by_label("2 of 2").is_none());
    let field = harness.get_by_role_and_label(Role::MultilineTextInput, TEXT);
    assert!(field.is_focused());
}

#[test]
fn libvirts_schema_is_asked_on_demand_and_its_answer_is_of_this_text_alone() {
    let mut harness = page();
    replace(&mut harness, &edited());
    click(&mut harness, "Check with libvirt");
    let xml: Arc<str> = edited().into();
    let asked = MachineCommand::CheckXml {
        machine: key(1),
        xml: Arc::clone(&xml),
    };
    assert_eq!(harness.state().sent.last(), Some(&Command::Machine(asked)));
    let objection = Objection {
        line: 9,
        column: 5,
        path: "domain/os/type".to_owned(),
        unfit: Unfit::Attribute {
            name: "arch".to_owned(),
        },
        words: None,
    };
    let check = SchemaCheck {
        xml,
        verdict: Some(Verdict::Objections(vec![objection])),
    };
    harness.state_mut().answers.schema_checks.insert(key(1), check);
    harness.run_steps(3);
    let said = harness.get_by_role(Role::Alert);
    let words = said.accesskit_node().label().unwrap_or_default();
    assert!(words.contains('9') && words.contains("arch"), "{words}");
    click(&mut harness, "Show the line");
    harness.get_by_label("Line 9, column 57");
    type_at_start(&mut harness, " ");
    assert!(harness.query_by_role(Role::Alert).is_none());
}

#[test]
fn tab_indents_inside_the_text_and_moves_on_after_escape() {
    let mut harness = page();
    harness.get_by_role_and_label(Role::MultilineTextInput, TEXT).focus();
    harness.run_steps(2);
    harness.key_press(Key::Tab);
    harness.run_steps(3);
    assert!(text(&harness).starts_with("  <domain"));
    harness.key_press_modifiers(Modifiers::SHIFT, Key::Tab);
    harness.run_steps(3);
    assert!(text(&harness).starts_with("<domain"));
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    harness.key_press(Key::Tab);
    harness.run_steps(3);
    assert!(text(&harness).starts_with("<domain"));
    let field = harness.get_by_role_and_label(Role::MultilineTextInput, TEXT);
    assert!(!field.is_focused());
}

#[test]
fn a_device_is_shown_in_the_text() {
    let mut harness = page();
    click(&mut harness, "CD drive sda");
    click(&mut harness, "Show in XML");
    harness.run_steps(6);
    harness.key_press(Key::Delete);
    harness.run_steps(4);
    let left = text(&harness);
    assert!(left.contains("dev='vda'") && !left.contains("dev='sda'"), "{left}");
}
