//! A machine's serial line as a terminal: what libvirt carries, what it wrote down meanwhile, and the screen they make.
//!
//! ```text
//! guest ──► libvirt's thread ──► ConsoleStream ──► Tape (history, nothing twice) ──► Terminal ──► Snapshot ──► window
//!   ▲                                                                                   │
//!   └───────────────── ConsoleStream::send ◄── keys, mouse, paste, the terminal's own answers
//! ```
//!
//! What a guest sends is hostile until proved otherwise: nothing it says may grow without a limit, reach the clipboard,
//! or be answered while it is only history.

/// The terminal that has the keyboard is known by this in its window: every key is the guest's then.
pub fn terminal_id() -> egui::Id {
    egui::Id::unique("serial terminal")
}

mod desk;
pub mod keys;
mod limit;
mod links;
mod plain;
mod session;
mod snapshot;
mod tape;
mod terminal;

pub use desk::{Desk, LineKey, Need, Running};
pub use plain::without_orders;
pub use session::{LineState, Session};
pub use snapshot::{Cursor, Ink, Look, Row, Run, Shape, Snapshot};
pub use tape::Tape;
pub use terminal::{Extent, HISTORY, Link, Place, Terminal, USUAL_SIZE};
