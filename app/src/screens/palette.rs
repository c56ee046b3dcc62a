//! The command palette: every command and every machine, found by typing.

use egui::Ui;
use libvirt_backend::guard::Action;
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::parts::actions;
use super::parts::state_look::state_look;
use crate::command::{Entry, UiCommand};
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
    Action(Action, MachineKey),
    Machine(MachineKey),
}

impl CommandPalette {
    /// Call it each frame; `is_wanted` says whether it is to be open.
    pub(super) fn ui(&mut self, ui: &Ui, view: &ViewContext<'_>, is_wanted: bool) {
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
        let mut found = Vec::new();
        let chosen = kit.show(ui.ctx(), texts, |query| {
            found = find(view, matcher, query);
            found.iter().map(|choice| entry(ui, view, choice)).collect()
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
fn find(view: &ViewContext<'_>, matcher: &mut Matcher, query: &str) -> Vec<Choice> {
    let all = choices(view);
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

/// Actions on the selected machine first, then the window's, then every machine.
fn choices(view: &ViewContext<'_>) -> Vec<Choice> {
    let subject = match view.route {
        Route::Machine { key, .. } => Some(key),
        Route::Machines | Route::Connections | Route::Settings => view.selection.primary.as_ref(),
    };
    let mut choices = Vec::new();
    for entry in Entry::all() {
        match entry {
            Entry::Action(action) => {
                let is_sendable = !matches!(
                    action,
                    Action::RevertSnapshot | Action::DeleteSnapshot | Action::InsertMedia | Action::EjectMedia
                );
                if let Some(key) = subject.filter(|_| is_sendable) {
                    choices.push(Choice::Action(action, key.clone()));
                }
            }
            Entry::Ui(ui) if is_pointless(&ui.command()) => {}
            Entry::Ui(_) => choices.push(Choice::Window(entry)),
        }
    }
    for host in view.hosts {
        let uri: std::sync::Arc<str> = std::sync::Arc::from(host.uri.as_str());
        choices.extend(host.machines.iter().map(|machine| {
            Choice::Machine(MachineKey {
                uri: std::sync::Arc::clone(&uri),
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
        Choice::Action(action, key) => {
            let name = view.machine(key).map_or("", |machine| machine.name());
            format!("{} {name}", crate::command::action::text(*action))
        }
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

fn entry(ui: &Ui, view: &ViewContext<'_>, choice: &Choice) -> PaletteEntry<'static> {
    match choice {
        Choice::Window(entry) => PaletteEntry {
            icon: Some(entry.icon()),
            text: entry.text().into(),
            shortcut: shortcut(ui, *entry),
            ..PaletteEntry::default()
        },
        Choice::Action(action, key) => {
            let machine = view.machine(key);
            let action = match machine {
                Some(machine) if *action == Action::Delete => actions::delete_action(machine),
                _ => *action,
            };
            let reason = actions::check(view, key, action).err();
            PaletteEntry {
                icon: Some(crate::command::action::icon(action)),
                text: crate::command::action::text(action).into(),
                hint: machine
                    .map_or_else(String::new, |machine| machine.name().to_owned())
                    .into(),
                shortcut: shortcut(ui, Entry::Action(action)),
                denied: reason.map(|reason| denied(&reason).into()),
            }
        }
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

fn shortcut(ui: &Ui, entry: Entry) -> std::borrow::Cow<'static, str> {
    entry
        .shortcut()
        .map_or_else(String::new, |shortcut| ui.ctx().format_shortcut(&shortcut))
        .into()
}

fn run(view: &ViewContext<'_>, choice: Choice) {
    match choice {
        Choice::Window(entry) => {
            if let Some(command) = entry.command(&[]) {
                view.send(command);
            }
        }
        Choice::Action(action, key) => actions::send(view, action, vec![key]),
        Choice::Machine(key) => view.ui(UiCommand::Go(Route::Machine {
            key,
            tab: MachineTab::Overview,
        })),
    }
}
