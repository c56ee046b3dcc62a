//! What is to be seen of a terminal, as plain data in runs of one look.

use alacritty_terminal::Term;
use alacritty_terminal::event::EventListener;
use alacritty_terminal::grid::Dimensions as _;
use alacritty_terminal::index::{Column, Line, Point};
use alacritty_terminal::selection::SelectionRange;
use alacritty_terminal::term::cell::{Cell, Flags};
use alacritty_terminal::term::search::Match;
use alacritty_terminal::term::{RenderableContent, TermMode, viewport_to_point};
use alacritty_terminal::vte::ansi::{Color, CursorShape, NamedColor};

/// The visible part of a terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    pub columns: usize,
    pub lines: usize,
    /// As many as `lines`, from the top.
    pub rows: Vec<Row>,
    /// `None`: hidden, or scrolled out of sight.
    pub cursor: Option<Cursor>,
    /// Lines scrolled up from the newest.
    pub offset: usize,
    /// Lines that can be scrolled up at most.
    pub history: usize,
    pub takes_mouse: bool,
    /// The wheel moves what a full-screen program shows, not the history.
    pub is_full_screen: bool,
    pub title: Option<String>,
    /// How often the bell rang so far.
    pub bells: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    pub runs: Vec<Run>,
}

/// Neighbouring cells of one look. Anything but ASCII is a run of its own, so that each letter stands in its cell
/// whatever the font makes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub column: usize,
    /// In cells.
    pub width: usize,
    pub text: String,
    pub look: Look,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    pub ink: Ink,
    pub paper: Ink,
    pub is_bold: bool,
    pub is_dim: bool,
    pub is_italic: bool,
    pub is_underlined: bool,
    pub is_struck: bool,
    pub is_inverse: bool,
    pub is_hidden: bool,
    pub is_selected: bool,
    /// Found by the search.
    pub is_found: bool,
    pub is_link: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ink {
    /// The theme's own: text, or the page.
    #[default]
    Usual,
    /// Of the 256 numbered colours.
    Number(u8),
    Rgb(u8, u8, u8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub row: usize,
    pub column: usize,
    pub shape: Shape,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Block,
    Underline,
    Beam,
}

impl Snapshot {
    /// The text that is to be seen, line by line.
    pub fn text(&self) -> String {
        let lines: Vec<String> = self.rows.iter().map(Row::text).collect();
        lines.join("\n").trim_end().to_owned()
    }
}

impl Row {
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut column = 0;
        for run in &self.runs {
            text.extend(std::iter::repeat_n(' ', run.column.saturating_sub(column)));
            text.push_str(&run.text);
            column = run.column + run.width;
        }
        text.truncate(text.trim_end().len());
        text
    }
}

pub(super) fn snapshot<T: EventListener>(term: &Term<T>, found: &[Match]) -> Snapshot {
    let RenderableContent {
        selection,
        cursor,
        display_offset,
        mode,
        ..
    } = term.renderable_content();
    let rows = (0..term.screen_lines()).map(|row| {
        let line = viewport_to_point(display_offset, Point::new(row, Column(0))).line;
        row_of(term, line, selection.as_ref(), found)
    });
    let row = usize::try_from((cursor.point.line + display_offset).0).ok();
    let shape = match cursor.shape {
        CursorShape::Hidden => None,
        CursorShape::Underline => Some(Shape::Underline),
        CursorShape::Beam => Some(Shape::Beam),
        CursorShape::Block | CursorShape::HollowBlock => Some(Shape::Block),
    };
    let cursor = row.zip(shape).filter(|(row, _)| *row < term.screen_lines());
    Snapshot {
        columns: term.columns(),
        lines: term.screen_lines(),
        rows: rows.collect(),
        cursor: cursor.map(|(row, shape)| Cursor {
            row,
            column: cursor_column(term),
            shape,
        }),
        offset: display_offset,
        history: term.grid().history_size(),
        takes_mouse: mode.intersects(TermMode::MOUSE_MODE),
        is_full_screen: mode.contains(TermMode::ALT_SCREEN),
        title: None,
        bells: 0,
    }
}

