//! Buttons: one shape, six weights. One primary a page; a destructive one only inside its dialog.
//!
//! Every button has a name for the screen reader: its text, or the name given to [`Button::icon_only`]. A button that
//! cannot be used now is given the reason with [`Button::denied`]: it is greyed, and says why on hover and to a screen
//! reader.

use std::borrow::Cow;
use std::sync::Arc;

use egui::{
    Align, Align2, Color32, CursorIcon, Galley, Layout, Popup, PopupCloseBehavior, Rect, Response, Role, Sense, Stroke,
    StrokeKind, TextStyle, TextWrapMode, Ui, UiBuilder, Vec2, Widget, WidgetInfo, WidgetText, pos2, vec2,
};

use super::focus::is_ring_shown;
use super::icons::{self, Icon, paint_icon};
use super::layout::room;
use super::theme::strong_style;
use super::tokens::{self, Palette};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    Primary,
    Secondary,
    Ghost,
    Danger,
    Link,
}

/// A push button. Show it with `ui.add(…)` or [`Button::show`].
#[must_use = "a button is drawn by ui.add(…) or show(ui)"]
pub struct Button<'a> {
    weight: Weight,
    text: Cow<'a, str>,
    icon: Option<Icon>,
    is_icon_only: bool,
    is_small: bool,
    is_menu: bool,
    is_wide: bool,
    is_in_list: bool,
    is_on: Option<bool>,
    denied: Option<Cow<'a, str>>,
    tooltip: Option<Cow<'a, str>>,
}

impl<'a> Button<'a> {
    fn new(weight: Weight, text: impl Into<Cow<'a, str>>) -> Self {
        Self {
            weight,
            text: text.into(),
            icon: None,
            is_icon_only: false,
            is_small: false,
            is_menu: false,
            is_wide: false,
            is_in_list: false,
            is_on: None,
            denied: None,
            tooltip: None,
        }
    }

    /// The one action a page is for.
    pub fn primary(text: impl Into<Cow<'a, str>>) -> Self {
        Self::new(Weight::Primary, text)
    }

    /// Every other action.
    pub fn secondary(text: impl Into<Cow<'a, str>>) -> Self {
        Self::new(Weight::Secondary, text)
    }

    /// An action without a fill at rest: toolbars, cards.
    pub fn ghost(text: impl Into<Cow<'a, str>>) -> Self {
        Self::new(Weight::Ghost, text)
    }

    /// The confirming button of something that destroys.
    pub fn danger(text: impl Into<Cow<'a, str>>) -> Self {
        Self::new(Weight::Danger, text)
    }

    /// Looks like a link in a sentence, does something here.
    pub fn link(text: impl Into<Cow<'a, str>>) -> Self {
        Self::new(Weight::Link, text)
    }

    /// A square ghost button; `name` is its accessible name and its tooltip.
    pub fn icon_only(icon: Icon, name: impl Into<Cow<'a, str>>) -> Self {
        Self {
            icon: Some(icon),
            is_icon_only: true,
            ..Self::new(Weight::Ghost, name)
        }
    }

    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// 26 instead of 32 points high, for rows and cards.
    pub fn small(mut self) -> Self {
        self.is_small = true;
        self
    }

    /// As wide as the room allows.
    pub fn wide(mut self) -> Self {
        self.is_wide = true;
        self
    }

    /// Not a stop for Tab: part of an item in a list whose keys do the same.
    pub fn in_list(mut self) -> Self {
        self.is_in_list = true;
        self
    }

    /// Makes it a toggle that is `is_on`.
    pub fn toggled(mut self, is_on: bool) -> Self {
        self.is_on = Some(is_on);
        self
    }

    /// With a reason, the button cannot be used and says so. `None` leaves it usable.
    pub fn denied(mut self, reason: Option<impl Into<Cow<'a, str>>>) -> Self {
        self.denied = reason.map(Into::into);
        self
    }

    pub fn tooltip(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        self.tooltip = Some(text.into());
        self
    }

    pub fn show(self, ui: &mut Ui) -> Response {
        ui.add(self)
    }

