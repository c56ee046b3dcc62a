//! The devices that can be added: what each is for in one line, and what a new one begins with.

use libvirt_backend::model::{Abilities, HostChoices};
use libvirt_backend::property::fresh::{self, Sort};
use libvirt_backend::property::{Property, Scope, Value, hindrance, offers};
use libvirt_backend::xml::{Document, XmlError};

use crate::t;
use crate::text::hardware as words;
use crate::widgets::icons::{self, Icon};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Storage,
    Network,
    Display,
    Input,
    Host,
    Other,
}

impl Group {
    pub(super) const ALL: [Self; 6] = [
        Self::Storage,
        Self::Network,
        Self::Display,
        Self::Input,
        Self::Host,
        Self::Other,
    ];

    pub(super) fn title(self) -> String {
        t!(match self {
            Self::Storage => "add-group-storage",
            Self::Network => "add-group-network",
            Self::Display => "add-group-display",
            Self::Input => "add-group-input",
            Self::Host => "add-group-host",
            Self::Other => "add-group-other",
        })
    }
}

/// One line of the list.
pub(super) struct Offer {
    /// Its texts are `add-<name>` and `add-<name>-text`.
    pub(super) name: &'static str,
    pub(super) group: Group,
    pub(super) icon: Icon,
    word: &'static str,
    settings: &'static [(&'static str, &'static str)],
    /// Which of the kind, where it has several.
    which: &'static str,
}

const fn offer(name: &'static str, group: Group, icon: Icon, word: &'static str) -> Offer {
    Offer {
        name,
        group,
        icon,
        word,
        settings: &[],
        which: "",
    }
}

impl Offer {
    const fn with(self, settings: &'static [(&'static str, &'static str)]) -> Self {
        Self { settings, ..self }
    }

    const fn of(self, which: &'static str) -> Self {
        Self { which, ..self }
    }
}

/// All of them, as they stand in the list.
pub(super) const OFFERS: &[Offer] = &[
    offer("disk", Group::Storage, icons::STORAGE, "disk"),
    offer("cdrom", Group::Storage, icons::DISC, "disk").with(&[
        ("device", "cdrom"),
        ("format", "raw"),
        ("readonly", "on"),
    ]),
    offer("usb-disk", Group::Storage, icons::USB, "disk").with(&[("bus", "usb"), ("removable", "on")]),
    offer("floppy", Group::Storage, icons::SAVE, "disk").with(&[
        ("device", "floppy"),
        ("bus", "fdc"),
        ("format", "raw"),
    ]),
    offer("filesystem", Group::Storage, icons::FOLDER, "filesystem"),
    offer("scsi", Group::Storage, icons::DEVICE, "controller"),
    offer("interface", Group::Network, icons::NETWORK, "interface"),
    offer("interface-network", Group::Network, icons::NETWORK, "interface").with(&[("type", "network")]),
    offer("interface-bridge", Group::Network, icons::NETWORK, "interface").with(&[("type", "bridge")]),
    offer("vsock", Group::Network, icons::CONNECT, "vsock"),
    offer("vnc", Group::Display, icons::CONSOLE, "graphics"),
    offer("spice", Group::Display, icons::CONSOLE, "graphics").with(&[("type", "spice")]),
    offer("video", Group::Display, icons::PICTURE, "video"),
    offer("sound", Group::Display, icons::SOUND, "sound"),
    offer("audio", Group::Display, icons::SOUND, "audio"),
    offer("tablet", Group::Input, icons::KEYBOARD, "input"),
    offer("mouse", Group::Input, icons::KEYBOARD, "input").with(&[("type", "mouse")]),
    offer("keyboard", Group::Input, icons::KEYBOARD, "input").with(&[("type", "keyboard")]),
    offer("evdev", Group::Input, icons::KEYBOARD, "input").with(&[("type", "evdev")]),
    offer("hostdev-usb", Group::Host, icons::USB, "hostdev"),
    offer("redirdev", Group::Host, icons::USB, "redirdev"),
    offer("smartcard", Group::Host, icons::KEY, "smartcard"),
    offer("serial", Group::Other, icons::TERMINAL, "serial"),
    offer("console", Group::Other, icons::TERMINAL, "console"),
    offer("parallel", Group::Other, icons::TERMINAL, "parallel"),
    offer("agent", Group::Other, icons::CONNECT, "channel"),
    offer("channel", Group::Other, icons::CONNECT, "channel").with(&[("target.name", "org.example.channel.1")]),
    offer("tpm", Group::Other, icons::KEY, "tpm"),
    offer("rng", Group::Other, icons::DEVICE, "rng"),
    offer("watchdog", Group::Other, icons::WARNING, "watchdog"),
    offer("panic", Group::Other, icons::WARNING, "panic"),
    offer("memory", Group::Other, icons::MEMORY, "memory-device"),
    offer("memballoon", Group::Other, icons::MEMORY, "memballoon"),
    offer("shmem", Group::Other, icons::MEMORY, "shmem"),
    offer("root-port", Group::Other, icons::DEVICE, "controller").of("pci"),
    offer("usb-controller", Group::Other, icons::USB, "controller").of("usb"),
    offer("serial-controller", Group::Other, icons::DEVICE, "controller").of("virtio-serial"),
    offer("sata-controller", Group::Other, icons::STORAGE, "controller").of("sata"),
    offer("ide-controller", Group::Other, icons::STORAGE, "controller").of("ide"),
    offer("ccid-controller", Group::Other, icons::KEY, "controller").of("ccid"),
    offer("pci-bridge", Group::Other, icons::DEVICE, "controller")
        .with(&[("model", "pcie-to-pci-bridge")])
        .of("pci"),
    offer("hub", Group::Other, icons::USB, "hub"),
    offer("iommu", Group::Other, icons::DEVICE, "iommu"),
];

