//! The type scale as ready-made texts: the only sizes and weights that screens use.

use egui::{Label, Response, RichText, TextStyle, TextWrapMode, Ui, WidgetText};

use super::theme::{figure_style, strong_style};
use super::tokens::{Palette, Tone};

/// A page or dialog title, 18 medium.
pub fn title(text: impl Into<String>) -> RichText {
    RichText::new(text).text_style(TextStyle::Heading)
}

/// A name: body size, medium weight.
pub fn strong(text: impl Into<String>) -> RichText {
    RichText::new(text).text_style(strong_style())
}

/// The big figure of a gauge, 24 medium.
pub fn figure(text: impl Into<String>) -> RichText {
    RichText::new(text).text_style(figure_style())
}

pub fn body(text: impl Into<String>) -> RichText {
    RichText::new(text)
}

/// Body size in the second colour: explanations.
pub fn quiet(ui: &Ui, text: impl Into<String>) -> RichText {
    RichText::new(text).color(Palette::of(ui).text_secondary)
}

/// 12 points in the second colour: what stands under a name.
pub fn secondary(ui: &Ui, text: impl Into<String>) -> RichText {
    RichText::new(text).small().color(Palette::of(ui).text_secondary)
}

/// 12 points in the weakest colour: units, times, counts.
pub fn weak(ui: &Ui, text: impl Into<String>) -> RichText {
    RichText::new(text).small().color(Palette::of(ui).text_weak)
}

pub fn mono(text: impl Into<String>) -> RichText {
    RichText::new(text).monospace()
}

/// Body text in the colour of a state. Put an icon or a word beside it: colour alone says nothing.
pub fn toned(ui: &Ui, tone: Tone, text: impl Into<String>) -> RichText {
    RichText::new(text).color(Palette::of(ui).tone(tone))
}

/// Of one line, in points.
pub fn width(ui: &Ui, text: RichText) -> f32 {
    let text = WidgetText::from(text);
    let galley = text.into_galley(ui, Some(TextWrapMode::Extend), f32::INFINITY, TextStyle::Body);
    galley.size().x
}

/// One line that ends in `…` where the room ends, whole in a tooltip.
pub fn truncated_ui(ui: &mut Ui, text: RichText) -> Response {
    ui.add(Label::new(text).wrap_mode(TextWrapMode::Truncate))
}

/// A text that can be marked and copied.
pub fn selectable_ui(ui: &mut Ui, text: RichText) -> Response {
    ui.add(Label::new(text).wrap().selectable(true))
}
