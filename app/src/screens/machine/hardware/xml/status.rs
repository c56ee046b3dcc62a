//! What is said below the text: is it XML, and where is the cursor?

use egui::accesskit::Live;
use egui::{Align, Label, Layout, TextStyle, TextWrapMode, Ui, WidgetText};

use super::{Around, XmlEditor, line_bytes};
use crate::t;
use crate::text::setting::xml_error;
use crate::widgets::{Button, Palette, Tone, icons, text, tokens};

impl XmlEditor {
    fn problem_words(&self) -> Option<(String, usize)> {
        let problem = self.problem.as_ref()?;
        Some((xml_error(problem), problem.line as usize))
    }

    /// The buttons' row, and over it what is wrong where that would not fit beside them.
    pub(super) fn status_height(&self, ui: &Ui) -> f32 {
        let row = tokens::scaled(ui, tokens::CONTROL_HEIGHT_SMALL) + tokens::SPACE_TIGHT;
        let words = self.problem_words().map_or_else(String::new, |(words, _)| words);
        if !is_above(ui, &words) {
            return row;
        }
        let words = WidgetText::from(text::body(words));
        let room = (ui.available_width() - mark_width(ui)).max(40.0);
        let words = words.into_galley(ui, Some(TextWrapMode::Wrap), room, TextStyle::Body);
        row + words.size().y + tokens::SPACE
    }

    pub(super) fn status_ui(&mut self, ui: &mut Ui, around: &Around<'_>, cursor: Option<(usize, usize)>) {
        let problem = self.problem_words();
        let is_above = problem.as_ref().is_some_and(|(words, _)| is_above(ui, words));
        if is_above {
            ui.horizontal_top(|ui| said_ui(ui, problem.as_ref(), true));
        }
        let mut wanted = None;
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if let Some((line, column)) = cursor {
                ui.label(text::weak(ui, t!("hardware-xml-cursor", line = line, column = column)));
            }
            self.schema_button_ui(ui, around);
            if let Some((_, line)) = problem.as_ref().filter(|(_, line)| *line > 0)
                && Button::ghost(t!("hardware-xml-show-line")).small().show(ui).clicked()
            {
                wanted = Some(line_bytes(&self.text, *line));
            }
            if !is_above {
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    said_ui(ui, problem.as_ref(), false);
                });
            }
        });
        if wanted.is_some() {
            self.wanted = wanted;
        }
    }
}

fn mark_width(ui: &Ui) -> f32 {
    tokens::ICON_SMALL * tokens::text_scale(ui.ctx()) + 2.0 * tokens::SPACE
}

/// Beside the buttons stands what is short.
fn is_above(ui: &Ui, words: &str) -> bool {
    let buttons = [t!("hardware-xml-show-line"), t!("hardware-xml-schema")];
    let width = |words: &str| text::width(ui, text::body(words));
    let buttons: f32 = buttons.iter().map(|words| width(words) + 4.0 * tokens::SPACE).sum();
    let cursor = width(&t!("hardware-xml-cursor", line = 9_999, column = 999));
    !words.is_empty() && width(words) + mark_width(ui) + buttons + cursor > ui.available_width()
}

fn said_ui(ui: &mut Ui, problem: Option<&(String, usize)>, is_wrapped: bool) {
    let (tone, icon, words) = match problem {
        Some((words, _)) => (Tone::Attention, icons::ERROR, words.clone()),
        None => (Tone::Running, icons::DONE, t!("hardware-xml-fine")),
    };
    let side = tokens::ICON_SMALL * tokens::text_scale(ui.ctx());
    ui.label(icons::icon_text(icon, side, Palette::of(ui).tone(tone)));
    let words = text::toned(ui, tone, words);
    let said = if is_wrapped {
        ui.add(Label::new(words).wrap())
    } else {
        text::truncated_ui(ui, words)
    };
    ui.ctx()
        .accesskit_node_builder(said.id, |node| node.set_live(Live::Polite));
}
