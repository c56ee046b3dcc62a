//! What is typed and pointed at a terminal, on its way to the guest.

use egui::{Event, EventFilter, ImeEvent, Key, Modifiers, MouseWheelUnit, PointerButton, Pos2, Rect, Response, Ui};

use super::paint::{Cells, cell_at};
use crate::console::serial::keys::{Pointing, key_bytes, pointing_bytes};
use crate::console::serial::{Extent, Place, Session};

/// Every key is the guest's.
const ALL_KEYS: EventFilter = EventFilter {
    tab: true,
    horizontal_arrows: true,
    vertical_arrows: true,
    escape: true,
};

/// What a person wants of the window itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Copy,
    Search,
    Leave,
}

/// What is kept from frame to frame.
#[derive(Default)]
pub(super) struct Hands {
    /// The next paste was asked for in a menu.
    pub(super) awaits_paste: bool,
    /// A button that the guest was told is down.
    told_down: Option<u8>,
    told_at: Option<(usize, usize)>,
    /// Of the wheel, less than a line.
    rest: f32,
    had_focus: bool,
    /// What was last typed or pasted found no room.
    pub(super) is_refused: bool,
}

pub(super) fn keep_keys(ui: &Ui, response: &Response) {
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, ALL_KEYS));
}

/// Sends what was typed; answers what was meant for the window.
pub(super) fn keys(ui: &Ui, session: &Session, hands: &mut Hands) -> Vec<Wish> {
    let mut wishes = Vec::new();
    let (events, held) = ui.input(|input| (input.events.clone(), input.modifiers));
    let manner = session.manner();
    let mut typed: Vec<u8> = Vec::new();
    for event in events {
        match event {
            Event::Text(text) | Event::Ime(ImeEvent::Commit(text)) => typed.extend(text.into_bytes()),
            // The window system tells of these instead of their keys.
            Event::Copy if held.shift => wishes.push(Wish::Copy),
            Event::Copy => typed.push(0x03),
            Event::Cut => typed.push(0x18),
            Event::Paste(text) if held.shift || hands.awaits_paste => {
                hands.awaits_paste = false;
                typed.extend(crate::console::serial::keys::paste_bytes(&text, manner));
            }
            Event::Paste(_) => typed.push(0x16),
            Event::Key {
                key,
                pressed: true,
                modifiers,
                ..
            } => match own_key(ui, session, key, modifiers, hands) {
                Own::Wish(wish) => wishes.push(wish),
                Own::Done => {}
                Own::No => typed.extend(key_bytes(key, modifiers, manner).unwrap_or_default()),
            },
            _ => {}
        }
    }
    if !typed.is_empty() {
        session.with_terminal(|terminal| {
            terminal.scroll_to_end();
            terminal.clear_selection();
        });
        hands.is_refused = !session.send(&typed);
    }
    wishes
}

enum Own {
    Wish(Wish),
    Done,
    No,
}

/// Shift with Ctrl, or with a key that scrolls, is the window's.
fn own_key(ui: &Ui, session: &Session, key: Key, modifiers: Modifiers, hands: &mut Hands) -> Own {
    if !modifiers.shift || modifiers.alt {
        return Own::No;
    }
    match (key, modifiers.ctrl) {
        (Key::F, true) => Own::Wish(Wish::Search),
        (Key::Escape, true) => Own::Wish(Wish::Leave),
        (Key::C, true) => Own::Wish(Wish::Copy),
        (Key::A, true) => {
            session.with_terminal(crate::console::serial::Terminal::select_all);
            Own::Done
        }
        // Comes as a paste where there is something to be pasted.
        (Key::V, true) => Own::Done,
        (Key::Insert, false) => {
            hands.awaits_paste = true;
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::RequestPaste);
            Own::Done
        }
        (Key::PageUp | Key::PageDown, false) => {
            session.with_terminal(|terminal| terminal.scroll_page(key == Key::PageUp));
            Own::Done
        }
        _ => Own::No,
    }
}

/// Tells the guest that its terminal was come to or left, where it wants to know.
pub(super) fn tell_focus(session: &Session, hands: &mut Hands, has_focus: bool) {
    if hands.had_focus != has_focus {
        hands.had_focus = has_focus;
        if session.manner().tells_focus {
            session.send(if has_focus { b"\x1b[I" } else { b"\x1b[O" });
        }
    }
}

/// The pointer: the guest's where it asked for it, unless Shift is held; else it marks.
pub(super) fn pointer(ui: &Ui, response: &Response, session: &Session, cells: &Cells, rect: Rect, hands: &mut Hands) {
    let manner = session.manner();
    let modifiers = ui.input(|input| input.modifiers);
    let takes_mouse = manner.mouse_clicks || manner.mouse_drags || manner.mouse_moves;
    let is_guests = (takes_mouse && !modifiers.shift) || hands.told_down.is_some();
    if is_guests {
        tell_pointer(ui, response, session, cells, rect, hands);
    } else {
        mark(ui, response, session, cells, rect);
    }
    if response.contains_pointer() {
        wheel(ui, session, cells, rect, hands, is_guests);
    }
}

