//! Keeps the screens that are open connected, and gives those in windows of their own their windows.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use egui::{ViewportBuilder, ViewportId};
use libvirt_backend::Error;
use libvirt_backend::command::{DisplayStream, MachineCommand as Run, Outcome, Query};
use libvirt_backend::guard::Action;

use super::outside::Note;
use super::{App, window};
use crate::command::{Command, ConsoleCommand, MachineCommand, UiCommand};
use crate::console::{InputQueue, dbus, rfb, screen};
use crate::context::CommandQueue;
use crate::display::{Choice, Display, Kind, Phase, Readiness, Session, Step, Why, readiness};
use crate::route::{MachineKey, MachineTab, Route};
use crate::screens::console::{Choices, Console, Place, facts};
use crate::screens::parts::actions;
use crate::settings::MIN_WINDOW;
use crate::t;

/// Of a console's own window, the first time.
const WINDOW_SIZE: [f32; 2] = [1024.0, 808.0];

impl App {
    /// Connects what is looked at and not connected.
    pub(super) fn keep_displays(&mut self, ctx: &egui::Context) {
        for command in self.posted.take() {
            // What is asked there is answered here.
            let is_shown_here = match &command {
                Command::Ui(UiCommand::DismissToast(_) | UiCommand::Copy(_) | UiCommand::CopyDetails { .. }) => false,
                Command::Ui(_) | Command::Console(ConsoleCommand::OpenNumber(_)) => true,
                Command::Machine(MachineCommand::Run { action, .. }) => {
                    matches!(action, Action::ForceOff | Action::CreateSnapshot)
                }
                _ => false,
            };
            if is_shown_here {
                super::raise(ctx);
            }
            self.run(command, ctx);
        }
        let shown = self.shown_console().cloned();
        self.displays.look_at(shown.as_ref(), ctx);
        self.leave_lost_fullscreen(ctx, shown.as_ref());
        let open: Vec<(MachineKey, Display)> = self.displays.iter().cloned().collect();
        for (key, display) in open {
            let is_seen = shown.as_ref() == Some(&key) || self.displays.is_detached(&key);
            if !is_seen {
                display.set_viewport(None);
                display.lock().wants_focus = true;
            }
            self.keep_display(&key, &display, is_seen, ctx);
            let mut state = display.lock();
            if !is_seen {
                state.let_go();
            }
            state.free_pointer(ctx);
        }
        self.show_windows(ctx);
    }

    /// The machine whose screen is on the page, and not in a window of its own.
    pub(super) fn shown_console(&self) -> Option<&MachineKey> {
        match &self.route {
            Route::Machine {
                key,
                tab: MachineTab::Console,
            } if !self.displays.is_detached(key) => Some(key),
            _ => None,
        }
    }

    fn keep_display(&self, key: &MachineKey, display: &Display, is_seen: bool, ctx: &egui::Context) {
        let commands = CommandQueue::default();
        let view = self.view(&commands);
        let found = actions::find(&view, key);
        let readiness = found.map_or(Readiness::Unknown, |(host, machine)| {
            readiness(machine, actions::is_live(host))
        });
        display.set_facts(facts(&view, key, readiness));
        let graphics = found.map_or(&[][..], |(_, machine)| &machine.definition.graphics);
        if let Some((_, machine)) = found {
            self.keep_clipboard(key, machine, display, is_seen);
        }
        let graphics = self.displays.preference().among(graphics);
        let step = display.lock().step(Instant::now(), readiness, &graphics);
        match step {
            // Nobody sees it: it is connected again once somebody does.
            Step::Open(_) if !is_seen => display.lock().phase = Phase::Idle,
            Step::Open(choice) => {
                let Choice { index, .. } = choice;
                self.ask(&key.uri, Query::OpenDisplay { id: key.id, index });
            }
            Step::Wait(pause) if is_seen => ctx.request_repaint_after(pause + Duration::from_millis(1)),
            Step::Wait(_) | Step::Nothing => {}
        }
    }

    /// The answer to [`Query::OpenDisplay`].
    pub(super) fn take_display(&mut self, key: &MachineKey, asked: u32, result: Result<&Outcome, Error>) {
        let Some(display) = self.displays.get(key).cloned() else {
            return;
        };
        let mut state = display.lock();
        let Phase::Connecting(choice) = state.phase else { return };
        if choice.index != asked {
            return;
        }
        let begun = match result {
            Ok(Outcome::Display(stream)) => {
                let reach = Reach {
                    is_local: self.host(&key.uri).is_none_or(|host| host.info.is_local),
                    shares_clipboard: state.facts.shares_clipboard,
                    shares_memory: self.displays.preference().shares_memory(),
                };
                begin(&display, choice, stream, reach).map_err(|error| Why::NotStarted(error.to_string()))
            }
            Ok(outcome) => Err(Why::NotStarted(format!("{outcome:?}"))),
            Err(error) => Err(Why::Refused(error)),
        };
        match begun {
            Ok(session) => state.opened(session),
            Err(why) => state.not_opened(Instant::now(), choice, why),
        }
        let name = state.facts.name.clone();
        let is_unencrypted = state.is_unencrypted();
        drop(state);
        display.wake();
        if is_unencrypted && self.displays.is_news(key) {
            let warning = Note::error(t!("core-display-unencrypted", name = name.as_str()));
            self.note_about(key, name, warning);
        }
    }

