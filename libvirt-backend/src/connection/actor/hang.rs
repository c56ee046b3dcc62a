//! Machines whose QEMU does not answer.

use std::collections::BTreeMap;
use std::time::Instant;

use super::Actor;
use crate::command::{Notice, NoticeKind};
use crate::connection::clock;
use crate::model::{MachineId, Responding};

impl Actor {
    /// Marks machines on which a call hangs, and takes the mark off again when it came back.
    pub(super) fn watch_for_hangs(&mut self, now: Instant) {
        let overdue = self.pool.overdue(now);
        let marked: BTreeMap<MachineId, Responding> = self
            .machines
            .iter()
            .filter(|(_, entry)| !entry.machine.responding.is_yes())
            .map(|(id, entry)| (*id, entry.machine.responding))
            .collect();
        for (id, started) in &overdue {
            if !marked.contains_key(id) {
                let since_millis = clock::now_millis() - now.duration_since(*started).as_millis() as i64;
                self.mark(*id, Responding::No { since_millis });
            }
        }
        for id in marked.keys().filter(|id| !overdue.contains_key(id)) {
            self.mark(*id, Responding::Yes);
            // It may have changed meanwhile.
            self.read_machine(*id);
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
