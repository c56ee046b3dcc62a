//! `virNodeDeviceGetXMLDesc`: what is plugged into a host, as its daemon tells.

use super::{Document, NodeId, XmlError};
use crate::model::{HostDevices, HostInterface, MediatedDevice, PciAddress, PciDevice, UsbDevice};

/// Adds what the document is of. Kinds that nobody chooses from are passed over.
pub fn add(xml: &str, devices: &mut HostDevices) -> Result<(), XmlError> {
    let document = Document::parse_as(xml, "device")?;
    for capability in document.children(document.root(), "capability") {
        match document.attr(capability, "type").as_deref() {
            Some("usb_device") => devices.usb.extend(usb(&document, capability)),
            Some("pci") => devices.pci.extend(pci(&document, capability)),
            Some("mdev") => devices.mediated.extend(mediated(&document, capability)),
            Some("net") => devices.interfaces.extend(interface(&document, capability)),
            Some("drm") => {
                let nodes = devices.render_nodes.get_or_insert_default();
                nodes.extend(render_node(&document, capability));
            }
            _ => {}
        }
    }
    Ok(())
}

fn usb(document: &Document, capability: NodeId) -> Option<UsbDevice> {
    let device = UsbDevice {
        bus: number(document, capability, "bus")?,
        device: number(document, capability, "device")?,
        vendor: id(document, capability, "vendor")?,
        product: id(document, capability, "product")?,
        name: name(document, capability),
    };
    // A hub of the computer itself: what is plugged in is what people mean.
    (device.vendor != 0x1d6b).then_some(device)
}

fn pci(document: &Document, capability: NodeId) -> Option<PciDevice> {
    let part = |name| number(document, capability, name);
    let class = document.text_at(capability, "class");
    let group = document.attr_at(capability, "iommuGroup", "number");
    let node = document.attr_at(capability, "numa", "node");
    Some(PciDevice {
        address: PciAddress {
            domain: part("domain")?,
            bus: part("bus")?.try_into().ok()?,
            slot: part("slot")?.try_into().ok()?,
            function: part("function")?.try_into().ok()?,
        },
        vendor: id(document, capability, "vendor")?,
        product: id(document, capability, "product")?,
        class: class.and_then(|class| hex(&class)).unwrap_or(0),
        name: name(document, capability),
        driver: document.text_at(document.root(), "driver/name"),
        iommu_group: group.and_then(|group| group.parse().ok()),
        node: node.and_then(|node| node.parse().ok()),
    })
}

fn mediated(document: &Document, capability: NodeId) -> Option<MediatedDevice> {
    let kind = document.attr_at(capability, "type", "id")?.into_owned();
    let uuid = document.text_at(capability, "uuid").or_else(|| {
        // Older daemons have it in the device's name alone, with underscores.
        let name = document.text_at(document.root(), "name")?;
        Some(name.strip_prefix("mdev_")?.replace('_', "-"))
    })?;
    let uuid = uuid.get(..36).unwrap_or(&uuid).to_owned();
    Some(MediatedDevice { uuid, kind })
}

fn interface(document: &Document, capability: NodeId) -> Option<HostInterface> {
    let name = document.text_at(capability, "interface")?;
    (name != "lo").then_some(HostInterface {
        name,
        // Not told here.
        is_bridge: false,
    })
}

fn render_node(document: &Document, capability: NodeId) -> Option<String> {
    let kind = document.text_at(capability, "type")?;
    let mut nodes = document.children(document.root(), "devnode");
    let node = nodes.find(|&node| document.attr(node, "type").is_some_and(|kind| kind == "dev"))?;
    (kind == "render").then(|| document.text(node).trim().to_owned())
}

fn name(document: &Document, capability: NodeId) -> String {
    let words = ["vendor", "product"].map(|part| document.text_at(capability, part).unwrap_or_default());
    words.join(" ").trim().to_owned()
}

fn number(document: &Document, capability: NodeId, name: &str) -> Option<u32> {
    document.text_at(capability, name)?.trim().parse().ok()
}

fn id(document: &Document, capability: NodeId, name: &str) -> Option<u16> {
    hex(&document.attr_at(capability, name, "id")?)?.try_into().ok()
}

fn hex(text: &str) -> Option<u32> {
    u32::from_str_radix(text.trim().strip_prefix("0x")?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(xmls: &[&str]) -> HostDevices {
        let mut devices = HostDevices::default();
        for xml in xmls {
            add(xml, &mut devices).unwrap();
        }
        devices
    }

    #[test]
    fn each_kind_of_device_is_read() {
        let devices = read(&[
            "<device><name>usb_1_4</name><capability type='usb_device'><bus>1</bus><device>7</device>\
             <product id='0x0825'>Webcam C270</product><vendor id='0x046d'>Logitech</vendor></capability></device>",
            "<device><name>usb_usb1</name><capability type='usb_device'><bus>1</bus><device>1</device>\
             <product id='0x0002'>xHCI</product><vendor id='0x1d6b'>Linux</vendor></capability></device>",
            "<device><name>pci_0000_3b_00_1</name><driver><name>nvme</name></driver><capability type='pci'>\
             <class>0x010802</class><domain>0</domain><bus>59</bus><slot>0</slot><function>1</function>\
             <product id='0x0c0c'>Disk</product><vendor id='0x8086'/><iommuGroup number='2'/><numa node='1'/>\
             </capability></device>",
            "<device><name>mdev_3627463d_b7f0_4fea_b468_f1da537d301b_0000</name><capability type='mdev'>\
             <type id='mtty-1'/></capability></device>",
            "<device><name>net_eth0</name><capability type='net'><interface>eth0</interface></capability></device>",
            "<device><name>drm_1</name><devnode type='link'>/x</devnode><devnode type='dev'>/dev/dri/renderD129</devnode>\
             <capability type='drm'><type>render</type></capability></device>",
            "<device><name>drm_0</name><devnode type='dev'>/dev/dri/card0</devnode>\
             <capability type='drm'><type>primary</type></capability></device>",
            "<device><name>computer</name><capability type='system'/></device>",
        ]);
        assert_eq!(devices.usb.len(), 1, "not the computer's own hub");
        assert_eq!(devices.usb[0].name, "Logitech Webcam C270");
        assert_eq!((devices.usb[0].vendor, devices.usb[0].product), (0x046d, 0x0825));
        let pci = &devices.pci[0];
        assert_eq!(pci.address.to_string(), "0000:3b:00.1");
        assert_eq!(
            (pci.driver.as_deref(), pci.iommu_group, pci.node),
            (Some("nvme"), Some(2), Some(1))
        );
        assert_eq!((pci.class, pci.name.as_str()), (0x0001_0802, "Disk"));
        assert_eq!(devices.mediated[0].uuid, "3627463d-b7f0-4fea-b468-f1da537d301b");
        assert_eq!(devices.interfaces[0].name, "eth0");
        assert_eq!(devices.render_nodes.as_deref().unwrap(), ["/dev/dri/renderD129"]);
    }

    #[test]
    fn what_lacks_its_number_is_left_out() {
        let devices = read(&["<device><capability type='usb_device'><bus>x</bus></capability></device>"]);
        assert_eq!(devices, HostDevices::default());
    }
}
