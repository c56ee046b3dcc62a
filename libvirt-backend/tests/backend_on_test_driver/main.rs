//! The whole backend, on computers of libvirt's test driver: no daemon, no QEMU, every call real.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
mod connections;
mod lifecycle;
