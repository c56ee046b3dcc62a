//! Berth's backend: everything between a typed [`Command`] and libvirt.

pub mod backend;
pub mod boot_sector;
pub mod command;
mod connection;
mod console_log;
mod console_stream;
mod cure;
pub mod defaults;
pub mod error;
mod ffi;
pub mod guard;
pub mod host_lists;
pub mod host_nodes;
pub mod host_ports;
pub mod model;
mod ops;
pub mod private_session;
#[cfg(test)]
mod real_machines;
pub mod schema;
pub mod xml;

pub use backend::{Backend, BeforeOpening, KEPT_FREE_PERCENT, OnChange, Options, Profile};
pub use command::{Command, Event, JobId, JobState, JobStep, JobUpdate, MachineCommand, NoticeKind, Outcome, Query};
pub use error::{Error, Result};
pub use ffi::{bound_memory, end_process, give_back_memory};
pub use xml::property;
