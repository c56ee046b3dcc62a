//! A screen stays connected and costs no more memory while its guest restarts, is reverted and loses its daemon, over
//! and over: `scripts/soak console` for half an hour, 90 seconds in each run of the tests.

use std::time::{Duration, Instant};

use berth_tests::{
    BOOT_PATIENCE, Desktop, Guest, Need, ScreenReader, SerialLine, Shown, TestSession, require, wait_until,
};
use libvirt_backend::boot_sector::Mood;

const PATIENCE: Duration = Duration::from_mins(1);
const USUAL: Duration = Duration::from_secs(90);
/// Rounds after which the allocator has a place for every thread that comes and goes: some seven are seen to grow.
const WARM_UP: usize = 8;
/// Enough for three at either end.
const LEAST_ROUNDS: usize = WARM_UP + 7;
/// What it may grow by, in percent.
const MOST_GROWTH: u64 = 5;

const NEEDS: &[Need] = &[
    Need::Libvirt,
    Need::Program("Xvfb"),
    Need::Program("dbus-daemon"),
    Need::Program("xdotool"),
];

#[test]
fn memory_stays_and_the_keyboard_comes_back_through_restarts_reverts_and_lost_daemons() {
    if !require(NEEDS) {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::boot_sector(&session, "porthole", Mood::Calm);
    let mut line = guest.start(BOOT_PATIENCE);
    session.virsh(&["snapshot-create-as", guest.name(), "now"]);
    let mut desktop = Desktop::start(Shown::OnX11);
    let berth = desktop.start_berth(&["--connect", &session.uri()]);
    let mut reader = desktop.screen_reader();
    reader.wait_for_part("porthole, Running", PATIENCE);
    reader.click_part("table row", "porthole, Running");
    wait_until("the machine's page", PATIENCE, || {
        // A busy desktop gives a window its keyboard late.
        let pressed = Instant::now();
        desktop.press("Return");
        let mut is_open = false;
        while !is_open && pressed.elapsed() < Duration::from_secs(5) {
            is_open = reader.has_part("Screen of porthole, ");
        }
        is_open
    });
    type_there(&desktop, &mut reader, &mut line, "begin");

    let seconds = std::env::var("BERTH_SOAK_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok());
    let (started, length) = (Instant::now(), seconds.map_or(USUAL, Duration::from_secs));
    let mut memory_kib = Vec::new();
    while started.elapsed() < length || memory_kib.len() < LEAST_ROUNDS {
        session.virsh(&["reset", guest.name()]);
        line.expect("READY", BOOT_PATIENCE);
        type_there(&desktop, &mut reader, &mut line, "reset");

        // Another QEMU each time, even where one runs.
        session.virsh(&["snapshot-revert", guest.name(), "now"]);
        line = guest.line();
        type_there(&desktop, &mut reader, &mut line, "revert");

        session.virsh(&["destroy", guest.name()]);
        reader.wait_for_part("porthole is off", PATIENCE);
        session.virsh(&["snapshot-revert", guest.name(), "now"]);
        line = guest.line();
        type_there(&desktop, &mut reader, &mut line, "again");

        session.restart_daemon().expect("a daemon that starts again");
        type_there(&desktop, &mut reader, &mut line, "daemon");
        memory_kib.push(own_kib(berth));
        println!(
            "{} s: {} KiB",
            started.elapsed().as_secs(),
            memory_kib[memory_kib.len() - 1]
        );
    }
    let steady = &memory_kib[WARM_UP - 1..];
    let third = steady.len().div_ceil(3);
    // What is always there: a picture that happens to be on its way is not.
    let least = |rounds: &[u64]| rounds.iter().copied().min().expect("rounds");
    let (before, after) = (least(&steady[..third]), least(&steady[steady.len() - third..]));
    println!("from {before} to {after} KiB");
    assert!(
        after * 100 <= before * (100 + MOST_GROWTH),
        "grown by more than {MOST_GROWTH} %: {memory_kib:?} KiB"
    );
}

/// The picture is there, it has the keyboard, and the guest hears what is typed.
#[track_caller]
fn type_there(desktop: &Desktop, reader: &mut ScreenReader, line: &mut SerialLine, word: &str) {
    // The window may not have noticed yet that the machine behind its picture is another one.
    wait_until("what is typed arrives", PATIENCE, || {
        reader.wait_for_part("Screen of porthole, ", PATIENCE);
        reader.wait_for_part("gives the keyboard back", PATIENCE);
        desktop.type_text(word);
        line.says(word, Duration::from_secs(3))
    });
}

/// A process's memory that is nobody else's: a share in libraries changes with who else runs.
fn own_kib(pid: u32) -> u64 {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).expect("a process that runs");
    let line = rollup.lines().find_map(|line| line.strip_prefix("Anonymous:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.expect("a number of KiB")
}
