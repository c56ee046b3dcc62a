//! The title of a page that takes the place of the form, with its buttons: beside it, or below where they do not fit.

use egui::{Align, Layout, Response, Ui};

use crate::widgets::{section_ui, text, tokens};

/// `names`: of the buttons, to know how much room they need.
pub(super) fn head_ui<R>(ui: &mut Ui, title: &str, names: &[&str], buttons: impl FnOnce(&mut Ui) -> R) -> R {
    let around = tokens::ICON * tokens::text_scale(ui.ctx()) + 5.0 * tokens::SPACE;
    let needed: f32 = names
        .iter()
        .map(|name| text::width(ui, text::strong(*name)) + around)
        .sum();
    if needed + text::width(ui, text::strong(title)) <= ui.available_width() {
        return ui
            .horizontal(|ui| {
                section_ui(ui, title);
                ui.with_layout(Layout::right_to_left(Align::Center), buttons).inner
            })
            .inner;
    }
    section_ui(ui, title);
    ui.horizontal_wrapped(buttons).inner
}

/// Takes the keyboard where what had it has just gone.
pub(super) fn take_focus(response: &Response, is_new: bool) {
    if is_new && response.enabled() {
        response.request_focus();
        response.ctx.request_repaint();
    }
}
