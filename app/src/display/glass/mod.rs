//! Guests' pictures as textures of OpenGL's own making. egui's hold red first; without a graphics card one that holds blue
//! first, as the screen does, costs half of the time to paint.

mod ffi;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eframe::egui_glow::CallbackFn;
use eframe::glow::{Context, NativeTexture};
use egui::epaint::PaintCallback;
use egui::{Id, Rect, TextureId};

use crate::console::{Hold, Patch};

/// Screens that may be open at once; more are drawn by egui's own textures.
const MOST: usize = 16;

/// The textures of the program, lent and given back. Where the window is not painted by OpenGL there are none.
#[derive(Clone)]
pub struct Glasses(Arc<Mutex<Rack>>);

#[derive(Default)]
struct Rack {
    /// egui does not know them yet.
    unnamed: Vec<NativeTexture>,
    free: Vec<(NativeTexture, TextureId)>,
    /// Given back, with pixels that nobody needs.
    full: Vec<(NativeTexture, TextureId)>,
}

/// One guest's picture; given back when it is dropped.
#[derive(Clone)]
pub(super) struct Glass(Arc<Lent>);

struct Lent {
    texture: NativeTexture,
    id: TextureId,
    waiting: Mutex<Waiting>,
    rack: Glasses,
}

/// For when the window is painted next.
#[derive(Default)]
struct Waiting {
    size: Option<[u32; 2]>,
    is_smooth: Option<bool>,
    patches: Vec<Patch>,
    /// The next patches are painted when these are up.
    hold: Option<Hold>,
}

impl Glasses {
    /// While the window is made.
    pub fn make(ctx: &egui::Context, gl: &Context) {
        let rack = Rack {
            unnamed: ffi::textures(gl, MOST),
            ..Rack::default()
        };
        let glasses = Self(Arc::new(Mutex::new(rack)));
        ctx.data_mut(|data| data.insert_temp(Id::NULL, glasses));
    }

    /// Tells egui of them, once.
    pub fn name(ctx: &egui::Context, frame: &mut eframe::Frame) {
        let Some(glasses) = Self::of(ctx) else { return };
        let mut rack = glasses.lock();
        while let Some(texture) = rack.unnamed.pop() {
            let id = frame.register_native_glow_texture(texture);
            rack.free.push((texture, id));
        }
    }

    fn of(ctx: &egui::Context) -> Option<Self> {
        ctx.data(|data| data.get_temp(Id::NULL))
    }

    fn lock(&self) -> MutexGuard<'_, Rack> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Glass {
    pub(super) fn lend(ctx: &egui::Context) -> Option<Self> {
        let rack = Glasses::of(ctx)?;
        let lent = {
            let mut held = rack.lock();
            held.full.pop().or_else(|| held.free.pop())
        };
        let (texture, id) = lent?;
        Some(Self(Arc::new(Lent {
            texture,
            id,
            waiting: Mutex::default(),
            rack,
        })))
    }

    pub(super) fn id(&self) -> TextureId {
        self.0.id
    }

    pub(super) fn resize(&self, size: [u32; 2]) {
        let mut waiting = self.0.lock();
        waiting.size = Some(size);
        waiting.patches.clear();
    }

    pub(super) fn set_smooth(&self, is_smooth: bool) {
        self.0.lock().is_smooth = Some(is_smooth);
    }

    /// `is_whole`: nothing of what was there before is left.
    pub(super) fn put(&self, patch: Patch, is_whole: bool) {
        let mut waiting = self.0.lock();
        if is_whole {
            waiting.patches.clear();
        }
        waiting.patches.push(patch);
    }

    pub(super) fn hold(&self, hold: Hold) {
        self.0.lock().hold = Some(hold);
    }

    /// To be painted before the picture is: what has come since. `None`: nothing has.
    pub(super) fn news(&self, rect: Rect) -> Option<PaintCallback> {
        let waiting = self.0.lock();
        if waiting.size.is_none() && waiting.is_smooth.is_none() && waiting.patches.is_empty() {
            return None;
        }
        drop(waiting);
        let glass = self.clone();
        Some(PaintCallback {
            rect,
            callback: Arc::new(CallbackFn::new(move |_, painter| glass.0.take(painter.gl()))),
        })
    }
}

impl Lent {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, gl: &Context) {
        let waiting = std::mem::take(&mut *self.lock());
        let bound = ffi::Bound::new(gl, self.texture);
        if let Some(size) = waiting.size {
            bound.resize(size);
        }
        if let Some(is_smooth) = waiting.is_smooth {
            bound.filter(is_smooth);
        }
        for patch in &waiting.patches {
            bound.put([patch.x, patch.y], &patch.image);
        }
        drop(bound);
        let full = std::mem::take(&mut self.rack.lock().full);
        for (texture, id) in full {
            ffi::Bound::new(gl, texture).resize([1, 1]);
            self.rack.lock().free.push((texture, id));
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.rack.lock().full.push((self.texture, self.id));
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use egui::{Color32, ColorImage, pos2};

    use super::*;

    /// As if there were a window with so many textures.
    fn window(count: u32) -> egui::Context {
        let ctx = egui::Context::default();
        let texture = |number| NativeTexture(NonZeroU32::new(number).expect("a name"));
        let rack = Rack {
            free: (1..=count)
                .map(|number| (texture(number), TextureId::User(number.into())))
                .collect(),
            ..Rack::default()
        };
        let glasses = Glasses(Arc::new(Mutex::new(rack)));
        ctx.data_mut(|data| data.insert_temp(Id::NULL, glasses));
        ctx
    }

    fn patch(size: [usize; 2]) -> Patch {
        Patch {
            x: 0,
            y: 0,
            image: Arc::new(ColorImage::filled(size, Color32::RED)),
        }
    }

    #[test]
    fn a_texture_is_lent_to_one_picture_at_a_time_and_to_the_next_when_that_is_gone() {
        let ctx = window(2);
        let first = Glass::lend(&ctx).expect("a texture");
        let second = Glass::lend(&ctx).expect("another");
        assert_ne!(first.id(), second.id());
        assert!(Glass::lend(&ctx).is_none(), "both are lent");
        let id = first.id();
        // A frame that is being painted still needs it.
        first.put(patch([1, 1]), true);
        let news = first.news(Rect::EVERYTHING).expect("news");
        drop(first);
        assert!(Glass::lend(&ctx).is_none());
        drop(news);
        assert_eq!(Glass::lend(&ctx).expect("what was given back").id(), id);
    }

    #[test]
    fn a_window_without_opengl_has_none() {
        assert!(Glass::lend(&egui::Context::default()).is_none());
    }

    #[test]
    fn what_nobody_painted_does_not_pile_up() {
        let ctx = window(1);
        let glass = Glass::lend(&ctx).expect("a texture");
        let rect = Rect::from_min_max(pos2(0.0, 0.0), pos2(8.0, 8.0));
        assert!(glass.news(rect).is_none());
        glass.resize([8, 8]);
        for _ in 0..100 {
            glass.put(patch([2, 2]), false);
            glass.put(patch([8, 8]), true);
        }
        assert_eq!(glass.0.lock().patches.len(), 1);
        glass.put(patch([2, 2]), false);
        glass.resize([4, 4]);
        assert!(glass.0.lock().patches.is_empty(), "pixels of another size");
        assert_eq!(glass.0.lock().size, Some([4, 4]));
        assert!(glass.news(rect).is_some());
    }
}
