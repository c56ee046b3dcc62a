//! Devices of the host that can be given to the machine, as they stand in the list of what can be added.

use libvirt_backend::model::{HostChoices, MediatedDevice, PciAddress, PciDevice, UsbDevice};
use libvirt_backend::property::{Scope, fresh, iommu_groups};
use libvirt_backend::xml::{Document, XmlError};

use crate::t;
use crate::text::hardware as words;
use crate::widgets::icons::{self, Icon};

const WORD: &str = "hostdev";
/// One line of the list.
pub(super) struct HostOffer {
    /// Differs from every other's.
    pub(super) name: String,
    pub(super) icon: Icon,
    pub(super) title: String,
    pub(super) text: String,
    pub(super) denied: Option<String>,
    /// What is added: a device, and what has to go with it.
    pub(super) xmls: Vec<String>,
}

pub(super) fn scope() -> Option<&'static Scope> {
    fresh::kinds().find(|scope| scope.word == WORD)
}

/// Everything that is plugged in, what people plug in first.
pub(super) fn offers(host: &HostChoices, domain: &Document) -> Vec<HostOffer> {
    let devices = &host.devices;
    let has = Present::of(domain);
    let usb = devices.usb.iter().map(|device| {
        // Of two that are alike only the port tells which is meant.
        let alike = devices.usb.iter().filter(|other| is_alike(other, device)).count();
        usb_offer(device, alike > 1, &has)
    });
    let pci = devices.pci.iter().filter(|device| !device.is_bridge());
    let pci = pci.map(|device| pci_offer(host, device, &has));
    let mediated = devices.mediated.iter().map(|device| mediated_offer(device, &has));
    usb.chain(pci).chain(mediated).collect()
}

const fn is_alike(left: &UsbDevice, right: &UsbDevice) -> bool {
    left.vendor == right.vendor && left.product == right.product
}

/// What the machine has of the host's.
struct Present {
    usb: Vec<(u32, u32)>,
    /// By port: bus and device.
    ports: Vec<(u32, u32)>,
    pci: Vec<PciAddress>,
    mediated: Vec<String>,
}

impl Present {
    fn of(domain: &Document) -> Self {
        let mut found = Self {
            usb: Vec::new(),
            ports: Vec::new(),
            pci: iommu_groups::given(domain),
            mediated: Vec::new(),
        };
        for device in domain.find_all(domain.root(), "devices/hostdev") {
            let number = |path: &str, name: &str| {
                let text = domain.attr_at(device, path, name)?;
                match text.strip_prefix("0x") {
                    Some(digits) => u32::from_str_radix(digits, 16).ok(),
                    None => text.parse().ok(),
                }
            };
            match domain.attr(device, "type").as_deref() {
                Some("usb") => {
                    let port = number("source/address", "bus").zip(number("source/address", "device"));
                    let ids = number("source/vendor", "id").zip(number("source/product", "id"));
                    match port {
                        Some(port) => found.ports.push(port),
                        None => found.usb.extend(ids),
                    }
                }
                Some("mdev") => {
                    let uuid = domain.attr_at(device, "source/address", "uuid");
                    found.mediated.extend(uuid.map(std::borrow::Cow::into_owned));
                }
                _ => {}
            }
        }
        found
    }
}

fn usb_offer(device: &UsbDevice, is_one_of_several: bool, has: &Present) -> HostOffer {
    let UsbDevice {
        bus,
        device: number,
        vendor,
        product,
        name,
    } = device;
    let ids = format!("{vendor:04x}:{product:04x}");
    let is_there = has.ports.contains(&(*bus, *number)) || has.usb.contains(&(u32::from(*vendor), u32::from(*product)));
    let xml = usb_xml(device, is_one_of_several);
    HostOffer {
        name: format!("usb {bus} {number}"),
        icon: icons::USB,
        title: if name.is_empty() {
            t!("host-usb-unnamed", ids = ids.as_str())
        } else {
            name.clone()
        },
        text: t!("host-usb", ids = ids, bus = *bus, device = *number),
        denied: is_there.then(|| t!("host-there")),
        xmls: xml.into_iter().collect(),
    }
}

fn usb_xml(device: &UsbDevice, is_one_of_several: bool) -> Result<String, XmlError> {
    let mut document = hostdev("usb")?;
    let root = document.root();
    // The machine starts without it, too.
    let source = document.append_with(root, "source", &[("startupPolicy", "optional")])?;
    for (name, id) in [("vendor", device.vendor), ("product", device.product)] {
        document.append_with(source, name, &[("id", &format!("0x{id:04x}"))])?;
    }
    if is_one_of_several {
        let (bus, number) = (device.bus.to_string(), device.device.to_string());
        document.append_with(source, "address", &[("bus", &bus), ("device", &number)])?;
    }
    Ok(document.element_xml(root))
}

