//! X11: the keyboard is grabbed by a connection of our own, so that no window manager sees a key. While the grab lasts,
//! keys come here and not to the window; a thread of their own takes them straight to the guest.

use std::collections::BTreeSet;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use winit::window::WindowId;
use x11rb::CURRENT_TIME;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xkb::{BoolCtrl, ConnectionExt as _, PerClientFlag};
use x11rb::protocol::xproto::{ConnectionExt as _, GrabMode, GrabStatus};
use x11rb::rust_connection::RustConnection;

use super::super::handle::{GrabState, Keyboard, Refusal};
use super::super::qnum;
use super::super::router::Press;
use super::lock;

/// Another program's grab, of a menu or of the window manager's own Alt+Tab, is over in a moment.
const RETRY: Duration = Duration::from_millis(50);
/// After this long it is not, and asking goes on more rarely.
const MOMENT: Duration = Duration::from_secs(1);
const LATER: Duration = Duration::from_secs(2);
/// X11's keycodes begin here.
const FIRST_KEYCODE: u8 = 8;

/// The window's end of the thread.
pub(crate) struct X11 {
    shared: Arc<Shared>,
    told: Option<WindowId>,
}

struct Shared {
    wanted: Mutex<Option<WindowId>>,
    is_over: AtomicBool,
    stir: OwnedFd,
}

impl X11 {
    pub(super) fn start(keyboard: &Keyboard) -> Result<Self, Refusal> {
        let failed = |error: &dyn std::fmt::Display| Refusal::Failed(error.to_string());
        let stir = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map_err(|error| failed(&error))?;
        let shared = Arc::new(Shared {
            wanted: Mutex::new(None),
            is_over: AtomicBool::new(false),
            stir,
        });
        let (keys, of_thread) = (keyboard.clone(), Arc::clone(&shared));
        std::thread::Builder::new()
            .name("berth-keys".to_owned())
            .spawn(move || run(&keys, &of_thread))
            .map_err(|error| failed(&error))?;
        let (keyboard, of_lock) = (keyboard.clone(), Arc::clone(&shared));
        lock::watch(move || {
            keyboard.give_back();
            // Before the window has heard of it: the locker asks at the same time.
            of_lock.stir();
        });
        Ok(Self { shared, told: None })
    }

    pub(super) fn follow(&mut self, held: Option<WindowId>, keyboard: &Keyboard) {
        // Given back and asked for again within one frame, it is to be grabbed again.
        let is_new = held.is_some() && keyboard.grab_state() == GrabState::NotNeeded;
        if self.told != held || is_new {
            self.told = held;
            *self.shared.wanted.lock().unwrap_or_else(PoisonError::into_inner) = held;
            self.shared.stir();
        }
    }
}

impl Drop for X11 {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        self.shared.stir();
    }
}

impl Shared {
    fn stir(&self) {
        // Full means that it is stirred already.
        rustix::io::write(&self.stir, &1_u64.to_ne_bytes()).ok();
    }
}

/// Until the window ends, or the X server does.
fn run(keyboard: &Keyboard, shared: &Shared) {
    let refusal = match Grabber::open(keyboard) {
        Ok(mut grabber) => match grabber.serve(shared) {
            Ok(()) => return,
            Err(refusal) => refusal,
        },
        Err(refusal) => refusal,
    };
    tracing::warn!(?refusal, "the keyboard cannot be grabbed");
    keyboard.set_grab(GrabState::Refused(refusal));
}

struct Grabber<'a> {
    keyboard: &'a Keyboard,
    connection: RustConnection,
    /// Asked for or had, since when, and when to ask again where it was refused.
    window: Option<WindowId>,
    since: Instant,
    again_at: Option<Instant>,
    /// Keycodes that are down, to tell repeats from presses.
    down: BTreeSet<u8>,
}

impl<'a> Grabber<'a> {
    fn open(keyboard: &'a Keyboard) -> Result<Self, Refusal> {
        let failed = |error: &dyn std::fmt::Display| Refusal::Failed(error.to_string());
        let (connection, _) = RustConnection::connect(None).map_err(|error| failed(&error))?;
        let grabber = Self {
            keyboard,
            connection,
            window: None,
            since: Instant::now(),
            again_at: None,
            down: BTreeSet::new(),
        };
        grabber.ask_for_plain_repeats();
        Ok(grabber)
    }

    /// A key that is held comes as presses alone, not as a release and a press each time. Without it repeats are typed
    /// as presses of their own, which serves too.
    fn ask_for_plain_repeats(&self) {
        let used = self.connection.xkb_use_extension(1, 0);
        if !used.is_ok_and(|cookie| cookie.reply().is_ok_and(|reply| reply.supported)) {
            return;
        }
        let repeat = PerClientFlag::DETECTABLE_AUTO_REPEAT;
        let none = BoolCtrl::default();
        let asked = self
            .connection
            .xkb_per_client_flags(ID_CORE_KEYBOARD, repeat, repeat, none, none, none);
        if let Err(error) = asked.map_err(|error| error.to_string()).and_then(|cookie| {
            let reply = cookie.reply();
            reply.map_err(|error| error.to_string())
        }) {
            tracing::info!(error, "the X server repeats keys in its own way");
        }
    }

