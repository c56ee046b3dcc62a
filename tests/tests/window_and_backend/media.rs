//! Installer images that cannot be used: the dialog says why before anything is made.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use berth_tests::{AppHarness, Need, TestSession, require, write_iso};
use egui::Role;

use super::PATIENCE;

const FIELD: &str = "Installer image (ISO)";

fn until_said(window: &mut AppHarness<'_>, path: &Path, words: &str) {
    window.fill(Role::TextInput, FIELD, &path.display().to_string());
    let what = format!("{} is told of {}", words, path.display());
    window.step_until(&what, PATIENCE, |window| window.says(words));
}

#[test]
fn an_installer_image_that_cannot_be_used_is_told_in_the_dialog_and_nothing_is_made() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let at = |name: &str| -> PathBuf { session.folder().join(name) };
    let (good, cut, empty, locked) = (at("good.iso"), at("cut.iso"), at("empty.iso"), at("locked.iso"));
    write_iso(&good, 100, 100);
    write_iso(&cut, 1_000, 100);
    std::fs::write(&empty, "").unwrap();
    write_iso(&locked, 100, 100);
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o000)).unwrap();
    let mut window = AppHarness::open(&session);
    window.press(Role::Button, "New machine…", PATIENCE);
    window.fill(Role::TextInput, "Name", "unlucky");
    let mut cases = vec![
        (at("absent.iso"), "There is no such file"),
        (session.folder().to_owned(), "This is a folder"),
        (cut, "The file is incomplete; download it again"),
        (empty, "The file is empty"),
        (PathBuf::from("relative.iso"), "The path must begin with"),
    ];
    // Root may read everything.
    if std::fs::File::open(&locked).is_err() {
        cases.push((locked, "You may not read this file"));
    }
    for (path, words) in cases {
        until_said(&mut window, &path, words);
        assert!(
            !window.can_press(Role::Button, "Create and start"),
            "{} could be used",
            path.display()
        );
    }
    assert!(window.model().machines.is_empty());

    // The same dialog goes on with one that can be used.
    until_said(&mut window, &good, "Disc image");
    window.press(Role::Button, "Create and start", PATIENCE);
    window.step_until("it is made", PATIENCE, |window| {
        window.shows(Role::Row, "unlucky, Running")
    });
    assert!(session.virsh(&["domblklist", "unlucky"]).contains("good.iso"));
    window.close();
}
