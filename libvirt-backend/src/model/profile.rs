//! What a host can do: read from capabilities and proved by tiny guests. Input of `defaults`.

use serde::{Deserialize, Serialize};

/// Everything `defaults` may look at. Pure data, so that plans can be tested without a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostProfile {
    pub uri: String,
    /// Session mode: an ordinary user's daemon.
    pub is_session: bool,
    pub architecture: String,
    pub libvirt_version: u64,
    pub qemu_version: u64,
    pub host_cpus: u32,
    pub host_memory_bytes: u64,
    pub caps: DomainCaps,
    pub kvm: AccelProof,
    pub dbus_display: Proof,
    pub passt: Proof,
    /// A folder for serial logs that QEMU may write, where one is known.
    pub log_folder: Option<std::path::PathBuf>,
}

impl HostProfile {
    /// KVM is proved; or it is offered where nothing of ours can be tried (a remote host, another architecture).
    pub const fn trusts_kvm(&self) -> bool {
        self.kvm.works() || (matches!(self.kvm, AccelProof::NotTried) && self.caps.offers_kvm)
    }
}

/// The part of `virConnectGetDomainCapabilities` that plans depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainCaps {
    /// The canonical name of the newest q35.
    pub machine_type: Option<String>,
    pub emulator: Option<String>,
    pub offers_kvm: bool,
    pub graphics_types: Vec<String>,
    pub max_vcpus: Option<u32>,
    pub has_virtio_rng: bool,
    /// Video models in libvirt's order.
    pub video_models: Vec<String>,
    pub nic_backends: Vec<String>,
}

impl DomainCaps {
    /// What a new graphics card should be, where the host offers either.
    pub fn preferred_video_model(&self) -> Option<&'static str> {
        ["virtio", "vga"]
            .into_iter()
            .find(|wanted| self.video_models.iter().any(|model| model == wanted))
    }
}

/// The outcome of trying something once on this host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Proof {
    #[default]
    NotTried,
    Works,
    /// libvirt's or QEMU's own words.
    Failed(String),
}

impl Proof {
    pub const fn works(&self) -> bool {
        matches!(self, Self::Works)
    }
}

/// The outcome of timing a boot sector under KVM.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccelProof {
    #[default]
    NotTried,
    /// It counted its loop in this many milliseconds.
    Works {
        millis: u64,
    },
    /// `/dev/kvm` is not there, or libvirt does not offer it.
    Absent,
    /// The device is there and this user may not open it.
    NotPermitted,
    /// It starts, but runs guests too slowly to be of use: a nested or paravirtual host.
    TooSlow {
        waited_millis: u64,
    },
    Failed(String),
}

impl AccelProof {
    pub const fn works(&self) -> bool {
        matches!(self, Self::Works { .. })
    }
}
