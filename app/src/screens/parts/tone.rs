//! How good or bad a piece of news is, for its colour and icon in the corner and in Activity.

use libvirt_backend::command::NoticeKind;

use crate::jobs::JobEnd;
use crate::notifications::What;
use crate::widgets::Tone;

pub const fn of(what: &What) -> Tone {
    match what {
        What::Job(job) => match &job.end {
            Some(JobEnd::Done | JobEnd::AtNextStart) => Tone::Running,
            Some(JobEnd::Failed(_)) => Tone::Attention,
            Some(JobEnd::StillRunning) => Tone::Warning,
            Some(JobEnd::Cancelled) | None => Tone::Accent,
        },
        What::Notice(notice) => of_notice(&notice.kind),
        What::Text { is_error: true, .. } => Tone::Attention,
        What::Text { .. } => Tone::Accent,
    }
}

const fn of_notice(kind: &NoticeKind) -> Tone {
    match kind {
        NoticeKind::MachineDied
        | NoticeKind::GuestPanicked
        | NoticeKind::PausedDiskFull
        | NoticeKind::PausedIoError => Tone::Attention,
        NoticeKind::ConnectionLost | NoticeKind::MachineNotResponding => Tone::Warning,
        NoticeKind::ConnectionBack | NoticeKind::MachineRespondsAgain => Tone::Running,
        NoticeKind::Resynchronised => Tone::Accent,
    }
}
