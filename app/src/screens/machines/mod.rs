//! The page of all machines: header with filter, banner, table with its bar of actions, or why there is none.

mod bar;
mod card;
#[cfg(test)]
mod card_tests;
mod cards;
mod cells;
mod columns;
mod header;
mod index;
mod keys;
mod marking;
mod picking;
mod sections;
mod states;
mod table;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use egui::{Rect, Ui, UiBuilder, pos2};
use libvirt_backend::model::HostModel;

use super::frame::page_rect;
use super::parts::scope::Scope;
use crate::command::{Command, SettingsCommand};
use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::settings::{Column, Grouping, Listing, Sort};
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
    cards: cards::Cards,
    picking: picking::Picking,
    /// In the newest frame.
    is_cards: bool,
}

impl MachinesPage {
    pub(super) fn ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, scope: &mut Scope, breadth: Breakpoint) {
        let rect = page_rect(ui, breadth);
        ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
            let is_cards = is_cards(view);
            self.is_cards = is_cards;
            let (sort, grouping) = if is_cards {
                (calm(view.settings.sort), view.settings.grouping)
            } else {
                (view.settings.sort, Grouping::Nothing)
            };
            self.index
                .refresh(view.hosts, &self.header.filter, scope, sort, grouping);
            self.header
                .ui(ui, view, scope, self.index.rows.len(), is_cards, breadth);
            ui.add_space(tokens::SPACE);
            states::freshness_ui(ui, view);
            if self.index.rows.is_empty() {
                states::none_ui(ui, view, scope, &mut self.header.filter);
                return;
            }
            self.listing_ui(ui, view, is_cards);
        });
    }

    pub(super) const fn shows_cards(&self) -> bool {
        self.is_cards
    }

    /// The machine at this place, in the order in which the list was drawn last. One that never was is made now.
    pub(super) fn at(
        &mut self,
        hosts: &[Arc<HostModel>],
        scope: &Scope,
        sort: Sort,
        number: usize,
    ) -> Option<MachineKey> {
        if self.index.rows.is_empty() {
            self.index
                .refresh(hosts, &self.header.filter, scope, calm(sort), Grouping::Nothing);
        }
        self.index.rows.get(number).map(|row| row.key.clone())
    }

    /// Those of the marked machines that the list shows, in its order.
    pub(super) fn shown(&self, selection: &Selection) -> Vec<MachineKey> {
        if selection.machines.is_empty() {
            return Vec::new();
        }
        let rows = self.index.rows.iter().map(|row| &row.key);
        rows.filter(|key| selection.contains(key)).cloned().collect()
    }

    /// The table or the cards, and over their foot the bar of actions while machines are selected.
    fn listing_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, is_cards: bool) {
        let whole = ui.available_rect_before_wrap();
        let selected = self.shown(view.selection);
        let num_hidden = view.selection.machines.len() - selected.len();
        let bar_height = if selected.len() > 1 { bar::height(ui) } else { 0.0 };
        let table_rect = Rect::from_min_max(whole.min, pos2(whole.right(), whole.bottom() - bar_height));
        ui.scope_builder(UiBuilder::new().max_rect(table_rect), |ui| {
            if is_cards {
                self.cards.ui(ui, view, &self.index, &mut self.picking);
            } else if let Some(column) = self.table.ui(ui, view, &self.index, &mut self.picking) {
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

/// More machines than this are a table, unless the user has chosen.
const MOST_CARDS: usize = 12;

/// All that are known count, so that a filter or a place does not change how the page looks.
fn is_cards(view: &ViewContext<'_>) -> bool {
    match view.settings.listing {
        Listing::Cards => true,
        Listing::Table => false,
        Listing::ByNumber => view.hosts.iter().map(|host| host.machines.len()).sum::<usize>() <= MOST_CARDS,
    }
}

/// Cards that changed places each second with their figures could not be looked at.
const fn calm(sort: Sort) -> Sort {
    match sort.column {
        Column::Name | Column::State | Column::Address | Column::Tags | Column::Host => sort,
        Column::Cpu | Column::Memory | Column::Disk | Column::Network | Column::Uptime => Sort {
            column: Column::Name,
            is_descending: false,
        },
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
