//! Connections are independent, say why they are down, and end when asked to.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use super::common::{Fixture, backend, event_until, until, write_computer};
use libvirt_backend::model::{ConnectionState, DisconnectReason, Freshness, HostModel, State};
use libvirt_backend::{Command, Error, Event, JobState, MachineCommand, Outcome, Profile, Query};

/// A connection by way of an ssh that does this.
fn ssh_uri(folder: &Path, name: &str, what: &str) -> String {
    let script = folder.join(name);
    std::fs::write(&script, format!("#!/bin/sh\n{what}\n")).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
    format!("qemu+ssh://nowhere/session?command={}&proxy=native", script.display())
}

/// An ssh that never gets anywhere, and ends with whoever started it.
fn hanging_uri(folder: &Path) -> String {
    ssh_uri(folder, "hanging-ssh", "exec cat >/dev/null")
}

fn reason_of(model: &HostModel) -> Option<DisconnectReason> {
    match model.connection {
        ConnectionState::Disconnected { reason, .. } => Some(reason),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_hangs_delays_no_other() {
    let fixture = Fixture::unopened(&["web"], Profile::Desktop);
    let hanging = hanging_uri(fixture.folder());
    fixture.backend.open(&hanging);
    fixture.backend.open(&fixture.uri);
    let started = Instant::now();
    fixture.live().await;
    let outcome = fixture.run("web", MachineCommand::Pause).await;
    assert_eq!(outcome, Ok(Outcome::Done));
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    until(&fixture.backend, &hanging, "it says that it takes its time", |model| {
        model.connection == ConnectionState::Connecting { is_slow: true }
    })
    .await;
    let order: Vec<String> = fixture.backend.models().iter().map(|model| model.uri.clone()).collect();
    assert_eq!(order, [hanging, fixture.uri.clone()]);
    let started = Instant::now();
    fixture.backend.shutdown().await;
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_connection_says_why_and_whether_it_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let backend = backend(folder.path(), Profile::Desktop);
    let absent = format!("qemu:///session?socket={}/no/libvirt-sock", folder.path().display());
    let bogus = format!("test://{}/missing.xml", folder.path().display());
    let nul = "qemu:///sess\0ion".to_owned();
    for uri in [&absent, &bogus, &nul] {
        backend.open(uri);
    }
    let down = |uri: String| {
        let backend = backend.clone();
        async move { until(&backend, &uri, "it is down", |model| reason_of(model).is_some()).await }
    };
    let model = down(absent).await;
    assert_eq!(reason_of(&model), Some(DisconnectReason::NoDaemon));
    assert!(
        matches!(&model.connection, ConnectionState::Disconnected { retry_at_millis: Some(_), message, .. } if message.contains("libvirt-sock")),
        "{:?}",
        model.connection
    );
    for uri in [bogus, nul] {
        let model = down(uri).await;
        assert_eq!(
            reason_of(&model),
            Some(DisconnectReason::BadUri),
            "{:?}",
            model.connection
        );
        assert!(matches!(
            model.connection,
            ConnectionState::Disconnected {
                retry_at_millis: None,
                ..
            }
        ));
    }
}

/// What ssh says of a host whose key is another one than before, word for word.
const CHANGED_KEY: &str = "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
Someone could be eavesdropping on you right now (man-in-the-middle attack)!
It is also possible that a host key has just been changed.
The fingerprint for the ED25519 key sent by the remote host is
SHA256:bWFkZSB1cCBmb3IgdGhpcyB0ZXN0IGFuZCBub3QgYSBrZXk.
Please contact your system administrator.
Add correct host key in /home/me/.ssh/known_hosts to get rid of this message.
Offending ED25519 key in /home/me/.ssh/known_hosts:1
  remove with:
  ssh-keygen -f \"/home/me/.ssh/known_hosts\" -R \"nowhere\"
Host key for nowhere has changed and you have requested strict checking.
Host key verification failed.";

const NEW_HOST: &str = "No ED25519 host key is known for nowhere and you have requested strict checking.
Host key verification failed.";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_ssh_says_decides_whether_it_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let backend = backend(folder.path(), Profile::Desktop);
    let cases = [
        (
            "refused",
            "ssh: connect to host nowhere port 22: Connection refused",
            DisconnectReason::HostUnreachable,
        ),
        ("changed", CHANGED_KEY, DisconnectReason::HostKeyChanged),
        ("new", NEW_HOST, DisconnectReason::HostKeyUnknown),
        (
            "locked",
            "me@nowhere: Permission denied (publickey,password).",
            DisconnectReason::AuthenticationFailed,
        ),
    ];
    let num_tries = |name: &str| {
        std::fs::read_to_string(folder.path().join(format!("{name}.tries")))
            .unwrap()
            .len()
    };
    for (name, words, reason) in cases {
        let says = folder.path().join(format!("{name}.words"));
        std::fs::write(&says, format!("{words}\r\n")).unwrap();
        // A real one needs a moment for the network too.
        let script = format!(
            "printf . >>'{}'; sleep 0.3; cat '{}' >&2; exit 255",
            folder.path().join(format!("{name}.tries")).display(),
            says.display()
        );
        let uri = ssh_uri(folder.path(), name, &script);
        backend.open(&uri);
        let model = until(&backend, &uri, "it is down", |model| reason_of(model).is_some()).await;
        assert_eq!(reason_of(&model), Some(reason), "{:?}", model.connection);
        let ConnectionState::Disconnected { retry_at_millis, .. } = model.connection else {
            panic!("it was down")
        };
        assert_eq!(retry_at_millis.is_some(), reason == DisconnectReason::HostUnreachable);
    }
    // By then the one that may be tried again has been, twice; the others were left alone for as long.
    let begun = Instant::now();
    while num_tries("refused") < 4 {
        assert!(begun.elapsed() < Duration::from_secs(30), "it is not tried again");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for name in ["changed", "new", "locked"] {
        assert_eq!(num_tries(name), 1, "{name} is only tried again when the user says so");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trying_again_finds_what_was_missing_before() {
    let folder = tempfile::tempdir().unwrap();
    let backend = backend(folder.path(), Profile::Desktop);
    let uri = format!("test://{}/computer.xml", folder.path().display());
    backend.open(&uri);
    until(&backend, &uri, "it is down", |model| reason_of(model).is_some()).await;
    write_computer(folder.path(), "computer.xml", &["web"]);
    backend.retry(&uri);
    until(&backend, &uri, "it is up", |model| model.machines.len() == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_to_a_connection_that_is_down_fail_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let backend = backend(folder.path(), Profile::Desktop);
    let unknown = "test:///never-opened".to_owned();
    let result = backend.run(&unknown, Command::Query(Query::StorageRoom)).await;
    assert_eq!(result, Err(Error::NotConnected { uri: unknown.clone() }));
    let hanging = hanging_uri(folder.path());
    backend.open(&hanging);
    let result = backend.run(&hanging, Command::Query(Query::StorageRoom)).await;
    let uri = hanging.clone();
    assert_eq!(result, Err(Error::NotConnected { uri }));
    let job = backend.submit(&unknown, Command::TestHostAgain);
    event_until(
        &backend,
        |event| matches!(event, Event::Job(update) if update.job == job && matches!(update.state, JobState::Failed(_))),
    )
    .await;
    // A process that ends while libvirt prepares itself on another thread may crash.
    until(&backend, &hanging, "it hangs", |model| {
        model.connection == ConnectionState::Connecting { is_slow: true }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_known_list_is_shown_at_once_and_then_replaced() {
    let source = Fixture::with_machines(&["web", "gone"]).await;
    let last_known = HostModel::clone(&source.backend.model(&source.uri).unwrap());
    let uri = write_computer(source.folder(), "later.xml", &["web", "new"]);
    let backend = backend(source.folder(), Profile::Desktop);
    backend.open_with(&uri, last_known);
    let first = backend.model(&uri).unwrap();
    assert_eq!(first.machines.len(), 2);
    assert_ne!(first.freshness, Freshness::Unknown);
    let live = until(&backend, &uri, "the list is live", |model| {
        model.freshness == Freshness::Live
    })
    .await;
    assert!(live.machine_named("new").is_some());
    assert!(live.machine_named("gone").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_computers_are_two_worlds() {
    let one = Fixture::with_machines(&["web"]).await;
    let other = write_computer(one.folder(), "other.xml", &["web"]);
    one.backend.open(&other);
    until(&one.backend, &other, "the other is live", |model| {
        model.machines.len() == 1
    })
    .await;
    one.run("web", MachineCommand::ForceOff).await.unwrap();
    assert!(!one.machine("web").state.is_active());
    let other_model = one.backend.model(&other).unwrap();
    assert_eq!(other_model.machine_named("web").unwrap().state, State::Running);
    one.backend.close(&other);
    assert!(one.backend.model(&other).is_none());
    assert_eq!(one.backend.models().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_machines_are_listed_before_they_are_read_and_in_few_pictures() {
    let names: Vec<String> = (0..1_000).map(|number| format!("machine-{number:04}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let fixture = Fixture::unopened(&names, Profile::Desktop);
    let opened = Instant::now();
    fixture.backend.open(&fixture.uri);
    let mut watch = fixture.backend.watch(&fixture.uri).unwrap();
    let first = watch
        .wait_for(|model| !model.machines.is_empty())
        .await
        .unwrap()
        .clone();
    assert_eq!(first.machines.len(), 1_000, "the first list is whole");
    assert!(first.machines.iter().all(|machine| machine.state == State::Running));
    let whole = fixture.live().await;
    let pictures = whole.generation - first.generation;
    // Twenty a second, however long a busy computer takes, and some for what is told at once.
    let most = opened.elapsed().as_millis() / 50 + 10;
    assert!(
        u128::from(pictures) <= most && pictures <= 200,
        "{pictures} publications for a thousand readings, not {most}"
    );
    assert!(whole.machines.is_sorted_by_key(|machine| machine.id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_end_nothing_is_accepted_any_more() {
    let fixture = Fixture::with_machines(&["web"]).await;
    fixture.backend.shutdown().await;
    let result = fixture
        .backend
        .run(&fixture.uri, Command::Query(Query::StorageRoom))
        .await;
    assert_eq!(result, Err(Error::Closing));
    fixture.backend.open(&fixture.uri);
    assert!(fixture.backend.models().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_terminal_samples_only_when_asked() {
    let fixture = Fixture::unopened(&["web"], Profile::Terminal);
    fixture.backend.open(&fixture.uri);
    fixture.live().await;
    assert!(fixture.machine("web").stats.latest.is_none());
    fixture.backend.start_sampling(&fixture.uri);
    fixture
        .until("a sample of the machine arrives", |model| {
            model.machines.iter().all(|machine| machine.stats.latest.is_some())
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_connection_needs_first_is_waited_for_and_its_failure_told_in_its_words() {
    let fixture = Fixture::unopened(&["a"], Profile::Desktop);
    let (go, may_go) = std::sync::mpsc::sync_channel::<Result<(), String>>(1);
    let may_go = std::sync::Mutex::new(may_go);
    let before = move || may_go.lock().unwrap().recv().unwrap();
    fixture.backend.open_after(&fixture.uri, std::sync::Arc::new(before));
    fixture
        .until("it connects", |model| {
            matches!(model.connection, ConnectionState::Connecting { .. })
        })
        .await;
    go.send(Err("the kettle is cold".to_owned())).unwrap();
    fixture
        .until("it failed", |model| {
            matches!(&model.connection, ConnectionState::Disconnected { message, .. } if message == "the kettle is cold")
        })
        .await;
    go.send(Ok(())).unwrap();
    fixture.backend.retry(&fixture.uri);
    fixture.live().await;
}
