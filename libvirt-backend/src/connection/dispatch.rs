//! From a command to the operation that carries it out, family by family.

use super::pool::Patience;
use crate::command::{Command, JobStep, MachineCommand, Outcome, Query, SnapshotCommand};
use crate::error::{LibvirtError, Result};
use crate::ffi::Conn;
use crate::model::MachineId;
use crate::ops::{self, Context};

/// Blocks; runs on a thread of the pool.
pub(crate) fn run(context: &Context<'_>, command: &Command) -> Result<Outcome> {
    match command {
        Command::Machine { id, command } => run_machine(context, *id, command),
        Command::Create(new) => ops::create(context, new),
        Command::Query(query) => run_query(context, query),
        Command::TestHostAgain => ops::test_host_again(context),
        Command::RemoveLeftovers(leftovers) => ops::remove_leftovers(context, leftovers),
    }
}

fn run_query(context: &Context<'_>, query: &Query) -> Result<Outcome> {
    match query {
        Query::DeletePlan(id) => ops::delete_plan(context, *id),
        Query::SnapshotEstimate(id) => ops::snapshot_estimate(context, *id),
        Query::Screenshot(id) => ops::screenshot(context, *id),
        Query::Thumbnail { id, fits, known } => ops::thumbnail(context, *id, *fits, *known),
        Query::HostProfile => ops::host_profile(context),
        Query::CheckMedium(path) => ops::check_medium(context, path),
        Query::StorageRoom => ops::storage_room(context),
        Query::OpenDisplay { id, index } => ops::open_display(context, *id, *index),
        Query::OpenConsole { id, device } => ops::open_console(context, *id, device.as_deref()),
        Query::DomainXml(id) => ops::domain_xml(context, *id),
        Query::Definition(id) => ops::definition(context, *id),
        Query::Choices(id) => ops::choices(context, *id),
        Query::History(id) => ops::history(context, *id),
        Query::Leftovers => ops::leftovers(context),
    }
}

fn run_snapshot(context: &Context<'_>, id: MachineId, command: &SnapshotCommand) -> Result<Outcome> {
    match command {
        SnapshotCommand::Create { name, description } => {
            ops::create_snapshot(context, id, name, description.as_deref())
        }
        SnapshotCommand::Revert { name } => ops::revert_snapshot(context, id, name),
        SnapshotCommand::Delete { name } => ops::delete_snapshot(context, id, name),
    }
}

fn run_machine(context: &Context<'_>, id: MachineId, command: &MachineCommand) -> Result<Outcome> {
    match command {
        MachineCommand::Start => ops::start(context, id),
        MachineCommand::Shutdown { grace } => ops::shutdown(context, id, *grace),
        MachineCommand::Reboot => ops::reboot(context, id),
        MachineCommand::Reset => ops::reset(context, id),
        MachineCommand::ForceOff => ops::force_off(context, id),
        MachineCommand::Pause => ops::pause(context, id),
        MachineCommand::Resume => ops::resume(context, id),
        MachineCommand::Save => ops::save(context, id),
        MachineCommand::DiscardSavedState => ops::discard_saved_state(context, id),
        MachineCommand::Rename(name) => ops::rename(context, id, name),
        MachineCommand::SetTags(tags) => ops::set_tags(context, id, tags),
        MachineCommand::Delete(request) => ops::delete(context, id, request),
        MachineCommand::InsertMedia { target, path } => ops::insert_media(context, id, target, path),
        MachineCommand::EjectMedia { target } => ops::eject_media(context, id, target),
        MachineCommand::Snapshot(command) => run_snapshot(context, id, command),
        MachineCommand::AddDisplay => ops::add_display(context, id),
        MachineCommand::StartWithoutFastDisplay => ops::start_without_fast_display(context, id),
        MachineCommand::AllowRemoteDisplay => ops::allow_remote_display(context, id),
        MachineCommand::SetSharesClipboard(is_shared) => ops::set_shares_clipboard(context, id, *is_shared),
        MachineCommand::AttachClipboard => ops::attach_clipboard(context, id),
        MachineCommand::DetachClipboard => ops::detach_clipboard(context, id),
        MachineCommand::SetSound(sound) => ops::set_sound(context, id, *sound),
        MachineCommand::SetAutostart(is_on) => ops::set_autostart(context, id, *is_on),
        MachineCommand::Edit(request) => ops::edit(context, id, request),
        MachineCommand::UndoEdit(overwrite) => ops::undo_edit(context, id, *overwrite),
        MachineCommand::RedoEdit(overwrite) => ops::redo_edit(context, id, *overwrite),
    }
}

/// Makes the call return that [`crate::ops::CancelToken::while_abortable`] waits for.
pub(crate) fn abort_job(conn: &Conn, machine: MachineId) -> Result<(), LibvirtError> {
    conn.domain(machine)?.abort_job()
}

