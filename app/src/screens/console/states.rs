//! What a console says where there is no picture to draw, and over one that stands still.

use egui::{Rect, Ui, UiBuilder};
use libvirt_backend::error::Cure;
use libvirt_backend::guard::Action;

use super::{Console, toolbar};
use crate::command::{ConsoleCommand, action};
use crate::console::Ending;
use crate::display::{Phase, Readiness, State, Why};
use crate::t;
use crate::text::display::{advice, what, words};
use crate::widgets::feedback::Failure;
use crate::widgets::{Button, Tone, banner_ui, empty_ui, error_ui, icons, loading_ui, tokens};

/// Answers whether it drew something in the picture's place.
pub(super) fn ui(ui: &mut Ui, console: &Console<'_>, state: &State) -> bool {
    match state.facts.readiness {
        Readiness::Unknown if state.is_live() => false,
        Readiness::Unknown => {
            loading_ui(ui, &t!("console-unknown"), &t!("console-unknown-text"));
            true
        }
        Readiness::Off => {
            off_ui(ui, console, state);
            true
        }
        Readiness::NoDisplay => {
            no_display_ui(ui, &t!("console-no-display"), &t!("console-no-display-text"), |ui| {
                add_display_ui(ui, console, state);
            });
            true
        }
        Readiness::OnlySpice => {
            no_display_ui(ui, &t!("console-only-spice"), &t!("console-only-spice-text"), |ui| {
                if Button::primary(t!("console-open-viewer"))
                    .icon(icons::OPEN_OUTSIDE)
                    .show(ui)
                    .clicked()
                {
                    console.send(ConsoleCommand::OpenViewer(console.key.clone()));
                }
                add_display_ui(ui, console, state);
            });
            true
        }
        Readiness::Ready => phase_ui(ui, console, state),
    }
}

fn off_ui(ui: &mut Ui, console: &Console<'_>, state: &State) {
    let name = state.facts.name.as_str();
    empty_ui(
        ui,
        icons::OFF,
        &t!("console-off", name = name),
        &t!("console-off-text"),
        |ui| {
            let denied = state.facts.denied(Action::Start);
            if Button::primary(t!("action-start"))
                .icon(icons::START)
                .denied(denied)
                .show(ui)
                .clicked()
            {
                toolbar::run(console, Action::Start);
            }
        },
    );
}

fn add_display_ui(ui: &mut Ui, console: &Console<'_>, state: &State) {
    let add = Action::AddDisplay;
    let denied = state.facts.denied(add);
    let button = Button::secondary(action::text(add))
        .icon(action::icon(add))
        .denied(denied);
    if button.tooltip(action::tooltip(add)).show(ui).clicked() {
        toolbar::run(console, add);
    }
}

fn no_display_ui(ui: &mut Ui, title: &str, explanation: &str, actions: impl FnOnce(&mut Ui)) {
    empty_ui(ui, icons::CONSOLE, title, explanation, actions);
}

fn phase_ui(ui: &mut Ui, console: &Console<'_>, state: &State) -> bool {
    let has_picture = state.picture.is_there();
    match &state.phase {
        Phase::Live(_) if state.picture.is_too_large => {
            let [width, height] = state.picture.size();
            let explanation = t!("console-too-large-text", width = width, height = height);
            no_display_ui(ui, &t!("console-too-large"), &explanation, |_| {});
            true
        }
        Phase::Live(session) => {
            if session.screen.ending().is_some() {
                // The main window decides what comes next.
                ui.ctx().request_repaint_of(egui::ViewportId::ROOT);
            }
            // The first pixels are taken where the picture is drawn.
            false
        }
        Phase::Idle | Phase::Connecting(_) | Phase::Waiting { .. } if has_picture => false,
        Phase::Ended(why) if has_picture && is_stall(why) => false,
        Phase::Idle | Phase::Connecting(_) => {
            let explanation = if state.facts.is_hanging {
                hangs(state)
            } else {
                String::new()
            };
            loading_ui(ui, &t!("console-connecting"), &explanation);
            true
        }
        Phase::Waiting { why, .. } => {
            let explanation = match why {
                Why::Refused(_) | Why::NotStarted(_) => format!("{} {}", what(why), words(why)),
                Why::Ended(_) => what(why),
            };
            loading_ui(ui, &t!("console-reconnecting"), &explanation);
            true
        }
        Phase::Ended(why) => {
            ended_ui(ui, console, state, why);
            true
        }
    }
}

