//! May this action run on this machine now? One pure function, asked by menus, the terminal and the actor alike.
//!
//! The answer depends on the machine as last seen and on whether the connection is up, and on nothing else. A
//! refusal is an enum with the facts in it; the window and the terminal make sentences of it.

use crate::model::{GraphicsKind, Machine, SnapshotRefusal, State};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    Start,
    Shutdown,
    Reboot,
    Reset,
    ForceOff,
    Pause,
    Resume,
    Save,
    DiscardSavedState,
    Rename,
    SetTags,
    Delete,
    /// Delete, with leave to force the machine off first.
    DeleteForced,
    InsertMedia,
    EjectMedia,
    CreateSnapshot,
    RevertSnapshot,
    DeleteSnapshot,
    OpenConsole,
    AddDisplay,
    StartWithoutFastDisplay,
    AllowRemoteDisplay,
    SetSharesClipboard,
    AttachClipboard,
    DetachClipboard,
    SetSound,
    SetAutostart,
    Edit,
}

impl Action {
    pub const ALL: [Self; 28] = [
        Self::Start,
        Self::Shutdown,
        Self::Reboot,
        Self::Reset,
        Self::ForceOff,
        Self::Pause,
        Self::Resume,
        Self::Save,
        Self::DiscardSavedState,
        Self::Rename,
        Self::SetTags,
        Self::Delete,
        Self::DeleteForced,
        Self::InsertMedia,
        Self::EjectMedia,
        Self::CreateSnapshot,
        Self::RevertSnapshot,
        Self::DeleteSnapshot,
        Self::OpenConsole,
        Self::AddDisplay,
        Self::StartWithoutFastDisplay,
        Self::AllowRemoteDisplay,
        Self::SetSharesClipboard,
        Self::AttachClipboard,
        Self::DetachClipboard,
        Self::SetSound,
        Self::SetAutostart,
        Self::Edit,
    ];
}

/// Why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    NotConnected,
    /// Only while it runs (or is paused).
    NotRunning,
    /// Only while it executes: it is paused.
    IsPaused,
    NotPaused,
    AlreadyRunning,
    /// Only while it is off.
    MustBeOff,
    ShuttingDown,
    /// QEMU does not answer; only force off helps.
    NotResponding,
    /// The guest panicked; only reset or force off help.
    Crashed,
    Transient,
    NoSavedState,
    /// Discard or resume the saved state first: it belongs to the disks as they are.
    HasSavedState,
    HasSnapshots,
    NoRemovableDrive,
    NoDisplay,
    /// It has all that Berth would add.
    HasDisplay,
    NoFastDisplay,
    /// It was added while the machine runs.
    DisplayAtNextStart,
    /// Its switch is off.
    ClipboardNotShared,
    NoSnapshots,
    Snapshot(SnapshotRefusal),
}

/// May `action` run on `machine` now? `is_connected`: its connection is up and the list is live.
pub fn check(action: Action, machine: &Machine, is_connected: bool) -> Result<(), Denied> {
    if !is_connected {
        return Err(Denied::NotConnected);
    }
    if !machine.responding.is_yes() && !matches!(action, Action::ForceOff | Action::DeleteForced) {
        return Err(Denied::NotResponding);
    }
    state_allows(action, machine)?;
    definition_allows(action, machine)
}

