//! The terminal: the same backend without a window.
//!
//! Exit status 0: done; 1: it failed; 2: wrong use. Results go to standard output, everything else to standard error.

mod act;
pub mod args;
mod console;
mod device;
pub mod diagnostics;
mod edit;
mod jobs;
mod json;
mod leftovers;
mod output;
mod session;
mod show;
mod size;
mod stats;
mod table;
mod xml;

use std::process::ExitCode;

use libvirt_backend::command::MachineCommand;

pub use args::{Arguments, Subcommands};
pub use session::Folders;

use crate::app::outside::Note;
use crate::t;
use output::Failure;
use session::{Needs, Session, notice};

/// What went wrong before the command began; the window tells it in its own way.
pub fn tell(notes: &[Note]) {
    for note in notes {
        notice(&note.text);
    }
}

/// Runs one command to its end. `uris` is what the settings know.
pub async fn run(
    runtime: tokio::runtime::Handle,
    folders: Folders,
    saved_uris: Vec<String>,
    uri: Option<String>,
    command: Subcommands,
    output: args::OutputArgs,
) -> ExitCode {
    let uri = uri.unwrap_or_else(|| "qemu:///session".to_owned());
    let result = match command {
        Subcommands::Uris => uris(&saved_uris, &uri, output.json),
        Subcommands::Edit(edit) if edit.machine.is_none() => edit::without_connection(&edit, output),
        Subcommands::Xml(command) if command.machine().is_none() => xml::on_files(&command, output.json),
        command => match Session::open(runtime, folders, &uri).await {
            Ok(session) => {
                if !matches!(command, Subcommands::Leftovers(_)) {
                    leftovers::tell(&session).await;
                }
                let result = dispatch(&session, command, output).await;
                session.backend().shutdown().await;
                result
            }
            Err(failure) => Err(failure),
        },
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.print(),
    }
}

/// Waits for what the command has to know. Force off needs nothing but a name: it is for machines that answer nothing.
async fn settle(session: &Session, command: &Subcommands) -> Result<(), Failure> {
    let needs = match command {
        Subcommands::List => Needs::All,
        Subcommands::Stats(args) if args.machines.is_empty() => Needs::All,
        Subcommands::Stats(args) => Needs::Machines(&args.machines),
        Subcommands::Info(args) => Needs::Machines(std::slice::from_ref(&args.machine)),
        Subcommands::Start(args) => Needs::Machines(&args.machines.machines),
        Subcommands::AddDisplay(args)
        | Subcommands::Reboot(args)
        | Subcommands::Reset(args)
        | Subcommands::Pause(args)
        | Subcommands::Resume(args)
        | Subcommands::Save(args) => Needs::Machines(&args.machines),
        Subcommands::Shutdown(args) => Needs::Machines(&args.machines.machines),
        Subcommands::Console(args) => Needs::Machines(std::slice::from_ref(&args.machine.machine)),
        Subcommands::Delete(args) => Needs::Machines(std::slice::from_ref(&args.machine.machine)),
        Subcommands::Set(args) => Needs::Machines(std::slice::from_ref(&args.machine.machine)),
        Subcommands::Tag(args) => Needs::Machines(std::slice::from_ref(&args.machine.machine)),
        Subcommands::Edit(args) => Needs::Machines(args.machine.as_slice()),
        Subcommands::Xml(command) => {
            let Some(machine) = command.machine() else {
                return Ok(());
            };
            Needs::Machines(std::slice::from_ref(&machine.machine))
        }
        Subcommands::Device(command) => {
            return session.settle(Needs::Machines(&[command.machine().to_owned()])).await;
        }
        Subcommands::History(machine) => Needs::Machines(std::slice::from_ref(&machine.machine)),
        Subcommands::Undo(args) => Needs::Machines(std::slice::from_ref(&args.machine.machine)),
        Subcommands::Snapshot(command) => Needs::Machines(std::slice::from_ref(&command.machine().machine)),
        Subcommands::Create(_)
        | Subcommands::ForceOff(_)
        | Subcommands::Leftovers(_)
        | Subcommands::Uris
        | Subcommands::Open(_)
        | Subcommands::OpenUri(_)
        | Subcommands::Diagnostics => return Ok(()),
    };
    session.settle(needs).await
}

async fn dispatch(session: &Session, command: Subcommands, output: args::OutputArgs) -> Result<(), Failure> {
    settle(session, &command).await?;
    match command {
        Subcommands::List => {
            session.wait_for_addresses().await;
            show::list(session, output.json)
        }
        Subcommands::Info(args) => {
            session.wait_for_addresses().await;
            show::info(session, &args.machine, output.json)
        }
        Subcommands::Create(args) => act::create(session, *args, output).await,
        Subcommands::Start(args) => {
            let command = if args.without_fast_display {
                MachineCommand::StartWithoutFastDisplay
            } else {
                MachineCommand::Start
            };
            act::each(session, &args.machines.machines, output, || command.clone()).await
        }
        Subcommands::AddDisplay(args) => {
            act::each(session, &args.machines, output, || MachineCommand::AddDisplay).await
        }
        Subcommands::Shutdown(args) => act::shutdown(session, &args, output).await,
        Subcommands::Reboot(args) => act::each(session, &args.machines, output, || MachineCommand::Reboot).await,
        Subcommands::Reset(args) => {
            act::each_confirmed(
                session,
                &args.machines,
                output,
                &t!("cli-reset-ask"),
                MachineCommand::Reset,
            )
            .await
        }
        Subcommands::ForceOff(args) => {
            act::each_confirmed(
                session,
                &args.machines,
                output,
                &t!("cli-force-off-ask"),
                MachineCommand::ForceOff,
            )
            .await
        }
        Subcommands::Pause(args) => act::each(session, &args.machines, output, || MachineCommand::Pause).await,
        Subcommands::Resume(args) => act::each(session, &args.machines, output, || MachineCommand::Resume).await,
        Subcommands::Save(args) => act::each(session, &args.machines, output, || MachineCommand::Save).await,
        Subcommands::Console(args) => console::run(session, args).await,
        Subcommands::Delete(args) => act::delete(session, &args, output).await,
        Subcommands::Set(args) => act::set(session, &args, output).await,
        Subcommands::Tag(args) => act::tag(session, &args, output).await,
        Subcommands::Snapshot(command) => act::snapshot(session, command, output).await,
        Subcommands::Leftovers(args) => leftovers::run(session, &args, output).await,
        Subcommands::Stats(args) => stats::run(session, &args, output.json).await,
        Subcommands::Edit(args) => match &args.machine {
            Some(name) => edit::edit(session, name, &args, output).await,
            None => Ok(()),
        },
        Subcommands::Xml(command) => xml::on_machine(session, &command, output).await,
        Subcommands::Device(command) => device::run(session, &command, output).await,
        Subcommands::History(machine) => edit::history(session, &machine, output).await,
        Subcommands::Undo(args) => edit::undo(session, &args, output).await,
        // These are answered without a connection, or by the window.
        Subcommands::Diagnostics | Subcommands::Uris | Subcommands::Open(_) | Subcommands::OpenUri(_) => Ok(()),
    }
}

fn uris(saved: &[String], default: &str, is_json: bool) -> Result<(), Failure> {
    let mut all = vec![default.to_owned()];
    all.extend(saved.iter().filter(|uri| *uri != default).cloned());
    if is_json {
        let list = all
            .iter()
            .map(|uri| serde_json::json!({ "uri": uri, "default": uri == default }));
        return output::print_json(&list.collect());
    }
    all.iter().try_for_each(|uri| output::print_line(uri))
}
