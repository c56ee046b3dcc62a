//! Berth's own client of the RFB protocol (VNC): RFC 6143 and what QEMU and `TigerVNC` added to it.
//!
//! [`Server`] reads what a server says from anything that can be read, so that tests and the fuzzer feed it bytes.
//! [`start`] puts it on a thread, with a second one that writes, over a socket to a server.
//!
//! A server is never trusted: no length that it names is allocated before it was compared with a limit, compressed
//! pixels are inflated only as far as their rectangle needs, and a server that lies or stalls ends in an `Ending`.

mod client;
mod clipboard;
mod copy_rect;
mod cursor;
mod framebuffer;
mod handshake;
mod hextile;
mod inflate;
mod keys;
mod link;
mod messages;
mod numbers;
mod options;
mod pixel_format;
mod pointer;
mod raw;
mod rre;
mod security;
mod server;
mod talk;
mod target;
mod tight;
mod wire;
mod zrle;

#[cfg(test)]
mod tests;

pub use client::start;
pub use clipboard::Heard;
pub use framebuffer::Framebuffer;
pub use handshake::{Greeting, Outgoing, shake_hands};
pub use messages::ScreenName;
pub use options::{Encoding, Options};
pub use pixel_format::PixelFormat;
pub use server::{Event, Server};
pub use wire::{Incoming, Wire};
