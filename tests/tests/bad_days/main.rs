//! Bad days of the whole program: killed half-way, disks that are full, secrets that must not leak.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod full_disk;
mod full_disk_edit;
mod killed;
mod private_files;
#[path = "../rig/mod.rs"]
mod rig;
