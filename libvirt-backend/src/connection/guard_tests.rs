//! The guard against the real thing: machines of libvirt's test driver, taken through random lives.

use std::sync::Arc;

use proptest::prelude::*;
use virt::sys;

use super::dispatch;
use super::read::{self, Detail, Found};
use super::start_time::StartTimes;
use crate::command::{Command, DeleteRequest, MachineCommand, SnapshotCommand};
use crate::error::{Error, Result};
use crate::guard::{Action, check};
use crate::model::{GraphicsKind, Machine, MachineId, Responding, Sound, State};
use crate::ops::TestHost;
use crate::property::Value;
use crate::property::change::Change;
use crate::property::edit::{Apply, EditRequest};
use crate::property::select::Setting;

const DEVICES: &str = "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/x/d'/>\
    <target dev='vda' bus='virtio'/></disk>";

fn machine(host: &TestHost, id: MachineId) -> Option<Machine> {
    let detail = match read::machine(&host.connection, id, None, &StartTimes::new(&host.uri)).unwrap() {
        Found::Here(detail) => *detail,
        Found::Gone => return None,
    };
    let Detail {
        state,
        definition,
        is_agent_connected,
        snapshots,
        ..
    } = detail;
    Some(Machine {
        id,
        definition,
        state,
        responding: Responding::Yes,
        started_at_millis: None,
        is_agent_connected,
        addresses: Arc::from([]),
        snapshots,
        stats: Arc::default(),
    })
}

fn titled(title: &str) -> EditRequest {
    let setting = Setting::parse("title").unwrap();
    let value = Some(Value::Text(title.to_owned()));
    EditRequest {
        opened_on: None,
        changes: vec![Change::Set { setting, value }],
        images: Vec::new(),
        apply: Apply::Both,
        is_dry_run: false,
    }
}

/// `number` chooses names.
fn command(action: Action, number: usize, machine: &Machine) -> Option<MachineCommand> {
    let a_snapshot = || {
        let index = number.checked_rem(machine.snapshots.len())?;
        Some(machine.snapshots[index].name.clone())
    };
    Some(match action {
        Action::Start => MachineCommand::Start,
        Action::Shutdown => MachineCommand::Shutdown {
            grace: std::time::Duration::from_secs(5),
        },
        Action::Reboot => MachineCommand::Reboot,
        Action::Reset => MachineCommand::Reset,
        Action::ForceOff => MachineCommand::ForceOff,
        Action::Pause => MachineCommand::Pause,
        Action::Resume => MachineCommand::Resume,
        Action::Save => MachineCommand::Save,
        Action::DiscardSavedState => MachineCommand::DiscardSavedState,
        Action::Rename => MachineCommand::Rename(format!("name-{number}")),
        Action::SetTags => MachineCommand::SetTags(vec![format!("tag-{number}")]),
        Action::Delete => MachineCommand::Delete(DeleteRequest::default()),
        Action::DeleteForced => MachineCommand::Delete(DeleteRequest {
            force_off: true,
            ..DeleteRequest::default()
        }),
        Action::CreateSnapshot => MachineCommand::Snapshot(SnapshotCommand::Create {
            name: format!("snapshot-{number}"),
            description: None,
        }),
        Action::RevertSnapshot => MachineCommand::Snapshot(SnapshotCommand::Revert { name: a_snapshot()? }),
        Action::DeleteSnapshot => MachineCommand::Snapshot(SnapshotCommand::Delete { name: a_snapshot()? }),
        // Where it has VNC, a host without a D-Bus display has nothing to add.
        Action::AddDisplay if machine.definition.has_display(&GraphicsKind::Vnc) => return None,
        Action::AddDisplay => MachineCommand::AddDisplay,
        Action::StartWithoutFastDisplay => MachineCommand::StartWithoutFastDisplay,
        Action::AllowRemoteDisplay => MachineCommand::AllowRemoteDisplay,
        Action::SetSharesClipboard => MachineCommand::SetSharesClipboard(!machine.definition.shares_clipboard),
        Action::DetachClipboard => MachineCommand::DetachClipboard,
        Action::SetSound => MachineCommand::SetSound(Sound::Off),
        Action::SetAutostart => MachineCommand::SetAutostart(!machine.definition.autostart),
        Action::Edit => MachineCommand::Edit(Box::new(titled(&format!("title {number}")))),
        // The machine has no drive, looking at a screen is no call, and the test driver plugs in no channels.
        Action::InsertMedia | Action::EjectMedia | Action::OpenConsole | Action::AttachClipboard => return None,
    })
}

/// The test driver lacks some calls.
fn is_unsupported(result: &Result<crate::command::Outcome>) -> bool {
    matches!(result, Err(Error::Libvirt { source, .. }) if source.code == sys::VIR_ERR_NO_SUPPORT.cast_signed())
}

/// Is the machine what the window says that it becomes?
fn is_as_told(action: Action, before: &Machine, now: Option<&Machine>) -> bool {
    let Some(now) = now else {
        return matches!(action, Action::Delete | Action::DeleteForced);
    };
    match action {
        Action::AddDisplay => now.definition.has_display(&GraphicsKind::Vnc) && now.state == before.state,
        Action::Start | Action::StartWithoutFastDisplay | Action::Resume => {
            now.state.is_active() && !now.definition.has_managed_save
        }
        Action::Shutdown | Action::ForceOff => !now.state.is_active(),
        Action::Pause => now.state.is_paused(),
        Action::Reboot | Action::Reset => now.state == State::Running || now.state == before.state,
        Action::Save => !now.state.is_active() && now.definition.has_managed_save,
        Action::DiscardSavedState => !now.definition.has_managed_save,
        Action::Delete | Action::DeleteForced => false,
        Action::CreateSnapshot => now.snapshots.len() == before.snapshots.len() + 1,
        Action::DeleteSnapshot => now.snapshots.len() + 1 == before.snapshots.len(),
        Action::Rename => now.name() != before.name(),
        Action::SetSharesClipboard => now.definition.shares_clipboard != before.definition.shares_clipboard,
        Action::AllowRemoteDisplay | Action::DetachClipboard | Action::SetSound => now.state == before.state,
        Action::Edit => now.definition.title != before.definition.title,
        Action::SetAutostart => now.definition.autostart != before.definition.autostart,
        Action::SetTags => now.definition.tags.len() == 1,
        Action::RevertSnapshot
        | Action::InsertMedia
        | Action::EjectMedia
        | Action::OpenConsole
        | Action::AttachClipboard => true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_the_guard_allows_libvirt_does(life in prop::collection::vec(prop::sample::select(Action::ALL.to_vec()), 1..30)) {
        let host = TestHost::new();
        let id = host.define_with("guest", DEVICES);
        let mut told = Vec::new();
        for (number, action) in life.into_iter().enumerate() {
            let Some(before) = machine(&host, id) else { break };
            let verdict = check(action, &before, true);
            let Some(command) = command(action, number, &before) else { continue };
            if verdict.is_err() {
                continue;
            }
            told.push(action);
            let result = host.run(|ctx| dispatch::run(ctx, &Command::Machine { id, command: command.clone() }));
            if is_unsupported(&result) {
                continue;
            }
            prop_assert!(result.is_ok(), "{:?} of {:?} was refused: {:?}; the life so far: {:?}", action, before.state, result, told);
            let now = machine(&host, id);
            prop_assert!(is_as_told(action, &before, now.as_ref()), "{:?}: {:?} became {:?}; {:?}", action, before, now, told);
        }
    }
}
