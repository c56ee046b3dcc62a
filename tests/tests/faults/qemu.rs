//! A QEMU is held, or killed: it is told, and nobody else suffers.

use std::time::{Duration, Instant};

use super::common::{Fault, events_until};
use berth_tests::{BOOT_PATIENCE, Guest, Need, TestSession, require};
use libvirt_backend::boot_sector::Mood;
use libvirt_backend::guard::Denied;
use libvirt_backend::model::{ShutOffReason, State};
use libvirt_backend::private_session::{PrivateSession, Signal};
use libvirt_backend::{Command, Error, Event, MachineCommand, NoticeKind, Outcome};

pub(crate) fn signal(session: &PrivateSession, name: &str, signal: Signal) {
    let pid = session.qemu_pid(name).unwrap();
    rustix::process::kill_process(rustix::process::Pid::from_raw(pid.cast_signed()).unwrap(), signal).unwrap();
}

fn is_notice_of(event: &Event, name: &str, kind: &NoticeKind) -> bool {
    matches!(event, Event::Notice(notice) if notice.kind == *kind && notice.machine_name.as_deref() == Some(name))
}

#[test]
fn while_one_qemu_is_held_the_others_tick_and_work_and_it_can_be_forced_off() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let held = Guest::boot_sector(&session, "held", Mood::Calm);
    let well = Guest::boot_sector(&session, "well", Mood::Calm);
    let _held_line = held.start(BOOT_PATIENCE);
    let _well_line = well.start(BOOT_PATIENCE);
    let fault = Fault::open(&session);
    let samples = |name: &str| fault.machine(name).stats.history.len();
    fault.until("both are sampled", |model| {
        model.machines.iter().all(|machine| machine.stats.history.len() >= 2)
    });

    let before = samples("well");
    let started = Instant::now();
    signal(&session, "held", Signal::STOP);
    fault.until("it is shown as not responding", |model| {
        model
            .machine_named("held")
            .is_some_and(|machine| !machine.responding.is_yes())
    });
    events_until(&fault.backend, |event| {
        is_notice_of(event, "held", &NoticeKind::MachineNotResponding)
    });
    assert!(fault.machine("well").responding.is_yes());
    // What hangs is refused at once, what does not works as ever.
    assert_eq!(
        fault.run("held", MachineCommand::Pause),
        Err(Error::Denied(Denied::NotResponding))
    );
    for command in [MachineCommand::Pause, MachineCommand::Resume] {
        let asked = Instant::now();
        assert_eq!(fault.run("well", command), Ok(Outcome::Done));
        assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
    }
    while started.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(100));
    }
    let arrived = samples("well") - before;
    let expected = started.elapsed().as_secs_f64() * 0.9;
    assert!(
        arrived as f64 >= expected - 1.0,
        "{arrived} samples in {:?}",
        started.elapsed()
    );

    let asked = Instant::now();
    assert_eq!(fault.run("held", MachineCommand::ForceOff), Ok(Outcome::Done));
    assert!(asked.elapsed() < Duration::from_secs(30), "{:?}", asked.elapsed());
    assert_eq!(fault.machine("held").state, State::ShutOff(ShutOffReason::Destroyed));
    assert!(fault.machine("held").responding.is_yes());
    assert_eq!(
        fault.run("held", MachineCommand::Start),
        Ok(Outcome::Done),
        "nothing is left of it"
    );
}

#[test]
fn a_qemu_that_was_held_for_a_while_is_told_as_well_again() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::boot_sector(&session, "held", Mood::Calm);
    let _line = guest.start(BOOT_PATIENCE);
    let fault = Fault::open(&session);
    signal(&session, "held", Signal::STOP);
    events_until(&fault.backend, |event| {
        is_notice_of(event, "held", &NoticeKind::MachineNotResponding)
    });
    signal(&session, "held", Signal::CONT);
    events_until(&fault.backend, |event| {
        is_notice_of(event, "held", &NoticeKind::MachineRespondsAgain)
    });
    assert_eq!(fault.run("held", MachineCommand::Pause), Ok(Outcome::Done));
}

