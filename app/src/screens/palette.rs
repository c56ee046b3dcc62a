//! The command palette: every command and every machine, found by typing.

use std::sync::Arc;

use egui::Ui;
use libvirt_backend::guard::Action;
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::parts::state_look::state_look;
use super::parts::{actions, keys};
use crate::command::{Entry, UiCommand, action};
use crate::context::ViewContext;
use crate::route::{MachineKey, MachineTab, Route};
use crate::t;
use crate::text::error::denied;
use crate::text::state::host_name;
use crate::widgets::icons;
use crate::widgets::palette::{CommandPalette as Kit, PaletteEntry, PaletteTexts};

/// More than this nobody reads.
const MOST: usize = 200;

pub(super) struct CommandPalette {
    kit: Kit,
    matcher: Matcher,
}

impl Default for CommandPalette {
    fn default() -> Self {
        Self {
            kit: Kit::default(),
            matcher: Matcher::new(Config::DEFAULT),
        }
    }
}

/// What choosing an entry does.
#[derive(Clone, Debug)]
enum Choice {
    Window(Entry),
    /// On these machines, of which there is one at least.
    Action(Action, Arc<[MachineKey]>),
    Machine(MachineKey),
}

impl CommandPalette {
    /// Call it each frame; `is_wanted` says whether it is to be open.
    /// `marked`: the machines that are marked and can be seen.
    pub(super) fn ui(&mut self, ui: &Ui, view: &ViewContext<'_>, is_wanted: bool, marked: &[MachineKey]) {
        if !is_wanted {
            self.kit.close();
            return;
        }
        if !self.kit.is_open() {
            self.kit.open();
        }
        let Self { kit, matcher } = self;
        let (name, nothing) = (t!("palette-hint"), t!("palette-none"));
        let texts = PaletteTexts {
            name: &name,
            nothing: &nothing,
        };
        let subjects = subjects(view, marked);
        let mut found = Vec::new();
        let chosen = kit.show(ui.ctx(), texts, |query| {
            found = find(view, &subjects, matcher, query);
            found.iter().map(|choice| entry(view, choice)).collect()
        });
        let choice = chosen.and_then(|index| found.get(index).cloned());
        if choice.is_some() || !kit.is_open() {
            view.ui(UiCommand::CloseDialog);
        }
        if let Some(choice) = choice {
            run(view, choice);
        }
    }
}

/// Everything where nothing is typed, else what matches, best first.
fn find(view: &ViewContext<'_>, subjects: &Arc<[MachineKey]>, matcher: &mut Matcher, query: &str) -> Vec<Choice> {
    let all = choices(view, subjects);
    let pattern = Pattern::parse(query, CaseMatching::Ignore, Normalization::Smart);
    if pattern.atoms.is_empty() {
        return all.into_iter().take(MOST).collect();
    }
    let mut buffer = Vec::new();
    let mut scored: Vec<(u32, usize, Choice)> = all
        .into_iter()
        .enumerate()
        .filter_map(|(place, choice)| {
            let words = words(view, &choice);
            let score = pattern.score(Utf32Str::new(&words, &mut buffer), matcher)?;
            Some((score, place, choice))
        })
        .collect();
    scored.sort_by_key(|(score, place, _)| (std::cmp::Reverse(*score), *place));
    scored.into_iter().take(MOST).map(|(_, _, choice)| choice).collect()
}

/// What actions act on: the machine whose page is shown, else all that are marked in the list, else the one that the
/// inspector shows.
fn subjects(view: &ViewContext<'_>, marked: &[MachineKey]) -> Arc<[MachineKey]> {
    match view.route {
        Route::Machine { key, .. } => Arc::from([key.clone()]),
        _ if !marked.is_empty() => Arc::from(marked),
        Route::Machines => view.selection.primary.iter().cloned().collect(),
        Route::Connections | Route::Settings => Arc::from([]),
    }
}

/// The window's own commands first, then actions on the subjects, then every machine.
fn choices(view: &ViewContext<'_>, subjects: &Arc<[MachineKey]>) -> Vec<Choice> {
    let mut choices = Vec::new();
    for entry in Entry::all() {
        match entry {
            Entry::Action(_) if subjects.is_empty() => {}
            Entry::Action(action) => choices.push(Choice::Action(action, Arc::clone(subjects))),
            Entry::Ui(ui) if is_pointless(&ui.command()) => {}
            Entry::Ui(_) => choices.push(Choice::Window(entry)),
        }
    }
    for host in view.hosts {
        let uri: Arc<str> = Arc::from(host.uri.as_str());
        choices.extend(host.machines.iter().map(|machine| {
            Choice::Machine(MachineKey {
                uri: Arc::clone(&uri),
                id: machine.id,
            })
        }));
    }
    choices
}

/// What the palette itself already is, or closes by being chosen.
fn is_pointless(command: &UiCommand) -> bool {
    matches!(command, UiCommand::ShowPalette | UiCommand::CloseDialog)
}

fn words(view: &ViewContext<'_>, choice: &Choice) -> String {
    match choice {
        Choice::Window(entry) => entry.text(),
        Choice::Action(action, keys) => format!("{} {}", action::text(*action), subject_name(view, keys)),
        Choice::Machine(key) => view.machine(key).map_or_else(String::new, |machine| {
            let mut words = machine.name().to_owned();
            for tag in &machine.definition.tags {
                words.push(' ');
                words.push_str(tag);
            }
            words
        }),
    }
}

