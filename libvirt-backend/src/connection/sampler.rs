//! Counters → samples. Pure: no libvirt, no clock, no thread.
//!
//! One [`Sampler`] per connection. It holds, per machine, the last reading of every counter and makes rates of two
//! readings and the real time between them, so a missed tick falsifies nothing. What would be a spike or a lie
//! (restart, wrap, the host's sleep, a hot-plugged disk) becomes "unknown" once and a new base.

use std::collections::BTreeMap;

use super::rates::{Counter, Devices, Moment, Reading, block_bytes, memory, net_bytes};
use super::waits::{DiskWaits, VcpuWaits};
use crate::ffi::DomainStats;
use crate::model::{DiskWork, MachineId, Sample, State, VcpuWait};

/// A base for the CPU's rate may be this many intervals old.
const MAX_MISSED_TICKS: u64 = 5;
/// Disks and interfaces are read every third second or so.
const MAX_DEVICE_SPAN_MILLIS: u64 = 15_000;
/// Wall clock and monotonic clock apart by more than this since the last tick: the host slept, or its clock was set.
const MAX_CLOCK_GAP_MILLIS: u64 = 2_000;

#[derive(Debug)]
pub(crate) struct Sampler {
    machines: BTreeMap<MachineId, Track>,
    interval_millis: u64,
    last: Option<Moment>,
}

#[derive(Debug, Default)]
struct Track {
    cpu: Counter,
    cpu_percent: Option<f32>,
    disks: Devices,
    nets: Devices,
    disk_waits: DiskWaits,
    vcpu_waits: VcpuWaits,
}

impl Sampler {
    /// `interval_millis`: how often ticks are meant to come.
    pub(crate) const fn new(interval_millis: u64) -> Self {
        Self {
            machines: BTreeMap::new(),
            interval_millis,
            last: None,
        }
    }

    /// The machine stopped, started or went away: what was read of it is no base for anything.
    pub(crate) fn forget(&mut self, id: MachineId) {
        self.machines.remove(&id);
    }

    /// The connection was lost: the same for all.
    pub(crate) fn forget_all(&mut self) {
        self.machines.clear();
        self.last = None;
    }

    /// Takes in one round of statistics, read at `at`, and returns one sample for each machine in it that is active.
    /// `vcpus` tells how many a machine has.
    /// Rounds may be partial (one shard of many machines); a machine must not stand in one twice.
    pub(crate) fn tick(
        &mut self,
        at: Moment,
        stats: &[DomainStats],
        vcpus: impl Fn(MachineId) -> Option<u32>,
    ) -> Vec<(MachineId, Sample)> {
        if self.last.is_some_and(|last| clock_gap(last, at) > MAX_CLOCK_GAP_MILLIS) {
            self.machines.clear();
        }
        self.last = Some(at);
        let max_span = self.max_span();
        let mut samples = Vec::with_capacity(stats.len());
        for machine in stats {
            if machine.state.is_some_and(is_off) {
                self.machines.remove(&machine.id);
                continue;
            }
            let track = self.machines.entry(machine.id).or_default();
            let vcpus = vcpus(machine.id);
            samples.push((machine.id, track.take(at, machine, vcpus, max_span)));
        }
        samples
    }

    /// What a machine's disks and vCPUs had to wait for, as of the last round. Not part of the samples: nobody looks
    /// at what it was an hour ago, and there may be a thousand machines.
    pub(crate) fn waits(&self, id: MachineId) -> (&[DiskWork], Option<VcpuWait>) {
        let Some((track, at)) = self.machines.get(&id).zip(self.last) else {
            return (&[], None);
        };
        let (now, max_span) = (at.monotonic_millis, self.max_span());
        let disks = track.disk_waits.latest(now, MAX_DEVICE_SPAN_MILLIS.max(max_span));
        (disks, track.vcpu_waits.latest(now, max_span))
    }

    fn max_span(&self) -> u64 {
        self.interval_millis.max(1_000) * MAX_MISSED_TICKS
    }
}

const fn is_off(state: State) -> bool {
    matches!(state, State::ShutOff(_))
}

/// How much further one clock went than the other.
fn clock_gap(last: Moment, at: Moment) -> u64 {
    let wall = at.wall_millis.saturating_sub(last.wall_millis);
    let monotonic = at.monotonic_millis.saturating_sub(last.monotonic_millis);
    wall.abs_diff(i64::try_from(monotonic).unwrap_or(i64::MAX))
}

impl Track {
    fn take(&mut self, at: Moment, stats: &DomainStats, vcpus: Option<u32>, max_span: u64) -> Sample {
        let now = at.monotonic_millis;
        if let Some(nanos) = stats.cpu_time_nanos {
            match self.cpu.read(nanos, now, max_span) {
                Reading::PerSecond(nanos_per_second) => {
                    self.cpu_percent = vcpus.filter(|vcpus| *vcpus > 0).map(|vcpus| {
                        let percent = nanos_per_second / 1e9 / f64::from(vcpus) * 100.0;
                        percent.clamp(0.0, 100.0) as f32
                    });
                }
                Reading::Based => self.cpu_percent = None,
                Reading::WentDown => {
                    // A new QEMU: its other counters begin anew too, some of them perhaps above the old ones.
                    self.cpu_percent = None;
                    self.disks = Devices::default();
                    self.nets = Devices::default();
                    self.disk_waits = DiskWaits::default();
                    self.vcpu_waits = VcpuWaits::default();
                }
                Reading::TooSoon => {}
            }
        } else {
            self.cpu_percent = None;
        }
        let device_span = MAX_DEVICE_SPAN_MILLIS.max(max_span);
        if let Some(blocks) = &stats.blocks {
            self.disks.read(block_bytes(blocks), now, device_span);
            self.disk_waits.read(blocks, now, device_span);
        }
        if let Some(nets) = &stats.nets {
            self.nets.read(net_bytes(nets), now, device_span);
        }
        if let Some(vcpus) = &stats.vcpus {
            self.vcpu_waits.read(vcpus, now, max_span);
        }
        let disk = self.disks.rate(now, device_span);
        let net = self.nets.rate(now, device_span);
        let mut sample = Sample {
            time_millis: at.wall_millis,
            cpu_percent: self.cpu_percent,
            disk_read_bytes_per_s: disk.map(|rate| rate.inward),
            disk_write_bytes_per_s: disk.map(|rate| rate.outward),
            net_rx_bytes_per_s: net.map(|rate| rate.inward),
            net_tx_bytes_per_s: net.map(|rate| rate.outward),
            ..Sample::default()
        };
        memory(&stats.balloon, &mut sample);
        sample
    }
}

#[cfg(test)]
mod tests;
