//! The terminal itself: bytes in, a screen with history out. Knows no libvirt, no threads and no clock.

use std::mem::take;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alacritty_terminal::Term;
use alacritty_terminal::event::{Event, EventListener, WindowSize};
use alacritty_terminal::grid::{Dimensions, Scroll};
use alacritty_terminal::index::{Column, Direction, Line, Point, Side};
use alacritty_terminal::selection::{Selection, SelectionType};
use alacritty_terminal::term::cell::Cell;
use alacritty_terminal::term::search::{Match, RegexIter, RegexSearch};
use alacritty_terminal::term::{Config, Osc52, TermMode, viewport_to_point};
use alacritty_terminal::vte::ansi::{Processor, Rgb};

use super::keys::Manner;
use super::limit::Limiter;
use super::links;
use super::snapshot::{self, MOST_MARKS, Snapshot};

/// Lines kept above the screen.
pub const HISTORY: usize = 10_000;
/// The size that a guest takes for granted on a serial line until it is told another.
pub const USUAL_SIZE: [usize; 2] = [80, 24];
const MOST_COLUMNS: usize = 500;
const MOST_LINES: usize = 300;
/// Of what a guest asked for and was not sent yet. One that asks without end gets no more.
const MOST_ANSWERS: usize = 4 << 10;
const MOST_TITLE: usize = 200;
/// At a time, so that what one piece piles up on a letter stays small.
const PIECE: usize = 16 << 10;
/// Matches shown at once.
const MOST_FOUND: usize = 1_000;

/// See the module.
pub struct Terminal {
    term: Term<Ears>,
    parser: Processor,
    limiter: Limiter,
    ears: Ears,
    search: Option<Search>,
}

struct Search {
    query: String,
    regex: RegexSearch,
    /// A match is marked: the selection is it.
    is_at_match: bool,
}

/// How much a click marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    Letters,
    Words,
    Lines,
}

/// A place on the screen; `is_right`: in the right half of the cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub row: usize,
    pub column: usize,
    pub is_right: bool,
}

/// An address under the pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub uri: String,
    /// Of the visible screen: row, first column, column behind the last.
    pub spans: Vec<(usize, usize, usize)>,
}

impl Default for Terminal {
    fn default() -> Self {
        let ears = Ears::default();
        let config = Config {
            scrolling_history: HISTORY,
            // A guest has no business with this computer's clipboard.
            osc52: Osc52::Disabled,
            ..Config::default()
        };
        let [columns, lines] = USUAL_SIZE;
        Self {
            term: Term::new(config, &Size { columns, lines }, ears.clone()),
            parser: Processor::new(),
            limiter: Limiter::default(),
            ears,
            search: None,
        }
    }
}

impl Terminal {
    /// Shows what the guest says.
    pub fn feed(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(PIECE) {
            let piece = self.limiter.pass(piece);
            self.parser.advance(&mut self.term, &piece);
            self.trim_marks();
        }
    }

    /// The same, of what it said long ago: its questions are not answered any more, its bell is not rung.
    pub fn feed_history(&mut self, bytes: &[u8]) {
        self.ears.lock().is_deaf = true;
        self.feed(bytes);
        self.finish_update();
        self.ears.lock().is_deaf = false;
    }

    /// The guest begins anew: what it had asked of the terminal is undone, what it said stays.
    pub fn start_over(&mut self) {
        // Each undoes one order; the line is left for a new one.
        let undone = "\x18\x1b[?1049l\x1b[?9l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?1005l\x1b[?1006l\x1b[?2004l\
            \x1b[?1l\x1b>\x1b[4l\x1b[20l\x1b[?6l\x1b[?7h\x1b[?25h\x1b7\x1b[r\x1b8\x1b(B\x1b)B\x0f\x1b[0m\r\n";
        self.feed_history(undone.as_bytes());
        self.ears.lock().title = None;
    }

    /// An update that was begun is shown as a whole when it ends, or when this is called because it does not.
    pub fn finish_update(&mut self) {
        self.parser.stop_sync(&mut self.term);
    }

    /// Is an update being held back?
    pub fn is_updating(&self) -> bool {
        self.parser.sync_bytes_count() > 0
    }

    /// What the guest asked and is to be sent.
    pub fn take_answers(&self) -> Vec<u8> {
        take(&mut self.ears.lock().answers)
    }

