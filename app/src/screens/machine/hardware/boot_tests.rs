//! The boot order as it is arranged by mouse and by keyboard.

use egui::{Key, Modifiers, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::tests::{choose, page};
use crate::command::{Command, MachineCommand};
use crate::screens::test_window::{TestWindow, key};

fn boot() -> Harness<'static, TestWindow> {
    let mut harness = page();
    choose(&mut harness, "Boot and firmware");
    harness
}

/// As a screen reader tells them.
fn listed(harness: &Harness<'_, TestWindow>) -> Vec<String> {
    let items = harness.get_all_by_role(Role::ListItem);
    let mut items: Vec<(f64, String)> = items
        .filter_map(|item| {
            let node = item.accesskit_node();
            Some((node.bounding_box()?.y0, node.label()?))
        })
        .collect();
    items.sort_by(|one, other| one.0.total_cmp(&other.0));
    items.into_iter().map(|(_, label)| label).collect()
}

fn press(harness: &mut Harness<'_, TestWindow>, button: &str) {
    harness.get_by_role_and_label(Role::Button, button).click();
    harness.run();
}

const AT_FIRST: [&str; 5] = [
    "1. Disk vda",
    "2. CD drive sda",
    "Network card (52:54:00:12:34:56), not started from",
    "Network card (52:54:00:12:34:57), not started from",
    "USB device of the host, not started from",
];

#[test]
fn a_machine_that_starts_by_kinds_says_so_and_the_change_to_places_is_reviewed() {
    let mut harness = boot();
    assert_eq!(listed(&harness), AT_FIRST);
    harness.get_by_label_contains("So far the machine starts by kinds of devices: Disk, CD.");
    press(&mut harness, "Move up: CD drive sda");
    assert_eq!(listed(&harness)[..2], ["1. CD drive sda", "2. Disk vda"]);
    press(&mut harness, "Review changes");
    for line in ["-     <boot dev='hd'/>", "-     <boot dev='cdrom'/>"] {
        harness.get_by_label(line);
    }
    for line in ["+       <boot order='1'/>", "+       <boot order='2'/>"] {
        harness.get_by_label(line);
    }
}

#[test]
fn alt_and_the_arrow_keys_move_the_device_that_has_the_focus() {
    let mut harness = boot();
    harness.get_by_role_and_label(Role::ListItem, "1. Disk vda").focus();
    harness.run();
    harness.key_press_modifiers(Modifiers::ALT, Key::ArrowDown);
    harness.run();
    assert_eq!(listed(&harness)[..2], ["1. CD drive sda", "2. Disk vda"]);
    // It still has the focus: the next press goes on from there.
    harness.key_press_modifiers(Modifiers::ALT, Key::ArrowUp);
    harness.run();
    assert_eq!(listed(&harness)[..2], AT_FIRST[..2]);
}

#[test]
fn a_device_is_dragged_to_its_place() {
    let mut harness = boot();
    let at = |harness: &Harness<'_, TestWindow>, label: &str| {
        harness.get_by_role_and_label(Role::ListItem, label).rect().center()
    };
    let (from, to) = (at(&harness, "2. CD drive sda"), at(&harness, "1. Disk vda"));
    harness.drag_at(from);
    harness.run();
    harness.hover_at(to);
    harness.run();
    harness.drop_at(to);
    harness.run();
    assert_eq!(listed(&harness)[..2], ["1. CD drive sda", "2. Disk vda"]);
}

#[test]
fn devices_are_switched_on_and_off() {
    let mut harness = boot();
    harness
        .get_by_role_and_label(Role::Switch, "Start from USB device of the host")
        .click();
    harness.run();
    assert_eq!(listed(&harness)[2], "3. USB device of the host");
    harness
        .get_by_role_and_label(Role::Switch, "Start from Disk vda")
        .click();
    harness.run();
    assert_eq!(listed(&harness)[..2], ["1. CD drive sda", "2. USB device of the host"]);
    for name in ["CD drive sda", "USB device of the host"] {
        harness
            .get_by_role_and_label(Role::Switch, &format!("Start from {name}"))
            .click();
        harness.run();
    }
    harness.get_by_label("Nothing is switched on: libvirt then starts from the first disk.");
}

#[test]
fn the_start_with_the_host_is_switched_at_once() {
    let mut harness = boot();
    harness.get_by_label("libvirt starts it when the computer starts.");
    harness
        .get_by_role_and_label(Role::Switch, "Start with the host")
        .click();
    harness.run();
    let asked = Command::Machine(MachineCommand::SetAutostart {
        machine: key(1),
        is_on: true,
    });
    assert_eq!(harness.state().sent.iter().filter(|sent| **sent == asked).count(), 1);
}
