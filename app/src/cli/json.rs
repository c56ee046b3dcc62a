//! The JSON of machines, snapshots and samples. Names are stable: scripts read them.
//!
//! Unknown is null: what a machine is made of while its QEMU does not let its XML be read, what is not measured. A key
//! means the same wherever it stands: `snapshot_count` in `list` and `info`, the `snapshots` themselves in `info`.

use libvirt_backend::model::{
    Acceleration, Disk, DiskDevice, DiskFormat, DiskSource, DiskWork, Graphics, GraphicsKind, Machine, Nic, NicSource,
    Sample, SerialDevice, SerialKind, Snapshot, SnapshotKind, Sound,
};
use serde_json::{Value, json};

/// What `list` tells of a machine.
pub(super) fn summary(machine: &Machine) -> Value {
    let definition = &machine.definition;
    let is_known = definition.is_complete;
    json!({
        "name": definition.name,
        "uuid": machine.id.to_string(),
        "state": machine.state.word(),
        "reason": machine.state.reason_word(),
        "responding": machine.responding.is_yes(),
        "title": definition.title,
        "tags": is_known.then_some(&definition.tags),
        "vcpus": is_known.then_some(definition.vcpus),
        "memory_max_bytes": is_known.then_some(definition.memory_max_kib * 1024),
        "acceleration": is_known.then_some(acceleration(&definition.acceleration)),
        "persistent": definition.is_persistent,
        "saved_state": definition.has_managed_save,
        "addresses": machine.addresses.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "snapshot_count": is_known.then_some(machine.snapshots.len()),
    })
}

/// What `info` tells: the summary and all that stands behind it.
pub(super) fn info(machine: &Machine) -> Value {
    let definition = &machine.definition;
    let mut value = summary(machine);
    let Value::Object(object) = &mut value else {
        return value;
    };
    object.insert("agent_connected".to_owned(), json!(machine.is_agent_connected));
    object.insert("started_at_millis".to_owned(), json!(machine.started_at_millis));
    let of_xml = [
        ("description", json!(definition.description)),
        ("architecture", json!(definition.architecture)),
        ("machine_type", json!(definition.machine_type)),
        ("memory_current_bytes", json!(definition.memory_current_kib * 1024)),
        ("disks", definition.disks.iter().map(disk).collect()),
        ("interfaces", definition.nics.iter().map(nic).collect()),
        ("serials", definition.serials.iter().map(serial).collect()),
        ("displays", definition.graphics.iter().map(display).collect()),
        ("autostart", json!(definition.autostart)),
        ("shares_clipboard", json!(definition.shares_clipboard)),
        ("sound", json!(sound(definition.sound))),
        ("nvram", json!(definition.nvram)),
        ("snapshots", machine.snapshots.iter().map(snapshot).collect()),
    ];
    for (key, of_xml) in of_xml {
        let known = if definition.is_complete { of_xml } else { Value::Null };
        object.insert(key.to_owned(), known);
    }
    value
}

fn serial(device: &SerialDevice) -> Value {
    json!({
        "alias": device.alias,
        "kind": match device.kind {
            SerialKind::Port => "serial",
            SerialKind::Virtio => "virtio",
            SerialKind::Other => "other",
        },
        "openable": device.is_openable,
        "log": device.log,
    })
}

fn display(graphics: &Graphics) -> Value {
    json!(match &graphics.kind {
        GraphicsKind::Vnc => "vnc",
        GraphicsKind::DbusP2p => "dbus",
        GraphicsKind::Spice => "spice",
        GraphicsKind::Other(other) => other,
    })
}

const fn sound(sound: Sound) -> &'static str {
    match sound {
        Sound::Off => "off",
        Sound::Host => "host",
    }
}