    pub fn size(&self) -> [usize; 2] {
        [self.term.columns(), self.term.screen_lines()]
    }

    /// The guest does not hear of it.
    pub fn resize(&mut self, columns: usize, lines: usize) {
        let size = Size {
            columns: columns.clamp(2, MOST_COLUMNS),
            lines: lines.clamp(1, MOST_LINES),
        };
        if self.size() != [size.columns, size.lines] {
            self.ears.lock().size = [size.columns, size.lines];
            self.term.resize(size);
        }
    }

    pub fn snapshot(&mut self) -> Snapshot {
        let found = self.visible_matches();
        let ears = self.ears.lock();
        let (title, bells) = (ears.title.clone(), ears.bells);
        drop(ears);
        Snapshot {
            title,
            bells,
            ..snapshot::snapshot(&self.term, &found)
        }
    }

    pub fn manner(&self) -> Manner {
        let mode = self.term.mode();
        Manner {
            app_cursor: mode.contains(TermMode::APP_CURSOR),
            bracketed_paste: mode.contains(TermMode::BRACKETED_PASTE),
            mouse_clicks: mode.contains(TermMode::MOUSE_REPORT_CLICK),
            mouse_drags: mode.contains(TermMode::MOUSE_DRAG),
            mouse_moves: mode.contains(TermMode::MOUSE_MOTION),
            sgr_mouse: mode.contains(TermMode::SGR_MOUSE),
            tells_focus: mode.contains(TermMode::FOCUS_IN_OUT),
            line_feed: mode.contains(TermMode::LINE_FEED_NEW_LINE),
        }
    }

    /// Should the wheel press arrows? A full-screen program that knows no mouse scrolls by them.
    pub fn wheel_is_arrows(&self) -> bool {
        self.term
            .mode()
            .contains(TermMode::ALT_SCREEN | TermMode::ALTERNATE_SCROLL)
    }

    /// Up is positive.
    pub fn scroll(&mut self, lines: i32) {
        self.term.scroll_display(Scroll::Delta(lines));
    }

    pub fn scroll_page(&mut self, is_up: bool) {
        let page = if is_up { Scroll::PageUp } else { Scroll::PageDown };
        self.term.scroll_display(page);
    }

    pub fn scroll_to_end(&mut self) {
        self.term.scroll_display(Scroll::Bottom);
    }

    /// Lines above the newest.
    pub fn scroll_to(&mut self, offset: usize) {
        let now = self.term.grid().display_offset();
        let lines = offset.min(HISTORY).cast_signed() - now.cast_signed();
        self.term.scroll_display(Scroll::Delta(lines as i32));
    }

    pub fn select(&mut self, place: Place, extent: Extent) {
        let kind = match extent {
            Extent::Letters => SelectionType::Simple,
            Extent::Words => SelectionType::Semantic,
            Extent::Lines => SelectionType::Lines,
        };
        let (point, side) = self.point_of(place);
        self.term.selection = Some(Selection::new(kind, point, side));
    }

    pub fn extend_selection(&mut self, place: Place) {
        let (point, side) = self.point_of(place);
        if let Some(selection) = &mut self.term.selection {
            selection.update(point, side);
        }
    }

    pub fn select_all(&mut self) {
        let first = Point::new(self.term.topmost_line(), Column(0));
        let last = Point::new(self.term.bottommost_line(), self.term.last_column());
        let mut selection = Selection::new(SelectionType::Simple, first, Side::Left);
        selection.update(last, Side::Right);
        self.term.selection = Some(selection);
    }

    pub fn clear_selection(&mut self) {
        self.term.selection = None;
    }

    pub fn selected_text(&self) -> Option<String> {
        self.term.selection_to_string().filter(|text| !text.is_empty())
    }

    /// Everything that is kept, for a file or the clipboard.
    pub fn whole_text(&self) -> String {
        let first = Point::new(self.term.topmost_line(), Column(0));
        let last = Point::new(self.term.bottommost_line(), self.term.last_column());
        self.term.bounds_to_string(first, last).trim_end().to_owned()
    }