    /// A button that opens a menu; fill it with [`menu_item`]s.
    pub fn menu<R>(mut self, ui: &mut Ui, items: impl FnOnce(&mut Ui) -> R) -> (Response, Option<R>) {
        self.is_menu = !self.is_icon_only;
        let name = self.text.clone().into_owned();
        let response = ui.add(self);
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_has_popup(egui::accesskit::HasPopup::Menu));
        let shown = Popup::menu(&response)
            .accessible_name(name)
            .gap(tokens::SPACE_TIGHT)
            .show(|ui| {
                ui.set_min_width(MENU_WIDTH);
                ui.spacing_mut().item_spacing.y = 0.0;
                items(ui)
            });
        (response, shown.map(|shown| shown.inner))
    }

    /// A button that opens a small page; clicks in it leave it open.
    pub fn picker<R>(mut self, ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) -> (Response, Option<R>) {
        self.is_menu = !self.is_icon_only;
        let name = self.text.clone().into_owned();
        let response = ui.add(self);
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_has_popup(egui::accesskit::HasPopup::Dialog);
        });
        let shown = Popup::menu(&response)
            .accessible_name(name)
            .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
            .gap(tokens::SPACE_TIGHT)
            .show(content);
        (response, shown.map(|shown| shown.inner))
    }

    fn text_color(&self, palette: &Palette, is_hot: bool) -> Color32 {
        match self.weight {
            Weight::Primary => palette.on_accent,
            Weight::Danger => palette.on_danger,
            Weight::Link => palette.accent_text,
            Weight::Ghost if self.is_on == Some(true) => palette.accent_text,
            Weight::Ghost if self.is_icon_only && !is_hot => palette.text_secondary,
            Weight::Secondary | Weight::Ghost => palette.text,
        }
    }

    fn fill(&self, palette: &Palette, response: &Response) -> Color32 {
        let is_down = response.is_pointer_button_down_on();
        let pick = |rest: Color32, hover: Color32, down: Color32| {
            if is_down {
                down
            } else if response.hovered() {
                hover
            } else {
                rest
            }
        };
        match self.weight {
            Weight::Primary => pick(palette.accent, palette.accent_hover, palette.accent_pressed),
            Weight::Danger => pick(palette.danger, palette.danger_hover, palette.danger),
            Weight::Secondary => pick(palette.control, palette.control_hover, palette.control_pressed),
            Weight::Ghost if self.is_on == Some(true) => palette.selected,
            Weight::Ghost => pick(Color32::TRANSPARENT, palette.hover, palette.pressed),
            Weight::Link => Color32::TRANSPARENT,
        }
    }
}

const MENU_WIDTH: f32 = 200.0;
const PADDING: f32 = 14.0;
const PADDING_SMALL: f32 = 10.0;

/// A button's text laid out, and the lengths it is painted with.
struct Measured {
    text: Option<Arc<Galley>>,
    icon_size: f32,
    icon_width: f32,
    gap: f32,
    /// From the left edge of the icon to the right edge of the last thing.
    content: f32,
    size: Vec2,
}

