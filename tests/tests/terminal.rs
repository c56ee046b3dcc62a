//! The terminal commands, typed as a user would type them, against real machines.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use berth_tests::{Terminal, wait_until, write_iso};
use serde_json::Value;

#[test]
fn a_machine_lives_and_dies_by_commands() {
    let Some(terminal) = Terminal::open() else { return };
    let created = terminal.json(&[
        "create",
        "web-1",
        "--memory",
        "64MiB",
        "--vcpus",
        "1",
        "--disk",
        "1GiB",
        "--network",
        "user",
        "--accel",
        "tcg",
        "--tag",
        "web",
        "--start",
    ]);
    let list = terminal.json(&["list"]);
    let machine = &list.as_array().unwrap()[0];
    assert_eq!(machine["name"], "web-1");
    assert_eq!(machine["uuid"], created["uuid"]);
    assert_eq!(machine["state"], "running");
    assert_eq!(machine["tags"], serde_json::json!(["web"]));
    assert_eq!(machine["acceleration"], "tcg");
    assert!(machine.get("reason").is_some());

    terminal.done(&["pause", "web-1"]);
    assert_eq!(terminal.info("web-1")["state"], "paused");
    assert_eq!(terminal.info("web-1")["reason"], "user");
    terminal.done(&["resume", "web-1"]);
    terminal.done(&["reset", "web-1", "--yes"]);
    terminal.done(&["save", "web-1"]);
    assert_eq!(terminal.info("web-1")["saved_state"], true);
    terminal.done(&["start", "web-1"]);
    assert_eq!(terminal.info("web-1")["state"], "running");
    terminal.done(&["tag", "web-1", "--add", "prod", "--remove", "web"]);
    assert_eq!(terminal.info("web-1")["tags"], serde_json::json!(["prod"]));

    let (status, words) = terminal.refused(&["force-off", "web-1"]);
    assert_eq!(
        status, 2,
        "nothing destructive without --yes where nobody can be asked: {words}"
    );
    assert_eq!(terminal.info("web-1")["state"], "running");
    terminal.done(&["force-off", "web-1", "--yes"]);
    assert_eq!(terminal.info("web-1")["state"], "shut-off");

    let disk = terminal.info("web-1")["disks"][0]["source"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(Path::new(&disk).exists());
    terminal.done(&["delete", "web-1", "--yes"]);
    assert_eq!(terminal.json(&["list"]), serde_json::json!([]));
    assert!(!Path::new(&disk).exists(), "its disk goes with it");
}

#[test]
fn snapshots_are_taken_listed_reverted_and_deleted() {
    let Some(terminal) = Terminal::open() else { return };
    let image = terminal.boot_image();
    terminal.create("box", &["--import", &image, "--network", "none"]);
    terminal.done(&["snapshot", "create", "box", "clean", "--description", "before anything"]);
    terminal.done(&["start", "box"]);
    terminal.done(&["snapshot", "create", "box", "live"]);
    let list = terminal.json(&["snapshot", "list", "box"]);
    let kinds: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|snapshot| (&snapshot["name"], &snapshot["kind"]))
        .collect();
    assert_eq!(kinds.len(), 2, "{list}");
    assert!(
        kinds
            .iter()
            .any(|(name, kind)| *name == "clean" && *kind == "internal-disks"),
        "{list}"
    );
    assert!(
        kinds
            .iter()
            .any(|(name, kind)| *name == "live" && *kind == "internal-with-memory"),
        "{list}"
    );

    terminal.done(&["force-off", "box", "--yes"]);
    terminal.done(&["snapshot", "revert", "box", "live", "--yes"]);
    assert_eq!(
        terminal.info("box")["state"],
        "running",
        "a snapshot with memory goes on where it was"
    );
    terminal.done(&["snapshot", "delete", "box", "live", "--yes"]);
    terminal.done(&["force-off", "box", "--yes"]);
    terminal.done(&["delete", "box", "--yes"]);
    assert!(Path::new(&image).exists(), "an imported disk stays");
}

