//! Gives a machine another name.

use egui::Context;
use libvirt_backend::Error;
use libvirt_backend::xml::name::check_domain_name;

use super::{Confirm, Stay, ask, is_entered, name_of};
use crate::command::{Command, MachineCommand};
use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::t;
use crate::text::error::message;
use crate::widgets::TextField;

pub(crate) struct RenameDialog {
    machine: MachineKey,
    old_name: String,
    name: String,
}

impl RenameDialog {
    pub(crate) fn new(view: &ViewContext<'_>, machine: MachineKey) -> Self {
        let old_name = name_of(view, &machine);
        Self {
            machine,
            name: old_name.clone(),
            old_name,
        }
    }

    pub(crate) fn ui(&mut self, ctx: &Context, view: &ViewContext<'_>) -> Stay {
        let problem = self.problem(view).map(|error| message(&error).what);
        let is_same = self.name == self.old_name;
        let is_ready = problem.is_none() && !is_same;
        let confirm = Confirm {
            text: &t!("rename-button"),
            is_destructive: false,
            denied: (!is_ready).then(|| problem.clone().unwrap_or_default()),
        };
        let title = t!("rename-title", name = self.old_name.as_str());
        let (mut stay, mut is_confirmed, ()) = ask(ctx, &title, &confirm, false, |ui| {
            let label = t!("rename-field");
            TextField::new(&label, &mut self.name)
                .error(problem.as_deref())
                .show(ui);
        });
        // What was typed in this very frame counts.
        let is_ready = self.name != self.old_name && self.problem(view).is_none();
        if is_ready && stay == Stay::Open && is_entered(ctx) {
            (stay, is_confirmed) = (Stay::Done, true);
        }
        if is_confirmed {
            view.send(Command::Machine(MachineCommand::Rename {
                machine: self.machine.clone(),
                name: self.name.clone(),
            }));
        }
        stay
    }

    fn problem(&self, view: &ViewContext<'_>) -> Option<Error> {
        if let Err(problem) = check_domain_name(&self.name) {
            return Some(Error::InvalidName(problem));
        }
        let host = view.host(&self.machine.uri)?;
        host.machines
            .iter()
            .any(|machine| machine.id != self.machine.id && machine.name() == self.name)
            .then(|| Error::NameTaken(self.name.clone()))
    }
}
