//! Two texts compared line by line, for showing what a change changes.

use std::ops::Range;

/// Tables of more cells are not made: what lies between the first and the last difference counts as replaced whole.
const MAX_CELLS: usize = 4 << 20;

/// A line of either text, or of both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    pub kind: DiffKind,
    /// Without its line break.
    pub text: String,
    /// Counted from 1: in the older text, of an added line that of the next one; a jump shows that lines were left
    /// out.
    pub old_line: u32,
    /// The same in the newer text.
    pub new_line: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffKind {
    Kept,
    Removed,
    Added,
}

impl DiffLine {
    /// As it stands before the line in a printed difference.
    pub const fn sign(&self) -> char {
        match self.kind {
            DiffKind::Kept => ' ',
            DiffKind::Removed => '-',
            DiffKind::Added => '+',
        }
    }
}

/// The lines that differ, with so many kept ones before and behind each. Empty: both are the same.
pub fn diff(old: &str, new: &str, context: usize) -> Vec<DiffLine> {
    let old_lines: Vec<&str> = old.lines().collect();
    let new_lines: Vec<&str> = new.lines().collect();
    let all = whole(&old_lines, &new_lines);
    let mut is_shown = vec![false; all.len()];
    for (index, _) in all.iter().enumerate().filter(|(_, line)| line.kind != DiffKind::Kept) {
        let last = (index + context).min(all.len() - 1);
        is_shown[index.saturating_sub(context)..=last].fill(true);
    }
    let shown = all.into_iter().zip(is_shown).filter(|(_, is_shown)| *is_shown);
    shown.map(|(line, _)| line).collect()
}

fn whole(old: &[&str], new: &[&str]) -> Vec<DiffLine> {
    let same = |pair: &(&&str, &&str)| pair.0 == pair.1;
    let head = old.iter().zip(new).take_while(same).count();
    let shorter = old.len().min(new.len()) - head;
    let tail = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take(shorter)
        .take_while(same)
        .count();
    let mut lines = Lines {
        old,
        new,
        out: Vec::with_capacity(old.len() + new.len() - head - tail),
        at: [0, 0],
    };
    lines.keep(head);
    lines.middle(head..old.len() - tail, head..new.len() - tail);
    lines.keep(tail);
    lines.out
}

struct Lines<'a> {
    old: &'a [&'a str],
    new: &'a [&'a str],
    out: Vec<DiffLine>,
    /// The next line of each.
    at: [usize; 2],
}

impl Lines<'_> {
    fn push(&mut self, kind: DiffKind) {
        let [old, new] = self.at;
        let text = if kind == DiffKind::Added {
            self.new[new]
        } else {
            self.old[old]
        };
        self.out.push(DiffLine {
            kind,
            text: text.to_owned(),
            old_line: old as u32 + 1,
            new_line: new as u32 + 1,
        });
        self.at[0] += usize::from(kind != DiffKind::Added);
        self.at[1] += usize::from(kind != DiffKind::Removed);
    }

    fn keep(&mut self, count: usize) {
        for _ in 0..count {
            self.push(DiffKind::Kept);
        }
    }

    /// By the longest common subsequence, removed lines before added ones.
    fn middle(&mut self, old: Range<usize>, new: Range<usize>) {
        let (rows, columns) = (old.len(), new.len());
        let width = columns + 1;
        let is_small = (rows + 1).saturating_mul(width) <= MAX_CELLS;
        let mut common = vec![0_u32; if is_small { (rows + 1) * width } else { 0 }];
        if is_small {
            for row in (0..rows).rev() {
                for column in (0..columns).rev() {
                    common[row * width + column] = if self.old[old.start + row] == self.new[new.start + column] {
                        common[(row + 1) * width + column + 1] + 1
                    } else {
                        common[(row + 1) * width + column].max(common[row * width + column + 1])
                    };
                }
            }
        }
        while self.at[0] < old.end || self.at[1] < new.end {
            let [row, column] = [self.at[0] - old.start, self.at[1] - new.start];
            let is_both = row < rows && column < columns;
            if is_both && is_small && self.old[self.at[0]] == self.new[self.at[1]] {
                self.push(DiffKind::Kept);
            } else if row < rows
                && (!is_both || !is_small || common[(row + 1) * width + column] >= common[row * width + column + 1])
            {
                self.push(DiffKind::Removed);
            } else {
                self.push(DiffKind::Added);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn printed(old: &str, new: &str, context: usize) -> Vec<String> {
        let lines = diff(old, new, context);
        lines
            .iter()
            .map(|line| format!("{}{}", line.sign(), line.text))
            .collect()
    }

    #[test]
    fn only_what_differs_is_shown_with_its_surroundings() {
        let old = "a\nb\nc\nd\ne\nf\n";
        assert_eq!(printed(old, "a\nb\nc\nX\ne\nf\n", 1), [" c", "-d", "+X", " e"]);
        assert_eq!(printed(old, old, 3), Vec::<String>::new());
        assert_eq!(printed("", "a\n", 3), ["+a"]);
        assert_eq!(printed("a\n", "", 3), ["-a"]);
        assert_eq!(printed(old, "b\nc\nd\nnew\ne\nf\n", 0), ["-a", "+new"]);
    }

    proptest! {
        #[test]
        fn kept_and_removed_lines_are_the_old_text_kept_and_added_ones_the_new(
            old in prop::collection::vec("[abc]", 0..20),
            new in prop::collection::vec("[abc]", 0..20),
        ) {
            let lines = diff(&old.join("\n"), &new.join("\n"), usize::MAX / 4);
            if old == new {
                prop_assert!(lines.is_empty());
                return Ok(());
            }
            let side = |other: DiffKind| -> Vec<&str> {
                lines.iter().filter(|line| line.kind != other).map(|line| &*line.text).collect()
            };
            prop_assert_eq!(side(DiffKind::Added), old);
            prop_assert_eq!(side(DiffKind::Removed), new);
        }
    }
}
