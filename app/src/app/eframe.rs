//! The thin layer between [`App`] and eframe; tests drive [`App`] without it.

use super::App;
use crate::display::Glasses;

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        Glasses::name(ctx, frame);
        Self::logic(self, ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        Self::ui(self, ui);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.save_at_exit();
        self.give_clipboards_back();
    }
}
