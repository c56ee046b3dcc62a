//! The clipboard's channel of the machines whose screens are shown: plugged in while they are, and only where the user
//! wants text to be shared.

use libvirt_backend::command::{JobState, MachineCommand as Run};
use libvirt_backend::model::Machine;

use super::App;
use crate::display::{Display, Kind, Phase};
use crate::route::MachineKey;

impl App {
    /// Asks for the channel once a screen is shown, and gives it back afterwards: it keeps QEMU from saving memory.
    pub(super) fn keep_clipboard(&self, key: &MachineKey, machine: &Machine, display: &Display, is_seen: bool) {
        let mut state = display.lock();
        let shares = machine.definition.shares_clipboard;
        let is_wanted = shares && is_seen && machine.state.is_active() && machine.responding.is_yes();
        if is_wanted && state.is_live() && !state.has_clipboard {
            state.has_clipboard = true;
            drop(state);
            self.submit(key, Run::AttachClipboard);
        } else if state.has_clipboard && (!shares || !is_seen) && machine.state.is_active() {
            state.has_clipboard = false;
            drop(state);
            self.submit(key, Run::DetachClipboard);
        } else if !machine.state.is_active() {
            // It went with its QEMU.
            state.has_clipboard = false;
        }
    }

    /// A display's own clipboard is only there for those who connect after the channel is.
    pub(super) fn clipboard_attached(&self, key: &MachineKey, state: &JobState) {
        let Some(display) = self.displays.get(key) else { return };
        let mut display = display.lock();
        match (state, &display.phase) {
            (JobState::Done(_), Phase::Live(session)) if session.kind == Kind::Dbus && !session.shares_clipboard => {
                display.reconnect();
            }
            // Told as a job that failed; not asked for again while this screen is shown.
            _ => {}
        }
    }
}
