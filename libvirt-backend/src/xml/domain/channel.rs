//! The channel that carries the clipboard. It keeps QEMU from saving the guest's memory, so it is there only while a
//! screen is shown, and stands in no definition.

use crate::xml::{Document, NodeId, XmlError};

/// What an agent in the guest looks for.
const NAME: &str = "com.redhat.spice.0";
const KIND: &str = "qemu-vdagent";

/// What a running machine has for the clipboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClipboardChannel {
    None,
    /// Attached while it runs; gone with it.
    OnDemand,
    /// In its definition: somebody else's wish.
    Defined,
    /// The name is taken by a channel that carries something else (SPICE).
    Taken,
}

/// The channel for `virDomainAttachDeviceFlags` and for detaching it.
pub fn clipboard_channel() -> Result<String, XmlError> {
    let mut channel = Document::new("channel")?;
    let root = channel.root();
    channel.set_attr(root, "type", KIND)?;
    let source = channel.append_child(root, "source")?;
    channel.append_with(source, "clipboard", &[("copypaste", "yes")])?;
    // Else the agent would take the pointer from the tablet.
    channel.append_with(source, "mouse", &[("mode", "server")])?;
    channel.append_with(root, "target", &[("type", "virtio"), ("name", NAME)])?;
    Ok(channel.element_xml(root))
}

/// Which it has: `live` is the XML that is true now, `inactive` that of the next start.
pub fn attached_clipboard(live: &str, inactive: &str) -> Result<ClipboardChannel, XmlError> {
    let live = Document::parse_as(live, "domain")?;
    let inactive = Document::parse_as(inactive, "domain")?;
    Ok(match kind(&live) {
        None => ClipboardChannel::None,
        Some(kind) if kind != KIND => ClipboardChannel::Taken,
        Some(_) if self::kind(&inactive).is_some_and(|kind| kind == KIND) => ClipboardChannel::Defined,
        Some(_) => ClipboardChannel::OnDemand,
    })
}

fn kind(domain: &Document) -> Option<String> {
    let is_named = |&channel: &NodeId| {
        domain
            .attr_at(channel, "target", "name")
            .is_some_and(|name| name == NAME)
    };
    let channel = domain
        .find_all(domain.root(), "devices/channel")
        .into_iter()
        .find(is_named)?;
    Some(domain.attr(channel, "type").unwrap_or_default().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(devices: &str) -> String {
        format!("<domain><devices>{devices}</devices></domain>")
    }

    #[test]
    fn only_what_stands_in_no_definition_is_ours_to_take_away() {
        let channel = clipboard_channel().unwrap();
        let with = domain(&channel);
        let agent = domain("<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>");
        let spice = domain(&format!(
            "<channel type='spicevmc'><target type='virtio' name='{NAME}'/></channel>"
        ));
        for (live, inactive, expected) in [
            (&agent, &agent, ClipboardChannel::None),
            (&with, &agent, ClipboardChannel::OnDemand),
            (&with, &with, ClipboardChannel::Defined),
            (&spice, &spice, ClipboardChannel::Taken),
        ] {
            assert_eq!(attached_clipboard(live, inactive), Ok(expected), "{live}");
        }
    }
}
