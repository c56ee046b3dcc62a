//! The window's owner: takes the newest picture of the world, lets the screens draw it, and runs what they asked for.
//!
//! `logic` runs for hidden windows too; `ui` only draws and collects commands, which run once all is drawn, one
//! family per file of `app/`. Nothing here waits: libvirt, files and the desktop answer through channels.

mod answers;
mod browse;
mod clipboard;
mod connection;
mod console;
mod create;
pub mod demo;
pub mod desktop;
pub mod diagnostics;
mod display;
pub mod distribution;
mod eframe;
mod events;
mod job;
mod late_context;
pub mod logging;
mod machine;
pub mod open;
pub mod outside;
pub mod panic_report;
mod picture_file;
mod pictures;
mod quit;
mod restart;
mod sample;
mod serial;
mod settings;
mod shortcut_file;
mod shortcuts;
pub mod single_instance;
pub mod start;
#[cfg(test)]
mod tests;
mod toasts;
mod ui;
pub mod wake;
pub mod window;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use libvirt_backend::model::{Freshness, HostModel, Machine};
use libvirt_backend::{Backend, JobId};

use crate::command::{Command, QuitChoice, UiCommand};
use crate::console::serial::Desk;
use crate::context::{CommandQueue, ViewContext};
use crate::display::{Displays, Posted, Preference};
use crate::jobs::Jobs;
use crate::keyboard::Keyboard;
use crate::notifications::Activity;
use crate::route::{MachineKey, MachineTab, Route};
use crate::screens::Root;
use crate::settings::{Folders, Keeper, ModelCache, Settings, WindowState};
use crate::state::{Answers, Overlay, Selection};
use crate::t;

use desktop::DesktopLook;
use outside::{Outbox, Outside};
use quit::Quitting;
use toasts::Toasts;
use wake::FiguresShown;

/// What the window is built from. Nothing in it needs a display, so that tests build the same.
pub struct AppDeps {
    pub backend: Backend,
    pub runtime: tokio::runtime::Handle,
    pub folders: Folders,
    pub keeper: Keeper,
    pub settings: Settings,
    pub window: WindowState,
    pub cache: ModelCache,
    /// Opened at once, in the order of the sidebar.
    pub connections: Vec<String>,
    /// What happened before there was a window.
    pub notes: Vec<outside::Note>,
    pub outbox: Outbox,
    pub inbox: outside::Inbox,
    /// The same that stands before the window, where there is one.
    pub keyboard: Keyboard,
}

/// See the module.
pub struct App {
    backend: Backend,
    runtime: tokio::runtime::Handle,
    folders: Folders,
    keeper: Keeper,
    /// For tasks that answer later.
    outbox: Outbox,
    inbox: outside::Inbox,
    keyboard: Keyboard,

    /// One consistent picture for this frame.
    hosts: Vec<Arc<HostModel>>,
    settings: Settings,
    desktop: DesktopLook,
    is_look_stale: bool,
    jobs: Jobs,
    /// When jobs ended, in Unix milliseconds; they leave the bar a while later.
    ended: HashMap<JobId, i64>,
    activity: Activity,
    toasts: Toasts,
    answers: Answers,

    route: Route,
    /// Where `Back` leads, newest last.
    history: Vec<Route>,
    selection: Selection,
    overlay: Option<Overlay>,
    is_filter_wanted: bool,
    window: WindowState,
    is_hidden: bool,
    focused: Option<MachineKey>,
    quitting: Quitting,

    /// Files whose check has not been answered yet.
    media_under_way: HashSet<(String, PathBuf)>,
    /// Machines that are shut down to be started again.
    restarts: Vec<restart::Restart>,
    /// Connections whose leftovers were asked for.
    asked_leftovers: BTreeSet<String>,
    /// Asked for from outside and not known yet.
    awaited: Option<open::Awaited>,
    displays: Displays,
    serials: Desk,
    /// From consoles in windows of their own.
    posted: Posted,
    /// The size each such window began with: another one would resize it.
    console_sizes: HashMap<MachineKey, [f32; 2]>,
    /// The messages in them.
    own_corners: HashMap<MachineKey, toasts::OwnCorner>,
    /// The main window did fill the display since it was asked to.
    was_fullscreen: bool,
    pictures_wanted: Vec<picture_file::Wanted>,
    pictures: pictures::Pictures,
    cached: settings::CacheState,
    screens: Root,
}

