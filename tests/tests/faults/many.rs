//! A daemon with a thousand machines is listed at once and read soon.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::common::Fault;
use berth_tests::{Need, TestSession, require};
use libvirt_backend::model::Freshness;

const MACHINES: usize = 1_000;

/// Reading a thousand machines takes a fraction of a second where nothing else is going on.
const LIST_LIMIT: Duration = Duration::from_secs(2);

fn define_machines(session: &TestSession) {
    let folder = session.folder().join("many");
    std::fs::create_dir(&folder).unwrap();
    let mut commands = String::new();
    for number in 0..MACHINES {
        let file = folder.join(format!("{number}.xml"));
        let xml = format!(
            "<domain type='qemu'><name>machine-{number:04}</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>\
             <os><type arch='x86_64' machine='q35'>hvm</type></os><devices><disk type='file' device='disk'>\
             <driver name='qemu' type='qcow2'/><source file='/nowhere/{number}.qcow2'/>\
             <target dev='vda' bus='virtio'/></disk><interface type='user'/></devices></domain>"
        );
        std::fs::write(&file, xml).unwrap();
        writeln!(commands, "define {}", file.display()).unwrap();
    }
    let script = folder.join("commands");
    std::fs::write(&script, commands.replace('\n', ";")).unwrap();
    let status = std::process::Command::new("sh")
        .arg("-c")
        .arg(format!(
            "tr ';' '\\n' <'{}' | virsh -q -c '{}' >'{}'",
            script.display(),
            session.uri(),
            folder.join("log").display()
        ))
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn a_thousand_machines_are_listed_at_once_and_read_soon() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    define_machines(&session);
    let started = Instant::now();
    let fault = Fault::connect(&session);
    let listed = fault.until("the list", |model| model.freshness == Freshness::Live);
    let until_listed = started.elapsed();
    assert_eq!(listed.machines.len(), MACHINES);
    let whole = fault.until("the whole list", |model| {
        model.machines.iter().all(|machine| machine.definition.is_complete)
    });
    let until_whole = started.elapsed();
    println!(
        "listed in {until_listed:?}, read in {until_whole:?}, in {} pictures",
        whole.generation
    );
    assert!(until_listed < LIST_LIMIT, "{until_listed:?}");
}
