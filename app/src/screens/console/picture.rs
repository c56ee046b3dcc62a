//! The guest's pixels, and the pointer over them.

use egui::{
    Color32, CursorIcon, Event, Id, MouseWheelUnit, Rect, Response, Role, ScrollArea, Sense, TextureOptions, Ui, Vec2,
    ViewportCommand, WidgetInfo, pos2,
};

use super::{Console, edge_bar, keys, states};
use crate::console::{Input, PointerButton, PointerMode};
use crate::display::{Placement, Pointer, State, place};
use crate::settings::Scale;
use crate::t;
use crate::widgets::Palette;

/// Points that a wheel's step is worth, where the desktop counts points.
const WHEEL_STEP: f32 = 50.0;
/// Around the picture.
const MARGIN: Color32 = Color32::from_gray(16);

/// Answers whether there is one.
pub(super) fn ui(ui: &mut Ui, console: &Console<'_>, state: &mut State) -> bool {
    if !console.place.is_fullscreen() {
        edge_bar::forget(ui, console);
    }
    let area = ui.max_rect();
    let pixels_per_point = ui.ctx().pixels_per_point();
    // Where the guest is, before the newest frame says otherwise: decides only how pixels are mixed.
    let before = place(state.picture.size(), area, pixels_per_point, console.choices.scale);
    let options = if before.is_exact() {
        TextureOptions::NEAREST
    } else {
        TextureOptions::LINEAR
    };
    if !state.refresh(ui.ctx(), options) {
        crate::widgets::loading_ui(ui, &t!("console-connecting"), &t!("console-no-picture-yet"));
        return false;
    }
    follow_window(ui, console, state, area);
    let placement = place(state.picture.size(), area, pixels_per_point, console.choices.scale);
    let is_larger = placement.rect.width() > area.width() + 0.5 || placement.rect.height() > area.height() + 0.5;
    if is_larger && console.choices.scale != Scale::Fit {
        ui.painter().rect_filled(area, 0.0, MARGIN);
        ScrollArea::both()
            .id_salt("guest")
            .auto_shrink(false)
            // The wheel and dragging belong to the guest.
            .scroll_source(egui::scroll_area::ScrollSource::SCROLL_BAR)
            .show(ui, |ui| {
                let (rect, _) = ui.allocate_exact_size(placement.rect.size(), Sense::hover());
                // Only what stands at one to one is larger than its room.
                let moved = place(state.picture.size(), rect, pixels_per_point, Scale::Actual);
                guest_ui(ui, console, state, moved);
            });
    } else {
        margins_ui(ui, area, placement.rect);
        guest_ui(ui, console, state, placement);
    }
    states::over_picture_ui(ui, console, state);
    true
}

/// What the picture leaves of the area. Nothing below the picture: without a graphics card, painting is most of a frame.
fn margins_ui(ui: &Ui, area: Rect, picture: Rect) {
    let seen = picture.intersect(area);
    let [above, below] = [
        Rect::from_min_max(area.min, pos2(area.right(), seen.top())),
        Rect::from_min_max(pos2(area.left(), seen.bottom()), area.max),
    ];
    let [before, behind] = [
        Rect::from_min_max(pos2(area.left(), seen.top()), seen.left_bottom()),
        Rect::from_min_max(seen.right_top(), pos2(area.right(), seen.bottom())),
    ];
    for margin in [above, below, before, behind] {
        if margin.is_positive() {
            ui.painter().rect_filled(margin, 0.0, MARGIN);
        }
    }
}

fn follow_window(ui: &Ui, console: &Console<'_>, state: &mut State, area: Rect) {
    if !console.choices.follows_window {
        return;
    }
    let room = (area.size() * ui.ctx().pixels_per_point() + Vec2::splat(0.01)).floor();
    let size = [room.x as u32, room.y as u32];
    if let Some(wait) = state.wish_size(std::time::Instant::now(), size) {
        ui.ctx().request_repaint_after(wait);
    }
}

/// Where the keyboard's focus is while the guest has it.
pub(super) fn focus_id(console: &Console<'_>) -> Id {
    Id::unique(("guest screen", console.key))
}

fn guest_ui(ui: &Ui, console: &Console<'_>, state: &mut State, placement: Placement) {
    let rect = placement.rect;
    let response = ui.interact(rect, focus_id(console), Sense::click_and_drag());
    let [width, height] = state.picture.size();
    response.widget_info(|| {
        let name = t!(
            "console-screen-of",
            name = state.facts.name.as_str(),
            width = width,
            height = height
        );
        WidgetInfo::labeled(Role::Canvas, true, name)
    });
    state.picture.draw(ui.painter(), rect);
    pointer_ui(ui, console, state, &response, placement);
    keys::ui(ui, console, state, &response);
    if response.has_focus() {
        let palette = Palette::of(ui);
        let line = egui::Stroke::new(1.0, palette.accent);
        ui.painter().rect_stroke(rect, 0.0, line, egui::StrokeKind::Outside);
    }
}

