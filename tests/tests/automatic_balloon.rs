//! A Linux guest lends what it does not use while the host is short of memory, and gets it back: seen by libvirt and in
//! the guest.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use berth_tests::{Guest, LINUX_PATIENCE, Need, SerialLine, TestBackend, TestSession, require};
use libvirt_backend::command::{MachineCommand, Outcome};
use libvirt_backend::model::{Machine, MachineId};
use libvirt_backend::property::change::Change;
use libvirt_backend::property::edit::{Apply, EditRequest, Fate};
use libvirt_backend::property::select::Setting;

const PATIENCE: Duration = Duration::from_mins(2);
const MIB: u64 = 1 << 20;

fn set_least(backend: &TestBackend<'_>, id: MachineId, least: Option<&str>) {
    let setting = Setting::parse("memory.least").unwrap();
    let value = least.map(|least| setting.property.input(least).unwrap());
    let request = EditRequest {
        opened_on: None,
        changes: vec![Change::Set { setting, value }],
        images: Vec::new(),
        apply: Apply::Both,
        is_dry_run: false,
    };
    let Outcome::Edited(report) = backend.run_on(id, MachineCommand::Edit(Box::new(request))) else {
        panic!("no report")
    };
    assert_eq!(report.changes[0].fate, Fate::Applied, "{report:?}");
}

fn given(machine: &Machine) -> u64 {
    let sample = machine.stats.latest.as_ref();
    sample.and_then(|sample| sample.memory_given_bytes).unwrap_or_default()
}

/// What the guest counts as its own, in MiB.
fn total_in_guest(line: &mut SerialLine) -> u64 {
    line.send("echo total-$(awk '/MemTotal/ { print int($2 / 1024) }' /proc/meminfo)-end\n");
    // What is typed is echoed: only the answer has a number in it.
    loop {
        line.expect("total-", PATIENCE);
        let rest = line.expect("-end", PATIENCE);
        if let Ok(number) = rest.trim_end_matches("-end").parse() {
            return number;
        }
    }
}

#[test]
fn a_guest_lends_what_it_does_not_use_down_to_what_its_owner_said_and_gets_it_back() {
    if !require(&[Need::Libvirt, Need::LinuxGuest]) {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::roomy_linux(&session, "box", 768);
    let mut line = guest.start(LINUX_PATIENCE);
    let before = total_in_guest(&mut line);

    // As if there were never enough.
    let backend = TestBackend::open_keeping(&session, 100);
    let id = backend.model().machines[0].id;
    set_least(&backend, id, Some("448MiB"));
    backend.wait_for_machine(id, "memory that was lent", PATIENCE, |machine| {
        (given(machine) < 465 * MIB).then_some(())
    });
    let after = total_in_guest(&mut line);
    assert!(after + 290 < before, "{before} MiB before, {after} MiB now");
    assert!(given(backend.model().machine(id).unwrap()) >= 448 * MIB);
    let xml = session.virsh(&["dumpxml", "--inactive", "box"]);
    assert!(xml.contains("<currentMemory unit='KiB'>786432<"), "{xml}");
    let waiting = backend.model().machine(id).unwrap().definition.num_waiting;
    assert_eq!(waiting, 0, "what is lent waits for nothing");
    drop(backend);

    // As if there were always enough.
    let backend = TestBackend::open_keeping(&session, 0);
    backend.wait_for_machine(id, "memory that came back", PATIENCE, |machine| {
        (given(machine) == 768 * MIB).then_some(())
    });
    drop(backend);

    // Nobody agreed to anything any more.
    let backend = TestBackend::open_keeping(&session, 100);
    set_least(&backend, id, None);
    for xml in [&["dumpxml", "box"][..], &["dumpxml", "--inactive", "box"]] {
        let xml = session.virsh(xml);
        assert!(!xml.contains("least-memory"), "{xml}");
    }
    drop(backend);
    session.virsh(&["destroy", "box"]);
}
