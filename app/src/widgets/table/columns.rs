//! The columns of a table: their widths and their sticky header.

use egui::accesskit::SortDirection;
use egui::{CursorIcon, Rect, Role, Sense, Stroke, TextStyle, TextWrapMode, Ui, WidgetInfo, WidgetText, pos2, vec2};

use super::{Sort, TableState};
use crate::widgets::button::focus_ring;
use crate::widgets::icons::{self, paint_icon};
use crate::widgets::tokens::{self, Palette};

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column<'a> {
    title: &'a str,
    width: f32,
    pub(super) is_right: bool,
    is_growing: bool,
    is_sortable: bool,
}

impl<'a> Column<'a> {
    pub fn new(title: &'a str, width: f32) -> Self {
        Self {
            title,
            width,
            is_right: false,
            is_growing: false,
            is_sortable: true,
        }
    }

    /// Takes the room that is left. At least one column of a table should.
    pub fn growing(mut self) -> Self {
        self.is_growing = true;
        self
    }

    /// Aligned to the right: figures.
    pub fn right(mut self) -> Self {
        self.is_right = true;
        self
    }

    pub fn unsortable(mut self) -> Self {
        self.is_sortable = false;
        self
    }
}

/// No column becomes narrower.
const LEAST: f32 = 48.0;
pub(super) const CELL_PADDING: f32 = 12.0;

/// The widths of `columns` in `room`: what the user set, else their own; growing ones share what is left.
pub(super) fn widths(columns: &[Column<'_>], set: &[Option<f32>], room: f32) -> Vec<f32> {
    let set = |index: usize| set.get(index).copied().flatten();
    let mut widths: Vec<f32> = columns
        .iter()
        .enumerate()
        .map(|(index, column)| set(index).unwrap_or(column.width).max(LEAST))
        .collect();
    let left = room - widths.iter().sum::<f32>();
    let growing: Vec<usize> = (0..columns.len())
        .filter(|index| columns[*index].is_growing && set(*index).is_none())
        .collect();
    if left > 0.0 && !growing.is_empty() {
        let share = left / growing.len() as f32;
        for index in growing {
            widths[index] += share;
        }
    }
    widths
}

/// The header. True when the sorting changed.
pub(super) fn header_ui<K>(ui: &mut Ui, columns: &[Column<'_>], widths: &[f32], state: &mut TableState<K>) -> bool {
    let palette = Palette::of(ui);
    let height = tokens::scaled(ui, tokens::HEADER_ROW);
    let (whole, _) = ui.allocate_exact_size(vec2(widths.iter().sum(), height), Sense::hover());
    ui.painter().hline(
        whole.x_range(),
        whole.bottom() - 0.5,
        Stroke::new(1.0, palette.hairline),
    );
    let mut left = whole.left();
    let mut is_changed = false;
    for (index, (column, width)) in columns.iter().zip(widths).enumerate() {
        let rect = Rect::from_min_size(pos2(left, whole.top()), vec2(*width, height));
        left += width;
        if header_cell_ui(ui, index, column, rect, state.sort) {
            state.sort = Some(Sort {
                column: index,
                is_descending: is_descending_next(state.sort, index),
            });
            is_changed = true;
        }
        resize_handle(ui, index, rect, state, columns.len());
    }
    is_changed
}

fn is_descending_next(sort: Option<Sort>, column: usize) -> bool {
    sort.is_some_and(|sort| sort.column == column && !sort.is_descending)
}

fn header_cell_ui(ui: &Ui, index: usize, column: &Column<'_>, rect: Rect, sort: Option<Sort>) -> bool {
    let palette = Palette::of(ui);
    let sense = if column.is_sortable {
        Sense::click()
    } else {
        Sense::hover()
    };
    let response = ui.interact(rect, ui.id_for(index), sense);
    response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, column.title));
    let sorted = sort.filter(|sort| sort.column == index);
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_column_index(index);
        if let Some(sort) = sorted {
            node.set_sort_direction(if sort.is_descending {
                SortDirection::Descending
            } else {
                SortDirection::Ascending
            });
        }
    });
    let color = if sorted.is_some() || (column.is_sortable && response.hovered()) {
        palette.text
    } else {
        palette.text_secondary
    };
    let room = (rect.width() - 2.0 * CELL_PADDING - 16.0).max(8.0);
    let galley = WidgetText::from(column.title).into_galley(ui, Some(TextWrapMode::Truncate), room, TextStyle::Small);
    let size = galley.size();
    let x = if column.is_right {
        rect.right() - CELL_PADDING - size.x
    } else {
        rect.left() + CELL_PADDING
    };
    ui.painter()
        .galley(pos2(x, rect.center().y - size.y / 2.0), galley, color);
    if let Some(sort) = sorted {
        let icon = if sort.is_descending {
            icons::SORT_DESCENDING
        } else {
            icons::SORT_ASCENDING
        };
        let x = if column.is_right { x - 10.0 } else { x + size.x + 10.0 };
        paint_icon(ui, icon, pos2(x, rect.center().y), 14.0, palette.accent_text);
    }
    focus_ring(ui, &response, rect.shrink(3.0));
    response.clicked()
}

