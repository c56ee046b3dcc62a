//! The pages. A page is a state struct with a `ui` function; none imports another.
//!
//! [`Root`] divides the window and holds what the pages remember from frame to frame.

mod announcer;
mod connections;
pub mod console;
mod first_start;
#[cfg(test)]
pub(crate) mod fixtures;
mod frame;
mod inspector;
mod job_bar;
mod machine;
mod machines;
mod palette;
pub mod parts;
mod root;
mod serial;
mod settings;
mod shortcuts;
mod sidebar;
#[cfg(test)]
pub(crate) mod test_console;
#[cfg(test)]
pub(crate) mod test_jobs;
#[cfg(test)]
pub(crate) mod test_window;
mod toasts;

pub use root::Root;
pub use toasts::Corner;
