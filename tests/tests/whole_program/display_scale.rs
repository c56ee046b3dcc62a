//! A display with more pixels than points: one pixel of the guest is one of the display, mixed with no other.

use std::time::Duration;

use berth_tests::{Desktop, Need, Picture, Shown, Stage, TestSession, require, wait_until};
use rustix::process::getuid;

use super::WINDOW;
use super::linux_console::open_screen;

const PATIENCE: Duration = Duration::from_mins(1);
/// What stands left of and above the screen, in points.
const CORNER: [f64; 2] = [56.0, 40.0];
/// The guest writes the frame's number into its corner.
const NUMBER: [u32; 2] = [128, 4];

#[test]
fn a_guests_pixels_are_the_displays_at_every_scale_under_x11() {
    if require(&[WINDOW, &[Need::DrmGuest]].concat()) {
        a_guests_pixels_are_the_displays(Shown::OnX11);
    }
}

#[test]
fn a_guests_pixels_are_the_displays_at_every_scale_under_wayland() {
    // The compositor refuses root.
    if require(&[WINDOW, &[Need::Program("sway"), Need::Program("grim"), Need::DrmGuest]].concat())
        && !getuid().is_root()
    {
        a_guests_pixels_are_the_displays(Shown::OnWayland);
    }
}

fn a_guests_pixels_are_the_displays(shown: Shown) {
    let session = TestSession::start();
    let mut stage = Stage::start(&session, "porthole");
    stage.paint("checker");
    for scale in [1.25, 1.5, 2.0] {
        see_checker(&session, &mut stage, shown, scale);
    }
}

fn see_checker(session: &TestSession, stage: &mut Stage<'_>, shown: Shown, scale: f64) {
    let mut desktop = Desktop::start_scaled(shown, scale);
    let is_whole = scale.fract() == 0.0;
    if shown == Shown::OnWayland && !is_whole && !desktop.input().is_offered("wp_fractional_scale_manager_v1") {
        // It draws such windows larger than they are and makes them smaller: no program's pixels are the display's.
        return;
    }
    let mut reader = open_screen(&mut desktop, session);
    let size = [0, 1].map(|axis| desktop.size()[axis] - (CORNER[axis] * scale).round() as u32);
    stage.hear_until(&format!("size {} {}", size[0], size[1]));
    reader.wait_for_part(&format!("Screen of porthole, {} × {}", size[0], size[1]), PATIENCE);
    let corner = [0, 1].map(|axis| desktop.size()[axis] - size[axis]);
    wait_until(&format!("each pixel at {scale} {shown:?}"), PATIENCE, || {
        let picture = desktop.picture();
        assert_eq!(picture.size, desktop.size());
        is_checker(&picture, corner, size)
    });
}

/// Are they all as in a checker of one pixel?
fn is_checker(picture: &Picture, corner: [u32; 2], size: [u32; 2]) -> bool {
    let mut places = (0..size[1]).flat_map(|y| (0..size[0]).map(move |x| [x, y]));
    places.all(|[x, y]| {
        let expected = if (x + y) % 2 == 1 { [255; 3] } else { [0; 3] };
        (x < NUMBER[0] && y < NUMBER[1]) || picture.at(corner[0] + x, corner[1] + y) == expected
    })
}
