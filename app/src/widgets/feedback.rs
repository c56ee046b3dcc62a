//! What a page shows when it has nothing, waits, or failed; banners, progress.

use egui::accesskit::Live;
use egui::{
    Align, Color32, CornerRadius, Frame, Id, Label, Layout, Margin, Rect, Response, RichText, Role, Sense, Shape,
    Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::button::Button;
use super::card::card_frame;
use super::icons::{self, Icon, paint_icon};
use super::text;
use super::theme::is_motion_reduced;
use super::tokens::{self, Palette, Tone};

/// The widest a text of explanation runs.
const READING_WIDTH: f32 = 420.0;

/// A page that holds nothing yet: what it will hold, and how to begin.
pub fn empty_ui<R>(ui: &mut Ui, icon: Icon, title: &str, explanation: &str, actions: impl FnOnce(&mut Ui) -> R) -> R {
    middle_ui(ui, |ui| {
        let palette = Palette::of(ui);
        big_icon_ui(ui, icon, palette.text_secondary, palette.control);
        ui.add_space(tokens::SPACE);
        ui.label(text::title(title));
        paragraph_ui(ui, explanation);
        ui.add_space(tokens::SPACE);
        button_row_ui(ui, actions)
    })
}

/// A page that is on its way.
pub fn loading_ui(ui: &mut Ui, title: &str, explanation: &str) {
    middle_ui(ui, |ui| {
        spinner_ui(ui, 32.0, title);
        ui.add_space(tokens::SPACE);
        let response = ui.label(text::title(title));
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_live(Live::Polite));
        paragraph_ui(ui, explanation);
    });
}

/// What a user reads when something failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure<'a> {
    /// What failed, in a sentence.
    pub what: &'a str,
    /// The words of whoever refused it, shown as they are.
    pub words: &'a str,
    /// What to do about it.
    pub advice: &'a str,
}

/// A failure with the buttons that cure it.
pub fn error_ui<R>(ui: &mut Ui, failure: &Failure<'_>, cures: impl FnOnce(&mut Ui) -> R) -> R {
    let palette = Palette::of(ui);
    let shown = card_frame(ui).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.with_layout(Layout::left_to_right(Align::TOP), |ui| {
            let side = tokens::scaled(ui, 24.0);
            let (rect, _) = ui.allocate_exact_size(vec2(side, side), Sense::hover());
            paint_icon(ui, icons::ERROR, rect.center(), 22.0, palette.attention);
            ui.vertical(|ui| {
                ui.add(Label::new(text::strong(failure.what)).wrap().selectable(true));
                if !failure.words.is_empty() {
                    code_ui(ui, failure.words);
                }
                if !failure.advice.is_empty() {
                    ui.add(Label::new(text::quiet(ui, failure.advice)).wrap());
                }
                ui.add_space(tokens::SPACE_TIGHT);
                ui.horizontal_wrapped(cures).inner
            })
            .inner
        })
        .inner
    });
    ui.ctx()
        .accesskit_node_builder(shown.response.id, |node| node.set_role(Role::Alert));
    shown.inner
}

/// Somebody else's words, in monospace, to be marked and copied.
pub fn code_ui(ui: &mut Ui, words: &str) -> Response {
    let palette = Palette::of(ui);
    Frame::new()
        .fill(palette.hover)
        .corner_radius(CornerRadius::same(tokens::RADIUS))
        .inner_margin(Margin::symmetric(10, 8))
        .show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            let words = text::mono(words).color(palette.text_secondary);
            ui.add(Label::new(words).wrap().selectable(true))
        })
        .inner
}

