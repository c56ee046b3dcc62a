//! Refusals and bad input, said beside the field or the disabled button they belong to.

use libvirt_backend::error::{InputProblem, MediumProblem, NameProblem};
use libvirt_backend::guard::Denied;
use libvirt_backend::model::SnapshotRefusal;

use crate::t;
use crate::text::units;

/// Why an action is not possible now.
pub fn denied(reason: &Denied) -> String {
    t!(match reason {
        Denied::Snapshot(refusal) => return snapshot_refusal(refusal),
        Denied::NotConnected => "denied-not-connected",
        Denied::NotRunning => "denied-not-running",
        Denied::IsPaused => "denied-is-paused",
        Denied::NotPaused => "denied-not-paused",
        Denied::AlreadyRunning => "denied-already-running",
        Denied::MustBeOff => "denied-must-be-off",
        Denied::ShuttingDown => "denied-shutting-down",
        Denied::NotResponding => "denied-not-responding",
        Denied::Crashed => "denied-crashed",
        Denied::Transient => "denied-transient",
        Denied::NoSavedState => "denied-no-saved-state",
        Denied::HasSavedState => "denied-has-saved-state",
        Denied::HasSnapshots => "denied-has-snapshots",
        Denied::NoRemovableDrive => "denied-no-removable-drive",
        Denied::NoDisplay => "denied-no-display",
        Denied::HasDisplay => "denied-has-display",
        Denied::NoFastDisplay => "denied-no-fast-display",
        Denied::DisplayAtNextStart => "denied-display-at-next-start",
        Denied::ClipboardNotShared => "denied-clipboard-not-shared",
        Denied::NoSnapshots => "denied-no-snapshots",
    })
}

/// Why a machine cannot have snapshots.
pub fn snapshot_refusal(refusal: &SnapshotRefusal) -> String {
    match refusal {
        SnapshotRefusal::DiskNotQcow2 { target, format } => {
            t!("refusal-disk-not-qcow2", target = target, format = format)
        }
        SnapshotRefusal::HasExternalSnapshots => t!("refusal-has-external-snapshots"),
        SnapshotRefusal::RawNvram => t!("refusal-raw-nvram"),
        SnapshotRefusal::NoDisk => t!("refusal-no-disk"),
        SnapshotRefusal::ClipboardChannel => t!("refusal-clipboard-channel"),
    }
}

pub fn name_problem(problem: NameProblem) -> String {
    match problem {
        NameProblem::Empty => t!("name-empty"),
        NameProblem::TooLong { max_bytes } => t!("name-too-long", max = max_bytes),
        NameProblem::ControlCharacter => t!("name-control-character"),
        NameProblem::PathLike => t!("name-path-like"),
        NameProblem::OuterSpace => t!("name-outer-space"),
        NameProblem::NotInXml => t!("name-not-in-xml"),
    }
}

pub fn input_problem(problem: InputProblem) -> String {
    match problem {
        InputProblem::MemoryTooSmall { min_kib } => t!("input-memory-too-small", min = units::bytes(min_kib * 1024)),
        InputProblem::MemoryAboveHost { host_bytes } => t!("input-memory-above-host", host = units::bytes(host_bytes)),
        InputProblem::NoVcpus => t!("input-no-vcpus"),
        InputProblem::TooManyVcpus { max } => t!("input-too-many-vcpus", max = max),
        InputProblem::DiskTooSmall { min_bytes } => t!("input-disk-too-small", min = units::bytes(min_bytes)),
        InputProblem::DiskAboveRoom { room_bytes } => t!("input-disk-above-room", room = units::bytes(room_bytes)),
        InputProblem::DiskTooLarge { max_bytes } => t!("input-disk-too-large", max = units::bytes(max_bytes)),
        InputProblem::InvalidTag => t!("input-invalid-tag"),
        InputProblem::NoSuchNetwork => t!("input-no-such-network"),
        InputProblem::NoSuchPool => t!("input-no-such-pool"),
        InputProblem::NoPoolInFolder => t!("input-no-pool-in-folder"),
        InputProblem::ImageOfNoDisk => t!("input-image-of-no-disk"),
        InputProblem::NoPoolThere => t!("input-no-pool-there"),
        InputProblem::NoSuchDrive => t!("input-no-such-drive"),
        InputProblem::NoSuchSnapshot => t!("input-no-such-snapshot"),
        InputProblem::SnapshotExists => t!("input-snapshot-exists"),
        InputProblem::FileNotListed => t!("input-file-not-listed"),
        InputProblem::KvmUnavailable => t!("input-kvm-unavailable"),
        InputProblem::PasstUnavailable => t!("input-passt-unavailable"),
        InputProblem::ClipboardChannelTaken => t!("input-clipboard-channel-taken"),
        InputProblem::SoundNeedsSession => t!("input-sound-needs-session"),
        InputProblem::NoSoundServer => t!("input-no-sound-server"),
        InputProblem::DisplayNotRemote => t!("input-display-not-remote"),
        InputProblem::DisplayListensNowhere => t!("input-display-listens-nowhere"),
        InputProblem::DisplayOnLoopback => t!("input-display-on-loopback"),
        InputProblem::DbusDisplayUnavailable => t!("input-dbus-display-unavailable"),
    }
}

pub fn medium_problem(problem: MediumProblem) -> String {
    t!(match problem {
        MediumProblem::Missing => "medium-missing",
        MediumProblem::IsFolder => "medium-is-folder",
        MediumProblem::NotAFile => "medium-not-a-file",
        MediumProblem::Unreadable => "medium-unreadable",
        MediumProblem::UnreadableForQemu => "medium-unreadable-for-qemu",
        MediumProblem::Empty => "medium-empty",
        MediumProblem::Truncated => "medium-truncated",
        MediumProblem::DamagedQcow2 => "medium-damaged-qcow2",
        MediumProblem::HasBackingFile => "medium-has-backing-file",
        MediumProblem::NotAbsolute => "medium-not-absolute",
        MediumProblem::InUse => "medium-in-use",
        MediumProblem::AlreadyThere => "medium-already-there",
        MediumProblem::InNoPool => "medium-in-no-pool",
    })
}
