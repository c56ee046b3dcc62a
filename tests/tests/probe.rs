//! What this computer can do is proved by guests, remembered, and proved again when asked.

mod rig;

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use berth_tests::{Need, require};
use libvirt_backend::error::InputProblem;
use libvirt_backend::model::{AccelChoice, AccelProof, Acceleration, NewMachine, Proof};
use libvirt_backend::{Command, Error, Outcome, Query};
use rig::{Rig, small};

#[test]
fn proofs_are_made_once_remembered_and_made_again_on_request() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let first = rig.profile();
    assert!(first.is_session && first.host_cpus > 0 && first.qemu_version > 0);
    assert_ne!(first.kvm, AccelProof::NotTried);
    if std::path::Path::new("/sys/module/kvm_pvm").exists() {
        // It is there, opens and answers, and crawls: only a guest that counts can tell.
        assert!(
            matches!(
                first.kvm,
                AccelProof::TooSlow { waited_millis: 12_000 } | AccelProof::NotPermitted
            ),
            "{:?}",
            first.kvm
        );
    }
    assert_ne!(first.dbus_display, Proof::NotTried);
    assert_ne!(first.passt, Proof::NotTried);
    assert!(rig.names().is_empty(), "a probe was left behind");

    let file = rig.folder.path().join("state/host-proofs.json");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let begun = Instant::now();
    assert_eq!(rig.profile(), first);
    assert!(begun.elapsed() < Duration::from_secs(1), "it was proved again");

    // What was proved under another kernel proves nothing here.
    let known = std::fs::read_to_string(&file).unwrap();
    let stale = known
        .replace("\"kernel\": \"", "\"kernel\": \"older-")
        .replace("\"Works\"", "{ \"Failed\": \"old\" }");
    std::fs::write(&file, stale).unwrap();
    assert_eq!(rig.profile().dbus_display, first.dbus_display);

    // Nor what was proved before its user joined another group.
    let stale = known
        .replace("\"groups\": [", "\"groups\": [ 4000000,")
        .replace("\"Works\"", "{ \"Failed\": \"old\" }");
    assert!(stale.contains("4000000"), "{known}");
    std::fs::write(&file, stale).unwrap();
    // A machine without a network and under software emulation needs the display's proof alone.
    rig.create(small("plain")).unwrap();
    let anew = std::fs::read_to_string(&file).unwrap();
    assert!(!anew.contains("\"old\"") && !anew.contains("4000000"), "{anew}");

    // The same kernel, with a wrong memory: only the request clears it.
    let wrong = known.replace("\"Works\"", "{ \"Failed\": \"wrong\" }");
    std::fs::write(&file, &wrong).unwrap();
    let Ok(Outcome::HostProfile(again)) = rig.run(Command::TestHostAgain) else {
        panic!("no profile")
    };
    assert_eq!(again.dbus_display, first.dbus_display);
    assert_eq!(again.passt, first.passt);
}

#[test]
fn kvm_is_used_only_where_it_is_proved_and_software_never_passes_for_it() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let is_proved = rig.profile().kvm.works();
    let with = |name: &str, accel| NewMachine { accel, ..small(name) };
    let id = rig.create(with("auto", AccelChoice::Auto)).unwrap();
    let expected = if is_proved {
        Acceleration::Kvm
    } else {
        Acceleration::Software
    };
    assert_eq!(rig.machine(id).definition.acceleration, expected);
    let wanted = rig.create(with("kvm", AccelChoice::Kvm));
    if is_proved {
        assert_eq!(rig.machine(wanted.unwrap()).definition.acceleration, Acceleration::Kvm);
    } else {
        assert_eq!(wanted, Err(Error::InvalidInput(InputProblem::KvmUnavailable)));
    }
}

#[test]
fn the_screen_and_the_xml_of_a_running_guest_can_be_looked_at() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let rig = Rig::new();
    let (id, _serial) = rig.running_guest("guest");
    let Ok(Outcome::Screenshot(picture)) = rig.run(Command::Query(Query::Screenshot(id))) else {
        panic!("no picture")
    };
    assert!(picture.width >= 320 && picture.height >= 200);
    assert_eq!(
        picture.rgba.len() as u64,
        u64::from(picture.width) * u64::from(picture.height) * 4
    );
    let background = &picture.rgba[..4];
    assert!(
        picture.rgba.chunks_exact(4).any(|pixel| pixel != background),
        "a blank screen"
    );
    let Ok(Outcome::Text(xml)) = rig.run(Command::Query(Query::DomainXml(id))) else {
        panic!("no XML")
    };
    assert!(xml.contains("<name>guest</name>"));
}
