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
    if state.wants_focus && ui.memory(|memory| memory.focused().is_none()) {
        state.wants_focus = false;
        response.request_focus();
    }
    for action in console.keyboard.take_host_actions(response.id) {
        act(ui, console, state, response, action);
    }
    // A dialog or a menu over the picture has the keyboard first.
    let is_covered = console.is_covered || state.keys_dialog.is_some() || egui::Popup::is_any_open(ui.ctx());
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
