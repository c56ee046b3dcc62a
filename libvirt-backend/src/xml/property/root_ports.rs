//! Free places for devices that are plugged into a machine that runs. On boards with PCI Express a device needs a root
//! port of its own, and ports come with the next start only.

use crate::xml::{Document, NodeId};

const CONTROLLERS: &str = "devices/controller";
/// What a new one is.
pub(super) const MODEL: &str = "pcie-root-port";
const PORTS: [&str; 2] = [MODEL, "pcie-switch-downstream-port"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RootPorts {
    pub total: usize,
    pub free: usize,
}

/// `None`: a board without PCI Express, or one of which libvirt has not said where its devices are.
pub fn count(domain: &Document) -> Option<RootPorts> {
    let controllers = domain.find_all(domain.root(), CONTROLLERS);
    let is_model = |element: NodeId, model: &str| domain.attr(element, "model").is_some_and(|found| found == model);
    if !controllers.iter().any(|&controller| is_model(controller, "pcie-root")) {
        return None;
    }
    let taken = buses(domain);
    let ports = controllers
        .into_iter()
        .filter(|&controller| PORTS.iter().any(|model| is_model(controller, model)));
    let mut found = RootPorts { total: 0, free: 0 };
    for port in ports {
        found.total += 1;
        let index = domain
            .attr(port, "index")
            .and_then(|index| index.trim().parse::<u32>().ok());
        let is_taken = index.is_none_or(|index| taken.contains(&index));
        found.free += usize::from(!is_taken);
    }
    Some(found)
}

/// The XML of one more.
pub fn another(domain: &Document) -> String {
    super::fresh::controller_xml("pci", Some(MODEL), domain)
}

/// Did libvirt refuse to plug something in for want of a port?
pub fn is_missing(words: &str) -> bool {
    words.contains("No more available PCI slots")
}

/// The buses that something is on.
fn buses(domain: &Document) -> Vec<u32> {
    let addresses = domain.descendants(domain.root()).filter(|&element| {
        domain.name(element) == "address"
            && domain.attr(element, "type").is_some_and(|kind| kind == "pci")
            // A host's device has the host's own address in its source.
            && domain.parent(element).is_some_and(|outer| domain.name(outer) != "source")
    });
    let numbers = addresses.filter_map(|address| {
        let bus = domain.attr(address, "bus")?;
        let bus = bus.trim();
        match bus.strip_prefix("0x") {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => bus.parse().ok(),
        }
    });
    numbers.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOARD: &str = "<domain><devices>\
        <disk><target dev='vda'/><address type='pci' domain='0x0000' bus='0x0a' slot='0x00' function='0x0'/></disk>\
        <controller type='usb' index='3'/>\
        <controller type='pci' index='0' model='pcie-root'/>\
        <controller type='pci' index='1' model='pcie-root-port'><address type='pci' bus='0x00' slot='0x02'/></controller>\
        <controller type='pci' index='10' model='pcie-root-port'><address type='pci' bus='0x00' slot='0x03'/></controller>\
        <hostdev type='pci'><source><address domain='0' bus='0x01' slot='0'/></source></hostdev>\
        <input type='tablet' bus='usb'/></devices></domain>";

    #[test]
    fn a_port_is_free_until_something_stands_on_its_bus() {
        let domain = Document::parse(BOARD).unwrap();
        assert_eq!(count(&domain), Some(RootPorts { total: 2, free: 1 }));
        assert_eq!(
            another(&domain),
            "<controller type='pci' index='2' model='pcie-root-port'/>"
        );
        let old = BOARD.replace("pcie-root'", "pci-root'");
        assert_eq!(count(&Document::parse(&old).unwrap()), None);
    }
}
