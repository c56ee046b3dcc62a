//! Machines of every kind, taken through random lives: what is allowed leads to where the next thing is allowed.

use std::path::PathBuf;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::model::{
    Definition, Disk, DiskBus, DiskDevice, DiskFormat, DiskSource, Graphics, GraphicsKind, MachineId, PauseReason,
    Responding, ShutOffReason, Snapshot, SnapshotKind,
};

fn states() -> impl Strategy<Value = State> {
    prop::sample::select(vec![
        State::Running,
        State::Paused(PauseReason::User),
        State::Paused(PauseReason::IoError { disk_full: true }),
        State::ShuttingDown,
        State::ShutOff(ShutOffReason::Shutdown),
        State::ShutOff(ShutOffReason::Saved),
        State::Crashed,
        State::Asleep,
        State::Unknown,
    ])
}

fn refusals() -> impl Strategy<Value = Option<SnapshotRefusal>> {
    prop::sample::select(vec![
        None,
        Some(SnapshotRefusal::NoDisk),
        Some(SnapshotRefusal::HasExternalSnapshots),
        Some(SnapshotRefusal::RawNvram),
    ])
}

fn snapshot(number: usize) -> Snapshot {
    Snapshot {
        name: format!("s{number}"),
        description: None,
        created_at_seconds: 0,
        parent: None,
        is_current: false,
        kind: SnapshotKind::InternalDisks,
        was_running: false,
    }
}

fn snapshots(count: usize) -> Arc<[Snapshot]> {
    (0..count).map(snapshot).collect()
}

fn drive() -> Disk {
    Disk {
        target: "sda".to_owned(),
        device: DiskDevice::Cdrom,
        bus: DiskBus::Sata,
        source: DiskSource::File(PathBuf::from("/iso")),
        format: DiskFormat::Raw,
        is_readonly: true,
        is_shareable: false,
    }
}

prop_compose! {
    fn machines()(
        state in states(),
        is_persistent in any::<bool>(),
        has_managed_save in any::<bool>(),
        num_snapshots in 0..3_usize,
        snapshot_refusal in refusals(),
        has_drive in any::<bool>(),
        has_display in any::<bool>(),
    ) -> Machine {
        let definition = Definition {
            is_persistent,
            has_managed_save: has_managed_save && is_persistent,
            snapshot_refusal,
            disks: has_drive.then(drive).into_iter().collect(),
            graphics: has_display
                .then_some(Graphics { index: 0, kind: GraphicsKind::Vnc })
                .into_iter()
                .collect(),
            is_complete: true,
            ..Definition::unread("guest")
        };
        Machine {
            id: MachineId(uuid::Uuid::nil()),
            definition: Arc::new(definition),
            state,
            responding: Responding::Yes,
            started_at_millis: None,
            is_agent_connected: false,
            addresses: Arc::from([]),
            snapshots: snapshots(num_snapshots),
            stats: Arc::default(),
        }
    }
}

fn actions() -> impl Strategy<Value = Action> {
    prop::sample::select(Action::ALL.to_vec())
}

fn is_allowed(action: Action, machine: &Machine) -> bool {
    check(action, machine, true).is_ok()
}

/// What the machine is after an action that was allowed and done; `None`: it is gone.
fn after(action: Action, machine: &Machine) -> Option<Machine> {
    let mut next = machine.clone();
    let definition = Arc::make_mut(&mut next.definition);
    match action {
        Action::SetSharesClipboard => definition.shares_clipboard = !definition.shares_clipboard,
        Action::AddDisplay => {
            for kind in [GraphicsKind::Vnc, GraphicsKind::DbusP2p] {
                if !definition.has_display(&kind) {
                    definition.graphics.push(Graphics { index: 0, kind });
                }
            }
        }
        Action::StartWithoutFastDisplay => {
            next.state = State::Running;
            definition
                .graphics
                .retain(|graphics| graphics.kind != GraphicsKind::DbusP2p);
        }
        Action::Start => {
            next.state = State::Running;
            definition.has_managed_save = false;
        }
        Action::Shutdown | Action::ForceOff => {
            if !definition.is_persistent {
                return None;
            }
            next.state = State::ShutOff(ShutOffReason::Destroyed);
        }
        Action::Pause => next.state = State::Paused(PauseReason::User),
        Action::Resume => next.state = State::Running,
        Action::Save => {
            next.state = State::ShutOff(ShutOffReason::Saved);
            definition.has_managed_save = true;
        }
        Action::DiscardSavedState => definition.has_managed_save = false,
        Action::Delete | Action::DeleteForced => return None,
        Action::EjectMedia => definition.disks[0].source = DiskSource::Empty,
        Action::CreateSnapshot => next.snapshots = snapshots(machine.snapshots.len() + 1),
        Action::DeleteSnapshot => next.snapshots = snapshots(machine.snapshots.len() - 1),
        Action::Reboot
        | Action::Reset
        | Action::Rename
        | Action::SetTags
        | Action::InsertMedia
        | Action::RevertSnapshot
        | Action::OpenConsole
        | Action::AllowRemoteDisplay
        | Action::AttachClipboard
        | Action::DetachClipboard
        | Action::SetSound
        | Action::SetAutostart
        | Action::Edit => {}
    }
    Some(next)
}

