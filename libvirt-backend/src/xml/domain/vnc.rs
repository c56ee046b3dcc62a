//! The VNC server of a running machine, for viewers on another computer: where it waits, and its password.

use std::path::PathBuf;

use crate::xml::{Document, NodeId, XmlError};

/// Where QEMU waits for viewers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VncPlace {
    /// Viewers come through libvirt, which hands no connections to other computers.
    Nowhere,
    Socket(PathBuf),
    Port {
        address: String,
        port: u16,
    },
}

/// The first `<graphics type='vnc'>` of a domain, read with its secrets (`VIR_DOMAIN_XML_SECURE`).
#[derive(Clone, PartialEq, Eq)]
pub struct Vnc {
    pub place: VncPlace,
    /// It asks for one, valid or not.
    pub has_password: bool,
    element: String,
}

impl Vnc {
    /// The element with this password, for `virDomainUpdateDeviceFlags`. `valid_to`: UTC, without a zone.
    pub fn with_password(&self, password: &str, valid_to: &str) -> Result<String, XmlError> {
        let mut graphics = Document::parse_as(&self.element, "graphics")?;
        let root = graphics.root();
        graphics.set_attr(root, "passwd", password)?;
        graphics.set_attr(root, "passwdValidTo", valid_to)?;
        Ok(graphics.to_string())
    }
}

/// `None`: it has no VNC display.
pub fn live_vnc(secure_xml: &str) -> Result<Option<Vnc>, XmlError> {
    let domain = Document::parse_as(secure_xml, "domain")?;
    let is_vnc = |&node: &NodeId| domain.attr(node, "type").is_some_and(|kind| kind == "vnc");
    let found = domain
        .find_all(domain.root(), "devices/graphics")
        .into_iter()
        .find(is_vnc);
    Ok(found.map(|node| Vnc {
        place: place(&domain, node),
        has_password: domain.attr(node, "passwd").is_some(),
        element: domain.element_xml(node),
    }))
}

fn place(domain: &Document, node: NodeId) -> VncPlace {
    let own = |path: &str, name: &str| domain.attr_at(node, path, name).map(|value| value.into_owned());
    let socket = own("listen", "socket").or_else(|| domain.attr(node, "socket").map(|value| value.into_owned()));
    if let Some(socket) = socket {
        return VncPlace::Socket(PathBuf::from(socket));
    }
    let port = domain.attr(node, "port").and_then(|port| port.parse().ok());
    let address = own("listen", "address").or_else(|| domain.attr(node, "listen").map(|value| value.into_owned()));
    match port {
        Some(port @ 1..) => VncPlace::Port {
            address: address.unwrap_or_else(|| "127.0.0.1".to_owned()),
            port,
        },
        _ => VncPlace::Nowhere,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vnc(graphics: &str) -> Vnc {
        let domain = format!("<domain><devices><graphics type='spice'/>{graphics}</devices></domain>");
        live_vnc(&domain).unwrap().unwrap()
    }

    #[test]
    fn every_place_where_a_server_waits_is_read() {
        for (graphics, place) in [
            (
                "<graphics type='vnc'><listen type='none'/></graphics>",
                VncPlace::Nowhere,
            ),
            (
                "<graphics type='vnc' socket='/r/vnc.sock'><listen type='socket' socket='/r/vnc.sock'/></graphics>",
                VncPlace::Socket("/r/vnc.sock".into()),
            ),
            (
                "<graphics type='vnc' port='5901' autoport='yes' listen='127.0.0.1'>\
                 <listen type='address' address='127.0.0.1'/></graphics>",
                VncPlace::Port {
                    address: "127.0.0.1".to_owned(),
                    port: 5901,
                },
            ),
            (
                "<graphics type='vnc' port='-1' autoport='yes'><listen type='address'/></graphics>",
                VncPlace::Nowhere,
            ),
        ] {
            assert_eq!(vnc(graphics).place, place, "{graphics}");
        }
    }

    #[test]
    fn a_new_password_changes_nothing_else() {
        let asks =
            vnc("<graphics type='vnc' port='5901' passwd='old'><listen type='address' address='::1'/></graphics>");
        assert!(asks.has_password);
        assert_eq!(
            asks.with_password("n&w", "2030-01-02T03:04:05").unwrap(),
            "<graphics type='vnc' port='5901' passwd='n&amp;w' passwdValidTo='2030-01-02T03:04:05'>\
             <listen type='address' address='::1'/></graphics>"
        );
        assert!(!vnc("<graphics type='vnc' port='5901'/>").has_password);
    }
}
