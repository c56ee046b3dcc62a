//! Adding and removing devices as a person does it.

use std::path::PathBuf;

use egui::{Key, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use libvirt_backend::command::{MediumKind, MediumReport};
use libvirt_backend::property::change::Change;
use libvirt_backend::property::edit::{Changed, EditReport, Fate};

use super::tests::{choose, page, type_into, value};
use crate::command::{BrowseFor, BrowseKind, Command, CreateCommand, MachineCommand};
use crate::screens::fixtures;
use crate::screens::test_window::{TestWindow, key};
use crate::state::Answer;

fn press(harness: &mut Harness<'_, TestWindow>, button: &str) {
    harness.get_by_role_and_label(Role::Button, button).click();
    harness.run();
}

/// Opens the list, types, and takes the first with Enter.
fn add(harness: &mut Harness<'_, TestWindow>, words: &str) {
    press(harness, "Add device…");
    harness
        .get_by_role_and_label(Role::SearchInput, "Search devices")
        .type_text(words);
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
}

fn note(harness: &Harness<'_, TestWindow>, entry: &str) -> String {
    let node = harness.get_by_role_and_label(Role::Button, entry);
    node.accesskit_node().description().unwrap_or_default()
}

/// What was asked of the backend.
fn sent_changes(harness: &Harness<'_, TestWindow>) -> Vec<Change> {
    let mut edits = harness.state().sent.iter().filter_map(|command| match command {
        Command::Machine(MachineCommand::Edit { request, .. }) => Some(request.changes.clone()),
        _ => None,
    });
    edits.next_back().expect("an edit")
}

#[test]
fn a_disk_is_added_by_typing_and_enter_and_waits_with_the_other_changes() {
    let mut harness = page();
    add(&mut harness, "further hard disk");
    assert_eq!(note(&harness, "Disk vdb"), "New · no file yet · virtio");
    harness.get_by_label("New, and not complete yet. Still needed: Image file");
    harness.get_by_label("1 field of a new device is empty");
    type_into(&mut harness, "Image file", "/srv/data.qcow2");
    harness.get_by_label("New: it becomes part of the machine when the changes are applied.");
    assert_eq!(note(&harness, "Disk vdb"), "New · data.qcow2 · virtio");
    choose(&mut harness, "Memory");
    type_into(&mut harness, "Memory, at most", "6GiB");
    harness.get_by_label("2 changes");
    press(&mut harness, "Review changes");
    harness.get_by_label("+       <source file='/srv/data.qcow2'/>");
    harness.get_by_label("+   <memory unit='KiB'>6291456</memory>");
    press(&mut harness, "Apply");
    let changes = sent_changes(&harness);
    let asked: Vec<String> = changes.iter().map(Change::what).collect();
    assert_eq!(asked, ["memory", "disk"]);
    let Some(Change::AddDevice { xml }) = changes.last() else {
        panic!("{changes:?}");
    };
    assert!(xml.contains("<target dev='vdb' bus='virtio'/>"), "{xml}");
}

#[test]
fn several_of_a_kind_are_added_each_with_a_name_of_its_own() {
    let mut harness = page();
    for (number, name) in ["Disk vdb", "Disk vdc", "Disk vdd"].into_iter().enumerate() {
        add(&mut harness, "further hard disk");
        type_into(&mut harness, "Image file", &format!("/srv/{number}.qcow2"));
        harness.get_by_role_and_label(Role::Button, name);
    }
    // The one in the middle is wanted no more; what was typed for the others is theirs.
    choose(&mut harness, "Disk vdc");
    press(&mut harness, "Throw away");
    assert!(harness.query_by_role_and_label(Role::Button, "Disk vdc").is_none());
    choose(&mut harness, "Disk vdd");
    assert_eq!(value(&harness, "Image file"), "/srv/2.qcow2");
    choose(&mut harness, "Disk vdb");
    assert_eq!(value(&harness, "Image file"), "/srv/0.qcow2");
}

#[test]
fn the_list_is_walked_with_the_arrow_keys_and_says_what_cannot_be_added() {
    let mut harness = page();
    press(&mut harness, "Add device…");
    for text in ["Storage", "Network", "Devices of this host"] {
        harness.get_by_label(text);
    }
    // The one that the machine has stands behind the list of those that it could have.
    let is_disabled = harness
        .get_all_by_role_and_label(Role::Button, "TPM (security chip)")
        .any(|chip| chip.accesskit_node().is_disabled());
    assert!(is_disabled);
    harness.key_press(Key::ArrowDown);
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    // The second of the list.
    assert_eq!(note(&harness, "CD drive sdb"), "New · empty drive · sata");
}

#[test]
fn escape_closes_the_list_and_adds_nothing() {
    let mut harness = page();
    press(&mut harness, "Add device…");
    harness.key_press(Key::Escape);
    harness.run();
    assert!(
        harness
            .query_by_role_and_label(Role::SearchInput, "Search devices")
            .is_none()
    );
    assert!(harness.query_by_label("Review changes").is_none());
}

#[test]
fn a_chosen_file_fills_the_field_and_its_format_is_found_out() {
    let mut harness = page();
    add(&mut harness, "further hard disk");
    press(&mut harness, "Choose file: Image file");
    harness.run();
    let asked = harness.state_mut().sent.iter().find_map(|command| match command {
        Command::Create(CreateCommand::Browse(browse)) => Some(browse.clone()),
        _ => None,
    });
    let browse = BrowseFor::Setting {
        machine: key(1),
        setting: "disk.vdb.source.file".to_owned(),
        kind: BrowseKind::Disk,
    };
    assert_eq!(asked.as_ref(), Some(&browse));
    let path = PathBuf::from("/srv/old.img");
    harness.state_mut().answers.browsed = Some((browse, path.clone()));
    let report = MediumReport {
        path: path.clone(),
        kind: MediumKind::Raw,
        size_bytes: 1 << 30,
        capacity_bytes: 1 << 30,
    };
    let place = (fixtures::URI.to_owned(), path);
    harness.state_mut().answers.media.insert(place, Answer::Ready(report));
    harness.run_steps(60);
    assert_eq!(value(&harness, "Image file"), "/srv/old.img");
    harness.get_by_label("Raw image, 1 GiB for the guest");
    press(&mut harness, "Review changes");
    harness.get_by_label("+       <driver name='qemu' type='raw'/>");
}

#[test]
fn a_device_is_marked_for_removal_says_what_that_does_and_can_be_kept() {
    let mut harness = page();
    choose(&mut harness, "Disk vda");
    press(&mut harness, "Remove");
    assert_eq!(note(&harness, "Disk vda"), "Will be removed");
    harness.get_by_label("Its file /home/ada/.local/share/berth/images/web-1.qcow2 stays where it is.");
    harness.get_by_label("It is the machine's only disk: there will be nothing installed to start from.");
    assert!(
        harness.query_by_label("Cache").is_none(),
        "there is nothing to set any more"
    );
    press(&mut harness, "Keep it");
    harness.get_by_label("Cache");
    assert!(harness.query_by_label("Review changes").is_none());
}

#[test]
fn a_removal_is_reviewed_applied_and_told_by_the_devices_name() {
    let mut harness = page();
    choose(&mut harness, "Disk vda");
    press(&mut harness, "Remove");
    press(&mut harness, "Review changes");
    harness.get_by_label("It is the machine's only disk: there will be nothing installed to start from.");
    harness.get_by_label("-       <serial>SHOP-1</serial>");
    press(&mut harness, "Apply");
    let asked: Vec<String> = sent_changes(&harness).iter().map(Change::what).collect();
    assert_eq!(asked, ["disk.vda"]);
    let report = EditReport {
        changes: vec![Changed {
            what: "disk.vda".to_owned(),
            fate: Fate::WaitsForGuest { found: None },
        }],
        diff: Vec::new(),
        adjusted: Vec::new(),
        kept_variables: None,
        fingerprint: fixtures::hardware().fingerprint,
    };
    let answer = Answer::Ready(report.into());
    harness.state_mut().answers.edits.insert(key(1), answer);
    harness.run_steps(4);
    harness.get_by_label("Disk vda (removed)");
    harness.get_by_label("Asked of the guest, which has not followed yet");
}
