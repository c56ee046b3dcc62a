//! Choosing one of several: segments, tabs, a drop-down list.

use egui::{
    ComboBox, InnerResponse, Rect, Response, Role, Sense, Stroke, TextStyle, TextWrapMode, Ui, UiBuilder, Vec2,
    WidgetInfo, WidgetText, pos2, vec2,
};

use super::button::{describe, focus_ring};
use super::form::field_ui;
use super::icons::{self, Icon, paint_icon};
use super::theme::strong_style;
use super::tokens::{self, Palette};

/// A few choices side by side, such as `1 min | 5 min | 10 min`. `name` says what is chosen. True when it changed.
pub fn segmented_ui<T: Copy + PartialEq>(ui: &mut Ui, name: &str, value: &mut T, choices: &[(T, &str)]) -> bool {
    segments_ui(ui, name, value, choices).inner
}

/// The same with the response of the group. Whoever gives it the focus gives it to the one that is chosen.
pub fn segments_ui<T: Copy + PartialEq>(
    ui: &mut Ui,
    name: &str,
    value: &mut T,
    choices: &[(T, &str)],
) -> InnerResponse<bool> {
    let palette = Palette::of(ui);
    let measure = |ui: &Ui, text: &str| {
        WidgetText::from(text).into_galley(ui, Some(TextWrapMode::Extend), f32::INFINITY, TextStyle::Body)
    };
    let texts: Vec<_> = choices.iter().map(|(_, text)| measure(ui, text)).collect();
    let width = texts.iter().map(|text| text.size().x + SEGMENT_PADDING).sum::<f32>() + 2.0 * SEGMENT_INSET;
    let height = tokens::scaled(ui, tokens::CONTROL_HEIGHT);
    // All is measured first: in a right-to-left row the segments must not change their order.
    let (whole, ui, is_wanted) = &mut group_ui(ui, name, vec2(width, height));
    ui.painter().rect_filled(*whole, tokens::RADIUS, palette.control);
    let mut left = whole.left() + SEGMENT_INSET;
    let mut is_changed = false;
    for ((choice, text), galley) in choices.iter().zip(texts) {
        let size = vec2(galley.size().x + SEGMENT_PADDING, height - 2.0 * SEGMENT_INSET);
        let rect = Rect::from_min_size(pos2(left, whole.top() + SEGMENT_INSET), size);
        left += size.x;
        let response = ui.interact(rect, ui.unique_id().with(text), Sense::click());
        let is_on = *value == *choice;
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), is_on, text));
        if is_on {
            ui.painter().rect_filled(rect, 4.0, palette.card);
        } else if response.hovered() {
            ui.painter().rect_filled(rect, 4.0, palette.hover);
        }
        let color = if is_on { palette.text } else { palette.text_secondary };
        ui.painter().galley(rect.center() - galley.size() / 2.0, galley, color);
        focus_ring(ui, &response, rect);
        if is_on && *is_wanted {
            response.request_focus();
        }
        if response.clicked() && !is_on {
            *value = *choice;
            is_changed = true;
        }
    }
    InnerResponse::new(is_changed, ui.response().with_new_rect(*whole))
}

/// The same with an icon for each; the texts are their names and tooltips.
pub fn icon_segments_ui<T: Copy + PartialEq>(
    ui: &mut Ui,
    name: &str,
    value: &mut T,
    choices: &[(T, Icon, &str)],
) -> bool {
    let palette = Palette::of(ui);
    let height = tokens::scaled(ui, tokens::CONTROL_HEIGHT);
    let side = vec2(height + 2.0, height - 2.0 * SEGMENT_INSET);
    let width = side.x * choices.len() as f32 + 2.0 * SEGMENT_INSET;
    let (whole, ui, _) = &mut group_ui(ui, name, vec2(width, height));
    ui.painter().rect_filled(*whole, tokens::RADIUS, palette.control);
    let mut left = whole.left() + SEGMENT_INSET;
    let mut is_changed = false;
    for (choice, icon, text) in choices {
        let rect = Rect::from_min_size(pos2(left, whole.top() + SEGMENT_INSET), side);
        left += side.x;
        let response = ui.interact(rect, ui.unique_id().with(text), Sense::click());
        let is_on = *value == *choice;
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), is_on, *text));
        if is_on {
            ui.painter().rect_filled(rect, 4.0, palette.card);
        } else if response.hovered() {
            ui.painter().rect_filled(rect, 4.0, palette.hover);
        }
        let color = if is_on { palette.text } else { palette.text_secondary };
        paint_icon(ui, *icon, rect.center(), tokens::ICON, color);
        focus_ring(ui, &response, rect);
        if response.clicked() && !is_on {
            *value = *choice;
            is_changed = true;
        }
        response.on_hover_text(*text);
    }
    is_changed
}

