//! Pictures of the pages at the widths, themes, text sizes and languages that must look finished.

#[path = "../../app/src/screens/fixtures.rs"]
mod fixtures;
#[path = "../../app/src/screens/test_window.rs"]
mod test_window;

use berth::command::DialogRequest;
use berth::route::{MachineTab, Route};
use berth::state::{Answer, Overlay};
use berth::widgets::ThemeChoice;
use egui_kittest::Harness;
use test_window::{Look, TestWindow, build, key};

fn draw(name: &str, look: Look, window: TestWindow) {
    let mut harness = build(Harness::builder().wgpu(), look, window);
    harness.run();
    let image = harness.render().unwrap();
    image.save(format!("/tmp/w/pic_{name}.png")).unwrap();
}

fn assorted() -> TestWindow {
    let mut window = TestWindow::new(vec![fixtures::assorted()]);
    window.select(&[1]);
    window
}

fn at(route: Route) -> TestWindow {
    TestWindow { route, ..assorted() }
}

fn page(number: u32, tab: MachineTab) -> TestWindow {
    at(Route::Machine { key: key(number), tab })
}

const WIDE: Look = Look::sized(1280.0, 800.0);
const LIGHT: Look = Look { theme: ThemeChoice::Light, ..WIDE };

#[test]
fn all() {
    draw("machines_1280", WIDE, assorted());
    draw("machines_light", LIGHT, assorted());
    draw("machines_1000", Look::sized(1000.0, 700.0), assorted());
    draw("machines_480", Look::sized(480.0, 800.0), assorted());
    draw("machines_2560", Look::sized(2560.0, 1000.0), assorted());
    draw("machines_big", Look { text_scale: 2.0, ..WIDE }, assorted());
    draw("overview", WIDE, page(1, MachineTab::Overview));
    draw("overview_light", LIGHT, page(2, MachineTab::Overview));
    draw("overview_480", Look::sized(480.0, 900.0), page(1, MachineTab::Overview));
    draw("snapshots", WIDE, page(1, MachineTab::Snapshots));
    draw("settings", WIDE, at(Route::Settings));
    draw("connections", LIGHT, at(Route::Connections));
    draw("first", WIDE, TestWindow::new(vec![fixtures::host(fixtures::URI, Vec::new())]));
    let overlay = |overlay| TestWindow { overlay: Some(overlay), ..assorted() };
    draw("new", WIDE, overlay(Overlay::NewMachine));
    draw("palette", WIDE, overlay(Overlay::Palette));
    draw("shortcuts", WIDE, overlay(Overlay::Shortcuts));
    draw("tags", WIDE, overlay(Overlay::Dialog(DialogRequest::Tags(vec![key(1), key(2)]))));
    let _ = Answer::Ready(1);
}
