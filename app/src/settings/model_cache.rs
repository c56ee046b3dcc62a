//! The machines of each connection as last seen, so that the first frame of the next start shows them.

use std::sync::Arc;

use libvirt_backend::model::{Freshness, HostInfo, HostModel, Machine, PoolSummary};
use serde::{Deserialize, Serialize};

use super::store::Store;

/// Rises when the form of the model changes: an old cache is then dropped.
const VERSION: u32 = 1;

#[derive(Default, Serialize, Deserialize)]
pub struct ModelCache {
    hosts: Vec<CachedHost>,
}

#[derive(Clone, Serialize, Deserialize)]
struct CachedHost {
    uri: String,
    info: Arc<HostInfo>,
    machines: Arc<[Arc<Machine>]>,
    pools: Arc<[PoolSummary]>,
}

impl ModelCache {
    pub fn store(cache_folder: &std::path::Path) -> Store {
        Store::compact(cache_folder.join("machines.json"), VERSION)
    }

    /// Only what was really read: an empty list of a connection that never came up would hide the machines.
    pub fn of(hosts: &[Arc<HostModel>]) -> Self {
        let hosts = hosts.iter().filter(|host| host.freshness != Freshness::Unknown);
        Self {
            hosts: hosts.map(|host| CachedHost::of(host)).collect(),
        }
    }

    /// With what `before` knew of those connections that were not read this time and are still `wanted`.
    pub fn with_missing_of(mut self, before: &Self, wanted: impl Fn(&str) -> bool) -> Self {
        let missing = before
            .hosts
            .iter()
            .filter(|host| wanted(&host.uri))
            .filter(|host| self.hosts.iter().all(|known| known.uri != host.uri));
        let missing: Vec<CachedHost> = missing.cloned().collect();
        self.hosts.extend(missing);
        self
    }

    /// What was known of this connection, marked as such.
    pub fn last_known(&self, uri: &str) -> Option<HostModel> {
        let host = self.hosts.iter().find(|host| host.uri == uri)?;
        let mut machines = host.machines.to_vec();
        // Looked up by bisection, so the order must hold whatever the file says.
        machines.sort_by_key(|machine| machine.id);
        machines.dedup_by_key(|machine| machine.id);
        Some(HostModel {
            freshness: Freshness::LastKnown,
            info: Arc::clone(&host.info),
            machines: machines.into(),
            pools: Arc::clone(&host.pools),
            ..HostModel::empty(uri)
        })
    }
}

impl CachedHost {
    fn of(host: &HostModel) -> Self {
        Self {
            uri: host.uri.clone(),
            info: Arc::clone(&host.info),
            machines: Arc::clone(&host.machines),
            pools: Arc::clone(&host.pools),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::store::Loaded;
    use super::*;
    use libvirt_backend::model::{Definition, MachineId, Responding, ShutOffReason, State};

    fn id(number: u32) -> MachineId {
        format!("00000000-0000-4000-8000-{number:012}").parse().unwrap()
    }

    fn machine(number: u32, name: &str) -> Arc<Machine> {
        Arc::new(Machine {
            id: id(number),
            definition: Arc::new(Definition::unread(name)),
            state: State::ShutOff(ShutOffReason::Shutdown),
            responding: Responding::Yes,
            started_at_millis: None,
            is_agent_connected: false,
            addresses: Arc::from([]),
            snapshots: Arc::from([]),
            stats: Arc::default(),
        })
    }

    #[test]
    fn the_last_known_machines_come_back_marked_as_such() {
        let folder = tempfile::tempdir().unwrap();
        let store = ModelCache::store(folder.path());
        let host = HostModel {
            freshness: Freshness::Live,
            machines: Arc::from([machine(1, "web-1"), machine(2, "db-1")]),
            ..HostModel::empty("qemu:///session")
        };
        let unread = HostModel::empty("qemu:///system");
        store
            .save(&ModelCache::of(&[Arc::new(host), Arc::new(unread)]))
            .unwrap();

        let Loaded::Content(cache) = store.load::<ModelCache>() else {
            panic!("not read");
        };
        let host = cache.last_known("qemu:///session").unwrap();
        assert_eq!(host.freshness, Freshness::LastKnown);
        assert_eq!(host.machine_named("db-1").unwrap().id, id(2));
        assert_eq!(host.machine(id(1)).unwrap().name(), "web-1");
        assert!(cache.last_known("qemu:///system").is_none());
    }
}
