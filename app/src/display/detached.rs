//! What a console in a window of its own has to say to the main one.

use std::sync::{Arc, Mutex, PoisonError};

use crate::command::Command;
use crate::context::CommandQueue;

/// Commands from other windows, run by the main one.
#[derive(Clone, Default)]
pub struct Posted {
    waiting: Arc<Mutex<Vec<Command>>>,
}

impl Posted {
    /// Wakes the main window where there is anything to run.
    pub fn post(&self, commands: &CommandQueue, ctx: &egui::Context) {
        let commands = commands.take();
        if commands.is_empty() {
            return;
        }
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(commands);
        ctx.request_repaint_of(egui::ViewportId::ROOT);
    }

    pub fn take(&self) -> Vec<Command> {
        std::mem::take(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::UiCommand;

    #[test]
    fn what_is_asked_in_another_window_wakes_the_main_one() {
        use egui::{RawInput, ViewportId};
        let ctx = egui::Context::default();
        let frame = || ctx.run_ui(RawInput::default(), |_| {}).textures_delta.clear();
        // The first frames ask for more by themselves.
        while ctx.has_requested_repaint_for(&ViewportId::ROOT) {
            frame();
        }
        let (posted, commands) = (Posted::default(), CommandQueue::default());
        posted.post(&commands, &ctx);
        assert!(!ctx.has_requested_repaint_for(&ViewportId::ROOT), "nothing was asked");
        commands.push(Command::Ui(UiCommand::ShowPalette));
        posted.post(&commands, &ctx);
        assert!(ctx.has_requested_repaint_for(&ViewportId::ROOT));
        assert_eq!(posted.take().len(), 1);
    }
}