/// Room for choices that belong together: a screen reader says their group's name with the one that it comes to.
/// Answers whether the group was given the focus, too.
fn group_ui(ui: &mut Ui, name: &str, size: Vec2) -> (Rect, Ui, bool) {
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let focused = ui.memory(|memory| memory.focused());
    let group = UiBuilder::new()
        .max_rect(rect)
        .accessibility_role(Role::RadioGroup)
        .accessibility_label(name);
    // From here on it has lost the focus: only what can be chosen keeps it.
    let child = ui.new_child(group);
    let was_focused = focused == Some(child.unique_id());
    if !child.is_enabled() {
        ui.ctx()
            .accesskit_node_builder(child.unique_id(), |node| node.set_disabled());
    }
    (rect, child, was_focused)
}

const SEGMENT_PADDING: f32 = 24.0;
const SEGMENT_INSET: f32 = 3.0;

/// The parts of a page. `name` says what they are parts of. True when another was chosen.
pub fn tabs_ui<T: Copy + PartialEq>(ui: &mut Ui, name: &str, value: &mut T, tabs: &[(T, &str)]) -> bool {
    let palette = Palette::of(ui);
    let mut is_changed = false;
    let builder = UiBuilder::new()
        .accessibility_role(Role::TabList)
        .accessibility_label(name);
    let row = ui.scope_builder(builder, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(tokens::SPACE_TIGHT, 0.0);
            for (tab, text) in tabs {
                if tab_ui(ui, *value == *tab, text).clicked() && *value != *tab {
                    *value = *tab;
                    is_changed = true;
                }
            }
        });
    });
    let line = Stroke::new(1.0, palette.hairline);
    ui.painter().hline(
        row.response.rect.left()..=ui.max_rect().right(),
        row.response.rect.bottom(),
        line,
    );
    is_changed
}

fn tab_ui(ui: &mut Ui, is_on: bool, text: &str) -> Response {
    let palette = Palette::of(ui);
    let style = if is_on { strong_style() } else { TextStyle::Body };
    // The room of the stronger text is kept in both states, so that choosing moves nothing.
    let widest = WidgetText::from(text)
        .into_galley(ui, Some(TextWrapMode::Extend), f32::INFINITY, strong_style())
        .size()
        .x;
    let galley = WidgetText::from(text).into_galley(ui, Some(TextWrapMode::Extend), f32::INFINITY, style);
    let size = vec2(widest + 20.0, tokens::scaled(ui, tokens::TOOLBAR));
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Tab, ui.is_enabled(), text));
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_selected(is_on));
    let inner = rect.shrink2(vec2(0.0, 5.0));
    if response.hovered() && !is_on {
        ui.painter().rect_filled(inner, tokens::RADIUS, palette.hover);
    }
    let color = if is_on { palette.text } else { palette.text_secondary };
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, color);
    if is_on {
        let (left, right, y) = (rect.left() + 8.0, rect.right() - 8.0, rect.bottom());
        let bar = egui::Rect::from_min_max(pos2(left, y - 2.0), pos2(right, y + 0.5));
        ui.painter().rect_filled(bar, 1.0, palette.accent_text);
    }
    focus_ring(ui, &response, inner);
    response
}

/// A drop-down list with its label above. True when another was chosen.
pub fn combo_ui<T: Copy + PartialEq>(
    ui: &mut Ui,
    id_salt: &str,
    label: &str,
    value: &mut T,
    choices: &[(T, &str)],
) -> bool {
    let shown = choices
        .iter()
        .find(|(choice, _)| choice == value)
        .map_or("", |(_, text)| *text);
    let mut picked = None;
    field_ui(ui, label, None, None, |ui| {
        let width = ui.available_width().min(280.0 * tokens::text_scale(ui.ctx()));
        let choices: Vec<ListItem<'_>> = choices.iter().map(|(_, text)| ListItem::new(text)).collect();
        let (response, chosen) = drop_down_ui(ui, id_salt, shown, width, &choices);
        picked = chosen;
        response
    });
    let Some((choice, _)) = picked.and_then(|index| choices.get(index)) else {
        return false;
    };
    let is_changed = *value != *choice;
    *value = *choice;
    is_changed
}

/// Longer lists scroll.
const MOST_HEIGHT: f32 = 360.0;

