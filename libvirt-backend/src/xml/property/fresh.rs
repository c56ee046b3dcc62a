//! New devices: the least that libvirt takes for one of each kind, with what most people want of it.

use super::{Property, SCOPES, Scope, Value, root_ports};
use crate::model::PciAddress;
use crate::xml::{Document, NodeId, XmlError};

/// Disks of one machine that Berth finds a free name for.
const MOST_DISKS: usize = 26 * 27;
/// The guest's own networking, without the host's help.
const USER_NETWORK: &str = "<interface type='user'>\n  <model type='virtio'/>\n</interface>";

/// The controllers that can be added, and the model where QEMU has several. The first is meant where none is named.
const CONTROLLERS: [(&str, Option<&str>); 7] = [
    ("scsi", Some("virtio-scsi")),
    ("pci", Some(root_ports::MODEL)),
    ("usb", Some("qemu-xhci")),
    ("virtio-serial", None),
    ("sata", None),
    ("ide", None),
    ("ccid", None),
];

/// A kind of devices, and which of them where it has several: `disk`, `controller.usb`, `hostdev.0000:03:00.0`.
#[derive(Clone, Copy, Debug)]
pub struct Sort<'a> {
    pub scope: &'static Scope,
    pub which: &'a str,
}

impl<'a> Sort<'a> {
    /// By its name.
    pub fn parse(name: &'a str) -> Option<Self> {
        let (word, which) = name.split_once('.').unwrap_or((name, ""));
        let scope = kinds().find(|scope| scope.word == word)?;
        let is_known = match word {
            _ if which.is_empty() => !name.contains('.'),
            "controller" => CONTROLLERS.iter().any(|(kind, _)| *kind == which),
            "hostdev" => PciAddress::parse(which).is_some(),
            _ => false,
        };
        is_known.then_some(Self { scope, which })
    }

    /// Settings without which a device of this sort is none.
    pub fn needed(self) -> &'static [&'static str] {
        match self.scope.word {
            "filesystem" => &["source"],
            "hostdev" if self.which.is_empty() => &["vendor", "product"],
            _ => &[],
        }
    }

    /// The XML of one that `domain` could have besides its own, with some of its settings as asked for.
    pub fn device_with(self, domain: &Document, settings: &[(&Property, Value)]) -> Option<Result<String, XmlError>> {
        let xml = match self.which {
            "" => device(self.scope, domain)?,
            which if self.scope.word == "controller" => controller(which, domain)?,
            which => host_pci(PciAddress::parse(which)?),
        };
        let made = Document::parse(&xml).and_then(|mut device| {
            let root = device.root();
            for (property, value) in settings {
                property.write(&mut device, root, Some(value))?;
            }
            if self.scope.word == "disk" {
                name_by_bus(&mut device, domain)?;
            }
            Ok(device.element_xml(root))
        });
        Some(made)
    }
}

/// What `Sort::parse` takes, without the host's own.
pub fn names() -> Vec<String> {
    let words = kinds().map(|scope| scope.word.to_owned());
    let of_kinds = CONTROLLERS.iter().map(|(kind, _)| format!("controller.{kind}"));
    words.chain(of_kinds).collect()
}

/// The XML of a device of this kind that `domain` could have besides its own. `None`: there are no devices of it.
pub fn device(scope: &Scope, domain: &Document) -> Option<String> {
    Some(match scope.word {
        "disk" => {
            let target = free_target(domain, "vd");
            format!(
                "<disk type='file' device='disk'>\n  <driver name='qemu' type='qcow2'/>\n  <target dev='{target}' \
                 bus='virtio'/>\n</disk>"
            )
        }
        "interface" => USER_NETWORK.to_owned(),
        "controller" => return controller(CONTROLLERS.first()?.0, domain),
        "filesystem" => "<filesystem type='mount' accessmode='mapped'>\n  <target dir='shared'/>\n  <readonly/>\n\
                         </filesystem>"
            .to_owned(),
        "serial" => "<serial type='pty'/>".to_owned(),
        "parallel" => "<parallel type='pty'/>".to_owned(),
        "console" => "<console type='pty'>\n  <target type='virtio'/>\n</console>".to_owned(),
        "channel" => "<channel type='unix'>\n  <target type='virtio' name='org.qemu.guest_agent.0'/>\n</channel>"
            .to_owned(),
        "input" => "<input type='tablet' bus='usb'/>".to_owned(),
        "tpm" => "<tpm model='tpm-crb'>\n  <backend type='emulator' version='2.0'/>\n</tpm>".to_owned(),
        "graphics" => "<graphics type='vnc'>\n  <listen type='none'/>\n</graphics>".to_owned(),
        "sound" => "<sound model='ich9'/>".to_owned(),
        "audio" => format!("<audio id='{}' type='none'/>", free_audio(domain)),
        "video" => "<video>\n  <model type='virtio'/>\n</video>".to_owned(),
        "redirdev" => "<redirdev bus='usb' type='spicevmc'/>".to_owned(),
        "smartcard" => "<smartcard mode='host'/>".to_owned(),
        "hub" => "<hub type='usb'/>".to_owned(),
        "watchdog" => "<watchdog model='itco' action='reset'/>".to_owned(),
        "memballoon" => "<memballoon model='virtio'/>".to_owned(),
        "rng" => "<rng model='virtio'>\n  <backend model='random'>/dev/urandom</backend>\n</rng>".to_owned(),
        "panic" => "<panic model='pvpanic'/>".to_owned(),
        "shmem" => "<shmem name='shared'>\n  <model type='ivshmem-plain'/>\n  <size unit='M'>4</size>\n</shmem>".to_owned(),
        "memory-device" => "<memory model='virtio-mem'>\n  <target>\n    <size unit='MiB'>1024</size>\n    \
                            <node>0</node>\n    <block unit='MiB'>2</block>\n    <requested unit='KiB'>0</requested>\n  \
                            </target>\n</memory>"
            .to_owned(),
        "iommu" => "<iommu model='virtio'/>".to_owned(),
        "vsock" => "<vsock model='virtio'>\n  <cid auto='yes'/>\n</vsock>".to_owned(),
        "hostdev" => "<hostdev mode='subsystem' type='usb' managed='yes'/>".to_owned(),
        _ => return None,
    })
}

