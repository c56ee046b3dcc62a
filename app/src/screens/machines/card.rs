//! One machine as a card: its screen, name, state and the one button that people most likely want.

use egui::{
    Align, CornerRadius, Id, Layout, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder, Vec2, WidgetInfo,
    pos2, vec2,
};
use libvirt_backend::model::HostModel;

use super::cells;
use super::index::Row;
use crate::command::action;
use crate::context::ViewContext;
use crate::screens::parts::cell::Line;
use crate::screens::parts::state_look::{StateLook, state_look};
use crate::screens::parts::{actions, facts, picture};
use crate::t;
use crate::text::error::denied;
use crate::widgets::{Button, Palette, pill_ui, tokens};

/// Inside a card.
const PADDING: f32 = 12.0;
/// Of a screen in a card.
const PICTURE_SHAPE: f32 = 16.0 / 10.0;
/// From this width of its inside on, state and button stand in one line.
const ONE_LINE: f32 = 232.0;
/// From this width on, the picture of a lone column stands beside the words.
const BESIDE: f32 = 336.0;
const PICTURE_BESIDE: f32 = 168.0;

/// How all cards of a page are made: equal heights, whatever they say.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shape {
    pub size: Vec2,
    picture: Vec2,
    is_beside: bool,
    is_one_line: bool,
    has_subtitle: bool,
}

impl Shape {
    pub(super) fn new(ui: &Ui, width: f32, has_subtitle: bool) -> Self {
        let scale = tokens::text_scale(ui.ctx()).max(1.0);
        // Wider than a card ever is beside another: the only column of a narrow window.
        let is_beside = width >= BESIDE * scale;
        let picture_width = if is_beside { PICTURE_BESIDE } else { width };
        let picture = vec2(picture_width, (picture_width / PICTURE_SHAPE).round());
        let is_one_line = !is_beside && width - 2.0 * PADDING >= ONE_LINE * scale;
        let shape = Self {
            size: Vec2::ZERO,
            picture,
            is_beside,
            is_one_line,
            has_subtitle,
        };
        let words = shape.words_height(ui);
        let height = if is_beside {
            picture.y.max(words) + 2.0 * PADDING
        } else {
            picture.y + words + 2.0 * PADDING
        };
        Self {
            size: vec2(width, height.round()),
            ..shape
        }
    }

    fn words_height(&self, ui: &Ui) -> f32 {
        let button = tokens::scaled(ui, tokens::CONTROL_HEIGHT_SMALL);
        let subtitle = if self.has_subtitle { subtitle_height(ui) } else { 0.0 };
        let controls = if self.is_one_line {
            button
        } else {
            pill_height(ui) + tokens::SPACE + button
        };
        name_height(ui) + subtitle + tokens::SPACE + controls
    }
}

fn name_height(ui: &Ui) -> f32 {
    tokens::scaled(ui, 20.0)
}

fn subtitle_height(ui: &Ui) -> f32 {
    tokens::scaled(ui, 18.0)
}

fn pill_height(ui: &Ui) -> f32 {
    tokens::scaled(ui, 22.0)
}

pub(super) struct Card<'a> {
    pub view: &'a ViewContext<'a>,
    pub host: &'a HostModel,
    pub row: &'a Row,
    pub id: Id,
    pub rect: Rect,
    pub shape: Shape,
    /// Its place in the list.
    pub number: usize,
    pub has_ring: bool,
}

