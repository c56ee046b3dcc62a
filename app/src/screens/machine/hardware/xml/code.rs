//! The box that the text is edited in: numbered lines, colours, marks for what is wrong and what was found.

use std::ops::Range;

use egui::text::{CCursor, CharIndex};
use egui::{
    Align, Color32, EventFilter, FontSelection, Frame, Galley, Id, Margin, Pos2, Rect, Response, ScrollArea, Shape,
    Stroke, StrokeKind, TextBuffer, TextEdit, TextStyle, Ui, UiBuilder, pos2, vec2,
};

use super::find::Search;
use super::keys;
use super::lines::Lines;
use crate::t;
use crate::widgets::icons::{self, paint_icon};
use crate::widgets::{Palette, Tone, tokens};

/// Room at the end of the longest line, so that what is typed there can be seen.
const SLACK: f32 = 160.0;

pub(super) struct Code<'a> {
    pub(super) id: Id,
    /// The line that something is wrong with, counted from 1.
    pub(super) wrong: Option<usize>,
    pub(super) search: &'a Search,
    /// To be selected and brought into sight.
    pub(super) wanted: Option<Range<usize>>,
}

/// What came of a frame.
pub(super) struct Shown {
    pub(super) is_changed: bool,
    /// Line and column of the cursor, counted from 1.
    pub(super) cursor: Option<(usize, usize)>,
}

