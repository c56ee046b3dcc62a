//! What will be other at the next start of a machine that runs: its definition against what runs, setting by setting.
//!
//! libvirt writes a lot into the XML of what runs that nobody asked for: aliases, ports, paths, the guest's share of
//! its memory, what a processor of the host's really is. None of that waits for a start, so none of it is told.

use std::collections::{BTreeSet, HashSet};

use super::change::Change;
use super::select::Setting;
use super::{FIRMWARE, Key, Kind, SCOPES, Scope, Value, firmware, inside, parts};
use crate::xml::redact::MARKER;
use crate::xml::{Document, NodeId};

const DEVICES: &str = "devices/";

/// One thing that waits for the next start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// Known by its key in the definition.
    Setting {
        setting: Setting,
        now: Option<Value>,
        next: Option<Value>,
    },
    /// The firmware, which stands in many places. `back`: the changes that make it what runs.
    Firmware {
        now: Option<Value>,
        next: Option<Value>,
        back: Vec<Change>,
    },
    /// A device that only the definition has.
    Comes { scope: &'static Scope, key: String },
    /// A device that runs and that the definition does not have any more, without what libvirt wrote into it.
    Goes {
        scope: &'static Scope,
        /// What it was in, where it is an entry of a list inside a device.
        outer: Option<String>,
        xml: String,
    },
    /// Elements of a namespace of their own, which no setting tells of. `back`: the definition with those of what runs.
    Parts { names: Vec<String>, back: String },
}

/// All that waits, in the order of the settings.
pub fn pending(inactive: &Document, live: &Document) -> Vec<Waiting> {
    let waiting = SCOPES.iter().flat_map(|scope| of_scope(scope, inactive, live));
    let mut waiting: Vec<Waiting> = waiting.collect();
    if let Some(firmware) = firmware_of(inactive, live) {
        waiting.retain(|one| !matches!(one, Waiting::Setting { setting, .. } if firmware::is_part(setting.scope, setting.property)));
        waiting.push(firmware);
    }
    waiting.extend(parts::waiting(inactive, live));
    waiting
}

/// Libvirt chooses its files when a machine is defined: what they are waits for nothing unless the choice is another.
fn firmware_of(inactive: &Document, live: &Document) -> Option<Waiting> {
    let read = |domain: &Document| FIRMWARE.read(domain, domain.root()).ok().flatten();
    let (next, now) = (read(inactive), read(live));
    (next != now).then(|| Waiting::Firmware {
        now,
        next,
        back: firmware::all_of(live),
    })
}

/// The changes that make the definition what runs. `None` where that needs a secret, which no XML that is shown has.
pub fn discard(waiting: &[Waiting]) -> Option<Vec<Change>> {
    let (mut sets, mut removals, mut additions) = (Vec::new(), Vec::new(), Vec::new());
    for waiting in waiting {
        match waiting {
            Waiting::Setting { setting, .. } if setting.property.is_secret => return None,
            Waiting::Setting { setting, now, .. } => sets.push(Change::Set {
                setting: setting.clone(),
                value: now.clone(),
            }),
            Waiting::Firmware { back, .. } => sets.extend(back.iter().cloned()),
            // A whole text: what is changed besides is changed in it.
            Waiting::Parts { back, .. } => sets.insert(0, Change::ReplaceXml(back.clone())),
            Waiting::Comes { scope, key } => removals.push(Change::RemoveDevice {
                scope,
                key: key.clone(),
            }),
            Waiting::Goes { xml, .. } if xml.contains(MARKER) => return None,
            Waiting::Goes {
                scope,
                outer: Some(outer),
                xml,
            } => additions.push(Change::AddEntry {
                scope,
                outer: outer.clone(),
                xml: xml.clone(),
            }),
            Waiting::Goes { xml, .. } => additions.push(Change::AddDevice { xml: xml.clone() }),
        }
    }
    // The last of a kind first: no removal changes the number by which another is known.
    removals.reverse();
    sets.extend(removals);
    sets.extend(additions);
    Some(sets)
}

