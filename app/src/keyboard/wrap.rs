//! Stands between the window system and the window, and offers each key to the guest first.

use eframe::{EframeWinitApplication, UserEvent};
use winit::application::ApplicationHandler;
use winit::event::{DeviceEvent, DeviceId, ElementState, KeyEvent, Modifiers, StartCause, WindowEvent};
use winit::event_loop::ActiveEventLoop;
use winit::platform::scancode::PhysicalKeyExtScancode as _;
use winit::platform::wayland::ActiveEventLoopExtWayland as _;
use winit::window::WindowId;

use super::grab::Grab;
use super::handle::Keyboard;
use super::qnum;
use super::router::Press;

/// The window as eframe made it, after the guest.
pub struct KeyboardFirst<'a> {
    window: EframeWinitApplication<'a>,
    keyboard: Keyboard,
    modifiers: KeptModifiers,
    grab: Grab,
}

/// While a guest has the keyboard the window believes that no modifier is down: Ctrl and the wheel are the guest's.
#[derive(Default)]
struct KeptModifiers {
    /// What the window system last said, of which window.
    real: Option<(WindowId, Modifiers)>,
    /// The window was told that none is down.
    is_kept: bool,
}

impl<'a> KeyboardFirst<'a> {
    pub fn new(window: EframeWinitApplication<'a>, keyboard: Keyboard) -> Self {
        keyboard.is_raw(true);
        Self {
            window,
            keyboard,
            modifiers: KeptModifiers::default(),
            grab: Grab::default(),
        }
    }

    /// `true`: the guest, or the Host key, took it.
    fn takes(&self, event: &KeyEvent, is_synthetic: bool) -> bool {
        if is_synthetic {
            // Keys that were down when the window got the focus were not pressed for the guest.
            return self.keyboard.holder().is_some();
        }
        let Some(qnum) = event.physical_key.to_scancode().and_then(qnum::from_evdev) else {
            return self.keyboard.holder().is_some();
        };
        self.keyboard.press(Press {
            qnum,
            is_down: event.state == ElementState::Pressed,
            is_repeat: event.repeat,
        })
    }

    fn pass_on(&mut self, event_loop: &ActiveEventLoop, id: WindowId, event: WindowEvent) {
        let is_frame = matches!(event, WindowEvent::RedrawRequested);
        if is_frame {
            self.keyboard.begin_frame(id);
        }
        self.window.window_event(event_loop, id, event);
        if is_frame {
            self.keyboard.end_frame();
        }
    }

    /// Tells the window of modifiers, or keeps them from it, as the keyboard changes hands.
    fn settle_modifiers(&mut self, event_loop: &ActiveEventLoop) {
        let Some((id, real)) = self.modifiers.real else { return };
        let is_kept = self.keyboard.is_held_in(id);
        if is_kept != self.modifiers.is_kept {
            self.modifiers.is_kept = is_kept;
            let told = if is_kept { Modifiers::default() } else { real };
            self.pass_on(event_loop, id, WindowEvent::ModifiersChanged(told));
        }
    }
}

impl ApplicationHandler<UserEvent> for KeyboardFirst<'_> {
    fn window_event(&mut self, event_loop: &ActiveEventLoop, id: WindowId, event: WindowEvent) {
        match &event {
            WindowEvent::KeyboardInput {
                event, is_synthetic, ..
            } if self.takes(event, *is_synthetic) => return,
            WindowEvent::Ime(_) if self.keyboard.is_held_in(id) => return,
            WindowEvent::ModifiersChanged(modifiers) => {
                self.modifiers.real = Some((id, *modifiers));
                if self.keyboard.is_held_in(id) {
                    self.settle_modifiers(event_loop);
                    return;
                }
                self.modifiers.is_kept = false;
            }
            WindowEvent::Focused(is_focused) => self.keyboard.set_focus(id, *is_focused),
            WindowEvent::Destroyed => self.keyboard.forget_window(id),
            _ => {}
        }
        self.pass_on(event_loop, id, event);
    }

    fn about_to_wait(&mut self, event_loop: &ActiveEventLoop) {
        self.settle_modifiers(event_loop);
        self.grab.follow(event_loop, &self.keyboard);
        self.window.about_to_wait(event_loop);
    }

    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        self.keyboard.set_locks_pointer(event_loop.is_wayland());
        self.window.resumed(event_loop);
    }

    fn new_events(&mut self, event_loop: &ActiveEventLoop, cause: StartCause) {
        self.window.new_events(event_loop, cause);
    }

    fn user_event(&mut self, event_loop: &ActiveEventLoop, event: UserEvent) {
        self.window.user_event(event_loop, event);
    }

    fn device_event(&mut self, event_loop: &ActiveEventLoop, device: DeviceId, event: DeviceEvent) {
        self.window.device_event(event_loop, device, event);
    }

    fn suspended(&mut self, event_loop: &ActiveEventLoop) {
        self.window.suspended(event_loop);
    }

    fn exiting(&mut self, event_loop: &ActiveEventLoop) {
        self.grab = Grab::default();
        self.window.exiting(event_loop);
    }

    fn memory_warning(&mut self, event_loop: &ActiveEventLoop) {
        self.window.memory_warning(event_loop);
    }
}
