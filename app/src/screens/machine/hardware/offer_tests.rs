//! What the host has, in the forms.

use std::sync::Arc;

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use libvirt_backend::model::HostChoices;
use libvirt_backend::property::change::Change;
use libvirt_backend::property::edit::Fingerprint;

use super::tests::{choose, page, type_into, value};
use crate::command::{Command, MachineCommand};
use crate::screens::fixtures;
use crate::screens::test_window::{TestWindow, key};
use crate::state::Answer;

fn page_on(host: HostChoices) -> Harness<'static, TestWindow> {
    let mut harness = page();
    let answer = Answer::Ready(Arc::new(host));
    harness.state_mut().answers.choices.insert(key(1), answer);
    harness.run();
    harness
}

fn press(harness: &mut Harness<'_, TestWindow>, button: &str) {
    harness.get_by_role_and_label(Role::Button, button).click();
    harness.run();
}

/// What would be applied, as `name = value`.
fn changes(harness: &mut Harness<'_, TestWindow>) -> Vec<String> {
    press(harness, "Review changes");
    press(harness, "Apply");
    let mut requests = harness.state().sent.iter().filter_map(|command| match command {
        Command::Machine(MachineCommand::Edit { request, .. }) => Some(request),
        _ => None,
    });
    let changes = &requests.next_back().expect("an edit").changes;
    let words = changes.iter().map(|change| match change {
        Change::Set { setting, value } => match value {
            Some(value) => format!("{setting} = {value}"),
            None => format!("no {setting}"),
        },
        other => format!("{other:?}"),
    });
    let mut words: Vec<String> = words.collect();
    words.sort();
    words
}

#[test]
fn the_page_asks_what_the_host_has() {
    let harness = page();
    let asked = |command: &Command| *command == Command::Machine(MachineCommand::ReadChoices(key(1)));
    assert!(harness.state().sent.iter().any(asked));
}

#[test]
fn what_the_host_cannot_do_is_shown_and_says_why() {
    let mut harness = page_on(fixtures::host_choices());
    choose(&mut harness, "Disk vda");
    harness.get_by_role_and_label(Role::ComboBox, "Connected by").click();
    harness.run();
    let ide = harness.get_by_role_and_label(Role::ListBoxOption, "ide");
    assert_eq!(
        ide.accesskit_node().description().as_deref(),
        Some("This host does not offer it for this machine.")
    );
    assert!(ide.accesskit_node().is_disabled());
    ide.click();
    harness.run();
    // It is still what it was.
    harness.get_by_role_and_label(Role::ComboBox, "Connected by").click();
    harness.run();
    harness.get_by_role_and_label(Role::ListBoxOption, "sata").click();
    harness.run();
    assert_eq!(changes(&mut harness), ["disk.vda.bus = sata"]);
}

#[test]
fn three_dimensions_need_a_graphics_card_that_draws() {
    let mut host = fixtures::host_choices();
    let help = |harness: &mut Harness<'_, TestWindow>| {
        choose(harness, "Graphics card");
        let reason =
            "This host has no graphics card that draws for its machines: with this the machine would not start.";
        harness.query_by_label(reason).is_some()
    };
    host.devices.render_nodes = Some(vec!["/dev/dri/renderD128".to_owned()]);
    assert!(!help(&mut page_on(host.clone())));
    host.devices.render_nodes = None;
    assert!(!help(&mut page_on(host.clone())), "it is not known");
    host.devices.render_nodes = Some(Vec::new());
    let mut harness = page_on(host);
    assert!(help(&mut harness));
    let switch = harness.get_by_role_and_label(Role::RadioGroup, "3D acceleration");
    assert!(switch.accesskit_node().is_disabled());
}

#[test]
fn more_than_the_host_has_is_told_and_can_still_be_asked_for() {
    let mut harness = page_on(fixtures::host_choices());
    choose(&mut harness, "Memory");
    type_into(&mut harness, "Memory, at most", "32GiB");
    assert!(harness.query_by_label_contains("More than the host has").is_none());
    type_into(&mut harness, "Memory, at most", "33GiB");
    harness.get_by_label("More than the host has (32 GiB): the machine may not start, or slow everything down.");
    choose(&mut harness, "Limits and priorities");
    press(&mut harness, "A host processor for each");
    type_into(&mut harness, "Processor 0", "0-9");
    harness.get_by_label("The host has no processor 8: the machine would not start.");
    choose(&mut harness, "Processors");
    type_into(&mut harness, "Processors, at most", "9");
    harness.get_by_label("More than the 8 processors of the host: the machine gets no faster by it.");
    type_into(&mut harness, "Processors, at most", "300");
    harness.get_by_label("More than this kind of machine can have (288): libvirt will refuse it.");
    let changes = changes(&mut harness);
    assert!(changes.contains(&"vcpu = 300".to_owned()), "{changes:?}");
}