fn ended_ui(ui: &mut Ui, console: &Console<'_>, state: &State, why: &Why) {
    let (what, words, advice) = (what(why), words(why), advice(why));
    let failure = Failure {
        what: &what,
        words: &words,
        advice: &advice,
    };
    let room = ui.max_rect();
    let width = (560.0 * tokens::text_scale(ui.ctx())).min(room.width() - 2.0 * tokens::SPACE_WIDE);
    let corner = egui::pos2(room.center().x - width / 2.0, room.top() + tokens::SPACE_SECTION);
    let rect = Rect::from_min_size(corner, egui::vec2(width, room.height() - tokens::SPACE_SECTION));
    ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
        error_ui(ui, &failure, |ui| {
            let action = remedy(why).filter(|action| state.facts.denied(*action).is_none());
            if let Some(action) = action
                && Button::secondary(action::text(action)).show(ui).clicked()
            {
                toolbar::run(console, action);
            }
            if Button::primary(t!("console-reconnect"))
                .icon(icons::RETRY)
                .show(ui)
                .clicked()
            {
                console.send(ConsoleCommand::Reconnect(console.key.clone()));
            }
            if Button::secondary(t!("console-open-viewer")).show(ui).clicked() {
                console.send(ConsoleCommand::OpenViewer(console.key.clone()));
            }
        });
    });
}

/// What Berth itself can do about it.
fn remedy(why: &Why) -> Option<Action> {
    let error = match why {
        Why::Refused(error) => error,
        Why::Ended(Ending::OnGraphicsCard) => return Some(Action::AddDisplay),
        Why::Ended(_) | Why::NotStarted(_) => return None,
    };
    match error.cure()? {
        Cure::AddDisplay => Some(Action::AddDisplay),
        Cure::AllowRemoteDisplay => Some(Action::AllowRemoteDisplay),
        _ => None,
    }
}

/// What stopped may go on: its last picture is worth more than an empty page.
const fn is_stall(why: &Why) -> bool {
    matches!(why, Why::Ended(Ending::Stalled { .. }))
}

fn hangs(state: &State) -> String {
    t!("console-hangs", name = state.facts.name.as_str())
}

/// What helps a picture that stands still.
#[derive(Clone, Copy)]
enum Help {
    Resume,
    Reconnect,
}

/// Over a picture that stands still: why it does.
pub(super) fn over_picture_ui(ui: &mut Ui, console: &Console<'_>, state: &State) {
    let room = ui.max_rect().shrink(tokens::SPACE);
    let (message, help) = match &state.phase {
        Phase::Ended(why) => (format!("{} {}", what(why), advice(why)), Some(Help::Reconnect)),
        // Its picture goes on by itself once QEMU does; a new connection to it is the user's to try.
        _ if state.facts.is_hanging => (hangs(state), Some(Help::Reconnect)),
        Phase::Waiting { why, .. } => (t!("console-reconnecting-over", why = what(why)), None),
        _ if state.facts.is_paused => (
            t!("console-paused", state = state.facts.state.as_str()),
            Some(Help::Resume),
        ),
        _ => return,
    };
    let name = help.map(|help| match help {
        Help::Resume => t!("action-resume"),
        Help::Reconnect => t!("console-reconnect"),
    });
    let builder = UiBuilder::new().id_salt("over picture").max_rect(room);
    let is_pressed = ui
        .scope_builder(builder, |ui| banner_ui(ui, Tone::Warning, &message, name.as_deref()))
        .inner;
    match help.filter(|_| is_pressed) {
        Some(Help::Resume) => toolbar::run(console, Action::Resume),
        Some(Help::Reconnect) => console.send(ConsoleCommand::Reconnect(console.key.clone())),
        None => {}
    }
}
