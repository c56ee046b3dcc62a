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
        for scale in [1.25, 1.5, 2.0] {
            a_guests_pixels_are_the_displays(Shown::OnX11, scale);
        }
    }
}

#[test]
fn a_guests_pixels_are_the_displays_at_every_scale_under_wayland() {
    // The compositor refuses root.
    if require(&[WINDOW, &[Need::Program("sway"), Need::Program("grim"), Need::DrmGuest]].concat())
        && !getuid().is_root()
    {
        for scale in [2.0, 1.5, 1.25] {
            a_guests_pixels_are_the_displays(Shown::OnWayland, scale);
        }
    }
}

fn a_guests_pixels_are_the_displays(shown: Shown, scale: f64) {
    let mut desktop = Desktop::start_scaled(shown, scale);
    let is_whole = scale.fract() == 0.0;
    if shown == Shown::OnWayland && !is_whole && !desktop.input().is_offered("wp_fractional_scale_manager_v1") {
        // It makes such windows larger than asked for and then smaller: no program's pixels are the display's.
        println!("skipped: this compositor knows whole scales only");
        return;
    }
    let session = TestSession::start();
    let mut stage = Stage::start(&session, "porthole");
    let mut reader = open_screen(&mut desktop, &session);
    let size = [0, 1].map(|axis| desktop.size()[axis] - (CORNER[axis] * scale).round() as u32);
    stage.hear_until(&format!("size {} {}", size[0], size[1]));
    reader.wait_for_part(&format!("Screen of porthole, {} × {}", size[0], size[1]), PATIENCE);
    stage.paint("checker");
    let corner = [0, 1].map(|axis| desktop.size()[axis] - size[axis]);
    let mut first_wrong = None;
    wait_until(&format!("each pixel at {scale} {shown:?}"), PATIENCE, || {
        let picture = desktop.picture();
        assert_eq!(picture.size, desktop.size());
        first_wrong = wrong_pixel(&picture, corner, size);
        first_wrong.is_none()
    });
}

/// The first that is not as in a checker of one pixel.
fn wrong_pixel(picture: &Picture, corner: [u32; 2], size: [u32; 2]) -> Option<([u32; 2], [u8; 3])> {
    let places = (0..size[1]).flat_map(|y| (0..size[0]).map(move |x| [x, y]));
    let pixels = places
        .filter(|[x, y]| *x >= NUMBER[0] || *y >= NUMBER[1])
        .map(|[x, y]| ([x, y], picture.at(corner[0] + x, corner[1] + y)));
    pixels
        .into_iter()
        .find(|([x, y], colour)| *colour != if (x + y) % 2 == 1 { [255; 3] } else { [0; 3] })
}
