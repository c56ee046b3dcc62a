//! Which machines' screens are open, and what opening one does to the machine.

use egui::{Role, ViewportCommand};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use libvirt_backend::command::MachineCommand as Run;
use libvirt_backend::model::State;

use super::{Fixture, live_window_with, step_until, was_sent};
use crate::app::outside::Note;
use crate::command::{Command, ConsoleCommand, MachineCommand};
use crate::route::{MachineKey, MachineTab, Route};

const VNC: &str = "<devices><graphics type='vnc' port='-1'/></devices>";

fn only_machine(harness: &Harness<'_, Fixture>) -> MachineKey {
    let host = &harness.state().app.hosts[0];
    MachineKey {
        uri: host.uri.as_str().into(),
        id: host.machines[0].id,
    }
}

fn run(harness: &mut Harness<'_, Fixture>, command: Command) {
    let ctx = harness.ctx.clone();
    harness.state_mut().app.run(command, &ctx);
    harness.step();
}

fn until(harness: &mut Harness<'_, Fixture>, what: &str, is_so: fn(&State) -> bool) {
    step_until(harness, what, |harness| {
        harness.state().app.hosts[0]
            .machines
            .first()
            .is_some_and(|machine| is_so(&machine.state))
    });
}

fn shut_down(harness: &Harness<'_, Fixture>) {
    let state = harness.state();
    state.runtime.block_on(state.app.backend.shutdown());
}

fn is_on_its_screen(harness: &Harness<'_, Fixture>, key: &MachineKey) -> bool {
    matches!(&harness.state().app.route, Route::Machine { key: shown, tab: MachineTab::Console } if shown == key)
}

#[test]
fn looking_at_a_paused_machine_leaves_it_paused_and_one_that_is_off_starts() {
    let mut harness = live_window_with(&["web-1"], VNC);
    let key = only_machine(&harness);
    let open = Command::Machine(MachineCommand::OpenConsole(key.clone()));
    harness.state_mut().app.submit(&key, Run::Pause);
    until(&mut harness, "it is paused", |state| matches!(state, State::Paused(_)));
    run(&mut harness, open.clone());
    assert!(is_on_its_screen(&harness, &key));
    // Commands of one machine run in their order: had it been resumed, it would be before it is off.
    harness.state_mut().app.submit(&key, Run::ForceOff);
    until(&mut harness, "it is off", |state| {
        assert!(!matches!(state, State::Running), "it goes on unasked");
        matches!(state, State::ShutOff(_))
    });
    run(&mut harness, open);
    until(&mut harness, "it is started", |state| matches!(state, State::Running));
    shut_down(&harness);
}

#[test]
fn a_machine_without_a_display_is_not_started_for_its_screen() {
    let mut harness = live_window_with(&["web-1"], "");
    let key = only_machine(&harness);
    harness.state_mut().app.submit(&key, Run::ForceOff);
    until(&mut harness, "it is off", |state| matches!(state, State::ShutOff(_)));
    run(&mut harness, Command::Machine(MachineCommand::OpenConsole(key.clone())));
    assert!(is_on_its_screen(&harness, &key));
    // Commands of one machine run in their order: had it been started, it would be before it has its tags.
    let tags = Run::SetTags(vec!["later".to_owned()]);
    harness.state_mut().app.submit(&key, tags);
    step_until(&mut harness, "it has its tags", |harness| {
        let machine = &harness.state().app.hosts[0].machines[0];
        assert!(!matches!(machine.state, State::Running), "started for nothing");
        !machine.definition.tags.is_empty()
    });
    shut_down(&harness);
}

#[test]
fn of_several_the_first_is_on_the_page_and_the_others_have_windows() {
    let mut harness = live_window_with(&["web-1", "web-2", "web-3"], VNC);
    let host = std::sync::Arc::clone(&harness.state().app.hosts[0]);
    let keys: Vec<MachineKey> = host
        .machines
        .iter()
        .map(|machine| MachineKey {
            uri: host.uri.as_str().into(),
            id: machine.id,
        })
        .collect();
    let open = MachineCommand::Run {
        action: libvirt_backend::guard::Action::OpenConsole,
        machines: keys.clone(),
    };
    run(&mut harness, Command::Machine(open));
    assert!(is_on_its_screen(&harness, &keys[0]));
    let displays = &harness.state().app.displays;
    assert!(!displays.is_detached(&keys[0]));
    assert_eq!(displays.detached(), &keys[1..]);
    assert!(keys.iter().all(|key| displays.get(key).is_some()), "each is connected");
    shut_down(&harness);
}

#[test]
fn the_window_of_a_machine_that_is_deleted_closes() {
    let mut harness = live_window_with(&["web-1"], VNC);
    let key = only_machine(&harness);
    run(&mut harness, Command::Console(ConsoleCommand::Detach(key.clone())));
    assert!(harness.state().app.displays.is_detached(&key));
    let request = libvirt_backend::command::DeleteRequest {
        force_off: true,
        ..Default::default()
    };
    harness.state_mut().app.submit(&key, Run::Delete(request));
    step_until(&mut harness, "it is gone", |harness| {
        harness.state().app.hosts[0].machines.is_empty()
    });
    harness.step();
    let displays = &harness.state().app.displays;
    assert!(!displays.is_detached(&key) && displays.get(&key).is_none());
    shut_down(&harness);
}

fn alerts(harness: &Harness<'_, Fixture>) -> usize {
    harness.query_all_by_role(Role::Alert).count()
}

#[test]
fn what_happens_to_a_machine_with_a_window_of_its_own_is_told_there_too() {
    let mut harness = live_window_with(&["web-1", "web-2"], VNC);
    let keys: Vec<MachineKey> = [0, 1]
        .map(|place| {
            let host = &harness.state().app.hosts[0];
            MachineKey {
                uri: host.uri.as_str().into(),
                id: host.machines[place].id,
            }
        })
        .into();
    run(&mut harness, Command::Console(ConsoleCommand::Detach(keys[0].clone())));
    let tell = |harness: &mut Harness<'static, Fixture>, key: &MachineKey, words: &str| {
        let note = Note::error(words.to_owned());
        harness.state_mut().app.note_about(key, "a machine".to_owned(), note);
        harness.step();
        harness.step();
    };
    tell(&mut harness, &keys[1], "Of the other machine");
    assert_eq!(alerts(&harness), 1, "none of that window's business");
    tell(&mut harness, &keys[0], "No picture could be saved");
    assert_eq!(alerts(&harness), 3, "once in each window");
    // Closed in its own window it is closed everywhere, and the main one stays where it is.
    let crosses = harness.query_all_by_label("Close this message");
    let own = crosses.last().unwrap();
    own.click();
    for _ in 0..3 {
        harness.step();
        assert!(
            !was_sent(&harness, &ViewportCommand::Focus),
            "the main window comes before it"
        );
    }
    step_until(&mut harness, "it is gone everywhere", |harness| alerts(harness) == 1);
    shut_down(&harness);
}