#[test]
fn what_only_works_together_with_something_else_says_so() {
    let mut harness = page_on(fixtures::host_choices());
    let put_on = |harness: &mut Harness<'_, TestWindow>, name: &str| {
        let group = harness.get_by_role_and_label(Role::RadioGroup, name);
        group.get_by_label("On").click();
        harness.run();
    };
    let lacks_screen = "No screen of the machine is drawn by the host’s graphics card: switch that on in “Screen \
                        access”, or add one without a window (EGL).";
    choose(&mut harness, "Graphics card");
    put_on(&mut harness, "3D acceleration");
    harness.get_by_label(lacks_screen);
    choose(&mut harness, "Screen access");
    put_on(&mut harness, "Drawn by the host's graphics card");
    choose(&mut harness, "Graphics card");
    assert!(harness.query_by_label(lacks_screen).is_none());
}

#[test]
fn a_shared_folder_by_virtiofs_asks_for_shared_memory() {
    let mut harness = page_on(fixtures::host_choices());
    let pick = |harness: &mut Harness<'_, TestWindow>, field: &str, word: &str| {
        harness.get_by_role_and_label(Role::ComboBox, field).click();
        harness.run();
        harness.get_by_role_and_label(Role::ListBoxOption, word).click();
        harness.run();
    };
    // Its line has to be scrolled to.
    let open = |harness: &mut Harness<'_, TestWindow>| {
        let line = harness.get_by_role_and_label(Role::Button, "Shared folder");
        line.click_accesskit();
        harness.run();
    };
    let told = |harness: &Harness<'_, TestWindow>| {
        let words = harness.query_by_label_contains("virtiofs needs memory that the host may use too");
        words.is_some()
    };
    open(&mut harness);
    assert!(told(&harness));
    pick(&mut harness, "Shared by", "path");
    assert!(!told(&harness), "by another way it needs none");
    pick(&mut harness, "Shared by", "virtiofs");
    assert!(told(&harness));
    choose(&mut harness, "Memory");
    pick(&mut harness, "Access to memory", "Shared");
    open(&mut harness);
    assert!(!told(&harness));
}

#[test]
fn memory_to_be_lent_needs_a_balloon_and_something_to_lend() {
    let mut harness = page_on(fixtures::host_choices());
    choose(&mut harness, "Memory");
    let told = |harness: &Harness<'_, TestWindow>, words: &str| harness.query_all_by_label_contains(words).count();
    for (least, lends) in [("1GiB", true), ("4GiB", false), ("2GiB", true)] {
        type_into(&mut harness, "Gives memory back, down to", least);
        assert_eq!(told(&harness, "nothing is lent") == 0, lends, "{least}");
    }
    assert_eq!(changes(&mut harness), ["memory.least = 2GiB"]);
    let mut harness = page();
    let mut machine = fixtures::hardware();
    machine.inactive = machine
        .inactive
        .replace("<memballoon model='virtio'", "<memballoon model='none'");
    let answers = &mut harness.state_mut().answers;
    answers.definitions.insert(key(1), Answer::Ready(Arc::new(machine)));
    answers
        .choices
        .insert(key(1), Answer::Ready(fixtures::host_choices().into()));
    harness.run();
    choose(&mut harness, "Memory");
    // Where the slider would be it is told already.
    assert_eq!(told(&harness, "no memory balloon"), 1);
    type_into(&mut harness, "Gives memory back, down to", "1GiB");
    assert_eq!(told(&harness, "no memory balloon"), 2);
}

#[test]
fn what_the_automatic_balloon_has_taken_is_told_at_the_slider() {
    let least = "<metadata><berth:machine xmlns:berth='urn:berth-vm:xmlns:domain:1'>\
        <berth:least-memory unit='GiB'>2</berth:least-memory></berth:machine></metadata>";
    let memory = "<memory unit='GiB'>8</memory><currentMemory unit='GiB'>6</currentMemory>";
    for (metadata, is_lent) in [(least, true), ("", false)] {
        let mut harness = page();
        let mut machine = fixtures::hardware();
        let own = "<memory unit='KiB'>4194304</memory>";
        assert!(machine.inactive.contains(own));
        machine.inactive = machine.inactive.replace(own, &format!("{metadata}{memory}"));
        let answers = &mut harness.state_mut().answers;
        answers.definitions.insert(key(1), Answer::Ready(Arc::new(machine)));
        harness.run();
        choose(&mut harness, "Memory");
        let told = harness.query_by_label_contains("2 GiB of it is lent");
        assert_eq!(told.is_some(), is_lent);
    }
}

