//! Machines whose QEMU does not answer: a call on them is overdue, or the statistics pass them by.

use std::collections::BTreeMap;
use std::time::Instant;

use super::Actor;
use crate::command::{MachineCommand, Notice, NoticeKind};
use crate::connection::{clock, dispatch};
use crate::model::{MachineId, PauseReason, Responding, State};

impl Actor {
    /// Marks machines that hang, and takes the mark off again when they answer.
    pub(super) fn watch_for_hangs(&mut self, now: Instant) {
        let overdue = self.pool.overdue(now);
        // While a job of ours holds the machine, others wait for the job and not for QEMU.
        self.mark_new(now, &overdue, dispatch::holds_machine);
        let occupied = self.sampling.hung.clone();
        self.mark_new(now, &occupied, dispatch::holds_monitor);
        let is_hanging = |id: &MachineId| overdue.contains_key(id) || occupied.contains_key(id);
        let marked: Vec<MachineId> = self
            .machines
            .iter()
            .filter(|(_, entry)| !entry.machine.responding.is_yes())
            .map(|(id, _)| *id)
            .collect();
        for id in marked.into_iter().filter(|id| !is_hanging(id)) {
            self.mark(id, Responding::Yes);
            // It may have changed meanwhile.
            self.read_machine(id);
        }
    }

    fn mark_new(
        &mut self,
        now: Instant,
        hanging: &BTreeMap<MachineId, Instant>,
        is_explained_by: fn(&MachineCommand) -> bool,
    ) {
        for (id, since) in hanging {
            let is_news = |entry: &super::Entry| can_hang(entry.machine.state) && entry.machine.responding.is_yes();
            if self.machines.get(id).is_some_and(is_news) && !self.has_such_job_on(*id, is_explained_by) {
                let millis = now.duration_since(*since).as_millis() as i64;
                self.mark(
                    *id,
                    Responding::No {
                        since_millis: clock::now_millis() - millis,
                    },
                );
            }
        }
    }

    pub(super) fn set_responding_everywhere(&mut self, responding: Responding) {
        let ids: Vec<MachineId> = self.machines.keys().copied().collect();
        for id in ids {
            self.alter(id, |machine| machine.responding = responding);
        }
    }

    fn mark(&mut self, id: MachineId, responding: Responding) {
        self.alter(id, |machine| machine.responding = responding);
        let kind = if responding.is_yes() {
            NoticeKind::MachineRespondsAgain
        } else {
            NoticeKind::MachineNotResponding
        };
        self.tell_machine(id, kind);
    }

    pub(super) fn tell_machine(&self, id: MachineId, kind: NoticeKind) {
        self.common.tell(Notice {
            uri: self.uri.clone(),
            machine: Some(id),
            machine_name: self.machines.get(&id).map(|entry| entry.machine.name().to_owned()),
            kind,
        });
    }
}

/// Is there a QEMU that should answer? One that another program is just starting takes its time, and its machine is
/// libvirt's alone until it runs.
const fn can_hang(state: State) -> bool {
    state.is_active() && !matches!(state, State::Paused(PauseReason::StartingUp))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_machine_that_has_started_can_hang() {
        assert!(can_hang(State::Running));
        assert!(can_hang(State::Paused(PauseReason::User)));
        assert!(
            !can_hang(State::Paused(PauseReason::StartingUp)),
            "somebody is starting it"
        );
        assert!(!can_hang(State::ShutOff(crate::model::ShutOffReason::Shutdown)));
    }
}
