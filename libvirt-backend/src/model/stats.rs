//! What was measured of a machine.

use serde::{Deserialize, Serialize};

use super::History;

/// One measurement. `None` means unknown, never zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    pub time_millis: i64,
    /// Of all the machine's vCPUs together: 100 is every vCPU busy.
    pub cpu_percent: Option<f32>,
    /// Balloon: available − usable. What the guest cannot give back.
    pub memory_used_bytes: Option<u64>,
    /// What the host lent the guest (`balloon.current`).
    pub memory_given_bytes: Option<u64>,
    /// The guest's page cache, part of neither.
    pub memory_cache_bytes: Option<u64>,
    /// What QEMU holds of the host's memory.
    pub memory_rss_bytes: Option<u64>,
    pub disk_read_bytes_per_s: Option<f64>,
    pub disk_write_bytes_per_s: Option<f64>,
    pub net_rx_bytes_per_s: Option<f64>,
    pub net_tx_bytes_per_s: Option<f64>,
}

/// A machine's measurements since Berth first saw it run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MachineStats {
    pub latest: Option<Sample>,
    pub history: History,
    /// Why the network figures are unknown.
    pub net_gap: Option<NetGap>,
    /// Each disk that has counters, in the order of the machine.
    pub disks: Vec<DiskWork>,
    /// Only of the machine that is looked at: QEMU has to be asked.
    pub vcpu_wait: Option<VcpuWait>,
}

/// What one disk did lately.
#[derive(Clone, Debug, PartialEq)]
pub struct DiskWork {
    /// `vda`…
    pub target: String,
    pub reads: Requests,
    pub writes: Requests,
}

/// Requests of one kind that a disk finished.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Requests {
    /// IOPS.
    pub per_s: f64,
    /// Latency: from QEMU's acceptance to its answer, on average. `None`: none was finished, or none was timed.
    pub mean_millis: Option<f64>,
}

/// How much of the time a machine's vCPUs were ready and the host ran something else. 100 is every vCPU always.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct VcpuWait {
    /// In the queue of the host's scheduler (`vcpu.*.delay`): what a guest under KVM sees as steal.
    pub steal_percent: f32,
    /// Waiting in all (`vcpu.*.wait`). `None`: the host's kernel does not count it.
    pub wait_percent: Option<f32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetGap {
    NoInterface,
    /// passt and slirp interfaces have no counters on the host.
    UserMode,
    NotReported,
}
