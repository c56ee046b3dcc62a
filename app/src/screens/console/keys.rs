//! Gives the guest the keyboard while its picture has the focus, and does what the Host key asks for.

use egui::{EventFilter, Response, Ui};
use libvirt_backend::guard::Action;

use super::{Console, picture, toolbar};
use crate::command::{Command, ConsoleCommand, UiCommand};
use crate::display::State;
use crate::keyboard::{Combination, HostAction};

/// Every key is the guest's: none moves the focus or leaves the picture.
const ALL_KEYS: EventFilter = EventFilter {
    tab: true,
    horizontal_arrows: true,
    vertical_arrows: true,
    escape: true,
};

pub(super) fn ui(ui: &Ui, console: &Console<'_>, state: &mut State, response: &Response) {
    let had_keyboard = state.had_keyboard;
    let actions = console.keyboard.take_host_actions(response.id);
    let is_given_back = actions.contains(&HostAction::Release);
    for action in actions {
        act(ui, console, state, response, action);
    }
    clipboard_ui(ui, console, state, response);
    // A dialog or a menu over the picture has the keyboard first.
    let is_covered = console.is_covered || state.keys_dialog.is_some() || egui::Popup::is_any_open(ui.ctx());
    // Only the Host key gives the keyboard back: what else took it for a moment does not keep it.
    if is_given_back {
        state.wants_focus = false;
    } else if had_keyboard && (is_covered || !response.has_focus()) {
        state.wants_focus = true;
    }
    if state.wants_focus && !is_covered && ui.memory(|memory| memory.focused().is_none()) {
        state.wants_focus = false;
        response.request_focus();
    }
    if !response.has_focus() || is_covered {
        console.keyboard.release(response.id);
        return;
    }
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, ALL_KEYS));
    if let Some(keys) = state.keys() {
        console.keyboard.hold(ui.ctx(), response.id, &keys);
    }
}

fn act(ui: &Ui, console: &Console<'_>, state: &mut State, response: &Response, action: HostAction) {
    match action {
        HostAction::Release => {
            response.surrender_focus();
            picture::release_pointer(ui, state);
        }
        HostAction::FullScreen => toolbar::set_fullscreen(ui, console, !console.place.is_fullscreen()),
        HostAction::Palette => {
            response.surrender_focus();
            picture::release_pointer(ui, state);
            console.commands.push(Command::Ui(UiCommand::ShowPalette));
        }
        HostAction::CtrlAltDel => state.send_combination(&Combination::ctrl_alt_del()),
        HostAction::Machine(number) => {
            let number = usize::from(number).saturating_sub(1);
            console.send(ConsoleCommand::OpenNumber(number));
        }
        HostAction::Snapshot => toolbar::run(console, Action::CreateSnapshot),
    }
}

/// Text goes over when the guest gets the keyboard: what was copied elsewhere meanwhile is what is pasted there.
fn clipboard_ui(ui: &Ui, console: &Console<'_>, state: &mut State, response: &Response) {
    if let Some(text) = state.copied.take() {
        ui.ctx().copy_text(text.to_string());
    }
    let has_keyboard = console.keyboard.holder() == Some(response.id);
    if has_keyboard && !state.had_keyboard && state.facts.shares_clipboard {
        ui.ctx().send_viewport_cmd(egui::ViewportCommand::RequestPaste);
    }
    state.had_keyboard = has_keyboard;
    if !has_keyboard || !state.facts.shares_clipboard {
        return;
    }
    let pasted = ui.input(|input| {
        let texts = input.events.iter().rev().filter_map(|event| match event {
            egui::Event::Paste(text) => Some(text.clone()),
            _ => None,
        });
        texts.take(1).next()
    });
    if let Some(text) = pasted {
        state.share(&text);
    }
}
