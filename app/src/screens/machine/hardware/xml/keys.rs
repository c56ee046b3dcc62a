//! Keys that mean something else in a text of XML than in a field: Tab indents, Enter keeps the indentation.

use std::ops::Range;

use egui::text::{CCursor, CCursorRange};
use egui::text_edit::TextEditState;
use egui::{Id, Key, Modifiers, Ui};

/// As libvirt indents.
const INDENT: &str = "  ";

/// What a key did to the text.
#[derive(Debug, PartialEq, Eq)]
struct Edited {
    text: String,
    /// In bytes.
    selected: Range<usize>,
}

/// Takes the keys before the text sees them. True when the text was changed.
pub(super) fn take(ui: &Ui, id: Id, text: &mut String) -> bool {
    if !ui.memory(|memory| memory.has_focus(id)) {
        return false;
    }
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    // egui lets Shift be held unasked.
    let edit: fn(&str, Range<usize>) -> Edited = if pressed(Modifiers::SHIFT, Key::Tab) {
        outdented
    } else if pressed(Modifiers::NONE, Key::Tab) {
        indented
    } else if pressed(Modifiers::NONE, Key::Enter) {
        broken
    } else {
        return false;
    };
    let mut state = TextEditState::load(ui.ctx(), id).unwrap_or_default();
    let selected = state.cursor.char_range().unwrap_or_default().as_sorted_char_range();
    let selected = byte_of(text, selected.start.0)..byte_of(text, selected.end.0);
    let edited = edit(text, selected);
    let is_changed = *text != edited.text;
    *text = edited.text;
    let [start, end] = [edited.selected.start, edited.selected.end].map(|byte| char_of(text, byte));
    let range = CCursorRange::two(CCursor::new(start), CCursor::new(end));
    state.cursor.set_char_range(Some(range));
    state.store(ui.ctx(), id);
    is_changed
}

/// Selects what stands at these bytes.
pub(super) fn select(ui: &Ui, id: Id, text: &str, bytes: &Range<usize>) {
    let mut state = TextEditState::load(ui.ctx(), id).unwrap_or_default();
    let [start, end] = [bytes.start, bytes.end].map(|byte| CCursor::new(char_of(text, byte)));
    state.cursor.set_char_range(Some(CCursorRange::two(start, end)));
    state.store(ui.ctx(), id);
}

pub(super) fn byte_of(text: &str, chars: usize) -> usize {
    text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at)
}

pub(super) fn char_of(text: &str, byte: usize) -> usize {
    text.get(..byte).map_or(0, |before| before.chars().count())
}

fn start_of_line(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |at| at + 1)
}

fn indentation(line: &str) -> &str {
    let blank = line.len() - line.trim_start_matches([' ', '\t']).len();
    &line[..blank]
}

/// Spaces to the next step; of several lines each goes further in.
fn indented(text: &str, selected: Range<usize>) -> Edited {
    if text[selected.clone()].contains('\n') {
        return each_line(text, selected, |line| {
            if line.is_empty() {
                String::new()
            } else {
                format!("{INDENT}{line}")
            }
        });
    }
    let column = text[start_of_line(text, selected.start)..selected.start]
        .chars()
        .count();
    let spaces = &INDENT[column % INDENT.len()..];
    let at = selected.start + spaces.len();
    Edited {
        text: [&text[..selected.start], spaces, &text[selected.end..]].concat(),
        selected: at..at,
    }
}

fn outdented(text: &str, selected: Range<usize>) -> Edited {
    each_line(text, selected, |line| {
        let rest = line.strip_prefix(INDENT).or_else(|| line.strip_prefix([' ', '\t']));
        rest.unwrap_or(line).to_owned()
    })
}

/// Of a selection over several lines all of them are selected afterwards; a cursor stays at its letter.
fn each_line(text: &str, selected: Range<usize>, change: impl Fn(&str) -> String) -> Edited {
    let start = start_of_line(text, selected.start);
    let is_several = text[selected.clone()].contains('\n');
    // The line that a selection ends before is none of it.
    let last = if is_several && text[..selected.end].ends_with('\n') {
        selected.end - 1
    } else {
        selected.end
    };
    let end = text[last..].find('\n').map_or(text.len(), |at| last + at);
    let changed: Vec<String> = text[start..end].split('\n').map(change).collect();
    let changed = changed.join("\n");
    let whole = [&text[..start], &changed, &text[end..]].concat();
    let selected = if is_several {
        start..start + changed.len()
    } else {
        let gone = (end - start).saturating_sub(changed.len());
        let at = |byte: usize| byte.saturating_sub(gone).max(start);
        at(selected.start)..at(selected.end)
    };
    Edited { text: whole, selected }
}

/// A new line begins under the one it was broken from, one step further in behind a tag that is open.
fn broken(text: &str, selected: Range<usize>) -> Edited {
    let before = &text[start_of_line(text, selected.start)..selected.start];
    let line = before.trim();
    let is_open = line.ends_with('>')
        && !line.ends_with("/>")
        && !line.ends_with("-->")
        && !line.ends_with("?>")
        && line.rfind('<').is_some_and(|at| !line[at..].starts_with("</"));
    let step = if is_open { INDENT } else { "" };
    let fresh = format!("\n{}{step}", indentation(before));
    let at = selected.start + fresh.len();
    Edited {
        text: [&text[..selected.start], &fresh, &text[selected.end..]].concat(),
        selected: at..at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `|` stands at both ends of the selection, or once where it is a cursor.
    fn of(marked: &str, edit: fn(&str, Range<usize>) -> Edited) -> String {
        let start = marked.find('|').unwrap();
        let end = marked.rfind('|').unwrap();
        let text = marked.replace('|', "");
        let end = if end == start { start } else { end - 1 };
        let edited = edit(&text, start..end);
        let Range { start, end } = edited.selected;
        let middle = if start == end { "" } else { "|" };
        let text = &edited.text;
        [&text[..start], "|", &text[start..end], middle, &text[end..]].concat()
    }

    #[test]
    fn tab_goes_to_the_next_step_and_moves_whole_lines() {
        assert_eq!(of("<a>|\n", indented), "<a> |\n");
        assert_eq!(of("  |<a>\n", indented), "    |<a>\n");
        assert_eq!(of("x\n <|a>\n\n<b|>\ny", indented), "x\n|   <a>\n\n  <b>|\ny");
        assert_eq!(of("|<a>\n|<b>\n", indented), "|  <a>|\n<b>\n");
    }

    #[test]
    fn shift_tab_goes_back_and_never_over_letters() {
        assert_eq!(of("    <|a>\n", outdented), "  <|a>\n");
        assert_eq!(of("|<a>\n", outdented), "|<a>\n");
        assert_eq!(of(" |<a>\n", outdented), "|<a>\n");
        assert_eq!(of("  |<a>\n\t<b>|\n", outdented), "|<a>\n<b>|\n");
    }

    #[test]
    fn a_new_line_stands_under_the_last_or_inside_the_open_tag() {
        assert_eq!(of("  <a/>|\n", broken), "  <a/>\n  |\n");
        assert_eq!(of("  <a b='c'>|", broken), "  <a b='c'>\n    |");
        assert_eq!(of("  </a>|", broken), "  </a>\n  |");
        assert_eq!(of("  <a>b</a>|", broken), "  <a>b</a>\n  |");
        assert_eq!(of("  <!-- c -->|", broken), "  <!-- c -->\n  |");
    }
}
