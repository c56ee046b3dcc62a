//! A new disk with an image that is made when the changes are applied.

use std::path::PathBuf;
use std::sync::Arc;

use egui::{Key, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use libvirt_backend::command::StorageRoom;
use libvirt_backend::error::{Error, InputProblem};
use libvirt_backend::model::{HostChoices, PoolOffer};
use libvirt_backend::property::edit::{EditRequest, NewImage};

use super::tests::{page, type_into, value};
use crate::command::{Command, CreateCommand, MachineCommand};
use crate::screens::test_window::{TestWindow, key};
use crate::state::Answer;

const GIB: u64 = 1 << 30;

fn press(harness: &mut Harness<'_, TestWindow>, button: &str) {
    harness.get_by_role_and_label(Role::Button, button).click();
    harness.run();
}

/// With a new disk whose form is open, on a host with this room.
fn with_disk(room: Answer<StorageRoom>) -> Harness<'static, TestWindow> {
    let mut harness = page();
    let pool = PoolOffer {
        name: "images".to_owned(),
        is_active: true,
        volumes: vec!["web-1-vdb.qcow2".to_owned()],
    };
    let host = HostChoices {
        pools: Some(vec![pool]),
        ..HostChoices::default()
    };
    let answers = &mut harness.state_mut().answers;
    answers.choices.insert(key(1), Answer::Ready(Arc::new(host)));
    answers.rooms.insert(key(1).uri.to_string(), room);
    harness.run();
    add(&mut harness);
    harness
}

fn add(harness: &mut Harness<'_, TestWindow>) {
    press(harness, "Add device…");
    let search = harness.get_by_role_and_label(Role::SearchInput, "Search devices");
    search.type_text("further hard disk");
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
}

fn room(available_bytes: u64) -> Answer<StorageRoom> {
    Answer::Ready(StorageRoom {
        pool: Some("images".to_owned()),
        folder: PathBuf::from("/srv/images"),
        available_bytes,
        capacity_bytes: 500 * GIB,
    })
}

fn size(harness: &mut Harness<'_, TestWindow>, gib: f64) {
    let field = harness.get_by_role_and_label(Role::SpinButton, "Size of the new image");
    field.set_value_accesskit(gib);
    harness.run();
}

fn sent(harness: &Harness<'_, TestWindow>) -> EditRequest {
    let mut edits = harness.state().sent.iter().filter_map(|command| match command {
        Command::Machine(MachineCommand::Edit { request, .. }) => Some(request),
        _ => None,
    });
    (**edits.next_back().expect("an edit")).clone()
}

#[test]
fn a_new_image_is_named_sized_reviewed_and_sent_with_its_disk() {
    let mut harness = with_disk(room(100 * GIB));
    press(&mut harness, "New image…");
    let asked = Command::Create(CreateCommand::ReadRoom {
        uri: key(1).uri.to_string(),
    });
    assert!(harness.state().sent.contains(&asked));
    assert_eq!(
        value(&harness, "Image file"),
        "/srv/images/web-1-vdb-2.qcow2",
        "the first name is taken"
    );
    harness.get_by_label_contains("100 GiB free in /srv/images");
    size(&mut harness, 40.0);
    press(&mut harness, "Review changes");
    harness.get_by_label_contains("A new image is made: /srv/images/web-1-vdb-2.qcow2, 40 GiB");
    press(&mut harness, "Apply");
    let request = sent(&harness);
    let image = NewImage {
        path: PathBuf::from("/srv/images/web-1-vdb-2.qcow2"),
        capacity_bytes: 40 * GIB,
    };
    assert_eq!(request.images, [image]);
    let [libvirt_backend::property::change::Change::AddDevice { xml }] = &request.changes[..] else {
        panic!("{request:?}")
    };
    assert!(
        xml.contains("type='qcow2'") && xml.contains("file='/srv/images/web-1-vdb-2.qcow2'"),
        "{xml}"
    );
}

#[test]
fn two_new_disks_get_images_of_two_names_and_one_can_be_given_up() {
    let mut harness = with_disk(room(100 * GIB));
    press(&mut harness, "New image…");
    add(&mut harness);
    press(&mut harness, "New image…");
    assert_eq!(value(&harness, "Image file"), "/srv/images/web-1-vdc.qcow2");
    press(&mut harness, "No new image");
    assert_eq!(value(&harness, "Image file"), "");
    harness.get_by_label("1 field of a new device is empty");
    type_into(&mut harness, "Image file", "/srv/there.qcow2");
    press(&mut harness, "Review changes");
    press(&mut harness, "Apply");
    let paths: Vec<PathBuf> = sent(&harness).images.into_iter().map(|image| image.path).collect();
    assert_eq!(paths, [PathBuf::from("/srv/images/web-1-vdb-2.qcow2")]);
}

#[test]
fn a_size_that_cannot_be_made_holds_the_review_back_and_one_beyond_what_is_free_is_told() {
    let mut harness = with_disk(room(10 * GIB));
    press(&mut harness, "New image…");
    harness.get_by_label_contains("Only 10 GiB are free");
    for (typed, words) in [(0.0, "1 MiB"), (501.0, "500 GiB")] {
        size(&mut harness, typed);
        harness.get_by_label_contains(words);
        let review = harness.get_by_role_and_label(Role::Button, "Review changes");
        assert!(review.accesskit_node().is_disabled(), "{typed}");
    }
    press(&mut harness, "Discard edits");
    assert!(harness.query_by_label_contains("New image").is_none());
}

#[test]
fn a_host_without_a_place_for_images_says_so() {
    let refusal = Error::InvalidInput(InputProblem::NoPoolThere);
    let mut harness = with_disk(Answer::Failed(refusal));
    press(&mut harness, "New image…");
    harness.get_by_label_contains("The other computer has no storage pool");
    assert_eq!(value(&harness, "Image file"), "");
}
