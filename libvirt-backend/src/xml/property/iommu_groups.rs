//! PCI devices of the host that a machine gets together or not at all: those of one IOMMU group.

use std::collections::BTreeMap;
use std::fmt;

use crate::model::{HostDevices, PciAddress, PciDevice};
use crate::xml::{Document, NodeId};

/// A group of which the machine has a part, while the host uses the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HalfGroup {
    /// That the machine has.
    pub address: PciAddress,
    /// That it would need besides.
    pub missing: Vec<PciDevice>,
}

impl fmt::Display for HalfGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let missing: Vec<String> = self.missing.iter().map(|device| device.address.to_string()).collect();
        write!(
            f,
            "{} shares its IOMMU group with {}: the machine gets them together or not at all",
            self.address,
            missing.join(", ")
        )
    }
}

/// The host's PCI devices that the machine has, network interfaces among them.
pub fn given(domain: &Document) -> Vec<PciAddress> {
    let of_kind = |path, kind: &'static str| {
        let devices = domain.find_all(domain.root(), path).into_iter();
        devices.filter(move |device| domain.attr(*device, "type").is_some_and(|found| found == kind))
    };
    let devices = of_kind("devices/hostdev", "pci").chain(of_kind("devices/interface", "hostdev"));
    let mut found: Vec<PciAddress> = devices.filter_map(|device| address(domain, device)).collect();
    found.sort();
    found
}

/// Of the host's device that stands for it.
fn address(domain: &Document, device: NodeId) -> Option<PciAddress> {
    let part = |name: &str| {
        let text = domain.attr_at(device, "source/address", name)?;
        u32::from_str_radix(text.strip_prefix("0x").unwrap_or(&text), 16).ok()
    };
    Some(PciAddress {
        domain: part("domain").unwrap_or(0),
        bus: part("bus")?.try_into().ok()?,
        slot: part("slot")?.try_into().ok()?,
        function: part("function")?.try_into().ok()?,
    })
}

/// The first group that a change would halve. One that is halved already is no reason to refuse another change.
pub fn newly_halved(host: &HostDevices, before: &Document, after: &Document) -> Option<HalfGroup> {
    let before = halved(host, &given(before));
    let mut after = halved(host, &given(after)).into_iter();
    after
        .find(|(group, _)| !before.contains_key(group))
        .map(|(_, half)| half)
}

fn halved(host: &HostDevices, given: &[PciAddress]) -> BTreeMap<u32, HalfGroup> {
    let mut found = BTreeMap::new();
    for address in given {
        let device = host.pci.iter().find(|device| device.address == *address);
        let Some(group) = device.and_then(|device| device.iommu_group) else {
            continue;
        };
        let missing = host.siblings(*address).into_iter();
        let missing: Vec<PciDevice> = missing
            .filter(|sibling| sibling.is_used_by_host() && !given.contains(&sibling.address))
            .cloned()
            .collect();
        if !missing.is_empty() {
            let half = HalfGroup {
                address: *address,
                missing,
            };
            found.entry(group).or_insert(half);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host() -> HostDevices {
        let pci = |address: &str, group: u32, driver: &str| PciDevice {
            address: PciAddress::parse(address).unwrap(),
            vendor: 1,
            product: 2,
            class: 0x02_0000,
            name: String::new(),
            driver: Some(driver.to_owned()),
            iommu_group: Some(group),
            node: None,
        };
        HostDevices {
            pci: vec![
                pci("0000:01:00.0", 1, "nouveau"),
                pci("0000:01:00.1", 1, "snd_hda_intel"),
                pci("0000:02:00.0", 2, "igb"),
                pci("0000:02:00.1", 2, "igb"),
                pci("0000:03:00.0", 3, "vfio-pci"),
                pci("0000:03:00.1", 3, "vfio-pci"),
            ],
            ..HostDevices::default()
        }
    }

    fn with(devices: &[(u32, u32)]) -> Document {
        let devices = devices.iter().map(|(bus, function)| {
            format!(
                "<hostdev type='pci'><source><address bus='0x{bus:02x}' slot='0x00' \
                 function='0x{function:x}'/></source></hostdev>"
            )
        });
        let devices: String = devices.collect();
        Document::parse(&format!("<domain><devices>{devices}</devices></domain>")).unwrap()
    }

    #[test]
    fn another_group_is_not_halved_because_one_is_already() {
        let host = host();
        let told = |before: &[(u32, u32)], after: &[(u32, u32)]| {
            let half = newly_halved(&host, &with(before), &with(after));
            half.map(|half| half.to_string())
        };
        let first =
            "0000:01:00.0 shares its IOMMU group with 0000:01:00.1: the machine gets them together or not at all";
        assert_eq!(told(&[], &[(1, 0)]).as_deref(), Some(first));
        assert_eq!(told(&[], &[(1, 0), (1, 1)]), None);
        assert_eq!(told(&[(1, 0)], &[(1, 0)]), None, "it has been so before");
        let second = told(&[(1, 0)], &[(1, 0), (2, 1)]).unwrap();
        assert!(
            second.contains("0000:02:00.1") && second.contains("0000:02:00.0"),
            "{second}"
        );
        let taken_apart = told(&[(1, 0), (1, 1)], &[(1, 1)]).unwrap();
        assert!(taken_apart.starts_with("0000:01:00.1"), "{taken_apart}");
        assert_eq!(told(&[], &[(3, 0)]), None, "the host does not use the rest");
    }

    #[test]
    fn a_network_interface_of_the_host_counts() {
        let after = "<domain><devices><interface type='hostdev'><source><address type='pci' domain='0x0000' bus='0x02' \
                     slot='0x00' function='0x0'/></source></interface></devices></domain>";
        let after = Document::parse(after).unwrap();
        assert!(newly_halved(&host(), &with(&[]), &after).is_some());
    }
}
