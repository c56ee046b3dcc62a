//! Machines that screens are shown with in tests. Knows the backend's model and nothing of the window, so that the
//! picture tests can take this file in too.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use libvirt_backend::model::{
    AccelProof, Acceleration, ConnectionState, CoreKind, Definition, Disk, DiskBus, DiskDevice, DiskFormat, DiskSource,
    DiskWork, DomainCaps, Forward, Freshness, Graphics, GraphicsKind, History, HostChoices, HostCpu, HostDevices,
    HostInfo, HostModel, HostPorts, HostProfile, HostStats, Machine, MachineId, MachineStats, MachineType, NetGap,
    NetworkOffer, Nic, NicSource, NumaNode, PauseReason, PciAddress, PciDevice, PoolOffer, PoolSummary, Proof,
    Requests, Responding, Sample, SerialDevice, SerialKind, ShutOffReason, Snapshot, SnapshotKind, State, UsbDevice,
    VcpuWait,
};
use libvirt_backend::property::edit::{DefinitionXml, Fingerprint, HistoryEntry};
use libvirt_backend::xml::diff::diff;
use libvirt_backend::xml::domain_capabilities::abilities;

pub(crate) const URI: &str = "qemu:///session";
pub(crate) const LAB: &str = "qemu+ssh://lab/system";
/// The moment all fixtures are of: 21 November 2026, 12:00 UTC.
pub(crate) const NOW_MILLIS: i64 = 1_795_262_400_000;
pub(crate) const GIB: u64 = 1 << 30;
pub(crate) const MIB: u64 = 1 << 20;

pub(crate) fn id(number: u32) -> MachineId {
    format!("00000000-0000-4000-8000-{number:012}").parse().expect("a UUID")
}

/// A machine that is off, with one qcow2 disk, an empty drive and user networking.
pub(crate) fn machine(number: u32, name: &str) -> Machine {
    Machine {
        id: id(number),
        definition: Arc::new(definition(name)),
        state: State::ShutOff(ShutOffReason::Shutdown),
        responding: Responding::Yes,
        started_at_millis: None,
        is_agent_connected: false,
        addresses: Arc::from([]),
        snapshots: Arc::from([]),
        stats: Arc::default(),
    }
}

/// With so many serial ports.
pub(crate) fn with_serials(machine: Machine, count: usize) -> Machine {
    with_definition(machine, |definition| {
        let ports = (0..count).map(|number| SerialDevice {
            alias: format!("serial{number}"),
            kind: SerialKind::Port,
            is_openable: true,
            log: None,
        });
        definition.serials = ports.collect();
    })
}

fn definition(name: &str) -> Definition {
    Definition {
        acceleration: Acceleration::Kvm,
        architecture: "x86_64".to_owned(),
        machine_type: "pc-q35-10.0".to_owned(),
        vcpus: 2,
        memory_max_kib: 4 << 20,
        memory_current_kib: 4 << 20,
        disks: vec![
            Disk {
                target: "vda".to_owned(),
                device: DiskDevice::Disk,
                bus: DiskBus::Virtio,
                source: DiskSource::File(PathBuf::from(format!(
                    "/home/ada/.local/share/berth/images/{name}.qcow2"
                ))),
                format: DiskFormat::Qcow2,
                is_readonly: false,
                is_shareable: false,
            },
            Disk {
                target: "sda".to_owned(),
                device: DiskDevice::Cdrom,
                bus: DiskBus::Sata,
                source: DiskSource::Empty,
                format: DiskFormat::Raw,
                is_readonly: true,
                is_shareable: false,
            },
        ],
        nics: vec![Nic {
            mac: "52:54:00:12:34:56".to_owned(),
            model: Some("virtio".to_owned()),
            source: NicSource::User,
            host_device: None,
            forwards: Vec::new(),
        }],
        graphics: vec![Graphics {
            index: 0,
            kind: GraphicsKind::Vnc,
        }],
        has_agent_channel: true,
        is_complete: true,
        is_unreadable: false,
        num_waiting: 0,
        xml_hash: 0,
        ..Definition::unread(name)
    }
}

pub(crate) fn with_definition(mut machine: Machine, change: impl FnOnce(&mut Definition)) -> Machine {
    change(Arc::make_mut(&mut machine.definition));
    machine
}

