//! `virConnectGetCapabilities`: the host's processors and NUMA nodes, and the types of machine it knows.

use super::{Document, NodeId, XmlError};
use crate::model::{HostCpu, MachineType, NumaNode};
use crate::xml::property::cpu_set;

const ROOT: &str = "capabilities";

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Topology {
    pub cpus: Vec<HostCpu>,
    pub nodes: Vec<NumaNode>,
}

pub fn topology(capabilities: &str) -> Result<Topology, XmlError> {
    let document = Document::parse_as(capabilities, ROOT)?;
    let mut found = Topology::default();
    for cell in document.find_all(document.root(), "host/topology/cells/cell") {
        let Some(id) = number(&document, cell, "id") else {
            continue;
        };
        found.cpus.extend(
            document
                .find_all(cell, "cpus/cpu")
                .into_iter()
                .filter_map(|cpu| host_cpu(&document, cpu, id)),
        );
        found.nodes.push(NumaNode {
            id,
            memory_kib: document
                .text_at(cell, "memory")
                .and_then(|memory| memory.trim().parse().ok())
                .unwrap_or(0),
            pages: document
                .children(cell, "pages")
                .filter_map(|pages| {
                    let size = document.attr(pages, "size")?.parse().ok()?;
                    Some((size, document.text(pages).trim().parse().ok()?))
                })
                .collect(),
        });
    }
    found.cpus.sort_by_key(|cpu| cpu.id);
    Ok(found)
}

fn host_cpu(document: &Document, cpu: NodeId, node: u32) -> Option<HostCpu> {
    let id = number(document, cpu, "id")?;
    let siblings = document.attr(cpu, "siblings");
    Some(HostCpu {
        id,
        node,
        // A processor that is switched off has its number alone.
        socket: number(document, cpu, "socket_id").unwrap_or(0),
        core: number(document, cpu, "core_id").unwrap_or(id),
        siblings: siblings
            .and_then(|text| cpu_set::parse(&text))
            .map_or_else(|| vec![id], |set| set.into_iter().collect()),
        kind: None,
    })
}

/// The types of machine that an emulator knows for an architecture, the newest of a family first.
pub fn machine_types(capabilities: &str, architecture: &str) -> Result<Vec<MachineType>, XmlError> {
    let document = Document::parse_as(capabilities, ROOT)?;
    let guests = document.children(document.root(), "guest");
    let arches = guests
        .filter(|&guest| document.text_at(guest, "os_type").is_some_and(|kind| kind == "hvm"))
        .filter_map(|guest| document.child(guest, "arch"))
        .filter(|&arch| document.attr(arch, "name").is_some_and(|name| name == architecture));
    let mut types: Vec<MachineType> = Vec::new();
    for arch in arches {
        for machine in document.children(arch, "machine") {
            let name = document.text(machine).trim().to_owned();
            if types.iter().any(|known| known.name == name) {
                continue;
            }
            types.push(MachineType {
                name,
                canonical: document.attr(machine, "canonical").map(std::borrow::Cow::into_owned),
                max_vcpus: number(&document, machine, "maxCpus"),
                is_deprecated: document.attr(machine, "deprecated").is_some_and(|word| word == "yes"),
            });
        }
    }
    types.sort_by(|left, right| version(&right.name).cmp(&version(&left.name)));
    Ok(types)
}

/// `pc-q35-10.0`: the family, then the numbers. Aliases have none and come before.
fn version(name: &str) -> (bool, &str, Vec<u32>) {
    let (family, version) = name.rsplit_once('-').unwrap_or((name, ""));
    let numbers: Vec<u32> = version.split('.').filter_map(|number| number.parse().ok()).collect();
    if numbers.is_empty() {
        (true, name, numbers)
    } else {
        (false, family, numbers)
    }
}

fn number(document: &Document, node: NodeId, name: &str) -> Option<u32> {
    document.attr(node, name)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &str = "<capabilities><host><topology><cells num='2'>
      <cell id='0'><memory unit='KiB'>1048576</memory><pages unit='KiB' size='4'>2048</pages>
        <pages unit='KiB' size='2048'>512</pages>
        <cpus num='2'><cpu id='2' socket_id='0' die_id='0' core_id='1' siblings='0,2'/>
          <cpu id='0' socket_id='0' die_id='0' core_id='1' siblings='0,2'/></cpus></cell>
      <cell id='1'><memory unit='KiB'>4</memory><cpus num='2'><cpu id='1' socket_id='1' core_id='0' siblings='1'/>
        <cpu id='3'/></cpus></cell>
      </cells></topology></host>
      <guest><os_type>hvm</os_type><arch name='x86_64'>
        <machine maxCpus='255' deprecated='yes'>pc-i440fx-2.12</machine><machine>pc-q35-9.2</machine>
        <machine>pc-q35-10.0</machine><machine canonical='pc-q35-10.0' maxCpus='288'>q35</machine></arch></guest>
      <guest><os_type>hvm</os_type><arch name='i686'><machine>isapc</machine></arch></guest></capabilities>";

    #[test]
    fn processors_stand_in_their_order_with_node_and_core() {
        let found = topology(XML).unwrap();
        let seen: Vec<_> = found
            .cpus
            .iter()
            .map(|cpu| (cpu.id, cpu.node, cpu.socket, cpu.core, cpu.siblings.as_slice()))
            .collect();
        assert_eq!(
            seen,
            [
                (0, 0, 0, 1, [0, 2].as_slice()),
                (1, 1, 1, 0, &[1]),
                (2, 0, 0, 1, &[0, 2]),
                // Switched off.
                (3, 1, 0, 3, &[3]),
            ]
        );
        assert_eq!(
            found.nodes[0],
            NumaNode {
                id: 0,
                memory_kib: 1 << 20,
                pages: vec![(4, 2048), (2048, 512)]
            }
        );
    }

    #[test]
    fn the_newest_type_of_machine_comes_before_older_ones_of_its_family() {
        let types = machine_types(XML, "x86_64").unwrap();
        let names: Vec<&str> = types.iter().map(|kind| kind.name.as_str()).collect();
        assert_eq!(names, ["q35", "pc-q35-10.0", "pc-q35-9.2", "pc-i440fx-2.12"]);
        assert_eq!(types[0].canonical.as_deref(), Some("pc-q35-10.0"));
        assert!(types[3].is_deprecated);
        assert_eq!(types[0].max_vcpus, Some(288));
    }
}
