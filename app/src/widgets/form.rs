//! Fields to type into. Each has its label above and, where its value is wrong, the reason below it.

use std::ops::RangeInclusive;

use egui::accesskit::Invalid;
use egui::{
    Align, CursorIcon, DragValue, FontSelection, Frame, Id, Layout, Margin, Response, Role, Sense, Stroke, StrokeKind,
    TextEdit, TextStyle, Ui, UiBuilder, WidgetInfo, vec2,
};

use super::button::{Button, describe};
use super::icons::{self, paint_icon};
use super::text;
use super::tokens::{self, Palette};

/// One line of text with its label.
#[must_use = "show(ui) draws it"]
pub struct TextField<'a> {
    text: &'a mut String,
    label: &'a str,
    hint: &'a str,
    help: Option<&'a str>,
    error: Option<&'a str>,
    width: Option<f32>,
    id: Option<Id>,
    is_mono: bool,
    is_password: bool,
}

impl<'a> TextField<'a> {
    pub fn new(label: &'a str, text: &'a mut String) -> Self {
        Self {
            text,
            label,
            hint: "",
            help: None,
            error: None,
            width: None,
            id: None,
            is_mono: false,
            is_password: false,
        }
    }

    /// Shown while it is empty.
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// A quiet line below, replaced by the error when there is one.
    pub fn help(mut self, help: &'a str) -> Self {
        self.help = Some(help);
        self
    }

    /// Why what was typed cannot be used.
    pub fn error(mut self, error: Option<&'a str>) -> Self {
        self.error = error;
        self
    }

    pub fn width(mut self, width: f32) -> Self {
        self.width = Some(width);
        self
    }

    /// An id to give it the focus by.
    pub fn id(mut self, id: Id) -> Self {
        self.id = Some(id);
        self
    }

    pub fn mono(mut self) -> Self {
        self.is_mono = true;
        self
    }

    pub fn password(mut self) -> Self {
        self.is_password = true;
        self
    }

    pub fn show(self, ui: &mut Ui) -> Response {
        let Self {
            text,
            label,
            hint,
            help,
            error,
            width,
            id,
            is_mono,
            is_password,
        } = self;
        field_ui(ui, label, help, error, |ui| {
            let style = if is_mono { TextStyle::Monospace } else { TextStyle::Body };
            let edit = TextEdit::singleline(text)
                .hint_text(hint)
                .password(is_password)
                .font(FontSelection::Style(style))
                .frame(Frame::NONE)
                .margin(Margin::ZERO)
                .desired_width(f32::INFINITY);
            let edit = if let Some(id) = id { edit.id(id) } else { edit };
            boxed_ui(ui, width, error.is_some(), |ui| ui.add(edit))
        })
    }
}

/// A label, a control, and below it help or the reason why its value is wrong. For controls of a screen's own, too.
pub fn field_ui(
    ui: &mut Ui,
    label: &str,
    help: Option<&str>,
    error: Option<&str>,
    control: impl FnOnce(&mut Ui) -> Response,
) -> Response {
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = tokens::SPACE_TIGHT;
        let name = ui.label(text::secondary(ui, label));
        let response = control(ui).labelled_by(name.id);
        said_below_ui(ui, &response, help, error);
        response
    })
    .inner
}

/// The label before the control, what is said of it below the control.
fn beside_ui(
    ui: &mut Ui,
    label: &str,
    name_width: f32,
    help: Option<&str>,
    error: Option<&str>,
    control: impl FnOnce(&mut Ui) -> Response,
) -> Response {
    ui.horizontal_top(|ui| {
        let size = vec2(name_width, tokens::scaled(ui, tokens::CONTROL_HEIGHT));
        let layout = Layout::left_to_right(Align::Center);
        let name = ui.allocate_ui_with_layout(size, layout, |ui| {
            ui.set_min_size(size);
            text::truncated_ui(ui, text::body(label))
        });
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = tokens::SPACE_TIGHT;
            let response = control(ui).labelled_by(name.inner.id);
            said_below_ui(ui, &response, help, error);
            response
        })
        .inner
    })
    .inner
}

