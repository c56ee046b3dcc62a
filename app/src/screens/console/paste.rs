//! Text for a guest that shares no clipboard: what its layout cannot type is said before anything is typed.

use std::time::Duration;

use egui::{Context, Id, ScrollArea, TextEdit, Ui, ViewportCommand};

use super::Console;
use super::send_keys::dialog_id;
use crate::command::ConsoleCommand;
use crate::display::{Paste, State};
use crate::keyboard::paste::{GuestLayout, MOST_CHARS, Progress};
use crate::t;
use crate::text::keyboard::layout_name;
use crate::widgets::{Button, Dialog, Tone, banner_ui, checkbox_ui, combo_ui, field_ui, progress_ui};

/// The bar need not follow each key.
const REDRAW: Duration = Duration::from_millis(50);
/// Of what is missing, as many are shown.
const MOST_SHOWN: usize = 24;
const ROWS: usize = 5;
const MOST_HEIGHT: f32 = 160.0;

/// `false`: it is over.
pub(super) fn ui(ctx: &Context, console: &Console<'_>, state: &State, paste: &mut Paste) -> bool {
    // The guest went away under it: what is left would go nowhere.
    paste.typist = paste.typist.take().filter(|_| state.is_live());
    if let Some(progress) = paste.typist.as_ref().map(|typist| typist.progress()) {
        return typing_ui(ctx, console, state, &progress);
    }
    let layout = console.choices.guest_layout;
    let denied = denied(state, paste, layout);
    let count = paste.plan(layout).strokes.len();
    let title = t!("paste-title", name = state.facts.name.as_str());
    let close = t!("dialog-close");
    let shown = Dialog::new(dialog_id(console), &title, &close)
        .initial_focus(text_id(console))
        .show(
            ctx,
            |ui| body_ui(ui, console, state, paste),
            |ui| {
                let go = Button::primary(t!("paste-type", count = count)).denied(denied).show(ui);
                let cancel = Button::secondary(t!("dialog-cancel")).show(ui);
                (go.clicked(), cancel.clicked())
            },
        );
    let (goes, is_cancelled) = shown.footer;
    if goes {
        let presses = paste.plan(layout).presses();
        let wake = ctx.clone();
        let viewport = ctx.viewport_id();
        paste.typist = state.typed(presses, move || wake.request_repaint_after_for(REDRAW, viewport));
    }
    !shown.is_closed && !is_cancelled
}

fn text_id(console: &Console<'_>) -> Id {
    Id::unique(("paste text", console.key))
}

/// Why nothing can be typed now.
fn denied(state: &State, paste: &mut Paste, layout: GuestLayout) -> Option<String> {
    if !state.is_live() {
        return Some(t!("send-keys-denied"));
    }
    if paste.text.chars().count() > MOST_CHARS {
        return Some(t!("paste-too-long", most = MOST_CHARS));
    }
    let leaves_out = paste.leaves_out;
    let plan = paste.plan(layout);
    if !plan.missing.is_empty() && !leaves_out {
        return Some(missing(&plan.missing));
    }
    plan.strokes.is_empty().then(String::new)
}

fn missing(chars: &[char]) -> String {
    let mut shown: Vec<String> = chars.iter().take(MOST_SHOWN).map(|char| char.to_string()).collect();
    if chars.len() > MOST_SHOWN {
        shown.push("…".to_owned());
    }
    t!("paste-missing", chars = shown.join(" "))
}

fn body_ui(ui: &mut Ui, console: &Console<'_>, state: &State, paste: &mut Paste) {
    let id = text_id(console);
    field_ui(ui, &t!("paste-text"), Some(&t!("paste-help")), None, |ui| {
        ScrollArea::vertical()
            .id_salt("paste text")
            .max_height(MOST_HEIGHT)
            .show(ui, |ui| {
                let edit = TextEdit::multiline(&mut paste.text).id(id).desired_rows(ROWS);
                ui.add(edit.desired_width(f32::INFINITY))
            })
            .inner
    });
    if state.has_caps_lock() {
        banner_ui(ui, Tone::Warning, &t!("paste-caps-lock"), None);
    }
    // What was copied is why somebody came here; it goes to what has the focus.
    if !paste.has_asked && ui.memory(|memory| memory.has_focus(id)) {
        paste.has_asked = true;
        ui.ctx().send_viewport_cmd(ViewportCommand::RequestPaste);
    }
    let names = GuestLayout::ALL.map(|layout| (layout, layout_name(layout)));
    let choices = names.each_ref().map(|(layout, name)| (*layout, name.as_str()));
    let mut layout = console.choices.guest_layout;
    if combo_ui(ui, "guest layout", &t!("paste-layout"), &mut layout, &choices) {
        console.send(ConsoleCommand::SetGuestLayout(layout));
    }
    let missing_chars = paste.plan(layout).missing.clone();
    if !missing_chars.is_empty() {
        banner_ui(ui, Tone::Warning, &missing(&missing_chars), None);
        checkbox_ui(ui, &mut paste.leaves_out, &t!("paste-leave-out"));
    }
}

/// Closing it, or its one button, stops the typing.
fn typing_ui(ctx: &Context, console: &Console<'_>, state: &State, progress: &Progress) -> bool {
    let title = t!("paste-title", name = state.facts.name.as_str());
    let close = t!("dialog-close");
    let shown = Dialog::new(dialog_id(console).with("typing"), &title, &close).show(
        ctx,
        |ui| {
            let words = t!("paste-progress", typed = progress.num_typed, all = progress.num_all);
            let fraction = progress.num_typed as f32 / progress.num_all.max(1) as f32;
            progress_ui(ui, ui.available_width(), Some(fraction), &words);
            ui.label(words);
        },
        |ui| Button::primary(t!("paste-stop")).show(ui).clicked(),
    );
    !progress.is_over && !shown.is_closed && !shown.footer
}
