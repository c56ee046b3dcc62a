//! The messages in the corner: which events make one, and for how long it stays.

use std::sync::{Arc, Mutex};

use libvirt_backend::JobId;
use libvirt_backend::command::{Command, JobUpdate, MachineCommand, NoticeKind};

use super::outside::Note;
use super::{App, now_millis};
use crate::jobs::{Job, JobEnd};
use crate::notifications::{Happening, Toast, ToastId, What};
use crate::route::{MachineKey, MachineTab, Route};
use crate::screens::Corner;

const SHOWN_MILLIS: i64 = 6_000;
/// More would cover the page; the oldest go first, failures last.
const MOST: usize = 5;

#[derive(Default)]
pub(super) struct Toasts {
    list: Vec<Toast>,
    last_id: u64,
}

impl Toasts {
    pub(super) fn list(&self) -> &[Toast] {
        &self.list
    }

    pub(super) fn push(&mut self, happening: Happening, job: Option<JobId>) {
        self.last_id += 1;
        let shown_at_millis = happening.at_millis;
        self.list.push(Toast {
            id: ToastId(self.last_id),
            happening,
            job,
            shown_at_millis,
        });
        if self.list.len() > MOST {
            let oldest = self.list.iter().position(|toast| !toast.is_sticky()).unwrap_or(0);
            self.list.remove(oldest);
        }
    }

    pub(super) fn dismiss(&mut self, id: ToastId) {
        self.list.retain(|toast| toast.id != id);
    }

    pub(super) fn dismiss_job(&mut self, job: JobId) {
        self.list.retain(|toast| toast.job != Some(job));
    }

    /// Drops those whose time is over. Answers when the next one goes.
    pub(super) fn age(&mut self, now_millis: i64) -> Option<i64> {
        let ends = |toast: &Toast| toast.shown_at_millis + SHOWN_MILLIS;
        self.list.retain(|toast| toast.is_sticky() || now_millis < ends(toast));
        self.list.iter().filter(|toast| !toast.is_sticky()).map(ends).min()
    }
}

/// A machine's messages as its own window shows them.
pub(super) struct OwnCorner {
    pub(super) corner: Arc<Mutex<Corner>>,
    told: Vec<ToastId>,
}

impl App {
    /// The messages about a machine that has a window of its own: who looks there does not see the corner of the main
    /// one. The window is woken where they are others than the last time.
    pub(super) fn own_toasts(&mut self, key: &MachineKey, ctx: &egui::Context) -> (Arc<Mutex<Corner>>, Vec<Toast>) {
        let is_about = |toast: &&Toast| toast.happening.machine.as_ref() == Some(key);
        let toasts: Vec<Toast> = self.toasts.list.iter().filter(is_about).cloned().collect();
        let own = self.own_corners.entry(key.clone()).or_insert_with(|| OwnCorner {
            corner: Arc::new(Mutex::new(Corner::of(key))),
            told: Vec::new(),
        });
        let told: Vec<ToastId> = toasts.iter().map(|toast| toast.id).collect();
        if own.told != told {
            own.told = told;
            ctx.request_repaint_of(super::display::viewport_of(key));
        }
        (Arc::clone(&own.corner), toasts)
    }

    /// An edit is told on the page where it was asked for: a message in the corner would lie over its buttons.
    pub(super) fn is_told_on_its_page(&self, update: &JobUpdate) -> bool {
        let Route::Machine { key, tab } = &self.route else {
            return false;
        };
        let is_edit = matches!(
            &*update.command,
            Command::Machine {
                command: MachineCommand::Edit(_) | MachineCommand::UndoEdit(_) | MachineCommand::RedoEdit(_),
                ..
            }
        );
        let is_its_own = update.machine == Some(key.id) && *update.uri == *key.uri;
        is_edit && is_its_own && matches!(tab, MachineTab::Hardware | MachineTab::Activity)
    }

    /// Tells something of Berth's own, in the corner and in Activity.
    pub(super) fn note(&mut self, note: Note) {
        self.tell(note, None);
    }

    /// The same about one machine, in its Activity.
    pub(super) fn note_about(&mut self, key: &MachineKey, name: String, note: Note) {
        self.tell(note, Some((key.clone(), name)));
    }

    fn tell(&mut self, note: Note, about: Option<(MachineKey, String)>) {
        let Note {
            text,
            is_error,
            command,
        } = note;
        let (machine, machine_name) = about.unzip();
        let happening = Happening {
            at_millis: now_millis(),
            machine,
            machine_name,
            what: What::Text {
                text,
                is_error,
                command,
            },
        };
        self.activity.push(happening.clone());
        self.toasts.push(happening, None);
    }
}

/// A job whose end is worth a word: one that took a while, or did not end as asked.
pub(super) fn is_worth_a_toast(job: &Job) -> bool {
    match &job.end {
        Some(JobEnd::Failed(_) | JobEnd::StillRunning | JobEnd::AtNextStart) => true,
        Some(JobEnd::Cancelled) | None => false,
        Some(JobEnd::Done) => match &*job.command {
            Command::Create(_) | Command::TestHostAgain | Command::RemoveLeftovers(_) => true,
            Command::Query(_) => false,
            Command::Machine { command, .. } => matches!(
                command,
                MachineCommand::Save | MachineCommand::Delete(_) | MachineCommand::Snapshot(_)
            ),
        },
    }
}

pub(super) const fn is_notice_worth_a_toast(kind: &NoticeKind) -> bool {
    !matches!(kind, NoticeKind::Resynchronised)
}