/// The name of a control, before it where there is room, and what is said of it below.
pub struct Named<'a> {
    pub label: &'a str,
    /// A name as programs write it.
    pub is_mono: bool,
    /// How wide the column of names is; `None`: above the control.
    pub width: Option<f32>,
    pub help: Option<&'a str>,
    pub error: Option<&'a str>,
}

impl Named<'_> {
    pub fn show(&self, ui: &mut Ui, control: impl FnOnce(&mut Ui) -> Response) -> Response {
        let Some(width) = self.width else {
            return field_ui(ui, self.label, self.help, self.error, control);
        };
        ui.horizontal_top(|ui| {
            let rich = if self.is_mono {
                text::mono(self.label)
            } else {
                text::body(self.label)
            };
            let name = ui.allocate_ui_with_layout(vec2(width, 0.0), Layout::top_down(Align::Min), |ui| {
                ui.set_width(width);
                // The first line stands level with the control.
                let line = ui.text_style_height(&TextStyle::Body);
                ui.add_space((tokens::scaled(ui, tokens::CONTROL_HEIGHT) - line) / 2.0);
                ui.add(egui::Label::new(rich).wrap())
            });
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = tokens::SPACE_TIGHT;
                let response = control(ui).labelled_by(name.inner.id);
                said_below_ui(ui, &response, self.help, self.error);
                response
            })
            .inner
        })
        .inner
    }
}

/// What a box to type into looks like.
#[derive(Clone, Copy, Default)]
pub struct TextBox<'a> {
    /// Shown while it is empty.
    pub hint: &'a str,
    pub width: Option<f32>,
    pub is_mono: bool,
    pub is_password: bool,
    pub is_wrong: bool,
}

/// The box of a [`TextField`] alone, to be shown by [`Named`].
pub fn text_box_ui(ui: &mut Ui, value: &mut String, look: TextBox<'_>) -> Response {
    let style = if look.is_mono {
        TextStyle::Monospace
    } else {
        TextStyle::Body
    };
    let edit = TextEdit::singleline(value)
        .hint_text(look.hint)
        .password(look.is_password)
        .font(FontSelection::Style(style))
        .frame(Frame::NONE)
        .margin(Margin::ZERO)
        .desired_width(f32::INFINITY);
    boxed_ui(ui, look.width, look.is_wrong, |ui| ui.add(edit))
}

/// The same for several lines.
pub fn lines_box_ui(ui: &mut Ui, value: &mut String, hint: &str, width: f32) -> Response {
    let palette = Palette::of(ui);
    let edit = TextEdit::multiline(value)
        .hint_text(hint)
        .desired_rows(3)
        .background_color(palette.field)
        .margin(Margin::symmetric(10, 6))
        .desired_width(width.min(ui.available_width()));
    let response = ui.add(edit);
    let (line, color) = if response.has_focus() {
        (tokens::FOCUS_WIDTH, palette.focus_ring)
    } else {
        (1.0, palette.outline)
    };
    let stroke = Stroke::new(line, color);
    ui.painter()
        .rect_stroke(response.rect, tokens::RADIUS, stroke, StrokeKind::Inside);
    response
}

/// Why the value is wrong, else what helps to choose it.
fn said_below_ui(ui: &mut Ui, response: &Response, help: Option<&str>, error: Option<&str>) {
    describe(ui, response, error.or(help));
    if let Some(error) = error {
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_invalid(Invalid::True));
        reason_ui(ui, error);
    } else if let Some(help) = help {
        ui.label(text::weak(ui, help));
    }
}

fn reason_ui(ui: &mut Ui, reason: &str) {
    let color = Palette::of(ui).attention;
    ui.scope(|ui| {
        // As close below as help stands.
        ui.spacing_mut().interact_size.y = 0.0;
        ui.spacing_mut().item_spacing.x = tokens::SPACE_TIGHT;
        ui.horizontal(|ui| {
            let side = tokens::scaled(ui, 16.0);
            let (rect, _) = ui.allocate_exact_size(vec2(side, side), Sense::hover());
            paint_icon(ui, icons::ERROR, rect.center(), 14.0, color);
            ui.add(egui::Label::new(text::secondary(ui, reason).color(color)).wrap());
        });
    });
}

