//! libvirtd dies, is held, is not there: the machines live on, and Berth says so and finds them again.

use std::time::{Duration, Instant};

use super::common::{Fault, events_until};
use berth_tests::{BOOT_PATIENCE, Guest, Need, TestSession, require};
use libvirt_backend::boot_sector::Mood;
use libvirt_backend::model::{ConnectionState, DisconnectReason, Freshness, State};
use libvirt_backend::private_session::Signal;
use libvirt_backend::{Event, MachineCommand, NoticeKind, Outcome};

fn is_notice(event: &Event, kind: &NoticeKind) -> bool {
    matches!(event, Event::Notice(notice) if notice.kind == *kind)
}

fn is_down_for(reason: DisconnectReason) -> impl Fn(&ConnectionState) -> bool {
    move |state| matches!(state, ConnectionState::Disconnected { reason: told, .. } if *told == reason)
}

#[test]
fn a_killed_daemon_is_told_its_machines_live_on_and_it_is_found_again() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::boot_sector(&session, "survivor", Mood::Calm);
    let _line = guest.start(BOOT_PATIENCE);
    let fault = Fault::open(&session);
    fault.until("the machine is seen running", |model| {
        model
            .machine_named("survivor")
            .is_some_and(|machine| machine.state == State::Running)
    });

    session.kill_daemon(Signal::KILL).unwrap();
    let gone = is_down_for(DisconnectReason::DaemonGone);
    let absent = is_down_for(DisconnectReason::NoDaemon);
    let down = fault.until("it is down", |model| {
        gone(&model.connection) || absent(&model.connection)
    });
    assert_eq!(down.freshness, Freshness::LastKnown);
    assert_eq!(
        down.machine_named("survivor").unwrap().state,
        State::Running,
        "still shown"
    );
    events_until(&fault.backend, |event| is_notice(event, &NoticeKind::ConnectionLost));
    assert!(session.qemu_pid("survivor").is_some(), "the machine lives on");

    session.restart_daemon().unwrap();
    let back = fault.until("it is live again, by itself", |model| {
        model.connection.is_connected() && model.freshness == Freshness::Live
    });
    assert_eq!(back.machine_named("survivor").unwrap().state, State::Running);
    events_until(&fault.backend, |event| is_notice(event, &NoticeKind::ConnectionBack));
    assert_eq!(fault.run("survivor", MachineCommand::Pause), Ok(Outcome::Done));
}

#[test]
fn a_daemon_that_is_held_is_told_and_comes_back() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    Guest::boot_sector(&session, "idle", Mood::Calm);
    let fault = Fault::open(&session);
    session.kill_daemon(Signal::STOP).unwrap();
    let silent = is_down_for(DisconnectReason::DaemonSilent);
    fault.until("it is told as silent", |model| silent(&model.connection));
    session.kill_daemon(Signal::CONT).unwrap();
    fault.until("it is live again", |model| {
        model.connection.is_connected() && model.freshness == Freshness::Live
    });
}

#[test]
fn a_machine_that_somebody_starts_on_the_first_day_holds_up_no_list_and_is_not_said_to_hang() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start_unprobed();
    let guest = Guest::boot_sector(&session, "early", Mood::Calm);
    std::thread::scope(|scope| {
        scope.spawn(|| guest.start(BOOT_PATIENCE));
        let begun = Instant::now();
        let fault = Fault::connect(&session);
        fault.until("the list is live", |model| model.freshness == Freshness::Live);
        // While QEMU is tried out for the first time everything takes seconds, but not this.
        assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
        fault.until("the machine runs and is sampled", |model| {
            let machine = model.machine_named("early");
            machine.is_some_and(|machine| machine.state == State::Running && machine.stats.latest.is_some())
        });
        let events = fault.backend.take_events();
        let hangs = |event: &Event| is_notice(event, &NoticeKind::MachineNotResponding);
        assert!(!events.iter().any(hangs), "{events:?}");
    });
}
