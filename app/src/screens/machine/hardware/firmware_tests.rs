//! Another firmware for a machine that exists, in the form and in its review.

use std::sync::Arc;

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use libvirt_backend::model::HostChoices;
use libvirt_backend::property::edit::{DefinitionXml, Fingerprint};

use super::tests::{choose, page};
use crate::command::{Command, MachineCommand};
use crate::screens::fixtures;
use crate::screens::test_window::{TestWindow, key};
use crate::state::Answer;

/// The machine with this in its `<os>`, on this host.
fn boot(os: &str, host: HostChoices) -> Harness<'static, TestWindow> {
    let mut harness = page();
    let xml = fixtures::hardware().inactive;
    let (before, rest) = xml.split_once("<os").expect("an os");
    let (_, after) = rest.split_once("</os>").expect("its end");
    let inactive = format!("{before}{os}{after}");
    let definition = DefinitionXml {
        fingerprint: Fingerprint::of(&inactive),
        inactive,
        live: None,
    };
    let answers = &mut harness.state_mut().answers;
    answers.definitions.insert(key(1), Answer::Ready(definition.into()));
    answers.choices.insert(key(1), Answer::Ready(Arc::new(host)));
    harness.run();
    choose(&mut harness, "Boot and firmware");
    harness
}

fn pick(harness: &mut Harness<'_, TestWindow>, words: &str) {
    harness.get_by_role_and_label(Role::ComboBox, "Firmware").click();
    harness.run();
    harness.get_by_role_and_label(Role::ListBoxOption, words).click();
    harness.run();
}

const UEFI: &str = "<os firmware='efi'><type arch='x86_64' machine='pc-q35-10.0'>hvm</type>\
    <loader readonly='yes' type='pflash'>/code.fd</loader><nvram>/var/web_VARS.fd</nvram></os>";

fn able() -> HostChoices {
    let mut host = fixtures::host_choices();
    let secure = ("loader".to_owned(), "secure".to_owned());
    let words = vec!["yes".to_owned(), "no".to_owned()];
    host.abilities.values.insert(secure, words);
    let uefi = ("os".to_owned(), "firmware".to_owned());
    host.abilities.values.insert(uefi, vec!["efi".to_owned()]);
    host
}

#[test]
fn secure_boot_tells_what_it_does_and_where_the_old_variables_stay_and_is_one_change() {
    let mut harness = boot(UEFI, able());
    pick(&mut harness, "UEFI with Secure Boot");
    let told = [
        "Only signed boot loaders, kernels and drivers start with Secure Boot.",
        "The old ones stay as they are in /var/web_VARS.fd",
    ];
    for words in told {
        harness.get_by_label_contains(words);
    }
    harness.get_by_role_and_label(Role::Button, "Review changes").click();
    harness.run();
    for words in told {
        harness.get_by_label_contains(words);
    }
    harness.get_by_label_contains("<nvram>/var/web_VARS.fd</nvram>");
    harness.get_by_role_and_label(Role::Button, "Apply").click();
    harness.run();
    let sent = &harness.state().sent;
    let request = sent.iter().find_map(|command| match command {
        Command::Machine(MachineCommand::Edit { request, .. }) => Some(request),
        _ => None,
    });
    assert_eq!(
        format!("{:?}", request.expect("an edit").changes),
        "[Set(firmware = Some(Word(Known(\"secure-boot\"))))]"
    );
}

#[test]
fn a_system_of_a_bios_is_warned_of_and_no_file_is_named_where_there_is_none() {
    let bios = "<os><type arch='x86_64' machine='pc-q35-10.0'>hvm</type></os>";
    let mut harness = boot(bios, able());
    pick(&mut harness, "UEFI");
    harness.get_by_label_contains("a system that was installed with BIOS usually has no EFI partition");
    assert!(harness.query_by_label_contains("Undo brings them back").is_none());
}

#[test]
fn what_the_host_or_the_board_cannot_is_shown_and_says_why() {
    let mut host = able();
    let secure = ("loader".to_owned(), "secure".to_owned());
    host.abilities.values.insert(secure, vec!["no".to_owned()]);
    let old = UEFI.replace("pc-q35-10.0", "pc-i440fx-10.0");
    let mut harness = boot(&old, host);
    harness.get_by_role_and_label(Role::ComboBox, "Firmware").click();
    harness.run();
    let option = harness.get_by_role_and_label(Role::ListBoxOption, "UEFI with Secure Boot");
    let node = option.accesskit_node();
    assert!(node.is_disabled(), "it cannot be chosen");
    let why = node.description().unwrap_or_default();
    assert!(
        why.contains("no Secure Boot firmware for this machine’s board"),
        "{why}"
    );
}
