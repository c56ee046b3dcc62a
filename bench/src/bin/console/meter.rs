//! A display's session whose changes are counted, and taken as often as a window takes them.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use berth::console::{Input, InputQueue, Screen, dbus, rfb, screen};
use libvirt_backend::model::GraphicsKind;

use super::guest::Guest;
use super::link::{self, Slow};
use super::{Answer, median};

const FRAME: Duration = Duration::from_millis(16);
const MOST_CHANGES: usize = 64;
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two keys: what the last one changed has been seen long since.
pub(super) const PAUSE: Duration = Duration::from_millis(120);
/// The kernel's numbers of a row of letters, and QEMU's.
pub(super) const LETTERS: std::ops::Range<u16> = 0x10..0x19;

/// How the display comes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Shared,
    Copied,
    Vnc,
}

impl Way {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Shared => "dbus",
            Self::Copied => "dbus_copy",
            Self::Vnc => "vnc",
        }
    }

    /// What makes the window take this way.
    pub(super) const fn preference(self) -> Option<&'static str> {
        match self {
            Self::Shared => None,
            Self::Copied => Some("dbus-copied"),
            Self::Vnc => Some("vnc"),
        }
    }
}

pub(super) struct Meter {
    screen: Arc<Screen>,
    input: InputQueue,
    is_over: Arc<AtomicBool>,
    /// When the client heard of each change that was taken.
    changes: Receiver<Instant>,
    window: Option<JoinHandle<()>>,
}

impl Meter {
    pub(super) fn open(guest: &Guest, way: Way) -> Answer<Self> {
        match way {
            Way::Shared | Way::Copied => {
                let options = dbus::Options {
                    shares_memory: way == Way::Shared,
                    ..dbus::Options::default()
                };
                let display = guest.display(&GraphicsKind::DbusP2p)?;
                Self::with(|canvas, input| dbus::start(display, options, canvas, input))
            }
            Way::Vnc => {
                let display = guest.display(&GraphicsKind::Vnc)?;
                Self::with(|canvas, input| rfb::start(display, rfb::Options::local(), canvas, input))
            }
        }
    }

    /// VNC as on another computer.
    pub(super) fn open_slowly(guest: &Guest, slow: Slow) -> Answer<Self> {
        let server = UnixStream::connect(guest.vnc_socket()?)?;
        let (near, far) = UnixStream::pair()?;
        link::join(far, server, slow)?;
        Self::with(|canvas, input| rfb::start(OwnedFd::from(near), rfb::Options::remote(), canvas, input))
    }

    fn with(start: impl FnOnce(berth::console::Canvas, InputQueue) -> std::io::Result<()>) -> Answer<Self> {
        let (wake, woken) = sync_channel(1);
        let (canvas, screen) = screen(move || wake.try_send(()).unwrap_or(()));
        let (screen, input) = (Arc::new(screen), InputQueue::default());
        start(canvas, input.clone())?;
        let is_over = Arc::new(AtomicBool::new(false));
        let (shown, end) = (Arc::clone(&screen), Arc::clone(&is_over));
        let (changed, changes) = sync_channel(MOST_CHANGES);
        let window = std::thread::Builder::new()
            .name("bench-window".to_owned())
            .spawn(move || take_frames(&shown, &woken, &changed, &end))?;
        Ok(Self {
            screen,
            input,
            is_over,
            changes,
            window: Some(window),
        })
    }

    /// Changes that came so far.
    pub(super) fn updates(&self) -> u64 {
        self.screen.counts().updates
    }

    pub(super) fn wait_for_picture(&self) -> Answer<()> {
        let started = Instant::now();
        while self.screen.counts().patches == 0 {
            if started.elapsed() > PATIENCE {
                return Err(format!("no picture: {:?}", self.screen.ending()).into());
            }
            std::thread::sleep(FRAME);
        }
        Ok(())
    }

    /// The median, while the guest paints a letter for each key.
    pub(super) fn key_to_damage_ms(&self, keys: usize) -> Answer<f64> {
        let mut times = Vec::new();
        for qnum in LETTERS.cycle().take(keys) {
            std::thread::sleep(PAUSE);
            let pressed = Instant::now();
            self.input.send(Input::Key { qnum, is_down: true });
            let changed = self.next_change(pressed)?;
            times.push(changed.duration_since(pressed).as_secs_f64() * 1e3);
            self.input.send(Input::Key { qnum, is_down: false });
        }
        median(times)
    }

    /// Waits for a change that was heard of after `since`.
    pub(super) fn next_change(&self, since: Instant) -> Answer<Instant> {
        loop {
            let left = PATIENCE.saturating_sub(since.elapsed());
            let changed = self
                .changes
                .recv_timeout(left)
                .map_err(|error| format!("nothing changed: {error}"))?;
            if changed > since {
                return Ok(changed);
            }
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.input.close();
        if let Some(window) = self.window.take() {
            window.join().ok();
        }
    }
}

/// Takes what is new, never more often than a screen is drawn.
fn take_frames(screen: &Screen, woken: &Receiver<()>, changed: &SyncSender<Instant>, is_over: &AtomicBool) {
    while !is_over.load(Ordering::Relaxed) {
        if woken.recv_timeout(FRAME * 10).is_ok() {
            if let Some(since) = screen.take().since {
                // Nobody waits for the rest while all of the screen changes.
                changed.try_send(since).unwrap_or(());
            }
            std::thread::sleep(FRAME);
        }
    }
}
