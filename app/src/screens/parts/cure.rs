//! What can be done about a failed job, as buttons: what Berth does itself, and commands to copy where the user must.

use std::sync::Arc;

use libvirt_backend::command::{Command as Asked, MachineCommand as AskedOfMachine};
use libvirt_backend::error::Cure;
use libvirt_backend::guard::Action;
use libvirt_backend::model::NewStorage;

use crate::command::{Command, JobCommand, MachineCommand, UiCommand, action};
use crate::jobs::Job;
use crate::route::MachineKey;
use crate::t;
use crate::text::error::{Message, cure_button, cure_command};

pub struct Offer {
    pub text: String,
    pub command: Command,
}

/// The most helpful first. "Copy details" is not among them: every failure has it.
pub fn offers(job: &Job, message: &Message) -> Vec<Offer> {
    let mut offers = Vec::new();
    // A sample machine was never typed.
    if let Asked::Create(machine) = &*job.command
        && !matches!(machine.storage, NewStorage::HandOver(_))
    {
        offers.push(Offer {
            text: t!("cure-button-change"),
            command: Command::Ui(UiCommand::ChangeNewMachine {
                uri: job.uri.clone(),
                machine: machine.clone(),
            }),
        });
    }
    offers.extend(start_without_fast_display(job, message));
    offers.extend(message.cure.and_then(|cure| of_cure(job, cure)));
    offers
}

/// At once, while the module is still to be installed.
fn start_without_fast_display(job: &Job, message: &Message) -> Option<Offer> {
    let is_start = matches!(
        &*job.command,
        Asked::Machine {
            command: AskedOfMachine::Start,
            ..
        }
    );
    if message.cure != Some(Cure::InstallDbusDisplayModule) || !is_start {
        return None;
    }
    Some(Offer {
        text: action::text(Action::StartWithoutFastDisplay),
        command: run(job, Action::StartWithoutFastDisplay)?,
    })
}

/// On the job's machine.
fn run(job: &Job, action: Action) -> Option<Command> {
    let key = MachineKey {
        uri: job.uri.as_str().into(),
        id: job.machine?,
    };
    Some(Command::Machine(MachineCommand::Run {
        action,
        machines: vec![key],
    }))
}

fn of_cure(job: &Job, cure: Cure) -> Option<Offer> {
    let command = match cure {
        Cure::ForceOff => run(job, Action::ForceOff)?,
        Cure::AddDisplay => run(job, Action::AddDisplay)?,
        Cure::AllowRemoteDisplay => run(job, Action::AllowRemoteDisplay)?,
        Cure::Retry => Command::Job(JobCommand::Again {
            job: job.id,
            uri: job.uri.clone(),
            command: Arc::clone(&job.command),
        }),
        Cure::ReportBug => return None,
        cure => Command::Ui(UiCommand::Copy(cure_command(cure, "")?)),
    };
    Some(Offer {
        text: cure_button(cure)?,
        command,
    })
}

/// Everything there is to read of a failure, libvirt's own words too, in the order of reading.
pub fn sentences(message: &Message, between: &str) -> String {
    let Message {
        what,
        own_words,
        todo,
        path,
        cure: _,
    } = message;
    let parts = [Some(what), own_words.as_ref(), todo.as_ref(), path.as_ref()];
    let parts: Vec<&str> = parts.into_iter().flatten().map(|part| part.trim()).collect();
    parts.join(between)
}
