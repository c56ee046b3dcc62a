//! Berth's own VNC client against real servers: QEMU's and `TigerVNC`'s.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails here")]

mod qemu;
mod viewer;
mod xvnc;
