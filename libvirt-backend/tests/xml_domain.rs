//! What Berth reads from a domain's XML and what it changes there, on realistic files.

use std::path::{Path, PathBuf};

use libvirt_backend::model::{
    Acceleration, Definition, DiskBus, DiskDevice, DiskFormat, DiskSource, GraphicsKind, NicSource, SnapshotRefusal,
};
use libvirt_backend::xml::domain::{self, DomainFacts, definition_from_xml};
use libvirt_backend::xml::property::{self, Value};
use libvirt_backend::xml::redact::redact;
use libvirt_backend::xml::{Document, XmlErrorKind, snapshot};

const VIRT_INSTALL: &str = include_str!("xml/virt-install.xml");
const UEFI_QCOW2: &str = include_str!("xml/uefi-qcow2-nvram.xml");
const UEFI_RAW: &str = include_str!("xml/uefi-raw-nvram.xml");
const PASST: &str = include_str!("xml/passt.xml");
const QEMU: &str = include_str!("xml/qemu-commandline.xml");
const COMMENTS: &str = include_str!("xml/comments.xml");
const ENTITIES: &str = include_str!("xml/entities.xml");
const COMPACT: &str = include_str!("xml/compact.xml");
const DISKS: &str = include_str!("xml/disks.xml");
const CLIPBOARD: &str = include_str!("xml/clipboard.xml");

fn definition(xml: &str) -> Definition {
    definition_from_xml(xml, DomainFacts::default()).expect("a domain")
}

#[test]
fn a_common_machine_is_read_whole() {
    let facts = DomainFacts {
        is_persistent: true,
        has_managed_save: true,
        autostart: true,
        has_external_snapshots: false,
    };
    let read = definition_from_xml(VIRT_INSTALL, facts).unwrap();
    assert_eq!(read.name, "debian12");
    assert_eq!(read.title.as_deref(), Some("Build server"));
    assert_eq!(read.description.as_deref(), Some("Nightly builds & tests\nsecond line"));
    assert!(read.is_persistent && read.has_managed_save && read.autostart && read.is_complete);
    assert_eq!(read.acceleration, Acceleration::Kvm);
    assert_eq!(
        (read.architecture.as_str(), read.machine_type.as_str()),
        ("x86_64", "pc-q35-8.2")
    );
    assert_eq!(read.vcpus, 2);
    assert_eq!((read.memory_max_kib, read.memory_current_kib), (4_194_304, 2_097_152));
    assert_eq!(read.os_id.as_deref(), Some("http://debian.org/debian/12"));
    assert!(read.has_agent_channel);
    assert_eq!(read.nvram, None);
    assert_eq!(read.snapshot_refusal, None);
    assert_eq!(read.tags, Vec::<String>::new());

    let [disk, cdrom] = read.disks.as_slice() else {
        panic!("{:?}", read.disks)
    };
    assert_eq!(
        (disk.target.as_str(), disk.device, &disk.bus),
        ("vda", DiskDevice::Disk, &DiskBus::Virtio)
    );
    assert_eq!(
        disk.source,
        DiskSource::File("/var/lib/libvirt/images/debian12.qcow2".into())
    );
    assert_eq!(disk.format, DiskFormat::Qcow2);
    assert!(!disk.is_readonly && cdrom.is_readonly);
    assert_eq!((cdrom.device, &cdrom.source), (DiskDevice::Cdrom, &DiskSource::Empty));

    let [network, bridge] = read.nics.as_slice() else {
        panic!("{:?}", read.nics)
    };
    assert_eq!(network.source, NicSource::Network("default".to_owned()));
    assert_eq!(
        (network.mac.as_str(), network.model.as_deref()),
        ("52:54:00:aa:bb:01", Some("virtio"))
    );
    assert_eq!(bridge.source, NicSource::Bridge("br0".to_owned()));
    assert_eq!(bridge.host_device.as_deref(), Some("vnet7"));
    let pairs = domain::host_devices_from_xml(VIRT_INSTALL).unwrap();
    assert_eq!(pairs, [("52:54:00:aa:bb:02".to_owned(), "vnet7".to_owned())]);
    let uuid = domain::uuid_from_xml(VIRT_INSTALL).unwrap();
    assert_eq!(uuid.to_string(), "5b1f6f0e-6f6b-4b0e-9a56-0c7f9a3a9d11");
}