impl App {
    /// Opens the connections, showing what was last known of them until they are live.
    pub fn new(deps: AppDeps) -> Self {
        let AppDeps {
            backend,
            runtime,
            folders,
            keeper,
            settings,
            window,
            cache,
            connections,
            notes,
            outbox,
            inbox,
            keyboard,
        } = deps;
        keyboard.set_host_key(settings.host_key);
        for uri in &connections {
            match cache.last_known(uri) {
                Some(model) => backend.open_with(uri, model),
                None => backend.open(uri),
            }
        }
        let route = window.route.clone();
        let pictures = pictures::Pictures::start(backend.clone(), &runtime, outbox.clone());
        let mut app = Self {
            hosts: backend.models(),
            backend,
            runtime,
            folders,
            keeper,
            outbox,
            inbox,
            keyboard,
            settings,
            desktop: DesktopLook::default(),
            is_look_stale: true,
            jobs: Jobs::default(),
            ended: HashMap::new(),
            activity: Activity::default(),
            toasts: Toasts::default(),
            answers: Answers::default(),
            route,
            history: Vec::new(),
            selection: window.selection.clone().map(Selection::only).unwrap_or_default(),
            overlay: None,
            is_filter_wanted: false,
            window,
            is_hidden: false,
            focused: None,
            quitting: Quitting::default(),
            media_under_way: HashSet::new(),
            restarts: Vec::new(),
            asked_leftovers: BTreeSet::new(),
            awaited: None,
            displays: Displays::new(Preference::of_environment()),
            serials: Desk::default(),
            posted: Posted::default(),
            console_sizes: HashMap::new(),
            own_corners: HashMap::new(),
            was_fullscreen: false,
            pictures_wanted: Vec::new(),
            pictures,
            cached: settings::CacheState::new(cache),
            screens: Root::default(),
        };
        app.cached.seen(&app.hosts);
        for note in notes {
            app.note(note);
        }
        app
    }

    /// Takes in what is new. Also runs while the window is hidden, when nothing is drawn.
    pub fn logic(&mut self, ctx: &egui::Context) {
        let now = Instant::now();
        self.hosts = self.backend.models();
        self.take_events(ctx);
        self.take_outside(ctx);
        self.open_awaited(ctx);
        self.watch_window(ctx);
        self.apply_look(ctx);
        self.forget_what_is_gone();
        self.keep_restarts();
        self.keep_displays(ctx);
        self.keep_serials(ctx);
        self.ask_for_leftovers();
        self.keep_cache(now);
        self.take_save_failure();
        self.age(ctx);
        self.check_quit(ctx);
    }

    /// Draws one frame and then runs what was asked for in it.
    pub fn ui(&mut self, ui: &mut egui::Ui) {
        let began = Instant::now();
        // `logic` may have changed it within this pass.
        ui.set_style(ui.ctx().global_style());
        let commands = CommandQueue::default();
        self.take_shortcuts(ui.ctx(), &commands);
        let mut screens = std::mem::take(&mut self.screens);
        let view = self.view(&commands);
        // A screen reader says which window it is in.
        ui.ctx()
            .accesskit_node_builder(egui::accesskit_root_id(), |node| node.set_label(t!("core-app-name")));
        screens.ui(ui, &view);
        self.screens = screens;
        self.is_filter_wanted = false;
        for command in commands.take() {
            self.run(command, ui.ctx());
        }
        self.focus_backend();
        self.want_drawn_pictures();
        wake::set_figures_shown(ui.ctx(), self.figures_shown());
        tracing::trace!(ui_us = began.elapsed().as_micros() as u64, "frame");
    }

    fn view<'a>(&'a self, commands: &'a CommandQueue) -> ViewContext<'a> {
        ViewContext {
            hosts: &self.hosts,
            settings: &self.settings,
            jobs: &self.jobs,
            activity: &self.activity,
            toasts: self.toasts.list(),
            route: &self.route,
            selection: &self.selection,
            overlay: self.overlay.as_ref(),
            is_filter_wanted: self.is_filter_wanted,
            answers: &self.answers,
            keyboard: &self.keyboard,
            displays: &self.displays,
            serials: &self.serials,
            now_millis: now_millis(),
            commands,
        }
    }

    /// Runs one command; what it starts ends as an event.
    pub fn run(&mut self, command: Command, ctx: &egui::Context) {
        match command {
            Command::Machine(command) => self.run_machine(command),
            Command::Create(command) => self.run_create(command),
            Command::Connection(command) => self.run_connection(command),
            // Asks for a frame of its own, and not for one at once.
            Command::Ui(UiCommand::RepaintAfter(millis)) => {
                ctx.request_repaint_after(std::time::Duration::from_millis(millis));
                return;
            }
            Command::Ui(UiCommand::DrawPicture(wish)) => {
                self.pictures.draw(wish);
                return;
            }
            Command::Ui(command) => self.run_ui(command, ctx),
            Command::Settings(command) => self.run_settings(command),
            Command::Job(command) => self.run_job(command),
            Command::Serial(command) => self.run_serial(command, ctx),
            Command::Console(command) => self.run_console(command, ctx),
        }
        // What was asked for shows in the next frame.
        ctx.request_repaint();
    }