fn cursor_column<T: EventListener>(term: &Term<T>) -> usize {
    term.renderable_content().cursor.point.column.0
}

fn row_of<T: EventListener>(term: &Term<T>, line: Line, selection: Option<&SelectionRange>, found: &[Match]) -> Row {
    let mut runs: Vec<Run> = Vec::new();
    let cells = &term.grid()[line];
    for column in 0..term.columns() {
        let point = Point::new(line, Column(column));
        let cell = &cells[Column(column)];
        if cell
            .flags
            .intersects(Flags::WIDE_CHAR_SPACER | Flags::LEADING_WIDE_CHAR_SPACER)
        {
            continue;
        }
        let mut look = look_of(term, cell);
        look.is_selected = selection.is_some_and(|selection| selection.contains(point));
        look.is_found = found.iter().any(|found| found.contains(&point));
        let is_simple = cell.c.is_ascii() && cell.zerowidth().is_none_or(<[char]>::is_empty);
        let letter = if cell.c == '\t' || cell.c.is_control() {
            ' '
        } else {
            cell.c
        };
        match runs.last_mut() {
            Some(run) if is_simple && run.look == look && run.text.is_ascii() && run.column + run.width == column => {
                run.text.push(letter);
                run.width += 1;
            }
            _ => {
                let mut text = String::from(letter);
                text.extend(cell.zerowidth().unwrap_or_default().iter().take(MOST_MARKS));
                let width = if cell.flags.contains(Flags::WIDE_CHAR) { 2 } else { 1 };
                runs.push(Run {
                    column,
                    width,
                    text,
                    look,
                });
            }
        }
    }
    // Nothing is to be seen of blanks at the end.
    while let Some(last) = runs.last_mut() {
        if last.look != Look::default() {
            break;
        }
        let length = last.text.trim_end_matches(' ').len();
        if length > 0 {
            if last.text.is_ascii() {
                last.text.truncate(length);
                last.width = length;
            }
            break;
        }
        runs.pop();
    }
    Row { runs }
}

/// Accents on one letter that somebody means.
pub(super) const MOST_MARKS: usize = 8;

fn look_of<T: EventListener>(term: &Term<T>, cell: &Cell) -> Look {
    let flags = cell.flags;
    let ink = ink_of(term, cell.fg);
    // Bold text in one of the eight first colours has always been bright.
    let ink = match ink {
        Ink::Number(number @ 0..8) if flags.contains(Flags::BOLD) => Ink::Number(number + 8),
        ink => ink,
    };
    let is_dim_colour = matches!(cell.fg, Color::Named(name) if (NamedColor::DimBlack..=NamedColor::DimWhite).contains(&name) || name == NamedColor::DimForeground);
    Look {
        ink,
        paper: ink_of(term, cell.bg),
        is_bold: flags.contains(Flags::BOLD),
        is_dim: flags.contains(Flags::DIM) || is_dim_colour,
        is_italic: flags.contains(Flags::ITALIC),
        is_underlined: flags.intersects(Flags::ALL_UNDERLINES),
        is_struck: flags.contains(Flags::STRIKEOUT),
        is_inverse: flags.contains(Flags::INVERSE),
        is_hidden: flags.contains(Flags::HIDDEN),
        is_selected: false,
        is_found: false,
        is_link: cell.extra.is_some() && cell.hyperlink().is_some(),
    }
}

fn ink_of<T: EventListener>(term: &Term<T>, color: Color) -> Ink {
    let own = |index: usize| term.colors()[index].map(|rgb| Ink::Rgb(rgb.r, rgb.g, rgb.b));
    match color {
        Color::Spec(rgb) => Ink::Rgb(rgb.r, rgb.g, rgb.b),
        Color::Indexed(number) => own(usize::from(number)).unwrap_or(Ink::Number(number)),
        Color::Named(name) => own(name as usize).unwrap_or(match name as usize {
            number @ 0..16 => Ink::Number(number as u8),
            dim @ 259..267 => Ink::Number((dim - 259) as u8),
            _ => Ink::Usual,
        }),
    }
}
