//! The worker against a daemon made of a mutex: machines that hang as QEMU does, at the moment the test says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Condvar;

use super::source::{OpenSource, Reading, Request, StatsSource};
use super::*;
use crate::ffi::{BlockCounters, StatsGroups};
use crate::model::State;

const INTERVAL: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(20);

fn id(number: usize) -> MachineId {
    MachineId(uuid::Uuid::from_u128(number as u128))
}

fn config() -> StatsConfig {
    StatsConfig {
        interval: INTERVAL,
        device_rounds: 1_000,
        hedge_after: Duration::from_millis(30),
        abandon_after: Duration::from_millis(200),
        hung_after: Duration::from_millis(200),
        machines_per_lane: 150,
        host: HostSource::Nobody,
    }
}

#[derive(Default)]
struct Daemon {
    state: Mutex<DaemonState>,
    changed: Condvar,
}

#[derive(Default)]
struct DaemonState {
    num_machines: usize,
    hung: BTreeSet<MachineId>,
    /// The first read at a hung machine owns its job.
    jobs: BTreeMap<MachineId, Instant>,
    is_stopped: bool,
    is_broken: bool,
    panics: bool,
    num_open: usize,
    num_opened: usize,
    num_blocked: usize,
    max_blocked: usize,
}

struct Connection(Arc<Daemon>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.change(|state| state.num_open -= 1);
    }
}

impl Daemon {
    fn with_machines(num_machines: usize) -> Arc<Self> {
        let daemon = Self::default();
        daemon.change(|state| state.num_machines = num_machines);
        Arc::new(daemon)
    }

    fn change<T>(&self, change: impl FnOnce(&mut DaemonState) -> T) -> T {
        let result = change(&mut self.state.lock().unwrap());
        self.changed.notify_all();
        result
    }

    fn wait_for(&self, condition: impl Fn(&DaemonState) -> bool) {
        let waited = self
            .changed
            .wait_timeout_while(self.state.lock().unwrap(), PATIENCE, |state| !condition(state))
            .unwrap();
        assert!(!waited.1.timed_out(), "the daemon never came to that");
    }

    fn opener(self: &Arc<Self>) -> OpenSource {
        let daemon = Arc::clone(self);
        Arc::new(move || {
            daemon.change(|state| {
                state.num_open += 1;
                state.num_opened += 1;
            });
            Ok(Box::new(Connection(Arc::clone(&daemon))))
        })
    }
}

impl StatsSource for Connection {
    fn read(&mut self, request: &Request) -> Result<Reading, LibvirtError> {
        let Self(daemon) = self;
        let mut state = daemon.state.lock().unwrap();
        assert!(!state.panics, "on purpose");
        if state.is_broken {
            return Err(LibvirtError {
                code: 38,
                domain: 7,
                message: "broken".into(),
            });
        }
        let mut reading = Reading::default();
        for number in 0..state.num_machines {
            let machine = id(number);
            if !request.shard.holds(machine) {
                continue;
            }
            let mut stats = DomainStats::empty(machine);
            stats.state = Some(State::Running);
            let is_stuck = |state: &DaemonState| state.is_stopped || state.hung.contains(&machine);
            if request.groups.has(StatsGroups::BALLOON) && is_stuck(&state) {
                if let Some(since) = state.jobs.get(&machine) {
                    reading.occupied.push((machine, since.elapsed().as_millis() as u64));
                    reading.stats.push(stats);
                    continue;
                }
                if !state.is_stopped {
                    state.jobs.insert(machine, Instant::now());
                }
                state.num_blocked += 1;
                state.max_blocked = state.max_blocked.max(state.num_blocked);
                daemon.changed.notify_all();
                state = daemon.changed.wait_while(state, |state| is_stuck(state)).unwrap();
                state.num_blocked -= 1;
                state.jobs.remove(&machine);
                daemon.changed.notify_all();
            }
            stats.cpu_time_nanos = Some(1);
            if request.focus == Some(machine) {
                stats.blocks = Some(vec![BlockCounters::default()]);
            }
            reading.stats.push(stats);
        }
        Ok(reading)
    }
}

#[derive(Default)]
struct Reports {
    list: Mutex<Vec<(Instant, StatsReport)>>,
    added: Condvar,
}

