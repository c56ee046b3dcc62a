//! The commands that change machines.

use std::collections::BTreeSet;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use libvirt_backend::Error;
use libvirt_backend::command::{Command, DeletePlan, DeleteRequest, MachineCommand, Outcome, Query, SnapshotCommand};
use libvirt_backend::model::{AccelChoice, AccelProof, NetworkChoice, NewMachine, NewStorage, Os, Sound};
use serde_json::json;

use super::args::{self, Accel, Files, OutputArgs, Switch};
use super::output::{Failure, print_json, print_line};
use super::session::{Session, notice};
use crate::t;
use crate::text;

pub(super) async fn create(session: &Session, args: args::Create, output: OutputArgs) -> Result<(), Failure> {
    let storage = match (args.disk, args.import) {
        (Some(size), _) => NewStorage::Create {
            capacity_bytes: size.0,
            pool: None,
        },
        (None, Some(path)) => NewStorage::Import(absolute(&path)?),
        (None, None) => NewStorage::None,
    };
    let machine = NewMachine {
        name: args.name,
        memory_kib: args.memory.0 / 1024,
        vcpus: args.vcpus,
        storage,
        cdrom: args.cdrom.as_deref().map(absolute).transpose()?,
        network: network(args.network),
        accel: match args.accel {
            Accel::Auto => AccelChoice::Auto,
            Accel::Kvm => AccelChoice::Kvm,
            Accel::Tcg => AccelChoice::Tcg,
        },
        os: Os::Generic,
        tags: args.tags,
        start: args.start,
    };
    if machine.storage == NewStorage::None && machine.cdrom.is_none() {
        notice(&t!("cli-no-disk"));
    }
    let name = machine.name.clone();
    let is_auto = machine.accel == AccelChoice::Auto;
    if let NewStorage::Create { capacity_bytes, .. } = &machine.storage {
        tell_shortage(session, *capacity_bytes).await;
    }
    let outcome = session.run(Command::Create(Box::new(machine))).await?;
    let uuid = match outcome {
        Outcome::Created(id) => Some(id.to_string()),
        _ => None,
    };
    if output.json {
        print_json(&json!({ "name": name, "uuid": uuid }))?;
        tell_software(session, &name, is_auto).await;
        return Ok(());
    }
    notice(&t!("cli-created-machine", name = name.as_str()));
    tell_software(session, &name, is_auto).await;
    Ok(())
}

/// A disk may be larger than what is free, for it grows as it is filled; whoever makes it should know.
pub(super) async fn tell_shortage(session: &Session, capacity_bytes: u64) {
    // Where that cannot be told, making the disk says why.
    if let Ok(Outcome::StorageRoom(room)) = session.run(Command::Query(Query::StorageRoom)).await
        && capacity_bytes > room.available_bytes
    {
        notice(&t!("new-room-short", free = text::units::bytes(room.available_bytes)));
    }
}

/// Software emulation that nobody asked for is never chosen silently.
async fn tell_software(session: &Session, name: &str, is_auto: bool) {
    if !is_auto {
        return;
    }
    let Ok(Outcome::HostProfile(profile)) = session.run(Command::Query(Query::HostProfile)).await else {
        return;
    };
    if !profile.kvm.works() && profile.kvm != AccelProof::NotTried {
        let why = text::state::why_software(&profile.kvm);
        notice(&t!("cli-software-emulation", name = name, why = why));
    }
}

fn network(text: String) -> NetworkChoice {
    match text.as_str() {
        "auto" => NetworkChoice::Auto,
        "passt" => NetworkChoice::Passt,
        "user" => NetworkChoice::User,
        "none" => NetworkChoice::None,
        _ => NetworkChoice::Network(text),
    }
}

/// libvirt wants absolute paths; a person types relative ones.
fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| Failure::text(error.to_string()))
}

