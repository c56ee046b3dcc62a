//! The picture of the world that the rest of Berth reads: plain immutable data.
//!
//! One [`HostModel`] per connection is published as an `Arc` each time something changed; a reader holds one
//! picture for as long as it likes and never sees half an update. Nothing here knows libvirt, threads or clocks:
//! times are passed in as Unix milliseconds.

mod choices;
mod device;
mod history;
mod host;
mod machine;
mod new_machine;
mod profile;
mod snapshot;
mod state;
mod stats;

pub use choices::{
    Abilities, CoreKind, CpuMode, CpuModel, HostChoices, HostCpu, HostDevices, HostInterface, HostPorts, MachineType,
    MediatedDevice, NetworkOffer, NumaNode, PciAddress, PciDevice, PoolOffer, Protocol, UsbDevice,
};
pub use device::{
    Disk, DiskBus, DiskDevice, DiskFormat, DiskSource, Forward, Graphics, GraphicsKind, Nic, NicSource, SerialDevice,
    SerialKind, Sound,
};
pub use history::{CAPACITY, History};
pub use host::{ConnectionState, DisconnectReason, Freshness, HostInfo, HostModel, HostStats, PoolSummary};
pub use machine::{Acceleration, Definition, Machine, MachineId, Responding};
pub use new_machine::{AccelChoice, NetworkChoice, NewMachine, NewStorage, Os};
pub use profile::{AccelProof, DomainCaps, HostProfile, Proof};
pub use snapshot::{Snapshot, SnapshotKind, SnapshotRefusal};
pub use state::{PauseReason, ShutOffReason, State};
pub use stats::{DiskWork, MachineStats, NetGap, Requests, Sample, VcpuWait};
