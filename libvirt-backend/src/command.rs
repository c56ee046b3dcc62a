//! What the backend can be asked to do, and what it answers.
//!
//! A command is data: the window, the terminal and the tests build the same values. `Backend::submit` turns one
//! into a job; its end carries an [`Outcome`] or an [`Error`].

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub use crate::console_log::{ConsoleLog, LogPlace};
pub use crate::console_stream::{ConsoleEnding, ConsoleStream, Heard};
use crate::error::Error;
use crate::guard::Action;
use crate::model::{HostChoices, HostProfile, MachineId, NewMachine, Sound};
use crate::property::edit::{DefinitionXml, EditReport, EditRequest, HistoryEntry};

/// Names a job for as long as the process lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    Create(Box<NewMachine>),
    Machine {
        id: MachineId,
        command: MachineCommand,
    },
    /// Changes nothing; its answer is the outcome. Not listed among the jobs a user sees.
    Query(Query),
    /// Proves KVM, the D-Bus display and passt anew, forgetting what was known ("Test again").
    TestHostAgain,
    /// Removes what an interrupted job left behind (see [`Query::Leftovers`]).
    RemoveLeftovers(Vec<Leftover>),
}

impl Command {
    /// The machine that it is about.
    pub const fn machine(&self) -> Option<MachineId> {
        match self {
            Self::Machine { id, .. } => Some(*id),
            Self::Query(query) => match query {
                Query::DeletePlan(id)
                | Query::SnapshotEstimate(id)
                | Query::Screenshot(id)
                | Query::Thumbnail { id, .. }
                | Query::OpenDisplay { id, .. }
                | Query::OpenConsole { id, .. }
                | Query::DomainXml(id)
                | Query::Definition(id)
                | Query::Choices(id)
                | Query::History(id) => Some(*id),
                Query::HostProfile | Query::CheckMedium(_) | Query::StorageRoom | Query::Leftovers => None,
            },
            Self::Create(_) | Self::TestHostAgain | Self::RemoveLeftovers(_) => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MachineCommand {
    /// Starts a machine that is off; resumes its saved state where there is one.
    Start,
    /// Asks the guest through its agent, then by ACPI. Ends as [`Outcome::StillRunning`] after `grace`: the caller
    /// then *offers* to force it off.
    Shutdown {
        grace: Duration,
    },
    Reboot,
    Reset,
    ForceOff,
    Pause,
    Resume,
    /// Writes memory to disk and stops (managed save).
    Save,
    DiscardSavedState,
    Rename(String),
    SetTags(Vec<String>),
    Delete(DeleteRequest),
    InsertMedia {
        target: String,
        path: PathBuf,
    },
    EjectMedia {
        target: String,
    },
    Snapshot(SnapshotCommand),
    /// Adds what Berth shows its screen by: VNC, the D-Bus display where it is proved, and a graphics card where it
    /// has none. What it has stays. Ends as [`Outcome::AtNextStart`] while it runs.
    AddDisplay,
    /// Takes the D-Bus display out of the definition and starts it: for a QEMU that lacks the module.
    /// [`Self::AddDisplay`] puts it back.
    StartWithoutFastDisplay,
    /// For viewers on other computers: VNC waits at the host's own address, which ssh reaches, locked until a viewer
    /// sets a password. Ends as [`Outcome::AtNextStart`] while it runs.
    AllowRemoteDisplay,
    /// May text be copied between guest and desktop? A switch that is kept with the machine; [`Self::AttachClipboard`]
    /// is what makes it so.
    SetSharesClipboard(bool),
    /// Plugs in the channel that carries the clipboard, for as long as its screen is shown.
    AttachClipboard,
    DetachClipboard,
    /// Ends as [`Outcome::AtNextStart`] while it runs.
    SetSound(Sound),
    /// Is it started with libvirt's daemon?
    SetAutostart(bool),
    /// Changes settings and devices. Ends as [`Outcome::Edited`].
    Edit(Box<EditRequest>),
    /// Puts back what the last edit replaced, secrets as they are now. Ends as [`Outcome::Edited`].
    UndoEdit(Overwrite),
    /// Makes again what was last undone.
    RedoEdit(Overwrite),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SnapshotCommand {
    Create { name: String, description: Option<String> },
    Revert { name: String },
    Delete { name: String },
}

/// What undoing may do to changes that no edit of this history made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// Nothing is done where there are any.
    Refuse,
    /// They are lost.
    Allow,
}

/// Which files go with a machine. Only paths that a [`DeletePlan`] listed are accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteRequest {
    pub files: Vec<PathBuf>,
    /// Force the machine off first where it runs.
    pub force_off: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// Every file that could go with the machine.
    DeletePlan(MachineId),
    /// How long a snapshot with memory would hold the guest still.
    SnapshotEstimate(MachineId),
    /// The guest's screen as it is now.
    Screenshot(MachineId),
    /// The same made smaller until it `fits` that many pixels; nothing where it is still the one that `known` is the
    /// [`Thumbnail::fingerprint`] of.
    Thumbnail {
        id: MachineId,
        fits: [u32; 2],
        known: Option<u64>,
    },
    /// What this host can do, proving what was not proved yet.
    HostProfile,
    /// Can QEMU read this medium, and what is it?
    CheckMedium(PathBuf),
    /// Where would the disk go and how much room is there?
    StorageRoom,
    /// A connection to the display at this place among the machine's `<graphics>`. Of another computer only VNC can be
    /// opened, through an ssh of its own.
    OpenDisplay { id: MachineId, index: u32 },
    /// The serial line of a running machine, taken from whoever holds it. `device` is the alias of one of its serial
    /// devices; `None`: the first.
    OpenConsole { id: MachineId, device: Option<String> },
    /// The machine's XML with secrets removed, for "Copy details".
    DomainXml(MachineId),
    /// What an editor opens: both its XMLs, secrets replaced by markers.
    Definition(MachineId),
    /// What this host has to offer the machine: for lists to choose from.
    Choices(MachineId),
    /// The definitions that were replaced, oldest first.
    History(MachineId),
    /// Remains of jobs that an earlier run of Berth did not finish.
    Leftovers,
}

/// What a job ended with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// Done, and it takes effect when the machine is next started: it runs as it was.
    AtNextStart,
    Created(MachineId),
    /// The guest was asked and has not stopped within the grace time.
    StillRunning,
    DeletePlan(DeletePlan),
    SnapshotEstimate(SnapshotEstimate),
    Screenshot(Screenshot),
    /// `None`: as it was.
    Thumbnail(Option<Thumbnail>),
    Display(DisplayStream),
    Console(ConsoleStream),
    HostProfile(Arc<HostProfile>),
    Medium(MediumReport),
    StorageRoom(StorageRoom),
    Text(String),
    Leftovers(Vec<Leftover>),
    Definition(Box<DefinitionXml>),
    Choices(Arc<HostChoices>),
    Edited(Box<EditReport>),
    History(Vec<HistoryEntry>),
    /// Done, but some files stayed: `(path, why)`.
    DeletedExcept(Vec<(PathBuf, String)>),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeletePlan {
    pub files: Vec<DeleteFile>,
    pub snapshots: Vec<String>,
    /// Machines whose files could not be read, perhaps this one among them: they may have files, or use those that
    /// are listed, without being named here.
    pub unread: Vec<String>,
}

impl DeletePlan {
    /// libvirt forgets the snapshots with the machine, but a disk that stays is left as it is, with what it holds.
    pub fn keeps_snapshots(&self, goes: impl Fn(&DeleteFile) -> bool) -> bool {
        !self.snapshots.is_empty() && self.files.iter().any(|file| file.holds_snapshots && !goes(file))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteFile {
    pub path: PathBuf,
    pub kind: DeleteFileKind,
    /// On the host's disk, not the capacity a guest sees. `None`: could not be read.
    pub size_bytes: Option<u64>,
    /// Ticked when the dialog opens: made by Berth for this machine and used by nobody else.
    pub is_preselected: bool,
    /// Names of other machines that use the file.
    pub used_by: Vec<String>,
    /// The machine's snapshots are inside it, and stay there where it stays.
    pub holds_snapshots: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeleteFileKind {
    /// Made for this machine.
    Disk,
    /// Brought by the user.
    ImportedDisk,
    Nvram,
    /// UEFI's variables from before the machine got another firmware.
    FormerNvram,
    SavedState,
    /// What an emulated TPM keeps, the keys of encrypted disks for example. A folder.
    TpmState,
    SerialLog,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotEstimate {
    /// `None`: the machine is off and nothing stands still.
    pub memory_bytes: Option<u64>,
    pub pause: Option<Duration>,
}

/// Pixels, 8-bit RGBA, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screenshot {
    pub width: u32,
    pub height: u32,
    pub rgba: Arc<[u8]>,
}

/// A guest's screen made smaller, without its transparency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    pub picture: Screenshot,
    /// Width and height of the guest's screen.
    pub screen: [u32; 2],
    /// Another picture has another one.
    pub fingerprint: u64,
}

/// A display's connection: QEMU speaks its protocol on the other end. Where ssh carries it, ssh ends with the last
/// clone of this value: keep it for as long as the session lasts.
#[derive(Clone)]
pub struct DisplayStream(Arc<Opened>);

/// How a display's connection comes here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// From a QEMU on this computer.
    Local,
    Ssh,
    /// Through the network as it is: whoever listens there sees the screen and the keys.
    Network,
}

struct Opened {
    stream: OwnedFd,
    password: Option<String>,
    passage: Passage,
    /// Whatever carries it, ended with it.
    _carrier: Mutex<Option<Box<dyn Send>>>,
}

impl DisplayStream {
    pub(crate) fn new(stream: OwnedFd) -> Self {
        Self::carried(stream, None, Passage::Local, None)
    }

    pub(crate) fn carried(
        stream: OwnedFd,
        password: Option<String>,
        passage: Passage,
        carrier: Option<Box<dyn Send>>,
    ) -> Self {
        Self(Arc::new(Opened {
            stream,
            password,
            passage,
            _carrier: Mutex::new(carrier),
        }))
    }

    /// A descriptor of one's own for the same connection.
    pub fn descriptor(&self) -> std::io::Result<OwnedFd> {
        self.0.stream.try_clone()
    }

    /// What the server will ask for: set for this connection, valid for moments.
    pub fn password(&self) -> Option<&str> {
        self.0.password.as_deref()
    }

    pub fn passage(&self) -> Passage {
        self.0.passage
    }
}

impl std::fmt::Debug for DisplayStream {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("DisplayStream")
            .field("has_password", &self.0.password.is_some())
            .field("passage", &self.0.passage)
            .finish_non_exhaustive()
    }
}

impl PartialEq for DisplayStream {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for DisplayStream {}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediumReport {
    pub path: PathBuf,
    pub kind: MediumKind,
    pub size_bytes: u64,
    /// Capacity the guest would see; for qcow2 from its header.
    pub capacity_bytes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediumKind {
    /// An ISO 9660 or UDF image.
    Iso,
    Qcow2,
    /// Anything else with content.
    Raw,
    /// On another computer, in no storage pool of it: nothing can be said of it before a machine uses it.
    Unchecked,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageRoom {
    pub pool: Option<String>,
    pub folder: PathBuf,
    pub available_bytes: u64,
    /// What it could ever hold: no disk may be larger. 0: not known.
    pub capacity_bytes: u64,
}

/// Something half-made by a job that was interrupted.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Leftover {
    /// The journal entry it was found by.
    pub journal: PathBuf,
    pub machine_name: String,
    pub files: Vec<PathBuf>,
    pub started_at_millis: i64,
}

/// What happened to a job.
#[derive(Clone, Debug, PartialEq)]
pub struct JobUpdate {
    pub job: JobId,
    pub uri: String,
    pub machine: Option<MachineId>,
    pub command: Arc<Command>,
    pub state: JobState,
}

#[derive(Clone, Debug, PartialEq)]
pub enum JobState {
    /// Waits for the jobs before it on the same machine.
    Queued,
    Started {
        step: JobStep,
        is_cancellable: bool,
    },
    /// `fraction` 0 to 1; `None`: it goes on, nobody knows how far.
    Progress {
        step: JobStep,
        fraction: Option<f32>,
        is_cancellable: bool,
    },
    Done(Outcome),
    Failed(Error),
    Cancelled,
}

impl JobState {
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Done(_) | Self::Failed(_) | Self::Cancelled)
    }
}

/// What a job is at, one line in the job list each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobStep {
    Waiting,
    Checking,
    TestingHost,
    PreparingStorage,
    CreatingDisk,
    Defining,
    Starting,
    AskingAgent,
    AskingAcpi,
    WaitingForGuest,
    Rebooting,
    Resetting,
    ForcingOff,
    Pausing,
    Resuming,
    Saving,
    Renaming,
    Tagging,
    ChangingMedia,
    ChangingDevices,
    TakingSnapshot,
    Reverting,
    DeletingSnapshot,
    DeletingFiles,
    Undefining,
    ReadingBack,
}

/// What comes out of the backend beside the models.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Job(JobUpdate),
    Notice(Notice),
}

