//! How busy the host itself is: asked of the system here, of libvirt elsewhere.

use sysinfo::{MemoryRefreshKind, RefreshKind, System};

use crate::ffi::{NodeCpuTimes, NodeMemory};

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostSource {
    /// The connection's host is this computer.
    Local,
    /// Over the connection.
    Remote,
    /// Nobody: the driver has no real host (test driver).
    Nobody,
}

/// One measurement of the host; `None` is unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct HostReading {
    /// 100 is every CPU busy.
    pub(crate) cpu_percent: Option<f32>,
    pub(crate) memory_used_bytes: Option<u64>,
    pub(crate) memory_total_bytes: Option<u64>,
}

/// This computer. Reading it takes well under a millisecond.
pub(crate) struct LocalHost {
    system: Option<System>,
    is_based: bool,
}

impl LocalHost {
    pub(crate) fn new() -> Self {
        let nothing_yet = RefreshKind::nothing();
        let system = System::new_with_specifics(nothing_yet)
            .inspect_err(|error| tracing::warn!(?error, "the host's own figures cannot be read"))
            .ok();
        Self {
            system,
            is_based: false,
        }
    }

    pub(crate) fn read(&mut self) -> HostReading {
        let Some(system) = &mut self.system else {
            return HostReading::default();
        };
        system.refresh_cpu_usage();
        system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
        // The first reading is only the base of the second.
        let is_first = !std::mem::replace(&mut self.is_based, true);
        let total = Some(system.total_memory()).filter(|total| *total > 0);
        HostReading {
            cpu_percent: (!is_first).then(|| system.global_cpu_usage().clamp(0.0, 100.0)),
            memory_used_bytes: total.map(|_| system.used_memory()),
            memory_total_bytes: total,
        }
    }
}

/// A host behind a connection: times since its boot → percent.
#[derive(Debug, Default)]
pub(crate) struct RemoteHost {
    last: Option<NodeCpuTimes>,
}

impl RemoteHost {
    pub(crate) fn take(&mut self, times: Option<NodeCpuTimes>, memory: Option<NodeMemory>) -> HostReading {
        let memory = memory.filter(|memory| memory.total_kib > 0);
        HostReading {
            cpu_percent: times.and_then(|times| self.percent(times)),
            memory_used_bytes: memory.map(|memory| memory.used_kib.saturating_mul(1_024)),
            memory_total_bytes: memory.map(|memory| memory.total_kib.saturating_mul(1_024)),
        }
    }

    fn percent(&mut self, times: NodeCpuTimes) -> Option<f32> {
        if let Some(percent) = times.utilization_percent {
            return Some(percent.min(100) as f32);
        }
        let last = self.last.replace(times)?;
        let busy = times.busy_nanos.checked_sub(last.busy_nanos)?;
        let idle = times.idle_nanos.checked_sub(last.idle_nanos)?;
        let whole = busy.checked_add(idle).filter(|whole| *whole > 0)?;
        Some((busy as f64 / whole as f64 * 100.0) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn times(busy_nanos: u64, idle_nanos: u64) -> NodeCpuTimes {
        NodeCpuTimes {
            busy_nanos,
            idle_nanos,
            utilization_percent: None,
        }
    }

    #[test]
    fn a_remote_host_is_busy_by_what_it_did_since_the_last_reading() {
        let mut host = RemoteHost::default();
        assert_eq!(host.take(Some(times(900, 100)), None).cpu_percent, None);
        assert_eq!(host.take(Some(times(925, 175)), None).cpu_percent, Some(25.0));
        // Standing still, then rebooted: unknown, never a division by zero or a negative number.
        assert_eq!(host.take(Some(times(925, 175)), None).cpu_percent, None);
        assert_eq!(host.take(Some(times(5, 5)), None).cpu_percent, None);
        assert_eq!(host.take(Some(times(10, 10)), None).cpu_percent, Some(50.0));
    }

    #[test]
    fn a_remote_host_without_memory_figures_has_none() {
        let memory = |total_kib, used_kib| Some(NodeMemory { total_kib, used_kib });
        let mut host = RemoteHost::default();
        assert_eq!(host.take(None, memory(0, 0)).memory_used_bytes, None);
        assert_eq!(host.take(None, memory(4, 3)).memory_used_bytes, Some(3_072));
    }

    #[test]
    fn this_computer_tells_its_memory_at_once_and_its_cpu_from_the_second_reading() {
        let mut host = LocalHost::new();
        let first = host.read();
        assert_eq!(first.cpu_percent, None);
        assert!(first.memory_used_bytes > Some(0) && first.memory_used_bytes <= first.memory_total_bytes);
        assert!(host.read().cpu_percent.is_some());
    }
}
