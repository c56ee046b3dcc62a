//! Times the display on a Linux guest with a graphics card: `console [--seconds 10] [--keys 60] [--guest FOLDER]`.
//!
//! One guest, one run: D-Bus with shared memory, D-Bus with copies and VNC one after the other, each watched as a window
//! would, sixty times a second; then virt-viewer where it and an X server are installed, and VNC through a slow link.

mod guest;
mod link;
mod meter;
mod viewer;

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use guest::Guest;
use link::Slow;
use meter::{Meter, Way};

type Answer<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Answer<()> {
    let seconds = Duration::from_secs(option("seconds").unwrap_or(10));
    let keys = option("keys").unwrap_or(60) as usize;
    let mut guest = Guest::start(&guest_folder())?;
    full_screen_changes(&mut guest, seconds)?;
    keys_to_damage(&mut guest, keys)?;
    slow_link(&mut guest, seconds, keys)?;
    Ok(())
}

/// All of 1280×800 changes with each frame.
fn full_screen_changes(guest: &mut Guest, seconds: Duration) -> Answer<()> {
    guest.paint("noise")?;
    for way in [Way::Shared, Way::Copied, Way::Vnc] {
        let meter = Meter::open(guest, way)?;
        meter.wait_for_picture()?;
        guest.count()?;
        let before = meter.updates();
        std::thread::sleep(seconds);
        let updates = meter.updates() - before;
        let (frames, guest_seconds) = guest.count()?;
        let name = way.name();
        if way == Way::Shared {
            report("console.guest.frames_per_s", frames / guest_seconds, "1/s")?;
        }
        report(
            &format!("console.{name}.guest_frames_per_s"),
            frames / guest_seconds,
            "1/s",
        )?;
        report(
            &format!("console.{name}.updates_per_s"),
            updates as f64 / seconds.as_secs_f64(),
            "1/s",
        )?;
    }
    if let Some(requests) = viewer::updates(guest, seconds)? {
        report("console.viewer.updates_per_s", requests / seconds.as_secs_f64(), "1/s")?;
    }
    Ok(())
}

/// From a key's press to word of the pixels that it changed.
fn keys_to_damage(guest: &mut Guest, keys: usize) -> Answer<()> {
    guest.paint("typing")?;
    for way in [Way::Shared, Way::Vnc] {
        let meter = Meter::open(guest, way)?;
        meter.wait_for_picture()?;
        let median = meter.key_to_damage_ms(keys)?;
        report(&format!("console.{}.key_to_damage_ms", way.name()), median, "ms")?;
    }
    Ok(())
}

/// 20 Mbit/s, 40 ms there and back: the way to a computer in another town.
fn slow_link(guest: &mut Guest, seconds: Duration, keys: usize) -> Answer<()> {
    let slow = Slow {
        bytes_per_second: 20_000_000 / 8,
        one_way: Duration::from_millis(20),
    };
    let meter = Meter::open_slowly(guest, slow)?;
    meter.wait_for_picture()?;
    let median = meter.key_to_damage_ms(keys / 2)?;
    report("console.slow.key_to_damage_ms", median, "ms")?;
    guest.paint("box")?;
    std::thread::sleep(Duration::from_secs(1));
    let before = meter.updates();
    std::thread::sleep(seconds);
    let updates = (meter.updates() - before) as f64 / seconds.as_secs_f64();
    report("console.slow.box_updates_per_s", updates, "1/s")?;
    Ok(())
}

fn report(name: &str, value: f64, unit: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{name} {value:.4} {unit}")
}

/// The number that follows `--<name>`.
fn option(name: &str) -> Option<u64> {
    text_option(name).and_then(|text| text.parse().ok())
}

fn text_option(name: &str) -> Option<String> {
    let arguments: Vec<String> = std::env::args().collect();
    let wanted = arguments
        .windows(2)
        .find(|pair| pair[0].strip_prefix("--") == Some(name));
    wanted.map(|pair| pair[1].clone())
}

/// Where `scripts/build-guest` puts the guest with a graphics card.
fn guest_folder() -> PathBuf {
    let usual = || {
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache");
        cache.unwrap_or_else(home).join("berth-tests/guest/drm")
    };
    text_option("guest").map_or_else(usual, PathBuf::from)
}
