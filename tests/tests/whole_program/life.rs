//! The life of a machine in a real window, by role and name only.

use std::time::Duration;

use berth_tests::{ScreenReader, Shown, require, wait_for, wait_until};

use super::{WINDOW, open_window};

/// From the first-start page to a machine that runs and is gone again, by role and name only.
#[test]
fn a_screen_reader_creates_watches_and_deletes_a_machine() {
    if !require(WINDOW) {
        return;
    }
    let (session, desktop, mut reader) = open_window(Shown::OnX11);
    wait_until("something is drawn", Duration::from_secs(20), || {
        desktop.colours_on_screen() > 20
    });

    reader.click("button", "New machine…");
    reader.click("radio button", "Nothing");
    reader.focus("entry", "Name");
    desktop.type_text("reader-1");
    reader.click("button", "Create and start");
    wait_until("the machine runs", Duration::from_mins(1), || {
        session.virsh(&["list", "--name"]).contains("reader-1")
    });
    reader.wait_for_part("reader-1", Duration::from_secs(20));
    reader.wait_for_part("Running", Duration::from_secs(20));
    reader.click("button", "Details");
    reader.wait_for_part("Overview", Duration::from_secs(20));
    reader.wait_for_part("CPU", Duration::from_secs(20));
    reader.click("page tab", "Snapshots");
    reader.click("button", "Take a snapshot…");
    reader.wait_for_part("stands still", Duration::from_secs(20));
    reader.click("button", "Take snapshot");
    wait_until("the snapshot is there", Duration::from_mins(1), || {
        !session
            .virsh(&["snapshot-list", "reader-1", "--name"])
            .trim()
            .is_empty()
    });
    reader.click("button", "More actions");
    reader.click("menu item", "Force off");
    reader.wait_for_part("lost", Duration::from_secs(20));
    reader.click("button", "Force off");
    wait_until("it is off", Duration::from_mins(1), || {
        !session.virsh(&["list", "--name"]).contains("reader-1")
    });
    reader.click("button", "More actions");
    reader.click("menu item", "Delete…");
    reader.wait_for_part("reader-1.qcow2", Duration::from_secs(20));
    reader.click("button", "Delete");
    wait_until("it is gone", Duration::from_mins(1), || {
        session.virsh(&["list", "--all", "--name"]).trim().is_empty()
    });
    let images = desktop.home().join(".local/share/berth/images");
    let left: Vec<_> = std::fs::read_dir(images).unwrap().collect();
    assert!(left.is_empty(), "no file is left: {left:?}");
    reader.wait_for_part("Welcome to Berth", Duration::from_secs(20));
}

/// What is said of the machine, until another figure is said.
#[track_caller]
pub(crate) fn wait_until_moving(reader: &mut ScreenReader, role: &str, part: &str) {
    let first = reader.node_with(role, part)["name"].clone();
    wait_until("another figure", Duration::from_secs(30), || {
        reader.node_with(role, part)["name"] != first
    });
}

#[test]
fn the_sample_machine_is_one_press_away_runs_and_goes_without_a_trace() {
    if !require(WINDOW) {
        return;
    }
    let (session, desktop, mut reader) = open_window(Shown::OnX11);
    reader.click("button", "Try a sample machine");
    // Whoever does not see it hears of it, once.
    reader.hear("sample created", Duration::from_mins(1));
    wait_until_moving(&mut reader, "table row", "sample, Running, CPU ");
    assert_eq!(session.virsh(&["list", "--name"]).trim(), "sample");
    reader.wait("table", "Machines");
    reader.click("button", "Details");
    wait_until_moving(&mut reader, "image", "CPU ");

    reader.click("button", "More actions");
    reader.click("menu item", "Pause");
    reader.hear("sample: Paused.", Duration::from_secs(20));
    let all = reader.heard_so_far();
    assert!(
        all.iter().all(|words| words.starts_with("sample")),
        "no button is announced: {all:?}"
    );
    let times = all.iter().filter(|words| *words == "sample created").count();
    assert_eq!(times, 1, "{all:?}");

    reader.click("button", "More actions");
    reader.click("menu item", "Delete…");
    // Nobody chose this file: it goes with the machine unasked.
    let disk = reader.node_with("check box", "sample.qcow2");
    assert_eq!(disk["checked"], true, "{disk}");
    reader.click("button", "Force off and delete");
    wait_until("it is gone", Duration::from_mins(1), || {
        session.virsh(&["list", "--all", "--name"]).trim().is_empty()
    });
    reader.wait_for_part("Welcome to Berth", Duration::from_secs(20));
    let samples = desktop.home().join(".local/share/berth/samples");
    let left = wait_for("the folder of samples", Duration::from_secs(5), || {
        std::fs::read_dir(&samples).ok()
    });
    let left: Vec<_> = left.collect();
    assert!(left.is_empty(), "{left:?}");
}
