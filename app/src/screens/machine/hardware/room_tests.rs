//! Room for what is plugged in while the machine runs: root ports, and memory.

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use libvirt_backend::property::change::{Change, preview};
use libvirt_backend::property::edit::{DefinitionXml, Fate, Fingerprint};
use libvirt_backend::xml::Document;

use super::review::fate;
use super::tests::{choose, page, type_into};
use crate::command::{Command, MachineCommand};
use crate::screens::fixtures;
use crate::screens::test_window::{TestWindow, key};
use crate::state::Answer;

fn with(old: &str, new: &str) -> Harness<'static, TestWindow> {
    let mut harness = page();
    let inactive = fixtures::hardware().inactive.replacen(old, new, 1);
    let definition = DefinitionXml {
        fingerprint: Fingerprint::of(&inactive),
        inactive,
        live: None,
    };
    let answers = &mut harness.state_mut().answers;
    answers.definitions.insert(key(1), Answer::Ready(definition.into()));
    harness.run();
    harness
}

fn press(harness: &mut Harness<'_, TestWindow>, button: &str) {
    harness.get_by_role_and_label(Role::Button, button).click();
    harness.run();
}

/// What was sent, made in the machine's XML.
fn applied(harness: &mut Harness<'_, TestWindow>, xml: &str) -> String {
    press(harness, "Apply");
    let changes: Vec<Change> = harness
        .state()
        .sent
        .iter()
        .find_map(|command| match command {
            Command::Machine(MachineCommand::Edit { request, .. }) => Some(request.changes.clone()),
            _ => None,
        })
        .expect("an edit");
    preview(xml, &changes).expect("a change that can be made").xml
}

const ROOT: &str = "<controller type='pci' index='0' model='pcie-root'/>";
const PORTS: &str = "<controller type='pci' index='0' model='pcie-root'/>\
    <controller type='pci' index='1' model='pcie-root-port'/><controller type='pci' index='2' model='pcie-root-port'/>\
    <video><model type='virtio'/><address type='pci' bus='0x01' slot='0x00'/></video>";

#[test]
fn free_root_ports_are_counted_and_more_are_one_press_away() {
    let mut harness = with(ROOT, PORTS);
    let controllers = harness.query_all_by_role_and_label(Role::Button, "Controller");
    let board = controllers.into_iter().find(|node| {
        let note = node.accesskit_node().description();
        note.is_some_and(|words| words.contains("1 of 2 PCIe root ports free"))
    });
    match board {
        Some(board) => board.click_accesskit(),
        None => panic!("no board"),
    }
    harness.run();
    press(&mut harness, "Add 4 more");
    press(&mut harness, "Review changes");
    let xml = fixtures::hardware().inactive.replacen(ROOT, PORTS, 1);
    let after = applied(&mut harness, &xml);
    for index in 3..=6 {
        assert!(
            after.contains(&format!("type='pci' index='{index}' model='pcie-root-port'")),
            "{after}"
        );
    }
    assert_eq!(after.matches("pcie-root-port").count(), 6, "{after}");
}

#[test]
fn a_card_that_found_no_port_says_what_helps() {
    let refusal = Some("internal error: No more available PCI slots".to_owned());
    let (_, _, words) = fate(&Fate::AtNextStart { refusal });
    assert!(
        words.contains("No more available PCI slots. All PCIe root ports are taken."),
        "{words}"
    );
    assert!(words.contains("add ports on the form of a PCI controller"), "{words}");
    let (_, _, other) = fate(&Fate::AtNextStart {
        refusal: Some("another reason".to_owned()),
    });
    assert!(
        other.contains("another reason") && !other.contains("root ports"),
        "{other}"
    );
}

#[test]
fn virtio_memory_comes_with_its_room_and_its_node_and_the_review_says_so() {
    let mut harness = with("", "");
    choose(&mut harness, "Memory");
    press(&mut harness, "Add virtio memory");
    choose(&mut harness, "Memory");
    harness.get_by_label("virtio-mem · 0 B of 1 GiB");
    press(&mut harness, "Review changes");
    for words in [
        "The machine gets room for memory to be added, up to 5120MiB.",
        "Its memory and processors become node 0 of the guest, to which the new memory belongs.",
    ] {
        harness.get_by_label(words);
    }
    harness.get_by_label_contains("it all comes with the next start");
    let after = applied(&mut harness, &fixtures::hardware().inactive);
    let domain = Document::parse(&after).expect("well-formed");
    let told = |path: &str, attribute: &str| {
        let value = domain.attr_at(domain.root(), path, attribute);
        value.unwrap_or_default().into_owned()
    };
    assert_eq!(told("maxMemory", "slots"), "16");
    assert_eq!(domain.text_at(domain.root(), "maxMemory").as_deref(), Some("5242880"));
    assert_eq!(told("cpu/numa/cell", "cpus"), "0-3");
    assert_eq!(told("devices/memory", "model"), "virtio-mem");
}

#[test]
fn a_machine_with_room_gets_a_dimm_at_once_and_nothing_else_changes() {
    let room = "<maxMemory slots='16' unit='KiB'>16777216</maxMemory>\n  <memory unit='KiB'>4194304</memory>";
    let node = "<cpu mode='host-model'><numa><cell id='0' cpus='0-3' memory='4' unit='GiB'/></numa>";
    let mut harness = page();
    let inactive = fixtures::hardware()
        .inactive
        .replacen("<memory unit='KiB'>4194304</memory>", room, 1)
        .replacen("<cpu mode='host-model'>", node, 1);
    let definition = DefinitionXml {
        fingerprint: Fingerprint::of(&inactive),
        inactive: inactive.clone(),
        live: None,
    };
    let answers = &mut harness.state_mut().answers;
    answers.definitions.insert(key(1), Answer::Ready(definition.into()));
    harness.run();
    choose(&mut harness, "Memory");
    press(&mut harness, "Add a DIMM");
    choose(&mut harness, "Memory");
    harness.get_by_label("A machine that runs gets it at once.");
    harness
        .get_by_role_and_label(Role::Link, "Change: Memory that can be added")
        .click();
    harness.run();
    type_into(&mut harness, "Size", "2GiB");
    press(&mut harness, "Review changes");
    let after = applied(&mut harness, &inactive);
    assert_eq!(
        after.matches("<maxMemory slots='16' unit='KiB'>16777216<").count(),
        1,
        "{after}"
    );
    assert!(
        after.contains("<memory model='dimm'>") && after.contains("<size unit='MiB'>2048<"),
        "{after}"
    );
}