/// Something that happened without being asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub uri: String,
    pub machine: Option<MachineId>,
    pub machine_name: Option<String>,
    pub kind: NoticeKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    ConnectionLost,
    ConnectionBack,
    /// QEMU ended without having been asked.
    MachineDied,
    MachineNotResponding,
    MachineRespondsAgain,
    PausedDiskFull,
    PausedIoError,
    GuestPanicked,
    /// Events were lost; everything was read anew.
    Resynchronised,
}

impl MachineCommand {
    /// The action that the guard is asked about.
    pub const fn action(&self) -> Action {
        match self {
            Self::Start => Action::Start,
            Self::Shutdown { .. } => Action::Shutdown,
            Self::Reboot => Action::Reboot,
            Self::Reset => Action::Reset,
            Self::ForceOff => Action::ForceOff,
            Self::Pause => Action::Pause,
            Self::Resume => Action::Resume,
            Self::Save => Action::Save,
            Self::DiscardSavedState => Action::DiscardSavedState,
            Self::Rename(_) => Action::Rename,
            Self::SetTags(_) => Action::SetTags,
            Self::Delete(DeleteRequest { force_off: true, .. }) => Action::DeleteForced,
            Self::Delete(_) => Action::Delete,
            Self::InsertMedia { .. } => Action::InsertMedia,
            Self::EjectMedia { .. } => Action::EjectMedia,
            Self::Snapshot(SnapshotCommand::Create { .. }) => Action::CreateSnapshot,
            Self::Snapshot(SnapshotCommand::Revert { .. }) => Action::RevertSnapshot,
            Self::Snapshot(SnapshotCommand::Delete { .. }) => Action::DeleteSnapshot,
            Self::AddDisplay => Action::AddDisplay,
            Self::StartWithoutFastDisplay => Action::StartWithoutFastDisplay,
            Self::AllowRemoteDisplay => Action::AllowRemoteDisplay,
            Self::SetSharesClipboard(_) => Action::SetSharesClipboard,
            Self::AttachClipboard => Action::AttachClipboard,
            Self::DetachClipboard => Action::DetachClipboard,
            Self::SetSound(_) => Action::SetSound,
            Self::SetAutostart(_) => Action::SetAutostart,
            Self::Edit(_) | Self::UndoEdit(_) | Self::RedoEdit(_) => Action::Edit,
        }
    }
}
