//! The smallest graphs, painted straight into a cell: a line over its filled ground, and a bar of two parts.

use egui::epaint::{Mesh, PathShape, Shape, Vertex, WHITE_UV};
use egui::{Color32, Pos2, Rect, Stroke, Ui, pos2};

use crate::widgets::{Palette, tokens};

/// A line over `num_slots` samples that ends at the right edge; a gap where nothing is known. Without `top` the
/// largest value touches the upper edge.
pub fn line(ui: &Ui, rect: Rect, points: impl Iterator<Item = Option<f32>>, top: Option<f32>, num_slots: usize) {
    if !ui.is_rect_visible(rect) || rect.width() < 4.0 {
        return;
    }
    let values: Vec<Option<f32>> = points.collect();
    let values = values.get(values.len().saturating_sub(num_slots)..).unwrap_or_default();
    let largest = values.iter().flatten().copied().fold(0.0_f32, f32::max);
    let top = top.unwrap_or(largest).max(f32::MIN_POSITIVE);
    let step = rect.width() / (num_slots.max(2) - 1) as f32;
    let color = Palette::of(ui).accent_text;
    let mut run: Vec<Pos2> = Vec::with_capacity(values.len());
    for (index, value) in values.iter().enumerate() {
        match value {
            Some(value) => {
                let x = rect.right() - (values.len() - 1 - index) as f32 * step;
                let share = (value / top).clamp(0.0, 1.0);
                run.push(pos2(x, rect.bottom() - share * rect.height()));
            }
            None => stroke(ui, rect, std::mem::take(&mut run), color),
        }
    }
    stroke(ui, rect, run, color);
}

fn stroke(ui: &Ui, rect: Rect, run: Vec<Pos2>, color: Color32) {
    if run.len() < 2 {
        return;
    }
    let mut mesh = Mesh::default();
    let fill = color.gamma_multiply(tokens::GRAPH_FILL);
    for (index, point) in run.iter().enumerate() {
        for pos in [*point, pos2(point.x, rect.bottom())] {
            mesh.vertices.push(Vertex {
                pos,
                uv: WHITE_UV,
                color: fill,
            });
        }
        if index > 0 {
            let next = 2 * index as u32;
            mesh.add_triangle(next - 2, next - 1, next);
            mesh.add_triangle(next - 1, next, next + 1);
        }
    }
    ui.painter().add(Shape::mesh(mesh));
    ui.painter()
        .add(PathShape::line(run, Stroke::new(tokens::GRAPH_LINE, color)));
}

/// What is used, and after it in a fainter colour what is only kept (the page cache), both as shares of the whole.
pub fn bar(ui: &Ui, rect: Rect, used: f32, kept: f32) {
    let palette = Palette::of(ui);
    let radius = rect.height() / 2.0;
    let part = |from: f32, to: f32| {
        let x = |share: f32| rect.left() + share.clamp(0.0, 1.0) * rect.width();
        Rect::from_min_max(pos2(x(from), rect.top()), pos2(x(to), rect.bottom()))
    };
    ui.painter().rect_filled(rect, radius, palette.control);
    if kept > 0.0 {
        ui.painter()
            .rect_filled(part(0.0, used + kept), radius, palette.accent_text.gamma_multiply(0.35));
    }
    ui.painter().rect_filled(part(0.0, used), radius, palette.accent_text);
}
