//! A machine's screen: on its page, in a window of its own, or filling the display. One toolbar, then the guest.

mod edge_bar;
#[cfg(test)]
mod edge_bar_tests;
mod facts;
#[cfg(test)]
mod frames_tests;
mod keys;
mod paste;
mod picture;
mod send_keys;
#[cfg(test)]
mod signs_tests;
mod states;
#[cfg(test)]
mod tests;
mod toolbar;
#[cfg(test)]
mod typing_tests;

use egui::{Align, Layout, Rect, Shape, Ui, UiBuilder, pos2};

use crate::command::{Command, ConsoleCommand};
use crate::context::CommandQueue;
use crate::display::{Display, State};
use crate::keyboard::paste::GuestLayout;
use crate::keyboard::{Combination, Keyboard};
use crate::route::MachineKey;
use crate::settings::Scale;
use crate::widgets::{Palette, tokens};

pub use facts::facts;

/// Where a console is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Page,
    /// A window of its own.
    Window {
        is_fullscreen: bool,
    },
    /// All of the main window, which fills the display.
    Fullscreen,
}

impl Place {
    const fn is_fullscreen(self) -> bool {
        matches!(self, Self::Fullscreen | Self::Window { is_fullscreen: true })
    }
}

/// What the user chose for all consoles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choices {
    pub scale: Scale,
    pub follows_window: bool,
    /// What pasted text is typed for.
    pub guest_layout: GuestLayout,
}

/// One console in one frame. Knows no [`crate::context::ViewContext`]: a window of its own is drawn without the main one.
pub struct Console<'a> {
    pub key: &'a MachineKey,
    pub display: &'a Display,
    pub choices: Choices,
    /// The user's own.
    pub combinations: &'a [Combination],
    pub place: Place,
    /// A dialog or the palette lies over it.
    pub is_covered: bool,
    pub keyboard: &'a Keyboard,
    pub commands: &'a CommandQueue,
}

impl Console<'_> {
    fn send(&self, command: ConsoleCommand) {
        self.commands.push(Command::Console(command));
    }

    /// Draws it over all of `ui`, and leaves nothing of what is below.
    pub fn ui(&self, ui: &mut Ui) {
        self.display.set_viewport(Some(ui.ctx().viewport_id()));
        let whole = ui.max_rect();
        let mut state = self.display.lock();
        state.hold_only_in(ui.ctx().viewport_id());
        state.free_pointer(ui.ctx());
        send_keys::dialog_ui(ui.ctx(), self, &mut state);
        if self.place.is_fullscreen() {
            self.body_ui(ui, whole, &mut state);
            edge_bar::ui(ui, self, &mut state);
            return;
        }
        let height = tokens::scaled(ui, tokens::TOOLBAR);
        let bar = Rect::from_min_max(whole.min, pos2(whole.right(), whole.top() + height));
        let palette = Palette::of(ui);
        ui.painter().rect_filled(bar, 0.0, palette.sidebar);
        let builder = UiBuilder::new()
            .id_salt("console toolbar")
            .max_rect(bar.shrink2(egui::vec2(tokens::SPACE, 0.0)))
            .layout(Layout::left_to_right(Align::Center));
        ui.scope_builder(builder, |ui| toolbar::ui(ui, self, &mut state));
        let body = Rect::from_min_max(pos2(whole.left(), bar.bottom()), whole.max);
        self.body_ui(ui, body, &mut state);
    }

    fn body_ui(&self, ui: &mut Ui, body: Rect, state: &mut State) {
        let builder = UiBuilder::new().id_salt("console body").max_rect(body);
        ui.scope_builder(builder, |ui| {
            ui.set_clip_rect(body.intersect(ui.clip_rect()));
            let ground = ui.painter().add(Shape::Noop);
            let has_picture = !states::ui(ui, self, state) && picture::ui(ui, self, state);
            if !has_picture {
                let fill = Palette::of(ui).window;
                ui.painter().set(ground, Shape::rect_filled(body, 0.0, fill));
            }
        });
    }
}
