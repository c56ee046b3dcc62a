//! Runs what is asked of machines: at once where nothing more is needed, through a dialog where it is.

use std::time::Duration;

use libvirt_backend::command::{Command, MachineCommand as Run, SnapshotCommand};
use libvirt_backend::guard::{self, Action, Denied};
use libvirt_backend::model::{Disk, DiskDevice, DiskSource, Machine};

use super::App;
use super::outside::Note;
use crate::command::action::text;
use crate::command::{BrowseFor, DialogRequest, MachineCommand};
use crate::route::{MachineKey, MachineTab, Route};
use crate::settings::Question;
use crate::state::{Answer, Overlay};
use crate::t;
use crate::text::error;

impl App {
    pub(super) fn run_machine(&mut self, command: MachineCommand) {
        match command {
            MachineCommand::Run { action, machines } => self.run_action(action, machines),
            MachineCommand::RunNow { action, machines } => {
                if let Some(command) = self.immediate(action) {
                    self.submit_each(&machines, action, &command);
                }
            }
            MachineCommand::ForceOffNow(machines) => self.submit_each(&machines, Action::ForceOff, &Run::ForceOff),
            MachineCommand::Rename { machine, name } => self.submit(&machine, Run::Rename(name)),
            MachineCommand::SetAutostart { machine, is_on } => self.submit(&machine, Run::SetAutostart(is_on)),
            MachineCommand::SetTags { machine, tags } => self.submit(&machine, Run::SetTags(tags)),
            MachineCommand::Delete { machine, request } => self.submit(&machine, Run::Delete(request)),
            MachineCommand::InsertMedia { machine, target, path } => {
                self.submit(&machine, Run::InsertMedia { target, path });
            }
            MachineCommand::EjectMedia { machine, target } => self.submit(&machine, Run::EjectMedia { target }),
            MachineCommand::Snapshot { machine, command } => self.snapshot(&machine, command),
            MachineCommand::OpenConsole(machine) => self.open_consoles(&[machine]),
            MachineCommand::MakeShortcut(machine) => self.make_shortcut(&machine),
            MachineCommand::ReadDeletePlan(machine) => self.ask_delete_plan(&machine),
            MachineCommand::ReadDefinition(machine) => self.ask_definition(&machine),
            MachineCommand::Edit { machine, request } => self.edit(&machine, Run::Edit(request)),
            MachineCommand::CheckXml { machine, xml } => self.check_xml(machine, xml),
            MachineCommand::UndoEdit { machine, overwrite } => self.edit(&machine, Run::UndoEdit(overwrite)),
            MachineCommand::RedoEdit { machine, overwrite } => self.edit(&machine, Run::RedoEdit(overwrite)),
            MachineCommand::ReadHistory(machine) => self.ask_history(&machine),
            MachineCommand::RestartToApply(machine) => self.restart_to_apply(machine),
            MachineCommand::ReadChoices(machine) => self.ask_choices(&machine),
        }
    }

    fn snapshot(&self, machine: &MachineKey, command: SnapshotCommand) {
        self.submit(machine, Run::Snapshot(command));
    }

    fn run_action(&mut self, action: Action, machines: Vec<MachineKey>) {
        let Some(first) = machines.first().cloned() else {
            return;
        };
        if let Some(command) = self.immediate(action) {
            let num_allowed = machines.iter().filter(|key| self.check(action, key).is_ok()).count();
            if num_allowed > 1 {
                self.show_dialog(DialogRequest::Several { action, machines });
            } else {
                self.submit_each(&machines, action, &command);
            }
            return;
        }
        match action {
            Action::ForceOff if machines.len() == 1 && self.settings.dismissed.contains(&Question::ForceOff) => {
                self.submit_each(&machines, action, &Run::ForceOff);
            }
            Action::ForceOff => self.overlay = Some(Overlay::Dialog(DialogRequest::ForceOff(machines))),
            Action::Delete | Action::DeleteForced => self.show_dialog(DialogRequest::Delete(machines)),
            Action::SetTags => self.show_dialog(DialogRequest::Tags(machines)),
            Action::Rename => self.show_if_allowed(action, &first, DialogRequest::Rename(first.clone())),
            Action::CreateSnapshot => self.show_take_snapshot(&first, machines),
            Action::RevertSnapshot | Action::DeleteSnapshot => self.go(Route::Machine {
                key: first,
                tab: MachineTab::Snapshots,
            }),
            Action::InsertMedia => self.insert_media(&first),
            Action::EjectMedia => self.eject_media(&first),
            Action::OpenConsole => self.open_consoles(&machines),
            Action::Start
            | Action::Shutdown
            | Action::Reboot
            | Action::Reset
            | Action::Pause
            | Action::Resume
            | Action::Save
            | Action::DiscardSavedState
            | Action::AddDisplay
            | Action::StartWithoutFastDisplay
            | Action::AllowRemoteDisplay
            | Action::SetSharesClipboard
            | Action::AttachClipboard
            | Action::DetachClipboard
            | Action::SetSound
            | Action::SetAutostart
            | Action::Edit => {}
        }
    }

