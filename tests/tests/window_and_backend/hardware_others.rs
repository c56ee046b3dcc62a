//! Machines that other programs and people made, in a real libvirt: the window lists all of them, and an edit of every
//! form is kept by libvirt, alone, and taken back.

use berth_tests::{AppHarness, Need, TestBackend, TestSession, require};
use egui::Role;
use libvirt_backend::command::{Command, MachineCommand, Outcome};
use libvirt_backend::model::MachineId;
use libvirt_backend::property::change::Change;
use libvirt_backend::property::edit::{Apply, EditReport, EditRequest, Fate};
use libvirt_backend::property::select::Setting;
use libvirt_backend::property::{SCOPES, Scope, Value};
use libvirt_backend::xml::{Document, NodeId};

use super::PATIENCE;
use super::hardware::{differing, kept};

const LINUX: &str = include_str!("../../../libvirt-backend/tests/xml/virt-install-linux.xml");
const WINDOWS: &str = include_str!("../../../libvirt-backend/tests/xml/virt-install-windows.xml");
const VIRT_MANAGER: &str = include_str!("../../../libvirt-backend/tests/xml/virt-manager.xml");
const BY_HAND: &str = include_str!("../../../libvirt-backend/tests/xml/by-hand.xml");

/// One setting of each form, with two values of which a machine has one at most.
const EDITS: [(&str, &str, [&str; 2]); 32] = [
    ("", "title", ["Changed", "Changed again"]),
    ("", "vcpu.current", ["1", "2"]),
    ("", "memory.current", ["256MiB", "384MiB"]),
    ("", "os.bootmenu", ["on", "off"]),
    ("", "features.pae", ["on", "off"]),
    ("", "numatune.nodeset", ["0", "0-1"]),
    ("clock.timer", "tickpolicy", ["delay", "catchup"]),
    ("disk", "serial", ["SN-7", "SN-8"]),
    ("controller", "hotplug", ["off", "on"]),
    ("filesystem", "readonly", ["on", "off"]),
    ("interface", "link", ["down", "up"]),
    ("serial", "log", ["/var/log/one", "/var/log/two"]),
    ("console", "log", ["/var/log/one", "/var/log/two"]),
    ("channel", "log", ["/var/log/one", "/var/log/two"]),
    ("tpm", "model", ["tpm-tis", "tpm-crb"]),
    ("graphics", "keymap", ["de", "fr"]),
    ("sound", "codec", ["duplex", "micro"]),
    ("audio", "timerPeriod", ["5000", "6000"]),
    ("video", "vram", ["32MiB", "64MiB"]),
    ("hostdev", "boot", ["7", "8"]),
    ("redirdev", "boot", ["9", "10"]),
    ("watchdog", "action", ["reset", "pause"]),
    ("memballoon", "stats.period", ["5", "6"]),
    ("rng", "rate.bytes", ["1000", "2000"]),
    ("shmem", "size", ["8MiB", "2MiB"]),
    ("memory-device", "access", ["shared", "private"]),
    ("vsock", "cid.address", ["88", "99"]),
    ("input", "type", ["mouse", "tablet"]),
    ("panic", "model", ["hyperv", "isa"]),
    ("smartcard", "source.path", ["/run/card.one", "/run/card.two"]),
    ("parallel", "type", ["pty", "null"]),
    ("iommu", "caching_mode", ["on", "off"]),
];

fn keyed(scope: &'static Scope, domain: &Document) -> Vec<(String, NodeId)> {
    if scope.word.is_empty() {
        vec![(String::new(), domain.root())]
    } else {
        scope.keyed(domain)
    }
}

/// libvirt has this for some kinds of the device only.
fn is_for(domain: &Document, element: NodeId, word: &str) -> bool {
    let is = |path, attribute, value: &str| domain.attr_at(element, path, attribute).is_some_and(|own| own == value);
    match word {
        "clock.timer" => is("", "name", "rtc"),
        "controller" => is("", "model", "pcie-root-port"),
        // The first serial port by another name.
        "console" => !is("target", "type", "serial"),
        "disk" => !is("", "device", "lun"),
        // No two devices may have one place in the order.
        "hostdev" => is("", "type", "usb"),
        // One order or the other.
        "redirdev" => domain.find_all(domain.root(), "os/boot").is_empty(),
        // All of a machine's do the same.
        "watchdog" => domain.find_all(domain.root(), "devices/watchdog").len() == 1,
        "video" => !is("model", "type", "virtio"),
        // A PC has these two whatever is asked for.
        "input" => !is("", "bus", "ps2"),
        // The other model sits in a slot.
        "panic" => !is("", "model", "pvpanic"),
        _ => true,
    }
}

/// For every device of every kind.
fn edits(domain: &Document) -> Vec<(Setting, Value)> {
    let of_kind = |(word, name, values): &(&str, &str, [&str; 2])| {
        let scope = SCOPES.iter().find(|scope| scope.word == *word).unwrap();
        let property = scope.property(name).unwrap();
        let values = values.map(|value| property.input(value).unwrap());
        let keyed = keyed(scope, domain).into_iter();
        let keyed = keyed.filter(|(_, element)| is_for(domain, *element, word));
        let edits = keyed.map(|(key, element)| {
            let present = property.read(domain, element).unwrap();
            let value = values.iter().find(|value| Some(*value) != present.as_ref()).unwrap();
            (Setting { scope, key, property }, value.clone())
        });
        edits.collect::<Vec<_>>()
    };
    EDITS.iter().flat_map(of_kind).collect()
}

