//! What a machine is doing and why, as libvirt tells it.

use serde::{Deserialize, Serialize};

/// The state of a domain, with libvirt's reason where a user would ask for it.
///
/// Source: `virDomainState` and its reason enums.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
pub enum State {
    /// Executing, or blocked on a resource (libvirt's `BLOCKED` is folded in).
    Running,
    Paused(PauseReason),
    /// The guest was asked to power off and is still doing so.
    ShuttingDown,
    ShutOff(ShutOffReason),
    /// The guest panicked and its memory was kept.
    Crashed,
    /// Suspended by the guest itself (ACPI S3).
    Asleep,
    /// libvirt gave a number that this version does not know.
    #[default]
    Unknown,
}

/// Why a domain is paused (`virDomainPausedReason`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PauseReason {
    Unknown,
    /// Somebody asked for it.
    User,
    Migration,
    Saving,
    Dumping,
    /// A disk could not be read or written. `disk_full` is known from `virDomainGetDiskErrors`.
    IoError {
        disk_full: bool,
    },
    Watchdog,
    FromSnapshot,
    ShuttingDown,
    Snapshotting,
    Crashed,
    StartingUp,
    PostCopy,
    PostCopyFailed,
    ApiError,
}

/// Why a domain is off (`virDomainShutoffReason`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ShutOffReason {
    Unknown,
    /// The guest powered itself off.
    Shutdown,
    /// Forced off.
    Destroyed,
    Crashed,
    Migrated,
    Saved,
    /// The start failed, or QEMU ended unasked.
    Failed,
    FromSnapshot,
    /// The daemon lost it.
    Daemon,
}

impl State {
    /// A QEMU process exists for this state.
    pub const fn is_active(self) -> bool {
        matches!(
            self,
            Self::Running | Self::Paused(_) | Self::ShuttingDown | Self::Crashed | Self::Asleep
        )
    }

    pub const fn is_paused(self) -> bool {
        matches!(self, Self::Paused(_))
    }

    /// The stable word of the state in JSON and logs; never translated.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused(_) => "paused",
            Self::ShuttingDown => "shutting-down",
            Self::ShutOff(_) => "shut-off",
            Self::Crashed => "crashed",
            Self::Asleep => "asleep",
            Self::Unknown => "unknown",
        }
    }

    /// The stable word of the reason in JSON and logs; `None` where a state has none worth telling.
    pub const fn reason_word(self) -> Option<&'static str> {
        match self {
            Self::Paused(reason) => Some(reason.word()),
            Self::ShutOff(reason) => Some(reason.word()),
            Self::Running | Self::ShuttingDown | Self::Crashed | Self::Asleep | Self::Unknown => None,
        }
    }
}

impl PauseReason {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::User => "user",
            Self::Migration => "migration",
            Self::Saving => "saving",
            Self::Dumping => "dumping",
            Self::IoError { disk_full: true } => "disk-full",
            Self::IoError { disk_full: false } => "io-error",
            Self::Watchdog => "watchdog",
            Self::FromSnapshot => "from-snapshot",
            Self::ShuttingDown => "shutting-down",
            Self::Snapshotting => "snapshotting",
            Self::Crashed => "crashed",
            Self::StartingUp => "starting-up",
            Self::PostCopy => "post-copy",
            Self::PostCopyFailed => "post-copy-failed",
            Self::ApiError => "api-error",
        }
    }
}

impl ShutOffReason {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Shutdown => "shutdown",
            Self::Destroyed => "destroyed",
            Self::Crashed => "crashed",
            Self::Migrated => "migrated",
            Self::Saved => "saved",
            Self::Failed => "failed",
            Self::FromSnapshot => "from-snapshot",
            Self::Daemon => "daemon",
        }
    }
}
