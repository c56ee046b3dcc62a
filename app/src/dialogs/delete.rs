//! Deleting machines: every file that would go, with its size and who else uses it. Nothing goes that is not ticked.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use egui::{Context, Label, Ui};
use libvirt_backend::command::{DeleteFile, DeleteFileKind, DeletePlan, DeleteRequest};
use libvirt_backend::guard::Action;

use super::{Confirm, Stay, ask, name_of};
use crate::command::{Command, MachineCommand};
use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::screens::parts::actions;
use crate::state::Answer;
use crate::t;
use crate::text::error::{Message, denied, message};
use crate::text::units;
use crate::widgets::{
    Button, Failure, Tone, banner_ui, card_ui, checkbox_ui, error_ui, icons, spinner_ui, text, tokens,
};

pub(crate) struct DeleteDialog {
    machines: Vec<MachineKey>,
    /// What is ticked, once the plan of that machine is known.
    ticked: HashMap<MachineKey, HashSet<PathBuf>>,
}

impl DeleteDialog {
    pub(crate) fn new(machines: Vec<MachineKey>) -> Self {
        Self {
            machines,
            ticked: HashMap::new(),
        }
    }

    pub(crate) fn ui(&mut self, ctx: &Context, view: &ViewContext<'_>) -> Stay {
        self.tick_preselected(view);
        let goes = self.deletable(view);
        let name = self.machines.first().map(|key| name_of(view, key)).unwrap_or_default();
        let title = t!("delete-title", count = self.machines.len(), name = name);
        let is_known = goes.iter().all(|key| is_answered(view, key));
        let text = button_text(view, &goes);
        let first_denied = self.machines.first().and_then(|key| refusal(view, key));
        let confirm = Confirm {
            text: &text,
            is_destructive: true,
            denied: match (goes.is_empty(), is_known) {
                (true, _) => Some(first_denied.unwrap_or_default()),
                (false, false) => Some(t!("delete-loading")),
                (false, true) => None,
            },
        };
        let (stay, is_confirmed, ()) = ask(ctx, &title, &confirm, true, |ui| {
            for key in self.machines.clone() {
                ui.push_id(&key, |ui| self.machine_ui(ui, view, &key));
            }
            if is_known && !goes.is_empty() {
                self.total_ui(ui, view, &goes);
            }
        });
        if is_confirmed {
            for key in goes {
                self.send(view, key);
            }
        }
        stay
    }

    /// A plan that has just come ticks what belongs to the machine alone; later ones change nothing that was chosen.
    fn tick_preselected(&mut self, view: &ViewContext<'_>) {
        for key in &self.machines {
            if let Some(plan) = plan(view, key)
                && !self.ticked.contains_key(key)
            {
                let preselected = plan.files.iter().filter(|file| file.is_preselected);
                let paths = preselected.map(|file| file.path.clone()).collect();
                self.ticked.insert(key.clone(), paths);
            }
        }
    }

    fn deletable(&self, view: &ViewContext<'_>) -> Vec<MachineKey> {
        self.machines
            .iter()
            .filter(|key| refusal(view, key).is_none())
            .cloned()
            .collect()
    }

    fn machine_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey) {
        let name = name_of(view, key);
        if self.machines.len() > 1 {
            ui.label(text::strong(t!("delete-files-of", name = name.as_str())));
        }
        if let Some(reason) = refusal(view, key) {
            banner_ui(ui, Tone::Warning, &t!("delete-denied", reason = reason), None);
            return;
        }
        if is_active(view, key) {
            banner_ui(ui, Tone::Warning, &t!("delete-running", name = name), None);
        }
        match view.answers.delete_plans.get(key) {
            None | Some(Answer::Waiting(_)) => {
                ui.horizontal(|ui| {
                    let words = t!("delete-loading");
                    spinner_ui(ui, 20.0, &words);
                    ui.label(text::quiet(ui, words));
                });
            }
            Some(Answer::Failed(error)) => failed_ui(ui, view, key, &message(error)),
            Some(Answer::Ready(plan)) => self.plan_ui(ui, key, plan),
        }
    }

    fn plan_ui(&mut self, ui: &mut Ui, key: &MachineKey, plan: &DeletePlan) {
        if self.machines.len() == 1 && !plan.files.is_empty() {
            ui.label(text::secondary(ui, t!("delete-files")));
        }
        if plan.files.is_empty() {
            ui.label(text::quiet(ui, t!("delete-no-files")));
        } else {
            let ticked = self.ticked.entry(key.clone()).or_default();
            card_ui(ui, |ui| {
                for file in &plan.files {
                    file_ui(ui, file, ticked);
                }
            });
        }
        if !plan.unread.is_empty() {
            let words = t!("delete-unread", names = plan.unread.join(", "));
            banner_ui(ui, Tone::Warning, &words, None);
        }
        if !plan.snapshots.is_empty() {
            let names = plan.snapshots.join(", ");
            let ticked = self.ticked.get(key);
            let goes = |file: &DeleteFile| ticked.is_some_and(|ticked| ticked.contains(&file.path));
            let words = if plan.keeps_snapshots(goes) {
                t!("delete-snapshots-stay", count = plan.snapshots.len(), names = names)
            } else {
                t!("delete-snapshots", count = plan.snapshots.len(), names = names)
            };
            ui.add(Label::new(text::body(words)).wrap());
        }
    }

    fn total_ui(&self, ui: &mut Ui, view: &ViewContext<'_>, goes: &[MachineKey]) {
        let ticked =
            |key: &MachineKey, file: &DeleteFile| self.ticked.get(key).is_some_and(|paths| paths.contains(&file.path));
        let total: u64 = goes
            .iter()
            .filter_map(|key| Some((key, plan(view, key)?)))
            .flat_map(|(key, plan)| plan.files.iter().filter(move |file| ticked(key, file)))
            .filter_map(|file| file.size_bytes)
            .sum();
        let words = if total > 0 {
            t!("delete-freed", size = units::bytes(total))
        } else {
            t!("delete-freed-none")
        };
        ui.label(text::strong(words));
    }

    /// Exactly what is ticked, in the order of the plan; nothing where no plan could be made.
    fn send(&self, view: &ViewContext<'_>, key: MachineKey) {
        let ticked = self.ticked.get(&key);
        let paths = plan(view, &key)
            .into_iter()
            .flat_map(|plan| &plan.files)
            .map(|file| &file.path)
            .filter(|path| ticked.is_some_and(|ticked| ticked.contains(*path)));
        let request = DeleteRequest {
            files: paths.cloned().collect(),
            force_off: is_active(view, &key),
        };
        view.send(Command::Machine(MachineCommand::Delete { machine: key, request }));
    }
}