pub(super) fn snapshot(snapshot: &Snapshot) -> Value {
    json!({
        "name": snapshot.name,
        "description": snapshot.description,
        "created_at_seconds": snapshot.created_at_seconds,
        "parent": snapshot.parent,
        "current": snapshot.is_current,
        "kind": match snapshot.kind {
            SnapshotKind::InternalDisks => "internal-disks",
            SnapshotKind::InternalWithMemory => "internal-with-memory",
            SnapshotKind::External => "external",
        },
        "was_running": snapshot.was_running,
    })
}

/// One machine at one moment. Unknown is null, never zero.
pub(super) fn sample(machine: &Machine, sample: &Sample) -> Value {
    let is_active = machine.state.is_active();
    let vcpu_wait = machine.stats.vcpu_wait.filter(|_| is_active);
    json!({
        "time": sample.time_millis as f64 / 1000.0,
        "name": machine.name(),
        "uuid": machine.id.to_string(),
        "state": machine.state.word(),
        "cpu_percent": sample.cpu_percent,
        "memory_used_bytes": sample.memory_used_bytes,
        "memory_given_bytes": sample.memory_given_bytes,
        "memory_cache_bytes": sample.memory_cache_bytes,
        "disk_read_bytes_per_s": sample.disk_read_bytes_per_s,
        "disk_write_bytes_per_s": sample.disk_write_bytes_per_s,
        "net_rx_bytes_per_s": sample.net_rx_bytes_per_s,
        "net_tx_bytes_per_s": sample.net_tx_bytes_per_s,
        "disks": machine.stats.disks.iter().filter(|_| is_active).map(disk_work).collect::<Value>(),
        "vcpu_steal_percent": vcpu_wait.map(|wait| wait.steal_percent),
        "vcpu_wait_percent": vcpu_wait.and_then(|wait| wait.wait_percent),
        "responding": machine.responding.is_yes(),
    })
}

fn disk_work(work: &DiskWork) -> Value {
    json!({
        "target": work.target,
        "reads_per_s": work.reads.per_s,
        "read_latency_ms": work.reads.mean_millis,
        "writes_per_s": work.writes.per_s,
        "write_latency_ms": work.writes.mean_millis,
    })
}

pub(super) fn acceleration(acceleration: &Acceleration) -> &str {
    match acceleration {
        Acceleration::Kvm => "kvm",
        Acceleration::Software => "tcg",
        Acceleration::Other(name) => name,
    }
}

fn disk(disk: &Disk) -> Value {
    json!({
        "target": disk.target,
        "device": match disk.device {
            DiskDevice::Disk => "disk",
            DiskDevice::Cdrom => "cdrom",
            DiskDevice::Floppy => "floppy",
            DiskDevice::Lun => "lun",
        },
        "source": disk_source(&disk.source),
        "format": match &disk.format {
            DiskFormat::Qcow2 => "qcow2",
            DiskFormat::Raw => "raw",
            DiskFormat::Other(name) => name,
        },
        "readonly": disk.is_readonly,
    })
}

/// As one line of text; `None` for an empty drive.
pub(super) fn disk_source(source: &DiskSource) -> Option<String> {
    match source {
        DiskSource::Empty => None,
        DiskSource::File(path) | DiskSource::Block(path) => Some(path.display().to_string()),
        DiskSource::Volume { pool, volume } => Some(format!("{pool}/{volume}")),
        DiskSource::Other(kind) => Some(kind.clone()),
    }
}

fn nic(nic: &Nic) -> Value {
    json!({
        "mac": nic.mac,
        "model": nic.model,
        "source": nic_source(&nic.source),
        "forwards": nic.forwards.iter().map(|forward| json!({
            "host_address": forward.host_address,
            "host_port": forward.host_port,
            "guest_port": forward.guest_port,
        })).collect::<Vec<_>>(),
    })
}

pub(super) fn nic_source(source: &NicSource) -> String {
    match source {
        NicSource::User => "user".to_owned(),
        NicSource::Passt => "passt".to_owned(),
        NicSource::Network(name) => format!("network {name}"),
        NicSource::Bridge(name) => format!("bridge {name}"),
        NicSource::Other(kind) => kind.clone(),
    }
}
