//! `berth --demo`: what a newcomer types first.

use std::fs;
use std::time::Duration;

use berth_tests::{Desktop, Shown, require, wait_for, wait_until};

use super::WINDOW;
use super::life::wait_until_moving;

const MACHINES: [&str; 2] = ["lighthouse", "quay"];

#[test]
fn the_demonstration_shows_two_machines_that_really_run_and_takes_them_with_it() {
    if !require(WINDOW) {
        return;
    }
    let mut desktop = Desktop::start(Shown::OnX11);
    let pid = desktop.start_berth(&["--demo"]);
    let mut reader = desktop.screen_reader();
    for machine in MACHINES {
        // A new home: QEMU is probed first.
        reader.wait_for_part(&format!("{machine}, Running"), Duration::from_mins(3));
    }
    for machine in MACHINES {
        wait_until_moving(&mut reader, "table row", &format!("{machine}, Running, CPU "));
    }
    let guests = MACHINES.map(|machine| wait_for("its QEMU", Duration::from_secs(5), || guest_of(pid, machine)));
    desktop.press_close();
    assert_eq!(desktop.wait_for_end(pid, Duration::from_mins(1)), 0);
    wait_until("no machine outlives the window", Duration::from_secs(30), || {
        !guests.iter().any(|guest| is_alive(*guest))
    });
}

/// The QEMU of that machine in the session whose folder this Berth holds a lock on.
fn guest_of(berth: u32, machine: &str) -> Option<u32> {
    let locked = fs::read_dir(format!("/proc/{berth}/fd")).ok()?;
    let folders: Vec<String> = locked
        .filter_map(|entry| {
            let target = fs::read_link(entry.ok()?.path()).ok()?;
            let name = target.to_str()?.strip_prefix("/tmp/b-")?.split('/').next()?.to_owned();
            Some(format!("/tmp/b-{name}/"))
        })
        .collect();
    let named = format!("guest={machine},");
    processes().find_map(|(pid, words)| {
        let is_ours = words.contains(&named) && folders.iter().any(|folder| words.contains(folder));
        is_ours.then_some(pid)
    })
}

fn processes() -> impl Iterator<Item = (u32, String)> {
    fs::read_dir("/proc").into_iter().flatten().filter_map(|entry| {
        let pid = entry.ok()?.file_name().to_str()?.parse().ok()?;
        let words = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        Some((pid, String::from_utf8_lossy(&words).into_owned()))
    })
}

fn is_alive(pid: u32) -> bool {
    fs::metadata(format!("/proc/{pid}")).is_ok()
}
