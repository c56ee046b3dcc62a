//! What stands in the list at the left: the parts of the machine itself, then its devices.

use libvirt_backend::property::select::Setting;
use libvirt_backend::property::{Key, SCOPES, Scope};
use libvirt_backend::xml::{Document, NodeId};

use super::summary;
use crate::t;
use crate::widgets::icons::{self, Icon};

/// A part of the machine's own settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    Overview,
    Processors,
    Memory,
    Boot,
    Features,
    Clock,
    Limits,
    /// All of it as text.
    Xml,
}

/// What a form is of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Part(Part),
    /// The scope's word and the device's key.
    Device(&'static str, String),
}

impl Place {
    /// Is the setting in its form?
    pub(super) fn has(&self, setting: &Setting) -> bool {
        match self {
            Self::Part(part) => part.has(setting),
            Self::Device(word, key) => match setting.scope.device_of(&setting.key) {
                Some(device) => device == key && setting.scope.element.starts_with(&format!("devices/{word}/")),
                None => setting.scope.word == *word && setting.key == *key,
            },
        }
    }
}

/// One line of the list.
pub(super) struct Entry {
    pub(super) place: Place,
    pub(super) scope: &'static Scope,
    pub(super) element: NodeId,
    pub(super) icon: Icon,
    pub(super) title: String,
    pub(super) summary: String,
}

impl Part {
    pub(super) const ALL: [Self; 8] = [
        Self::Overview,
        Self::Processors,
        Self::Memory,
        Self::Boot,
        Self::Features,
        Self::Clock,
        Self::Limits,
        Self::Xml,
    ];

    /// The groups of the machine's settings that it shows.
    pub(super) const fn groups(self) -> &'static [&'static str] {
        match self {
            Self::Overview => &["overview", "events"],
            Self::Processors => &["vcpu", "cpu", "topology"],
            Self::Memory => &["memory", "memory_backing", "memtune"],
            Self::Boot => &["boot", "firmware", "kernel"],
            Self::Features => &["features", "hyperv", "kvm"],
            Self::Clock => &["clock"],
            Self::Limits => &["cputune", "numatune", "blkiotune"],
            Self::Xml => &[],
        }
    }

    /// The lists of entries that it shows below.
    pub(super) const fn lists(self) -> &'static [&'static str] {
        match self {
            Self::Processors => &["cpu.feature", "cpu.numa"],
            Self::Boot => &["os.firmware.feature"],
            Self::Clock => &["clock.timer"],
            Self::Limits => &[
                "cputune.vcpupin",
                "cputune.vcpusched",
                "cputune.iothreadpin",
                "numatune.memnode",
                "blkiotune.device",
            ],
            Self::Overview => &["seclabel"],
            Self::Memory | Self::Features | Self::Xml => &[],
        }
    }

    /// Is the setting on its page?
    pub(super) fn has(self, setting: &Setting) -> bool {
        if !setting.scope.word.is_empty() {
            return self.lists().contains(&setting.scope.word);
        }
        let mut groups = setting.scope.groups.iter();
        let group = groups.find(|group| group.properties.iter().any(|property| property == setting.property));
        group.is_some_and(|group| self.groups().contains(&group.name))
    }

    fn title(self) -> String {
        t!(match self {
            Self::Overview => "hardware-overview",
            Self::Processors => "hardware-processors",
            Self::Memory => "hardware-memory",
            Self::Boot => "hardware-boot",
            Self::Features => "hardware-features",
            Self::Clock => "hardware-clock",
            Self::Limits => "hardware-limits",
            Self::Xml => "hardware-xml",
        })
    }

    const fn icon(self) -> Icon {
        match self {
            Self::Overview => icons::INFO,
            Self::Processors => icons::CPU,
            Self::Memory => icons::MEMORY,
            Self::Boot => icons::POWER,
            Self::Features => icons::SETTINGS,
            Self::Clock => icons::PENDING,
            Self::Limits => icons::SLOW,
            Self::Xml => icons::CODE,
        }
    }
}