    fn serve(&mut self, shared: &Shared) -> Result<(), Refusal> {
        let failed = |error: &dyn std::fmt::Display| Refusal::Failed(error.to_string());
        while !shared.is_over.load(Ordering::Relaxed) {
            let wanted = *shared.wanted.lock().unwrap_or_else(PoisonError::into_inner);
            // The Host key gave it back: the window has not heard of it yet.
            let wanted = wanted.filter(|window| self.keyboard.is_held_in(*window));
            self.grab(wanted).map_err(|error| failed(&error))?;
            while let Some(event) = self.connection.poll_for_event().map_err(|error| failed(&error))? {
                self.take(&event);
            }
            self.connection.flush().map_err(|error| failed(&error))?;
            let is_settled = self.window == wanted_now(shared, self.keyboard);
            if is_settled {
                self.wait(shared).map_err(|error| failed(&error))?;
            }
        }
        Ok(())
    }

    fn wait(&self, shared: &Shared) -> rustix::io::Result<()> {
        let patience = self.again_at.map(|at| at.saturating_duration_since(Instant::now()));
        let patience = patience.and_then(|patience| Timespec::try_from(patience).ok());
        let mut sources = [
            PollFd::new(self.connection.stream(), PollFlags::IN),
            PollFd::from_borrowed_fd(shared.stir.as_fd(), PollFlags::IN),
        ];
        match poll(&mut sources, patience.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error),
        }
        let mut count = [0; 8];
        // Nothing to read: it was the X server.
        rustix::io::read(&shared.stir, &mut count).ok();
        Ok(())
    }

    fn grab(&mut self, wanted: Option<WindowId>) -> Result<(), x11rb::errors::ReplyError> {
        if wanted != self.window {
            self.window = wanted;
            self.since = Instant::now();
            self.again_at = None;
            let Some(window) = wanted else {
                self.connection.ungrab_keyboard(CURRENT_TIME)?;
                return Ok(());
            };
            self.keyboard.set_grab(GrabState::Asked);
            return self.ask(window);
        }
        match (wanted, self.again_at) {
            (Some(window), Some(at)) if at <= Instant::now() => self.ask(window),
            _ => Ok(()),
        }
    }

    fn ask(&mut self, window: WindowId) -> Result<(), x11rb::errors::ReplyError> {
        // A key that went down before comes up for whom it went down: the window, or the window manager.
        let is_free = self
            .connection
            .query_keymap()?
            .reply()?
            .keys
            .iter()
            .all(|byte| *byte == 0);
        if !is_free && self.since.elapsed() < MOMENT {
            self.again_at = Some(Instant::now() + RETRY);
            return Ok(());
        }
        let xid = u32::try_from(u64::from(window)).unwrap_or(x11rb::NONE);
        let asked = self
            .connection
            .grab_keyboard(false, xid, CURRENT_TIME, GrabMode::ASYNC, GrabMode::ASYNC)?;
        let refusal = match asked.reply() {
            Ok(reply) if reply.status == GrabStatus::SUCCESS => None,
            Ok(reply) if reply.status == GrabStatus::ALREADY_GRABBED => Some(Refusal::TakenByOther),
            Ok(reply) => Some(Refusal::Failed(format!("{:?}", reply.status))),
            // The window is gone: it will be told in a moment.
            Err(x11rb::errors::ReplyError::X11Error(error)) => Some(Refusal::Failed(format!("{:?}", error.error_kind))),
            Err(error) => return Err(error),
        };
        let Some(refusal) = refusal else {
            self.again_at = None;
            let keys = self.connection.query_keymap()?.reply()?.keys;
            self.down = (0..=u8::MAX).filter(|code| is_set(&keys, *code)).collect();
            self.keyboard.set_grab(GrabState::Grabbed);
            return Ok(());
        };
        let is_new = self.since.elapsed() < MOMENT;
        self.again_at = Some(Instant::now() + if is_new { RETRY } else { LATER });
        if !is_new {
            self.keyboard.set_grab(GrabState::Refused(refusal));
        }
        Ok(())
    }

    fn take(&mut self, event: &Event) {
        let (keycode, is_down) = match event {
            Event::KeyPress(press) => (press.detail, true),
            Event::KeyRelease(release) => (release.detail, false),
            _ => return,
        };
        let was_down = if is_down {
            !self.down.insert(keycode)
        } else {
            self.down.remove(&keycode)
        };
        let Some(qnum) = keycode
            .checked_sub(FIRST_KEYCODE)
            .and_then(|code| qnum::from_evdev(code.into()))
        else {
            return;
        };
        self.keyboard.press(Press {
            qnum,
            is_down,
            is_repeat: is_down && was_down,
        });
    }
}

/// The X server's name for whatever keyboard is in use.
const ID_CORE_KEYBOARD: u16 = 0x100;

fn wanted_now(shared: &Shared, keyboard: &Keyboard) -> Option<WindowId> {
    let wanted = *shared.wanted.lock().unwrap_or_else(PoisonError::into_inner);
    wanted.filter(|window| keyboard.is_held_in(*window))
}

fn is_set(keys: &[u8; 32], code: u8) -> bool {
    keys.get(usize::from(code / 8))
        .is_some_and(|byte| byte & (1 << (code % 8)) != 0)
}
