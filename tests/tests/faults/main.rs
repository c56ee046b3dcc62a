//! The backend on a real daemon with real QEMUs: bad days, and busy ones.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cancel;
mod common;
mod daemon;
mod held;
mod many;
mod qemu;
