//! Which rows are chosen, and how clicks and keys change that. Rows are known by key, so a choice survives sorting.

use std::collections::BTreeSet;

use egui::Modifiers;

/// Chosen rows, the row the keyboard is on, and the row a range started from.
#[derive(Clone, Debug)]
pub struct Selection<K> {
    chosen: BTreeSet<K>,
    cursor: Option<K>,
    anchor: Option<K>,
}

impl<K> Default for Selection<K> {
    fn default() -> Self {
        Self {
            chosen: BTreeSet::new(),
            cursor: None,
            anchor: None,
        }
    }
}

/// Where a key moves the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    By(isize),
    First,
    Last,
}

impl<K: Ord + Clone> Selection<K> {
    pub fn contains(&self, key: &K) -> bool {
        self.chosen.contains(key)
    }

    /// The chosen keys in their own order.
    pub fn iter(&self) -> impl Iterator<Item = &K> {
        self.chosen.iter()
    }

    pub fn len(&self) -> usize {
        self.chosen.len()
    }

    pub fn is_empty(&self) -> bool {
        self.chosen.is_empty()
    }

    /// The one chosen row, when it is exactly one.
    pub fn only(&self) -> Option<&K> {
        if self.chosen.len() == 1 {
            self.chosen.first()
        } else {
            None
        }
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Chooses `key` alone.
    pub fn choose(&mut self, key: K) {
        self.chosen = BTreeSet::from([key.clone()]);
        self.anchor = Some(key.clone());
        self.cursor = Some(key);
    }

    /// Forgets rows that are gone.
    pub fn retain(&mut self, is_there: impl Fn(&K) -> bool) {
        self.chosen.retain(&is_there);
        self.cursor = self.cursor.take().filter(&is_there);
        self.anchor = self.anchor.take().filter(&is_there);
    }

    pub fn cursor(&self) -> Option<&K> {
        self.cursor.as_ref()
    }

    /// A click: alone, with Ctrl one more or less, with Shift everything from the anchor on.
    pub(super) fn click(&mut self, row: usize, modifiers: Modifiers, num_rows: usize, key: &dyn Fn(usize) -> K) {
        if modifiers.shift {
            self.range_to(row, num_rows, key);
        } else if modifiers.command {
            self.toggle(key(row));
        } else {
            self.choose(key(row));
        }
    }

    pub(super) fn toggle(&mut self, key: K) {
        if !self.chosen.remove(&key) {
            self.chosen.insert(key.clone());
        }
        self.anchor = Some(key.clone());
        self.cursor = Some(key);
    }

    pub(super) fn choose_all(&mut self, num_rows: usize, key: &dyn Fn(usize) -> K) {
        self.chosen = (0..num_rows).map(key).collect();
    }

    fn range_to(&mut self, row: usize, num_rows: usize, key: &dyn Fn(usize) -> K) {
        let anchor = self.anchor.clone().unwrap_or_else(|| key(row));
        let from = find(&anchor, num_rows, key).unwrap_or(row);
        self.chosen = (from.min(row)..=from.max(row)).map(key).collect();
        self.anchor = Some(anchor);
        self.cursor = Some(key(row));
    }

    /// Moves the cursor; the row it comes to.
    pub(super) fn step(
        &mut self,
        step: Step,
        is_range: bool,
        num_rows: usize,
        key: &dyn Fn(usize) -> K,
    ) -> Option<usize> {
        let last = num_rows.checked_sub(1)?;
        let now = self.cursor.as_ref().and_then(|cursor| find(cursor, num_rows, key));
        let row = match (step, now) {
            (Step::First, _) | (Step::By(_), None) => 0,
            (Step::Last, _) => last,
            (Step::By(by), Some(now)) => now.saturating_add_signed(by).min(last),
        };
        if is_range {
            self.range_to(row, num_rows, key);
        } else {
            self.choose(key(row));
        }
        Some(row)
    }
}

pub(super) fn find<K: Ord>(wanted: &K, num_rows: usize, key: &dyn Fn(usize) -> K) -> Option<usize> {
    (0..num_rows).find(|row| key(*row) == *wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: usize = 10;

    fn key(row: usize) -> usize {
        row * 10
    }

    fn chosen(selection: &Selection<usize>) -> Vec<usize> {
        selection.iter().copied().collect()
    }

    #[test]
    fn a_click_chooses_alone_ctrl_adds_and_shift_takes_all_between() {
        let mut selection = Selection::default();
        selection.click(2, Modifiers::NONE, ROWS, &key);
        selection.click(5, Modifiers::COMMAND, ROWS, &key);
        assert_eq!(chosen(&selection), [20, 50]);
        selection.click(7, Modifiers::SHIFT, ROWS, &key);
        assert_eq!(chosen(&selection), [50, 60, 70]);
        selection.click(4, Modifiers::SHIFT, ROWS, &key);
        assert_eq!(chosen(&selection), [40, 50]);
        selection.click(1, Modifiers::NONE, ROWS, &key);
        assert_eq!(chosen(&selection), [10]);
    }

    #[test]
    fn keys_stop_at_both_ends() {
        let mut selection = Selection::default();
        assert_eq!(selection.step(Step::By(1), false, ROWS, &key), Some(0));
        assert_eq!(selection.step(Step::By(-1), false, ROWS, &key), Some(0));
        assert_eq!(selection.step(Step::By(100), false, ROWS, &key), Some(9));
        assert_eq!(selection.step(Step::By(1), false, 0, &key), None);
    }

    #[test]
    fn shift_with_keys_grows_and_shrinks_the_range() {
        let mut selection = Selection::default();
        selection.choose(30);
        selection.step(Step::By(1), true, ROWS, &key);
        selection.step(Step::By(1), true, ROWS, &key);
        assert_eq!(chosen(&selection), [30, 40, 50]);
        selection.step(Step::By(-1), true, ROWS, &key);
        assert_eq!(chosen(&selection), [30, 40]);
    }

    #[test]
    fn the_choice_stays_with_the_machine_when_rows_are_sorted_anew() {
        let mut selection = Selection::default();
        selection.choose(30);
        let reversed = |row: usize| (ROWS - 1 - row) * 10;
        assert_eq!(selection.step(Step::By(1), false, ROWS, &reversed), Some(7));
        assert_eq!(chosen(&selection), [20]);
    }

    #[test]
    fn rows_that_are_gone_are_forgotten() {
        let mut selection = Selection::default();
        selection.choose_all(ROWS, &key);
        selection.retain(|key| *key < 30);
        assert_eq!(chosen(&selection), [0, 10, 20]);
    }
}