impl Button<'_> {
    fn measure(&self, ui: &Ui, room: f32) -> Measured {
        let (height, icon_size, gap, padding) = if self.is_small {
            (tokens::CONTROL_HEIGHT_SMALL, tokens::ICON_SMALL, 6.0, PADDING_SMALL)
        } else {
            (tokens::CONTROL_HEIGHT, tokens::ICON, tokens::SPACE, PADDING)
        };
        let height = tokens::scaled(ui, height);
        let icon_width = icon_size * tokens::text_scale(ui.ctx());
        if self.is_icon_only {
            let size = Vec2::splat(height);
            return Measured {
                text: None,
                icon_size,
                icon_width,
                gap,
                content: icon_width,
                size,
            };
        }
        let (padding, style) = match self.weight {
            Weight::Link => (2.0, TextStyle::Button),
            Weight::Ghost => (padding, TextStyle::Button),
            Weight::Primary | Weight::Secondary | Weight::Danger => (padding, strong_style()),
        };
        let extras = self.icon.map_or(0.0, |_| icon_width + gap) + if self.is_menu { icon_width } else { 0.0 };
        let room = (room - 2.0 * padding - extras).max(24.0);
        let text = WidgetText::from(self.text.as_ref()).into_galley(ui, Some(TextWrapMode::Truncate), room, style);
        let content = text.size().x + extras;
        let size = vec2((content + 2.0 * padding).ceil(), height);
        Measured {
            text: Some(text),
            icon_size,
            icon_width,
            gap,
            content,
            size,
        }
    }

    fn paint(&self, ui: &Ui, response: &Response, measured: Measured) {
        let palette = Palette::of(ui);
        let rect = response.rect;
        // A button that cannot be used keeps a readable text: its colour, not its contrast, is taken away.
        let (fill, color) = if response.enabled() {
            (
                self.fill(palette, response),
                self.text_color(palette, response.hovered()),
            )
        } else if matches!(self.weight, Weight::Ghost | Weight::Link) {
            (Color32::TRANSPARENT, palette.text_weak)
        } else {
            (palette.hover, palette.text_weak)
        };
        ui.painter().rect_filled(rect, tokens::RADIUS, fill);
        let Measured {
            text,
            icon_size,
            icon_width,
            gap,
            content,
            ..
        } = measured;
        let mut x = rect.center().x - content / 2.0;
        if let Some(icon) = self.icon {
            paint_icon(ui, icon, pos2(x + icon_width / 2.0, rect.center().y), icon_size, color);
            x += icon_width + gap;
        }
        if let Some(text) = text {
            let end = x + text.size().x;
            let top = rect.center().y - text.size().y / 2.0;
            let bottom = top + text.size().y;
            ui.painter().galley(pos2(x, top), text, color);
            if self.weight == Weight::Link && response.hovered() {
                ui.painter().hline(x..=end, bottom, Stroke::new(1.0, color));
            }
            if self.is_menu {
                let center = pos2(end + icon_width / 2.0 + 4.0, rect.center().y);
                paint_icon(ui, icons::CHEVRON_DOWN, center, icon_size, color);
            }
        }
        focus_ring(ui, response, rect);
    }
}

impl Widget for Button<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let is_usable = self.denied.is_none() && ui.is_enabled();
        let measured = self.measure(ui, room(ui));
        let width = if self.is_wide {
            ui.available_width().max(measured.size.x)
        } else {
            measured.size.x
        };
        let sense = if self.is_in_list { Sense::CLICK } else { Sense::click() };
        let response = allocate(ui, vec2(width, measured.size.y), is_usable, sense);
        response.widget_info(|| info(&self, is_usable));
        describe(ui, &response, self.denied.as_deref().or(self.tooltip.as_deref()));
        if ui.is_rect_visible(response.rect) {
            self.paint(ui, &response, measured);
        }
        finish(self, response)
    }
}

/// Room for a clickable thing, greyed when it is not usable. A scope around it would keep it from wrapping.
fn allocate(ui: &mut Ui, size: Vec2, is_usable: bool, sense: Sense) -> Response {
    let (id, space) = ui.allocate_space(size);
    let rect = ui.layout().align_size_within_rect(size, space);
    if is_usable {
        return ui.interact(rect, id, sense);
    }
    ui.new_child(UiBuilder::new().max_rect(rect).disabled())
        .interact(rect, id, sense)
}

fn info(button: &Button<'_>, is_usable: bool) -> WidgetInfo {
    let role = if button.weight == Weight::Link {
        Role::Link
    } else {
        Role::Button
    };
    match button.is_on {
        Some(is_on) => WidgetInfo::selected(role, is_usable, is_on, button.text.as_ref()),
        None => WidgetInfo::labeled(role, is_usable, button.text.as_ref()),
    }
}

