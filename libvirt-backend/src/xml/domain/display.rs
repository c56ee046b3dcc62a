//! The displays of a domain that exists: what is missing is added, what is there stays as it is.

use crate::xml::{Document, NodeId, XmlError};

/// A password that was valid until then never is.
const LONG_AGO: &str = "1970-01-01T00:00:01";
const LOOPBACK: &str = "127.0.0.1";

/// The order in which libvirt writes devices, as far as what is added here.
const ORDER: [&str; 17] = [
    "emulator",
    "disk",
    "controller",
    "lease",
    "filesystem",
    "interface",
    "smartcard",
    "serial",
    "parallel",
    "console",
    "channel",
    "input",
    "tpm",
    "graphics",
    "sound",
    "audio",
    "video",
];

/// What libvirt writes before the devices of this name.
pub(super) fn places_before(name: &str) -> Vec<&'static str> {
    ORDER.into_iter().take_while(|known| *known != name).collect()
}

/// Where QEMU's VNC server waits for viewers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VncListen<'a> {
    /// Nowhere: viewers come through libvirt.
    Nowhere,
    /// At a socket in a folder of the user's own.
    Socket,
    /// At a port of the host's own address, for viewers that come through ssh, with a password that has run out
    /// before it is known: each viewer sets a new one.
    Loopback { locked_with: &'a str },
}

/// What a machine should show its screen by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Displays<'a> {
    pub vnc: VncListen<'a>,
    pub with_dbus: bool,
    /// For a machine without a graphics card; `None`: libvirt chooses.
    pub video_model: Option<&'a str>,
    /// A tablet gives absolute positions, so that the pointer need not be caught.
    pub with_tablet: bool,
}

/// The domain with what it lacks of `displays`. `None`: it lacks nothing.
pub fn with_displays(xml: &str, displays: &Displays<'_>) -> Result<Option<String>, XmlError> {
    let mut domain = Document::parse_as(xml, "domain")?;
    let root = domain.root();
    let devices = domain.child_or_insert(root, "devices", super::before("devices"))?;
    let mut is_changed = false;
    if !has_graphics(&domain, devices, "vnc") {
        insert_vnc(&mut domain, devices, displays.vnc)?;
        is_changed = true;
    }
    if displays.with_dbus && !has_graphics(&domain, devices, "dbus") {
        insert_dbus(&mut domain, devices)?;
        is_changed = true;
    }
    is_changed |= add_card(&mut domain, devices, displays.video_model)?;
    // Only with something to see: a pointer alone is no reason to change a machine.
    if is_changed && displays.with_tablet && may_have_tablet(&domain, devices) {
        let tablet = domain.insert_child(devices, "input", &places_before("tpm"))?;
        domain.set_attr(tablet, "type", "tablet")?;
        domain.set_attr(tablet, "bus", "usb")?;
    }
    Ok(is_changed.then(|| domain.to_string()))
}

/// The domain without its D-Bus displays. `None`: it has none.
pub fn without_dbus_display(xml: &str) -> Result<Option<String>, XmlError> {
    let mut domain = Document::parse_as(xml, "domain")?;
    let found: Vec<NodeId> = domain
        .find_all(domain.root(), "devices/graphics")
        .into_iter()
        .filter(|&node| is_kind(&domain, node, "dbus"))
        .collect();
    for node in &found {
        domain.remove(*node);
    }
    Ok((!found.is_empty()).then(|| domain.to_string()))
}

/// VNC before every other display: other managers open the first only.
pub(crate) fn insert_vnc(domain: &mut Document, devices: NodeId, listen: VncListen<'_>) -> Result<(), XmlError> {
    let vnc = domain.insert_child(devices, "graphics", &places_before("graphics"))?;
    domain.set_attr(vnc, "type", "vnc")?;
    set_listen(domain, vnc, listen)
}

