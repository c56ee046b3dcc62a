//! The sheet of keyboard shortcuts, made from the commands themselves.

use egui::{Id, Ui, vec2};

use crate::command::Entry;
use crate::command::UiCommand;
use crate::context::ViewContext;
use crate::t;
use crate::widgets::{Button, Dialog, section_ui, shortcut_ui, text, tokens};

/// Keys of the table that are no commands: the key as written on it, and what it does.
const TABLE_KEYS: [(&str, &str); 6] = [
    ("Up / Down", "shortcut-move"),
    ("Shift+Up / Down", "shortcut-extend"),
    ("Ctrl+A", "shortcut-all"),
    ("Enter", "shortcut-open"),
    ("Shift+F10", "shortcut-menu"),
    ("Esc", "shortcut-escape"),
];

pub(super) fn ui(ui: &Ui, view: &ViewContext<'_>) {
    let (title, close) = (t!("shortcuts-title"), t!("dialog-close"));
    let ctx = ui.ctx().clone();
    let shown = Dialog::new(Id::unique("shortcuts"), &title, &close).show(
        &ctx,
        |ui| {
            section_ui(ui, &t!("shortcuts-everywhere"));
            for entry in Entry::all() {
                if let Some(shortcut) = entry.shortcut() {
                    line_ui(ui, &entry.text(), &ui.ctx().format_shortcut(&shortcut));
                }
            }
            ui.add_space(tokens::SPACE);
            section_ui(ui, &t!("shortcuts-list"));
            for (keys, key) in TABLE_KEYS {
                line_ui(ui, &t!(key), keys);
            }
        },
        |ui| Button::secondary(close.as_str()).show(ui).clicked(),
    );
    if shown.is_closed || shown.footer {
        view.ui(UiCommand::CloseDialog);
    }
}

fn line_ui(ui: &mut Ui, name: &str, keys: &str) {
    ui.spacing_mut().item_spacing.y = tokens::SPACE_TIGHT;
    let height = tokens::scaled(ui, 24.0);
    let layout = egui::Layout::right_to_left(egui::Align::Center);
    ui.allocate_ui_with_layout(vec2(ui.available_width(), height), layout, |ui| {
        shortcut_ui(ui, keys);
        ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
            text::truncated_ui(ui, text::body(name));
        });
    });
}
