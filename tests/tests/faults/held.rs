//! Deleting beside a QEMU that hangs, and deleting the one that hangs.

use std::path::PathBuf;
use std::process::{Child, Command as Process, Stdio};
use std::time::{Duration, Instant};

use super::common::Fault;
use super::qemu::signal;
use berth_tests::{BOOT_PATIENCE, Guest, Need, TestSession, require};
use libvirt_backend::boot_sector::Mood;
use libvirt_backend::command::{DeletePlan, DeleteRequest};
use libvirt_backend::model::Freshness;
use libvirt_backend::private_session::{PrivateSession, Signal};
use libvirt_backend::{Command, MachineCommand, Outcome, Query};

/// libvirt itself gives up on a question to a hung QEMU after 30 s.
const AT_ONCE: Duration = Duration::from_secs(10);

/// Another program that asks QEMU something and gets no answer: from then on the machine's XML cannot be asked for.
struct Asking(Child);

impl Asking {
    fn of(session: &PrivateSession, name: &str) -> Self {
        let child = Process::new("virsh")
            .args(["-q", "-c", &session.uri(), "dommemstat", name])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let asking = Self(child.unwrap());
        berth_tests::wait_until("question that holds the machine", AT_ONCE, || {
            let told = berth_tests::try_virsh(session, &["domcontrol", name]).unwrap();
            told.starts_with("occupied")
        });
        asking
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

impl Fault {
    #[track_caller]
    fn delete_plan(&self, name: &str) -> DeletePlan {
        let id = self.machine(name).id;
        let begun = Instant::now();
        let outcome = self.ask(Command::Query(Query::DeletePlan(id)));
        assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
        match outcome {
            Ok(Outcome::DeletePlan(plan)) => plan,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn delete(&self, name: &str, files: &[PathBuf]) {
        let request = DeleteRequest {
            files: files.to_vec(),
            force_off: true,
        };
        assert_eq!(
            self.run(name, MachineCommand::Delete(request)),
            Ok(Outcome::Done),
            "{name}"
        );
    }

    #[track_caller]
    fn until_held(&self) {
        self.until("it is shown as not responding", |model| {
            model
                .machine_named("held")
                .is_some_and(|machine| !machine.responding.is_yes())
        });
    }
}

fn paths(plan: &DeletePlan) -> Vec<PathBuf> {
    plan.files.iter().map(|file| file.path.clone()).collect()
}

#[test]
fn a_machine_that_hangs_is_deleted_with_its_files_and_so_are_others_beside_it() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let held = Guest::boot_sector(&session, "held", Mood::Calm);
    Guest::boot_sector(&session, "other", Mood::Calm);
    let _line = held.start(BOOT_PATIENCE);
    let fault = Fault::open(&session);
    signal(&session, "held", Signal::STOP);
    let _asking = Asking::of(&session, "held");
    fault.until_held();

    let other = fault.delete_plan("other");
    assert_eq!(other.unread, [""; 0]);
    let begun = Instant::now();
    fault.delete("other", &paths(&other));
    assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());

    let plan = fault.delete_plan("held");
    assert_eq!(plan.unread, [""; 0], "what was seen of it before is whole");
    assert_eq!(paths(&plan), [session.folder().join("held.qcow2")]);
    fault.delete("held", &paths(&plan));
    assert!(!session.folder().join("held.qcow2").exists());
    assert!(!session.folder().join("other.qcow2").exists());
    assert_eq!(session.virsh(&["list", "--all", "--name"]).trim(), "");
}

#[test]
fn a_machine_that_hung_before_berth_came_is_named_as_unread_and_goes_all_the_same() {
    if !require(&[Need::Libvirt]) {
        return;
    }
    let session = TestSession::start();
    let held = Guest::boot_sector(&session, "held", Mood::Calm);
    Guest::boot_sector(&session, "other", Mood::Calm);
    let _line = held.start(BOOT_PATIENCE);
    signal(&session, "held", Signal::STOP);
    let _asking = Asking::of(&session, "held");
    let fault = Fault::connect(&session);
    fault.until("the list is live, and whole but for the one", |model| {
        model.freshness == Freshness::Live
            && model
                .machine_named("other")
                .is_some_and(|machine| machine.definition.is_complete)
    });
    fault.until_held();

    let other = fault.delete_plan("other");
    assert_eq!(other.unread, ["held"], "it may use the file too");
    fault.delete("other", &paths(&other));

    let plan = fault.delete_plan("held");
    assert_eq!(plan.unread, ["held"], "its list is not whole, and says so");
    // Once it is forced off, libvirt can tell.
    fault.delete("held", &[session.folder().join("held.qcow2")]);
    assert!(!session.folder().join("held.qcow2").exists());
    assert_eq!(session.virsh(&["list", "--all", "--name"]).trim(), "");
}
