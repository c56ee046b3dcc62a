//! What reaches the window from other threads: a second start, the desktop, dialogs, tasks that ended.

use std::path::PathBuf;
use std::sync::mpsc;

use super::desktop::DesktopLook;
use super::late_context::LateContext;
use crate::command::BrowseFor;
use crate::route::MachineKey;
use crate::state::SchemaCheck;

/// More than can be under way at once; what would not fit is logged.
const CAPACITY: usize = 256;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outside {
    /// Somebody started Berth a second time.
    Raise(super::single_instance::Request),
    /// The desktop's theme or motion setting changed.
    Look(DesktopLook),
    /// A path chosen in the desktop's file dialog.
    Browsed(BrowseFor, PathBuf),
    /// The disk of a sample machine is there.
    SampleWritten {
        uri: String,
        name: String,
        disk: PathBuf,
    },
    /// What libvirt's schema says of a text.
    XmlChecked(MachineKey, SchemaCheck),
    /// Guests' screens, those of a round at once.
    Pictures(Vec<super::pictures::Taken>),
    /// Text for the clipboard that took a while to gather.
    Copy(String),
    Note(Note),
    /// The same about one machine, by its name.
    NoteAbout(MachineKey, String, Note),
    /// The system or the terminal asks Berth to end.
    Terminate,
}

/// Something of Berth's own to tell, already translated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub text: String,
    pub is_error: bool,
    /// What helps, for the clipboard.
    pub command: Option<String>,
}

impl Note {
    pub fn error(text: String) -> Self {
        Self {
            text,
            is_error: true,
            command: None,
        }
    }

    pub fn info(text: String) -> Self {
        Self {
            text,
            is_error: false,
            command: None,
        }
    }

    /// With a command that helps.
    #[must_use]
    pub fn with_command(self, command: String) -> Self {
        Self {
            command: Some(command),
            ..self
        }
    }
}

pub type Inbox = mpsc::Receiver<Outside>;

/// The other end of the window's inbox; wakes it up.
#[derive(Clone)]
pub struct Outbox {
    sender: mpsc::SyncSender<Outside>,
    ctx: LateContext,
}

impl Outbox {
    pub fn send(&self, outside: Outside) {
        if let Err(error) = self.sender.try_send(outside) {
            tracing::error!(%error, "the window missed something");
        }
        self.ctx.request_repaint();
    }

    /// `None`: the window has not opened yet.
    pub fn context(&self) -> Option<&egui::Context> {
        self.ctx.get()
    }

    /// Runs what would make the window wait on a thread of its own. Nothing may wait for its end.
    pub fn on_thread(&self, name: &str, work: impl FnOnce(&Self) + Send + 'static) {
        let outbox = self.clone();
        let spawned = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || work(&outbox));
        if let Err(error) = spawned {
            tracing::error!(%error, name, "no thread");
        }
    }
}

pub fn channel(ctx: impl Into<LateContext>) -> (Outbox, Inbox) {
    let (sender, inbox) = mpsc::sync_channel(CAPACITY);
    let outbox = Outbox {
        sender,
        ctx: ctx.into(),
    };
    (outbox, inbox)
}
