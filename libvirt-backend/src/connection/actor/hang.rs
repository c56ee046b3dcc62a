//! Machines whose QEMU does not answer: a call on them is overdue, or the statistics pass them by.

use std::collections::BTreeMap;
use std::time::Instant;

use super::Actor;
use crate::command::{Notice, NoticeKind};
use crate::connection::clock;
use crate::model::{MachineId, Responding};

impl Actor {
    /// Marks machines that hang, and takes the mark off again when they answer.
    pub(super) fn watch_for_hangs(&mut self, now: Instant) {
        let mut hanging = self.pool.overdue(now);
        for (id, since) in &self.sampling.hung {
            hanging.entry(*id).or_insert(*since);
        }
        let marked: Vec<MachineId> = self
            .machines
            .iter()
            .filter(|(_, entry)| !entry.machine.responding.is_yes())
            .map(|(id, _)| *id)
            .collect();
        self.mark_new(now, &hanging, &marked);
        for id in marked.into_iter().filter(|id| !hanging.contains_key(id)) {
            self.mark(id, Responding::Yes);
            // It may have changed meanwhile.
            self.read_machine(id);
        }
    }

    fn mark_new(&mut self, now: Instant, hanging: &BTreeMap<MachineId, Instant>, marked: &[MachineId]) {
        for (id, since) in hanging {
            let is_active = |entry: &super::Entry| entry.machine.state.is_active();
            // While a job of ours holds the machine, others wait for the job and not for QEMU.
            let is_news = !marked.contains(id) && !self.has_long_job_on(*id);
            if is_news && self.machines.get(id).is_some_and(is_active) {
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