/// Does it take its time by nature? Then it runs apart, and no time-out makes its machine "not responding".
pub(crate) const fn patience(command: &Command) -> Patience {
    match command {
        Command::Machine { command, .. } => match command {
            MachineCommand::Pause
            | MachineCommand::Resume
            | MachineCommand::Reset
            | MachineCommand::DiscardSavedState
            | MachineCommand::Rename(_)
            | MachineCommand::SetTags(_)
            | MachineCommand::SetAutostart(_)
            | MachineCommand::SetSharesClipboard(_) => Patience::Quick,
            MachineCommand::Start
            | MachineCommand::Shutdown { .. }
            | MachineCommand::Reboot
            | MachineCommand::ForceOff
            | MachineCommand::Save
            | MachineCommand::Delete(_)
            | MachineCommand::InsertMedia { .. }
            | MachineCommand::EjectMedia { .. }
            | MachineCommand::Snapshot(_)
            | MachineCommand::AddDisplay
            | MachineCommand::StartWithoutFastDisplay
            | MachineCommand::AllowRemoteDisplay
            | MachineCommand::AttachClipboard
            | MachineCommand::DetachClipboard
            | MachineCommand::Edit(_)
            | MachineCommand::UndoEdit(_)
            | MachineCommand::RedoEdit(_)
            | MachineCommand::SetSound(_) => Patience::Long,
        },
        Command::Query(query) => match query {
            Query::SnapshotEstimate(_)
            | Query::Screenshot(_)
            | Query::Thumbnail { .. }
            | Query::DomainXml(_)
            | Query::Definition(_)
            | Query::History(_) => Patience::Quick,
            // Of another computer by way of an ssh that may have to ask first.
            Query::OpenDisplay { .. }
            // Opens a connection of its own, which may take a remote host its time.
            | Query::OpenConsole { .. }
            | Query::DeletePlan(_)
            // A host with hundreds of devices is asked for each.
            | Query::Choices(_)
            | Query::HostProfile
            | Query::CheckMedium(_)
            | Query::StorageRoom
            | Query::Leftovers => Patience::Long,
        },
        Command::Create(_) | Command::TestHostAgain | Command::RemoveLeftovers(_) => Patience::Long,
    }
}

/// While it goes on, libvirt lets every other question to the machine wait. A guest that is asked to stop or to start
/// anew is waited for, but nobody is held up by that.
pub(crate) const fn holds_machine(command: &MachineCommand) -> bool {
    match command {
        MachineCommand::Start
        | MachineCommand::ForceOff
        | MachineCommand::Save
        | MachineCommand::Delete(_)
        | MachineCommand::InsertMedia { .. }
        | MachineCommand::EjectMedia { .. }
        | MachineCommand::Snapshot(_)
        | MachineCommand::StartWithoutFastDisplay
        | MachineCommand::AttachClipboard
        | MachineCommand::DetachClipboard
        // Unplugging waits for the guest.
        | MachineCommand::Edit(_)
        | MachineCommand::UndoEdit(_)
        | MachineCommand::RedoEdit(_) => true,
        MachineCommand::Shutdown { .. }
        | MachineCommand::Reboot
        | MachineCommand::Reset
        | MachineCommand::Pause
        | MachineCommand::Resume
        | MachineCommand::DiscardSavedState
        | MachineCommand::Rename(_)
        | MachineCommand::SetTags(_)
        | MachineCommand::AddDisplay
        | MachineCommand::AllowRemoteDisplay
        | MachineCommand::SetSharesClipboard(_)
        | MachineCommand::SetAutostart(_)
        | MachineCommand::SetSound(_) => false,
    }
}

/// While it goes on, QEMU itself may be too busy to answer.
pub(crate) const fn holds_monitor(command: &MachineCommand) -> bool {
    matches!(
        command,
        MachineCommand::Start
            | MachineCommand::StartWithoutFastDisplay
            | MachineCommand::ForceOff
            | MachineCommand::Delete(_)
            | MachineCommand::Snapshot(_)
    )
}

/// The list of machines or the room in the pools is another afterwards.
pub(crate) const fn changes_list(command: &Command) -> bool {
    matches!(
        command,
        Command::Create(_)
            | Command::RemoveLeftovers(_)
            | Command::Machine {
                command: MachineCommand::Delete(_),
                ..
            }
    )
}

/// What a job says it is at before its operation says more.
pub(crate) const fn first_step(command: &Command) -> JobStep {
    match command {
        Command::Machine { command, .. } => match command {
            MachineCommand::Start => JobStep::Starting,
            MachineCommand::Shutdown { .. } => JobStep::AskingAgent,
            MachineCommand::Reboot => JobStep::Rebooting,
            MachineCommand::Reset => JobStep::Resetting,
            MachineCommand::ForceOff => JobStep::ForcingOff,
            MachineCommand::Pause => JobStep::Pausing,
            MachineCommand::Resume => JobStep::Resuming,
            MachineCommand::Save => JobStep::Saving,
            MachineCommand::DiscardSavedState => JobStep::DeletingFiles,
            MachineCommand::Rename(_) => JobStep::Renaming,
            MachineCommand::SetTags(_) => JobStep::Tagging,
            MachineCommand::Delete(_)
            | MachineCommand::AddDisplay
            | MachineCommand::SetSound(_)
            | MachineCommand::SetAutostart(_)
            | MachineCommand::Edit(_)
            | MachineCommand::UndoEdit(_)
            | MachineCommand::RedoEdit(_) => JobStep::Checking,
            MachineCommand::InsertMedia { .. } | MachineCommand::EjectMedia { .. } => JobStep::ChangingMedia,
            MachineCommand::Snapshot(SnapshotCommand::Create { .. }) => JobStep::TakingSnapshot,
            MachineCommand::Snapshot(SnapshotCommand::Revert { .. }) => JobStep::Reverting,
            MachineCommand::Snapshot(SnapshotCommand::Delete { .. }) => JobStep::DeletingSnapshot,
            MachineCommand::StartWithoutFastDisplay
            | MachineCommand::AllowRemoteDisplay
            | MachineCommand::SetSharesClipboard(_)
            | MachineCommand::AttachClipboard
            | MachineCommand::DetachClipboard => JobStep::ChangingDevices,
        },
        Command::TestHostAgain | Command::Query(Query::HostProfile) => JobStep::TestingHost,
        Command::RemoveLeftovers(_) => JobStep::DeletingFiles,
        Command::Create(_) | Command::Query(_) => JobStep::Checking,
    }
}
