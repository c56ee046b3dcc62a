//! The bar of a console that fills the display: comes when the pointer touches the upper edge, or when the guest gives the
//! keyboard back, which can then go to it.

use egui::{Align, Area, Frame, Layout, Order, Ui, pos2, vec2};

use super::{Console, picture, toolbar};
use crate::display::State;
use crate::t;
use crate::widgets::{Palette, text, tokens};

/// The pointer must come this near to the edge.
const TOUCH: f32 = 2.0;
const WIDTH: f32 = 520.0;
/// Shown by itself when the display is first filled, and when the keyboard was given back.
const FIRST_SECONDS: f64 = 3.0;

pub(super) fn ui(ui: &Ui, console: &Console<'_>, state: &mut State) {
    let id = egui::Id::unique(("edge bar", console.key));
    let now = ui.input(|input| input.time);
    let is_held = ui.memory(|memory| memory.has_focus(picture::focus_id(console)));
    let held_id = id.with("held");
    let was_held = ui.data_mut(|data| std::mem::replace(data.get_temp_mut_or(held_id, is_held), is_held));
    if was_held && !is_held {
        ui.data_mut(|data| data.insert_temp(id, now));
        // A menu has it for a moment only. The next thing that Tab would come to is the guest itself.
        if ui.memory(|memory| memory.focused().is_none()) {
            ui.data_mut(|data| data.insert_temp(id.with("focus"), true));
        }
    }
    let began = ui.data_mut(|data| *data.get_temp_mut_or(id, now));
    let whole = ui.max_rect();
    let width = (WIDTH * tokens::text_scale(ui.ctx())).min(whole.width());
    let height = tokens::scaled(ui, tokens::TOOLBAR);
    let corner = pos2(whole.center().x - width / 2.0, whole.top());
    let shown_id = id.with("shown");
    let was_shown = ui.data(|data| data.get_temp(shown_id).unwrap_or(false));
    let pointer = ui.input(|input| input.pointer.latest_pos());
    let is_near = pointer.is_some_and(|pos| {
        let reach = if was_shown { height + tokens::SPACE } else { TOUCH };
        pos.y <= whole.top() + reach && (pos.x - whole.center().x).abs() <= width / 2.0
    });
    let first = FIRST_SECONDS - (now - began);
    let is_shown = is_near || first > 0.0 || has_keyboard(ui, id) || egui::Popup::is_any_open(ui.ctx());
    ui.data_mut(|data| data.insert_temp(shown_id, is_shown));
    if !is_shown {
        return;
    }
    if first > 0.0 {
        ui.ctx().request_repaint_after_secs(first as f32);
    }
    let palette = Palette::of(ui);
    Area::new(id)
        .order(Order::Foreground)
        .fixed_pos(corner)
        .constrain(false)
        .show(ui.ctx(), |ui| {
            Frame::new()
                .fill(palette.popup)
                .shadow(ui.visuals().popup_shadow)
                .inner_margin(egui::Margin::symmetric(tokens::SPACE as i8, 0))
                .show(ui, |ui| {
                    let size = vec2(width - 2.0 * tokens::SPACE, height);
                    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
                        ui.set_min_size(size);
                        toolbar::ui(ui, console, state);
                    });
                    if first > 0.0 {
                        ui.label(text::secondary(ui, t!("console-edge-hint")));
                    }
                });
        });
}

/// The bar has just come for the keyboard: its way out takes it.
pub(super) fn takes_focus(ui: &Ui, console: &Console<'_>) -> bool {
    let id = egui::Id::unique(("edge bar", console.key)).with("focus");
    ui.data_mut(|data| data.remove_temp(id).unwrap_or(false))
}

/// One of its buttons is where keys go.
fn has_keyboard(ui: &Ui, id: egui::Id) -> bool {
    let focused = ui.memory(egui::Memory::focused);
    let response = focused.and_then(|focused| ui.ctx().read_response(focused));
    response.is_some_and(|response| response.layer_id.id == id)
}

/// The next time the display is filled, the bar shows itself again.
pub(super) fn forget(ui: &Ui, console: &Console<'_>) {
    let id = egui::Id::unique(("edge bar", console.key));
    ui.data_mut(|data| data.remove::<f64>(id));
}