/// A message across the top of a page; with an action, a button at its end. True when that was pressed.
pub fn banner_ui(ui: &mut Ui, tone: Tone, message: &str, action: Option<&str>) -> bool {
    let palette = Palette::of(ui);
    let shown = Frame::new()
        .fill(palette.tint(tone))
        .corner_radius(CornerRadius::same(tokens::RADIUS))
        .inner_margin(Margin::symmetric(12, 8))
        .show(ui, |ui| {
            let least = vec2(ui.available_width(), tokens::scaled(ui, tokens::CONTROL_HEIGHT_SMALL));
            ui.allocate_ui_with_layout(least, Layout::right_to_left(Align::Center), |ui| {
                let is_pressed = action.is_some_and(|action| Button::secondary(action).small().show(ui).clicked());
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let side = tokens::scaled(ui, 20.0);
                    let (rect, _) = ui.allocate_exact_size(vec2(side, side), Sense::hover());
                    paint_icon(ui, tone_icon(tone), rect.center(), tokens::ICON, palette.tone(tone));
                    ui.add(Label::new(message).wrap());
                });
                is_pressed
            })
            .inner
        });
    let role = if tone == Tone::Attention {
        Role::Alert
    } else {
        Role::Status
    };
    ui.ctx().accesskit_node_builder(shown.response.id, |node| {
        node.set_role(role);
        node.set_label(message);
    });
    shown.inner
}

/// The icon that goes with a tone where nothing better is known.
pub fn tone_icon(tone: Tone) -> Icon {
    match tone {
        Tone::Running => icons::DONE,
        Tone::Paused => icons::PAUSE,
        Tone::Attention => icons::ERROR,
        Tone::Warning => icons::WARNING,
        Tone::Off => icons::OFF,
        Tone::Accent => icons::INFO,
    }
}

/// A turning ring. It asks for frames only while it can be seen, and stands still where motion is reduced.
pub fn spinner_ui(ui: &mut Ui, size: f32, name: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(size, size), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, name));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let palette = Palette::of(ui);
    let is_still = is_motion_reduced(ui.ctx());
    let is_window_hidden = ui.input(|input| input.viewport().visible()) == Some(false);
    let turn = if is_still {
        0.0
    } else {
        (ui.input(|input| input.time) * 0.9).fract() as f32
    };
    let width = (size / 10.0).max(2.0);
    let radius = size / 2.0 - width;
    ui.painter()
        .circle_stroke(rect.center(), radius, Stroke::new(width, palette.control));
    let arc = (0..=24_u8)
        .map(|step| {
            let angle = std::f32::consts::TAU * (turn + 0.28 * f32::from(step) / 24.0);
            rect.center() + radius * vec2(angle.cos(), angle.sin())
        })
        .collect();
    ui.painter()
        .add(Shape::line(arc, Stroke::new(width, palette.accent_text)));
    if !is_still && !is_window_hidden {
        ui.ctx().request_repaint_after(std::time::Duration::from_millis(33));
    }
    response
}

/// How far something is; `None` when nobody knows. `name` says what, for a screen reader.
pub fn progress_ui(ui: &mut Ui, width: f32, fraction: Option<f32>, name: &str) -> Response {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 6.0), Sense::hover());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, name);
        info.value = fraction.map(|fraction| f64::from(fraction.clamp(0.0, 1.0) * 100.0).round());
        info
    });
    ui.painter().rect_filled(rect, 3.0, palette.control);
    match fraction {
        Some(fraction) => {
            let filled = Rect::from_min_size(rect.min, vec2(rect.width() * fraction.clamp(0.0, 1.0), rect.height()));
            ui.painter().rect_filled(filled, 3.0, palette.accent);
        }
        None => unknown_progress(ui, rect, palette.accent),
    }
    response
}

fn unknown_progress(ui: &Ui, rect: Rect, color: Color32) {
    let is_still = is_motion_reduced(ui.ctx());
    let phase = if is_still {
        0.5
    } else {
        (ui.input(|input| input.time) * 0.6).fract() as f32
    };
    let length = rect.width() * 0.3;
    let left = rect.left() - length + phase * (rect.width() + length);
    let part = Rect::from_min_max(pos2(left, rect.top()), pos2(left + length, rect.bottom())).intersect(rect);
    ui.painter().rect_filled(part, 3.0, color);
    let is_window_hidden = ui.input(|input| input.viewport().visible()) == Some(false);
    if !is_still && !is_window_hidden && ui.is_rect_visible(rect) {
        ui.ctx().request_repaint_after(std::time::Duration::from_millis(33));
    }
}