impl Card<'_> {
    pub(super) fn ui(&self, ui: &mut Ui) -> Response {
        let Self {
            view, host, row, id, ..
        } = *self;
        let is_marked = view.selection.contains(&row.key);
        // Not a stop for Tab: the list is one, and the arrows move in it.
        let response = ui.interact(self.rect, id, Sense::CLICK);
        let look = state_look(view, &row.key, &row.machine);
        let name = t!("machines-row", name = row.machine.name(), state = look.text.as_str());
        response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, is_marked, name.as_str()));
        ui.ctx().accesskit_node_builder(id, |node| {
            node.set_position_in_set(self.number + 1);
            node.set_description(cells::spoken_of_card(host, &row.machine));
        });
        self.paint_ground(ui, &response, is_marked);
        let opacity = ui.opacity();
        if !actions::is_live(host) {
            ui.set_opacity(opacity * 0.6);
        }
        let builder = UiBuilder::new()
            .id_salt(id)
            .max_rect(self.rect)
            .accessibility_parent(id);
        ui.scope_builder(builder, |ui| self.inside_ui(ui, &look));
        ui.set_opacity(opacity);
        self.paint_edge(ui, is_marked);
        response
    }

    fn inside_ui(&self, ui: &mut Ui, look: &StateLook) {
        let inside = self.rect.shrink(PADDING);
        let (picture, corners) = if self.shape.is_beside {
            let rect = Rect::from_min_size(inside.min, self.shape.picture);
            (rect, CornerRadius::same(tokens::RADIUS))
        } else {
            let corners = CornerRadius {
                nw: tokens::RADIUS_CARD,
                ne: tokens::RADIUS_CARD,
                ..CornerRadius::ZERO
            };
            (Rect::from_min_size(self.rect.min, self.shape.picture), corners)
        };
        picture::card_ui(ui, self.view, &self.row.key, &self.row.machine, picture, corners);
        let mut words = inside;
        if self.shape.is_beside {
            words.min.x = picture.right() + tokens::SPACE_WIDE;
            // In the middle beside the picture.
            words.min.y += ((inside.height() - self.shape.words_height(ui)) / 2.0).max(0.0).round();
        } else {
            words.min.y = picture.bottom() + PADDING;
        }
        self.words_ui(ui, words, look);
    }

    fn words_ui(&self, ui: &mut Ui, rect: Rect, look: &StateLook) {
        let palette = Palette::of(ui);
        let machine = &self.row.machine;
        let mut line = Rect::from_min_size(rect.min, vec2(rect.width(), name_height(ui)));
        let name_rect = cells::software_mark_ui(ui, self.view, self.host, self.row, self.id, line);
        Line::body(palette.text).strong().paint(ui, name_rect, machine.name());
        if self.shape.has_subtitle {
            line = Rect::from_min_size(line.left_bottom(), vec2(rect.width(), subtitle_height(ui)));
            let subtitle = facts::subtitle(&machine.definition);
            Line::secondary(palette.text_weak).paint(ui, line, &subtitle);
        }
        let controls = Rect::from_min_max(pos2(rect.left(), line.bottom() + tokens::SPACE), rect.max);
        if self.shape.is_one_line {
            let layout = Layout::right_to_left(Align::Center);
            let height = tokens::scaled(ui, tokens::CONTROL_HEIGHT_SMALL);
            let controls = Rect::from_min_size(controls.min, vec2(controls.width(), height));
            ui.scope_builder(UiBuilder::new().max_rect(controls).layout(layout), |ui| {
                ui.spacing_mut().item_spacing.x = tokens::SPACE;
                self.button_ui(ui, false);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    pill_ui(ui, look.tone, look.icon, &look.text);
                });
            });
        } else {
            ui.scope_builder(UiBuilder::new().max_rect(controls), |ui| {
                ui.spacing_mut().item_spacing.y = tokens::SPACE;
                pill_ui(ui, look.tone, look.icon, &look.text);
                self.button_ui(ui, true);
            });
        }
    }

    fn button_ui(&self, ui: &mut Ui, is_wide: bool) {
        let Self { view, row, .. } = *self;
        let first = actions::main_action(&row.machine);
        let reason = actions::check(view, &row.key, first).err();
        let mut button = Button::secondary(action::text(first))
            .small()
            .in_list()
            .denied(reason.map(|reason| denied(&reason)));
        if is_wide {
            button = button.wide();
        }
        if button.show(ui).clicked() {
            actions::send(view, first, vec![row.key.clone()]);
        }
    }

    fn paint_ground(&self, ui: &Ui, response: &Response, is_marked: bool) {
        let palette = Palette::of(ui);
        let painter = ui.painter();
        painter.rect_filled(self.rect, tokens::RADIUS_CARD, palette.card);
        if is_marked {
            painter.rect_filled(self.rect, tokens::RADIUS_CARD, palette.selected);
        } else if response.hovered() || response.contains_pointer() {
            painter.rect_filled(self.rect, tokens::RADIUS_CARD, palette.hover);
        }
    }

    /// Over the picture, which reaches to the edge.
    fn paint_edge(&self, ui: &Ui, is_marked: bool) {
        let palette = Palette::of(ui);
        let stroke = if self.has_ring {
            Stroke::new(tokens::FOCUS_WIDTH, palette.focus_ring)
        } else if is_marked {
            Stroke::new(1.5, palette.accent_text)
        } else {
            Stroke::new(1.0, palette.hairline)
        };
        ui.painter()
            .rect_stroke(self.rect, tokens::RADIUS_CARD, stroke, StrokeKind::Inside);
    }
}
