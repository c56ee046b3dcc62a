//! Messages in the corner: what ended, what failed, what happened unasked.

use egui::Ui;

use super::parts::{cure, tone};
use crate::command::{Command, DialogRequest, UiCommand};
use crate::context::CommandQueue;
use crate::jobs::JobEnd;
use crate::notifications::{Happening, Toast, ToastId, What};
use crate::route::MachineKey;
use crate::t;
use crate::text::error::Message;
use crate::text::job;
use crate::widgets;

/// More of a failure than this is not read in a corner.
const MOST_CHARS: usize = 400;

/// Which of a window's messages are on screen, by the key of the kit.
#[derive(Default)]
pub struct Corner {
    kit: widgets::Toasts,
    shown: Vec<(ToastId, u64)>,
}

impl Corner {
    /// Of a machine's own window.
    pub fn of(machine: &MachineKey) -> Self {
        Self {
            kit: widgets::Toasts::salted(machine),
            ..Self::default()
        }
    }

    /// Draws these and no others, `bottom` points above the edge.
    pub fn ui(&mut self, ui: &Ui, toasts: &[Toast], commands: &CommandQueue, bottom: f32) {
        let Self { kit, shown } = self;
        shown.retain(|(id, key)| {
            let is_wanted = toasts.iter().any(|toast| toast.id == *id);
            if !is_wanted {
                kit.dismiss(*key);
            }
            is_wanted
        });
        for toast in toasts {
            if !shown.iter().any(|(id, _)| *id == toast.id) {
                let key = kit.push(ui.ctx(), kit_toast(&toast.happening));
                shown.push((toast.id, key));
            }
        }
        let pressed = kit.show(ui.ctx(), bottom, &t!("toast-close"));
        for (id, key) in shown.iter() {
            if pressed == Some(*key)
                && let Some(toast) = toasts.iter().find(|toast| toast.id == *id)
            {
                act(commands, &toast.happening);
            }
            if !kit.is_shown(*key) {
                commands.push(Command::Ui(UiCommand::DismissToast(*id)));
            }
        }
    }
}

fn kit_toast(happening: &Happening) -> widgets::Toast {
    let details = job::details(happening);
    let action = match &happening.what {
        What::Job(job) => match &job.end {
            Some(JobEnd::Failed(_)) => Some(offer(happening).map_or_else(|| t!("jobbar-details"), |offer| offer.text)),
            Some(JobEnd::StillRunning) => Some(t!("jobbar-force-off")),
            Some(JobEnd::Done | JobEnd::AtNextStart | JobEnd::Cancelled) | None => None,
        },
        What::Text { .. } => happening.command().map(|_| t!("cure-button-copy-command")),
        What::Notice(_) => None,
    };
    widgets::Toast {
        tone: tone::of(&happening.what),
        title: job::happening(happening),
        detail: details.map_or_else(
            || happening.command().unwrap_or_default().to_owned(),
            |message| detail(&message),
        ),
        action,
    }
}

/// Activity has all of it; what QEMU says can fill a page.
fn detail(message: &Message) -> String {
    let words = cure::sentences(message, "\n");
    match words.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{}…", words.get(..end).unwrap_or_default()),
        None => words,
    }
}

/// The one thing that helps most.
fn offer(happening: &Happening) -> Option<cure::Offer> {
    let What::Job(job) = &happening.what else {
        return None;
    };
    let message = job::details(happening)?;
    cure::offers(job, &message).into_iter().next()
}

fn act(commands: &CommandQueue, happening: &Happening) {
    if let Some(offer) = offer(happening) {
        commands.push(offer.command);
    } else if let Some(command) = happening.command() {
        commands.push(Command::Ui(UiCommand::Copy(command.to_owned())));
    } else if let Some(message) = job::details(happening) {
        commands.push(Command::Ui(UiCommand::CopyDetails {
            message: message.to_lines(),
            machine: happening.machine.clone(),
        }));
    } else if let Some(machine) = &happening.machine {
        let asked = DialogRequest::ForceOff(vec![machine.clone()]);
        commands.push(Command::Ui(UiCommand::ShowDialog(asked)));
    }
}

