//! Bytes in, cells out.

use super::*;
use crate::console::serial::snapshot::{Ink, Look, Run, Shape};

fn after(bytes: &str) -> Terminal {
    let mut terminal = Terminal::default();
    terminal.feed(bytes.as_bytes());
    terminal
}

fn text(terminal: &mut Terminal) -> String {
    terminal.snapshot().text()
}

fn runs(terminal: &mut Terminal, row: usize) -> Vec<Run> {
    terminal.snapshot().rows.swap_remove(row).runs
}

fn place(row: usize, column: usize) -> Place {
    Place {
        row,
        column,
        is_right: false,
    }
}

#[test]
fn colours_and_looks_arrive() {
    let mut terminal =
        after("\x1b[31mred\x1b[0m plain \x1b[1;44mbold on blue\x1b[0m \x1b[38;2;1;2;3mrgb\x1b[38;5;200mpink");
    let runs = runs(&mut terminal, 0);
    let look = |text: &str| {
        runs.iter()
            .find(|run| run.text == text)
            .unwrap_or_else(|| panic!("{runs:?}"))
            .look
    };
    assert_eq!(look("red").ink, Ink::Number(1));
    assert_eq!(look(" plain "), Look::default());
    let bold = look("bold on blue");
    assert!(bold.is_bold && bold.paper == Ink::Number(4), "{bold:?}");
    assert_eq!(look("rgb").ink, Ink::Rgb(1, 2, 3));
    assert_eq!(look("pink").ink, Ink::Number(200));
}

#[test]
fn a_wide_letter_takes_two_cells_and_the_next_stands_behind_it() {
    let mut terminal = after("a虚b\r\ncafe\u{301}!");
    let runs = runs(&mut terminal, 0);
    let places: Vec<(&str, usize, usize)> = runs
        .iter()
        .map(|run| (run.text.as_str(), run.column, run.width))
        .collect();
    assert_eq!(places, [("a", 0, 1), ("虚", 1, 2), ("b", 3, 1)]);
    assert_eq!(text(&mut terminal), "a虚b\ncafe\u{301}!");
    let cursor = terminal.snapshot().cursor.unwrap();
    assert_eq!((cursor.row, cursor.column, cursor.shape), (1, 5, Shape::Block));
}

#[test]
fn letters_that_arrive_in_pieces_are_whole() {
    let mut terminal = Terminal::default();
    for byte in "虚\x1b[3".as_bytes() {
        terminal.feed(&[*byte]);
    }
    terminal.feed(b"2mgreen");
    assert_eq!(runs(&mut terminal, 0)[1].look.ink, Ink::Number(2));
}

#[test]
fn ten_thousand_lines_are_kept_and_no_more() {
    let mut terminal = Terminal::default();
    for line in 0..12_000 {
        terminal.feed(format!("line {line}\r\n").as_bytes());
    }
    assert_eq!(terminal.snapshot().history, HISTORY);
    assert!(text(&mut terminal).ends_with("line 11999"));
    terminal.scroll(i32::MAX / 2);
    let top = text(&mut terminal);
    assert!(top.starts_with("line 1977\n"), "{top}");
    // What is new does not move what is being read.
    terminal.scroll(-100);
    let before = text(&mut terminal);
    terminal.feed(b"more\r\nmore\r\n");
    assert_eq!(text(&mut terminal), before);
    terminal.scroll_to_end();
    assert!(text(&mut terminal).ends_with("more"));
}

#[test]
fn questions_are_answered_once_and_those_of_history_never() {
    let mut terminal = after("\x1b[6n\x1b[c");
    let answers = String::from_utf8(terminal.take_answers()).unwrap();
    assert!(answers.starts_with("\x1b[1;1R\x1b[?"), "{answers:?}");
    assert_eq!(terminal.take_answers(), b"");
    terminal.feed_history(b"\x1b[6n\x07");
    assert_eq!(terminal.take_answers(), b"");
    assert_eq!(terminal.snapshot().bells, 0);
    terminal.feed(b"\x1b[5n\x07");
    assert_eq!(terminal.take_answers(), b"\x1b[0n");
    assert_eq!(terminal.snapshot().bells, 1);
}

#[test]
fn a_guest_that_asks_without_end_fills_nothing() {
    let mut terminal = Terminal::default();
    for _ in 0..100 {
        terminal.feed(&b"\x1b[6n".repeat(1_000));
    }
    assert!(terminal.take_answers().len() <= MOST_ANSWERS);
}

#[test]
fn a_title_is_short_plain_and_ends_with_the_guest() {
    let mut terminal = after(&format!("\x1b]0;web\u{202e}-1{}\x07", "x".repeat(1_000)));
    let title = terminal.snapshot().title.unwrap();
    assert!(title.starts_with("web"));
    assert_eq!(title.chars().count(), MOST_TITLE);
    terminal.start_over();
    assert_eq!(terminal.snapshot().title, None);
}

#[test]
fn marks_piled_on_one_letter_stay_few() {
    let mut terminal = after("e");
    for _ in 0..50 {
        terminal.feed("\u{301}".repeat(5_000).as_bytes());
    }
    let shown = text(&mut terminal);
    assert_eq!(shown.chars().count(), 1 + MOST_MARKS, "{shown:?}");
}