/// Runs for 3 h 12 min, with ten minutes of figures that rise and fall.
pub(crate) fn running(machine: Machine) -> Machine {
    let seed = machine.id.0.as_u128() as usize % 100;
    Machine {
        state: State::Running,
        started_at_millis: Some(NOW_MILLIS - (3 * 60 + 12) * 60_000),
        is_agent_connected: true,
        stats: Arc::new(stats(seed, true)),
        ..machine
    }
}

fn stats(seed: usize, has_net: bool) -> MachineStats {
    let mut history = History::default();
    for second in 0..600 {
        history.push(sample(seed, second, has_net));
    }
    MachineStats {
        latest: history.iter().last().copied(),
        history,
        net_gap: (!has_net).then_some(NetGap::UserMode),
        disks: vec![DiskWork {
            target: "vda".to_owned(),
            reads: Requests {
                per_s: 12.0,
                mean_millis: Some(0.82),
            },
            writes: Requests {
                per_s: 148.0,
                mean_millis: Some(2.4),
            },
        }],
        vcpu_wait: Some(VcpuWait {
            steal_percent: 0.4,
            wait_percent: None,
        }),
    }
}

fn sample(seed: usize, second: usize, has_net: bool) -> Sample {
    let phase = (second as f32 / 17.0 + seed as f32).sin();
    let burst = if (second + seed * 13) % 90 < 12 { 45.0 } else { 0.0 };
    let cpu = (14.0 + phase * 8.0 + burst + (second % 5) as f32).clamp(0.0, 100.0);
    let wave = f64::from(phase.abs());
    Sample {
        time_millis: NOW_MILLIS - (599 - i64::try_from(second).expect("ten minutes")) * 1_000,
        cpu_percent: Some(cpu),
        memory_used_bytes: Some(((1_180.0 + 160.0 * f64::from(phase)) * MIB as f64) as u64),
        memory_given_bytes: Some(4 * GIB),
        memory_cache_bytes: Some(700 * MIB),
        memory_rss_bytes: Some(2 * GIB),
        disk_read_bytes_per_s: Some(wave * 300_000.0),
        disk_write_bytes_per_s: Some(wave * 2_100_000.0 + 12_000.0),
        net_rx_bytes_per_s: has_net.then_some(wave * 80_000.0 + 300.0),
        net_tx_bytes_per_s: has_net.then_some(wave * 21_000.0 + 80.0),
    }
}

pub(crate) fn without_net_figures(machine: Machine) -> Machine {
    let seed = machine.id.0.as_u128() as usize % 100;
    Machine {
        stats: Arc::new(stats(seed, false)),
        ..machine
    }
}

/// Its guest has no balloon driver: what it was given is all that is known.
pub(crate) fn without_memory_figures(machine: Machine) -> Machine {
    let mut history = History::default();
    for sample in machine.stats.history.iter() {
        history.push(Sample {
            memory_used_bytes: None,
            memory_cache_bytes: None,
            ..*sample
        });
    }
    let latest = history.iter().last().copied();
    Machine {
        stats: Arc::new(MachineStats {
            latest,
            history,
            net_gap: machine.stats.net_gap,
            disks: machine.stats.disks.clone(),
            vcpu_wait: machine.stats.vcpu_wait,
        }),
        ..machine
    }
}

/// A connection that is up and live, with these machines.
pub(crate) fn host(uri: &str, mut machines: Vec<Machine>) -> HostModel {
    machines.sort_by_key(|machine| machine.id);
    let is_local = !uri.contains("ssh");
    HostModel {
        generation: 1,
        connection: ConnectionState::Connected,
        freshness: Freshness::Live,
        info: Arc::new(HostInfo {
            hostname: Some(if is_local { "workbench" } else { "lab" }.to_owned()),
            is_local,
            driver: "QEMU".to_owned(),
            libvirt_version: 11_003_000,
            hypervisor_version: 10_000_002,
            cpus: 8,
            memory_bytes: 32 * GIB,
        }),
        stats: Arc::new(HostStats {
            cpu_percent: Some(12.0),
            memory_used_bytes: Some(13 * GIB),
            memory_total_bytes: Some(32 * GIB),
            history: History::default(),
        }),
        machines: machines.into_iter().map(Arc::new).collect(),
        pools: Arc::from([PoolSummary {
            name: "berth".to_owned(),
            is_active: true,
            target: Some(PathBuf::from("/home/ada/.local/share/berth/images")),
            capacity_bytes: 500 * GIB,
            available_bytes: 212 * GIB,
        }]),
        ..HostModel::empty(uri)
    }
}

