//! A bug that panics within a job: that job fails in words, and nothing else is lost.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use berth_tests::{AppHarness, Need, TestSession, require};
use egui::Role;
use libvirt_backend::model::{HostModel, State};
use tracing::field::{Field, Visit};
use tracing::span;

use super::PATIENCE;

/// Listens to the log and panics, once, in the thread of the job that is about to start this machine: such a bug needs
/// no way in of its own.
struct PanicAtStart {
    machine: String,
    is_armed: AtomicBool,
}

/// The fields of one line.
#[derive(Default)]
struct Line(Vec<String>);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push(format!("{}={value:?}", field.name()));
    }
}

impl tracing::Subscriber for PanicAtStart {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("libvirt_backend::connection")
    }

    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        let says = |words: &str| line.0.iter().any(|field| field.contains(words));
        let is_it = says("a job begins") && says(&self.machine) && says("Starting");
        assert!(!(is_it && self.is_armed.swap(false, Ordering::Relaxed)), "on purpose");
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

fn define(session: &TestSession, name: &str) {
    let file = session.folder().join("machine.xml");
    let xml = format!(
        "<domain type='qemu'><name>{name}</name><memory unit='MiB'>32</memory><vcpu>1</vcpu>\
         <os><type arch='x86_64' machine='q35'>hvm</type></os></domain>"
    );
    std::fs::write(&file, xml).unwrap();
    session.virsh(&["define", file.to_str().unwrap()]);
}

fn sampled_at(model: &HostModel, name: &str) -> Option<i64> {
    let machine = model.machine_named(name)?;
    machine.stats.latest.as_ref().map(|sample| sample.time_millis)
}

#[test]
fn a_panic_in_a_job_fails_that_job_alone_and_the_graphs_of_the_others_go_on() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    define(&session, "doomed");
    define(&session, "steady");
    session.virsh(&["start", "steady"]);
    let panics = PanicAtStart {
        machine: session.virsh(&["domuuid", "doomed"]).trim().to_owned(),
        is_armed: AtomicBool::new(true),
    };
    tracing::subscriber::set_global_default(panics).unwrap();
    let mut window = AppHarness::open(&session);
    window.step_until("the other machine is sampled", PATIENCE, |window| {
        window.shows(Role::Row, "steady, Running, CPU") && sampled_at(&window.model(), "steady").is_some()
    });

    window.press(Role::Row, "doomed, Off", PATIENCE);
    window.press(Role::Button, "Start", PATIENCE);
    window.step_until("the failure is told", PATIENCE, |window| {
        window.says("Something went wrong inside Berth; only this job is lost")
    });
    let model: Arc<HostModel> = window.model();
    assert!(matches!(
        model.machine_named("doomed").unwrap().state,
        State::ShutOff(_)
    ));
    let then = sampled_at(&model, "steady").unwrap();
    window.step_until("the other machine's graph goes on", PATIENCE, |window| {
        sampled_at(&window.model(), "steady").is_some_and(|now| now >= then + 3_000)
    });

    // Nor is the machine itself lost: the next job on it runs.
    window.press(Role::Button, "Start", PATIENCE);
    window.step_until("the second try starts it", PATIENCE, |window| {
        window.shows(Role::Row, "doomed, Running")
    });
    window.close();
}
