//! `virConnectGetDomainCapabilities`: what QEMU can do for one kind of machine.

use std::collections::{BTreeMap, HashMap};

use super::{Document, NodeId, XmlError};
use crate::model::{Abilities, CpuMode, CpuModel};

const ROOT: &str = "domainCapabilities";

pub fn abilities(xml: &str) -> Result<Abilities, XmlError> {
    let document = Document::parse_as(xml, ROOT)?;
    let root = document.root();
    let mut found = Abilities {
        max_vcpus: document.attr_at(root, "vcpu", "max").and_then(|most| most.parse().ok()),
        ..Abilities::default()
    };
    for section in ["devices", "features"] {
        if let Some(section) = document.child(root, section) {
            for element in document.elements(section) {
                found.add(&document, element);
            }
        }
    }
    for name in ["os", "memoryBacking", "iothreads"] {
        if let Some(element) = document.child(root, name) {
            found.add(&document, element);
        }
    }
    if let Some(loader) = document.find(root, "os/loader") {
        found.add(&document, loader);
        let files = document.children(loader, "value");
        found.loaders = files.map(|file| document.text(file).trim().to_owned()).collect();
    }
    if let Some(cpu) = document.child(root, "cpu") {
        (found.cpu_modes, found.cpu_models) = processors(&document, cpu);
    }
    Ok(found)
}

impl Abilities {
    fn add(&mut self, document: &Document, element: NodeId) {
        let name = document.name(element);
        let is_supported = document.attr(element, "supported").map(|word| word == "yes");
        if let Some(is_supported) = is_supported {
            self.supported.insert(name.to_owned(), is_supported);
        }
        for list in document.children(element, "enum") {
            let Some(list_name) = document.attr(list, "name") else {
                continue;
            };
            let values = document.children(list, "value");
            let values = values.map(|value| document.text(value).trim().to_owned());
            let values = if is_supported == Some(false) {
                Vec::new()
            } else {
                values.collect()
            };
            self.values.insert((name.to_owned(), list_name.into_owned()), values);
        }
    }
}

fn processors(document: &Document, cpu: NodeId) -> (Vec<CpuMode>, Vec<CpuModel>) {
    let mut modes = Vec::new();
    let mut models: BTreeMap<String, CpuModel> = BTreeMap::new();
    for mode in document.children(cpu, "mode") {
        let Some(name) = document.attr(mode, "name") else {
            continue;
        };
        let is_custom = name == "custom";
        modes.push(CpuMode {
            is_supported: document.attr(mode, "supported").is_some_and(|word| word == "yes"),
            model: document.text_at(mode, "model").filter(|_| !is_custom),
            features: required(document, mode),
            name: name.into_owned(),
        });
        if is_custom {
            models.extend(named_models(document, mode));
        }
    }
    (modes, models.into_values().collect())
}

/// The host's own processor as libvirt takes it back in, with names in place of whatever they imply.
pub(crate) fn own_processor(xml: &str) -> Option<String> {
    let document = Document::parse_as(xml, "domainCapabilities").ok()?;
    let cpu = document.child(document.root(), "cpu")?;
    let own = document.children(cpu, "mode").find(|mode| {
        let name = document.attr(*mode, "name");
        name.is_some_and(|name| name == "host-model")
    })?;
    document.child(own, "model")?;
    let parts: String = document.elements(own).map(|part| document.element_xml(part)).collect();
    Some(format!("<cpu>{parts}</cpu>"))
}

/// What is switched on in a processor whose features stand one by one.
pub(crate) fn features_of(cpu: &str) -> Option<Vec<String>> {
    let document = Document::parse_as(cpu, "cpu").ok()?;
    Some(required(&document, document.root()))
}

fn required(document: &Document, mode: NodeId) -> Vec<String> {
    let features = document.children(mode, "feature").filter(|feature| {
        let policy = document.attr(*feature, "policy");
        policy.is_some_and(|policy| policy == "require")
    });
    let names = features.filter_map(|feature| document.attr(feature, "name"));
    names.map(std::borrow::Cow::into_owned).collect()
}

