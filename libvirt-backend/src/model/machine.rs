//! One machine of one connection.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Disk, Graphics, MachineStats, Nic, SerialDevice, Snapshot, SnapshotRefusal, Sound, State};

/// A domain's UUID: the only key by which a machine is known. Names change, ids of running domains change.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MachineId(pub uuid::Uuid);

impl fmt::Display for MachineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl fmt::Debug for MachineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for MachineId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// A machine as it was last seen. Cheap to clone: everything large is shared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    pub id: MachineId,
    pub definition: Arc<Definition>,
    pub state: State,
    pub responding: Responding,
    /// Unix milliseconds; `None` while off or where the start was not seen.
    pub started_at_millis: Option<i64>,
    /// The guest agent answers on its channel.
    pub is_agent_connected: bool,
    /// From the agent, leases or ARP; loopback and link-local left out.
    pub addresses: Arc<[IpAddr]>,
    pub snapshots: Arc<[Snapshot]>,
    #[serde(skip)]
    pub stats: Arc<MachineStats>,
}

impl Machine {
    pub fn name(&self) -> &str {
        &self.definition.name
    }
}

/// What the XML says. Changes only when the machine is defined anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    pub name: String,
    pub title: Option<String>,
    pub description: Option<String>,
    /// Berth's tags, from the metadata element; sorted, no doubles.
    pub tags: Vec<String>,
    /// Defined on disk; a transient domain is gone once it stops.
    pub is_persistent: bool,
    /// A saved state exists: the next start resumes it.
    pub has_managed_save: bool,
    /// Started with libvirt's daemon: with the host, or a user's own with the first program that asks for machines.
    #[serde(default)]
    pub autostart: bool,
    pub acceleration: Acceleration,
    pub architecture: String,
    /// `pc-q35-10.0`…
    pub machine_type: String,
    pub vcpus: u32,
    pub memory_max_kib: u64,
    pub memory_current_kib: u64,
    /// Down to this it gives memory back while the host is short of it. `None`: never.
    #[serde(default)]
    pub memory_least_kib: Option<u64>,
    pub disks: Vec<Disk>,
    pub nics: Vec<Nic>,
    pub graphics: Vec<Graphics>,
    /// Serial ports first, then other consoles.
    #[serde(default)]
    pub serials: Vec<SerialDevice>,
    pub has_agent_channel: bool,
    /// UEFI's variables, where there are any.
    pub nvram: Option<PathBuf>,
    /// Files to which serial consoles are logged.
    #[serde(default)]
    pub serial_logs: Vec<PathBuf>,
    /// An emulated TPM keeps its state on the host.
    #[serde(default)]
    pub has_tpm_state: bool,
    /// Text copied on either side may be pasted on the other, while its screen is shown.
    #[serde(default)]
    pub shares_clipboard: bool,
    #[serde(default)]
    pub sound: Sound,
    /// `None`: snapshots are possible.
    pub snapshot_refusal: Option<SnapshotRefusal>,
    /// How many changes wait for the next start of the machine that runs.
    #[serde(default)]
    pub num_waiting: u32,
    /// The OS the machine was made for (libosinfo id), where somebody wrote it down.
    pub os_id: Option<String>,
    /// The XML was read. Until then only the name, `is_persistent` and `has_managed_save` are known.
    #[serde(default)]
    pub is_complete: bool,
    /// It was tried and could not be read or understood: nobody need wait for it.
    #[serde(skip)]
    pub is_unreadable: bool,
    /// Of the XML that it was read from, kept and live: another one where something changed that stands in no field.
    #[serde(skip)]
    pub xml_hash: u64,
}

/// `<domain type=…>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Acceleration {
    Kvm,
    /// QEMU's own translation (TCG): works everywhere, slow.
    Software,
    Other(String),
}

/// Does QEMU answer?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Responding {
    Yes,
    /// A call on this machine has been stuck since then (Unix milliseconds).
    No {
        since_millis: i64,
    },
}

impl Responding {
    pub const fn is_yes(self) -> bool {
        matches!(self, Self::Yes)
    }
}

impl Definition {
    /// What a list alone tells; the XML is still to be read.
    pub fn unread(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            title: None,
            description: None,
            tags: Vec::new(),
            is_persistent: true,
            has_managed_save: false,
            autostart: false,
            acceleration: Acceleration::Other(String::new()),
            architecture: String::new(),
            machine_type: String::new(),
            vcpus: 0,
            memory_max_kib: 0,
            memory_current_kib: 0,
            memory_least_kib: None,
            disks: Vec::new(),
            nics: Vec::new(),
            graphics: Vec::new(),
            serials: Vec::new(),
            has_agent_channel: false,
            nvram: None,
            serial_logs: Vec::new(),
            has_tpm_state: false,
            shares_clipboard: false,
            sound: Sound::Off,
            snapshot_refusal: None,
            os_id: None,
            is_complete: false,
            is_unreadable: false,
            num_waiting: 0,
            xml_hash: 0,
        }
    }

    pub fn has_display(&self, kind: &super::GraphicsKind) -> bool {
        self.graphics.iter().any(|graphics| graphics.kind == *kind)
    }

    pub fn has_removable_drive(&self) -> bool {
        self.disks
            .iter()
            .any(|disk| matches!(disk.device, super::DiskDevice::Cdrom | super::DiskDevice::Floppy))
    }
}