fn set_listen(domain: &mut Document, vnc: NodeId, listen: VncListen<'_>) -> Result<(), XmlError> {
    let old: Vec<NodeId> = domain.children(vnc, "listen").collect();
    for node in old {
        domain.remove(node);
    }
    for name in ["port", "autoport", "listen", "socket", "websocket"] {
        domain.remove_attr(vnc, name);
    }
    match listen {
        VncListen::Nowhere => domain.append_with(vnc, "listen", &[("type", "none")])?,
        VncListen::Socket => domain.append_with(vnc, "listen", &[("type", "socket")])?,
        VncListen::Loopback { locked_with } => {
            domain.set_attr(vnc, "port", "-1")?;
            domain.set_attr(vnc, "autoport", "yes")?;
            if domain.attr(vnc, "passwd").is_none() {
                domain.set_attr(vnc, "passwd", locked_with)?;
                domain.set_attr(vnc, "passwdValidTo", LONG_AGO)?;
            }
            domain.append_with(vnc, "listen", &[("type", "address"), ("address", LOOPBACK)])?
        }
    };
    Ok(())
}

/// The domain with its VNC display waiting there. `None`: it waits at a port already, or there is no such display.
pub fn with_vnc_listening(xml: &str, listen: VncListen<'_>) -> Result<Option<String>, XmlError> {
    let mut domain = Document::parse_as(xml, "domain")?;
    let found = domain
        .find_all(domain.root(), "devices/graphics")
        .into_iter()
        .find(|&node| is_kind(&domain, node, "vnc"));
    let Some(vnc) = found else { return Ok(None) };
    if domain
        .attr_at(vnc, "listen", "type")
        .is_some_and(|kind| kind == "address")
    {
        return Ok(None);
    }
    set_listen(&mut domain, vnc, listen)?;
    Ok(Some(domain.to_string()).filter(|after| after != xml))
}

pub(crate) fn insert_dbus(domain: &mut Document, devices: NodeId) -> Result<(), XmlError> {
    let dbus = domain.insert_child(devices, "graphics", &places_before("sound"))?;
    domain.set_attr(dbus, "type", "dbus")?;
    domain.set_attr(dbus, "p2p", "yes")
}

pub(crate) fn insert_video(domain: &mut Document, devices: NodeId, model: &str) -> Result<(), XmlError> {
    let video = domain.insert_child(devices, "video", &places_before("video"))?;
    domain.append_with(video, "model", &[("type", model), ("heads", "1"), ("primary", "yes")])?;
    Ok(())
}

/// A graphics card, where there is none or one that only says that there is none.
fn add_card(domain: &mut Document, devices: NodeId, model: Option<&str>) -> Result<bool, XmlError> {
    let cards: Vec<NodeId> = domain.children(devices, "video").collect();
    let is_none = |&card: &NodeId| {
        domain
            .attr_at(card, "model", "type")
            .is_some_and(|model| model == "none")
    };
    let absent: Vec<NodeId> = cards.iter().copied().filter(is_none).collect();
    if absent.len() < cards.len() {
        return Ok(false);
    }
    for card in &absent {
        domain.remove(*card);
    }
    match model {
        Some(model) => insert_video(domain, devices, model)?,
        // libvirt adds one to whatever has a display.
        None if absent.is_empty() => return Ok(false),
        None => {}
    }
    Ok(true)
}

fn may_have_tablet(domain: &Document, devices: NodeId) -> bool {
    let has_tablet = domain
        .children(devices, "input")
        .any(|input| is_kind(domain, input, "tablet"));
    let has_no_usb = domain.children(devices, "controller").any(|controller| {
        is_kind(domain, controller, "usb") && domain.attr(controller, "model").is_some_and(|model| model == "none")
    });
    !has_tablet && !has_no_usb
}

fn has_graphics(domain: &Document, devices: NodeId, kind: &str) -> bool {
    domain
        .children(devices, "graphics")
        .any(|node| is_kind(domain, node, kind))
}

