//! The protocol on machines of libvirt's test driver.

use super::super::lifecycle::start;
use super::super::test_host::TestHost;
use virt::sys;

use super::*;
use crate::command::Overwrite;
use crate::error::Verb;
use crate::xml::property::SCOPES;
use crate::xml::property::select::Setting;

const DEVICES: &str = "<disk type='file' device='disk'><source file='/x/d'/><target dev='vda' bus='virtio'/></disk>\
    <graphics type='vnc' port='-1' passwd='SECRET'/>";

pub(super) fn set(name: &str, value: &str) -> Change {
    let setting = Setting::parse(name).unwrap();
    let value = setting.property.input(value).unwrap();
    Change::Set {
        setting,
        value: Some(value),
    }
}

pub(super) fn request(changes: Vec<Change>) -> EditRequest {
    EditRequest {
        opened_on: None,
        changes,
        images: Vec::new(),
        apply: Apply::Both,
        is_dry_run: false,
    }
}

fn opened(host: &TestHost, id: MachineId) -> DefinitionXml {
    match host.run(|ctx| definition(ctx, id)) {
        Ok(Outcome::Definition(xml)) => *xml,
        other => panic!("{other:?}"),
    }
}

fn edited(host: &TestHost, id: MachineId, request: &EditRequest) -> EditReport {
    match host.run(|ctx| edit(ctx, id, request)) {
        Ok(Outcome::Edited(report)) => *report,
        other => panic!("{other:?}"),
    }
}

pub(super) fn fates(report: &EditReport) -> Vec<(&str, &Fate)> {
    let changes = report.changes.iter();
    changes.map(|change| (change.what.as_str(), &change.fate)).collect()
}

fn secure(host: &TestHost, id: MachineId) -> String {
    let flags = sys::VIR_DOMAIN_XML_INACTIVE | sys::VIR_DOMAIN_XML_SECURE;
    host.domain(id).xml_desc(flags).unwrap()
}

#[test]
fn an_editor_sees_no_secret_and_an_edit_keeps_it() {
    let host = TestHost::new();
    let id = host.define_with("guest", DEVICES);
    let xml = opened(&host, id);
    assert!(!xml.inactive.contains("SECRET") && xml.inactive.contains("[removed]"));
    let whole = xml
        .inactive
        .replace("<vcpu placement='static'>1<", "<vcpu placement='static'>2<");
    assert_ne!(whole, xml.inactive);
    let report = edited(&host, id, &request(vec![Change::ReplaceXml(whole)]));
    assert_eq!(fates(&report), [("vcpu", &Fate::Applied)]);
    let kept = secure(&host, id);
    assert!(kept.contains("passwd='SECRET'") && kept.contains(">2</vcpu>"), "{kept}");
    assert!(!format!("{report:?}").contains("SECRET"));
    assert_eq!(report.fingerprint, opened(&host, id).fingerprint);
}

#[test]
fn what_somebody_else_changed_meanwhile_is_not_overwritten() {
    let host = TestHost::new();
    let id = host.define("guest");
    let opened = opened(&host, id);
    let other = secure(&host, id).replace("<os>", "<title>theirs</title><os>");
    host.connection.define_domain_xml(&other).unwrap();
    let request = EditRequest {
        opened_on: Some(opened.fingerprint),
        ..request(vec![set("title", "ours")])
    };
    let before = secure(&host, id);
    assert_eq!(
        host.run(|ctx| edit(ctx, id, &request)),
        Err(Error::ChangedMeanwhile {
            object: "guest".to_owned()
        })
    );
    assert_eq!(secure(&host, id), before);
    assert!(before.contains("theirs"));
}

#[test]
fn what_somebody_changes_while_an_edit_is_checked_stays() {
    let host = TestHost::new();
    let id = host.define_with("guest", DEVICES);
    let other = secure(&host, id).replace("<os>", "<title>theirs</title><os>");
    let connection = &host.connection;
    let meanwhile = |step, _: Option<f32>, _: bool| {
        if step == JobStep::Defining {
            connection.define_domain_xml(&other).unwrap();
        }
    };
    let result = host.run(|ctx| {
        let ctx = Context {
            progress: &meanwhile,
            ..*ctx
        };
        edit(&ctx, id, &request(vec![set("memory", "128MiB")]))
    });
    assert!(matches!(result, Err(Error::ChangedMeanwhile { .. })), "{result:?}");
    let now = secure(&host, id);
    assert!(now.contains("theirs") && !now.contains("131072"), "{now}");
    let history = host.run(|ctx| history(ctx, id));
    assert_eq!(history, Ok(Outcome::History(Vec::new())));
}

