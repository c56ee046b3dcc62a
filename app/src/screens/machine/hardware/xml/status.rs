//! What is said below the text: is it XML, and where is the cursor?

use egui::accesskit::Live;
use egui::{Align, Layout, Ui};

use super::{Around, XmlEditor, line_bytes};
use crate::t;
use crate::text::setting::xml_error;
use crate::widgets::{Button, Palette, Tone, icons, text, tokens};

impl XmlEditor {
    pub(super) fn status_ui(&mut self, ui: &mut Ui, around: &Around<'_>, cursor: Option<(usize, usize)>) {
        let problem = self
            .problem
            .as_ref()
            .map(|problem| (xml_error(problem), problem.line as usize));
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
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let (tone, icon, words) = match &problem {
                    Some((words, _)) => (Tone::Attention, icons::ERROR, words.clone()),
                    None => (Tone::Running, icons::DONE, t!("hardware-xml-fine")),
                };
                let side = tokens::ICON_SMALL * tokens::text_scale(ui.ctx());
                ui.label(icons::icon_text(icon, side, Palette::of(ui).tone(tone)));
                let said = text::truncated_ui(ui, text::toned(ui, tone, words));
                ui.ctx()
                    .accesskit_node_builder(said.id, |node| node.set_live(Live::Polite));
            });
        });
        if wanted.is_some() {
            self.wanted = wanted;
        }
    }
}
