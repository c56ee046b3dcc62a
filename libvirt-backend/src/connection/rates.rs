//! From two readings of counters to a rate. Pure: moments are passed in.

use crate::ffi::{Balloon, BlockCounters, NetCounters};
use crate::model::{NetGap, Nic, Sample};

/// When something was read. The two clocks part when the host sleeps or its clock is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Unix milliseconds.
    pub(crate) wall_millis: i64,
    /// Milliseconds of a clock that never jumps and stands still while the host sleeps.
    pub(crate) monotonic_millis: u64,
}

/// Readings closer together than this say nothing: the counters' own grain shows.
pub(super) const MIN_SPAN_MILLIS: u64 = 100;

/// What became of a reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reading {
    /// Amount per second since the reading before.
    PerSecond(f64),
    /// The first reading, or the first after a gap: a base for the next.
    Based,
    /// The counter went down: it began anew.
    WentDown,
    /// Too soon after the one before; nothing changed.
    TooSoon,
}

/// One counter's last reading.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counter {
    base: Option<(u64, u64)>,
}

impl Counter {
    /// Takes in `value`, read at `now` (monotonic milliseconds). A base older than `max_span` is worth nothing.
    pub(super) fn read(&mut self, value: u64, now: u64, max_span: u64) -> Reading {
        let Some((before, then)) = self.base else {
            self.base = Some((value, now));
            return Reading::Based;
        };
        if value < before {
            self.base = Some((value, now));
            return Reading::WentDown;
        }
        let span = now.saturating_sub(then);
        if span < MIN_SPAN_MILLIS {
            return Reading::TooSoon;
        }
        self.base = Some((value, now));
        if span > max_span {
            return Reading::Based;
        }
        Reading::PerSecond((value - before) as f64 * 1_000.0 / span as f64)
    }
}

/// Bytes that one device moved, in the two directions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DeviceBytes {
    pub(super) name: String,
    pub(super) inward: u64,
    pub(super) outward: u64,
}

/// Disks that have counters: read is inward, written is outward.
pub(super) fn block_bytes(blocks: &[BlockCounters]) -> Vec<DeviceBytes> {
    blocks
        .iter()
        .filter_map(|block| {
            Some(DeviceBytes {
                name: block.target.clone(),
                inward: block.read_bytes?,
                outward: block.written_bytes?,
            })
        })
        .collect()
}

/// Interfaces that have counters: received is inward, sent is outward.
pub(super) fn net_bytes(nets: &[NetCounters]) -> Vec<DeviceBytes> {
    nets.iter()
        .filter_map(|net| {
            Some(DeviceBytes {
                name: net.device.clone(),
                inward: net.rx_bytes?,
                outward: net.tx_bytes?,
            })
        })
        .collect()
}

/// Bytes per second of all devices of a kind together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Throughput {
    pub(super) inward: f64,
    pub(super) outward: f64,
}

/// The devices of one kind of one machine, read every few seconds, and their rate in between.
#[derive(Clone, Debug, Default)]
pub(super) struct Devices {
    base: Vec<DeviceBytes>,
    base_at: u64,
    rate: Option<Throughput>,
}

impl Devices {
    /// Takes in a reading. A device counts from its second reading on and is forgotten when it is gone, so neither
    /// plugging nor unplugging makes a spike. A device whose counter went down is a new one.
    pub(super) fn read(&mut self, devices: Vec<DeviceBytes>, now: u64, max_span: u64) {
        if devices.is_empty() {
            // No device, or none that QEMU told of this time: the old base stays until it is too old.
            return;
        }
        let span = now.saturating_sub(self.base_at);
        if !self.base.is_empty() && span < MIN_SPAN_MILLIS {
            return;
        }
        let mut moved: Option<(u64, u64)> = None;
        if span <= max_span {
            for device in &devices {
                let before = self.base.iter().find(|before| before.name == device.name);
                if let Some(before) = before
                    && let Some(inward) = device.inward.checked_sub(before.inward)
                    && let Some(outward) = device.outward.checked_sub(before.outward)
                {
                    let (in_sum, out_sum) = moved.unwrap_or_default();
                    moved = Some((in_sum.saturating_add(inward), out_sum.saturating_add(outward)));
                }
            }
        }
        self.rate = moved.map(|(inward, outward)| Throughput {
            inward: inward as f64 * 1_000.0 / span as f64,
            outward: outward as f64 * 1_000.0 / span as f64,
        });
        self.base = devices;
        self.base_at = now;
    }

    /// The rate last measured, as long as it is not older than `max_age`.
    pub(super) fn rate(&self, now: u64, max_age: u64) -> Option<Throughput> {
        self.rate.filter(|_| now.saturating_sub(self.base_at) <= max_age)
    }
}

/// No machine has more memory than this; libvirt's "unknown" is −1 in an unsigned number.
const MAX_PLAUSIBLE_KIB: u64 = 1 << 40;

/// Fills in the memory fields. Nonsense stays unknown.
pub(super) fn memory(balloon: &Balloon, sample: &mut Sample) {
    let bytes = |kib: Option<u64>| kib.filter(|kib| *kib <= MAX_PLAUSIBLE_KIB).map(|kib| kib * 1_024);
    let available = bytes(balloon.available_kib).filter(|available| *available > 0);
    sample.memory_used_bytes = available
        .zip(bytes(balloon.usable_kib))
        .and_then(|(available, usable)| available.checked_sub(usable));
    sample.memory_given_bytes = bytes(balloon.current_kib);
    sample.memory_cache_bytes =
        bytes(balloon.disk_caches_kib).filter(|cache| available.is_none_or(|available| *cache <= available));
    sample.memory_rss_bytes = bytes(balloon.rss_kib);
}

/// Why a machine with these interfaces has no network figures; `None` where it has some.
pub(crate) fn net_gap(nics: &[Nic], latest: Option<&Sample>) -> Option<NetGap> {
    if latest.is_some_and(|sample| sample.net_rx_bytes_per_s.is_some()) {
        return None;
    }
    if nics.is_empty() {
        return Some(NetGap::NoInterface);
    }
    let is_user_mode = |nic: &Nic| nic.source.is_user_mode();
    Some(if nics.iter().all(is_user_mode) {
        NetGap::UserMode
    } else {
        NetGap::NotReported
    })
}
