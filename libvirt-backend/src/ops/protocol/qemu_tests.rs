//! The protocol on real QEMUs: each change is read back from libvirt, not from what the report says.

use virt::sys;

use super::super::context::{CancelToken, Paths};
use super::tests::{fates, request, set};
use super::*;
use crate::boot_sector::{Mood, interactive};
use crate::ffi::Conn;
use crate::model::HostModel;
use crate::private_session::{PrivateSession, SessionOptions};
use crate::real_machines;
use crate::xml::property::SCOPES;
use crate::xml::property::edit::GuestAnswer;

const MAC: &str = "52:54:00:0a:0b:0c";

pub(super) struct World {
    session: PrivateSession,
    pub(super) connection: Conn,
    uri: String,
    folder: tempfile::TempDir,
    pub(super) id: MachineId,
}

impl World {
    /// One machine that runs, without an operating system.
    pub(super) fn new() -> Self {
        let session = PrivateSession::start(SessionOptions::default()).unwrap();
        let connection = Conn::open(&session.uri()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let disk = folder.path().join("disk.img");
        std::fs::write(&disk, interactive(Mood::Calm)).unwrap();
        let xml = format!(
            "<domain type='qemu'><name>guest</name><memory unit='MiB'>64</memory><vcpu>1</vcpu><iothreads>1</iothreads>\
             <os><type arch='x86_64' machine='q35'>hvm</type></os><devices>\
             <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{}'/>\
             <target dev='vda' bus='virtio'/></disk>\
             <controller type='scsi' model='virtio-scsi'/><controller type='usb' model='qemu-xhci'/>\
             <interface type='user'><mac address='{MAC}'/><model type='virtio'/></interface>\
             <graphics type='vnc' passwd='SECRET'><listen type='none'/></graphics></devices></domain>",
            disk.display()
        );
        let domain = connection.define_domain_xml(&xml).unwrap();
        domain.create().unwrap();
        Self {
            id: MachineId(domain.uuid().unwrap()),
            uri: session.uri(),
            session,
            connection,
            folder,
        }
    }

    /// A machine that was never started.
    pub(super) fn off(xml: &str) -> Self {
        let session = PrivateSession::start(SessionOptions::default()).unwrap();
        let connection = Conn::open(&session.uri()).unwrap();
        let domain = connection.define_domain_xml(xml).unwrap();
        Self {
            id: MachineId(domain.uuid().unwrap()),
            uri: session.uri(),
            session,
            connection,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(super) fn uri(&self) -> &str {
        &self.uri
    }

    pub(super) fn run<T>(&self, operation: impl FnOnce(&Context<'_>) -> T) -> T {
        let paths = Paths::new(self.folder.path().join("state"), self.folder.path().join("data"));
        operation(&Context {
            connection: &self.connection,
            uri: &self.uri,
            paths: &paths,
            model: &HostModel::empty(&self.uri),
            progress: &|_, _, _| {},
            cancel: &CancelToken::default(),
            connect: &|| Ok(self.connection.clone()),
        })
    }

    pub(super) fn edit(&self, request: &EditRequest) -> EditReport {
        match self.run(|ctx| edit(ctx, self.id, request)) {
            Ok(Outcome::Edited(report)) => *report,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn live(&self) -> String {
        let domain = self.connection.lookup_domain_by_uuid(self.id.0).unwrap();
        domain.xml_desc(sys::VIR_DOMAIN_XML_SECURE).unwrap()
    }

    pub(super) fn inactive(&self) -> String {
        let domain = self.connection.lookup_domain_by_uuid(self.id.0).unwrap();
        domain
            .xml_desc(sys::VIR_DOMAIN_XML_SECURE | sys::VIR_DOMAIN_XML_INACTIVE)
            .unwrap()
    }

    pub(super) fn end(self) {
        let domain = self.connection.lookup_domain_by_uuid(self.id.0).unwrap();
        if domain.is_active().unwrap() {
            domain.destroy().unwrap();
        }
        drop(domain);
        drop(self.connection);
        self.session.stop().unwrap();
    }
}

fn remove(word: &str, key: &str) -> Change {
    let scope = SCOPES.iter().find(|scope| scope.word == word).unwrap();
    let key = key.to_owned();
    Change::RemoveDevice { scope, key }
}

fn holds(xml: &str, path: &str, attribute: &str, wanted: &str) -> bool {
    let domain = Document::parse(xml).unwrap();
    let found = domain.find_all(domain.root(), path);
    found
        .iter()
        .any(|&element| domain.attr(element, attribute).is_some_and(|held| held == wanted))
}

#[test]
fn a_machine_that_runs_takes_limits_pins_and_a_pulled_cable_at_once() {
    if !real_machines::are_possible() {
        return;
    }
    let world = World::new();
    let link = format!("interface.{MAC}.link");
    let report = world.edit(&request(vec![
        set("title", "Guest & friends"),
        set("osinfo", "http://debian.org/debian/12"),
        set("disk.vda.iotune.read_bytes_sec", "10MiB"),
        set("disk.vda.iotune.write_bytes_sec", "20MiB"),
        set(&link, "down"),
        set("cputune.vcpupin.0", "0"),
        set("cputune.emulatorpin", "0"),
    ]));
    for (what, fate) in fates(&report) {
        assert_eq!(*fate, Fate::Applied, "{what}: {report:#?}");
    }
    for xml in [world.live(), world.inactive()] {
        assert!(xml.contains("<title>Guest &amp; friends</title>"), "{xml}");
        assert!(
            xml.contains("<libosinfo:os id=\"http://debian.org/debian/12\"/>"),
            "{xml}"
        );
        assert!(xml.contains("<read_bytes_sec>10485760</read_bytes_sec>"), "{xml}");
        assert!(xml.contains("<write_bytes_sec>20971520</write_bytes_sec>"), "{xml}");
        assert!(holds(&xml, "devices/interface/link", "state", "down"), "{xml}");
        assert!(holds(&xml, "cputune/vcpupin", "cpuset", "0"), "{xml}");
        assert!(holds(&xml, "cputune/emulatorpin", "cpuset", "0"), "{xml}");
        assert!(xml.contains("passwd='SECRET'"), "{xml}");
    }
    // One limit goes, its neighbour stays.
    let without = |name: &str| Change::Set {
        setting: crate::xml::property::select::Setting::parse(name).unwrap(),
        value: None,
    };
    let report = world.edit(&request(vec![
        without("disk.vda.iotune.read_bytes_sec"),
        without("osinfo"),
    ]));
    for (what, fate) in fates(&report) {
        assert_eq!(*fate, Fate::Applied, "{what}: {report:#?}");
    }
    for xml in [world.live(), world.inactive()] {
        assert!(!xml.contains("libosinfo"), "{xml}");
        assert!(!xml.contains("read_bytes_sec") && xml.contains(">20971520<"), "{xml}");
    }
    world.end();
}

#[test]
fn what_a_machine_that_runs_cannot_take_waits_and_says_why() {
    if !real_machines::are_possible() {
        return;
    }
    let world = World::new();
    let report = world.edit(&request(vec![
        set("vcpu", "2"),
        set("disk.vda.cache", "none"),
        set("memory.current", "32MiB"),
    ]));
    let told = fates(&report);
    assert_eq!(told[0].1, &Fate::AtNextStart { refusal: None }, "{report:#?}");
    assert!(
        matches!(told[1].1, Fate::AtNextStart { refusal: Some(words) } if !words.is_empty()),
        "{report:#?}"
    );
    // Nobody in the guest gives memory back.
    assert!(
        matches!(told[2].1, Fate::WaitsForGuest { found: Some(_) }),
        "{report:#?}"
    );
    assert!(holds(&world.inactive(), "devices/disk/driver", "cache", "none"));
    assert!(!holds(&world.live(), "devices/disk/driver", "cache", "none"));
    assert!(
        world.inactive().contains("<currentMemory unit='KiB'>32768<"),
        "{}",
        world.inactive()
    );
    let live = EditRequest {
        apply: Apply::Live,
        ..request(vec![set("disk.vda.iotune.total_iops_sec", "50"), set("vcpu", "4")])
    };
    let before = world.inactive();
    let report = world.edit(&live);
    assert_eq!(report.changes[0].fate, Fate::UntilItStops, "{report:#?}");
    assert!(matches!(report.changes[1].fate, Fate::Refused { .. }), "{report:#?}");
    assert_eq!(world.inactive(), before);
    world.end();
}

#[test]
fn disks_and_network_cards_are_plugged_in_and_out_while_it_runs() {
    if !real_machines::are_possible() {
        return;
    }
    let world = World::new();
    let disk = world.folder.path().join("more.img");
    std::fs::write(&disk, vec![0; 1 << 20]).unwrap();
    let disk = format!(
        "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='{}'/>\
         <target dev='sdb' bus='scsi'/></disk>",
        disk.display()
    );
    let card = "<interface type='user'><model type='usb-net'/></interface>".to_owned();
    let report = world.edit(&request(vec![
        Change::AddDevice { xml: disk },
        Change::AddDevice { xml: card },
    ]));
    for (what, fate) in fates(&report) {
        assert_eq!(*fate, Fate::Applied, "{what}: {report:#?}");
    }
    let macs = |xml: &str| -> Vec<String> {
        let domain = Document::parse(xml).unwrap();
        let cards = domain.find_all(domain.root(), "devices/interface/mac");
        cards
            .iter()
            .map(|&mac| domain.attr(mac, "address").unwrap().into_owned())
            .collect()
    };
    assert!(holds(&world.live(), "devices/disk/target", "dev", "sdb"));
    assert!(holds(&world.inactive(), "devices/disk/target", "dev", "sdb"));
    assert_eq!(macs(&world.live()), macs(&world.inactive()), "the same card in both");
    let new = macs(&world.live()).into_iter().find(|mac| mac != MAC).unwrap();
    let report = world.edit(&request(vec![remove("disk", "sdb"), remove("interface", &new)]));
    for (what, fate) in fates(&report) {
        assert_eq!(*fate, Fate::Applied, "{what}: {report:#?}");
    }
    for xml in [world.live(), world.inactive()] {
        assert!(!xml.contains("sdb") && !xml.contains(&new), "{xml}");
    }
    world.end();
}

#[test]
fn a_guest_that_does_not_answer_keeps_its_disk_until_the_next_start() {
    if !real_machines::are_possible() {
        return;
    }
    let world = World::new();
    let report = world.edit(&request(vec![remove("disk", "vda")]));
    assert!(
        matches!(
            report.changes[0].fate,
            Fate::KeptByGuest {
                answer: GuestAnswer::Silent { seconds: 5.. },
                at_next_start: true
            }
        ),
        "{report:#?}"
    );
    assert!(report.waits_for_start());
    assert!(holds(&world.live(), "devices/disk/target", "dev", "vda"));
    assert!(!holds(&world.inactive(), "devices/disk/target", "dev", "vda"));
    world.end();
}

#[test]
fn the_share_of_the_host_changes_while_it_runs_or_the_edit_says_why_not() {
    if !real_machines::are_possible() {
        return;
    }
    let world = World::new();
    let report = world.edit(&request(vec![
        set("cputune.iothreadpin.1", "0"),
        set("memballoon.stats.period", "5"),
        set("cputune.vcpusched.0.scheduler", "batch"),
    ]));
    let told = fates(&report);
    assert_eq!((told[0].1, told[1].1), (&Fate::Applied, &Fate::Applied), "{report:#?}");
    // libvirt has no call for it.
    assert_eq!(told[2].1, &Fate::AtNextStart { refusal: None }, "{report:#?}");
    assert!(holds(&world.live(), "cputune/iothreadpin", "cpuset", "0"));
    assert!(holds(&world.live(), "devices/memballoon/stats", "period", "5"));
    assert!(holds(&world.inactive(), "cputune/vcpusched", "scheduler", "batch"));
    let report = world.edit(&request(vec![set("numatune.nodeset", "0")]));
    assert!(
        matches!(&report.changes[0].fate, Fate::AtNextStart { refusal: Some(words) } if words.contains("session mode")),
        "{report:#?}"
    );
    // With these a user's own machine would not start, or nothing would come of them.
    let before = world.inactive();
    let limit = format!("interface.{MAC}.bandwidth.inbound.average");
    for (name, value) in [
        ("cputune.shares", "512"),
        ("cputune.quota", "10000"),
        ("memtune.hard_limit", "1GiB"),
        ("blkiotune.weight", "300"),
        ("hugepages", "on"),
        ("memory.locked", "on"),
        (&limit, "100KB"),
        (&format!("interface.{MAC}.mtu"), "1400"),
    ] {
        let result = world.run(|ctx| edit(ctx, world.id, &request(vec![set(name, value)])));
        assert!(matches!(result, Err(Error::CannotChange { .. })), "{name}: {result:?}");
    }
    assert_eq!(world.inactive(), before);
    world.end();
}

#[test]
fn what_libvirt_drops_without_a_word_is_told() {
    if !real_machines::are_possible() {
        return;
    }
    let world = World::new();
    // The schema knows it, and the driver has no use for it.
    let device = format!("interface.{MAC}.source.dev");
    let report = world.edit(&EditRequest {
        apply: Apply::NextStart,
        ..request(vec![set(&device, "eth7"), set("title", "kept")])
    });
    assert_eq!(report.changes[0].fate, Fate::Ignored { found: None }, "{report:#?}");
    assert_eq!(report.changes[1].fate, Fate::Applied, "{report:#?}");
    assert!(!world.inactive().contains("eth7"));
    let foreign = "<x:flux xmlns:x='urn:x' kind='deep'/>";
    let before = world.inactive();
    let whole = before.replace("<os>", &format!("<!-- mine -->{foreign}<os>"));
    let result = world.run(|ctx| edit(ctx, world.id, &request(vec![Change::ReplaceXml(whole)])));
    assert!(
        matches!(result, Err(Error::Libvirt { .. })),
        "VALIDATE refuses what is unknown: {result:?}"
    );
    let commented = before.replace("<os>", "<!-- mine --><os>");
    let report = world.edit(&request(vec![Change::ReplaceXml(commented)]));
    assert!(
        report.adjusted.iter().any(|line| line.text.contains("mine")),
        "the comment that libvirt drops is told: {report:#?}"
    );
    assert!(!world.inactive().contains("mine"));
    world.end();
}

/// libvirt takes another forward from a machine that runs, says yes, and does nothing.
#[test]
fn another_forwarded_port_waits_for_the_next_start_although_libvirt_says_yes() {
    if !real_machines::are_possible() || !real_machines::is_installed("passt") {
        return;
    }
    let world = World::new();
    let domain = world.connection.lookup_domain_by_uuid(world.id.0).unwrap();
    domain.destroy().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let forward = format!("interface.forward.{MAC}.1");
    let range = format!("interface.forward.range.{MAC}.1.1");
    let report = world.edit(&request(vec![
        set(&format!("interface.{MAC}.backend"), "passt"),
        set(&format!("{forward}.proto"), "tcp"),
        set(&format!("{forward}.address"), "127.0.0.1"),
        set(&format!("{range}.start"), &port.to_string()),
        set(&format!("{range}.to"), "22"),
    ]));
    for (what, fate) in fates(&report) {
        assert_eq!(*fate, Fate::Applied, "{what}: {report:#?}");
    }
    domain.create().unwrap();
    drop(domain);
    let report = world.edit(&request(vec![set(&format!("{range}.to"), "23")]));
    assert!(
        matches!(report.changes[0].fate, Fate::AtNextStart { .. }),
        "{report:#?}"
    );
    assert!(holds(&world.live(), "devices/interface/portForward/range", "to", "22"));
    assert!(holds(
        &world.inactive(),
        "devices/interface/portForward/range",
        "to",
        "23"
    ));
    world.end();
}

/// A card needs a port of its own, and this machine has one to spare.
#[test]
fn a_machine_without_a_spare_port_says_so_and_gets_the_card_at_the_next_start() {
    if !real_machines::are_possible() {
        return;
    }
    let world = World::new();
    let card = || Change::AddDevice {
        xml: "<interface type='user'><model type='virtio'/></interface>".to_owned(),
    };
    let report = world.edit(&request((0..3).map(|_| card()).collect()));
    let words = report.changes.iter().find_map(|change| match &change.fate {
        Fate::AtNextStart { refusal: Some(words) } => Some(words.as_str()),
        _ => None,
    });
    assert!(
        words.is_some_and(|words| words.contains("No more available PCI slots")),
        "{report:#?}"
    );
    let count = |xml: &str| {
        let domain = Document::parse(xml).unwrap();
        domain.find_all(domain.root(), "devices/interface").len()
    };
    assert_eq!(count(&world.inactive()), 4);
    assert!(count(&world.live()) < 4);
    world.end();
}

/// Each has as many, and the third is another one.
#[test]
fn a_device_known_by_its_number_stays_where_another_one_has_that_number() {
    if !real_machines::are_possible() {
        return;
    }
    let world = World::new();
    let add = |apply: Apply, kind: &str| {
        let xml = format!("<input type='{kind}' bus='usb'/>");
        world.edit(&EditRequest {
            apply,
            ..request(vec![Change::AddDevice { xml }])
        })
    };
    let report = add(Apply::Live, "tablet");
    assert_eq!(fates(&report), [("input", &Fate::UntilItStops)]);
    add(Apply::NextStart, "keyboard");
    let kinds = |xml: &str| -> Vec<String> {
        let domain = Document::parse(xml).unwrap();
        let inputs = domain.find_all(domain.root(), "devices/input").into_iter();
        let usb = inputs.filter(|&input| domain.attr(input, "bus").is_some_and(|bus| bus == "usb"));
        usb.filter_map(|input| domain.attr(input, "type").map(|kind| kind.into_owned()))
            .collect()
    };
    let number = {
        let domain = Document::parse(&world.inactive()).unwrap();
        domain.find_all(domain.root(), "devices/input").len().to_string()
    };
    let removal = |apply: Apply| EditRequest {
        apply,
        ..request(vec![remove("input", &number)])
    };
    let report = world.edit(&removal(Apply::Live));
    assert!(matches!(report.changes[0].fate, Fate::Refused { .. }), "{report:#?}");
    let report = world.edit(&removal(Apply::Both));
    assert_eq!(
        report.changes[0].fate,
        Fate::AtNextStart { refusal: None },
        "{report:#?}"
    );
    assert_eq!(kinds(&world.live()), ["tablet"]);
    assert_eq!(kinds(&world.inactive()), [""; 0]);
    // The same one in both goes from both.
    add(Apply::NextStart, "tablet");
    let report = world.edit(&removal(Apply::Both));
    assert_eq!(report.changes[0].fate, Fate::Applied, "{report:#?}");
    assert_eq!(kinds(&world.live()), [""; 0]);
    world.end();
}

#[test]
fn what_virsh_changes_at_the_same_time_is_not_overwritten() {
    if !real_machines::are_possible() {
        return;
    }
    let world = World::new();
    let Ok(Outcome::Definition(opened)) = world.run(|ctx| definition(ctx, world.id)) else {
        panic!("no definition");
    };
    let virsh = std::process::Command::new("virsh")
        .args(["-c", &world.uri, "desc", "guest", "--config", "--title", "theirs"])
        .output()
        .unwrap();
    assert!(virsh.status.success(), "{virsh:?}");
    let request = EditRequest {
        opened_on: Some(opened.fingerprint),
        ..request(vec![set("title", "ours")])
    };
    let result = world.run(|ctx| edit(ctx, world.id, &request));
    assert!(matches!(result, Err(Error::ChangedMeanwhile { .. })), "{result:?}");
    assert!(world.inactive().contains("<title>theirs</title>"));
    assert!(!world.live().contains("ours"));
    world.end();
}

fn waiting(world: &World) -> Vec<crate::xml::property::pending::Waiting> {
    let [inactive, live] = [world.inactive(), world.live()].map(|xml| Document::parse(&redact(&xml)).unwrap());
    crate::xml::property::pending::pending(&inactive, &live)
}

#[test]
fn what_waits_for_the_next_start_is_what_somebody_changed_and_can_be_discarded() {
    if !real_machines::are_possible() {
        return;
    }
    let world = World::new();
    assert_eq!(waiting(&world), [], "{}\n{}", world.inactive(), world.live());
    let extra = "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>".to_owned();
    let later = EditRequest {
        apply: Apply::NextStart,
        ..request(vec![
            set("memory", "128MiB"),
            set("memory.current", "128MiB"),
            set("disk.vda.cache", "none"),
            remove("interface", MAC),
            Change::AddDevice { xml: extra },
        ])
    };
    let before = world.inactive();
    world.edit(&later);
    let found = waiting(&world);
    let names: Vec<String> = found
        .iter()
        .map(|waiting| match waiting {
            crate::xml::property::pending::Waiting::Setting { setting, .. } => setting.to_string(),
            crate::xml::property::pending::Waiting::Firmware { .. } => "firmware".to_owned(),
            crate::xml::property::pending::Waiting::Parts { names, .. } => names.join(" "),
            crate::xml::property::pending::Waiting::Comes { scope, .. } => format!("+{}", scope.word),
            crate::xml::property::pending::Waiting::Goes { scope, .. } => format!("-{}", scope.word),
        })
        .collect();
    assert_eq!(
        names,
        ["memory", "memory.current", "disk.vda.cache", "-interface", "+rng"],
        "{found:#?}"
    );
    let changes = crate::xml::property::pending::discard(&found).unwrap();
    let back = EditRequest {
        apply: Apply::NextStart,
        ..request(changes)
    };
    world.edit(&back);
    assert_eq!(waiting(&world), []);
    assert_eq!(world.inactive(), before);
    world.end();
}

/// Entries of a list that is inside a device.
fn forward(port: u16) -> Change {
    Change::AddEntry {
        scope: SCOPES.iter().find(|scope| scope.word == "interface.forward").unwrap(),
        outer: MAC.to_owned(),
        xml: format!(
            "<portForward proto='tcp' address='127.0.0.1'>\n  <range start='{port}' to='22'/>\n</portForward>"
        ),
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[test]
fn port_forwards_come_and_go_with_the_next_start_and_lead_to_the_guest() {
    if !real_machines::are_possible() {
        return;
    }
    let world = World::new();
    let (first, second) = (free_port(), free_port());
    let before = world.inactive();
    let wanted = request(vec![
        set(&format!("interface.{MAC}.backend"), "passt"),
        forward(first),
        forward(second),
    ]);
    let report = world.edit(&wanted);
    for (what, fate) in fates(&report) {
        assert!(matches!(fate, Fate::AtNextStart { .. }), "{what}: {report:#?}");
    }
    assert!(!world.live().contains("portForward"), "{}", world.live());
    // It is known to wait, can be taken back, and be asked for again.
    let found = waiting(&world);
    let back = |found: &[crate::xml::property::pending::Waiting]| EditRequest {
        apply: Apply::NextStart,
        ..request(crate::xml::property::pending::discard(found).unwrap())
    };
    assert_eq!(found.len(), 3, "{found:#?}");
    world.edit(&back(&found));
    assert!(!world.inactive().contains("portForward"), "{}", world.inactive());
    assert_eq!(world.inactive(), before);
    world.edit(&wanted);
    let domain = world.connection.lookup_domain_by_uuid(world.id.0).unwrap();
    domain.destroy().unwrap();
    domain.create().unwrap();
    for port in [first, second] {
        std::net::TcpStream::connect(("127.0.0.1", port)).unwrap_or_else(|error| panic!("{port}: {error}"));
    }
    // The first goes, the second stays what it is.
    let gone = world.edit(&request(vec![remove("interface.forward", &format!("{MAC}.1"))]));
    assert!(matches!(gone.changes[0].fate, Fate::AtNextStart { .. }), "{gone:#?}");
    assert!(!world.inactive().contains(&first.to_string()) && world.inactive().contains(&second.to_string()));
    let found = waiting(&world);
    assert!(!found.is_empty());
    world.edit(&back(&found));
    assert_eq!(waiting(&world), [], "{}", world.inactive());
    world.end();
}

#[test]
fn another_command_line_of_qemu_waits_for_the_next_start_and_can_be_discarded() {
    if !real_machines::are_possible() {
        return;
    }
    let world = World::new();
    let before = world.inactive();
    let part = "<qemu:commandline><qemu:arg value='-no-fd-bootchk'/></qemu:commandline></domain>";
    let text = before
        .replace(
            "<domain ",
            "<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0' ",
        )
        .replace("</domain>", part);
    world.edit(&EditRequest {
        apply: Apply::NextStart,
        ..request(vec![Change::ReplaceXml(text)])
    });
    let found = waiting(&world);
    let [crate::xml::property::pending::Waiting::Parts { names, .. }] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(names, &["qemu:commandline"]);
    let changes = crate::xml::property::pending::discard(&found).unwrap();
    world.edit(&EditRequest {
        apply: Apply::NextStart,
        ..request(changes)
    });
    assert_eq!(waiting(&world), []);
    world.end();
}
