//! A table of any length: only the rows on screen are drawn.
//!
//! It is one stop for Tab. Inside, the arrow keys, Home, End and the page keys move a cursor (with Shift they choose a
//! range), Space chooses one more, Ctrl+A all, Enter activates. A screen reader sees a table with named rows.

mod columns;
mod selection;

use std::fmt::Debug;
use std::hash::Hash;

use egui::{
    Align, Color32, EventFilter, Id, Key, Layout, Modifiers, Rect, Response, Role, ScrollArea, Sense, Stroke,
    StrokeKind, TextWrapMode, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::tokens::{self, Palette};

pub use columns::Column;
pub use selection::Selection;
use selection::Step;

/// What a table shows. Implement it on something that borrows the model for a frame.
pub trait Rows {
    /// Knows a row again after sorting and filtering.
    type Key: Ord + Clone + Hash + Debug;

    fn num_rows(&self) -> usize;
    fn key(&self, row: usize) -> Self::Key;
    /// What a screen reader calls the row.
    fn name(&self, row: usize) -> String;
    /// Draws a cell. `ui` is as large as the cell, centred vertically, aligned as its column.
    fn cell_ui(&mut self, ui: &mut Ui, row: usize, column: usize);
    /// Fills the menu of the right mouse button. The row is chosen by then.
    fn menu_ui(&mut self, _ui: &mut Ui, _row: usize) {}
    fn has_menu(&self) -> bool {
        false
    }
}

/// By which column the rows are sorted. The owner of the rows sorts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    pub column: usize,
    pub is_descending: bool,
}

/// What a table remembers between frames.
#[derive(Clone, Debug)]
pub struct TableState<K> {
    pub selection: Selection<K>,
    pub sort: Option<Sort>,
    /// Widths set by hand, by column.
    pub widths: Vec<Option<f32>>,
    /// A row to bring into view in the next frame.
    reveal: Option<usize>,
    scroll: f32,
    body_height: f32,
}

impl<K> Default for TableState<K> {
    fn default() -> Self {
        Self {
            selection: Selection::default(),
            sort: None,
            widths: Vec::new(),
            reveal: None,
            scroll: 0.0,
            body_height: 0.0,
        }
    }
}

impl<K> TableState<K> {
    /// Brings `row` into view in the next frame.
    pub fn reveal(&mut self, row: usize) {
        self.reveal = Some(row);
    }
}

/// What happened in a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TableResponse {
    /// A row was double-clicked, or Enter pressed on it.
    pub activated: Option<usize>,
    pub is_sort_changed: bool,
    pub is_selection_changed: bool,
}

/// A table. `id` also gives it the focus.
#[must_use = "show(ui, …) draws it"]
pub struct Table<'a> {
    id: Id,
    name: &'a str,
    columns: &'a [Column<'a>],
    row_height: f32,
}

/// What drawing one row needs to know of the whole.
struct Pass<'p> {
    widths: &'p [f32],
    row_height: f32,
    has_focus: bool,
    response: TableResponse,
    /// The node of the row the cursor is on, if it is drawn.
    cursor_node: Option<Id>,
}

