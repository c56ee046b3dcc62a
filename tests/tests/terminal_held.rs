//! The terminal while a QEMU does not answer: every command ends, and what is not about that machine works as ever.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use berth_tests::{BOOT_PATIENCE, Guest, Terminal, wait_until};
use libvirt_backend::boot_sector::Mood;
use libvirt_backend::private_session::{PrivateSession, Signal};
use serde_json::Value;

/// A held machine is told apart after 2 s; two other daemons' tests and a compiler may be at work beside this one.
const SOON: Duration = Duration::from_secs(20);
/// libvirt gives a QEMU 10 s to end before it kills it.
const FORCED: Duration = Duration::from_secs(45);

fn signal(session: &PrivateSession, name: &str, signal: Signal) {
    let pid = session.qemu_pid(name).unwrap();
    rustix::process::kill_process(rustix::process::Pid::from_raw(pid.cast_signed()).unwrap(), signal).unwrap();
}

/// Ends with the test.
struct Other(Child);

impl Drop for Other {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Other programs that hold the machine's job, as Berth's window and virt-manager do by sampling it.
fn others(terminal: &Terminal) -> [Other; 2] {
    let sampling = terminal.command(&["stats", "--watch"]).stdout(Stdio::null()).spawn();
    let asking = Command::new("virsh")
        .args(["-c", &terminal.session.uri(), "dommemstat", "held"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    [Other(sampling.unwrap()), Other(asking.unwrap())]
}

/// Runs a command that must end in time.
#[track_caller]
fn within(limit: Duration, terminal: &Terminal, arguments: &[&str]) -> Output {
    let mut child = terminal
        .command(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > limit {
            child.kill().unwrap();
            let output = child.wait_with_output().unwrap();
            panic!("berth {arguments:?} goes on for ever: {output:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.wait_with_output().unwrap()
}

#[track_caller]
fn done(terminal: &Terminal, arguments: &[&str]) -> String {
    let output = within(SOON, terminal, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "berth {arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn json(terminal: &Terminal, arguments: &[&str]) -> Value {
    serde_json::from_str(&done(terminal, &[arguments, &["--json"]].concat())).unwrap()
}

fn of<'a>(list: &'a Value, name: &str) -> &'a Value {
    let mut all = list.as_array().unwrap().iter();
    all.find(|machine| machine["name"] == name).unwrap()
}

#[test]
fn while_one_qemu_is_held_every_command_ends_and_the_others_work() {
    let Some(terminal) = Terminal::open() else { return };
    let held = Guest::boot_sector(&terminal.session, "held", Mood::Calm);
    let well = Guest::boot_sector(&terminal.session, "well", Mood::Calm);
    let _held_line = held.start(BOOT_PATIENCE);
    let _well_line = well.start(BOOT_PATIENCE);
    signal(&terminal.session, "held", Signal::STOP);
    let _others = others(&terminal);
    // Both ask sooner or later; from then on its XML is not to be had.
    wait_until("somebody holds its job", SOON, || {
        let asked = Command::new("virsh")
            .args(["-c", &terminal.session.uri(), "domcontrol", "held"])
            .output()
            .unwrap();
        String::from_utf8_lossy(&asked.stdout).contains("occupied")
    });

    let list = json(&terminal, &["list"]);
    assert_eq!(of(&list, "held")["state"], "running");
    assert_eq!(of(&list, "held")["responding"], false);
    assert_eq!(of(&list, "well")["responding"], true);
    assert_eq!(of(&list, "well")["vcpus"], 1, "known whole");
    assert!(done(&terminal, &["list"]).contains("not responding"));
    assert_eq!(json(&terminal, &["info", "well"])["state"], "running");
    assert_eq!(json(&terminal, &["info", "held"])["responding"], false);

    let stats = json(&terminal, &["stats"]);
    assert_eq!(of(&stats, "held")["responding"], false);
    assert_eq!(of(&stats, "well")["responding"], true);
    assert!(of(&stats, "well")["cpu_percent"].is_number(), "{stats}");

    done(&terminal, &["snapshot", "create", "well", "now"]);
    done(&terminal, &["pause", "well"]);
    assert_eq!(json(&terminal, &["info", "well"])["state"], "paused");
    done(&terminal, &["tag", "well", "--add", "fine"]);

    let both = within(SOON, &terminal, &["resume", "held", "well", "--json"]);
    assert_eq!(both.status.code(), Some(1));
    let each: Value = serde_json::from_slice(&both.stdout).unwrap();
    assert_eq!(of(&each, "well")["done"], true);
    assert_eq!(of(&each, "held")["done"], false);
    for refused in [
        &["pause", "held"][..],
        &["shutdown", "held"],
        &["save", "held"],
        &["snapshot", "create", "held"],
    ] {
        let output = within(SOON, &terminal, refused);
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "berth {refused:?}: {words}");
        assert!(words.contains("not respond"), "berth {refused:?}: {words}");
    }

    let forced = within(FORCED, &terminal, &["force-off", "held", "--yes"]);
    assert_eq!(forced.status.code(), Some(0), "{forced:?}");
    assert_eq!(json(&terminal, &["info", "held"])["state"], "shut-off");
    done(&terminal, &["start", "held"]);
}
