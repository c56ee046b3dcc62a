//! The window without what stands behind it, for tests: fixtures are drawn, what concerns the window itself is done,
//! and everything else that is asked for is kept to be looked at.

use std::sync::Arc;

use berth::command::{Command, PictureWish, SettingsCommand, UiCommand};
use berth::console::serial::Desk;
use berth::context::{CommandQueue, ViewContext};
use berth::display::Displays;
use berth::jobs::Jobs;
use berth::notifications::{Activity, Toast};
use berth::route::{MachineKey, Route};
use berth::screens::Root;
use berth::settings::{Listing, Settings};
use berth::state::{Answers, Overlay, Selection};
use berth::widgets::ThemeChoice;
use berth::widgets::fonts::{self, FontChoice};
use berth::widgets::theme;
use egui_kittest::{Harness, HarnessBuilder};
use libvirt_backend::model::{HostModel, MachineId};

use super::fixtures;

pub(crate) struct TestWindow {
    pub(crate) hosts: Vec<Arc<HostModel>>,
    pub(crate) settings: Settings,
    pub(crate) jobs: Jobs,
    pub(crate) activity: Activity,
    pub(crate) toasts: Vec<Toast>,
    pub(crate) route: Route,
    pub(crate) selection: Selection,
    pub(crate) overlay: Option<Overlay>,
    pub(crate) answers: Answers,
    pub(crate) serials: Desk,
    pub(crate) keyboard: berth::keyboard::Keyboard,
    pub(crate) displays: Displays,
    pub(crate) is_filter_wanted: bool,
    pub(crate) now_millis: i64,
    /// What was asked for beyond the window itself, oldest first.
    pub(crate) sent: Vec<Command>,
    pub(crate) root: Root,
    /// The frames that were asked for, in milliseconds from the last one.
    pub(crate) repaint_after: Vec<u64>,
    /// The pictures that the newest frame drew.
    pub(crate) drawn: Vec<PictureWish>,
}

impl TestWindow {
    pub(crate) fn new(hosts: Vec<HostModel>) -> Self {
        Self {
            hosts: hosts.into_iter().map(Arc::new).collect(),
            settings: Settings {
                listing: Listing::Table,
                ..Settings::default()
            },
            jobs: Jobs::default(),
            activity: Activity::default(),
            toasts: Vec::new(),
            route: Route::Machines,
            selection: Selection::default(),
            overlay: None,
            answers: Answers::default(),
            serials: Desk::default(),
            keyboard: Default::default(),
            displays: Displays::default(),
            is_filter_wanted: false,
            now_millis: fixtures::NOW_MILLIS,
            sent: Vec::new(),
            root: Root::default(),
            repaint_after: Vec::new(),
            drawn: Vec::new(),
        }
    }

    pub(crate) fn ui(&mut self, ui: &mut egui::Ui) {
        let queue = CommandQueue::default();
        self.repaint_after.clear();
        self.drawn.clear();
        let mut root = std::mem::take(&mut self.root);
        root.ui(ui, &self.view(&queue));
        self.root = root;
        self.is_filter_wanted = false;
        for command in queue.take() {
            self.run(command);
        }
    }

    pub(crate) fn view<'a>(&'a self, commands: &'a CommandQueue) -> ViewContext<'a> {
        ViewContext {
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
            serials: &self.serials,
            keyboard: &self.keyboard,
            displays: &self.displays,
            now_millis: self.now_millis,
            commands,
        }
    }

    fn run(&mut self, command: Command) {
        match command {
            Command::Ui(UiCommand::Go(route)) => self.route = route,
            Command::Ui(UiCommand::Select(selection)) => self.selection = selection,
            Command::Ui(UiCommand::ShowPalette) => self.overlay = Some(Overlay::Palette),
            Command::Ui(UiCommand::ShowShortcuts) => self.overlay = Some(Overlay::Shortcuts),
            Command::Ui(UiCommand::ShowNewMachine) => self.overlay = Some(Overlay::NewMachine),
            Command::Ui(UiCommand::ShowDialog(request)) => self.overlay = Some(Overlay::Dialog(request)),
            Command::Ui(UiCommand::CloseDialog) => self.overlay = None,
            Command::Ui(UiCommand::ToggleInspector) => self.settings.is_inspector_open ^= true,
            Command::Ui(UiCommand::DismissToast(id)) => self.toasts.retain(|toast| toast.id != id),
            Command::Ui(UiCommand::RepaintAfter(millis)) => self.repaint_after.push(millis),
            Command::Ui(UiCommand::DrawPicture(wish)) => self.drawn.push(wish),
            Command::Settings(SettingsCommand::Set(settings)) => {
                self.settings = (*settings).clone();
                self.sent.push(Command::Settings(SettingsCommand::Set(settings)));
            }
            other => self.sent.push(other),
        }
    }

    pub(crate) fn select(&mut self, numbers: &[u32]) {
        let keys: Vec<MachineKey> = numbers.iter().map(|number| key(*number)).collect();
        self.selection = Selection {
            primary: keys.first().cloned(),
            machines: keys.into_iter().collect(),
        };
    }
}

pub(crate) fn key(number: u32) -> MachineKey {
    key_of(fixtures::URI, fixtures::id(number))
}

pub(crate) fn key_of(uri: &str, id: MachineId) -> MachineKey {
    MachineKey {
        uri: Arc::from(uri),
        id,
    }
}

/// How a window looks: its size in points, theme, text size and language.
#[derive(Clone, Copy)]
pub(crate) struct Look {
    pub(crate) width: f32,
    pub(crate) height: f32,
    pub(crate) theme: ThemeChoice,
    pub(crate) text_scale: f32,
    pub(crate) pixels_per_point: f32,
}

impl Look {
    pub(crate) const fn sized(width: f32, height: f32) -> Self {
        Self {
            width,
            height,
            theme: ThemeChoice::Dark,
            text_scale: 1.0,
            pixels_per_point: 1.0,
        }
    }
}

/// The window in a harness, not drawn yet.
pub(crate) fn open(look: Look, window: TestWindow) -> Harness<'static, TestWindow> {
    build(Harness::builder(), look, window)
}

pub(crate) fn build(
    builder: HarnessBuilder<TestWindow>,
    look: Look,
    window: TestWindow,
) -> Harness<'static, TestWindow> {
    let mut is_prepared = false;
    let harness = builder
        .with_size(egui::vec2(look.width, look.height))
        .with_pixels_per_point(look.pixels_per_point)
        .with_max_steps(64)
        .allow_missing_glyphs();
    harness.build_ui_state(
        move |ui, window: &mut TestWindow| {
            if !is_prepared {
                fonts::install(ui.ctx(), FontChoice::Bundled);
                theme::apply(ui.ctx(), look.theme, look.text_scale, true);
                is_prepared = true;
                return;
            }
            // The harness leaves a margin that a real window has not.
            let whole = ui.ctx().content_rect();
            ui.scope_builder(egui::UiBuilder::new().max_rect(whole), |ui| {
                ui.set_clip_rect(whole);
                window.ui(ui);
            });
        },
        window,
    )
}
