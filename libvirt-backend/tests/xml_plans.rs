//! The plan of a new machine: what it is made of on which host, and that libvirt's own schema accepts all of it.

use std::path::PathBuf;
use std::process::Command;

use libvirt_backend::Error;
use libvirt_backend::defaults::{DiskPlan, Plan, PlanInputs, PlanNote, check, plan};
use libvirt_backend::error::{InputProblem, NameProblem};
use libvirt_backend::model::{
    AccelChoice, AccelProof, Acceleration, Definition, DiskDevice, DiskSource, DomainCaps, GraphicsKind, HostProfile,
    NetworkChoice, NewMachine, NewStorage, NicSource, Os, Proof,
};
use libvirt_backend::xml::Document;
use libvirt_backend::xml::domain::{DomainFacts, definition_from_xml};
use libvirt_backend::xml::metadata::metadata_from_domain_xml;

/// A host on which everything was proved.
fn able_host() -> HostProfile {
    HostProfile {
        uri: "qemu:///session".to_owned(),
        is_session: true,
        architecture: "x86_64".to_owned(),
        libvirt_version: 11_003_000,
        qemu_version: 10_000_002,
        host_cpus: 8,
        host_memory_bytes: 16 << 30,
        caps: DomainCaps {
            machine_type: Some("pc-q35-10.0".to_owned()),
            emulator: Some("/usr/bin/qemu-system-x86_64".to_owned()),
            offers_kvm: true,
            graphics_types: vec!["vnc".to_owned(), "dbus".to_owned()],
            max_vcpus: Some(288),
            has_virtio_rng: true,
            video_models: vec!["vga".to_owned(), "virtio".to_owned()],
            nic_backends: vec!["default".to_owned(), "passt".to_owned()],
        },
        kvm: AccelProof::Works { millis: 12 },
        dbus_display: Proof::Works,
        passt: Proof::Works,
        log_folder: Some(PathBuf::from("/home/u/logs & more")),
    }
}

/// A host on which nothing is known.
fn bare_host() -> HostProfile {
    HostProfile {
        caps: DomainCaps::default(),
        kvm: AccelProof::TooSlow { waited_millis: 10_000 },
        dbus_display: Proof::NotTried,
        passt: Proof::Failed("no passt".to_owned()),
        log_folder: None,
        qemu_version: 5_000_000,
        ..able_host()
    }
}

fn machine() -> NewMachine {
    NewMachine {
        name: "it's <new> & \"odd\"".to_owned(),
        memory_kib: 1 << 20,
        vcpus: 2,
        storage: NewStorage::Create {
            capacity_bytes: 20 << 30,
            pool: None,
        },
        cdrom: Some(PathBuf::from("/iso/a 'b' & <c>.iso")),
        network: NetworkChoice::Auto,
        accel: AccelChoice::Auto,
        os: Os::Linux,
        tags: vec!["web".to_owned(), "a & b".to_owned()],
        start: true,
    }
}

fn disk(is_made: bool) -> PlanInputs {
    PlanInputs {
        disk: Some(DiskPlan {
            path: PathBuf::from("/home/u/images/d & e.qcow2"),
            format: "qcow2".to_owned(),
            is_made,
        }),
    }
}

fn planned(profile: &HostProfile, new: &NewMachine) -> (Plan, Definition) {
    let plan = plan(profile, new, &disk(true)).expect("a plan");
    let definition = definition_from_xml(&plan.xml, DomainFacts::default()).expect("a domain");
    (plan, definition)
}

/// Attribute of the first element at `path`.
fn attr(xml: &str, path: &str, name: &str) -> Option<String> {
    let domain = Document::parse(xml).expect("well-formed");
    domain
        .attr_at(domain.root(), path, name)
        .map(|value| value.into_owned())
}

fn count(xml: &str, path: &str, name: &str, value: &str) -> usize {
    let domain = Document::parse(xml).expect("well-formed");
    let is_wanted = |&node: &_| domain.attr(node, name).is_some_and(|given| given == value);
    domain
        .find_all(domain.root(), path)
        .iter()
        .filter(|node| is_wanted(node))
        .count()
}

