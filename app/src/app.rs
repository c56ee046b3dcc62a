//! The window's owner: takes the newest picture of the world, lets the screens draw it, and runs what they asked for.
//!
//! `logic` runs for hidden windows too; `ui` only draws and collects commands, which run once all is drawn, one
//! family per file of `app/`. Nothing here waits: libvirt, files and the desktop answer through channels.

mod eframe;
mod ui;

use std::sync::Arc;

use libvirt_backend::Backend;
use libvirt_backend::model::HostModel;

use crate::command::Command;
use crate::context::{CommandQueue, ViewContext};
use crate::jobs::Jobs;
use crate::notifications::{Activity, Toast};
use crate::route::Route;
use crate::screens::Root;
use crate::settings::Settings;
use crate::state::{Answers, Overlay, Selection};

/// What the window is built from.
pub struct AppDeps {
    pub backend: Backend,
    pub settings: Settings,
}

pub struct App {
    backend: Backend,
    /// One consistent picture for this frame.
    hosts: Vec<Arc<HostModel>>,
    settings: Settings,
    jobs: Jobs,
    activity: Activity,
    toasts: Vec<Toast>,
    route: Route,
    /// Where `Back` leads, newest last.
    history: Vec<Route>,
    selection: Selection,
    overlay: Option<Overlay>,
    is_filter_wanted: bool,
    answers: Answers,
    screens: Root,
}

impl App {
    pub fn new(deps: AppDeps) -> Self {
        let AppDeps { backend, settings } = deps;
        Self {
            hosts: backend.models(),
            backend,
            settings,
            jobs: Jobs::default(),
            activity: Activity::default(),
            toasts: Vec::new(),
            route: Route::default(),
            history: Vec::new(),
            selection: Selection::default(),
            overlay: None,
            is_filter_wanted: false,
            answers: Answers::default(),
            screens: Root::default(),
        }
    }

    /// Takes in what is new. Also runs while the window is hidden.
    pub fn logic(&mut self, _ctx: &egui::Context) {
        self.hosts = self.backend.models();
    }

    /// Draws one frame and then runs what was asked for in it.
    pub fn ui(&mut self, ui: &mut egui::Ui) {
        let commands = CommandQueue::default();
        let view = ViewContext {
            hosts: &self.hosts,
            settings: &self.settings,
            jobs: &self.jobs,
            activity: &self.activity,
            toasts: &self.toasts,
            route: &self.route,
            selection: &self.selection,
            overlay: self.overlay.as_ref(),
            is_filter_wanted: self.is_filter_wanted,
            answers: &self.answers,
            now_millis: now_millis(),
            commands: &commands,
        };
        self.screens.ui(ui, &view);
        self.is_filter_wanted = false;
        for command in commands.take() {
            self.run(command, ui.ctx());
        }
    }

    fn run(&mut self, command: Command, ctx: &egui::Context) {
        match command {
            Command::Ui(command) => self.run_ui(command, ctx),
            Command::Machine(_)
            | Command::Create(_)
            | Command::Connection(_)
            | Command::Settings(_)
            | Command::Job(_) => {}
        }
    }
}

/// Unix milliseconds.
fn now_millis() -> i64 {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since_epoch.map_or(0, |duration| duration.as_millis() as i64)
}
