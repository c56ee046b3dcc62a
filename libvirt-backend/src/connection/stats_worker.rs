//! The statistics threads of one connection: a round of counters each second, whatever a single machine does.
//!
//! ```text
//!            coordinator (named thread, never calls libvirt, owns the clock)
//!   tick ─► request ─► lane 1 (thread + connection of its own) ─► reply ─► sink(StatsReport)
//!                      │ no reply for a while (`hedge_after`)
//!                      └► the same request on lane 2, then 3…: the first reply wins
//!   a lane without a reply for `abandon_after` is left to itself with its connection and never joined
//! ```
//!
//! Why this isolates a QEMU that hangs: every read says NOWAIT, so libvirt leaves out the machines whose job somebody
//! else holds. The first read that touches a hung machine takes its job and blocks, the next one finds it taken and
//! passes by, with what libvirt knows without QEMU (state, CPU time, memory given). So the stuck lane itself shields
//! all later ones, one parked thread a hung machine, and the moment QEMU answers again that thread ends by itself and
//! the next round is whole: nothing has to be probed.
//!
//! Which machine hangs is told by `virDomainGetControlInfo` (it never blocks), asked only of machines that were passed by.

mod coordinator;
mod lane;
#[cfg(test)]
mod qemu_tests;
mod source;
#[cfg(test)]
mod tests;

use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use coordinator::Coordinator;
use lane::Message;
use source::LibvirtSource;

use super::host_stats::{HostReading, HostSource};
use super::rates::Moment;
use crate::error::LibvirtError;
use crate::ffi::{Conn, DomainStats};
use crate::model::MachineId;

/// Opens a connection for statistics. Called on a thread where it may block. URIs that must not be opened twice
/// (`test:`) give a clone of the one there is.
pub(crate) type Opener = Arc<dyn Fn() -> Result<Conn, LibvirtError> + Send + Sync>;

/// Takes a report. Called on the coordinator's thread: must not block, drops the report where its reader is behind.
pub(crate) type Sink = Box<dyn FnMut(StatsReport) + Send>;

/// One round of counters, or one shard of a round.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StatsReport {
    /// When they were read.
    pub(crate) at: Moment,
    /// Active machines only.
    pub(crate) stats: Vec<DomainStats>,
    /// Machines of `stats` whose QEMU has not answered for a while, with the milliseconds. A machine that stands in
    /// `stats` and not here responds.
    pub(crate) hung: Vec<(MachineId, u64)>,
    pub(crate) host: Option<HostReading>,
    /// Why there are no statistics this time.
    pub(crate) error: Option<LibvirtError>,
}

/// The figures behind the behaviour; the default is what Berth runs with.
#[derive(Clone, Debug)]
pub(crate) struct StatsConfig {
    pub(crate) interval: Duration,
    /// Disks and interfaces are read in every so-manieth round; those of the machine in focus in each.
    pub(crate) device_rounds: u32,
    /// A reply later than this is asked for again on another lane.
    pub(crate) hedge_after: Duration,
    /// A lane without a reply for this long is left to itself.
    pub(crate) abandon_after: Duration,
    /// A monitor command under way for longer than this: QEMU hangs.
    pub(crate) hung_after: Duration,
    /// More active machines than this are shared out over several lanes, this many each.
    pub(crate) machines_per_lane: usize,
    pub(crate) host: HostSource,
}

impl Default for StatsConfig {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(1),
            device_rounds: 3,
            hedge_after: Duration::from_millis(300),
            abandon_after: Duration::from_secs(2),
            hung_after: Duration::from_secs(2),
            machines_per_lane: 150,
            host: HostSource::Local,
        }
    }
}

/// What can be changed while it runs.
#[derive(Clone, Copy, Debug)]
struct Control {
    focus: Option<MachineId>,
    is_stopped: bool,
}

/// The handle. Dropping it stops the sampling; nothing here blocks.
pub(crate) struct StatsWorker {
    control: Arc<Mutex<Control>>,
    wake: SyncSender<Message>,
}

impl StatsWorker {
    /// Starts sampling at once. Connections are opened lazily: the second (a spare) after the first has succeeded.
    pub(crate) fn start(opener: Opener, sink: Sink, config: StatsConfig) -> std::io::Result<Self> {
        let open = move || opener().map(|connection| Box::new(LibvirtSource::new(connection)) as Box<_>);
        Self::start_with(Arc::new(open), sink, config)
    }

    fn start_with(open: source::OpenSource, sink: Sink, config: StatsConfig) -> std::io::Result<Self> {
        let control = Arc::new(Mutex::new(Control {
            focus: None,
            is_stopped: false,
        }));
        let (wake, messages) = sync_channel(64);
        let coordinator = Coordinator::new(open, sink, config, Arc::clone(&control), wake.clone());
        std::thread::Builder::new()
            .name("libvirt-sampling".to_owned())
            .spawn(move || coordinator.run(&messages))?;
        Ok(Self { control, wake })
    }

    /// This machine's disks and interfaces are read each round.
    pub(crate) fn set_focus(&self, focus: Option<MachineId>) {
        self.change(|control| control.focus = focus);
    }

    /// No report comes after the one under way. Lanes end as soon as their calls do; stuck ones are left behind.
    pub(crate) fn stop(&self) {
        self.change(|control| control.is_stopped = true);
        // A full channel wakes the coordinator just as well.
        self.wake.try_send(Message::Wake).ok();
    }

    fn change(&self, change: impl FnOnce(&mut Control)) {
        change(&mut self.control.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for StatsWorker {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Moment {
    /// Now, by both clocks. `epoch` is any instant in the past, always the same one.
    fn now(epoch: Instant) -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            wall_millis: i64::try_from(wall.as_millis()).unwrap_or(i64::MAX),
            monotonic_millis: u64::try_from(epoch.elapsed().as_millis()).unwrap_or(u64::MAX),
        }
    }
}