fn entry(view: &ViewContext<'_>, choice: &Choice) -> PaletteEntry<'static> {
    match choice {
        Choice::Window(entry) => PaletteEntry {
            icon: Some(entry.icon()),
            text: entry.text().into(),
            shortcut: shortcut(*entry),
            ..PaletteEntry::default()
        },
        Choice::Action(action, keys) => action_entry(view, *action, keys),
        Choice::Machine(key) => {
            let Some((host, machine)) = actions::find(view, key) else {
                return PaletteEntry::default();
            };
            let look = state_look(view, key, machine);
            let hint = if view.hosts.len() > 1 {
                format!("{} · {}", look.text, host_name(&host.uri))
            } else {
                look.text
            };
            PaletteEntry {
                icon: Some(icons::MACHINE),
                text: machine.name().to_owned().into(),
                hint: hint.into(),
                ..PaletteEntry::default()
            }
        }
    }
}

fn subject_name(view: &ViewContext<'_>, keys: &[MachineKey]) -> String {
    match keys {
        [key] => view
            .machine(key)
            .map_or_else(String::new, |machine| machine.name().to_owned()),
        keys => t!("machines-count", count = keys.len()),
    }
}

/// Refused only where none of the machines allows it.
fn action_entry(view: &ViewContext<'_>, action: Action, keys: &[MachineKey]) -> PaletteEntry<'static> {
    let checked = |key: &MachineKey| {
        let machine = view.machine(key);
        let action = match machine {
            Some(machine) if action == Action::Delete => actions::delete_action(machine),
            _ => action,
        };
        actions::check(view, key, action)
    };
    let is_allowed = keys.iter().any(|key| checked(key).is_ok());
    let reason = keys.first().and_then(|key| checked(key).err()).filter(|_| !is_allowed);
    PaletteEntry {
        icon: Some(action::icon(action)),
        text: action::text(action).into(),
        hint: subject_name(view, keys).into(),
        shortcut: shortcut(Entry::Action(action)),
        denied: reason.map(|reason| denied(&reason).into()),
    }
}

fn shortcut(entry: Entry) -> std::borrow::Cow<'static, str> {
    entry.shortcut().map_or_else(String::new, keys::written).into()
}

fn run(view: &ViewContext<'_>, choice: Choice) {
    match choice {
        Choice::Window(entry) => {
            if let Some(command) = entry.command(&[]) {
                view.send(command);
            }
        }
        Choice::Action(action, keys) => actions::send(view, action, keys.to_vec()),
        Choice::Machine(key) => view.ui(UiCommand::Go(Route::Machine {
            key,
            tab: MachineTab::Overview,
        })),
    }
}

#[cfg(test)]
mod tests {
    use egui::{Key, Role};
    use egui_kittest::Harness;
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use super::*;
    use crate::command::{Command, MachineCommand};
    use crate::screens::fixtures;
    use crate::screens::test_window::{Look, TestWindow, key, open};
    use crate::state::Overlay;

    type Window = Harness<'static, TestWindow>;

    fn palette(marked: &[u32], typed: &str) -> Window {
        let mut window = TestWindow::new(vec![fixtures::assorted()]);
        window.select(marked);
        let mut harness = open(Look::sized(1_280.0, 800.0), window);
        harness.run();
        harness.state_mut().overlay = Some(Overlay::Palette);
        harness.run();
        harness.event(egui::Event::Text(typed.to_owned()));
        harness.run();
        harness
    }

    fn enter(harness: &mut Window) -> Vec<Command> {
        harness.key_press(Key::Enter);
        harness.run();
        harness.state_mut().sent.split_off(0)
    }

    fn entries(harness: &Window) -> Vec<(i32, String)> {
        let mut entries: Vec<(i32, String)> = harness
            .get_all_by_role(Role::ListBoxOption)
            .map(|entry| {
                let label = entry.accesskit_node().label().unwrap_or_default();
                (entry.rect().top() as i32, label)
            })
            .collect();
        entries.sort();
        entries
    }

    #[test]
    fn a_machine_is_found_by_part_of_its_name_and_opened() {
        let mut harness = palette(&[], "wb10");
        assert!(entries(&harness)[0].1.starts_with("web-10"), "{:?}", entries(&harness));
        enter(&mut harness);
        let route = Route::Machine {
            key: key(8),
            tab: MachineTab::Overview,
        };
        assert_eq!(harness.state().route, route);
        assert_eq!(harness.state().overlay, None);
    }

    #[test]
    fn an_action_runs_on_all_that_are_marked() {
        let mut harness = palette(&[1, 2], "shut down");
        let sent = enter(&mut harness);
        let [Command::Machine(MachineCommand::Run { action, machines })] = &sent[..] else {
            panic!("{sent:?}");
        };
        assert_eq!(*action, Action::Shutdown);
        assert_eq!(machines, &[key(1), key(2)]);
    }

    #[test]
    fn every_action_is_there_and_what_cannot_be_done_now_is_not_sent() {
        let mut harness = palette(&[8], "eject");
        assert!(
            entries(&harness)[0].1.starts_with("Eject disc"),
            "{:?}",
            entries(&harness)
        );
        assert_eq!(
            enter(&mut harness),
            [Command::Machine(MachineCommand::Run {
                action: Action::EjectMedia,
                machines: vec![key(8)]
            })]
        );
        // It is off.
        let mut harness = palette(&[8], "pause");
        assert!(enter(&mut harness).is_empty());
    }
}