impl Code<'_> {
    pub(super) fn ui(self, ui: &mut Ui, text: &mut String, lines: &mut Lines) -> Shown {
        let whole = ui.available_rect_before_wrap();
        let palette = Palette::of(ui);
        ui.painter().rect_filled(whole, tokens::RADIUS, palette.field);
        let is_keyed = keys::take(ui, self.id, text);
        if let Some(wanted) = &self.wanted {
            keys::select(ui, self.id, text, wanted);
        }
        let left = whole.left() + gutter_width(ui, text);
        let area = Rect::from_min_max(pos2(left, whole.top()), whole.max).shrink2(vec2(0.0, 1.0));
        let mut shown = None;
        ui.scope_builder(UiBuilder::new().max_rect(area), |ui| {
            ScrollArea::both()
                .id_salt(self.id)
                .auto_shrink(false)
                .show(ui, |ui| shown = Some(self.text_ui(ui, text, lines)));
        });
        ui.advance_cursor_after_rect(whole);
        let Some((response, galley, at)) = shown else {
            return Shown {
                is_changed: is_keyed,
                cursor: None,
            };
        };
        self.gutter(
            ui,
            Rect::from_min_max(whole.min, pos2(left, whole.bottom())),
            &galley,
            at,
        );
        let (width, color) = if response.has_focus() {
            (tokens::FOCUS_WIDTH, palette.focus_ring)
        } else {
            (1.0, palette.outline)
        };
        let stroke = Stroke::new(width, color);
        ui.painter()
            .rect_stroke(whole, tokens::RADIUS, stroke, StrokeKind::Inside);
        let cursor = egui::text_edit::TextEditState::load(ui.ctx(), self.id)
            .and_then(|state| state.cursor.char_range())
            .map(|range| galley.layout_from_cursor(range.primary))
            .map(|place| (place.row + 1, place.column.0 + 1));
        Shown {
            is_changed: is_keyed || response.changed(),
            cursor,
        }
    }

    /// Answers where the laid-out text stands, too.
    fn text_ui(&self, ui: &mut Ui, text: &mut String, lines: &mut Lines) -> (Response, std::sync::Arc<Galley>, Pos2) {
        let room = ui.available_size();
        let width = (lines.layout(ui, text).size().x + SLACK).max(room.x);
        let behind = ui.painter().add(Shape::Noop);
        let place = Rect::from_min_size(ui.cursor().min, vec2(width, room.y));
        let mut layouter = |ui: &Ui, text: &dyn TextBuffer, _: f32| lines.layout(ui, text.as_str());
        let edit = TextEdit::multiline(text)
            .id(self.id)
            .font(FontSelection::Style(TextStyle::Monospace))
            .layouter(&mut layouter)
            .frame(Frame::NONE.inner_margin(Margin::symmetric(8, 6)))
            .cursor_at_end(false)
            .desired_width(width)
            .min_size(vec2(width, room.y))
            .event_filter(EventFilter {
                tab: true,
                horizontal_arrows: true,
                vertical_arrows: true,
                escape: false,
            });
        let builder = UiBuilder::new().max_rect(place);
        let output = ui.scope_builder(builder, |ui| edit.show(ui)).inner;
        let response = output
            .response
            .response
            .clone()
            .accessible_name(t!("hardware-xml-text"));
        let (galley, at) = (output.galley, output.galley_pos);
        ui.painter().set(behind, Shape::Vec(self.marks(ui, &galley, at)));
        if let Some(wanted) = &self.wanted {
            let start = CCursor::new(keys::char_of(text, wanted.start));
            let rect = galley.pos_from_cursor(start).translate(at.to_vec2());
            ui.scroll_to_rect(rect.expand2(vec2(SLACK / 2.0, 0.0)), Some(Align::Center));
        }
        (response, galley, at)
    }

    /// What is laid under the text.
    fn marks(&self, ui: &Ui, galley: &Galley, at: Pos2) -> Vec<Shape> {
        let palette = Palette::of(ui);
        let seen = ui.clip_rect();
        let mut shapes = Vec::new();
        if let Some(row) = self.wrong.and_then(|line| galley.rows.get(line - 1)) {
            let rect = row.rect().translate(at.to_vec2());
            let rect = Rect::from_x_y_ranges(seen.x_range(), rect.y_range());
            shapes.push(Shape::rect_filled(rect, 0.0, palette.tint(Tone::Attention)));
        }
        for (index, hit) in self.search.hits.iter().enumerate() {
            let Some(row) = galley.rows.get(hit.line) else { break };
            let place = row.rect().translate(at.to_vec2());
            if place.top() > seen.bottom() {
                break;
            }
            if place.bottom() < seen.top() {
                continue;
            }
            let [left, right] = [hit.columns.start, hit.columns.end].map(|column| {
                let inside = row.x_offset(CharIndex(column));
                place.left() + inside
            });
            let rect = Rect::from_x_y_ranges(left - 1.0..=right + 1.0, place.y_range());
            shapes.push(Shape::rect_filled(rect, 3.0, palette.tint(Tone::Warning)));
            if self.search.current == Some(index) {
                let stroke = Stroke::new(1.5, palette.warning);
                shapes.push(Shape::rect_stroke(rect, 3.0, stroke, StrokeKind::Inside));
            }
        }
        shapes
    }

    fn gutter(&self, ui: &Ui, gutter: Rect, galley: &Galley, at: Pos2) {
        let palette = Palette::of(ui);
        let painter = ui.painter_at(gutter.shrink2(vec2(0.0, 1.0)));
        let font = TextStyle::Monospace.resolve(ui.style());
        let is_seen = |row: &&egui::epaint::text::PlacedRow| {
            let range = row.rect().translate(at.to_vec2()).y_range();
            range.max >= gutter.top() && range.min <= gutter.bottom()
        };
        for (index, row) in galley.rows.iter().enumerate().filter(|(_, row)| is_seen(row)) {
            let middle = row.rect().center().y + at.y;
            let is_wrong = self.wrong == Some(index + 1);
            let color = if is_wrong { palette.attention } else { palette.text_weak };
            if is_wrong {
                let rect = Rect::from_x_y_ranges(gutter.x_range(), row.rect().translate(at.to_vec2()).y_range());
                painter.rect_filled(rect, 0.0, palette.tint(Tone::Attention));
            }
            // An icon is not cut off where the box ends.
            if is_wrong && gutter.y_range().contains(middle) {
                let side = tokens::ICON_SMALL;
                let center = pos2(gutter.left() + 4.0 + tokens::scaled(ui, side) / 2.0, middle);
                paint_icon(ui, icons::ERROR, center, side, palette.attention);
            }
            let right = pos2(gutter.right() - tokens::SPACE_TIGHT, middle);
            painter.text(
                right,
                egui::Align2::RIGHT_CENTER,
                (index + 1).to_string(),
                font.clone(),
                color,
            );
        }
        let line = Stroke::new(1.0, palette.hairline);
        painter.vline(gutter.right(), gutter.y_range(), line);
    }
}

fn gutter_width(ui: &Ui, text: &str) -> f32 {
    let num_lines = text.bytes().filter(|&byte| byte == b'\n').count() + 1;
    let digits = num_lines.to_string().len().max(3);
    let font = TextStyle::Monospace.resolve(ui.style());
    let number = ui
        .painter()
        .layout_no_wrap("0".repeat(digits), font, Color32::PLACEHOLDER);
    let sign = tokens::scaled(ui, tokens::ICON_SMALL) + tokens::SPACE_TIGHT;
    let size = number.size();
    (sign + size.x + 2.0 * tokens::SPACE).round()
}