/// A field of the machine in its form: may it be filled in, and what is said of it?
fn field(harness: &Harness<'_, TestWindow>, role: Role, name: &str) -> (bool, String) {
    let field = harness.get_by_role_and_label(role, name);
    let node = field.accesskit_node();
    (!node.is_disabled(), node.description().unwrap_or_default())
}

#[test]
fn what_a_session_cannot_do_is_disabled_and_says_why() {
    let shares = (Role::TextInput, "Weight against other machines");
    let open = |is_session| {
        let mut harness = page_on(HostChoices {
            is_session,
            ..fixtures::host_choices()
        });
        choose(&mut harness, "Limits and priorities");
        harness
    };
    let system = open(false);
    assert!(field(&system, shares.0, shares.1).0, "a system connection can");
    let mut session = open(true);
    let (is_usable, why) = field(&session, shares.0, shares.1);
    assert!(!is_usable);
    assert_eq!(
        why,
        "It needs a system connection: libvirt cannot limit a user’s own machines, and with this the machine would \
         not start."
    );
    choose(&mut session, "Memory");
    let (is_usable, why) = field(&session, Role::Switch, "Huge pages");
    assert!(!is_usable && why.contains("no huge pages"), "{why}");
}

#[test]
fn a_limit_that_is_there_already_can_be_taken_out_in_a_session() {
    let mut harness = page();
    let mut definition = fixtures::hardware();
    definition.inactive = definition
        .inactive
        .replacen("<os ", "<cputune><shares>2048</shares></cputune>\n  <os ", 1);
    definition.fingerprint = Fingerprint::of(&definition.inactive);
    let answers = &mut harness.state_mut().answers;
    answers.definitions.insert(key(1), Answer::Ready(definition.into()));
    let host = HostChoices {
        is_session: true,
        ..fixtures::host_choices()
    };
    answers.choices.insert(key(1), Answer::Ready(Arc::new(host)));
    harness.run();
    choose(&mut harness, "Limits and priorities");
    let (is_usable, why) = field(&harness, Role::TextInput, "Weight against other machines");
    assert!(is_usable && why.starts_with("It needs a system connection"), "{why}");
    type_into(&mut harness, "Weight against other machines", "");
    assert_eq!(changes(&mut harness), ["no cputune.shares"]);
}

#[test]
fn a_network_of_the_user_offers_no_mtu_and_another_does() {
    let mut harness = page_on(fixtures::host_choices());
    let mtu = |harness: &mut Harness<'_, TestWindow>, index: usize| {
        let cards: Vec<_> = harness
            .query_all_by_role_and_label(Role::Button, "Network card")
            .collect();
        cards[index].click();
        harness.run();
        harness.get_by_label_contains("More settings").click();
        harness.run();
        field(harness, Role::TextInput, "MTU")
    };
    let (is_usable, why) = mtu(&mut harness, 0);
    assert!(
        !is_usable && why.starts_with("libvirt cannot set it for a network of the user"),
        "{why}"
    );
    assert!(mtu(&mut harness, 1).0);
    // What is chosen counts, not what is there.
    harness.get_by_role_and_label(Role::ComboBox, "Connected to").click();
    harness.run();
    harness
        .get_by_role_and_label(Role::ListBoxOption, "User networking")
        .click();
    harness.run();
    assert!(!field(&harness, Role::TextInput, "MTU").0);
}

#[test]
fn a_processor_is_picked_from_those_the_host_can_be() {
    let mut harness = page_on(fixtures::host_choices());
    choose(&mut harness, "Processors");
    press(&mut harness, "Choose: Model");
    let blocked = harness.get_by_role_and_label(Role::MenuItem, "Broadwell (Intel)");
    assert_eq!(
        blocked.accesskit_node().description().as_deref(),
        Some("This host's processor lacks hle, rtm.")
    );
    harness.get_by_role_and_label(Role::MenuItem, "EPYC (AMD)").click();
    harness.run();
    assert_eq!(value(&harness, "Model"), "EPYC");
}

