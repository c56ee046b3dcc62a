//! Times machines' screens on a Linux guest with a graphics card:
//! `console [--seconds 10] [--keys 60] [--guest FOLDER] [--berth PROGRAM] [--only window|viewer|engine|slow]`.
//!
//! One guest, one run. First the real window on a private desktop: over D-Bus with shared memory, D-Bus with copies and
//! VNC, one after the other; then virt-viewer where it is installed; then the display engine alone, taken from sixty
//! times a second as by a window, and VNC through a slow link.

mod desktop;
mod guest;
mod link;
mod meter;
mod told;
mod updates;
mod viewer;
mod window;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use guest::Guest;
use link::Slow;
use meter::{Meter, Way};
use window::Window;

type Answer<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Answer<()> {
    let seconds = Duration::from_secs(option("seconds").unwrap_or(10));
    let keys = option("keys").unwrap_or(60) as usize;
    let berth = text_option("berth").map_or_else(built_beside, |path| Ok(PathBuf::from(path)))?;
    let mut guest = Guest::start(&guest_folder())?;
    let only = text_option("only");
    let is_wanted = |part: &str| only.as_deref().is_none_or(|only| only == part);
    let ways = [Way::Shared, Way::Copied, Way::Vnc];
    for way in ways.into_iter().filter(|_| is_wanted("window")) {
        through_window(&berth, &mut guest, way, seconds, keys)?;
    }
    if is_wanted("viewer") {
        beside(&mut guest, seconds)?;
    }
    for way in ways.into_iter().filter(|_| is_wanted("engine")) {
        engine_alone(&mut guest, way, seconds, keys)?;
    }
    if is_wanted("slow") {
        slow_link(&mut guest, seconds, keys)?;
    }
    Ok(())
}

/// The same guest in the program that most people use.
fn beside(guest: &mut Guest, seconds: Duration) -> Answer<()> {
    guest.paint("noise")?;
    if let Some(viewed) = viewer::watch(guest, seconds)? {
        report("console.viewer.updates_per_s", viewed.updates_per_s, "1/s")?;
        if let Some(seen) = viewed.seen_per_s {
            report("console.viewer.seen_per_s", seen, "1/s")?;
        }
    }
    Ok(())
}

/// With the window open on the guest's screen.
fn through_window(berth: &Path, guest: &mut Guest, way: Way, seconds: Duration, keys: usize) -> Answer<()> {
    let window = Window::open(berth, guest, way)?;
    let name = way.name();
    let busy = window.busy(guest, seconds)?;
    if way == Way::Shared {
        report("console.guest.frames_per_s", busy.guest_frames_per_s, "1/s")?;
        report("console.noise_ui_ms", busy.ui_ms, "ms")?;
    }
    report(&format!("console.{name}.updates_per_s"), busy.updates_per_s, "1/s")?;
    let part = busy.updates_per_s / busy.guest_frames_per_s;
    report(&format!("console.{name}.updates_per_guest_frame"), part, "x")?;
    report(&format!("console.{name}.frames_per_s"), busy.frames_per_s, "1/s")?;
    report(&format!("console.{name}.seen_per_s"), busy.seen_per_s, "1/s")?;
    if way == Way::Copied {
        return Ok(());
    }
    let times = window.keys(guest, keys)?;
    report(&format!("console.{name}.key_to_damage_ms"), times.to_damage_ms, "ms")?;
    report(&format!("console.{name}.key_to_paint_ms"), times.to_paint_ms, "ms")?;
    if way == Way::Shared {
        for (picture, name) in [("still", "idle"), ("cursor", "cursor")] {
            let quiet = window.quiet(guest, picture, seconds)?;
            report(&format!("console.{name}_frames_per_s"), quiet.frames_per_s, "1/s")?;
            report(&format!("console.{name}_cpu_percent"), quiet.cpu_percent, "%")?;
            report(&format!("console.{name}_raster_percent"), quiet.raster_percent, "%")?;
        }
    }
    Ok(())
}

/// What the engine does where drawing costs nothing: all of 1280×800 changes with each frame, then a letter for each key.
fn engine_alone(guest: &mut Guest, way: Way, seconds: Duration, keys: usize) -> Answer<()> {
    guest.paint("noise")?;
    let name = way.name();
    let meter = Meter::open(guest, way)?;
    meter.wait_for_picture()?;
    guest.count()?;
    let (started, before) = (Instant::now(), meter.updates());
    std::thread::sleep(seconds);
    let updates = (meter.updates() - before) as f64 / started.elapsed().as_secs_f64();
    let (frames, guest_seconds) = guest.count()?;
    let part = updates / (frames / guest_seconds);
    report(&format!("console.engine.{name}.updates_per_s"), updates, "1/s")?;
    report(&format!("console.engine.{name}.updates_per_guest_frame"), part, "x")?;
    guest.paint("typing")?;
    let median = meter.key_to_damage_ms(keys)?;
    report(&format!("console.engine.{name}.key_to_damage_ms"), median, "ms")?;
    Ok(())
}

/// 20 Mbit/s, 40 ms there and back: the way to a computer in another town.
fn slow_link(guest: &mut Guest, seconds: Duration, keys: usize) -> Answer<()> {
    let slow = Slow {
        bytes_per_second: 20_000_000 / 8,
        one_way: Duration::from_millis(20),
    };
    guest.paint("typing")?;
    let meter = Meter::open_slowly(guest, slow)?;
    meter.wait_for_picture()?;
    let median = meter.key_to_damage_ms(keys / 2)?;
    report("console.slow.key_to_damage_ms", median, "ms")?;
    guest.paint("box")?;
    // The first change is the new picture, the second the box that moved.
    let whole = meter.next_change(Instant::now())?;
    meter.next_change(whole)?;
    let (started, before) = (Instant::now(), meter.updates());
    std::thread::sleep(seconds);
    let updates = (meter.updates() - before) as f64 / started.elapsed().as_secs_f64();
    report("console.slow.box_updates_per_s", updates, "1/s")?;
    Ok(())
}

fn report(name: &str, value: f64, unit: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "{name} {value:.4} {unit}")?;
    out.flush()
}

fn median(mut values: Vec<f64>) -> Answer<f64> {
    values.sort_by(f64::total_cmp);
    values
        .get(values.len() / 2)
        .copied()
        .ok_or_else(|| "nothing was measured".into())
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

/// The program that was built with this one.
fn built_beside() -> Answer<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name("berth"))
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