    pub(super) fn run_console(&mut self, command: ConsoleCommand, ctx: &egui::Context) {
        match command {
            ConsoleCommand::Reconnect(key) => {
                if let Some(display) = self.displays.get(&key) {
                    display.lock().reconnect();
                }
            }
            ConsoleCommand::Detach(key) => self.detach(&key, ctx),
            ConsoleCommand::Attach(key) => {
                self.note_console_size(&key);
                self.displays.set_detached(&key, false);
                self.want_focus(&key);
                let tab = MachineTab::Console;
                self.go(Route::Machine { key, tab });
                super::raise(ctx);
            }
            ConsoleCommand::CloseWindow(key) => {
                self.note_console_size(&key);
                if let (Some(display), Some(machine)) = (self.displays.get(&key), self.machine(&key)) {
                    self.keep_clipboard(&key, machine, display, false);
                }
                self.displays.close(&key);
            }
            ConsoleCommand::Fullscreen(key) => {
                ctx.send_viewport_cmd(egui::ViewportCommand::Fullscreen(key.is_some()));
                self.displays.fullscreen = key;
                self.was_fullscreen = false;
            }
            ConsoleCommand::SetScale(scale) => {
                self.settings.scale = scale;
                self.save_settings();
                self.wake_displays();
            }
            ConsoleCommand::SetFollowsWindow(follows) => {
                self.settings.guest_follows_window = follows;
                self.save_settings();
                self.wake_displays();
            }
            ConsoleCommand::SetGuestLayout(layout) => {
                self.settings.guest_layout = layout;
                self.save_settings();
                self.wake_displays();
            }
            ConsoleCommand::KeepCombination(combination) => {
                if !self.settings.combinations.contains(&combination) {
                    self.settings.combinations.push(combination);
                    self.save_settings();
                    self.wake_displays();
                }
            }
            ConsoleCommand::ForgetCombination(combination) => {
                self.settings.combinations.retain(|kept| *kept != combination);
                self.save_settings();
                self.wake_displays();
            }
            ConsoleCommand::SetSharesClipboard(key, shares) => self.submit(&key, Run::SetSharesClipboard(shares)),
            ConsoleCommand::SetSound(key, sound) => self.submit(&key, Run::SetSound(sound)),
            ConsoleCommand::SaveScreenshot(key) => self.want_screenshot(key, true),
            ConsoleCommand::CopyScreenshot(key) => self.want_screenshot(key, false),
            ConsoleCommand::OpenViewer(key) => self.open_in_viewer(&key),
            ConsoleCommand::OpenNumber(number) => {
                let sort = self.settings.sort;
                if let Some(key) = self.screens.listed_machine(&self.hosts, sort, number) {
                    self.open_console(&key);
                }
            }
        }
    }

    /// What is typed next is meant for it.
    fn want_focus(&self, key: &MachineKey) {
        if let Some(display) = self.displays.get(key) {
            display.lock().wants_focus = true;
        }
    }

    fn wake_displays(&self) {
        for (_, display) in self.displays.iter() {
            display.wake();
        }
    }

    fn detach(&mut self, key: &MachineKey, ctx: &egui::Context) {
        if self.displays.fullscreen.as_ref() == Some(key) {
            self.run_console(ConsoleCommand::Fullscreen(None), ctx);
        }
        self.displays.set_detached(key, true);
        self.want_focus(key);
        if matches!(&self.route, Route::Machine { key: shown, tab: MachineTab::Console } if shown == key) {
            self.go(Route::Machine {
                key: key.clone(),
                tab: MachineTab::Overview,
            });
        }
    }

    /// The page was left, or the desktop ended it.
    fn leave_lost_fullscreen(&mut self, ctx: &egui::Context, shown: Option<&MachineKey>) {
        let Some(key) = &self.displays.fullscreen else { return };
        let is_now = ctx.input(|input| input.viewport().fullscreen);
        let was_ended = self.was_fullscreen && is_now == Some(false);
        self.was_fullscreen |= is_now == Some(true);
        if shown != Some(key) || was_ended {
            ctx.send_viewport_cmd(egui::ViewportCommand::Fullscreen(false));
            self.displays.fullscreen = None;
        }
    }

