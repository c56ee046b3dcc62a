//! A picture of a guest's screen, from the menu into a file and onto the clipboard.

use std::fs;
use std::path::Path;
use std::time::Duration;

use berth_tests::{BOOT_PATIENCE, Desktop, Guest, Need, Shown, TestSession, require, wait_for};
use libvirt_backend::boot_sector::Mood;

use super::WINDOW;

const PATIENCE: Duration = Duration::from_mins(1);
/// Of the guest's screen.
const SIZE: &str = "720x400";

/// Its size, where it is a picture of more than one colour.
fn size_of(desktop: &Desktop, picture: &Path) -> String {
    let mut command = desktop.command("identify");
    let output = command.args(["-format", "%m %wx%h %k"]).arg(picture).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let mut words = said.split_whitespace();
    assert_eq!(words.next(), Some("PNG"), "{said:?}");
    let size = words.next().unwrap().to_owned();
    let num_colours: usize = words.next().unwrap().parse().unwrap();
    assert!(num_colours > 1, "nothing is on it");
    size
}

#[test]
fn a_picture_of_the_screen_is_saved_where_pictures_are_and_copied() {
    if !require(WINDOW) || !require(&[Need::Program("identify"), Need::Program("xclip")]) {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::boot_sector(&session, "porthole", Mood::Calm);
    let _line = guest.start(BOOT_PATIENCE);
    let mut desktop = Desktop::start(Shown::OnX11);
    let pictures = desktop.home().join("Bilder");
    let folders = "XDG_PICTURES_DIR=\"$HOME/Bilder\"\n";
    fs::write(desktop.home().join(".config/user-dirs.dirs"), folders).unwrap();
    // No program that could ask for a file's name.
    let programs = desktop.home().join("programs");
    fs::create_dir(&programs).unwrap();
    desktop.set_programs(&programs);
    desktop.start_berth(&["--connect", &session.uri()]);
    let mut reader = desktop.screen_reader();
    reader.wait_for_part("porthole, Running", PATIENCE);
    reader.click_part("table row", "porthole, Running");
    desktop.press("Return");
    reader.wait_for_part("Screen of porthole, ", PATIENCE);

    reader.click("button", "Picture of the screen");
    reader.click("menu item", "Save picture…");
    let saved = wait_for("a file", PATIENCE, || {
        let mut files = fs::read_dir(&pictures).ok()?;
        files.next().map(|entry| entry.unwrap().path())
    });
    // It is told once it is written whole.
    reader.wait_for_part(&format!("saved as {}", saved.display()), PATIENCE);
    assert_eq!(size_of(&desktop, &saved), SIZE);
    assert!(saved.file_name().unwrap().to_str().unwrap().starts_with("porthole "));

    reader.click("button", "Picture of the screen");
    reader.click("menu item", "Copy picture");
    reader.wait_for_part("is on the clipboard", PATIENCE);
    let copied = desktop.home().join("copied.png");
    let mut command = desktop.command("timeout");
    command.args(["20", "xclip", "-selection", "clipboard", "-target", "image/png", "-out"]);
    fs::write(&copied, command.output().unwrap().stdout).unwrap();
    assert_eq!(size_of(&desktop, &copied), SIZE);
}