fn controller(kind: &str, domain: &Document) -> Option<String> {
    let (kind, model) = CONTROLLERS.iter().find(|(known, _)| *known == kind)?;
    Some(controller_xml(kind, *model, domain))
}

pub(super) fn controller_xml(kind: &str, model: Option<&str>, domain: &Document) -> String {
    let index = free_index(domain, kind);
    let model = model.map(|model| format!(" model='{model}'")).unwrap_or_default();
    format!("<controller type='{kind}' index='{index}'{model}/>")
}

/// The XML of a device of the host's that is given to the guest.
pub fn host_pci(address: PciAddress) -> String {
    let PciAddress {
        domain,
        bus,
        slot,
        function,
    } = address;
    format!(
        "<hostdev mode='subsystem' type='pci' managed='yes'>\n  <source>\n    <address domain='0x{domain:04x}' \
         bus='0x{bus:02x}' slot='0x{slot:02x}' function='0x{function:x}'/>\n  </source>\n</hostdev>"
    )
}

/// Where it is plugged into something else than was meant at first, its name begins as is usual there.
fn name_by_bus(disk: &mut Document, domain: &Document) -> Result<(), XmlError> {
    let root = disk.root();
    let name = disk.attr_at(root, "target", "bus").map(|bus| target_on(&bus, domain));
    match disk.find(root, "target").zip(name) {
        Some((target, name)) => disk.set_attr(target, "dev", &name),
        None => Ok(()),
    }
}

/// The name of another disk on such a bus.
pub fn target_on(bus: &str, domain: &Document) -> String {
    let prefix = match bus {
        "virtio" => "vd",
        "ide" => "hd",
        "fdc" => "fd",
        "xen" => "xvd",
        _ => "sd",
    };
    free_target(domain, prefix)
}

/// The kinds of devices that can be added.
pub fn kinds() -> impl Iterator<Item = &'static Scope> {
    SCOPES.iter().filter(|scope| scope.is_device())
}

/// `vda`, or the next that no disk has.
pub fn free_target(domain: &Document, prefix: &str) -> String {
    let disks = domain.find_all(domain.root(), "devices/disk");
    let taken: Vec<String> = disks
        .into_iter()
        .filter_map(|disk| Some(domain.attr_at(disk, "target", "dev")?.into_owned()))
        .collect();
    let letter = |index: usize| char::from(b'a' + (index % 26) as u8);
    (0..MOST_DISKS)
        .map(|index| match index / 26 {
            0 => format!("{prefix}{}", letter(index)),
            more => format!("{prefix}{}{}", letter(more - 1), letter(index)),
        })
        .find(|name| !taken.contains(name))
        .unwrap_or_default()
}

/// A MAC address in the range that QEMU's machines have.
pub fn new_mac() -> String {
    let random = uuid::Uuid::new_v4();
    let [a, b, c, ..] = random.as_bytes();
    format!("52:54:00:{a:02x}:{b:02x}:{c:02x}")
}

