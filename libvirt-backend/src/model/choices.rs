//! What a host has to offer a machine: what its QEMU knows, its processors, networks, pools and devices. Plain data.

use std::collections::{BTreeMap, BTreeSet};

/// Everything a form may let a user choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostChoices {
    /// An ordinary user's daemon.
    pub is_session: bool,
    pub abilities: Abilities,
    pub machine_types: Vec<MachineType>,
    pub cpus: Vec<HostCpu>,
    pub nodes: Vec<NumaNode>,
    /// What `cputune.shares` counts as where nothing is said. `None`: shares have no effect here, or their scale is not
    /// known.
    pub normal_shares: Option<u32>,
    /// `None`: the daemon has none of these, or does not say.
    pub networks: Option<Vec<NetworkOffer>>,
    pub pools: Option<Vec<PoolOffer>>,
    pub devices: HostDevices,
    /// `None`: the host is another computer, which does not say.
    pub ports: Option<HostPorts>,
    /// Can machines have a vsock? `None`: the host is another computer, which does not say.
    pub has_vsock: Option<bool>,
}

impl HostChoices {
    /// Is there a volume of this name in any pool?
    pub fn has_volume(&self, name: &str) -> bool {
        let mut volumes = self.pools.iter().flatten().flat_map(|pool| &pool.volumes);
        volumes.any(|volume| volume == name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    Tcp,
    Udp,
}

/// The host's own ports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostPorts {
    /// Somebody listens there.
    pub used: BTreeSet<(Protocol, u16)>,
    /// Those below are for root alone.
    pub first_free_for_all: u16,
}

/// What QEMU can do for one kind of machine: `virConnectGetDomainCapabilities`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// Values by device and list, such as `disk` and `bus`. A device that is not supported has empty lists; what libvirt
    /// says nothing of is not there.
    pub values: BTreeMap<(String, String), Vec<String>>,
    /// Devices and features that are said to be supported or not.
    pub supported: BTreeMap<String, bool>,
    pub cpu_modes: Vec<CpuMode>,
    pub cpu_models: Vec<CpuModel>,
    pub max_vcpus: Option<u32>,
    /// Firmware files.
    pub loaders: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CpuMode {
    pub name: String,
    pub is_supported: bool,
    /// The model it stands for on this host.
    pub model: Option<String>,
    /// Everything that it has then; where the host cannot tell that, what it has beside that model's.
    pub features: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CpuModel {
    pub name: String,
    /// `None`: libvirt does not know.
    pub is_usable: Option<bool>,
    pub vendor: Option<String>,
    pub is_deprecated: bool,
    /// Features this host lacks for it.
    pub blockers: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineType {
    pub name: String,
    /// The name that an alias stands for.
    pub canonical: Option<String>,
    pub max_vcpus: Option<u32>,
    pub is_deprecated: bool,
}

/// What a core is made for, where a host has several kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CoreKind {
    Performance,
    Efficiency,
}

/// One thread of a core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostCpu {
    pub id: u32,
    pub node: u32,
    pub socket: u32,
    pub core: u32,
    /// The threads of its core, itself among them.
    pub siblings: Vec<u32>,
    pub kind: Option<CoreKind>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumaNode {
    pub id: u32,
    pub memory_kib: u64,
    /// Size in KiB and how many there are, the usual small ones too.
    pub pages: Vec<(u64, u64)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkOffer {
    pub name: String,
    pub is_active: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolOffer {
    pub name: String,
    pub is_active: bool,
    pub volumes: Vec<String>,
}

/// What is plugged into the host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostDevices {
    pub usb: Vec<UsbDevice>,
    pub pci: Vec<PciDevice>,
    pub mediated: Vec<MediatedDevice>,
    /// Network interfaces, bridges among them.
    pub interfaces: Vec<HostInterface>,
    /// Such as `/dev/dri/renderD128`. `None`: the host does not tell.
    pub render_nodes: Option<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UsbDevice {
    pub bus: u32,
    pub device: u32,
    pub vendor: u16,
    pub product: u16,
    /// What its maker calls it; empty where nobody says.
    pub name: String,
}

/// Domain, bus, slot, function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PciAddress {
    pub domain: u32,
    pub bus: u8,
    pub slot: u8,
    pub function: u8,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PciDevice {
    pub address: PciAddress,
    pub vendor: u16,
    pub product: u16,
    pub class: u32,
    pub name: String,
    pub driver: Option<String>,
    /// Without one it cannot be given to a machine.
    pub iommu_group: Option<u32>,
    pub node: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediatedDevice {
    pub uuid: String,
    pub kind: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostInterface {
    pub name: String,
    pub is_bridge: bool,
}

impl std::fmt::Display for PciAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            domain,
            bus,
            slot,
            function,
        } = self;
        write!(f, "{domain:04x}:{bus:02x}:{slot:02x}.{function:x}")
    }
}

impl PciAddress {
    /// `0000:3b:00.1`, as the kernel writes it.
    pub fn parse(text: &str) -> Option<Self> {
        let (domain, rest) = text.split_once(':')?;
        let (bus, rest) = rest.split_once(':')?;
        let (slot, function) = rest.split_once('.')?;
        Some(Self {
            domain: u32::from_str_radix(domain, 16).ok()?,
            bus: u8::from_str_radix(bus, 16).ok()?,
            slot: u8::from_str_radix(slot, 16).ok()?,
            function: u8::from_str_radix(function, 16).ok()?,
        })
    }
}

/// Drivers that keep a device free for guests.
const FREE_DRIVERS: [&str; 2] = ["vfio-pci", "pci-stub"];

impl PciDevice {
    /// A bridge or a host's own glue: it is never handed over, and no sibling has to care for it.
    pub const fn is_bridge(&self) -> bool {
        self.class >> 16 == 0x06
    }

    /// A driver of the host's works with it, other than those that keep a device free for guests.
    pub fn is_used_by_host(&self) -> bool {
        let driver = self.driver.as_deref();
        driver.is_some_and(|driver| !FREE_DRIVERS.contains(&driver))
    }
}

impl HostDevices {
    /// What goes to a machine together with this device: whatever shares its IOMMU group.
    pub fn siblings(&self, address: PciAddress) -> Vec<&PciDevice> {
        let group = self
            .pci
            .iter()
            .find(|device| device.address == address)
            .and_then(|device| device.iommu_group);
        let others = self.pci.iter().filter(|device| {
            group.is_some() && device.iommu_group == group && device.address != address && !device.is_bridge()
        });
        others.collect()
    }
}

impl Abilities {
    /// The values of a list; `None` where libvirt says nothing of it.
    pub fn list(&self, device: &str, list: &str) -> Option<&[String]> {
        let key = (device.to_owned(), list.to_owned());
        self.values.get(&key).map(Vec::as_slice)
    }
}