/// One of each kind that a list can show.
pub(crate) fn assorted() -> HostModel {
    let web = Machine {
        addresses: Arc::from(["192.168.122.41".parse::<IpAddr>().expect("an address")]),
        snapshots: Arc::from(snapshots()),
        ..running(with_definition(machine(1, "web-1"), |definition| {
            definition.tags = vec!["production".to_owned(), "web".to_owned()];
            definition.os_id = Some("http://debian.org/debian/12".to_owned());
            if let Some(nic) = definition.nics.first_mut() {
                nic.source = NicSource::Network("default".to_owned());
            }
        }))
    };
    let forwarded = without_net_figures(running(with_definition(machine(2, "web-2"), |definition| {
        definition.tags = vec!["web".to_owned()];
        definition.acceleration = Acceleration::Software;
        if let Some(nic) = definition.nics.first_mut() {
            nic.source = NicSource::Passt;
            nic.forwards = vec![Forward {
                host_address: None,
                host_port: 2222,
                guest_port: 22,
            }];
        }
    })));
    let full = Machine {
        state: State::Paused(PauseReason::IoError { disk_full: true }),
        ..running(with_definition(machine(3, "database"), |definition| {
            definition.tags = vec!["production".to_owned()];
        }))
    };
    let hung = Machine {
        responding: Responding::No {
            since_millis: NOW_MILLIS - 14_000,
        },
        ..running(machine(4, "build-runner"))
    };
    let paused = Machine {
        state: State::Paused(PauseReason::User),
        ..running(machine(5, "lab-router"))
    };
    let saved = Machine {
        state: State::ShutOff(ShutOffReason::Saved),
        ..with_definition(machine(6, "windows-11"), |definition| {
            definition.has_managed_save = true;
            definition.memory_max_kib = 8 << 20;
        })
    };
    let crashed = Machine {
        state: State::ShutOff(ShutOffReason::Crashed),
        ..machine(7, "kernel-test")
    };
    host(
        URI,
        vec![web, forwarded, full, hung, paused, saved, crashed, machine(8, "web-10")],
    )
}

pub(crate) fn snapshots() -> Vec<Snapshot> {
    let snapshot = |name: &str, parent: Option<&str>, hours: i64| Snapshot {
        name: name.to_owned(),
        description: None,
        created_at_seconds: NOW_MILLIS / 1_000 - hours * 3_600,
        parent: parent.map(str::to_owned),
        is_current: false,
        kind: SnapshotKind::InternalDisks,
        was_running: false,
    };
    vec![
        Snapshot {
            description: Some("Right after the installation".to_owned()),
            ..snapshot("clean", None, 24 * 30)
        },
        Snapshot {
            kind: SnapshotKind::InternalWithMemory,
            was_running: true,
            ..snapshot("before-upgrade", Some("clean"), 26)
        },
        Snapshot {
            is_current: true,
            kind: SnapshotKind::InternalWithMemory,
            was_running: true,
            ..snapshot("upgraded", Some("before-upgrade"), 2)
        },
        snapshot("experiment", Some("clean"), 24 * 9),
    ]
}

/// `count` machines, every tenth running.
pub(crate) fn many(count: u32) -> HostModel {
    let machines = (1..=count)
        .map(|number| {
            let machine = machine(number, &format!("machine-{number}"));
            if number % 10 == 0 { running(machine) } else { machine }
        })
        .collect();
    host(URI, machines)
}

/// What was proved of a host on which all but KVM is as it should be.
pub(crate) fn profile(kvm: AccelProof) -> HostProfile {
    HostProfile {
        uri: URI.to_owned(),
        is_session: true,
        architecture: "x86_64".to_owned(),
        libvirt_version: 11_003_000,
        qemu_version: 10_000_002,
        host_cpus: 8,
        host_memory_bytes: 32 * GIB,
        caps: DomainCaps {
            max_vcpus: Some(16),
            offers_kvm: true,
            ..DomainCaps::default()
        },
        kvm,
        dbus_display: Proof::Works,
        passt: Proof::Works,
        log_folder: None,
    }
}

/// What a machine with a bit of everything is made of.
pub(crate) fn hardware() -> DefinitionXml {
    let inactive = include_str!("fixtures/hardware.xml").to_owned();
    DefinitionXml {
        fingerprint: Fingerprint::of(&inactive),
        inactive,
        live: None,
    }
}