const LEAST_WIDTH: f32 = 96.0;

/// The box around what is typed: an outline, the accent while it has the focus, red while its value is wrong.
fn boxed_ui(ui: &mut Ui, width: Option<f32>, is_wrong: bool, edit: impl FnOnce(&mut Ui) -> Response) -> Response {
    let palette = Palette::of(ui);
    let width = width
        .unwrap_or(f32::INFINITY)
        .min(ui.available_width())
        .max(LEAST_WIDTH);
    let height = tokens::scaled(ui, tokens::CONTROL_HEIGHT);
    let (rect, around) = ui.allocate_exact_size(vec2(width, height), Sense::CLICK);
    ui.painter().rect_filled(rect, tokens::RADIUS, palette.field);
    let inner = rect.shrink2(vec2(10.0, 2.0));
    let layout = Layout::left_to_right(Align::Center);
    let mut child = ui.new_child(UiBuilder::new().max_rect(inner).layout(layout));
    child.spacing_mut().interact_size.y = 0.0;
    let response = edit(&mut child);
    if around.on_hover_cursor(CursorIcon::Text).clicked() {
        response.request_focus();
    }
    let (line, color) = if response.has_focus() {
        (tokens::FOCUS_WIDTH, palette.focus_ring)
    } else if is_wrong {
        (1.5, palette.attention)
    } else {
        (
            1.0,
            if response.hovered() {
                palette.text_weak
            } else {
                palette.outline
            },
        )
    };
    ui.painter()
        .rect_stroke(rect, tokens::RADIUS, Stroke::new(line, color), StrokeKind::Inside);
    response
}

/// A box to search or filter with. `id` is what a shortcut gives the focus to; `name` is also its hint.
pub fn search_ui(ui: &mut Ui, id: Id, query: &mut String, name: &str, clear_name: &str, width: f32) -> Response {
    let palette = Palette::of(ui);
    let scale = tokens::text_scale(ui.ctx());
    boxed_ui(ui, Some(width), false, |ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(18.0 * scale, 18.0 * scale), Sense::hover());
        paint_icon(ui, icons::SEARCH, rect.center(), tokens::ICON_SMALL, palette.text_weak);
        let clear_width = if query.is_empty() { 0.0 } else { 28.0 * scale };
        let edit = TextEdit::singleline(query)
            .id(id)
            .hint_text(name)
            .frame(Frame::NONE)
            .margin(Margin::ZERO)
            .desired_width((ui.available_width() - clear_width).max(20.0));
        let mut response = ui.add(edit).accessible_name(name);
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_role(Role::SearchInput));
        if !query.is_empty() && Button::icon_only(icons::CLOSE, clear_name).small().show(ui).clicked() {
            query.clear();
            response.mark_changed();
            response.request_focus();
        }
        response
    })
}

/// Gives the field with `id` the focus.
pub fn focus(ctx: &egui::Context, id: Id) {
    ctx.memory_mut(|memory| memory.request_focus(id));
}

/// A number with its unit: typed, dragged, or stepped with the arrow keys.
#[must_use = "show(ui) draws it"]
pub struct NumberField<'a> {
    value: &'a mut f64,
    label: &'a str,
    unit: &'a str,
    range: RangeInclusive<f64>,
    step: f64,
    decimals: usize,
    name_width: Option<f32>,
    help: Option<&'a str>,
    error: Option<&'a str>,
}

impl<'a> NumberField<'a> {
    pub fn new(label: &'a str, value: &'a mut f64, range: RangeInclusive<f64>) -> Self {
        Self {
            value,
            label,
            unit: "",
            range,
            step: 1.0,
            decimals: 0,
            name_width: None,
            help: None,
            error: None,
        }
    }

    pub fn unit(mut self, unit: &'a str) -> Self {
        self.unit = unit;
        self
    }

    pub fn step(mut self, step: f64) -> Self {
        self.step = step;
        self
    }

