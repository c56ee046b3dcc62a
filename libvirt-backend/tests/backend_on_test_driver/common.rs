//! A backend on computers of the test driver, and waiting for what it should come to.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use libvirt_backend::model::{Freshness, HostModel, Machine};
use libvirt_backend::{Backend, Command, Event, MachineCommand, Options, Outcome, Profile, Result};

pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Fixture {
    pub(crate) backend: Backend,
    pub(crate) uri: String,
    folder: tempfile::TempDir,
}

impl Fixture {
    /// A computer with these machines, all of them running (as the test driver has it), shown live.
    pub(crate) async fn with_machines(names: &[&str]) -> Self {
        let fixture = Self::unopened(names, Profile::Desktop);
        fixture.backend.open(&fixture.uri);
        fixture.live().await;
        fixture
    }

    pub(crate) fn unopened(names: &[&str], profile: Profile) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let uri = write_computer(folder.path(), "computer.xml", names);
        Self {
            backend: backend(folder.path(), profile),
            uri,
            folder,
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) async fn live(&self) -> Arc<HostModel> {
        self.until("the list is live and whole", |model| {
            model.freshness == Freshness::Live && model.machines.iter().all(|machine| machine.definition.is_complete)
        })
        .await
    }

    pub(crate) async fn until(&self, what: &str, is_so: impl FnMut(&HostModel) -> bool) -> Arc<HostModel> {
        until(&self.backend, &self.uri, what, is_so).await
    }

    pub(crate) fn machine(&self, name: &str) -> Arc<Machine> {
        let model = self.backend.model(&self.uri).unwrap();
        Arc::clone(
            model
                .machine_named(name)
                .unwrap_or_else(|| panic!("no {name}: {model:?}")),
        )
    }

    pub(crate) async fn run(&self, name: &str, command: MachineCommand) -> Result<Outcome> {
        let id = self.machine(name).id;
        self.backend.run(&self.uri, Command::Machine { id, command }).await
    }
}

pub(crate) fn backend(folder: &Path, profile: Profile) -> Backend {
    let options = Options {
        state_folder: folder.join("state"),
        data_folder: folder.join("data"),
        on_change: Arc::new(|| {}),
        profile,
        kept_free_percent: libvirt_backend::KEPT_FREE_PERCENT,
    };
    Backend::new(tokio::runtime::Handle::current(), options)
}

/// Writes a computer for the test driver and answers its URI.
pub(crate) fn write_computer(folder: &Path, file: &str, names: &[&str]) -> String {
    let mut xml = String::from(
        "<node><cpu><mhz>2000</mhz><model>i686</model><active>4</active><nodes>1</nodes><sockets>1</sockets>\
         <cores>4</cores><threads>1</threads></cpu><memory>8388608</memory>",
    );
    for name in names {
        write!(
            xml,
            "<domain type='test'><name>{name}</name><memory>65536</memory><vcpu>1</vcpu>\
             <os><type arch='i686'>hvm</type></os></domain>"
        )
        .unwrap();
    }
    xml.push_str("</node>");
    let path = folder.join(file);
    std::fs::write(&path, xml).unwrap();
    format!("test://{}", path.display())
}

pub(crate) async fn until(
    backend: &Backend,
    uri: &str,
    what: &str,
    mut is_so: impl FnMut(&HostModel) -> bool,
) -> Arc<HostModel> {
    let mut watch = backend.watch(uri).unwrap();
    let found = tokio::time::timeout(PATIENCE, watch.wait_for(|model| is_so(model))).await;
    let Ok(model) = found else {
        panic!("never: {what}; last: {:?}", backend.model(uri));
    };
    Arc::clone(&model.unwrap())
}

/// Collects events until one answers `is_it`.
pub(crate) async fn event_until(backend: &Backend, mut is_it: impl FnMut(&Event) -> bool) -> Vec<Event> {
    let mut seen = Vec::new();
    let end = tokio::time::Instant::now() + PATIENCE;
    loop {
        let new = backend.take_events();
        let is_over = new.iter().any(&mut is_it);
        seen.extend(new);
        if is_over {
            return seen;
        }
        assert!(tokio::time::Instant::now() < end, "never among {seen:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
