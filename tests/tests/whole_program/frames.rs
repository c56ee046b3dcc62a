//! How often the window is drawn while a guest's screen is shown: for each of its changes once at most.

use std::time::{Duration, Instant};

use berth_tests::{Desktop, Need, Shown, Stage, TestSession, require, wait_until};

use super::WINDOW;

const PATIENCE: Duration = Duration::from_mins(1);
/// A window that drew nothing for so long has nothing to draw.
const QUIET: Duration = Duration::from_secs(4);

fn wait_until_quiet(desktop: &Desktop) {
    let mut frames = desktop.frames();
    let mut since = Instant::now();
    wait_until("a window that draws nothing", PATIENCE, || {
        if desktop.frames() != frames {
            (frames, since) = (desktop.frames(), Instant::now());
        }
        since.elapsed() > QUIET
    });
}

/// The guest's frames since it was last asked, and the time for them.
fn count(stage: &mut Stage<'_>) -> usize {
    let answer = stage.ask("count", "count ");
    let frames = answer.split(' ').next().unwrap();
    frames.parse().unwrap()
}

/// After the guest painted everything anew because it was told to paint something else: the frames so far.
fn settled(desktop: &Desktop, stage: &mut Stage<'_>) -> usize {
    std::thread::sleep(Duration::from_secs(2));
    count(stage);
    desktop.frames()
}

#[test]
fn an_idle_guest_draws_no_frame_and_a_change_draws_one() {
    if !require(&[WINDOW, &[Need::DrmGuest]].concat()) {
        return;
    }
    let session = TestSession::start();
    let mut stage = Stage::start(&session, "porthole");
    let mut desktop = Desktop::start(Shown::OnX11);
    desktop.set_variable("BERTH_LOG", "berth::app=trace");
    desktop.start_berth(&["--connect", &session.uri()]);
    let mut reader = desktop.screen_reader();
    reader.wait_for_part("porthole, Running", PATIENCE);
    reader.click_part("table row", "porthole, Running");
    desktop.press("Return");
    reader.wait("canvas", "Screen of porthole, 1224 × 760");
    reader.wait_for_part("gives the keyboard back", PATIENCE);
    assert!(desktop.frames() > 0, "frames are counted");
    stage.paint("still");
    wait_until_quiet(&desktop);

    // A cursor that blinks twice a second.
    stage.paint("cursor");
    let before = settled(&desktop, &mut stage);
    std::thread::sleep(Duration::from_secs(10));
    let frames = desktop.frames() - before;
    let changes = count(&mut stage);
    assert!(changes >= 5, "the guest painted {changes} frames only");
    // One more: of a change just before the first count.
    assert!(frames <= changes + 1, "{frames} frames for {changes} changes");
    assert!(frames * 2 >= changes, "{frames} frames for {changes} changes");

    // A box that moves: what is behind it changes too, and the frame's number.
    stage.paint("box");
    let before = settled(&desktop, &mut stage);
    std::thread::sleep(Duration::from_secs(5));
    let frames = desktop.frames() - before;
    let changes = 2 * count(&mut stage);
    assert!(frames <= changes + 2, "{frames} frames for {changes} changes");

    stage.paint("still");
    wait_until_quiet(&desktop);
}
