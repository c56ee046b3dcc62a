//! The slot between a client and the window: patches one way, "taken" the other.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use egui::ColorImage;

use super::{Area, Damage, Ending};

/// A box of new pixels.
#[derive(Clone)]
pub struct Patch {
    pub x: u32,
    pub y: u32,
    pub image: Arc<ColorImage>,
}

/// The guest's pointer, drawn by the window.
#[derive(Clone)]
pub struct Cursor {
    pub hot_x: u32,
    pub hot_y: u32,
    /// With alpha.
    pub image: Arc<ColorImage>,
}

/// What became of the guest's pointer.
#[derive(Clone)]
pub enum CursorChange {
    Hidden,
    Shown(Cursor),
}

/// How the guest takes the pointer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PointerMode {
    /// It has a tablet: positions.
    #[default]
    Absolute,
    /// It has a mouse: movements, while it holds the pointer.
    Relative,
}

/// How frames come from QEMU's own display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frames {
    /// In memory that both can read.
    Shared,
    /// Through the socket: an old QEMU, or asked for.
    Copied,
}

/// Why a guest's screen does not take the size that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizeRefusal {
    Forbidden,
    NoResources,
    NoSuchScreen,
    Unsaid,
}

/// The keyboard's lights as the guest set them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lights {
    pub scroll_lock: bool,
    pub num_lock: bool,
    pub caps_lock: bool,
}

impl Lights {
    /// Bit 0 scroll lock, bit 1 num lock, bit 2 caps lock: the order of both protocols.
    pub const fn from_bits(bits: u32) -> Self {
        Self {
            scroll_lock: bits & 1 != 0,
            num_lock: bits & 2 != 0,
            caps_lock: bits & 4 != 0,
        }
    }
}

/// What is new since the window last took it.
#[derive(Default)]
pub struct Fresh {
    /// The screen has another size: patches that follow cover all of it.
    pub size: Option<[u32; 2]>,
    pub patches: Vec<Patch>,
    /// When the client heard of the oldest change in the patches.
    pub since: Option<Instant>,
    pub cursor: Option<CursorChange>,
    /// Text that was copied inside the guest.
    pub clipboard: Option<Arc<str>>,
    /// To be kept until the patches are drawn, where drawing would be in the painter's way.
    pub hold: Option<Hold>,
}

/// As long as it is there the painter waits. Woken any earlier it takes the window's core in mid-frame.
pub struct Hold(Arc<Shared>);

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.lock().is_held = false;
        self.0.stirred.notify_all();
    }
}

/// What a display did so far: for the benchmark and for "Details".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Changes received from the guest.
    pub updates: u64,
    /// Patches that the window took.
    pub patches: u64,
}

/// Makes both ends. `on_change` wakes the window and must not block.
pub fn screen(on_change: impl Fn() + Send + Sync + 'static) -> (Canvas, Screen) {
    let shared = Arc::new(Shared {
        slot: Mutex::default(),
        stirred: Condvar::new(),
        on_change: Box::new(on_change),
        on_wanted: Mutex::default(),
    });
    (Canvas(Arc::clone(&shared)), Screen(shared))
}

/// The client's end; cheap to clone.
#[derive(Clone)]
pub struct Canvas(Arc<Shared>);

/// The window's end. Dropping it ends the painter.
pub struct Screen(Arc<Shared>);

struct Shared {
    slot: Mutex<Slot>,
    /// New damage, patches taken, or the end.
    stirred: Condvar,
    on_change: Box<dyn Fn() + Send + Sync>,
    /// Wakes a client that has to be asked for changes.
    on_wanted: Mutex<Option<Wake>>,
}

type Wake = Arc<dyn Fn() + Send + Sync>;

#[derive(Default)]
struct Slot {
    damage: Damage,
    /// Of the oldest damage, and of that which is being painted.
    damaged_at: Option<Instant>,
    painting_since: Option<Instant>,
    fresh: Fresh,
    /// The window has not drawn what it took.
    is_held: bool,
    pointer: PointerMode,
    lights: Lights,
    frames: Option<Frames>,
    size_refusal: Option<SizeRefusal>,
    ending: Option<Ending>,
    is_dropped: bool,
    counts: Counts,
}

impl Canvas {
    /// Pixels of `area` changed in the source.
    pub fn damage(&self, area: Area) {
        self.damage_all([area]);
    }

    /// One change that touched several places, or the rest of one.
    pub fn damage_all(&self, areas: impl IntoIterator<Item = Area>) {
        let mut slot = self.0.lock();
        slot.damage(areas);
        slot.counts.updates += 1;
        drop(slot);
        self.0.stirred.notify_all();
    }

    /// What has arrived of a change that goes on.
    pub fn damage_part(&self, areas: impl IntoIterator<Item = Area>) {
        self.0.lock().damage(areas);
        self.0.stirred.notify_all();
    }

    pub fn set_cursor(&self, change: CursorChange) {
        self.0.lock().fresh.cursor = Some(change);
        (self.0.on_change)();
    }

