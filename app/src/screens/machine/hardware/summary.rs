//! One plain line for each part and device: what a person who has never seen XML would say of it.

use libvirt_backend::property::{self, MACHINE, SCOPES, Scope, Value};
use libvirt_backend::xml::{Document, NodeId};

use super::entry::Part;
use super::forwards;
use super::{memory_devices, root_ports};
use crate::t;
use crate::text::hardware::word;
use crate::text::{self, units};

/// `None`: nothing is said there.
fn at(domain: &Document, element: NodeId, path: &str, attribute: &str) -> Option<String> {
    let value = domain.attr_at(element, path, attribute)?;
    (!value.is_empty()).then(|| value.into_owned())
}

fn joined(parts: impl IntoIterator<Item = Option<String>>) -> String {
    let parts: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    parts.join(" · ")
}

/// The machine's setting of this name, as a user reads it.
fn own(domain: &Document, name: &str) -> Option<String> {
    let property = MACHINE.property(name)?;
    let value = property.read(domain, domain.root()).ok()??;
    Some(text::hardware::value(MACHINE, property, Some(&value)))
}

fn kib(domain: &Document, property: &property::Property) -> Option<String> {
    match property.read(domain, domain.root()).ok()? {
        Some(Value::Bytes(bytes)) => Some(units::bytes(bytes)),
        _ => None,
    }
}

/// Of a part of the machine itself.
pub(super) fn part(domain: &Document, part: Part) -> String {
    let root = domain.root();
    match part {
        Part::Overview => joined([own(domain, "os.arch"), own(domain, "os.machine")]),
        Part::Processors => {
            let count = property::VCPU.count(domain).ok().flatten();
            joined([
                count.map(|count| t!("fact-cpus-value", count = count)),
                own(domain, "cpu.mode"),
            ])
        }
        Part::Memory => {
            let huge = domain.find(root, "memoryBacking/hugepages");
            joined([
                kib(domain, property::CURRENT_MEMORY).or_else(|| kib(domain, property::MEMORY)),
                huge.map(|_| t!("hardware-hugepages")),
            ])
        }
        Part::Boot => {
            let firmware = own(domain, "firmware").map(|kind| word(MACHINE, property::FIRMWARE, &kind));
            joined([firmware, own(domain, "os.boot")])
        }
        Part::Features => {
            let count = domain
                .find(root, "features")
                .map_or(0, |features| domain.elements(features).count());
            t!("hardware-features-count", count = count)
        }
        Part::Clock => own(domain, "clock.offset").unwrap_or_default(),
        Part::Limits => {
            let lists = ["cputune", "numatune", "blkiotune"];
            let count: usize = lists
                .iter()
                .filter_map(|list| domain.find(root, list))
                .map(|list| domain.elements(list).count())
                .sum();
            t!("hardware-limits-count", count = count)
        }
        Part::Xml => t!("hardware-xml-summary"),
    }
}

/// What a device is called.
pub(super) fn title(domain: &Document, scope: &str, key: &str, element: NodeId) -> String {
    let kind = match scope {
        "disk" => {
            let device = at(domain, element, "", "device").unwrap_or_default();
            match device.as_str() {
                "cdrom" => t!("hardware-device-cdrom", key = key),
                "floppy" => t!("hardware-device-floppy", key = key),
                _ => t!("hardware-device-disk", key = key),
            }
        }
        "input" => match at(domain, element, "", "type").as_deref() {
            Some("tablet") => t!("hardware-device-tablet"),
            Some("mouse") => t!("hardware-device-mouse"),
            Some("keyboard") => t!("hardware-device-keyboard"),
            _ => t!("hardware-device-input"),
        },
        "hostdev" => match at(domain, element, "", "type").as_deref() {
            Some("usb") => t!("hardware-device-hostdev-usb"),
            Some("pci") => t!("hardware-device-hostdev-pci"),
            _ => t!("hardware-device-hostdev"),
        },
        _ => t!(title_key(scope)),
    };
    // Those that nothing but their number tells apart.
    let is_counted = matches!(scope, "serial" | "parallel" | "console") || (is_numbered(key) && key != "1");
    if is_counted { format!("{kind} {key}") } else { kind }
}