    /// The label stands beside it, in a column of this width, instead of above.
    pub fn beside(mut self, name_width: Option<f32>) -> Self {
        self.name_width = name_width;
        self
    }

    pub fn decimals(mut self, decimals: usize) -> Self {
        self.decimals = decimals;
        self
    }

    pub fn help(mut self, help: &'a str) -> Self {
        self.help = Some(help);
        self
    }

    pub fn error(mut self, error: Option<&'a str>) -> Self {
        self.error = error;
        self
    }

    pub fn show(self, ui: &mut Ui) -> Response {
        let Self {
            value,
            label,
            unit,
            range,
            step,
            decimals,
            name_width,
            help,
            error,
        } = self;
        let palette = Palette::of(ui);
        let control = |ui: &mut Ui| {
            ui.horizontal(|ui| {
                let color = if error.is_some() {
                    palette.attention
                } else {
                    palette.outline
                };
                let widgets = &mut ui.visuals_mut().widgets;
                for visuals in [&mut widgets.inactive, &mut widgets.hovered] {
                    visuals.weak_bg_fill = palette.field;
                    visuals.bg_stroke = Stroke::new(1.0, color);
                }
                widgets.active.weak_bg_fill = palette.field;
                // It is typed into as soon as it has the focus.
                widgets.active.bg_stroke = Stroke::new(tokens::FOCUS_WIDTH, palette.focus_ring);
                ui.spacing_mut().interact_size.x = 88.0;
                let number = DragValue::new(value)
                    .range(range)
                    .speed(step / 8.0)
                    .max_decimals(decimals);
                let response = ui.add(number);
                ui.label(text::quiet(ui, unit));
                response
            })
            .inner
        };
        match name_width {
            Some(width) => beside_ui(ui, label, width, help, error, control),
            None => field_ui(ui, label, help, error, control),
        }
    }
}

/// An on/off switch with its label; the whole line switches. True on the frame it changes.
pub fn switch_ui(ui: &mut Ui, is_on: &mut bool, label: &str) -> Response {
    let palette = Palette::of(ui);
    let scale = tokens::text_scale(ui.ctx());
    let track = vec2(36.0, 20.0) * scale;
    toggle_ui(ui, is_on, label, Role::Switch, track, |ui, rect, is_on, response| {
        let how_on = ui.ctx().animate_bool(response.id, is_on);
        let off = if response.hovered() {
            palette.text_weak
        } else {
            palette.outline
        };
        ui.painter()
            .rect_filled(rect, rect.height() / 2.0, off.lerp_to_gamma(palette.accent, how_on));
        let radius = rect.height() / 2.0 - 3.0;
        let x = egui::lerp(rect.left() + radius + 3.0..=rect.right() - radius - 3.0, how_on);
        ui.painter()
            .circle_filled(egui::pos2(x, rect.center().y), radius, palette.on_accent);
    })
}

/// A check box with its label; the whole line checks.
pub fn checkbox_ui(ui: &mut Ui, is_on: &mut bool, label: &str) -> Response {
    let palette = Palette::of(ui);
    let side = 18.0 * tokens::text_scale(ui.ctx());
    toggle_ui(
        ui,
        is_on,
        label,
        Role::CheckBox,
        vec2(side, side),
        |ui, rect, is_on, response| {
            if is_on {
                ui.painter().rect_filled(
                    rect,
                    4.0,
                    if response.hovered() {
                        palette.accent_hover
                    } else {
                        palette.accent
                    },
                );
                paint_icon(ui, icons::CHECK, rect.center(), 16.0, palette.on_accent);
            } else {
                let color = if response.hovered() {
                    palette.text_weak
                } else {
                    palette.outline
                };
                ui.painter()
                    .rect(rect, 4.0, palette.field, Stroke::new(1.5, color), StrokeKind::Inside);
            }
        },
    )
}

