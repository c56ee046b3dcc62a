//! Closing the window by its frame while a job runs: the question, and each of its answers.

use std::time::{Duration, Instant};

use berth_tests::{Desktop, ScreenReader, Shown, TestSession, require};
use libvirt_backend::private_session::Signal;

use super::WINDOW;

const PATIENCE: Duration = Duration::from_mins(1);
/// The firmware looks for a disk for ever, and takes no notice of the power button.
const MACHINE: &str = "<domain type='qemu'><name>stubborn</name><memory unit='MiB'>32</memory><vcpu>1</vcpu>\
    <os><type arch='x86_64' machine='q35'>hvm</type></os></domain>";

fn session_with_machine() -> TestSession {
    let session = TestSession::start();
    let file = session.folder().join("machine.xml");
    std::fs::write(&file, MACHINE).unwrap();
    session.virsh(&["define", file.to_str().unwrap()]);
    session.virsh(&["start", "stubborn"]);
    session
}

/// A window in which the machine is being asked to shut down, and its process.
fn open_with_job(desktop: &mut Desktop, session: &TestSession) -> (u32, ScreenReader) {
    let berth = desktop.start_berth(&["--connect", &session.uri()]);
    let mut reader = desktop.screen_reader();
    reader.click_part("table row", "stubborn, ");
    reader.click("button", "Actions for stubborn");
    reader.click("menu item", "Shut down");
    reader.wait_for_part("Waiting for the guest", PATIENCE);
    (berth, reader)
}

fn is_running(session: &TestSession) -> bool {
    session.virsh(&["list", "--name"]).contains("stubborn")
}

#[test]
fn closing_during_a_job_asks_and_each_answer_does_what_it_says() {
    if !require(WINDOW) {
        return;
    }
    let session = session_with_machine();
    let mut desktop = Desktop::start(Shown::OnX11);

    let (berth, mut reader) = open_with_job(&mut desktop, &session);
    desktop.press_close();
    reader.wait_for_part("A job is still running", PATIENCE);
    reader.click("button", "Keep Berth open");
    reader.wait_until_gone("A job is still running");
    assert!(desktop.runs(berth));
    desktop.press_close();
    reader.click("button", "Cancel the jobs and quit");
    let asked_at = Instant::now();
    assert_eq!(desktop.wait_for_end(berth, PATIENCE), 0, "{}", desktop.berth_log());
    assert!(
        asked_at.elapsed() < Duration::from_secs(15),
        "it waited for a job that can be cancelled"
    );
    assert!(is_running(&session), "the machine runs on");
    drop(reader);

    let (berth, mut reader) = open_with_job(&mut desktop, &session);
    desktop.press_close();
    reader.click("button", "Quit now");
    assert_eq!(desktop.wait_for_end(berth, PATIENCE), 0, "{}", desktop.berth_log());
    assert!(is_running(&session), "the machine runs on");
    drop(reader);

    let (berth, mut reader) = open_with_job(&mut desktop, &session);
    desktop.press_close();
    reader.click("button", "Wait and quit");
    reader.wait_for_part("Berth closes once the jobs are done", PATIENCE);
    assert!(desktop.runs(berth));
    // The guest obeys at last.
    session.virsh(&["destroy", "stubborn"]);
    assert_eq!(desktop.wait_for_end(berth, PATIENCE), 0, "{}", desktop.berth_log());
}

#[test]
fn a_job_that_cannot_be_cancelled_holds_the_window_for_a_while_in_sight_and_not_for_ever() {
    if !require(WINDOW) {
        return;
    }
    let session = session_with_machine();
    let mut desktop = Desktop::start(Shown::OnX11);
    let berth = desktop.start_berth(&["--connect", &session.uri()]);
    let mut reader = desktop.screen_reader();
    reader.click_part("table row", "stubborn, Running");
    reader.click("button", "Actions for stubborn");
    reader.wait("menu item", "Pause");
    // Nothing that is asked of libvirt now comes to an end, until the connection is given up.
    session.kill_daemon(Signal::STOP).unwrap();
    reader.click("menu item", "Pause");
    reader.wait_for_part("Pausing", PATIENCE);
    desktop.press_close();
    reader.click("button", "Cancel the jobs and quit");
    reader.wait_for_part("Jobs are being cancelled", PATIENCE);
    reader.wait_for_part("after 20 seconds in any case", PATIENCE);
    assert_eq!(desktop.wait_for_end(berth, PATIENCE), 0, "{}", desktop.berth_log());
}
