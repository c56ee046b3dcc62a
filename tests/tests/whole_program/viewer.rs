//! A machine's screen, here and in virt-viewer: how it comes, and what is said where the viewer cannot.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use berth_tests::{Desktop, ScreenReader, Shown, TestSession, find_program, require, wait_for};

use super::WINDOW;

const PATIENCE: Duration = Duration::from_mins(1);

/// A window on a stopped machine with a screen, where these are all the programs there are.
struct Screen {
    session: TestSession,
    reader: ScreenReader,
    desktop: Desktop,
    programs: PathBuf,
    uuid: String,
}

/// `viewer`: what the program of that name does; none without.
fn open(viewer: Option<&str>) -> Screen {
    let session = TestSession::start();
    let xml = session.folder().join("machine.xml");
    fs::write(
        &xml,
        "<domain type='qemu'><name>porthole</name><memory unit='MiB'>32</memory><vcpu>1</vcpu>\
         <os><type arch='x86_64' machine='q35'>hvm</type></os>\
         <devices><graphics type='vnc'><listen type='none'/></graphics></devices></domain>",
    )
    .unwrap();
    session.virsh(&["define", xml.to_str().unwrap()]);
    let uuid = session.virsh(&["domuuid", "porthole"]).trim().to_owned();
    let mut desktop = Desktop::start(Shown::OnX11);
    let programs = desktop.home().join("programs");
    fs::create_dir(&programs).unwrap();
    symlink(find_program("mv").unwrap(), programs.join("mv")).unwrap();
    if let Some(does) = viewer {
        write_viewer(&programs, does);
    }
    desktop.set_programs(&programs);
    desktop.start_berth(&["--connect", &session.uri()]);
    let mut reader = desktop.screen_reader();
    reader.wait_for_part("porthole, Off", PATIENCE);
    Screen {
        session,
        reader,
        desktop,
        programs,
        uuid,
    }
}

/// One that writes down how it was called, whole at once, and then does something.
fn write_viewer(programs: &Path, does: &str) {
    let arguments = programs.join("arguments");
    let (new, kept) = (arguments.with_extension("new"), arguments.display());
    let new = new.display();
    let script = format!("#!/bin/sh\nprintf '%s\\n' \"$@\" >'{new}'\nmv '{new}' '{kept}'\n{does}\n");
    let viewer = programs.join("virt-viewer");
    fs::write(&viewer, script).unwrap();
    fs::set_permissions(&viewer, fs::Permissions::from_mode(0o755)).unwrap();
}

impl Screen {
    /// The machine is the only one: it gets the keyboard with the list.
    fn press_enter_on_it(&mut self) {
        self.reader.click_part("table row", "porthole, Off");
        self.desktop.press("Return");
    }

    fn choose_the_viewer(&mut self) {
        self.reader.click("button", "More actions");
        self.reader.click("menu item", "Open in virt-viewer");
    }

    fn arguments(&self) -> Vec<String> {
        let path = self.programs.join("arguments");
        let kept = wait_for("a call of the viewer", PATIENCE, || fs::read_to_string(&path).ok());
        kept.lines().map(str::to_owned).collect()
    }

    fn is_running(&self) -> bool {
        self.session.virsh(&["list", "--name"]).contains("porthole")
    }
}

#[test]
fn enter_on_a_stopped_machine_starts_it_and_shows_its_screen() {
    if !require(WINDOW) {
        return;
    }
    let mut screen = open(None);
    screen.press_enter_on_it();
    screen.reader.wait_for_part("Screen of porthole, ", PATIENCE);
    assert!(screen.is_running(), "the screen of a machine that is off");
    // It goes off and comes on again by itself: so does its screen.
    screen.session.virsh(&["destroy", "porthole"]);
    screen.reader.wait_for_part("porthole is off", PATIENCE);
    screen.reader.click("button", "Start");
    screen.reader.wait_for_part("Screen of porthole, ", PATIENCE);
}

#[test]
fn the_viewer_shows_the_same_screen_and_may_be_closed_without_a_word() {
    if !require(WINDOW) {
        return;
    }
    // Closing it ends it like this; a toolkit's grumbling is no failure either.
    let mut screen = open(Some("echo 'Gtk-WARNING: grumble' >&2\nexit 0"));
    screen.press_enter_on_it();
    screen.reader.wait_for_part("Screen of porthole, ", PATIENCE);
    screen.choose_the_viewer();
    let uri = screen.session.uri();
    let uuid = screen.uuid.clone();
    assert_eq!(screen.arguments(), ["--attach", "--connect", &uri, "--uuid", &uuid]);

    // The next one fails: had the first been told as a failure, there would be two.
    write_viewer(
        &screen.programs,
        "echo 'noise' >&2\necho 'Cannot reach ada@lab.example: display is gone' >&2\nexit 1",
    );
    screen.choose_the_viewer();
    screen.reader.wait_for_part("could not be opened", PATIENCE);
    let tree = screen.reader.tree();
    let told: Vec<&String> = tree
        .iter()
        .filter(|line| line.contains("could not be opened"))
        .collect();
    assert!(
        told.iter()
            .all(|line| line.contains("The screen of porthole") && line.contains("display is gone")),
        "{told:?}"
    );
    assert!(
        told.iter().all(|line| !line.contains("ada") && !line.contains("noise")),
        "{told:?}"
    );
    assert!(!tree.iter().any(|line| line.contains("grumble")), "{tree:?}");
}

#[test]
fn a_missing_viewer_is_told_with_a_command_to_copy() {
    if !require(WINDOW) {
        return;
    }
    let mut screen = open(None);
    screen.press_enter_on_it();
    screen.reader.wait_for_part("Screen of porthole, ", PATIENCE);
    screen.choose_the_viewer();
    screen.reader.wait_for_part("The screen needs virt-viewer", PATIENCE);
    screen.reader.wait_for_part("install virt-viewer", PATIENCE);
    screen.reader.wait("button", "Copy command");

    // Installed meanwhile: the same entry works.
    write_viewer(&screen.programs, "exit 0");
    screen.reader.click("button", "Copy command");
    screen.reader.wait_until_gone("The screen needs virt-viewer");
    screen.choose_the_viewer();
    screen.arguments();
}
