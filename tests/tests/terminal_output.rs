//! What the terminal prints: JSON that parses for every command, tables for people, errors in their parts.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use berth_tests::{BOOT_PATIENCE, Guest, Terminal};
use libvirt_backend::boot_sector::Mood;
use libvirt_backend::private_session::Signal;
use serde_json::{Value, json};

#[track_caller]
fn keys(value: &Value, keys: &[&str]) {
    for key in keys {
        assert!(value.get(key).is_some(), "{key} is missing in {value}");
    }
}

/// One machine, done.
#[track_caller]
fn is_done(value: &Value, name: &str) {
    let [one] = &value.as_array().unwrap()[..] else {
        panic!("{value}");
    };
    assert_eq!((&one["name"], &one["done"]), (&json!(name), &json!(true)), "{value}");
    assert_eq!(
        (&one["reason"], &one["details"]),
        (&Value::Null, &Value::Null),
        "{value}"
    );
}

#[test]
fn every_commands_json_can_be_parsed() {
    let Some(terminal) = Terminal::open() else { return };
    let image = terminal.boot_image();
    let created = terminal.json(&[
        "create",
        "box",
        "--memory",
        "64MiB",
        "--vcpus",
        "1",
        "--accel",
        "tcg",
        "--network",
        "none",
        "--import",
        &image,
    ]);
    assert_eq!(created["name"], "box");
    assert_eq!(created["uuid"], terminal.info("box")["uuid"]);

    for (arguments, state) in [
        (&["start", "box"][..], "running"),
        (&["pause", "box"], "paused"),
        (&["resume", "box"], "running"),
        (&["reboot", "box"], "running"),
        (&["reset", "box", "--yes"], "running"),
        (&["save", "box"], "shut-off"),
        (&["start", "box"], "running"),
        (&["force-off", "box", "--yes"], "shut-off"),
    ] {
        is_done(&terminal.json(arguments), "box");
        assert_eq!(terminal.info("box")["state"], state, "after {arguments:?}");
    }

    let tagged = terminal.json(&["tag", "box", "--add", "b", "--add", "a"]);
    assert_eq!(tagged, json!({ "name": "box", "tags": ["a", "b"] }));
    assert_eq!(terminal.json(&["tag", "box", "--clear"])["tags"], json!([]));
    assert_eq!(terminal.info("box")["tags"], json!([]));

    let named = terminal.json(&["snapshot", "create", "box", "clean"]);
    assert_eq!(named, json!({ "name": "box", "snapshot": "clean" }));
    let unnamed = terminal.json(&["snapshot", "create", "box"]);
    let by_time = unnamed["snapshot"].as_str().unwrap().to_owned();
    assert!(by_time.starts_with("20"), "named by the present time: {by_time}");
    keys(
        &terminal.json(&["snapshot", "list", "box"])[0],
        &[
            "name",
            "description",
            "created_at_seconds",
            "parent",
            "current",
            "kind",
            "was_running",
        ],
    );
    assert_eq!(terminal.json(&["list"])[0]["snapshot_count"], 2);
    let info = terminal.info("box");
    assert_eq!(info["snapshot_count"], 2);
    assert_eq!(info["snapshots"].as_array().unwrap().len(), 2);
    assert_eq!(
        terminal.json(&["snapshot", "revert", "box", "clean", "--yes"])["snapshot"],
        "clean"
    );
    assert_eq!(
        terminal.json(&["snapshot", "delete", "box", &by_time, "--yes"])["snapshot"],
        by_time.as_str()
    );

    let off = terminal.json(&["stats", "box"]);
    assert_eq!(off[0]["state"], "shut-off", "one that is off has no figures: {off}");
    assert_eq!(off[0]["cpu_percent"], Value::Null, "{off}");
    assert_eq!(terminal.json(&["stats"]), json!([]), "nothing runs");

    let uris = terminal.json(&["uris"]);
    assert_eq!(uris[0], json!({ "uri": terminal.session.uri(), "default": true }));
    assert!(
        terminal.json(&["diagnostics"])["diagnostics"]
            .as_str()
            .unwrap()
            .contains("== System")
    );
    assert_eq!(terminal.json(&["leftovers"]), json!([]));

    let deleted = terminal.json(&["delete", "box", "--yes"]);
    assert_eq!((&deleted["name"], &deleted["files_left"]), (&json!("box"), &json!([])));
    keys(&deleted, &["files_asked_for"]);
    assert!(Path::new(&image).exists(), "an imported disk stays");
}