#[test]
fn each_change_is_told_apart_and_the_difference_shows_only_them() {
    let host = TestHost::new();
    let id = host.define_with("guest", DEVICES);
    let changes = vec![set("memory", "128MiB"), set("vcpu", "1"), set("disk.vda.cache", "none")];
    let dry = EditRequest {
        is_dry_run: true,
        ..request(changes.clone())
    };
    let before = secure(&host, id);
    let report = edited(&host, id, &dry);
    assert_eq!(
        fates(&report),
        [
            ("memory", &Fate::WouldChange),
            ("vcpu", &Fate::Unchanged),
            ("disk.vda.cache", &Fate::WouldChange)
        ]
    );
    assert_eq!(secure(&host, id), before, "a dry run writes nothing");
    let report = edited(&host, id, &request(changes));
    assert_eq!(
        fates(&report),
        [
            ("memory", &Fate::Applied),
            ("vcpu", &Fate::Unchanged),
            ("disk.vda.cache", &Fate::Applied)
        ]
    );
    let removed: Vec<&str> = report
        .diff
        .iter()
        .filter(|line| line.sign() == '-')
        .map(|line| line.text.trim())
        .collect();
    assert_eq!(removed[0], "<memory unit='KiB'>65536</memory>", "{:?}", report.diff);
    assert!(removed.len() <= 2, "{removed:?}");
}

#[test]
fn devices_come_and_go() {
    let host = TestHost::new();
    let id = host.define_with("guest", DEVICES);
    let scope = SCOPES.iter().find(|scope| scope.word == "disk").unwrap();
    let changes = vec![
        Change::AddDevice {
            xml: "<interface type='user'><model type='virtio'/></interface>".to_owned(),
        },
        Change::RemoveDevice {
            scope,
            key: "vda".to_owned(),
        },
    ];
    let report = edited(&host, id, &request(changes));
    assert_eq!(
        fates(&report),
        [("interface", &Fate::Applied), ("disk.vda", &Fate::Applied)]
    );
    let kept = secure(&host, id);
    assert!(kept.contains("52:54:00:") && !kept.contains("vda"), "{kept}");
}

#[test]
fn what_libvirt_makes_of_a_new_device_is_told() {
    let host = TestHost::new();
    let id = host.define_with("guest", "<video><model type='vga' vram='16384'/></video>");
    let screen = |vram: &str| Change::AddDevice {
        xml: format!("<video><model type='virtio' vram='{vram}'/></video>"),
    };
    let report = edited(&host, id, &request(vec![screen("8192")]));
    assert_eq!(fates(&report), [("video", &Fate::Applied)]);
    // It takes powers of two alone.
    let report = edited(&host, id, &request(vec![screen("5000")]));
    let found = Some("vram=8MiB".to_owned());
    assert_eq!(
        fates(&report),
        [("video", &Fate::Differs { found })],
        "{}",
        secure(&host, id)
    );
}

#[test]
fn a_running_machine_is_changed_where_it_can_be_and_at_the_next_start_where_not() {
    let host = TestHost::new();
    let id = host.define_with("guest", DEVICES);
    host.run(|ctx| start(ctx, id)).unwrap();
    let report = edited(&host, id, &request(vec![set("title", "both"), set("vcpu", "3")]));
    assert_eq!(fates(&report)[0], ("title", &Fate::Applied));
    assert!(
        matches!(fates(&report)[1], ("vcpu", Fate::AtNextStart { .. })),
        "{report:?}"
    );
    let live = EditRequest {
        apply: Apply::Live,
        ..request(vec![set("title", "live"), set("vcpu", "4")])
    };
    let report = edited(&host, id, &live);
    assert_eq!(fates(&report)[0], ("title", &Fate::UntilItStops));
    assert!(
        matches!(fates(&report)[1], ("vcpu", Fate::Refused { .. })),
        "{report:?}"
    );
    assert!(secure(&host, id).contains("<title>both</title>"));
}

#[test]
fn half_an_iommu_group_is_refused_also_where_the_whole_text_is_given() {
    let sysfs = tempfile::tempdir().unwrap();
    for function in ["0", "1"] {
        let folder = sysfs.path().join(format!("bus/pci/devices/0000:01:00.{function}"));
        std::fs::create_dir_all(&folder).unwrap();
        for (file, text) in [("vendor", "0x10de"), ("device", "0x1234"), ("class", "0x030000")] {
            std::fs::write(folder.join(file), text).unwrap();
        }
        let links = [
            ("iommu_group", "/kernel/iommu_groups/14"),
            ("driver", "/drivers/nouveau"),
        ];
        for (link, to) in links {
            std::os::unix::fs::symlink(to, folder.join(link)).unwrap();
        }
    }
    let sysfs = Sysfs::at(sysfs.path());
    let host = TestHost::new();
    let id = host.define("guest");
    let with = |functions: &[&str]| {
        let devices = functions.iter().map(|function| {
            format!(
                "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='1' slot='0' \
                 function='{function}'/></source></hostdev>"
            )
        });
        let devices: String = devices.collect();
        Document::parse(&format!("<domain><devices>{devices}</devices></domain>")).unwrap()
    };
    let checked = |old: &[&str], wanted: &[&str]| {
        host.run(|ctx| check_groups(&find(ctx, id)?, &sysfs, (&with(old), &with(wanted))))
    };
    let refused = checked(&[], &["1"]).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "hostdev of guest cannot be changed: 0000:01:00.1 shares its IOMMU group with 0000:01:00.0: the machine gets \
         them together or not at all"
    );
    assert_eq!(checked(&[], &["0", "1"]), Ok(()));
    assert_eq!(
        checked(&["1"], &["1"]),
        Ok(()),
        "another change is made whatever there is"
    );
}