#[test]
fn samples_are_one_object_a_line() {
    let Some(terminal) = Terminal::open() else { return };
    let image = terminal.boot_image();
    terminal.create("box", &["--import", &image, "--network", "user", "--start"]);
    let mut child = terminal
        .command(&["stats", "--watch", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let samples: Vec<Value> = (0..4)
        .map(|_| serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap())
        .collect();
    child.kill().unwrap();
    child.wait().unwrap();
    for sample in &samples {
        for key in [
            "time",
            "name",
            "cpu_percent",
            "memory_used_bytes",
            "memory_given_bytes",
            "disk_read_bytes_per_s",
            "disk_write_bytes_per_s",
            "net_rx_bytes_per_s",
            "net_tx_bytes_per_s",
            "responding",
        ] {
            assert!(sample.get(key).is_some(), "{key} is missing in {sample}");
        }
        assert_eq!(sample["name"], "box");
        assert_eq!(
            sample["net_rx_bytes_per_s"],
            Value::Null,
            "user networking has no counters"
        );
    }
    let last = samples.last().unwrap();
    assert!(last["cpu_percent"].is_number(), "{last}");
    let once = terminal.json(&["stats"]);
    assert_eq!(once.as_array().unwrap().len(), 1);
}

#[test]
fn wrong_use_and_bad_input_are_told_apart_and_harm_nothing() {
    let Some(terminal) = Terminal::open() else { return };
    let cases: &[(&[&str], i32)] = &[
        (&["frobnicate"], 2),
        (&["create", "x", "--memory", "512"], 2),
        (&["create", "x", "--memory", "-1GiB"], 2),
        (&["create", "x", "--disk", "1e30GiB"], 2),
        (&["create", "x", "--disk", "0B"], 1),
        (&["create", "x", "--memory", "0MiB", "--disk", "1GiB"], 1),
        (&["create", "x", "--vcpus", "0", "--disk", "1GiB"], 1),
        (&["create", "x", "--disk", "7000000TiB"], 1),
        (&["create", "", "--disk", "1GiB"], 1),
        (&["create", "../x", "--disk", "1GiB"], 1),
        (&["create", "a\nb", "--disk", "1GiB"], 1),
        (&["create", &"n".repeat(300), "--disk", "1GiB"], 1),
        (&["start", "nobody"], 1),
        (&["info", "nobody"], 1),
    ];
    for (arguments, wanted) in cases {
        let (status, words) = terminal.refused(arguments);
        assert_eq!(status, *wanted, "berth {arguments:?}: {words}");
        assert!(
            words.len() > 10 && !words.contains("panicked"),
            "berth {arguments:?}: {words:?}"
        );
    }
    let (cut, locked) = (terminal.home().join("cut.iso"), terminal.home().join("locked.iso"));
    write_iso(&cut, 1_000, 100);
    write_iso(&locked, 100, 100);
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o000)).unwrap();
    let mut media = vec![
        ("/nonexistent.iso", "no such file"),
        ("/tmp", "a folder"),
        (cut.to_str().unwrap(), "incomplete"),
    ];
    // Root may read everything.
    if std::fs::File::open(&locked).is_err() {
        media.push((locked.to_str().unwrap(), "may not read"));
    }
    for (path, problem) in media {
        let (status, words) = terminal.refused(&["create", "x", "--cdrom", path]);
        assert_eq!(status, 1, "{path}: {words}");
        assert!(words.contains(problem) && words.contains(path), "{path}: {words}");
    }
    assert_eq!(
        terminal.json(&["list"]),
        serde_json::json!([]),
        "nothing half-made stays"
    );

    let (status, words) = terminal.refused(&["--connect", "qemu:///session?socket=/nonexistent/socket", "list"]);
    assert_eq!(status, 1, "{words}");
    assert!(
        words.lines().count() >= 2,
        "what failed, libvirt's own words and what to do: {words}"
    );
}

#[test]
fn awkward_names_are_names() {
    let Some(terminal) = Terminal::open() else { return };
    for name in ["it's \"quoted\" <&> %s $(true)", "虚拟机", "--"] {
        let arguments = [
            "create",
            "--memory",
            "32MiB",
            "--vcpus",
            "1",
            "--network",
            "none",
            "--accel",
            "tcg",
            "--",
            name,
        ];
        terminal.done(&arguments);
        assert_eq!(terminal.json(&["list"])[0]["name"], name);
        terminal.done(&["delete", "--yes", "--", name]);
    }
    let (status, words) = terminal.refused(&[
        "create",
        "twin",
        "--memory",
        "32MiB",
        "--accel",
        "tcg",
        "--network",
        "none",
    ]);
    assert_eq!(status, 0, "{words}");
    let (status, words) = terminal.refused(&[
        "create",
        "twin",
        "--memory",
        "32MiB",
        "--accel",
        "tcg",
        "--network",
        "none",
    ]);
    assert_eq!(status, 1, "two machines with one name");
    assert!(words.contains("twin"), "{words}");
}

