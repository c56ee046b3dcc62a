//! From the command line to a running window.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use libvirt_backend::{Backend, Options, Profile};
use tokio::runtime::Runtime;

use super::demo::Throwaway;
use super::late_context::LateContext;
use super::open::refusal;
use super::outside::{self, Inbox, Note, Outbox, Outside};
use super::single_instance::{self, Claim, Instance, Request};
use super::wake::Wake;
use super::{App, AppDeps, desktop, distribution, logging, panic_report, window};
use crate::cli::Arguments;
use crate::keyboard::Keyboard;
use crate::link::Target;
use crate::settings::{Folders, Keeper, Loaded, ModelCache, Settings, Store, Why, WindowState};
use crate::settings::{settings_store, window_store};
use crate::{t, text};

const SESSION: &str = "qemu:///session";
/// How long closing waits for calls under way.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(4);

/// Everything read before there is a window.
pub struct Start {
    pub folders: Folders,
    pub settings: Settings,
    pub notes: Vec<Note>,
}

impl Start {
    /// Starts the log, reads the settings and uses their language. What went wrong becomes notes.
    pub fn read(folders: Folders) -> Self {
        let log = logging::start(&folders.state);
        let mut start = Self::read_settings(folders);
        // Without a log Berth works all the same.
        if let Err(error) = log {
            let path = logging::log_file(&start.folders.state).display().to_string();
            start
                .notes
                .push(Note::error(t!("core-no-log", path = path, reason = error.to_string())));
        }
        start
    }

    fn read_settings(folders: Folders) -> Self {
        let mut notes = Vec::new();
        let settings: Settings = load(&settings_store(&folders.config), &mut notes);
        let settings = settings.within_bounds();
        text::use_language(settings.language);
        // Told again now that the language is known.
        let notes = notes.into_iter().map(|problem| problem.into_note()).collect();
        Self {
            folders,
            settings,
            notes,
        }
    }
}

/// Why a file was not used.
struct Problem {
    file: String,
    kept_as: Option<String>,
    why: Why,
}

impl Problem {
    fn into_note(self) -> Note {
        let Self { file, kept_as, why } = self;
        let reason = match why {
            Why::Unreadable(words) | Why::Damaged(words) => words,
            Why::Newer { version } => t!("core-file-newer", version = version),
        };
        Note::error(match kept_as {
            Some(path) => t!("core-file-kept-aside", file = file, reason = reason, path = path),
            None => t!("core-file-in-the-way", file = file, reason = reason),
        })
    }
}

fn load<T: serde::de::DeserializeOwned + Default>(store: &Store, problems: &mut Vec<Problem>) -> T {
    let file = store.path().display().to_string();
    let (kept_as, why) = match store.load() {
        Loaded::Nothing => return T::default(),
        Loaded::Content(content) => return content,
        Loaded::KeptAside { path, why } => (Some(path.display().to_string()), why),
        Loaded::InTheWay { why } => (None, why),
    };
    tracing::warn!(file, ?why, "a file could not be used");
    problems.push(Problem { file, kept_as, why });
    T::default()
}

/// What can be lost without a word, because it is made anew: a cache.
fn load_quietly<T: serde::de::DeserializeOwned + Default>(store: &Store) -> T {
    load(store, &mut Vec::new())
}

/// Opens the window and stays until it is closed.
pub fn run(arguments: &Arguments, runtime: &Runtime, start: Start) -> ExitCode {
    if !window::has_display() {
        say(&t!("core-no-display"));
        return ExitCode::FAILURE;
    }
    let ctx = LateContext::default();
    let (outbox, inbox) = outside::channel(ctx.clone());
    let is_throwaway = arguments.demo || arguments.private_session;
    let target = arguments.target(&std::env::current_dir().unwrap_or_default());
    if let Some(Target::Refused(why)) = target {
        say(&refusal(why));
    }
    let instance = match claim(&start.folders, arguments, target.as_ref(), is_throwaway) {
        Ok(instance) => instance,
        Err(status) => return status,
    };
    let throwaway = match is_throwaway.then(|| Throwaway::new(&start.folders.cache, arguments.demo)) {
        None => None,
        Some(Ok(throwaway)) => Some(throwaway),
        Some(Err(error)) => {
            tracing::error!(%error, "no private session");
            say(&t!("core-no-private-session", words = error.to_string()));
            return ExitCode::FAILURE;
        }
    };
    if let Some(instance) = instance {
        instance.listen(&outbox);
    }
    if target.is_some() {
        // As a second start would ask.
        outbox.send(Outside::Raise(Request {
            connect: None,
            open: target,
        }));
    }
    desktop::watch(&outbox);
    distribution::read_beside();
    runtime.spawn(end_on_signal(outbox.clone()));
    let status = open(arguments, runtime, start, throwaway.as_ref(), &ctx, (outbox, inbox));
    drop(throwaway);
    status
}