#[test]
fn displays_are_counted_in_their_order() {
    let kinds = |xml: &str| -> Vec<(u32, GraphicsKind)> {
        let read = definition(xml).graphics;
        read.into_iter()
            .map(|graphics| (graphics.index, graphics.kind))
            .collect()
    };
    assert_eq!(kinds(VIRT_INSTALL), [(0, GraphicsKind::Spice)]);
    assert_eq!(kinds(UEFI_QCOW2), [(0, GraphicsKind::Vnc), (1, GraphicsKind::DbusP2p)]);
    let other = |name: &str| GraphicsKind::Other(name.to_owned());
    assert_eq!(kinds(CLIPBOARD), [(0, other("egl-headless")), (1, other("dbus"))]);
}

#[test]
fn port_forwards_lead_to_the_guest() {
    let read = definition(PASST);
    let [passt, user, other] = read.nics.as_slice() else {
        panic!("{:?}", read.nics)
    };
    let forwards: Vec<(Option<&str>, u16, u16)> = passt
        .forwards
        .iter()
        .map(|forward| (forward.host_address.as_deref(), forward.host_port, forward.guest_port))
        .collect();
    let loopback = Some("127.0.0.1");
    assert_eq!(
        forwards,
        [
            (loopback, 2222, 22),
            (loopback, 8080, 80),
            (loopback, 8081, 81),
            (loopback, 8082, 82),
            (Some("[::1]"), 9000, 9000),
            (None, 65534, 65535),
        ]
    );
    assert_eq!((&passt.source, &user.source), (&NicSource::Passt, &NicSource::User));
    assert_eq!(other.source, NicSource::Other("vhostuser".to_owned()));
    assert_eq!(read.acceleration, Acceleration::Software);
    assert_eq!(read.memory_max_kib, 512 << 10);
}

#[test]
fn every_kind_of_disk_is_told_apart() {
    let read = definition(DISKS);
    let sources: Vec<&DiskSource> = read.disks.iter().map(|disk| &disk.source).collect();
    assert_eq!(
        sources,
        [
            &DiskSource::File("/srv/overlay.qcow2".into()),
            &DiskSource::Block("/dev/vg/lv".into()),
            &DiskSource::Volume {
                pool: "default".to_owned(),
                volume: "v.qcow2".to_owned()
            },
            &DiskSource::Other("network".to_owned()),
            &DiskSource::File("/iso/old.iso".into()),
            &DiskSource::Block("/dev/sr0".into()),
            &DiskSource::Empty,
        ]
    );
    assert!(read.disks[1].is_shareable);
    assert_eq!(read.disks[6].device, DiskDevice::Floppy);
    let odd = definition(ENTITIES);
    let path = DiskSource::File("/srv/tab\tnewline\nquote\"amp&.qcow2".into());
    assert_eq!((odd.name.as_str(), &odd.disks[0].source), ("a&b<c>d\"e'f", &path));
    let commented = definition(COMMENTS);
    assert_eq!(
        (commented.name.as_str(), commented.memory_max_kib),
        ("odd 🐮 café", 524_288)
    );
}