#[test]
fn a_guest_that_does_not_shut_down_is_left_alone() {
    let Some(terminal) = Terminal::open() else { return };
    terminal.create("box", &["--network", "none", "--start"]);
    // Firmware that looks for a disk takes no notice of the power button.
    let (status, words) = terminal.refused(&["shutdown", "box", "--grace", "2"]);
    assert_eq!(status, 1);
    assert!(words.contains("force-off"), "force off is offered, not done: {words}");
    assert_eq!(terminal.info("box")["state"], "running");
    terminal.done(&["force-off", "box", "--yes"]);
    wait_until("the machine is off", Duration::from_secs(10), || {
        terminal.info("box")["state"] == "shut-off"
    });
}

#[test]
fn software_emulation_is_never_chosen_silently() {
    let Some(terminal) = Terminal::open() else { return };
    let (status, words) = terminal.refused(&["create", "auto", "--memory", "64MiB", "--network", "none", "--start"]);
    assert_eq!(status, 0, "{words}");
    let info = terminal.info("auto");
    assert_eq!(info["state"], "running");
    assert_eq!(
        words.contains("software emulation"),
        info["acceleration"] == "tcg",
        "{words}"
    );
    let (status, words) = terminal.refused(&[
        "create",
        "tcg",
        "--memory",
        "64MiB",
        "--network",
        "none",
        "--accel",
        "tcg",
    ]);
    assert_eq!(status, 0);
    assert!(!words.contains("software emulation"), "it was asked for: {words}");
}

#[test]
fn many_machines_are_listed_with_two_calls_each() {
    const MACHINES: usize = 20;
    // These are answered by the library itself.
    const LOCAL: [&str; 4] = [
        "virDomainGetUUID:",
        "virDomainGetName:",
        "virDomainFree:",
        "virDomainRef:",
    ];
    let Some(terminal) = Terminal::open() else { return };
    for number in 0..MACHINES {
        let file = terminal.home().join("machine.xml");
        let xml = format!(
            "<domain type='qemu'><name>vm-{number}</name><memory>65536</memory><os><type arch='x86_64'>hvm</type></os>\
             </domain>"
        );
        std::fs::write(&file, xml).unwrap();
        terminal.session.virsh(&["define", &file.display().to_string()]);
    }
    let log = terminal.home().join("calls.log");
    let output = terminal
        .command(&["list", "--json"])
        .env("LIBVIRT_LOG_FILTERS", "1:libvirt")
        .env("LIBVIRT_LOG_OUTPUTS", format!("1:file:{}", log.display()))
        .output()
        .unwrap();
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(list.as_array().unwrap().len(), MACHINES);
    assert!(
        list.as_array()
            .unwrap()
            .iter()
            .all(|machine| machine["state"] == "shut-off")
    );
    let log = std::fs::read_to_string(log).unwrap();
    let calls: Vec<&str> = log
        .lines()
        .filter_map(|line| line.split(" : ").find(|part| part.starts_with("virDomain")))
        .filter(|call| !LOCAL.iter().any(|local| call.starts_with(local)))
        .collect();
    assert!(
        calls.iter().any(|call| call.starts_with("virDomainGetXMLDesc:")),
        "{log}"
    );
    assert!(calls.len() <= 2 * MACHINES, "{} calls: {calls:?}", calls.len());
}

#[test]
fn a_disk_larger_than_what_is_free_is_made_with_a_word() {
    let Some(terminal) = Terminal::open() else { return };
    let stat = rustix::fs::statvfs(terminal.home()).unwrap();
    let (free, all) = (stat.f_bavail * stat.f_frsize, stat.f_blocks * stat.f_frsize);
    // Half way between what is free and what there is.
    let mib = (free + (all - free) / 2) >> 20;
    let common = ["create", "big", "--memory", "64MiB", "--vcpus", "1", "--accel", "tcg"];
    let disk = format!("{mib}MiB");
    let output = terminal.berth(&[&common[..], &["--network", "none", "--disk", &disk]].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("would run out of room"), "{said}");
    let output = terminal.berth(&[
        "create",
        "small",
        "--disk",
        "1GiB",
        "--accel",
        "tcg",
        "--network",
        "none",
    ]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("run out of room"), "{said}");
}
