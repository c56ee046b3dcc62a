//! What somebody else did to what was typed, until the user has read it.

use egui::Ui;

use crate::t;
use crate::widgets::{Tone, banner_ui};

#[derive(Default)]
pub(super) struct Meanwhile {
    /// Something that was edited is not in the machine any more.
    pub(super) has_lost: bool,
    /// The definition is another one than the one that something was typed over.
    pub(super) is_overtaken: bool,
}

impl Meanwhile {
    /// `overtaken`: the key of what is said of another definition.
    pub(super) fn ui(&mut self, ui: &mut Ui, overtaken: &str) {
        let read = t!("hardware-lost-ok");
        if self.has_lost && banner_ui(ui, Tone::Warning, &t!("hardware-lost"), Some(&read)) {
            self.has_lost = false;
        }
        if self.is_overtaken && banner_ui(ui, Tone::Warning, &t!(overtaken), Some(&read)) {
            self.is_overtaken = false;
        }
    }
}
