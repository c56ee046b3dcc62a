//! Other computers: everything over ssh, and what happens when ssh does not go well.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_days;
mod display;
mod hosts;
mod life;
mod sshd;