#[cfg(test)]
mod tests {
    use egui::Role;
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;
    use libvirt_backend::JobId;
    use libvirt_backend::command::{Notice, NoticeKind};

    use super::*;
    use crate::command::JobCommand;
    use crate::jobs::Job;
    use crate::screens::fixtures;
    use crate::screens::test_jobs::{ended, failed};
    use crate::screens::test_window::{Look, TestWindow, key, open};

    fn window(what: What) -> Harness<'static, TestWindow> {
        let mut window = TestWindow::new(vec![fixtures::assorted()]);
        window.toasts.push(Toast {
            id: ToastId(1),
            happening: Happening {
                at_millis: fixtures::NOW_MILLIS,
                machine: Some(key(1)),
                machine_name: Some("web-1".to_owned()),
                what,
            },
            job: None,
            shown_at_millis: fixtures::NOW_MILLIS,
        });
        let mut harness = open(Look::sized(1_280.0, 800.0), window);
        harness.run();
        harness
    }

    fn of_job(job: Job) -> Harness<'static, TestWindow> {
        window(What::Job(Box::new(job)))
    }

    fn press(harness: &mut Harness<'static, TestWindow>, name: &str) -> Vec<Command> {
        harness.get_by_role_and_label(Role::Button, name).click();
        harness.run();
        harness.state_mut().sent.split_off(0)
    }

    #[test]
    fn a_failed_job_says_why_and_its_button_helps() {
        let mut harness = of_job(failed(1, "client socket is closed"));
        harness.get_by_label("The state of machine-1 could not be saved\nclient socket is closed\nTry again");
        let sent = press(&mut harness, "Try again");
        assert!(
            matches!(&sent[..], [Command::Job(JobCommand::Again { job: JobId(1), .. })]),
            "{sent:?}"
        );
        assert!(harness.state().toasts.is_empty(), "answered, it goes");
        let sent = press(&mut of_job(failed(1, "nobody knows")), "Copy details");
        assert!(
            matches!(&sent[..], [Command::Ui(UiCommand::CopyDetails { message, .. })] if message.contains("nobody knows")),
            "{sent:?}"
        );
    }

    #[test]
    fn a_command_that_helps_is_shown_and_can_be_copied() {
        let mut harness = window(What::Text {
            text: "The screen needs virt-viewer".to_owned(),
            is_error: true,
            command: Some("sudo apt install virt-viewer".to_owned()),
        });
        harness.get_by_value("sudo apt install virt-viewer");
        let sent = press(&mut harness, "Copy command");
        let copied = Command::Ui(UiCommand::Copy("sudo apt install virt-viewer".to_owned()));
        assert_eq!(sent, [copied]);
    }

    #[test]
    fn a_guest_that_did_not_shut_down_can_be_forced_off_from_its_message() {
        let mut harness = of_job(ended(1, JobEnd::StillRunning));
        press(&mut harness, "Force off…");
        let asked = crate::state::Overlay::Dialog(DialogRequest::ForceOff(vec![key(1)]));
        assert_eq!(harness.state().overlay, Some(asked));
    }

    #[test]
    fn a_machine_that_died_is_told_until_somebody_has_seen_it() {
        let notice = |kind| {
            What::Notice(Notice {
                uri: fixtures::URI.to_owned(),
                machine: Some(fixtures::id(1)),
                machine_name: Some("web-1".to_owned()),
                kind,
            })
        };
        for (kind, stays) in [
            (NoticeKind::MachineDied, true),
            (NoticeKind::GuestPanicked, true),
            (NoticeKind::PausedDiskFull, true),
            (NoticeKind::MachineRespondsAgain, false),
        ] {
            let mut harness = window(notice(kind.clone()));
            assert_eq!(harness.state().toasts[0].is_sticky(), stays, "{kind:?}");
            for _ in 0..80 {
                harness.step();
            }
            let is_told = harness.query_by_label("Close this message").is_some();
            assert_eq!(is_told, stays, "{kind:?}");
        }
    }
}
