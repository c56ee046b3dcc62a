//! Runs what concerns the window itself.

use super::App;
use crate::command::UiCommand;
use crate::state::Overlay;

/// Pages that `Back` remembers.
const MAX_HISTORY: usize = 50;

impl App {
    pub(super) fn run_ui(&mut self, command: UiCommand, ctx: &egui::Context) {
        match command {
            UiCommand::Go(route) => {
                if route != self.route {
                    if self.history.len() == MAX_HISTORY {
                        self.history.remove(0);
                    }
                    self.history.push(std::mem::replace(&mut self.route, route));
                }
            }
            UiCommand::Back => {
                if let Some(route) = self.history.pop() {
                    self.route = route;
                }
            }
            UiCommand::ShowPalette => self.overlay = Some(Overlay::Palette),
            UiCommand::ShowShortcuts => self.overlay = Some(Overlay::Shortcuts),
            UiCommand::ShowNewMachine => self.overlay = Some(Overlay::NewMachine),
            UiCommand::ShowDialog(request) => self.overlay = Some(Overlay::Dialog(request)),
            UiCommand::CloseDialog => self.overlay = None,
            UiCommand::FocusFilter => self.is_filter_wanted = true,
            UiCommand::ToggleInspector => self.settings.is_inspector_open ^= true,
            UiCommand::Select(selection) => self.selection = selection,
            UiCommand::DismissToast(id) => self.toasts.retain(|toast| toast.id != id),
            UiCommand::Copy(text) | UiCommand::CopyDetails(text) => ctx.copy_text(text),
            UiCommand::OpenLogFolder => {}
            UiCommand::RepaintAfter(millis) => {
                ctx.request_repaint_after(std::time::Duration::from_millis(millis));
            }
            UiCommand::Quit(_) => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
        }
    }
}
