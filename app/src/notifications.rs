//! Toasts and the activity of this run.

use libvirt_backend::JobId;
use libvirt_backend::command::{Notice, NoticeKind};

use crate::jobs::{Job, JobEnd};
use crate::route::MachineKey;

/// One thing that happened, for a machine's Activity page and the toasts.
#[derive(Clone, Debug, PartialEq)]
pub struct Happening {
    pub at_millis: i64,
    pub machine: Option<MachineKey>,
    pub machine_name: Option<String>,
    pub what: What,
}

impl Happening {
    /// The command that helps, of a note that has one.
    pub fn command(&self) -> Option<&str> {
        match &self.what {
            What::Text { command, .. } => command.as_deref(),
            What::Job(_) | What::Notice(_) => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum What {
    Job(Box<Job>),
    Notice(Notice),
    /// Text of Berth itself, already translated ("Settings could not be read…").
    Text {
        text: String,
        is_error: bool,
        /// What helps, for the clipboard.
        command: Option<String>,
    },
}

/// Newest last; bounded.
#[derive(Clone, Debug, Default)]
pub struct Activity {
    pub list: Vec<Happening>,
}

const KEPT: usize = 2_000;

impl Activity {
    pub fn push(&mut self, happening: Happening) {
        if self.list.len() == KEPT {
            self.list.remove(0);
        }
        self.list.push(happening);
    }

    pub fn of<'a>(&'a self, machine: &'a MachineKey) -> impl DoubleEndedIterator<Item = &'a Happening> {
        self.list
            .iter()
            .filter(move |happening| happening.machine.as_ref() == Some(machine))
    }
}

/// Names a toast for as long as the process lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ToastId(pub u64);

/// A message in the corner; failed jobs stay until dismissed.
#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    pub id: ToastId,
    pub happening: Happening,
    pub job: Option<JobId>,
    pub shown_at_millis: i64,
}

impl Toast {
    pub fn is_sticky(&self) -> bool {
        match &self.happening.what {
            What::Job(job) => matches!(job.end, Some(JobEnd::Failed(_) | JobEnd::StillRunning)),
            What::Notice(notice) => is_harm(&notice.kind),
            What::Text { is_error, .. } => *is_error,
        }
    }
}

/// A machine stopped, and nobody asked for it: it must not be missed because nobody looked for six seconds.
const fn is_harm(kind: &NoticeKind) -> bool {
    matches!(
        kind,
        NoticeKind::MachineDied | NoticeKind::GuestPanicked | NoticeKind::PausedDiskFull | NoticeKind::PausedIoError
    )
}