impl Reports {
    /// Waits until the reports that came after `since` satisfy `condition`; returns them.
    fn wait_for(&self, since: Instant, condition: impl Fn(&[StatsReport]) -> bool) -> Vec<StatsReport> {
        let deadline = Instant::now() + PATIENCE;
        let mut list = self.list.lock().unwrap();
        loop {
            let new: Vec<StatsReport> = list
                .iter()
                .filter(|(at, _)| *at >= since)
                .map(|(_, report)| report.clone())
                .collect();
            if condition(&new) {
                return new;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "no such report among {new:#?}");
            list = self.added.wait_timeout(list, left).unwrap().0;
        }
    }
}

impl Reports {
    /// The longest time without a sample of `machine`.
    fn longest_gap(&self, since: Instant, machine: MachineId) -> Duration {
        let list = self.list.lock().unwrap();
        let whole = list
            .iter()
            .filter(|(at, report)| *at >= since && is_whole(report, machine));
        let mut before = since;
        let gaps = whole.map(|(at, _)| *at - std::mem::replace(&mut before, *at));
        gaps.max().unwrap_or(Duration::MAX)
    }
}

fn start(daemon: &Arc<Daemon>, config: StatsConfig) -> (StatsWorker, Arc<Reports>) {
    let reports = Arc::new(Reports::default());
    let sink = Arc::clone(&reports);
    let sink = Box::new(move |report| {
        sink.list.lock().unwrap().push((Instant::now(), report));
        sink.added.notify_all();
    });
    (StatsWorker::start_with(daemon.opener(), sink, config).unwrap(), reports)
}

fn is_whole(report: &StatsReport, machine: MachineId) -> bool {
    let mut all = report.stats.iter();
    all.any(|stats| stats.id == machine && stats.cpu_time_nanos.is_some())
}

fn hangs(report: &StatsReport, machine: MachineId) -> bool {
    report.hung.iter().any(|(hung, _)| *hung == machine)
}

#[test]
fn a_machine_that_hangs_costs_the_others_no_tick_and_is_told() {
    let daemon = Daemon::with_machines(3);
    let patient = StatsConfig {
        abandon_after: Duration::from_secs(1),
        ..config()
    };
    let (_worker, reports) = start(&daemon, patient);
    reports.wait_for(Instant::now(), |new| new.len() >= 3);

    let stopped_at = Instant::now();
    daemon.change(|state| state.hung.insert(id(1)));
    let whole = |new: &[StatsReport]| new.iter().filter(|report| is_whole(report, id(2))).count();
    let new = reports.wait_for(stopped_at, |new| whole(new) >= 40);
    let taken = stopped_at.elapsed();
    assert!(taken < INTERVAL * 40 * 10 / 9, "40 samples took {taken:?}");
    let gap = reports.longest_gap(stopped_at, id(2));
    assert!(gap < Duration::from_millis(600), "once there was none for {gap:?}");
    let last = new.last().unwrap();
    assert!(
        hangs(last, id(1)) && !hangs(last, id(0)) && !hangs(last, id(2)),
        "{last:?}"
    );
    daemon.change(|state| assert_eq!(state.max_blocked, 1, "one parked thread a hung machine"));

    daemon.change(|state| state.hung.clear());
    reports.wait_for(Instant::now(), |new| {
        new.iter()
            .any(|report| is_whole(report, id(1)) && report.hung.is_empty())
    });
    daemon.wait_for(|state| state.num_blocked == 0 && state.num_open <= 3);
}

#[test]
fn three_machines_that_hang_at_once_park_a_thread_each() {
    let daemon = Daemon::with_machines(5);
    let (_worker, reports) = start(&daemon, config());
    reports.wait_for(Instant::now(), |new| new.len() >= 2);
    daemon.change(|state| state.hung.extend([id(0), id(2), id(4)]));
    reports.wait_for(Instant::now(), |new| {
        new.last()
            .is_some_and(|report| report.hung.len() == 3 && is_whole(report, id(1)) && is_whole(report, id(3)))
    });
    daemon.change(|state| assert_eq!(state.max_blocked, 3));
}

#[test]
fn a_daemon_that_is_silent_gathers_no_crowd_of_threads_and_is_heard_again() {
    let daemon = Daemon::with_machines(2);
    let (_worker, reports) = start(&daemon, config());
    reports.wait_for(Instant::now(), |new| new.len() >= 2);
    daemon.change(|state| state.is_stopped = true);
    // As long as a thread more is parked now and then, it has not come to rest.
    daemon.wait_for(|state| state.num_blocked >= 5);
    // A state-only read is not stopped here, so reports come again once the crowd is full; no machine is blamed.
    let new = reports.wait_for(Instant::now(), |new| new.len() >= 5);
    assert!(new.iter().all(|report| report.hung.is_empty()));
    daemon.change(|state| {
        assert!(state.max_blocked <= 12, "{} threads", state.max_blocked);
        state.is_stopped = false;
    });
    reports.wait_for(Instant::now(), |new| new.iter().any(|report| is_whole(report, id(1))));
    daemon.wait_for(|state| state.num_open <= 3);
}

