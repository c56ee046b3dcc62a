//! The table itself: header to sort by, rows drawn only where they are seen, marking by pointer and keyboard.

use egui::{Align, EventFilter, Id, Rect, Response, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use super::cells::{self, Cell};
use super::columns::{self, Listed, Slot};
use super::index::{Index, Row};
use super::keys::{self, Asked, Steps};
use super::picking::Picking;
use crate::context::ViewContext;
use crate::screens::parts::actions;
use crate::screens::parts::cell::Line;
use crate::screens::parts::state_look::state_look;
use crate::settings::Column;
use crate::t;
use crate::text::units;
use crate::widgets::button::focus_ring;
use crate::widgets::focus::is_ring_shown;
use crate::widgets::icons::{self, paint_icon};
use crate::widgets::{Palette, tokens};

#[derive(Default)]
pub(super) struct Table {
    /// The node of the row that the keyboard is at, where it is drawn.
    cursor: Option<Id>,
    has_cursor: bool,
    has_ring: bool,
}

impl Table {
    /// Draws it. Answers the column that was asked to sort by.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        view: &ViewContext<'_>,
        index: &Index,
        picking: &mut Picking,
    ) -> Option<Column> {
        let whole = ui.max_rect();
        let header_height = tokens::scaled(ui, tokens::HEADER_ROW);
        let (header, body) = whole.split_top_bottom_at_y(whole.top() + header_height);
        let row_height = row_height(ui, view);
        let listed = Listed {
            has_hosts: view.hosts.len() > 1,
            has_reasons: index.has_reasons,
            has_tags: index.has_tags,
        };
        let slots = columns::slots(whole.width(), tokens::text_scale(ui.ctx()), listed);

        let id = ui.scope_id().with("machines");
        let table = ui.interact(body, id, Sense::focusable_noninteractive());
        table.widget_info(|| WidgetInfo::labeled(Role::Table, true, t!("machines-table")));
        ui.ctx().accesskit_node_builder(id, |node| {
            node.set_row_count(index.rows.len());
            node.set_column_count(slots.len());
            node.set_multiselectable();
        });
        ui.memory_mut(|memory| {
            let filter = EventFilter {
                vertical_arrows: true,
                ..EventFilter::default()
            };
            memory.set_focus_lock_filter(id, filter);
        });
        let page_rows = (body.height() / row_height).max(1.0) as usize;
        let steps = Steps::Rows { page: page_rows };
        let asked = keys::read(ui, view, index, id, steps, &mut picking.anchor);
        if asked.is_some() {
            picking.asked = asked;
            ui.ctx().request_repaint();
        }

        self.has_ring = table.has_focus() && is_ring_shown(ui.ctx());
        let sort = header_ui(ui, view, header, &slots);
        ui.scope_builder(egui::UiBuilder::new().max_rect(body).accessibility_parent(id), |ui| {
            self.body_ui(ui, view, index, &slots, row_height, picking, id);
        });
        // A screen reader follows the row that the arrows move to, while the table itself has the focus.
        self.has_cursor = self.cursor.is_some();
        if let Some(cursor) = self.cursor.take().filter(|cursor| ui.ctx().has_accesskit_node(*cursor)) {
            ui.ctx()
                .accesskit_node_builder(id, |node| node.set_active_descendant(cursor.accesskit_id()));
        }
        // The ring is around the row that the keyboard is at; around the table only where no row is.
        if !self.has_cursor {
            focus_ring(ui, &table, body.shrink(tokens::FOCUS_WIDTH));
        }
        sort
    }

    fn body_ui(
        &mut self,
        ui: &mut Ui,
        view: &ViewContext<'_>,
        index: &Index,
        slots: &[Slot],
        row_height: f32,
        picking: &mut Picking,
        table: Id,
    ) {
        ui.spacing_mut().item_spacing.y = 0.0;
        let num_rows = index.rows.len();
        ScrollArea::vertical()
            .id_salt("rows")
            .auto_shrink(false)
            .show_viewport(ui, |ui, viewport| {
                ui.set_height(num_rows as f32 * row_height);
                let origin = ui.min_rect().min;
                let width = ui.available_width();
                let rect_of = |row: usize| {
                    let top = origin.y + row as f32 * row_height;
                    Rect::from_min_size(pos2(origin.x, top), vec2(width, row_height))
                };
                if let Some(Asked::Show(row)) = picking.asked {
                    ui.scroll_to_rect(rect_of(row), None);
                    picking.asked = None;
                }
                let first = (viewport.top() / row_height).floor().max(0.0) as usize;
                let last = (viewport.bottom() / row_height).ceil().max(0.0) as usize;
                for number in first..last.min(num_rows) {
                    self.row_ui(ui, view, index, number, rect_of(number), slots, picking, table);
                }
            });
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one row of one frame, and nothing of it outlives the call"
    )]
    fn row_ui(
        &mut self,
        ui: &mut Ui,
        view: &ViewContext<'_>,
        index: &Index,
        number: usize,
        rect: Rect,
        slots: &[Slot],
        picking: &mut Picking,
        table: Id,
    ) {
        let Some(row) = index.rows.get(number) else {
            return;
        };
        let Some(host) = view.hosts.get(row.host) else {
            return;
        };
        let id = ui.scope_id().with(row.key.id.0).with(row.host);
        let is_marked = view.selection.contains(&row.key);
        // Not a stop for Tab: the table is one, and the arrows move in it.
        let response = ui.interact(rect, id, Sense::CLICK);
        let look = state_look(view, &row.key, &row.machine);
        response.widget_info(|| WidgetInfo::selected(Role::Row, true, is_marked, spoken(row, &look.text)));
        ui.ctx().accesskit_node_builder(id, |node| {
            node.set_row_index(number);
            node.set_description(cells::spoken(view, host, &row.machine));
        });
        if view.selection.primary.as_ref() == Some(&row.key) {
            self.cursor = Some(id);
        }
        paint_ground(ui, rect, &response, is_marked);
        if self.cursor == Some(id) && self.has_ring {
            paint_ring(ui, rect);
        }

        let opacity = ui.opacity();
        if !actions::is_live(host) {
            ui.set_opacity(opacity * 0.6);
        }
        let cell = Cell {
            view,
            host,
            row,
            look: &look,
            id,
        };
        for slot in slots {
            let left = rect.left() + slot.left;
            let slot_rect = Rect::from_min_max(pos2(left, rect.top()), pos2(left + slot.width, rect.bottom()));
            cells::ui(ui, &cell, slot.column, slot_rect.shrink2(vec2(tokens::SPACE, 0.0)));
        }
        ui.set_opacity(opacity);
        picking.answer(ui, view, index, number, &response, table);
    }
}

