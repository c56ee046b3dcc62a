//! Port forwards and the other lists of a network card, as a person uses them.

use std::sync::Arc;

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use libvirt_backend::model::{HostChoices, HostPorts, Protocol};
use libvirt_backend::property::change::preview;
use libvirt_backend::property::edit::DefinitionXml;

use super::tests::{page, type_into, value};
use crate::command::{Command, MachineCommand};
use crate::screens::fixtures;
use crate::screens::test_window::{TestWindow, key};
use crate::state::Answer;

const CARD: &str = "    <interface type='user'>";

/// The page of a machine whose first network card is this one.
fn page_with(card: &str, host: HostChoices) -> Harness<'static, TestWindow> {
    let mut harness = page();
    let DefinitionXml { inactive, .. } = fixtures::hardware();
    let (before, rest) = inactive.split_once(CARD).expect("a card");
    let (_, after) = rest.split_once("</interface>\n").expect("its end");
    let definition = DefinitionXml {
        inactive: format!("{before}{card}{after}"),
        ..fixtures::hardware()
    };
    let answers = &mut harness.state_mut().answers;
    answers.definitions.insert(key(1), Answer::Ready(definition.into()));
    answers.choices.insert(key(1), Answer::Ready(Arc::new(host)));
    harness.run();
    first_card(&mut harness);
    harness
}

fn first_card(harness: &mut Harness<'_, TestWindow>) {
    let cards: Vec<_> = harness
        .query_all_by_role_and_label(Role::Button, "Network card")
        .collect();
    cards[0].click();
    harness.run();
}

fn host() -> HostChoices {
    HostChoices {
        ports: Some(HostPorts {
            used: [(Protocol::Tcp, 2223), (Protocol::Udp, 2224)].into(),
            first_free_for_all: 1024,
        }),
        is_session: true,
        ..fixtures::host_choices()
    }
}

fn press(harness: &mut Harness<'_, TestWindow>, button: &str) {
    harness.get_by_role_and_label(Role::Button, button).click();
    harness.run();
}

const TWO: &str = "    <interface type='user'>
      <backend type='passt'/>
      <mac address='52:54:00:00:00:07'/>
      <portForward proto='tcp' address='127.0.0.1'>
        <range start='2022' to='22'/>
        <range start='8000' end='8100'/>
      </portForward>
      <portForward proto='udp'>
        <range start='5353' to='53'/>
      </portForward>
    </interface>
";

/// The card as the edit that is sent makes it.
fn applied(harness: &mut Harness<'_, TestWindow>) -> String {
    press(harness, "Review changes");
    press(harness, "Apply");
    let mut requests = harness.state().sent.iter().filter_map(|command| match command {
        Command::Machine(MachineCommand::Edit { request, .. }) => Some(request),
        _ => None,
    });
    let request = requests.next_back().expect("an edit");
    let Some(Answer::Ready(definition)) = harness.state().answers.definitions.get(&key(1)) else {
        panic!("no definition");
    };
    let after = preview(&definition.inactive, &request.changes).expect("a change").xml;
    let card = after
        .split("<interface")
        .nth(1)
        .expect("a card")
        .split("</interface>")
        .next();
    card.expect("its end").to_owned()
}

#[test]
fn a_new_forward_leads_from_a_free_port_to_ssh_for_this_computer_alone() {
    let card = "    <interface type='user'>\n      <mac address='52:54:00:00:00:07'/>\n    </interface>\n";
    let mut harness = page_with(card, host());
    press(&mut harness, "Add a port forward");
    assert_eq!(value(&harness, "Port of the host, forward 1"), "2224");
    assert_eq!(value(&harness, "Port of the guest, forward 1"), "22");
    press(&mut harness, "Add a port forward");
    assert_eq!(value(&harness, "Port of the host, forward 2"), "2225");
    type_into(&mut harness, "Port of the guest, forward 2", "80");
    let card = applied(&mut harness);
    assert_eq!(
        card,
        " type='user'>
      <mac address='52:54:00:00:00:07'/>
      <portForward proto='tcp' address='127.0.0.1'>
        <range start='2224' to='22'/>
      </portForward>
      <portForward proto='tcp' address='127.0.0.1'>
        <range start='2225' to='80'/>
      </portForward>
      <backend type='passt'/>
    "
    );
}

#[test]
fn forwards_that_are_there_are_changed_and_removed_one_by_one() {
    let mut harness = page_with(TWO, host());
    assert_eq!(value(&harness, "Port of the host, forward 2"), "8000");
    assert_eq!(value(&harness, "Port of the host, forward 3"), "5353");
    type_into(&mut harness, "Port of the host, forward 3", "5454");
    press(&mut harness, "Remove forward 1");
    harness.get_by_label("Forward 1 goes.");
    // The number of the others stays what it is while this is undecided.
    assert_eq!(value(&harness, "Port of the host, forward 2"), "8000");
    press(&mut harness, "Add a port forward");
    press(&mut harness, "Add a port forward");
    type_into(&mut harness, "Port of the guest, forward 5", "443");
    // What was typed into a later one stays its own.
    press(&mut harness, "Remove forward 4");
    assert_eq!(value(&harness, "Port of the guest, forward 4"), "443");
    let card = applied(&mut harness);
    let expected = TWO
        .replace("        <range start='2022' to='22'/>\n", "")
        .replace("5353", "5454")
        .replace(
            "    </interface>",
            "      <portForward proto='tcp' address='127.0.0.1'>\n        <range start='2225' to='443'/>\n      \
             </portForward>\n    </interface>",
        );
    assert_eq!(format!("    <interface{card}</interface>\n"), expected);
}

