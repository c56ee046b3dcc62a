//! Berth killed while it makes a machine: the next start says what is left, in the terminal and in the window.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use berth_tests::{Desktop, Need, Shown, Terminal, TestSession, require, wait_until};

const PATIENCE: Duration = Duration::from_mins(1);
/// A kill may come too late; rarely twice.
const ATTEMPTS: usize = 8;

/// Returns the moment that the machine's image appears: its description is still to come.
fn wait_until_making(home: &Path, name: &str) {
    let image = home.join(format!(".local/share/berth/images/{name}.qcow2"));
    let begun = Instant::now();
    while !image.exists() {
        assert!(begun.elapsed() < PATIENCE, "nothing is being made");
        std::thread::sleep(Duration::from_micros(200));
    }
}

fn images(home: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(home.join(".local/share/berth/images"));
    entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect()
}

/// The daemon carries out what it was asked for a moment before; then there is an image that is nobody's.
fn has_remains(session: &TestSession, home: &Path, name: &str) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(2) {
        if session.virsh(&["list", "--all", "--name"]).contains(name) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    !images(home).is_empty()
}

fn create_arguments(name: &str) -> Vec<&str> {
    vec![
        "create",
        name,
        "--memory",
        "64MiB",
        "--vcpus",
        "1",
        "--disk",
        "1GiB",
        "--network",
        "none",
        "--accel",
        "tcg",
    ]
}

/// Kills `berth create` until it leaves something; the name it was making.
fn kill_while_creating(terminal: &Terminal) -> String {
    for attempt in 0..ATTEMPTS {
        let name = format!("half-{attempt}");
        let mut child = terminal
            .command(&create_arguments(&name))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait_until_making(terminal.home(), &name);
        child.kill().unwrap();
        child.wait().unwrap();
        let (_, told) = told_by_list(terminal);
        if told.contains(&name) {
            return name;
        }
    }
    panic!("no kill came in time");
}

/// The status and what was said on standard error.
fn told_by_list(terminal: &Terminal) -> (i32, String) {
    let output = terminal.berth(&["list", "--json"]);
    serde_json::from_slice::<serde_json::Value>(&output.stdout).expect("scripts still get JSON alone");
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn a_killed_create_is_told_by_the_next_command_and_its_remains_go_on_request() {
    let Some(terminal) = Terminal::open() else { return };
    let kept = terminal.json(&create_arguments("whole"));
    let name = kill_while_creating(&terminal);
    let (status, told) = told_by_list(&terminal);
    assert_eq!(status, 0);
    assert!(
        told.contains(&name) && told.contains("berth leftovers --remove"),
        "{told}"
    );

    let found = terminal.json(&["leftovers"]);
    assert_eq!(found[0]["name"], name.as_str(), "{found}");
    let file = PathBuf::from(found[0]["files"][0].as_str().unwrap());
    assert!(file.exists());
    let (status, words) = terminal.refused(&["leftovers", "--remove"]);
    assert_eq!(status, 2, "files go only when somebody says so: {words}");
    assert!(file.exists());
    terminal.done(&["leftovers", "--remove", "--yes"]);
    assert!(!file.exists());
    assert_eq!(terminal.json(&["leftovers"]), serde_json::json!([]));
    assert_eq!(told_by_list(&terminal), (0, String::new()));

    let whole = terminal.info("whole");
    assert_eq!(whole["uuid"], kept["uuid"]);
    assert!(Path::new(whole["disks"][0]["source"].as_str().unwrap()).exists());
    // The name is free.
    terminal.done(&create_arguments(&name));
}

#[test]
fn a_window_killed_while_it_creates_tells_of_it_when_it_opens_again() {
    const WINDOW: &[Need] = &[
        Need::Libvirt,
        Need::Program("Xvfb"),
        Need::Program("dbus-daemon"),
        Need::Program("xdotool"),
    ];
    if !require(WINDOW) {
        return;
    }
    let session = TestSession::start();
    for attempt in 0..ATTEMPTS {
        let mut desktop = Desktop::start(Shown::OnX11);
        let name = format!("half-{attempt}");
        let pid = desktop.start_berth(&["--connect", &session.uri()]);
        let mut reader = desktop.screen_reader();
        reader.wait_for_part("New machine", PATIENCE);
        reader.click("button", "New machine…");
        reader.click("radio button", "Nothing");
        reader.focus("entry", "Name");
        desktop.type_text(&name);
        reader.click("button", "Create and start");
        wait_until_making(desktop.home(), &name);
        let pid_of_window = rustix::process::Pid::from_raw(pid.cast_signed()).unwrap();
        rustix::process::kill_process(pid_of_window, rustix::process::Signal::KILL).unwrap();
        assert_ne!(desktop.wait_for_end(pid, PATIENCE), 0);
        drop(reader);
        if !has_remains(&session, desktop.home(), &name) {
            continue;
        }
        desktop.start_berth(&["--connect", &session.uri()]);
        let mut reader = desktop.screen_reader();
        reader.wait_for_part("Remains of an interrupted job", PATIENCE);
        reader.wait_for_part(&name, PATIENCE);
        assert_eq!(images(desktop.home()).len(), 1);
        reader.click("button", "Remove");
        wait_until("the remains are gone", PATIENCE, || images(desktop.home()).is_empty());
        return;
    }
    panic!("no kill came in time");
}