fn pci_offer(host: &HostChoices, device: &PciDevice, has: &Present) -> HostOffer {
    let address = device.address.to_string();
    // A sibling that the host uses would keep the whole group from the guest.
    let companions: Vec<&PciDevice> = host
        .devices
        .siblings(device.address)
        .into_iter()
        .filter(|sibling| sibling.is_used_by_host() && !has.pci.contains(&sibling.address))
        .collect();
    let mut parts = vec![t!("host-pci", address = address.as_str())];
    if let Some(driver) = &device.driver {
        parts.push(t!("host-pci-driver", driver = driver.as_str()));
    }
    if !companions.is_empty() {
        let names: Vec<String> = companions.iter().map(|sibling| words::pci_name(sibling)).collect();
        parts.push(t!("host-pci-with", others = names.join(", ")));
    }
    let denied = if has.pci.contains(&device.address) {
        Some(t!("host-there"))
    } else if host.is_session {
        Some(t!("host-pci-session"))
    } else if device.iommu_group.is_none() {
        Some(t!("host-pci-no-iommu"))
    } else {
        None
    };
    let all = [device.address]
        .into_iter()
        .chain(companions.iter().map(|sibling| sibling.address));
    HostOffer {
        name: format!("pci {address}"),
        icon: icons::DEVICE,
        title: words::pci_name(device),
        text: parts.join(" · "),
        denied,
        xmls: all.map(fresh::host_pci).collect(),
    }
}

fn mediated_offer(device: &MediatedDevice, has: &Present) -> HostOffer {
    let xml = || {
        let mut document = hostdev("mdev")?;
        let root = document.root();
        document.remove_attr(root, "managed");
        document.set_attr(root, "model", "vfio-pci")?;
        let source = document.append_child(root, "source")?;
        document.append_with(source, "address", &[("uuid", &device.uuid)])?;
        Ok::<_, XmlError>(document.element_xml(root))
    };
    HostOffer {
        name: format!("mdev {}", device.uuid),
        icon: icons::DEVICE,
        title: t!("host-mdev", kind = device.kind.as_str()),
        text: device.uuid.clone(),
        denied: has.mediated.contains(&device.uuid).then(|| t!("host-there")),
        xmls: xml().into_iter().collect(),
    }
}

fn hostdev(kind: &str) -> Result<Document, XmlError> {
    let mut document = Document::new(WORD)?;
    let root = document.root();
    for (name, value) in [("mode", "subsystem"), ("type", kind), ("managed", "yes")] {
        document.set_attr(root, name, value)?;
    }
    Ok(document)
}

/// Why the machine cannot have what it is given by a change: a part of an IOMMU group that was not halved before.
pub(super) fn newly_halved(host: &HostChoices, before: &str, after: &str) -> Option<String> {
    let parsed = |xml: &str| Document::parse(xml).ok();
    let half = iommu_groups::newly_halved(&host.devices, &parsed(before)?, &parsed(after)?)?;
    Some(words::half_group(&half))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screens::fixtures;

    const EMPTY: &str = "<domain><devices/></domain>";

    fn listed(domain: &str, is_session: bool) -> Vec<HostOffer> {
        let host = HostChoices {
            is_session,
            ..fixtures::host_choices()
        };
        offers(&host, &Document::parse(domain).unwrap())
    }

    fn find<'a>(offers: &'a [HostOffer], title: &str) -> &'a HostOffer {
        offers
            .iter()
            .find(|offer| offer.title == title)
            .unwrap_or_else(|| panic!("{title}"))
    }

    #[test]
    fn a_usb_device_is_known_by_what_it_is_and_one_of_several_by_its_port() {
        let offers = listed(EMPTY, true);
        let camera = find(&offers, "Logitech Webcam C270");
        assert_eq!(camera.text, "USB 046d:0825, bus 1, device 7");
        assert_eq!(
            camera.xmls,
            [
                "<hostdev mode='subsystem' type='usb' managed='yes'>\n  <source startupPolicy='optional'>\n    \
              <vendor id='0x046d'/>\n    <product id='0x0825'/>\n  </source>\n</hostdev>"
            ]
        );
        let sticks: Vec<&HostOffer> = offers.iter().filter(|offer| offer.title == "Stick").collect();
        assert_eq!(sticks.len(), 2);
        assert!(
            sticks[0].xmls[0].contains("<address bus='2' device='3'/>"),
            "{:?}",
            sticks[0].xmls
        );
    }

    #[test]
    fn a_card_goes_with_whatever_of_its_group_the_host_uses() {
        let offers = listed(EMPTY, false);
        let card = find(&offers, "Graphics card 10de:1c82");
        assert_eq!(card.denied, None);
        assert_eq!(
            card.text,
            "PCI 0000:01:00.0 · used by nouveau · goes together with Sound device 10de:0fb9"
        );
        assert_eq!(card.xmls.len(), 2);
        assert!(card.xmls[1].contains("function='0x1'"), "{}", card.xmls[1]);
        let lonely = find(&offers, "Network card 8086:1533");
        assert_eq!(
            lonely.denied.as_deref(),
            Some("The host's IOMMU is off: switch it on in its firmware and kernel.")
        );
        let session = listed(EMPTY, true);
        assert!(find(&session, "Graphics card 10de:1c82").denied.is_some());
    }

    #[test]
    fn what_the_machine_has_is_not_offered_again_and_half_a_group_is_named() {
        let card = &listed(EMPTY, false);
        let card = find(card, "Graphics card 10de:1c82");
        let half = format!("<domain><devices>{}</devices></domain>", card.xmls[0]);
        assert!(find(&listed(&half, false), "Graphics card 10de:1c82").denied.is_some());
        let host = fixtures::host_choices();
        let told = newly_halved(&host, EMPTY, &half).expect("half a group");
        assert!(
            told.contains("0000:01:00.0") && told.contains("Sound device 10de:0fb9"),
            "{told}"
        );
        let whole = format!("<domain><devices>{}</devices></domain>", card.xmls.concat());
        assert_eq!(newly_halved(&host, EMPTY, &whole), None);
    }
}