fn pointer_ui(ui: &Ui, console: &Console<'_>, state: &mut State, response: &Response, placement: Placement) {
    if response.clicked() || response.drag_started() {
        response.request_focus();
    }
    if !state.is_live() {
        return;
    }
    let is_focused = ui.input(|input| input.viewport().focused.unwrap_or(true));
    if !is_focused {
        release_pointer(ui, state);
        return;
    }
    let is_relative = state.pointer_mode() == PointerMode::Relative;
    if is_relative && response.clicked() && !state.holds_pointer() {
        grab_pointer(ui, console, state);
        return;
    }
    if !is_relative && state.holds_pointer() {
        release_pointer(ui, state);
    }
    let events = ui.input(|input| input.events.clone());
    let is_over = response.contains_pointer();
    for event in &events {
        match event {
            Event::PointerMoved(pos) if !is_relative && (is_over || response.dragged()) => {
                let (x, y) = placement.to_guest(*pos);
                state.send(Input::PointerAt { x, y });
            }
            Event::MouseMoved(delta) if state.holds_pointer() => move_by(console, state, *delta),
            Event::PointerButton {
                pos, button, pressed, ..
            } => {
                let button = guest_button(*button);
                let is_for_guest = if is_relative { state.holds_pointer() } else { is_over };
                if *pressed && is_for_guest {
                    if !is_relative {
                        let (x, y) = placement.to_guest(*pos);
                        state.send(Input::PointerAt { x, y });
                    }
                    state.button(button, true);
                } else if !*pressed && state.holds(button) {
                    state.button(button, false);
                }
            }
            Event::MouseWheel { unit, delta, .. } if is_over || state.holds_pointer() => wheel(state, *unit, *delta),
            // A drag goes on beyond the window's edge, and a pointer that is held in has not left.
            Event::PointerGone if !response.dragged() && !state.holds_pointer() => release_pointer(ui, state),
            _ => {}
        }
    }
    keep_inside(ui, console, state, response);
    cursor_ui(ui, state, response, placement);
}

fn grab_pointer(ui: &Ui, console: &Console<'_>, state: &mut State) {
    state.hold_pointer(ui.ctx().viewport_id());
    let grab = if console.keyboard.locks_pointer() {
        egui::CursorGrab::Locked
    } else {
        egui::CursorGrab::Confined
    };
    ui.ctx().send_viewport_cmd(ViewportCommand::CursorGrab(grab));
    ui.ctx().send_viewport_cmd(ViewportCommand::CursorVisible(false));
}

/// The pointer is the desktop's again, and no button stays down.
pub(super) fn release_pointer(ui: &Ui, state: &mut State) {
    state.let_go();
    state.free_pointer(ui.ctx());
}

/// A hidden pointer that is only kept inside the window stays over the guest: it would click on what it drifts to.
fn keep_inside(ui: &Ui, console: &Console<'_>, state: &State, response: &Response) {
    if !state.holds_pointer() || console.keyboard.locks_pointer() {
        return;
    }
    let seen = response.rect.intersect(ui.clip_rect());
    let inner = seen.scale_from_center(0.5);
    if let Some(pos) = ui.input(|input| input.pointer.latest_pos())
        && !inner.contains(pos)
    {
        ui.ctx()
            .send_viewport_cmd(ViewportCommand::CursorPosition(seen.center()));
    }
}

fn move_by(console: &Console<'_>, state: &mut State, delta: Vec2) {
    if !console.keyboard.locks_pointer() && state.twins.is_second(delta) {
        return;
    }
    state.motion += delta;
    let whole = vec_trunc(state.motion);
    if whole != Vec2::ZERO {
        state.motion -= whole;
        state.send(Input::PointerBy {
            dx: whole.x as i32,
            dy: whole.y as i32,
        });
    }
}

const fn vec_trunc(vec: Vec2) -> Vec2 {
    egui::vec2(vec.x.trunc(), vec.y.trunc())
}

fn wheel(state: &mut State, unit: MouseWheelUnit, delta: Vec2) {
    state.wheel += match unit {
        MouseWheelUnit::Line => delta,
        MouseWheelUnit::Point => delta / WHEEL_STEP,
        MouseWheelUnit::Page => delta * 8.0,
    };
    let steps = vec_trunc(state.wheel);
    state.wheel -= steps;
    let click = |button, count: f32| {
        for _ in 0..(count.abs() as u32).min(32) {
            state.send(Input::Button { button, is_down: true });
            state.send(Input::Button { button, is_down: false });
        }
    };
    if steps.y > 0.0 {
        click(PointerButton::WheelUp, steps.y);
    } else {
        click(PointerButton::WheelDown, steps.y);
    }
    if steps.x > 0.0 {
        click(PointerButton::WheelLeft, steps.x);
    } else {
        click(PointerButton::WheelRight, steps.x);
    }
}

const fn guest_button(button: egui::PointerButton) -> PointerButton {
    match button {
        egui::PointerButton::Primary => PointerButton::Left,
        egui::PointerButton::Secondary => PointerButton::Right,
        egui::PointerButton::Middle => PointerButton::Middle,
        egui::PointerButton::Extra1 => PointerButton::Side,
        egui::PointerButton::Extra2 => PointerButton::Extra,
    }
}

/// The guest's pointer in the desktop's place.
fn cursor_ui(ui: &Ui, state: &State, response: &Response, placement: Placement) {
    if !response.contains_pointer() || state.holds_pointer() {
        return;
    }
    let Some(pos) = ui.input(|input| input.pointer.latest_pos()) else {
        return;
    };
    let pointer = &state.picture.pointer;
    match pointer {
        Pointer::Desktop => {}
        Pointer::Hidden => ui.ctx().set_cursor_icon(CursorIcon::None),
        Pointer::Image { hot, size, .. } => {
            ui.ctx().set_cursor_icon(CursorIcon::None);
            pointer.draw(ui.painter(), placement.scaled(pos, *hot, *size));
        }
    }
}
