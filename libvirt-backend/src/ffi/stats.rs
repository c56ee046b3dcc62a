//! Bulk statistics: many machines' counters in one round trip, and everything freed.

use std::ffi::c_uint;

use virt::sys;

use super::connection::Conn;
use super::domain::{Dom, id_of, state_from_raw};
use super::error::check;
use super::stats_record::{BlockCounters, DomainStats, NetCounters, VcpuCounters};
use super::typed_params::{Value, for_each};
use crate::error::LibvirtError;

/// Which counters to read. Combine with `|`. Never all: each costs the daemon milliseconds per running machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StatsGroups(c_uint);

impl StatsGroups {
    pub(crate) const STATE: Self = Self(sys::VIR_DOMAIN_STATS_STATE);
    pub(crate) const CPU: Self = Self(sys::VIR_DOMAIN_STATS_CPU_TOTAL);
    pub(crate) const BALLOON: Self = Self(sys::VIR_DOMAIN_STATS_BALLOON);
    pub(crate) const BLOCK: Self = Self(sys::VIR_DOMAIN_STATS_BLOCK);
    pub(crate) const NET: Self = Self(sys::VIR_DOMAIN_STATS_INTERFACE);
    pub(crate) const VCPU: Self = Self(sys::VIR_DOMAIN_STATS_VCPU);

    pub(crate) const fn has(self, group: Self) -> bool {
        self.0 & group.0 == group.0
    }
}

impl std::ops::BitOr for StatsGroups {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// How to read them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct StatsFlags {
    /// Only machines with a QEMU process. Of no effect on a list of domains.
    pub(crate) active: bool,
    /// Leave out what another call's job holds instead of waiting for it. The call that *owns* the job on a hung
    /// QEMU blocks nevertheless.
    pub(crate) nowait: bool,
}

impl StatsFlags {
    const fn bits(self, is_list: bool) -> c_uint {
        let mut bits = 0;
        if self.active && !is_list {
            bits |= sys::VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE;
        }
        if self.nowait {
            bits |= sys::VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT;
        }
        bits
    }
}

impl Conn {
    /// Counters of `domains`, or of every domain of the connection. Domains that went away meanwhile are left out.
    ///
    /// Source: `virDomainListGetStats`, `virConnectGetAllDomainStats`. Blocks on a hung QEMU for as long as it hangs.
    pub(crate) fn domain_stats(
        &self,
        domains: Option<&[Dom]>,
        groups: StatsGroups,
        flags: StatsFlags,
    ) -> Result<Vec<DomainStats>, LibvirtError> {
        let mut records: *mut sys::virDomainStatsRecordPtr = std::ptr::null_mut();
        let returned = if let Some(domains) = domains {
            if domains.is_empty() {
                return Ok(Vec::new());
            }
            let mut list: Vec<sys::virDomainPtr> = domains.iter().map(Dom::as_raw).collect();
            list.push(std::ptr::null_mut());
            // SAFETY: a NULL-terminated list of domains that `domains` keeps alive; `records` is written on success.
            unsafe { sys::virDomainListGetStats(list.as_mut_ptr(), groups.0, &raw mut records, flags.bits(true)) }
        } else {
            // SAFETY: the connection is held by `self`; `records` is written on success.
            unsafe { sys::virConnectGetAllDomainStats(self.as_raw(), groups.0, &raw mut records, flags.bits(false)) }
        };
        let count = check(returned)?;
        let records = Records {
            list: records,
            count: count as usize,
        };
        Ok(records.read(groups))
    }
}

/// The array that libvirt returned; freed whatever happens while it is read.
struct Records {
    list: *mut sys::virDomainStatsRecordPtr,
    count: usize,
}

impl Drop for Records {
    fn drop(&mut self) {
        if !self.list.is_null() {
            // SAFETY: ours, freed once, with the records, their parameters and their references to domains.
            unsafe { sys::virDomainStatsRecordListFree(self.list) };
        }
    }
}

impl Records {
    fn read(&self, groups: StatsGroups) -> Vec<DomainStats> {
        if self.list.is_null() {
            return Vec::new();
        }
        let mut stats = Vec::with_capacity(self.count);
        for index in 0..self.count {
            // SAFETY: libvirt wrote `count` pointers.
            let entry = unsafe { self.list.add(index) };
            // SAFETY: inside the array, see above.
            let record = unsafe { *entry };
            if record.is_null() {
                break;
            }
            // SAFETY: a record that lives until `self` is dropped.
            let record: &sys::virDomainStatsRecord = unsafe { &*record };
            // SAFETY: the record holds a reference to its domain.
            if let Some(id) = unsafe { id_of(record.dom) } {
                let mut reader = RecordReader::new(id, groups);
                // SAFETY: `nparams` parameters as libvirt filled them.
                unsafe { for_each(record.params, record.nparams, |name, value| reader.take(name, &value)) };
                stats.push(reader.finish());
            }
        }
        stats
    }
}

