//! A disc for a machine of another computer: its path there is typed, since this desktop's file dialog shows only what
//! lies here.

use std::path::{Path, PathBuf};

use egui::Context;

use super::new_machine::medium_text;
use super::{Confirm, Stay, ask, is_entered, name_of};
use crate::command::{Command, CreateCommand, MachineCommand};
use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::state::Answer;
use crate::t;
use crate::text::error::message;
use crate::text::state::host_name;
use crate::widgets::TextField;

/// A path is looked at once nothing was typed for so long.
const TYPING_SECONDS: f64 = 0.25;

pub(crate) struct InsertDiscDialog {
    machine: MachineKey,
    target: String,
    path: String,
    typed_at: f64,
    asked: Option<PathBuf>,
}

impl InsertDiscDialog {
    pub(crate) const fn new(machine: MachineKey, target: String) -> Self {
        Self {
            machine,
            target,
            path: String::new(),
            typed_at: 0.0,
            asked: None,
        }
    }

    pub(crate) fn ui(&mut self, ctx: &Context, view: &ViewContext<'_>) -> Stay {
        let path = PathBuf::from(self.path.trim());
        self.ask_about(ctx, view, &path);
        let is_asked = self.asked.as_ref() == Some(&path);
        let place = (self.machine.uri.to_string(), path.clone());
        let answer = view.answers.media.get(&place).filter(|_| is_asked);
        let problem = match answer {
            Some(Answer::Failed(error)) => Some(message(error).what),
            _ => None,
        };
        let is_known = matches!(answer, Some(Answer::Ready(_)));
        let title = t!("insert-title", name = name_of(view, &self.machine));
        let confirm = Confirm {
            text: &t!("insert-button"),
            is_destructive: false,
            denied: (!is_known).then(|| problem.clone().unwrap_or_else(|| t!("new-incomplete"))),
        };
        let help = answer.and_then(medium_text).unwrap_or_default();
        let (label, hint) = (
            t!("new-installer"),
            t!("new-path-hint-remote", host = host_name(&self.machine.uri)),
        );
        let (mut stay, mut is_confirmed, is_changed) = ask(ctx, &title, &confirm, true, |ui| {
            let field = TextField::new(&label, &mut self.path);
            field
                .hint(&hint)
                .help(&help)
                .error(problem.as_deref())
                .show(ui)
                .changed()
        });
        if is_changed {
            self.typed_at = ctx.input(|input| input.time);
        }
        if is_known && stay == Stay::Open && is_entered(ctx) {
            (stay, is_confirmed) = (Stay::Done, true);
        }
        if is_confirmed {
            view.send(Command::Machine(MachineCommand::InsertMedia {
                machine: self.machine.clone(),
                target: self.target.clone(),
                path,
            }));
        }
        stay
    }

    fn ask_about(&mut self, ctx: &Context, view: &ViewContext<'_>, path: &Path) {
        if !path.is_absolute() || self.asked.as_deref() == Some(path) {
            return;
        }
        let waits = self.typed_at + TYPING_SECONDS - ctx.input(|input| input.time);
        if waits > 0.0 {
            let waits = std::time::Duration::try_from_secs_f64(waits).unwrap_or_default();
            ctx.request_repaint_after(waits);
            return;
        }
        self.asked = Some(path.to_owned());
        view.send(Command::Create(CreateCommand::CheckMedium {
            uri: self.machine.uri.to_string(),
            path: path.to_owned(),
        }));
    }
}
