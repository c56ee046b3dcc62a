//! What can be done with machines now: the guard asked for one or many, and the command that each action sends.

use egui::Ui;
use libvirt_backend::guard::{self, Action, Denied};
use libvirt_backend::model::{Freshness, HostModel, Machine};

use crate::command::action;
use crate::command::{Command, DialogRequest, MachineCommand, UiCommand};
use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::settings::Question;
use crate::t;
use crate::text::error::denied;
use crate::widgets::{MenuItem, icons, menu_item, menu_separator};

/// Is the list live? What was only remembered must not be acted on.
pub fn is_live(host: &HostModel) -> bool {
    host.connection.is_connected() && host.freshness == Freshness::Live
}

pub fn check(view: &ViewContext<'_>, key: &MachineKey, action: Action) -> Result<(), Denied> {
    let Some((host, machine)) = find(view, key) else {
        return Err(Denied::NotConnected);
    };
    guard::check(action, machine, is_live(host))
}

pub fn find<'a>(view: &'a ViewContext<'_>, key: &MachineKey) -> Option<(&'a HostModel, &'a Machine)> {
    let host = view.host(&key.uri)?;
    Some((host, host.machine(key.id)?))
}

/// Those of `keys` on which `action` may run now.
pub fn allowed(view: &ViewContext<'_>, keys: &[MachineKey], action: Action) -> Vec<MachineKey> {
    keys.iter()
        .filter(|key| check(view, key, action).is_ok())
        .cloned()
        .collect()
}

/// Delete is offered for a running machine too: its dialog says that it is forced off first.
pub fn delete_action(machine: &Machine) -> Action {
    if machine.state.is_active() {
        Action::DeleteForced
    } else {
        Action::Delete
    }
}

/// The command behind a button or entry: at once, or by way of its dialog. `None` where nothing is left to act on.
pub fn command(view: &ViewContext<'_>, action: Action, machines: Vec<MachineKey>) -> Option<Command> {
    let first = machines.first()?.clone();
    let dialog = |request| Command::Ui(UiCommand::ShowDialog(request));
    Some(match action {
        Action::ForceOff if machines.len() == 1 && view.settings.dismissed.contains(&Question::ForceOff) => {
            Command::Machine(MachineCommand::ForceOffNow(machines))
        }
        Action::ForceOff => dialog(DialogRequest::ForceOff(machines)),
        Action::Delete | Action::DeleteForced => dialog(DialogRequest::Delete(machines)),
        Action::Rename => dialog(DialogRequest::Rename(first)),
        Action::SetTags => dialog(DialogRequest::Tags(machines)),
        Action::CreateSnapshot => dialog(DialogRequest::TakeSnapshot(machines)),
        Action::OpenConsole => Command::Machine(MachineCommand::OpenConsole(first)),
        Action::RevertSnapshot
        | Action::DeleteSnapshot
        | Action::InsertMedia
        | Action::EjectMedia
        | Action::Start
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
        | Action::AttachClipboard
        | Action::DetachClipboard => Command::Machine(MachineCommand::Run { action, machines }),
        // Each wants to know which way.
        Action::SetSharesClipboard | Action::SetSound | Action::SetAutostart | Action::Edit => return None,
    })
}

pub fn send(view: &ViewContext<'_>, action: Action, machines: Vec<MachineKey>) {
    if let Some(command) = command(view, action, machines) {
        view.send(command);
    }
}

/// What people most likely want of it now.
pub const fn main_action(machine: &Machine) -> Action {
    if machine.state.is_paused() {
        Action::Resume
    } else if machine.state.is_active() {
        Action::OpenConsole
    } else {
        Action::Start
    }
}

/// The menu of everything that can be done with one machine, in groups.
const GROUPS: [&[Action]; 4] = [
    &[
        Action::Start,
        Action::Resume,
        Action::Pause,
        Action::Shutdown,
        Action::Reboot,
        Action::Reset,
        Action::ForceOff,
    ],
    &[Action::Save, Action::DiscardSavedState, Action::CreateSnapshot],
    &[Action::OpenConsole, Action::Rename, Action::SetTags],
    &[Action::Delete],
];

/// Entries for one machine: those that cannot be used now say why.
pub fn menu_ui(ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey) {
    let Some((_, machine)) = find(view, key) else {
        return;
    };
    for (index, group) in GROUPS.into_iter().enumerate() {
        if index > 0 {
            menu_separator(ui);
        }
        for action in group {
            let action = if *action == Action::Delete {
                delete_action(machine)
            } else {
                *action
            };
            if !is_worth_showing(action, machine) {
                continue;
            }
            entry_ui(ui, view, action, std::slice::from_ref(key));
            if action == Action::OpenConsole && outlives_window(&key.uri) {
                shortcut_ui(ui, view, key);
            }
        }
    }
}

/// A session that ends with the window leaves nothing to open later.
fn outlives_window(uri: &str) -> bool {
    !uri.contains("socket=")
}

fn shortcut_ui(ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey) {
    let item = MenuItem {
        icon: Some(icons::SHORTCUT),
        text: t!("machine-make-shortcut").into(),
        ..MenuItem::default()
    };
    if menu_item(ui, &item).clicked() {
        view.send(Command::Machine(MachineCommand::MakeShortcut(key.clone())));
    }
}

/// Of pairs that exclude each other only the one that could apply is listed.
fn is_worth_showing(action: Action, machine: &Machine) -> bool {
    match action {
        Action::Resume => machine.state.is_paused(),
        Action::Pause => !machine.state.is_paused(),
        Action::DiscardSavedState => machine.definition.has_managed_save,
        _ => true,
    }
}

fn entry_ui(ui: &mut Ui, view: &ViewContext<'_>, action: Action, keys: &[MachineKey]) {
    let reason = keys.first().and_then(|key| check(view, key, action).err());
    let item = MenuItem {
        icon: Some(action::icon(action)),
        text: action::text(action).into(),
        denied: reason.map(|reason| denied(&reason).into()),
        is_destructive: matches!(action, Action::Delete | Action::DeleteForced | Action::ForceOff),
        ..MenuItem::default()
    };
    if menu_item(ui, &item).clicked() {
        send(view, action, keys.to_vec());
    }
}
