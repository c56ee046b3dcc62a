//! Changes to a domain's settings.

use crate::xml::metadata::set_domain_tags;
use crate::xml::property::{self, MemoryKib};
use crate::xml::{Document, XmlError};

/// Sets `<memory>` and `<currentMemory>`.
pub fn set_memory_kib(domain: &mut Document, memory_kib: u64) -> Result<(), XmlError> {
    property::MEMORY.set(domain, &MemoryKib(memory_kib))?;
    property::CURRENT_MEMORY.set(domain, &MemoryKib(memory_kib))
}

/// All of them present from the start.
pub fn set_vcpus(domain: &mut Document, vcpus: u32) -> Result<(), XmlError> {
    property::VCPU_CURRENT.clear(domain);
    property::VCPU.set(domain, &vcpus)
}

pub fn set_name(domain: &mut Document, name: &str) -> Result<(), XmlError> {
    property::NAME.set(domain, &name.to_owned())
}

/// So that libvirt gives a copy a UUID of its own.
pub fn remove_uuid(domain: &mut Document) {
    if let Some(uuid) = domain.child(domain.root(), "uuid") {
        domain.remove(uuid);
    }
}

/// Sets the tags in the domain's own XML.
pub fn set_tags(domain: &mut Document, tags: &[String]) -> Result<(), XmlError> {
    set_domain_tags(domain, tags)
}
