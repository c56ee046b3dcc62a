//! What is known of each machine, and reading it anew.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Actor;
use super::connect::contained;
use crate::connection::link::Purpose;
use crate::connection::message::{Finished, Reading};
use crate::connection::pool::{Call, Lane, Patience};
use crate::connection::read::{self, Detail, Found, Listed, Listing, Row};
use crate::connection::start_time::StartTimes;
use crate::connection::{addresses, clock};
use crate::error::{Error, Result, Verb};
use crate::ffi::Conn;
use crate::model::{Definition, Freshness, HostInfo, Machine, MachineId, NicSource, PoolSummary, Responding, State};

/// After a list that could not be read.
const LIST_AGAIN: Duration = Duration::from_secs(2);

/// How the reading of the pools stands: never two at once, and what happens meanwhile is seen by one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PoolsReading {
    Idle,
    UnderWay,
    Again,
}

/// A machine, and how its reading stands.
pub(super) struct Entry {
    pub(super) machine: Arc<Machine>,
    /// When the reading began that is shown: an answer that began earlier is old news.
    shown_since: Option<Instant>,
    is_being_read: bool,
    /// Something happened while it was being read.
    read_again: bool,
    needs_reading: bool,
}

impl Entry {
    pub(super) fn last_known(machine: &Arc<Machine>) -> Self {
        Self {
            machine: Arc::clone(machine),
            shown_since: None,
            is_being_read: false,
            read_again: false,
            needs_reading: true,
        }
    }

    fn listed(row: &Row) -> Self {
        let definition = Definition {
            is_persistent: row.is_persistent,
            has_managed_save: row.has_managed_save,
            autostart: row.autostart,
            ..Definition::unread(&row.name)
        };
        Self {
            machine: Arc::new(blank(row.id, definition, row.state)),
            shown_since: None,
            is_being_read: false,
            read_again: false,
            needs_reading: true,
        }
    }

    pub(super) const fn reading_stopped(&mut self) {
        self.is_being_read = false;
        self.read_again = false;
    }

    fn is_newer_than(&self, started: Instant) -> bool {
        self.shown_since.is_some_and(|since| since > started)
    }
}

fn blank(id: MachineId, definition: Definition, state: State) -> Machine {
    Machine {
        id,
        definition: Arc::new(definition),
        state,
        responding: Responding::Yes,
        started_at_millis: None,
        is_agent_connected: false,
        addresses: Arc::from([]),
        snapshots: Arc::from([]),
        stats: Arc::default(),
    }
}

impl Actor {
    pub(super) fn read_list(&self) {
        let epoch = self.epoch;
        self.call(Lane::Host, None, move |conn| Finished::Listed {
            epoch,
            result: contained(|| read::listing(conn?)),
        });
    }

    pub(super) fn read_host(&self) {
        let epoch = self.epoch;
        let is_local = self.opener.place.is_local();
        self.call(Lane::Host, None, move |conn| Finished::Host {
            epoch,
            result: contained(|| read::host(conn?, is_local)),
        });
    }

    pub(super) fn host_was_read(&mut self, result: Result<HostInfo>) {
        match result {
            Ok(info) => {
                self.is_host_known = true;
                self.info = Arc::new(info);
                self.is_dirty = true;
            }
            Err(error) => {
                tracing::warn!(uri = self.uri, %error, "the host could not be read");
                self.list_at = Some(Instant::now() + LIST_AGAIN);
            }
        }
    }

    /// On a lane of its own: a pool on a file server that is away holds up neither the list nor the host.
    pub(super) fn read_pools(&mut self) {
        if self.pools_reading != PoolsReading::Idle {
            self.pools_reading = PoolsReading::Again;
            return;
        }
        let epoch = self.epoch;
        let is_queued = self.call(Lane::Pools, None, move |conn| Finished::Pools {
            epoch,
            result: contained(|| read::pools(conn?)),
        });
        if is_queued {
            self.pools_reading = PoolsReading::UnderWay;
        }
    }

    /// Reads one machine soon; a reading under way is followed by one more.
    pub(super) fn read_machine(&mut self, id: MachineId) {
        self.read_machine_beyond(id, None);
    }

    /// As [`Self::read_machine`], without what a list has just told.
    fn read_machine_beyond(&mut self, id: MachineId, listed: Option<Listed>) {
        if let Some(entry) = self.machines.get_mut(&id) {
            if entry.is_being_read {
                entry.read_again = true;
                return;
            }
            entry.is_being_read = true;
            entry.needs_reading = false;
        }
        let epoch = self.epoch;
        let start_times = self.start_times.clone();
        let is_queued = self.call(Lane::Read(id), Some(id), move |conn| Finished::Machine {
            epoch,
            reading: Reading::take(id, conn, listed, &start_times),
        });
        if !is_queued && let Some(entry) = self.machines.get_mut(&id) {
            entry.reading_stopped();
        }
    }

