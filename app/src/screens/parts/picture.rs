//! The guest's screen as it was seen last, or why there is none. Drawing it keeps it fresh.

use egui::epaint::RectShape;
use egui::{Color32, CornerRadius, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};
use libvirt_backend::model::Machine;

use crate::command::{PicturePace, PictureWish, UiCommand};
use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::screens::parts::cell::Line;
use crate::screens::parts::facts::os_name;
use crate::state::Picture;
use crate::t;
use crate::text::error::message;
use crate::widgets::icons::{self, paint_icon};
use crate::widgets::{Palette, tokens};

/// Pictures are asked for in steps, so that a window that is being resized asks for few sizes.
const PIXEL_STEP: u32 = 64;
const MOST_LOOKED_AT: [u32; 2] = [1_280, 1_024];
const MOST_ON_CARD: [u32; 2] = [640, 448];
/// How much is left of a picture that is not of now.
const DIMMED: f32 = 0.4;

/// What stands in the place of a screen, and how it reads aloud.
struct Shown<'a> {
    texture: Option<(&'a egui::TextureHandle, Vec2)>,
    /// The picture is of the past.
    is_old: bool,
    /// Shown where there is no picture; in any case what a screen reader says.
    words: String,
}

impl<'a> Shown<'a> {
    fn new(view: &'a ViewContext<'_>, key: &MachineKey, machine: &Machine) -> Self {
        let picture = view.answers.pictures.get(key);
        let texture = picture.and_then(|Picture { texture, screen, .. }| {
            let [width, height] = screen.map(|side| side.max(1) as f32);
            Some((texture.as_ref()?, vec2(width, height)))
        });
        let error = picture.and_then(|picture| picture.error.as_ref());
        let name = machine.name();
        let is_active = machine.state.is_active();
        let is_old = !is_active || error.is_some() || !machine.responding.is_yes();
        let words = match (&texture, error) {
            (Some(_), _) if is_old => t!("picture-name-old", name = name),
            (Some(_), _) => t!("picture-name", name = name),
            (None, _) if !is_active => t!("picture-off"),
            (None, Some(error)) => message(error).what,
            (None, None) if machine.definition.is_complete && machine.definition.graphics.is_empty() => {
                t!("picture-no-screen")
            }
            (None, None) => t!("picture-waiting"),
        };
        Self { texture, is_old, words }
    }
}

/// Draws it as wide as the room, in the shape of the guest's screen.
pub fn ui(ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine, max_height: f32) {
    let shown = Shown::new(view, key, machine);
    let shape = shown.texture.map_or(4.0 / 3.0, |(_, size)| size.x / size.y);
    let width = ui.available_width();
    let height = (width / shape).min(max_height);
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, shown.words.as_str()));
    if !ui.is_rect_visible(rect) {
        return;
    }
    wish(ui, view, key, rect, PicturePace::LookedAt);
    let palette = Palette::of(ui);
    ui.painter().rect_filled(rect, tokens::RADIUS, palette.field);
    if shown.texture.is_some() {
        paint_screen(ui, rect, CornerRadius::same(tokens::RADIUS), &shown);
    } else {
        paint_words(ui, rect, &shown.words);
    }
    let line = egui::Stroke::new(1.0, palette.hairline);
    ui.painter()
        .rect_stroke(rect, tokens::RADIUS, line, egui::StrokeKind::Inside);
}

/// The same in the frame of a card; without a picture, what the machine is made for stands there.
pub fn card_ui(
    ui: &Ui,
    view: &ViewContext<'_>,
    key: &MachineKey,
    machine: &Machine,
    rect: Rect,
    corners: CornerRadius,
) {
    let shown = Shown::new(view, key, machine);
    let response = ui.interact(rect, ui.scope_id().with("screen"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, shown.words.as_str()));
    wish(ui, view, key, rect, PicturePace::Card);
    let palette = Palette::of(ui);
    if shown.texture.is_some() {
        ui.painter().rect_filled(rect, corners, palette.screen);
        paint_screen(ui, rect, corners, &shown);
    } else {
        ui.painter().rect_filled(rect, corners, palette.blank);
        paint_emblem(ui, rect, machine);
    }
}

