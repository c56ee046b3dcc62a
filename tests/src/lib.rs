//! What Berth's real-guest and whole-program tests are built from.
//!
//! A [`TestSession`] is a private libvirtd with a place in the queue of daemons, a [`Guest`] is a machine on it that
//! can be talked to. Conditions are awaited with [`wait_for`], never with a sleep; what a computer lacks is said once,
//! by [`require`].
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a harness fails by panicking and reports by printing"
)]

mod app_harness;
mod backend;
mod desktop;
mod direct_boot;
mod guest;
mod installer;
mod medium;
mod needs;
mod screen_reader;
mod serial;
mod session;
mod stage;
mod terminal;
mod viewer;
mod virtual_input;
mod wait;

pub use app_harness::AppHarness;
pub use backend::{TestBackend, new_machine};
pub use desktop::{Desktop, Picture, Shown, WindowState, berth_binary};
pub use guest::{BOOT_PATIENCE, Guest, LINUX_PATIENCE, write_linux_disk};
pub use installer::Installer;
pub use medium::write_iso;
pub use needs::{LinuxGuest, Need, drm_guest, find_program, linux_guest, require};
pub use screen_reader::ScreenReader;
pub use serial::SerialLine;
pub use session::{TestSession, cache_folder, session_options, try_virsh, virsh};
pub use stage::Stage;
pub use terminal::Terminal;
pub use viewer::Viewer;
pub use virtual_input::VirtualInput;
pub use wait::{wait_for, wait_until};
