//! Room for what is plugged in while a machine runs, with real QEMUs: root ports, and memory.

use super::qemu_tests::World;
use super::tests::{fates, request, set};
use super::*;
use crate::real_machines;
use crate::xml::property::root_ports::{another, count};

impl World {
    fn restart(&self) {
        let domain = self.connection.lookup_domain_by_uuid(self.id.0).unwrap();
        if domain.is_active().unwrap() {
            domain.destroy().unwrap();
        }
        domain.create().unwrap();
    }

    fn free_ports(&self) -> usize {
        count(&Document::parse(&self.inactive()).unwrap()).unwrap().free
    }
}

fn added(xml: &str) -> Change {
    Change::AddDevice { xml: xml.to_owned() }
}

#[test]
fn with_more_root_ports_cards_are_plugged_in_that_were_refused_before() {
    if !real_machines::are_possible() {
        return;
    }
    let world = World::new();
    let before = world.free_ports();
    let mut working = Document::parse(&world.inactive()).unwrap();
    let ports: Vec<Change> = (0..4)
        .map(|_| {
            let port = added(&another(&working));
            port.make(&mut working).unwrap();
            port
        })
        .collect();
    let report = world.edit(&request(ports));
    assert!(report.waits_for_start(), "{report:#?}");
    assert_eq!(world.free_ports(), before + 4);
    world.restart();
    let card = || added("<interface type='user'><model type='virtio'/></interface>");
    let report = world.edit(&request((0..4).map(|_| card()).collect()));
    for (what, fate) in fates(&report) {
        assert_eq!(*fate, Fate::Applied, "{what}: {report:#?}");
    }
    assert_eq!(world.free_ports(), before);
    world.end();
}

#[test]
fn a_machine_that_gets_room_for_memory_takes_more_of_it_while_it_runs() {
    if !real_machines::are_possible() {
        return;
    }
    let world = World::off(
        "<domain type='qemu'><name>guest</name><memory unit='MiB'>64</memory><vcpu>2</vcpu>\
         <os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features><devices/></domain>",
    );
    let virtio = "<memory model='virtio-mem'><target><size unit='MiB'>256</size><node>0</node>\
        <block unit='MiB'>2</block><requested unit='KiB'>0</requested></target></memory>";
    let report = world.edit(&request(vec![
        set("memory.max", "1024MiB"),
        set("memory.slots", "16"),
        set("cpu.numa.0.cpus", "0-1"),
        set("cpu.numa.0.memory", "64MiB"),
        added(virtio),
    ]));
    for (what, fate) in fates(&report) {
        assert_eq!(*fate, Fate::Applied, "{what}: {report:#?}");
    }
    world.restart();
    let dimm = "<memory model='dimm'><target><size unit='MiB'>128</size><node>0</node></target></memory>";
    let report = world.edit(&request(vec![added(dimm)]));
    assert_eq!(fates(&report), [("memory", &Fate::Applied)], "{report:#?}");
    for xml in [world.live(), world.inactive()] {
        assert!(
            xml.contains("<memory model='virtio-mem'>") && xml.contains("<memory model='dimm'>"),
            "{xml}"
        );
    }
    world.end();
}
