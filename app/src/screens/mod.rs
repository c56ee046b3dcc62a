//! The pages. A page is a state struct with a `ui` function; none imports another.

use crate::context::ViewContext;

/// Everything in the window: frame, page, dialogs and messages, with what they remember from frame to frame.
#[derive(Default)]
pub struct Root {}

impl Root {
    /// Draws one frame. What is asked for goes to [`ViewContext::commands`].
    pub fn ui(&mut self, ui: &mut egui::Ui, view: &ViewContext<'_>) {
        ui.label(crate::t!("core-app-name"));
        drop((self, view));
    }
}
