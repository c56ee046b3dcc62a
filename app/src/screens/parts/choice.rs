//! One of a few choices with its name: side by side on a wide page, the name above where there is less room, a list
//! that opens where there is too little for the choices themselves.

use egui::{Align, Layout, TextStyle, TextWrapMode, Ui, WidgetText, vec2};

use crate::widgets::{combo_ui, segmented_ui, text, tokens};

/// Room that names before their choices take, so that the choices stand in one column.
const NAME_WIDTH: f32 = 212.0;
/// From this width on names stand beside what they name. The same for all, so that no page has both.
const BESIDE: f32 = 620.0;

/// How wide the column of the names is where they stand beside.
pub(crate) fn name_column(ui: &Ui) -> Option<f32> {
    let scale = tokens::text_scale(ui.ctx());
    (ui.available_width() >= BESIDE * scale).then_some(NAME_WIDTH * scale)
}

/// What is said of a control, in the column of the controls.
pub(crate) fn under_control_ui<R>(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let Some(width) = name_column(ui) else {
        return contents(ui);
    };
    ui.horizontal_top(|ui| {
        ui.add_space(width + ui.spacing().item_spacing.x);
        ui.vertical(contents).inner
    })
    .inner
}

/// True when another was chosen.
pub(crate) fn choice_ui<T: Copy + PartialEq>(ui: &mut Ui, name: &str, value: &mut T, choices: &[(T, String)]) -> bool {
    let choices: Vec<(T, &str)> = choices.iter().map(|(choice, text)| (*choice, text.as_str())).collect();
    let needed = segments_width(ui, &choices);
    let room = ui.available_width();
    if needed > room {
        return combo_ui(ui, name, name, value, &choices);
    }
    let fits = |name_width: &f32| name_width + tokens::SPACE + needed <= room;
    let Some(name_width) = name_column(ui).filter(fits) else {
        return ui
            .vertical(|ui| {
                ui.spacing_mut().item_spacing.y = tokens::SPACE_TIGHT;
                ui.label(text::secondary(ui, name));
                segmented_ui(ui, name, value, &choices)
            })
            .inner;
    };
    ui.horizontal(|ui| {
        let height = tokens::scaled(ui, tokens::CONTROL_HEIGHT);
        let layout = Layout::left_to_right(Align::Center);
        ui.allocate_ui_with_layout(vec2(name_width, height), layout, |ui| {
            ui.set_min_width(name_width);
            text::truncated_ui(ui, text::body(name));
        });
        segmented_ui(ui, name, value, &choices)
    })
    .inner
}

/// How wide the kit draws them.
fn segments_width<T>(ui: &Ui, choices: &[(T, &str)]) -> f32 {
    let width = |words: &str| {
        let galley =
            WidgetText::from(words).into_galley(ui, Some(TextWrapMode::Extend), f32::INFINITY, TextStyle::Body);
        galley.size().x + 24.0
    };
    let gaps = 2.0 * choices.len() as f32 + 8.0;
    choices.iter().map(|(_, words)| width(words)).sum::<f32>() + gaps
}
