//! Small round-cornered texts: the state of a machine, counts, tags.

use egui::{Color32, Rect, Response, Role, Sense, TextStyle, TextWrapMode, Ui, WidgetInfo, WidgetText, vec2};

use super::button::focus_ring;
use super::icons::{self, Icon, paint_icon};
use super::layout::room;
use super::tokens::{self, Palette, Tone};

const HEIGHT: f32 = 22.0;
const ICON: f32 = 14.0;

/// A state in words, with its icon and its colour, such as `Paused — disk full`.
pub fn pill_ui(ui: &mut Ui, tone: Tone, icon: Icon, text: &str) -> Response {
    let palette = Palette::of(ui);
    small_text_ui(ui, Some(icon), text, palette.tone(tone), palette.tint(tone))
}

/// A short word or number that qualifies what stands before it.
pub fn badge_ui(ui: &mut Ui, tone: Tone, text: &str) -> Response {
    let palette = Palette::of(ui);
    small_text_ui(ui, None, text, palette.tone(tone), palette.tint(tone))
}

/// A tag as it stands in a row: not clickable.
pub fn tag_ui(ui: &mut Ui, text: &str) -> Response {
    let palette = Palette::of(ui);
    small_text_ui(ui, None, text, palette.text_secondary, palette.hover)
}

fn small_text_ui(ui: &mut Ui, icon: Option<Icon>, text: &str, color: Color32, fill: Color32) -> Response {
    let scale = tokens::text_scale(ui.ctx());
    let icon_width = if icon.is_some() { (ICON + 4.0) * scale } else { 0.0 };
    let room = (room(ui) - icon_width - 16.0).max(16.0);
    let galley = WidgetText::from(text).into_galley(ui, Some(TextWrapMode::Truncate), room, TextStyle::Small);
    let size = vec2((galley.size().x + icon_width + 16.0).ceil(), (HEIGHT * scale).round());
    let is_cut = galley.elided;
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    if ui.is_rect_visible(rect) {
        ui.painter().rect_filled(rect, rect.height() / 2.0, fill);
        let mut at = rect.left_center() + vec2(8.0, 0.0);
        if let Some(icon) = icon {
            paint_icon(ui, icon, at + vec2(ICON * scale / 2.0 - 1.0, 0.0), ICON, color);
            at.x += icon_width - 1.0;
        }
        ui.painter()
            .galley(at - vec2(0.0, galley.size().y / 2.0), galley, color);
    }
    if is_cut { response.on_hover_text(text) } else { response }
}

/// What was done with a [`chip_ui`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChipResponse {
    pub is_clicked: bool,
    pub is_removed: bool,
}

/// A tag or a filter that can be clicked, and taken away when `remove_name` says what its cross does.
pub fn chip_ui(ui: &mut Ui, text: &str, is_on: bool, remove_name: Option<&str>) -> ChipResponse {
    let palette = Palette::of(ui);
    let scale = tokens::text_scale(ui.ctx());
    let room = (room(ui) - 48.0).max(24.0);
    let galley = WidgetText::from(text).into_galley(ui, Some(TextWrapMode::Truncate), room, TextStyle::Small);
    let height = tokens::scaled(ui, 26.0);
    let cross = if remove_name.is_some() { 20.0 * scale } else { 0.0 };
    let (rect, response) =
        ui.allocate_exact_size(vec2((galley.size().x + 20.0 + cross).ceil(), height), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), is_on, text));

    let (fill, color) = match (is_on, response.hovered()) {
        (true, _) => (palette.selected, palette.accent_text),
        (false, true) => (palette.control_hover, palette.text),
        (false, false) => (palette.control, palette.text),
    };
    ui.painter().rect_filled(rect, height / 2.0, fill);
    let at = rect.left_center() + vec2(10.0, -galley.size().y / 2.0);
    ui.painter().galley(at, galley, color);
    focus_ring(ui, &response, rect);

    let is_removed = remove_name.is_some_and(|name| {
        let center = rect.right_center() - vec2(14.0 * scale, 0.0);
        let spot = Rect::from_center_size(center, vec2(20.0 * scale, height));
        let cross = ui.interact(spot, response.id.with("remove"), Sense::click());
        cross.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
        let color = if cross.hovered() {
            palette.text
        } else {
            palette.text_weak
        };
        paint_icon(ui, icons::CLOSE, center, 14.0, color);
        focus_ring(ui, &cross, spot);
        cross.on_hover_text(name).clicked()
    });
    ChipResponse {
        is_clicked: response.clicked() && !is_removed,
        is_removed,
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::widgets::testing;

    #[test]
    fn the_cross_of_a_chip_removes_and_the_rest_of_it_clicks() {
        let mut harness = testing::harness(
            |ui, seen: &mut ChipResponse| {
                let now = chip_ui(ui, "web", false, Some("Remove tag web"));
                seen.is_clicked |= now.is_clicked;
                seen.is_removed |= now.is_removed;
            },
            ChipResponse::default(),
        );
        harness.get_by_label("Remove tag web").click();
        harness.run();
        assert_eq!(
            *harness.state(),
            ChipResponse {
                is_clicked: false,
                is_removed: true
            }
        );
        *harness.state_mut() = ChipResponse::default();
        harness.get_by_label("web").click_accesskit();
        harness.run();
        assert_eq!(
            *harness.state(),
            ChipResponse {
                is_clicked: true,
                is_removed: false
            }
        );
    }

    #[test]
    fn a_state_is_readable_as_text() {
        let mut harness = testing::harness(
            |ui, (): &mut ()| drop(pill_ui(ui, Tone::Paused, icons::PAUSE, "Paused — disk full")),
            (),
        );
        harness.run();
        harness.get_by_label("Paused — disk full");
    }
}
