//! What waits or runs can be called off, and is told as such exactly once.

use std::time::{Duration, Instant};

use berth_tests::{Guest, Need, TestSession, require};
use libvirt_backend::model::State;
use libvirt_backend::private_session::demo;
use libvirt_backend::{Command, Event, JobId, JobState, MachineCommand, Outcome};

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
