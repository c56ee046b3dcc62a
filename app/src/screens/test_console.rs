//! A console in the test window, over a display that the test draws.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use berth::console::{Area, Canvas, Ending, InputQueue, Pixels, Screen, screen, start_painter};
use berth::context::CommandQueue;
use berth::display::{Kind, Session, readiness};
use berth::route::{MachineTab, Route};
use berth::screens::console::facts;
use berth::settings::Scale;
use egui::{Color32, Role};
use egui_kittest::kittest::Queryable as _;
use egui_kittest::{Harness, HarnessBuilder};
use libvirt_backend::model::Machine;

use super::fixtures::{self, URI};
use super::test_window::{Look, TestWindow, build, key};

pub(crate) const GUEST: [u32; 2] = [64, 48];
const PATIENCE: Duration = Duration::from_secs(20);

/// A checker: no two neighbours are alike.
struct Checker;

impl Pixels for Checker {
    fn size(&self) -> [u32; 2] {
        GUEST
    }

    fn read(&self, area: Area, out: &mut Vec<Color32>) -> Result<(), Ending> {
        out.clear();
        for y in area.y..area.y + area.height {
            for x in area.x..area.x + area.width {
                out.push(Color32::from_gray(if (x + y) % 2 == 0 { 255 } else { 0 }));
            }
        }
        Ok(())
    }
}

pub(crate) fn window(machine: Machine) -> TestWindow {
    let mut window = TestWindow::new(vec![fixtures::host(URI, vec![machine])]);
    window.route = Route::Machine {
        key: key(1),
        tab: MachineTab::Console,
    };
    window
}

pub(crate) fn opened(look: Look, window: TestWindow) -> Harness<'static, TestWindow> {
    opened_by(Harness::builder(), look, window)
}

fn opened_by(builder: HarnessBuilder<TestWindow>, look: Look, mut window: TestWindow) -> Harness<'static, TestWindow> {
    let ctx = egui::Context::default();
    window.displays.look_at(Some(&key(1)), &ctx);
    tell_facts(&window);
    build(builder, look, window)
}

/// Its display wakes the harness's own window, as a real one does.
pub(crate) fn shown_and_awake(look: Look) -> Shown {
    let mut window = window(running());
    window.settings.guest_follows_window = false;
    let mut harness = build(Harness::builder(), look, window);
    let ctx = harness.ctx.clone();
    harness.state_mut().displays.look_at(Some(&key(1)), &ctx);
    tell_facts(harness.state());
    let display = harness.state().displays.get(&key(1)).expect("a display").clone();
    begin(harness, screen(display.waker()))
}

pub(crate) fn tell_facts(window: &TestWindow) {
    let commands = CommandQueue::default();
    let view = window.view(&commands);
    let machine = view.machine(&key(1)).expect("the machine");
    let facts = facts(&view, &key(1), readiness(machine, true));
    window.displays.get(&key(1)).expect("a display").set_facts(facts);
}

pub(crate) fn running() -> Machine {
    fixtures::running(fixtures::machine(1, "box"))
}

pub(crate) struct Shown {
    pub(crate) harness: Harness<'static, TestWindow>,
    pub(crate) canvas: Canvas,
    pub(crate) input: InputQueue,
}

pub(crate) fn shown(look: Look, scale: Scale) -> Shown {
    shown_by(Harness::builder(), look, scale)
}

pub(crate) fn shown_by(builder: HarnessBuilder<TestWindow>, look: Look, scale: Scale) -> Shown {
    let mut window = window(running());
    window.settings.scale = scale;
    window.settings.guest_follows_window = false;
    begin(opened_by(builder, look, window), screen(|| {}))
}

fn begin(harness: Harness<'static, TestWindow>, (canvas, screen): (Canvas, Screen)) -> Shown {
    let input = InputQueue::default();
    start_painter(canvas.clone(), Arc::new(Mutex::new(Checker))).expect("a painter");
    canvas.damage(Area::whole(GUEST));
    let session = Session::new(screen, canvas.clone(), input.clone(), Kind::Vnc);
    let display = harness.state().displays.get(&key(1)).expect("a display").clone();
    display.lock().opened(session);
    let mut shown = Shown { harness, canvas, input };
    let end = Instant::now() + PATIENCE;
    while !display.lock().picture.is_there() {
        assert!(Instant::now() < end, "no picture");
        shown.harness.step();
    }
    // Knowing its size it may want another filter, which comes with pixels.
    shown.harness.step();
    while !shown.canvas.is_settled() {
        assert!(Instant::now() < end, "no second picture");
        shown.harness.step();
    }
    shown.harness.run_ok();
    shown
}

impl Shown {
    pub(crate) fn picture(&self) -> egui::Rect {
        let node = self
            .harness
            .get_by_role_and_label(Role::Canvas, "Screen of box, 64 × 48");
        node.rect()
    }
}
