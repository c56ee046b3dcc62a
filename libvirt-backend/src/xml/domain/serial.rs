//! `<serial>` and `<console>`.

use std::path::PathBuf;

use crate::model::{SerialDevice, SerialKind};
use crate::xml::{Document, NodeId};

/// The definition names no aliases but the user's own; those that libvirt will give are the place among siblings.
pub(super) fn serials(domain: &Document) -> Vec<SerialDevice> {
    let root = domain.root();
    let ports = domain.find_all(root, "devices/serial").into_iter().zip(0_u32..);
    let ports = ports.map(|(node, place)| device(domain, node, SerialKind::Port, &format!("serial{place}")));
    let consoles = domain.find_all(root, "devices/console").into_iter().zip(0_u32..);
    let consoles = consoles.filter_map(|(node, place)| {
        let kind = match domain.attr_at(node, "target", "type").as_deref() {
            // The first serial port, shown a second time.
            None | Some("serial") => return None,
            Some("virtio") => SerialKind::Virtio,
            Some(_) => SerialKind::Other,
        };
        Some(device(domain, node, kind, &format!("console{place}")))
    });
    ports.chain(consoles).collect()
}

fn device(domain: &Document, node: NodeId, kind: SerialKind, usual_alias: &str) -> SerialDevice {
    let own_alias = domain.attr_at(node, "alias", "name");
    SerialDevice {
        alias: own_alias.map_or_else(|| usual_alias.to_owned(), |alias| alias.into_owned()),
        kind,
        is_openable: matches!(domain.attr(node, "type").as_deref(), Some("pty" | "unix")),
        log: domain
            .attr_at(node, "log", "file")
            .map(|file| PathBuf::from(file.as_ref())),
    }
}