#[test]
fn networks_of_the_host_are_picked_by_name() {
    let mut harness = page_on(fixtures::host_choices());
    let cards: Vec<_> = harness
        .query_all_by_role_and_label(Role::Button, "Network card")
        .collect();
    cards[1].click();
    harness.run();
    press(&mut harness, "Choose: Network");
    harness
        .get_by_role_and_label(Role::MenuItem, "lab (not started)")
        .click();
    harness.run();
    assert_eq!(value(&harness, "Network"), "lab");
}

#[test]
fn the_topology_is_multiplied_while_it_is_typed() {
    let mut harness = page_on(fixtures::host_choices());
    choose(&mut harness, "Processors");
    harness.get_by_label("1 socket × 4 cores × 1 thread = 4 processors, as many as the machine has.");
    type_into(&mut harness, "Threads a core", "2");
    harness.get_by_label("1 socket × 4 cores × 2 threads = 8, but the machine has 4. libvirt will refuse this.");
    press(&mut harness, "Make it 8 processors");
    harness.get_by_label("1 socket × 4 cores × 2 threads = 8 processors, as many as the machine has.");
    assert_eq!(changes(&mut harness), ["cpu.topology.threads = 2", "vcpu = 8"]);
}

fn protections(harness: &Harness<'_, TestWindow>) -> (bool, bool, String) {
    let switch = harness.get_by_role_and_label(Role::Switch, "Pass on protections");
    let node = switch.accesskit_node();
    (
        node.is_disabled(),
        node.toggled() == Some(egui::accesskit::Toggled::True),
        node.description().unwrap_or_default(),
    )
}

#[test]
fn the_system_in_a_machine_is_picked_by_its_name() {
    let mut harness = page_on(fixtures::host_choices());
    choose(&mut harness, "Overview");
    press(&mut harness, "Choose: System");
    harness.get_by_role_and_label(Role::MenuItem, "Debian 12").click();
    harness.run();
    assert_eq!(changes(&mut harness), ["osinfo = http://debian.org/debian/12"]);
}

fn named_model(harness: &mut Harness<'_, TestWindow>) {
    harness.get_by_role_and_label(Role::ComboBox, "Processor").click();
    harness.run();
    harness
        .get_by_role_and_label(Role::ListBoxOption, "A named model")
        .click();
    harness.run();
}

#[test]
fn the_hosts_protections_are_passed_on_to_a_named_model_by_one_switch() {
    let mut harness = page_on(fixtures::host_choices());
    choose(&mut harness, "Processors");
    let all = "This model has all the protections that the host’s processor has.";
    assert_eq!(protections(&harness), (true, true, all.to_owned()));
    named_model(&mut harness);
    assert_eq!(protections(&harness), (true, false, "Choose a model first.".to_owned()));
    type_into(&mut harness, "Model", "EPYC");
    let (is_denied, is_on, help) = protections(&harness);
    assert!(!is_denied && !is_on && help.ends_with("ibpb, virt-ssbd."), "{help}");
    harness
        .get_by_role_and_label(Role::Switch, "Pass on protections")
        .click();
    harness.run();
    assert!(protections(&harness).1);
    assert_eq!(
        changes(&mut harness),
        [
            "cpu.feature.ibpb = require",
            "cpu.feature.virt-ssbd = require",
            "cpu.mode = custom",
            "cpu.model = EPYC"
        ]
    );
}

#[test]
fn protections_switched_off_again_leave_no_trace_and_some_are_told_as_some() {
    let mut harness = page_on(fixtures::host_choices());
    choose(&mut harness, "Processors");
    named_model(&mut harness);
    type_into(&mut harness, "Model", "EPYC");
    for _ in 0..2 {
        harness
            .get_by_role_and_label(Role::Switch, "Pass on protections")
            .click();
        harness.run();
    }
    assert!(!protections(&harness).1);
    assert_eq!(changes(&mut harness), ["cpu.mode = custom", "cpu.model = EPYC"]);
}

#[test]
fn a_share_of_the_host_is_one_choice() {
    let mut harness = page_on(fixtures::host_choices());
    choose(&mut harness, "Processors");
    harness.get_by_label("As much as any other machine.");
    harness.get_by_role_and_label(Role::RadioButton, "High").click();
    harness.run();
    harness.get_by_label("Four times what another machine gets when the host is busy.");
    assert_eq!(changes(&mut harness), ["cputune.shares = 400"]);
}

