//! The sheet of keyboard shortcuts, made from the commands themselves.

use egui::{Id, Ui, vec2};

use crate::command::Entry;
use crate::command::UiCommand;
use crate::context::ViewContext;
use crate::screens::parts::keys;
use crate::t;
use crate::text::keyboard::host_key;
use crate::widgets::{Button, Dialog, section_ui, shortcut_ui, text, tokens};

/// The least width of the sheet with two columns.
const TWO_COLUMNS: f32 = 540.0;

/// Keys of the table that are no commands: how they are written, and what they do.
const TABLE_KEYS: [(&str, &str); 11] = [
    ("keys-arrows", "shortcut-move"),
    ("keys-pages", "shortcut-move-far"),
    ("keys-extend", "shortcut-extend"),
    ("keys-toggle", "shortcut-toggle"),
    ("keys-range", "shortcut-range"),
    ("keys-all", "shortcut-all"),
    ("keys-enter", "shortcut-console"),
    ("keys-alt-enter", "shortcut-open"),
    ("keys-double-click", "shortcut-open-too"),
    ("keys-menu", "shortcut-menu"),
    ("keys-escape", "shortcut-escape"),
];

/// Keys of a machine's hardware.
const HARDWARE_KEYS: [(&str, &str); 5] = [
    ("keys-arrows", "shortcut-hardware-list"),
    ("keys-hardware-search", "shortcut-hardware-search"),
    ("keys-hardware-back", "shortcut-hardware-back"),
    ("keys-hardware-boot", "shortcut-hardware-boot"),
    ("keys-hardware-slider", "shortcut-hardware-slider"),
];

/// Keys of the text of a machine's definition.
const XML_KEYS: [(&str, &str); 4] = [
    ("keys-xml-search", "shortcut-xml-search"),
    ("keys-xml-next", "shortcut-xml-next"),
    ("keys-xml-indent", "shortcut-xml-indent"),
    ("keys-xml-leave", "shortcut-xml-leave"),
];

/// With the Host key, on a machine's screen; the last is the Host key alone.
const SCREEN_KEYS: [(&str, &str); 6] = [
    ("F", "shortcut-screen-full"),
    ("K", "shortcut-screen-palette"),
    ("S", "shortcut-screen-snapshot"),
    ("Del", "shortcut-screen-ctrl-alt-del"),
    ("1 … 9", "shortcut-screen-machine"),
    ("", "shortcut-screen-release"),
];

pub(super) fn ui(ui: &Ui, view: &ViewContext<'_>) {
    let (title, close) = (t!("shortcuts-title"), t!("dialog-close"));
    let ctx = ui.ctx().clone();
    let everywhere: Vec<(String, String)> = Entry::all()
        .filter_map(|entry| Some((entry.text(), keys::written(entry.shortcut()?))))
        .collect();
    let in_the_list = TABLE_KEYS.map(|(keys, key)| (t!(key), t!(keys)));
    let on_hardware = HARDWARE_KEYS.map(|(keys, key)| (t!(key), t!(keys)));
    let in_the_text = XML_KEYS.map(|(keys, key)| (t!(key), t!(keys)));
    let host = host_key(view.settings.host_key);
    let on_a_screen = SCREEN_KEYS.map(|(key, name)| match key {
        "" => (t!(name), host.clone()),
        key => (t!(name), format!("{host} + {key}")),
    });
    let shown = Dialog::new(Id::unique("shortcuts"), &title, &close).wide().show(
        &ctx,
        |ui| {
            section_ui(ui, &t!("shortcuts-everywhere"));
            lines_ui(ui, &everywhere);
            ui.add_space(tokens::SPACE);
            section_ui(ui, &t!("shortcuts-list"));
            lines_ui(ui, &in_the_list);
            ui.add_space(tokens::SPACE);
            section_ui(ui, &t!("shortcuts-screen"));
            lines_ui(ui, &on_a_screen);
            ui.add_space(tokens::SPACE);
            section_ui(ui, &t!("shortcuts-hardware"));
            lines_ui(ui, &on_hardware);
            ui.add_space(tokens::SPACE);
            section_ui(ui, &t!("shortcuts-xml"));
            lines_ui(ui, &in_the_text);
        },
        |ui| Button::secondary(close.as_str()).show(ui).clicked(),
    );
    if shown.is_closed || shown.footer {
        view.ui(UiCommand::CloseDialog);
    }
}

/// In two columns where there is room, read down the first and then down the second.
fn lines_ui(ui: &mut Ui, lines: &[(String, String)]) {
    let num_columns = if ui.available_width() >= TWO_COLUMNS * tokens::text_scale(ui.ctx()).max(1.0) {
        2
    } else {
        1
    };
    ui.spacing_mut().item_spacing.x = tokens::SPACE_SECTION;
    ui.columns(num_columns, |columns| {
        for (column, lines) in columns.iter_mut().zip(lines.chunks(lines.len().div_ceil(num_columns))) {
            column.spacing_mut().item_spacing.x = tokens::SPACE;
            for (name, keys) in lines {
                line_ui(column, name, keys);
            }
        }
    });
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

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use crate::screens::fixtures;
    use crate::screens::test_window::{Look, TestWindow, open};
    use crate::settings::Language;
    use crate::state::Overlay;

    #[test]
    fn the_sheet_says_what_keys_really_do_in_both_languages() {
        for (language, words) in [
            (
                Language::English,
                [
                    "Open the console, started if off",
                    "Back to the list of devices",
                    "Alt+Enter",
                    "Ctrl+click",
                    "Right Ctrl + F",
                    "PgUp / PgDn / Home / End",
                ],
            ),
            (
                Language::SimplifiedChinese,
                [
                    "打开控制台；已关机的虚拟机会先启动",
                    "返回设备列表",
                    "Alt+回车",
                    "Ctrl+单击",
                    "右 Ctrl + F",
                    "翻页键 / Home / End",
                ],
            ),
        ] {
            crate::text::use_language(Some(language));
            let mut window = TestWindow::new(vec![fixtures::assorted()]);
            window.overlay = Some(Overlay::Shortcuts);
            let mut harness = open(Look::sized(1_280.0, 4_000.0), window);
            harness.run();
            for words in words {
                harness.get_by_label(words);
            }
        }
        crate::text::use_language(Some(Language::English));
    }
}
