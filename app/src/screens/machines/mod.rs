//! The page of all machines: header with filter, banner, table with its bar of actions, or why there is none.

mod bar;
mod cells;
mod columns;
mod header;
mod index;
mod keys;
mod marking;
mod states;
mod table;
#[cfg(test)]
mod tests;

use egui::{Rect, Ui, UiBuilder, pos2};

use super::frame::page_rect;
use super::parts::scope::Scope;
use crate::command::{Command, SettingsCommand};
use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::settings::{Column, Sort};
use crate::state::Selection;
use crate::widgets::layout::Breakpoint;
use crate::widgets::tokens;

pub(super) use header::Header;
use index::Index;

/// What the page remembers from frame to frame.
#[derive(Default)]
pub(super) struct MachinesPage {
    pub header: Header,
    index: Index,
    table: table::Table,
}

impl MachinesPage {
    pub(super) fn ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, scope: &mut Scope, breadth: Breakpoint) {
        let rect = page_rect(ui, breadth);
        ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
            self.index
                .refresh(view.hosts, &self.header.filter, scope, view.settings.sort);
            self.header.ui(ui, view, scope, self.index.rows.len(), breadth);
            ui.add_space(tokens::SPACE);
            states::freshness_ui(ui, view);
            if self.index.rows.is_empty() {
                states::none_ui(ui, view, scope, &mut self.header.filter);
                return;
            }
            self.listing_ui(ui, view);
        });
    }

    /// Those of the marked machines that the list shows, in its order.
    pub(super) fn shown(&self, selection: &Selection) -> Vec<MachineKey> {
        if selection.machines.is_empty() {
            return Vec::new();
        }
        let rows = self.index.rows.iter().map(|row| &row.key);
        rows.filter(|key| selection.contains(key)).cloned().collect()
    }

    /// The table, and over its foot the bar of actions while machines are selected.
    fn listing_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>) {
        let whole = ui.available_rect_before_wrap();
        let selected = self.shown(view.selection);
        let num_hidden = view.selection.machines.len() - selected.len();
        let bar_height = if selected.len() > 1 { bar::height(ui) } else { 0.0 };
        let table_rect = Rect::from_min_max(whole.min, pos2(whole.right(), whole.bottom() - bar_height));
        ui.scope_builder(UiBuilder::new().max_rect(table_rect), |ui| {
            if let Some(column) = self.table.ui(ui, view, &self.index) {
                sort_by(view, column);
            }
        });
        if bar_height > 0.0 {
            let rect = Rect::from_min_max(table_rect.left_bottom(), whole.max);
            ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
                bar::ui(ui, view, &selected, num_hidden);
            });
        }
    }
}

/// The same column again turns the order round.
fn sort_by(view: &ViewContext<'_>, column: Column) {
    let old = view.settings.sort;
    let sort = Sort {
        column,
        is_descending: if old.column == column {
            !old.is_descending
        } else {
            starts_descending(column)
        },
    };
    let settings = crate::settings::Settings {
        sort,
        ..view.settings.clone()
    };
    view.send(Command::Settings(SettingsCommand::Set(Box::new(settings))));
}

/// Of figures the largest is what people look for.
const fn starts_descending(column: Column) -> bool {
    matches!(
        column,
        Column::Cpu | Column::Memory | Column::Disk | Column::Network | Column::Uptime
    )
}
