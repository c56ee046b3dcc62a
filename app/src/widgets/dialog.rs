//! The frame of every dialog: title, body, buttons at the right end. Esc closes it, the focus stays in it, starts at its
//! first control and returns to where it was.

use egui::{
    Align, Area, Context, FocusDirection, Frame, Id, Layout, Margin, Modal, Plugin, Role, ScrollArea, Ui, ViewportId,
    vec2,
};

use super::button::Button;
use super::card::page_title_ui;
use super::icons;
use super::tokens::{self, Palette};

/// What a frame of a dialog came to.
pub struct DialogResponse<B, F> {
    /// What the body returned.
    pub body: B,
    /// What the footer returned.
    pub footer: F,
    /// Esc or the cross was pressed: stop showing it. Clicking beside it does not close, what was typed would be lost.
    pub is_closed: bool,
}

/// A modal dialog. Show it each frame for as long as it is open.
#[must_use = "show(ctx, …) draws it"]
pub struct Dialog<'a> {
    id: Id,
    title: &'a str,
    close_name: &'a str,
    width: f32,
    initial_focus: Option<Id>,
}

/// Where the focus was before a dialog opened, and when that dialog was last drawn.
#[derive(Clone, Copy)]
struct Opened {
    id: Id,
    focus_before: Option<Id>,
    /// What had it when the dialog was last drawn.
    focus_within: Option<Id>,
    pass: u64,
    viewport: ViewportId,
    has_focus: bool,
    /// Something in it had the focus for good: between two stops of Tab nothing has it for a moment.
    had_focus: bool,
    /// The body scrolls.
    is_long: bool,
}

/// Room for the focus ring around a field at the edge of the body, which scrolls and so is clipped.
const BODY_INSET: f32 = 2.0;
/// Room for a scroll bar.
const BAR_STRIP: i8 = 14;

impl<'a> Dialog<'a> {
    /// `close_name` names the cross.
    pub fn new(id: Id, title: &'a str, close_name: &'a str) -> Self {
        Self {
            id,
            title,
            close_name,
            width: tokens::DIALOG,
            initial_focus: None,
        }
    }

    /// It has only just opened, and what asks for the focus now has it first.
    pub fn is_opening(ctx: &Context, id: Id) -> bool {
        stored(ctx)
            .iter()
            .find(|opened| opened.id == id)
            .is_none_or(|opened| !opened.had_focus)
    }

    pub fn wide(mut self) -> Self {
        self.width = tokens::DIALOG_WIDE;
        self
    }

    /// The control that has the focus at first, instead of the first of the body.
    pub fn initial_focus(mut self, id: Id) -> Self {
        self.initial_focus = Some(id);
        self
    }

