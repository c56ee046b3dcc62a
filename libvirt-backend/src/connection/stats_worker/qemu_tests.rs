//! The worker on a private session daemon with real QEMUs, one of which is stopped.

use std::path::Path;
use std::sync::{Condvar, PoisonError};

use super::*;
use crate::boot_sector::{Mood, interactive};
use crate::connection::sampler::Sampler;
use crate::model::Sample;
use crate::private_session::{PrivateSession, SessionOptions, Signal};

const PATIENCE: Duration = Duration::from_mins(1);
/// How long the others are watched from the moment of stopping on.
const WATCHED: Duration = Duration::from_secs(15);

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into()])
        .any(|folder| folder.join(program).is_file())
}

/// Says why where something is missing; under `CI=true` that is a failure.
fn has_qemu() -> bool {
    let missing = ["libvirtd", "qemu-system-x86_64"]
        .into_iter()
        .find(|program| !is_installed(program));
    if let Some(program) = missing {
        let reason = format!("skipped: {program} not installed");
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{reason}");
        println!("{reason}");
    }
    missing.is_none()
}

fn start_machine(connection: &Conn, folder: &Path, name: &str, mood: Mood) -> MachineId {
    let disk = folder.join(format!("{name}.img"));
    std::fs::write(&disk, interactive(mood)).unwrap();
    let xml = format!(
        "<domain type='qemu'><name>{name}</name><memory unit='MiB'>32</memory><vcpu>1</vcpu>\
         <os><type arch='x86_64' machine='pc'>hvm</type></os><devices>\
         <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{}'/>\
         <target dev='hda' bus='ide'/></disk></devices></domain>",
        disk.display()
    );
    connection.create_domain_xml(&xml, 0).unwrap();
    connection.domain_named(name).unwrap().id()
}

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
    if !has_qemu() {
        return;
    }
    let session = PrivateSession::start(SessionOptions::default()).unwrap();
    let uri = session.uri();
    let connection = Conn::open(&uri).unwrap();
    let busy = start_machine(&connection, session.folder(), "busy", Mood::Busy { phase: 0 });
    let stopped = start_machine(&connection, session.folder(), "stopped", Mood::Calm);
    let calm = start_machine(&connection, session.folder(), "calm", Mood::Calm);

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
            let times = seen.samples.iter().filter(|(at, id, sample)| {
                *id == machine
                    && (stopped_at..stopped_at + WATCHED).contains(at)
                    && sample.cpu_percent.is_some()
                    && sample.memory_rss_bytes.is_some()
            });
            let per_second = times.count() as f64 / WATCHED.as_secs_f64();
            println!("samples per second of {machine}: {per_second:.2}");
            assert!(per_second >= 0.9, "{per_second:.2} samples per second");
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
