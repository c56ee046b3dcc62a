//! The boot order as a list: dragged with the mouse, moved with Alt and the arrow keys or by buttons.

use egui::{Align, CursorIcon, Id, Key, Layout, Modifiers, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, vec2};
use libvirt_backend::property::MACHINE;
use libvirt_backend::xml::Document;

use super::boot::{BootOrder, Bootable};
use super::device_head::{note_ui, summary_ui};
use super::draft::Draft;
use crate::t;
use crate::text::hardware::word;
use crate::widgets::{Button, Palette, Tone, card_ui, icons, section_ui, switch_ui, text, tokens};

/// What was asked for in a frame.
#[derive(Clone, Copy)]
enum Wish {
    Shift(usize, usize),
    SwitchOn(usize),
    SwitchOff(usize),
}

pub(super) fn ui(ui: &mut Ui, domain: &Document, draft: &mut Draft) {
    let mut order = BootOrder::read(domain, draft);
    if order.on.is_empty() && order.off.is_empty() {
        return;
    }
    section_ui(ui, &t!("boot-order"));
    summary_ui(ui, &t!("boot-order-text"));
    let mut wish = None;
    card_ui(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let list = UiBuilder::new()
            .accessibility_role(Role::List)
            .accessibility_label(t!("boot-order"));
        ui.scope_builder(list, |ui| {
            let tops = ui.cursor().top();
            for (index, device) in order.on.iter().enumerate() {
                wish = row_ui(ui, device, Some((index, order.on.len(), tops))).or(wish);
            }
            for (index, device) in order.off.iter().enumerate() {
                let is_on = row_ui(ui, device, None).is_some();
                wish = is_on.then_some(Wish::SwitchOn(index)).or(wish);
            }
        });
    });
    notes_ui(ui, &order);
    ui.add_space(tokens::SPACE);
    match wish {
        None => return,
        Some(Wish::Shift(from, to)) => order.shift(from, to),
        Some(Wish::SwitchOn(index)) => order.switch_on(index),
        Some(Wish::SwitchOff(index)) => order.switch_off(index),
    }
    order.write(domain, draft);
    ui.ctx().request_repaint();
}

fn notes_ui(ui: &mut Ui, order: &BootOrder) {
    if !order.kinds.is_empty() && order.is_numbered {
        note_ui(ui, icons::WARNING, Tone::Warning, &t!("boot-both"));
    } else if !order.kinds.is_empty() {
        note_ui(
            ui,
            icons::INFO,
            Tone::Off,
            &t!("boot-kinds", kinds = named(&order.kinds)),
        );
        if !order.unmatched.is_empty() {
            let kinds = named(&order.unmatched);
            note_ui(ui, icons::WARNING, Tone::Warning, &t!("boot-unmatched", kinds = kinds));
        }
    } else if order.on.is_empty() {
        note_ui(ui, icons::WARNING, Tone::Warning, &t!("boot-none"));
    }
}

fn named(kinds: &[String]) -> String {
    let property = MACHINE.property("os.boot");
    let named = kinds
        .iter()
        .map(|kind| property.map_or_else(|| kind.clone(), |property| word(MACHINE, property, kind)));
    named.collect::<Vec<_>>().join(", ")
}

