//! The only `unsafe` code: what libvirt offers and the `virt` crate lacks, with safe Rust types on the outside.
//!
//! ```text
//! the event thread starts with the first open, one per process
//! Conn::open(uri)              blocking, never asks on a terminal, no time-out of its own
//!   ├ deref → virt's Connect   for every call that `virt` has and does well
//!   ├ .domain(id) → Dom        deref → virt's Domain
//!   ├ register_close(…)        CloseGuard  ┐ drop them on a libvirt thread; they hold the connection
//!   ├ register_events(…)       EventGuard  ┘
//!   └ domain_stats(…)          typed counters, nothing leaked
//! ```
//!
//! - [`Conn`] and [`Dom`] are cheap to clone (`Arc`) and their drop cannot panic. The last drop talks to the daemon:
//!   let it happen on a libvirt thread, never on an async worker or the window's thread.
//! - libvirt keeps errors per thread: everything here reads them on the calling thread, at once.
//! - Callbacks run on the event thread. They must not block and must not call libvirt; a panic in one is caught.
//! - Text with a NUL in it is refused in words before it reaches `virt`, which would panic.

#![expect(unsafe_code, reason = "this is the one module that speaks C")]

mod addresses;
mod agent;
mod close;
mod connection;
mod console;
mod cpu;
mod display;
mod domain;
mod error;
mod event_loop;
mod events;
mod exit;
mod memory;
mod node;
#[cfg(test)]
mod qemu_tests;
mod registry;
mod screenshot;
mod stats;
mod stats_record;
#[cfg(test)]
mod tests;
mod tune;
mod typed_params;

pub(crate) use addresses::AddressSource;
pub(crate) use close::{CloseGuard, CloseReason};
pub(crate) use connection::Conn;
pub(crate) use console::{Console, Received};
pub(crate) use cpu::CpuPlace;
pub(crate) use domain::{ControlState, Dom};
pub(crate) use events::{EventGuard, LibvirtEvent};
pub use exit::end_process;
pub use memory::{bound_memory, give_back_memory};
pub(crate) use node::{NodeCpuTimes, NodeMemory};
pub(crate) use stats::{StatsFlags, StatsGroups};
pub(crate) use stats_record::{Balloon, BlockCounters, DomainStats, NetCounters, VcpuCounters};
pub(crate) use tune::{Tuned, Tuning};