fn of_scope(scope: &'static Scope, inactive: &Document, live: &Document) -> Vec<Waiting> {
    if scope.element.is_empty() {
        return of_machine(scope, inactive, live);
    }
    let is_device = scope.element.starts_with(DEVICES);
    let (mut next, mut now) = (scope.keyed(inactive), scope.keyed(live));
    if let Key::Inside { device, .. } = scope.key {
        // Those of what comes or goes altogether come and go with it.
        let kept = inside::kept(scope, device, inactive, live);
        let around = inside::scope_around(scope);
        let entries = |domain: &Document| -> BTreeSet<String> {
            let entries = around.into_iter().flat_map(|outer| outer.keyed(domain));
            entries.map(|(key, _)| key).collect()
        };
        let both = &entries(inactive) & &entries(live);
        let is_kept = |(key, _): &(String, NodeId)| {
            let outer = key.rsplit_once('.').map_or("", |(outer, _)| outer);
            let in_device = inside::device_of(scope, key).is_some_and(|key| kept.contains(key));
            in_device && (around.is_none() || both.contains(outer))
        };
        next.retain(is_kept);
        now.retain(is_kept);
    }
    let pairs = paired(scope, (inactive, &next), (live, &now));
    let mut waiting = Vec::new();
    for ((key, element), pair) in next.iter().zip(&pairs) {
        match pair {
            Some(index) => {
                let other = now[*index].1;
                waiting.extend(settings(scope, key, (inactive, Some(*element)), (live, Some(other))));
            }
            None if is_device => waiting.push(Waiting::Comes {
                scope,
                key: key.clone(),
            }),
            None => waiting.extend(settings(scope, key, (inactive, Some(*element)), (live, None))),
        }
    }
    for (index, (key, element)) in now.iter().enumerate() {
        if pairs.contains(&Some(index)) {
            continue;
        }
        if !is_device {
            waiting.extend(settings(scope, key, (inactive, None), (live, Some(*element))));
        } else if !is_of_the_screen(live, *element) {
            let outer = scope.is_inside().then(|| key.rsplit_once('.')).flatten();
            waiting.push(Waiting::Goes {
                scope,
                outer: outer.map(|(outer, _)| outer.to_owned()),
                xml: undecorated(live, *element),
            });
        }
    }
    waiting
}

fn of_machine(scope: &'static Scope, inactive: &Document, live: &Document) -> Vec<Waiting> {
    let mut waiting = settings(scope, "", (inactive, Some(inactive.root())), (live, Some(live.root())));
    // What the guest has at the moment is the balloon's doing, unless there will be another amount altogether.
    let is = |waiting: &Waiting, name: &str| matches!(waiting, Waiting::Setting { setting, .. } if setting.property.name == name);
    if !waiting.iter().any(|one| is(one, "memory")) {
        waiting.retain(|one| !is(one, "memory.current"));
    }
    waiting
}

/// For each in the definition the index of the same in what runs.
fn paired(
    scope: &Scope,
    (inactive, next): (&Document, &[(String, NodeId)]),
    (live, now): (&Document, &[(String, NodeId)]),
) -> Vec<Option<usize>> {
    let is_number = |key: &str| key.bytes().all(|letter| letter.is_ascii_digit());
    let are_numbered = next.iter().chain(now).any(|(key, _)| is_number(key)) && scope.element.starts_with(DEVICES);
    if !are_numbered || next.len() == now.len() {
        let by_key = |(key, _): &(String, NodeId)| now.iter().position(|(other, _)| other == key);
        return next.iter().map(by_key).collect();
    }
    // Numbers shift where one came or went: the same is what says the same.
    let mut is_taken = vec![false; now.len()];
    let twin = |(_, element): &(String, NodeId)| {
        let index = (0..now.len()).find(|&index| {
            let both = ((inactive, Some(*element)), (live, Some(now[index].1)));
            !is_taken[index] && settings_of(scope, both.0, both.1).is_empty()
        })?;
        is_taken[index] = true;
        Some(index)
    };
    next.iter().map(twin).collect()
}

fn settings(
    scope: &'static Scope,
    key: &str,
    next: (&Document, Option<NodeId>),
    now: (&Document, Option<NodeId>),
) -> Vec<Waiting> {
    let differing = settings_of(scope, next, now).into_iter();
    let waiting = differing.map(|(index, now, next)| Waiting::Setting {
        setting: Setting {
            scope,
            key: key.to_owned(),
            property: index,
        },
        now,
        next,
    });
    waiting.collect()
}

