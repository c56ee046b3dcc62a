//! The clipboard's channel of the machines whose screens are shown: plugged in while they are, and only where the user
//! wants text to be shared.

use std::time::Duration;

use libvirt_backend::command::{Command, JobState, MachineCommand as Run};
use libvirt_backend::model::Machine;

use super::App;
use crate::display::{Display, Kind, Phase};
use crate::route::MachineKey;

/// For all channels together: the window is closing.
const GIVE_BACK: Duration = Duration::from_secs(3);

impl App {
    /// Asks for the channel once a screen is shown, and gives it back afterwards: it keeps QEMU from saving memory.
    pub(super) fn keep_clipboard(&self, key: &MachineKey, machine: &Machine, display: &Display, is_seen: bool) {
        let mut state = display.lock();
        let shares = machine.definition.shares_clipboard;
        // Of a machine that is gone once it stops nobody could tell later whose the channel is.
        let is_kept = machine.definition.is_persistent;
        let is_wanted = shares && is_kept && is_seen && machine.state.is_active() && machine.responding.is_yes();
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

    /// The channels that were plugged in for screens that are open: whoever saves a machine next must find none.
    pub(super) fn give_clipboards_back(&self) {
        let lent: Vec<MachineKey> = self
            .displays
            .iter()
            .filter(|(_, display)| std::mem::take(&mut display.lock().has_clipboard))
            .map(|(key, _)| key.clone())
            .collect();
        let jobs = lent.into_iter().map(|MachineKey { uri, id }| {
            let backend = self.backend.clone();
            let command = Run::DetachClipboard;
            self.runtime.spawn(async move {
                let result = backend.run(&uri, Command::Machine { id, command }).await;
                if let Err(error) = result {
                    tracing::warn!(machine = %id, %error, "the clipboard's channel stays");
                }
            })
        });
        let jobs: Vec<_> = jobs.collect();
        let all = async {
            for job in jobs {
                job.await.ok();
            }
        };
        self.runtime.block_on(async {
            if tokio::time::timeout(GIVE_BACK, all).await.is_err() {
                tracing::warn!("not every clipboard's channel could be given back in time");
            }
        });
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