/// More devices than this is a damaged answer, not a machine.
const MAX_DEVICES: usize = 4_096;

/// Sorts the parameters of one record into fields.
struct RecordReader {
    stats: DomainStats,
    state: Option<i32>,
    reason: i32,
    blocks: Vec<BlockCounters>,
    nets: Vec<NetCounters>,
    vcpus: Vec<VcpuCounters>,
    groups: StatsGroups,
}

impl RecordReader {
    fn new(id: crate::model::MachineId, groups: StatsGroups) -> Self {
        Self {
            stats: DomainStats::empty(id),
            state: None,
            reason: 0,
            blocks: Vec::new(),
            nets: Vec::new(),
            vcpus: Vec::new(),
            groups,
        }
    }

    fn take(&mut self, name: &str, value: &Value) {
        let Some((group, rest)) = name.split_once('.') else {
            return;
        };
        match group {
            "state" if rest == "state" => self.state = value.as_i32(),
            "state" if rest == "reason" => self.reason = value.as_i32().unwrap_or(0),
            "cpu" if rest == "time" => self.stats.cpu_time_nanos = value.as_u64(),
            "balloon" => self.take_balloon(rest, value),
            "block" => self.take_block(rest, value),
            "net" => self.take_net(rest, value),
            "vcpu" => self.take_vcpu(rest, value),
            _ => {}
        }
    }

    fn take_balloon(&mut self, field: &str, value: &Value) {
        let balloon = &mut self.stats.balloon;
        let slot = match field {
            "current" => &mut balloon.current_kib,
            "maximum" => &mut balloon.maximum_kib,
            "available" => &mut balloon.available_kib,
            "usable" => &mut balloon.usable_kib,
            "unused" => &mut balloon.unused_kib,
            "disk_caches" => &mut balloon.disk_caches_kib,
            "rss" => &mut balloon.rss_kib,
            "last-update" => &mut balloon.last_update_seconds,
            _ => return,
        };
        *slot = value.as_u64();
    }

    fn take_block(&mut self, rest: &str, value: &Value) {
        let Some((block, field)) = device(&mut self.blocks, rest) else {
            return;
        };
        match (field, value) {
            ("name", Value::Text(name)) => block.target.clone_from(name),
            ("rd.bytes", value) => block.read_bytes = value.as_u64(),
            ("wr.bytes", value) => block.written_bytes = value.as_u64(),
            ("rd.reqs", value) => block.read_requests = value.as_u64(),
            ("wr.reqs", value) => block.write_requests = value.as_u64(),
            ("rd.times", value) => block.read_nanos = value.as_u64(),
            ("wr.times", value) => block.write_nanos = value.as_u64(),
            _ => {}
        }
    }

    fn take_net(&mut self, rest: &str, value: &Value) {
        let Some((net, field)) = device(&mut self.nets, rest) else {
            return;
        };
        match (field, value) {
            ("name", Value::Text(name)) => net.device.clone_from(name),
            ("rx.bytes", value) => net.rx_bytes = value.as_u64(),
            ("tx.bytes", value) => net.tx_bytes = value.as_u64(),
            _ => {}
        }
    }

    fn take_vcpu(&mut self, rest: &str, value: &Value) {
        let Some((vcpu, field)) = device(&mut self.vcpus, rest) else {
            return;
        };
        match field {
            "wait" => vcpu.wait_nanos = value.as_u64(),
            "delay" => vcpu.delay_nanos = value.as_u64(),
            _ => {}
        }
    }

    fn finish(self) -> DomainStats {
        let Self {
            mut stats,
            state,
            reason,
            mut blocks,
            mut nets,
            mut vcpus,
            groups,
        } = self;
        stats.state = state.map(|state| state_from_raw(state, reason));
        // A number that was skipped leaves an entry without a name: no device.
        blocks.retain(|block| !block.target.is_empty());
        nets.retain(|net| !net.device.is_empty());
        stats.blocks = groups.has(StatsGroups::BLOCK).then_some(blocks);
        stats.nets = groups.has(StatsGroups::NET).then_some(nets);
        // Those that are not plugged in leave gaps.
        vcpus.retain(|vcpu| vcpu.delay_nanos.is_some());
        stats.vcpus = groups.has(StatsGroups::VCPU).then_some(vcpus);
        stats
    }
}

/// `3.rd.bytes` → the entry of device 3 and `rd.bytes`. `count` and the like have no number and no entry.
fn device<'a, T: Default + Clone>(devices: &'a mut Vec<T>, rest: &'a str) -> Option<(&'a mut T, &'a str)> {
    let (number, field) = rest.split_once('.')?;
    let number: usize = number.parse().ok().filter(|number| *number < MAX_DEVICES)?;
    if devices.len() <= number {
        devices.resize(number + 1, T::default());
    }
    devices.get_mut(number).map(|device| (device, field))
}
