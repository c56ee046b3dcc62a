//! Sessions that end with the window: `--demo` with two sample machines that really run, and `--private-session` for
//! root, whose own session would be the whole computer's.

use std::path::Path;
use std::sync::Arc;

use libvirt_backend::Backend;
use libvirt_backend::command::Command;
use libvirt_backend::model::{AccelChoice, Freshness, NetworkChoice, NewMachine, NewStorage, Os};
use libvirt_backend::private_session::demo::{Sample, prepare};
use libvirt_backend::private_session::{PrivateSession, SessionError, SessionOptions};

/// A throw-away session and what it will be shown with. Ends when dropped.
pub struct Throwaway {
    session: PrivateSession,
    samples: Vec<Sample>,
}

impl Throwaway {
    /// Blocks until the daemon listens: some tenths of a second, several seconds where QEMU was never probed.
    pub fn start(cache_folder: &Path, with_samples: bool) -> Result<Self, SessionError> {
        let session = PrivateSession::start(SessionOptions {
            cache_folder: Some(cache_folder.join("qemu-probes")),
            ..SessionOptions::default()
        })?;
        let samples = if with_samples {
            prepare(session.folder())?
        } else {
            Vec::new()
        };
        Ok(Self { session, samples })
    }

    pub fn uri(&self) -> String {
        self.session.uri()
    }

    pub fn folder(&self) -> &Path {
        self.session.folder()
    }

    /// Creates and starts the sample machines by the ordinary command, as soon as the connection is up.
    pub fn fill(&self, backend: &Backend, runtime: &tokio::runtime::Handle) {
        if self.samples.is_empty() {
            return;
        }
        let (backend, uri, samples) = (backend.clone(), self.uri(), self.samples.clone());
        runtime.spawn(async move {
            let Some(mut models) = backend.watch(&uri) else {
                tracing::error!("the session for the samples is not open");
                return;
            };
            let is_live = |model: &Arc<libvirt_backend::model::HostModel>| {
                model.connection.is_connected() && model.freshness == Freshness::Live
            };
            if models.wait_for(is_live).await.is_ok() {
                for sample in samples {
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
