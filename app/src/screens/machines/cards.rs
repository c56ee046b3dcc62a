//! Few machines as cards, each with its live picture: laid out in a grid, drawn only where they are seen, marked by
//! pointer and keyboard as the rows of the table are.

use std::ops::Range;

use egui::{EventFilter, Id, Rect, Role, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, vec2};

use super::card::{Card, Shape};
use super::index::Index;
use super::keys::{self, Asked, Steps};
use super::picking::Picking;
use super::sections;
use crate::context::ViewContext;
use crate::screens::parts::cell::Line;
use crate::t;
use crate::widgets::button::focus_ring;
use crate::widgets::focus::is_ring_shown;
use crate::widgets::{Palette, tokens};

#[derive(Default)]
pub(super) struct Cards {
    /// The node of the card that the keyboard is at, where it is drawn.
    cursor: Option<Id>,
    has_ring: bool,
}

/// Where the cards stand.
struct Grid {
    lines: Vec<Range<usize>>,
    /// The name of a group over the line of this number.
    names: Vec<(usize, String)>,
    shape: Shape,
    name_height: f32,
}

impl Grid {
    fn new(ui: &Ui, index: &Index, width: f32) -> Self {
        let scale = tokens::text_scale(ui.ctx()).max(1.0);
        let columns = num_columns(width, scale);
        let gaps = tokens::SPACE_WIDE * (columns - 1) as f32;
        let lines = sections::lines(&index.sections, index.rows.len(), columns);
        let mut begin = 0;
        let mut names = Vec::new();
        for section in &index.sections {
            let line = lines.partition_point(|line| line.start < begin);
            let name = t!("machines-group", name = section.name.as_str(), count = section.count);
            names.push((line, name));
            begin += section.count;
        }
        Self {
            lines,
            names,
            name_height: tokens::scaled(ui, 28.0),
            shape: Shape::new(ui, ((width - gaps) / columns as f32).floor(), index.has_subtitles),
        }
    }

    fn step(&self) -> egui::Vec2 {
        self.shape.size + egui::Vec2::splat(tokens::SPACE_WIDE)
    }

    /// With the gap under it.
    fn height(&self) -> f32 {
        self.top(self.lines.len())
    }

    /// Where the cards of a line begin, below what is written over it.
    fn top(&self, line: usize) -> f32 {
        let names = self
            .names
            .partition_point(|(below, _)| *below <= line.min(self.lines.len().saturating_sub(1)));
        line as f32 * self.step().y + names as f32 * self.name_height
    }

    fn rect(&self, origin: egui::Pos2, number: usize) -> Rect {
        let line = self.lines.partition_point(|line| line.end <= number);
        let column = self.lines.get(line).map_or(0, |line| number - line.start);
        let at = origin + vec2(column as f32 * self.step().x, self.top(line));
        Rect::from_min_size(at, self.shape.size)
    }

    /// The lines that lie between these heights, in part at least.
    fn seen(&self, top: f32, bottom: f32) -> Range<usize> {
        let num_lines = self.lines.len();
        let lines: Vec<usize> = (0..num_lines).collect();
        let first = lines.partition_point(|line| self.top(*line) + self.step().y <= top);
        let last = lines.partition_point(|line| self.top(*line) - self.name_height < bottom);
        first..last.max(first)
    }
}

impl Grid {
    /// What is written over a line, where a group begins.
    fn name_ui(&self, ui: &Ui, origin: egui::Pos2, line: usize) {
        let Some((_, name)) = self.names.iter().find(|(below, _)| *below == line) else {
            return;
        };
        let size = vec2(ui.max_rect().width(), self.name_height);
        let rect = Rect::from_min_size(origin + vec2(0.0, self.top(line) - self.name_height), size);
        let response = ui.interact(rect, ui.scope_id().with(("group", line)), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, name.as_str()));
        Line::secondary(Palette::of(ui).text_secondary)
            .strong()
            .paint(ui, rect, name);
    }
}

/// A card is at least this wide, and no wider than that where another fits beside it.
const NARROWEST: f32 = 208.0;
const WIDEST: f32 = 320.0;

fn num_columns(width: f32, scale: f32) -> usize {
    let with = |least: f32| (width + tokens::SPACE_WIDE) / (least * scale + tokens::SPACE_WIDE);
    let (wanted, most) = (with(WIDEST).ceil(), with(NARROWEST).floor());
    (wanted.min(most) as usize).max(1)
}