#[test]
fn random_bytes_break_nothing() {
    let mut state = 1_u64;
    let mut terminal = Terminal::default();
    for round in 0..300 {
        let bytes: Vec<u8> = (0..1_000)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let byte = (state >> 33) as u8;
                // Orders are rare among random bytes.
                if byte < 40 {
                    b"\x1b[]?;0123456789hlmHJKP"[usize::from(byte) % 22]
                } else {
                    byte
                }
            })
            .collect();
        terminal.feed(&bytes);
        terminal.resize(2 + round % 200, 1 + round % 90);
        terminal.scroll(3);
        terminal.search_for("a");
        drop(terminal.link_at(place(round % 90, round % 200)));
        let snapshot = terminal.snapshot();
        assert_eq!(snapshot.rows.len(), snapshot.lines);
    }
}

#[test]
fn what_is_marked_is_copied_by_letters_words_and_lines() {
    let mut terminal = after("first line\r\nsecond (word) here\r\n");
    terminal.select(place(0, 2), Extent::Letters);
    terminal.extend_selection(Place {
        row: 1,
        column: 5,
        is_right: true,
    });
    assert_eq!(terminal.selected_text().as_deref(), Some("rst line\nsecond"));
    assert!(runs(&mut terminal, 1)[0].look.is_selected);
    terminal.select(place(1, 9), Extent::Words);
    assert_eq!(terminal.selected_text().as_deref(), Some("word"));
    terminal.select(place(0, 3), Extent::Lines);
    assert_eq!(terminal.selected_text().as_deref(), Some("first line\n"));
    terminal.clear_selection();
    assert_eq!(terminal.selected_text(), None);
}

#[test]
fn the_search_goes_from_the_newest_upwards_and_round() {
    let mut terminal = Terminal::default();
    for line in 0..200 {
        terminal.feed(format!("line {line} a+b\r\n").as_bytes());
    }
    assert!(terminal.search_for("LINE 7".to_lowercase().as_str()));
    assert_eq!(terminal.selected_text().as_deref(), Some("line 7"));
    assert!(text(&mut terminal).contains("line 79"), "{}", text(&mut terminal));
    assert!(runs(&mut terminal, 0).iter().any(|run| run.look.is_found) || terminal.snapshot().offset > 0);
    for _ in 0..10 {
        assert!(terminal.search_on(true));
    }
    assert!(text(&mut terminal).contains("line 7 "), "the last match upwards");
    assert!(terminal.search_on(true), "round the end");
    assert!(text(&mut terminal).contains("line 79"));
    assert!(terminal.search_on(false), "and back round");
    assert!(text(&mut terminal).contains("line 7 "));
    assert!(terminal.search_for("150 a+b"), "no letter has a meaning of its own");
    assert!(!terminal.search_for("nowhere"));
    assert!(!terminal.search_for(""));
    assert!(!terminal.search_on(true));
}

#[test]
fn addresses_and_named_links_are_found_over_line_ends() {
    let mut terminal = Terminal::default();
    terminal.resize(20, 5);
    terminal.feed(b"see https://example.org/a/long/one now\r\n\x1b]8;;https://named.test/\x1b\\here\x1b]8;;\x1b\\ \x1b]8;;file:///etc/passwd\x07bad\x1b]8;;\x07");
    let link = terminal.link_at(place(1, 3)).unwrap();
    assert_eq!(link.uri, "https://example.org/a/long/one");
    assert_eq!(link.spans, [(0, 4, 20), (1, 0, 14)]);
    assert_eq!(terminal.link_at(place(0, 1)), None);
    assert_eq!(terminal.link_at(place(1, 16)), None);
    let named = terminal.link_at(place(2, 2)).unwrap();
    assert_eq!(
        (named.uri.as_str(), &*named.spans),
        ("https://named.test/", &[(2, 0, 4)][..])
    );
    assert_eq!(terminal.link_at(place(2, 6)), None, "not on this computer");
}

#[test]
fn a_new_start_of_the_guest_undoes_what_it_had_asked_for() {
    let mut terminal = after("kept\r\n\x1b[?1049h\x1b[?1000;1006h\x1b[?2004h\x1b[?25l\x1b[5;10rinside");
    assert!(terminal.manner().mouse_clicks && terminal.manner().bracketed_paste);
    assert!(terminal.snapshot().cursor.is_none());
    terminal.start_over();
    assert_eq!(terminal.manner(), Manner::default());
    assert!(terminal.snapshot().cursor.is_some());
    terminal.feed(b"BIOS");
    let shown = text(&mut terminal);
    assert!(
        shown.contains("kept") && shown.contains("BIOS") && !shown.contains("inside"),
        "{shown}"
    );
}

#[test]
fn a_smaller_screen_keeps_what_stood_on_the_larger() {
    let mut terminal = Terminal::default();
    for line in 0..20 {
        terminal.feed(format!("line {line}\r\n").as_bytes());
    }
    terminal.resize(80, 5);
    assert!(text(&mut terminal).contains("line 19"));
    terminal.scroll(100);
    assert!(text(&mut terminal).starts_with("line 0\n"));
    terminal.resize(0, 0);
    assert_eq!(terminal.size(), [2, 1]);
    terminal.resize(100_000, 100_000);
    assert_eq!(terminal.size(), [MOST_COLUMNS, MOST_LINES]);
}

#[test]
fn an_update_that_never_ends_is_shown_when_it_was_waited_for() {
    let mut terminal = after("\x1b[?2026hheld back");
    assert!(terminal.is_updating());
    assert_eq!(text(&mut terminal), "");
    terminal.finish_update();
    assert_eq!(text(&mut terminal), "held back");
}