    /// Shows a machine's screen, started where it is off. Of several, all but the first get windows of their own.
    pub(super) fn open_consoles(&mut self, keys: &[MachineKey]) {
        let Some((first, others)) = keys.split_first() else {
            return;
        };
        for key in others {
            if self.start_for_console(key) {
                self.displays.set_detached(key, true);
            }
        }
        self.open_console(first);
    }

    fn show_windows(&mut self, ctx: &egui::Context) {
        self.own_corners.retain(|key, _| self.displays.is_detached(key));
        for key in self.displays.detached().to_vec() {
            let Some(display) = self.displays.get(&key).cloned() else {
                continue;
            };
            let name = display.lock().facts.name.clone();
            let size = *self.console_sizes.entry(key.clone()).or_insert_with(|| {
                let known = self.window.console_sizes.iter().find(|(known, _)| *known == key);
                known.map_or(WINDOW_SIZE, |(_, size)| *size)
            });
            let viewport = viewport_of(&key);
            let builder = ViewportBuilder::default()
                .with_app_id(window::APP_ID)
                .with_title(t!("console-window-title", name = name))
                .with_min_inner_size(MIN_WINDOW)
                .with_inner_size(size);
            let posted = self.posted.clone();
            let keyboard = self.keyboard.clone();
            let choices = Choices {
                scale: self.settings.scale,
                follows_window: self.settings.guest_follows_window,
                guest_layout: self.settings.guest_layout,
            };
            let combinations = self.settings.combinations.clone();
            let (corner, toasts) = self.own_toasts(&key, ctx);
            ctx.show_viewport_deferred(viewport, builder, move |ui, _class| {
                let commands = CommandQueue::default();
                let (is_fullscreen, is_closed, size) = ui.input(|input| {
                    let viewport = input.viewport();
                    let is_fullscreen = viewport.fullscreen == Some(true);
                    let is_own_size = !is_fullscreen && viewport.maximized != Some(true);
                    // Wayland tells no window where it is, so its inner rectangle is unknown there.
                    let size = is_own_size.then(|| input.viewport_rect().size().into());
                    (is_fullscreen, viewport.close_requested(), size)
                });
                if size.is_some() {
                    display.lock().window_size = size;
                }
                let console = Console {
                    key: &key,
                    display: &display,
                    choices,
                    combinations: &combinations,
                    place: Place::Window { is_fullscreen },
                    is_covered: false,
                    keyboard: &keyboard,
                    commands: &commands,
                };
                console.ui(ui);
                let mut corner = corner.lock().unwrap_or_else(PoisonError::into_inner);
                corner.ui(ui, &toasts, &commands, 0.0);
                drop(corner);
                if is_closed {
                    commands.push(Command::Console(ConsoleCommand::CloseWindow(key.clone())));
                }
                posted.post(&commands, ui.ctx());
            });
        }
    }

    /// Of all consoles' windows that are open.
    pub(super) fn note_console_sizes(&mut self) {
        for key in self.displays.detached().to_vec() {
            self.note_console_size(&key);
        }
    }

    /// Sizes of consoles' windows, for the next time.
    fn note_console_size(&mut self, key: &MachineKey) {
        self.console_sizes.remove(key);
        let size = self.displays.get(key).and_then(|display| display.lock().window_size);
        let Some(size) = size else { return };
        let sizes = &mut self.window.console_sizes;
        sizes.retain(|(known, _)| known != key);
        sizes.push((key.clone(), size));
        let too_many = sizes.len().saturating_sub(MOST_SIZES);
        sizes.drain(..too_many);
    }
}

const MOST_SIZES: usize = 100;

pub(super) fn viewport_of(key: &MachineKey) -> ViewportId {
    ViewportId::from_hash_of(("console", key))
}

/// What a session is begun for.
#[derive(Clone, Copy)]
struct Reach {
    is_local: bool,
    shares_clipboard: bool,
    shares_memory: bool,
}

fn begin(display: &Display, choice: Choice, stream: &DisplayStream, reach: Reach) -> std::io::Result<Session> {
    let (canvas, screen) = screen(display.waker());
    let input = InputQueue::default();
    let descriptor = stream.descriptor()?;
    match choice.kind {
        Kind::Dbus => {
            let options = dbus::Options {
                shares_clipboard: reach.shares_clipboard,
                shares_memory: reach.shares_memory,
                ..dbus::Options::default()
            };
            dbus::start(descriptor, options, canvas.clone(), input.clone())?;
        }
        Kind::Vnc => {
            let options = if reach.is_local {
                rfb::Options::local()
            } else {
                rfb::Options::remote()
            };
            let options = rfb::Options {
                password: stream.password().map(str::to_owned),
                ..options
            };
            rfb::start(descriptor, options, canvas.clone(), input.clone())?;
        }
    }
    let mut session = Session::new(screen, canvas, input, choice.kind);
    session.shares_clipboard = reach.shares_clipboard;
    Ok(session.carried_by(stream.clone()))
}
