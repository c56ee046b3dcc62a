//! A length to set between two ends, with what is in use drawn behind it.

use std::ops::RangeInclusive;

use egui::accesskit::Action;
use egui::{CursorIcon, EventFilter, Key, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::button::focus_ring;
use super::tokens::{self, Palette};

/// Whole steps from one end to the other.
#[must_use = "show(ui) draws it"]
pub struct Slider<'a> {
    name: &'a str,
    value: &'a mut u64,
    range: RangeInclusive<u64>,
    step: u64,
    used: Option<u64>,
}

const TRACK: f32 = 8.0;
const HANDLE: f32 = 9.0;

impl<'a> Slider<'a> {
    /// `name`: what is read before the value.
    pub fn new(name: &'a str, value: &'a mut u64, range: RangeInclusive<u64>, step: u64) -> Self {
        Self {
            name,
            value,
            range,
            step: step.max(1),
            used: None,
        }
    }

    /// How much of it is in use.
    pub fn used(mut self, used: Option<u64>) -> Self {
        self.used = used;
        self
    }

    pub fn show(self, ui: &mut Ui, width: f32) -> Response {
        let height = tokens::scaled(ui, tokens::CONTROL_HEIGHT);
        let (rect, mut response) = ui.allocate_exact_size(vec2(width, height), Sense::click_and_drag());
        let (least, most) = (*self.range.start(), (*self.range.end()).max(*self.range.start() + 1));
        let before = *self.value;
        let mut value = before.clamp(least, most);
        let track = Rect::from_center_size(rect.center(), vec2(rect.width() - 2.0 * HANDLE, TRACK));
        if let Some(pointer) = response.interact_pointer_pos()
            && (response.dragged() || response.clicked())
        {
            let part = ((pointer.x - track.left()) / track.width()).clamp(0.0, 1.0);
            let wanted = least as f64 + f64::from(part) * (most - least) as f64;
            let steps = ((wanted - least as f64) / self.step as f64).round();
            value = (least + steps as u64 * self.step).min(most);
        }
        if response.clicked() {
            response.request_focus();
        }
        let (up, down) = keys(ui, &response);
        value = value
            .saturating_add(up * self.step)
            .min(most)
            .saturating_sub(down * self.step)
            .max(least);
        if value != before && (up + down > 0 || response.dragged() || response.clicked()) {
            *self.value = value;
            response.mark_changed();
        }
        response.widget_info(|| WidgetInfo::slider(ui.is_enabled(), value as f64, self.name));
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_role(Role::Slider);
            node.set_min_numeric_value(least as f64);
            node.set_max_numeric_value(most as f64);
            node.set_numeric_value_step(self.step as f64);
            node.add_action(Action::Increment);
            node.add_action(Action::Decrement);
        });
        let x = |amount: u64| {
            let part = (amount.clamp(least, most) - least) as f64 / (most - least) as f64;
            track.left() + track.width() * part as f32
        };
        paint(ui, track, x(value), self.used.map(x), &response);
        response.on_hover_cursor(CursorIcon::PointingHand)
    }
}

/// How many steps up and down were asked for by the keyboard or a screen reader.
fn keys(ui: &Ui, response: &Response) -> (u64, u64) {
    let mut asked = ui.input(|input| {
        let count = |action| input.num_accesskit_action_requests(response.id, action) as u64;
        (count(Action::Increment), count(Action::Decrement))
    });
    if response.has_focus() {
        let filter = EventFilter {
            horizontal_arrows: true,
            vertical_arrows: false,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        ui.input(|input| {
            asked.0 += input.num_presses(Key::ArrowRight) as u64;
            asked.1 += input.num_presses(Key::ArrowLeft) as u64;
        });
    }
    asked
}

fn paint(ui: &Ui, track: Rect, handle: f32, used: Option<f32>, response: &Response) {
    let palette = Palette::of(ui);
    let painter = ui.painter();
    painter.rect_filled(track, TRACK / 2.0, palette.control);
    let to = |right: f32| Rect::from_min_max(track.min, pos2(right, track.bottom()));
    painter.rect_filled(to(handle), TRACK / 2.0, palette.selected);
    if let Some(used) = used {
        painter.rect_filled(to(used), TRACK / 2.0, palette.running);
    }
    let color = if response.hovered() || response.dragged() {
        palette.accent_hover
    } else {
        palette.accent
    };
    let center = pos2(handle, track.center().y);
    painter.circle(center, HANDLE, color, Stroke::new(2.0, palette.card));
    focus_ring(
        ui,
        response,
        Rect::from_center_size(center, vec2(HANDLE, HANDLE) * 2.0).expand(2.0),
    );
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use super::*;
    use crate::widgets::testing;

    #[test]
    fn it_moves_by_keys_and_by_the_pointer_and_stays_between_its_ends() {
        let mut harness = testing::harness(
            |ui, value: &mut u64| {
                Slider::new("Memory", value, 512..=4096, 512)
                    .used(Some(1024))
                    .show(ui, 300.0);
            },
            4096,
        );
        let told = |harness: &egui_kittest::Harness<'_, u64>| {
            let slider = harness.get_by_role_and_label(Role::Slider, "Memory");
            slider.accesskit_node().numeric_value()
        };
        assert_eq!(told(&harness), Some(4096.0));
        harness.get_by_role_and_label(Role::Slider, "Memory").focus();
        harness.run();
        for _ in 0..2 {
            harness.key_press(Key::ArrowLeft);
            harness.run();
        }
        assert_eq!(*harness.state(), 3072);
        for _ in 0..9 {
            harness.key_press(Key::ArrowRight);
            harness.run();
        }
        assert_eq!(*harness.state(), 4096);
        let rect = harness.get_by_role_and_label(Role::Slider, "Memory").rect();
        for (x, expected) in [(rect.left(), 512), (rect.right(), 4096)] {
            let pos = pos2(x.clamp(rect.left() + 1.0, rect.right() - 1.0), rect.center().y);
            harness.hover_at(pos);
            harness.drag_at(pos);
            harness.run();
            harness.drop_at(pos);
            harness.run();
            assert_eq!(*harness.state(), expected);
        }
    }
}