fn named_models(document: &Document, mode: NodeId) -> impl Iterator<Item = (String, CpuModel)> {
    let blockers = document.children(mode, "blockers").filter_map(|blockers| {
        let features = document.children(blockers, "feature");
        let features = features.filter_map(|feature| document.attr(feature, "name"));
        let features: Vec<String> = features.map(std::borrow::Cow::into_owned).collect();
        Some((document.attr(blockers, "model")?.into_owned(), features))
    });
    let mut blockers: HashMap<String, Vec<String>> = blockers.collect();
    document.children(mode, "model").map(move |model| {
        let name = document.text(model).trim().to_owned();
        let vendor = document.attr(model, "vendor").map(std::borrow::Cow::into_owned);
        let found = CpuModel {
            is_usable: match document.attr(model, "usable").as_deref() {
                Some("yes") => Some(true),
                Some("no") => Some(false),
                _ => None,
            },
            vendor: vendor.filter(|vendor| vendor != "unknown"),
            is_deprecated: document.attr(model, "deprecated").is_some_and(|word| word == "yes"),
            blockers: blockers.remove(&name).unwrap_or_default(),
            name: name.clone(),
        };
        (name, found)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = "<domainCapabilities><path>/usr/bin/qemu</path><vcpu max='255'/><iothreads supported='yes'/>
      <os supported='yes'><enum name='firmware'><value>efi</value></enum>
        <loader supported='yes'><value>/a.fd</value><enum name='secure'><value>yes</value></enum></loader></os>
      <cpu><mode name='host-passthrough' supported='no'/>
        <mode name='host-model' supported='yes'><model fallback='forbid'>EPYC</model>
          <feature policy='require' name='ssbd'/><feature policy='disable' name='vme'/></mode>
        <mode name='custom' supported='yes'>
          <blockers model='Broadwell'><feature name='hle'/><feature name='rtm'/></blockers>
          <model usable='no' vendor='Intel'>Broadwell</model>
          <model usable='yes' vendor='unknown' deprecated='yes'>486</model>
          <model usable='unknown'>Odd</model></mode></cpu>
      <memoryBacking supported='yes'><enum name='sourceType'><value>memfd</value></enum></memoryBacking>
      <devices><disk supported='yes'><enum name='bus'><value>virtio</value><value>sata</value></enum></disk>
        <tpm supported='no'><enum name='model'><value>tpm-crb</value></enum></tpm></devices>
      <features><genid supported='yes'/><sev supported='no'/>
        <hyperv supported='yes'><enum name='features'><value>relaxed</value></enum></hyperv></features>
      </domainCapabilities>";

    #[test]
    fn what_qemu_offers_and_what_it_does_not_is_told_apart_from_what_nobody_says() {
        let found = abilities(XML).unwrap();
        assert_eq!(found.list("disk", "bus").unwrap(), ["virtio", "sata"]);
        assert_eq!(found.list("tpm", "model").unwrap(), [""; 0], "not supported after all");
        assert_eq!(found.list("sound", "model"), None);
        assert_eq!(found.list("os", "firmware").unwrap(), ["efi"]);
        assert_eq!(found.list("loader", "secure").unwrap(), ["yes"]);
        assert_eq!(found.list("memoryBacking", "sourceType").unwrap(), ["memfd"]);
        assert_eq!(found.list("hyperv", "features").unwrap(), ["relaxed"]);
        assert_eq!(found.loaders, ["/a.fd"]);
        let cpu = own_processor(XML).unwrap();
        assert!(
            cpu.starts_with("<cpu><model fallback='forbid'>EPYC</model><feature"),
            "{cpu}"
        );
        assert_eq!(features_of(&cpu).unwrap(), ["ssbd"]);
        let own = found.cpu_modes.iter().find(|mode| mode.name == "host-model").unwrap();
        assert_eq!(
            (own.model.as_deref(), own.features.as_slice()),
            (Some("EPYC"), ["ssbd".to_owned()].as_slice())
        );
        assert_eq!(found.max_vcpus, Some(255));
        let supported = |name: &str| found.supported.get(name).copied();
        assert_eq!(
            [
                supported("genid"),
                supported("sev"),
                supported("iothreads"),
                supported("x")
            ],
            [Some(true), Some(false), Some(true), None]
        );
    }

    #[test]
    fn processors_say_what_blocks_them() {
        let found = abilities(XML).unwrap();
        let modes: Vec<_> = found
            .cpu_modes
            .iter()
            .map(|mode| (mode.name.as_str(), mode.is_supported, mode.model.as_deref()))
            .collect();
        assert_eq!(
            modes,
            [
                ("host-passthrough", false, None),
                ("host-model", true, Some("EPYC")),
                ("custom", true, None)
            ]
        );
        let model = |name: &str| found.cpu_models.iter().find(|model| model.name == name).unwrap();
        assert_eq!(model("Broadwell").is_usable, Some(false));
        assert_eq!(model("Broadwell").blockers, ["hle", "rtm"]);
        assert_eq!(model("Broadwell").vendor.as_deref(), Some("Intel"));
        assert!(model("486").is_deprecated && model("486").vendor.is_none());
        assert_eq!(model("Odd").is_usable, None);
    }

    #[test]
    fn another_document_is_refused() {
        assert!(abilities("<capabilities/>").is_err());
    }
}
