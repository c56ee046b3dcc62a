//! The window and its backend in one process, on a private session with real machines.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod hang;
mod hardware;
mod hardware_faults;
mod hardware_others;
mod hardware_xml;
mod life;
mod media;
mod panic;
mod serial;

use std::time::Duration;

pub(crate) const PATIENCE: Duration = Duration::from_secs(40);
