//! What lies over the page and asks something. Each dialog is a state struct with a `ui` function that answers whether
//! it is over; [`Dialogs`] opens the one that was asked for and closes it.

mod add_connection;
mod delete;
mod force_off;
mod insert_disc;
mod leftovers;
mod new_machine;
mod quit;
mod rename;
mod several;
mod snapshot;
mod tags;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::machine as test_machine;

use egui::{Context, Id, Ui};

use crate::command::{DialogRequest, UiCommand};
use crate::context::ViewContext;
use crate::state::Overlay;
use crate::t;
use crate::widgets::{Button, Dialog, DialogResponse};

/// The open dialog, if there is one.
#[derive(Default)]
pub struct Dialogs {
    /// What it was opened for.
    overlay: Option<Overlay>,
    open: Option<Open>,
}

enum Open {
    NewMachine(Box<new_machine::NewMachineDialog>),
    Delete(delete::DeleteDialog),
    ForceOff(force_off::ForceOffDialog),
    Several(several::SeveralDialog),
    InsertDisc(insert_disc::InsertDiscDialog),
    Rename(rename::RenameDialog),
    Tags(tags::TagsDialog),
    TakeSnapshot(snapshot::TakeDialog),
    RevertSnapshot(snapshot::RevertDialog),
    DeleteSnapshot(snapshot::DeleteDialog),
    AddConnection(add_connection::AddConnectionDialog),
    Quit,
    Closing,
}

/// Whether a dialog stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stay {
    Open,
    Done,
}

impl Dialogs {
    pub fn ui(&mut self, ui: &Ui, view: &ViewContext<'_>) {
        if self.overlay.as_ref() != view.overlay {
            self.overlay = view.overlay.cloned();
            self.open = view.overlay.and_then(|overlay| open(view, overlay));
        }
        let Some(open) = &mut self.open else {
            if view.overlay.is_none() {
                leftovers::ui(ui.ctx(), view);
            }
            return;
        };
        if open.ui(ui.ctx(), view) == Stay::Done {
            view.ui(UiCommand::CloseDialog);
        }
    }
}

fn open(view: &ViewContext<'_>, overlay: &Overlay) -> Option<Open> {
    let request = match overlay {
        Overlay::Palette | Overlay::Shortcuts => return None,
        Overlay::NewMachine => return Some(Open::NewMachine(Box::new(new_machine::NewMachineDialog::new(view)))),
        Overlay::Dialog(request) => request.clone(),
    };
    Some(match request {
        DialogRequest::Delete(machines) => Open::Delete(delete::DeleteDialog::new(machines)),
        DialogRequest::ForceOff(machines) => Open::ForceOff(force_off::ForceOffDialog::new(machines)),
        DialogRequest::Several { action, machines } => Open::Several(several::SeveralDialog::new(action, machines)),
        DialogRequest::InsertDisc { machine, target } => {
            Open::InsertDisc(insert_disc::InsertDiscDialog::new(machine, target))
        }
        DialogRequest::Rename(machine) => Open::Rename(rename::RenameDialog::new(view, machine)),
        DialogRequest::Tags(machines) => Open::Tags(tags::TagsDialog::new(view, machines)),
        DialogRequest::TakeSnapshot(machines) => Open::TakeSnapshot(snapshot::TakeDialog::new(view, machines)),
        DialogRequest::RevertSnapshot { machine, snapshot } => {
            Open::RevertSnapshot(snapshot::RevertDialog { machine, snapshot })
        }
        DialogRequest::DeleteSnapshot { machine, snapshot } => {
            Open::DeleteSnapshot(snapshot::DeleteDialog { machine, snapshot })
        }
        DialogRequest::AddConnection => Open::AddConnection(add_connection::AddConnectionDialog::default()),
        DialogRequest::Quit => Open::Quit,
        DialogRequest::Closing => Open::Closing,
    })
}

impl Open {
    fn ui(&mut self, ctx: &Context, view: &ViewContext<'_>) -> Stay {
        match self {
            Self::NewMachine(dialog) => dialog.ui(ctx, view),
            Self::Delete(dialog) => dialog.ui(ctx, view),
            Self::ForceOff(dialog) => dialog.ui(ctx, view),
            Self::Several(dialog) => dialog.ui(ctx, view),
            Self::InsertDisc(dialog) => dialog.ui(ctx, view),
            Self::Rename(dialog) => dialog.ui(ctx, view),
            Self::Tags(dialog) => dialog.ui(ctx, view),
            Self::TakeSnapshot(dialog) => dialog.ui(ctx, view),
            Self::RevertSnapshot(dialog) => dialog.ui(ctx, view),
            Self::DeleteSnapshot(dialog) => dialog.ui(ctx, view),
            Self::AddConnection(dialog) => dialog.ui(ctx, view),
            Self::Quit => quit::ui(ctx, view),
            Self::Closing => quit::closing_ui(ctx, view),
        }
    }
}

/// One dialog is open at a time, so one id serves all.
fn dialog_id() -> Id {
    Id::unique("dialog")
}

/// The button that does it, and whether it can be pressed.
pub(crate) struct Confirm<'a> {
    pub(crate) text: &'a str,
    pub(crate) is_destructive: bool,
    /// Why it cannot be pressed now; empty where the fields say so themselves.
    pub(crate) denied: Option<String>,
}

/// A dialog with one button that does it and one that does not. `true`: it is to be done.
pub(crate) fn ask<B>(
    ctx: &Context,
    title: &str,
    confirm: &Confirm<'_>,
    is_wide: bool,
    body: impl FnOnce(&mut Ui) -> B,
) -> (Stay, bool, B) {
    ask_or(ctx, title, confirm, &t!("dialog-cancel"), is_wide, body)
}

/// The same where not doing it has a name of its own.
pub(crate) fn ask_or<B>(
    ctx: &Context,
    title: &str,
    confirm: &Confirm<'_>,
    cancel: &str,
    is_wide: bool,
    body: impl FnOnce(&mut Ui) -> B,
) -> (Stay, bool, B) {
    let close = t!("dialog-close");
    let dialog = Dialog::new(dialog_id(), title, &close);
    let dialog = if is_wide { dialog.wide() } else { dialog };
    let is_first = Dialog::is_opening(ctx, dialog_id());
    let shown: DialogResponse<B, (bool, bool)> = dialog.show(ctx, body, |ui| {
        let button = if confirm.is_destructive {
            Button::danger(confirm.text)
        } else {
            Button::primary(confirm.text)
        };
        let is_confirmed = button.denied(confirm.denied.as_deref()).show(ui).clicked();
        let cancelled = Button::secondary(cancel).show(ui);
        if is_first && confirm.is_destructive {
            // Enter by mistake loses nothing.
            cancelled.request_focus();
        }
        (is_confirmed, cancelled.clicked())
    });
    let (is_confirmed, is_cancelled) = shown.footer;
    let is_over = is_confirmed || is_cancelled || shown.is_closed;
    let stay = if is_over { Stay::Done } else { Stay::Open };
    (stay, is_confirmed, shown.body)
}

/// Enter in a dialog whose fields are in order confirms it.
pub(crate) fn is_entered(ctx: &Context) -> bool {
    ctx.input(|input| input.key_pressed(egui::Key::Enter))
}

/// The first machine's name, for titles about one.
pub(crate) fn name_of(view: &ViewContext<'_>, key: &crate::route::MachineKey) -> String {
    view.machine(key)
        .map_or_else(String::new, |machine| machine.name().to_owned())
}
