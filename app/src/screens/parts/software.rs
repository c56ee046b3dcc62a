//! "Software emulation, much slower": said wherever a machine is shown, with why it is so and what helps.

use libvirt_backend::model::{Acceleration, HostModel, Machine};

use super::actions;
use crate::command::{Command, CreateCommand};
use crate::context::ViewContext;
use crate::state::Answer;
use crate::t;
use crate::text::state::why_software;

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
    why_software(&profile.kvm)
}
