//! What the keyboard does in the table.

use std::ops::Range;

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

/// How far a key moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Steps<'a> {
    Rows {
        page: usize,
    },
    /// `page` in lines.
    Grid {
        lines: &'a [Range<usize>],
        page: usize,
    },
}

impl Steps<'_> {
    /// Where `key` leads from `at`; `None`: it does not move.
    fn to(self, key: Key, at: Option<usize>, last: usize) -> Option<usize> {
        let Some(at) = at else {
            return match key {
                Key::ArrowUp | Key::ArrowLeft | Key::End if self.knows(key) => Some(last),
                Key::ArrowDown | Key::ArrowRight | Key::PageDown | Key::PageUp | Key::Home if self.knows(key) => {
                    Some(0)
                }
                _ => None,
            };
        };
        let page = match self {
            Self::Rows { page } | Self::Grid { page, .. } => page,
        };
        let down = |by: usize| self.beyond(at, last, |line, end| (line + by).min(end));
        let up = |by: usize| self.beyond(at, last, |line, _| line.saturating_sub(by));
        Some(match key {
            Key::ArrowDown => down(1),
            Key::ArrowUp => up(1),
            Key::ArrowRight if self.knows(key) => (at + 1).min(last),
            Key::ArrowLeft if self.knows(key) => at.saturating_sub(1),
            Key::PageDown => down(page),
            Key::PageUp => up(page),
            Key::Home => 0,
            Key::End => last,
            _ => return None,
        })
    }

    /// The place in another line. In a grid the column is kept; a line that is short is reached at its end.
    fn beyond(self, at: usize, last: usize, to: impl Fn(usize, usize) -> usize) -> usize {
        let Self::Grid { lines, .. } = self else {
            return to(at, last);
        };
        let Some(line) = lines.iter().position(|line| line.contains(&at)) else {
            return at;
        };
        let column = lines.get(line).map_or(0, |line| at - line.start);
        let goal = lines.get(to(line, lines.len() - 1));
        goal.map_or(at, |goal| (goal.start + column).min(goal.end - 1))
    }

    fn knows(self, key: Key) -> bool {
        !matches!((self, key), (Self::Rows { .. }, Key::ArrowLeft | Key::ArrowRight))
    }
}

/// Reads the keys while the table, or nothing at all, has the focus and nothing lies over the page.
pub(super) fn read(
    ui: &Ui,
    view: &ViewContext<'_>,
    index: &Index,
    table: Id,
    steps: Steps<'_>,
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
        .filter_map(|(key, modifiers)| press(view, index, key, modifiers, steps, anchor))
        .next_back()
}

fn press(
    view: &ViewContext<'_>,
    index: &Index,
    key: Key,
    modifiers: Modifiers,
    steps: Steps<'_>,
    anchor: &mut Option<MachineKey>,
) -> Option<Asked> {
    let rows = &index.rows;
    let last = rows.len().checked_sub(1)?;
    let primary = view.selection.primary.as_ref();
    let at = primary.and_then(|key| index.position(key));
    let is_plain = !modifiers.alt && !modifiers.command;
    let Some(to) = steps.to(key, at, last).filter(|_| is_plain) else {
        return other_key(view, index, key, modifiers, at, anchor);
    };
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
    anchor: &mut Option<MachineKey>,
) -> Option<Asked> {
    match key {
        // As a click with Ctrl held.
        Key::Space if !modifiers.alt => {
            let selection = marking::mark(view.selection, &index.rows, at?, Mode::Toggle, anchor)?;
            view.ui(UiCommand::Select(selection));
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_keep_to_the_column_of_a_grid_and_stay_inside_it() {
        // 0 1 2
        // 3 4 5
        // 6 7
        let lines = [0..3, 3..6, 6..8];
        let grid = Steps::Grid { lines: &lines, page: 2 };
        for (key, from, to) in [
            (Key::ArrowDown, 1, 4),
            (Key::ArrowDown, 5, 7),
            (Key::ArrowDown, 7, 7),
            (Key::ArrowDown, 6, 6),
            (Key::ArrowUp, 7, 4),
            (Key::ArrowUp, 2, 2),
            (Key::ArrowRight, 2, 3),
            (Key::ArrowRight, 7, 7),
            (Key::ArrowLeft, 3, 2),
            (Key::ArrowLeft, 0, 0),
            (Key::PageDown, 1, 7),
            (Key::PageUp, 7, 1),
            (Key::Home, 5, 0),
            (Key::End, 0, 7),
        ] {
            assert_eq!(grid.to(key, Some(from), 7), Some(to), "{key:?} from {from}");
        }
        assert_eq!(grid.to(Key::ArrowRight, None, 7), Some(0));
        assert_eq!(grid.to(Key::A, Some(1), 7), None);
    }

    #[test]
    fn arrows_go_from_group_to_group_in_their_column() {
        // 0 1 2
        // 3
        //
        // 4 5
        let lines = [0..3, 3..4, 4..6];
        let grid = Steps::Grid { lines: &lines, page: 1 };
        for (key, from, to) in [
            (Key::ArrowDown, 2, 3),
            (Key::ArrowDown, 3, 4),
            (Key::ArrowUp, 5, 3),
            (Key::ArrowRight, 3, 4),
            (Key::ArrowLeft, 4, 3),
        ] {
            assert_eq!(grid.to(key, Some(from), 5), Some(to), "{key:?} from {from}");
        }
    }

    #[test]
    fn in_a_table_only_up_and_down_move() {
        let rows = Steps::Rows { page: 5 };
        assert_eq!(rows.to(Key::ArrowDown, Some(7), 7), Some(7));
        assert_eq!(rows.to(Key::ArrowDown, Some(3), 7), Some(4));
        assert_eq!(rows.to(Key::PageUp, Some(3), 7), Some(0));
        assert_eq!(rows.to(Key::ArrowUp, None, 7), Some(7));
        assert_eq!(rows.to(Key::ArrowRight, Some(3), 7), None);
        assert_eq!(rows.to(Key::ArrowLeft, None, 7), None);
    }
}