fn is_numbered(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|digit| digit.is_ascii_digit())
}

fn title_key(scope: &str) -> &'static str {
    match scope {
        "interface" => "hardware-device-interface",
        "graphics" => "hardware-device-graphics",
        "video" => "hardware-device-video",
        "sound" => "hardware-device-sound",
        "audio" => "hardware-device-audio",
        "filesystem" => "hardware-device-filesystem",
        "serial" => "hardware-device-serial",
        "console" => "hardware-device-console",
        "channel" => "hardware-device-channel",
        "parallel" => "hardware-device-parallel",
        "tpm" => "hardware-device-tpm",
        "rng" => "hardware-device-rng",
        "watchdog" => "hardware-device-watchdog",
        "panic" => "hardware-device-panic",
        "vsock" => "hardware-device-vsock",
        "memory-device" => "hardware-device-memory",
        "memballoon" => "hardware-device-balloon",
        "redirdev" => "hardware-device-redirection",
        "smartcard" => "hardware-device-smartcard",
        "shmem" => "hardware-device-shared-memory",
        "iommu" => "hardware-device-iommu",
        "hub" => "hardware-device-hub",
        "controller" => "hardware-device-controller",
        _ => "hardware-device-other",
    }
}

/// What it is connected to and how.
pub(super) fn device(domain: &Document, scope: &str, element: NodeId) -> String {
    let own = |path: &str, attribute: &str| at(domain, element, path, attribute);
    match scope {
        "disk" => joined([Some(disk_source(domain, element)), own("target", "bus")]),
        "interface" => joined([
            Some(interface_source(domain, element)),
            own("mac", "address")
                .filter(|_| has_several(domain))
                .map(|mac| end_of(&mac)),
            own("model", "type"),
        ]),
        "graphics" => graphics(domain, element),
        "video" => joined([own("model", "type"), is_on(own("model/acceleration", "accel3d"))]),
        "filesystem" => joined([own("source", "dir"), own("target", "dir")]),
        "channel" => joined([own("target", "name"), own("", "type")]),
        "serial" | "console" | "parallel" => joined([own("", "type").map(|kind| named_word(scope, "type", &kind))]),
        "tpm" => joined([own("", "model"), own("backend", "version"), own("backend", "type")]),
        "rng" => joined([domain.text_at(element, "backend"), own("backend", "model")]),
        "watchdog" => joined([
            own("", "model"),
            own("", "action").map(|kind| named_word(scope, "action", &kind)),
        ]),
        "controller" => {
            let model = own("", "model");
            let is_board = model.as_deref() == Some("pcie-root");
            let ports = is_board.then(|| root_ports::summary(domain)).flatten();
            joined([own("", "type"), own("", "index"), model, ports])
        }
        "hostdev" => joined([host_device(domain, element)]),
        "memory-device" => memory_devices::told(domain, element),
        "vsock" => joined([own("cid", "address"), own("", "model")]),
        "input" => joined([own("", "bus")]),
        "shmem" => joined([own("", "name"), own("model", "type")]),
        "smartcard" => joined([own("", "mode")]),
        "redirdev" => joined([own("", "bus"), own("", "type")]),
        "audio" | "hub" => joined([own("", "type")]),
        _ => joined([own("", "model")]),
    }
}

/// What it says of itself: its attributes, else what it is made of.
pub(super) fn formless(domain: &Document, element: NodeId) -> String {
    let said = domain.attrs(element).map(|(_, value)| Some(value.into_owned()));
    let said = joined(said);
    if said.is_empty() {
        joined(
            domain
                .elements(element)
                .map(|inner| Some(domain.name(inner).to_owned())),
        )
    } else {
        said
    }
}