/// The devices, what is looked for most first.
const ORDER: [&str; 26] = [
    "disk",
    "interface",
    "graphics",
    "video",
    "sound",
    "input",
    "hostdev",
    "filesystem",
    "serial",
    "console",
    "channel",
    "parallel",
    "tpm",
    "rng",
    "watchdog",
    "panic",
    "vsock",
    "memory-device",
    "memballoon",
    "redirdev",
    "smartcard",
    "shmem",
    "audio",
    "iommu",
    "hub",
    "controller",
];

/// Devices that libvirt knows and that have no settings here. They are listed with their XML, and stay as they are.
pub(super) static FORMLESS: Scope = Scope {
    word: "formless",
    element: "",
    key: Key::Only,
    groups: &[],
};

/// Everything the machine has, in the order in which it is shown.
pub(super) fn entries(domain: &Document) -> Vec<Entry> {
    let root = domain.root();
    let machine = SCOPES.iter().find(|scope| scope.word.is_empty());
    let parts = machine.into_iter().flat_map(|scope| {
        Part::ALL.into_iter().map(move |part| Entry {
            place: Place::Part(part),
            scope,
            element: root,
            icon: part.icon(),
            title: part.title(),
            summary: summary::part(domain, part),
        })
    });
    let scopes = ORDER
        .iter()
        .filter_map(|word| SCOPES.iter().find(|scope| scope.word == *word));
    let devices = scopes.flat_map(|scope| {
        let keyed = scope.keyed(domain).into_iter();
        keyed.map(move |(key, element)| Entry {
            icon: icon(domain, scope.word, element),
            title: summary::title(domain, scope.word, &key, element),
            summary: summary::device(domain, scope.word, element),
            place: Place::Device(scope.word, key),
            scope,
            element,
        })
    });
    let mut entries: Vec<Entry> = parts.chain(devices).collect();
    let formless = formless(domain, &entries);
    entries.extend(formless);
    entries
}

fn formless(domain: &Document, entries: &[Entry]) -> Vec<Entry> {
    let lists = domain.children(domain.root(), "devices");
    let devices = lists.flat_map(|list| domain.elements(list));
    let unlisted = devices.filter(|device| entries.iter().all(|entry| entry.element != *device));
    let mut found: Vec<Entry> = Vec::new();
    // It is the program that runs the machine, and stands in its overview.
    for element in unlisted.filter(|device| domain.name(*device) != "emulator") {
        let name = domain.name(element);
        let key = format!("{name}.{}", found.len());
        found.push(Entry {
            icon: icons::DEVICE,
            title: t!("hardware-device-formless", name = name),
            summary: summary::formless(domain, element),
            place: Place::Device(FORMLESS.word, key),
            scope: &FORMLESS,
            element,
        });
    }
    found
}

fn icon(domain: &Document, word: &str, element: NodeId) -> Icon {
    match word {
        "disk" if domain.attr(element, "device").is_some_and(|device| device == "cdrom") => icons::DISC,
        "disk" => icons::STORAGE,
        "interface" => icons::NETWORK,
        "graphics" => icons::CONSOLE,
        "video" => icons::PICTURE,
        "sound" | "audio" => icons::SOUND,
        "input" => icons::KEYBOARD,
        "filesystem" => icons::FOLDER,
        "serial" | "console" | "parallel" => icons::TERMINAL,
        "channel" => icons::CONNECT,
        "tpm" | "smartcard" => icons::KEY,
        "watchdog" | "panic" => icons::WARNING,
        "memory-device" | "memballoon" | "shmem" => icons::MEMORY,
        "hostdev" | "redirdev" | "hub" => icons::USB,
        _ => icons::DEVICE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lists inside a device are that device's.
    fn is_inside(scope: &Scope) -> bool {
        scope.element.starts_with("devices/") && !scope.is_device()
    }

    #[test]
    fn every_group_and_every_kind_of_device_has_its_place() {
        let groups: Vec<&str> = Part::ALL.iter().flat_map(|part| part.groups()).copied().collect();
        let lists: Vec<&str> = Part::ALL.iter().flat_map(|part| part.lists()).copied().collect();
        for scope in SCOPES {
            if scope.word.is_empty() {
                for group in scope.groups {
                    assert!(groups.contains(&group.name), "{} is on no page", group.name);
                }
            } else {
                let is_shown = lists.contains(&scope.word) || ORDER.contains(&scope.word) || is_inside(scope);
                assert!(is_shown, "{} is in no list", scope.word);
            }
        }
    }
}