fn tell_pointer(ui: &Ui, response: &Response, session: &Session, cells: &Cells, rect: Rect, hands: &mut Hands) {
    let manner = session.manner();
    let number = |button: PointerButton| match button {
        PointerButton::Primary => Some(0),
        PointerButton::Middle => Some(1),
        PointerButton::Secondary => Some(2),
        PointerButton::Extra1 | PointerButton::Extra2 => None,
    };
    let is_over = response.contains_pointer();
    for event in ui.input(|input| input.events.clone()) {
        let (pointing, at, modifiers) = match event {
            Event::PointerButton {
                pos,
                button,
                pressed,
                modifiers,
            } => {
                let Some(button) = number(button) else { continue };
                if pressed && is_over {
                    hands.told_down = Some(button);
                    (Pointing::Press(button), pos, modifiers)
                } else if !pressed && hands.told_down == Some(button) {
                    hands.told_down = None;
                    (Pointing::Release(button), pos, modifiers)
                } else {
                    continue;
                }
            }
            Event::PointerMoved(pos) if is_over || hands.told_down.is_some() => {
                (Pointing::Move(hands.told_down), pos, Modifiers::NONE)
            }
            _ => continue,
        };
        let (row, column, _) = cell_at(cells, rect.min, at);
        let is_same = hands.told_at.replace((row, column)) == Some((row, column));
        if is_same && matches!(pointing, Pointing::Move(_)) {
            continue;
        }
        if let Some(bytes) = pointing_bytes(pointing, column, row, modifiers, manner) {
            session.send(&bytes);
        }
    }
}

fn mark(ui: &Ui, response: &Response, session: &Session, cells: &Cells, rect: Rect) {
    let place = |at: Pos2| {
        let (row, column, is_right) = cell_at(cells, rect.min, at);
        Place { row, column, is_right }
    };
    let Some(at) = response.interact_pointer_pos() else {
        return;
    };
    let is_shift = ui.input(|input| input.modifiers.shift);
    session.with_terminal(|terminal| {
        if response.triple_clicked() {
            terminal.select(place(at), Extent::Lines);
        } else if response.double_clicked() {
            terminal.select(place(at), Extent::Words);
        } else if response.drag_started_by(PointerButton::Primary) {
            let from = ui.input(|input| input.pointer.press_origin()).unwrap_or(at);
            terminal.select(place(from), Extent::Letters);
        } else if response.clicked() && is_shift {
            terminal.extend_selection(place(at));
        } else if response.clicked() {
            terminal.clear_selection();
        }
        if response.dragged_by(PointerButton::Primary) {
            // Beyond the edge the text comes by.
            if at.y < rect.top() {
                terminal.scroll(1);
            } else if at.y > rect.bottom() {
                terminal.scroll(-1);
            }
            terminal.extend_selection(place(at));
        }
    });
    let is_beyond = at.y < rect.top() || at.y > rect.bottom();
    if response.dragged_by(PointerButton::Primary) && is_beyond {
        ui.ctx().request_repaint_after(std::time::Duration::from_millis(30));
    }
}

fn wheel(ui: &Ui, session: &Session, cells: &Cells, rect: Rect, hands: &mut Hands, is_guests: bool) {
    let turns = ui.input(|input| {
        let turn = |event: &Event| match event {
            Event::MouseWheel {
                unit, delta, modifiers, ..
            } if !modifiers.ctrl => Some(match unit {
                MouseWheelUnit::Line => delta.y * 3.0,
                MouseWheelUnit::Page => delta.y * 20.0,
                MouseWheelUnit::Point => delta.y / cells.size.y,
            }),
            _ => None,
        };
        input.events.iter().filter_map(turn).sum::<f32>()
    });
    hands.rest += turns;
    let lines = hands.rest.trunc();
    hands.rest -= lines;
    if lines == 0.0 {
        return;
    }
    let is_up = lines > 0.0;
    let count = lines.abs() as usize;
    if is_guests {
        let pointing = if is_up { Pointing::WheelUp } else { Pointing::WheelDown };
        let at = ui.input(|input| input.pointer.latest_pos()).unwrap_or(rect.min);
        let (row, column, _) = cell_at(cells, rect.min, at);
        let bytes = pointing_bytes(pointing, column, row, Modifiers::NONE, session.manner());
        session.send(&bytes.unwrap_or_default().repeat(count.div_ceil(3)));
    } else if session.look(crate::console::serial::Terminal::wheel_is_arrows) {
        let key = if is_up { Key::ArrowUp } else { Key::ArrowDown };
        let bytes = key_bytes(key, Modifiers::NONE, session.manner());
        session.send(&bytes.unwrap_or_default().repeat(count));
    } else {
        session.with_terminal(|terminal| terminal.scroll(lines as i32));
    }
}
