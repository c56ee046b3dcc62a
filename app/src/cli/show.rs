//! The commands that only look: `list`, `info`, `snapshot list`.

use std::sync::Arc;

use libvirt_backend::model::{Definition, HostModel, Machine};

use super::json;
use super::output::{Failure, print_json};
use super::session::Session;
use super::table::print_table;
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
                known(definition, |definition| definition.vcpus.to_string()),
                known(definition, memory),
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
        (
            t!("cli-vcpus"),
            known(definition, |definition| definition.vcpus.to_string()),
        ),
        (t!("cli-memory"), known(definition, memory)),
        (
            t!("cli-acceleration"),
            known(definition, |definition| {
                json::acceleration(&definition.acceleration).to_owned()
            }),
        ),
        (
            t!("cli-machine-type"),
            known(definition, |definition| definition.machine_type.clone()),
        ),
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

/// Of a machine whose XML could not be read nothing is made up.
fn known(definition: &Definition, value: impl FnOnce(&Definition) -> String) -> String {
    if definition.is_complete {
        value(definition)
    } else {
        "-".to_owned()
    }
}

fn memory(definition: &Definition) -> String {
    text::units::bytes(definition.memory_max_kib * 1024)
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

pub(super) fn by_name(model: &HostModel) -> Vec<Arc<Machine>> {
    let mut machines: Vec<Arc<Machine>> = model.machines.to_vec();
    machines.sort_by(|a, b| a.name().cmp(b.name()));
    machines
}
