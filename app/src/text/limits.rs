//! What is a number, but more than the host has: libvirt may take it, and the machine then does not start or gains
//! nothing by it. Told beside the field and in the terminal.

use libvirt_backend::model::HostChoices;
use libvirt_backend::property::{Form, Kind, Property, Scope, Value, cpu_set};
use libvirt_backend::xml::Document;

use super::units;
use crate::t;

/// Is there anything to be told of this setting, if only the host is asked?
pub fn is_limited(scope: &Scope, property: &Property) -> bool {
    is_memory(scope, property)
        || is_page_size(scope, property)
        || is_node_set(scope, property)
        || is_cpu_set(scope, property)
        || matches!((scope.word, property.name), ("", "vcpu" | "vcpu.current"))
}

fn is_memory(scope: &Scope, property: &Property) -> bool {
    matches!(
        (scope.word, property.name),
        ("", "memory" | "memory.current" | "memory.max") | ("memory-device", "size")
    )
}

fn is_page_size(scope: &Scope, property: &Property) -> bool {
    matches!(
        (scope.word, property.name),
        ("", "hugepages.size") | ("memory-device", "source.pagesize")
    )
}

/// Of the host's nodes; the guest's have other names.
fn is_node_set(scope: &Scope, property: &Property) -> bool {
    property.name.contains("nodeset") || (scope.word, property.name) == ("memory-device", "source.nodemask")
}

/// Of the host's processors; a guest's node has the guest's.
fn is_cpu_set(scope: &Scope, property: &Property) -> bool {
    property.kind == Kind::Text(Form::CpuSet) && scope.word != "cpu.numa" && !property.name.contains("nodeset")
}

/// Nothing where the host is not known to have less.
pub fn worry(
    host: &HostChoices,
    domain: &Document,
    (scope, property): (&Scope, &Property),
    value: &Value,
) -> Option<String> {
    match value {
        Value::Bytes(bytes) if is_memory(scope, property) => memory(host, property, *bytes),
        Value::Bytes(bytes) if is_page_size(scope, property) => page_size(host, *bytes),
        Value::Text(text) if is_node_set(scope, property) => {
            let asked = cpu_set::parse(text)?;
            let mut missing = asked.into_iter();
            let missing = missing.find(|id| host.nodes.iter().all(|node| node.id != *id))?;
            (!host.nodes.is_empty()).then(|| t!("limit-node", id = missing))
        }
        Value::Text(text) if is_cpu_set(scope, property) => {
            let asked = cpu_set::parse(text)?;
            let mut missing = asked.into_iter();
            let missing = missing.find(|id| host.cpus.iter().all(|cpu| cpu.id != *id))?;
            (!host.cpus.is_empty()).then(|| t!("limit-cpu", id = missing))
        }
        Value::Integer(count) if matches!((scope.word, property.name), ("", "vcpu" | "vcpu.current")) => {
            let count = usize::try_from(*count).unwrap_or(0);
            let most = most_processors(host, domain).filter(|most| count > *most as usize);
            let cores = host.cpus.len();
            most.map(|most| t!("limit-vcpus-most", most = most))
                .or_else(|| (cores > 0 && count > cores).then(|| t!("limit-vcpus-host", count = cores)))
        }
        _ => None,
    }
}

fn memory(host: &HostChoices, property: &Property, bytes: u64) -> Option<String> {
    let nodes = host.nodes.iter().map(|node| node.memory_kib);
    let has = nodes.sum::<u64>().saturating_mul(1024);
    (has > 0 && bytes > has).then(|| match property.name {
        // Room that the machine can grow into.
        "memory.max" => t!("limit-memory-max", host = units::bytes(has)),
        _ => t!("limit-memory", host = units::bytes(has)),
    })
}

/// Pages of a size that the host has none of.
fn page_size(host: &HostChoices, bytes: u64) -> Option<String> {
    let pages = host.nodes.iter().flat_map(|node| &node.pages);
    let pages: Vec<(u64, u64)> = pages.map(|(kib, count)| (kib.saturating_mul(1024), *count)).collect();
    let mut sizes: Vec<u64> = pages.iter().map(|(size, _)| *size).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let size = units::bytes(bytes);
    if sizes.is_empty() {
        return None;
    }
    if !sizes.contains(&bytes) {
        let known: Vec<String> = sizes.into_iter().map(units::bytes).collect();
        return Some(t!("limit-page", size = size, known = known.join(", ")));
    }
    let is_empty = pages.iter().all(|(size, count)| *size != bytes || *count == 0);
    is_empty.then(|| t!("limit-page-none", size = size))
}

/// That this kind of machine can have.
fn most_processors(host: &HostChoices, domain: &Document) -> Option<u32> {
    let machine = domain.attr_at(domain.root(), "os/type", "machine")?;
    let mut types = host.machine_types.iter();
    let of_type = types.find(|kind| kind.name == machine)?.max_vcpus;
    host.abilities.max_vcpus.or(of_type)
}

#[cfg(test)]
mod tests {
    use libvirt_backend::property::select::Setting;

    use super::*;
    use crate::screens::fixtures;

    fn told(host: &HostChoices, name: &str, text: &str) -> Option<String> {
        let setting = Setting::parse(name).unwrap();
        assert!(is_limited(setting.scope, setting.property), "{name}");
        let value = setting.property.input(text).unwrap();
        let domain = Document::parse("<domain/>").unwrap();
        worry(host, &domain, (setting.scope, setting.property), &value)
    }

    #[test]
    fn nodes_and_pages_that_the_host_does_not_have_are_told() {
        let mut host = fixtures::host_choices();
        for name in ["numatune.nodeset", "numatune.memnode.0.nodeset"] {
            assert_eq!(told(&host, name, "0-1"), None, "{name}");
            let words = told(&host, name, "1-2").unwrap();
            assert_eq!(words, "The host has no NUMA node 2: the machine would not start.");
        }
        assert!(told(&host, "memory-device.1.source.nodemask", "7").is_some());
        assert_eq!(told(&host, "hugepages.size", "2MiB"), None);
        assert_eq!(
            told(&host, "hugepages.size", "1GiB").unwrap(),
            "The host has no pages of 1 GiB, only of 4 KiB, 2 MiB: the machine would not start."
        );
        for node in &mut host.nodes {
            node.pages = vec![(4, 1 << 20), (2_048, 0)];
        }
        assert_eq!(
            told(&host, "hugepages.size", "2MiB").unwrap(),
            "The host has set aside no pages of 2 MiB: the machine would not start."
        );
        host.nodes.clear();
        assert_eq!(told(&host, "hugepages.size", "1GiB"), None, "the host does not say");
        assert_eq!(told(&host, "numatune.nodeset", "9"), None);
    }

    #[test]
    fn room_for_memory_that_never_comes_is_told() {
        let host = fixtures::host_choices();
        assert_eq!(told(&host, "memory.max", "32GiB"), None);
        assert_eq!(
            told(&host, "memory.max", "64GiB").unwrap(),
            "More than the host has (32 GiB): the machine can never get all of it."
        );
    }
}