/// Runs one command on each machine, beside each other. One that fails stops no other.
pub(super) async fn each(
    session: &Session,
    names: &[String],
    output: OutputArgs,
    command: impl Fn() -> MachineCommand,
) -> Result<(), Failure> {
    let results = on_each(session, names, command).await;
    tell_each(&results, output)
}

/// A machine as it was asked for, and what came of it.
struct OfMachine {
    name: String,
    result: Result<Outcome, Failure>,
}

/// A machine that is named twice is asked once.
async fn on_each(session: &Session, names: &[String], command: impl Fn() -> MachineCommand) -> Vec<OfMachine> {
    let mut seen = BTreeSet::new();
    let mut asked = Vec::new();
    let mut commands = Vec::new();
    for name in names {
        match session.machine(name) {
            Ok(machine) if seen.insert(machine.id) => {
                commands.push(Command::Machine {
                    id: machine.id,
                    command: command(),
                });
                asked.push((machine.name().to_owned(), None));
            }
            Ok(_) => {}
            Err(failure) => asked.push((name.clone(), Some(failure))),
        }
    }
    let mut results = session.run_all(commands).await.into_iter();
    let mut all = Vec::with_capacity(asked.len());
    for (name, failure) in asked {
        let result = match failure {
            Some(failure) => Err(failure),
            None => results.next().unwrap_or_else(|| Err(Failure::from(&Error::Closing))),
        };
        all.push(OfMachine { name, result });
    }
    all
}

/// Each failure under its machine's name; it failed where one did.
fn tell_each(results: &[OfMachine], output: OutputArgs) -> Result<(), Failure> {
    if output.json {
        let list = results.iter().map(|OfMachine { name, result }| {
            let failure = result.as_ref().err();
            json!({
                "name": name,
                "done": failure.is_none(),
                "at_next_start": *result == Ok(Outcome::AtNextStart),
                "reason": failure.map(Failure::what),
                "details": failure.and_then(Failure::own_words),
            })
        });
        print_json(&list.collect())?;
    }
    let mut has_failed = false;
    for OfMachine { name, result } in results {
        if *result == Ok(Outcome::AtNextStart) {
            notice(&t!("cli-at-next-start", name = name.as_str()));
        }
        if let Err(failure) = result {
            has_failed = true;
            if results.len() > 1 {
                failure.print_of(name);
            } else {
                failure.print();
            }
        }
    }
    if has_failed { Err(Failure::told()) } else { Ok(()) }
}

pub(super) async fn shutdown(session: &Session, args: &args::Shutdown, output: OutputArgs) -> Result<(), Failure> {
    let grace = Duration::from_secs(u64::from(args.grace));
    let mut results = on_each(session, &args.machines.machines, || MachineCommand::Shutdown { grace }).await;
    for OfMachine { name, result } in &mut results {
        if *result != Ok(Outcome::StillRunning) {
            continue;
        }
        *result = if can_ask() && ask(&t!("cli-still-running-ask", name = name.as_str()))? {
            session.run_on(name, MachineCommand::ForceOff).await
        } else {
            Err(Failure::text(t!("cli-still-running", name = name.as_str())))
        };
    }
    tell_each(&results, output)
}

/// `reset` and `force-off`: what the guest has not written is lost, so it is asked for.
pub(super) async fn each_confirmed(
    session: &Session,
    names: &[String],
    output: OutputArgs,
    question: &str,
    command: MachineCommand,
) -> Result<(), Failure> {
    confirm(output, question)?;
    each(session, names, output, || command.clone()).await
}

