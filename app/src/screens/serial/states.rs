//! What is said where there is no line: none in the machine, the machine off, the line another's, refused.

use egui::{Rect, Ui, UiBuilder};
use libvirt_backend::guard::Action;
use libvirt_backend::model::SerialDevice;

use super::{Panel, Sight};
use crate::command::{Command, SerialCommand, UiCommand};
use crate::console::serial::LineState;
use crate::context::ViewContext;
use crate::route::{MachineKey, MachineTab, Route};
use crate::screens::parts::actions;
use crate::t;
use crate::text::error;
use crate::text::units;
use crate::widgets::{Button, Tone, banner_ui, empty_ui, icons, tokens};

/// The machine has no line that could be opened.
pub(super) fn none_ui(ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, serials: &[SerialDevice]) {
    let explanation = if serials.is_empty() {
        t!("serial-none-text")
    } else {
        t!("serial-closed-text")
    };
    empty_ui(ui, icons::TERMINAL, &t!("serial-none"), &explanation, |ui| {
        if Button::secondary(t!("serial-back"))
            .icon(icons::BACK)
            .show(ui)
            .clicked()
        {
            view.ui(UiCommand::Go(Route::Machine {
                key: key.clone(),
                tab: MachineTab::Overview,
            }));
        }
    });
}

impl Sight<'_> {
    pub(super) fn is_running(&self) -> bool {
        self.view
            .machine(&self.key.machine)
            .is_some_and(|machine| machine.state.is_active())
    }
}

enum Cure {
    Start,
    Again,
    Dismiss,
}

/// One line over the terminal, which keeps what was said; gives back the room that is left.
pub(super) fn banners_ui(ui: &mut Ui, sight: &Sight<'_>, panel: &mut Panel, body: Rect) -> Rect {
    let Some((tone, words, cure)) = banner(sight, panel) else {
        return body;
    };
    let action = cure.as_ref().map(|cure| match cure {
        Cure::Start => t!("serial-start"),
        Cure::Again => t!("serial-again"),
        Cure::Dismiss => t!("serial-dismiss"),
    });
    let builder = UiBuilder::new().id_salt("serial banner").max_rect(body);
    let scope = ui.scope_builder(builder, |ui| banner_ui(ui, tone, &words, action.as_deref()));
    if scope.inner {
        match cure {
            Some(Cure::Start) => actions::send(sight.view, start_action(sight), vec![sight.key.machine.clone()]),
            Some(Cure::Again) => sight
                .view
                .send(Command::Serial(SerialCommand::Again(sight.key.clone()))),
            Some(Cure::Dismiss) => {
                panel.skipped_bytes = 0;
                panel.hands.is_refused = false;
            }
            None => {}
        }
    }
    let mut rest = body;
    rest.min.y = (scope.response.rect.bottom() + tokens::SPACE_TIGHT).min(body.bottom());
    rest
}

fn banner(sight: &Sight<'_>, panel: &Panel) -> Option<(Tone, String, Option<Cure>)> {
    let view = sight.view;
    let host = view.host(&sight.key.machine.uri)?;
    if !actions::is_live(host) {
        // The page says so already.
        return None;
    }
    if !sight.is_running() {
        let can_start = actions::check(view, &sight.key.machine, start_action(sight)).is_ok();
        return Some((Tone::Off, t!("serial-off"), can_start.then_some(Cure::Start)));
    }
    if view.serials.is_lost(&sight.key, view.now_millis) {
        return Some((Tone::Warning, t!("serial-taken"), Some(Cure::Again)));
    }
    match sight.session.state() {
        LineState::Refused(problem) => {
            let message = error::message(&problem);
            let words = match message.own_words {
                Some(own) => format!("{} {own}", message.what),
                None => message.what,
            };
            Some((Tone::Warning, words, Some(Cure::Again)))
        }
        LineState::Open if panel.hands.is_refused => Some((Tone::Warning, t!("serial-too-much"), Some(Cure::Dismiss))),
        LineState::Open if panel.skipped_bytes > 0 => {
            let size = units::bytes(panel.skipped_bytes);
            Some((Tone::Warning, t!("serial-skipped", size = size), Some(Cure::Dismiss)))
        }
        LineState::Wanted | LineState::GivenBack | LineState::Ended(_) | LineState::Open => None,
    }
}

fn start_action(sight: &Sight<'_>) -> Action {
    let is_paused = sight
        .view
        .machine(&sight.key.machine)
        .is_some_and(|machine| machine.state.is_paused());
    if is_paused { Action::Resume } else { Action::Start }
}
