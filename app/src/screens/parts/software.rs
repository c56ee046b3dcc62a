//! "Software emulation, much slower": said wherever a machine is shown, with why it is so and what helps.

use libvirt_backend::model::{AccelProof, Acceleration, HostModel, Machine};

use super::actions;
use crate::command::{Command, CreateCommand};
use crate::context::ViewContext;
use crate::state::Answer;
use crate::t;

pub fn is_software(machine: &Machine) -> bool {
    machine.definition.acceleration == Acceleration::Software
}

/// Why, and what helps. Asks for what was proved of the host where that is not known yet.
pub fn cure(view: &ViewContext<'_>, host: &HostModel) -> String {
    t!("machine-software-cure", why = why(view, host))
}

fn why(view: &ViewContext<'_>, host: &HostModel) -> String {
    let Some(answer) = view.answers.profiles.get(&host.uri) else {
        if actions::is_live(host) {
            view.send(Command::Create(CreateCommand::ReadHost { uri: host.uri.clone() }));
        }
        return t!("machine-software-why-testing");
    };
    let Answer::Ready(profile) = answer else {
        return match answer {
            Answer::Waiting(_) => t!("machine-software-why-testing"),
            Answer::Ready(_) | Answer::Failed(_) => t!("machine-software-why-unknown"),
        };
    };
    match &profile.kvm {
        AccelProof::Works { .. } => t!("machine-software-why-works"),
        AccelProof::Absent => t!("machine-software-why-absent"),
        AccelProof::NotPermitted => t!("machine-software-why-denied"),
        AccelProof::TooSlow { .. } => t!("machine-software-why-slow"),
        AccelProof::Failed(reason) => t!("machine-software-why-failed", reason = reason.as_str()),
        AccelProof::NotTried => t!("machine-software-why-unknown"),
    }
}