#[test]
fn a_machine_that_cannot_hold_internal_snapshots_says_why() {
    let refusal = |xml: &str| definition(xml).snapshot_refusal;
    assert_eq!(refusal(VIRT_INSTALL), None);
    assert_eq!(refusal(UEFI_QCOW2), None);
    assert_eq!(refusal(UEFI_RAW), Some(SnapshotRefusal::RawNvram));
    assert_eq!(refusal(COMPACT), Some(SnapshotRefusal::NoDisk));
    assert_eq!(refusal(CLIPBOARD), Some(SnapshotRefusal::ClipboardChannel));
    let raw = SnapshotRefusal::DiskNotQcow2 {
        target: "vda".to_owned(),
        format: "raw".to_owned(),
    };
    assert_eq!(refusal(PASST), Some(raw));
    // Overlays over a raw base, read-only disks and CD-ROMs do not stand in the way.
    assert_eq!(refusal(DISKS), None);
    // A read-only raw disk that becomes writable does.
    let writable = DISKS.replacen("<readonly/>", "", 1);
    assert!(matches!(refusal(&writable), Some(SnapshotRefusal::DiskNotQcow2 { target, .. }) if target == "vdd"));
    let facts = DomainFacts {
        has_external_snapshots: true,
        ..DomainFacts::default()
    };
    let external = definition_from_xml(VIRT_INSTALL, facts).unwrap().snapshot_refusal;
    assert_eq!(external, Some(SnapshotRefusal::HasExternalSnapshots));
}

#[test]
fn firmware_variables_are_found_in_both_spellings() {
    let qcow2 = "/home/u/.config/libvirt/qemu/nvram/win11_VARS.qcow2";
    assert_eq!(definition(UEFI_QCOW2).nvram, Some(PathBuf::from(qcow2)));
    let raw = "/var/lib/libvirt/qemu/nvram/fedora_VARS.fd";
    assert_eq!(definition(UEFI_RAW).nvram, Some(PathBuf::from(raw)));
    assert_eq!(definition(UEFI_RAW).memory_max_kib, 2 << 20);
}

#[test]
fn a_snapshot_names_every_disk_and_keeps_only_the_writable_ones() {
    let xml = snapshot::new_snapshot_xml(&definition(DISKS), "before", Some("a < b"), true).unwrap();
    let document = Document::parse(&xml).unwrap();
    let root = document.root();
    assert_eq!(document.text_at(root, "description").unwrap(), "a < b");
    assert_eq!(document.attr_at(root, "memory", "snapshot").unwrap(), "internal");
    let disks: Vec<String> = document
        .find_all(root, "disks/disk")
        .into_iter()
        .map(|disk| {
            format!(
                "{} {}",
                document.attr(disk, "name").unwrap(),
                document.attr(disk, "snapshot").unwrap()
            )
        })
        .collect();
    let kept = ["vda internal", "sdb internal", "vdc internal"];
    let left_out = ["vdd no", "hdc no", "sdd no", "fda no"];
    assert_eq!(disks, [&kept[..], &left_out[..]].concat());
    let off = snapshot::new_snapshot_xml(&definition(DISKS), "off", None, false).unwrap();
    assert!(off.contains("<memory snapshot='no'/>") && !off.contains("description"));
}

#[test]
fn a_medium_goes_in_and_out_of_the_drive_that_was_meant() {
    let iso = Path::new("/iso/it's <new> & big.iso");
    let with = |xml: &str, target: &str, medium: Option<&Path>| domain::drive_with_medium(xml, target, medium).unwrap();
    for (xml, target) in [(VIRT_INSTALL, "sda"), (DISKS, "hdc"), (DISKS, "sdd"), (DISKS, "fda")] {
        let drive = with(xml, target, Some(iso)).unwrap();
        let whole = format!("<domain><devices>{drive}</devices></domain>");
        assert_eq!(
            domain::medium_in_drive(&whole, target).unwrap().as_deref(),
            Some(iso),
            "{drive}"
        );
        assert!(!drive.contains("old.iso") && !drive.contains("sr0"), "{drive}");
        let empty = with(&whole, target, None).unwrap();
        assert!(!empty.contains("<source"), "{empty}");
    }
    assert!(with(DISKS, "hdc", None).unwrap().contains("<boot order='2'/>"));
    assert_eq!(
        domain::medium_in_drive(DISKS, "hdc").unwrap(),
        Some(PathBuf::from("/iso/old.iso"))
    );
    assert_eq!(domain::medium_in_drive(DISKS, "fda").unwrap(), None);
    // A disk is no drive, and nothing is what nobody has.
    assert_eq!(with(DISKS, "vda", Some(iso)), None);
    assert_eq!(with(DISKS, "nope", None), None);
}

