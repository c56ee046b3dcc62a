//! Messages in the corner: what ended, what failed, what happened unasked.

use egui::Ui;

use crate::command::{DialogRequest, UiCommand};
use crate::context::ViewContext;
use crate::jobs::JobEnd;
use crate::notifications::{Happening, ToastId, What};
use crate::t;
use crate::text::job;
use crate::widgets::{self, Tone};

/// Which of the window's messages are on screen, by the key of the kit.
#[derive(Default)]
pub(super) struct Corner {
    kit: widgets::Toasts,
    shown: Vec<(ToastId, u64)>,
}

impl Corner {
    /// Draws them `bottom` points above the edge.
    pub(super) fn ui(&mut self, ui: &Ui, view: &ViewContext<'_>, bottom: f32) {
        let Self { kit, shown } = self;
        shown.retain(|(id, key)| {
            let is_wanted = view.toasts.iter().any(|toast| toast.id == *id);
            if !is_wanted {
                kit.dismiss(*key);
            }
            is_wanted
        });
        for toast in view.toasts {
            if !shown.iter().any(|(id, _)| *id == toast.id) {
                let key = kit.push(ui.ctx(), kit_toast(&toast.happening));
                shown.push((toast.id, key));
            }
        }
        let pressed = kit.show(ui.ctx(), bottom, &t!("toast-close"));
        for (id, key) in shown.iter() {
            if pressed == Some(*key)
                && let Some(toast) = view.toasts.iter().find(|toast| toast.id == *id)
            {
                act(view, &toast.happening);
            }
            if !kit.is_shown(*key) {
                view.ui(UiCommand::DismissToast(*id));
            }
        }
    }
}

fn kit_toast(happening: &Happening) -> widgets::Toast {
    let details = job::details(happening);
    let action = match &happening.what {
        What::Job(job) => match &job.end {
            Some(JobEnd::Failed(_)) => Some(t!("jobbar-details")),
            Some(JobEnd::StillRunning) => Some(t!("jobbar-force-off")),
            Some(JobEnd::Done | JobEnd::Cancelled) | None => None,
        },
        What::Notice(_) | What::Text { .. } => None,
    };
    widgets::Toast {
        tone: tone(&happening.what),
        title: job::happening(happening),
        detail: details.map(|message| message.what).unwrap_or_default(),
        action,
    }
}

fn act(view: &ViewContext<'_>, happening: &Happening) {
    if let Some(message) = job::details(happening) {
        view.ui(UiCommand::CopyDetails(message.to_lines()));
    } else if let Some(machine) = &happening.machine {
        view.ui(UiCommand::ShowDialog(DialogRequest::ForceOff(vec![machine.clone()])));
    }
}

const fn tone(what: &What) -> Tone {
    match what {
        What::Job(job) => match &job.end {
            Some(JobEnd::Done) => Tone::Running,
            Some(JobEnd::Failed(_)) => Tone::Attention,
            Some(JobEnd::StillRunning) => Tone::Warning,
            Some(JobEnd::Cancelled) | None => Tone::Accent,
        },
        What::Text { is_error: true, .. } => Tone::Attention,
        What::Notice(_) | What::Text { .. } => Tone::Accent,
    }
}
