//! What the window can be asked to do. Buttons, menus, the palette and shortcuts all send these; nothing else acts.
//!
//! One enum per family, so that running them stays one file per family under `app/`. A family that a user can see
//! knows its text, tooltip, icon and shortcut (see [`Entry`] and [`action`]).

pub mod action;
mod entry;

use std::path::PathBuf;
use std::sync::Arc;

use libvirt_backend::JobId;
use libvirt_backend::command::{DeleteRequest, Overwrite, SnapshotCommand};
use libvirt_backend::guard::Action;
use libvirt_backend::model::NewMachine;
use libvirt_backend::property::edit::EditRequest;

use crate::console::serial::LineKey;
use crate::keyboard::Combination;
use crate::keyboard::paste::GuestLayout;
use crate::notifications::ToastId;
use crate::route::{MachineKey, Route};
use crate::state::Selection;

pub use entry::{Entry, UiEntry};

/// Ctrl+Shift.
pub(crate) const SHIFT_COMMAND: egui::Modifiers = egui::Modifiers::COMMAND.plus(egui::Modifiers::SHIFT);

#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    Machine(MachineCommand),
    Create(CreateCommand),
    Connection(ConnectionCommand),
    Ui(UiCommand),
    Settings(SettingsCommand),
    Job(JobCommand),
    Serial(SerialCommand),
    Console(ConsoleCommand),
}

/// On one machine's screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsoleCommand {
    Reconnect(MachineKey),
    /// Moves it into a window of its own.
    Detach(MachineKey),
    /// Back onto the machine's page.
    Attach(MachineKey),
    /// Its own window was closed.
    CloseWindow(MachineKey),
    /// Fills the main window's display with it, or ends that.
    Fullscreen(Option<MachineKey>),
    SetScale(crate::settings::Scale),
    SetFollowsWindow(bool),
    /// What pasted text is typed for.
    SetGuestLayout(GuestLayout),
    KeepCombination(Combination),
    ForgetCombination(Combination),
    SetSharesClipboard(MachineKey, bool),
    SetSound(MachineKey, libvirt_backend::model::Sound),
    SaveScreenshot(MachineKey),
    CopyScreenshot(MachineKey),
    /// In virt-viewer.
    OpenViewer(MachineKey),
    /// That of the machine with this place in the list, from 0.
    OpenNumber(usize),
}

