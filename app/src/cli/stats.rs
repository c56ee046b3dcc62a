//! `stats`: measured once, or until interrupted.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use libvirt_backend::Error;
use libvirt_backend::command::{Command, Query};
use libvirt_backend::model::{ConnectionState, DiskSource, DiskWork, Freshness, HostModel, Machine, MachineId, Sample};
use serde_json::Value;
use tokio::sync::watch::Receiver;
use tokio::time::Instant;

use super::args;
use super::json;
use super::output::{Failure, print_json, print_json_line, print_line};
use super::session::{Session, notice};
use super::show::by_name;
use crate::t;
use crate::text;

/// For two looks, a second apart.
const RATES_PATIENCE: Duration = Duration::from_secs(8);
/// By then the time that vCPUs waited is known, or never will be.
const LOOKS_AT_VCPUS: usize = 5;
/// Between two attempts to reach a daemon that went away.
const RETRY: Duration = Duration::from_secs(1);

type Models = Receiver<Arc<HostModel>>;

pub(super) async fn run(session: &Session, args: &args::Stats, is_json: bool) -> Result<(), Failure> {
    for name in &args.machines {
        session.machine(name)?;
    }
    let Some(models) = session.backend().watch(session.uri()) else {
        return Err(Failure::from(&Error::Closing));
    };
    if let [name] = args.machines.as_slice() {
        // Everything of it each second.
        let id = session.machine(name)?.id;
        session.backend().focus(session.uri(), Some(id));
    }
    session.backend().start_sampling(session.uri());
    if args.watch {
        let mut watch = Watch {
            session,
            args,
            is_json,
            machines: BTreeMap::new(),
            was_lost: false,
            has_begun: false,
        };
        watch.run(models).await
    } else {
        measure_once(session, models, args, is_json).await
    }
}

async fn measure_once(session: &Session, mut models: Models, args: &args::Stats, is_json: bool) -> Result<(), Failure> {
    let has_rates = |model: &HostModel| {
        let mut running = wanted(model, args)
            .into_iter()
            .filter(|machine| machine.state.is_active());
        running.all(|machine| has_all_rates(&machine, args.machines.len() == 1))
    };
    // A machine that does not answer is shown with what is known of it.
    tokio::time::timeout(RATES_PATIENCE, models.wait_for(|model| has_rates(model)))
        .await
        .ok();
    ask_whether_they_respond(session, args).await;
    let machines = wanted(&session.model(), args);
    if machines.is_empty() {
        notice(&t!("cli-nothing-runs"));
    }
    if is_json {
        return print_json(&machines.iter().map(|machine| sample_json(machine)).collect::<Value>());
    }
    machines.iter().try_for_each(|machine| print_sample(machine))
}

/// Disks are measured less often than CPUs; what a machine without any lacks is not waited for. Its vCPUs are
/// looked at where it `is_the_only_one`; not every kernel counts what they waited for.
fn has_all_rates(machine: &Machine, is_the_only_one: bool) -> bool {
    let mut disks = machine.definition.disks.iter();
    let has_disk = disks.any(|disk| disk.source != DiskSource::Empty);
    let has_vcpus = machine.stats.vcpu_wait.is_some() || machine.stats.history.len() >= LOOKS_AT_VCPUS;
    current_sample(machine).is_some_and(|sample| {
        sample.cpu_percent.is_some()
            && (!has_disk || sample.disk_read_bytes_per_s.is_some())
            && (!is_the_only_one || has_vcpus)
    })
}

/// Statistics pass by a machine that hangs; a question that needs its QEMU does not, and so tells it apart.
async fn ask_whether_they_respond(session: &Session, args: &args::Stats) {
    let machines = wanted(&session.model(), args);
    let running = machines.iter().filter(|machine| machine.state.is_active());
    let questions = running.map(|machine| Command::Query(Query::DomainXml(machine.id)));
    // The actor marks those that do not answer in time.
    drop(session.run_all(questions.collect()).await);
}

/// What `--watch` has told so far.
struct Watch<'session> {
    session: &'session Session,
    args: &'session args::Stats,
    is_json: bool,
    machines: BTreeMap<MachineId, Watched>,
    was_lost: bool,
    has_begun: bool,
}

struct Watched {
    name: String,
    is_running: bool,
    told_millis: Option<i64>,
}

