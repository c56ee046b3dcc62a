//! Keys that the desktop or the Host key would keep, sent by name: the toolbar's menu, and a dialog for the rest.

use egui::{Context, Id, Ui};

use super::{Console, paste};
use crate::command::ConsoleCommand;
use crate::display::{KeysDialog, Paste, State};
use crate::keyboard::Combination;
use crate::t;
use crate::text::keyboard::{bad_combination, host_key};
use crate::widgets::{Button, Dialog, MenuItem, TextField, icons, menu_item, menu_separator, text};

/// Of the built-in ones, those that stand in the menu itself; F1 to F12 come after them.
const IN_MENU: usize = 8;
const CONSOLES: usize = 12;

pub(super) fn menu_ui(ui: &mut Ui, console: &Console<'_>, state: &mut State) {
    let denied = (!state.is_live()).then(|| t!("send-keys-denied"));
    let item = |ui: &mut Ui, text: String| {
        let item = MenuItem {
            text: text.into(),
            denied: denied.clone().map(Into::into),
            ..MenuItem::default()
        };
        menu_item(ui, &item).clicked()
    };
    let built_in = Combination::built_in();
    for combination in built_in.iter().take(IN_MENU).chain(console.combinations) {
        if item(ui, combination.to_string()) {
            state.send_combination(combination);
        }
    }
    let key = console.keyboard.host_key();
    if item(ui, t!("send-keys-host", key = host_key(key))) {
        state.send_combination(&Combination::of_keys(key.keys()));
    }
    menu_separator(ui);
    if item(ui, t!("send-keys-more")) {
        state.keys_dialog = Some(KeysDialog::SendKeys { typed: String::new() });
    }
    if item(ui, t!("send-keys-paste")) {
        state.keys_dialog = Some(KeysDialog::Paste(Paste::default()));
    }
}

/// The dialog that was asked for, over whatever window the guest is in.
pub(super) fn dialog_ui(ctx: &Context, console: &Console<'_>, state: &mut State) {
    let Some(mut dialog) = state.keys_dialog.take() else {
        return;
    };
    let stays = match &mut dialog {
        KeysDialog::SendKeys { typed } => send_ui(ctx, console, state, typed),
        KeysDialog::Paste(paste) => paste::ui(ctx, console, state, paste),
    };
    if stays {
        state.keys_dialog = Some(dialog);
    } else {
        // The guest goes on where it was left.
        state.wants_focus = true;
    }
}

pub(super) fn dialog_id(console: &Console<'_>) -> Id {
    Id::unique(("keys dialog", console.key))
}

fn send_ui(ctx: &Context, console: &Console<'_>, state: &mut State, typed: &mut String) -> bool {
    let title = t!("send-keys-title", name = state.facts.name.as_str());
    let close = t!("dialog-close");
    let shown = Dialog::new(dialog_id(console), &title, &close).wide().show(
        ctx,
        |ui| {
            own_ui(ui, console, state, typed);
            let built_in = Combination::built_in();
            let rest = built_in.get(IN_MENU..).unwrap_or_default();
            let (consoles, sysrq) = rest.split_at(CONSOLES.min(rest.len()));
            buttons_ui(ui, state, &t!("send-keys-consoles"), consoles);
            buttons_ui(ui, state, &t!("send-keys-sysrq"), sysrq);
        },
        |ui| Button::secondary(&close).show(ui).clicked(),
    );
    !shown.is_closed && !shown.footer
}

fn buttons_ui(ui: &mut Ui, state: &mut State, title: &str, combinations: &[Combination]) {
    ui.label(text::secondary(ui, title));
    ui.horizontal_wrapped(|ui| {
        for combination in combinations {
            if Button::secondary(combination.to_string()).small().show(ui).clicked() {
                state.send_combination(combination);
            }
        }
    });
}

/// A combination as typed, and those that were kept.
fn own_ui(ui: &mut Ui, console: &Console<'_>, state: &mut State, typed: &mut String) {
    let parsed = typed.parse::<Combination>();
    // Nothing typed yet is no mistake.
    let wrong = parsed.as_ref().err().filter(|_| !typed.is_empty()).map(bad_combination);
    TextField::new(&t!("send-keys-own-field"), typed)
        .help(&t!("send-keys-own-help"))
        .error(wrong.as_deref())
        .show(ui);
    let denied = parsed
        .is_err()
        .then(|| wrong.unwrap_or_else(|| t!("combination-empty")));
    ui.horizontal(|ui| {
        let send = Button::secondary(t!("send-keys-send")).denied(denied.clone()).show(ui);
        let is_kept = parsed.as_ref().is_ok_and(|typed| console.combinations.contains(typed));
        let keep = Button::secondary(t!("send-keys-keep")).denied(denied);
        let keep = !is_kept && keep.show(ui).clicked();
        if let Ok(combination) = &parsed {
            if send.clicked() {
                state.send_combination(combination);
            }
            if keep {
                console.send(ConsoleCommand::KeepCombination(combination.clone()));
            }
        }
    });
    if console.combinations.is_empty() {
        return;
    }
    ui.label(text::secondary(ui, t!("send-keys-own")));
    for combination in console.combinations {
        ui.horizontal(|ui| {
            let words = combination.to_string();
            let forget = t!("send-keys-forget", keys = words.as_str());
            if Button::secondary(words).small().show(ui).clicked() {
                state.send_combination(combination);
            }
            if Button::icon_only(icons::CLOSE, forget).small().show(ui).clicked() {
                console.send(ConsoleCommand::ForgetCombination(combination.clone()));
            }
        });
    }
}
