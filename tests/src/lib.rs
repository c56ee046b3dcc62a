//! What Berth's real-guest and whole-program tests are built from.
//!
//! A [`TestSession`] is a private libvirtd with a place in the queue of daemons; conditions are awaited with
//! [`wait_for`], never with a sleep; what a computer lacks is said once, by [`require`].

mod desktop;
mod needs;
mod session;
mod wait;

pub use desktop::{Desktop, ScreenReader, Shown, berth_binary};
pub use needs::{Need, require};
pub use session::{TestSession, cache_folder, virsh};
pub use wait::{wait_for, wait_until};