impl Watch<'_> {
    async fn run(&mut self, mut models: Models) -> Result<(), Failure> {
        let mut retry_at = None;
        loop {
            let model = Arc::clone(&models.borrow_and_update());
            match &model.connection {
                ConnectionState::Disconnected { reason, message, .. } if !reason.is_retried() => {
                    return Err(Failure::disconnected(self.session.uri(), *reason, message));
                }
                ConnectionState::Disconnected { reason, .. } => {
                    if !self.was_lost {
                        notice(&text::error::disconnected(self.session.uri(), *reason, "").what);
                        self.was_lost = true;
                    }
                    retry_at.get_or_insert_with(|| Instant::now() + RETRY);
                }
                ConnectionState::Connected if model.freshness == Freshness::Live => {
                    if self.was_lost {
                        notice(&t!("cli-connection-back"));
                        self.was_lost = false;
                    }
                    self.tell(&model)?;
                }
                ConnectionState::Connected | ConnectionState::Idle | ConnectionState::Connecting { .. } => {}
            }
            let wait = async {
                match retry_at {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = tokio::signal::ctrl_c() => return Ok(()),
                () = wait => {
                    retry_at = None;
                    self.session.backend().retry(self.session.uri());
                }
                changed = models.changed() => {
                    if changed.is_err() {
                        return Err(Failure::from(&Error::Closing));
                    }
                }
            }
        }
    }

    fn tell(&mut self, model: &HostModel) -> Result<(), Failure> {
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        let machines = wanted(model, self.args);
        if is_first && !machines.iter().any(|machine| machine.state.is_active()) {
            notice(&t!("cli-nothing-runs-yet"));
        }
        for machine in &machines {
            self.tell_machine(machine)?;
        }
        self.tell_stopped(model)
    }

    fn tell_machine(&mut self, machine: &Machine) -> Result<(), Failure> {
        let is_running = machine.state.is_active();
        let watched = self.machines.entry(machine.id).or_insert_with(|| Watched {
            name: machine.name().to_owned(),
            // One that is named and off is told once.
            is_running: true,
            told_millis: None,
        });
        if !is_running {
            return Ok(());
        }
        watched.is_running = true;
        let Some(sample) = current_sample(machine) else {
            return Ok(());
        };
        if watched.told_millis.replace(sample.time_millis) == Some(sample.time_millis) {
            return Ok(());
        }
        self.print(machine)
    }

    /// Once each time a machine stops, or goes away altogether.
    fn tell_stopped(&mut self, model: &HostModel) -> Result<(), Failure> {
        let is_running = |id| model.machine(id).is_some_and(|machine| machine.state.is_active());
        let mut stopped = Vec::new();
        for (id, watched) in &mut self.machines {
            if watched.is_running && !is_running(*id) {
                watched.is_running = false;
                stopped.push((*id, watched.name.clone()));
            }
        }
        for (id, name) in stopped {
            if let Some(machine) = model.machine(id) {
                self.print(machine)?;
            } else {
                self.machines.remove(&id);
                notice(&t!("cli-machine-gone", name = name));
            }
        }
        Ok(())
    }

    fn print(&self, machine: &Machine) -> Result<(), Failure> {
        if self.is_json {
            print_json_line(&sample_json(machine))
        } else {
            print_sample(machine)
        }
    }
}

/// The machines that were named, else those that run.
fn wanted(model: &HostModel, args: &args::Stats) -> Vec<Arc<Machine>> {
    let is_wanted = |machine: &Machine| {
        if args.machines.is_empty() {
            return machine.state.is_active();
        }
        let id = machine.id.to_string();
        args.machines.iter().any(|name| name == machine.name() || *name == id)
    };
    by_name(model)
        .into_iter()
        .filter(|machine| is_wanted(machine))
        .collect()
}

/// What was measured before a machine stopped says nothing any more.
fn current_sample(machine: &Machine) -> Option<Sample> {
    machine.stats.latest.filter(|_| machine.state.is_active())
}

fn sample_json(machine: &Machine) -> Value {
    let sample = current_sample(machine).unwrap_or_else(|| Sample {
        time_millis: now_millis(),
        ..Sample::default()
    });
    json::sample(machine, &sample)
}

fn now_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A machine that is off, or of which nothing arrived, has no figures: that is said, and not zero.
fn print_sample(machine: &Machine) -> Result<(), Failure> {
    let Some(sample) = current_sample(machine) else {
        let state = text::state::describe(machine);
        return print_line(&t!("cli-no-sample", name = machine.name(), state = state));
    };
    let percent = sample.cpu_percent.map_or_else(|| "-".to_owned(), text::units::percent);
    let bytes = |value: Option<u64>| value.map_or_else(|| "-".to_owned(), text::units::bytes);
    let rate = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), text::units::rate);
    print_line(&t!(
        "cli-sample",
        name = machine.name(),
        cpu = percent,
        used = bytes(sample.memory_used_bytes),
        given = bytes(sample.memory_given_bytes),
        read = rate(sample.disk_read_bytes_per_s),
        write = rate(sample.disk_write_bytes_per_s),
        rx = rate(sample.net_rx_bytes_per_s),
        tx = rate(sample.net_tx_bytes_per_s)
    ))?;
    waits(machine).try_for_each(|line| print_line(&line))
}

/// One line for each disk that works, and one for vCPUs that wait.
fn waits(machine: &Machine) -> impl Iterator<Item = String> {
    let working = |disk: &&DiskWork| disk.reads.per_s > 0.0 || disk.writes.per_s > 0.0;
    let disks = machine.stats.disks.iter().filter(working).map(|disk| {
        let target = disk.target.as_str();
        let work = text::waits::disk(disk).join("  ");
        t!("cli-disk-work", name = machine.name(), target = target, work = work)
    });
    let vcpus = machine.stats.vcpu_wait.map(|wait| {
        let wait = text::waits::vcpus(&wait).join("  ");
        t!("cli-vcpu-wait", name = machine.name(), wait = wait)
    });
    disks.chain(vcpus)
}
