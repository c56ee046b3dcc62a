//! The keyboard of a guest: keys as the window system has them, before the window makes text and shortcuts of them.
//!
//! ```text
//! window system ──► KeyboardFirst (wraps the window) ──► Router ──► the guest's input queue
//!       ▲                 │ what no guest takes            └──► Host key's actions, for the console page
//!       │                 ▼
//!       └── grab      the window as ever
//! ```
//!
//! A console page asks for the keyboard each frame ([`Keyboard::hold`]) and has it while its window has the focus. It
//! knows nothing of guests, machines or pages: keys go to a function, actions come back as a list.

mod combination;
mod from_egui;
mod grab;
mod handle;
mod host_key;
pub mod paste;
pub mod qnum;
mod router;
mod wrap;

pub use combination::{BadCombination, Combination};
pub use handle::{GrabState, Keyboard, Keys, Refusal};
pub use host_key::{HostAction, HostKey};
pub use wrap::KeyboardFirst;
