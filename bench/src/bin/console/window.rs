//! The real window on a private desktop: what it receives, draws and costs, and how long a key takes.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use berth::route::{MachineKey, MachineTab, Route};
use berth::settings::{Settings, WindowState, settings_store, window_store};
use tempfile::TempDir;

use super::desktop::{CELL, Desktop, Ended, LOOK, NUMBER};
use super::guest::Guest;
use super::meter::{LETTERS, PAUSE, Way};
use super::told::{self, Told};
use super::{Answer, median};

/// The rail and the toolbar.
const CORNER: [u32; 2] = [56, 40];
pub(super) const GUEST: [u32; 2] = [1_280, 800];
const PATIENCE: Duration = Duration::from_mins(1);
const SOON: Duration = Duration::from_secs(2);
/// How often the screen is looked at for a key's effect.
const GLANCE: Duration = Duration::from_micros(200);

pub(super) struct Window {
    // Ended in this order.
    program: Ended,
    desktop: Desktop,
    home: TempDir,
}

/// A guest that changes all of its screen as fast as it can.
pub(super) struct Busy {
    pub(super) guest_frames_per_s: f64,
    /// Changes received.
    pub(super) updates_per_s: f64,
    /// Frames of the window, and of the guest's that were seen on the desktop.
    pub(super) frames_per_s: f64,
    pub(super) seen_per_s: f64,
    pub(super) ui_ms: f64,
}

pub(super) struct Keys {
    pub(super) to_damage_ms: f64,
    pub(super) to_paint_ms: f64,
}

/// A guest that does little.
pub(super) struct Quiet {
    pub(super) frames_per_s: f64,
    pub(super) cpu_percent: f64,
    /// Of that, the threads of a graphics driver that has no graphics card.
    pub(super) raster_percent: f64,
}

impl Window {
    /// Opens on the machine's screen.
    pub(super) fn open(berth: &Path, guest: &mut Guest, way: Way) -> Answer<Self> {
        let home = tempfile::Builder::new().prefix("bw").tempdir_in("/tmp")?;
        let size = [GUEST[0] + CORNER[0], GUEST[1] + CORNER[1]];
        let desktop = Desktop::start(size)?;
        std::fs::create_dir(home.path().join("run"))?;
        settings_store(&home.path().join(".config/berth")).save(&Settings::default())?;
        let state = WindowState {
            size: Some(size.map(|side| side as f32)),
            route: Route::Machine {
                key: MachineKey {
                    uri: guest.uri().into(),
                    id: guest.id(),
                },
                tab: MachineTab::Console,
            },
            ..WindowState::default()
        };
        window_store(&home.path().join(".local/state/berth")).save(&state)?;
        let mut command = desktop.command(berth, home.path());
        command.args(["--connect", guest.uri()]).env("BERTH_LOG", told::FILTER);
        if let Some(name) = way.preference() {
            command.env("BERTH_DISPLAY", name);
        }
        let window = Self {
            program: Ended(
                command
                    .spawn()
                    .map_err(|error| format!("{}: {error}", berth.display()))?,
            ),
            desktop,
            home,
        };
        window.wait_for("picture", || Ok(window.pictures(0.0)? > 0))?;
        window.wait_for("window", || window.desktop.give_keyboard())?;
        let shown = guest.size()?;
        if shown != GUEST {
            return Err(format!("the guest's screen is {shown:?} instead of {GUEST:?}").into());
        }
        Ok(window)
    }

    pub(super) fn busy(&self, guest: &mut Guest, seconds: Duration) -> Answer<Busy> {
        guest.paint("noise")?;
        let from = told::now();
        self.wait_for("noise", || Ok(self.pictures(from)? > 10))?;
        guest.count()?;
        let from = told::now();
        let seen = self.desktop.frames_seen(at([0, 1]), seconds)?;
        let (guest_frames, guest_seconds) = guest.count()?;
        let to = told::now();
        let told: Vec<Told> = self.told(from)?.into_iter().filter(|told| told.at() <= to).collect();
        let updates: Vec<(f64, u64)> = told
            .iter()
            .filter_map(|told| match told {
                Told::Picture { at, updates, .. } => Some((*at, *updates)),
                Told::Frame { .. } => None,
            })
            .collect();
        let (Some(first), Some(last)) = (updates.first(), updates.last()) else {
            return Err("nothing was received".into());
        };
        let uis = frames(&told);
        Ok(Busy {
            guest_frames_per_s: guest_frames / guest_seconds,
            updates_per_s: (last.1 - first.1) as f64 / (last.0 - first.0),
            frames_per_s: uis.len() as f64 / (to - from),
            seen_per_s: seen as f64 / seconds.as_secs_f64(),
            ui_ms: median(uis)?,
        })
    }

    /// The cells that hold the guest's frame number.
    fn number(&self) -> Answer<Vec<u8>> {
        self.desktop.pixels(at([0, 1]), NUMBER)
    }

    /// Letters, one by one, as long as it takes to be seen.
    pub(super) fn keys(&self, guest: &mut Guest, count: usize) -> Answer<Keys> {
        self.wait_for_keyboard(guest)?;
        guest.paint("typing")?;
        let first = self.settled_frame()?;
        let (mut to_damage, mut to_paint) = (Vec::new(), Vec::new());
        for (frame, code) in (first..).zip(LETTERS.cycle().take(count)) {
            std::thread::sleep(PAUSE);
            let before = self.letter(frame)?;
            let (pressed_at, pressed) = (told::now(), Instant::now());
            self.desktop.key(code as u8, true)?;
            while self.letter(frame)? == before {
                if pressed.elapsed() > PATIENCE {
                    return Err("a key changed nothing".into());
                }
                std::thread::sleep(GLANCE);
            }
            to_paint.push(pressed.elapsed().as_secs_f64() * 1e3);
            self.desktop.key(code as u8, false)?;
            to_damage.push(pressed_at);
        }
        let began = to_damage.first().copied().unwrap_or_default();
        let changes: Vec<f64> = self
            .told(began)?
            .iter()
            .filter_map(|told| match told {
                Told::Picture { changed_at, .. } => Some(*changed_at),
                Told::Frame { .. } => None,
            })
            .collect();
        let to_damage = to_damage.iter().filter_map(|pressed| {
            let change = changes.iter().find(|change| *change >= pressed)?;
            Some((change - pressed) * 1e3)
        });
        Ok(Keys {
            to_damage_ms: median(to_damage.collect())?,
            to_paint_ms: median(to_paint)?,
        })
    }

