//! Berth, the desktop program: screens over one consistent model a frame, commands at the end of it.

pub mod app;
pub mod cli;
pub mod command;
pub mod console;
pub mod context;
pub mod dialogs;
pub mod display;
pub mod jobs;
pub mod keyboard;
pub mod link;
pub mod notifications;
pub mod route;
pub mod screens;
pub mod settings;
pub mod state;
pub mod text;
pub mod widgets;

// Test support is shared with the picture tests, which know this crate by its name.
#[cfg(test)]
extern crate self as berth;
