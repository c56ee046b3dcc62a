//! Which settings come first: those that people look for. The rest stands under "More settings".

use libvirt_backend::property::Property;
use libvirt_backend::xml::{Document, NodeId};

use super::entry::{Part, Place};

/// By their names, in the order in which they are shown.
pub(super) fn common(place: &Place) -> &'static [&'static str] {
    match place {
        Place::Part(part) => of_part(*part),
        Place::Device(word, _) => of_device(word),
    }
}

const fn of_part(part: Part) -> &'static [&'static str] {
    match part {
        Part::Overview => &[
            "title",
            "description",
            "osinfo",
            "os.machine",
            "on_poweroff",
            "on_reboot",
            "on_crash",
        ],
        Part::Processors => &[
            "vcpu",
            "vcpu.current",
            "cpu.mode",
            "cpu.model",
            "cpu.topology.sockets",
            "cpu.topology.cores",
            "cpu.topology.threads",
        ],
        Part::Memory => &[
            "memory",
            "memory.current",
            "memory.least",
            "hugepages",
            "memory.source",
            "memory.access",
        ],
        Part::Boot => &[
            "os.bootmenu",
            "os.bootmenu.timeout",
            "firmware",
            "os.kernel",
            "os.initrd",
            "os.cmdline",
        ],
        Part::Features => &[
            "features.acpi",
            "features.apic",
            "features.pae",
            "features.smm",
            "hyperv.relaxed",
            "hyperv.vapic",
            "hyperv.spinlocks",
            "kvm.hidden",
        ],
        Part::Clock => &["clock.offset", "clock.timezone"],
        Part::Limits => &[
            "cputune.shares",
            "cputune.quota",
            "cputune.period",
            "numatune.nodeset",
            "blkiotune.weight",
        ],
        Part::Xml => &[],
    }
}

fn of_device(word: &str) -> &'static [&'static str] {
    match word {
        "disk" => &[
            "device",
            "source.file",
            "source.dev",
            "source.pool",
            "source.volume",
            "source.dir",
            "source.protocol",
            "source.name",
            "bus",
            "readonly",
            "shareable",
            "removable",
            "serial",
            "cache",
            "discard",
            "boot",
        ],
        "interface" => &[
            "type",
            "source.network",
            "source.portgroup",
            "source.bridge",
            "source.dev",
            "source.mode",
            "model",
            "mac",
            "link",
            "boot",
        ],
        "graphics" => &[
            "type",
            "listen.type",
            "listen.address",
            "listen.socket",
            "autoport",
            "port",
            "password",
            "gl",
            "gl.rendernode",
        ],
        "video" => &["model", "accel3d", "heads", "vram"],
        "filesystem" => &["driver", "source", "target", "readonly", "accessmode"],
        "hostdev" => &["managed", "startupPolicy", "rom.bar", "boot"],
        "serial" | "console" | "parallel" | "channel" => &["type", "source.path", "target.type", "target.name", "log"],
        "tpm" => &["model", "type", "version"],
        "rng" => &["backend", "backend.path", "rate.bytes", "rate.period"],
        "watchdog" => &["model", "action"],
        "memballoon" => &["model", "autodeflate", "freePageReporting", "stats.period"],
        "vsock" => &["cid.auto", "cid.address"],
        "memory-device" => &["size", "requested", "node"],
        "input" => &["type", "bus"],
        "redirdev" => &["type", "boot"],
        "smartcard" => &["mode"],
        "shmem" => &["model", "size", "role"],
        "controller" | "sound" | "panic" | "iommu" => &["model"],
        "audio" | "hub" => &["type"],
        _ => &[],
    }
}

/// A place to come from that this kind of device does not use, and that is empty, would only confuse.
pub(super) fn is_shown(domain: &Document, element: NodeId, word: &str, property: &Property) -> bool {
    let Some(source) = property.name.strip_prefix("source.") else {
        return true;
    };
    if property.read(domain, element).is_ok_and(|value| value.is_some()) {
        return true;
    }
    let kind = domain.attr(element, "type").unwrap_or_default();
    match (word, kind.as_ref()) {
        ("disk", "file") => source == "file",
        ("disk", "block") => source == "dev",
        ("disk", "volume") => matches!(source, "pool" | "volume"),
        ("disk", "dir") => source == "dir",
        ("disk", "network") => matches!(source, "protocol" | "name"),
        ("interface", "network") => matches!(source, "network" | "portgroup"),
        ("interface", "bridge") => source == "bridge",
        ("interface", "direct") => matches!(source, "dev" | "mode"),
        ("interface", _) => false,
        ("serial" | "console" | "parallel" | "channel", kind) => {
            source == "path" && matches!(kind, "unix" | "file" | "dev" | "pipe")
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use libvirt_backend::property::SCOPES;

    use super::*;
    use crate::text::hardware as words;

    #[test]
    fn every_common_setting_exists_and_has_a_name_in_words() {
        for scope in SCOPES {
            let places = if scope.word.is_empty() {
                Part::ALL.map(Place::Part).to_vec()
            } else {
                vec![Place::Device(scope.word, String::new())]
            };
            for place in places {
                // Kinds of one form have different settings.
                let is_character = matches!(scope.word, "serial" | "console" | "parallel" | "channel");
                for name in common(&place) {
                    let Some(property) = scope.property(name) else {
                        assert!(is_character, "{} has no {name}", scope.word);
                        continue;
                    };
                    assert!(
                        words::label(scope, property).is_some(),
                        "field-{}-{name} is missing",
                        scope.word
                    );
                }
            }
        }
    }
}
