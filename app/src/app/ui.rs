//! Runs what concerns the window itself.

use std::process::{Command, Stdio};

use super::outside::{Note, Outside};
use super::{App, diagnostics};
use crate::command::{ConsoleCommand, DialogRequest, UiCommand};
use crate::route::{MachineKey, Route};
use crate::state::Overlay;
use crate::t;

/// Pages that `Back` remembers.
const MAX_HISTORY: usize = 50;

impl App {
    pub(super) fn run_ui(&mut self, command: UiCommand, ctx: &egui::Context) {
        match command {
            UiCommand::Go(route) => self.go(route),
            UiCommand::Back => {
                if let Some(route) = self.history.pop() {
                    self.route = route;
                }
            }
            UiCommand::ShowPalette => self.overlay = Some(Overlay::Palette),
            UiCommand::ShowShortcuts => self.overlay = Some(Overlay::Shortcuts),
            UiCommand::ShowNewMachine => {
                self.answers.draft = None;
                self.answers.opened = None;
                self.overlay = Some(Overlay::NewMachine);
            }
            UiCommand::ChangeNewMachine { uri, machine } => {
                self.answers.draft = Some((uri, machine));
                self.answers.opened = None;
                self.overlay = Some(Overlay::NewMachine);
            }
            UiCommand::ShowDialog(request) => self.show_dialog(request),
            UiCommand::CloseDialog => {
                self.stay_open();
                self.overlay = None;
                self.answers.browsed = None;
                self.answers.opened = None;
            }
            UiCommand::FocusFilter => self.is_filter_wanted = true,
            UiCommand::ToggleInspector => {
                self.settings.is_inspector_open ^= true;
                self.save_settings();
            }
            UiCommand::Select(selection) => self.selection = selection,
            UiCommand::DismissToast(id) => self.toasts.dismiss(id),
            UiCommand::Copy(text) => ctx.copy_text(text),
            UiCommand::CopyDetails { message, machine } => self.copy_details(message, machine),
            UiCommand::DetachConsole => {
                if let Route::Machine { key, .. } = self.route.clone() {
                    self.run_console(ConsoleCommand::Detach(key), ctx);
                }
            }
            UiCommand::OpenLogFolder => self.open_log_folder(),
            // Answered before it comes here.
            UiCommand::RepaintAfter(_) | UiCommand::DrawPicture(_) => {}
            UiCommand::Quit(choice) => self.quit(choice, ctx),
        }
    }

    pub(super) fn go(&mut self, route: Route) {
        if route != self.route {
            if self.history.len() == MAX_HISTORY {
                self.history.remove(0);
            }
            self.history.push(std::mem::replace(&mut self.route, route));
        }
        self.overlay = None;
    }

    /// Opens a dialog and asks for what it will need.
    pub(super) fn show_dialog(&mut self, request: DialogRequest) {
        match &request {
            DialogRequest::Delete(machines) => machines.iter().for_each(|key| self.ask_delete_plan(key)),
            DialogRequest::TakeSnapshot(machines) => machines.iter().for_each(|key| self.ask_snapshot_estimate(key)),
            DialogRequest::ForceOff(_)
            | DialogRequest::Several { .. }
            | DialogRequest::InsertDisc { .. }
            | DialogRequest::Rename(_)
            | DialogRequest::Tags(_)
            | DialogRequest::RevertSnapshot { .. }
            | DialogRequest::DeleteSnapshot { .. }
            | DialogRequest::AddConnection
            | DialogRequest::Quit
            | DialogRequest::Closing => {}
        }
        self.overlay = Some(Overlay::Dialog(request));
    }

    /// Asks for the machine's XML, then reads logs and reports on a thread of its own; the clipboard follows.
    fn copy_details(&self, message: String, machine: Option<MachineKey>) {
        let subject = machine.or_else(|| match &self.route {
            Route::Machine { key, .. } => Some(key.clone()),
            Route::Machines | Route::Connections | Route::Settings => None,
        });
        let (settings, folders) = (self.settings.clone(), self.folders.clone());
        let (backend, outbox) = (self.backend.clone(), self.outbox.clone());
        let mut known = diagnostics::Known {
            message,
            machine_xml: None,
            hosts: self.hosts.clone(),
            profiles: self.answers.known_profiles(),
            jobs: self.jobs.list.clone(),
            window: self.window_facts(),
        };
        self.runtime.spawn(async move {
            if let Some(key) = subject {
                known.machine_xml = Some(diagnostics::machine_xml(&backend, &key).await);
            }
            outbox.on_thread("berth-details", move |outbox| {
                outbox.send(Outside::Copy(diagnostics::gather(&known, &settings, &folders)));
                outbox.send(Outside::Note(Note::info(t!("core-details-copied"))));
            });
        });
    }

    /// How large the window is.
    fn window_facts(&self) -> Vec<String> {
        let context = self.outbox.context();
        let pixels_per_point = context.map(|ctx| ctx.pixels_per_point()).unwrap_or_default();
        vec![
            format!("size: {:?}, maximised: {}", self.window.size, self.window.is_maximized),
            format!("pixels per point: {pixels_per_point}"),
        ]
    }

    fn open_log_folder(&self) {
        let folder = self.folders.state.clone();
        self.outbox.on_thread("berth-open-folder", move |outbox| {
            let status = Command::new("xdg-open")
                .arg(&folder)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            if !status.is_ok_and(|status| status.success()) {
                let path = folder.display().to_string();
                outbox.send(Outside::Note(Note::error(t!("core-log-folder", path = path))));
            }
        });
    }
}
