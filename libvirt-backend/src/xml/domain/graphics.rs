//! `<graphics>`.

use crate::model::{Graphics, GraphicsKind};
use crate::xml::{Document, NodeId, XmlError};

/// The displays that a domain's XML tells, live or inactive.
pub fn graphics_from_xml(xml: &str) -> Result<Vec<Graphics>, XmlError> {
    Ok(graphics(&Document::parse_as(xml, "domain")?))
}

pub(super) fn graphics(domain: &Document) -> Vec<Graphics> {
    domain
        .find_all(domain.root(), "devices/graphics")
        .into_iter()
        .zip(0..)
        .map(|(node, index)| Graphics {
            index,
            kind: kind(domain, node),
        })
        .collect()
}

fn kind(domain: &Document, node: NodeId) -> GraphicsKind {
    match domain.attr(node, "type").as_deref() {
        Some("vnc") => GraphicsKind::Vnc,
        Some("spice") => GraphicsKind::Spice,
        // Without `p2p` it is on a bus that belongs to somebody else.
        Some("dbus") if domain.attr(node, "p2p").is_some_and(|p2p| p2p == "yes") => GraphicsKind::DbusP2p,
        other => GraphicsKind::Other(other.unwrap_or_default().to_owned()),
    }
}
