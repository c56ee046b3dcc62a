//! Jobs as a user reads them: "Creating snapshot of web-1", "Starting…", "web-1 started".

use libvirt_backend::command::{Command, JobStep, MachineCommand, NoticeKind, SnapshotCommand};

use crate::jobs::{Job, JobEnd};
use crate::notifications::{Happening, What};
use crate::t;
use crate::text::error;

/// What is at work: "Creating snapshot of web-1".
pub fn title(command: &Command, machine_name: &str) -> String {
    t!(format!("jobs-title-{}", kind(command)).as_str(), name = machine_name)
}

/// What a job is at, for its line in the job bar: "Creating the disk…".
pub fn step(step: JobStep) -> String {
    t!(match step {
        JobStep::Waiting => "jobs-step-waiting",
        JobStep::Checking => "jobs-step-checking",
        JobStep::TestingHost => "jobs-step-testing-host",
        JobStep::PreparingStorage => "jobs-step-preparing-storage",
        JobStep::CreatingDisk => "jobs-step-creating-disk",
        JobStep::Defining => "jobs-step-defining",
        JobStep::Starting => "jobs-step-starting",
        JobStep::AskingAgent => "jobs-step-asking-agent",
        JobStep::AskingAcpi => "jobs-step-asking-acpi",
        JobStep::WaitingForGuest => "jobs-step-waiting-for-guest",
        JobStep::Rebooting => "jobs-step-rebooting",
        JobStep::Resetting => "jobs-step-resetting",
        JobStep::ForcingOff => "jobs-step-forcing-off",
        JobStep::Pausing => "jobs-step-pausing",
        JobStep::Resuming => "jobs-step-resuming",
        JobStep::Saving => "jobs-step-saving",
        JobStep::Renaming => "jobs-step-renaming",
        JobStep::Tagging => "jobs-step-tagging",
        JobStep::ChangingMedia => "jobs-step-changing-media",
        JobStep::ChangingDevices => "jobs-step-changing-devices",
        JobStep::TakingSnapshot => "jobs-step-taking-snapshot",
        JobStep::Reverting => "jobs-step-reverting",
        JobStep::DeletingSnapshot => "jobs-step-deleting-snapshot",
        JobStep::DeletingFiles => "jobs-step-deleting-files",
        JobStep::Undefining => "jobs-step-undefining",
        JobStep::ReadingBack => "jobs-step-reading-back",
    })
}

/// The same in a word or two, for the state of its machine: "Snapshot…".
pub fn short_step(step: JobStep) -> String {
    let key = match step {
        JobStep::TestingHost | JobStep::PreparingStorage | JobStep::CreatingDisk | JobStep::Defining => {
            "jobs-short-preparing"
        }
        JobStep::AskingAgent | JobStep::AskingAcpi | JobStep::WaitingForGuest => "jobs-short-asking",
        JobStep::ChangingMedia => "jobs-short-media",
        JobStep::TakingSnapshot => "jobs-short-snapshot",
        JobStep::DeletingSnapshot | JobStep::DeletingFiles => "jobs-short-deleting",
        _ => return self::step(step),
    };
    t!(key)
}

/// The whole line: its end where it is over, else its title.
pub fn line(job: &Job) -> String {
    match &job.end {
        None => title(&job.command, &job.machine_name),
        Some(end) => end_line(&job.command, &job.machine_name, end),
    }
}

fn end_line(command: &Command, machine_name: &str, end: &JobEnd) -> String {
    match end {
        JobEnd::Done => t!(format!("jobs-done-{}", kind(command)).as_str(), name = machine_name),
        JobEnd::AtNextStart => t!(
            "jobs-at-next-start",
            done = t!(format!("jobs-done-{}", kind(command)).as_str(), name = machine_name)
        ),
        JobEnd::StillRunning => t!("jobs-still-running", name = machine_name),
        JobEnd::Failed(_) => t!("jobs-failed", title = title(command, machine_name)),
        JobEnd::Cancelled => t!("jobs-cancelled", title = title(command, machine_name)),
    }
}

/// What happened unasked: "web-1 is paused: the disk is full".
pub fn notice(kind: &NoticeKind, name: &str) -> String {
    t!(notice_key(kind), name = name)
}

/// One line for the Activity page and the toasts; a failure's message follows it (see [`details`]).
pub fn happening(happening: &Happening) -> String {
    match &happening.what {
        What::Job(job) => line(job),
        What::Notice(told) => match &told.machine_name {
            Some(name) => notice(&told.kind, name),
            None => notice(&told.kind, &super::state::host_name(&told.uri)),
        },
        What::Text { text, .. } => text.clone(),
    }
}