/// `place`: its index, of how many, and where the first begins; `None` where nothing starts from it.
fn row_ui(ui: &mut Ui, device: &Bootable, place: Option<(usize, usize, f32)>) -> Option<Wish> {
    let height = tokens::scaled(ui, tokens::ROW_COMPACT).max(tokens::scaled(ui, tokens::CONTROL_HEIGHT));
    let size = vec2(ui.available_width(), height);
    let id = Id::unique(("boot order", device.word, &device.key));
    let rect = Rect::from_min_size(ui.cursor().min, size);
    let sense = if place.is_some() {
        Sense::click_and_drag()
    } else {
        Sense::hover()
    };
    let response = ui.interact(rect, id, sense);
    let name = match place {
        Some((index, ..)) => t!("boot-place", number = index + 1, name = device.title.as_str()),
        None => t!("boot-not", name = device.title.as_str()),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, name.as_str()));
    let palette = Palette::of(ui);
    if response.dragged() {
        ui.painter().rect_filled(rect, tokens::RADIUS, palette.pressed);
        ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
    } else if response.hovered() && place.is_some() {
        ui.painter().rect_filled(rect, tokens::RADIUS, palette.hover);
        ui.ctx().set_cursor_icon(CursorIcon::Grab);
    }
    if response.has_focus() {
        let stroke = egui::Stroke::new(tokens::FOCUS_WIDTH, palette.focus_ring);
        ui.painter()
            .rect_stroke(rect.shrink(1.0), tokens::RADIUS, stroke, egui::StrokeKind::Inside);
    }
    let mut wish = place.and_then(|place| moved(ui, &response, rect, place));
    let inside = rect.shrink2(vec2(tokens::SPACE, 0.0));
    let layout = Layout::left_to_right(Align::Center);
    ui.scope_builder(UiBuilder::new().max_rect(inside).layout(layout), |ui| {
        wish = contents_ui(ui, device, place).or(wish);
    });
    ui.advance_cursor_after_rect(rect);
    wish
}

/// By the mouse, to where it is; by Alt and the arrow keys, one up or down.
fn moved(ui: &Ui, response: &egui::Response, rect: Rect, (index, count, top): (usize, usize, f32)) -> Option<Wish> {
    if response.clicked() {
        response.request_focus();
    }
    if response.dragged()
        && let Some(pointer) = response.interact_pointer_pos()
    {
        let to = ((pointer.y - top) / rect.height()).floor().max(0.0) as usize;
        let to = to.min(count - 1);
        return (to != index).then_some(Wish::Shift(index, to));
    }
    if !response.has_focus() {
        return None;
    }
    let (up, down) = ui.input_mut(|input| {
        (
            input.consume_key(Modifiers::ALT, Key::ArrowUp),
            input.consume_key(Modifiers::ALT, Key::ArrowDown),
        )
    });
    match (up, down) {
        (true, _) if index > 0 => Some(Wish::Shift(index, index - 1)),
        (_, true) if index + 1 < count => Some(Wish::Shift(index, index + 1)),
        _ => None,
    }
}

fn contents_ui(ui: &mut Ui, device: &Bootable, place: Option<(usize, usize, f32)>) -> Option<Wish> {
    let mut wish = None;
    let color = Palette::of(ui).text_weak;
    let side = tokens::ICON * tokens::text_scale(ui.ctx());
    let handle = vec2(side, side);
    if place.is_some() {
        let (rect, _) = ui.allocate_exact_size(handle, Sense::hover());
        icons::paint_icon(ui, icons::DRAG, rect.center(), tokens::ICON, color);
    } else {
        ui.allocate_exact_size(handle, Sense::hover());
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let mut is_on = place.is_some();
        let name = t!("boot-switch", name = device.title.as_str());
        if switch_ui(ui, &mut is_on, "").accessible_name(name).changed() {
            wish = Some(place.map_or(Wish::SwitchOn(0), |(index, ..)| Wish::SwitchOff(index)));
        }
        if let Some((index, count, _)) = place {
            ui.add_space(tokens::SPACE);
            let arrow = |icon, key: &str, is_denied: bool, reason: &str| {
                Button::icon_only(icon, crate::text::get(key, &[("name", device.title.as_str().into())]))
                    .small()
                    .denied(is_denied.then(|| crate::text::get(reason, &[])))
            };
            let down = arrow(icons::SORT_DESCENDING, "boot-down", index + 1 == count, "boot-last");
            if down.show(ui).clicked() {
                wish = Some(Wish::Shift(index, index + 1));
            }
            let up = arrow(icons::SORT_ASCENDING, "boot-up", index == 0, "boot-first");
            if up.show(ui).clicked() {
                wish = Some(Wish::Shift(index, index - 1));
            }
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            if let Some((index, ..)) = place {
                ui.label(text::body((index + 1).to_string()).color(color));
                text::truncated_ui(ui, text::body(&device.title));
                return;
            }
            ui.add_space(tokens::SPACE_WIDE);
            let quiet = text::quiet(ui, &device.title);
            text::truncated_ui(ui, quiet);
        });
    });
    wish
}
