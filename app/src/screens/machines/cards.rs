//! Few machines as cards, each with its live picture: laid out in a grid, drawn only where they are seen, marked by
//! pointer and keyboard as the rows of the table are.

use egui::{EventFilter, Id, Rect, Role, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, vec2};

use super::card::{Card, Shape};
use super::index::Index;
use super::keys::{self, Asked, Steps};
use super::picking::Picking;
use crate::context::ViewContext;
use crate::t;
use crate::widgets::button::focus_ring;
use crate::widgets::focus::is_ring_shown;
use crate::widgets::tokens;

#[derive(Default)]
pub(super) struct Cards {
    /// The node of the card that the keyboard is at, where it is drawn.
    cursor: Option<Id>,
    has_ring: bool,
}

/// Where the cards stand.
#[derive(Clone, Copy)]
struct Grid {
    columns: usize,
    shape: Shape,
}

impl Grid {
    fn new(ui: &Ui, index: &Index, width: f32) -> Self {
        let scale = tokens::text_scale(ui.ctx()).max(1.0);
        let columns = num_columns(width, scale);
        let gaps = tokens::SPACE_WIDE * (columns - 1) as f32;
        Self {
            columns,
            shape: Shape::new(ui, ((width - gaps) / columns as f32).floor(), index.has_subtitles),
        }
    }

    fn step(&self) -> egui::Vec2 {
        self.shape.size + egui::Vec2::splat(tokens::SPACE_WIDE)
    }

    /// With the gap under it.
    fn height(&self, num_cards: usize) -> f32 {
        num_cards.div_ceil(self.columns) as f32 * self.step().y
    }

    fn rect(&self, origin: egui::Pos2, number: usize) -> Rect {
        let (line, column) = (number / self.columns, number % self.columns);
        let step = self.step();
        let at = origin + vec2(column as f32 * step.x, line as f32 * step.y);
        Rect::from_min_size(at, self.shape.size)
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
        let lines = (whole.height() / grid.step().y).max(1.0) as usize;
        let steps = Steps::Grid {
            columns: grid.columns,
            lines,
        };
        let asked = keys::read(ui, view, index, id, steps, &mut picking.anchor);
        if asked.is_some() {
            picking.asked = asked;
            ui.ctx().request_repaint();
        }
        self.has_ring = list.has_focus() && is_ring_shown(ui.ctx());
        ui.scope_builder(UiBuilder::new().max_rect(whole).accessibility_parent(id), |ui| {
            self.body_ui(ui, view, index, grid, picking, id);
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
        grid: Grid,
        picking: &mut Picking,
        list: Id,
    ) {
        ScrollArea::vertical()
            .id_salt("cards")
            .auto_shrink(false)
            .show_viewport(ui, |ui, viewport| {
                let origin = ui.min_rect().min;
                ui.set_height(grid.height(index.rows.len()));
                if let Some(Asked::Show(number)) = picking.asked {
                    ui.scroll_to_rect(grid.rect(origin, number).expand(tokens::SPACE), None);
                    picking.asked = None;
                }
                let step = grid.step().y;
                let first = (viewport.top() / step).floor().max(0.0) as usize * grid.columns;
                let last = (viewport.bottom() / step).ceil().max(0.0) as usize * grid.columns;
                for number in first..last.min(index.rows.len()) {
                    self.card_ui(ui, view, index, number, grid, origin, picking, list);
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
        grid: Grid,
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
        let grid = Grid { columns: 3, shape };
        let rect = grid.rect(pos2(10.0, 20.0), 4);
        assert_eq!(rect.min, pos2(10.0 + 216.0, 20.0 + 116.0));
        assert_eq!(grid.height(7), 3.0 * 116.0);
    }
}
