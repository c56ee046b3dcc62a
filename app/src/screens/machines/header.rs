//! The line over the table: what is listed, the filter, and "New machine…".

use egui::{Align, Id, Layout, Ui};

use crate::command::{Command, SettingsCommand, UiCommand};
use crate::context::ViewContext;
use crate::screens::parts::scope::Scope;
use crate::settings::Listing;
use crate::t;
use crate::text::state::host_name;
use crate::widgets::{Breakpoint, Button, icon_segments_ui, icons, page_title_ui, search_ui, text, tokens};

#[derive(Default)]
pub(crate) struct Header {
    pub filter: String,
}

impl Header {
    pub(crate) fn ui(
        &mut self,
        ui: &mut Ui,
        view: &ViewContext<'_>,
        scope: &Scope,
        num_rows: usize,
        is_cards: bool,
        breadth: Breakpoint,
    ) {
        let height = tokens::scaled(ui, tokens::CONTROL_HEIGHT);
        ui.allocate_ui_with_layout(
            egui::vec2(ui.available_width(), height),
            Layout::right_to_left(Align::Center),
            |ui| {
                new_machine_ui(ui, view, breadth);
                listing_switch_ui(ui, view, is_cards);
                if breadth != Breakpoint::OneColumn {
                    let room = (ui.available_width() * 0.45).min(280.0 * tokens::text_scale(ui.ctx()));
                    self.filter_ui(ui, view, room);
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    page_title_ui(ui, &title(scope));
                    if ui.available_width() > 80.0 * tokens::text_scale(ui.ctx()) {
                        ui.label(text::weak(ui, t!("machines-count", count = num_rows)));
                    }
                });
            },
        );
        if breadth == Breakpoint::OneColumn {
            let room = ui.available_width();
            self.filter_ui(ui, view, room);
        }
    }

    fn filter_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, width: f32) {
        let id = Id::unique("machine filter");
        let response = search_ui(ui, id, &mut self.filter, &t!("filter-name"), &t!("filter-clear"), width);
        if view.is_filter_wanted {
            response.request_focus();
        }
        response.on_hover_text(t!("filter-help"));
    }
}

/// Cards or table; the choice is remembered.
fn listing_switch_ui(ui: &mut Ui, view: &ViewContext<'_>, is_cards: bool) {
    let mut listing = if is_cards { Listing::Cards } else { Listing::Table };
    let (cards, table) = (t!("machines-as-cards"), t!("machines-as-table"));
    let choices = [
        (Listing::Cards, icons::CARDS, cards.as_str()),
        (Listing::Table, icons::TABLE, table.as_str()),
    ];
    if icon_segments_ui(ui, &t!("machines-listing"), &mut listing, &choices) {
        let settings = crate::settings::Settings {
            listing,
            ..view.settings.clone()
        };
        view.send(Command::Settings(SettingsCommand::Set(Box::new(settings))));
    }
}

fn new_machine_ui(ui: &mut Ui, view: &ViewContext<'_>, breadth: Breakpoint) {
    let name = t!("machines-new");
    let button = if breadth == Breakpoint::OneColumn {
        Button::icon_only(icons::ADD, name)
    } else {
        Button::primary(name).icon(icons::ADD)
    };
    if button.show(ui).clicked() {
        view.ui(UiCommand::ShowNewMachine);
    }
}

pub(super) fn title(scope: &Scope) -> String {
    match scope {
        Scope::All => t!("machines-title"),
        Scope::Running => t!("machines-title-running"),
        Scope::Attention => t!("machines-title-attention"),
        Scope::Tag(tag) => t!("machines-title-tag", tag = tag.as_str()),
        Scope::Host(uri) => host_name(uri),
    }
}