fn toggle_ui(
    ui: &mut Ui,
    is_on: &mut bool,
    label: &str,
    role: Role,
    mark: egui::Vec2,
    paint: impl FnOnce(&Ui, egui::Rect, bool, &Response),
) -> Response {
    let room = (ui.available_width() - mark.x - 10.0).max(24.0);
    let galley = egui::WidgetText::from(label).into_galley(ui, Some(egui::TextWrapMode::Wrap), room, TextStyle::Body);
    let height = galley
        .size()
        .y
        .max(mark.y)
        .max(tokens::scaled(ui, tokens::CONTROL_HEIGHT_SMALL));
    let size = vec2(mark.x + 10.0 + galley.size().x, height);
    let (rect, mut response) = ui.allocate_exact_size(size, Sense::click());
    if response.clicked() {
        *is_on = !*is_on;
        response.mark_changed();
    }
    response.widget_info(|| WidgetInfo::selected(role, ui.is_enabled(), *is_on, label));
    if ui.is_rect_visible(rect) {
        let color = Palette::of(ui).text;
        let spot = egui::Rect::from_center_size(rect.left_center() + vec2(mark.x / 2.0, 0.0), mark);
        paint(ui, spot, *is_on, &response);
        let at = rect.left_center() + vec2(mark.x + 10.0, -galley.size().y / 2.0);
        ui.painter().galley(at, galley, color);
        super::button::focus_ring(ui, &response, rect.expand(2.0));
    }
    response
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::{NodeT as _, Queryable as _};

    use super::*;
    use crate::widgets::testing;

    #[test]
    fn a_text_field_is_found_by_its_label_and_takes_text() {
        let mut harness = testing::harness(
            |ui, name: &mut String| drop(TextField::new("Name", name).show(ui)),
            String::new(),
        );
        harness.get_by_role_and_label(Role::TextInput, "Name").focus();
        harness.run();
        harness
            .get_by_role_and_label(Role::TextInput, "Name")
            .type_text("web-1");
        harness.run();
        assert_eq!(harness.state(), "web-1");
    }

    #[test]
    fn a_wrong_value_is_said_on_screen_and_to_a_screen_reader() {
        let mut harness = testing::harness(
            |ui, name: &mut String| drop(TextField::new("Name", name).error(Some("The name is taken")).show(ui)),
            "web-1".to_owned(),
        );
        harness.run();
        harness.get_by_label("The name is taken");
        let field = harness.get_by_role_and_label(Role::TextInput, "Name");
        assert_eq!(field.accesskit_node().data().description(), Some("The name is taken"));
        assert!(field.accesskit_node().data().invalid().is_some());
    }

    #[test]
    fn a_search_is_cleared_by_its_cross_and_keeps_the_focus() {
        let id = Id::unique("search");
        let mut harness = testing::harness(
            move |ui, query: &mut String| drop(search_ui(ui, id, query, "Filter machines", "Clear", 240.0)),
            "abc".to_owned(),
        );
        harness.get_by_label("Clear").click();
        harness.run();
        assert_eq!(harness.state(), "");
        assert!(
            harness
                .get_by_role_and_label(Role::SearchInput, "Filter machines")
                .is_focused()
        );
    }

    #[test]
    fn switches_and_check_boxes_turn_by_mouse_and_by_space() {
        let mut harness = testing::harness(
            |ui, state: &mut [bool; 2]| {
                switch_ui(ui, &mut state[0], "Compact rows");
                checkbox_ui(ui, &mut state[1], "Delete the disk");
            },
            [false; 2],
        );
        harness.get_by_role_and_label(Role::Switch, "Compact rows").click();
        harness.run();
        harness.get_by_role_and_label(Role::CheckBox, "Delete the disk").focus();
        harness.run();
        harness.key_press(egui::Key::Space);
        harness.run();
        assert_eq!(*harness.state(), [true, true]);
    }

    #[test]
    fn a_number_is_a_named_spin_button_that_keeps_to_its_range() {
        let mut harness = testing::harness(
            |ui, value: &mut f64| drop(NumberField::new("Memory", value, 1.0..=8.0).unit("GiB").show(ui)),
            4.0,
        );
        harness.run();
        let field = harness.get_by_role_and_label(Role::SpinButton, "Memory");
        field.set_value_accesskit(99.0);
        harness.run();
        assert_eq!(*harness.state(), 8.0);
    }
}
