//! Wayland: the compositor is asked to keep no shortcut for itself while the guest's window has the keyboard. Keys still
//! come through the window; a compositor may ask its user first, and its user may take the shortcuts back.

use wayland_client::globals::{GlobalListContents, registry_queue_init};
use wayland_client::protocol::wl_registry::{self, WlRegistry};
use wayland_client::protocol::wl_seat::{self, WlSeat};
use wayland_client::{Connection, Dispatch, EventQueue, Proxy as _, QueueHandle};
use wayland_protocols::wp::keyboard_shortcuts_inhibit::zv1::client::{
    zwp_keyboard_shortcuts_inhibit_manager_v1::{self, ZwpKeyboardShortcutsInhibitManagerV1 as Manager},
    zwp_keyboard_shortcuts_inhibitor_v1::{self, ZwpKeyboardShortcutsInhibitorV1 as Inhibitor},
};
use winit::event_loop::ActiveEventLoop;
use winit::window::WindowId;

use super::super::handle::{GrabState, Refusal};
use super::ffi::{self, Shared};

pub(crate) struct Wayland {
    inhibitor: Option<(WindowId, Inhibitor)>,
    answer: Answer,
    manager: Manager,
    seat: WlSeat,
    queue: EventQueue<Answer>,
    /// Last, so that it outlives what is made with it.
    shared: Shared,
}

/// What the compositor said last.
struct Answer(GrabState);

impl Wayland {
    pub(super) fn open(event_loop: &ActiveEventLoop) -> Result<Self, Refusal> {
        let shared = ffi::share(event_loop.owned_display_handle()).ok_or(Refusal::NoWay)?;
        let failed = |error: &dyn std::fmt::Display| Refusal::Failed(error.to_string());
        let (globals, queue) = registry_queue_init::<Answer>(&shared.connection).map_err(|error| failed(&error))?;
        let handle = queue.handle();
        // A compositor without it keeps its shortcuts, and that is all that can be said.
        let manager = globals.bind(&handle, 1..=1, ()).map_err(|_missing| Refusal::NoWay)?;
        let seat = globals.bind(&handle, 1..=1, ()).map_err(|error| failed(&error))?;
        Ok(Self {
            inhibitor: None,
            answer: Answer(GrabState::NotNeeded),
            manager,
            seat,
            queue,
            shared,
        })
    }

    pub(super) fn follow(&mut self, held: Option<WindowId>) -> GrabState {
        if self.inhibitor.as_ref().map(|(window, _)| *window) != held {
            if let Some((_, inhibitor)) = self.inhibitor.take() {
                inhibitor.destroy();
            }
            self.answer.0 = match held.map(|window| self.inhibit(window)) {
                None => GrabState::NotNeeded,
                Some(true) => GrabState::Asked,
                Some(false) => GrabState::Refused(Refusal::NoWay),
            };
        }
        let told = self.queue.dispatch_pending(&mut self.answer).map(drop);
        if let Err(error) = told.and_then(|()| self.queue.flush().map_err(Into::into)) {
            tracing::warn!(%error, "the compositor does not answer about its shortcuts");
        }
        self.answer.0.clone()
    }

    fn inhibit(&mut self, window: WindowId) -> bool {
        let Some(surface) = ffi::surface(&self.shared, window) else {
            return false;
        };
        let handle = self.queue.handle();
        let inhibitor = self.manager.inhibit_shortcuts(&surface, &self.seat, &handle, ());
        self.inhibitor = Some((window, inhibitor));
        true
    }
}

impl Drop for Wayland {
    fn drop(&mut self) {
        if let Some((_, inhibitor)) = self.inhibitor.take() {
            inhibitor.destroy();
        }
        self.manager.destroy();
        // A connection that broke has forgotten all of it.
        self.queue.flush().ok();
    }
}

impl Dispatch<Inhibitor, ()> for Answer {
    fn event(
        answer: &mut Self,
        inhibitor: &Inhibitor,
        event: zwp_keyboard_shortcuts_inhibitor_v1::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        use zwp_keyboard_shortcuts_inhibitor_v1::Event;
        // Of one that was given back meanwhile, nothing is to be known.
        if !inhibitor.is_alive() {
            return;
        }
        match event {
            Event::Active => answer.0 = GrabState::Grabbed,
            Event::Inactive => answer.0 = GrabState::Refused(Refusal::TakenBack),
            _ => {}
        }
    }
}

impl Dispatch<WlRegistry, GlobalListContents> for Answer {
    fn event(
        _: &mut Self,
        _: &WlRegistry,
        _: wl_registry::Event,
        _: &GlobalListContents,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
    }
}

impl Dispatch<WlSeat, ()> for Answer {
    fn event(_: &mut Self, _: &WlSeat, _: wl_seat::Event, (): &(), _: &Connection, _: &QueueHandle<Self>) {}
}

impl Dispatch<Manager, ()> for Answer {
    fn event(
        _: &mut Self,
        _: &Manager,
        _: zwp_keyboard_shortcuts_inhibit_manager_v1::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
    }
}
