//! Measures that a QEMU that hangs costs the other machines nothing: `bench_hung [--seconds 60]`.
//!
//! Three machines run, one of them is stopped (SIGSTOP) five seconds after counting began, and the samples of the
//! other two are counted as a user sees them: in the published model.

mod bench;

use std::time::{Duration, Instant};

use bench::{Answer, Bench, new_machine, option, report};
use libvirt_backend::command::MachineCommand;
use libvirt_backend::model::{HostModel, MachineId, NewStorage};
use rustix::process::{Pid, Signal, kill_process};

const VICTIM: &str = "victim";
/// The machines are watched, then one hangs.
const BEFORE: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(20);

/// When a machine's samples arrived.
struct Watched {
    id: MachineId,
    last_sample_millis: Option<i64>,
    arrivals: Vec<Instant>,
}

fn main() -> Answer<()> {
    let bench = Bench::start()?;
    let mut ids = Vec::new();
    for name in [VICTIM, "other-1", "other-2"] {
        ids.push(bench.create(new_machine(name, NewStorage::None))?);
    }
    bench.wait("samples of all", |model| {
        ids.iter()
            .all(|id| model.machine(*id).is_some_and(|machine| machine.stats.latest.is_some()))
    })?;
    let pid = bench.session.qemu_pid(VICTIM).ok_or("the victim has no process")?;
    let victim = Pid::from_raw(i32::try_from(pid)?).ok_or("the victim has no process")?;
    let [victim_id, others @ ..] = &*ids else {
        return Err("no machines".into());
    };

    let duration = Duration::from_secs(option("seconds", 60) as u64);
    let mut watched: Vec<Watched> = others.iter().map(|id| Watched::new(*id)).collect();
    let started = Instant::now();
    let mut is_stopped = false;
    while started.elapsed() < duration {
        if !is_stopped && started.elapsed() >= BEFORE {
            kill_process(victim, Signal::STOP)?;
            is_stopped = true;
        }
        if let Some(model) = bench.backend.model(&bench.uri) {
            for machine in &mut watched {
                machine.look(&model);
            }
        }
        std::thread::sleep(POLL);
    }
    kill_process(victim, Signal::CONT)?;
    let rates = watched
        .iter()
        .map(|machine| machine.arrivals.len() as f64 / duration.as_secs_f64());
    report("hung.others", rates.fold(f64::INFINITY, f64::min), "samples/s")?;
    let gaps = watched.iter().map(|machine| machine.longest_gap(started, duration));
    report("hung.longest_gap", gaps.max().unwrap_or_default().as_secs_f64(), "s")?;
    bench.tell(*victim_id, MachineCommand::ForceOff)?;
    Ok(())
}

impl Watched {
    const fn new(id: MachineId) -> Self {
        Self {
            id,
            last_sample_millis: None,
            arrivals: Vec::new(),
        }
    }

    fn look(&mut self, model: &HostModel) {
        let latest = model.machine(self.id).and_then(|machine| machine.stats.latest);
        let time = latest.map(|sample| sample.time_millis);
        if time.is_some() && time != self.last_sample_millis {
            // What was there before counting began was not awaited.
            if self.last_sample_millis.is_some() {
                self.arrivals.push(Instant::now());
            }
            self.last_sample_millis = time;
        }
    }

    fn longest_gap(&self, started: Instant, duration: Duration) -> Duration {
        let times: Vec<Instant> = std::iter::once(started)
            .chain(self.arrivals.iter().copied())
            .chain([started + duration])
            .collect();
        let gaps = times.windows(2).map(|pair| pair[1].duration_since(pair[0]));
        gaps.max().unwrap_or_default()
    }
}