trait ColumnIds {
    fn id_for(&self, column: usize) -> egui::Id;
}

impl ColumnIds for Ui {
    fn id_for(&self, column: usize) -> egui::Id {
        self.unique_id().with(("column", column))
    }
}

/// The edge that is dragged to make a column wider. Not a stop for Tab: widths are no content.
fn resize_handle<K>(ui: &Ui, index: usize, rect: Rect, state: &mut TableState<K>, num_columns: usize) {
    let edge = Rect::from_center_size(pos2(rect.right() - 1.0, rect.center().y), vec2(8.0, rect.height()));
    let response = ui.interact(edge, ui.id_for(index).with("edge"), Sense::DRAG | Sense::CLICK);
    let response = response.on_hover_and_drag_cursor(CursorIcon::ResizeColumn);
    if response.hovered() || response.dragged() {
        let inner = rect.shrink2(vec2(0.0, 8.0));
        ui.painter().vline(
            rect.right() - 1.0,
            inner.y_range(),
            Stroke::new(2.0, Palette::of(ui).outline),
        );
    }
    if response.dragged() && response.drag_delta().x != 0.0 {
        state.widths.resize(num_columns, None);
        state.widths[index] = Some((rect.width() + response.drag_delta().x).max(LEAST));
    }
    if response.double_clicked()
        && let Some(width) = state.widths.get_mut(index)
    {
        *width = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_growing_column_takes_what_is_left_and_never_less_than_its_own() {
        let columns = [Column::new("Name", 100.0).growing(), Column::new("CPU", 60.0)];
        assert_eq!(widths(&columns, &[], 300.0), [240.0, 60.0]);
        assert_eq!(widths(&columns, &[], 50.0), [100.0, 60.0]);
    }

    #[test]
    fn a_width_set_by_hand_stays() {
        let columns = [Column::new("Name", 100.0).growing(), Column::new("CPU", 60.0)];
        assert_eq!(widths(&columns, &[Some(120.0), None], 300.0), [120.0, 60.0]);
        assert_eq!(widths(&columns, &[None, Some(1.0)], 300.0)[1], LEAST);
    }

    #[test]
    fn a_second_click_on_a_header_turns_the_order() {
        assert!(!is_descending_next(None, 0));
        assert!(is_descending_next(
            Some(Sort {
                column: 0,
                is_descending: false
            }),
            0
        ));
        assert!(!is_descending_next(
            Some(Sort {
                column: 0,
                is_descending: true
            }),
            0
        ));
        assert!(!is_descending_next(
            Some(Sort {
                column: 1,
                is_descending: false
            }),
            0
        ));
    }
}
