//! The commands that only look: `list`, `info`, `stats`, `snapshot list`.

use std::sync::Arc;
use std::time::Duration;

use libvirt_backend::model::{HostModel, Machine, Sample};
use serde_json::Value;

use super::args;
use super::json;
use super::output::{Failure, print_json, print_json_line, print_line, print_table};
use super::session::Session;
use crate::t;
use crate::text;

pub(super) fn list(session: &Session, is_json: bool) -> Result<(), Failure> {
    let model = session.model();
    let machines = by_name(&model);
    if is_json {
        return print_json(&machines.iter().map(|machine| json::summary(machine)).collect());
    }
    let head = [
        t!("cli-name"),
        t!("cli-state"),
        t!("cli-vcpus"),
        t!("cli-memory"),
        t!("cli-address"),
        t!("cli-tags"),
    ];
    let rows: Vec<Vec<String>> = machines
        .iter()
        .map(|machine| {
            let definition = &machine.definition;
            vec![
                definition.name.clone(),
                text::state::describe(machine),
                definition.vcpus.to_string(),
                text::units::bytes(definition.memory_max_kib * 1024),
                machine
                    .addresses
                    .first()
                    .map_or_else(|| "-".to_owned(), ToString::to_string),
                definition.tags.join(", "),
            ]
        })
        .collect();
    print_table(&head, &rows)
}

pub(super) fn info(session: &Session, name: &str, is_json: bool) -> Result<(), Failure> {
    let machine = session.machine(name)?;
    if is_json {
        return print_json(&json::info(&machine));
    }
    let definition = &machine.definition;
    let mut rows = vec![
        (t!("cli-name"), definition.name.clone()),
        (t!("cli-uuid"), machine.id.to_string()),
        (t!("cli-state"), text::state::describe(&machine)),
        (t!("cli-vcpus"), definition.vcpus.to_string()),
        (t!("cli-memory"), text::units::bytes(definition.memory_max_kib * 1024)),
        (
            t!("cli-acceleration"),
            json::acceleration(&definition.acceleration).to_owned(),
        ),
        (t!("cli-machine-type"), definition.machine_type.clone()),
    ];
    if !definition.tags.is_empty() {
        rows.push((t!("cli-tags"), definition.tags.join(", ")));
    }
    for address in machine.addresses.iter() {
        rows.push((t!("cli-address"), address.to_string()));
    }
    for disk in &definition.disks {
        let source = json::disk_source(&disk.source).unwrap_or_else(|| t!("cli-empty-drive"));
        rows.push((t!("cli-disk"), format!("{} {source}", disk.target)));
    }
    for nic in &definition.nics {
        rows.push((
            t!("cli-interface"),
            format!("{} {}", nic.mac, json::nic_source(&nic.source)),
        ));
    }
    for snapshot in machine.snapshots.iter() {
        rows.push((t!("cli-snapshot"), snapshot.name.clone()));
    }
    print_facts(&rows)
}

fn print_facts(rows: &[(String, String)]) -> Result<(), Failure> {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|(label, value)| vec![label.clone(), value.clone()])
        .collect();
    let Some((first, rest)) = rows.split_first() else {
        return Ok(());
    };
    print_table(first, rest)
}

pub(super) fn snapshots(session: &Session, name: &str, is_json: bool) -> Result<(), Failure> {
    let machine = session.machine(name)?;
    if is_json {
        return print_json(&machine.snapshots.iter().map(json::snapshot).collect());
    }
    let head = [
        t!("cli-snapshot"),
        t!("cli-created"),
        t!("cli-current"),
        t!("cli-description"),
    ];
    let rows: Vec<Vec<String>> = machine
        .snapshots
        .iter()
        .map(|snapshot| {
            vec![
                snapshot.name.clone(),
                text::units::date_time(snapshot.created_at_seconds),
                if snapshot.is_current {
                    "*".to_owned()
                } else {
                    String::new()
                },
                snapshot.description.clone().unwrap_or_default(),
            ]
        })
        .collect();
    print_table(&head, &rows)
}

/// Measures once (two looks, a second apart), or goes on until interrupted.
pub(super) async fn stats(session: &Session, args: &args::Stats, is_json: bool) -> Result<(), Failure> {
    for name in &args.machines {
        session.machine(name)?;
    }
    let Some(mut models) = session.backend().watch(session.uri()) else {
        return Err(Failure::from(&libvirt_backend::Error::Closing));
    };
    session.backend().start_sampling(session.uri());
    let mut printed = Printed::default();
    if !args.watch {
        return measure_once(&mut models, args, is_json).await;
    }
    loop {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => return Ok(()),
            changed = models.changed() => {
                if changed.is_err() {
                    return Err(Failure::from(&libvirt_backend::Error::Closing));
                }
            }
        }
        let model = Arc::clone(&models.borrow_and_update());
        if let libvirt_backend::model::ConnectionState::Disconnected { reason, message, .. } = &model.connection {
            return Err(Failure::disconnected(session.uri(), *reason, message));
        }
        for machine in wanted(&model, args) {
            if let Some(sample) = printed.take_new(&machine) {
                print_sample(&machine, &sample, is_json)?;
            }
        }
    }
}

/// The machines' last printed sample times.
#[derive(Default)]
struct Printed(std::collections::HashMap<libvirt_backend::model::MachineId, i64>);

impl Printed {
    fn take_new(&mut self, machine: &Machine) -> Option<Sample> {
        let sample = machine.stats.latest?;
        let before = self.0.insert(machine.id, sample.time_millis);
        (before != Some(sample.time_millis)).then_some(sample)
    }
}

type Models = tokio::sync::watch::Receiver<Arc<HostModel>>;

async fn measure_once(models: &mut Models, args: &args::Stats, is_json: bool) -> Result<(), Failure> {
    let has_rates = |model: &HostModel| {
        let running: Vec<_> = wanted(model, args)
            .into_iter()
            .filter(|machine| machine.state.is_active())
            .collect();
        running
            .iter()
            .all(|machine| machine.stats.latest.is_some_and(|sample| sample.cpu_percent.is_some()))
    };
    // A machine that does not answer is shown with what is known of it.
    tokio::time::timeout(Duration::from_secs(8), models.wait_for(|model| has_rates(model)))
        .await
        .ok();
    let model = Arc::clone(&models.borrow());
    let machines = wanted(&model, args);
    let sampled = machines
        .iter()
        .filter_map(|machine| Some((machine, machine.stats.latest?)));
    if is_json {
        return print_json(
            &sampled
                .map(|(machine, sample)| json::sample(machine, &sample))
                .collect::<Value>(),
        );
    }
    for (machine, sample) in sampled {
        print_sample(machine, &sample, false)?;
    }
    Ok(())
}

fn wanted(model: &HostModel, args: &args::Stats) -> Vec<Arc<Machine>> {
    let is_named = |machine: &Machine| {
        let id = machine.id.to_string();
        args.machines.is_empty() || args.machines.iter().any(|name| name == machine.name() || *name == id)
    };
    by_name(model).into_iter().filter(|machine| is_named(machine)).collect()
}

fn by_name(model: &HostModel) -> Vec<Arc<Machine>> {
    let mut machines: Vec<Arc<Machine>> = model.machines.to_vec();
    machines.sort_by(|a, b| a.name().cmp(b.name()));
    machines
}

fn print_sample(machine: &Machine, sample: &Sample, is_json: bool) -> Result<(), Failure> {
    if is_json {
        return print_json_line(&json::sample(machine, sample));
    }
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
    ))
}