/// The lowest that no controller of this kind has.
pub fn free_index(domain: &Document, kind: &str) -> usize {
    let of_kind = |element: &NodeId| domain.attr(*element, "type").is_some_and(|found| found == kind);
    let controllers = domain.find_all(domain.root(), "devices/controller");
    let taken: Vec<usize> = controllers
        .into_iter()
        .filter(of_kind)
        .filter_map(|element| domain.attr(element, "index")?.trim().parse().ok())
        .collect();
    (0..=taken.len())
        .find(|index| !taken.contains(index))
        .unwrap_or_default()
}

fn free_audio(domain: &Document) -> usize {
    let audios = domain.find_all(domain.root(), "devices/audio");
    let taken: Vec<usize> = audios
        .into_iter()
        .filter_map(|element| domain.attr(element, "id")?.trim().parse().ok())
        .collect();
    (1..=taken.len() + 1).find(|id| !taken.contains(id)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOMAIN: &str = "<domain><devices><disk><target dev='vda'/></disk><disk><target dev='vdc'/></disk>\
                          <controller type='scsi' index='0'/><audio id='1' type='none'/></devices></domain>";

    #[test]
    fn every_kind_of_device_can_be_made_and_has_the_place_of_its_kind() {
        let domain = Document::parse(DOMAIN).unwrap();
        for scope in kinds() {
            let xml = device(scope, &domain).unwrap_or_else(|| panic!("no new {}", scope.word));
            let device = Document::parse(&xml).unwrap();
            let name = format!("devices/{}", device.name(device.root()));
            assert_eq!(name, scope.element);
            for name in (Sort { scope, which: "" }).needed() {
                assert!(scope.property(name).is_some(), "{}.{name}", scope.word);
            }
        }
    }

    #[test]
    fn a_new_device_takes_a_name_that_is_free() {
        let domain = Document::parse(DOMAIN).unwrap();
        let new = |word: &str| device(kinds().find(|scope| scope.word == word).unwrap(), &domain).unwrap();
        assert!(new("disk").contains("dev='vdb'"));
        assert!(new("controller").contains("index='1'"));
        assert!(new("audio").contains("id='2'"));
    }

    #[test]
    fn after_the_alphabet_names_have_two_letters() {
        let mut disks = String::new();
        for expected in ["vda", "vdb"].into_iter().chain(["vdc"; 24]).chain(["vdaa"]) {
            let domain = Document::parse(&format!("<domain><devices>{disks}</devices></domain>")).unwrap();
            let target = free_target(&domain, "vd");
            assert_eq!(target.len(), expected.len());
            disks.push_str("<disk><target dev='");
            disks.push_str(&target);
            disks.push_str("'/></disk>");
        }
        assert!(disks.contains("'vdz'") && disks.contains("'vdaa'"), "{disks}");
    }

    fn made(name: &str, settings: &[(&str, &str)]) -> String {
        let sort = Sort::parse(name).unwrap();
        let settings = settings.iter().map(|(name, text)| {
            let property = sort.scope.property(name).unwrap();
            (property, property.input(text).unwrap())
        });
        let settings: Vec<_> = settings.collect();
        let made = sort.device_with(&Document::parse(DOMAIN).unwrap(), &settings);
        made.unwrap().unwrap()
    }

    #[test]
    fn what_was_asked_for_stands_in_it() {
        assert_eq!(
            made("disk", &[("source.file", "/a b.qcow2"), ("cache", "none")]),
            "<disk type='file' device='disk'>\n  <driver name='qemu' type='qcow2' cache='none'/>\n  <source file='/a \
             b.qcow2'/>\n  <target dev='vdb' bus='virtio'/>\n</disk>"
        );
    }

    #[test]
    fn a_disk_is_named_as_its_bus_names_disks() {
        assert!(made("disk", &[("bus", "sata")]).contains("<target dev='sda' bus='sata'/>"));
        assert!(made("disk", &[("bus", "ide")]).contains("<target dev='hda' bus='ide'/>"));
        assert!(made("disk", &[("bus", "virtio")]).contains("<target dev='vdb' bus='virtio'/>"));
    }

    #[test]
    fn a_kind_with_several_sorts_names_them() {
        let port = made("controller.pci", &[]);
        assert_eq!(port, "<controller type='pci' index='0' model='pcie-root-port'/>");
        assert_eq!(made("controller.scsi", &[]), made("controller", &[]));
        assert_eq!(made("controller.sata", &[]), "<controller type='sata' index='0'/>");
        let given = made("hostdev.0000:03:00.1", &[]);
        assert!(given.contains("<address domain='0x0000' bus='0x03' slot='0x00' function='0x1'/>"));
        for wrong in [
            "",
            "disk.",
            "disk.vdb",
            "controller.floppy",
            "hostdev.3",
            "nothing",
            "controller.pci.0",
        ] {
            assert!(Sort::parse(wrong).is_none(), "{wrong}");
        }
        for name in names() {
            assert!(Sort::parse(&name).is_some(), "{name}");
        }
    }
}
