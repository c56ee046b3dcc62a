//! One actor per connection, its threads, and what keeps them apart.
//!
//! | module | |
//! | --- | --- |
//! | `actor` | the task that owns what is known of a connection |
//! | `pool`, `link` | the threads that call libvirt, and the connections they call it on |
//! | `refresh` | event → what to read anew |
//! | `read`, `addresses`, `start_time` | libvirt's answers as plain data |
//! | `stats_worker`, `host_stats` | the threads that read counters, each second, whatever one machine does |
//! | `sampler`, `rates` | counters → rates → history |
//! | `balloon` | who gives memory back when the host runs short |
//! | `dispatch` | command → operation |
//! | `outbox`, `common`, `message` | what goes between actors, threads and the `Backend` handle |
//! | `uri`, `reason`, `clock` | small questions, answered once |

pub(crate) mod actor;
mod addresses;
pub(crate) mod askpass;
mod balloon;
mod clock;
pub(crate) mod common;
mod dispatch;
#[cfg(test)]
mod guard_tests;
mod host_stats;
mod link;
pub(crate) mod message;
pub(crate) mod outbox;
mod pool;
mod rates;
mod read;
mod reason;
mod refresh;
mod sampler;
mod start_time;
mod stats_worker;
mod uri;
mod waits;
