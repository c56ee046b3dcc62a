//! CPU and memory of the host behind a connection.

use std::ffi::{CStr, c_char, c_int};

use virt::sys;

use super::connection::Conn;
use super::error::check;
use crate::error::LibvirtError;

/// Time spent by all CPUs together since boot, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NodeCpuTimes {
    /// User, kernel and interrupts.
    pub(crate) busy_nanos: u64,
    /// Idle and waiting for disks.
    pub(crate) idle_nanos: u64,
    /// Some drivers tell only this: percent busy right now.
    pub(crate) utilization_percent: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NodeMemory {
    pub(crate) total_kib: u64,
    /// Neither free nor given back at once (buffers and cache count as available).
    pub(crate) used_kib: u64,
}

impl Conn {
    pub(crate) fn node_cpu_times(&self) -> Result<NodeCpuTimes, LibvirtError> {
        let empty = sys::virNodeCPUStats {
            field: [0; sys::VIR_NODE_CPU_STATS_FIELD_LENGTH as usize],
            value: 0,
        };
        let fields = self.node_fields(empty, sys::virNodeGetCPUStats, sys::VIR_NODE_CPU_STATS_ALL_CPUS)?;
        let mut times = NodeCpuTimes::default();
        for sys::virNodeCPUStats { field, value } in fields {
            match field_name(&field) {
                b"kernel" | b"user" | b"intr" => times.busy_nanos = times.busy_nanos.saturating_add(value),
                b"idle" | b"iowait" => times.idle_nanos = times.idle_nanos.saturating_add(value),
                b"utilization" => times.utilization_percent = Some(value),
                _ => {}
            }
        }
        Ok(times)
    }

    pub(crate) fn node_memory(&self) -> Result<NodeMemory, LibvirtError> {
        let empty = sys::virNodeMemoryStats {
            field: [0; sys::VIR_NODE_MEMORY_STATS_FIELD_LENGTH as usize],
            value: 0,
        };
        let fields = self.node_fields(empty, sys::virNodeGetMemoryStats, sys::VIR_NODE_MEMORY_STATS_ALL_CELLS)?;
        let mut total_kib = 0;
        let mut reclaimable_kib = 0_u64;
        let mut available_kib = None;
        for sys::virNodeMemoryStats { field, value } in fields {
            match field_name(&field) {
                b"total" => total_kib = value,
                b"free" | b"buffers" | b"cached" => reclaimable_kib = reclaimable_kib.saturating_add(value),
                b"available" => available_kib = Some(value),
                _ => {}
            }
        }
        let used_kib = total_kib.saturating_sub(available_kib.unwrap_or(reclaimable_kib));
        Ok(NodeMemory { total_kib, used_kib })
    }

    /// libvirt's two-step: ask for the number of fields, then for the fields.
    fn node_fields<F: Copy>(
        &self,
        empty: F,
        call: unsafe extern "C" fn(sys::virConnectPtr, c_int, *mut F, *mut c_int, u32) -> c_int,
        of: c_int,
    ) -> Result<Vec<F>, LibvirtError> {
        let mut count: c_int = 0;
        // SAFETY: NULL with a count of 0 asks for the count.
        check(unsafe { call(self.as_raw(), of, std::ptr::null_mut(), &raw mut count, 0) })?;
        let asked = usize::try_from(count).unwrap_or(0);
        let mut fields = vec![empty; asked];
        if fields.is_empty() {
            return Ok(fields);
        }
        // SAFETY: the array has `count` entries.
        check(unsafe { call(self.as_raw(), of, fields.as_mut_ptr(), &raw mut count, 0) })?;
        fields.truncate(usize::try_from(count).unwrap_or(0));
        Ok(fields)
    }
}

/// The name in a fixed-length field; everything up to the first NUL.
fn field_name(field: &[c_char]) -> &[u8] {
    let bytes = super::typed_params::bytes_of(field);
    CStr::from_bytes_until_nul(bytes).map_or(bytes, CStr::to_bytes)
}