/// The parts of the failure, where it is one.
pub fn details(happening: &Happening) -> Option<error::Message> {
    match &happening.what {
        What::Job(job) => match &job.end {
            Some(JobEnd::Failed(failure)) => Some(error::message(failure)),
            _ => None,
        },
        What::Notice(_) | What::Text { .. } => None,
    }
}

const fn notice_key(kind: &NoticeKind) -> &'static str {
    match kind {
        NoticeKind::ConnectionLost => "notice-connection-lost",
        NoticeKind::ConnectionBack => "notice-connection-back",
        NoticeKind::MachineDied => "notice-machine-died",
        NoticeKind::MachineNotResponding => "notice-machine-not-responding",
        NoticeKind::MachineRespondsAgain => "notice-machine-responds-again",
        NoticeKind::PausedDiskFull => "notice-paused-disk-full",
        NoticeKind::PausedIoError => "notice-paused-io-error",
        NoticeKind::GuestPanicked => "notice-guest-panicked",
        NoticeKind::Resynchronised => "notice-resynchronised",
    }
}

/// The part of a key that names the command.
const fn kind(command: &Command) -> &'static str {
    match command {
        Command::Create(_) => "create",
        Command::Query(_) => "query",
        Command::TestHostAgain => "test-host",
        Command::RemoveLeftovers(_) => "remove-leftovers",
        Command::Machine { command, .. } => match command {
            MachineCommand::Start => "start",
            MachineCommand::Shutdown { .. } => "shutdown",
            MachineCommand::Reboot => "reboot",
            MachineCommand::Reset => "reset",
            MachineCommand::ForceOff => "force-off",
            MachineCommand::Pause => "pause",
            MachineCommand::Resume => "resume",
            MachineCommand::Save => "save",
            MachineCommand::DiscardSavedState => "discard-saved-state",
            MachineCommand::Rename(_) => "rename",
            MachineCommand::SetTags(_) => "set-tags",
            MachineCommand::Delete(_) => "delete",
            MachineCommand::InsertMedia { .. } => "insert-media",
            MachineCommand::EjectMedia { .. } => "eject-media",
            MachineCommand::Snapshot(SnapshotCommand::Create { .. }) => "snapshot-create",
            MachineCommand::Snapshot(SnapshotCommand::Revert { .. }) => "snapshot-revert",
            MachineCommand::Snapshot(SnapshotCommand::Delete { .. }) => "snapshot-delete",
            MachineCommand::AddDisplay => "add-display",
            MachineCommand::StartWithoutFastDisplay => "start-without-fast-display",
            MachineCommand::AllowRemoteDisplay => "allow-remote-display",
            MachineCommand::SetSharesClipboard(_) => "set-shares-clipboard",
            MachineCommand::AttachClipboard => "attach-clipboard",
            MachineCommand::DetachClipboard => "detach-clipboard",
            MachineCommand::SetSound(_) => "set-sound",
            MachineCommand::SetAutostart(_) => "set-autostart",
            MachineCommand::Edit(_) => "edit",
            MachineCommand::UndoEdit(_) => "undo-edit",
            MachineCommand::RedoEdit(_) => "redo-edit",
        },
    }
}

/// Every command kind, for the test that each has its texts.
#[cfg(test)]
pub(crate) const KINDS: [&str; 31] = [
    "create",
    "query",
    "test-host",
    "remove-leftovers",
    "start",
    "shutdown",
    "reboot",
    "reset",
    "force-off",
    "pause",
    "resume",
    "save",
    "discard-saved-state",
    "rename",
    "set-tags",
    "delete",
    "insert-media",
    "eject-media",
    "snapshot-create",
    "snapshot-revert",
    "snapshot-delete",
    "add-display",
    "start-without-fast-display",
    "allow-remote-display",
    "set-shares-clipboard",
    "attach-clipboard",
    "detach-clipboard",
    "set-sound",
    "edit",
    "undo-edit",
    "redo-edit",
];

#[cfg(test)]
mod tests {
    use libvirt_backend::model::MachineId;

    use super::*;

    #[test]
    fn a_snapshot_is_told_by_its_machine() {
        let command = Command::Machine {
            id: "00000000-0000-4000-8000-000000000001".parse::<MachineId>().unwrap(),
            command: MachineCommand::Snapshot(SnapshotCommand::Create {
                name: "before".to_owned(),
                description: None,
            }),
        };
        assert_eq!(title(&command, "web-1"), "Creating snapshot of web-1");
        assert_eq!(end_line(&command, "web-1", &JobEnd::Done), "Snapshot of web-1 created");
        assert_eq!(
            end_line(&command, "web-1", &JobEnd::Failed(libvirt_backend::Error::AgentSilent)),
            "Creating snapshot of web-1 failed"
        );
    }
}