/// Logging out and Ctrl+C close the window as a click would, so that sessions and files end well.
async fn end_on_signal(outbox: Outbox) {
    use tokio::signal::unix::{SignalKind, signal};
    let streams = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()].map(signal);
    let [Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup)] = streams else {
        tracing::warn!("signals cannot be waited for");
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = hangup.recv() => {}
    }
    outbox.send(Outside::Terminate);
}

/// `Err`: another window has taken over, and this is what to end with.
fn claim(
    folders: &Folders,
    arguments: &Arguments,
    target: Option<&Target>,
    is_throwaway: bool,
) -> Result<Option<Instance>, ExitCode> {
    let Some(folder) = folders.runtime.as_deref().filter(|_| !is_throwaway) else {
        return Ok(None);
    };
    let request = Request {
        // What is to be shown says where it is.
        connect: arguments.uri().filter(|_| target.is_none()),
        open: target.cloned(),
    };
    match single_instance::claim(folder, &request) {
        Claim::First(instance) => Ok(Some(instance)),
        Claim::Second => {
            say(&t!("core-raised-window"));
            Err(ExitCode::SUCCESS)
        }
        Claim::Unknown(error) => {
            tracing::warn!(%error, "it cannot be told whether Berth is open already");
            Ok(None)
        }
    }
}

fn open(
    arguments: &Arguments,
    runtime: &Runtime,
    start: Start,
    throwaway: Option<&Throwaway>,
    ctx: &LateContext,
    (outbox, inbox): (Outbox, Inbox),
) -> ExitCode {
    let Start {
        folders,
        mut settings,
        mut notes,
    } = start;
    notes.extend(panic_notes(&folders));
    let own_folders = own_folders(&folders, throwaway);
    if throwaway.is_some() && !arguments.demo {
        notes.push(Note::info(t!("core-private-session")));
    }
    let connections = connections(arguments, &settings, throwaway);
    if throwaway.is_some() {
        // The saved list is of the user's own connections and not shown beside a session that ends.
        settings.connections.clear();
    } else if rustix::process::getuid().is_root() && connections.iter().any(|uri| uri == SESSION) {
        notes.push(Note::info(t!("core-root-session")));
    }
    let keeper = match Keeper::start() {
        Ok(keeper) => keeper,
        Err(error) => {
            say(&error.to_string());
            return ExitCode::FAILURE;
        }
    };
    let wake = Wake::new(ctx.clone());
    let backend = Backend::new(runtime.handle().clone(), backend_options(&folders, &own_folders, &wake));
    wake.watch(&backend);
    if let Some(throwaway) = throwaway {
        throwaway.open(&backend);
    }
    let mut problems = Vec::new();
    let window: WindowState = load(&window_store(&own_folders.state), &mut problems);
    notes.extend(problems.into_iter().map(Problem::into_note));
    let options = window::options(&window);
    let keyboard = Keyboard::default();
    let deps = AppDeps {
        backend: backend.clone(),
        runtime: runtime.handle().clone(),
        cache: load_quietly(&ModelCache::store(&own_folders.cache)),
        folders: own_folders,
        keeper,
        settings,
        window,
        connections,
        notes,
        outbox,
        inbox,
        keyboard: keyboard.clone(),
    };
    let app = App::new(deps);
    if let Some(throwaway) = throwaway {
        throwaway.fill(&backend, runtime.handle());
    }
    let result = window::run(options, ctx, keyboard, Box::new(app));
    runtime.block_on(async {
        if tokio::time::timeout(SHUTDOWN_TIMEOUT, backend.shutdown())
            .await
            .is_err()
        {
            tracing::warn!("calls under way were left behind");
        }
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            tracing::error!(words, "no window");
            say(&t!("core-no-window", words = words));
            ExitCode::FAILURE
        }
    }
}

