//! All settings, one file a subject.

mod character;
mod clock;
mod cpu;
mod disk;
mod display;
mod features;
mod host_device;
mod interface;
mod memory;
mod os;
mod overview;
mod small;
mod tuning;

pub(super) use os::FIRMWARE;

use super::{Form, Group, Key, Kind, Property, Scope, Stored};

const LINE: Kind = Kind::Text(Form::Line);
const PATH: Kind = Kind::Text(Form::Path);
const CPUS: Kind = Kind::Text(Form::CpuSet);
const HEX: Kind = Kind::Text(Form::Hex);
/// What libvirt takes for a count: a C `unsigned int`.
const COUNT: Kind = Kind::Integer(0, u32::MAX as i64);
const AT_LEAST_ONE: Kind = Kind::Integer(1, u32::MAX as i64);
const ANY: Kind = Kind::Integer(0, i64::MAX);
const BYTE: Kind = Kind::Integer(0, 255);
const PORT: Kind = Kind::Integer(-1, 65_535);
const MEMORY: Kind = Kind::Size(Stored::Unit("KiB"));
const KIB: Kind = Kind::Size(Stored::Plain("KiB"));
const BYTES: Kind = Kind::Size(Stored::Plain("b"));
const YES_NO: Kind = Kind::YesNo;
const ON_OFF: Kind = Kind::OnOff;
const PRESENT: Kind = Kind::Present;

const VIRTIO: Kind = Kind::Choice(&["virtio", "virtio-transitional", "virtio-non-transitional"]);

const fn p(name: &'static str, place: &'static str, kind: Kind) -> Property {
    Property::new(name, place, kind)
}

const fn group(name: &'static str, properties: &'static [Property]) -> Group {
    Group { name, properties }
}

const fn scope(word: &'static str, element: &'static str, key: Key, groups: &'static [Group]) -> Scope {
    Scope {
        word,
        element,
        key,
        groups,
    }
}

/// The machine's own.
pub(super) const MACHINE: &[Group] = &[
    overview::OVERVIEW,
    overview::EVENTS,
    memory::MEMORY_SIZE,
    memory::BACKING,
    memory::LIMITS,
    cpu::ALLOCATION,
    cpu::MODEL,
    cpu::TOPOLOGY,
    tuning::CPU_TIME,
    tuning::NUMA,
    tuning::BLOCK_IO,
    features::FEATURES,
    features::HYPERV,
    features::KVM,
    clock::CLOCK,
    FIRMWARE,
    os::BOOT,
    os::KERNEL,
];

/// The machine itself first; then lists of its own; then devices, as libvirt orders them.
pub static SCOPES: &[Scope] = &[
    *super::MACHINE,
    cpu::FEATURE,
    cpu::CELL,
    tuning::VCPU_PIN,
    tuning::VCPU_SCHEDULER,
    tuning::IOTHREAD_PIN,
    tuning::MEMORY_NODE,
    tuning::BLOCK_DEVICE,
    clock::TIMER,
    os::FIRMWARE_FEATURE,
    overview::SECURITY_LABEL,
    interface::FORWARD_RANGE,
    interface::FORWARD,
    interface::ADDRESS,
    interface::ROUTE,
    interface::VLAN_TAG,
    disk::DISK,
    small::CONTROLLER,
    host_device::FILESYSTEM,
    interface::INTERFACE,
    small::SMARTCARD,
    character::SERIAL,
    character::PARALLEL,
    character::CONSOLE,
    character::CHANNEL,
    small::INPUT,
    small::TPM,
    display::GRAPHICS,
    display::SOUND,
    display::AUDIO,
    display::VIDEO,
    host_device::HOST_DEVICE,
    host_device::REDIRECTION,
    small::HUB,
    small::WATCHDOG,
    small::BALLOON,
    small::RNG,
    small::PANIC,
    small::SHARED_MEMORY,
    memory::DEVICE,
    small::IOMMU,
    small::VSOCK,
];
