//! Sessions that end with the window: `--demo` with two sample machines that really run, and `--private-session` for
//! root, whose own session would be the whole computer's.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use libvirt_backend::Backend;
use libvirt_backend::command::Command;
use libvirt_backend::model::{AccelChoice, Freshness, NetworkChoice, NewMachine, NewStorage, Os};
use libvirt_backend::private_session::demo::{Sample, prepare};
use libvirt_backend::private_session::{PrivateSession, SessionError, SessionOptions};

use crate::t;

/// A throw-away session and what it will be shown with. Ends when dropped.
pub struct Throwaway {
    launch: Arc<Launch>,
    session: Arc<PrivateSession>,
}

/// The start of the daemon, behind the window.
struct Launch {
    /// The session ends with its owner, whatever still holds this.
    session: Weak<PrivateSession>,
    with_samples: bool,
    /// What the session is to be filled with, once the daemon runs. Locked while it starts.
    samples: Mutex<Option<Vec<Sample>>>,
}

impl Launch {
    /// Blocks until the daemon listens: some tenths of a second, seconds on a busy computer. Once it does, this returns
    /// at once.
    fn ensure(&self) -> Result<(), SessionError> {
        let mut samples = self.locked();
        // Given back before the lock is, so that whoever ends the session finds itself the only owner.
        let session = self.session.upgrade().ok_or(SessionError::NoDaemon)?;
        if samples.is_none() {
            session.launch()?;
            *samples = Some(if self.with_samples {
                prepare(session.folder())?
            } else {
                Vec::new()
            });
        }
        Ok(())
    }

    fn locked(&self) -> MutexGuard<'_, Option<Vec<Sample>>> {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Throwaway {
    fn drop(&mut self) {
        self.session.give_up();
        // A start under way is over when this lock is to be had.
        drop(self.launch.locked());
    }
}

impl Throwaway {
    /// Makes its folder, and with it the address; nothing is started yet.
    pub fn new(cache_folder: &Path, with_samples: bool) -> Result<Self, SessionError> {
        let session = Arc::new(PrivateSession::prepare(SessionOptions {
            cache_folder: Some(cache_folder.join("qemu-probes")),
            ..SessionOptions::default()
        })?);
        let launch = Arc::new(Launch {
            session: Arc::downgrade(&session),
            with_samples,
            samples: Mutex::new(None),
        });
        Ok(Self { launch, session })
    }

    /// Connects to it, which starts the daemon first.
    pub fn open(&self, backend: &Backend) {
        let launch = Arc::clone(&self.launch);
        let before = move || {
            launch.ensure().map_err(|error| {
                tracing::error!(%error, "no private session");
                t!("core-no-private-session", words = error.to_string())
            })
        };
        backend.open_after(&self.uri(), Arc::new(before));
    }

    pub fn uri(&self) -> String {
        self.session.uri()
    }

    pub fn folder(&self) -> &Path {
        self.session.folder()
    }

    /// Creates and starts the sample machines by the ordinary command, as soon as the connection is up.
    pub fn fill(&self, backend: &Backend, runtime: &tokio::runtime::Handle) {
        if !self.launch.with_samples {
            return;
        }
        let (backend, uri, launch) = (backend.clone(), self.uri(), Arc::clone(&self.launch));
        runtime.spawn(async move {
            let Some(mut models) = backend.watch(&uri) else {
                tracing::error!("the session for the samples is not open");
                return;
            };
            let is_live = |model: &Arc<libvirt_backend::model::HostModel>| {
                model.connection.is_connected() && model.freshness == Freshness::Live
            };
            if models.wait_for(is_live).await.is_ok() {
                let samples = launch.locked().clone();
                for sample in samples.into_iter().flatten() {
                    backend.submit(&uri, Command::Create(Box::new(machine(sample))));
                }
            }
        });
    }
}

fn machine(sample: Sample) -> NewMachine {
    NewMachine {
        name: sample.name.to_owned(),
        memory_kib: sample.memory_kib,
        vcpus: 1,
        storage: NewStorage::Import(sample.disk),
        cdrom: None,
        network: NetworkChoice::User,
        // A boot sector needs no KVM, and not every host that has it can run it.
        accel: AccelChoice::Tcg,
        os: Os::Generic,
        tags: vec!["demo".to_owned()],
        start: true,
    }
}
