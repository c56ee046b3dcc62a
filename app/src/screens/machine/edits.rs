//! The edits of a machine's settings that were written down: what each changed, to be taken back and made again.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use egui::{Label, Layout, Ui};
use libvirt_backend::Error;
use libvirt_backend::command::Overwrite;
use libvirt_backend::guard::Action;
use libvirt_backend::model::{Definition, Machine};
use libvirt_backend::property::edit::HistoryEntry;
use libvirt_backend::xml::property::select::Setting;

use super::again::Again;
use super::hardware::diff_ui;
use crate::command::{Command, MachineCommand};
use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::screens::parts::actions;
use crate::screens::parts::age::age;
use crate::state::Answer;
use crate::t;
use crate::text::error::{denied, message};
use crate::text::hardware::{group, label, note, revert};
use crate::widgets::{Button, Palette, Tone, card_ui, icons, section_ui, section_with_ui, text, tokens};

/// Names of what an edit changed; the rest is counted.
const NAMED: usize = 3;

/// Of every machine whose page was opened.
#[derive(Default)]
pub(super) struct Edits {
    machines: HashMap<MachineKey, Page>,
}

#[derive(Default)]
struct Page {
    /// The model's definition that the edits were asked for with.
    asked_for: Option<Arc<Definition>>,
    again: Again,
    /// Whose lines are shown.
    open: HashSet<u64>,
    sent: Option<Way>,
    outcome: Option<Outcome>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Back,
    Forth,
}

enum Outcome {
    Done {
        way: Way,
        waits: bool,
    },
    /// Somebody else changed the machine since: going on would lose that.
    Conflict(Way, String),
    Failed(String),
}

impl Edits {
    /// True where there is something to show.
    pub(super) fn ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine) -> bool {
        let page = self.machines.entry(key.clone()).or_default();
        page.ask(ui, view, key, machine);
        page.take_result(view, key);
        let history = view.answers.histories.get(key);
        let Some(Answer::Ready(entries)) = history else {
            return page.unread_ui(ui, view, key, matches!(history, Some(Answer::Waiting(_))));
        };
        if entries.is_empty() {
            return false;
        }
        page.entries_ui(ui, view, key, entries);
        true
    }
}

impl Page {
    fn ask(&mut self, ui: &Ui, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine) {
        let history = view.answers.histories.get(key);
        self.again.take(history);
        let is_known = self
            .asked_for
            .as_ref()
            .is_some_and(|known| Arc::ptr_eq(known, &machine.definition));
        if !is_known {
            self.asked_for = Some(Arc::clone(&machine.definition));
            self.read(view, key);
        } else if matches!(history, Some(Answer::Failed(_))) && self.again.is_due(ui, view, key) {
            self.read(view, key);
        }
    }

    fn read(&mut self, view: &ViewContext<'_>, key: &MachineKey) {
        self.again.asked(view, key);
        view.send(Command::Machine(MachineCommand::ReadHistory(key.clone())));
    }

