//! Tags of one machine or of several. On several, a tag that only some have keeps what it is until it is clicked.

use std::collections::BTreeMap;

use egui::{Context, Id, Ui};

use super::{Confirm, Stay, ask, name_of};
use crate::command::{Command, MachineCommand};
use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::t;
use crate::widgets::{TextField, chip_ui, form, text};

const MAX_CHARS: usize = 64;

pub(crate) struct TagsDialog {
    machines: Vec<MachineKey>,
    /// Each tag known here, and what becomes of it.
    tags: BTreeMap<String, Fate>,
    typed: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    OnAll,
    OnNone,
    /// As each machine has it.
    Kept {
        count: usize,
    },
}

impl TagsDialog {
    pub(crate) fn new(view: &ViewContext<'_>, machines: Vec<MachineKey>) -> Self {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for machine in machines.iter().filter_map(|key| view.machine(key)) {
            for tag in &machine.definition.tags {
                *counts.entry(tag.clone()).or_default() += 1;
            }
        }
        let all = machines.len();
        let mut tags: BTreeMap<String, Fate> = counts
            .into_iter()
            .map(|(tag, count)| {
                (
                    tag,
                    if count == all {
                        Fate::OnAll
                    } else {
                        Fate::Kept { count }
                    },
                )
            })
            .collect();
        for tag in view
            .hosts
            .iter()
            .flat_map(|host| host.machines.iter())
            .flat_map(|machine| &machine.definition.tags)
        {
            if !tags.contains_key(tag) {
                tags.insert(tag.clone(), Fate::OnNone);
            }
        }
        Self {
            machines,
            tags,
            typed: String::new(),
        }
    }

    pub(crate) fn ui(&mut self, ctx: &Context, view: &ViewContext<'_>) -> Stay {
        let name = self.machines.first().map(|key| name_of(view, key)).unwrap_or_default();
        let title = t!("tags-title", count = self.machines.len(), name = name);
        let confirm = Confirm {
            text: &t!("tags-button"),
            is_destructive: false,
            denied: None,
        };
        let (stay, is_confirmed, ()) = ask(ctx, &title, &confirm, false, |ui| self.body_ui(ui));
        if is_confirmed {
            self.add_typed();
            self.send(view);
        }
        stay
    }

    fn body_ui(&mut self, ui: &mut Ui) {
        let is_wrong = !self.typed.trim().is_empty() && !is_tag(self.typed.trim());
        let (label, hint, reason) = (t!("tags-field"), t!("tags-hint"), t!("tags-invalid"));
        let id = Id::unique("tag field");
        let response = TextField::new(&label, &mut self.typed)
            .hint(&hint)
            .error(is_wrong.then_some(reason.as_str()))
            .id(id)
            .show(ui);
        let is_entered = ui.input(|input| input.key_pressed(egui::Key::Enter));
        if is_entered && (response.lost_focus() || response.has_focus()) && !is_wrong {
            self.add_typed();
            form::focus(ui.ctx(), id);
        }
        let total = self.machines.len();
        let mut changed = None;
        ui.horizontal_wrapped(|ui| {
            for (tag, fate) in self.tags.iter().filter(|(_, fate)| **fate != Fate::OnNone) {
                let shown = match fate {
                    Fate::Kept { count } => {
                        format!("{tag} — {}", t!("tags-some", count = *count, total = total))
                    }
                    Fate::OnAll | Fate::OnNone => tag.clone(),
                };
                let remove = t!("tags-remove", tag = tag.as_str());
                let chip = chip_ui(ui, &shown, *fate == Fate::OnAll, Some(&remove));
                if chip.is_removed {
                    changed = Some((tag.clone(), Fate::OnNone));
                } else if chip.is_clicked {
                    changed = Some((tag.clone(), Fate::OnAll));
                }
            }
        });
        if self.tags.values().any(|fate| *fate == Fate::OnNone) {
            ui.label(text::secondary(ui, t!("tags-known")));
            ui.horizontal_wrapped(|ui| {
                for (tag, _) in self.tags.iter().filter(|(_, fate)| **fate == Fate::OnNone) {
                    if chip_ui(ui, tag, false, None).is_clicked {
                        changed = Some((tag.clone(), Fate::OnAll));
                    }
                }
            });
        }
        if let Some((tag, fate)) = changed {
            self.tags.insert(tag, fate);
        }
    }

    fn add_typed(&mut self) {
        let tag = self.typed.trim();
        if is_tag(tag) {
            self.tags.insert(tag.to_owned(), Fate::OnAll);
            self.typed.clear();
        }
    }

    /// Only to machines whose tags change.
    fn send(&self, view: &ViewContext<'_>) {
        for key in &self.machines {
            let Some(machine) = view.machine(key) else {
                continue;
            };
            let old = &machine.definition.tags;
            let new: Vec<String> = self
                .tags
                .iter()
                .filter(|(tag, fate)| match fate {
                    Fate::OnAll => true,
                    Fate::OnNone => false,
                    Fate::Kept { .. } => old.contains(tag),
                })
                .map(|(tag, _)| tag.clone())
                .collect();
            if new != *old {
                view.send(Command::Machine(MachineCommand::SetTags {
                    machine: key.clone(),
                    tags: new,
                }));
            }
        }
    }
}

fn is_tag(text: &str) -> bool {
    let is_allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    !text.is_empty() && text.chars().count() <= MAX_CHARS && text.chars().all(is_allowed)
}
