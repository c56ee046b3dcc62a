//! What a screen may look at while it draws one frame: read-only references and a way to send commands.

use std::cell::RefCell;
use std::sync::Arc;

use libvirt_backend::model::{HostModel, Machine};

use crate::command::{Command, UiCommand};
use crate::console::serial::Desk;
use crate::display::Displays;
use crate::jobs::Jobs;
use crate::keyboard::Keyboard;
use crate::notifications::{Activity, Toast};
use crate::route::{MachineKey, Route};
use crate::settings::Settings;
use crate::state::{Answers, Overlay, Selection};

/// One consistent picture for one frame.
pub struct ViewContext<'a> {
    /// In the order of the sidebar.
    pub hosts: &'a [Arc<HostModel>],
    pub settings: &'a Settings,
    pub jobs: &'a Jobs,
    pub activity: &'a Activity,
    /// Newest last; the owner drops those whose time is over.
    pub toasts: &'a [Toast],
    pub route: &'a Route,
    pub selection: &'a Selection,
    /// What lies over the page, if anything.
    pub overlay: Option<&'a Overlay>,
    /// Put the keyboard into the page's filter; true for one frame.
    pub is_filter_wanted: bool,
    /// Answers to the queries that screens and dialogs asked for through commands.
    pub answers: &'a Answers,
    /// Terminals of serial lines.
    pub serials: &'a Desk,
    /// For a console page: keys before the window makes text and shortcuts of them.
    pub keyboard: &'a Keyboard,
    /// Screens of machines that are open.
    pub displays: &'a Displays,
    /// Unix milliseconds of this frame; the same for all that is drawn in it.
    pub now_millis: i64,
    pub commands: &'a CommandQueue,
}

impl ViewContext<'_> {
    pub fn host(&self, uri: &str) -> Option<&Arc<HostModel>> {
        self.hosts.iter().find(|host| host.uri == uri)
    }

    pub fn machine(&self, key: &MachineKey) -> Option<&Arc<Machine>> {
        self.host(&key.uri)?.machine(key.id)
    }

    pub fn send(&self, command: Command) {
        self.commands.push(command);
    }

    pub fn ui(&self, command: UiCommand) {
        self.commands.push(Command::Ui(command));
    }
}

/// Commands of one frame, run once everything is drawn.
#[derive(Default)]
pub struct CommandQueue(RefCell<Vec<Command>>);

impl CommandQueue {
    pub fn push(&self, command: Command) {
        self.0.borrow_mut().push(command);
    }

    pub fn take(&self) -> Vec<Command> {
        self.0.take()
    }
}