fn wish(ui: &Ui, view: &ViewContext<'_>, key: &MachineKey, rect: Rect, pace: PicturePace) {
    let most = match pace {
        PicturePace::LookedAt => MOST_LOOKED_AT,
        PicturePace::Card => MOST_ON_CARD,
    };
    let seen = rect.size() * ui.pixels_per_point();
    let side = |points: f32, most: u32| (points.max(1.0) as u32).next_multiple_of(PIXEL_STEP).min(most);
    view.ui(UiCommand::DrawPicture(PictureWish {
        machine: key.clone(),
        pixels: [side(seen.x, most[0]), side(seen.y, most[1])],
        pace,
    }));
}

/// The whole screen, as large as it fits, and a word over it where it is not of now.
fn paint_screen(ui: &Ui, rect: Rect, corners: CornerRadius, shown: &Shown<'_>) {
    let Some((texture, size)) = shown.texture else {
        return;
    };
    let scale = (rect.width() / size.x).min(rect.height() / size.y);
    let place = Rect::from_center_size(rect.center(), size * scale);
    // Its own corners are round only where they lie in those of the frame.
    let inset = place.min - rect.min;
    let is_in_corner = inset.max_elem() < f32::from(tokens::RADIUS_CARD);
    let corners = if is_in_corner { corners } else { CornerRadius::ZERO };
    let tint = if shown.is_old {
        Color32::WHITE.gamma_multiply(DIMMED)
    } else {
        Color32::WHITE
    };
    let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    let shape = RectShape::filled(place, corners, tint).with_texture(texture.id(), whole);
    ui.painter().add(shape);
    if shown.is_old {
        paint_note(ui, rect, &t!("picture-old"));
    }
}

/// A few words in the lower left corner, on a ground of their own.
fn paint_note(ui: &Ui, rect: Rect, words: &str) {
    let palette = Palette::of(ui);
    let room = rect.shrink(tokens::SPACE);
    let line = Line::secondary(palette.text_secondary);
    let galley = line.layout(ui, words, room.width() - 2.0 * tokens::SPACE);
    let size = galley.size() + vec2(2.0 * tokens::SPACE, tokens::SPACE_TIGHT);
    let ground = Rect::from_min_size(pos2(room.left(), room.bottom() - size.y), size);
    ui.painter().rect_filled(ground, tokens::RADIUS, palette.popup);
    let at = ground.min + vec2(tokens::SPACE, tokens::SPACE_TIGHT / 2.0);
    ui.painter().galley(at, galley, palette.text_secondary);
}

/// The first letter of its system, or the sign of a machine: calm, and the same each time.
fn paint_emblem(ui: &Ui, rect: Rect, machine: &Machine) {
    let palette = Palette::of(ui);
    let radius = (rect.height() * 0.22).clamp(16.0, 40.0);
    let center = rect.center();
    ui.painter().circle_filled(center, radius, palette.emblem);
    let os = machine.definition.os_id.as_deref().map(os_name);
    let Some(letter) = os.and_then(|os| os.chars().next()) else {
        let size = radius * 1.1 / tokens::text_scale(ui.ctx());
        paint_icon(ui, icons::MACHINE, center, size, palette.text_weak);
        return;
    };
    let font = egui::FontId::new(radius, crate::widgets::fonts::strong_family());
    let galley = ui.painter().layout_no_wrap(letter.to_string(), font, palette.text_weak);
    let ink = galley.mesh_bounds.center();
    ui.painter().galley(center - ink.to_vec2(), galley, palette.text_weak);
}

fn paint_words(ui: &Ui, rect: Rect, words: &str) {
    let palette = Palette::of(ui);
    let center = rect.center() - vec2(0.0, 14.0);
    paint_icon(ui, icons::CONSOLE, center, 28.0, palette.text_weak);
    let mut line = rect.shrink2(vec2(tokens::SPACE, 0.0));
    line.min.y = center.y + 16.0 * tokens::text_scale(ui.ctx());
    line.max.y = line.min.y + tokens::scaled(ui, 24.0);
    let style = Line {
        align: egui::Align::Center,
        ..Line::secondary(palette.text_weak)
    };
    style.paint(ui, line, words);
}
