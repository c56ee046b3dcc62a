//! Counters of one machine as plain data. Pure: the sampler makes rates of them.

use crate::model::{MachineId, State};

/// What bulk statistics said of one domain. `None`: not asked for, or not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DomainStats {
    pub(crate) id: MachineId,
    /// Still `Running` for a QEMU that hangs.
    pub(crate) state: Option<State>,
    /// Since the machine was started; of all its vCPUs and QEMU's own threads.
    pub(crate) cpu_time_nanos: Option<u64>,
    pub(crate) balloon: Balloon,
    /// `None`: the group was not asked for. One entry per device that has counters.
    pub(crate) blocks: Option<Vec<BlockCounters>>,
    /// `None`: the group was not asked for. User-mode interfaces never stand here.
    pub(crate) nets: Option<Vec<NetCounters>>,
    /// `None`: the group was not asked for. Those that are plugged in.
    pub(crate) vcpus: Option<Vec<VcpuCounters>>,
}

impl DomainStats {
    pub(crate) const fn empty(id: MachineId) -> Self {
        Self {
            id,
            state: None,
            cpu_time_nanos: None,
            balloon: Balloon {
                current_kib: None,
                maximum_kib: None,
                available_kib: None,
                usable_kib: None,
                unused_kib: None,
                disk_caches_kib: None,
                rss_kib: None,
                last_update_seconds: None,
            },
            blocks: None,
            nets: None,
            vcpus: None,
        }
    }
}

/// `balloon.*`, in KiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Balloon {
    /// What the guest was lent.
    pub(crate) current_kib: Option<u64>,
    pub(crate) maximum_kib: Option<u64>,
    /// What the guest sees as its memory.
    pub(crate) available_kib: Option<u64>,
    /// What the guest could hand to programs, caches included.
    pub(crate) usable_kib: Option<u64>,
    pub(crate) unused_kib: Option<u64>,
    pub(crate) disk_caches_kib: Option<u64>,
    /// QEMU's own resident set.
    pub(crate) rss_kib: Option<u64>,
    /// When the guest last reported, Unix seconds.
    pub(crate) last_update_seconds: Option<u64>,
}

/// Counters of one disk since the machine was started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BlockCounters {
    /// `vda`…
    pub(crate) target: String,
    pub(crate) read_bytes: Option<u64>,
    pub(crate) written_bytes: Option<u64>,
    pub(crate) read_requests: Option<u64>,
    pub(crate) write_requests: Option<u64>,
    pub(crate) read_nanos: Option<u64>,
    pub(crate) write_nanos: Option<u64>,
}

/// Counters of one interface since the machine was started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NetCounters {
    /// The host's device, `vnet3`…
    pub(crate) device: String,
    /// Received by the guest.
    pub(crate) rx_bytes: Option<u64>,
    pub(crate) tx_bytes: Option<u64>,
}

/// Counters of one vCPU's thread since it was made. `None`: it is not there, or the kernel was not asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct VcpuCounters {
    /// Stays at zero under a kernel that does not count it.
    pub(crate) wait_nanos: Option<u64>,
    pub(crate) delay_nanos: Option<u64>,
}