#[test]
fn tables_are_made_for_people() {
    let Some(terminal) = Terminal::open() else { return };
    let guest = Guest::boot_sector(&terminal.session, "runs", Mood::Calm);
    let _line = guest.start(BOOT_PATIENCE);
    terminal.create(
        "off-1",
        &["--disk", "1GiB", "--network", "user", "--tag", "web", "--tag", "lab"],
    );
    terminal.done(&["snapshot", "create", "off-1", "clean", "--description", "before"]);

    let list = terminal.done(&["list"]);
    let lines: Vec<Vec<&str>> = list.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(
        lines[0],
        ["Name", "State", "CPUs", "Memory", "Address", "Tags"],
        "{list}"
    );
    assert_eq!(
        lines[1],
        ["off-1", "Off", "1", "64", "MiB", "-", "lab,", "web"],
        "{list}"
    );
    assert_eq!(lines[2], ["runs", "Running", "1", "64", "MiB", "-"], "{list}");
    let column = |line: &str, word: &str| line.find(word).unwrap();
    let rows: Vec<&str> = list.lines().collect();
    assert_eq!(column(rows[0], "State"), column(rows[1], "Off"), "aligned: {list}");

    let info = terminal.done(&["info", "off-1"]);
    for (label, value) in [
        ("Name", "off-1"),
        ("State", "Off"),
        ("Memory", "64 MiB"),
        ("Acceleration", "tcg"),
        ("Tags", "lab, web"),
        ("Disk", ".qcow2"),
        ("Network", "user"),
        ("Snapshot", "clean"),
    ] {
        let is_told = |line: &str| line.starts_with(label) && line.ends_with(value);
        assert!(info.lines().any(is_told), "{label} {value} not in {info}");
    }

    let snapshots = terminal.done(&["snapshot", "list", "off-1"]);
    assert!(snapshots.lines().next().unwrap().starts_with("Snapshot"), "{snapshots}");
    assert!(snapshots.lines().nth(1).unwrap().ends_with("before"), "{snapshots}");

    let stats = terminal.done(&["stats", "runs", "off-1"]);
    let of = |name: &str| stats.lines().find(|line| line.starts_with(name)).unwrap();
    assert!(
        of("runs").contains("CPU ") && of("runs").contains("of 64 MiB"),
        "{stats}"
    );
    assert!(of("off-1").contains("Off: nothing is measured"), "{stats}");
    assert!(
        !terminal.done(&["stats"]).contains("off-1"),
        "unasked, only what runs is measured"
    );
}

#[test]
fn an_error_says_what_then_libvirts_words_then_what_to_do_then_the_path() {
    let Some(terminal) = Terminal::open() else { return };
    let uri = "qemu:///session?socket=/nonexistent/socket";
    let (status, words) = terminal.refused(&["--connect", uri, "list"]);
    assert_eq!(status, 1);
    let lines: Vec<&str> = words.lines().collect();
    assert!(lines[0].starts_with("berth: "), "{words}");
    assert!(
        lines[1].starts_with("  ") && lines[1].contains("/nonexistent/socket"),
        "libvirt's own words: {words}"
    );
    assert!(lines[2].len() > 10 && !lines[2].starts_with(' '), "what to do: {words}");
    assert_eq!(lines.last(), Some(&uri), "{words}");

    let missing = terminal.home().join("no-such.iso").display().to_string();
    let (status, words) = terminal.refused(&["create", "x", "--cdrom", &missing]);
    assert_eq!(status, 1);
    assert!(words.starts_with("berth: "), "{words}");
    assert_eq!(words.lines().last(), Some(&*missing), "{words}");
}