    /// Why there is no list. False where it is only on its way.
    fn unread_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, is_waiting: bool) -> bool {
        if !self.again.has_failed() {
            return false;
        }
        section_ui(ui, &t!("edits-title"));
        if self.again.ui(ui, is_waiting) {
            self.read(view, key);
        }
        true
    }

    fn take_result(&mut self, view: &ViewContext<'_>, key: &MachineKey) {
        let Some(way) = self.sent else { return };
        let outcome = match view.answers.edits.get(key) {
            Some(Answer::Ready(report)) => Outcome::Done {
                way,
                waits: report.waits_for_start(),
            },
            Some(Answer::Failed(error @ Error::ChangedMeanwhile { .. })) => {
                Outcome::Conflict(way, message(error).to_lines())
            }
            Some(Answer::Failed(error)) => Outcome::Failed(message(error).to_lines()),
            Some(Answer::Waiting(_)) | None => return,
        };
        self.outcome = Some(outcome);
        self.sent = None;
    }

    fn entries_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, entries: &[HistoryEntry]) {
        let last = entries.iter().rfind(|entry| !entry.is_undone);
        let next = entries.iter().find(|entry| entry.is_undone);
        let refusal = actions::check(view, key, Action::Edit)
            .err()
            .map(|reason| denied(&reason));
        let refusal = refusal.or_else(|| self.sent.map(|_| t!("hardware-applying")));
        let asked = section_with_ui(ui, &t!("edits-title"), |ui| {
            let mut asked = None;
            let choices = [
                (
                    Way::Forth,
                    next,
                    icons::REDO,
                    "edits-redo",
                    "edits-redo-name",
                    "edits-nothing-to-redo",
                ),
                (
                    Way::Back,
                    last,
                    icons::UNDO,
                    "edits-undo",
                    "edits-undo-name",
                    "edits-nothing-to-undo",
                ),
            ];
            for (way, entry, icon, words, name, nothing) in choices {
                let reason = refusal
                    .clone()
                    .or_else(|| entry.is_none().then(|| crate::text::get(nothing, &[])));
                let button = Button::secondary(crate::text::get(words, &[]))
                    .small()
                    .icon(icon)
                    .denied(reason);
                let mut response = button.show(ui);
                if let Some(entry) = entry {
                    let what = told(entry);
                    response = response.accessible_name(crate::text::get(name, &[("what", what.into())]));
                }
                if response.clicked() && entry.is_some() {
                    asked = Some(way);
                }
            }
            asked
        });
        if let Some(way) = asked {
            self.send(view, key, way, Overwrite::Refuse);
        }
        self.outcome_ui(ui, view, key);
        card_ui(ui, |ui| {
            for entry in entries.iter().rev() {
                self.entry_ui(ui, view, entry);
            }
        });
        ui.add_space(tokens::SPACE_WIDE);
    }

    fn send(&mut self, view: &ViewContext<'_>, key: &MachineKey, way: Way, overwrite: Overwrite) {
        let machine = key.clone();
        view.send(Command::Machine(match way {
            Way::Back => MachineCommand::UndoEdit { machine, overwrite },
            Way::Forth => MachineCommand::RedoEdit { machine, overwrite },
        }));
        self.sent = Some(way);
        self.outcome = None;
    }

    fn outcome_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey) {
        let mut again = None;
        match &self.outcome {
            None => {}
            Some(Outcome::Done { way, waits }) => {
                let words = t!(match (way, waits) {
                    (Way::Back, false) => "edits-undone",
                    (Way::Back, true) => "edits-undone-later",
                    (Way::Forth, false) => "edits-redone",
                    (Way::Forth, true) => "edits-redone-later",
                });
                ui.label(text::toned(ui, Tone::Running, words));
            }
            Some(Outcome::Failed(words)) => {
                ui.add(Label::new(text::toned(ui, Tone::Attention, words)).wrap());
            }
            Some(Outcome::Conflict(way, words)) => {
                card_ui(ui, |ui| {
                    ui.add(Label::new(text::toned(ui, Tone::Attention, words)).wrap());
                    ui.add(Label::new(text::body(t!("edits-conflict"))).wrap());
                    ui.horizontal(|ui| {
                        if Button::secondary(t!("edits-leave")).show(ui).clicked() {
                            again = Some(None);
                        }
                        if Button::danger(t!("edits-overwrite")).show(ui).clicked() {
                            again = Some(Some(*way));
                        }
                    });
                });
            }
        }
        match again {
            Some(Some(way)) => self.send(view, key, way, Overwrite::Allow),
            Some(None) => self.outcome = None,
            None => {}
        }
    }

    fn entry_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, entry: &HistoryEntry) {
        let is_open = self.open.contains(&entry.number);
        ui.horizontal(|ui| {
            let side = tokens::ICON_SMALL * tokens::text_scale(ui.ctx());
            let color = Palette::of(ui).text_secondary;
            ui.label(icons::icon_text(icons::EDIT, side, color));
            let what = told(entry);
            ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                let lines = if is_open { t!("edits-hide") } else { t!("edits-show") };
                let name = t!("edits-show-name", what = what.as_str());
                let toggle = Button::ghost(lines).small().show(ui).accessible_name(name);
                if toggle.clicked() && !self.open.remove(&entry.number) {
                    self.open.insert(entry.number);
                }
                ui.label(text::weak(ui, age(view, entry.at_millis)));
                if entry.is_undone {
                    ui.label(text::quiet(ui, t!("edits-is-undone")));
                }
                ui.with_layout(Layout::left_to_right(egui::Align::Center), |ui| {
                    text::truncated_ui(ui, text::body(what));
                });
            });
        });
        if is_open {
            diff_ui(ui, &entry.diff);
        }
    }
}

/// What it changed, in words where there are some.
fn told(entry: &HistoryEntry) -> String {
    let named: Vec<String> = entry.what.iter().take(NAMED).map(|what| name(what)).collect();
    let named = named.join(", ");
    match entry.what.len().saturating_sub(NAMED) {
        0 => named,
        rest => t!("edits-and-more", names = named, count = rest),
    }
}

