//! Machines appear, change and go in the model, on the test driver.

use std::time::Duration;

use super::common::Fixture;
use libvirt_backend::guard::Denied;
use libvirt_backend::model::{ConnectionState, PauseReason, ShutOffReason, State};
use libvirt_backend::{Error, Event, JobState, MachineCommand, Outcome};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_appears_with_what_the_xml_says() {
    let fixture = Fixture::with_machines(&["web", "mail"]).await;
    let model = fixture.live().await;
    assert_eq!(model.connection, ConnectionState::Connected);
    assert_eq!(model.machines.len(), 2);
    let web = model.machine_named("web").unwrap();
    assert_eq!(web.state, State::Running);
    assert_eq!(web.definition.memory_max_kib, 65_536);
    assert!(web.definition.is_persistent);
    fixture
        .until("the host is known", |model| {
            model.info.driver == "TEST" && model.info.is_local
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_goes_through_its_states_and_the_model_follows_before_the_job_ends() {
    let fixture = Fixture::with_machines(&["web"]).await;
    let steps = [
        (MachineCommand::Pause, State::Paused(PauseReason::User)),
        (MachineCommand::Resume, State::Running),
        (
            MachineCommand::Shutdown {
                grace: Duration::from_secs(5),
            },
            State::ShutOff(ShutOffReason::Shutdown),
        ),
        (MachineCommand::Start, State::Running),
        (MachineCommand::ForceOff, State::ShutOff(ShutOffReason::Destroyed)),
    ];
    for (command, state) in steps {
        let outcome = fixture.run("web", command.clone()).await;
        assert_eq!(outcome, Ok(Outcome::Done), "{command:?}");
        assert_eq!(fixture.machine("web").state, state, "{command:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_guard_forbids_fails_with_its_reason() {
    let fixture = Fixture::with_machines(&["web"]).await;
    let result = fixture.run("web", MachineCommand::Start).await;
    assert_eq!(result, Err(Error::Denied(Denied::AlreadyRunning)));
    let events = super::common::event_until(
        &fixture.backend,
        |event| matches!(event, Event::Job(update) if update.state.is_over()),
    )
    .await;
    assert!(
        matches!(&events[..], [Event::Job(update)] if update.state == JobState::Failed(Error::Denied(Denied::AlreadyRunning))),
        "{events:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renamed_machine_keeps_its_identity() {
    let fixture = Fixture::with_machines(&["web"]).await;
    let before = fixture.machine("web");
    fixture.run("web", MachineCommand::ForceOff).await.unwrap();
    fixture
        .run("web", MachineCommand::Rename("www".to_owned()))
        .await
        .unwrap();
    assert_eq!(fixture.machine("www").id, before.id);
    let model = fixture.live().await;
    assert_eq!(model.machines.len(), 1, "the old name is gone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tags_are_shown_as_soon_as_they_are_set() {
    let fixture = Fixture::with_machines(&["web"]).await;
    let tags = vec!["blue".to_owned(), "green".to_owned()];
    fixture.run("web", MachineCommand::SetTags(tags.clone())).await.unwrap();
    assert_eq!(fixture.machine("web").definition.tags, tags);
}
