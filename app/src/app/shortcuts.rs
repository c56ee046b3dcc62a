//! Turns key strokes into commands, before anything is drawn.

use egui::{Key, Modifiers};

use super::App;
use crate::command::{Entry, UiEntry};
use crate::console::serial::terminal_id;
use crate::context::CommandQueue;
use crate::route::{MachineKey, Route};

impl App {
    pub(super) fn take_shortcuts(&self, ctx: &egui::Context, commands: &CommandQueue) {
        // Inside a terminal every key is the guest's.
        if ctx.memory(|memory| memory.has_focus(terminal_id())) {
            return;
        }
        // Not what has the focus: the table has it as soon as a row is clicked.
        let is_typing = ctx.text_edit_focused();
        let machines = self.machines_for_keys();
        let with_shortcut = |entry: Entry| Some((entry, entry.shortcut()?));
        let mut entries: Vec<_> = Entry::all().filter_map(with_shortcut).collect();
        // egui lets Shift be held unasked: Ctrl+Shift+S must be looked for before Ctrl+S.
        entries.sort_by_key(|(_, shortcut)| !shortcut.modifiers.shift);
        for (entry, shortcut) in entries {
            let is_wanted = match entry {
                // Esc first leaves what it is pressed in: a menu, a text field.
                Entry::Ui(UiEntry::CloseDialog) => self.overlay.is_some() && !egui::Popup::is_any_open(ctx),
                Entry::Ui(_) => self.overlay.is_none() || is_way_out(entry),
                // While text is typed, Delete and F2 belong to the text; under a dialog nothing is acted on.
                Entry::Action(_) => self.overlay.is_none() && !is_typing,
            };
            if is_wanted
                && ctx.input_mut(|input| input.consume_shortcut(&shortcut))
                && let Some(command) = entry.command(&machines)
            {
                commands.push(command);
            }
        }
        // As browsers do, beside F1.
        if self.overlay.is_none()
            && !is_typing
            && ctx.input_mut(|input| input.consume_key(Modifiers::SHIFT, Key::Questionmark))
            && let Some(command) = Entry::Ui(UiEntry::Shortcuts).command(&[])
        {
            commands.push(command);
        }
    }

    /// The machine whose page is shown, else those that are marked and can be seen.
    pub(super) fn machines_for_keys(&self) -> Vec<MachineKey> {
        match &self.route {
            Route::Machine { key, .. } => vec![key.clone()],
            Route::Machines => self.screens.shown(&self.selection),
            Route::Connections | Route::Settings => Vec::new(),
        }
    }
}

/// What still works over a dialog: nothing that would open another.
const fn is_way_out(entry: Entry) -> bool {
    matches!(entry, Entry::Ui(UiEntry::Quit | UiEntry::CopyDiagnostics))
}
