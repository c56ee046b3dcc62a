//! Did libvirt keep what was asked for? It drops without a word what it does not know or want.

use crate::xml::{Document, NodeId, XmlError};

/// What a machine of ours depends on. Attributes that the plan leaves out are libvirt's to choose.
const PROMISED: [(&str, &[&str]); 15] = [
    ("devices/disk", &["type", "device"]),
    ("devices/disk/driver", &["type", "error_policy", "discard"]),
    ("devices/disk/source", &["file"]),
    ("devices/disk/target", &["dev", "bus"]),
    ("devices/controller", &["type", "model"]),
    ("devices/interface", &["type"]),
    ("devices/interface/source", &["network", "bridge"]),
    ("devices/interface/ip", &["family", "address", "prefix"]),
    ("devices/interface/backend", &["type"]),
    ("devices/serial/log", &["file"]),
    ("devices/channel/target", &["type", "name"]),
    ("devices/graphics", &["type", "p2p"]),
    ("devices/video/model", &["type"]),
    ("devices/memballoon", &["model", "freePageReporting"]),
    ("devices/memballoon/stats", &["period"]),
];

/// The path of the first element of `planned` that `kept` does not have, with its promised attributes, as many times.
pub fn first_lost(planned: &str, kept: &str) -> Result<Option<&'static str>, XmlError> {
    let planned = Document::parse_as(planned, "domain")?;
    let kept = Document::parse_as(kept, "domain")?;
    for (path, attributes) in PROMISED {
        let mut there = kept.find_all(kept.root(), path);
        for wanted in planned.find_all(planned.root(), path) {
            let has_all = |&found: &NodeId| {
                attributes.iter().all(|name| {
                    planned
                        .attr(wanted, name)
                        .is_none_or(|value| kept.attr(found, name).is_some_and(|kept| kept == value))
                })
            };
            match there.iter().position(has_all) {
                Some(index) => {
                    there.swap_remove(index);
                }
                None => return Ok(Some(path)),
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLANNED: &str = "<domain><devices><disk type='file' device='disk'><driver name='qemu' type='qcow2' \
        error_policy='enospace'/><source file='/a &amp; b'/><target dev='vda' bus='virtio'/></disk>\
        <controller type='pci' model='pcie-root-port'/><controller type='pci' model='pcie-root-port'/>\
        <graphics type='vnc'/><graphics type='dbus' p2p='yes'/>\
        <memballoon model='virtio'><stats period='2'/></memballoon></devices></domain>";

    #[test]
    fn what_libvirt_adds_is_no_loss() {
        let kept = PLANNED
            .replace(
                "<graphics type='vnc'/>",
                "<graphics type='vnc' port='-1'><listen type='none'/></graphics>",
            )
            .replace(
                "model='pcie-root-port'/>",
                "model='pcie-root-port' index='1'><model name='x'/></controller>",
            )
            .replace("<disk type='file'", "<emulator>/q</emulator><disk type='file'");
        assert_eq!(first_lost(PLANNED, &kept), Ok(None));
        assert_eq!(first_lost(PLANNED, PLANNED), Ok(None));
    }

    #[test]
    fn each_promise_that_is_dropped_is_named() {
        let cases = [
            (" error_policy='enospace'", "", "devices/disk/driver"),
            ("/a &amp; b", "/a", "devices/disk/source"),
            (
                "<controller type='pci' model='pcie-root-port'/>",
                "",
                "devices/controller",
            ),
            (" p2p='yes'", "", "devices/graphics"),
            ("<graphics type='dbus' p2p='yes'/>", "", "devices/graphics"),
            ("<stats period='2'/>", "", "devices/memballoon/stats"),
        ];
        for (from, to, lost) in cases {
            let kept = PLANNED.replacen(from, to, 1);
            assert_ne!(kept, PLANNED);
            assert_eq!(first_lost(PLANNED, &kept), Ok(Some(lost)), "{from}");
        }
    }
}
