//! One action on several machines at once: asks once, naming those it is for and those that stay as they are.

use egui::{Context, Label, Ui};
use libvirt_backend::guard::Action;

use super::{Confirm, Stay, ask, is_entered, name_of};
use crate::command::{Command, MachineCommand, action};
use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::screens::parts::actions;
use crate::t;
use crate::text::error::denied;
use crate::widgets::{Tone, banner_ui, text};

/// Names that are read before one stops reading.
const MOST_NAMES: usize = 12;
const MOST_REFUSALS: usize = 4;

pub(crate) struct SeveralDialog {
    action: Action,
    machines: Vec<MachineKey>,
}

impl SeveralDialog {
    pub(crate) const fn new(action: Action, machines: Vec<MachineKey>) -> Self {
        Self { action, machines }
    }

    pub(crate) fn ui(&self, ctx: &Context, view: &ViewContext<'_>) -> Stay {
        let allowed = actions::allowed(view, &self.machines, self.action);
        let verb = action::text(self.action);
        let title = t!("several-title", action = verb.as_str(), count = allowed.len());
        let button = t!("selection-action", action = verb.as_str(), count = allowed.len());
        let confirm = Confirm {
            text: &button,
            is_destructive: stops(self.action),
            denied: allowed.is_empty().then(|| t!("several-none")),
        };
        let (mut stay, mut is_confirmed, ()) = ask(ctx, &title, &confirm, false, |ui| {
            self.body_ui(ui, view, &allowed);
        });
        if !allowed.is_empty() && stay == Stay::Open && is_entered(ctx) {
            (stay, is_confirmed) = (Stay::Done, true);
        }
        if is_confirmed {
            view.send(Command::Machine(MachineCommand::RunNow {
                action: self.action,
                machines: allowed,
            }));
        }
        stay
    }

    fn body_ui(&self, ui: &mut Ui, view: &ViewContext<'_>, allowed: &[MachineKey]) {
        ui.add(Label::new(text::quiet(ui, action::tooltip(self.action))).wrap());
        let names: Vec<String> = allowed.iter().take(MOST_NAMES).map(|key| name_of(view, key)).collect();
        let mut words = names.join(", ");
        let more = allowed.len().saturating_sub(MOST_NAMES);
        if more > 0 {
            words = format!("{words} {}", t!("jobbar-more", count = more));
        }
        ui.add(Label::new(text::body(words)).wrap());
        let refusals = self.machines.iter().filter_map(|key| {
            let reason = actions::check(view, key, self.action).err()?;
            Some(format!("{}: {}", name_of(view, key), denied(&reason)))
        });
        let refusals: Vec<String> = refusals.collect();
        for refusal in refusals.iter().take(MOST_REFUSALS) {
            let words = t!("delete-denied", reason = refusal.as_str());
            banner_ui(ui, Tone::Warning, &words, None);
        }
        let more = refusals.len().saturating_sub(MOST_REFUSALS);
        if more > 0 {
            ui.label(text::weak(ui, t!("jobbar-more", count = more)));
        }
    }
}

/// The guests of these machines no longer work afterwards, or lose what they do.
const fn stops(action: Action) -> bool {
    matches!(
        action,
        Action::Shutdown | Action::Reboot | Action::Reset | Action::Save | Action::DiscardSavedState
    )
}
