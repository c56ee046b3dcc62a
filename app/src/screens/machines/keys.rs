//! What the keyboard does in the table.

use egui::{Event, Id, Key, Modifiers, Ui};

use super::index::Index;
use super::marking::{self, Mode};
use crate::command::{Command, MachineCommand, UiCommand};
use crate::context::ViewContext;
use crate::route::{MachineKey, MachineTab, Route};
use crate::state::Selection;

/// What a key asks the table itself to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Bring this row into view.
    Show(usize),
    /// Open the menu of this row.
    Menu(usize),
}

/// Reads the keys while the table, or nothing at all, has the focus and nothing lies over the page.
pub(super) fn read(
    ui: &Ui,
    view: &ViewContext<'_>,
    index: &Index,
    table: Id,
    page_rows: usize,
    anchor: &mut Option<MachineKey>,
) -> Option<Asked> {
    let focused = ui.memory(|memory| memory.focused());
    let is_ours = focused.is_none_or(|id| id == table);
    if !is_ours || view.overlay.is_some() || egui::Popup::is_any_open(ui.ctx()) {
        return None;
    }
    let pressed: Vec<(Key, Modifiers)> = ui.input(|input| {
        let events = input.events.iter();
        events
            .filter_map(|event| match event {
                Event::Key {
                    key,
                    pressed: true,
                    modifiers,
                    ..
                } => Some((*key, *modifiers)),
                _ => None,
            })
            .collect()
    });
    pressed
        .into_iter()
        .filter_map(|(key, modifiers)| press(view, index, key, modifiers, page_rows, anchor))
        .next_back()
}

fn press(
    view: &ViewContext<'_>,
    index: &Index,
    key: Key,
    modifiers: Modifiers,
    page_rows: usize,
    anchor: &mut Option<MachineKey>,
) -> Option<Asked> {
    let rows = &index.rows;
    let last = rows.len().checked_sub(1)?;
    let primary = view.selection.primary.as_ref();
    let at = primary.and_then(|key| index.position(key));
    let to = match key {
        Key::ArrowDown => at.map_or(0, |at| at + 1),
        Key::ArrowUp => at.map_or(last, |at| at.saturating_sub(1)),
        Key::PageDown => at.map_or(0, |at| at + page_rows),
        Key::PageUp => at.map_or(0, |at| at.saturating_sub(page_rows)),
        Key::Home => 0,
        Key::End => last,
        _ => return other_key(view, index, key, modifiers, at),
    };
    let to = to.min(last);
    let mode = if modifiers.shift { Mode::Range } else { Mode::Only };
    let selection = marking::mark(view.selection, rows, to, mode, anchor)?;
    view.ui(UiCommand::Select(selection));
    Some(Asked::Show(to))
}

fn other_key(
    view: &ViewContext<'_>,
    index: &Index,
    key: Key,
    modifiers: Modifiers,
    at: Option<usize>,
) -> Option<Asked> {
    match key {
        Key::A if modifiers.command => {
            view.ui(UiCommand::Select(marking::all(&index.rows, view.selection)));
        }
        Key::Escape if !view.selection.machines.is_empty() => view.ui(UiCommand::Select(Selection::default())),
        // The console first; one that is off is started for it.
        Key::Enter if modifiers.is_none() => {
            let machine = index.rows.get(at?)?.key.clone();
            view.send(Command::Machine(MachineCommand::OpenConsole(machine)));
        }
        Key::Enter if modifiers.alt => open(view, index.rows.get(at?)?.key.clone()),
        Key::Menu => return Some(Asked::Menu(at?)),
        Key::F10 if modifiers.shift => return Some(Asked::Menu(at?)),
        _ => {}
    }
    None
}

pub(super) fn open(view: &ViewContext<'_>, key: MachineKey) {
    view.ui(UiCommand::Go(Route::Machine {
        key,
        tab: MachineTab::Overview,
    }));
}