fn state_allows(action: Action, machine: &Machine) -> Result<(), Denied> {
    let state = machine.state;
    match action {
        Action::Start | Action::StartWithoutFastDisplay => match state {
            State::Running | State::Asleep | State::ShuttingDown | State::Paused(_) => Err(Denied::AlreadyRunning),
            State::Crashed => Err(Denied::Crashed),
            State::ShutOff(_) | State::Unknown => Ok(()),
        },
        Action::Shutdown | Action::Reboot => executing(state),
        Action::Pause => match state {
            State::ShuttingDown => Err(Denied::ShuttingDown),
            _ => executing(state),
        },
        Action::Reset
        | Action::ForceOff
        | Action::OpenConsole
        | Action::AttachClipboard
        | Action::DetachClipboard => active(state),
        Action::Resume => match state {
            State::Paused(_) | State::Asleep => Ok(()),
            State::Crashed => Err(Denied::Crashed),
            State::Running | State::ShuttingDown | State::ShutOff(_) | State::Unknown => Err(Denied::NotPaused),
        },
        Action::Save => match state {
            State::Running | State::Paused(_) => Ok(()),
            State::Crashed => Err(Denied::Crashed),
            State::ShuttingDown => Err(Denied::ShuttingDown),
            State::Asleep | State::ShutOff(_) | State::Unknown => Err(Denied::NotRunning),
        },
        Action::DiscardSavedState | Action::Rename | Action::Delete => {
            if state.is_active() {
                Err(Denied::MustBeOff)
            } else {
                Ok(())
            }
        }
        Action::CreateSnapshot | Action::RevertSnapshot | Action::DeleteSnapshot => match state {
            State::ShuttingDown => Err(Denied::ShuttingDown),
            State::Crashed if action == Action::CreateSnapshot => Err(Denied::Crashed),
            _ => Ok(()),
        },
        Action::SetTags
        | Action::DeleteForced
        | Action::InsertMedia
        | Action::EjectMedia
        // While it runs, only the next start is changed.
        | Action::AddDisplay
        | Action::AllowRemoteDisplay
        | Action::SetSound
        | Action::SetAutostart
        | Action::Edit
        | Action::SetSharesClipboard => Ok(()),
    }
}

const fn executing(state: State) -> Result<(), Denied> {
    match state {
        State::Running | State::ShuttingDown => Ok(()),
        State::Paused(_) | State::Asleep => Err(Denied::IsPaused),
        State::Crashed => Err(Denied::Crashed),
        State::ShutOff(_) | State::Unknown => Err(Denied::NotRunning),
    }
}

const fn active(state: State) -> Result<(), Denied> {
    if state.is_active() {
        Ok(())
    } else {
        Err(Denied::NotRunning)
    }
}

fn definition_allows(action: Action, machine: &Machine) -> Result<(), Denied> {
    let definition = &machine.definition;
    match action {
        Action::DiscardSavedState if !definition.has_managed_save => Err(Denied::NoSavedState),
        Action::Rename if definition.has_managed_save => Err(Denied::HasSavedState),
        Action::Rename if !machine.snapshots.is_empty() => Err(Denied::HasSnapshots),
        Action::Save
        | Action::Rename
        | Action::CreateSnapshot
        | Action::AddDisplay
        | Action::AllowRemoteDisplay
        | Action::SetSound
        | Action::SetAutostart
        | Action::StartWithoutFastDisplay
            if !definition.is_persistent =>
        {
            Err(Denied::Transient)
        }
        // A saved state belongs to the disks as they are, has its devices with it, and is what the next start resumes.
        Action::CreateSnapshot
        | Action::RevertSnapshot
        | Action::DeleteSnapshot
        | Action::AddDisplay
        | Action::AllowRemoteDisplay
        | Action::SetSound
        | Action::Edit
        | Action::StartWithoutFastDisplay
            if definition.has_managed_save && !machine.state.is_active() =>
        {
            Err(Denied::HasSavedState)
        }
        Action::CreateSnapshot => match &definition.snapshot_refusal {
            Some(refusal) => Err(Denied::Snapshot(refusal.clone())),
            None => Ok(()),
        },
        Action::RevertSnapshot | Action::DeleteSnapshot if machine.snapshots.is_empty() => Err(Denied::NoSnapshots),
        Action::RevertSnapshot | Action::DeleteSnapshot => match &definition.snapshot_refusal {
            Some(refusal @ SnapshotRefusal::HasExternalSnapshots) => Err(Denied::Snapshot(refusal.clone())),
            _ => Ok(()),
        },
        Action::InsertMedia | Action::EjectMedia if !definition.has_removable_drive() => Err(Denied::NoRemovableDrive),
        Action::OpenConsole if definition.graphics.is_empty() => Err(Denied::NoDisplay),
        Action::AddDisplay
            if definition.has_display(&GraphicsKind::Vnc) && definition.has_display(&GraphicsKind::DbusP2p) =>
        {
            Err(Denied::HasDisplay)
        }
        Action::AttachClipboard if !definition.shares_clipboard => Err(Denied::ClipboardNotShared),
        Action::AllowRemoteDisplay if !definition.has_display(&GraphicsKind::Vnc) => Err(Denied::NoDisplay),
        Action::StartWithoutFastDisplay if !definition.has_display(&GraphicsKind::DbusP2p) => {
            Err(Denied::NoFastDisplay)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
