//! What a host has to offer a machine: for the lists that a user chooses from. Nothing here fails as a whole: what the
//! daemon does not say is not told.

use std::sync::Arc;

use virt::connect::Connect;
use virt::sys;

use super::Context;
use super::call::{Failed as _, find, is_local, is_session};
use crate::command::{JobStep, Outcome};
use crate::error::{Result, Verb};
use crate::ffi::CpuPlace;
use crate::host_lists::Sysfs;
use crate::host_nodes::Devfs;
use crate::host_ports::Procfs;
use crate::model::{Abilities, HostChoices, HostDevices, MachineId, NetworkOffer, PoolOffer, UsbDevice};
use crate::xml::host_topology::{Topology, machine_types, topology};
use crate::xml::{Document, XmlError, domain_capabilities, node_device};

/// A pool with more volumes than this is chosen from by typing.
const MOST_VOLUMES: usize = 2_000;
/// The kinds of device that forms ask for.
const DEVICES: u32 = sys::VIR_CONNECT_LIST_NODE_DEVICES_CAP_PCI_DEV
    | sys::VIR_CONNECT_LIST_NODE_DEVICES_CAP_USB_DEV
    | sys::VIR_CONNECT_LIST_NODE_DEVICES_CAP_NET
    | sys::VIR_CONNECT_LIST_NODE_DEVICES_CAP_MDEV
    | sys::VIR_CONNECT_LIST_NODE_DEVICES_CAP_DRM;

/// `Query::Choices`.
pub(crate) fn choices(ctx: &Context<'_>, id: MachineId) -> Result<Outcome> {
    ctx.step(JobStep::Checking);
    let found = find(ctx, id)?;
    let domain = Document::parse_as(&found.inactive_xml()?, "domain").ok();
    let machine = domain.as_ref().map(Kind::of).unwrap_or_default();
    let capabilities = ctx.connection.capabilities().failed(Verb::ReadCapabilities, ctx.uri)?;
    let Topology { mut cpus, nodes } = told("the host's processors", topology(&capabilities)).unwrap_or_default();
    let sysfs = is_local(ctx.uri).then(Sysfs::default);
    if let Some(sysfs) = &sysfs {
        sysfs.mark_kinds(&mut cpus);
    }
    let architecture = machine.architecture.as_deref().unwrap_or_default();
    let types = told("types of machine", machine_types(&capabilities, architecture));
    let is_session = is_session(ctx.uri);
    let choices = HostChoices {
        is_session,
        abilities: abilities(ctx, &machine),
        machine_types: types.unwrap_or_default(),
        cpus,
        nodes,
        // A session has no cgroups of its own.
        normal_shares: sysfs.as_ref().filter(|_| !is_session).and_then(Sysfs::normal_shares),
        networks: told("networks", networks(ctx.connection)),
        pools: told("storage pools", pools(ctx)),
        devices: match sysfs {
            Some(sysfs) => named(sysfs.devices(), &told("devices", devices(ctx)).unwrap_or_default()),
            None => told("devices", devices(ctx)).unwrap_or_default(),
        },
        ports: is_local(ctx.uri).then(|| Procfs::default().ports()),
        has_vsock: is_local(ctx.uri).then(|| Devfs::default().has_vsock(is_session)),
    };
    Ok(Outcome::Choices(Arc::new(choices)))
}

/// What abilities depend on.
#[derive(Default)]
struct Kind {
    virtualization: Option<String>,
    emulator: Option<String>,
    architecture: Option<String>,
    machine: Option<String>,
}

impl Kind {
    fn of(domain: &Document) -> Self {
        let root = domain.root();
        let attribute = |path, name| domain.attr_at(root, path, name).map(std::borrow::Cow::into_owned);
        Self {
            virtualization: domain.attr(root, "type").map(std::borrow::Cow::into_owned),
            emulator: domain.text_at(root, "devices/emulator"),
            architecture: attribute("os/type", "arch"),
            machine: attribute("os/type", "machine"),
        }
    }
}

/// Missing lists are no reason to show no form.
fn told<T, E: std::fmt::Display>(what: &str, result: std::result::Result<T, E>) -> Option<T> {
    result
        .inspect_err(|error| tracing::info!(%error, "not told: {what}"))
        .ok()
}