pub(super) fn row_height(ui: &Ui, view: &ViewContext<'_>) -> f32 {
    let height = if view.settings.is_compact {
        tokens::ROW_COMPACT
    } else {
        tokens::ROW
    };
    tokens::scaled(ui, height)
}

fn spoken(row: &Row, state: &str) -> String {
    let name = row.machine.name();
    let cpu = row.machine.stats.latest.and_then(|sample| sample.cpu_percent);
    match cpu {
        Some(cpu) if row.machine.state.is_active() => {
            t!(
                "machines-row-cpu",
                name = name,
                state = state,
                cpu = units::percent(cpu)
            )
        }
        _ => t!("machines-row", name = name, state = state),
    }
}

fn paint_ground(ui: &Ui, rect: Rect, response: &Response, is_marked: bool) {
    let palette = Palette::of(ui);
    if is_marked {
        ui.painter().rect_filled(rect, tokens::RADIUS, palette.selected);
    }
    if response.hovered() {
        ui.painter().rect_filled(rect, tokens::RADIUS, palette.hover);
    }
    let line = egui::Stroke::new(1.0, palette.hairline);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, line);
}

fn paint_ring(ui: &Ui, rect: Rect) {
    let stroke = egui::Stroke::new(tokens::FOCUS_WIDTH, Palette::of(ui).focus_ring);
    ui.painter()
        .rect_stroke(rect, tokens::RADIUS, stroke, egui::StrokeKind::Inside);
}

fn header_ui(ui: &Ui, view: &ViewContext<'_>, rect: Rect, slots: &[Slot]) -> Option<Column> {
    let mut asked = None;
    for slot in slots {
        let left = rect.left() + slot.left;
        let slot_rect = Rect::from_min_max(pos2(left, rect.top()), pos2(left + slot.width, rect.bottom()));
        if heading_ui(ui, view, slot.column, slot_rect).clicked() {
            asked = Some(slot.column);
        }
    }
    let line = egui::Stroke::new(1.0, Palette::of(ui).hairline);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, line);
    asked
}

fn heading_ui(ui: &Ui, view: &ViewContext<'_>, column: Column, rect: Rect) -> Response {
    let palette = Palette::of(ui);
    let sort = view.settings.sort;
    let is_sorted = sort.column == column;
    let name = column_name(column);
    let response = ui.interact(rect, ui.scope_id().with(("heading", column)), Sense::click());
    let spoken = match (is_sorted, sort.is_descending) {
        (false, _) => t!("column-sort", column = name.as_str()),
        (true, false) => t!("column-sorted-up", column = name.as_str()),
        (true, true) => t!("column-sorted-down", column = name.as_str()),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, &spoken));
    if response.hovered() {
        ui.painter()
            .rect_filled(rect.shrink(2.0), tokens::RADIUS, palette.hover);
    }
    focus_ring(ui, &response, rect.shrink(3.0));
    let inner = rect.shrink2(vec2(tokens::SPACE, 0.0));
    let color = if is_sorted { palette.text } else { palette.text_weak };
    let is_right = cells::align(column) == Align::Max;
    let line = if is_right {
        Line::secondary(color).right()
    } else {
        Line::secondary(color)
    };
    let arrow = tokens::ICON_SMALL * tokens::text_scale(ui.ctx());
    let mut text_rect = inner;
    if is_sorted && is_right {
        text_rect.max.x -= arrow;
    }
    let width = line.paint(ui, text_rect, &name);
    if is_sorted {
        let icon = if sort.is_descending {
            icons::SORT_DESCENDING
        } else {
            icons::SORT_ASCENDING
        };
        let x = if is_right {
            inner.right() - arrow / 2.0
        } else {
            inner.left() + width + 2.0 + arrow / 2.0
        };
        paint_icon(ui, icon, pos2(x, rect.center().y), 14.0, color);
    }
    response
}

fn column_name(column: Column) -> String {
    t!(match column {
        Column::Name => "column-name",
        Column::State => "column-state",
        Column::Cpu => "column-cpu",
        Column::Memory => "column-memory",
        Column::Disk => "column-disk",
        Column::Network => "column-network",
        Column::Address => "column-address",
        Column::Uptime => "column-uptime",
        Column::Tags => "column-tags",
        Column::Host => "column-host",
    })
}
