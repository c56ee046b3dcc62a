//! What a host says of itself: `virConnectGetCapabilities` and `virConnectGetDomainCapabilities`.

use super::{Document, NodeId, XmlError};
use crate::model::DomainCaps;

/// `x86_64`…
pub fn host_architecture(capabilities: &str) -> Result<String, XmlError> {
    let document = Document::parse_as(capabilities, "capabilities")?;
    architecture(&document)
}

/// `domain_capabilities` asked for with the host's architecture and machine `q35` (or none where that fails), any
/// `virttype`: whether KVM is offered is read from `capabilities`.
pub fn domain_caps(capabilities: &str, domain_capabilities: &str) -> Result<DomainCaps, XmlError> {
    let host = Document::parse_as(capabilities, "capabilities")?;
    let document = Document::parse_as(domain_capabilities, "domainCapabilities")?;
    let root = document.root();
    let architecture = document.text_at(root, "arch").map_or_else(|| architecture(&host), Ok)?;
    let guest = guest_arch(&host, &architecture);
    let machine = document
        .text_at(root, "machine")
        .filter(|machine| machine.contains("q35"));
    let offers_kvm = guest.is_some_and(|guest| {
        host.children(guest, "domain")
            .any(|domain| host.attr(domain, "type").is_some_and(|kind| kind == "kvm"))
    });
    let max_vcpus = document.attr_at(root, "vcpu", "max");
    Ok(DomainCaps {
        machine_type: machine.or_else(|| guest.and_then(|guest| newest_q35(&host, guest))),
        emulator: document.text_at(root, "path"),
        offers_kvm,
        graphics_types: enum_values(&document, "graphics", "type"),
        max_vcpus: max_vcpus.and_then(|max| max.parse().ok()),
        has_virtio_rng: enum_values(&document, "rng", "model")
            .iter()
            .any(|model| model == "virtio"),
        video_models: enum_values(&document, "video", "modelType"),
        nic_backends: enum_values(&document, "interface", "backendType"),
    })
}

fn architecture(capabilities: &Document) -> Result<String, XmlError> {
    capabilities
        .text_at(capabilities.root(), "host/cpu/arch")
        .ok_or_else(|| XmlError::missing("capabilities/host/cpu/arch"))
}

/// The `<arch>` of full virtualisation for this architecture.
fn guest_arch(capabilities: &Document, architecture: &str) -> Option<NodeId> {
    let root = capabilities.root();
    capabilities
        .children(root, "guest")
        .filter(|&guest| capabilities.text_at(guest, "os_type").is_some_and(|kind| kind == "hvm"))
        .filter_map(|guest| capabilities.child(guest, "arch"))
        .find(|&arch| capabilities.attr(arch, "name").is_some_and(|name| name == architecture))
}

/// libvirt lists the alias `q35` with the name it stands for.
fn newest_q35(capabilities: &Document, guest_arch: NodeId) -> Option<String> {
    let alias = capabilities
        .children(guest_arch, "machine")
        .find(|&machine| capabilities.text(machine).trim() == "q35")?;
    capabilities.attr(alias, "canonical").map(|name| name.into_owned())
}

/// `<enum name='modelType'>` below a device that is supported.
fn enum_values(document: &Document, device: &str, name: &str) -> Vec<String> {
    let device = document.find(document.root(), &format!("devices/{device}"));
    let supported = device.filter(|&device| document.attr(device, "supported").is_some_and(|is| is == "yes"));
    let Some(supported) = supported else {
        return Vec::new();
    };
    document
        .children(supported, "enum")
        .filter(|&list| document.attr(list, "name").is_some_and(|given| given == name))
        .flat_map(|list| document.children(list, "value"))
        .map(|value| document.text(value).trim().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPABILITIES: &str = "<capabilities><host><cpu><arch>x86_64</arch></cpu></host>
      <guest><os_type>hvm</os_type><arch name='i686'><machine canonical='pc-q35-1.0'>q35</machine>
        <domain type='kvm'/></arch></guest>
      <guest><os_type>hvm</os_type><arch name='x86_64'>
        <machine maxCpus='255'>pc-q35-9.2</machine>
        <machine canonical='pc-q35-10.0' maxCpus='288'>q35</machine>
        <domain type='qemu'/></arch></guest></capabilities>";

    const DOMAIN_CAPABILITIES: &str = "<domainCapabilities><path>/usr/bin/qemu</path><domain>qemu</domain>
      <machine>pc-i440fx-10.0</machine><arch>x86_64</arch><vcpu max='255'/>
      <devices>
        <graphics supported='yes'><enum name='type'><value>vnc</value><value>dbus</value></enum></graphics>
        <video supported='no'><enum name='modelType'><value>virtio</value></enum></video>
        <interface supported='yes'><enum name='backendType'><value>passt</value></enum></interface>
        <rng supported='yes'><enum name='model'><value>virtio</value></enum>
          <enum name='backendModel'><value>random</value></enum></rng>
      </devices></domainCapabilities>";

    #[test]
    fn a_host_is_read_from_both_documents() {
        assert_eq!(host_architecture(CAPABILITIES).unwrap(), "x86_64");
        let caps = domain_caps(CAPABILITIES, DOMAIN_CAPABILITIES).unwrap();
        assert_eq!(
            caps.machine_type.as_deref(),
            Some("pc-q35-10.0"),
            "not the i440fx that was asked about"
        );
        assert_eq!(caps.emulator.as_deref(), Some("/usr/bin/qemu"));
        assert!(!caps.offers_kvm, "that is the other architecture's");
        assert_eq!(caps.graphics_types, ["vnc", "dbus"]);
        assert_eq!(caps.max_vcpus, Some(255));
        assert!(caps.has_virtio_rng);
        assert_eq!(caps.video_models, Vec::<String>::new(), "not supported after all");
        assert_eq!(caps.nic_backends, ["passt"]);
        let with_kvm = CAPABILITIES.replace("<domain type='qemu'/>", "<domain type='qemu'/><domain type='kvm'/>");
        assert!(domain_caps(&with_kvm, DOMAIN_CAPABILITIES).unwrap().offers_kvm);
    }

    #[test]
    fn documents_of_another_kind_are_refused() {
        assert!(host_architecture("<domain/>").is_err());
        assert!(host_architecture("<capabilities/>").is_err());
        assert!(domain_caps(CAPABILITIES, CAPABILITIES).is_err());
    }
}
