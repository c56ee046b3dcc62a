//! What every operation is given: a connection that nobody hangs on, a way to tell how far it is, a way to be stopped.
//!
//! Operations block, run on a named thread of the connection's pool, and never see the actor, tokio or the clock of
//! anybody else.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::command::JobStep;
use crate::error::{Error, LibvirtError, Result};
use crate::ffi::Conn;
use crate::model::{HostModel, MachineId};

/// The surroundings of one operation.
pub(crate) struct Context<'a> {
    pub(crate) connection: &'a Conn,
    /// As the user gave it: names the connection in errors, journals and caches.
    pub(crate) uri: &'a str,
    pub(crate) paths: &'a Paths,
    /// The model as it was when the operation began: who uses which file, which names are taken.
    pub(crate) model: &'a HostModel,
    /// Step, fraction (0 to 1, `None`: unknown), and whether cancelling works from now on. Never blocks.
    pub(crate) progress: &'a (dyn Fn(JobStep, Option<f32>, bool) + Sync),
    pub(crate) cancel: &'a CancelToken,
    /// Opens another connection to the same daemon, for what may hold one for long.
    pub(crate) connect: &'a dyn Fn() -> std::result::Result<Conn, LibvirtError>,
}

/// The path of a socket has 107 bytes; ssh wants 21 of them for a name, and 17 more while it makes it.
const MAX_RUNTIME_FOLDER: usize = 64;

/// Where Berth keeps its own things.
#[expect(clippy::struct_field_names, reason = "each is a folder, and is called so everywhere")]
#[derive(Clone, Debug)]
pub(crate) struct Paths {
    /// What was proved of hosts, the journal of unfinished jobs.
    pub(crate) state_folder: PathBuf,
    /// `<data folder>/images` becomes a directory pool where there is none.
    pub(crate) data_folder: PathBuf,
    /// For sockets of this run, readable by nobody else. `None`: nowhere would their paths be short enough.
    pub(crate) runtime_folder: Option<PathBuf>,
}

impl Paths {
    pub(crate) fn new(state_folder: PathBuf, data_folder: PathBuf) -> Self {
        let own = std::env::var_os("XDG_RUNTIME_DIR").map(|folder| PathBuf::from(folder).join("berth"));
        let runtime_folder = own
            .into_iter()
            .chain([state_folder.clone()])
            .find(|folder| folder.is_absolute() && folder.as_os_str().len() <= MAX_RUNTIME_FOLDER);
        Self {
            state_folder,
            data_folder,
            runtime_folder,
        }
    }
}

impl Context<'_> {
    /// A step that goes on for an unknown time and cannot be cancelled.
    pub(crate) fn step(&self, step: JobStep) {
        (self.progress)(step, None, false);
    }

    /// The same, and cancelling works until the next step.
    pub(crate) fn cancellable_step(&self, step: JobStep) -> Result<()> {
        self.cancel.check()?;
        (self.progress)(step, None, true);
        Ok(())
    }
}

/// Says that a job should end. Cheap to clone; set once, never cleared.
#[derive(Clone, Debug, Default)]
pub(crate) struct CancelToken(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<CancelState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct CancelState {
    is_cancelled: bool,
    abortable: Option<MachineId>,
}

impl CancelToken {
    /// Sets it. Answers the domain whose libvirt job must be aborted for the blocked call to return, if any.
    pub(crate) fn cancel(&self) -> Option<MachineId> {
        let mut state = self.lock();
        state.is_cancelled = true;
        self.0.changed.notify_all();
        state.abortable
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.lock().is_cancelled
    }

    /// `Err(Error::Cancelled)` once it is set.
    pub(crate) fn check(&self) -> Result<()> {
        if self.is_cancelled() {
            Err(Error::Cancelled)
        } else {
            Ok(())
        }
    }

    /// Sleeps up to `duration`; returns at once, with `Err(Error::Cancelled)`, when it is set.
    pub(crate) fn wait(&self, duration: Duration) -> Result<()> {
        let end = Instant::now() + duration;
        let mut state = self.lock();
        while !state.is_cancelled {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            state = self
                .0
                .changed
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        Err(Error::Cancelled)
    }

    /// Runs a blocking call that libvirt can abort (managed save, a snapshot with memory, a block job): when the
    /// token is set meanwhile, the connection aborts the domain's job over a connection that is free, and the call
    /// returns with libvirt's "operation aborted", which is turned into `Error::Cancelled`.
    pub(crate) fn while_abortable<T>(&self, machine: MachineId, call: impl FnOnce() -> Result<T>) -> Result<T> {
        {
            let mut state = self.lock();
            if state.is_cancelled {
                return Err(Error::Cancelled);
            }
            state.abortable = Some(machine);
        }
        let result = call();
        let mut state = self.lock();
        state.abortable = None;
        match result {
            Err(Error::Libvirt { .. }) if state.is_cancelled => Err(Error::Cancelled),
            other => other,
        }
    }

    fn lock(&self) -> MutexGuard<'_, CancelState> {
        // The state is two plain values: a panic elsewhere cannot leave it half written.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cancelling_wakes_a_wait_at_once() {
        let token = CancelToken::default();
        let other = token.clone();
        let waiter = std::thread::Builder::new()
            .name("waiter".to_owned())
            .spawn(move || other.wait(Duration::from_mins(1)))
            .unwrap();
        token.cancel();
        assert_eq!(waiter.join().unwrap(), Err(Error::Cancelled));
    }

    #[test]
    fn a_call_names_the_domain_to_abort_only_while_it_runs() {
        let machine: MachineId = "11111111-2222-3333-4444-555555555555".parse().unwrap();
        let token = CancelToken::default();
        let result = token.while_abortable(machine, || {
            assert_eq!(token.cancel(), Some(machine));
            Err::<(), _>(Error::Libvirt {
                verb: crate::error::Verb::ManagedSave,
                object: "guest".to_owned(),
                source: crate::error::LibvirtError {
                    code: 78,
                    domain: 10,
                    message: "operation aborted".to_owned(),
                },
            })
        });
        assert_eq!(result, Err(Error::Cancelled));
        assert_eq!(token.cancel(), None);
    }
}