fn finish(button: Button<'_>, response: Response) -> Response {
    let tooltip = button.tooltip.unwrap_or_default();
    let tooltip = if button.is_icon_only && tooltip.is_empty() {
        button.text
    } else {
        tooltip
    };
    let response = if button.weight == Weight::Link {
        response.on_hover_cursor(CursorIcon::PointingHand)
    } else {
        response
    };
    match button.denied {
        Some(reason) => response.on_disabled_hover_text(reason.as_ref()),
        None if tooltip.is_empty() => response,
        None => response.on_hover_text(tooltip.as_ref()),
    }
}

/// Adds to what a screen reader says after the name of a widget: a hint, or why it cannot be used.
pub(super) fn describe(ui: &Ui, response: &Response, description: Option<&str>) {
    if let Some(description) = description {
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_description(description));
    }
}

/// The ring around what the keyboard is on; nothing when it is elsewhere, or when the pointer put it there.
pub fn focus_ring(ui: &Ui, response: &Response, rect: Rect) {
    if response.has_focus() && is_ring_shown(ui.ctx()) {
        let stroke = Stroke::new(tokens::FOCUS_WIDTH, Palette::of(ui).focus_ring);
        ui.painter()
            .rect_stroke(rect, tokens::RADIUS, stroke, StrokeKind::Outside);
    }
}

/// What an entry of a menu says and whether it can be used.
#[derive(Default)]
pub struct MenuItem<'a> {
    pub icon: Option<Icon>,
    pub text: Cow<'a, str>,
    /// Already written for a reader, as [`Context::format_shortcut`](egui::Context::format_shortcut) does.
    pub shortcut: Cow<'a, str>,
    pub denied: Option<Cow<'a, str>>,
    pub is_destructive: bool,
}

/// An entry of a menu. Clicking it closes the menu.
pub fn menu_item(ui: &mut Ui, item: &MenuItem<'_>) -> Response {
    let palette = Palette::of(ui);
    let is_usable = item.denied.is_none();
    let height = tokens::scaled(ui, tokens::CONTROL_HEIGHT);
    let measure = |ui: &Ui, text: &str, style: TextStyle| {
        WidgetText::from(text).into_galley(ui, Some(TextWrapMode::Extend), f32::INFINITY, style)
    };
    let text = measure(ui, &item.text, TextStyle::Button);
    let shortcut = measure(ui, &item.shortcut, TextStyle::Small);
    let icon_width = tokens::ICON * tokens::text_scale(ui.ctx());
    let least = 36.0 + icon_width + text.size().x + shortcut.size().x;
    let width = least.max(ui.available_width().min(320.0)).max(MENU_WIDTH);
    let response = allocate(ui, vec2(width, height), is_usable, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::MenuItem, is_usable, item.text.as_ref()));
    describe(ui, &response, item.denied.as_deref());

    let rect = response.rect;
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, tokens::RADIUS, palette.hover);
    }
    let color = if item.is_destructive {
        palette.attention
    } else {
        palette.text
    };
    let color = if is_usable { color } else { palette.text_weak };
    if let Some(icon) = item.icon {
        paint_icon(
            ui,
            icon,
            rect.left_center() + vec2(8.0 + icon_width / 2.0, 0.0),
            tokens::ICON,
            color,
        );
    }
    let at = rect.left_center() + vec2(16.0 + icon_width, -text.size().y / 2.0);
    ui.painter().galley(at, text, color);
    let at = rect.right_center() - vec2(8.0 + shortcut.size().x, shortcut.size().y / 2.0);
    ui.painter().galley(at, shortcut, palette.text_weak);
    focus_ring(ui, &response, rect.shrink(tokens::FOCUS_WIDTH));
    if response.clicked() {
        ui.close();
    }
    match &item.denied {
        Some(reason) => response.on_disabled_hover_text(reason.as_ref()),
        None => response,
    }
}

/// A thin line between groups of menu entries.
pub fn menu_separator(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width().min(320.0), 9.0), Sense::hover());
    ui.painter().hline(
        rect.x_range(),
        rect.center().y,
        Stroke::new(1.0, Palette::of(ui).hairline),
    );
}

