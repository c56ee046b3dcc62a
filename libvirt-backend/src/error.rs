//! Everything that can go wrong, one variant per verb that failed.
//!
//! `Display` is English and meant for logs; the window and the terminal make translated sentences from the fields.
//! A [`LibvirtError`] carries libvirt's own words; [`Error::cure`] says what could help.

use std::path::{Path, PathBuf};

use crate::guard::Denied;
use crate::xml::property::change::ChangeProblem;
use crate::xml::property::hindrance::Hindrance;
use crate::xml::property::iommu_groups::HalfGroup;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What libvirt said, read on the thread that made the call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct LibvirtError {
    /// `virErrorNumber`.
    pub code: i32,
    /// `virErrorDomain`.
    pub domain: i32,
    pub message: String,
}

/// A file operation of our own that failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct IoFailure {
    pub kind: std::io::ErrorKind,
    pub message: String,
}

impl From<std::io::Error> for IoFailure {
    fn from(error: std::io::Error) -> Self {
        Self {
            kind: error.kind(),
            message: error.to_string(),
        }
    }
}

#[expect(clippy::error_impl_error, reason = "it is the one error of this crate")]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("not allowed now: {0:?}")]
    Denied(Denied),
    #[error("no such machine: {0}")]
    NoSuchMachine(String),
    #[error("invalid name: {0:?}")]
    InvalidName(NameProblem),
    #[error("a machine named {0:?} exists already")]
    NameTaken(String),
    #[error("invalid input: {0:?}")]
    InvalidInput(InputProblem),
    #[error("medium {path:?} cannot be used: {problem:?}")]
    Medium { path: PathBuf, problem: MediumProblem },
    #[error("not connected to {uri}")]
    NotConnected { uri: String },
    #[error("opening {uri} failed: {source}")]
    Connect { uri: String, source: LibvirtError },
    #[error("{verb:?} of {object} failed: {source}")]
    Libvirt {
        verb: Verb,
        object: String,
        source: LibvirtError,
    },
    #[error("{verb:?} of {path:?} failed: {source}")]
    File {
        verb: FileVerb,
        path: PathBuf,
        source: IoFailure,
    },
    #[error("the XML of {object} is not what it should be: {message}")]
    Xml { object: String, message: String },
    #[error("libvirt did not keep {what} of {object}")]
    NotKept { object: String, what: String },
    /// Somebody else changed it since the editor was opened. Nothing was done.
    #[error("{object} was changed meanwhile")]
    ChangedMeanwhile { object: String },
    /// No edit is left to undo, or none to redo.
    #[error("{object} has no such edit")]
    NoSuchEdit { object: String },
    /// A change that makes no sense in this machine. Nothing was done.
    #[error("{what} of {object} cannot be changed: {why}")]
    CannotChange { object: String, what: String, why: WhyNot },
    #[error("the guest agent did not answer")]
    AgentSilent,
    #[error("timed out after {seconds} s: {what}")]
    TimedOut { what: String, seconds: u64 },
    /// The job's thread panicked; nothing else did.
    #[error("internal error: {0}")]
    Panicked(String),
    #[error("the backend is shutting down")]
    Closing,
    #[error("cancelled")]
    Cancelled,
}

