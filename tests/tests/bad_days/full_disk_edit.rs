//! Editing a machine while a disk that is written to is full: nothing is changed, and nothing is lost.

use libvirt_backend::error::Cure;
use libvirt_backend::model::MachineId;
use libvirt_backend::property::change::Change;
use libvirt_backend::property::edit::{Apply, EditRequest};
use libvirt_backend::property::select::Setting;
use libvirt_backend::{Command, Error, MachineCommand, Outcome, Query};

use super::full_disk::{fill, mount_small, rig_inside, run_in_namespace};
use super::rig::{Rig, small};

fn title(rig: &Rig, id: MachineId, title: &str) -> Result<Outcome, Error> {
    let setting = Setting::parse("title").unwrap();
    let value = setting.property.input(title).unwrap();
    let request = EditRequest {
        opened_on: None,
        changes: vec![Change::Set {
            setting,
            value: Some(value),
        }],
        images: Vec::new(),
        apply: Apply::Both,
        is_dry_run: false,
    };
    rig.tell(id, MachineCommand::Edit(Box::new(request)))
}

fn num_edits(rig: &Rig, id: MachineId) -> usize {
    match rig.run(Command::Query(Query::History(id))) {
        Ok(Outcome::History(entries)) => entries.len(),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn assert_only_refused(rig: &Rig, id: MachineId, before: &str) {
    let refused = title(rig, id, "never").unwrap_err();
    assert_eq!(refused.cure(), Some(Cure::FreeDiskSpace), "{refused:?}");
    assert_eq!(rig.session.virsh(&["dumpxml", "unlucky", "--inactive"]), before);
    assert_eq!(num_edits(rig, id), 0);
}

#[test]
fn an_edit_for_whose_definition_there_is_no_room_changes_nothing() {
    run_in_namespace("full_disk_edit::editing_without_room_for_the_definition");
}

#[test]
#[ignore = "run in a namespace by the test above"]
fn editing_without_room_for_the_definition() {
    let Some(rig) = rig_inside() else { return };
    let id = rig.create(small("unlucky")).unwrap();
    let before = rig.session.virsh(&["dumpxml", "unlucky", "--inactive"]);
    let descriptions = rig.session.folder().join("cfg/libvirt/qemu");
    let _mounted = mount_small(&descriptions, 16);
    fill(&descriptions);
    assert_only_refused(&rig, id, &before);
    // With room again the same edit works.
    std::fs::remove_file(descriptions.join("filler")).unwrap();
    title(&rig, id, "now").unwrap();
    let after = rig.session.virsh(&["dumpxml", "unlucky", "--inactive"]);
    assert!(after.contains("<title>now</title>"), "{after}");
    assert_eq!(num_edits(&rig, id), 1);
}

#[test]
fn an_edit_that_could_not_be_undone_for_want_of_room_is_not_made() {
    run_in_namespace("full_disk_edit::editing_without_room_for_the_history");
}

#[test]
#[ignore = "run in a namespace by the test above"]
fn editing_without_room_for_the_history() {
    let Some(rig) = rig_inside() else { return };
    let id = rig.create(small("unlucky")).unwrap();
    let before = rig.session.virsh(&["dumpxml", "unlucky", "--inactive"]);
    let state = rig.folder.path().join("state");
    let _mounted = mount_small(&state, 16);
    fill(&state);
    assert_only_refused(&rig, id, &before);
}