    pub fn set_pointer_mode(&self, mode: PointerMode) {
        let mut slot = self.0.lock();
        let is_new = slot.pointer != mode;
        slot.pointer = mode;
        drop(slot);
        if is_new {
            (self.0.on_change)();
        }
    }

    pub fn set_lights(&self, lights: Lights) {
        let mut slot = self.0.lock();
        let is_new = slot.lights != lights;
        slot.lights = lights;
        drop(slot);
        if is_new {
            (self.0.on_change)();
        }
    }

    pub fn set_frames(&self, frames: Frames) {
        self.0.lock().frames = Some(frames);
    }

    /// `None`: it took one.
    pub fn set_size_refusal(&self, refusal: Option<SizeRefusal>) {
        let mut slot = self.0.lock();
        let is_new = slot.size_refusal != refusal;
        slot.size_refusal = refusal;
        drop(slot);
        if is_new {
            (self.0.on_change)();
        }
    }

    pub fn set_clipboard(&self, text: Arc<str>) {
        self.0.lock().fresh.clipboard = Some(text);
        (self.0.on_change)();
    }

    /// The first reason counts; nothing is painted any more.
    pub fn end(&self, ending: Ending) {
        let mut slot = self.0.lock();
        slot.ending.get_or_insert(ending);
        drop(slot);
        self.0.stirred.notify_all();
        (self.0.on_change)();
    }

    /// Has the session ended, or is nobody looking any more?
    pub fn is_over(&self) -> bool {
        let slot = self.0.lock();
        slot.is_dropped || slot.ending.is_some()
    }

    /// Was everything that changed so far taken up by the painter? Where it was not, nobody needs more changes yet.
    pub fn is_wanted(&self) -> bool {
        self.0.lock().damage.is_empty()
    }

    /// Has the window all that there is?
    pub fn is_settled(&self) -> bool {
        let slot = self.0.lock();
        let is_painted = slot.damage.is_empty() && slot.painting_since.is_none();
        is_painted && slot.fresh.patches.is_empty() && !slot.is_held
    }

    /// Calls `wake` each time that [`Self::is_wanted`] becomes true; it must not block. The last one set counts.
    pub fn on_wanted(&self, wake: impl Fn() + Send + Sync + 'static) {
        *self.0.on_wanted.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(wake));
    }

    /// Waits until something changed and the window has done with what was painted before. `None`: it is over.
    pub(super) fn next_damage(&self) -> Option<Vec<Area>> {
        let mut slot = self
            .0
            .stirred
            .wait_while(self.0.lock(), |slot| {
                let is_over = slot.is_dropped || slot.ending.is_some();
                !is_over && (slot.damage.is_empty() || slot.is_held || !slot.fresh.patches.is_empty())
            })
            .unwrap_or_else(PoisonError::into_inner);
        let is_over = slot.is_dropped || slot.ending.is_some();
        let taken = (!is_over).then(|| slot.damage.take());
        slot.painting_since = slot.damaged_at.take();
        drop(slot);
        let wake = self.0.on_wanted.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(wake) = wake {
            wake();
        }
        taken
    }

    pub(super) fn post(&self, size: Option<[u32; 2]>, patches: Vec<Patch>) {
        let mut slot = self.0.lock();
        if size.is_some() {
            slot.fresh.size = size;
        }
        slot.fresh.patches = patches;
        slot.fresh.since = slot.painting_since.take();
        drop(slot);
        (self.0.on_change)();
    }
}

impl Screen {
    /// What is new; the painter goes on with the next when its hold is dropped.
    pub fn take(&self) -> Fresh {
        let mut slot = self.0.lock();
        let mut fresh = std::mem::take(&mut slot.fresh);
        slot.counts.patches += fresh.patches.len() as u64;
        if !fresh.patches.is_empty() {
            slot.is_held = true;
            fresh.hold = Some(Hold(Arc::clone(&self.0)));
        }
        drop(slot);
        fresh
    }

    pub fn pointer_mode(&self) -> PointerMode {
        self.0.lock().pointer
    }

    pub fn lights(&self) -> Lights {
        self.0.lock().lights
    }

    /// `None`: nothing came from a display of QEMU's own yet.
    pub fn frames(&self) -> Option<Frames> {
        self.0.lock().frames
    }

    pub fn size_refusal(&self) -> Option<SizeRefusal> {
        self.0.lock().size_refusal
    }

    pub fn ending(&self) -> Option<Ending> {
        self.0.lock().ending.clone()
    }

    pub fn counts(&self) -> Counts {
        self.0.lock().counts
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.0.lock().is_dropped = true;
        self.0.stirred.notify_all();
    }
}

impl Slot {
    fn damage(&mut self, areas: impl IntoIterator<Item = Area>) {
        for area in areas {
            self.damage.add(area);
        }
        if !self.damage.is_empty() {
            self.damaged_at.get_or_insert_with(Instant::now);
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
