//! Where a word stands in the text.

use std::ops::Range;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) bytes: Range<usize>,
    /// Counted from 0.
    pub(super) line: usize,
    /// Letters of the line, counted from 0.
    pub(super) columns: Range<usize>,
}

/// What is searched for, and where it was found.
#[derive(Default)]
pub(super) struct Search {
    pub(super) is_open: bool,
    pub(super) query: String,
    /// From the first to the last.
    pub(super) hits: Vec<Hit>,
    pub(super) current: Option<usize>,
}

impl Search {
    /// Looks anew. The hit at or behind the last one becomes the current one.
    pub(super) fn update(&mut self, text: &str) {
        let last = self
            .current
            .and_then(|current| self.hits.get(current))
            .map(|hit| hit.bytes.start);
        self.hits = if self.is_open {
            find(text, &self.query)
        } else {
            Vec::new()
        };
        self.current = self.hits.iter().position(|hit| Some(hit.bytes.start) >= last);
        if self.current.is_none() && !self.hits.is_empty() {
            self.current = Some(0);
        }
    }

    /// To the next one, or the one before; behind the last comes the first.
    pub(super) fn step(&mut self, is_back: bool) -> Option<Range<usize>> {
        let count = self.hits.len();
        let current = self.current?;
        let next = if is_back { current + count - 1 } else { current + 1 };
        self.current = Some(next.checked_rem(count)?);
        self.hit()
    }

    pub(super) fn hit(&self) -> Option<Range<usize>> {
        self.hits.get(self.current?).map(|hit| hit.bytes.clone())
    }
}

/// Small and capital letters are the same where they are ASCII, as everything in libvirt's XML but names and titles.
fn find(text: &str, query: &str) -> Vec<Hit> {
    if query.is_empty() {
        return Vec::new();
    }
    // Keeps every byte where it is.
    let (text, query) = (text.to_ascii_lowercase(), query.to_ascii_lowercase());
    let mut hits = Vec::new();
    let (mut line, mut start) = (0, 0);
    for (at, found) in text.match_indices(&query) {
        let before = &text[start..at];
        line += before.bytes().filter(|&byte| byte == b'\n').count();
        start = before.rfind('\n').map_or(start, |newline| start + newline + 1);
        let column = text[start..at].chars().count();
        hits.push(Hit {
            bytes: at..at + found.len(),
            line,
            columns: column..column + found.chars().count(),
        });
    }
    hits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(text: &str, query: &str) -> Search {
        let mut search = Search {
            is_open: true,
            query: query.to_owned(),
            ..Search::default()
        };
        search.update(text);
        search
    }

    #[test]
    fn it_goes_round_in_both_directions() {
        let mut search = search("Disk disk DISK ü", "disk");
        assert_eq!(search.hit(), Some(0..4));
        assert_eq!(search.step(true), Some(10..14));
        assert_eq!(search.step(false), Some(0..4));
        assert_eq!(search.step(false), Some(5..9));
        search.query = "ü".to_owned();
        search.update("Disk disk DISK ü");
        assert_eq!(search.hit(), Some(15..17));
        search.query = "none".to_owned();
        search.update("Disk disk DISK ü");
        assert_eq!((search.hit(), search.step(false)), (None, None));
    }

    #[test]
    fn each_is_told_by_line_and_column() {
        let places = |text: &str| -> Vec<(usize, Range<usize>)> {
            let hits = search(text, "ab").hits.into_iter();
            hits.map(|hit| (hit.line, hit.columns)).collect()
        };
        assert_eq!(
            places("ab\n\nüab ab\n ab"),
            [(0, 0..2), (2, 1..3), (2, 4..6), (3, 1..3)]
        );
    }

    #[test]
    fn what_is_typed_meanwhile_leaves_the_current_one_where_it_is() {
        let mut search = search("a b a b a", "a");
        search.step(false);
        search.update("x a b a b a");
        assert_eq!(search.hit(), Some(6..7));
    }
}