pub(super) type Differing = (&'static super::Property, Option<Value>, Option<Value>);

/// Those that differ, without what libvirt fills in.
pub(super) fn settings_of(
    scope: &Scope,
    (inactive, next): (&Document, Option<NodeId>),
    (live, now): (&Document, Option<NodeId>),
) -> Vec<Differing> {
    let names = |domain: &Document, element: Option<NodeId>| {
        let children = element.into_iter().flat_map(|element| domain.elements(element));
        children
            .map(|child| domain.name(child).to_owned())
            .collect::<HashSet<String>>()
    };
    // Most settings are said in neither, and looking up each would take long.
    let said: HashSet<String> = names(inactive, next).union(&names(live, now)).cloned().collect();
    let is_said = |property: &super::Property| {
        let first = property.path().0.split('/').next().unwrap_or_default();
        first.is_empty() || said.contains(first)
    };
    let told = scope
        .properties()
        .filter(|property| !property.is_summary && is_said(property));
    let differing = told.filter_map(|property| {
        // A switch that is an element is off where there is none.
        let read = |domain: &Document, element: Option<NodeId>| match element {
            Some(element) => property.read(domain, element).ok(),
            None => Some((property.kind == Kind::Present).then_some(Value::Switch(false))),
        };
        let (next_value, now_value) = (read(inactive, next)?, read(live, now)?);
        let is_same = match (&now_value, &next_value) {
            (Some(Value::Text(one)), Some(Value::Text(other))) => one.trim() == other.trim(),
            (one, other) => one == other,
        };
        let is_filled_in = next_value.is_none() && is_filled(scope.word, property.name, inactive, next);
        let is_own = || is_libvirts_own(scope.word, property.name, (inactive, next), (live, now));
        let is_told = !is_same && !is_filled_in && !is_own();
        is_told.then_some((property, now_value, next_value))
    });
    differing.collect()
}

/// What libvirt writes where the definition leaves it open.
fn is_filled(word: &str, name: &str, inactive: &Document, next: Option<NodeId>) -> bool {
    match word {
        "" => {
            let starts = |starts: &[&str]| starts.iter().any(|start| name.starts_with(start));
            let is_asked_for = name == "cpu.model" || starts(&["cpu.topology", "cpu.cache"]);
            !is_asked_for && starts(&["cpu.", "os.loader", "os.nvram", "os.varstore", "resource."])
                || matches!(name, "os.firmware" | "emulator" | "genid" | "vcpu.placement")
        }
        "cpu.feature" | "os.firmware.feature" | "vsock" => true,
        "disk" => matches!(name, "tray" | "source.startupPolicy"),
        "interface" => {
            let is_of_network = attribute(inactive, next, "", "type") == "network";
            name.starts_with("target") || (is_of_network && name.starts_with("source."))
        }
        "graphics" => {
            name.starts_with("listen")
                || matches!(
                    name,
                    "port" | "tlsPort" | "websocket" | "socket" | "address" | "gl.rendernode"
                )
        }
        "serial" | "parallel" | "console" | "channel" => name.starts_with("source.") || name == "target.port",
        "filesystem" => name == "source.socket" || name.starts_with("binary"),
        "hostdev" => name == "driver",
        "tpm" => matches!(name, "profile" | "persistent_state"),
        "shmem" => name == "server",
        "memory-device" => name.starts_with("source"),
        _ => false,
    }
}

fn attribute(domain: &Document, element: Option<NodeId>, path: &str, name: &str) -> String {
    let found = element.and_then(|element| domain.attr_at(element, path, name));
    found.map(|value| value.into_owned()).unwrap_or_default()
}

/// What changes while a machine runs without anybody's doing.
fn is_libvirts_own(
    word: &str,
    name: &str,
    (inactive, next): (&Document, Option<NodeId>),
    (live, now): (&Document, Option<NodeId>),
) -> bool {
    let own = |path: &str, name: &str| attribute(inactive, next, path, name);
    match (word, name) {
        ("", "cpu.check" | "cpu.match" | "cpu.vendor" | "cpu.model.fallback")
        | ("disk", "tray")
        | ("memory-device", "requested") => true,
        ("", "cpu.mode" | "cpu.model") => is_the_hosts_processor(&own("cpu", "mode"), live, now),
        ("cpu.feature", _) => next.is_none(),
        ("", "clock.adjustment") => own("clock", "offset") == "variable",
        ("graphics", "port" | "tlsPort" | "websocket") => own("", "autoport") != "no",
        // An empty drive has no format while it runs.
        ("disk", "format") => next.is_some_and(|disk| inactive.child(disk, "source").is_none()),
        // The network decides.
        ("interface", "type" | "virtualport" | "mtu") => own("", "type") == "network",
        ("interface", name) if name.starts_with("bandwidth") => next.is_none() && own("", "type") == "network",
        _ => false,
    }
}

/// "As the host's" is a named model by the time that it runs, with its maker: where somebody names one, none is added.
fn is_the_hosts_processor(mode: &str, live: &Document, now: Option<NodeId>) -> bool {
    match mode {
        "host-model" => {
            let is_named = attribute(live, now, "cpu", "mode") == "custom";
            is_named && now.is_some_and(|now| live.find(now, "cpu/vendor").is_some())
        }
        // libvirt's own choice.
        "" => true,
        _ => false,
    }
}

/// The clipboard's channel is plugged in while a screen is looked at and stands in no definition, nor does what it is
/// plugged into.
fn is_of_the_screen(live: &Document, element: NodeId) -> bool {
    let is_channel = |element: NodeId| live.attr(element, "type").is_some_and(|kind| kind == "qemu-vdagent");
    let is_its_controller = live.attr(element, "type").is_some_and(|kind| kind == "virtio-serial");
    let channels = || live.find_all(live.root(), "devices/channel");
    is_channel(element) || (is_its_controller && channels().into_iter().any(is_channel))
}

/// A device without what libvirt wrote into it when it started.
fn undecorated(live: &Document, element: NodeId) -> String {
    let xml = live.element_xml(element);
    let Ok(mut device) = Document::parse(&xml) else {
        return xml;
    };
    let root = device.root();
    let inner: Vec<NodeId> = device.elements(root).collect();
    for child in inner {
        let is_decoration = match device.name(child) {
            "alias" => !device.attr(child, "name").is_some_and(|name| name.starts_with("ua-")),
            "seclabel" | "backingStore" | "mirror" => true,
            "target" => device.name(root) == "interface",
            _ => false,
        };
        if is_decoration {
            device.remove(child);
        } else if device.name(child) == "source" {
            device.remove_attr(child, "index");
        }
    }
    device.element_xml(root)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::property::change::preview;

    const INACTIVE: &str = "<domain><memory unit='KiB'>1024</memory><currentMemory unit='KiB'>1024</currentMemory>\
        <cpu mode='host-model'/><devices><disk type='file'><target dev='vda'/></disk>\
        <disk type='file' device='cdrom'><driver name='qemu' type='raw'/><target dev='sda'/></disk><input type='tablet' bus='usb'/>\
        <rng model='virtio'/><interface type='user'><mac address='52:54:00:00:00:01'/></interface>\
        <graphics type='vnc' port='-1' autoport='yes'/></devices></domain>";
    const LIVE: &str = "<domain id='3'><memory unit='KiB'>1024</memory><currentMemory unit='KiB'>512</currentMemory>\
        <cpu mode='custom' match='exact' check='full'><model fallback='forbid'>Skylake</model>\
        <vendor>Intel</vendor><feature policy='require' name='vmx'/></cpu><devices><disk type='file'><source index='1'/><backingStore/>\
        <target dev='vda'/><alias name='virtio-disk0'/></disk>\
        <disk type='file' device='cdrom'><driver name='qemu'/><target dev='sda'/></disk><input type='tablet' bus='usb'><alias name='input0'/></input>\
        <rng model='virtio'/><interface type='user'><mac address='52:54:00:00:00:01'/><target dev='vnet3'/></interface>\
        <graphics type='vnc' port='5900' autoport='yes'/>\
        <channel type='qemu-vdagent'><target type='virtio' name='com.redhat.spice.0'/></channel></devices></domain>";

    fn told(inactive: &str, live: &str) -> Vec<Waiting> {
        pending(&Document::parse(inactive).unwrap(), &Document::parse(live).unwrap())
    }

    /// What the definition is after its pending changes were discarded.
    fn discarded(inactive: &str, live: &str) -> String {
        preview(inactive, &discard(&told(inactive, live)).unwrap()).unwrap().xml
    }

    #[test]
    fn what_libvirt_writes_by_itself_waits_for_nothing() {
        assert_eq!(told(INACTIVE, LIVE), []);
    }

    #[test]
    fn a_setting_waits_with_what_it_is_and_what_it_will_be() {
        let later = INACTIVE
            .replace("<memory unit='KiB'>1024", "<memory unit='KiB'>2048")
            .replace("<target dev='vda'/>", "<driver cache='none'/><target dev='vda'/>");
        let waiting = told(&later, LIVE);
        let named: Vec<String> = waiting
            .iter()
            .map(|waiting| match waiting {
                Waiting::Setting { setting, now, next } => {
                    let text = |value: &Option<Value>| value.as_ref().map_or_else(String::new, ToString::to_string);
                    format!("{setting}: {} > {}", text(now), text(next))
                }
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            named,
            [
                "memory: 1MiB > 2MiB",
                "memory.current: 512KiB > 1MiB",
                "disk.vda.cache:  > none"
            ]
        );
        let after = discarded(&later, LIVE);
        assert!(after.contains("<memory unit='KiB'>1024</memory>"), "{after}");
        assert_eq!(told(&after, LIVE), []);
    }

    #[test]
    fn another_processor_waits_whichever_kind_it_was_and_will_be() {
        let named = "<cpu mode='custom' match='exact'><model>EPYC</model>\
            <topology sockets='1' cores='2' threads='1'/><cache mode='passthrough'/></cpu>";
        let of_host = "<cpu mode='host-passthrough' check='none' migratable='on'/>";
        let running = |cpu: &str| {
            let start = LIVE.find("<cpu").unwrap();
            let end = LIVE.find("</cpu>").unwrap() + "</cpu>".len();
            format!("{}{cpu}{}", &LIVE[..start], &LIVE[end..])
        };
        let defined = |cpu: &str| INACTIVE.replace("<cpu mode='host-model'/>", cpu);
        let names = |inactive: &str, live: &str| -> Vec<String> {
            let names = told(inactive, live).into_iter().map(|waiting| match waiting {
                Waiting::Setting { setting, .. } => setting.to_string(),
                other => panic!("{other:?}"),
            });
            names.collect()
        };
        let named_runs = running(&named.replace("</cpu>", "<feature policy='disable' name='vme'/></cpu>"));
        assert_eq!(names(&defined(named), &named_runs), [""; 0]);
        assert_eq!(names(&defined(of_host), &running(of_host)), [""; 0]);
        let both = ["cpu.mode", "cpu.model"];
        let by_libvirt = ["cpu.migratable"];
        let shape = [
            "cpu.cache",
            "cpu.topology.sockets",
            "cpu.topology.cores",
            "cpu.topology.threads",
        ];
        assert_eq!(
            names(&defined(of_host), &named_runs),
            [&both[..], &by_libvirt, &shape].concat()
        );
        assert_eq!(
            names(&defined("<cpu mode='host-model'/>"), &named_runs),
            [&both[..], &shape].concat()
        );
        assert_eq!(
            names(&defined("<cpu mode='host-model'/>"), &running(of_host)),
            ["cpu.mode"]
        );
        assert_eq!(names(&defined("<cpu mode='maximum'/>"), LIVE), both);
        for later in [of_host, "<cpu mode='host-model'/>", "<cpu mode='maximum'/>"] {
            let after = discarded(&defined(later), &named_runs);
            assert_eq!(names(&after, &named_runs), [""; 0], "{after}");
        }
    }

    #[test]
    fn another_way_into_the_network_waits_too() {
        let nic = "<interface type='user'><mac address='52:54:00:00:00:01'/></interface>";
        let passt = nic.replace("<mac", "<backend type='passt'/><mac");
        let waiting = told(INACTIVE, &LIVE.replace("<mac", "<backend type='passt'/><mac"));
        assert!(
            matches!(&waiting[..], [Waiting::Setting { setting, .. }] if setting.to_string().ends_with(".backend")),
            "{waiting:?}"
        );
        assert_eq!(
            told(
                &INACTIVE.replace(nic, &passt),
                &LIVE.replace("<mac", "<backend type='passt'/><mac")
            ),
            []
        );
    }

    #[test]
    fn entries_of_lists_in_devices_come_and_go_in_their_device() {
        let nic = "<interface type='user'><mac address='52:54:00:00:00:01'/></interface>";
        let with = |forwards: &str| {
            let forwarding = format!("{}{forwards}</interface>", &nic[..nic.len() - "</interface>".len()]);
            INACTIVE.replace(nic, &forwarding)
        };
        let forward = |port: u16| format!("<portForward proto='tcp'><range start='{port}' to='22'/></portForward>");
        let (two, three) = (
            [2022, 2023].map(forward).concat(),
            [2022, 2023, 2024].map(forward).concat(),
        );
        // They come, they go, and one is other.
        for (inactive, live) in [(three.as_str(), ""), ("", two.as_str()), (&two, &three), (&three, &two)] {
            assert_eq!(told(&discarded(&with(inactive), &with(live)), &with(live)), []);
        }
        // A card that comes brings its own.
        let without = INACTIVE.replace(nic, "");
        assert_eq!(told(&with(&two), &without).len(), 1);
        assert_eq!(told(&without, &with(&two)).len(), 1);
    }

    #[test]
    fn another_firmware_is_one_line_and_discarding_it_brings_every_part_of_it_back() {
        let [inactive, live] = [INACTIVE, LIVE].map(|xml| {
            xml.replace(
                "<cpu mode",
                "<os firmware='efi'><type arch='x86_64'>hvm</type><firmware><feature enabled='no' name='secure-boot'/>\
                 </firmware><loader readonly='yes' type='pflash'>/c.fd</loader><nvram>/v.fd</nvram></os><cpu mode",
            )
        });
        assert_eq!(told(&inactive, &live), []);
        for word in ["secure-boot", "bios"] {
            let setting = Setting::parse("firmware").unwrap();
            let value = Some(setting.property.input(word).unwrap());
            let later = preview(&inactive, &[Change::Set { setting, value }]).unwrap().xml;
            let waiting = told(&later, &live);
            assert!(
                matches!(&waiting[..], [Waiting::Firmware { now: Some(now), next: Some(next), .. }]
                    if now.to_string() == "uefi" && next.to_string() == word),
                "{waiting:?}"
            );
            let after = discarded(&later, &live);
            let [one, other] = [&after, &inactive].map(|xml| Document::parse(xml).unwrap());
            assert!(super::super::derive::says_the_same(&one, &other), "{after}");
        }
    }

    #[test]
    fn devices_come_and_go_also_those_that_only_their_number_tells() {
        let later = INACTIVE
            .replace("<rng model='virtio'/>", "")
            .replace("<input ", "<input type='mouse' bus='usb'/><input ");
        let waiting = told(&later, LIVE);
        assert!(
            matches!(&waiting[..], [Waiting::Comes { key, .. }, Waiting::Goes { xml, .. }]
                if key == "1" && xml == "<rng model='virtio'/>"),
            "{waiting:?}"
        );
        assert_eq!(told(&discarded(&later, LIVE), LIVE), []);
    }

    #[test]
    fn a_disk_that_was_taken_out_comes_back_without_what_libvirt_wrote_into_it() {
        let later = INACTIVE.replace("<disk type='file'><target dev='vda'/></disk>", "");
        let after = discarded(&later, LIVE);
        assert!(
            after.contains("<disk type='file'><source/><target dev='vda'/></disk>"),
            "{after}"
        );
    }

    #[test]
    fn nothing_is_discarded_where_a_marker_would_be_written_for_a_secret() {
        let live = LIVE.replace("autoport='yes'", "autoport='yes' passwd='[removed]'");
        let later = INACTIVE.replace("<graphics type='vnc' port='-1' autoport='yes'/>", "");
        assert_eq!(discard(&told(&later, &live)), None);
    }
}