impl<'a> Table<'a> {
    pub fn new(id: Id, name: &'a str, columns: &'a [Column<'a>]) -> Self {
        Self {
            id,
            name,
            columns,
            row_height: tokens::ROW,
        }
    }

    pub fn row_height(mut self, row_height: f32) -> Self {
        self.row_height = row_height;
        self
    }

    /// Fills the room that is left in `ui`.
    pub fn show<R: Rows>(self, ui: &mut Ui, state: &mut TableState<R::Key>, rows: &mut R) -> TableResponse {
        let room = ui.available_rect_before_wrap();
        let table = ui.interact(room, self.id, Sense::focusable_noninteractive());
        table.widget_info(|| WidgetInfo::labeled(Role::Table, true, self.name));
        ui.ctx().accesskit_node_builder(self.id, |node| {
            node.set_row_count(rows.num_rows());
            node.set_column_count(self.columns.len());
            node.set_multiselectable();
        });
        let widths = columns::widths(self.columns, &state.widths, room.width());
        let mut pass = Pass {
            widths: &widths,
            row_height: tokens::scaled(ui, self.row_height),
            has_focus: table.has_focus(),
            response: TableResponse::default(),
            cursor_node: None,
        };
        if table.has_focus() {
            let filter = EventFilter {
                vertical_arrows: true,
                ..EventFilter::default()
            };
            ui.ctx()
                .memory_mut(|memory| memory.set_focus_lock_filter(self.id, filter));
            Self::keys(ui, state, rows, &mut pass);
        }
        ui.scope_builder(UiBuilder::new().accessibility_parent(self.id), |ui| {
            ui.spacing_mut().item_spacing = egui::Vec2::ZERO;
            ScrollArea::horizontal()
                .id_salt("across")
                .auto_shrink(false)
                .show(ui, |ui| {
                    pass.response.is_sort_changed = columns::header_ui(ui, self.columns, &widths, state);
                    self.body_ui(ui, state, rows, &mut pass);
                });
        });
        if let Some(node) = pass.cursor_node.filter(|node| ui.ctx().has_accesskit_node(*node)) {
            ui.ctx()
                .accesskit_node_builder(self.id, |table| table.set_active_descendant(node.accesskit_id()));
        }
        pass.response
    }

    fn body_ui<R: Rows>(&self, ui: &mut Ui, state: &mut TableState<R::Key>, rows: &mut R, pass: &mut Pass<'_>) {
        let width: f32 = pass.widths.iter().sum();
        let num_rows = rows.num_rows();
        let mut area = ScrollArea::vertical().id_salt("rows").auto_shrink(false);
        if let Some(offset) = offset_to_reveal(state, pass.row_height) {
            area = area.vertical_scroll_offset(offset);
        }
        let shown = area.show_viewport(ui, |ui, viewport| {
            ui.set_width(width);
            ui.set_height(pass.row_height * num_rows as f32);
            ui.style_mut().wrap_mode = Some(TextWrapMode::Truncate);
            let first = (viewport.min.y / pass.row_height).floor().max(0.0) as usize;
            let end = ((viewport.max.y / pass.row_height).ceil().max(0.0) as usize).min(num_rows);
            let top_left = ui.max_rect().min;
            for row in first..end {
                let at = pos2(top_left.x, top_left.y + row as f32 * pass.row_height);
                let rect = Rect::from_min_size(at, vec2(width, pass.row_height));
                self.row_ui(ui, state, rows, row, rect, pass);
            }
        });
        state.scroll = shown.state.clamped_offset().y;
        state.body_height = shown.inner_rect.height();
    }

    fn row_ui<R: Rows>(
        &self,
        ui: &mut Ui,
        state: &mut TableState<R::Key>,
        rows: &mut R,
        row: usize,
        rect: Rect,
        pass: &mut Pass<'_>,
    ) {
        let key = rows.key(row);
        let id = self.id.with(&key);
        // Not focusable: the table is one stop for Tab, and its cursor moves with the arrow keys.
        let response = ui.interact(rect, id, Sense::CLICK);
        let is_chosen = state.selection.contains(&key);
        let is_cursor = state.selection.cursor() == Some(&key);
        response.widget_info(|| WidgetInfo::labeled(Role::Row, true, rows.name(row)));
        ui.ctx().accesskit_node_builder(id, |node| {
            node.set_row_index(row);
            node.set_selected(is_chosen);
        });
        if is_cursor {
            pass.cursor_node = Some(id);
        }
        paint_row(ui, rect, is_chosen);
        if is_cursor && pass.has_focus {
            let ring = Stroke::new(tokens::FOCUS_WIDTH, Palette::of(ui).focus_ring);
            ui.painter()
                .rect_stroke(rect.shrink(1.0), tokens::RADIUS, ring, StrokeKind::Inside);
        }
        self.cells_ui(ui, rows, row, &key, rect, pass.widths);
        self.clicks(ui, state, rows, row, &response, pass);
    }

    fn cells_ui<R: Rows>(&self, ui: &mut Ui, rows: &mut R, row: usize, key: &R::Key, rect: Rect, widths: &[f32]) {
        let mut left = rect.left();
        for (index, (column, width)) in self.columns.iter().zip(widths).enumerate() {
            let cell = Rect::from_min_size(pos2(left, rect.top()), vec2(*width, rect.height()));
            left += width;
            if !ui.is_rect_visible(cell) {
                continue;
            }
            let align = if column.is_right {
                Layout::right_to_left(Align::Center)
            } else {
                Layout::left_to_right(Align::Center)
            };
            let builder = UiBuilder::new()
                .id_salt((key, index))
                .max_rect(cell.shrink2(vec2(columns::CELL_PADDING, 0.0)))
                .layout(align)
                .accessibility_role(Role::Cell)
                .accessibility_parent(self.id.with(key));
            let mut child = ui.new_child(builder);
            child.shrink_clip_rect(cell);
            child.spacing_mut().item_spacing.x = tokens::SPACE;
            rows.cell_ui(&mut child, row, index);
        }
    }

    fn clicks<R: Rows>(
        &self,
        ui: &Ui,
        state: &mut TableState<R::Key>,
        rows: &mut R,
        row: usize,
        response: &Response,
        pass: &mut Pass<'_>,
    ) {
        let num_rows = rows.num_rows();
        if response.clicked() {
            let modifiers = ui.input(|input| input.modifiers);
            state.selection.click(row, modifiers, num_rows, &|row| rows.key(row));
            pass.response.is_selection_changed = true;
            ui.ctx().memory_mut(|memory| memory.request_focus(self.id));
        }
        if response.double_clicked() {
            pass.response.activated = Some(row);
        }
        if response.secondary_clicked() && !state.selection.contains(&rows.key(row)) {
            state.selection.choose(rows.key(row));
            pass.response.is_selection_changed = true;
        }
        if rows.has_menu() {
            response.context_menu(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                rows.menu_ui(ui, row);
            });
        }
    }