#[test]
fn another_name_or_uuid_is_refused_before_anything_is_made() {
    let host = TestHost::new();
    let id = host.define("guest");
    let whole = opened(&host, id).inactive;
    let other = whole.replace(&id.to_string(), "3b241101-e2bb-4255-8caf-4136c566a962");
    assert_ne!(other, whole);
    for change in [Change::ReplaceXml(other), set("name", "second")] {
        let result = host.run(|ctx| edit(ctx, id, &request(vec![change])));
        assert!(matches!(result, Err(Error::CannotChange { .. })), "{result:?}");
    }
    assert_eq!(secure(&host, id), secure(&host, id));
    assert!(host.connection.lookup_domain_by_name("second").is_err());
}

#[test]
fn an_edit_is_undone_and_made_again_with_the_secret_of_now() {
    let host = TestHost::new();
    let id = host.define_with("guest", DEVICES);
    let undo = |overwrite| host.run(|ctx| undo_edit(ctx, id, overwrite));
    let nothing = Error::NoSuchEdit {
        object: "guest".to_owned(),
    };
    assert_eq!(undo(Overwrite::Refuse), Err(nothing.clone()));
    edited(&host, id, &request(vec![set("title", "one")]));
    edited(&host, id, &request(vec![set("title", "two")]));
    assert!(matches!(undo(Overwrite::Refuse), Ok(Outcome::Edited(_))));
    assert!(secure(&host, id).contains("<title>one</title>"));
    assert!(matches!(undo(Overwrite::Refuse), Ok(Outcome::Edited(_))));
    assert!(!secure(&host, id).contains("<title>"));
    assert_eq!(undo(Overwrite::Refuse), Err(nothing));
    // Somebody gives the display another password, which is no edit of this history.
    let other = secure(&host, id).replace("SECRET", "NEWER");
    host.connection.define_domain_xml(&other).unwrap();
    host.run(|ctx| redo_edit(ctx, id, Overwrite::Refuse)).unwrap();
    let now = secure(&host, id);
    assert!(
        now.contains("<title>one</title>") && now.contains("passwd='NEWER'"),
        "{now}"
    );
    let Ok(Outcome::History(entries)) = host.run(|ctx| history(ctx, id)) else {
        panic!("no history");
    };
    let told: Vec<(u64, bool)> = entries.iter().map(|entry| (entry.number, entry.is_undone)).collect();
    assert_eq!(told, [(1, false), (2, true)]);
    assert_eq!(entries[0].what, ["title"]);
    assert!(
        entries[0]
            .diff
            .iter()
            .any(|line| line.text.contains("<title>one</title>"))
    );
    assert!(!format!("{entries:?}").contains("SECRET"));
}

#[test]
fn undoing_overwrites_what_others_changed_only_when_told_to() {
    let host = TestHost::new();
    let id = host.define("guest");
    edited(&host, id, &request(vec![set("title", "ours")]));
    let other = secure(&host, id).replace(">ours<", ">theirs<");
    host.connection.define_domain_xml(&other).unwrap();
    let undo = |overwrite| host.run(|ctx| undo_edit(ctx, id, overwrite));
    assert!(matches!(undo(Overwrite::Refuse), Err(Error::ChangedMeanwhile { .. })));
    assert!(secure(&host, id).contains("theirs"));
    assert!(matches!(undo(Overwrite::Allow), Ok(Outcome::Edited(_))));
    assert!(!secure(&host, id).contains("theirs"));
}

#[test]
fn nothing_of_a_definition_that_libvirt_refuses_stays_in_the_history() {
    let host = TestHost::new();
    let id = host.define("guest");
    let odd = opened(&host, id)
        .inactive
        .replace("<devices>", "<devices><flux-capacitor/>");
    let result = host.run(|ctx| edit(ctx, id, &request(vec![Change::ReplaceXml(odd)])));
    assert!(
        matches!(result, Err(Error::Libvirt { verb: Verb::Define, .. })),
        "{result:?}"
    );
    assert_eq!(host.run(|ctx| history(ctx, id)), Ok(Outcome::History(Vec::new())));
}

#[test]
fn what_no_setting_tells_is_told_as_a_change_of_the_text() {
    let host = TestHost::new();
    let id = host.define("guest");
    let foreign = "<metadata><x:note xmlns:x='urn:x'>kept</x:note></metadata>";
    let whole = opened(&host, id).inactive;
    let whole = whole.replace(
        "<memory unit='KiB'>65536",
        &format!("{foreign}<memory unit='KiB'>131072"),
    );
    let report = edited(&host, id, &request(vec![Change::ReplaceXml(whole)]));
    assert_eq!(fates(&report), [("memory", &Fate::Applied), ("xml", &Fate::Applied)]);
    assert!(secure(&host, id).contains(">kept<"));
}
