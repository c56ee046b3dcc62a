//! Counters come in each second and become samples of machines and host.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::Actor;
use crate::backend::Profile;
use crate::connection::askpass;
use crate::connection::host_stats::{HostReading, HostSource};
use crate::connection::link::{KEEPALIVE_COUNT, KEEPALIVE_SECONDS, Link};
use crate::connection::rates::net_gap;
use crate::connection::sampler::Sampler;
use crate::connection::stats_worker::{Opener, Sink, StatsConfig, StatsReport, StatsWorker};
use crate::connection::uri::{Place, without_terminal};
use crate::error::LibvirtError;
use crate::ffi::Conn;
use crate::model::{HostStats, MachineId, MachineStats, Sample};

/// Reports that wait for the actor; it takes each in far less than the second between two.
const REPORTS: usize = 16;
/// The host's own figures change each second on any computer. Alone they are shown this often, so that a window in
/// which no machine runs costs next to nothing; with machines' samples they come along.
const HOST_ALONE_EVERY: Duration = Duration::from_secs(5);

/// Sampling, as far as the actor is concerned.
pub(super) struct Sampling {
    /// Asked for: always by the window, on request by the terminal.
    pub(super) is_wanted: bool,
    worker: Option<StatsWorker>,
    sampler: Sampler,
    sender: mpsc::Sender<(u64, StatsReport)>,
    pub(super) reports: mpsc::Receiver<(u64, StatsReport)>,
    /// Machines whose QEMU did not answer in the last round, since when.
    pub(super) hung: BTreeMap<MachineId, Instant>,
    host_shown_at: Option<Instant>,
}

impl Sampling {
    pub(super) fn new(profile: Profile) -> Self {
        let (sender, reports) = mpsc::channel(REPORTS);
        Self {
            is_wanted: profile == Profile::Desktop,
            worker: None,
            sampler: Sampler::new(StatsConfig::default().interval.as_millis() as u64),
            sender,
            reports,
            hung: BTreeMap::new(),
            host_shown_at: None,
        }
    }

    /// Is it time to show what is new of the host alone?
    fn is_host_due(&mut self, now: Instant) -> bool {
        let is_due = self
            .host_shown_at
            .is_none_or(|at| now.saturating_duration_since(at) >= HOST_ALONE_EVERY);
        if is_due {
            self.host_shown_at = Some(now);
        }
        is_due
    }

    /// The connection is lost. Stuck threads are left behind.
    pub(super) fn stop(&mut self) {
        self.worker = None;
        self.sampler.forget_all();
        self.hung.clear();
    }

    /// Another QEMU, or none.
    pub(super) fn forget(&mut self, id: MachineId) {
        self.sampler.forget(id);
        self.hung.remove(&id);
    }

    pub(super) fn set_focus(&self, focus: Option<MachineId>) {
        if let Some(worker) = &self.worker {
            worker.set_focus(focus);
        }
    }
}

impl Actor {
    pub(super) fn want_sampling(&mut self) {
        self.sampling.is_wanted = true;
        let link = self.links.as_ref().and_then(|links| links.first());
        if let Some(link) = link.filter(|_| self.sampling.worker.is_none()) {
            self.start_sampling(&link);
        }
    }

    pub(super) fn start_sampling(&mut self, link: &Arc<Link>) {
        if !self.sampling.is_wanted {
            return;
        }
        let place = self.opener.place;
        let config = StatsConfig {
            host: match place {
                Place::Test => HostSource::Nobody,
                Place::Local => HostSource::Local,
                Place::Remote => HostSource::Remote,
            },
            ..StatsConfig::default()
        };
        let is_single = place == Place::Test || self.common.profile == Profile::Terminal;
        let opener = if is_single {
            opener_sharing(link)
        } else {
            opener_of_own(without_terminal(&self.uri, askpass::asking()))
        };
        let epoch = self.epoch;
        let sender = self.sampling.sender.clone();
        let sink: Sink = Box::new(move |report| {
            if sender.try_send((epoch, report)).is_err() {
                tracing::debug!("a round of statistics was dropped");
            }
        });
        match StatsWorker::start(opener, sink, config) {
            Ok(worker) => {
                worker.set_focus(self.focus);
                self.sampling.worker = Some(worker);
            }
            Err(error) => tracing::error!(uri = self.uri, %error, "no thread to sample on"),
        }
    }

