//! Is the machine started with its host? libvirt keeps that beside the definition, so it changes at once.

use egui::Ui;

use crate::screens::parts::choice::name_column;
use crate::t;
use crate::widgets::{Named, card_ui, switch_ui, tokens};

/// As the machine is, and what is asked of it.
#[derive(Default)]
pub(super) struct Autostart {
    pub(super) is_on: bool,
    pub(super) is_session: bool,
    /// Why it cannot be changed.
    pub(super) denied: Option<String>,
    /// What was asked for, once.
    pub(super) wanted: Option<bool>,
}

impl Autostart {
    pub(super) fn ui(&mut self, ui: &mut Ui) {
        let name = t!("boot-autostart");
        let help = match (&self.denied, self.is_session) {
            (Some(reason), _) => reason.clone(),
            (None, true) => t!("boot-autostart-session-help"),
            (None, false) => t!("boot-autostart-help"),
        };
        card_ui(ui, |ui| {
            let named = Named {
                label: &name,
                is_mono: false,
                width: name_column(ui),
                help: Some(&help),
                error: None,
            };
            let mut is_on = self.is_on;
            let is_usable = self.denied.is_none();
            let response = named.show(ui, |ui| {
                ui.set_min_height(tokens::scaled(ui, tokens::CONTROL_HEIGHT));
                let switch = ui.add_enabled_ui(is_usable, |ui| switch_ui(ui, &mut is_on, ""));
                switch.inner.accessible_name(name.as_str())
            });
            if response.changed() {
                self.wanted = Some(is_on);
            }
        });
        ui.add_space(tokens::SPACE);
    }
}
