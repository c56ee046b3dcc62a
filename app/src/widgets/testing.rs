//! What tests of the kit and of the screens share: a look that is the same on every machine.

use egui::Context;

use super::fonts::{self, FontChoice};
use super::theme;
use super::tokens::ThemeChoice;

/// Installs the bundled fonts and `choice` without motion. Give it to `HarnessBuilder::with_context_setup`.
pub fn install_fixed_look(ctx: &Context, choice: ThemeChoice) {
    fonts::install(ctx, FontChoice::Bundled);
    theme::apply(ctx, choice, 1.0, true);
}

/// A harness in the dark theme around `ui` and `state`.
#[cfg(test)]
pub(crate) fn harness<'a, State>(
    ui: impl FnMut(&mut egui::Ui, &mut State) + 'a,
    state: State,
) -> egui_kittest::Harness<'a, State> {
    egui_kittest::Harness::builder()
        .with_context_setup(|ctx| install_fixed_look(ctx, ThemeChoice::Dark))
        .with_step_dt(1.0 / 60.0)
        .build_ui_state(ui, state)
}