/// What must be possible, and what must not, once `action` was done.
fn follows(action: Action, next: &Machine) -> (Vec<Action>, Vec<Action>) {
    match action {
        Action::Start => (
            vec![Action::ForceOff, Action::Shutdown, Action::Pause],
            vec![Action::Start, Action::Delete, Action::Rename, Action::DiscardSavedState],
        ),
        Action::AddDisplay => (Vec::new(), vec![Action::AddDisplay]),
        Action::StartWithoutFastDisplay => (
            vec![Action::ForceOff, Action::AddDisplay],
            vec![Action::Start, Action::StartWithoutFastDisplay],
        ),
        Action::Shutdown | Action::ForceOff => (
            vec![Action::Start, Action::Delete],
            vec![Action::ForceOff, Action::Shutdown, Action::Pause, Action::Save],
        ),
        Action::Pause => (
            vec![Action::Resume, Action::ForceOff],
            vec![Action::Pause, Action::Shutdown],
        ),
        Action::Resume => (vec![Action::Pause, Action::ForceOff], vec![Action::Resume]),
        Action::Save => (
            vec![Action::Start, Action::DiscardSavedState, Action::Delete],
            vec![
                Action::Save,
                Action::Rename,
                Action::CreateSnapshot,
                Action::RevertSnapshot,
            ],
        ),
        Action::DiscardSavedState => (vec![Action::Start], vec![Action::DiscardSavedState]),
        Action::CreateSnapshot => (
            vec![Action::RevertSnapshot, Action::DeleteSnapshot],
            vec![Action::Rename],
        ),
        Action::DeleteSnapshot if next.snapshots.is_empty() => {
            (Vec::new(), vec![Action::RevertSnapshot, Action::DeleteSnapshot])
        }
        _ => (Vec::new(), Vec::new()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_was_done_leads_to_where_its_way_back_is_open(
        first in machines(),
        life in prop::collection::vec(actions(), 1..40),
    ) {
        let mut machine = first;
        for action in life {
            if !is_allowed(action, &machine) {
                continue;
            }
            let Some(next) = after(action, &machine) else { break };
            let (open, shut) = follows(action, &next);
            for expected in open {
                prop_assert_eq!(check(expected, &next, true), Ok(()), "{:?} after {:?}: {:?}", expected, action, &next);
            }
            for refused in shut {
                prop_assert!(!is_allowed(refused, &next), "{:?} after {:?}: {:?}", refused, action, &next);
            }
            machine = next;
        }
    }

    #[test]
    fn opposites_are_never_both_allowed(machine in machines()) {
        let both = |one, other| is_allowed(one, &machine) && is_allowed(other, &machine);
        for running in [Action::Shutdown, Action::Reboot, Action::Reset, Action::ForceOff, Action::Pause, Action::Save] {
            prop_assert!(!both(Action::Start, running), "start and {:?}", running);
            prop_assert!(!both(Action::Delete, running), "delete and {:?}", running);
        }
        prop_assert!(!both(Action::Pause, Action::Resume));
        // There is always a way to be rid of it, and always a way out of whatever it is in.
        prop_assert!(is_allowed(Action::DeleteForced, &machine));
        prop_assert!(is_allowed(Action::Start, &machine) || is_allowed(Action::ForceOff, &machine));
    }

    #[test]
    fn of_a_machine_that_hangs_only_the_plug_can_be_pulled(machine in machines()) {
        let hung = Machine { responding: Responding::No { since_millis: 1 }, ..machine.clone() };
        for action in Action::ALL {
            let verdict = check(action, &hung, true);
            match action {
                Action::ForceOff | Action::DeleteForced => {
                    prop_assert_eq!(verdict, check(action, &machine, true));
                }
                _ => prop_assert_eq!(verdict, Err(Denied::NotResponding), "{:?}", action),
            }
            prop_assert_eq!(check(action, &machine, false), Err(Denied::NotConnected));
        }
    }
}
