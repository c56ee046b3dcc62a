//! A machine's life by real key strokes: no pointer, and the screen reader only listens.

use std::time::Duration;

use berth_tests::{Desktop, ScreenReader, Shown, require, wait_until};

use super::{WINDOW, open_window};

const PATIENCE: Duration = Duration::from_mins(1);
/// More stops than any dialog has.
const STOPS: usize = 40;

/// Goes from stop to stop, as a person does who cannot use a pointer.
#[track_caller]
fn tab_to(desktop: &Desktop, reader: &mut ScreenReader, role: &str, name: &str) {
    let mut passed = Vec::new();
    for _ in 0..STOPS {
        let focused = reader.focused();
        if focused == (role.to_owned(), name.to_owned()) {
            return;
        }
        desktop.press("Tab");
        // A key pressed before the last one has shown would go past the goal.
        wait_until("the next stop", PATIENCE, || reader.focused() != focused);
        passed.push(focused);
    }
    panic!("Tab never came to the {role} {name:?} but to {passed:?}");
}

#[test]
fn a_machine_is_created_renamed_snapshotted_and_deleted_by_keys_alone() {
    if !require(WINDOW) {
        return;
    }
    let (session, desktop, mut reader) = open_window(Shown::OnX11);
    desktop.press("F1");
    reader.wait_for_part("Keyboard shortcuts", PATIENCE);
    desktop.press("Escape");
    reader.wait_until_gone("Keyboard shortcuts");

    desktop.press("ctrl+k");
    reader.wait("entry", "Type a command or a machine");
    desktop.type_text("new mach");
    desktop.press("Return");
    reader.wait("radio button", "Nothing");
    tab_to(&desktop, &mut reader, "radio button", "Nothing");
    desktop.press("space");
    tab_to(&desktop, &mut reader, "entry", "Name");
    desktop.type_text("keys");
    tab_to(&desktop, &mut reader, "toggle button", "Start it right away");
    desktop.press("space");
    tab_to(&desktop, &mut reader, "button", "Create");
    desktop.press("Return");
    reader.hear("keys created", PATIENCE);

    // The new machine is the one that keys act on.
    for (end, name) in [("Escape", "keys"), ("Return", "renamed")] {
        desktop.press("F2");
        reader.wait("entry", "New name");
        tab_to(&desktop, &mut reader, "entry", "New name");
        desktop.press("ctrl+a");
        desktop.type_text("renamed");
        desktop.press(end);
        reader.wait_until_gone("New name");
        reader.wait_for_part(&format!("{name}, Off"), PATIENCE);
        assert_eq!(session.virsh(&["list", "--all", "--name"]).trim(), name);
    }
    desktop.press("ctrl+r");
    reader.hear("renamed: Running", PATIENCE);

    desktop.press("ctrl+shift+s");
    reader.wait_for_part("stands still", PATIENCE);
    desktop.press("Return");
    wait_until("the snapshot is there", PATIENCE, || {
        !session.virsh(&["snapshot-list", "renamed", "--name"]).trim().is_empty()
    });

    desktop.press("Delete");
    reader.wait_for_part("keys.qcow2", PATIENCE);
    tab_to(&desktop, &mut reader, "button", "Force off and delete");
    desktop.press("Return");
    wait_until("it is gone", PATIENCE, || {
        session.virsh(&["list", "--all", "--name"]).trim().is_empty()
    });
    reader.wait_for_part("Welcome to Berth", PATIENCE);
}
