//! Applies what the user chose, and keeps settings, window and last known machines on disk.

use std::sync::Arc;
use std::time::{Duration, Instant};

use libvirt_backend::model::{ConnectionState, Freshness, HostModel};

use super::App;
use super::outside::Note;
use crate::command::SettingsCommand;
use crate::route::Route;
use crate::settings::{ModelCache, settings_store, window_store};
use crate::{t, text};

/// The last known machines are written at most this often.
const CACHE_PERIOD: Duration = Duration::from_secs(30);
/// How long closing waits for the disk.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(3);

/// What the file of last known machines holds, as far as it must be known to keep it right.
pub(super) struct CacheState {
    /// As read at start: still the best that is known of connections that did not come up.
    at_start: ModelCache,
    /// Machines and settings of each connection by identity; a change of figures alone is not written.
    written: Vec<HostMark>,
    written_at: Option<Instant>,
}

/// Tells whether what is kept of a host changed, without comparing a thousand machines.
#[derive(PartialEq)]
struct HostMark {
    uri: String,
    freshness: Freshness,
    definitions: Vec<(usize, libvirt_backend::model::State)>,
}

impl HostMark {
    fn of(host: &HostModel) -> Self {
        let machines = host.machines.iter();
        Self {
            uri: host.uri.clone(),
            freshness: host.freshness,
            definitions: machines
                .map(|machine| (Arc::as_ptr(&machine.definition).addr(), machine.state))
                .collect(),
        }
    }
}

impl CacheState {
    pub(super) fn new(at_start: ModelCache) -> Self {
        Self {
            at_start,
            written: Vec::new(),
            written_at: None,
        }
    }

    /// What the first frame shows came from the file: nothing to write.
    pub(super) fn seen(&mut self, hosts: &[Arc<HostModel>]) {
        self.written = hosts.iter().map(|host| HostMark::of(host)).collect();
    }
}

impl App {
    pub(super) fn run_settings(&mut self, command: SettingsCommand) {
        match command {
            SettingsCommand::Set(settings) => {
                self.settings = *settings;
                text::use_language(self.settings.language);
                self.keyboard.set_host_key(self.settings.host_key);
                self.is_look_stale = true;
            }
            SettingsCommand::ForgetDismissed => self.settings.dismissed.clear(),
        }
        self.save_settings();
    }

    /// Queues the file; a failure is told in a later frame.
    pub(super) fn save_settings(&self) {
        let store = settings_store(&self.folders.config);
        let settings = self.settings.clone();
        self.keeper
            .write(store.path().to_owned(), move || store.encode(&settings));
    }

    pub(super) fn take_save_failure(&mut self) {
        if let Some((path, words)) = self.keeper.take_failure() {
            let path = path.display().to_string();
            self.note(Note::error(t!("core-not-saved", path = path, words = words)));
        }
    }

    /// Keeps the last known machines for the next start.
    pub(super) fn keep_cache(&mut self, now: Instant) {
        let is_due = self
            .cached
            .written_at
            .is_none_or(|at| now.duration_since(at) >= CACHE_PERIOD);
        let is_live = self.hosts.iter().any(|host| host.freshness == Freshness::Live);
        if is_due && is_live {
            self.cached.written_at = Some(now);
            self.write_cache();
        }
    }

    fn write_cache(&mut self) {
        let marks: Vec<HostMark> = self.hosts.iter().map(|host| HostMark::of(host)).collect();
        if marks == self.cached.written {
            return;
        }
        self.cached.written = marks;
        // A connection that was forgotten takes its machines with it.
        let saved = &self.settings.connections;
        let is_saved = |uri: &str| saved.iter().any(|saved| saved.uri == uri);
        let is_open = |uri: &str| self.hosts.iter().any(|host| host.uri == uri);
        let cache =
            ModelCache::of(&self.hosts).with_missing_of(&self.cached.at_start, |uri| is_saved(uri) || is_open(uri));
        let store = ModelCache::store(&self.folders.cache);
        self.keeper.write(store.path().to_owned(), move || store.encode(&cache));
    }

    /// Writes what must outlive the window. Waits for the disk, but not for ever.
    pub fn save_at_exit(&mut self) {
        self.window.route = match &self.route {
            // A dialog page is no place to come back to.
            Route::Settings => Route::Machines,
            route => route.clone(),
        };
        self.window.selection = self.selection.primary.clone();
        self.note_console_sizes();
        let (store, window) = (window_store(&self.folders.state), self.window.clone());
        self.keeper
            .write(store.path().to_owned(), move || store.encode(&window));
        let is_any_known = self.hosts.iter().any(|host| {
            host.freshness == Freshness::Live || matches!(host.connection, ConnectionState::Disconnected { .. })
        });
        if is_any_known {
            self.write_cache();
        }
        if !self.keeper.flush(FLUSH_TIMEOUT) {
            tracing::warn!("not everything could be written in time");
        }
    }
}
