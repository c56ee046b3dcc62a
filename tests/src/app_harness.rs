//! Berth's window without a display, on a backend that is real: driven by role and label, frame by frame.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use berth::app::outside::{self, Inbox, Outbox};
use berth::app::{App, AppDeps};
use berth::settings::{Folders, Keeper, Language, Listing, ModelCache, Settings, WindowState};
use berth::widgets::fonts::{self, FontChoice};
use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use libvirt_backend::model::HostModel;
use libvirt_backend::private_session::PrivateSession;
use libvirt_backend::{Backend, Options, Profile};
use tokio::runtime::{Builder, Runtime};

use crate::serial::SerialLine;
use crate::session::{cache_folder, virsh};

/// A frame of a window that is looked at.
const FRAME: Duration = Duration::from_millis(16);
/// A field of a dialog that was just opened.
const FIELD_PATIENCE: Duration = Duration::from_secs(10);
const SIZE: [f32; 2] = [1_280.0, 800.0];

/// A window on one session. Its folders lie in the session's, so that a second window finds what the first kept.
pub struct AppHarness<'session> {
    session: &'session PrivateSession,
    harness: Harness<'static, App>,
    backend: Backend,
    runtime: Runtime,
    copied: Arc<Mutex<Option<String>>>,
}

impl<'session> AppHarness<'session> {
    /// Opens the window as `berth --connect` would and draws the first frame.
    pub fn open(session: &'session PrivateSession) -> Self {
        berth::text::use_language(Some(Language::English));
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("test-runtime")
            .enable_all()
            .build()
            .unwrap();
        let folders = Folders::below(&session.folder().join("berth"));
        let backend = Backend::new(
            runtime.handle().clone(),
            Options {
                state_folder: folders.state.clone(),
                data_folder: folders.data.clone(),
                on_change: Arc::new(|| {}),
                profile: Profile::Desktop,
                kept_free_percent: libvirt_backend::KEPT_FREE_PERCENT,
            },
        );
        let channel = outside::channel(&egui::Context::default());
        let app = app(session, folders, backend.clone(), &runtime, channel);
        let copied = Arc::new(Mutex::new(None));
        let clipboard = Arc::clone(&copied);
        let mut harness = Harness::builder()
            .with_size(SIZE)
            .allow_missing_glyphs()
            .with_context_setup(|ctx| fonts::install(ctx, FontChoice::Bundled))
            .wgpu()
            .build_ui_state(
                move |ui, app: &mut App| {
                    app.logic(ui.ctx());
                    app.ui(ui);
                    keep_copied(ui.ctx(), &clipboard);
                },
                app,
            );
        harness.step();
        Self {
            session,
            harness,
            backend,
            runtime,
            copied,
        }
    }

    /// What was put on the clipboard last.
    pub fn copied(&self) -> Option<String> {
        self.copied.lock().unwrap().clone()
    }

    /// Draws frames until something is so; on time-out keeps a picture of the window and says where.
    #[track_caller]
    pub fn step_until(&mut self, what: &str, patience: Duration, is_so: impl Fn(&Self) -> bool) {
        let started_at = Instant::now();
        while !is_so(self) {
            assert!(
                started_at.elapsed() < patience,
                "never: {what}; the window is kept as {}\n{}",
                self.keep_picture(what),
                self.report()
            );
            std::thread::sleep(FRAME);
            self.harness.step();
        }
    }

    /// Is there anything with this role whose name begins so?
    pub fn shows(&self, role: Role, name: &str) -> bool {
        self.named(role, name).is_some()
    }

    /// Is this anywhere on screen?
    pub fn says(&self, words: &str) -> bool {
        self.harness.query_all_by_label_contains(words).next().is_some()
            || self.harness.query_all_by_value(words).next().is_some()
    }

    /// The whole name of what has this role and begins so.
    pub fn named(&self, role: Role, name: &str) -> Option<String> {
        let mut found = self.harness.query_all_by_role(role);
        found.find_map(|node| node.accesskit_node().label().filter(|label| label.starts_with(name)))
    }

    /// Is it there, and enabled?
    pub fn can_press(&self, role: Role, name: &str) -> bool {
        self.harness.query_all_by_role(role).any(|node| {
            let node = node.accesskit_node();
            node.label().as_deref() == Some(name) && !node.is_disabled()
        })
    }

    /// Waits until it can be pressed, and presses it.
    #[track_caller]
    pub fn press(&mut self, role: Role, name: &str, patience: Duration) {
        let what = format!("{role:?} {name:?} can be pressed");
        self.step_until(&what, patience, |window| window.can_press(role, name));
        // A dialog that was just opened still finds its place.
        let mut place = egui::Rect::NOTHING;
        while place != self.place(role, name) {
            place = self.place(role, name);
            self.harness.run_steps(2);
        }
        let what = format!("no message lies over {role:?} {name:?}");
        self.step_until(&what, patience, |window| !window.is_covered(role, name));
        self.harness.get_by_role_and_label(role, name).click();
        self.harness.run_steps(3);
    }

    /// A message in the corner takes the clicks for what is below it, and goes after some seconds.
    fn is_covered(&self, role: Role, name: &str) -> bool {
        let Some(button) = self.harness.query_by_role_and_label(role, name) else {
            return false;
        };
        let centre = button.rect().center();
        let mut messages = self.harness.query_all_by_role(Role::Alert);
        messages.any(|message| {
            let id = message.accesskit_node().id();
            let mut outwards = std::iter::successors(button.accesskit_node().parent(), |node| node.parent());
            // Of what has no place of its own, what is in it has.
            let place = message.accesskit_node().bounding_box();
            let place = place.or_else(|| {
                let boxes = message
                    .accesskit_node()
                    .children()
                    .filter_map(|inner| inner.bounding_box());
                boxes.reduce(|one, other| one.union(other))
            });
            let is_over = place.is_some_and(|place| place.contains((f64::from(centre.x), f64::from(centre.y)).into()));
            is_over && !outwards.any(|outer| outer.id() == id)
        })
    }

