//! A machine's state as a pill shows it: icon, colour and words, with the job under way before everything else.

use libvirt_backend::model::{Machine, State};

use super::attention;
use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::t;
use crate::text::job::short_step;
use crate::text::state::describe;
use crate::widgets::Tone;
use crate::widgets::icons::{self, Icon};

pub struct StateLook {
    pub tone: Tone,
    pub icon: Icon,
    pub text: String,
}

pub fn state_look(view: &ViewContext<'_>, key: &MachineKey, machine: &Machine) -> StateLook {
    if !machine.responding.is_yes() {
        return StateLook {
            tone: Tone::Attention,
            icon: icons::WARNING,
            text: t!("pill-not-responding"),
        };
    }
    if let Some(job) = view.jobs.on_machine(&key.uri, key.id) {
        return StateLook {
            tone: Tone::Accent,
            icon: icons::PENDING,
            text: short_step(job.step),
        };
    }
    StateLook {
        tone: tone(machine.state),
        icon: icon(machine),
        text: describe(machine),
    }
}

const fn tone(state: State) -> Tone {
    match state {
        _ if attention::is_trouble(state) => Tone::Attention,
        State::Running => Tone::Running,
        State::Paused(_) | State::Asleep => Tone::Paused,
        State::ShuttingDown => Tone::Warning,
        State::Crashed => Tone::Attention,
        State::ShutOff(_) | State::Unknown => Tone::Off,
    }
}

fn icon(machine: &Machine) -> Icon {
    match machine.state {
        State::Crashed => icons::ERROR,
        state if attention::is_trouble(state) => icons::ERROR,
        State::Running => icons::START,
        State::Paused(_) | State::Asleep => icons::PAUSE,
        State::ShuttingDown => icons::POWER,
        State::ShutOff(_) if machine.definition.has_managed_save => icons::SAVE,
        State::ShutOff(_) | State::Unknown => icons::OFF,
    }
}