fn abilities(ctx: &Context<'_>, machine: &Kind) -> Abilities {
    let Kind {
        virtualization,
        emulator,
        architecture,
        machine,
    } = machine;
    let ask = |emulator: Option<&str>, virtualization: Option<&str>| {
        let arch = architecture.as_deref();
        let connection = ctx.connection;
        connection.domain_capabilities(emulator, arch, machine.as_deref(), virtualization, 0)
    };
    // The machine may have been made on another host, where its QEMU or KVM is.
    let xml = ask(emulator.as_deref(), virtualization.as_deref())
        .or_else(|_| ask(None, virtualization.as_deref()))
        .or_else(|_| ask(None, None));
    let Some(xml) = told("abilities", xml) else {
        return Abilities::default();
    };
    let mut abilities = told("abilities", domain_capabilities::abilities(&xml)).unwrap_or_default();
    let own = abilities.cpu_modes.iter_mut().find(|mode| mode.name == "host-model");
    if let Some((own, cpu)) = own.zip(domain_capabilities::own_processor(&xml)) {
        let place = CpuPlace {
            emulator: None,
            architecture: architecture.as_deref(),
            machine: machine.as_deref(),
            virtualization: virtualization.as_deref(),
        };
        // Its list has only what the model beside it lacks.
        let whole = told("the host's features", ctx.connection.expanded_cpu(place, &cpu));
        if let Some(features) = whole.and_then(|cpu| domain_capabilities::features_of(&cpu)) {
            own.features = features;
        }
    }
    abilities
}

fn networks(connection: &Connect) -> std::result::Result<Vec<NetworkOffer>, virt::error::Error> {
    let mut offers = Vec::new();
    for network in connection.list_all_networks(0)? {
        offers.push(NetworkOffer {
            name: network.name()?,
            is_active: network.is_active()?,
        });
    }
    offers.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(offers)
}

fn pools(ctx: &Context<'_>) -> std::result::Result<Vec<PoolOffer>, virt::error::Error> {
    let mut offers = Vec::new();
    for pool in ctx.connection.list_all_storage_pools(0)? {
        let is_active = pool.is_active()?;
        // Its folder may be gone.
        let volumes = if is_active { pool.list_volumes() } else { Ok(Vec::new()) };
        let mut volumes = told("volumes", volumes).unwrap_or_default();
        volumes.sort();
        volumes.truncate(MOST_VOLUMES);
        offers.push(PoolOffer {
            name: pool.name()?,
            is_active,
            volumes,
        });
    }
    offers.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(offers)
}

/// The daemon knows what makers call their devices; the kernel mostly does not.
fn named(mut seen: HostDevices, told: &HostDevices) -> HostDevices {
    for device in &mut seen.pci {
        let known = told.pci.iter().find(|known| known.address == device.address);
        if let Some(known) = known.filter(|known| !known.name.is_empty()) {
            device.name.clone_from(&known.name);
        }
    }
    for device in seen.usb.iter_mut().filter(|device| device.name.is_empty()) {
        let is_same = |known: &&UsbDevice| (known.vendor, known.product) == (device.vendor, device.product);
        if let Some(known) = told.usb.iter().find(is_same) {
            device.name.clone_from(&known.name);
        }
    }
    seen
}

fn devices(ctx: &Context<'_>) -> std::result::Result<HostDevices, virt::error::Error> {
    let mut devices = HostDevices {
        render_nodes: Some(Vec::new()),
        ..HostDevices::default()
    };
    for device in ctx.connection.list_all_node_devices(DEVICES)? {
        if ctx.cancel.is_cancelled() {
            break;
        }
        // It may have been unplugged since.
        let Some(xml) = told("a device", device.xml_desc(0)) else {
            continue;
        };
        let added: std::result::Result<(), XmlError> = node_device::add(&xml, &mut devices);
        told("a device", added);
    }
    devices.usb.sort();
    devices.pci.sort_by_key(|device| device.address);
    devices.interfaces.sort();
    devices.render_nodes.iter_mut().for_each(|nodes| nodes.sort());
    Ok(devices)
}

#[cfg(test)]
mod tests {
    use super::super::TestHost;
    use super::*;

    fn ask(host: &TestHost) -> Arc<HostChoices> {
        let id = host.define("one");
        match host.run(|ctx| choices(ctx, id)) {
            Ok(Outcome::Choices(choices)) => choices,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_host_tells_its_networks_and_pools_and_what_it_does_not_know_stays_open() {
        let host = TestHost::new();
        let network = "<network><name>lan</name><bridge name='virbr7'/></network>";
        host.connection.define_network_xml(network).unwrap();
        let pool = "<pool type='dir'><name>images</name><target><path>/x</path></target></pool>";
        let pool = host.connection.define_storage_pool_xml(pool, 0).unwrap();
        pool.create(0).unwrap();
        for name in ["b.qcow2", "a.qcow2"] {
            let volume = format!("<volume><name>{name}</name><capacity>1</capacity></volume>");
            virt::storage_vol::StorageVol::create_xml(&pool, &volume, 0).unwrap();
        }
        let choices = ask(&host);
        assert_eq!(
            choices.networks.as_deref().unwrap(),
            [NetworkOffer {
                name: "lan".to_owned(),
                is_active: false
            }]
        );
        assert_eq!(
            choices.pools.as_deref().unwrap(),
            [PoolOffer {
                name: "images".to_owned(),
                is_active: true,
                volumes: vec!["a.qcow2".to_owned(), "b.qcow2".to_owned()],
            }]
        );
        assert!(choices.abilities.values.is_empty(), "the test driver has none to tell");
    }
}
