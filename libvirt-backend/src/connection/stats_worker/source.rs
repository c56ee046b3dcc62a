//! Where a lane reads from: libvirt, or a stand-in in the tests.

use std::sync::Arc;

use crate::error::LibvirtError;
use crate::ffi::{Conn, ControlState, Dom, DomainStats, NodeCpuTimes, NodeMemory, StatsFlags, StatsGroups};
use crate::model::MachineId;

/// What to read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    pub(super) groups: StatsGroups,
    /// Only machines of this share of all.
    pub(super) shard: Shard,
    /// Disks, interfaces and vCPUs of this machine too.
    pub(super) focus: Option<MachineId>,
    pub(super) with_host: bool,
}

/// One of `count` shares of the machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shard {
    pub(super) index: usize,
    pub(super) count: usize,
}

impl Shard {
    /// A machine is always in the same share.
    pub(super) fn holds(self, id: MachineId) -> bool {
        let (high, low) = id.0.as_u64_pair();
        // Both halves: some tools count UUIDs up.
        (high ^ low) % (self.count.max(1) as u64) == self.index as u64
    }
}

/// What was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    pub(super) stats: Vec<DomainStats>,
    /// Machines that were passed by because their monitor is occupied, and for how many milliseconds it has been.
    pub(super) occupied: Vec<(MachineId, u64)>,
    pub(super) host: Option<(Option<NodeCpuTimes>, Option<NodeMemory>)>,
}

pub(super) trait StatsSource {
    /// Blocks for as long as a machine hangs that nobody else is stuck at.
    fn read(&mut self, request: &Request) -> Result<Reading, LibvirtError>;
}

pub(super) type OpenSource = Arc<dyn Fn() -> Result<Box<dyn StatsSource>, LibvirtError> + Send + Sync>;

/// Asked of at most so many machines a round; more would hold up the others.
const MAX_SUSPECTS: usize = 16;

pub(super) struct LibvirtSource {
    connection: Conn,
    /// The handle of the machine in focus, looked up once.
    focused: Option<Dom>,
}

impl LibvirtSource {
    pub(super) const fn new(connection: Conn) -> Self {
        Self {
            connection,
            focused: None,
        }
    }

    fn focused_stats(
        &mut self,
        id: MachineId,
        groups: StatsGroups,
        flags: StatsFlags,
    ) -> Result<Vec<DomainStats>, LibvirtError> {
        if self.focused.as_ref().is_none_or(|domain| domain.id() != id) {
            self.focused = Some(self.connection.domain(id)?);
        }
        let Some(domain) = &self.focused else {
            return Ok(Vec::new());
        };
        self.connection
            .domain_stats(Some(std::slice::from_ref(domain)), groups, flags)
    }
}

impl StatsSource for LibvirtSource {
    fn read(&mut self, request: &Request) -> Result<Reading, LibvirtError> {
        let flags = StatsFlags {
            active: true,
            nowait: true,
        };
        let mut stats = if request.shard.count > 1 {
            let mut domains = self.connection.active_domains()?;
            domains.retain(|domain| request.shard.holds(domain.id()));
            self.connection.domain_stats(Some(&domains), request.groups, flags)?
        } else {
            self.connection.domain_stats(None, request.groups, flags)?
        };
        if let Some(focus) = request.focus
            && let Some(machine) = stats.iter_mut().find(|machine| machine.id == focus)
        {
            // It may have gone since: the round is worth having without it.
            let devices = StatsGroups::BLOCK | StatsGroups::NET;
            let groups = if request.groups.has(devices) {
                StatsGroups::VCPU
            } else {
                devices | StatsGroups::VCPU
            };
            match self.focused_stats(focus, groups, flags) {
                Ok(mut more) => {
                    if let Some(more) = more.pop() {
                        machine.blocks = machine.blocks.take().or(more.blocks);
                        machine.nets = machine.nets.take().or(more.nets);
                        machine.vcpus = more.vcpus;
                    }
                }
                Err(error) => tracing::debug!(%focus, %error, "not all statistics of the machine in focus"),
            }
        }
        let occupied = stats
            .iter()
            .filter(|machine| was_passed_by(machine))
            .take(MAX_SUSPECTS)
            .filter_map(
                |machine| match self.connection.domain(machine.id).ok()?.control_state().ok()? {
                    ControlState::Occupied { millis } => Some((machine.id, millis)),
                    ControlState::Ok | ControlState::Job { .. } | ControlState::Error => None,
                },
            )
            .collect();
        let host = request.with_host.then(|| {
            (
                self.connection.node_cpu_times().ok(),
                self.connection.node_memory().ok(),
            )
        });
        Ok(Reading { stats, occupied, host })
    }
}

/// The QEMU driver tells the resident set of every active machine whose job it got.
const fn was_passed_by(stats: &DomainStats) -> bool {
    stats.cpu_time_nanos.is_some() && stats.balloon.current_kib.is_some() && stats.balloon.rss_kib.is_none()
}
