//! `<interface>`.

use crate::model::{Forward, Nic, NicSource};
use crate::xml::{Document, NodeId, XmlError};

/// A range of ports is spelled out up to this many.
const MAX_FORWARDS: usize = 256;

pub(super) fn nics(domain: &Document) -> Vec<Nic> {
    domain
        .find_all(domain.root(), "devices/interface")
        .into_iter()
        .map(|node| Nic {
            mac: mac(domain, node).unwrap_or_default(),
            model: domain.attr_at(node, "model", "type").map(|model| model.into_owned()),
            source: source(domain, node),
            host_device: host_device(domain, node),
            forwards: forwards(domain, node),
        })
        .collect()
}

/// `(MAC address, host device)` of the live XML's interfaces that have a host side.
pub fn host_devices_from_xml(live_xml: &str) -> Result<Vec<(String, String)>, XmlError> {
    let domain = Document::parse_as(live_xml, "domain")?;
    let interfaces = domain.find_all(domain.root(), "devices/interface");
    let pair = |node| Some((mac(&domain, node)?, host_device(&domain, node)?));
    Ok(interfaces.into_iter().filter_map(pair).collect())
}

fn mac(domain: &Document, node: NodeId) -> Option<String> {
    domain.attr_at(node, "mac", "address").map(|mac| mac.into_owned())
}

fn host_device(domain: &Document, node: NodeId) -> Option<String> {
    domain.attr_at(node, "target", "dev").map(|device| device.into_owned())
}

fn source(domain: &Document, node: NodeId) -> NicSource {
    let named = |name: &str| domain.attr_at(node, "source", name).map(|value| value.into_owned());
    let backend = domain.attr_at(node, "backend", "type");
    let kind = domain.attr(node, "type");
    let kind = kind.as_deref().unwrap_or_default();
    let known = match kind {
        "user" if backend.is_some_and(|backend| backend == "passt") => Some(NicSource::Passt),
        "user" => Some(NicSource::User),
        "network" => named("network").map(NicSource::Network),
        "bridge" => named("bridge").map(NicSource::Bridge),
        _ => None,
    };
    known.unwrap_or_else(|| NicSource::Other(kind.to_owned()))
}

fn forwards(domain: &Document, node: NodeId) -> Vec<Forward> {
    let is_tcp = |&forward: &NodeId| domain.attr(forward, "proto").is_some_and(|proto| proto == "tcp");
    domain
        .children(node, "portForward")
        .filter(is_tcp)
        .flat_map(|forward| {
            let host_address = domain.attr(forward, "address").map(|address| authority(&address));
            let ports = domain.children(forward, "range").flat_map(|range| ports(domain, range));
            ports.map(move |(host_port, guest_port)| Forward {
                host_address: host_address.clone(),
                host_port,
                guest_port,
            })
        })
        .take(MAX_FORWARDS)
        .collect()
}

/// An IPv6 address stands in brackets before a port.
fn authority(address: &str) -> String {
    if address.contains(':') {
        format!("[{address}]")
    } else {
        address.to_owned()
    }
}

/// `(host port, guest port)` pairs of a `<range>`; none where it excludes.
fn ports(domain: &Document, range: NodeId) -> impl Iterator<Item = (u16, u16)> + use<> {
    let port = |name: &str| {
        domain
            .attr(range, name)
            .and_then(|port| port.trim().parse::<u16>().ok())
    };
    let is_excluded = domain.attr(range, "exclude").is_some_and(|exclude| exclude == "yes");
    let span = port("start").filter(|_| !is_excluded).map(|start| {
        let end = port("end").unwrap_or(start);
        let to = port("to").unwrap_or(start);
        (start..=end).zip(to..=u16::MAX)
    });
    span.into_iter().flatten()
}