/// A button with a second, narrow one that opens a menu of related actions.
pub fn split_button_ui(ui: &mut Ui, main: Button<'_>, more_name: &str, items: impl FnOnce(&mut Ui)) -> Response {
    let more = Button {
        icon: Some(icons::CHEVRON_DOWN),
        is_icon_only: true,
        is_small: main.is_small,
        ..Button::new(main.weight, more_name)
    };
    // Both are measured first, so that in a row that wraps they move to the next line together.
    let room = room(ui);
    let side = more.measure(ui, room).size.x;
    let whole = main.measure(ui, room - side).size + vec2(side + 1.0, 0.0);
    let (_, space) = ui.allocate_space(whole);
    let rect = ui.layout().align_size_within_rect(whole, space);
    let layout = Layout::left_to_right(Align::Center);
    let mut pair = ui.new_child(UiBuilder::new().max_rect(rect).layout(layout));
    pair.spacing_mut().item_spacing.x = 1.0;
    let response = pair.add(main);
    more.menu(&mut pair, items);
    response
}

/// Keys as small caps in boxes, such as `Ctrl` `K`.
pub fn shortcut_ui(ui: &mut Ui, keys: &str) -> Response {
    let palette = Palette::of(ui);
    let galley = WidgetText::from(keys).into_galley(ui, Some(TextWrapMode::Extend), f32::INFINITY, TextStyle::Small);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(12.0, 6.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, keys));
    ui.painter().rect_filled(rect, 4.0, palette.control);
    let at = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), rect).min;
    ui.painter().galley(at, galley, palette.text_secondary);
    response
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use super::*;
    use crate::widgets::testing;

    #[test]
    fn a_button_is_found_by_its_text_and_clicks() {
        let mut harness = testing::harness(
            |ui, clicks: &mut u32| {
                if Button::primary("Start").icon(icons::START).show(ui).clicked() {
                    *clicks += 1;
                }
            },
            0,
        );
        harness.get_by_role_and_label(Role::Button, "Start").click();
        harness.run();
        assert_eq!(*harness.state(), 1);
    }

    #[test]
    fn an_icon_button_has_a_name() {
        let mut harness = testing::harness(
            |ui, (): &mut ()| {
                Button::icon_only(icons::CLOSE, "Close").show(ui);
            },
            (),
        );
        harness.run();
        harness.get_by_role_and_label(Role::Button, "Close");
    }

    #[test]
    fn a_denied_button_cannot_be_clicked_and_tells_a_screen_reader_why() {
        let mut harness = testing::harness(
            |ui, clicks: &mut u32| {
                if Button::secondary("Pause").denied(Some("It is off")).show(ui).clicked() {
                    *clicks += 1;
                }
            },
            0,
        );
        harness.get_by_label("Pause").click();
        harness.run();
        assert_eq!(*harness.state(), 0);
        let description = harness
            .get_by_label("Pause")
            .accesskit_node()
            .data()
            .description()
            .map(str::to_owned);
        assert_eq!(description.as_deref(), Some("It is off"));
    }

    #[test]
    fn enter_presses_the_focused_button() {
        let mut harness = testing::harness(
            |ui, clicks: &mut u32| {
                if Button::ghost("Copy").show(ui).clicked() {
                    *clicks += 1;
                }
            },
            0,
        );
        harness.key_press(egui::Key::Tab);
        harness.run();
        assert!(harness.get_by_label("Copy").is_focused());
        harness.key_press(egui::Key::Enter);
        harness.run();
        assert_eq!(*harness.state(), 1);
    }

    #[test]
    fn a_menu_opens_runs_its_entry_and_closes() {
        let mut harness = testing::harness(
            |ui, picked: &mut bool| {
                Button::secondary("More").menu(ui, |ui| {
                    let item = MenuItem {
                        text: "Force off".into(),
                        is_destructive: true,
                        ..MenuItem::default()
                    };
                    *picked |= menu_item(ui, &item).clicked();
                });
            },
            false,
        );
        harness.get_by_label("More").click();
        harness.run();
        harness.get_by_role_and_label(Role::MenuItem, "Force off").click();
        harness.run();
        assert!(*harness.state());
        assert!(harness.query_by_role_and_label(Role::MenuItem, "Force off").is_none());
    }
}
