//! The display engine: what a guest shows, and what is typed and pointed at it.
//!
//! A *client* (one per protocol) runs on named threads of its own, writes a guest's pixels into a [`Pixels`] source and
//! reports [`Area`]s of damage to its [`Canvas`]. A painter thread turns damage into [`Patch`]es, never faster than the
//! window takes them, so that a guest that repaints 200 times a second costs the window one upload a frame. The window
//! holds the other end, a [`Screen`], and sends [`Input`] through an [`InputQueue`].
//!
//! ```text
//! QEMU ──► client threads ──damage──► Canvas ──► painter ──patches──► Screen ──► texture
//!   ▲                                                                            │
//!   └────────────── client ◄──────────── InputQueue ◄──────── keys, pointer ─────┘
//! ```
//!
//! No page is drawn here: `screens` and the console window do that.

mod area;
pub mod dbus;
mod ending;
mod input;
mod painter;
pub mod rfb;
mod screen;
pub mod serial;

pub use area::{Area, Damage};
pub use ending::Ending;
pub use input::{Input, InputQueue, PointerButton};
use painter::run_painter;
pub use painter::{Pixels, start_painter};
pub use screen::{
    Canvas, Counts, Cursor, CursorChange, Frames, Fresh, Hold, Lights, Patch, PointerMode, Screen, SizeRefusal, screen,
};