    #[track_caller]
    fn place(&self, role: Role, name: &str) -> egui::Rect {
        self.harness.get_by_role_and_label(role, name).rect()
    }

    /// Replaces what stands in a field.
    #[track_caller]
    pub fn fill(&mut self, role: Role, name: &str, text: &str) {
        let what = format!("{role:?} {name:?} can be filled");
        self.step_until(&what, FIELD_PATIENCE, |window| window.shows(role, name));
        self.harness.get_by_role_and_label(role, name).focus();
        self.harness.run_steps(2);
        self.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
        self.harness.run_steps(2);
        self.harness.get_by_role_and_label(role, name).type_text(text);
        self.harness.run_steps(2);
    }

    /// Replaces all of a long text, as a paste over everything does.
    #[track_caller]
    pub fn paste_over(&mut self, name: &str, text: &str) {
        let role = Role::MultilineTextInput;
        let what = format!("{role:?} {name:?} can be filled");
        self.step_until(&what, FIELD_PATIENCE, |window| window.shows(role, name));
        self.harness.get_by_role_and_label(role, name).focus();
        self.harness.run_steps(2);
        self.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
        self.harness.run_steps(2);
        self.harness.event(egui::Event::Paste(text.to_owned()));
        self.harness.run_steps(3);
    }

    /// What a field holds; nothing where there is none.
    pub fn value(&self, role: Role, name: &str) -> Option<String> {
        let node = self.harness.query_by_role_and_label(role, name)?;
        node.accesskit_node().value()
    }

    pub fn key(&mut self, key: egui::Key) {
        self.harness.key_press(key);
        self.harness.run_steps(3);
    }

    /// Types to whatever has the keyboard.
    pub fn type_text(&mut self, text: &str) {
        self.harness.event(egui::Event::Text(text.to_owned()));
        self.harness.run_steps(3);
    }

    /// What is to be read in the terminal; nothing where there is none.
    pub fn terminal_text(&self) -> String {
        let mut terminals = self.harness.query_all_by_role(Role::Terminal);
        let value = terminals.next().and_then(|node| node.accesskit_node().value());
        value.unwrap_or_default()
    }

    /// Does with the serial lines what is done after so long.
    pub fn keep_serials_after(&mut self, time: Duration) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + time;
        let ctx = self.harness.ctx.clone();
        let now_millis = i64::try_from(now.as_millis()).unwrap();
        self.harness.state_mut().keep_serials_at(now_millis, &ctx);
    }

    pub fn model(&self) -> Arc<HostModel> {
        self.backend
            .model(&self.session.uri())
            .expect("the connection should be open")
    }

    /// The serial line of a running machine that Berth made.
    #[track_caller]
    pub fn serial_line(&self, name: &str) -> SerialLine {
        SerialLine::of_terminal(Path::new(virsh(self.session, &["ttyconsole", name]).trim()))
    }

    /// Closes the window as its frame's cross does, with everything that is kept for the next start.
    pub fn close(mut self) {
        self.harness.state_mut().save_at_exit();
        self.runtime.block_on(self.backend.shutdown());
    }

    fn keep_picture(&mut self, what: &str) -> String {
        let name: String = what.chars().filter(|char| char.is_ascii_alphanumeric()).collect();
        let folder = cache_folder().join("pictures");
        let path = folder.join(format!("{name}-{}.png", std::process::id()));
        let kept = std::fs::create_dir_all(&folder)
            .map_err(|error| error.to_string())
            .and_then(|()| self.harness.render())
            .and_then(|picture| picture.save(&path).map_err(|error| error.to_string()));
        match kept {
            Ok(()) => path.display().to_string(),
            Err(words) => format!("nothing, because: {words}"),
        }
    }

    fn report(&self) -> String {
        let model = self.model();
        let names: Vec<String> = model
            .machines
            .iter()
            .map(|machine| format!("{} {:?}", machine.name(), machine.state))
            .collect();
        let daemon = self.session.daemon_log();
        format!(
            "{:?} {:?} {names:?}\ndaemon: {daemon}",
            model.connection, model.freshness
        )
    }
}

fn keep_copied(ctx: &egui::Context, clipboard: &Mutex<Option<String>>) {
    ctx.output(|output| {
        for command in &output.commands {
            if let egui::OutputCommand::CopyText(text) = command {
                *clipboard.lock().unwrap() = Some(text.clone());
            }
        }
    });
}

fn app(
    session: &PrivateSession,
    folders: Folders,
    backend: Backend,
    runtime: &Runtime,
    channel: (Outbox, Inbox),
) -> App {
    let (outbox, inbox) = channel;
    App::new(AppDeps {
        backend,
        runtime: runtime.handle().clone(),
        cache: kept_models(&folders.cache),
        folders,
        keeper: Keeper::start().unwrap(),
        settings: Settings {
            connections: Vec::new(),
            reduced_motion: Some(true),
            // Rows say more than cards, and that is what tests ask for.
            listing: Listing::Table,
            ..Settings::default()
        },
        window: WindowState::default(),
        connections: vec![session.uri()],
        notes: Vec::new(),
        outbox,
        inbox,
        keyboard: berth::keyboard::Keyboard::default(),
    })
}

fn kept_models(folder: &Path) -> ModelCache {
    match ModelCache::store(folder).load() {
        berth::settings::Loaded::Content(cache) => cache,
        _ => ModelCache::default(),
    }
}
