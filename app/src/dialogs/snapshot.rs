//! Taking a snapshot, going back to one, deleting one.

use egui::{Context, Label, Ui};
use libvirt_backend::command::{SnapshotCommand, SnapshotEstimate};
use libvirt_backend::model::{Machine, SnapshotKind};

use super::{Confirm, Stay, ask, is_entered, name_of};
use crate::command::{Command, MachineCommand};
use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::state::Answer;
use crate::t;
use crate::text::units;
use crate::widgets::{TextField, Tone, banner_ui, text};

pub(crate) struct TakeDialog {
    machines: Vec<MachineKey>,
    name: String,
    description: String,
}

impl TakeDialog {
    pub(crate) fn new(view: &ViewContext<'_>, machines: Vec<MachineKey>) -> Self {
        let found: Vec<&Machine> = machines
            .iter()
            .filter_map(|key| Some(view.machine(key)?.as_ref()))
            .collect();
        let name = free_name(&found);
        Self {
            machines,
            name,
            description: String::new(),
        }
    }

    pub(crate) fn ui(&mut self, ctx: &Context, view: &ViewContext<'_>) -> Stay {
        let problem = self.problem(view);
        let confirm = Confirm {
            text: &t!("take-button"),
            is_destructive: false,
            denied: problem.clone(),
        };
        let name = self.machines.first().map(|key| name_of(view, key)).unwrap_or_default();
        let title = t!("take-title", name = name, count = self.machines.len());
        let (mut stay, mut is_confirmed, ()) = ask(ctx, &title, &confirm, false, |ui| {
            let (name, description) = (t!("take-name"), t!("take-description"));
            TextField::new(&name, &mut self.name).error(problem.as_deref()).show(ui);
            TextField::new(&description, &mut self.description).show(ui);
            for key in &self.machines {
                let whose = (self.machines.len() > 1).then(|| name_of(view, key));
                estimate_ui(ui, whose.as_deref(), view.answers.snapshot_estimates.get(key));
            }
        });
        // What was typed in this very frame counts.
        if self.problem(view).is_none() && stay == Stay::Open && is_entered(ctx) {
            (stay, is_confirmed) = (Stay::Done, true);
        }
        if is_confirmed {
            let description = self.description.trim();
            for machine in &self.machines {
                view.send(Command::Machine(MachineCommand::Snapshot {
                    machine: machine.clone(),
                    command: SnapshotCommand::Create {
                        name: self.name.clone(),
                        description: (!description.is_empty()).then(|| description.to_owned()),
                    },
                }));
            }
        }
        stay
    }

    fn problem(&self, view: &ViewContext<'_>) -> Option<String> {
        let is_path = self.name.contains('/') || self.name == "." || self.name == "..";
        if self.name.trim().is_empty() || is_path || self.name.chars().any(char::is_control) {
            return Some(t!("take-name-invalid"));
        }
        let mut machines = self.machines.iter().filter_map(|key| view.machine(key));
        let is_taken = machines.any(|machine| is_taken(machine, &self.name));
        is_taken.then(|| t!("take-name-taken"))
    }
}

fn is_taken(machine: &Machine, name: &str) -> bool {
    machine.snapshots.iter().any(|snapshot| snapshot.name == name)
}

fn free_name(machines: &[&Machine]) -> String {
    let most = machines.iter().map(|machine| machine.snapshots.len()).max();
    let first = most.unwrap_or_default() + 1;
    let names = (first..).map(|number| t!("take-name-default", number = number.to_string()));
    let is_free = |name: &String| !machines.iter().any(|machine| is_taken(machine, name));
    names.take(1_000).find(is_free).unwrap_or_default()
}

/// How long the guest will stand still: said before it happens.
fn estimate_ui(ui: &mut Ui, whose: Option<&str>, estimate: Option<&Answer<SnapshotEstimate>>) {
    let words = match estimate {
        None | Some(Answer::Waiting(_)) => t!("take-estimating"),
        Some(Answer::Failed(_)) => t!("take-estimate-failed"),
        Some(Answer::Ready(SnapshotEstimate { memory_bytes: None, .. })) => t!("take-off"),
        Some(Answer::Ready(SnapshotEstimate {
            memory_bytes: Some(bytes),
            pause: Some(pause),
        })) => t!(
            "take-pause",
            time = units::duration(*pause),
            size = units::bytes(*bytes)
        ),
        Some(Answer::Ready(SnapshotEstimate { pause: None, .. })) => t!("take-pause-unknown"),
    };
    let words = whose.map_or_else(|| words.clone(), |name| format!("{name}: {words}"));
    banner_ui(ui, Tone::Accent, &words, None);
}

pub(crate) struct RevertDialog {
    pub(crate) machine: MachineKey,
    pub(crate) snapshot: String,
}

impl RevertDialog {
    pub(crate) fn ui(&self, ctx: &Context, view: &ViewContext<'_>) -> Stay {
        let name = name_of(view, &self.machine);
        let title = t!("revert-title", name = name, snapshot = self.snapshot.as_str());
        let confirm = Confirm {
            text: &t!("revert-button"),
            is_destructive: true,
            denied: None,
        };
        let (stay, is_confirmed, ()) = ask(ctx, &title, &confirm, false, |ui| {
            ui.add(Label::new(text::body(t!("revert-text"))).wrap());
            if let Some(consequence) = self.consequence(view) {
                ui.add(Label::new(text::body(consequence)).wrap());
            }
        });
        if is_confirmed {
            view.send(Command::Machine(MachineCommand::Snapshot {
                machine: self.machine.clone(),
                command: SnapshotCommand::Revert {
                    name: self.snapshot.clone(),
                },
            }));
        }
        stay
    }

    /// What becomes of a machine that runs now.
    fn consequence(&self, view: &ViewContext<'_>) -> Option<String> {
        let machine = view.machine(&self.machine)?;
        let snapshot = machine
            .snapshots
            .iter()
            .find(|snapshot| snapshot.name == self.snapshot)?;
        if !machine.state.is_active() {
            return None;
        }
        let has_memory = snapshot.kind == SnapshotKind::InternalWithMemory;
        Some(if has_memory {
            t!("revert-running")
        } else {
            t!("revert-stops")
        })
    }
}

pub(crate) struct DeleteDialog {
    pub(crate) machine: MachineKey,
    pub(crate) snapshot: String,
}

impl DeleteDialog {
    pub(crate) fn ui(&self, ctx: &Context, view: &ViewContext<'_>) -> Stay {
        let title = t!("delete-snapshot-title", snapshot = self.snapshot.as_str());
        let confirm = Confirm {
            text: &t!("delete-snapshot-button"),
            is_destructive: true,
            denied: None,
        };
        let (stay, is_confirmed, ()) = ask(ctx, &title, &confirm, false, |ui| {
            ui.add(Label::new(text::body(t!("delete-snapshot-text"))).wrap());
        });
        if is_confirmed {
            view.send(Command::Machine(MachineCommand::Snapshot {
                machine: self.machine.clone(),
                command: SnapshotCommand::Delete {
                    name: self.snapshot.clone(),
                },
            }));
        }
        stay
    }
}
