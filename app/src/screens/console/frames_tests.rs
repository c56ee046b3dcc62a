//! How many frames a guest costs its window: one for each change at most, and none where nothing changes.

use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use egui::ViewportId;

use crate::console::{Area, Cursor, CursorChange, Lights};
use crate::screens::test_console::{GUEST, Shown, shown_and_awake};
use crate::screens::test_window::Look;

/// After so long nothing is on its way any more.
const QUIET: Duration = Duration::from_millis(300);
const PATIENCE: Duration = Duration::from_secs(20);
const SPOT: Area = Area {
    x: 3,
    y: 5,
    width: 8,
    height: 16,
};

/// The window, drawn as eframe draws one: when egui asks for it, and never otherwise.
struct Loop {
    shown: Shown,
    asked: Receiver<(Instant, u64)>,
    due: Option<Instant>,
}

impl Loop {
    fn start() -> Self {
        let shown = shown_and_awake(Look::sized(900.0, 700.0));
        let (ask, asked) = sync_channel(10_000);
        shown.harness.ctx.set_request_repaint_callback(move |info| {
            assert_eq!(info.viewport_id, ViewportId::ROOT);
            ask.send((Instant::now() + info.delay, info.current_cumulative_pass_nr))
                .expect("the loop");
        });
        let mut window = Self {
            shown,
            asked,
            // What was asked for before anybody listened is not asked for again.
            due: Some(Instant::now()),
        };
        window.frames_until_quiet();
        window
    }

    /// Draws what is asked for until nothing more is.
    fn frames_until_quiet(&mut self) -> u32 {
        let mut frames = 0;
        let mut quiet_at = Instant::now() + QUIET;
        let end = Instant::now() + PATIENCE;
        while Instant::now() < quiet_at {
            assert!(Instant::now() < end, "the window never rests");
            if self.due.is_some_and(|due| due <= Instant::now()) {
                self.due = None;
                self.shown.harness.step();
                frames += 1;
                quiet_at = Instant::now() + QUIET;
            }
            let next = self.due.map_or(quiet_at, |due| due.min(quiet_at));
            match self.asked.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Ok((when, pass)) => {
                    // A frame that was drawn since was asked for by this too.
                    let newest = self.shown.harness.ctx.cumulative_pass_nr();
                    if pass == newest || pass + 1 == newest {
                        self.due = Some(self.due.map_or(when, |due| due.min(when)));
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => panic!("the window is gone"),
            }
        }
        frames
    }

    fn updates(&self) -> u64 {
        let state = self.shown.harness.state();
        let display = state.displays.iter().next().expect("a display").1.clone();
        let state = display.lock();
        let crate::display::Phase::Live(session) = &state.phase else {
            panic!("no session");
        };
        session.screen.counts().patches
    }
}

#[test]
fn each_change_of_the_guest_draws_one_frame_and_an_idle_guest_none() {
    let mut window = Loop::start();
    assert_eq!(window.frames_until_quiet(), 0, "an idle guest");
    let before = window.updates();
    for change in 1..=10 {
        window.shown.canvas.damage(SPOT);
        assert_eq!(window.frames_until_quiet(), 1, "change {change}");
        assert_eq!(window.updates(), before + change, "the change is shown");
    }
    assert_eq!(window.frames_until_quiet(), 0, "an idle guest");
}

#[test]
fn a_burst_between_two_frames_is_one_frame() {
    let mut window = Loop::start();
    // The first picture waits to be taken: everything after it comes between this frame and the next.
    window.shown.canvas.damage(SPOT);
    let (_, pass) = window.asked.recv_timeout(PATIENCE).expect("a frame is asked for");
    assert_eq!(pass, window.shown.harness.ctx.cumulative_pass_nr());
    for _ in 0..500 {
        window.shown.canvas.damage(Area::whole(GUEST));
    }
    let before = window.updates();
    window.due = Some(Instant::now());
    assert_eq!(window.frames_until_quiet(), 2, "the first change, and the 500 after it");
    assert_eq!(window.updates(), before + 2);
}

#[test]
fn what_is_no_news_draws_no_frame_and_a_new_pointer_one() {
    let mut window = Loop::start();
    let canvas = window.shown.canvas.clone();
    canvas.set_lights(Lights::from_bits(0));
    canvas.set_pointer_mode(crate::console::PointerMode::Absolute);
    assert_eq!(window.frames_until_quiet(), 0);
    let image = egui::ColorImage::filled([8, 8], egui::Color32::WHITE);
    for _ in 0..20 {
        canvas.set_cursor(CursorChange::Shown(Cursor {
            hot_x: 0,
            hot_y: 0,
            image: std::sync::Arc::new(image.clone()),
        }));
    }
    assert_eq!(window.frames_until_quiet(), 1);
}
