//! What a console's toolbar and messages say about its machine: a copy, because a window of its own is drawn without
//! the main one.

use libvirt_backend::guard::Action;
use libvirt_backend::model::Sound;

use super::choice::Readiness;
use crate::widgets::{Icon, Tone, icons};

#[derive(Clone)]
pub struct Facts {
    pub name: String,
    pub tone: Tone,
    pub icon: Icon,
    pub state: String,
    pub readiness: Readiness,
    pub is_paused: bool,
    /// QEMU does not answer.
    pub is_hanging: bool,
    /// Text that is copied in the guest is on the desktop's clipboard, and the other way.
    pub shares_clipboard: bool,
    pub sound: Sound,
    /// It has a serial line to go to.
    pub has_serial: bool,
    /// What can be done with the machine, and why it cannot be now.
    pub actions: Vec<(Action, Option<String>)>,
}

impl Facts {
    /// Why an action cannot be run now.
    pub fn denied(&self, action: Action) -> Option<String> {
        let offered = self.actions.iter().find(|(offered, _)| *offered == action);
        offered.and_then(|(_, denied)| denied.clone())
    }
}

impl PartialEq for Facts {
    fn eq(&self, other: &Self) -> bool {
        let all_but_icon = |facts: &Self| {
            // The icon follows from the state.
            let shown = (facts.name.clone(), facts.tone, facts.state.clone(), facts.readiness);
            let kinds = (facts.shares_clipboard, facts.sound, facts.has_serial);
            (shown, facts.is_paused, facts.is_hanging, kinds)
        };
        all_but_icon(self) == all_but_icon(other) && self.actions == other.actions
    }
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            name: String::new(),
            tone: Tone::Off,
            icon: icons::MACHINE,
            state: String::new(),
            readiness: Readiness::Unknown,
            is_paused: false,
            is_hanging: false,
            shares_clipboard: false,
            sound: Sound::Off,
            has_serial: false,
            actions: Vec::new(),
        }
    }
}
