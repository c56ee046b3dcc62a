//! Proofs by a start alone: if QEMU comes up with the device, the device works here.

use virt::sys;

use super::super::Context;
use super::super::call::BadXml as _;
use super::probe::Probe;
use super::tried::Tried;
use super::{PROBE_PREFIX, tell};
use crate::error::{LibvirtError, Result};
use crate::model::{HostProfile, Proof};
use crate::xml::domain::{SoundServer, sound_probe};
use crate::xml::{Document, XmlError};

/// QEMU's D-Bus display lies in a module that distributions install apart.
pub(super) fn dbus_display(ctx: &Context<'_>, profile: &HostProfile) -> Result<Tried<Proof>> {
    let is_offered = profile.caps.graphics_types.iter().any(|kind| kind == "dbus");
    if !is_offered {
        return Ok(Tried::fact(Proof::Failed("this QEMU has no D-Bus display".to_owned())));
    }
    start_with(ctx, profile, &dbus_graphics().bad_xml(PROBE_PREFIX)?)
}

pub(super) fn passt(ctx: &Context<'_>, profile: &HostProfile) -> Result<Tried<Proof>> {
    let is_offered = profile.caps.nic_backends.iter().any(|backend| backend == "passt");
    if !is_offered {
        return Ok(Tried::fact(Proof::Failed(
            "this libvirt has no passt backend".to_owned(),
        )));
    }
    start_with(ctx, profile, &passt_interface().bad_xml(PROBE_PREFIX)?)
}

/// Not kept: a sound server comes and goes with its user's desktop.
pub(super) fn sound(
    ctx: &Context<'_>,
    profile: &HostProfile,
    server: &SoundServer,
) -> Result<Result<(), LibvirtError>> {
    let audio = sound_probe(server).bad_xml(PROBE_PREFIX)?;
    tell(ctx)?;
    let started = Probe::start(
        ctx,
        profile,
        "qemu",
        std::slice::from_ref(&audio),
        sys::VIR_DOMAIN_START_PAUSED,
    )?;
    Ok(started.map(drop))
}

fn start_with(ctx: &Context<'_>, profile: &HostProfile, device: &Document) -> Result<Tried<Proof>> {
    tell(ctx)?;
    // Under software emulation, so that KVM cannot be what fails; paused, so that it costs nothing.
    let devices = std::slice::from_ref(device);
    let started = Probe::start(ctx, profile, "qemu", devices, sys::VIR_DOMAIN_START_PAUSED)?;
    Ok(match started {
        Ok(_probe) => Tried::fact(Proof::Works),
        Err(refusal) => Tried::refused(&refusal, Proof::Failed(refusal.message.clone())),
    })
}

fn dbus_graphics() -> Result<Document, XmlError> {
    let mut graphics = Document::new("graphics")?;
    let root = graphics.root();
    graphics.set_attr(root, "type", "dbus")?;
    graphics.set_attr(root, "p2p", "yes")?;
    Ok(graphics)
}

fn passt_interface() -> Result<Document, XmlError> {
    let mut interface = Document::new("interface")?;
    let root = interface.root();
    interface.set_attr(root, "type", "user")?;
    interface.append_with(root, "backend", &[("type", "passt")])?;
    interface.append_with(root, "model", &[("type", "virtio")])?;
    Ok(interface)
}