struct Machine<'a> {
    session: &'a TestSession,
    backend: &'a TestBackend<'a>,
    name: &'a str,
    id: MachineId,
}

impl Machine<'_> {
    fn xml(&self) -> String {
        kept(self.session, self.name)
    }

    fn run(&self, change: Change) -> Result<Box<EditReport>, String> {
        let request = EditRequest {
            opened_on: None,
            changes: vec![change],
            images: Vec::new(),
            apply: Apply::Both,
            is_dry_run: false,
        };
        let edit = MachineCommand::Edit(Box::new(request));
        match self.backend.try_run(Command::Machine {
            id: self.id,
            command: edit,
        }) {
            Ok(Outcome::Edited(report)) => Ok(report),
            other => Err(format!("{other:?}")),
        }
    }

    /// What is wrong with what became of it.
    fn edit(&self, setting: &Setting, value: &Value) -> Option<String> {
        let before = self.xml();
        let change = Change::Set {
            setting: setting.clone(),
            value: Some(value.clone()),
        };
        let report = match self.run(change) {
            Ok(report) => report,
            Err(words) => return Some(format!("{setting} = {value}: {words}")),
        };
        let after = self.xml();
        let domain = Document::parse_as(&after, "domain").unwrap();
        let read = setting.elements(&domain).ok().and_then(|elements| {
            let element = elements.first().copied()?;
            setting.property.read(&domain, element).unwrap()
        });
        let (gone, come) = differing(&before, &after);
        let is_alone = gone.len() <= 1 && come.len() <= 3 && report.changes.len() == 1;
        let is_told = report.changes.iter().all(|change| change.fate == Fate::Applied);
        (read.as_ref() != Some(value) || !is_alone || !is_told).then(|| {
            format!(
                "{setting} = {value}: {read:?} {:?}\n  {gone:?}\n  {come:?}",
                report.changes
            )
        })
    }
}

/// Every device is in the list of its page.
fn is_listed(session: &TestSession, name: &str, xml: &str) {
    let mut window = AppHarness::open(session);
    let row = format!("{name}, Off");
    window.step_until("the list", PATIENCE, |window| window.shows(Role::Row, &row));
    let row = window.named(Role::Row, name).unwrap();
    window.press(Role::Row, &row, PATIENCE);
    window.press(Role::Button, "Details", PATIENCE);
    window.press(Role::Tab, "Hardware", PATIENCE);
    let domain = Document::parse_as(xml, "domain").unwrap();
    for target in domain.find_all(domain.root(), "devices/disk/target") {
        let name = domain.attr(target, "dev").unwrap();
        window.step_until(&format!("disk {name}"), PATIENCE, |window| {
            ["Disk", "CD drive", "Floppy drive"]
                .iter()
                .any(|kind| window.shows(Role::Button, &format!("{kind} {name}")))
        });
    }
    window.close();
}

fn survives_an_edit_of_every_form(name: &str, text: &str, least: usize) {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let file = session.folder().join("machine.xml");
    std::fs::write(&file, text).unwrap();
    session.virsh(&["define", &file.display().to_string()]);
    let first = kept(&session, name);
    is_listed(&session, name, &first);
    let backend = TestBackend::open(&session);
    let id: MachineId = session.virsh(&["domuuid", name]).trim().parse().unwrap();
    let machine = Machine {
        session: &session,
        backend: &backend,
        name,
        id,
    };
    let edits = edits(&Document::parse_as(&first, "domain").unwrap());
    assert!(edits.len() >= least, "{} edits", edits.len());
    let problems: Vec<String> = edits
        .iter()
        .filter_map(|(setting, value)| machine.edit(setting, value))
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    machine.run(Change::ReplaceXml(first.clone())).unwrap();
    assert_eq!(machine.xml(), first);
}

#[test]
fn a_linux_machine_by_virt_install_survives_an_edit_of_every_form() {
    survives_an_edit_of_every_form("linux-uefi", LINUX, 18);
}

#[test]
fn a_windows_machine_by_virt_install_survives_an_edit_of_every_form() {
    survives_an_edit_of_every_form("windows", WINDOWS, 18);
}

/// virt-manager asks for SPICE, which this libvirt refuses where QEMU has no module for it: VNC and plain lines stand
/// in its place, and nothing else is another.
#[test]
fn a_machine_by_virt_managers_defaults_survives_an_edit_of_every_form() {
    let text = VIRT_MANAGER
        .replace("type=\"spice\" port=\"-1\" tlsPort=\"-1\"", "type=\"vnc\" port=\"-1\"")
        .replace("\n      <image compression=\"off\"/>", "")
        .replace("type=\"spicevmc\"", "type=\"pty\"");
    survives_an_edit_of_every_form("virt-manager-default", &text, 20);
}

#[test]
fn a_machine_written_by_hand_survives_an_edit_of_every_form() {
    // A reader that is the host's has nothing to set.
    let reader =
        "<smartcard mode='passthrough' type='unix'><source mode='bind' path='/var/lib/machines/card'/></smartcard>";
    let text = BY_HAND.replace("<smartcard mode='host'/>", reader);
    survives_an_edit_of_every_form("by hand", &text, 40);
}