    /// Types until a letter shows that it arrives, and waits for those that came late.
    fn wait_for_keyboard(&self, guest: &mut Guest) -> Answer<()> {
        guest.paint("typing")?;
        let frame = self.settled_frame()?;
        let before = self.letter(frame)?;
        let mut last = frame;
        self.wait_for("keyboard", || {
            self.desktop.key(LETTERS.start as u8, true)?;
            self.desktop.key(LETTERS.start as u8, false)?;
            let typed = Instant::now();
            while self.letter(last)? == before && typed.elapsed() < SOON {
                std::thread::sleep(LOOK);
            }
            last += 1;
            Ok(self.letter(frame)? != before)
        })
    }

    /// The guest's frame number once it holds still.
    fn settled_frame(&self) -> Answer<u32> {
        const STILL: Duration = Duration::from_millis(500);
        let started = Instant::now();
        let (mut last, mut since) = (self.number()?, Instant::now());
        while since.elapsed() < STILL {
            std::thread::sleep(LOOK);
            let number = self.number()?;
            if number != last {
                (last, since) = (number, Instant::now());
            }
            if started.elapsed() > PATIENCE {
                return Err("the guest's picture does not hold still".into());
            }
        }
        let cells = last.chunks_exact(4 * CELL).enumerate();
        Ok(cells.fold(0, |frame, (bit, cell)| frame | u32::from(cell[0] == 0xff) << bit))
    }

    /// The pixel in the middle of the letter that the guest paints as its `frame`th frame.
    fn letter(&self, frame: u32) -> Answer<Vec<u8>> {
        let (column, row) = (frame % 64, frame / 64 % 32);
        self.desktop.pixels(at([70 + column * 16, 72 + row * 20]), [1, 1])
    }

    pub(super) fn quiet(&self, guest: &mut Guest, picture: &str, seconds: Duration) -> Answer<Quiet> {
        guest.paint(picture)?;
        self.settled_frame()?;
        // What the change of picture made the window draw is over.
        std::thread::sleep(SOON);
        let (from, before) = (told::now(), self.cpu_seconds()?);
        std::thread::sleep(seconds);
        let (to, after) = (told::now(), self.cpu_seconds()?);
        let percent = |before: f64, after: f64| (after - before) / (to - from) * 100.0;
        Ok(Quiet {
            frames_per_s: frames(&self.told(from)?).len() as f64 / (to - from),
            cpu_percent: percent(before.0, after.0),
            raster_percent: percent(before.1, after.1),
        })
    }

    /// Of all threads, and of those among them that Mesa paints with.
    fn cpu_seconds(&self) -> Answer<(f64, f64)> {
        const TICKS: f64 = 100.0;
        let tasks = PathBuf::from(format!("/proc/{}/task", self.program.0.id()));
        let (mut all, mut raster) = (0.0, 0.0);
        for task in std::fs::read_dir(tasks)? {
            // One that ended meanwhile.
            let Ok(stat) = std::fs::read_to_string(task?.path().join("stat")) else {
                continue;
            };
            let (head, rest) = stat.rsplit_once(") ").ok_or("an odd stat")?;
            let ticks: f64 = rest
                .split(' ')
                .skip(11)
                .take(2)
                .filter_map(|field| field.parse::<f64>().ok())
                .sum();
            all += ticks / TICKS;
            let is_raster = ["(llvmpipe", "(swrast", "(berth:"]
                .iter()
                .any(|name| head.contains(name));
            if is_raster {
                raster += ticks / TICKS;
            }
        }
        Ok((all, raster))
    }

    fn told(&self, from: f64) -> Answer<Vec<Told>> {
        told::since(self.home.path(), from)
    }

    fn pictures(&self, from: f64) -> Answer<usize> {
        let told = self.told(from)?;
        Ok(told.iter().filter(|told| matches!(told, Told::Picture { .. })).count())
    }

    fn wait_for(&self, what: &str, mut is_so: impl FnMut() -> Answer<bool>) -> Answer<()> {
        let started = Instant::now();
        while !is_so()? {
            if started.elapsed() > PATIENCE {
                let log = std::fs::read_to_string(self.home.path().join(".local/state/berth/berth.log"));
                let log = log.unwrap_or_default();
                return Err(format!("no {what}: {}", &log[log.len().saturating_sub(2_000)..]).into());
            }
            std::thread::sleep(LOOK * 10);
        }
        Ok(())
    }
}

/// A place of the guest's screen on the desktop.
fn at([x, y]: [u32; 2]) -> [i16; 2] {
    [x + CORNER[0], y + CORNER[1]].map(|side| i16::try_from(side).unwrap_or_default())
}

/// How long `ui()` took in each.
fn frames(told: &[Told]) -> Vec<f64> {
    told.iter()
        .filter_map(|told| match told {
            Told::Frame { ui_ms, .. } => Some(*ui_ms),
            Told::Picture { .. } => None,
        })
        .collect()
}
