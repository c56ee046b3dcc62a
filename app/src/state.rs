//! What the window remembers from frame to frame and is neither model nor setting.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use libvirt_backend::command::{DeletePlan, Leftover, MediumReport, SnapshotEstimate, StorageRoom};
use libvirt_backend::model::{HostChoices, HostProfile, NewMachine};
use libvirt_backend::property::edit::{DefinitionXml, EditReport, HistoryEntry};
use libvirt_backend::schema::Verdict;
use libvirt_backend::{Error, JobId};

use crate::command::DialogRequest;
use crate::route::MachineKey;

/// The machines a user has marked. Kept across filters; machines that are gone drop out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    pub machines: BTreeSet<MachineKey>,
    /// The one the inspector shows and the keyboard moves.
    pub primary: Option<MachineKey>,
}

impl Selection {
    pub fn only(key: MachineKey) -> Self {
        Self {
            machines: BTreeSet::from([key.clone()]),
            primary: Some(key),
        }
    }

    pub fn contains(&self, key: &MachineKey) -> bool {
        self.machines.contains(key)
    }
}

/// What lies over the page; one at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Overlay {
    Palette,
    Shortcuts,
    NewMachine,
    Dialog(DialogRequest),
}

/// An answer that was asked for: on its way, there, or failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    Waiting(JobId),
    Ready(T),
    Failed(Error),
}

/// What the backend answered to queries, newest only.
#[derive(Default)]
pub struct Answers {
    pub delete_plans: HashMap<MachineKey, Answer<DeletePlan>>,
    /// What machines are made of, as XML with markers where secrets stand.
    pub definitions: HashMap<MachineKey, Answer<Arc<DefinitionXml>>>,
    /// What hosts have to offer machines.
    pub choices: HashMap<MachineKey, Answer<Arc<HostChoices>>>,
    /// What became of the newest edit.
    pub edits: HashMap<MachineKey, Answer<Arc<EditReport>>>,
    /// What libvirt's schema says of a text that was typed.
    pub schema_checks: HashMap<MachineKey, SchemaCheck>,
    /// The edits that were written down, oldest first.
    pub histories: HashMap<MachineKey, Answer<Arc<[HistoryEntry]>>>,
    pub snapshot_estimates: HashMap<MachineKey, Answer<SnapshotEstimate>>,
    /// Of guests' screens.
    pub pictures: HashMap<MachineKey, Picture>,
    pub profiles: HashMap<String, Answer<Arc<HostProfile>>>,
    pub rooms: HashMap<String, Answer<StorageRoom>>,
    pub media: HashMap<(String, PathBuf), Answer<MediumReport>>,
    /// A path chosen in the desktop's file dialog, taken by the dialog that asked.
    pub browsed: Option<(crate::command::BrowseFor, PathBuf)>,
    /// What "New machine" begins with: a machine that could not be made, to be changed.
    pub draft: Option<(String, Box<NewMachine>)>,
    /// A file that was opened from outside: the dialog that opens takes it although it is the newest of `browsed`.
    pub opened: Option<(crate::command::BrowseFor, PathBuf)>,
    pub leftovers: HashMap<String, Vec<Leftover>>,
}

/// The newest that was asked for of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaCheck {
    pub xml: Arc<str>,
    /// `None`: it is on its way.
    pub verdict: Option<Verdict>,
}

/// A guest's screen as it was seen last.
#[derive(Default)]
pub struct Picture {
    pub texture: Option<egui::TextureHandle>,
    /// Width and height of the guest's screen.
    pub screen: [u32; 2],
    pub taken_at_millis: i64,
    /// Why there is no newer one.
    pub error: Option<Error>,
}

impl Answers {
    /// Of the hosts that have been tested so far.
    pub fn known_profiles(&self) -> Vec<Arc<HostProfile>> {
        let known = self.profiles.values().filter_map(|profile| match profile {
            Answer::Ready(profile) => Some(Arc::clone(profile)),
            Answer::Waiting(_) | Answer::Failed(_) => None,
        });
        known.collect()
    }
}