/// Why a change makes no sense in a machine.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhyNot {
    #[error(transparent)]
    Problem(#[from] ChangeProblem),
    #[error(transparent)]
    Hindered(#[from] Hindrance),
    #[error("{0}")]
    HalfGroup(HalfGroup),
    #[error("another name or UUID is another machine; rename it instead")]
    OtherMachine,
}

/// The call that failed, by libvirt's verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    ReadCapabilities,
    ListDomains,
    ReadXml,
    Define,
    Undefine,
    Start,
    Shutdown,
    Reboot,
    Reset,
    Destroy,
    Suspend,
    Resume,
    ManagedSave,
    RemoveManagedSave,
    Rename,
    SetMetadata,
    SetAutostart,
    UpdateDevice,
    AttachDevice,
    DetachDevice,
    /// A guest that tries the sound server.
    TrySound,
    SetDisplayPassword,
    CreateSnapshot,
    ListSnapshots,
    RevertSnapshot,
    DeleteSnapshot,
    DefinePool,
    StartPool,
    ReadPool,
    CreateVolume,
    DeleteVolume,
    Screenshot,
    OpenDisplay,
    OpenConsole,
    ReadStats,
    AskAgent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileVerb {
    Read,
    Write,
    Create,
    Delete,
    Lock,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameProblem {
    Empty,
    TooLong {
        max_bytes: usize,
    },
    /// NUL, newline, tab or another control character.
    ControlCharacter,
    /// `/` is refused by libvirt; `.` and `..` are names of folders.
    PathLike,
    /// Leading or trailing white space.
    OuterSpace,
    /// Cannot stand in XML.
    NotInXml,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InputProblem {
    MemoryTooSmall {
        min_kib: u64,
    },
    MemoryAboveHost {
        host_bytes: u64,
    },
    NoVcpus,
    TooManyVcpus {
        max: u32,
    },
    DiskTooSmall {
        min_bytes: u64,
    },
    /// More than the file system could ever hold.
    DiskAboveRoom {
        room_bytes: u64,
    },
    DiskTooLarge {
        max_bytes: u64,
    },
    InvalidTag,
    NoSuchNetwork,
    NoSuchPool,
    /// A new image can only be made in the folder of a storage pool.
    NoPoolInFolder,
    /// A new image that no disk names, or in another format than qcow2.
    ImageOfNoDisk,
    /// Another computer that has none, and where one could be made is not known.
    NoPoolThere,
    NoSuchDrive,
    NoSuchSnapshot,
    SnapshotExists,
    /// A file to delete that no plan listed.
    FileNotListed,
    KvmUnavailable,
    PasstUnavailable,
    /// This QEMU has no D-Bus display, or lacks its module.
    DbusDisplayUnavailable,
    /// A channel of that name carries something else (SPICE).
    ClipboardChannelTaken,
    /// Only a machine that runs as the user reaches the user's sound server.
    SoundNeedsSession,
    NoSoundServer,
    /// It has no VNC display, and no other can be seen from another computer.
    DisplayNotRemote,
    /// libvirt hands no connection to another computer, and QEMU waits for none.
    DisplayListensNowhere,
    /// The connection is none by ssh, and QEMU waits for viewers at the host's own address only.
    DisplayOnLoopback,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediumProblem {
    Missing,
    IsFolder,
    NotAFile,
    Unreadable,
    /// This user may read it, the user that QEMU runs as may not.
    UnreadableForQemu,
    Empty,
    Truncated,
    /// A qcow2 header that does not hold together.
    DamagedQcow2,
    /// An image that names another file as its base, or as its data.
    HasBackingFile,
    NotAbsolute,
    /// On another computer, where only what lies in a storage pool can be looked at.
    InNoPool,
    InUse,
    /// A new file would take its place.
    AlreadyThere,
}

/// What could help. The window makes a button of it, the terminal a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cure {
    StartDaemon,
    InstallLibvirt,
    InstallQemu,
    JoinLibvirtGroup,
    InstallDbusDisplayModule,
    FreeDiskSpace,
    CheckPathPermission,
    StartNetwork,
    MakePool,
    InstallPasst,
    /// QEMU lacks the module that reaches the desktop's sound server.
    InstallQemuSound,
    UseSoftwareEmulation,
    CheckSshKey,
    RemoveOldHostKey,
    /// Log in once by hand, so that the user sees and accepts the host's key.
    AcceptHostKey,
    CheckHostReachable,
    ForceOff,
    Retry,
    AnotherName,
    RepairQcow2,
    /// Lets the machine's display be seen from other computers, through ssh.
    AllowRemoteDisplay,
    AddDisplay,
    ConnectBySsh,
    ReportBug,
}

impl Error {
    /// libvirt's or the system's own words, where there are any.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::Connect { source, .. } | Self::Libvirt { source, .. } => Some(&source.message),
            Self::File { source, .. } => Some(&source.message),
            Self::Xml { message, .. } | Self::Panicked(message) => Some(message),
            Self::Denied(_)
            | Self::NoSuchMachine(_)
            | Self::InvalidName(_)
            | Self::NameTaken(_)
            | Self::InvalidInput(_)
            | Self::Medium { .. }
            | Self::NotConnected { .. }
            | Self::NotKept { .. }
            | Self::ChangedMeanwhile { .. }
            | Self::NoSuchEdit { .. }
            | Self::CannotChange { .. }
            | Self::AgentSilent
            | Self::TimedOut { .. }
            | Self::Closing
            | Self::Cancelled => None,
        }
    }

    /// The file it is about, for the last line of a message.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Medium { path, .. } | Self::File { path, .. } => Some(path),
            _ => None,
        }
    }
}
