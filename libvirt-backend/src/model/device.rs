//! The devices of a machine as far as lists, guards and dialogs need them. Read from the domain XML.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A `<disk>`. Known by its target, never by its index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// `vda`, `sda`…
    pub target: String,
    pub device: DiskDevice,
    pub bus: DiskBus,
    pub source: DiskSource,
    pub format: DiskFormat,
    pub is_readonly: bool,
    pub is_shareable: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DiskDevice {
    Disk,
    Cdrom,
    Floppy,
    Lun,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DiskBus {
    Virtio,
    Sata,
    Scsi,
    Ide,
    Usb,
    Fdc,
    Other(String),
}

/// What stands behind a disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DiskSource {
    /// An empty drive.
    Empty,
    File(PathBuf),
    Block(PathBuf),
    Volume {
        pool: String,
        volume: String,
    },
    /// Network, `NVMe`, vhost-user…: named by libvirt's `type`.
    Other(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DiskFormat {
    Qcow2,
    Raw,
    Other(String),
}

/// An `<interface>`. Known by its MAC address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nic {
    pub mac: String,
    /// `virtio`, `e1000e`…
    pub model: Option<String>,
    pub source: NicSource,
    /// The host's side (`vnet3`), present while the machine runs and only for types that have one.
    pub host_device: Option<String>,
    /// passt forwards: `(host address and port, guest port)` as text fit for a URL's authority.
    pub forwards: Vec<Forward>,
}

/// One TCP port of the host that leads into the guest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forward {
    pub host_address: Option<String>,
    pub host_port: u16,
    pub guest_port: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NicSource {
    /// User networking by QEMU itself (slirp).
    User,
    /// User networking by passt.
    Passt,
    Network(String),
    Bridge(String),
    Other(String),
}

impl NicSource {
    /// libvirt has no counters for this kind of interface.
    pub const fn is_user_mode(&self) -> bool {
        matches!(self, Self::User | Self::Passt)
    }
}

/// A `<graphics>`; its place among its siblings is the index that `virDomainOpenGraphicsFD` wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Graphics {
    pub index: u32,
    pub kind: GraphicsKind,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GraphicsKind {
    Vnc,
    DbusP2p,
    Spice,
    Other(String),
}

/// A `<serial>`, or a `<console>` that is more than a second name of the first of them. Known by the alias under which
/// libvirt opens it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SerialDevice {
    /// `serial0`, `console1`, or the user's own (`ua-…`).
    pub alias: String,
    pub kind: SerialKind,
    /// libvirt opens terminals and local sockets only; what goes to a file, a pipe or the network is closed to it.
    pub is_openable: bool,
    /// What the guest says is written there, whether or not anybody is attached.
    pub log: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SerialKind {
    /// A serial port of the machine: `ttyS0`.
    Port,
    /// A paravirtual console: `hvc0`.
    Virtio,
    /// What an architecture without either calls its console.
    Other,
}

/// Where the guest's sound goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Sound {
    /// Nowhere, or only to whoever shows its screen.
    #[default]
    Off,
    /// To the sound server of the user as whom it runs.
    Host,
}