#[test]
fn an_able_host_gives_everything() {
    let (plan, read) = planned(&able_host(), &machine());
    assert_eq!(
        (&plan.acceleration, &read.acceleration),
        (&Acceleration::Kvm, &Acceleration::Kvm)
    );
    assert_eq!(plan.network, Some(NicSource::Passt));
    assert_eq!(plan.notes, []);
    assert_eq!(read.name, machine().name);
    assert_eq!(read.tags, ["a & b", "web"]);
    assert_eq!(
        (read.vcpus, read.memory_max_kib, read.memory_current_kib),
        (2, 1 << 20, 1 << 20)
    );
    assert_eq!(
        (read.architecture.as_str(), read.machine_type.as_str()),
        ("x86_64", "pc-q35-10.0")
    );
    assert!(read.has_agent_channel);
    assert_eq!(read.snapshot_refusal, None);
    let kinds: Vec<GraphicsKind> = read.graphics.into_iter().map(|graphics| graphics.kind).collect();
    assert_eq!(kinds, [GraphicsKind::Vnc, GraphicsKind::DbusP2p]);
    assert_eq!(read.nics[0].source, NicSource::Passt);
    assert_eq!(
        attr(&plan.xml, "devices/interface/ip", "address").as_deref(),
        Some("10.0.2.15")
    );
    let log = PathBuf::from("/home/u/logs & more/it's <new> & \"odd\"-serial.log");
    assert_eq!(plan.serial_log.as_ref(), Some(&log));
    assert_eq!(
        definition_from_xml(&plan.xml, DomainFacts::default())
            .unwrap()
            .serial_logs,
        [log]
    );
    assert_eq!(attr(&plan.xml, "cpu", "mode").as_deref(), Some("host-passthrough"));
    assert_eq!(
        attr(&plan.xml, "devices/disk/driver", "error_policy").as_deref(),
        Some("enospace")
    );
    assert_eq!(
        attr(&plan.xml, "devices/memballoon/stats", "period").as_deref(),
        Some("2")
    );
    assert_eq!(
        attr(&plan.xml, "devices/memballoon", "freePageReporting").as_deref(),
        Some("on")
    );
    assert_eq!(attr(&plan.xml, "devices/rng", "model").as_deref(), Some("virtio"));
    assert_eq!(
        attr(&plan.xml, "devices/video/model", "type").as_deref(),
        Some("virtio")
    );
}

#[test]
fn a_bare_host_still_gets_a_machine_and_is_told_what_is_less() {
    let (plan, read) = planned(&bare_host(), &machine());
    assert_eq!(
        (&plan.acceleration, &read.acceleration),
        (&Acceleration::Software, &Acceleration::Software)
    );
    assert_eq!(read.nics[0].source, NicSource::User);
    assert_eq!(
        plan.notes,
        [
            PlanNote::SoftwareEmulation,
            PlanNote::UserNetworking,
            PlanNote::NoDbusDisplay,
            PlanNote::NoSerialLog
        ]
    );
    assert_eq!(read.graphics.len(), 1);
    assert_eq!(
        definition_from_xml(&plan.xml, DomainFacts::default())
            .unwrap()
            .serial_logs,
        Vec::<PathBuf>::new()
    );
    assert_eq!(attr(&plan.xml, "cpu", "mode").as_deref(), Some("maximum"));
    assert_eq!(attr(&plan.xml, "devices/memballoon", "freePageReporting"), None);
    assert_eq!(read.machine_type, "q35");
}

#[test]
fn nothing_listens_on_the_network() {
    for is_session in [true, false] {
        let host = HostProfile {
            is_session,
            ..able_host()
        };
        let (plan, _) = planned(&host, &machine());
        let listen = attr(&plan.xml, "devices/graphics/listen", "type");
        assert_eq!(listen.as_deref(), Some(if is_session { "socket" } else { "none" }));
        assert!(!plan.xml.contains("port='59") && !plan.xml.contains("0.0.0.0"));
    }
}