    fn keys<R: Rows>(ui: &Ui, state: &mut TableState<R::Key>, rows: &R, pass: &mut Pass<'_>) {
        let num_rows = rows.num_rows();
        let key = |row: usize| rows.key(row);
        let page = ((state.body_height / pass.row_height) as isize)
            .saturating_sub(1)
            .max(1);
        if state.selection.cursor().is_none() && num_rows > 0 && state.selection.is_empty() {
            state.selection.step(Step::First, false, num_rows, &key);
            pass.response.is_selection_changed = true;
        }
        let steps = [
            (Key::ArrowUp, Step::By(-1)),
            (Key::ArrowDown, Step::By(1)),
            (Key::PageUp, Step::By(-page)),
            (Key::PageDown, Step::By(page)),
            (Key::Home, Step::First),
            (Key::End, Step::Last),
        ];
        for (pressed, step) in steps {
            for (modifiers, is_range) in [(Modifiers::SHIFT, true), (Modifiers::NONE, false)] {
                while ui.input_mut(|input| input.consume_key(modifiers, pressed)) {
                    state.reveal = state.selection.step(step, is_range, num_rows, &key).or(state.reveal);
                    pass.response.is_selection_changed = true;
                }
            }
        }
        if ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::A)) {
            state.selection.choose_all(num_rows, &key);
            pass.response.is_selection_changed = true;
        }
        let Some(cursor) = state.selection.cursor().cloned() else {
            return;
        };
        if ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Space)) {
            state.selection.toggle(cursor.clone());
            pass.response.is_selection_changed = true;
        }
        if ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter)) {
            pass.response.activated = selection::find(&cursor, num_rows, &key);
        }
    }
}

/// Where to scroll so that the row asked for is whole on screen; `None` when it is.
fn offset_to_reveal<K>(state: &mut TableState<K>, row_height: f32) -> Option<f32> {
    let top = state.reveal.take()? as f32 * row_height;
    if top < state.scroll {
        Some(top)
    } else if top + row_height > state.scroll + state.body_height {
        Some((top + row_height - state.body_height).max(0.0))
    } else {
        None
    }
}

fn paint_row(ui: &Ui, rect: Rect, is_chosen: bool) {
    let palette = Palette::of(ui);
    let fill = if is_chosen {
        palette.selected
    } else if ui.rect_contains_pointer(rect) {
        palette.hover
    } else {
        Color32::TRANSPARENT
    };
    ui.painter().rect_filled(rect, 0.0, fill);
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, palette.hairline));
}

#[cfg(test)]
mod tests;