    /// The backend's command where nothing more has to be asked.
    fn immediate(&self, action: Action) -> Option<Run> {
        Some(match action {
            Action::Start => Run::Start,
            Action::Shutdown => Run::Shutdown {
                grace: Duration::from_secs(u64::from(self.settings.shutdown_grace_seconds)),
            },
            Action::Reboot => Run::Reboot,
            Action::Reset => Run::Reset,
            Action::Pause => Run::Pause,
            Action::Resume => Run::Resume,
            Action::Save => Run::Save,
            Action::DiscardSavedState => Run::DiscardSavedState,
            Action::AddDisplay => Run::AddDisplay,
            Action::StartWithoutFastDisplay => Run::StartWithoutFastDisplay,
            Action::AllowRemoteDisplay => Run::AllowRemoteDisplay,
            Action::AttachClipboard => Run::AttachClipboard,
            Action::DetachClipboard => Run::DetachClipboard,
            _ => return None,
        })
    }

    pub(super) fn submit(&self, key: &MachineKey, command: Run) {
        tracing::info!(uri = %key.uri, machine = %key.id, action = ?command.action(), "asked");
        self.backend.submit(&key.uri, Command::Machine { id: key.id, command });
    }

    /// What becomes of it is told on the machine's hardware page.
    fn edit(&mut self, key: &MachineKey, command: Run) {
        let job = self.backend.submit(&key.uri, Command::Machine { id: key.id, command });
        self.answers.edits.insert(key.clone(), Answer::Waiting(job));
    }

    /// On all machines that it makes sense for; says which the others are and why.
    fn submit_each(&mut self, machines: &[MachineKey], action: Action, command: &Run) {
        let mut refusals = Vec::new();
        for key in machines {
            match self.check(action, key) {
                Ok(()) => self.submit(key, command.clone()),
                Err(reason) => refusals.push((key.clone(), reason)),
            }
        }
        self.tell_refusals(action, &refusals);
    }

    fn tell_refusals(&mut self, action: Action, refusals: &[(MachineKey, Denied)]) {
        match refusals {
            [] => {}
            [(key, reason)] => self.refuse(action, key, reason),
            [(first, reason), others @ ..] => {
                let name = self.machine(first).map_or("", |machine| machine.name());
                let reason = error::denied(reason);
                self.note(Note::error(t!(
                    "core-denied-several",
                    action = asked(action),
                    name = name,
                    reason = reason,
                    count = others.len()
                )));
            }
        }
    }

    /// Says what was not done and why, in the machine's Activity too.
    pub(super) fn refuse(&mut self, action: Action, key: &MachineKey, reason: &Denied) {
        let reason = error::denied(reason);
        let Some(name) = self.machine(key).map(|machine| machine.name().to_owned()) else {
            self.note(Note::error(reason));
            return;
        };
        let note = Note::error(t!(
            "core-denied",
            action = asked(action),
            name = name.as_str(),
            reason = reason
        ));
        self.note_about(key, name, note);
    }

    pub(super) fn check(&self, action: Action, key: &MachineKey) -> Result<(), Denied> {
        let is_connected = self.host(&key.uri).is_some_and(|host| host.connection.is_connected());
        match self.machine(key) {
            Some(machine) => guard::check(action, machine, is_connected),
            None => Err(Denied::NotConnected),
        }
    }

    /// Of those that allow it; says why where none does.
    fn show_take_snapshot(&mut self, first: &MachineKey, mut machines: Vec<MachineKey>) {
        let reason = self.check(Action::CreateSnapshot, first);
        machines.retain(|key| self.check(Action::CreateSnapshot, key).is_ok());
        match reason {
            Err(reason) if machines.is_empty() => self.refuse(Action::CreateSnapshot, first, &reason),
            _ => self.show_dialog(DialogRequest::TakeSnapshot(machines)),
        }
    }

    fn show_if_allowed(&mut self, action: Action, key: &MachineKey, request: DialogRequest) {
        match self.check(action, key) {
            Ok(()) => self.show_dialog(request),
            Err(reason) => self.refuse(action, key, &reason),
        }
    }

    fn insert_media(&mut self, key: &MachineKey) {
        if let Err(reason) = self.check(Action::InsertMedia, key) {
            self.refuse(Action::InsertMedia, key, &reason);
        } else if let Some(drive) = self.machine(key).and_then(|machine| drives(machine).next()) {
            let (machine, target) = (key.clone(), drive.target.clone());
            if self.host(&key.uri).is_some_and(|host| host.info.is_local) {
                self.browse(BrowseFor::Disc { machine, target });
            } else {
                self.show_dialog(DialogRequest::InsertDisc { machine, target });
            }
        }
    }

    fn eject_media(&mut self, key: &MachineKey) {
        if let Err(reason) = self.check(Action::EjectMedia, key) {
            self.refuse(Action::EjectMedia, key, &reason);
        } else if let Some(machine) = self.machine(key) {
            for drive in drives(machine).filter(|drive| drive.source != DiskSource::Empty) {
                let target = drive.target.clone();
                self.submit(key, Run::EjectMedia { target });
            }
        }
    }
}

/// The action as it is called in the menus, without the mark of those that ask more.
fn asked(action: Action) -> String {
    text(action).trim_end_matches('…').to_owned()
}

fn drives(machine: &Machine) -> impl Iterator<Item = &Disk> {
    let disks = machine.definition.disks.iter();
    disks.filter(|disk| matches!(disk.device, DiskDevice::Cdrom | DiskDevice::Floppy))
}
