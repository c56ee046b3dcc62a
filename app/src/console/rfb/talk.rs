//! What both threads of a session know: the reader learns it from the server, the writer speaks by it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::super::{Ending, Input, Lights, PointerMode};
use super::clipboard::{Clipboard, Heard};
use super::keys::Keyboard;
use super::messages::{Messages, ScreenName};
use super::pointer::Pointer;
use super::wire::nonsense;

/// A server that makes Berth answer more than it takes has something else in mind.
const MOST_WAITING: usize = 8 << 20;
/// A window that took nothing for this long is not looked at.
const UNSEEN: Duration = Duration::from_millis(250);

#[derive(Clone)]
pub(super) struct Talk(Arc<Mutex<State>>);

pub(super) struct State {
    pub(super) size: [u32; 2],
    pointer_mode: PointerMode,
    has_extended_keys: bool,
    screen: Option<ScreenName>,
    /// Asked for before it was known that the server can.
    wanted_size: Option<[u32; 2]>,
    replies: Messages,
    request: Request,
    continuous: Continuous,
    unseen_since: Option<Instant>,
    keyboard: Keyboard,
    pointer: Pointer,
    clipboard: Clipboard,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Request {
    /// The whole picture is wanted, changed or not.
    Whole,
    /// The next change is wanted.
    Next,
    /// The server has been asked.
    Sent,
}

/// Updates without asking.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Continuous {
    NotOffered,
    Off,
    On {
        size: [u32; 2],
    },
    /// Berth said no; the server has not confirmed it.
    Ending,
}

impl Talk {
    pub(super) fn new(size: [u32; 2]) -> Self {
        Self(Arc::new(Mutex::new(State {
            size,
            pointer_mode: PointerMode::default(),
            has_extended_keys: false,
            screen: None,
            wanted_size: None,
            replies: Messages::default(),
            request: Request::Whole,
            continuous: Continuous::NotOffered,
            unseen_since: None,
            keyboard: Keyboard::default(),
            pointer: Pointer::default(),
            clipboard: Clipboard::default(),
        })))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the reader tells.
impl State {
    pub(super) fn update_began(&mut self) {
        if self.request == Request::Sent {
            self.request = Request::Next;
        }
    }

    pub(super) fn resized(&mut self, size: [u32; 2]) {
        self.size = size;
        self.request = Request::Whole;
    }

    /// Only QEMU tells how it takes the pointer.
    pub(super) const fn qemu_takes_pointer(&mut self, mode: PointerMode) {
        self.pointer_mode = mode;
        self.pointer.is_qemu = true;
        self.clipboard.is_qemu = true;
    }

    pub(super) fn screen_named(&mut self, screen: ScreenName) {
        self.screen = Some(screen);
        if let Some(size) = self.wanted_size.take() {
            self.replies.set_desktop_size(size, screen);
        }
    }

    pub(super) const fn extended_keys(&mut self) {
        self.has_extended_keys = true;
    }

    pub(super) const fn extended_buttons(&mut self) {
        self.pointer.has_extended = true;
    }

    pub(super) const fn lights(&mut self, lights: Lights) {
        self.keyboard.set_locks(lights);
    }

    /// Text for the window.
    pub(super) fn heard(&mut self, heard: Heard) -> Result<Option<Arc<str>>, Ending> {
        let text = self.clipboard.hear(heard, &mut self.replies);
        self.check_replies()?;
        Ok(text)
    }

    pub(super) fn fence(&mut self, flags: u32, payload: &[u8]) -> Result<(), Ending> {
        const WANTS_ANSWER: u32 = 1 << 31;
        const KNOWN: u32 = 7;
        if flags & WANTS_ANSWER != 0 {
            self.replies.fence(flags & KNOWN, payload);
        }
        self.check_replies()
    }

    /// The first one is the offer, a later one the answer to Berth's no.
    pub(super) fn continuous_ended(&mut self) {
        self.continuous = Continuous::Off;
        if self.request == Request::Sent {
            self.request = Request::Next;
        }
    }

    fn check_replies(&self) -> Result<(), Ending> {
        if self.replies.len() > MOST_WAITING {
            return Err(nonsense("more questions than answers are taken"));
        }
        Ok(())
    }
}

/// What the writer says.
impl State {
    /// Everything that is due now. `is_wanted`: the window took all that changed so far.
    pub(super) fn speak(&mut self, is_wanted: bool, out: &mut Messages) {
        out.append(&mut self.replies);
        let size = self.size;
        if self.request == Request::Whole {
            out.request_update(false, size);
            self.request = Request::Sent;
        }
        if is_wanted {
            self.unseen_since = None;
        }
        match self.continuous {
            Continuous::Off if is_wanted => {
                out.continuous_updates(true, size);
                self.continuous = Continuous::On { size };
            }
            Continuous::On { size: known } if known != size => {
                out.continuous_updates(true, size);
                self.continuous = Continuous::On { size };
            }
            Continuous::On { .. } if !is_wanted => {
                let since = *self.unseen_since.get_or_insert_with(Instant::now);
                if since.elapsed() > UNSEEN {
                    out.continuous_updates(false, size);
                    self.continuous = Continuous::Ending;
                }
            }
            Continuous::NotOffered if is_wanted && self.request == Request::Next => {
                out.request_update(true, size);
                self.request = Request::Sent;
            }
            _ => {}
        }
    }

    /// Must the writer look again soon, although nobody wakes it?
    pub(super) const fn is_counting(&self) -> bool {
        matches!(self.continuous, Continuous::On { .. }) && self.unseen_since.is_some()
    }

    pub(super) fn input(&mut self, input: Input, out: &mut Messages) {
        let (size, mode) = (self.size, self.pointer_mode);
        match input {
            Input::Key { qnum, is_down } => self.key(qnum, is_down, out),
            Input::PointerAt { x, y } => self.pointer.move_to([x, y], size, mode, out),
            Input::PointerBy { dx, dy } => self.pointer.move_by([dx, dy], size, mode, out),
            Input::Button { button, is_down } => self.pointer.button(button, is_down, mode, out),
            Input::Resize { width, height } => match self.screen {
                Some(_) if size == [width, height] => {}
                Some(screen) => out.set_desktop_size([width, height], screen),
                None => self.wanted_size = Some([width, height]),
            },
            Input::Clipboard(text) => self.clipboard.offer(&text, out),
        }
    }

    fn key(&mut self, qnum: u16, is_down: bool, out: &mut Messages) {
        let keysym = self.keyboard.keysym(qnum, is_down);
        if self.has_extended_keys {
            out.extended_key(keysym, qnum, is_down);
        } else if keysym != 0 {
            out.key(keysym, is_down);
        }
    }
}