    /// Looks for these words from now on; `""`: for none. Capitals count where there are any. Goes to the newest match;
    /// `false`: there is none.
    pub fn search_for(&mut self, query: &str) -> bool {
        if query.is_empty() {
            self.search = None;
            return false;
        }
        if self.search.as_ref().is_none_or(|search| search.query != query) {
            self.search = RegexSearch::new(&literally(query)).ok().map(|regex| Search {
                query: query.to_owned(),
                regex,
                is_at_match: false,
            });
        }
        self.search_on(true)
    }

    /// To the next match upwards or downwards, round the end where there is none; `false`: there is none at all.
    pub fn search_on(&mut self, is_up: bool) -> bool {
        let Self { term, search, .. } = self;
        let Some(search) = search else { return false };
        let direction = if is_up { Direction::Left } else { Direction::Right };
        // The selection moves with its text while the guest goes on talking.
        let selected = term.selection.as_ref().and_then(|selection| selection.to_range(term));
        let origin = match selected.filter(|_| search.is_at_match) {
            Some(current) if is_up => before(term, current.start),
            Some(current) => after(term, current.end),
            None => Point::new(term.bottommost_line(), term.last_column()),
        };
        let side = if is_up { Side::Right } else { Side::Left };
        let found = term.search_next(&mut search.regex, origin, direction, side, None);
        search.is_at_match = found.is_some();
        let Some(found) = found else { return false };
        term.scroll_to_point(*found.start());
        let mut selection = Selection::new(SelectionType::Simple, *found.start(), Side::Left);
        selection.update(*found.end(), Side::Right);
        term.selection = Some(selection);
        true
    }

    /// The address at a place of the screen: one that the guest named as such, or one that stands there.
    pub fn link_at(&self, place: Place) -> Option<Link> {
        let (point, _) = self.point_of(place);
        let grid = self.term.grid();
        let first = self.term.line_search_left(point);
        let last = self.term.line_search_right(point);
        // A line may be as long as the history.
        let far = self.term.screen_lines();
        let first = first.line.max(point.line - far);
        let last = last.line.min(point.line + far);
        let points: Vec<Point> = (first.0..=last.0)
            .flat_map(|line| (0..self.term.columns()).map(move |column| Point::new(Line(line), Column(column))))
            .collect();
        let at = points.iter().position(|other| *other == point)?;
        let (range, uri) = if let Some(link) = grid[point].hyperlink() {
            let is_same = |other: &Point| grid[*other].hyperlink().as_ref() == Some(&link);
            let start = points
                .get(..=at)?
                .iter()
                .rposition(|other| !is_same(other))
                .map_or(0, |at| at + 1);
            let length = points.get(at..)?.iter().position(|other| !is_same(other));
            (
                start..length.map_or(points.len(), |length| at + length),
                link.uri().to_owned(),
            )
        } else {
            let letters: Vec<char> = points.iter().map(|point| grid[*point].c).collect();
            let (start, end, uri) = links::address_at(&letters, at)?;
            (start..end, uri)
        };
        let spans = self.spans(points.get(range)?);
        links::is_openable(&uri).then_some(Link { uri, spans })
    }

    fn spans(&self, points: &[Point]) -> Vec<(usize, usize, usize)> {
        let offset = self.term.grid().display_offset();
        let mut spans: Vec<(usize, usize, usize)> = Vec::new();
        for point in points {
            let Ok(row) = usize::try_from((point.line + offset).0) else {
                continue;
            };
            match spans.last_mut() {
                Some((last, _, end)) if *last == row => *end = point.column.0 + 1,
                _ => spans.push((row, point.column.0, point.column.0 + 1)),
            }
        }
        spans.retain(|(row, ..)| *row < self.term.screen_lines());
        spans
    }

    fn point_of(&self, place: Place) -> (Point, Side) {
        let row = place.row.min(self.term.screen_lines() - 1);
        let column = Column(place.column.min(self.term.columns() - 1));
        let point = viewport_to_point(self.term.grid().display_offset(), Point::new(row, column));
        let side = if place.is_right { Side::Right } else { Side::Left };
        (point, side)
    }

    fn visible_matches(&mut self) -> Vec<Match> {
        let Self { term, search, .. } = self;
        let Some(search) = search else { return Vec::new() };
        let offset = term.grid().display_offset();
        let first = viewport_to_point(offset, Point::new(0, Column(0)));
        let last = viewport_to_point(offset, Point::new(term.screen_lines() - 1, term.last_column()));
        RegexIter::new(first, last, Direction::Right, term, &mut search.regex)
            .take(MOST_FOUND)
            .collect()
    }