#[test]
fn one_machine_that_fails_stops_no_other() {
    let Some(terminal) = Terminal::open() else { return };
    for name in ["a", "b", "c"] {
        terminal.create(name, &["--network", "none", "--start"]);
    }
    terminal.done(&["force-off", "b", "--yes"]);
    let output = terminal.berth(&["pause", "a", "nobody", "b", "c", "a", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let each: Value = serde_json::from_slice(&output.stdout).unwrap();
    let told: Vec<(&str, bool)> = each
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["name"].as_str().unwrap(), one["done"].as_bool().unwrap()))
        .collect();
    assert_eq!(told, [("a", true), ("nobody", false), ("b", false), ("c", true)]);
    assert!(each[1]["reason"].as_str().unwrap().contains("nobody"), "{each}");
    assert!(each[2]["reason"].as_str().unwrap().len() > 5, "{each}");
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("berth: b: "), "whose failure it is: {words}");
    assert_eq!(terminal.info("c")["state"], "paused");

    // Firmware that looks for a disk takes no notice of the power button: they are waited for beside each other.
    terminal.done(&["resume", "a", "c"]);
    let started = std::time::Instant::now();
    let output = terminal.berth(&["shutdown", "a", "b", "c", "--grace", "8", "--json"]);
    assert!(started.elapsed().as_secs() < 15, "{:?}", started.elapsed());
    assert_eq!(output.status.code(), Some(1));
    let each: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(each.as_array().unwrap().len(), 3, "{each}");
    assert!(each[0]["reason"].as_str().unwrap().contains("force-off a"), "{each}");
}

#[test]
fn delete_takes_the_files_that_were_asked_for() {
    let Some(terminal) = Terminal::open() else { return };
    let disk_of = |name: &str| terminal.info(name)["disks"][0]["source"].as_str().unwrap().to_owned();
    terminal.create("kept", &["--disk", "1GiB", "--network", "none", "--start"]);
    let kept = disk_of("kept");
    let (status, words) = terminal.refused(&["delete", "kept", "--files", "none", "--yes"]);
    assert_eq!(status, 1, "it runs: {words}");
    terminal.done(&["delete", "kept", "--files", "none", "--force-off", "--yes"]);
    assert!(Path::new(&kept).exists());
    assert_eq!(terminal.json(&["list"]), json!([]));

    let image = terminal.boot_image();
    let (folder, file) = image.rsplit_once('/').unwrap();
    let imported = terminal
        .command(&["create", "all", "--accel", "tcg", "--network", "none", "--import", file])
        .current_dir(folder)
        .output()
        .unwrap();
    assert_eq!(imported.status.code(), Some(0), "{imported:?}");
    assert_eq!(disk_of("all"), image, "a relative path is meant from here");
    let deleted = terminal.json(&["delete", "all", "--files", "all", "--yes"]);
    assert_eq!(deleted["files_asked_for"], json!([image]));
    assert!(
        !Path::new(&image).exists(),
        "an imported disk goes where all files were asked for"
    );
}

#[test]
fn the_connection_that_is_named_beats_the_variable() {
    let Some(terminal) = Terminal::open() else { return };
    let output = terminal
        .command(&["--connect", &terminal.session.uri(), "list", "--json"])
        .env("LIBVIRT_DEFAULT_URI", "qemu:///session?socket=/nonexistent/socket")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(output.stdout, b"[]\n");
    let uris = terminal.done(&["--connect", "qemu+ssh://lab/system", "uris"]);
    assert_eq!(uris.lines().next(), Some("qemu+ssh://lab/system"));
}

