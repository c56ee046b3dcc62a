//! The devices of a new machine.

use super::domain::Parts;
use crate::model::NicSource;
use crate::xml::domain::{VncListen, insert_dbus, insert_video, insert_vnc};
use crate::xml::error::path_text;
use crate::xml::{Document, NodeId, XmlError};

/// Ports left free for devices plugged in later.
const SPARE_PORTS: usize = 14;
/// passt would give the guest the host's own address; this one is QEMU's customary one for a guest.
const PASST_ADDRESS: &str = "10.0.2.15";
const PASST_PREFIX: &str = "24";
/// Seconds between the guest's reports of its memory.
const BALLOON_PERIOD: &str = "2";
/// The first QEMU whose balloon reports free pages.
const FREE_PAGE_REPORTING_SINCE: u64 = 5_001_000;

pub(super) fn add_devices(domain: &mut Document, devices: NodeId, parts: &Parts<'_>) -> Result<(), XmlError> {
    disk(domain, devices, parts)?;
    cdrom(domain, devices, parts)?;
    controllers(domain, devices, parts)?;
    interface(domain, devices, parts)?;
    serial(domain, devices, parts)?;
    agent_channel(domain, devices)?;
    inputs(domain, devices, parts)?;
    graphics(domain, devices, parts)?;
    video(domain, devices, parts)?;
    balloon(domain, devices, parts)?;
    rng(domain, devices, parts)
}

fn disk(domain: &mut Document, devices: NodeId, parts: &Parts<'_>) -> Result<(), XmlError> {
    let Some(plan) = parts.disk else { return Ok(()) };
    let disk = domain.append_with(devices, "disk", &[("type", "file"), ("device", "disk")])?;
    let driver = [
        ("name", "qemu"),
        ("type", plan.format.as_str()),
        // A full host file system stops the machine until there is room, instead of telling the guest its disk broke.
        ("error_policy", "enospace"),
        ("discard", "unmap"),
    ];
    domain.append_with(disk, "driver", &driver)?;
    domain.append_with(disk, "source", &[("file", path_text(&plan.path)?)])?;
    domain.append_with(disk, "target", &[("dev", "vda"), ("bus", "virtio")])?;
    domain.append_with(disk, "boot", &[("order", "1")])?;
    Ok(())
}

/// Every machine has a drive, with or without a medium. It boots after the disk: an empty disk falls through to the
/// installer, an installed system starts.
fn cdrom(domain: &mut Document, devices: NodeId, parts: &Parts<'_>) -> Result<(), XmlError> {
    let (dev, bus) = if parts.is_x86() {
        ("sda", "sata")
    } else {
        ("sda", "scsi")
    };
    let disk = domain.append_with(devices, "disk", &[("type", "file"), ("device", "cdrom")])?;
    domain.append_with(disk, "driver", &[("name", "qemu"), ("type", "raw")])?;
    if let Some(path) = &parts.new.cdrom {
        domain.append_with(disk, "source", &[("file", path_text(path)?)])?;
    }
    domain.append_with(disk, "target", &[("dev", dev), ("bus", bus)])?;
    domain.append_child(disk, "readonly")?;
    domain.append_with(disk, "boot", &[("order", "2")])?;
    Ok(())
}

/// libvirt puts the devices below onto the first free ports, so the spare ones come on top of theirs.
fn controllers(domain: &mut Document, devices: NodeId, parts: &Parts<'_>) -> Result<(), XmlError> {
    domain.append_with(
        devices,
        "controller",
        &[("type", "usb"), ("model", "qemu-xhci"), ("ports", "15")],
    )?;
    if !parts.is_x86() {
        domain.append_with(devices, "controller", &[("type", "scsi"), ("model", "virtio-scsi")])?;
    }
    domain.append_with(devices, "controller", &[("type", "pci"), ("model", "pcie-root")])?;
    for _ in 0..SPARE_PORTS + num_used_ports(parts) {
        domain.append_with(devices, "controller", &[("type", "pci"), ("model", "pcie-root-port")])?;
    }
    Ok(())
}

