//! A backend with several connections at once.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use berth_tests::wait_for;
use libvirt_backend::model::{ConnectionState, DisconnectReason, Freshness, HostModel};
use libvirt_backend::{Backend, Command, Options, Outcome, Profile, Result};
use tokio::runtime::{Builder, Runtime};

/// Software emulation on a busy computer is slow, and ssh is not quick either.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Hosts {
    pub(crate) backend: Backend,
    runtime: Runtime,
}

impl Hosts {
    pub(crate) fn new(folder: &std::path::Path) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let options = Options {
            state_folder: folder.join("state"),
            data_folder: folder.join("data"),
            on_change: Arc::new(|| {}),
            profile: Profile::Desktop,
            kept_free_percent: libvirt_backend::KEPT_FREE_PERCENT,
        };
        let backend = Backend::new(runtime.handle().clone(), options);
        Self { backend, runtime }
    }

    /// Opens it and waits until its list is live.
    pub(crate) fn connect(&self, uri: &str) -> Arc<HostModel> {
        self.backend.open(uri);
        self.until(uri, "the list is live", |model| model.freshness == Freshness::Live)
    }

    #[track_caller]
    pub(crate) fn until(&self, uri: &str, what: &str, is_so: impl Fn(&HostModel) -> bool) -> Arc<HostModel> {
        wait_for(what, PATIENCE, || self.backend.model(uri).filter(|model| is_so(model)))
    }

    pub(crate) fn run(&self, uri: &str, command: Command) -> Result<Outcome> {
        self.runtime.block_on(self.backend.run(uri, command))
    }

    /// Opens it and waits for the reason why it does not open, and whether it is tried again.
    pub(crate) fn refused(&self, uri: &str) -> (DisconnectReason, bool) {
        self.backend.open(uri);
        let model = self.until(uri, "it is refused", |model| reason_of(model).is_some());
        let ConnectionState::Disconnected { retry_at_millis, .. } = model.connection else {
            panic!("it was refused");
        };
        (reason_of(&model).unwrap(), retry_at_millis.is_some())
    }
}

pub(crate) fn reason_of(model: &HostModel) -> Option<DisconnectReason> {
    match model.connection {
        ConnectionState::Disconnected { reason, .. } => Some(reason),
        _ => None,
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        self.runtime.block_on(self.backend.shutdown());
    }
}

/// Short enough for a monitor's socket, gone with the test.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("br").tempdir_in("/tmp").unwrap()
}

/// What the other computer runs for each login: the words ssh was given, as the user whose libvirt `session` is.
pub(crate) fn write_login(session: &std::path::Path, script: PathBuf, words: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    // To virt-ssh-helper, root's libvirt is the system's: inside it must be the user that the private daemon is of.
    let other_user = if rustix::process::geteuid().is_root() {
        "unshare -U --map-user=1000 --map-group=1000"
    } else {
        ""
    };
    let at = session.display();
    let text = format!(
        "#!/bin/bash\n{words}\nexec {other_user} env HOME={at}/home XDG_RUNTIME_DIR={at}/run XDG_CONFIG_HOME={at}/cfg \
         XDG_CACHE_HOME={at}/cache XDG_DATA_HOME={at}/data sh -c \"$COMMAND\"\n"
    );
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
    script
}
