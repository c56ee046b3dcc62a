//! What disks and vCPUs had to wait for: from two readings of their counters. Pure, as the rates are.

use super::rates::{Counter, Reading};
use crate::ffi::{BlockCounters, VcpuCounters};
use crate::model::{DiskWork, Requests, VcpuWait};

/// Requests and latencies of the disks of one machine.
#[derive(Debug, Default)]
pub(super) struct DiskWaits {
    base: Vec<BlockCounters>,
    base_at: u64,
    work: Vec<DiskWork>,
}

impl DiskWaits {
    /// Takes in a reading at `now` (monotonic milliseconds). A disk counts from its second reading on; one whose
    /// counters went down is another one. A base older than `max_span` is worth nothing.
    pub(super) fn read(&mut self, blocks: &[BlockCounters], now: u64, max_span: u64) {
        if blocks.is_empty() {
            return;
        }
        let span = now.saturating_sub(self.base_at);
        if !self.base.is_empty() && span < super::rates::MIN_SPAN_MILLIS {
            return;
        }
        self.work.clear();
        if span <= max_span {
            let work = blocks.iter().filter_map(|block| {
                let before = self.base.iter().find(|before| before.target == block.target)?;
                work(before, block, span)
            });
            self.work.extend(work);
        }
        self.base.clear();
        self.base.extend_from_slice(blocks);
        self.base_at = now;
    }

    /// What was last measured, as long as it is not older than `max_age`.
    pub(super) fn latest(&self, now: u64, max_age: u64) -> &[DiskWork] {
        let is_fresh = now.saturating_sub(self.base_at) <= max_age;
        if is_fresh { &self.work } else { &[] }
    }
}

fn work(before: &BlockCounters, after: &BlockCounters, span: u64) -> Option<DiskWork> {
    let reads = (before.read_requests, after.read_requests);
    let writes = (before.write_requests, after.write_requests);
    Some(DiskWork {
        target: after.target.clone(),
        reads: requests(reads, (before.read_nanos, after.read_nanos), span)?,
        writes: requests(writes, (before.write_nanos, after.write_nanos), span)?,
    })
}

fn requests(count: (Option<u64>, Option<u64>), nanos: (Option<u64>, Option<u64>), span: u64) -> Option<Requests> {
    let finished = count.1?.checked_sub(count.0?)?;
    let spent = nanos
        .0
        .zip(nanos.1)
        .and_then(|(before, after)| after.checked_sub(before));
    let mean_nanos = spent
        .filter(|_| finished > 0)
        .map(|spent| spent as f64 / finished as f64);
    Some(Requests {
        per_s: finished as f64 * 1_000.0 / span as f64,
        mean_millis: mean_nanos.map(|nanos| nanos / 1e6),
    })
}

/// The time that the vCPUs of one machine waited for the host's CPUs.
#[derive(Debug, Default)]
pub(super) struct VcpuWaits {
    delay: Counter,
    wait: Counter,
    num_vcpus: usize,
    read_at: u64,
    latest: Option<VcpuWait>,
}

impl VcpuWaits {
    /// Takes in a reading. With a vCPU more or less the sums are others: a new base.
    pub(super) fn read(&mut self, vcpus: &[VcpuCounters], now: u64, max_span: u64) {
        if vcpus.len() != self.num_vcpus {
            *self = Self {
                num_vcpus: vcpus.len(),
                ..Self::default()
            };
        }
        if vcpus.is_empty() {
            return;
        }
        let sum = |of: fn(&VcpuCounters) -> Option<u64>| {
            let nanos = vcpus.iter().filter_map(of);
            nanos.fold(0_u64, u64::saturating_add)
        };
        let percent = |nanos_per_second: f64| {
            let percent = nanos_per_second / 1e9 / vcpus.len() as f64 * 100.0;
            percent.clamp(0.0, 100.0) as f32
        };
        let delay = self.delay.read(sum(|vcpu| vcpu.delay_nanos), now, max_span);
        // A kernel that does not count it tells zero for ever; no machine that ran never waited.
        let waited = sum(|vcpu| vcpu.wait_nanos);
        let wait = self.wait.read(waited, now, max_span);
        let wait = match wait {
            Reading::PerSecond(nanos) if waited > 0 => Some(percent(nanos)),
            _ => None,
        };
        match delay {
            Reading::PerSecond(nanos) => {
                self.latest = Some(VcpuWait {
                    steal_percent: percent(nanos),
                    wait_percent: wait,
                });
                self.read_at = now;
            }
            Reading::Based | Reading::WentDown => self.latest = None,
            Reading::TooSoon => {}
        }
    }