    /// Accents may be piled on a letter without end; the screen keeps as many as somebody means.
    fn trim_marks(&mut self) {
        let (columns, lines) = (self.term.columns(), self.term.screen_lines());
        let grid = self.term.grid_mut();
        for line in (0..lines).map(|line| Line(0) + line) {
            let row = &mut grid[line];
            for column in 0..columns {
                let cell: &mut Cell = &mut row[Column(column)];
                if cell.zerowidth().is_some_and(|marks| marks.len() > MOST_MARKS) {
                    let kept: Vec<char> = cell
                        .zerowidth()
                        .unwrap_or_default()
                        .iter()
                        .take(MOST_MARKS)
                        .copied()
                        .collect();
                    cell.extra = None;
                    for mark in kept {
                        cell.push_zerowidth(mark);
                    }
                }
            }
        }
    }
}

fn before<T: EventListener>(term: &Term<T>, point: Point) -> Point {
    if point.column > Column(0) {
        Point::new(point.line, point.column - 1)
    } else if point.line > term.topmost_line() {
        Point::new(point.line - 1, term.last_column())
    } else {
        Point::new(term.bottommost_line(), term.last_column())
    }
}

fn after<T: EventListener>(term: &Term<T>, point: Point) -> Point {
    if point.column < term.last_column() {
        Point::new(point.line, point.column + 1)
    } else if point.line < term.bottommost_line() {
        Point::new(point.line + 1, Column(0))
    } else {
        Point::new(term.topmost_line(), Column(0))
    }
}

/// A pattern that matches these words and nothing else.
fn literally(query: &str) -> String {
    let mut pattern = String::with_capacity(query.len() + 8);
    for letter in query.chars() {
        if r"\.+*?()|[]{}^$#&-~/".contains(letter) {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern
}

#[derive(Clone, Copy)]
struct Size {
    columns: usize,
    lines: usize,
}

impl Dimensions for Size {
    fn total_lines(&self) -> usize {
        self.lines
    }

    fn screen_lines(&self) -> usize {
        self.lines
    }

    fn columns(&self) -> usize {
        self.columns
    }
}

/// What the terminal says to whoever owns it.
#[derive(Clone, Default)]
struct Ears(Arc<Mutex<Overheard>>);

struct Overheard {
    answers: Vec<u8>,
    title: Option<String>,
    bells: u64,
    size: [usize; 2],
    is_deaf: bool,
}

impl Default for Overheard {
    fn default() -> Self {
        Self {
            answers: Vec::new(),
            title: None,
            bells: 0,
            size: USUAL_SIZE,
            is_deaf: false,
        }
    }
}

impl Ears {
    fn lock(&self) -> MutexGuard<'_, Overheard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventListener for Ears {
    fn send_event(&self, event: Event) {
        let mut heard = self.lock();
        let answer = match event {
            Event::PtyWrite(answer) => answer,
            Event::TextAreaSizeRequest(answer) => {
                let [columns, lines] = heard.size.map(|length| length as u16);
                answer(WindowSize {
                    num_lines: lines,
                    num_cols: columns,
                    cell_width: 8,
                    cell_height: 16,
                })
            }
            // Light letters on a dark page, whatever the theme: programs choose readable colours by it.
            Event::ColorRequest(256, answer) => answer(Rgb {
                r: 0xec,
                g: 0xee,
                b: 0xf3,
            }),
            Event::ColorRequest(257, answer) => answer(Rgb {
                r: 0x10,
                g: 0x12,
                b: 0x16,
            }),
            Event::Title(title) => {
                let title: String = title
                    .chars()
                    .filter(|letter| !letter.is_control())
                    .take(MOST_TITLE)
                    .collect();
                heard.title = Some(title).filter(|title| !title.trim().is_empty());
                return;
            }
            Event::ResetTitle => {
                heard.title = None;
                return;
            }
            Event::Bell => {
                heard.bells += u64::from(!heard.is_deaf);
                return;
            }
            _ => return,
        };
        if !heard.is_deaf && heard.answers.len() + answer.len() <= MOST_ANSWERS {
            heard.answers.extend(answer.into_bytes());
        }
    }
}

#[cfg(test)]
mod tests;
