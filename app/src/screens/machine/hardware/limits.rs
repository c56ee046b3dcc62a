//! What is a number, but more than the host has: libvirt may take it, and the machine then does not start or gains
//! nothing by it.

use libvirt_backend::model::HostChoices;
use libvirt_backend::property::{Form, Kind, Property, Scope, Value, cpu_set};
use libvirt_backend::xml::Document;

use crate::t;
use crate::text::units;

/// Nothing where the host is not known to have less.
pub(super) fn worry(
    host: &HostChoices,
    domain: &Document,
    (scope, property): (&Scope, &Property),
    value: &Value,
) -> Option<String> {
    match (scope.word, property.name, value) {
        ("", "memory" | "memory.current", Value::Bytes(bytes)) | ("memory-device", "size", Value::Bytes(bytes)) => {
            let nodes = host.nodes.iter().map(|node| node.memory_kib);
            let has = nodes.sum::<u64>().saturating_mul(1024);
            (has > 0 && *bytes > has).then(|| t!("limit-memory", host = units::bytes(has)))
        }
        ("", "vcpu" | "vcpu.current", Value::Integer(count)) => {
            let count = usize::try_from(*count).unwrap_or(0);
            let most = most_processors(host, domain).filter(|most| count > *most as usize);
            let cores = host.cpus.len();
            most.map(|most| t!("limit-vcpus-most", most = most))
                .or_else(|| (cores > 0 && count > cores).then(|| t!("limit-vcpus-host", count = cores)))
        }
        (_, name, Value::Text(text)) if property.kind == Kind::Text(Form::CpuSet) && !name.contains("nodeset") => {
            let asked = cpu_set::parse(text)?;
            let mut missing = asked.into_iter();
            let missing = missing.find(|id| host.cpus.iter().all(|cpu| cpu.id != *id))?;
            (!host.cpus.is_empty()).then(|| t!("limit-cpu", id = missing))
        }
        _ => None,
    }
}

/// That this kind of machine can have.
fn most_processors(host: &HostChoices, domain: &Document) -> Option<u32> {
    let machine = domain.attr_at(domain.root(), "os/type", "machine")?;
    let mut types = host.machine_types.iter();
    let of_type = types.find(|kind| kind.name == machine)?.max_vcpus;
    host.abilities.max_vcpus.or(of_type)
}
