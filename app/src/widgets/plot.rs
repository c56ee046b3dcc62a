//! From samples to pixels: what sparklines and big graphs have in common.
//!
//! A series is drawn over a fixed span of samples with the newest at the right edge, so a short history starts in the
//! middle and moves left, as time does. `None` is a gap, never a zero.

use egui::{Color32, Mesh, Painter, Pos2, Rect, Shape, Stroke, pos2};

use super::tokens;

/// Draws the newest `span` samples of `values` into `rect`, zero at its bottom and `max` at its top.
pub(super) fn paint_series(
    painter: &Painter,
    rect: Rect,
    values: &[Option<f32>],
    span: usize,
    max: f32,
    color: Color32,
) {
    for points in segments(rect, values, span, max, painter.pixels_per_point()) {
        if let [only] = points.as_slice() {
            painter.circle_filled(*only, tokens::GRAPH_LINE, color);
            continue;
        }
        painter.add(area_under(
            &points,
            rect.bottom(),
            color.gamma_multiply(tokens::GRAPH_FILL),
        ));
        painter.add(Shape::line(points, Stroke::new(tokens::GRAPH_LINE, color)));
    }
}

/// The value drawn nearest to `x`, with its place.
pub(super) fn value_at(rect: Rect, values: &[Option<f32>], span: usize, max: f32, x: f32) -> Option<(f32, Pos2)> {
    let steps_ago = ((rect.right() - x) / step_width(rect, span)).round().max(0.0) as usize;
    let index = values.len().checked_sub(steps_ago + 1)?;
    let value = values.get(index).copied().flatten()?;
    Some((value, place(rect, span, steps_ago, value, max)))
}

pub(super) fn step_width(rect: Rect, span: usize) -> f32 {
    rect.width() / span.saturating_sub(1).max(1) as f32
}

fn place(rect: Rect, span: usize, steps_ago: usize, value: f32, max: f32) -> Pos2 {
    let share = if max > 0.0 { (value / max).clamp(0.0, 1.0) } else { 0.0 };
    // Half a line of room, so that neither a zero nor a peak is cut in half.
    let room = (rect.height() - tokens::GRAPH_LINE).max(0.0);
    let y = rect.bottom() - tokens::GRAPH_LINE / 2.0 - share * room;
    pos2(rect.right() - steps_ago as f32 * step_width(rect, span), y)
}

/// The points of each stretch without a gap. Samples that fall on one pixel column become its highest one, so that a
/// peak of a second is still seen in ten minutes.
fn segments(rect: Rect, values: &[Option<f32>], span: usize, max: f32, pixels_per_point: f32) -> Vec<Vec<Pos2>> {
    let shown = &values[values.len().saturating_sub(span)..];
    let mut segments: Vec<Vec<Pos2>> = Vec::new();
    let mut is_open = false;
    for (index, value) in shown.iter().enumerate() {
        let Some(value) = value.filter(|value| value.is_finite()) else {
            is_open = false;
            continue;
        };
        if !is_open {
            segments.push(Vec::with_capacity(shown.len() - index));
            is_open = true;
        }
        let point = place(rect, span, shown.len() - 1 - index, value, max);
        let Some(points) = segments.last_mut() else { continue };
        let column = |point: &Pos2| (point.x * pixels_per_point).floor();
        match points.last_mut() {
            Some(last) if column(last) == column(&point) => last.y = last.y.min(point.y),
            _ => points.push(point),
        }
    }
    segments
}

fn area_under(points: &[Pos2], bottom: f32, color: Color32) -> Shape {
    let mut mesh = Mesh::default();
    mesh.reserve_vertices(points.len() * 2);
    mesh.reserve_triangles(points.len() * 2);
    for (index, point) in points.iter().enumerate() {
        mesh.colored_vertex(*point, color);
        mesh.colored_vertex(pos2(point.x, bottom), color);
        if index > 0 {
            let at = 2 * index as u32;
            mesh.add_triangle(at - 2, at - 1, at);
            mesh.add_triangle(at - 1, at, at + 1);
        }
    }
    Shape::mesh(mesh)
}

/// The smallest round number at or above `value`: 1, 2 or 5 times a power of ten, or, with `is_binary`, a power of two.
/// Never under `least`, so that a nearly idle graph does not look busy.
pub fn round_ceiling(value: f32, least: f32, is_binary: bool) -> f32 {
    let value = value.max(least).max(f32::MIN_POSITIVE);
    if is_binary {
        return 2.0_f32.powf(value.log2().ceil());
    }
    let power = 10.0_f32.powf(value.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|round| *round >= value * 0.9999)
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area() -> Rect {
        Rect::from_min_max(pos2(0.0, 0.0), pos2(100.0, 50.0))
    }

    #[test]
    fn a_gap_parts_the_line_and_is_not_a_zero() {
        let values = [Some(1.0), Some(2.0), None, Some(3.0), Some(4.0)];
        let segments = segments(area(), &values, 5, 4.0, 1.0);
        assert_eq!(segments.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);
    }

    #[test]
    fn the_newest_sample_is_at_the_right_edge_and_a_short_history_starts_inside() {
        let segments = segments(area(), &[Some(0.0), Some(4.0)], 5, 4.0, 1.0);
        let last = segments[0][1];
        assert_eq!(last.x, 100.0);
        assert!(last.y < 1.0, "the peak is at the top");
        assert_eq!(segments[0][0].x, 75.0);
    }

    #[test]
    fn a_peak_of_one_sample_survives_600_samples_on_100_pixels() {
        let mut values = vec![Some(0.0); 600];
        values[300] = Some(4.0);
        let segments = segments(area(), &values, 600, 4.0, 1.0);
        assert!(segments[0].len() <= 102, "{}", segments[0].len());
        assert!(segments[0].iter().any(|point| point.y < 1.0));
    }

    #[test]
    fn only_the_asked_span_is_drawn() {
        let values = vec![Some(1.0); 600];
        assert!(
            segments(area(), &values, 60, 4.0, 8.0)[0]
                .iter()
                .all(|point| point.x >= -0.001)
        );
    }

    #[test]
    fn the_hovered_value_is_the_one_under_the_pointer() {
        let values = [Some(1.0), None, Some(3.0)];
        assert_eq!(value_at(area(), &values, 3, 4.0, 2.0).unwrap().0, 1.0);
        assert!(value_at(area(), &values, 3, 4.0, 49.0).is_none());
        assert_eq!(value_at(area(), &values, 3, 4.0, 100.0).unwrap().0, 3.0);
    }

    #[test]
    fn axes_end_on_round_numbers() {
        assert_eq!(round_ceiling(37.0, 1.0, false), 50.0);
        assert_eq!(round_ceiling(0.2, 10.0, false), 10.0);
        assert_eq!(round_ceiling(1000.0, 1.0, false), 1000.0);
        assert_eq!(round_ceiling(3.0e6, 1.0, true), 4_194_304.0);
    }
}