#[test]
fn the_machine_in_focus_has_its_devices_read_each_round() {
    let daemon = Daemon::with_machines(2);
    let (worker, reports) = start(&daemon, config());
    worker.set_focus(Some(id(1)));
    let has_devices = |report: &StatsReport, machine| {
        let mut all = report.stats.iter();
        all.any(|stats| stats.id == machine && stats.blocks.is_some())
    };
    let new = reports.wait_for(Instant::now(), |new| {
        new.iter().rev().take_while(|report| has_devices(report, id(1))).count() >= 5
    });
    assert!(new.iter().all(|report| !has_devices(report, id(0))));
    worker.set_focus(None);
    reports.wait_for(Instant::now(), |new| {
        new.iter().any(|report| !has_devices(report, id(1)))
    });
}

#[test]
fn a_broken_connection_is_told_and_replaced() {
    let daemon = Daemon::with_machines(1);
    let (_worker, reports) = start(&daemon, config());
    reports.wait_for(Instant::now(), |new| new.len() >= 2);
    daemon.change(|state| state.is_broken = true);
    reports.wait_for(Instant::now(), |new| new.iter().any(|report| report.error.is_some()));
    daemon.change(|state| state.is_broken = false);
    let opened = daemon.change(|state| state.num_opened);
    reports.wait_for(Instant::now(), |new| new.iter().any(|report| is_whole(report, id(0))));
    assert!(daemon.change(|state| state.num_opened) > opened - 1);
}

#[test]
fn a_panic_in_one_reading_fails_that_reading_only() {
    let daemon = Daemon::with_machines(1);
    let (_worker, reports) = start(&daemon, config());
    reports.wait_for(Instant::now(), |new| new.len() >= 2);
    // Poisons the mutex as well, which the daemon's other half must live with.
    let silent = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    daemon.change(|state| state.panics = true);
    let told = reports.wait_for(Instant::now(), |new| new.iter().any(|report| report.error.is_some()));
    std::panic::set_hook(silent);
    assert!(told.iter().any(|report| {
        report
            .error
            .as_ref()
            .is_some_and(|error| error.message.contains("panicked"))
    }));
}

#[test]
fn many_machines_are_shared_out_and_each_is_read_once_a_round() {
    let daemon = Daemon::with_machines(40);
    let limited = StatsConfig {
        machines_per_lane: 15,
        ..config()
    };
    let (_worker, reports) = start(&daemon, limited);
    let new = reports.wait_for(Instant::now(), |new| {
        new.iter().filter(|report| report.stats.len() < 40).count() >= 12
    });
    let shards: Vec<&StatsReport> = new.iter().filter(|report| report.stats.len() < 40).collect();
    let mut times: BTreeMap<MachineId, usize> = BTreeMap::new();
    for stats in shards.iter().take(12).flat_map(|report| &report.stats) {
        *times.entry(stats.id).or_default() += 1;
    }
    assert_eq!(times.len(), 40);
    // Twelve reports are four rounds of three; a shard may be one ahead of another.
    assert!(times.values().all(|times| (3..=5).contains(times)), "{times:?}");
}

#[test]
fn after_the_stop_nothing_is_reported_and_every_connection_closes() {
    let daemon = Daemon::with_machines(2);
    let (worker, reports) = start(&daemon, config());
    reports.wait_for(Instant::now(), |new| new.len() >= 2);
    drop(worker);
    daemon.wait_for(|state| state.num_open == 0);
    let at_rest = reports.list.lock().unwrap().len();
    // The daemon is asked no more: its connections are closed, so no report can follow.
    daemon.change(|state| state.num_machines = 9);
    assert_eq!(reports.list.lock().unwrap().len(), at_rest);
}

#[test]
fn the_host_is_read_with_the_machines() {
    let daemon = Daemon::with_machines(1);
    let local = StatsConfig {
        host: HostSource::Local,
        ..config()
    };
    let (_worker, reports) = start(&daemon, local);
    reports.wait_for(Instant::now(), |new| {
        new.iter()
            .filter_map(|report| report.host)
            .any(|host| host.cpu_percent.is_some())
    });
}
