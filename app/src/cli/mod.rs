//! The terminal: the same backend without a window.
//!
//! Exit status 0: done; 1: it failed; 2: wrong use. Results go to standard output, everything else to standard error.

pub mod args;
mod size;

pub use args::{Arguments, Subcommands};
