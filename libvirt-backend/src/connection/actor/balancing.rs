//! The automatic balloon, as far as the actor is concerned: every few seconds guests are asked for memory, or given it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use virt::sys;

use super::Actor;
use crate::backend::Profile;
use crate::connection::balloon::{self, Guest, Host};
use crate::connection::message::Finished;
use crate::connection::pool::Lane;
use crate::model::{Machine, MachineId, Responding, State};

/// Guests take a moment to follow, and their own figures are as old.
const EVERY: Duration = Duration::from_secs(5);
/// A guest that does not follow is left alone for so long.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often guests are to say what they use.
const STATS_PERIOD_SECONDS: i32 = 5;

#[derive(Default)]
pub(super) struct Balancing {
    at: Option<Instant>,
    /// What each was asked for last, what it had then, and when.
    asked: BTreeMap<MachineId, (u64, u64, Instant)>,
    /// Guests that were asked to say what they use.
    timed: BTreeSet<MachineId>,
}

impl Balancing {
    /// Another QEMU, or none.
    pub(super) fn forget(&mut self, id: MachineId) {
        self.asked.remove(&id);
        self.timed.remove(&id);
    }
}

impl Actor {
    /// After each round of samples.
    pub(super) fn balance_memory(&mut self, now: Instant) {
        let is_due = self.balancing.at.is_none_or(|at| now.duration_since(at) >= EVERY);
        if self.common.profile != Profile::Desktop || !is_due {
            return;
        }
        let (Some(used), Some(total)) = (self.stats.memory_used_bytes, self.stats.memory_total_bytes) else {
            return;
        };
        let taking_part: Vec<_> = self
            .machines
            .iter()
            .filter_map(|(id, entry)| Some((*id, least(&entry.machine)?, entry)))
            .collect();
        if taking_part.is_empty() {
            return;
        }
        self.balancing.at = Some(now);
        let mut guests = Vec::new();
        let mut silent = Vec::new();
        for (id, least, entry) in taking_part {
            let sample = entry.machine.stats.latest.unwrap_or_default();
            match (sample.memory_given_bytes, sample.memory_used_bytes) {
                (Some(given), Some(used)) => guests.push(Guest {
                    id,
                    most: entry.machine.definition.memory_current_kib.saturating_mul(1024),
                    least,
                    given,
                    used,
                }),
                _ => silent.push(id),
            }
        }
        let host = Host {
            total,
            available: total.saturating_sub(used),
            kept_percent: self.common.kept_free_percent,
        };
        for id in silent {
            if self.balancing.timed.insert(id) {
                self.tell_guest(id, None);
            }
        }
        for (id, target) in balloon::targets(host, &guests) {
            let given = guests
                .iter()
                .find(|guest| guest.id == id)
                .map_or(0, |guest| guest.given);
            let is_stubborn = self.balancing.asked.get(&id).is_some_and(|(asked, then, at)| {
                *then == given && *asked != given && now.duration_since(*at) < PATIENCE
            });
            if !is_stubborn {
                self.balancing.asked.insert(id, (target, given, now));
                self.tell_guest(id, Some(target));
            }
        }
    }

    /// What it is to have; `None`: it is to say what it uses.
    fn tell_guest(&self, id: MachineId, target: Option<u64>) {
        self.call(Lane::Command(id), Some(id), move |conn| {
            let Ok(conn) = conn else { return Finished::Nothing };
            let told = conn.lookup_domain_by_uuid(id.0).and_then(|domain| match target {
                Some(bytes) => domain
                    .set_memory_flags(bytes / 1024, sys::VIR_DOMAIN_AFFECT_LIVE)
                    .map(drop),
                None => domain.set_memory_stats_period(STATS_PERIOD_SECONDS, sys::VIR_DOMAIN_AFFECT_LIVE),
            });
            match told {
                Ok(()) => tracing::debug!(%id, ?target, "balloon"),
                // It may have stopped, or have no balloon.
                Err(error) => tracing::info!(%id, ?target, %error, "the balloon was not moved"),
            }
            Finished::Nothing
        });
    }
}

/// Down to what it gives memory back; `None`: never, or not now.
fn least(machine: &Machine) -> Option<u64> {
    let is_well = machine.state == State::Running && machine.responding == Responding::Yes;
    let least = machine.definition.memory_least_kib.filter(|_| is_well)?;
    Some(least.saturating_mul(1024))
}