/// A throw-away session takes with it what was kept of its machines; the choices are the user's own.
fn own_folders(folders: &Folders, throwaway: Option<&Throwaway>) -> Folders {
    match throwaway {
        None => folders.clone(),
        Some(throwaway) => Folders::below(&throwaway.folder().join("berth")),
    }
}

/// The model and its events wake the window. What was proved of this host is
/// the user's, also in a session that ends; disks are not.
fn backend_options(folders: &Folders, own_folders: &Folders, wake: &Arc<Wake>) -> Options {
    let wake = Arc::clone(wake);
    Options {
        state_folder: folders.state.clone(),
        data_folder: own_folders.data.clone(),
        on_change: Arc::new(move || wake.on_change()),
        profile: Profile::Desktop,
        kept_free_percent: libvirt_backend::KEPT_FREE_PERCENT,
    }
}

fn connections(arguments: &Arguments, settings: &Settings, throwaway: Option<&Throwaway>) -> Vec<String> {
    if let Some(throwaway) = throwaway {
        return vec![throwaway.uri()];
    }
    let asked = arguments.uri();
    if let Some(uri) = asked.clone().filter(|_| arguments.command.is_none()) {
        return vec![uri];
    }
    // A machine or a file was asked for: the window is the usual one.
    let saved = settings.connections.iter().filter(|saved| saved.opens_at_start);
    let mut uris: Vec<String> = saved.map(|saved| saved.uri.clone()).collect();
    uris.extend(asked.filter(|uri| !uris.contains(uri)));
    uris
}

fn panic_notes(folders: &Folders) -> Option<Note> {
    let newest = panic_report::take_new(&folders.state).pop()?;
    let path = newest.display().to_string();
    Some(Note::error(t!("core-panicked-before", path = path)))
}

/// To the terminal that the window was started from, where there is one.
fn say(text: &str) {
    writeln!(std::io::stderr(), "{text}").ok();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::ThemeChoice;

    #[test]
    fn settings_that_cannot_be_read_are_kept_aside_with_a_word() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::below(folder.path());
        std::fs::create_dir_all(&folders.config).unwrap();
        std::fs::write(folders.config.join("settings.json"), "{\"version\": 1, ").unwrap();
        let start = Start::read_settings(folders.clone());
        assert_eq!(start.settings, Settings::default());
        let [note] = &start.notes[..] else {
            panic!("{:?}", start.notes);
        };
        assert!(
            note.is_error && note.text.contains("settings.json.bad-"),
            "{}",
            note.text
        );
        assert!(Start::read_settings(folders).notes.is_empty(), "told twice");
    }

    #[test]
    fn settings_that_can_be_read_are_used_without_a_word() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::below(folder.path());
        let settings = Settings {
            theme: ThemeChoice::Light,
            ..Settings::default()
        };
        settings_store(&folders.config).save(&settings).unwrap();
        let start = Start::read_settings(folders);
        assert_eq!(start.settings, settings);
        assert!(start.notes.is_empty());
    }

    #[test]
    fn the_start_after_a_panic_tells_where_its_report_is() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::below(folder.path());
        assert_eq!(panic_notes(&folders), None);
        std::fs::create_dir_all(&folders.state).unwrap();
        std::fs::write(folders.state.join("panic-1-2.new"), "panic: x").unwrap();
        let note = panic_notes(&folders).unwrap();
        assert!(note.text.contains("panic-1-2.txt"), "{}", note.text);
        assert_eq!(panic_notes(&folders), None);
    }

    #[test]
    fn the_connection_asked_for_is_the_only_one_opened() {
        use clap::Parser as _;
        let of = |words: &[&str]| connections(&Arguments::parse_from(words), &Settings::default(), None);
        assert_eq!(of(&["berth", "--connect", "test:///default"]), ["test:///default"]);
        // A machine that is opened is shown in the usual window.
        let opened = of(&["berth", "--connect", "test:///default", "open", "x"]);
        assert_eq!(opened, [SESSION, "test:///default"]);
        // Where the environment names a connection, it counts as asked for.
        if std::env::var_os("LIBVIRT_DEFAULT_URI").is_none() {
            assert_eq!(of(&["berth"]), [SESSION]);
        }
    }
}