/// The same while it runs with less memory, another cache and a sound card less.
pub(crate) fn hardware_waiting() -> DefinitionXml {
    let definition = hardware();
    let live = definition
        .inactive
        .replace("<memory unit='KiB'>4194304", "<memory unit='KiB'>2097152")
        .replace("<currentMemory unit='KiB'>4194304", "<currentMemory unit='KiB'>2097152")
        .replace(" cache='fast'", "")
        .replace("<sound model='ich9'/>", "");
    DefinitionXml {
        live: Some(live),
        ..definition
    }
}

/// A host with two kinds of cores on two NUMA nodes, that lacks a few things.
pub(crate) fn host_choices() -> HostChoices {
    let cpu = |id: u32| HostCpu {
        id,
        node: id / 4,
        socket: 0,
        core: if id < 4 { id / 2 } else { id },
        siblings: if id < 4 {
            vec![id / 2 * 2, id / 2 * 2 + 1]
        } else {
            vec![id]
        },
        kind: Some(if id < 4 {
            CoreKind::Performance
        } else {
            CoreKind::Efficiency
        }),
    };
    let node = |id| NumaNode {
        id,
        memory_kib: 16 << 20,
        pages: vec![(4, 4 << 20), (2048, 512)],
    };
    HostChoices {
        is_session: false,
        has_vsock: Some(true),
        ports: Some(HostPorts {
            first_free_for_all: 1024,
            ..HostPorts::default()
        }),
        abilities: abilities(include_str!("fixtures/abilities.xml")).expect("abilities"),
        machine_types: ["q35", "pc-q35-10.0", "pc-q35-2.4"]
            .map(|name| MachineType {
                name: name.to_owned(),
                canonical: (name == "q35").then(|| "pc-q35-10.0".to_owned()),
                max_vcpus: Some(288),
                is_deprecated: name == "pc-q35-2.4",
            })
            .to_vec(),
        cpus: (0..8).map(cpu).collect(),
        nodes: vec![node(0), node(1)],
        normal_shares: Some(100),
        networks: Some(vec![
            NetworkOffer {
                name: "default".to_owned(),
                is_active: true,
            },
            NetworkOffer {
                name: "lab".to_owned(),
                is_active: false,
            },
        ]),
        pools: Some(vec![PoolOffer {
            name: "images".to_owned(),
            is_active: true,
            volumes: vec!["a.qcow2".to_owned(), "b.qcow2".to_owned()],
        }]),
        devices: host_devices(),
    }
}

/// Edits of the machine's settings, oldest first.
pub(crate) fn edits() -> Vec<HistoryEntry> {
    let edit = |number: u32, what: &[&str], is_undone: bool| HistoryEntry {
        number: number.into(),
        at_millis: NOW_MILLIS - 7_200_000 / i64::from(number),
        what: what.iter().map(|what| (*what).to_owned()).collect(),
        diff: diff(
            "<disk>\n  <driver name='qemu'/>\n</disk>",
            "<disk>\n  <driver name='qemu' cache='none'/>\n</disk>",
            1,
        ),
        is_undone,
    };
    vec![
        edit(1, &["memory", "memory.current"], false),
        edit(2, &["disk.vda.cache"], false),
        edit(3, &["vcpu", "cpu.topology.cores", "title", "description"], true),
    ]
}

/// A camera, two sticks that are alike, a graphics card with its sound in one IOMMU group, and a card without any.
fn host_devices() -> HostDevices {
    let usb = |bus, device, vendor, product, name: &str| UsbDevice {
        bus,
        device,
        vendor,
        product,
        name: name.to_owned(),
    };
    let pci = |address, vendor, product, class, driver: &str, iommu_group| PciDevice {
        address: PciAddress::parse(address).expect("an address"),
        vendor,
        product,
        class,
        name: String::new(),
        driver: Some(driver.to_owned()),
        iommu_group,
        node: None,
    };
    HostDevices {
        usb: vec![
            usb(1, 7, 0x046d, 0x0825, "Logitech Webcam C270"),
            usb(2, 3, 0x0951, 0x1666, "Stick"),
            usb(2, 4, 0x0951, 0x1666, "Stick"),
        ],
        pci: vec![
            pci("0000:00:01.0", 0x8086, 0x1901, 0x06_0400, "pcieport", Some(1)),
            pci("0000:01:00.0", 0x10de, 0x1c82, 0x03_0000, "nouveau", Some(1)),
            pci("0000:01:00.1", 0x10de, 0x0fb9, 0x04_0300, "snd_hda_intel", Some(1)),
            pci("0000:02:00.0", 0x8086, 0x1533, 0x02_0000, "igb", None),
        ],
        ..HostDevices::default()
    }
}
