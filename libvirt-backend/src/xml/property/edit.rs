//! An edit of a machine: what it was opened on, what is to be changed, and what became of each change.

use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::num::ParseIntError;
use std::path::PathBuf;
use std::str::FromStr;

use super::change::Change;
use crate::xml::diff::DiffLine;

/// A machine's XML as an editor opens it: [`crate::xml::redact::MARKER`] stands where secrets stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefinitionXml {
    /// Of the next start; of a transient machine its only one.
    pub inactive: String,
    /// Of the machine that runs.
    pub live: Option<String>,
    /// Of the definition with its secrets: goes back with the edit.
    pub fingerprint: Fingerprint,
}

/// Another definition has another one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(u128);

impl Fingerprint {
    pub fn of(xml: &str) -> Self {
        let half = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            (salt, xml).hash(&mut hasher);
            u128::from(hasher.finish())
        };
        Self(half(0) << 64 | half(1))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Fingerprint {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(text, 16).map(Self)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EditRequest {
    /// Nothing is done where the definition is another one by now. `None`: whatever it is.
    pub opened_on: Option<Fingerprint>,
    /// Made in this order. All of them stand in the definition or none does.
    pub changes: Vec<Change>,
    /// Made before the definition, and taken back where that fails.
    pub images: Vec<NewImage>,
    pub apply: Apply,
    /// Only tells what would be changed.
    pub is_dry_run: bool,
}

/// An empty qcow2 image that a disk of the edit names and that is not there yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewImage {
    /// In the folder of a storage pool.
    pub path: PathBuf,
    pub capacity_bytes: u64,
}

/// Where an edit goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Apply {
    /// Into the definition, and into the machine that runs as far as it can be changed.
    #[default]
    Both,
    /// Into the machine that runs alone, until it stops.
    Live,
    /// Into the definition alone.
    NextStart,
}

/// Stands before a snapshot's name in [`HistoryEntry::what`]: the definition became the snapshot's.
pub const REVERT: &str = "revert.";

/// A definition that was replaced, and can be gone back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Higher is later.
    pub number: u64,
    /// Unix milliseconds.
    pub at_millis: i64,
    /// What was changed, as [`Changed::what`] names it, or [`REVERT`].
    pub what: Vec<String>,
    /// Without secrets.
    pub diff: Vec<DiffLine>,
    /// It was gone back before it: redo makes it again.
    pub is_undone: bool,
}

/// What an edit came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditReport {
    /// In the order of the request.
    pub changes: Vec<Changed>,
    /// The definition before and with the changes, without secrets.
    pub diff: Vec<DiffLine>,
    /// The definition as it was asked for and as libvirt keeps it: what it added, dropped or rounded, and what
    /// somebody else changed at that moment.
    pub adjusted: Vec<DiffLine>,
    /// Where the variables of the former firmware stay, which the machine does not use any more.
    pub kept_variables: Option<String>,
    /// Of the definition as it is now, for the next edit.
    pub fingerprint: Fingerprint,
}

impl EditReport {
    /// Does anything wait for the next start?
    pub fn waits_for_start(&self) -> bool {
        self.changes.iter().any(|change| {
            matches!(
                change.fate,
                Fate::AtNextStart { .. }
                    | Fate::KeptByGuest {
                        at_next_start: true,
                        ..
                    }
            )
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// `disk.vda.cache`; of a device its kind and key, of the whole XML `xml`.
    pub what: String,
    pub fate: Fate,
}

/// What became of a change, as read back. Values are never those of secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was so already.
    Unchanged,
    /// Nothing was done: it would stand in the definition.
    WouldChange,
    /// It is as asked: in the definition, and in the machine where that runs.
    Applied,
    /// In the machine that runs; its definition is as it was.
    UntilItStops,
    /// In the definition alone. `refusal`: why not in the machine that runs, in libvirt's words.
    AtNextStart { refusal: Option<String> },
    /// libvirt has told the guest, which has not followed yet: memory and processors it gives back when it likes.
    WaitsForGuest { found: Option<String> },
    /// The guest was asked to let go of it and has not. `at_next_start`: it goes then, the definition is changed.
    KeptByGuest { answer: GuestAnswer, at_next_start: bool },
    /// libvirt said yes and did nothing.
    Ignored { found: Option<String> },
    /// It is neither what it was nor what was asked for: libvirt's own choice, or somebody else's change.
    Differs { found: Option<String> },
    /// Not done, in libvirt's words: it was to go into the machine that runs alone.
    Refused { words: String },
}

/// What a guest says that is to let go of a device or a processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuestAnswer {
    Refused,
    /// It may still let go later.
    Silent {
        seconds: u64,
    },
}
