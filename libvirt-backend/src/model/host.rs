//! One connection: the host, its machines and how the link stands.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{History, Machine, MachineId};

/// Everything known of one connection at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct HostModel {
    pub uri: String,
    /// Rises with every publication.
    pub generation: u64,
    pub connection: ConnectionState,
    pub freshness: Freshness,
    pub info: Arc<HostInfo>,
    pub stats: Arc<HostStats>,
    /// Sorted by id.
    pub machines: Arc<[Arc<Machine>]>,
    pub pools: Arc<[PoolSummary]>,
}

impl HostModel {
    /// A connection of which nothing is known yet.
    pub fn empty(uri: &str) -> Self {
        Self {
            uri: uri.to_owned(),
            generation: 0,
            connection: ConnectionState::Idle,
            freshness: Freshness::Unknown,
            info: Arc::default(),
            stats: Arc::default(),
            machines: Arc::from([]),
            pools: Arc::from([]),
        }
    }

    pub fn machine(&self, id: MachineId) -> Option<&Arc<Machine>> {
        let index = self.machines.binary_search_by_key(&id, |machine| machine.id).ok()?;
        self.machines.get(index)
    }

    /// The machine of that name, or with that UUID as text.
    pub fn machine_named(&self, name: &str) -> Option<&Arc<Machine>> {
        self.machines
            .iter()
            .find(|machine| machine.name() == name)
            .or_else(|| name.parse().ok().and_then(|id| self.machine(id)))
    }
}

/// How old the list of machines is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Freshness {
    /// Nothing was ever read.
    Unknown,
    /// From an earlier run of Berth, or from before the connection was lost.
    LastKnown,
    Live,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectionState {
    /// Not asked for.
    Idle,
    /// `is_slow`: the daemon is taking its time (its first start on a computer probes QEMU).
    Connecting {
        is_slow: bool,
    },
    Connected,
    Disconnected {
        reason: DisconnectReason,
        /// libvirt's own words.
        message: String,
        /// Unix milliseconds of the next attempt; `None`: waits for the user (authentication, host key).
        retry_at_millis: Option<i64>,
    },
}

impl ConnectionState {
    pub const fn is_connected(&self) -> bool {
        matches!(self, Self::Connected)
    }
}

/// Each has a sentence and a cure of its own in the window and the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DisconnectReason {
    /// Closed on request.
    ClosedByUser,
    /// The daemon ended (end of file).
    DaemonGone,
    /// The daemon does not answer (keepalive).
    DaemonSilent,
    /// No libvirtd installed or no socket there.
    NoDaemon,
    /// The socket refused this user.
    PermissionDenied,
    /// polkit asked and nobody could answer.
    NoPolkitAgent,
    AuthenticationFailed,
    HostKeyChanged,
    /// ssh has never seen this host and may not ask.
    HostKeyUnknown,
    HostUnreachable,
    NoQemu,
    BadUri,
    TimedOut,
    Other,
}

impl DisconnectReason {
    /// Trying again by itself could help. Authentication and host keys are never retried unasked.
    pub const fn is_retried(self) -> bool {
        !matches!(
            self,
            Self::ClosedByUser
                | Self::PermissionDenied
                | Self::NoPolkitAgent
                | Self::AuthenticationFailed
                | Self::HostKeyChanged
                | Self::HostKeyUnknown
                | Self::BadUri
                | Self::NoQemu
        )
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostInfo {
    pub hostname: Option<String>,
    /// The URI is served by this computer.
    pub is_local: bool,
    /// `QEMU`, `TEST`…
    pub driver: String,
    /// libvirt's packing: major·1,000,000 + minor·1,000 + release.
    pub libvirt_version: u64,
    pub hypervisor_version: u64,
    pub cpus: u32,
    pub memory_bytes: u64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct HostStats {
    /// 100 is every CPU of the host busy.
    pub cpu_percent: Option<f32>,
    pub memory_used_bytes: Option<u64>,
    pub memory_total_bytes: Option<u64>,
    /// `cpu_percent` and `memory_used_bytes` of the samples are the host's.
    pub history: History,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolSummary {
    pub name: String,
    pub is_active: bool,
    pub target: Option<std::path::PathBuf>,
    pub capacity_bytes: u64,
    pub available_bytes: u64,
}
