//! What waits or runs can be called off, and is told as such exactly once.

use std::time::{Duration, Instant};

use berth_tests::{Guest, Need, TestSession, require};
use libvirt_backend::model::{Freshness, State};
use libvirt_backend::private_session::{Signal, demo};
use libvirt_backend::{Command, Error, Event, JobId, JobState, MachineCommand, Outcome};

use super::common::{Fault, events_until};

/// Sleeps with interrupts off, so it never hears of ACPI: `cli`, `hlt`, `jmp` back to `hlt`.
fn deaf_boot_sector() -> Vec<u8> {
    let mut sector = vec![0; 512];
    sector[..4].copy_from_slice(&[0xfa, 0xf4, 0xeb, 0xfd]);
    sector[510..].copy_from_slice(&[0x55, 0xaa]);
    sector
}

fn submit(fault: &Fault, command: MachineCommand) -> JobId {
    let id = fault.machine("patient").id;
    fault.backend.submit(&fault.uri, Command::Machine { id, command })
}

fn state_of(event: &Event, job: JobId) -> Option<&JobState> {
    match event {
        Event::Job(update) if update.job == job => Some(&update.state),
        _ => None,
    }
}

#[test]
fn a_shutdown_that_waits_for_its_guest_and_a_job_that_waits_behind_it_are_cancelled() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    Guest::with_disk(&session, "patient", |disk| {
        demo::write_qcow2(&deaf_boot_sector(), disk).unwrap();
    });
    session.virsh(&["start", "patient"]);
    let fault = Fault::open(&session);
    let shutdown = submit(
        &fault,
        MachineCommand::Shutdown {
            grace: Duration::from_mins(10),
        },
    );
    let behind = submit(&fault, MachineCommand::Pause);
    events_until(&fault.backend, |event| {
        matches!(
            state_of(event, shutdown),
            Some(JobState::Progress {
                is_cancellable: true,
                ..
            })
        )
    });
    let asked = Instant::now();
    fault.backend.cancel(behind);
    let events = events_until(&fault.backend, |event| {
        state_of(event, behind).is_some_and(JobState::is_over)
    });
    assert!(
        events
            .iter()
            .any(|event| state_of(event, behind) == Some(&JobState::Cancelled)),
        "{events:?}"
    );
    fault.backend.cancel(shutdown);
    let events = events_until(&fault.backend, |event| {
        state_of(event, shutdown).is_some_and(JobState::is_over)
    });
    assert!(
        events
            .iter()
            .any(|event| state_of(event, shutdown) == Some(&JobState::Cancelled)),
        "{events:?}"
    );
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    assert_eq!(fault.machine("patient").state, State::Running, "nothing happened to it");
    assert_eq!(fault.run("patient", MachineCommand::Pause), Ok(Outcome::Done));
}

#[test]
fn what_waited_when_the_connection_was_lost_is_told_as_failed_and_never_done_later() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    Guest::with_disk(&session, "patient", |disk| {
        demo::write_qcow2(&deaf_boot_sector(), disk).unwrap();
    });
    session.virsh(&["start", "patient"]);
    let fault = Fault::open(&session);
    let grace = Duration::from_mins(10);
    submit(&fault, MachineCommand::Shutdown { grace });
    let behind = submit(&fault, MachineCommand::Pause);
    session.kill_daemon(Signal::STOP).unwrap();
    let told = events_until(&fault.backend, |event| {
        state_of(event, behind).is_some_and(JobState::is_over)
    });
    let not_connected = Error::NotConnected { uri: fault.uri.clone() };
    assert!(
        told.iter()
            .any(|event| state_of(event, behind) == Some(&JobState::Failed(not_connected.clone()))),
        "{told:?}"
    );
    session.kill_daemon(Signal::CONT).unwrap();
    fault.until("it is live again", |model| {
        model.connection.is_connected() && model.freshness == Freshness::Live
    });
    // One more call on the same machine: whatever was before it has been done by then.
    assert_eq!(
        fault.run("patient", MachineCommand::SetTags(Vec::new())),
        Ok(Outcome::Done)
    );
    assert_eq!(fault.machine("patient").state, State::Running);
}
