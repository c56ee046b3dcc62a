//! The window's context, for threads that start before there is one: it is made when the window opens.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Without a window there is nothing to draw anew: its first frame shows all that came before.
#[derive(Clone, Default)]
pub struct LateContext(Arc<OnceLock<egui::Context>>);

impl LateContext {
    /// The window is there. A second one would be another program.
    pub fn set(&self, ctx: &egui::Context) {
        self.0.set(ctx.clone()).ok();
    }

    pub fn get(&self) -> Option<&egui::Context> {
        self.0.get()
    }

    pub fn request_repaint(&self) {
        if let Some(ctx) = self.get() {
            ctx.request_repaint();
        }
    }

    pub fn request_repaint_after(&self, delay: Duration) {
        if let Some(ctx) = self.get() {
            ctx.request_repaint_after(delay);
        }
    }
}

impl From<&egui::Context> for LateContext {
    fn from(ctx: &egui::Context) -> Self {
        let late = Self::default();
        late.set(ctx);
        late
    }
}