fn name(what: &str) -> String {
    if what == "xml" {
        return t!("edits-xml");
    }
    if let Some(words) = revert(what) {
        return words;
    }
    let Ok(setting) = Setting::parse(what) else {
        return note(what).unwrap_or_else(|| what.to_owned());
    };
    match label(setting.scope, setting.property) {
        Some(label) if setting.key.is_empty() => label,
        Some(_) if setting.property.name.is_empty() => match setting.scope.groups.first() {
            Some(list) => format!("{} ({})", group(list), setting.key),
            None => what.to_owned(),
        },
        Some(label) => format!("{label} ({})", setting.key),
        None => what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use egui::Role;
    use egui_kittest::Harness;
    use egui_kittest::kittest::{NodeT as _, Queryable as _};
    use libvirt_backend::xml::diff::diff;

    use super::*;
    use crate::route::{MachineTab, Route};
    use crate::screens::fixtures;
    use crate::screens::test_window::{Look, TestWindow, key, open};

    fn entry(number: u64, what: &[&str], is_undone: bool) -> HistoryEntry {
        HistoryEntry {
            number,
            at_millis: fixtures::NOW_MILLIS - 120_000,
            what: what.iter().map(|what| (*what).to_owned()).collect(),
            diff: diff("<memory>1</memory>", "<memory>2</memory>", 1),
            is_undone,
        }
    }

    fn page() -> Harness<'static, TestWindow> {
        let mut window = TestWindow::new(vec![fixtures::assorted()]);
        window.route = Route::Machine {
            key: key(1),
            tab: MachineTab::Activity,
        };
        let entries = vec![
            entry(1, &["revert.clean.1"], false),
            entry(2, &["memory"], false),
            entry(3, &["disk.vda.cache", "interface"], false),
            entry(4, &["vcpu"], true),
        ];
        window.answers.histories.insert(key(1), Answer::Ready(entries.into()));
        let mut harness = open(Look::sized(1_280.0, 800.0), window);
        harness.run();
        harness
    }

    fn press(harness: &mut Harness<'_, TestWindow>, button: &str) -> Option<MachineCommand> {
        harness.state_mut().sent.clear();
        harness.get_by_role_and_label(Role::Button, button).click();
        harness.run();
        let mut sent = harness.state().sent.iter().filter_map(|command| match command {
            Command::Machine(command @ (MachineCommand::UndoEdit { .. } | MachineCommand::RedoEdit { .. })) => {
                Some(command.clone())
            }
            _ => None,
        });
        sent.next()
    }

    fn undo(overwrite: Overwrite) -> MachineCommand {
        let machine = key(1);
        MachineCommand::UndoEdit { machine, overwrite }
    }

    #[test]
    fn edits_are_told_in_words_with_their_lines() {
        let mut harness = page();
        harness.get_by_label("Back to snapshot “clean.1”");
        harness.get_by_label("Memory, at most");
        harness.get_by_label("Cache (vda), interface");
        harness.get_by_label("undone");
        press(&mut harness, "Lines of XML: Memory, at most");
        harness.get_by_label("+ <memory>2</memory>");
        let many = Answer::Ready(fixtures::edits().into());
        harness.state_mut().answers.histories.insert(key(1), many);
        harness.run();
        harness.get_by_label("Processors, at most, Cores a socket, Title and 1 more");
    }

    #[test]
    fn undo_takes_the_newest_that_counts_and_redo_the_oldest_that_does_not() {
        let mut harness = page();
        let sent = press(&mut harness, "Undo: Cache (vda), interface");
        assert_eq!(sent, Some(undo(Overwrite::Refuse)));
        let report = libvirt_backend::property::edit::EditReport {
            changes: Vec::new(),
            diff: Vec::new(),
            adjusted: Vec::new(),
            kept_variables: None,
            fingerprint: fixtures::hardware().fingerprint,
        };
        let answer = Answer::Ready(report.into());
        harness.state_mut().answers.edits.insert(key(1), answer);
        harness.run();
        harness.get_by_label("Undone.");
        let sent = press(&mut harness, "Redo: Processors, at most");
        assert!(matches!(sent, Some(MachineCommand::RedoEdit { .. })), "{sent:?}");
    }

    #[test]
    fn a_conflict_is_told_and_nothing_is_lost_before_the_user_says_so() {
        let mut harness = page();
        press(&mut harness, "Undo: Cache (vda), interface");
        let object = "web-1".to_owned();
        let answer = Answer::Failed(Error::ChangedMeanwhile { object });
        harness.state_mut().answers.edits.insert(key(1), answer);
        harness.run();
        harness.get_by_label_contains("web-1 was changed by somebody else meanwhile");
        let sent = press(&mut harness, "Go on and lose these changes");
        assert_eq!(sent, Some(undo(Overwrite::Allow)));
    }

    #[test]
    fn what_cannot_be_undone_says_why() {
        let mut harness = page();
        let entries = vec![entry(1, &["memory"], true)];
        harness
            .state_mut()
            .answers
            .histories
            .insert(key(1), Answer::Ready(entries.into()));
        harness.run();
        let button = harness.get_by_role_and_label(Role::Button, "Undo");
        assert!(button.accesskit_node().is_disabled());
    }
}