#[test]
fn a_session_gives_way_by_its_scheduler_and_says_that_it_can_do_no_more() {
    let mut harness = page_on(HostChoices {
        normal_shares: None,
        ..fixtures::host_choices()
    });
    choose(&mut harness, "Processors");
    harness.get_by_label("As much as any other program. More than that needs the system connection of this computer.");
    assert!(harness.query_by_role_and_label(Role::RadioButton, "High").is_none());
    harness.get_by_role_and_label(Role::RadioButton, "Low").click();
    harness.run();
    harness.get_by_label("Gives way to programs you work with when the host is busy.");
    assert_eq!(changes(&mut harness), ["cputune.vcpusched.0-3.scheduler = batch"]);
}

#[test]
fn a_choice_that_is_taken_back_leaves_no_trace() {
    let mut harness = page_on(HostChoices {
        normal_shares: None,
        ..fixtures::host_choices()
    });
    choose(&mut harness, "Processors");
    harness.get_by_role_and_label(Role::RadioButton, "Low").click();
    harness.run();
    harness.get_by_role_and_label(Role::RadioButton, "Normal").click();
    harness.run();
    assert!(harness.query_by_label("Review changes").is_none(), "nothing is changed");
}

#[test]
fn each_processor_gets_a_core_of_its_own_with_one_click_and_sets_are_ticked() {
    let mut harness = page_on(fixtures::host_choices());
    choose(&mut harness, "Limits and priorities");
    press(&mut harness, "A host processor for each");
    press(&mut harness, "Choose: Processor 0");
    harness
        .get_by_role_and_label(Role::CheckBox, "Processor 4 · efficiency core")
        .click();
    harness.run();
    harness.get_by_label("Processor 3 · performance core · shares its core with 2");
    harness.key_press(egui::Key::Escape);
    harness.run();
    assert_eq!(
        changes(&mut harness),
        [
            "cputune.vcpupin.0 = 0,4",
            "cputune.vcpupin.1 = 1",
            "cputune.vcpupin.2 = 2",
            "cputune.vcpupin.3 = 3"
        ]
    );
}

/// Found by typing, taken by Enter.
fn add(harness: &mut Harness<'_, TestWindow>, words: &str) {
    press(harness, "Add device…");
    harness.event(egui::Event::Text(words.to_owned()));
    harness.run();
    harness.key_press(egui::Key::Enter);
    harness.run();
}

#[test]
fn a_camera_of_the_host_is_picked_by_its_name() {
    let mut harness = page_on(fixtures::host_choices());
    add(&mut harness, "webcam");
    let changes = changes(&mut harness);
    assert_eq!(changes.len(), 1);
    assert!(
        changes[0].contains("0x046d") && changes[0].contains("0x0825"),
        "{changes:?}"
    );
}

#[test]
fn what_a_session_cannot_have_of_the_host_says_why() {
    let mut harness = page_on(HostChoices {
        is_session: true,
        ..fixtures::host_choices()
    });
    press(&mut harness, "Add device…");
    let card = harness.get_by_role_and_label(Role::Button, "Graphics card 10de:1c82");
    assert!(card.accesskit_node().is_disabled());
    assert_eq!(
        card.accesskit_node().description().as_deref(),
        Some("It needs the system connection of this computer.")
    );
}

#[test]
fn a_running_machine_gets_memory_by_a_slider_with_the_guests_use_behind_it() {
    let mut harness = page_on(fixtures::host_choices());
    choose(&mut harness, "Memory");
    harness.get_by_label_contains("its guest uses");
    harness.get_by_role_and_label(Role::Slider, "Memory it has now").focus();
    harness.run();
    harness.key_press(egui::Key::ArrowLeft);
    harness.run();
    assert_eq!(changes(&mut harness), ["memory.current = 4032MiB"]);
}

#[test]
fn a_network_card_gets_a_new_address_with_one_click() {
    let mut harness = page_on(fixtures::host_choices());
    let cards: Vec<_> = harness
        .query_all_by_role_and_label(Role::Button, "Network card")
        .collect();
    cards[0].click();
    harness.run();
    press(&mut harness, "A new address");
    let address = value(&harness, "MAC address");
    assert!(
        address.starts_with("52:54:00:") && address != "52:54:00:12:34:56",
        "{address}"
    );
}

#[test]
fn what_was_plugged_in_since_is_read_when_a_device_is_added() {
    let mut harness = page_on(fixtures::host_choices());
    let asked = |harness: &Harness<'_, TestWindow>| {
        let wanted = Command::Machine(MachineCommand::ReadChoices(key(1)));
        harness
            .state()
            .sent
            .iter()
            .filter(|command| **command == wanted)
            .count()
    };
    let before = asked(&harness);
    press(&mut harness, "Add device…");
    assert_eq!(asked(&harness), before + 1);
}