    /// Buttons of the footer are added from the right: the one that does it first, then "Cancel".
    pub fn show<B, F>(
        self,
        ctx: &Context,
        body: impl FnOnce(&mut Ui) -> B,
        footer: impl FnOnce(&mut Ui) -> F,
    ) -> DialogResponse<B, F> {
        let palette = Palette::from_dark_mode(ctx.global_style().visuals.dark_mode);
        let room = ctx.content_rect();
        let scale = tokens::text_scale(ctx).max(1.0);
        let width = (self.width * scale).min(room.width() - 32.0);
        // Title, buttons, margins, and a strip of the window above and below.
        let most_height = (room.height() - 124.0 - 2.0 * tokens::CONTROL_HEIGHT * scale).max(80.0);
        let mut opened = begin(ctx, self.id);
        let frame = Frame::popup(&ctx.global_style())
            .inner_margin(Margin::same(20))
            .corner_radius(tokens::RADIUS_CARD)
            .shadow(ctx.global_style().visuals.window_shadow);
        let area: Area = Modal::default_area(self.id)
            .role(Role::Dialog)
            .accessible_name(self.title);
        let modal = Modal::new(self.id)
            .area(area)
            .frame(frame)
            .backdrop_color(palette.scrim);
        let shown = modal.show(ctx, |ui| {
            ui.set_width(width - 40.0);
            // Else it is as high as in the last frame, and grows by small steps to what its body needs.
            ui.set_max_height(room.height() - 80.0);
            // The body is drawn first so that Tab reaches it before the cross, although the title stands above it.
            let header = ui
                .allocate_space(vec2(ui.available_width(), tokens::scaled(ui, tokens::CONTROL_HEIGHT)))
                .1;
            ui.add_space(tokens::SPACE_TIGHT);
            if !opened.has_focus {
                self.seek_focus(ctx);
            }
            let body = ScrollArea::vertical()
                .id_salt("body")
                .max_height(most_height)
                .auto_shrink([false, true])
                .show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = 12.0;
                    // The scroll bar has a strip of its own, beside what it scrolls.
                    let inset = BODY_INSET as i8;
                    let strip = if std::mem::take(&mut opened.is_long) {
                        BAR_STRIP
                    } else {
                        inset
                    };
                    Frame::new()
                        .inner_margin(Margin {
                            right: strip,
                            ..Margin::same(inset)
                        })
                        .show(ui, body)
                        .inner
                });
            opened.is_long = body.content_size.y > body.inner_rect.height() + 0.5;
            let body = body.inner;
            ui.add_space(tokens::SPACE_WIDE);
            let size = vec2(ui.available_width(), tokens::scaled(ui, tokens::CONTROL_HEIGHT));
            let footer = ui
                .allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), |ui| {
                    ui.spacing_mut().item_spacing.x = tokens::SPACE;
                    ui.add_space(BODY_INSET);
                    footer(ui)
                })
                .inner;
            let is_crossed = self.header_ui(ui, header);
            if !opened.has_focus {
                ui.ctx().request_repaint();
            }
            (body, footer, is_crossed)
        });
        let is_escaped = shown.is_top_modal
            && !shown.any_popup_open
            && ctx.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Escape));
        let is_asked_to_close = shown.response.should_close();
        let (body, footer, is_crossed) = shown.inner;
        let had_focus = opened.has_focus;
        opened.focus_within = ctx.memory(|memory| memory.focused());
        opened.has_focus = opened.focus_within.is_some();
        // The first pass only measures: what has the focus after it loses it again.
        opened.had_focus |= had_focus && opened.has_focus;
        let mut all = stored(ctx);
        all.retain(|other| other.id != self.id);
        all.push(opened);
        store(ctx, all);
        let is_closed = is_escaped || is_crossed || is_asked_to_close;
        DialogResponse {
            body,
            footer,
            is_closed,
        }
    }

    fn header_ui(&self, ui: &mut Ui, rect: egui::Rect) -> bool {
        let rect = rect.shrink2(vec2(BODY_INSET, 0.0));
        let layout = Layout::right_to_left(Align::Center);
        let mut header = ui.new_child(egui::UiBuilder::new().max_rect(rect).layout(layout));
        let is_crossed = Button::icon_only(icons::CLOSE, self.close_name)
            .show(&mut header)
            .clicked();
        header.with_layout(Layout::left_to_right(Align::Center), |ui| {
            page_title_ui(ui, self.title);
        });
        is_crossed
    }

    /// Before the body is drawn: what asks for the focus first from here on gets it. The first pass only measures, and
    /// nothing in it can take the focus, so this goes on until something has it.
    fn seek_focus(&self, ctx: &Context) {
        ctx.memory_mut(|memory| {
            if let Some(focused) = memory.focused() {
                memory.surrender_focus(focused);
            }
            match self.initial_focus {
                Some(id) => memory.request_focus(id),
                None => memory.move_focus(FocusDirection::Next),
            }
        });
    }
}

