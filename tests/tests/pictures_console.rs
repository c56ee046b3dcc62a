//! A guest's screen in pictures: unblurred at every scale of the desktop, and finished in both themes.

#[path = "../../app/src/screens/fixtures.rs"]
#[expect(dead_code, reason = "the unit tests use the rest")]
mod fixtures;
#[path = "../../app/src/screens/test_console.rs"]
#[expect(dead_code, reason = "the unit tests use the rest")]
mod test_console;
#[path = "../../app/src/screens/test_window.rs"]
#[expect(dead_code, reason = "the unit tests use the rest")]
mod test_window;

use berth::settings::Scale;
use egui_kittest::Harness;
use test_console::{GUEST, shown_by};
use test_window::Look;

#[test]
fn a_checker_of_single_pixels_arrives_unblurred_at_every_scale() {
    for pixels_per_point in [1.0, 1.25, 1.5, 2.0] {
        let look = Look {
            pixels_per_point,
            ..Look::sized(640.0, 480.0)
        };
        let mut shown = shown_by(Harness::builder().wgpu(), look, Scale::Actual);
        let rect = shown.picture();
        let image = shown.harness.render().expect("a picture");
        let left = (rect.left() * pixels_per_point).round() as u32;
        let top = (rect.top() * pixels_per_point).round() as u32;
        // The focus ring stands outside.
        for y in 0..GUEST[1] {
            for x in 0..GUEST[0] {
                let pixel = image.get_pixel(left + x, top + y).0;
                let expected = if (x + y) % 2 == 0 { 255 } else { 0 };
                assert_eq!(
                    pixel,
                    [expected, expected, expected, 255],
                    "{x},{y} at {pixels_per_point}"
                );
            }
        }
    }
}
