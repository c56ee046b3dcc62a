//! How the terminal commands behave among other programs: pipes, interruptions, several machines at once.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::{Command, Stdio};
use std::time::Duration;

use berth_tests::{Terminal, berth_binary, wait_for};
use rustix::process::{Pid, Signal, kill_process};

const PATIENCE: Duration = Duration::from_mins(1);

/// A shell's pipe line; the status of each of its commands, then what came out at the end.
fn pipe(terminal: &Terminal, line: &str) -> (String, String, String) {
    let output = terminal
        .command(&[])
        .get_envs()
        .fold(Command::new("bash").env_clear(), |command, (name, value)| {
            command.env(name, value.unwrap_or_default())
        })
        .arg("-c")
        .arg(format!("{line}; echo \"${{PIPESTATUS[*]}}\" >&2"))
        .env("BERTH", berth_binary())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    let (words, status) = errors
        .trim_end()
        .rsplit_once('\n')
        .unwrap_or_else(|| ("", errors.trim_end()));
    (
        status.to_owned(),
        words.to_owned(),
        String::from_utf8(output.stdout).unwrap(),
    )
}

#[test]
fn a_reader_that_leaves_ends_a_command_quietly() {
    let Some(terminal) = Terminal::open() else { return };
    let image = terminal.boot_image();
    terminal.create("box", &["--import", &image, "--network", "none", "--start"]);
    for name in ["one", "two"] {
        terminal.create(name, &["--network", "none"]);
    }
    let (status, words, out) = pipe(&terminal, "$BERTH list | head -1");
    assert_eq!((status.as_str(), words.as_str(), out.lines().count()), ("0 0", "", 1));
    let (status, words, out) = pipe(&terminal, "$BERTH stats --watch --json | head -3");
    assert_eq!((status.as_str(), words.as_str(), out.lines().count()), ("0 0", "", 3));
    let (status, words, out) = pipe(&terminal, "$BERTH list >/dev/full");
    assert_eq!((status.as_str(), out.as_str()), ("1", ""));
    assert!(words.contains("No space left"), "{words}");
    let (_, _, out) = pipe(&terminal, "NO_COLOR=1 $BERTH list; $BERTH list; $BERTH --help");
    assert!(!out.contains('\x1b'), "nothing but text goes into a pipe: {out:?}");
}

#[test]
fn once_measured_a_disk_has_its_rates_too() {
    let Some(terminal) = Terminal::open() else { return };
    let image = terminal.boot_image();
    terminal.create("box", &["--import", &image, "--network", "none", "--start"]);
    for arguments in [&["stats"][..], &["stats", "box"][..]] {
        let sample = &terminal.json(arguments)[0];
        assert!(sample["cpu_percent"].is_number(), "{sample}");
        assert!(sample["disk_read_bytes_per_s"].is_number(), "{sample}");
        let disk = &sample["disks"][0];
        assert!(
            disk["reads_per_s"].is_number() && disk["writes_per_s"].is_number(),
            "{sample}"
        );
        assert!(disk.get("read_latency_ms").is_some(), "{sample}");
    }
    // QEMU is asked for its vCPUs where one machine is named.
    let sample = &terminal.json(&["stats", "box"])[0];
    let steal = sample["vcpu_steal_percent"].as_f64().unwrap();
    assert!((0.0..=100.0).contains(&steal), "{sample}");
    let words = terminal.done(&["stats", "box"]);
    assert!(words.contains("CPUs wait for the host"), "{words}");
}

#[test]
fn of_several_machines_each_that_fails_is_named_and_the_others_are_not_left_out() {
    let Some(terminal) = Terminal::open() else { return };
    terminal.create("off", &["--network", "none"]);
    terminal.create("on", &["--network", "none", "--start"]);
    let (status, words) = terminal.refused(&["pause", "off", "nobody", "on"]);
    assert_eq!(status, 1);
    assert!(words.contains("off: ") && words.contains("“nobody”"), "{words}");
    assert_eq!(terminal.info("on")["state"], "paused");
    terminal.done(&["resume", "on"]);

    let output = terminal.berth(&["shutdown", "off", "on", "--grace", "1", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for (of, name) in told.as_array().unwrap().iter().zip(["off", "on"]) {
        assert_eq!((&of["name"], &of["done"]), (&name.into(), &false.into()), "{told}");
    }
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(
        words.contains("off: ") && words.contains("berth force-off on"),
        "{words}"
    );
}

#[test]
fn an_interrupted_create_leaves_nothing() {
    let Some(terminal) = Terminal::open() else { return };
    // The first machine that may use KVM is made after KVM was tried, which takes a moment.
    let mut child = terminal
        .command(&[
            "create",
            "box",
            "--memory",
            "64MiB",
            "--disk",
            "1GiB",
            "--network",
            "none",
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let is_too_late = wait_for("something under way", PATIENCE, || {
        let is_over = child.try_wait().unwrap().is_some();
        let is_trying = !terminal.session.virsh(&["list", "--name"]).trim().is_empty();
        (is_over || is_trying).then_some(is_over)
    });
    if is_too_late {
        // Without KVM, or where KVM answers at once, there is nothing to interrupt.
        return;
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    if output.status.success() {
        // The machine was whole before it could be stopped: then it is there, and said to be.
        assert_eq!(terminal.info("box")["state"], "off", "{words}");
        return;
    }
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("Cancelled"), "{words}");
    assert_eq!(terminal.json(&["list"]), serde_json::json!([]));
    assert_eq!(terminal.json(&["leftovers"]), serde_json::json!([]));
    let images = terminal.home().join(".local/share/berth/images");
    let files = std::fs::read_dir(images).map_or(0, Iterator::count);
    assert_eq!(files, 0, "no disk is left");
}
