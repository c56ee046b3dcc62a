//! What a console in a window of its own has to say to the main one.

use std::sync::{Arc, Mutex, PoisonError};

use crate::command::Command;
use crate::context::CommandQueue;

/// Commands from other windows, run by the main one.
#[derive(Clone)]
pub struct Posted {
    waiting: Arc<Mutex<Vec<Command>>>,
    /// Of the main window.
    ctx: Option<egui::Context>,
}

impl Posted {
    pub fn new(ctx: Option<&egui::Context>) -> Self {
        Self {
            waiting: Arc::default(),
            ctx: ctx.cloned(),
        }
    }

    pub fn post(&self, commands: &CommandQueue) {
        let commands = commands.take();
        if commands.is_empty() {
            return;
        }
        self.waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(commands);
        if let Some(ctx) = &self.ctx {
            ctx.request_repaint_of(egui::ViewportId::ROOT);
        }
    }

    pub fn take(&self) -> Vec<Command> {
        std::mem::take(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
