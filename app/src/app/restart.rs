//! "Restart to apply": a machine is shut down and, once it is off, started. A guest that does not shut down is left as
//! it is, and what can be done then is offered as after any other request to shut down.

use std::time::Duration;

use libvirt_backend::JobId;
use libvirt_backend::command::{Command, JobState, MachineCommand as Run, Outcome};
use libvirt_backend::guard::Action;
use libvirt_backend::model::State;

use super::App;
use crate::route::MachineKey;

/// A machine on its way.
pub(super) struct Restart {
    machine: MachineKey,
    shutdown: JobId,
    /// The guest has shut down; what runs no more may still be listed as running.
    is_shut_down: bool,
}

impl App {
    pub(super) fn restart_to_apply(&mut self, machine: MachineKey) {
        if let Err(reason) = self.check(Action::Shutdown, &machine) {
            self.refuse(Action::Shutdown, &machine, &reason);
            return;
        }
        let grace = Duration::from_secs(u64::from(self.settings.shutdown_grace_seconds));
        let command = Command::Machine {
            id: machine.id,
            command: Run::Shutdown { grace },
        };
        self.restarts.retain(|restart| restart.machine != machine);
        let shutdown = self.backend.submit(&machine.uri, command);
        self.restarts.push(Restart {
            machine,
            shutdown,
            is_shut_down: false,
        });
    }

    /// The request to shut down is over.
    pub(super) fn take_restart(&mut self, job: JobId, state: &JobState) {
        let is_shut_down = match state {
            JobState::Done(outcome) => *outcome != Outcome::StillRunning,
            _ => false,
        };
        if is_shut_down {
            for restart in self.restarts.iter_mut().filter(|restart| restart.shutdown == job) {
                restart.is_shut_down = true;
            }
        } else {
            self.restarts.retain(|restart| restart.shutdown != job);
        }
    }

    /// Starts those that are off by now.
    pub(super) fn keep_restarts(&mut self) {
        let (over, under_way) = std::mem::take(&mut self.restarts)
            .into_iter()
            .partition(|restart: &Restart| {
                let machine = self.machine(&restart.machine);
                restart.is_shut_down && machine.is_none_or(|machine| matches!(machine.state, State::ShutOff(_)))
            });
        self.restarts = under_way;
        let over: Vec<Restart> = over;
        for restart in over {
            self.submit(&restart.machine, Run::Start);
        }
    }
}