fn plan<'a>(view: &'a ViewContext<'_>, key: &MachineKey) -> Option<&'a DeletePlan> {
    match view.answers.delete_plans.get(key) {
        Some(Answer::Ready(plan)) => Some(plan),
        _ => None,
    }
}

/// Its files are known, or it is known that they cannot be found.
fn is_answered(view: &ViewContext<'_>, key: &MachineKey) -> bool {
    let answer = view.answers.delete_plans.get(key);
    matches!(answer, Some(Answer::Ready(_) | Answer::Failed(_)))
}

fn has_failed(view: &ViewContext<'_>, key: &MachineKey) -> bool {
    matches!(view.answers.delete_plans.get(key), Some(Answer::Failed(_)))
}

fn button_text(view: &ViewContext<'_>, goes: &[MachineKey]) -> String {
    let [only] = goes else {
        return t!("delete-button", count = goes.len().max(1));
    };
    match (is_active(view, only), has_failed(view, only)) {
        (true, true) => t!("delete-button-forced-without-files"),
        (true, false) => t!("delete-button-forced"),
        (false, true) => t!("delete-button-without-files"),
        (false, false) => t!("delete-button", count = 1),
    }
}

/// What went wrong, the way to look again, and what is left to do without.
fn failed_ui(ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, message: &Message) {
    let failure = Failure {
        what: &message.what,
        words: message.own_words.as_deref().unwrap_or_default(),
        advice: &t!("delete-files-unknown"),
    };
    error_ui(ui, &failure, |ui| {
        let name = t!("delete-look-again-name", name = name_of(view, key));
        let button = Button::secondary(t!("delete-look-again")).icon(icons::RETRY).small();
        if button.show(ui).accessible_name(name).clicked() {
            view.send(Command::Machine(MachineCommand::ReadDeletePlan(key.clone())));
        }
    });
}

fn refusal(view: &ViewContext<'_>, key: &MachineKey) -> Option<String> {
    let action = if is_active(view, key) {
        Action::DeleteForced
    } else {
        Action::Delete
    };
    actions::check(view, key, action).err().map(|reason| denied(&reason))
}

fn is_active(view: &ViewContext<'_>, key: &MachineKey) -> bool {
    view.machine(key).is_some_and(|machine| machine.state.is_active())
}

fn file_ui(ui: &mut Ui, file: &DeleteFile, ticked: &mut HashSet<PathBuf>) {
    let size = file.size_bytes.map_or_else(|| t!("delete-size-unknown"), units::bytes);
    let name = file.path.file_name().map_or_else(
        || file.path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    );
    let mut is_ticked = ticked.contains(&file.path);
    let label = t!(
        "delete-file-name",
        kind = kind_text(file.kind),
        file = name,
        size = size
    );
    if checkbox_ui(ui, &mut is_ticked, &label).changed() {
        if is_ticked {
            ticked.insert(file.path.clone());
        } else {
            ticked.remove(&file.path);
        }
    }
    // Under the words of the box, not under the box, and close to them.
    ui.add_space(-tokens::SPACE);
    ui.horizontal_top(|ui| {
        ui.add_space(18.0 * tokens::text_scale(ui.ctx()) + 10.0);
        let mut words = file
            .path
            .parent()
            .map(|folder| folder.display().to_string())
            .unwrap_or_default();
        if !file.used_by.is_empty() {
            words = format!("{words} · {}", t!("delete-used-by", names = file.used_by.join(", ")));
        }
        ui.add(Label::new(text::weak(ui, words)).wrap());
    });
}

fn kind_text(kind: DeleteFileKind) -> String {
    t!(match kind {
        DeleteFileKind::Disk => "delete-kind-disk",
        DeleteFileKind::ImportedDisk => "delete-kind-imported",
        DeleteFileKind::Nvram => "delete-kind-nvram",
        DeleteFileKind::FormerNvram => "delete-kind-former-nvram",
        DeleteFileKind::SavedState => "delete-kind-saved",
        DeleteFileKind::TpmState => "delete-kind-tpm",
        DeleteFileKind::SerialLog => "delete-kind-log",
    })
}