pub(super) async fn delete(session: &Session, args: &args::Delete, output: OutputArgs) -> Result<(), Failure> {
    let machine = session.machine(&args.machine.machine)?;
    let plan = match session.run(Command::Query(Query::DeletePlan(machine.id))).await? {
        Outcome::DeletePlan(plan) => plan,
        _ => DeletePlan::default(),
    };
    let is_chosen = |file: &libvirt_backend::command::DeleteFile| match args.files {
        Files::Own => file.is_preselected,
        Files::None => false,
        Files::All => file.used_by.is_empty(),
    };
    let chosen: Vec<PathBuf> = plan
        .files
        .iter()
        .filter(|file| is_chosen(file))
        .map(|file| file.path.clone())
        .collect();
    if !output.yes {
        for file in &plan.files {
            let size = file.size_bytes.map_or_else(|| "?".to_owned(), text::units::bytes);
            let path = file.path.display().to_string();
            let line = if is_chosen(file) {
                t!("cli-file-goes", path = path, size = size)
            } else {
                t!("cli-file-stays", path = path, size = size)
            };
            notice(&line);
        }
        if !plan.unread.is_empty() {
            notice(&t!("delete-unread", names = plan.unread.join(", ")));
        }
        if !plan.snapshots.is_empty() && !plan.keeps_snapshots(is_chosen) {
            notice(&t!("cli-snapshots-go", names = plan.snapshots.join(", ")));
        }
    }
    // Nothing is destroyed by it, and nothing else says that they are there: told with --yes too.
    if plan.keeps_snapshots(is_chosen) {
        notice(&t!("cli-snapshots-stay", names = plan.snapshots.join(", ")));
    }
    confirm(output, &t!("cli-delete-ask", name = machine.name()))?;
    let request = DeleteRequest {
        files: chosen.clone(),
        force_off: args.force_off,
    };
    let outcome = session
        .run(Command::Machine {
            id: machine.id,
            command: MachineCommand::Delete(request),
        })
        .await?;
    let kept = match outcome {
        Outcome::DeletedExcept(kept) => kept,
        _ => Vec::new(),
    };
    if output.json {
        print_json(&json!({
            "name": machine.name(),
            "files_asked_for": chosen,
            "files_left": kept.iter().map(|(path, why)| json!({ "path": path, "why": why })).collect::<Vec<_>>(),
        }))?;
    }
    if kept.is_empty() {
        return Ok(());
    }
    for (path, why) in &kept {
        notice(&format!("{}: {why}", path.display()));
    }
    Err(Failure::text(t!("cli-files-left", count = kept.len())))
}

pub(super) async fn tag(session: &Session, args: &args::Tag, output: OutputArgs) -> Result<(), Failure> {
    let machine = session.machine(&args.machine.machine)?;
    let mut tags = if args.clear {
        Vec::new()
    } else {
        machine.definition.tags.clone()
    };
    tags.retain(|tag| !args.remove.contains(tag));
    tags.extend(args.add.iter().cloned());
    tags.sort();
    tags.dedup();
    if tags != machine.definition.tags {
        session
            .run_on(&args.machine.machine, MachineCommand::SetTags(tags.clone()))
            .await?;
    }
    if output.json {
        return print_json(&json!({ "name": machine.name(), "tags": tags }));
    }
    for tag in tags {
        print_line(&tag)?;
    }
    Ok(())
}

/// One switch after the other, to the end: what each came to is told.
pub(super) async fn set(session: &Session, args: &args::Set, output: OutputArgs) -> Result<(), Failure> {
    let machine = session.machine(&args.machine.machine)?;
    let is_on = |switch| switch == Switch::On;
    let clipboard = args
        .clipboard
        .map(|switch| ("clipboard", MachineCommand::SetSharesClipboard(is_on(switch))));
    let sound = args.sound.map(|switch| {
        let sound = if is_on(switch) { Sound::Host } else { Sound::Off };
        ("sound", MachineCommand::SetSound(sound))
    });
    let autostart = args
        .autostart
        .map(|switch| ("autostart", MachineCommand::SetAutostart(is_on(switch))));
    let remote = args
        .remote_display
        .then_some(("remote_display", MachineCommand::AllowRemoteDisplay));
    let mut told = serde_json::Map::new();
    let mut waits = false;
    let mut failures = Vec::new();
    for (name, command) in clipboard.into_iter().chain(sound).chain(remote).chain(autostart) {
        let id = machine.id;
        let (is_done, at_next_start) = match session.run(Command::Machine { id, command }).await {
            Ok(outcome) => (true, outcome == Outcome::AtNextStart),
            Err(failure) => {
                failures.push(failure);
                (false, false)
            }
        };
        waits |= at_next_start;
        told.insert(
            name.to_owned(),
            json!({ "done": is_done, "at_next_start": at_next_start }),
        );
    }
    if output.json {
        told.insert("name".to_owned(), machine.name().into());
        print_json(&told.into())?;
    }
    if waits {
        notice(&t!("cli-at-next-start", name = machine.name()));
    }
    for failure in &failures {
        failure.print();
    }
    if failures.is_empty() {
        Ok(())
    } else {
        Err(Failure::told())
    }
}