    /// After a connection was opened: all that was known may be old.
    pub(super) fn expect_everything_to_have_changed(&mut self) {
        for entry in self.machines.values_mut() {
            entry.needs_reading = true;
            entry.shown_since = None;
        }
    }

    pub(super) fn listed(&mut self, result: Result<Listing>) {
        let Listing { started, rows } = match result {
            Ok(listing) => listing,
            Err(error) => {
                // A lost connection is told by its close callback; anything else is tried again.
                tracing::warn!(uri = self.uri, %error, "the list could not be read");
                self.list_at = Some(Instant::now() + LIST_AGAIN);
                return;
            }
        };
        let listed: BTreeSet<MachineId> = rows.iter().map(|row| row.id).collect();
        let before = self.machines.len();
        self.machines
            .retain(|id, entry| listed.contains(id) || entry.is_newer_than(started));
        self.is_list_stale |= self.machines.len() != before;
        for row in &rows {
            self.apply_row(started, row);
        }
        if self.freshness != Freshness::Live || self.is_list_stale {
            self.freshness = Freshness::Live;
            self.is_list_stale = true;
            self.is_dirty = true;
        }
        // The rows are shown before the thousand readings begin.
        self.publish();
        let mut known: BTreeMap<MachineId, Listed> = rows
            .iter()
            .filter_map(|row| Some((row.id, Listed::new(started, row)?)))
            .collect();
        let mut to_read: Vec<MachineId> = self
            .machines
            .iter()
            .filter(|(_, entry)| entry.needs_reading && !entry.is_being_read)
            .map(|(id, _)| *id)
            .collect();
        // In the order in which most lists are shown, so that what is on screen is whole first.
        to_read.sort_by_cached_key(|id| self.machines[id].machine.definition.name.to_lowercase());
        for id in to_read {
            self.read_machine_beyond(id, known.remove(&id));
        }
    }

    fn apply_row(&mut self, started: Instant, row: &Row) {
        let Some(entry) = self.machines.get_mut(&row.id) else {
            self.machines.insert(row.id, Entry::listed(row));
            self.is_list_stale = true;
            return;
        };
        if entry.is_newer_than(started) {
            return;
        }
        let old = &entry.machine;
        let is_as_before = old.definition.name == row.name
            && old.definition.is_persistent == row.is_persistent
            && old.definition.has_managed_save == row.has_managed_save
            && old.definition.autostart == row.autostart
            && old.snapshots.len() == row.num_snapshots
            && (old.state == row.state || same_but_for_disk(old.state, row.state));
        if is_as_before {
            return;
        }
        entry.needs_reading = true;
        if old.state != row.state {
            let mut machine = Machine::clone(old);
            change_state(&mut machine, row.state);
            entry.machine = Arc::new(machine);
            self.is_list_stale = true;
        }
    }

    pub(super) fn machine_was_read(&mut self, reading: Reading) {
        let Reading { id, started, result } = reading;
        let mut again = false;
        if let Some(entry) = self.machines.get_mut(&id) {
            again = entry.read_again;
            entry.reading_stopped();
            if entry.is_newer_than(started) {
                if again {
                    self.read_machine(id);
                }
                return;
            }
        }
        match result {
            Ok(Found::Here(detail)) => self.apply_detail(id, started, *detail),
            Ok(Found::Gone) => {
                if self.machines.remove(&id).is_some() {
                    self.is_list_stale = true;
                    self.is_dirty = true;
                }
                again = false;
            }
            Err(error) => {
                tracing::warn!(uri = self.uri, machine = %id, %error, "a machine could not be read");
                // With the next list.
                if let Some(entry) = self.machines.get_mut(&id) {
                    entry.needs_reading = true;
                }
                self.alter(id, |machine| {
                    Arc::make_mut(&mut machine.definition).is_unreadable = true;
                });
            }
        }
        if again {
            self.read_machine(id);
        }
    }

