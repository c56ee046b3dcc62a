//! Where a guest's pixels stand in the window: to the pixel, whatever the desktop's scale.

use egui::{Pos2, Rect, Vec2, pos2, vec2};

use crate::settings::Scale;

/// The picture's place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// In points; its corners lie on the display's pixels.
    pub rect: Rect,
    /// Pixels of the display for one of the guest.
    pub factor: f32,
    pixels_per_point: f32,
    guest: [u32; 2],
}

/// `area` in points. What does not fit begins in the area's corner, to be scrolled.
pub fn place(guest: [u32; 2], area: Rect, pixels_per_point: f32, scale: Scale) -> Placement {
    let guest_size = vec2(guest[0].max(1) as f32, guest[1].max(1) as f32);
    let room = (area.size() * pixels_per_point + Vec2::splat(0.01)).floor();
    let fitting = (room / guest_size).min_elem();
    let factor = match scale {
        Scale::Fit => fitting.max(0.01),
        Scale::Actual => 1.0,
        Scale::Integer => fitting.floor().max(1.0),
    };
    let size = (guest_size * factor).round().max(Vec2::splat(1.0));
    let margin = ((room - size) / 2.0).floor().max(Vec2::ZERO);
    let min = (area.min.to_vec2() * pixels_per_point).round() + margin;
    let rect = Rect::from_min_size((min / pixels_per_point).to_pos2(), size / pixels_per_point);
    Placement {
        rect,
        factor,
        pixels_per_point,
        guest,
    }
}

impl Placement {
    /// No pixel of the guest is larger or smaller than another: none needs to be mixed.
    pub fn is_exact(&self) -> bool {
        (self.factor - self.factor.round()).abs() < 1e-4 && self.factor > 0.5
    }

    /// The guest's pixel under a point of the window; beyond the edge, the nearest.
    pub fn to_guest(self, pos: Pos2) -> (u32, u32) {
        let inside = (pos - self.rect.min) * self.pixels_per_point / self.factor;
        let clamp = |value: f32, size: u32| (value.max(0.0) as u32).min(size.saturating_sub(1));
        (clamp(inside.x, self.guest[0]), clamp(inside.y, self.guest[1]))
    }

    /// Where something of the guest's size belongs, its corner at `corner` in points.
    pub fn scaled(&self, corner: Pos2, hot: [u32; 2], size: [u32; 2]) -> Rect {
        let factor = self.factor / self.pixels_per_point;
        let hot = vec2(hot[0] as f32, hot[1] as f32) * factor;
        let size = vec2(size[0] as f32, size[1] as f32) * factor;
        let min = (corner - hot) * self.pixels_per_point;
        let min = pos2(min.x.round(), min.y.round()) / self.pixels_per_point;
        Rect::from_min_size(min, size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pixel_of_the_guest_is_one_of_the_display_at_every_scale() {
        for pixels_per_point in [1.0, 1.25, 1.5, 1.75, 2.0, 3.0] {
            let area = Rect::from_min_size(pos2(56.0, 40.0), vec2(1_224.0, 760.0));
            let place = place([320, 200], area, pixels_per_point, Scale::Actual);
            assert!(place.is_exact());
            for edge in [place.rect.min.x, place.rect.min.y, place.rect.max.x, place.rect.max.y] {
                let pixel = edge * pixels_per_point;
                assert!((pixel - pixel.round()).abs() < 1e-3, "{pixel} at {pixels_per_point}");
            }
            let width = place.rect.width() * pixels_per_point;
            assert!((width - 320.0).abs() < 1e-2, "{width}");
        }
    }

    #[test]
    fn the_pointer_reaches_every_corner_of_the_guest() {
        for scale in [Scale::Fit, Scale::Actual, Scale::Integer] {
            let area = Rect::from_min_size(pos2(10.0, 20.0), vec2(701.0, 487.0));
            let place = place([640, 480], area, 1.0, scale);
            assert_eq!(place.to_guest(place.rect.min), (0, 0), "{scale:?}");
            assert_eq!(place.to_guest(place.rect.max), (639, 479), "{scale:?}");
            assert_eq!(place.to_guest(pos2(-50.0, 9_999.0)), (0, 479), "{scale:?}");
            let middle = place.to_guest(place.rect.center());
            assert!(middle.0.abs_diff(320) <= 1 && middle.1.abs_diff(240) <= 1, "{middle:?}");
        }
    }

    #[test]
    fn whole_factors_only_where_they_are_asked_for() {
        let area = Rect::from_min_size(Pos2::ZERO, vec2(1_000.0, 1_000.0));
        assert_eq!(place([300, 300], area, 1.0, Scale::Integer).factor, 3.0);
        assert_eq!(place([3_000, 300], area, 1.0, Scale::Integer).factor, 1.0);
        let fit = place([3_000, 1_500], area, 1.0, Scale::Fit);
        assert!((fit.factor - 1.0 / 3.0).abs() < 1e-3 && !fit.is_exact());
        assert!(
            place([500, 500], area, 1.0, Scale::Fit).is_exact(),
            "twice as large, unblurred"
        );
    }
}