    fn take_outside(&mut self, ctx: &egui::Context) {
        while let Ok(outside) = self.inbox.try_recv() {
            match outside {
                Outside::Raise(request) => {
                    if let Some(uri) = request.connect {
                        self.backend.open(&uri);
                        self.hosts = self.backend.models();
                        self.screens.show_host(&uri);
                        self.go(Route::Machines);
                    }
                    raise(ctx);
                    if let Some(target) = request.open {
                        // It may be shown in a window of its own, which then comes before this one.
                        self.open_target(target, ctx);
                    }
                }
                Outside::Look(look) => {
                    self.desktop = look;
                    self.is_look_stale = true;
                }
                Outside::Browsed(browse, path) => self.take_browsed(browse, path),
                Outside::SampleWritten { uri, name, disk } => self.create_sample(&uri, name, disk),
                Outside::XmlChecked(machine, check) => self.take_xml_check(&machine, check),
                Outside::Pictures(taken) => self.take_pictures(taken, ctx),
                Outside::Copy(text) => ctx.copy_text(text),
                Outside::Note(note) => self.note(note),
                Outside::NoteAbout(key, name, note) => self.note_about(&key, name, note),
                Outside::Terminate => self.quit(QuitChoice::LeaveJobs, ctx),
            }
        }
    }

    /// A hidden window costs the backend fewer wake-ups.
    fn watch_window(&mut self, ctx: &egui::Context) {
        let (is_hidden, size, is_maximized, is_fullscreen) = ctx.input(|input| {
            let viewport = input.viewport();
            // Wayland tells no window where it is, so its inner rectangle is unknown there.
            let size = input.viewport_rect().size();
            let is_maximized = viewport.maximized.unwrap_or_default();
            let is_fullscreen = viewport.fullscreen.unwrap_or_default();
            (viewport.visible() == Some(false), size, is_maximized, is_fullscreen)
        });
        if is_hidden != self.is_hidden {
            self.is_hidden = is_hidden;
            self.backend.set_hidden(is_hidden);
            if is_hidden {
                self.want_no_pictures();
            }
        }
        self.window.is_maximized = is_maximized;
        if !is_maximized && !is_hidden && !is_fullscreen {
            self.window.size = Some([size.x, size.y]);
        }
    }

    /// Machines that are gone drop out of the selection; those of a list that is not live are only out of sight.
    fn forget_what_is_gone(&mut self) {
        let Self { hosts, selection, .. } = self;
        let is_gone = |key: &MachineKey| {
            hosts
                .iter()
                .find(|host| *host.uri == *key.uri)
                .is_some_and(|host| host.freshness == Freshness::Live && host.machine(key.id).is_none())
        };
        selection.machines.retain(|key| !is_gone(key));
        if selection.primary.as_ref().is_some_and(&is_gone) {
            selection.primary = selection.machines.first().cloned();
        }
        if let Route::Machine { key, .. } = &self.route
            && is_gone(key)
        {
            self.route = Route::Machines;
        }
        self.serials.forget(is_gone);
        self.displays.forget(is_gone);
        self.history
            .retain(|route| !matches!(route, Route::Machine { key, .. } if is_gone(key)));
    }

    /// The machine on screen is sampled whole each second.
    fn focus_backend(&mut self) {
        let wanted = match &self.route {
            Route::Machine { key, .. } => Some(key.clone()),
            Route::Machines => self.selection.primary.clone(),
            Route::Connections | Route::Settings => None,
        };
        if wanted == self.focused {
            return;
        }
        if let Some(before) = &self.focused
            && wanted.as_ref().is_none_or(|key| key.uri != before.uri)
        {
            self.backend.focus(&before.uri, None);
        }
        if let Some(key) = &wanted {
            self.backend.focus(&key.uri, Some(key.id));
        }
        self.focused = wanted;
    }

    /// Cards alone show nothing of machines that is measured, and beside a guest's screen nothing is.
    fn figures_shown(&self) -> FiguresShown {
        let has_inspector = self.settings.is_inspector_open && self.selection.primary.is_some();
        match &self.route {
            Route::Machine {
                key,
                tab: MachineTab::Console,
            } if !self.displays.is_detached(key) => FiguresShown::None,
            Route::Machine {
                tab: MachineTab::Serial,
                ..
            } => FiguresShown::None,
            Route::Machines if !has_inspector && self.screens.shows_cards() => FiguresShown::OfHosts,
            _ => FiguresShown::All,
        }
    }

    fn machine(&self, key: &MachineKey) -> Option<&Arc<Machine>> {
        self.host(&key.uri)?.machine(key.id)
    }

    fn host(&self, uri: &str) -> Option<&Arc<HostModel>> {
        self.hosts.iter().find(|host| host.uri == uri)
    }
}

/// Brings the main window before the user, or makes the desktop point at it.
fn raise(ctx: &egui::Context) {
    raise_window(ctx, egui::ViewportId::ROOT);
}

/// The same of any window.
fn raise_window(ctx: &egui::Context, viewport: egui::ViewportId) {
    use egui::ViewportCommand::{Focus, Minimized, RequestUserAttention};
    let attention = RequestUserAttention(egui::UserAttentionType::Informational);
    for command in [Minimized(false), Focus, attention] {
        ctx.send_viewport_cmd_to(viewport, command);
    }
}

/// Unix milliseconds.
fn now_millis() -> i64 {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since_epoch.map_or(0, |duration| duration.as_millis() as i64)
}
