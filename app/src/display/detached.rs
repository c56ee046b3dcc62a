//! What a console in a window of its own has to say to the main one.

use std::sync::{Arc, Mutex, PoisonError};

use crate::command::Command;
use crate::context::CommandQueue;

/// Commands from other windows, run by the main one.
#[derive(Clone)]
pub struct Posted {
    waiting: Arc<Mutex<Vec<Command>>>,
    ctx: egui::Context,
}

impl Posted {
    pub fn new(ctx: &egui::Context) -> Self {
        Self {
            waiting: Arc::default(),
            ctx: ctx.clone(),
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
        self.ctx.request_repaint_of(egui::ViewportId::ROOT);
    }

    pub fn take(&self) -> Vec<Command> {
        std::mem::take(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
