//! The desktop's own shortcuts, for the guest that has the keyboard: each window system is asked in its own way.

mod ffi;
mod lock;
mod wayland;
mod x11;

use winit::event_loop::ActiveEventLoop;
use winit::platform::wayland::ActiveEventLoopExtWayland as _;
use winit::platform::x11::ActiveEventLoopExtX11 as _;

use super::handle::{GrabState, Keyboard, Refusal};
use wayland::Wayland;
use x11::X11;

/// Made when a guest first has the keyboard: a window that shows none costs nothing.
#[derive(Default)]
pub(super) enum Grab {
    #[default]
    Unused,
    X11(X11),
    Wayland(Box<Wayland>),
    Impossible(Refusal),
}

impl Grab {
    /// Takes the shortcuts where a guest has the keyboard, and gives them back where none has it any more.
    pub(super) fn follow(&mut self, event_loop: &ActiveEventLoop, keyboard: &Keyboard) {
        let held = keyboard.held_window();
        if matches!(self, Self::Unused) && held.is_some() {
            *self = Self::open(event_loop, keyboard);
        }
        match self {
            Self::Unused => {}
            Self::X11(x11) => x11.follow(held, keyboard),
            Self::Wayland(wayland) => keyboard.set_grab(wayland.follow(held)),
            Self::Impossible(refusal) => keyboard.set_grab(GrabState::Refused(refusal.clone())),
        }
    }

    fn open(event_loop: &ActiveEventLoop, keyboard: &Keyboard) -> Self {
        let opened = if event_loop.is_x11() {
            X11::start(keyboard).map(Self::X11)
        } else if event_loop.is_wayland() {
            Wayland::open(event_loop).map(|wayland| Self::Wayland(Box::new(wayland)))
        } else {
            Err(Refusal::NoWay)
        };
        opened.unwrap_or_else(|refusal| {
            tracing::warn!(?refusal, "the desktop keeps its shortcuts");
            Self::Impossible(refusal)
        })
    }
}