/// Remembers where the focus was when a dialog is drawn for the first time.
fn begin(ctx: &Context, id: Id) -> Opened {
    ctx.add_plugin(FocusKeeper);
    let pass = ctx.cumulative_pass_nr();
    let viewport = ctx.viewport_id();
    match stored(ctx).into_iter().find(|opened| opened.id == id) {
        Some(opened) => Opened { pass, ..opened },
        None => Opened {
            id,
            focus_before: ctx.memory(|memory| memory.focused()),
            focus_within: None,
            pass,
            viewport,
            has_focus: false,
            had_focus: false,
            is_long: false,
        },
    }
}

fn stored(ctx: &Context) -> Vec<Opened> {
    ctx.data(|data| data.get_temp(Id::unique("open dialogs")))
        .unwrap_or_default()
}

fn store(ctx: &Context, opened: Vec<Opened>) {
    ctx.data_mut(|data| data.insert_temp(Id::unique("open dialogs"), opened));
}

/// Gives the focus back once a dialog is no longer drawn: while it is, egui lets nothing under it have the focus.
struct FocusKeeper;

impl Plugin for FocusKeeper {
    fn debug_name(&self) -> &'static str {
        "dialog focus"
    }

    fn on_end_pass(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx();
        let (pass, viewport) = (ctx.cumulative_pass_nr(), ctx.viewport_id());
        let is_closed = |opened: &Opened| opened.viewport == viewport && opened.pass < pass;
        let (closed, open): (Vec<_>, Vec<_>) = stored(ctx).into_iter().partition(is_closed);
        let Some(first) = closed.first() else { return };
        // Whoever asked for it meanwhile keeps it.
        let focused = ctx.memory(|memory| memory.focused());
        let is_taken = focused.is_some() && closed.iter().all(|opened| opened.focus_within != focused);
        if let Some(focus) = first.focus_before.filter(|_| !is_taken) {
            ctx.memory_mut(|memory| memory.request_focus(focus));
            ctx.request_repaint();
        }
        store(ctx, open);
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::widgets::form::TextField;
    use crate::widgets::testing;

    #[derive(Default)]
    struct State {
        is_open: bool,
        name: String,
        is_created: bool,
    }

    fn open_dialog() -> Harness<'static, State> {
        testing::harness(
            |ui, state: &mut State| {
                if Button::secondary("Open").show(ui).clicked() {
                    state.is_open = true;
                }
                if state.is_open {
                    let id = Id::unique("dialog");
                    let shown = Dialog::new(id, "New machine", "Close").show(
                        ui.ctx(),
                        |ui| drop(TextField::new("Name", &mut state.name).show(ui)),
                        |ui| Button::primary("Create").show(ui).clicked(),
                    );
                    state.is_created |= shown.footer;
                    if shown.is_closed {
                        state.is_open = false;
                    }
                }
            },
            State::default(),
        )
    }

    #[test]
    fn the_first_field_has_the_focus_and_escape_closes() {
        let mut harness = open_dialog();
        harness.get_by_label("Open").focus();
        harness.run();
        harness.key_press(egui::Key::Enter);
        harness.run();
        harness.get_by_role_and_label(Role::Dialog, "New machine");
        assert!(harness.get_by_role_and_label(Role::TextInput, "Name").is_focused());
        harness.key_press(egui::Key::Escape);
        harness.run();
        assert!(!harness.state().is_open);
        assert!(
            harness.get_by_label("Open").is_focused(),
            "the focus goes back to the button"
        );
    }

    #[test]
    fn tab_never_leaves_the_dialog() {
        let mut harness = open_dialog();
        harness.get_by_label("Open").click();
        harness.run();
        for _ in 0..6 {
            harness.key_press(egui::Key::Tab);
            harness.run();
            assert!(!harness.get_by_label("Open").is_focused());
        }
    }

    #[test]
    fn the_button_of_the_footer_does_it() {
        let mut harness = open_dialog();
        harness.get_by_label("Open").click();
        harness.run();
        harness.get_by_label("Create").click();
        harness.run();
        assert!(harness.state().is_created);
    }
}