/// A machine has one of these at most.
const SINGLE: [&str; 4] = ["tpm", "memballoon", "vsock", "iommu"];
const AGENT: &str = "org.qemu.guest_agent.0";

impl Offer {
    pub(super) fn title(&self) -> String {
        crate::text::find(&format!("add-{}", self.name)).unwrap_or_else(|| self.word.to_owned())
    }

    pub(super) fn text(&self) -> String {
        crate::text::find(&format!("add-{}-text", self.name)).unwrap_or_default()
    }

    pub(super) fn scope(&self) -> Option<&'static Scope> {
        fresh::kinds().find(|scope| scope.word == self.word)
    }

    /// Why this machine cannot have another.
    pub(super) fn denied(&self, domain: &Document, host: Option<&HostChoices>) -> Option<String> {
        let scope = self.scope()?;
        if host.is_some_and(|host| self.is_missing(&host.abilities, scope)) {
            return Some(t!("offer-missing"));
        }
        let hindrance = host.and_then(|host| hindrance::of_kind(scope, host.has_vsock));
        if let Some(denied) = hindrance.map(words::hindrance).or_else(|| self.denied_board(domain)) {
            return Some(denied);
        }
        let present = domain.find_all(domain.root(), scope.element);
        let has_one = match self.name {
            "agent" => present.iter().any(|channel| {
                domain
                    .attr_at(*channel, "target", "name")
                    .is_some_and(|name| name == AGENT)
            }),
            // Its chip has two channels, and the board one chip.
            "ide-controller" => present
                .iter()
                .any(|controller| domain.attr(*controller, "type").is_some_and(|kind| kind == "ide")),
            _ => SINGLE.contains(&self.word) && !present.is_empty(),
        };
        let graphics = |kind: &str| {
            let mut known = present.iter();
            self.word == "graphics"
                && known.any(|element| domain.attr(*element, "type").is_some_and(|found| found == kind))
        };
        let is_shown_already = match self.name {
            "vnc" => graphics("vnc"),
            "spice" => graphics("spice"),
            _ => false,
        };
        (has_one || is_shown_already).then(|| t!("add-denied-one"))
    }

    /// What only one kind of board has a place for.
    fn denied_board(&self, domain: &Document) -> Option<String> {
        let machine = domain.attr_at(domain.root(), "os/type", "machine").unwrap_or_default();
        match self.name {
            "ide-controller" if machine != "pc" && !machine.contains("i440fx") => Some(t!("offer-needs-i440fx")),
            "root-port" | "pci-bridge" if machine == "pc" || machine.contains("i440fx") => Some(t!("offer-needs-pcie")),
            _ => None,
        }
    }

    /// libvirt says that this kind of machine cannot have it on this host.
    fn is_missing(&self, abilities: &Abilities, scope: &Scope) -> bool {
        let is_missing_word = |(name, text): &(&str, &str)| {
            let property = scope.property(name);
            property.is_some_and(|property| offers::word(abilities, scope, property, text) == offers::Offer::Missing)
        };
        offers::device(abilities, scope) == offers::Offer::Missing || self.settings.iter().any(is_missing_word)
    }

    /// All words occur in its texts or in its name in the terminal.
    pub(super) fn matches(&self, query: &str) -> bool {
        let known = format!("{} {} {} {}", self.title(), self.text(), self.name, self.word).to_lowercase();
        query.to_lowercase().split_whitespace().all(|word| known.contains(word))
    }

    /// The XML of a new one, with names that nothing in `domain` has.
    pub(super) fn make(&self, domain: &Document) -> Option<Result<String, XmlError>> {
        let scope = self.scope()?;
        let own = self.settings.iter().copied();
        let bus = (self.name == "cdrom").then(|| ("bus", disc_bus(domain)));
        let settings = own.chain(bus).filter_map(|(name, text)| {
            let property = scope.property(name)?;
            Some((property, property.input(text).ok()?))
        });
        let settings: Vec<(&Property, Value)> = settings.collect();
        let sort = Sort {
            scope,
            which: self.which,
        };
        let made = sort.device_with(domain, &settings)?;
        Some(made.and_then(|xml| {
            if self.word == "interface" {
                with_mac(&xml)
            } else {
                Ok(xml)
            }
        }))
    }
}