    /// What was last measured, as long as it is not older than `max_age`.
    pub(super) fn latest(&self, now: u64, max_age: u64) -> Option<VcpuWait> {
        self.latest.filter(|_| now.saturating_sub(self.read_at) <= max_age)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(target: &str, reads: u64, read_millis: u64, writes: u64, write_millis: u64) -> BlockCounters {
        BlockCounters {
            target: target.to_owned(),
            read_requests: Some(reads),
            read_nanos: Some(read_millis * 1_000_000),
            write_requests: Some(writes),
            write_nanos: Some(write_millis * 1_000_000),
            ..BlockCounters::default()
        }
    }

    fn vcpus(delays: &[u64], waits: u64) -> Vec<VcpuCounters> {
        let vcpu = |delay: &u64| VcpuCounters {
            wait_nanos: Some(waits * 1_000_000),
            delay_nanos: Some(*delay * 1_000_000),
        };
        delays.iter().map(vcpu).collect()
    }

    const SPAN: u64 = 15_000;

    #[test]
    fn requests_a_second_and_the_time_that_each_took() {
        let mut waits = DiskWaits::default();
        waits.read(&[disk("vda", 100, 1_000, 7, 70), disk("sda", 0, 0, 0, 0)], 1_000, SPAN);
        assert!(waits.latest(1_000, SPAN).is_empty());
        waits.read(
            &[disk("vda", 140, 1_100, 7, 70), disk("sda", 0, 0, 2, 1_000)],
            3_000,
            SPAN,
        );
        let [vda, sda] = waits.latest(3_000, SPAN) else {
            panic!("two disks, not {waits:?}");
        };
        let requests = |per_s, mean_millis| Requests { per_s, mean_millis };
        assert_eq!((vda.target.as_str(), vda.reads), ("vda", requests(20.0, Some(2.5))));
        // None finished says nothing of how long one takes.
        assert_eq!(vda.writes, requests(0.0, None));
        assert_eq!(sda.writes, requests(1.0, Some(500.0)));
        assert!(waits.latest(3_000 + SPAN + 1, SPAN).is_empty(), "old news");
    }

    #[test]
    fn another_disk_of_the_same_name_and_a_long_gap_are_new_bases() {
        let mut waits = DiskWaits::default();
        waits.read(&[disk("vda", 100, 10, 0, 0)], 0, SPAN);
        waits.read(&[disk("vda", 5, 10, 0, 0), disk("vdb", 9, 9, 9, 9)], 1_000, SPAN);
        assert!(waits.latest(1_000, SPAN).is_empty(), "{waits:?}");
        waits.read(&[disk("vda", 6, 10, 0, 0), disk("vdb", 9, 9, 9, 9)], 2_000, SPAN);
        assert_eq!(waits.latest(2_000, SPAN).len(), 2);
        waits.read(&[disk("vda", 9, 10, 0, 0)], 2_000 + SPAN + 1, SPAN);
        assert!(waits.latest(2_000 + SPAN + 1, SPAN).is_empty());
    }

    #[test]
    fn a_disk_without_times_has_requests_and_no_latency() {
        let untimed = |reads| BlockCounters {
            read_nanos: None,
            ..disk("vda", reads, 0, 0, 0)
        };
        let mut waits = DiskWaits::default();
        waits.read(&[untimed(0)], 0, SPAN);
        waits.read(&[untimed(10)], 1_000, SPAN);
        let reads = waits.latest(1_000, SPAN).first().map(|disk| disk.reads);
        assert_eq!(
            reads,
            Some(Requests {
                per_s: 10.0,
                mean_millis: None
            })
        );
    }

    #[test]
    fn steal_is_the_share_of_all_vcpus_and_wait_is_unknown_where_nobody_counts_it() {
        let mut waits = VcpuWaits::default();
        waits.read(&vcpus(&[50, 0], 0), 1_000, SPAN);
        assert_eq!(waits.latest(1_000, SPAN), None);
        waits.read(&vcpus(&[550, 100], 0), 2_000, SPAN);
        let latest = waits.latest(2_000, SPAN).unwrap();
        assert!((latest.steal_percent - 30.0).abs() < 0.01, "{latest:?}");
        assert_eq!(latest.wait_percent, None);
        waits.read(&vcpus(&[550, 100], 250), 3_000, SPAN);
        let latest = waits.latest(3_000, SPAN).unwrap();
        assert_eq!((latest.steal_percent, latest.wait_percent), (0.0, Some(25.0)));
        assert_eq!(waits.latest(3_000 + SPAN + 1, SPAN), None, "nobody looks any more");
    }

    #[test]
    fn a_vcpu_more_is_a_new_base() {
        let mut waits = VcpuWaits::default();
        waits.read(&vcpus(&[0], 0), 0, SPAN);
        waits.read(&vcpus(&[0, 900], 0), 1_000, SPAN);
        assert_eq!(waits.latest(1_000, SPAN), None);
        waits.read(&vcpus(&[0, 900], 0), 2_000, SPAN);
        assert_eq!(waits.latest(2_000, SPAN), Some(VcpuWait::default()));
        waits.read(&[], 3_000, SPAN);
        assert_eq!(waits.latest(3_000, SPAN), None, "a machine without one is off");
    }
}