#[test]
fn a_file_that_cannot_be_used_is_told_by_the_command_that_meets_it() {
    let Some(terminal) = Terminal::open() else { return };
    let settings = terminal.home().join(".config/berth/settings.json");
    fs::create_dir_all(settings.parent().unwrap()).unwrap();
    fs::write(&settings, "{ broken").unwrap();
    // A folder in the place of the log.
    fs::create_dir_all(terminal.home().join(".local/state/berth/berth.log")).unwrap();
    let output = terminal.berth(&["list", "--json"]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{:?} {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(output.stdout, b"[]\n");
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("settings.json.bad-"), "{words}");
    assert!(words.contains("berth.log"), "{words}");
    let again = terminal.berth(&["uris"]);
    assert!(
        !String::from_utf8_lossy(&again.stderr).contains("settings.json"),
        "told twice"
    );
}

#[test]
fn flags_of_the_window_beside_a_command_are_wrong_use() {
    let Some(terminal) = Terminal::open() else { return };
    let bare = terminal.berth(&[
        "create",
        "box",
        "--network",
        "none",
        "--accel",
        "tcg",
        "--memory",
        "64MiB",
    ]);
    assert!(
        String::from_utf8_lossy(&bare.stderr).contains("--disk"),
        "without a disk, and that is said"
    );
    for flag in ["--demo", "--private-session"] {
        for command in [&["list"][..], &["delete", "box", "--yes"]] {
            let arguments = [&[flag], command].concat();
            let (status, words) = terminal.refused(&arguments);
            assert_eq!(status, 2, "berth {arguments:?}: {words}");
            assert!(words.contains(flag), "berth {arguments:?}: {words}");
        }
    }
    assert_eq!(terminal.info("box")["state"], "shut-off", "nothing happened");
}

/// Ends with the test.
struct Watching {
    child: Child,
    lines: Receiver<Value>,
    words: Receiver<String>,
}

impl Watching {
    fn start(terminal: &Terminal, names: &[&str]) -> Self {
        let arguments = [&["stats", "--watch", "--json"], names].concat();
        let mut command = terminal.command(&arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = lines_of(child.stdout.take().unwrap(), |line| {
            serde_json::from_str(&line).unwrap()
        });
        let words = lines_of(child.stderr.take().unwrap(), |line| line);
        Self { child, lines, words }
    }

    #[track_caller]
    fn until(&self, what: &str, mut is_it: impl FnMut(&Value) -> bool) -> Value {
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(30));
            let line = line.unwrap_or_else(|error| panic!("never: {what}: {error}"));
            if is_it(&line) {
                return line;
            }
        }
    }
}

fn lines_of<T: Send + 'static>(
    source: impl std::io::Read + Send + 'static,
    read: impl Fn(String) -> T + Send + 'static,
) -> Receiver<T> {
    let (sender, receiver) = sync_channel(1_000);
    let reader = std::thread::Builder::new().name("lines".to_owned());
    let reading = reader.spawn(move || {
        for line in BufReader::new(source).lines().map_while(Result::ok) {
            if sender.send(read(line)).is_err() {
                return;
            }
        }
    });
    drop(reading.unwrap());
    receiver
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn watching_outlives_the_daemon_and_tells_what_stops() {
    let Some(terminal) = Terminal::open() else { return };
    for name in ["one", "two"] {
        terminal.create(name, &["--network", "none", "--start"]);
    }
    let watching = Watching::start(&terminal, &["one", "two"]);
    let is_measured = |line: &Value, name: &str| line["name"] == name && line["cpu_percent"].is_number();
    watching.until("one is measured", |line| is_measured(line, "one"));

    terminal.done(&["force-off", "two", "--yes"]);
    let stopped = watching.until("two has stopped", |line| {
        line["name"] == "two" && line["state"] == "shut-off"
    });
    assert_eq!(stopped["cpu_percent"], Value::Null, "{stopped}");
    assert!(stopped["time"].is_number(), "{stopped}");

    terminal.session.kill_daemon(Signal::KILL).unwrap();
    let lost = watching.words.recv_timeout(Duration::from_secs(30)).unwrap();
    assert!(lost.len() > 10, "{lost}");
    while watching.lines.try_recv().is_ok() {}
    terminal.session.restart_daemon().unwrap();
    watching.until("one is measured again", |line| is_measured(line, "one"));
    let back = watching.words.recv_timeout(Duration::from_secs(30)).unwrap();
    assert!(back.contains("again"), "{back}");
}
