//! When the ring around the focused control is shown: once the keyboard is used, until the pointer is.
//!
//! A click gives the focus too, and a ring there tells nothing: whoever clicked knows where. Text fields are the
//! exception, their outline says where typing goes; they draw it themselves.

use egui::{Context, Event, Id, Plugin, RawInput, Stroke};

use super::tokens;

/// Follows what the window is used with. Call it whenever the theme was set.
pub(super) fn follow(ctx: &Context) {
    ctx.add_plugin(InputWatch);
    fit_stock_widgets(ctx, is_ring_shown(ctx));
}

/// Was the keyboard, or a screen reader, the last thing the window was used with?
pub fn is_ring_shown(ctx: &Context) -> bool {
    ctx.data(|data| data.get_temp(stored())).unwrap_or(false)
}

fn stored() -> Id {
    Id::unique("focus ring is shown")
}

/// egui draws what has the focus as active, with the ring of the style.
fn fit_stock_widgets(ctx: &Context, is_shown: bool) {
    let width = if is_shown { tokens::FOCUS_WIDTH } else { 0.0 };
    ctx.all_styles_mut(|style| {
        let stroke = &mut style.visuals.widgets.active.bg_stroke;
        *stroke = Stroke::new(width, stroke.color);
    });
}

struct InputWatch;

impl Plugin for InputWatch {
    fn debug_name(&self) -> &'static str {
        "focus ring"
    }

    fn input_hook(&mut self, ctx: &Context, input: &mut RawInput) {
        let before = is_ring_shown(ctx);
        let now = input.events.iter().fold(before, |shown, event| match event {
            Event::Key { pressed: true, .. } | Event::AccessKitActionRequest(_) => true,
            Event::PointerButton { pressed: true, .. } => false,
            _ => shown,
        });
        if now != before {
            ctx.data_mut(|data| data.insert_temp(stored(), now));
            fit_stock_widgets(ctx, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::widgets::{Button, testing};

    #[test]
    fn the_ring_comes_with_the_keyboard_and_goes_with_the_pointer() {
        let mut harness = testing::harness(
            |ui, shown: &mut (bool, f32)| {
                Button::secondary("Press").show(ui);
                *shown = (
                    is_ring_shown(ui.ctx()),
                    ui.ctx().global_style().visuals.widgets.active.bg_stroke.width,
                );
            },
            (true, 9.0),
        );
        harness.get_by_label("Press").click();
        harness.run();
        assert_eq!(*harness.state(), (false, 0.0), "a click shows none");
        harness.key_press(egui::Key::Tab);
        harness.run();
        assert_eq!(*harness.state(), (true, tokens::FOCUS_WIDTH));
        harness.get_by_label("Press").click();
        harness.run();
        assert_eq!(*harness.state(), (false, 0.0));
    }
}