fn with_mac(xml: &str) -> Result<String, XmlError> {
    let mut device = Document::parse(xml)?;
    let root = device.root();
    let mac = device.insert_child(root, "mac", &[])?;
    device.set_attr(mac, "address", &fresh::new_mac())?;
    Ok(device.element_xml(root))
}

/// Where a board of this kind has its drives.
fn disc_bus(domain: &Document) -> &'static str {
    let machine = domain.attr_at(domain.root(), "os/type", "machine").unwrap_or_default();
    if machine.contains("q35") {
        "sata"
    } else if machine.starts_with("pc") {
        "ide"
    } else {
        "scsi"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOMAIN: &str = "<domain><os><type machine='pc-q35-10.0'>hvm</type></os><devices>\
        <disk><target dev='sda' bus='sata'/></disk><disk><target dev='vda' bus='virtio'/></disk>\
        <controller type='pci' index='0' model='pcie-root'/><controller type='usb' index='0'/></devices></domain>";

    fn made(name: &str) -> String {
        let offer = OFFERS.iter().find(|offer| offer.name == name).unwrap();
        offer.make(&Document::parse(DOMAIN).unwrap()).unwrap().unwrap()
    }

    #[test]
    fn every_kind_of_device_is_offered_with_its_words_and_can_be_made() {
        let domain = Document::parse(DOMAIN).unwrap();
        for scope in fresh::kinds() {
            assert!(OFFERS.iter().any(|offer| offer.word == scope.word), "{}", scope.word);
        }
        for offer in OFFERS {
            for key in [format!("add-{}", offer.name), format!("add-{}-text", offer.name)] {
                assert!(crate::text::find(&key).is_some(), "{key}");
            }
            let xml = offer.make(&domain).unwrap().unwrap();
            let scope = offer.scope().unwrap();
            let device = Document::parse(&xml).unwrap();
            for (name, text) in offer.settings {
                let property = scope.property(name).unwrap();
                let value = property.read(&device, device.root()).unwrap();
                assert_eq!(value, Some(property.input(text).unwrap()), "{}: {name}", offer.name);
            }
        }
    }

    #[test]
    fn a_new_drive_stands_where_the_board_has_drives_and_has_a_free_name() {
        let drive = made("cdrom");
        assert!(drive.contains("bus='sata'") && drive.contains("dev='sdb'"), "{drive}");
        assert!(made("usb-disk").contains("dev='sdb'"));
        assert!(made("disk").contains("dev='vdb'"));
        assert!(made("root-port").contains("type='pci' index='1' model='pcie-root-port'"));
        assert!(made("usb-controller").contains("type='usb' index='1'"));
    }

    #[test]
    fn controllers_are_offered_where_the_board_has_a_place_for_them() {
        assert_eq!(made("sata-controller"), "<controller type='sata' index='0'/>");
        assert_eq!(made("ccid-controller"), "<controller type='ccid' index='0'/>");
        assert!(made("pci-bridge").contains("type='pci' index='1' model='pcie-to-pci-bridge'"));
        let denied = |name: &str, machine: &str, devices: &str| {
            let domain = format!("<domain><os><type machine='{machine}'/></os><devices>{devices}</devices></domain>");
            let offer = OFFERS.iter().find(|offer| offer.name == name).unwrap();
            offer.denied(&Document::parse(&domain).unwrap(), None)
        };
        let old_board = "Only machines of the board i440fx have it.";
        let express = "Only boards with PCI Express, such as q35, have a place for it.";
        assert_eq!(denied("ide-controller", "pc-q35-10.0", "").as_deref(), Some(old_board));
        assert_eq!(denied("ide-controller", "pc-i440fx-10.0", ""), None);
        let chip = "<controller type='ide' index='0'/>";
        assert_eq!(
            denied("ide-controller", "pc-i440fx-10.0", chip).as_deref(),
            Some("The machine has one already.")
        );
        assert_eq!(denied("pci-bridge", "pc", "").as_deref(), Some(express));
        assert_eq!(denied("pci-bridge", "pc-q35-10.0", ""), None);
        assert_eq!(denied("sata-controller", "pc-i440fx-10.0", chip), None);
    }

    #[test]
    fn a_vsock_needs_its_device_file_on_this_computer() {
        let denied = |has_vsock| {
            let host = HostChoices {
                has_vsock,
                ..crate::screens::fixtures::host_choices()
            };
            let offer = OFFERS.iter().find(|offer| offer.name == "vsock").unwrap();
            offer.denied(&Document::parse(DOMAIN).unwrap(), Some(&host))
        };
        let reason = denied(Some(false)).unwrap();
        assert!(reason.contains("/dev/vhost-vsock"), "{reason}");
        assert_eq!([denied(Some(true)), denied(None)], [None, None]);
    }

    #[test]
    fn network_cards_differ() {
        assert_ne!(made("interface"), made("interface"));
    }

    #[test]
    fn a_machine_has_one_security_chip() {
        let domain = Document::parse("<domain><devices><tpm model='tpm-crb'/></devices></domain>").unwrap();
        let denied = |name: &str| {
            OFFERS
                .iter()
                .find(|offer| offer.name == name)
                .unwrap()
                .denied(&domain, None)
        };
        assert_eq!(denied("tpm").as_deref(), Some("The machine has one already."));
        assert_eq!(denied("rng"), None);
        let host = crate::screens::fixtures::host_choices();
        let lacks = |name: &str| {
            let offer = OFFERS.iter().find(|offer| offer.name == name).unwrap();
            offer.denied(&Document::parse(DOMAIN).unwrap(), Some(&host))
        };
        let missing = Some("This host does not offer it for this machine.".to_owned());
        assert_eq!(
            [lacks("tpm"), lacks("spice"), lacks("rng")],
            [missing.clone(), missing, None]
        );
    }
}