#[test]
fn an_empty_disk_falls_through_to_the_installer() {
    let (plan, read) = planned(&able_host(), &machine());
    let domain = Document::parse(&plan.xml).unwrap();
    let orders: Vec<_> = domain.find_all(domain.root(), "devices/disk/boot");
    let orders: Vec<String> = orders
        .into_iter()
        .map(|boot| domain.attr(boot, "order").unwrap().into_owned())
        .collect();
    assert_eq!(orders, ["1", "2"]);
    assert_eq!(
        (read.disks[0].device, read.disks[1].device),
        (DiskDevice::Disk, DiskDevice::Cdrom)
    );
    assert_eq!(read.disks[1].source, DiskSource::File("/iso/a 'b' & <c>.iso".into()));
    let without = NewMachine {
        cdrom: None,
        ..machine()
    };
    let (_, read) = planned(&able_host(), &without);
    assert_eq!(
        read.disks[1].source,
        DiskSource::Empty,
        "a drive to put a disc into later"
    );
    assert!(read.has_removable_drive());
}

#[test]
fn only_a_disk_that_was_made_for_the_machine_is_written_down_as_such() {
    let made = plan(&able_host(), &machine(), &disk(true)).unwrap();
    let imported = plan(&able_host(), &machine(), &disk(false)).unwrap();
    let files = |plan: &Plan| metadata_from_domain_xml(&plan.xml).unwrap().made_files;
    assert_eq!(files(&made), [PathBuf::from("/home/u/images/d & e.qcow2")]);
    assert_eq!(files(&imported), Vec::<PathBuf>::new());
}

#[test]
fn fourteen_ports_are_left_for_later() {
    for (profile, inputs) in [
        (able_host(), disk(true)),
        (bare_host(), disk(true)),
        (able_host(), PlanInputs::default()),
    ] {
        let xml = plan(&profile, &machine(), &inputs).unwrap().xml;
        let ports = count(&xml, "devices/controller", "model", "pcie-root-port");
        let on_ports = count(&xml, "devices/controller", "type", "usb")
            + count(&xml, "devices/disk/target", "bus", "virtio")
            + count(&xml, "devices/interface/model", "type", "virtio")
            + count(&xml, "devices/memballoon", "model", "virtio")
            + count(&xml, "devices/rng", "model", "virtio")
            // All channels share one controller.
            + count(&xml, "devices/channel/target", "type", "virtio");
        assert_eq!(ports - on_ports, 14);
    }
}

#[test]
fn what_was_asked_for_is_taken_and_never_replaced_in_silence() {
    let with = |network: NetworkChoice, accel: AccelChoice| NewMachine {
        network,
        accel,
        ..machine()
    };
    let (plan_user, read) = planned(&able_host(), &with(NetworkChoice::User, AccelChoice::Tcg));
    assert_eq!(read.nics[0].source, NicSource::User);
    assert_eq!(
        (plan_user.acceleration, plan_user.notes),
        (Acceleration::Software, Vec::new())
    );
    let (plan_none, read) = planned(&able_host(), &with(NetworkChoice::None, AccelChoice::Auto));
    assert_eq!((plan_none.network, read.nics.len()), (None, 0));
    let lab = NetworkChoice::Network("lab <1>".to_owned());
    let (_, read) = planned(&able_host(), &with(lab, AccelChoice::Kvm));
    assert_eq!(read.nics[0].source, NicSource::Network("lab <1>".to_owned()));
    let refused = |network, accel| plan(&bare_host(), &with(network, accel), &disk(true)).unwrap_err();
    assert_eq!(
        refused(NetworkChoice::Auto, AccelChoice::Kvm),
        Error::InvalidInput(InputProblem::KvmUnavailable)
    );
    assert_eq!(
        refused(NetworkChoice::Passt, AccelChoice::Auto),
        Error::InvalidInput(InputProblem::PasstUnavailable)
    );
}

