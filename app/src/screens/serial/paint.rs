//! Draws a terminal's snapshot: a galley for each run, which egui keeps from frame to frame.

use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, FontId, Painter, Pos2, Rect, Stroke, StrokeKind, TextStyle, Ui, Vec2, pos2, vec2};

use crate::console::serial::{Cursor, Ink, Look, Run, Shape, Snapshot};
use crate::widgets::terminal_colors::{TerminalColors, readable, rgb};

/// Letters measured at once: one alone is rounded to pixels.
const MEASURED: usize = 64;

/// How large a cell is, and in what letters.
#[derive(Clone)]
pub(super) struct Cells {
    pub(super) font: FontId,
    pub(super) size: Vec2,
}

impl Cells {
    pub(super) fn of(ui: &Ui) -> Self {
        let font = TextStyle::Monospace.resolve(ui.style());
        let letters = "M".repeat(MEASURED);
        let size = ui
            .painter()
            .layout_no_wrap(letters, font.clone(), Color32::WHITE)
            .size();
        let pixels = ui.ctx().pixels_per_point();
        // Whole pixels from line to line, so that all lines look the same.
        let height = (size.y * pixels).round().max(1.0) / pixels;
        Self {
            font,
            size: vec2(size.x / MEASURED as f32, height),
        }
    }

    /// Columns and lines that have room.
    pub(super) fn fit(&self, room: Vec2) -> [usize; 2] {
        let Vec2 { x, y } = room / self.size;
        [x.floor().max(2.0) as usize, y.floor().max(1.0) as usize]
    }

    fn at(&self, origin: Pos2, row: usize, column: usize) -> Pos2 {
        origin + vec2(column as f32, row as f32) * self.size
    }

    fn span(&self, origin: Pos2, row: usize, column: usize, width: usize) -> Rect {
        Rect::from_min_size(
            self.at(origin, row, column),
            vec2(width as f32 * self.size.x, self.size.y),
        )
    }
}

/// The cell under a point, which may lie outside; and whether it is in the right half.
pub(super) fn cell_at(cells: &Cells, origin: Pos2, point: Pos2) -> (usize, usize, bool) {
    let at = (point - origin) / cells.size;
    let column = at.x.max(0.0);
    (at.y.max(0.0) as usize, column as usize, column.fract() >= 0.5)
}

pub(super) fn snapshot(
    painter: &Painter,
    cells: &Cells,
    origin: Pos2,
    snapshot: &Snapshot,
    colors: &TerminalColors,
    has_focus: bool,
) {
    for (row, line) in snapshot.rows.iter().enumerate() {
        for run in &line.runs {
            let (_, paper) = inks(run.look, colors);
            if paper != colors.page {
                let rect = cells.span(origin, row, run.column, run.width);
                painter.rect_filled(rect, 0.0, paper);
            }
        }
    }
    for (row, line) in snapshot.rows.iter().enumerate() {
        for run in &line.runs {
            run_text(painter, cells, cells.at(origin, row, run.column), run, colors);
        }
    }
    if let Some(cursor) = snapshot.cursor {
        draw_cursor(painter, cells, origin, cursor, snapshot, colors, has_focus);
    }
}

/// The line under an address.
pub(super) fn underline(painter: &Painter, cells: &Cells, origin: Pos2, span: (usize, usize, usize), color: Color32) {
    let (row, start, end) = span;
    let rect = cells.span(origin, row, start, end.saturating_sub(start));
    painter.hline(rect.x_range(), rect.bottom() - 1.0, Stroke::new(1.0, color));
}

fn run_text(painter: &Painter, cells: &Cells, at: Pos2, run: &Run, colors: &TerminalColors) {
    let look = run.look;
    if look.is_hidden || (run.text.trim().is_empty() && !look.is_underlined && !look.is_struck) {
        return;
    }
    let (ink, _) = inks(look, colors);
    let line = |is_drawn| if is_drawn { Stroke::new(1.0, ink) } else { Stroke::NONE };
    let format = TextFormat {
        font_id: cells.font.clone(),
        color: ink,
        italics: look.is_italic,
        underline: line(look.is_underlined || look.is_link),
        strikethrough: line(look.is_struck),
        ..TextFormat::default()
    };
    let mut job = LayoutJob::single_section(run.text.clone(), format);
    job.break_on_newline = false;
    let galley = painter.layout_job(job);
    // A letter of another font is made to fit its cells by standing in their middle.
    let room = run.width as f32 * cells.size.x;
    let shift = if run.text.is_ascii() {
        0.0
    } else {
        (room - galley.size().x) / 2.0
    };
    let rise = (cells.size.y - galley.size().y) / 2.0;
    painter.galley(at + vec2(shift, rise), galley, ink);
}

fn draw_cursor(
    painter: &Painter,
    cells: &Cells,
    origin: Pos2,
    cursor: Cursor,
    snapshot: &Snapshot,
    colors: &TerminalColors,
    has_focus: bool,
) {
    let under = snapshot.rows.get(cursor.row).and_then(|row| {
        let holds = |run: &&Run| (run.column..run.column + run.width).contains(&cursor.column);
        row.runs.iter().find(holds)
    });
    let is_wide = under.is_some_and(|run| run.width == 2 && !run.text.is_ascii());
    let cell = cells.span(origin, cursor.row, cursor.column, if is_wide { 2 } else { 1 });
    if !has_focus {
        let stroke = Stroke::new(1.0, colors.cursor);
        painter.rect_stroke(cell, 0.0, stroke, StrokeKind::Inside);
        return;
    }
    match cursor.shape {
        Shape::Beam => {
            painter.rect_filled(
                Rect::from_min_max(cell.min, pos2(cell.left() + 2.0, cell.bottom())),
                0.0,
                colors.cursor,
            );
        }
        Shape::Underline => {
            let line = Rect::from_min_max(pos2(cell.left(), cell.bottom() - 2.0), cell.max);
            painter.rect_filled(line, 0.0, colors.cursor);
        }
        Shape::Block => {
            painter.rect_filled(cell, 0.0, colors.cursor);
            let letter = under.and_then(|run| {
                if run.text.is_ascii() {
                    run.text.get(cursor.column - run.column..=cursor.column - run.column)
                } else {
                    Some(run.text.as_str())
                }
            });
            if let Some(letter) = letter.filter(|letter| !letter.trim().is_empty()) {
                let ink = readable(colors.page, colors.cursor);
                let galley = painter.layout_no_wrap(letter.to_owned(), cells.font.clone(), ink);
                let rise = (cells.size.y - galley.size().y) / 2.0;
                painter.galley(cell.min + vec2(0.0, rise), galley, ink);
            }
        }
    }
}

/// Text and what is behind it.
fn inks(look: Look, colors: &TerminalColors) -> (Color32, Color32) {
    let color = |ink: Ink, usual: Color32| match ink {
        Ink::Usual => usual,
        Ink::Number(number) => colors.numbered(number),
        Ink::Rgb(red, green, blue) => rgb(red, green, blue),
    };
    let mut ink = color(look.ink, colors.text);
    let mut paper = color(look.paper, colors.page);
    if look.is_inverse {
        std::mem::swap(&mut ink, &mut paper);
    }
    if look.is_found {
        paper = colors.found;
    }
    if look.is_selected {
        paper = colors.marked;
    }
    if look.is_dim {
        ink = ink.lerp_to_gamma(paper, 0.35);
    }
    (readable(ink, paper), paper)
}