fn num_used_ports(parts: &Parts<'_>) -> usize {
    let always = 3; // USB, the agent's channel, the balloon
    let optional = [
        parts.disk.is_some(),
        parts.network.is_some(),
        parts.profile.caps.has_virtio_rng,
        !parts.is_x86(),
    ];
    always + optional.into_iter().filter(|&is| is).count()
}

fn interface(domain: &mut Document, devices: NodeId, parts: &Parts<'_>) -> Result<(), XmlError> {
    let Some(network) = parts.network else { return Ok(()) };
    let (kind, source) = match network {
        NicSource::User | NicSource::Passt => ("user", None),
        NicSource::Network(name) => ("network", Some(("network", name))),
        NicSource::Bridge(name) => ("bridge", Some(("bridge", name))),
        NicSource::Other(kind) => (kind.as_str(), None),
    };
    let interface = domain.append_with(devices, "interface", &[("type", kind)])?;
    if let Some((attribute, name)) = source {
        domain.append_with(interface, "source", &[(attribute, name)])?;
    }
    if *network == NicSource::Passt {
        let ip = [("family", "ipv4"), ("address", PASST_ADDRESS), ("prefix", PASST_PREFIX)];
        domain.append_with(interface, "ip", &ip)?;
    }
    domain.append_with(interface, "model", &[("type", "virtio")])?;
    if *network == NicSource::Passt {
        domain.append_with(interface, "backend", &[("type", "passt")])?;
    }
    Ok(())
}

fn serial(domain: &mut Document, devices: NodeId, parts: &Parts<'_>) -> Result<(), XmlError> {
    let serial = domain.append_with(devices, "serial", &[("type", "pty")])?;
    if let Some(path) = parts.serial_log {
        domain.append_with(serial, "log", &[("file", path_text(path)?), ("append", "on")])?;
    }
    domain.append_with(serial, "target", &[("port", "0")])?;
    Ok(())
}

fn agent_channel(domain: &mut Document, devices: NodeId) -> Result<(), XmlError> {
    let channel = domain.append_with(devices, "channel", &[("type", "unix")])?;
    let target = [("type", "virtio"), ("name", "org.qemu.guest_agent.0")];
    domain.append_with(channel, "target", &target)?;
    Ok(())
}

/// The tablet gives absolute positions, so the pointer need not be caught. x86 has a keyboard by itself.
fn inputs(domain: &mut Document, devices: NodeId, parts: &Parts<'_>) -> Result<(), XmlError> {
    domain.append_with(devices, "input", &[("type", "tablet"), ("bus", "usb")])?;
    if !parts.is_x86() {
        domain.append_with(devices, "input", &[("type", "keyboard"), ("bus", "usb")])?;
    }
    Ok(())
}

/// No port is opened on the host by either.
fn graphics(domain: &mut Document, devices: NodeId, parts: &Parts<'_>) -> Result<(), XmlError> {
    let listen = if parts.profile.is_session {
        VncListen::Socket
    } else {
        VncListen::Nowhere
    };
    insert_vnc(domain, devices, listen)?;
    if parts.profile.dbus_display.works() {
        insert_dbus(domain, devices)?;
    }
    Ok(())
}

/// Where the host has neither model, libvirt chooses.
fn video(domain: &mut Document, devices: NodeId, parts: &Parts<'_>) -> Result<(), XmlError> {
    match parts.profile.caps.preferred_video_model() {
        Some(model) => insert_video(domain, devices, model),
        None => Ok(()),
    }
}

fn balloon(domain: &mut Document, devices: NodeId, parts: &Parts<'_>) -> Result<(), XmlError> {
    let balloon = domain.append_with(devices, "memballoon", &[("model", "virtio")])?;
    if parts.profile.qemu_version >= FREE_PAGE_REPORTING_SINCE {
        domain.set_attr(balloon, "freePageReporting", "on")?;
    }
    domain.append_with(balloon, "stats", &[("period", BALLOON_PERIOD)])?;
    Ok(())
}

fn rng(domain: &mut Document, devices: NodeId, parts: &Parts<'_>) -> Result<(), XmlError> {
    if !parts.profile.caps.has_virtio_rng {
        return Ok(());
    }
    let rng = domain.append_with(devices, "rng", &[("model", "virtio")])?;
    let backend = domain.append_text_child(rng, "backend", "/dev/urandom")?;
    domain.set_attr(backend, "model", "random")
}