#[test]
fn a_removed_forward_can_be_kept_after_all() {
    let mut harness = page_with(TWO, host());
    press(&mut harness, "Remove forward 3");
    press(&mut harness, "Keep");
    assert_eq!(value(&harness, "Port of the host, forward 3"), "5353");
    assert!(
        harness
            .query_by_role_and_label(Role::Button, "Review changes")
            .is_none()
    );
}

#[test]
fn a_port_that_cannot_be_had_is_told_and_a_free_one_found() {
    let mut harness = page_with(TWO, host());
    let port = "Port of the host, forward 1";
    type_into(&mut harness, port, "2222");
    harness.get_by_label("Another machine forwards port 2222 already: only one of them can run.");
    type_into(&mut harness, port, "2223");
    harness.get_by_label("Something uses port 2223 of this computer at the moment.");
    press(&mut harness, "Find a free port, forward 1");
    assert_eq!(value(&harness, port), "2224");
    assert!(harness.query_by_label_contains("Something uses").is_none());
    type_into(&mut harness, port, "80");
    harness.get_by_label("Ports below 1024 are for root alone: the machine would not start.");
    for (text, reason) in [
        ("", "A port is needed."),
        ("0", "0 is not between 1 and 65535."),
        ("-1", "-1 is not between 1 and 65535."),
        ("65536", "65536 is not between 1 and 65535."),
        ("1e30", "“1e30” is not a whole number."),
    ] {
        type_into(&mut harness, port, text);
        harness.get_by_label(&format!("{port}: {reason}"));
        let review = harness.get_by_role_and_label(Role::Button, "Review changes");
        assert!(review.accesskit_node().is_disabled());
    }
}

#[test]
fn another_machines_port_is_told_also_on_another_computer() {
    let remote = HostChoices { ports: None, ..host() };
    let mut harness = page_with(TWO, remote);
    type_into(&mut harness, "Port of the host, forward 1", "2222");
    harness.get_by_label("Another machine forwards port 2222 already: only one of them can run.");
    let find = harness.get_by_role_and_label(Role::Button, "Find a free port, forward 1");
    assert!(find.accesskit_node().is_disabled());
}

#[test]
fn who_may_connect_is_chosen() {
    let mut harness = page_with(TWO, host());
    harness
        .get_by_role_and_label(Role::ComboBox, "Who may connect, forward 1")
        .click();
    harness.run();
    harness
        .get_by_role_and_label(Role::ListBoxOption, "The whole network")
        .click();
    harness.run();
    let card = applied(&mut harness);
    assert!(card.contains("<portForward proto='tcp'>"), "{card}");
}

#[test]
fn a_host_without_passt_says_so() {
    let mut host = host();
    let lists = &mut host.abilities.values;
    lists.insert(
        ("interface".to_owned(), "backendType".to_owned()),
        vec!["default".to_owned()],
    );
    let card = "    <interface type='user'>\n      <mac address='52:54:00:00:00:07'/>\n    </interface>\n";
    let harness = page_with(card, host);
    let add = harness.get_by_role_and_label(Role::Button, "Add a port forward");
    assert!(add.accesskit_node().is_disabled());
    assert_eq!(
        add.accesskit_node().description().as_deref(),
        Some("libvirt says that this host has no passt.")
    );
}

#[test]
fn addresses_and_tags_are_added_with_what_they_need() {
    let mut harness = page_with(TWO, host());
    let more: Vec<_> = harness.query_all_by_label_contains("More settings").collect();
    more[0].click();
    harness.run();
    // It may lie below what is shown.
    harness.get_by_role_and_label(Role::Button, "Add to Addresses").focus();
    harness.run();
    harness.key_press(egui::Key::Enter);
    harness.run();
    let review = harness.get_by_role_and_label(Role::Button, "Review changes");
    assert!(review.accesskit_node().is_disabled(), "an address is missing");
    type_into(&mut harness, "Address", "192.168.7.2");
    let card = applied(&mut harness);
    assert!(
        card.contains("<ip address='192.168.7.2' family='ipv4'/>")
            || card.contains("<ip family='ipv4' address='192.168.7.2'/>"),
        "{card}"
    );
}

#[test]
fn a_new_card_comes_with_its_forwards() {
    let mut harness = page_with(TWO, host());
    press(&mut harness, "Add device…");
    harness
        .get_by_role_and_label(Role::SearchInput, "Search devices")
        .type_text("network card");
    harness.run();
    harness.key_press(egui::Key::Enter);
    harness.run();
    press(&mut harness, "Add a port forward");
    type_into(&mut harness, "Port of the guest, forward 1", "80");
    press(&mut harness, "Review changes");
    press(&mut harness, "Apply");
    let sent = format!("{:?}", harness.state().sent);
    assert!(
        sent.contains("<range start='2224' to='80'/>") && sent.contains("AddDevice"),
        "{sent}"
    );
}

#[test]
fn the_search_finds_lists_too() {
    let mut harness = page_with(TWO, host());
    let search = |harness: &Harness<'_, TestWindow>, act: &dyn Fn(&egui_kittest::Node<'_>)| {
        act(&harness.get_by_role_and_label(Role::SearchInput, "Search all settings"));
    };
    search(&harness, &|field| field.focus());
    harness.run();
    search(&harness, &|field| field.type_text("forward"));
    harness.run();
    let hits: Vec<_> = harness
        .query_all_by_role_and_label(Role::Button, "Port forwards")
        .collect();
    assert_eq!(hits.len(), 2, "one for each card");
    hits[0].click();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Port of the host, forward 1");
}
