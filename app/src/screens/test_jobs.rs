//! Jobs that screens are shown with in tests.

use std::sync::Arc;

use libvirt_backend::command::{Command, JobStep, MachineCommand};
use libvirt_backend::error::{LibvirtError, Verb};
use libvirt_backend::{Error, JobId};

use super::fixtures;
use crate::jobs::{Job, JobEnd};

/// Saves the state of this machine, and can be cancelled.
pub(crate) fn job(number: u32) -> Job {
    let id = fixtures::id(number);
    Job {
        id: JobId(u64::from(number)),
        uri: fixtures::URI.to_owned(),
        machine: Some(id),
        machine_name: format!("machine-{number}"),
        command: Arc::new(Command::Machine {
            id,
            command: MachineCommand::Save,
        }),
        step: JobStep::Saving,
        fraction: Some(0.5),
        is_cancellable: true,
        started_at_millis: fixtures::NOW_MILLIS,
        end: None,
    }
}

pub(crate) fn ended(number: u32, end: JobEnd) -> Job {
    Job {
        end: Some(end),
        ..job(number)
    }
}

/// libvirt's words lead to the cure.
pub(crate) fn failed(number: u32, own_words: &str) -> Job {
    let source = LibvirtError {
        code: 1,
        domain: 10,
        message: own_words.to_owned(),
    };
    let error = Error::Libvirt {
        verb: Verb::ManagedSave,
        object: format!("machine-{number}"),
        source,
    };
    ended(number, JobEnd::Failed(error))
}