    pub(super) fn take_report(&mut self, epoch: u64, report: StatsReport) {
        if epoch != self.epoch {
            return;
        }
        let StatsReport {
            at,
            stats,
            hung,
            host,
            error,
        } = report;
        if let Some(error) = error {
            tracing::info!(uri = self.uri, %error, "no statistics this time");
        }
        let now = Instant::now();
        for machine in &stats {
            self.sampling.hung.remove(&machine.id);
        }
        for (id, millis) in hung {
            let since = now.checked_sub(Duration::from_millis(millis)).unwrap_or(now);
            self.sampling.hung.insert(id, since);
        }
        let machines = &self.machines;
        let samples = self.sampling.sampler.tick(at, &stats, |id| {
            let entry = machines.get(&id)?;
            Some(entry.machine.definition.vcpus).filter(|vcpus| *vcpus > 0)
        });
        for (id, sample) in samples {
            self.add_sample(id, sample);
        }
        if let Some(reading) = host {
            self.add_host_reading(at.wall_millis, reading);
            let is_first_cpu = self.stats.history.len() <= 2;
            self.is_dirty |= is_first_cpu || self.sampling.is_host_due(now);
        }
        self.balance_memory(now);
    }

    fn add_sample(&mut self, id: MachineId, sample: Sample) {
        let Some(entry) = self.machines.get_mut(&id) else {
            return;
        };
        let machine = Arc::make_mut(&mut entry.machine);
        let (disk_work, wait) = self.sampling.sampler.waits(id);
        let MachineStats {
            latest,
            history,
            net_gap: gap,
            disks,
            vcpu_wait,
        } = Arc::make_mut(&mut machine.stats);
        *latest = Some(sample);
        history.push(sample);
        disks.clear();
        disks.extend_from_slice(disk_work);
        *vcpu_wait = wait;
        *gap = net_gap(&machine.definition.nics, Some(&sample));
        self.is_list_stale = true;
        self.is_dirty = true;
    }

    fn add_host_reading(&mut self, time_millis: i64, reading: HostReading) {
        let HostReading {
            cpu_percent,
            memory_used_bytes,
            memory_total_bytes,
        } = reading;
        let stats: &mut HostStats = Arc::make_mut(&mut self.stats);
        stats.cpu_percent = cpu_percent;
        stats.memory_used_bytes = memory_used_bytes;
        stats.memory_total_bytes = memory_total_bytes;
        stats.history.push(Sample {
            time_millis,
            cpu_percent,
            memory_used_bytes,
            ..Sample::default()
        });
    }
}

/// One connection for everything: another would be another world, or another question for a password.
fn opener_sharing(link: &Arc<Link>) -> Opener {
    let link = Arc::downgrade(link);
    Arc::new(move || {
        let conn = link.upgrade().and_then(|link| link.conn().ok().cloned());
        let conn = conn.ok_or_else(|| LibvirtError {
            code: 0,
            domain: 0,
            message: "the connection is closed".to_owned(),
        })?;
        let_it_probe(&conn);
        Ok(conn)
    })
}

fn opener_of_own(uri: String) -> Opener {
    Arc::new(move || {
        let conn = Conn::open(&uri)?;
        // Refused by daemons without keepalive: the lanes have their own time-out.
        conn.set_keepalive(KEEPALIVE_SECONDS, KEEPALIVE_COUNT).ok();
        let_it_probe(&conn);
        Ok(conn)
    })
}

/// A QEMU daemon that was started a moment ago tries out every QEMU that is installed, which takes it seconds, as soon
/// as CPU counters are read: with the lock of that machine held, for which the lists of all clients wait. Asked for a
/// version it does the same without.
fn let_it_probe(conn: &Conn) {
    // What it answers is nobody's concern here; other drivers may have none.
    conn.hyp_version().ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_figures_alone_are_shown_every_few_seconds() {
        let mut sampling = Sampling::new(Profile::Desktop);
        let start = Instant::now();
        let shown = (0..60).filter(|second| sampling.is_host_due(start + Duration::from_secs(*second)));
        assert_eq!(shown.count(), 12);
    }
}