#[test]
fn a_path_that_is_not_utf8_is_refused() {
    use std::os::unix::ffi::OsStrExt as _;
    let path = Path::new(std::ffi::OsStr::from_bytes(b"/iso/\xff.iso"));
    let error = domain::drive_with_medium(DISKS, "hdc", Some(path)).unwrap_err();
    assert!(matches!(error.kind, XmlErrorKind::PathNotUtf8(_)));
}

#[test]
fn tags_are_read() {
    assert_eq!(definition(CLIPBOARD).tags, ["db <1>", "web"]);
}

#[test]
fn a_property_is_changed_and_everything_else_stays() {
    let mut document = Document::parse(QEMU).unwrap();
    let root = document.root();
    let four_mib = Value::Bytes(4 << 20);
    for (property, value) in [
        (property::NAME, Some(Value::Text("copy <2>".to_owned()))),
        (property::MEMORY, Some(four_mib.clone())),
        (property::CURRENT_MEMORY, Some(four_mib)),
        (property::VCPU_CURRENT, None),
        (property::VCPU, Some(Value::Integer(3))),
    ] {
        property.write(&mut document, root, value.as_ref()).unwrap();
    }
    let expected = QEMU
        .replace("passthrough", "copy &lt;2&gt;")
        .replace(
            "<memory unit='bytes'>1073741825</memory>",
            "<memory unit='bytes'>4194304</memory>\n  <currentMemory unit='KiB'>4096</currentMemory>",
        )
        .replace("<vcpu>1", "<vcpu>3");
    assert_eq!(document.to_string(), expected);
    assert_eq!(
        definition(QEMU).memory_max_kib,
        (1 << 20) + 1,
        "rounded up as libvirt does"
    );
}

#[test]
fn serial_logs_are_found_once() {
    let logs = definition(CLIPBOARD).serial_logs;
    assert_eq!(logs, [PathBuf::from("/srv/logs/c.log")]);
}

#[test]
fn what_is_copied_for_a_bug_report_holds_no_secret() {
    let shown = format!("{}{}", redact(QEMU), redact(VIRT_INSTALL));
    for secret in ["hunter2", "hunter3", "open sesame"] {
        assert!(!shown.contains(secret), "{secret}");
    }
    assert!(shown.contains("<q:arg value='-object'/>") && shown.contains("autoport='yes'"));
}

#[test]
fn another_object_or_half_a_domain_is_an_error() {
    let kind = |xml: &str| definition_from_xml(xml, DomainFacts::default()).unwrap_err().kind;
    assert!(matches!(
        kind("<network/>"),
        XmlErrorKind::WrongRoot { expected: "domain", .. }
    ));
    assert!(
        matches!(kind("<domain><memory>1</memory></domain>"), XmlErrorKind::Missing { path } if path == "domain/name")
    );
    let wrong = kind("<domain><name>a</name><memory unit='parsec'>1</memory></domain>");
    assert!(matches!(wrong, XmlErrorKind::InvalidValue { .. }));
    let overflow = kind("<domain><name>a</name><memory unit='EiB'>99</memory></domain>");
    assert!(matches!(overflow, XmlErrorKind::InvalidValue { .. }));
    let negative = kind("<domain><name>a</name><memory>-1</memory></domain>");
    assert!(matches!(negative, XmlErrorKind::InvalidValue { .. }));
}
