//! The screens of machines that are open in this window: connected over the engine in [`crate::console`], connected
//! again when the guest restarts, and kept as textures for whoever draws them.
//!
//! A [`Display`] belongs to one machine and is shared by its page or its own window, which draw it, and by the window's
//! owner, which connects it. [`State::step`] decides what to do next and does nothing itself.

mod choice;
mod detached;
mod facts;
mod glass;
mod memory;
mod picture;
mod placement;
mod state;
mod twins;
mod typing;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use egui::ViewportId;

use crate::route::MachineKey;

pub use choice::{Choice, Kind, Preference, Readiness, Way, readiness};
pub use detached::Posted;
pub use facts::Facts;
pub use glass::Glasses;
pub use picture::{Picture, Pointer};
pub use placement::{Placement, place};
pub use state::{Phase, Session, State, Step, Why};
pub use typing::{KeysDialog, Paste};

/// One machine's screen; cheap to clone.
#[derive(Clone)]
pub struct Display(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    ctx: egui::Context,
    /// The window it is drawn in: woken for new pixels, and no other.
    viewport: Mutex<Option<ViewportId>>,
}

impl Display {
    pub fn new(ctx: &egui::Context) -> Self {
        Self(Arc::new(Shared {
            state: Mutex::new(State::coming_on_screen()),
            ctx: ctx.clone(),
            viewport: Mutex::new(Some(ViewportId::ROOT)),
        }))
    }

    /// Held for a frame's drawing at most.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None`: nobody looks at it.
    pub fn set_viewport(&self, viewport: Option<ViewportId>) {
        *self.0.viewport.lock().unwrap_or_else(PoisonError::into_inner) = viewport;
    }

    pub fn wake(&self) {
        self.0.wake();
    }

    /// Wakes the window for a session, which this display owns: it does not keep it alive.
    pub fn waker(&self) -> impl Fn() + Send + Sync + 'static {
        let shared = Arc::downgrade(&self.0);
        move || {
            if let Some(shared) = shared.upgrade() {
                shared.wake();
            }
        }
    }

    /// Replaces what is known of the machine; wakes whoever draws it where that reads different.
    pub fn set_facts(&self, facts: Facts) {
        let mut state = self.lock();
        let is_new = state.facts != facts;
        state.facts = facts;
        drop(state);
        if is_new {
            self.wake();
        }
    }
}

impl Shared {
    /// One frame for all that arrived at the same time.
    fn wake(&self) {
        let viewport = *self.viewport.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(viewport) = viewport {
            self.ctx.request_repaint_after_for(Duration::from_millis(1), viewport);
        }
    }
}

/// All that are open, in the order they were opened.
#[derive(Default)]
pub struct Displays {
    open: Vec<(MachineKey, Display)>,
    detached: Vec<MachineKey>,
    preference: Preference,
    /// Whose users were told that others in the network see the screen.
    warned: Vec<MachineKey>,
    /// Fills the main window.
    pub fullscreen: Option<MachineKey>,
}

/// Screens that stay connected while another page is looked at.
const MOST_UNSEEN: usize = 3;

impl Displays {
    pub fn new(preference: Preference) -> Self {
        Self {
            preference,
            ..Self::default()
        }
    }

    pub const fn preference(&self) -> Preference {
        self.preference
    }

    pub fn get(&self, key: &MachineKey) -> Option<&Display> {
        self.open
            .iter()
            .find(|(open, _)| open == key)
            .map(|(_, display)| display)
    }

    pub fn iter(&self) -> impl Iterator<Item = &(MachineKey, Display)> {
        self.open.iter()
    }

    pub fn is_detached(&self, key: &MachineKey) -> bool {
        self.detached.contains(key)
    }

    pub fn detached(&self) -> &[MachineKey] {
        &self.detached
    }

    pub fn set_detached(&mut self, key: &MachineKey, is_detached: bool) {
        self.detached.retain(|detached| detached != key);
        if is_detached {
            self.detached.push(key.clone());
        }
    }

    /// Opens what is looked at, and closes the longest unseen.
    pub fn look_at(&mut self, shown: Option<&MachineKey>, ctx: &egui::Context) {
        let mut wanted = self.detached.clone();
        wanted.extend(shown.cloned());
        for key in &wanted {
            if self.get(key).is_none() {
                self.open.push((key.clone(), Display::new(ctx)));
            }
        }
        // Seen now means closed last.
        self.open.sort_by_key(|(key, _)| wanted.contains(key));
        let num_unseen = self.open.len() - wanted.len().min(self.open.len());
        self.open.drain(..num_unseen.saturating_sub(MOST_UNSEEN));
    }

    /// Closes those of machines that are no more, windows included.
    pub fn forget(&mut self, is_gone: impl Fn(&MachineKey) -> bool) {
        self.open.retain(|(key, _)| !is_gone(key));
        self.detached.retain(|key| !is_gone(key));
    }

    /// Is the user to be told, once a machine, that others in the network see its screen?
    pub fn is_news(&mut self, unencrypted: &MachineKey) -> bool {
        let is_news = !self.warned.contains(unencrypted);
        if is_news {
            self.warned.push(unencrypted.clone());
        }
        is_news
    }

    pub fn close(&mut self, key: &MachineKey) {
        self.open.retain(|(open, _)| open != key);
        self.set_detached(key, false);
        if self.fullscreen.as_ref() == Some(key) {
            self.fullscreen = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u8) -> MachineKey {
        MachineKey {
            uri: "test:///default".into(),
            id: format!("11111111-2222-3333-4444-5555555555{number:02}")
                .parse()
                .unwrap(),
        }
    }

    #[test]
    fn that_others_see_a_screen_is_told_once_a_machine() {
        let mut displays = Displays::default();
        assert!(displays.is_news(&key(1)));
        displays.close(&key(1));
        assert!(!displays.is_news(&key(1)));
        assert!(displays.is_news(&key(2)));
    }

    #[test]
    fn a_page_left_for_a_moment_keeps_its_screen_and_the_longest_unseen_goes() {
        let ctx = egui::Context::default();
        let mut displays = Displays::default();
        for number in 0..6 {
            displays.look_at(Some(&key(number)), &ctx);
        }
        let open = |displays: &Displays| -> Vec<bool> { (0..6).map(|n| displays.get(&key(n)).is_some()).collect() };
        assert_eq!(open(&displays), [false, false, true, true, true, true]);
        displays.set_detached(&key(2), true);
        displays.look_at(None, &ctx);
        assert_eq!(open(&displays), [false, false, true, true, true, true]);
        displays.close(&key(2));
        assert!(!displays.is_detached(&key(2)) && displays.get(&key(2)).is_none());
    }
}