    fn apply_detail(&mut self, id: MachineId, started: Instant, detail: Detail) {
        let Detail {
            state,
            definition,
            is_agent_connected,
            snapshots,
            started_at_millis,
        } = detail;
        let entry = self.machines.entry(id).or_insert_with(|| Entry {
            machine: Arc::new(blank(id, Definition::clone(&definition), state)),
            shown_since: None,
            is_being_read: false,
            read_again: false,
            needs_reading: false,
        });
        let is_new = entry.shown_since.is_none();
        entry.shown_since = Some(started);
        let mut machine = Machine::clone(&entry.machine);
        change_state(&mut machine, state);
        if machine.definition != definition {
            machine.definition = definition;
        }
        if machine.snapshots != snapshots {
            machine.snapshots = snapshots;
        }
        let has_new_agent = is_agent_connected && !machine.is_agent_connected;
        if !is_agent_connected && machine.is_agent_connected {
            machine.addresses = Arc::from([]);
        }
        machine.is_agent_connected = is_agent_connected;
        if started_at_millis.is_some() {
            machine.started_at_millis = started_at_millis;
        }
        if is_new || *entry.machine != machine {
            entry.machine = Arc::new(machine);
            self.is_list_stale = true;
            self.is_dirty = true;
        }
        if is_new || has_new_agent {
            self.ask_for_address(id);
        }
    }

    pub(super) fn ask_for_addresses(&self) {
        for id in self.machines.keys() {
            self.ask_for_address(*id);
        }
    }

    /// Asks a machine that runs for its addresses, where there is somebody to ask.
    fn ask_for_address(&self, id: MachineId) {
        let Some(machine) = self.machines.get(&id).map(|entry| &entry.machine) else {
            return;
        };
        let has_agent = machine.is_agent_connected;
        let has_leases = || {
            let nics = &machine.definition.nics;
            nics.iter().any(|nic| matches!(nic.source, NicSource::Network(_)))
        };
        if machine.state != State::Running || !machine.responding.is_yes() || !(has_agent || has_leases()) {
            return;
        }
        let Some(links) = &self.links else { return };
        let epoch = self.epoch;
        self.pool.submit(Call {
            lane: Lane::Agent(id.0.as_bytes()[15] % 2),
            // A silent agent says nothing about QEMU.
            machine: None,
            job: None,
            patience: Patience::Long,
            purpose: Purpose::Control,
            links: Arc::clone(links),
            run: Box::new(move |conn| Finished::Addresses {
                epoch,
                id,
                result: contained(|| {
                    addresses::read(conn?, id, has_agent).map_err(|source| Error::Libvirt {
                        verb: Verb::AskAgent,
                        object: id.to_string(),
                        source,
                    })
                }),
            }),
        });
    }

    pub(super) fn addresses_were_read(&mut self, id: MachineId, result: Result<Vec<IpAddr>>) {
        match result {
            Ok(addresses) => self.alter(id, |machine| {
                if *machine.addresses != *addresses && machine.state.is_active() {
                    machine.addresses = addresses.into();
                }
            }),
            Err(error) => tracing::debug!(uri = self.uri, machine = %id, %error, "no addresses"),
        }
    }

    pub(super) fn pools_were_read(&mut self, result: Result<Vec<PoolSummary>>) {
        let is_wanted_again = self.pools_reading == PoolsReading::Again;
        self.pools_reading = PoolsReading::Idle;
        if is_wanted_again {
            self.read_pools();
        }
        match result {
            Ok(pools) if *self.pools != *pools => {
                self.pools = pools.into();
                self.is_dirty = true;
            }
            Ok(_) => {}
            Err(error) => tracing::info!(uri = self.uri, %error, "the storage pools could not be read"),
        }
    }

    /// Changes one machine; nothing is published where `change` changes nothing.
    pub(super) fn alter(&mut self, id: MachineId, change: impl FnOnce(&mut Machine)) {
        let Some(entry) = self.machines.get_mut(&id) else {
            return;
        };
        let mut machine = Machine::clone(&entry.machine);
        change(&mut machine);
        if *entry.machine != machine {
            entry.machine = Arc::new(machine);
            self.is_list_stale = true;
            self.is_dirty = true;
        }
    }
}

/// The bulk list does not say whether an I/O error was a full disk, or that there was one; only reading the machine does.
const fn same_but_for_disk(old: State, new: State) -> bool {
    use crate::model::PauseReason::{IoError, Unknown};
    matches!(
        (old, new),
        (State::Paused(IoError { .. }), State::Paused(IoError { .. } | Unknown))
    )
}

fn change_state(machine: &mut Machine, state: State) {
    let was_active = machine.state.is_active();
    machine.state = state;
    if !state.is_active() {
        machine.started_at_millis = None;
        machine.is_agent_connected = false;
        machine.addresses = Arc::from([]);
        machine.responding = Responding::Yes;
    } else if !was_active {
        machine.started_at_millis = Some(clock::now_millis());
    }
}

impl Reading {
    /// Reads a machine on the calling thread.
    pub(super) fn take(id: MachineId, conn: Result<&Conn>, listed: Option<Listed>, start_times: &StartTimes) -> Self {
        // It is as old as the oldest of what it says.
        let started = listed.map_or_else(Instant::now, |listed| listed.since);
        let result = contained(|| read::machine(conn?, id, listed, start_times));
        Self { id, started, result }
    }
}