pub(super) async fn snapshot(session: &Session, command: args::Snapshot, output: OutputArgs) -> Result<(), Failure> {
    match command {
        args::Snapshot::List(machine) => super::show::snapshots(session, &machine.machine, output.json),
        args::Snapshot::Create {
            machine,
            snapshot,
            description,
        } => take_snapshot(session, &machine.machine, snapshot, description, output).await,
        args::Snapshot::Revert(one) => {
            confirm(
                output,
                &t!(
                    "cli-revert-ask",
                    name = one.machine.machine.as_str(),
                    snapshot = one.snapshot.as_str()
                ),
            )?;
            let command = SnapshotCommand::Revert {
                name: one.snapshot.clone(),
            };
            run_snapshot(session, &one.machine.machine, command, &one.snapshot, output).await
        }
        args::Snapshot::Delete(one) => {
            confirm(
                output,
                &t!(
                    "cli-delete-snapshot-ask",
                    name = one.machine.machine.as_str(),
                    snapshot = one.snapshot.as_str()
                ),
            )?;
            let command = SnapshotCommand::Delete {
                name: one.snapshot.clone(),
            };
            run_snapshot(session, &one.machine.machine, command, &one.snapshot, output).await
        }
    }
}

async fn take_snapshot(
    session: &Session,
    machine_name: &str,
    name: Option<String>,
    description: Option<String>,
    output: OutputArgs,
) -> Result<(), Failure> {
    let machine = session.machine(machine_name)?;
    let name = name.unwrap_or_else(text::units::snapshot_name);
    if machine.state.is_active()
        && let Outcome::SnapshotEstimate(estimate) =
            session.run(Command::Query(Query::SnapshotEstimate(machine.id))).await?
        && let Some(pause) = estimate.pause
    {
        notice(&t!("cli-snapshot-pause", pause = text::units::duration(pause)));
    }
    let command = SnapshotCommand::Create {
        name: name.clone(),
        description,
    };
    run_snapshot(session, machine_name, command, &name, output).await
}

async fn run_snapshot(
    session: &Session,
    machine: &str,
    command: SnapshotCommand,
    snapshot: &str,
    output: OutputArgs,
) -> Result<(), Failure> {
    session.run_on(machine, MachineCommand::Snapshot(command)).await?;
    if output.json {
        return print_json(&json!({ "name": machine, "snapshot": snapshot }));
    }
    print_line(snapshot)
}

fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Yes by `--yes` or by the person at the terminal; without either it is wrong use.
pub(super) fn confirm(output: OutputArgs, question: &str) -> Result<(), Failure> {
    if output.yes {
        return Ok(());
    }
    if !can_ask() {
        return Err(Failure::usage(t!("cli-needs-yes")));
    }
    if ask(question)? {
        Ok(())
    } else {
        Err(Failure::text(t!("cli-nothing-done")))
    }
}

fn ask(question: &str) -> Result<bool, Failure> {
    let mut err = std::io::stderr();
    let mut answer = String::new();
    write!(err, "{question} [y/N] ")
        .and_then(|()| err.flush())
        .and_then(|()| std::io::stdin().lock().read_line(&mut answer))
        .map_err(|error| Failure::text(error.to_string()))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "是"))
}
