//! The guest's screen as it was two seconds ago at most, or why there is none.

use egui::{Rect, Role, Sense, Ui, WidgetInfo, vec2};
use libvirt_backend::model::Machine;

use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::screens::parts::cell::Line;
use crate::t;
use crate::text::error::message;
use crate::widgets::icons::{self, paint_icon};
use crate::widgets::{Palette, tokens};

/// Draws it as wide as the room, in the shape of the guest's screen.
pub fn ui(ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine, max_height: f32) {
    let picture = view.answers.screenshots.get(key).filter(|_| machine.state.is_active());
    let shape = picture.map_or(4.0 / 3.0, |(_, [width, height])| {
        *width as f32 / (*height).max(1) as f32
    });
    let width = ui.available_width();
    let height = (width / shape).min(max_height);
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    let palette = Palette::of(ui);
    ui.painter().rect_filled(rect, tokens::RADIUS, palette.field);
    let line = egui::Stroke::new(1.0, palette.hairline);
    ui.painter()
        .rect_stroke(rect, tokens::RADIUS, line, egui::StrokeKind::Inside);
    if let Some((texture, _)) = picture {
        let size = vec2(height * shape, height).min(rect.size());
        let place = Rect::from_center_size(rect.center(), size);
        let whole = Rect::from_min_max(egui::Pos2::ZERO, egui::pos2(1.0, 1.0));
        ui.painter().image(texture.id(), place, whole, egui::Color32::WHITE);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, t!("picture-name", name = machine.name())));
        return;
    }
    let words = if !machine.state.is_active() {
        t!("picture-off")
    } else if let Some(error) = view.answers.screenshot_errors.get(key) {
        message(error).what
    } else {
        t!("picture-waiting")
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, words.as_str()));
    let center = rect.center() - vec2(0.0, 14.0);
    paint_icon(ui, icons::CONSOLE, center, 28.0, palette.text_weak);
    let mut line = rect.shrink2(vec2(tokens::SPACE, 0.0));
    line.min.y = center.y + 16.0 * tokens::text_scale(ui.ctx());
    line.max.y = line.min.y + tokens::scaled(ui, 24.0);
    let style = Line {
        align: egui::Align::Center,
        ..Line::secondary(palette.text_weak)
    };
    style.paint(ui, line, &words);
}