/// One entry of a drop-down list.
#[derive(Clone, Copy, Debug)]
pub struct ListItem<'a> {
    pub text: &'a str,
    /// Why it cannot be chosen.
    pub denied: Option<&'a str>,
}

impl<'a> ListItem<'a> {
    pub const fn new(text: &'a str) -> Self {
        Self { text, denied: None }
    }
}

/// The list of a [`combo_ui`] alone, to be named by [`super::form::Named`]. Answers the place of the one that was
/// picked.
pub fn drop_down_ui(
    ui: &mut Ui,
    id_salt: &str,
    shown: &str,
    width: f32,
    choices: &[ListItem<'_>],
) -> (Response, Option<usize>) {
    let mut picked = None;
    let response = ComboBox::from_id_salt(id_salt)
        .selected_text(shown)
        .width(width)
        .height(MOST_HEIGHT)
        .icon(|ui, rect, visuals, _is_open| {
            paint_icon(
                ui,
                icons::CHEVRON_DOWN,
                rect.center(),
                tokens::ICON,
                visuals.fg_stroke.color,
            );
        })
        .show_ui(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (index, item) in choices.iter().enumerate() {
                if option_ui(ui, shown == item.text, item).clicked() && item.denied.is_none() {
                    picked = Some(index);
                }
            }
        })
        .response;
    (response, picked)
}

fn option_ui(ui: &mut Ui, is_on: bool, item: &ListItem<'_>) -> Response {
    let palette = Palette::of(ui);
    let ListItem { text, denied } = *item;
    let is_usable = denied.is_none();
    let galley = WidgetText::from(text).into_galley(ui, Some(TextWrapMode::Extend), f32::INFINITY, TextStyle::Body);
    let width = ui.available_width().max(galley.size().x + 48.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, tokens::scaled(ui, 30.0)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::ListBoxOption, is_usable, text));
    describe(ui, &response, denied);
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_selected(is_on));
    if (response.hovered() && is_usable) || response.has_focus() {
        ui.painter().rect_filled(rect, tokens::RADIUS, palette.hover);
    }
    ui.painter().galley(
        rect.left_center() + vec2(8.0, -galley.size().y / 2.0),
        galley,
        if is_usable { palette.text } else { palette.text_weak },
    );
    if is_on {
        paint_icon(
            ui,
            icons::CHECK,
            rect.right_center() - vec2(16.0, 0.0),
            tokens::ICON_SMALL,
            palette.accent_text,
        );
    }
    match denied {
        Some(reason) => response.on_hover_text(reason),
        None => response,
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use super::*;
    use crate::widgets::testing;

    #[test]
    fn a_segment_is_chosen_by_its_text() {
        let mut harness = testing::harness(
            |ui, minutes: &mut u32| {
                segmented_ui(ui, "Time span", minutes, &[(1, "1 min"), (5, "5 min")]);
            },
            1,
        );
        harness.get_by_role_and_label(Role::RadioButton, "5 min").click();
        harness.run();
        assert_eq!(*harness.state(), 5);
        // "On" alone says nothing: the group's name is read with it.
        let group = harness.get_by_role_and_label(Role::RadioGroup, "Time span");
        assert_eq!(
            group
                .children()
                .filter(|child| child.accesskit_node().role() == Role::RadioButton)
                .count(),
            2
        );
    }

    #[test]
    fn a_tab_tells_a_screen_reader_that_it_is_chosen() {
        let mut harness = testing::harness(
            |ui, tab: &mut u32| {
                tabs_ui(ui, "Machine", tab, &[(0, "Overview"), (1, "Activity")]);
            },
            0,
        );
        harness.get_by_role_and_label(Role::Tab, "Activity").click();
        harness.run();
        assert_eq!(*harness.state(), 1);
        let tab = harness.get_by_role_and_label(Role::Tab, "Activity");
        assert_eq!(tab.accesskit_node().data().is_selected(), Some(true));
    }

    #[test]
    fn a_drop_down_list_is_named_by_its_label_and_closes_after_the_choice() {
        let mut harness = testing::harness(
            |ui, theme: &mut u32| {
                combo_ui(ui, "theme", "Theme", theme, &[(0, "As the desktop"), (1, "Dark")]);
            },
            0,
        );
        harness.get_by_role_and_label(Role::ComboBox, "Theme").click();
        harness.run();
        harness.get_by_role_and_label(Role::ListBoxOption, "Dark").click();
        harness.run();
        assert_eq!(*harness.state(), 1);
        assert!(harness.query_by_role_and_label(Role::ListBoxOption, "Dark").is_none());
    }
}
