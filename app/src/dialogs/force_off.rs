//! Asks once before the power cord is pulled.

use egui::{Context, Label};

use super::{Confirm, Stay, ask, name_of};
use crate::command::{Command, MachineCommand, SettingsCommand};
use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::settings::Question;
use crate::t;
use crate::widgets::{checkbox_ui, text};

pub(crate) struct ForceOffDialog {
    machines: Vec<MachineKey>,
    is_never_again: bool,
}

impl ForceOffDialog {
    pub(crate) const fn new(machines: Vec<MachineKey>) -> Self {
        Self {
            machines,
            is_never_again: false,
        }
    }

    pub(crate) fn ui(&mut self, ctx: &Context, view: &ViewContext<'_>) -> Stay {
        let name = self.machines.first().map(|key| name_of(view, key)).unwrap_or_default();
        let title = t!("dialog-force-off-title", count = self.machines.len(), name = name);
        let confirm = Confirm {
            text: &t!("dialog-force-off-button"),
            is_destructive: true,
            denied: None,
        };
        let (stay, is_confirmed, ()) = ask(ctx, &title, &confirm, false, |ui| {
            ui.add(Label::new(text::body(t!("dialog-force-off-text"))).wrap());
            checkbox_ui(ui, &mut self.is_never_again, &t!("dialog-force-off-dont-ask"));
        });
        if is_confirmed {
            if self.is_never_again && !view.settings.dismissed.contains(&Question::ForceOff) {
                let mut settings = view.settings.clone();
                settings.dismissed.push(Question::ForceOff);
                view.send(Command::Settings(SettingsCommand::Set(Box::new(settings))));
            }
            let machines = std::mem::take(&mut self.machines);
            view.send(Command::Machine(MachineCommand::ForceOffNow(machines)));
        }
        stay
    }
}
