//! The bar that searches the text.

use egui::{Id, Key, Modifiers, Ui};

use super::XmlEditor;
use crate::context::ViewContext;
use crate::t;
use crate::widgets::{Button, form, icons, search_ui, text, tokens};

/// The least that can be typed into.
const FIELD: f32 = 220.0;

fn field_id(code: Id) -> Id {
    code.with("search")
}

impl XmlEditor {
    pub(super) fn open_search(&mut self, ui: &Ui) {
        self.search.is_open = true;
        self.search.update(&self.text);
        // Drawn for the first time in this frame or the next: egui keeps the wish.
        ui.ctx()
            .data_mut(|data| data.insert_temp(Id::unique("hardware xml search wanted"), true));
    }

    fn take_wish(ui: &Ui) -> bool {
        let id = Id::unique("hardware xml search wanted");
        ui.ctx().data_mut(|data| data.remove_temp::<bool>(id)).unwrap_or(false)
    }

    pub(super) fn search_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, code: Id) {
        if view.is_filter_wanted {
            self.open_search(ui);
        }
        if !self.search.is_open {
            return;
        }
        let id = field_id(code);
        if Self::take_wish(ui) {
            form::focus(ui.ctx(), id);
        }
        let is_here = ui.memory(|memory| memory.has_focus(id) || memory.has_focus(code));
        let pressed = |ui: &Ui, modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        // egui lets Shift be held unasked.
        let mut is_back = is_here && pressed(ui, Modifiers::SHIFT, Key::F3);
        let mut is_on = is_here && pressed(ui, Modifiers::NONE, Key::F3);
        if ui.memory(|memory| memory.has_focus(id)) {
            is_back |= pressed(ui, Modifiers::SHIFT, Key::Enter);
            is_on |= pressed(ui, Modifiers::NONE, Key::Enter);
        }
        let mut is_closed = false;
        ui.horizontal(|ui| {
            let before = self.search.query.clone();
            let field = search_ui(
                ui,
                id,
                &mut self.search.query,
                &t!("hardware-xml-search"),
                &t!("hardware-search-clear"),
                FIELD * tokens::text_scale(ui.ctx()).max(1.0),
            );
            if self.search.query != before {
                self.search.update(&self.text);
                self.wanted = self.search.hit();
            }
            is_closed = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Escape));
            is_back |= Button::icon_only(icons::CHEVRON_UP, t!("hardware-xml-previous"))
                .show(ui)
                .clicked();
            is_on |= Button::icon_only(icons::CHEVRON_DOWN, t!("hardware-xml-next"))
                .show(ui)
                .clicked();
            let close = Button::icon_only(icons::CLOSE, t!("hardware-xml-search-close"));
            is_closed |= close.show(ui).clicked();
            let count = ui.label(text::quiet(ui, self.count()));
            ui.ctx()
                .accesskit_node_builder(count.id, |node| node.set_live(egui::accesskit::Live::Polite));
        });
        ui.add_space(tokens::SPACE_TIGHT);
        if is_back || is_on {
            self.wanted = self.search.step(is_back);
        }
        if is_closed {
            self.search.is_open = false;
            self.search.update(&self.text);
            form::focus(ui.ctx(), code);
        }
    }

    /// "3 of 12".
    fn count(&self) -> String {
        match self.search.current {
            _ if self.search.query.is_empty() => String::new(),
            None => t!("hardware-xml-search-none"),
            Some(current) => t!(
                "hardware-xml-search-count",
                current = current + 1,
                count = self.search.hits.len()
            ),
        }
    }
}