fn is_kind(domain: &Document, node: NodeId, kind: &str) -> bool {
    domain.attr(node, "type").is_some_and(|found| found == kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Displays<'_> = Displays {
        vnc: VncListen::Socket,
        with_dbus: true,
        video_model: Some("virtio"),
        with_tablet: true,
    };

    fn domain(devices: &str) -> String {
        format!(
            "<domain>\n  <name>a</name>\n  <devices>\n    <emulator>/q</emulator>{devices}\n  </devices>\n</domain>"
        )
    }

    #[test]
    fn a_machine_without_a_display_gets_vnc_first_and_a_card() {
        let before = domain("\n    <memballoon model='virtio'/>");
        let after = with_displays(&before, &ALL).unwrap().unwrap();
        let added = "\n    <input type='tablet' bus='usb'/>\n    <graphics type='vnc'>\n      <listen type='socket'/>\n    \
                     </graphics>\n    <graphics type='dbus' p2p='yes'/>\n    <video>\n      <model type='virtio' heads='1' \
                     primary='yes'/>\n    </video>\n    <memballoon model='virtio'/>";
        assert_eq!(after, domain(added));
        assert_eq!(with_displays(&after, &ALL), Ok(None), "nothing is missing any more");
    }

    #[test]
    fn spice_and_the_card_it_has_stay_behind_vnc() {
        let spice =
            "\n    <graphics type='spice' autoport='yes'/>\n    <video>\n      <model type='qxl'/>\n    </video>";
        let after = with_displays(&domain(spice), &ALL).unwrap().unwrap();
        assert!(
            after.contains("<graphics type='spice' autoport='yes'/>") && after.contains("'qxl'"),
            "{after}"
        );
        assert_eq!(after.matches("<video>").count(), 1, "{after}");
        let kinds: Vec<usize> = ["'vnc'", "'spice'", "'dbus'"]
            .iter()
            .map(|kind| after.find(kind).unwrap())
            .collect();
        assert!(kinds.is_sorted(), "{after}");
    }

    #[test]
    fn a_card_that_is_none_becomes_one_and_a_machine_without_usb_gets_no_tablet() {
        let blind =
            "\n    <controller type='usb' model='none'/>\n    <video>\n      <model type='none'/>\n    </video>";
        let after = with_displays(&domain(blind), &ALL).unwrap().unwrap();
        assert!(after.contains("<model type='virtio' heads='1'") && !after.contains("'none'/>\n    </video>"));
        assert!(!after.contains("tablet"), "{after}");
        let unknown = Displays {
            video_model: None,
            ..ALL
        };
        let after = with_displays(&domain(blind), &unknown).unwrap().unwrap();
        assert!(!after.contains("<video>"), "libvirt chooses: {after}");
    }

    #[test]
    fn a_display_for_other_computers_is_locked_until_a_viewer_asks() {
        let loopback = VncListen::Loopback { locked_with: "x7" };
        let before = domain("\n    <graphics type='vnc'>\n      <listen type='none'/>\n    </graphics>");
        let after = with_vnc_listening(&before, loopback).unwrap().unwrap();
        assert!(
            after.contains("passwd='x7' passwdValidTo='1970-01-01T00:00:01'"),
            "{after}"
        );
        assert!(after.contains("<listen type='address' address='127.0.0.1'/>") && !after.contains("'none'"));
        assert_eq!(with_vnc_listening(&after, loopback), Ok(None));
        let own = before.replace("type='vnc'", "type='vnc' passwd='mine'");
        let after = with_vnc_listening(&own, loopback).unwrap().unwrap();
        assert!(
            after.contains("passwd='mine'") && !after.contains("passwdValidTo"),
            "{after}"
        );
        assert_eq!(with_vnc_listening(&domain(""), loopback), Ok(None));
    }

    #[test]
    fn without_the_fast_display_everything_else_is_as_it_was() {
        let before = domain("\n    <graphics type='vnc'/>");
        let with = with_displays(&before.replace("</domain>", "<!-- mine --></domain>"), &ALL);
        let with = with.unwrap().unwrap();
        let after = without_dbus_display(&with).unwrap().unwrap();
        assert!(!after.contains("dbus") && after.contains("<!-- mine -->"), "{after}");
        assert_eq!(without_dbus_display(&after), Ok(None));
    }
}
