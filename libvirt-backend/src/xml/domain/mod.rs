//! The domain XML: what Berth's lists, guards and dialogs need of it, and the changes this version makes to it.

mod channel;
mod disk;
mod display;
mod graphics;
mod interface;
mod kept;
mod media;
mod serial;
pub(super) mod snapshot_refusal;
mod sound;
mod vnc;

use std::path::PathBuf;

use super::metadata::{LIBOSINFO_URI, metadata_of_domain};
use super::property;
use super::{Document, XmlError};
use crate::model::{Acceleration, Definition, MachineId};

pub use channel::{ClipboardChannel, attached_clipboard, clipboard_channel};
pub use display::{Displays, VncListen, with_displays, with_vnc_listening, without_dbus_display};
pub(crate) use display::{insert_dbus, insert_video, insert_vnc};
pub use graphics::graphics_from_xml;
pub use interface::host_devices_from_xml;
pub use kept::first_lost;
pub use media::{drive_with_medium, medium_in_drive};
pub use sound::{SoundServer, sound_probe, with_sound};
pub use vnc::{Vnc, VncPlace, live_vnc};

const AGENT_CHANNEL: &str = "org.qemu.guest_agent.0";

/// The elements of a domain that libvirt writes before `name`, for [`Document::insert_child`].
pub(super) fn before(name: &str) -> &'static [&'static str] {
    property::order::before("domain", name)
}

/// What the XML does not say of a domain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DomainFacts {
    pub is_persistent: bool,
    pub has_managed_save: bool,
    pub autostart: bool,
    pub has_external_snapshots: bool,
}

/// Reads the inactive XML (`VIR_DOMAIN_XML_INACTIVE`; of a transient domain its only one).
pub fn definition_from_xml(inactive_xml: &str, facts: DomainFacts) -> Result<Definition, XmlError> {
    let domain = Document::parse_as(inactive_xml, "domain")?;
    let root = domain.root();
    let DomainFacts {
        is_persistent,
        has_managed_save,
        autostart,
        has_external_snapshots,
    } = facts;
    let memory_max_kib = property::MEMORY
        .kib(&domain)?
        .ok_or_else(|| XmlError::missing("domain/memory"))?;
    let memory_current_kib = property::CURRENT_MEMORY.kib(&domain)?.unwrap_or(memory_max_kib);
    let vcpus = match property::VCPU_CURRENT.count(&domain)? {
        Some(current) => current,
        None => property::VCPU.count(&domain)?.unwrap_or(1),
    };
    let disks = disk::disks(&domain);
    let metadata = metadata_of_domain(&domain);
    Ok(Definition {
        name: property::NAME
            .text(&domain)?
            .ok_or_else(|| XmlError::missing("domain/name"))?,
        title: property::TITLE.text(&domain)?,
        description: property::DESCRIPTION.text(&domain)?,
        tags: metadata.tags,
        is_persistent,
        has_managed_save,
        autostart,
        acceleration: acceleration(&domain),
        architecture: property::OS_ARCHITECTURE.text(&domain)?.unwrap_or_default(),
        machine_type: property::OS_MACHINE.text(&domain)?.unwrap_or_default(),
        vcpus,
        memory_max_kib,
        memory_current_kib,
        memory_least_kib: property::LEAST_MEMORY.kib(&domain).ok().flatten(),
        snapshot_refusal: snapshot_refusal::snapshot_refusal(&domain, &disks, has_external_snapshots),
        disks,
        nics: interface::nics(&domain),
        graphics: graphics::graphics(&domain),
        serials: serial::serials(&domain),
        has_agent_channel: domain
            .find_all(root, "devices/channel/target")
            .into_iter()
            .any(|target| domain.attr(target, "name").is_some_and(|name| name == AGENT_CHANNEL)),
        nvram: nvram(&domain),
        serial_logs: serial_logs(&domain),
        has_tpm_state: domain
            .find_all(root, "devices/tpm/backend")
            .into_iter()
            .any(|backend| domain.attr(backend, "type").is_some_and(|kind| kind == "emulator")),
        shares_clipboard: metadata.shares_clipboard,
        sound: sound::sound(&domain),
        os_id: os_id(&domain),
        is_complete: true,
        is_unreadable: false,
        num_waiting: 0,
        xml_hash: 0,
    })
}

pub fn uuid_from_xml(xml: &str) -> Result<MachineId, XmlError> {
    let domain = Document::parse_as(xml, "domain")?;
    let text = domain
        .text_at(domain.root(), "uuid")
        .ok_or_else(|| XmlError::missing("domain/uuid"))?;
    text.parse::<MachineId>()
        .ok()
        .ok_or_else(|| XmlError::invalid("domain/uuid", &text))
}

fn serial_logs(domain: &Document) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = ["devices/serial/log", "devices/console/log"]
        .into_iter()
        .flat_map(|path| domain.find_all(domain.root(), path))
        .filter_map(|log| domain.attr(log, "file"))
        .map(|file| PathBuf::from(file.as_ref()))
        .collect();
    // libvirt shows the first serial port a second time as a console.
    files.sort_unstable();
    files.dedup();
    files
}

fn acceleration(domain: &Document) -> Acceleration {
    match domain.attr(domain.root(), "type").as_deref() {
        Some("kvm") => Acceleration::Kvm,
        Some("qemu") => Acceleration::Software,
        other => Acceleration::Other(other.unwrap_or_default().to_owned()),
    }
}

/// The path stands as text, or in a `<source>` since libvirt 8.5.
fn nvram(domain: &Document) -> Option<PathBuf> {
    let root = domain.root();
    let file = domain
        .attr_at(root, "os/nvram/source", "file")
        .map(|file| file.into_owned());
    file.or_else(|| domain.text_at(root, "os/nvram")).map(PathBuf::from)
}

fn os_id(domain: &Document) -> Option<String> {
    let metadata = domain.child(domain.root(), "metadata")?;
    let libosinfo = domain.child_in(metadata, LIBOSINFO_URI, "libosinfo")?;
    let os = domain.child_in(libosinfo, LIBOSINFO_URI, "os")?;
    domain.attr(os, "id").map(|id| id.into_owned())
}
