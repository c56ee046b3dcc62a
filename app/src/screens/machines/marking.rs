//! What a click or a key does to the selection. Pure: a new selection from the old one and the rows in their order.

use super::index::Row;
use crate::route::MachineKey;
use crate::state::Selection;

/// Held keys, as far as marking rows differs by them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mode {
    /// This row and no other.
    #[default]
    Only,
    /// Adds or takes away one row.
    Toggle,
    /// From where the selection began to this row.
    Range,
}

impl Mode {
    pub(super) const fn from_modifiers(modifiers: egui::Modifiers) -> Self {
        if modifiers.shift {
            Self::Range
        } else if modifiers.command {
            Self::Toggle
        } else {
            Self::Only
        }
    }
}

/// The selection after row `index` was chosen. `anchor` is the machine where a range begins, whatever row it stands in
/// now; it moves except in a range.
pub(super) fn mark(
    old: &Selection,
    rows: &[Row],
    index: usize,
    mode: Mode,
    anchor: &mut Option<MachineKey>,
) -> Option<Selection> {
    let row = rows.get(index)?;
    let selection = match mode {
        Mode::Only => Selection::only(row.key.clone()),
        Mode::Toggle => {
            let mut selection = old.clone();
            if !selection.machines.remove(&row.key) {
                selection.machines.insert(row.key.clone());
            }
            selection.primary = if selection.contains(&row.key) {
                Some(row.key.clone())
            } else {
                selection.machines.first().cloned()
            };
            selection
        }
        Mode::Range => {
            let begins = anchor.as_ref().or(old.primary.as_ref());
            let begins = begins.and_then(|key| rows.iter().position(|row| row.key == *key));
            let begins = begins.unwrap_or(index);
            let range = rows.get(begins.min(index)..=begins.max(index)).unwrap_or_default();
            return Some(Selection {
                machines: range.iter().map(|row| row.key.clone()).collect(),
                primary: Some(row.key.clone()),
            });
        }
    };
    *anchor = Some(row.key.clone());
    Some(selection)
}

pub(super) fn all(rows: &[Row], old: &Selection) -> Selection {
    Selection {
        machines: rows.iter().map(|row| row.key.clone()).collect(),
        primary: old.primary.clone().or_else(|| rows.first().map(|row| row.key.clone())),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::screens::fixtures;

    fn rows() -> Vec<Row> {
        fixtures::many(5)
            .machines
            .iter()
            .map(|machine| Row {
                key: MachineKey {
                    uri: Arc::from(fixtures::URI),
                    id: machine.id,
                },
                machine: Arc::clone(machine),
                host: 0,
            })
            .collect()
    }

    #[test]
    fn a_range_grows_and_shrinks_from_where_it_began() {
        let rows = rows();
        let mut anchor = None;
        let one = mark(&Selection::default(), &rows, 3, Mode::Only, &mut anchor).unwrap();
        let three = mark(&one, &rows, 1, Mode::Range, &mut anchor).unwrap();
        assert_eq!(three.machines.len(), 3);
        let two = mark(&three, &rows, 4, Mode::Range, &mut anchor).unwrap();
        assert_eq!(two.machines.len(), 2);
        assert_eq!(two.primary.as_ref(), Some(&rows[4].key));
    }

    #[test]
    fn a_range_begins_at_the_machine_even_where_its_row_has_moved() {
        let mut rows = rows();
        let mut anchor = None;
        let first = rows[1].key.clone();
        let one = mark(&Selection::default(), &rows, 1, Mode::Only, &mut anchor).unwrap();
        // Sorted by a figure, it has risen to the top meanwhile.
        rows.swap(0, 1);
        let two = mark(&one, &rows, 1, Mode::Range, &mut anchor).unwrap();
        assert_eq!(two.machines.len(), 2);
        assert!(two.contains(&first));
        // Filtered away, it begins nothing.
        rows.remove(0);
        let alone = mark(&two, &rows, 2, Mode::Range, &mut anchor).unwrap();
        assert_eq!(alone, Selection::only(rows[2].key.clone()));
    }

    #[test]
    fn toggling_adds_and_takes_away() {
        let rows = rows();
        let mut anchor = None;
        let one = mark(&Selection::default(), &rows, 0, Mode::Only, &mut anchor).unwrap();
        let two = mark(&one, &rows, 2, Mode::Toggle, &mut anchor).unwrap();
        assert_eq!(two.machines.len(), 2);
        let back = mark(&two, &rows, 2, Mode::Toggle, &mut anchor).unwrap();
        assert_eq!(back, one);
    }
}
