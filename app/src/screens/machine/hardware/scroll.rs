//! Lists and forms that scroll, with their bar in the margin beside them: nothing is covered by it, and nothing becomes
//! narrower for it.

use egui::{AsIdSalt, Rect, ScrollArea, Ui, UiBuilder, pos2};

/// Of the margin, for the bar.
const BAR: f32 = 10.0;

/// All the room that there is, filled whether or not it is needed.
pub(super) fn scroll_ui<R>(ui: &mut Ui, salt: impl AsIdSalt, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let inside = ui.available_rect_before_wrap();
    let outside = Rect::from_min_max(inside.min, pos2(inside.right() + BAR, inside.bottom()));
    let mut child = ui.new_child(UiBuilder::new().max_rect(outside));
    let shown = ScrollArea::vertical()
        .id_salt(salt)
        .auto_shrink(false)
        .show(&mut child, |ui| {
            ui.set_max_width(inside.width());
            contents(ui)
        });
    ui.advance_cursor_after_rect(inside);
    shown.inner
}