#[test]
fn a_killed_qemu_is_told_as_a_death_and_a_forced_one_is_not() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::boot_sector(&session, "victim", Mood::Calm);
    let _line = guest.start(BOOT_PATIENCE);
    let fault = Fault::open(&session);
    signal(&session, "victim", Signal::KILL);
    events_until(&fault.backend, |event| {
        is_notice_of(event, "victim", &NoticeKind::MachineDied)
    });
    fault.until("it is off", |model| {
        model
            .machine_named("victim")
            .is_some_and(|machine| !machine.state.is_active())
    });
    assert_eq!(fault.run("victim", MachineCommand::Start), Ok(Outcome::Done));
    assert_eq!(fault.run("victim", MachineCommand::ForceOff), Ok(Outcome::Done));
    let events = fault.backend.take_events();
    assert!(
        !events
            .iter()
            .any(|event| is_notice_of(event, "victim", &NoticeKind::MachineDied)),
        "{events:?}"
    );
}

#[test]
fn a_machine_that_hangs_while_it_is_asked_to_shut_down_is_shown_and_forced_off() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::boot_sector(&session, "held", Mood::Calm);
    let _line = guest.start(BOOT_PATIENCE);
    let fault = Fault::open(&session);
    signal(&session, "held", Signal::STOP);
    let id = fault.machine("held").id;
    let grace = Duration::from_mins(10);
    let shutdown = Command::Machine {
        id,
        command: MachineCommand::Shutdown { grace },
    };
    let job = fault.backend.submit(&fault.uri, shutdown);
    fault.until("it is shown as not responding", |model| {
        model.machine(id).is_some_and(|machine| !machine.responding.is_yes())
    });
    assert_eq!(fault.run("held", MachineCommand::ForceOff), Ok(Outcome::Done));
    events_until(
        &fault.backend,
        |event| matches!(event, Event::Job(update) if update.job == job && update.state.is_over()),
    );
}

#[test]
fn several_that_hang_at_once_are_all_shown_and_forced_off_while_another_works() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    const HELD: [&str; 4] = ["held-1", "held-2", "held-3", "held-4"];
    let session = TestSession::start();
    let well = Guest::boot_sector(&session, "well", Mood::Calm);
    let _well_line = well.start(BOOT_PATIENCE);
    let lines: Vec<_> = HELD
        .iter()
        .map(|name| Guest::boot_sector(&session, name, Mood::Calm).start(BOOT_PATIENCE))
        .collect();
    let fault = Fault::open(&session);
    for name in HELD {
        signal(&session, name, Signal::STOP);
    }
    // A call on each besides the samples, as a user would make it.
    let jobs: Vec<_> = HELD
        .iter()
        .map(|name| {
            let id = fault.machine(name).id;
            let command = MachineCommand::Pause;
            fault.backend.submit(&fault.uri, Command::Machine { id, command })
        })
        .collect();
    fault.until("all are shown as not responding", |model| {
        HELD.iter().all(|name| {
            model
                .machine_named(name)
                .is_some_and(|machine| !machine.responding.is_yes())
        })
    });
    assert!(fault.machine("well").responding.is_yes());
    for command in [MachineCommand::Pause, MachineCommand::Resume] {
        let asked = Instant::now();
        assert_eq!(fault.run("well", command), Ok(Outcome::Done));
        assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    }
    let samples = fault.machine("well").stats.history.len();
    fault.until("the other is sampled on", |model| {
        model
            .machine_named("well")
            .is_some_and(|machine| machine.stats.history.len() >= samples + 3)
    });
    for name in HELD {
        assert_eq!(fault.run(name, MachineCommand::ForceOff), Ok(Outcome::Done), "{name}");
        assert!(!fault.machine(name).state.is_active(), "{name}");
    }
    let mut left = jobs;
    events_until(&fault.backend, |event| {
        if let Event::Job(update) = event
            && update.state.is_over()
        {
            left.retain(|job| *job != update.job);
        }
        left.is_empty()
    });
    drop(lines);
}