/// Puts `contents` in the middle of the room, by the size they had the frame before.
fn middle_ui<R>(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let id = ui.unique_id().with("middle");
    let known: Option<f32> = ui.data(|data| data.get_temp(id));
    let free = ui.available_height() - known.unwrap_or(0.0);
    let above = if free.is_finite() { (free * 0.45).max(0.0) } else { 0.0 };
    let shown = ui.vertical_centered(|ui| {
        ui.add_space(above);
        let top = ui.cursor().top();
        let inner = contents(ui);
        (inner, ui.min_rect().bottom() - top)
    });
    let (inner, height) = shown.inner;
    remember(ui, id, known, height);
    inner
}

/// Stores what was measured, and has the frame drawn again where nothing was known.
fn remember(ui: &Ui, id: Id, known: Option<f32>, measured: f32) {
    if known.is_none_or(|known| (known - measured).abs() > 0.5) {
        ui.data_mut(|data| data.insert_temp(id, measured));
        if known.is_none() {
            ui.ctx().request_discard("the size of what is centred is not known yet");
        } else {
            ui.ctx().request_repaint();
        }
    }
}

fn big_icon_ui(ui: &mut Ui, icon: Icon, color: Color32, fill: Color32) {
    let (rect, _) = ui.allocate_exact_size(vec2(72.0, 72.0), Sense::hover());
    ui.painter().circle_filled(rect.center(), 36.0, fill);
    paint_icon(ui, icon, rect.center(), 36.0, color);
}

fn paragraph_ui(ui: &mut Ui, explanation: &str) {
    if explanation.is_empty() {
        return;
    }
    ui.scope(|ui| {
        ui.set_max_width(READING_WIDTH.min(ui.available_width()));
        let words: RichText = text::quiet(ui, explanation);
        ui.add(Label::new(words).wrap().halign(Align::Center));
    });
}

/// A row of buttons in the middle of the room.
fn button_row_ui<R>(ui: &mut Ui, actions: impl FnOnce(&mut Ui) -> R) -> R {
    let id = ui.unique_id().with("buttons");
    let known: Option<f32> = ui.data(|data| data.get_temp(id));
    let indent = ((ui.available_width() - known.unwrap_or(0.0)) / 2.0).max(0.0);
    let (inner, width) = ui
        .horizontal(|ui| {
            ui.add_space(indent);
            let shown = ui.horizontal(actions);
            (shown.inner, shown.response.rect.width())
        })
        .inner;
    remember(ui, id, known, width);
    inner
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::widgets::testing;

    #[test]
    fn an_empty_page_offers_how_to_begin() {
        let mut harness = testing::harness(
            |ui, is_clicked: &mut bool| {
                *is_clicked |= empty_ui(ui, icons::MACHINE, "No machines yet", "Create the first one.", |ui| {
                    Button::primary("New machine…").show(ui).clicked()
                });
            },
            false,
        );
        harness.run();
        harness.get_by_label("New machine…").click();
        harness.run();
        assert!(*harness.state());
    }

    #[test]
    fn a_failure_shows_the_words_of_libvirt_and_what_to_do() {
        let failure = Failure {
            what: "web-1 did not start",
            words: "internal error: no",
            advice: "Free some room.",
        };
        let mut harness = testing::harness(
            move |ui, (): &mut ()| error_ui(ui, &failure, |ui| drop(Button::secondary("Try again").show(ui))),
            (),
        );
        harness.run();
        harness.get_by_role(Role::Alert);
        harness.get_by_label("web-1 did not start");
        harness.get_by_label("internal error: no");
        harness.get_by_label("Free some room.");
    }

    #[test]
    fn a_spinner_out_of_sight_asks_for_no_frame() {
        let mut harness = testing::harness(
            |ui, (): &mut ()| {
                super::super::theme::apply(ui.ctx(), tokens::ThemeChoice::Dark, 1.0, false);
                ui.set_clip_rect(Rect::NOTHING);
                spinner_ui(ui, 24.0, "Loading");
            },
            (),
        );
        assert!(harness.try_run().is_ok(), "it never comes to rest");
    }
}