/// On one machine or on the whole selection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MachineCommand {
    /// What needs no more input than the machines. `Delete` and the snapshot actions open their dialogs instead.
    Run {
        action: Action,
        machines: Vec<MachineKey>,
    },
    /// The same without asking: the user was asked, or could not be surprised.
    RunNow {
        action: Action,
        machines: Vec<MachineKey>,
    },
    ForceOffNow(Vec<MachineKey>),
    Rename {
        machine: MachineKey,
        name: String,
    },
    SetAutostart {
        machine: MachineKey,
        is_on: bool,
    },
    SetTags {
        machine: MachineKey,
        tags: Vec<String>,
    },
    Delete {
        machine: MachineKey,
        request: DeleteRequest,
    },
    InsertMedia {
        machine: MachineKey,
        target: String,
        path: PathBuf,
    },
    EjectMedia {
        machine: MachineKey,
        target: String,
    },
    Snapshot {
        machine: MachineKey,
        command: SnapshotCommand,
    },
    OpenConsole(MachineKey),
    /// Puts an icon onto the desktop that opens its screen.
    MakeShortcut(MachineKey),
    /// Looks once more for the files that could go with it.
    ReadDeletePlan(MachineKey),
    /// Reads what it is made of; what is known stays until the answer is there.
    ReadDefinition(MachineKey),
    /// Reads what its host has to offer it; what is known stays until the answer is there.
    ReadChoices(MachineKey),
    Edit {
        machine: MachineKey,
        request: Box<EditRequest>,
    },
    /// Asks libvirt's schema about a text that the machine could have.
    CheckXml {
        machine: MachineKey,
        xml: Arc<str>,
    },
    /// Takes the machine's last edit back.
    UndoEdit {
        machine: MachineKey,
        overwrite: Overwrite,
    },
    /// Makes the oldest edit again that was taken back.
    RedoEdit {
        machine: MachineKey,
        overwrite: Overwrite,
    },
    /// Reads which edits of it were written down.
    ReadHistory(MachineKey),
    /// Shuts it down and starts it again, so that what waits for its next start counts.
    RestartToApply(MachineKey),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreateCommand {
    Submit {
        uri: String,
        machine: Box<NewMachine>,
    },
    /// Opens the desktop's file dialog; the answer fills the "New machine" dialog.
    Browse(BrowseFor),
    /// Asks the backend what stands behind a typed path.
    CheckMedium {
        uri: String,
        path: PathBuf,
    },
    /// Asks for the host's profile and storage room once the dialog is open.
    ReadHost {
        uri: String,
    },
    /// Asks where new disks go, and how much room there is.
    ReadRoom {
        uri: String,
    },
    TestHostAgain {
        uri: String,
    },
    /// Makes and starts a machine that needs no installer.
    TrySample {
        uri: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrowseFor {
    Installer,
    Disk,
    /// A disc for a drive of a machine that exists.
    Disc {
        machine: MachineKey,
        target: String,
    },
    /// The path of a setting in the forms of a machine's hardware.
    Setting {
        machine: MachineKey,
        setting: String,
        kind: BrowseKind,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrowseKind {
    Disk,
    Disc,
    File,
    Folder,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectionCommand {
    Open(String),
    Close(String),
    Retry(String),
    /// Closes it and takes it out of the saved list.
    Forget(String),
    /// Removes what interrupted jobs left behind there.
    RemoveLeftovers(String),
    /// Leaves it where it is and does not mention it again in this run.
    KeepLeftovers(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UiCommand {
    Go(Route),
    Back,
    ShowPalette,
    ShowShortcuts,
    ShowNewMachine,
    /// Opens "New machine" with what was asked for when making it failed.
    ChangeNewMachine {
        uri: String,
        machine: Box<NewMachine>,
    },
    ShowDialog(DialogRequest),
    CloseDialog,
    FocusFilter,
    ToggleInspector,
    /// Marks these machines and no others.
    Select(Selection),
    /// Takes a message out of the corner; it stays in Activity.
    DismissToast(ToastId),
    Copy(String),
    /// What a bug report needs, secrets removed: about a message, or about the program as a whole. With a machine its XML
    /// too; without one, that of the machine whose page is open.
    CopyDetails {
        message: String,
        machine: Option<MachineKey>,
    },
    OpenLogFolder,
    /// The screen of the machine whose page is shown, into a window of its own.
    DetachConsole,
    /// Keep the picture of this guest's screen fresh: it is drawn in this frame.
    DrawPicture(PictureWish),
    /// Nothing but a repaint after this many milliseconds.
    RepaintAfter(u64),
    Quit(QuitChoice),
}

/// A guest's screen that is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureWish {
    pub machine: MachineKey,
    /// The most that can be seen of it, in the display's own pixels.
    pub pixels: [u32; 2],
    pub pace: PicturePace,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PicturePace {
    /// The one machine that the user looks at.
    LookedAt,
    /// One of many.
    Card,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialogRequest {
    Delete(Vec<MachineKey>),
    ForceOff(Vec<MachineKey>),
    /// One action on several machines at once.
    Several {
        action: Action,
        machines: Vec<MachineKey>,
    },
    /// A path of another computer is typed.
    InsertDisc {
        machine: MachineKey,
        target: String,
    },
    Rename(MachineKey),
    Tags(Vec<MachineKey>),
    TakeSnapshot(Vec<MachineKey>),
    RevertSnapshot {
        machine: MachineKey,
        snapshot: String,
    },
    DeleteSnapshot {
        machine: MachineKey,
        snapshot: String,
    },
    AddConnection,
    /// Jobs are running: what shall become of them?
    Quit,
    /// Jobs are being cancelled, and the window closes after them.
    Closing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuitChoice {
    /// Asks where jobs are running.
    Ask,
    WaitForJobs,
    LeaveJobs,
    CancelJobs,
}

#[derive(Clone, Debug, PartialEq)]
pub enum SettingsCommand {
    Set(Box<crate::settings::Settings>),
    ForgetDismissed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SerialCommand {
    /// It is looked at: it is opened, and opened again whenever its machine starts.
    Want(LineKey),
    /// Of its machine's lines the one to look at.
    Choose(LineKey),
    /// Takes it back from whoever has it.
    Again(LineKey),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobCommand {
    Cancel(JobId),
    /// Asks for the same once more; the one that failed is dismissed.
    Again {
        job: JobId,
        uri: String,
        command: Arc<libvirt_backend::command::Command>,
    },
    Dismiss(JobId),
    ClearFinished,
}
