//! What the pointer does to the machines of a list, whatever it looks like: marking, opening, the menu.

use egui::{Id, Popup, PopupCloseBehavior, Response, Ui};

use super::index::{Index, Row};
use super::keys::{self, Asked};
use super::marking::{self, Mode};
use crate::command::UiCommand;
use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::screens::parts::actions;
use crate::t;

/// Kept from frame to frame, and the same for table and cards.
#[derive(Default)]
pub(super) struct Picking {
    /// The machine where a range of marked ones begins.
    pub anchor: Option<MachineKey>,
    pub asked: Option<Asked>,
}

impl Picking {
    /// What clicks on the machine at `number` do. `list` has the keyboard afterwards.
    pub(super) fn answer(
        &mut self,
        ui: &Ui,
        view: &ViewContext<'_>,
        index: &Index,
        number: usize,
        response: &Response,
        list: Id,
    ) {
        let Some(row) = index.rows.get(number) else {
            return;
        };
        if response.double_clicked() {
            keys::open(view, row.key.clone());
        } else if response.clicked() {
            let mode = Mode::from_modifiers(ui.input(|input| input.modifiers));
            self.mark(view, index, number, mode);
            ui.memory_mut(|memory| memory.request_focus(list));
        }
        // A menu on a machine that is not marked is about that one alone.
        if response.secondary_clicked() && !view.selection.contains(&row.key) {
            self.mark(view, index, number, Mode::Only);
        }
        let by_key = self.asked == Some(Asked::Menu(number));
        if by_key {
            self.asked = None;
        }
        menu(view, row, response, by_key);
    }

    fn mark(&mut self, view: &ViewContext<'_>, index: &Index, number: usize, mode: Mode) {
        if let Some(selection) = marking::mark(view.selection, &index.rows, number, mode, &mut self.anchor) {
            view.ui(UiCommand::Select(selection));
        }
    }
}

fn menu(view: &ViewContext<'_>, row: &Row, response: &Response, by_key: bool) {
    let mut popup = Popup::context_menu(response)
        .accessible_name(t!("machine-menu", name = row.machine.name()))
        .close_behavior(PopupCloseBehavior::CloseOnClick);
    if by_key {
        Popup::open_id(&response.ctx, Popup::default_response_id(response));
        popup = popup.at_position(response.rect.left_bottom());
    }
    popup.show(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        actions::menu_ui(ui, view, &row.key);
    });
}