/// Its end tells one network card from another; the form has the whole.
fn end_of(mac: &str) -> String {
    let start = mac.len().saturating_sub(5);
    mac.get(start..).map_or_else(|| mac.to_owned(), |end| format!("…{end}"))
}

fn has_several(domain: &Document) -> bool {
    domain.find_all(domain.root(), "devices/interface").len() > 1
}

fn is_on(switch: Option<String>) -> Option<String> {
    switch.filter(|word| word == "yes").map(|_| t!("hardware-3d"))
}

fn named_word(scope: &str, name: &str, value: &str) -> String {
    let scope = SCOPES.iter().find(|known| known.word == scope);
    let property = scope.and_then(|scope| Some((scope, scope.property(name)?)));
    property.map_or_else(|| value.to_owned(), |(scope, property)| word(scope, property, value))
}

fn disk_source(domain: &Document, element: NodeId) -> String {
    let places = ["file", "dev", "volume", "name", "dir"];
    let source = places.iter().find_map(|place| at(domain, element, "source", place));
    match source {
        // The end of a path says what it is; the form has the whole.
        Some(source) => source.rsplit('/').next().unwrap_or(&source).to_owned(),
        None => match at(domain, element, "", "device").as_deref() {
            Some("cdrom" | "floppy") => t!("disk-empty"),
            _ => t!("disk-no-file"),
        },
    }
}

fn interface_source(domain: &Document, element: NodeId) -> String {
    let kind = at(domain, element, "", "type").unwrap_or_default();
    let source = |attribute: &str| at(domain, element, "source", attribute).unwrap_or_default();
    match kind.as_str() {
        "user" if at(domain, element, "backend", "type").is_some_and(|backend| backend == "passt") => t!("nic-passt"),
        "user" => t!("nic-user"),
        "network" => t!("nic-network", name = source("network")),
        "bridge" => t!("nic-bridge", name = source("bridge")),
        _ => joined([Some(kind), Some(source("dev"))]),
    }
}

/// Of an entry of a list inside a device.
pub(super) fn row(domain: &Document, element: NodeId, scope: &'static Scope) -> String {
    if scope.word == forwards::FORWARD {
        return forwards::words(domain, element);
    }
    let said = scope.properties().map(|property| {
        let value = property.read(domain, element).ok()??;
        Some(text::hardware::value(scope, property, Some(&value)))
    });
    joined(said)
}

fn graphics(domain: &Document, element: NodeId) -> String {
    let kind = at(domain, element, "", "type").unwrap_or_default();
    let port = at(domain, element, "", "port").filter(|port| port != "-1");
    let listen = at(domain, element, "listen", "type").filter(|listen| listen == "socket" || listen == "none");
    let name = match kind.as_str() {
        "vnc" => "VNC".to_owned(),
        "spice" => "SPICE".to_owned(),
        "dbus" => "D-Bus".to_owned(),
        _ => kind,
    };
    joined([
        Some(name),
        port,
        listen.map(|kind| named_word("graphics", "listen.type", &kind)),
    ])
}

fn host_device(domain: &Document, element: NodeId) -> Option<String> {
    if let (Some(vendor), Some(product)) = (
        at(domain, element, "source/vendor", "id"),
        at(domain, element, "source/product", "id"),
    ) {
        let plain = |id: &str| id.trim_start_matches("0x").to_owned();
        return Some(format!("{}:{}", plain(&vendor), plain(&product)));
    }
    let part = |name| at(domain, element, "source/address", name).map(|hex| hex.trim_start_matches("0x").to_owned());
    match (part("bus"), part("slot"), part("function")) {
        (Some(bus), Some(slot), Some(function)) => Some(format!("{bus}:{slot}.{function}")),
        _ => part("uuid"),
    }
}