impl Cards {
    pub(super) fn ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, index: &Index, picking: &mut Picking) {
        let whole = ui.max_rect();
        let grid = Grid::new(ui, index, whole.width());
        let id = ui.scope_id().with("machine cards");
        let list = ui.interact(whole, id, Sense::focusable_noninteractive());
        list.widget_info(|| WidgetInfo::labeled(Role::ListBox, true, t!("machines-table")));
        ui.ctx().accesskit_node_builder(id, |node| {
            node.set_size_of_set(index.rows.len());
            node.set_multiselectable();
        });
        ui.memory_mut(|memory| {
            let filter = EventFilter {
                vertical_arrows: true,
                horizontal_arrows: true,
                ..EventFilter::default()
            };
            memory.set_focus_lock_filter(id, filter);
        });
        let steps = Steps::Grid {
            lines: &grid.lines,
            page: (whole.height() / grid.step().y).max(1.0) as usize,
        };
        let asked = keys::read(ui, view, index, id, steps, &mut picking.anchor);
        if asked.is_some() {
            picking.asked = asked;
            ui.ctx().request_repaint();
        }
        self.has_ring = list.has_focus() && is_ring_shown(ui.ctx());
        ui.scope_builder(UiBuilder::new().max_rect(whole).accessibility_parent(id), |ui| {
            self.body_ui(ui, view, index, &grid, picking, id);
        });
        let cursor = self.cursor.take();
        if let Some(cursor) = cursor.filter(|cursor| ui.ctx().has_accesskit_node(*cursor)) {
            ui.ctx()
                .accesskit_node_builder(id, |node| node.set_active_descendant(cursor.accesskit_id()));
        }
        if cursor.is_none() {
            focus_ring(ui, &list, whole.shrink(tokens::FOCUS_WIDTH));
        }
    }

    fn body_ui(
        &mut self,
        ui: &mut Ui,
        view: &ViewContext<'_>,
        index: &Index,
        grid: &Grid,
        picking: &mut Picking,
        list: Id,
    ) {
        ScrollArea::vertical()
            .id_salt("cards")
            .auto_shrink(false)
            .show_viewport(ui, |ui, viewport| {
                let origin = ui.min_rect().min;
                ui.set_height(grid.height());
                if let Some(Asked::Show(number)) = picking.asked {
                    ui.scroll_to_rect(grid.rect(origin, number).expand(tokens::SPACE), None);
                    picking.asked = None;
                }
                for line in grid.seen(viewport.top(), viewport.bottom()) {
                    grid.name_ui(ui, origin, line);
                    for number in grid.lines.get(line).cloned().unwrap_or_default() {
                        self.card_ui(ui, view, index, number, grid, origin, picking, list);
                    }
                }
            });
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one card of one frame, and nothing of it outlives the call"
    )]
    fn card_ui(
        &mut self,
        ui: &mut Ui,
        view: &ViewContext<'_>,
        index: &Index,
        number: usize,
        grid: &Grid,
        origin: egui::Pos2,
        picking: &mut Picking,
        list: Id,
    ) {
        let Some(row) = index.rows.get(number) else {
            return;
        };
        let Some(host) = view.hosts.get(row.host) else {
            return;
        };
        let rect = grid.rect(origin, number);
        let id = ui.scope_id().with(row.key.id.0).with(row.host);
        let is_cursor = view.selection.primary.as_ref() == Some(&row.key);
        let card = Card {
            view,
            host,
            row,
            id,
            rect,
            shape: grid.shape,
            number,
            has_ring: is_cursor && self.has_ring,
        };
        let response = card.ui(ui);
        if is_cursor {
            self.cursor = Some(id);
        }
        picking.answer(ui, view, index, number, &response, list);
    }
}

#[cfg(test)]
mod tests {
    use egui::pos2;

    use super::*;

    #[test]
    fn there_are_as_many_columns_as_look_well() {
        // The page at 480, 800, 1280 (with and without the inspector) and 2560 points.
        for (width, scale, columns) in [
            (400.0, 1.0, 1),
            (520.0, 1.0, 2),
            (680.0, 1.0, 3),
            (1_000.0, 1.0, 4),
            (1_960.0, 1.0, 6),
            (1_176.0, 2.0, 2),
            (100.0, 3.0, 1),
        ] {
            assert_eq!(num_columns(width, scale), columns, "{width} × {scale}");
        }
    }

    #[test]
    fn a_card_is_where_its_number_says() {
        let mut shape = Shape::default();
        shape.size = vec2(200.0, 100.0);
        let grid = Grid {
            lines: vec![0..3, 3..6, 6..7],
            names: Vec::new(),
            shape,
            name_height: 28.0,
        };
        let rect = grid.rect(pos2(10.0, 20.0), 4);
        assert_eq!(rect.min, pos2(10.0 + 216.0, 20.0 + 116.0));
        assert_eq!(grid.height(), 3.0 * 116.0);
        assert_eq!(grid.seen(116.0, 150.0), 1..2);
        let grouped = Grid {
            names: vec![(0, "a".to_owned()), (2, "b".to_owned())],
            ..grid
        };
        assert_eq!(grouped.rect(pos2(0.0, 0.0), 4).min, pos2(216.0, 28.0 + 116.0));
        assert_eq!(grouped.rect(pos2(0.0, 0.0), 6).min, pos2(0.0, 2.0 * 28.0 + 2.0 * 116.0));
        assert_eq!(grouped.height(), 2.0 * 28.0 + 3.0 * 116.0);
    }
}
