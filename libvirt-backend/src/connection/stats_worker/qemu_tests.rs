//! The worker on a private session daemon with real QEMUs, one of which is stopped.

use std::sync::{Condvar, PoisonError};

use super::*;
use crate::boot_sector::Mood;
use crate::connection::sampler::Sampler;
use crate::model::Sample;
use crate::private_session::{PrivateSession, SessionOptions, Signal};
use crate::real_machines;

const PATIENCE: Duration = Duration::from_mins(2);
/// How long the others are watched from the moment of stopping on.
const WATCHED: Duration = Duration::from_secs(15);

struct Seen {
    sampler: Sampler,
    samples: Vec<(Instant, MachineId, Sample)>,
    reports: Vec<(Instant, StatsReport)>,
}

type Shared = Arc<(Mutex<Seen>, Condvar)>;

fn wait_for(shared: &Shared, what: &str, condition: impl Fn(&Seen) -> bool) {
    let guard = shared.0.lock().unwrap_or_else(PoisonError::into_inner);
    let waited = shared
        .1
        .wait_timeout_while(guard, PATIENCE, |seen| !condition(seen))
        .unwrap();
    assert!(!waited.1.timed_out(), "never: {what}");
}

#[test]
fn a_stopped_qemu_costs_the_other_machines_no_samples() {
    if !real_machines::are_possible() {
        return;
    }
    let session = PrivateSession::start(SessionOptions::default()).unwrap();
    let uri = session.uri();
    let connection = Conn::open(&uri).unwrap();
    let busy = real_machines::start(&connection, session.folder(), "busy", Mood::Busy { phase: 0 }).id();
    let stopped = real_machines::start(&connection, session.folder(), "stopped", Mood::Calm).id();
    let calm = real_machines::start(&connection, session.folder(), "calm", Mood::Calm).id();

    let seen = Seen {
        sampler: Sampler::new(1_000),
        samples: Vec::new(),
        reports: Vec::new(),
    };
    let shared: Shared = Arc::new((Mutex::new(seen), Condvar::new()));
    let sink = Arc::clone(&shared);
    let worker = StatsWorker::start(
        Arc::new(move || Conn::open(&uri)),
        Box::new(move |report: StatsReport| {
            let mut seen = sink.0.lock().unwrap();
            let now = Instant::now();
            let samples = seen.sampler.tick(report.at, &report.stats, |_| Some(1));
            seen.samples
                .extend(samples.into_iter().map(|(id, sample)| (now, id, sample)));
            seen.reports.push((now, report));
            sink.1.notify_all();
        }),
        StatsConfig::default(),
    )
    .unwrap();
    worker.set_focus(Some(stopped));
    wait_for(&shared, "a busy guest's CPU and disk", |seen| {
        seen.samples.iter().any(|(_, id, sample)| {
            *id == busy && sample.cpu_percent > Some(1.0) && sample.disk_read_bytes_per_s.is_some()
        })
    });

    let pid = rustix::process::Pid::from_raw(session.qemu_pid("stopped").unwrap().cast_signed()).unwrap();
    rustix::process::kill_process(pid, Signal::STOP).unwrap();
    let stopped_at = Instant::now();
    wait_for(&shared, "the watched time is over", |seen| {
        seen.reports.last().is_some_and(|(at, _)| *at >= stopped_at + WATCHED)
    });
    {
        let seen = shared.0.lock().unwrap();
        for machine in [busy, calm] {
            let times: Vec<Instant> = seen
                .samples
                .iter()
                .filter(|(at, id, sample)| {
                    *id == machine
                        && (stopped_at..stopped_at + WATCHED).contains(at)
                        && sample.cpu_percent.is_some()
                        && sample.memory_rss_bytes.is_some()
                })
                .map(|(at, ..)| *at)
                .collect();
            let per_second = times.len() as f64 / WATCHED.as_secs_f64();
            let gap = times.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
            println!("samples per second of {machine}: {per_second:.2}, at most {gap:?} apart");
            assert!(per_second >= 0.9, "{per_second:.2} samples per second");
            assert!(gap < Duration::from_millis(2_500), "once {gap:?} without a sample");
        }
        let (_, last) = seen.reports.last().unwrap();
        let hung: Vec<MachineId> = last.hung.iter().map(|(id, _)| *id).collect();
        assert_eq!(hung, [stopped]);
        let told = seen.reports.iter().find(|(_, report)| !report.hung.is_empty()).unwrap();
        println!("told after {:?}", told.0 - stopped_at);
    }

    rustix::process::kill_process(pid, Signal::CONT).unwrap();
    let continued_at = Instant::now();
    wait_for(&shared, "the stopped machine answers again", |seen| {
        seen.samples
            .iter()
            .any(|(at, id, sample)| *at > continued_at && *id == stopped && sample.memory_rss_bytes.is_some())
            && seen.reports.last().is_some_and(|(_, report)| report.hung.is_empty())
    });
    drop(worker);
    drop(connection);
    session.stop().unwrap();
}
