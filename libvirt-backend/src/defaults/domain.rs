//! The domain element of a new machine: everything but its devices.

use std::path::{Path, PathBuf};

use super::{DiskPlan, devices};
use crate::model::{Acceleration, HostProfile, NewMachine, NicSource, Os};
use crate::xml::metadata::{BerthMetadata, LIBOSINFO_URI, add_to_domain, normalized_tags};
use crate::xml::{Document, XmlError};

/// libosinfo's id of a Linux that is not known more closely.
const LINUX_ID: &str = "http://libosinfo.org/linux/2022";

/// Everything a machine is made of, decided.
pub(super) struct Parts<'a> {
    pub(super) profile: &'a HostProfile,
    pub(super) new: &'a NewMachine,
    pub(super) disk: Option<&'a DiskPlan>,
    pub(super) acceleration: &'a Acceleration,
    pub(super) network: Option<&'a NicSource>,
    pub(super) serial_log: Option<&'a Path>,
}

impl Parts<'_> {
    pub(super) fn is_x86(&self) -> bool {
        self.profile.architecture == "x86_64"
    }
}

pub(super) fn domain_xml(parts: &Parts<'_>) -> Result<String, XmlError> {
    let mut domain = Document::new("domain")?;
    let root = domain.root();
    let kind = match parts.acceleration {
        Acceleration::Kvm => "kvm",
        Acceleration::Software => "qemu",
        Acceleration::Other(other) => other,
    };
    domain.set_attr(root, "type", kind)?;
    domain.append_text_child(root, "name", &parts.new.name)?;
    metadata(&mut domain, parts)?;
    let memory = domain.append_text_child(root, "memory", &parts.new.memory_kib.to_string())?;
    domain.set_attr(memory, "unit", "KiB")?;
    domain.append_text_child(root, "vcpu", &parts.new.vcpus.to_string())?;
    os(&mut domain, parts)?;
    features(&mut domain, parts)?;
    cpu(&mut domain, parts)?;
    clock(&mut domain, parts)?;
    for (name, action) in [
        ("on_poweroff", "destroy"),
        ("on_reboot", "restart"),
        ("on_crash", "destroy"),
    ] {
        domain.append_text_child(root, name, action)?;
    }
    power_management(&mut domain, parts)?;
    let node = domain.append_child(root, "devices")?;
    devices::add_devices(&mut domain, node, parts)?;
    Ok(domain.to_string())
}

fn metadata(domain: &mut Document, parts: &Parts<'_>) -> Result<(), XmlError> {
    let made: Vec<PathBuf> = parts
        .disk
        .into_iter()
        .filter(|disk| disk.is_made)
        .map(|disk| disk.path.clone())
        .collect();
    let metadata = BerthMetadata {
        tags: normalized_tags(&parts.new.tags).unwrap_or_default(),
        made_files: made,
        shares_clipboard: false,
    };
    add_to_domain(domain, &metadata)?;
    if parts.new.os == Os::Linux
        && let Some(node) = domain.child(domain.root(), "metadata")
    {
        let libosinfo = domain.append_with(node, "libosinfo:libosinfo", &[("xmlns:libosinfo", LIBOSINFO_URI)])?;
        domain.append_with(libosinfo, "libosinfo:os", &[("id", LINUX_ID)])?;
    }
    Ok(())
}

fn os(domain: &mut Document, parts: &Parts<'_>) -> Result<(), XmlError> {
    let os = domain.append_child(domain.root(), "os")?;
    let kind = domain.append_text_child(os, "type", "hvm")?;
    domain.set_attr(kind, "arch", &parts.profile.architecture)?;
    if parts.is_x86() {
        let machine = parts.profile.caps.machine_type.as_deref().unwrap_or("q35");
        domain.set_attr(kind, "machine", machine)?;
    }
    Ok(())
}

fn features(domain: &mut Document, parts: &Parts<'_>) -> Result<(), XmlError> {
    let features = domain.append_child(domain.root(), "features")?;
    domain.append_child(features, "acpi")?;
    if parts.is_x86() {
        domain.append_child(features, "apic")?;
        domain.append_with(features, "vmport", &[("state", "off")])?;
    }
    Ok(())
}

/// Software emulation gets every feature QEMU can emulate: without them newer distributions do not start.
fn cpu(domain: &mut Document, parts: &Parts<'_>) -> Result<(), XmlError> {
    let root = domain.root();
    let mode = match parts.acceleration {
        Acceleration::Kvm => "host-passthrough",
        Acceleration::Software | Acceleration::Other(_) => "maximum",
    };
    domain.append_with(root, "cpu", &[("mode", mode), ("migratable", "on")])?;
    Ok(())
}

fn clock(domain: &mut Document, parts: &Parts<'_>) -> Result<(), XmlError> {
    let clock = domain.append_with(domain.root(), "clock", &[("offset", "utc")])?;
    if parts.is_x86() {
        domain.append_with(clock, "timer", &[("name", "rtc"), ("tickpolicy", "catchup")])?;
        domain.append_with(clock, "timer", &[("name", "pit"), ("tickpolicy", "delay")])?;
        domain.append_with(clock, "timer", &[("name", "hpet"), ("present", "no")])?;
    }
    Ok(())
}

/// A guest that suspends itself looks broken from outside, and cannot be woken by every display.
fn power_management(domain: &mut Document, parts: &Parts<'_>) -> Result<(), XmlError> {
    if !parts.is_x86() {
        return Ok(());
    }
    let pm = domain.append_child(domain.root(), "pm")?;
    domain.append_with(pm, "suspend-to-mem", &[("enabled", "no")])?;
    domain.append_with(pm, "suspend-to-disk", &[("enabled", "no")])?;
    Ok(())
}
