//! What taking a device out of the machine will do, in plain words.

use libvirt_backend::xml::{Document, NodeId};

use super::draft::Draft;
use crate::t;

/// What is told before a device goes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Leaving {
    pub(super) notes: Vec<String>,
    /// What the machine is without.
    pub(super) warnings: Vec<String>,
}

pub(super) fn leaving(
    domain: &Document,
    draft: &Draft,
    (word, element): (&'static str, NodeId),
    is_running: bool,
) -> Leaving {
    let mut leaving = Leaving::default();
    leaving
        .notes
        .push(t!(match (is_running, can_be_unplugged(domain, word, element)) {
            (false, _) => "remove-when-off",
            (true, true) => "remove-when-running",
            (true, false) => "remove-at-next-start",
        }));
    if let Some(file) = file(domain, word, element) {
        leaving.notes.push(t!("remove-file-stays", path = file));
    }
    let scope = libvirt_backend::property::fresh::kinds().find(|scope| scope.word == word);
    let others: Vec<NodeId> = scope
        .map(|scope| scope.keyed(domain))
        .unwrap_or_default()
        .into_iter()
        .filter(|(key, other)| *other != element && !draft.devices.is_removed(word, key))
        .map(|(_, other)| other)
        .collect();
    let is_disk = |disk: NodeId| {
        let device = domain.attr(disk, "device").unwrap_or_default();
        matches!(device.as_ref(), "" | "disk" | "lun")
    };
    let warning = match word {
        "disk" if is_disk(element) && !others.iter().any(|other| is_disk(*other)) => "remove-last-disk",
        "interface" if others.is_empty() => "remove-last-network",
        "graphics" if others.is_empty() => "remove-last-screen",
        "video" if others.is_empty() => "remove-last-video",
        "tpm" => "remove-tpm",
        "channel" if name(domain, element).starts_with("org.qemu.guest_agent") => "remove-agent",
        "controller" => "remove-controller",
        "memballoon" => "remove-balloon",
        _ => return leaving,
    };
    leaving.warnings.push(t!(warning));
    leaving
}

fn name(domain: &Document, channel: NodeId) -> String {
    domain
        .attr_at(channel, "target", "name")
        .unwrap_or_default()
        .into_owned()
}

/// It lies on the host's disk and is not touched.
fn file(domain: &Document, word: &str, element: NodeId) -> Option<String> {
    let place = match word {
        "disk" => ["file", "dev", "volume"]
            .iter()
            .find_map(|place| domain.attr_at(element, "source", place)),
        "filesystem" => domain.attr_at(element, "source", "dir"),
        _ => None,
    };
    place.filter(|path| !path.is_empty()).map(|path| path.into_owned())
}

/// QEMU lets go of the others only when it ends.
fn can_be_unplugged(domain: &Document, word: &str, element: NodeId) -> bool {
    let bus = |path: &str| domain.attr_at(element, path, "bus").unwrap_or_default().into_owned();
    match word {
        "disk" => !matches!(bus("target").as_str(), "sata" | "ide" | "fdc" | "sd"),
        "input" => !matches!(bus("").as_str(), "ps2" | ""),
        "interface" | "hostdev" | "redirdev" | "rng" | "memory-device" | "vsock" | "watchdog" | "channel" | "shmem"
        | "filesystem" => true,
        "controller" => domain.attr(element, "type").is_some_and(|kind| kind == "scsi"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use libvirt_backend::property::fresh;

    use super::*;

    const DOMAIN: &str = "<domain><devices><disk device='disk'><source file='/a.qcow2'/><target dev='vda' bus='virtio'/>\
        </disk><disk device='disk'><target dev='sda' bus='sata'/></disk><disk device='cdrom'><target dev='sdb' bus='sata'/>\
        </disk><interface><mac address='52:54:00:00:00:01'/></interface><graphics type='vnc'/></devices></domain>";

    fn of(draft: &Draft, word: &'static str, key: &str, is_running: bool) -> Leaving {
        let domain = Document::parse(DOMAIN).unwrap();
        let scope = fresh::kinds().find(|scope| scope.word == word).unwrap();
        let keyed = scope.keyed(&domain);
        let (_, element) = keyed.iter().find(|(known, _)| known == key).unwrap();
        leaving(&domain, draft, (word, *element), is_running)
    }

    #[test]
    fn the_file_of_a_disk_stays_and_that_is_said() {
        let told = of(&Draft::default(), "disk", "vda", false);
        assert_eq!(told.notes[1], "Its file /a.qcow2 stays where it is.");
        assert!(told.warnings.is_empty(), "there is another: {told:?}");
    }

    #[test]
    fn when_it_goes_depends_on_what_runs_and_where_it_is_plugged_in() {
        let first = |key, is_running| of(&Draft::default(), "disk", key, is_running).notes.remove(0);
        assert_eq!(first("sda", true), t!("remove-at-next-start"));
        assert_eq!(first("vda", true), t!("remove-when-running"));
        assert_eq!(first("sda", false), t!("remove-when-off"));
    }

    #[test]
    fn the_last_of_what_a_machine_needs_is_not_taken_without_a_warning() {
        let mut draft = Draft::default();
        draft.devices.remove("disk", "sda");
        assert_eq!(of(&draft, "disk", "vda", true).warnings, [t!("remove-last-disk")]);
        assert_eq!(
            of(&draft, "interface", "52:54:00:00:00:01", true).warnings,
            [t!("remove-last-network")]
        );
        assert_eq!(of(&draft, "graphics", "vnc", true).warnings, [t!("remove-last-screen")]);
    }
}
