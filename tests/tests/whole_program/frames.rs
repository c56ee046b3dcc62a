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

/// The changes that the guest has made once there are as many as `least`, itself counted from when it was last asked.
fn changes(stage: &mut Stage<'_>, least: usize) -> usize {
    let mut made = 0;
    wait_until("a guest that changes its screen", PATIENCE, || {
        made += count(stage);
        made >= least
    });
    made
}

/// The frames so far, after the guest painted everything anew because it was told to paint something else.
fn settled(desktop: &Desktop, stage: &mut Stage<'_>) -> usize {
    changes(stage, 4);
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
    let made = changes(&mut stage, 20);
    let frames = desktop.frames() - before;
    // One more: of a change just before the first count.
    assert!(frames <= made + 1, "{frames} frames for {made} changes");
    assert!(frames * 2 >= made, "{frames} frames for {made} changes");

    // A box that moves: what is behind it changes too, and the frame's number.
    stage.paint("box");
    let before = settled(&desktop, &mut stage);
    let made = 2 * changes(&mut stage, 40);
    let frames = desktop.frames() - before;
    assert!(frames <= made + 2, "{frames} frames for {made} changes");

    stage.paint("still");
    wait_until_quiet(&desktop);
}