#[test]
fn numbers_that_make_no_machine_are_refused() {
    let problems = |change: fn(&mut NewMachine)| {
        let mut new = machine();
        change(&mut new);
        let found = check(&able_host(), &new);
        let refused = plan(&able_host(), &new, &disk(true)).err();
        assert_eq!(refused, found.first().map(|&problem| Error::InvalidInput(problem)));
        found
    };
    assert_eq!(problems(|_| {}), []);
    assert_eq!(problems(|new| new.memory_kib = 16 << 10), []);
    let too_small = InputProblem::MemoryTooSmall { min_kib: 16 << 10 };
    assert_eq!(problems(|new| new.memory_kib = (16 << 10) - 1), [too_small]);
    assert_eq!(problems(|new| new.memory_kib = 0), [too_small]);
    let above = InputProblem::MemoryAboveHost { host_bytes: 16 << 30 };
    assert_eq!(problems(|new| new.memory_kib = 16 << 20), []);
    assert_eq!(problems(|new| new.memory_kib = (16 << 20) + 1), [above]);
    assert_eq!(problems(|new| new.memory_kib = u64::MAX), [above]);
    assert_eq!(problems(|new| new.vcpus = 0), [InputProblem::NoVcpus]);
    assert_eq!(
        problems(|new| new.vcpus = 289),
        [InputProblem::TooManyVcpus { max: 288 }]
    );
    assert_eq!(
        problems(|new| new.tags = vec!["a,b".to_owned()]),
        [InputProblem::InvalidTag]
    );
    let capacity = |capacity_bytes| {
        let new = NewMachine {
            storage: NewStorage::Create {
                capacity_bytes,
                pool: None,
            },
            ..machine()
        };
        check(&able_host(), &new)
    };
    let small = InputProblem::DiskTooSmall { min_bytes: 1 << 20 };
    assert_eq!(
        (capacity(0), capacity((1 << 20) - 1), capacity(1 << 20)),
        (vec![small], vec![small], vec![])
    );
    let large = InputProblem::DiskTooLarge { max_bytes: 1 << 51 };
    assert_eq!(
        (capacity(1 << 51), capacity((1 << 51) + 1), capacity(u64::MAX)),
        (vec![], vec![large], vec![large])
    );
}

#[test]
fn a_bad_name_is_refused_with_its_reason() {
    let with_name = |name: &str| {
        let new = NewMachine {
            name: name.to_owned(),
            ..machine()
        };
        plan(&able_host(), &new, &disk(true)).unwrap_err()
    };
    assert_eq!(with_name("a\0b"), Error::InvalidName(NameProblem::ControlCharacter));
    assert_eq!(with_name("../../etc"), Error::InvalidName(NameProblem::PathLike));
    let long = "x".repeat(300);
    assert!(matches!(
        with_name(&long),
        Error::InvalidName(NameProblem::TooLong { .. })
    ));
}

/// Every combination that changes the XML.
fn all_plans() -> Vec<String> {
    let networks = [
        NetworkChoice::Auto,
        NetworkChoice::User,
        NetworkChoice::None,
        NetworkChoice::Network("default".to_owned()),
    ];
    let mut plans = Vec::new();
    for host in [able_host(), bare_host()] {
        for is_session in [true, false] {
            for network in &networks {
                for inputs in [disk(true), disk(false), PlanInputs::default()] {
                    let profile = HostProfile {
                        is_session,
                        ..host.clone()
                    };
                    let new = NewMachine {
                        network: network.clone(),
                        ..machine()
                    };
                    plans.push(plan(&profile, &new, &inputs).expect("a plan").xml);
                }
            }
        }
    }
    let arm = HostProfile {
        architecture: "aarch64".to_owned(),
        ..able_host()
    };
    plans.push(plan(&arm, &machine(), &disk(true)).expect("a plan").xml);
    plans
}

#[test]
fn libvirts_schema_accepts_every_plan() {
    let is_missing = Command::new("virt-xml-validate").arg("--help").output().is_err()
        || Command::new("xmllint").arg("--version").output().is_err();
    if is_missing {
        assert!(
            std::env::var_os("CI").is_none(),
            "virt-xml-validate or xmllint is missing"
        );
        println!("skipped: no virt-xml-validate or xmllint");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (index, xml) in all_plans().into_iter().enumerate() {
        let file = folder.path().join(format!("{index}.xml"));
        std::fs::write(&file, &xml).unwrap();
        let judged = Command::new("virt-xml-validate")
            .arg(&file)
            .arg("domain")
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&judged.stderr);
        assert!(judged.status.success(), "{words}\n{xml}");
    }
}
