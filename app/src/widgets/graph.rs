//! Sparklines and the big graphs of a machine's page, and the memory bar.
//!
//! Each takes the sentence that a screen reader says for it. They draw what they are given: whoever owns the samples
//! decides when a new frame is worth it.

use egui::text::LayoutJob;
use egui::{
    Align, Align2, Color32, FontId, Rect, Response, Role, Sense, Stroke, TextStyle, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::plot::{paint_series, step_width, value_at};
use super::text;
use super::tokens::{self, Palette};

/// The colour of a line: the accent, or the second one beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SeriesColor {
    #[default]
    First,
    Second,
}

impl SeriesColor {
    fn color(self, palette: &Palette) -> Color32 {
        match self {
            Self::First => palette.accent_text,
            Self::Second => palette.second_series,
        }
    }
}

/// A line without axes: the newest `span` of `values`, from zero to `max`.
pub fn sparkline_ui(ui: &mut Ui, size: Vec2, values: &[Option<f32>], span: usize, max: f32, spoken: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, spoken));
    if ui.is_rect_visible(rect) {
        let palette = Palette::of(ui);
        paint_series(
            &ui.painter_at(rect.expand(1.0)),
            rect,
            values,
            span,
            max,
            palette.accent_text,
        );
    }
    response
}

/// From this width on the middle of the time axis is written too.
const MIDDLE_FROM: f32 = 190.0;
/// The widest line of a note.
const NOTE_WIDTH: f32 = 300.0;

/// Where the hover line stands: one for all graphs of a page, so that they are read at the same moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HoverLine {
    steps_ago: Option<f32>,
    is_hovered: bool,
}

impl HoverLine {
    /// Call it once a frame before the graphs that share the line.
    pub fn begin_frame(&mut self) {
        if !std::mem::take(&mut self.is_hovered) {
            self.steps_ago = None;
        }
    }
}

/// One line of a big graph.
pub struct Series<'a> {
    /// Named in the legend, which appears with the second series.
    pub name: &'a str,
    /// Oldest first; `None` where nothing is known.
    pub values: &'a [Option<f32>],
    pub color: SeriesColor,
}

/// A big graph with axes.
#[must_use = "show(ui) draws it"]
pub struct Graph<'a> {
    title: &'a str,
    /// The newest value in words, at the end of the title's line.
    now: &'a str,
    spoken: &'a str,
    series: &'a [Series<'a>],
    span: usize,
    max: f32,
    height: f32,
    note: Option<&'a str>,
    format_value: &'a dyn Fn(f32) -> String,
    format_ago: &'a dyn Fn(usize) -> String,
}

impl<'a> Graph<'a> {
    /// `spoken` is its sentence for a screen reader.
    pub fn new(title: &'a str, now: &'a str, spoken: &'a str, series: &'a [Series<'a>]) -> Self {
        Self {
            title,
            now,
            spoken,
            series,
            span: 60,
            max: 1.0,
            height: 120.0,
            note: None,
            format_value: &|value| format!("{value:.1}"),
            format_ago: &|samples| samples.to_string(),
        }
    }

    /// How many samples wide it is.
    pub fn span(mut self, span: usize) -> Self {
        self.span = span;
        self
    }

    /// The value at its top; see [`round_ceiling`](super::plot::round_ceiling).
    pub fn max(mut self, max: f32) -> Self {
        self.max = max;
        self
    }

    /// Height of the plot alone, without title and axis.
    pub fn height(mut self, height: f32) -> Self {
        self.height = height;
        self
    }

    /// Why there is nothing to draw: stands in the middle of the plot.
    pub fn note(mut self, note: Option<&'a str>) -> Self {
        self.note = note;
        self
    }

    /// Writes a value with its unit.
    pub fn format_value(mut self, format_value: &'a dyn Fn(f32) -> String) -> Self {
        self.format_value = format_value;
        self
    }

    /// Writes how long ago something was, given in samples; 0 is now.
    pub fn format_ago(mut self, format_ago: &'a dyn Fn(usize) -> String) -> Self {
        self.format_ago = format_ago;
        self
    }

    pub fn show(self, ui: &mut Ui, hover: &mut HoverLine) -> Response {
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing = vec2(tokens::SPACE, tokens::SPACE_TIGHT);
            self.title_ui(ui);
            self.plot_ui(ui, hover)
        })
        .inner
    }

    fn title_ui(&self, ui: &mut Ui) {
        let palette = Palette::of(ui);
        ui.horizontal(|ui| {
            ui.label(text::strong(self.title));
            if self.series.len() > 1 && self.note.is_none() {
                for series in self.series {
                    let (rect, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
                    ui.painter()
                        .rect_filled(rect.shrink2(vec2(0.0, 3.5)), 1.5, series.color.color(palette));
                    ui.label(text::secondary(ui, series.name));
                }
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.label(text::body(self.now))
            });
        });
    }

    fn plot_ui(&self, ui: &mut Ui, hover: &mut HoverLine) -> Response {
        let palette = Palette::of(ui);
        let font = TextStyle::Small.resolve(ui.style());
        let axis_height = font.size + 6.0;
        let size = vec2(
            ui.available_width(),
            self.height * tokens::text_scale(ui.ctx()).max(1.0) + axis_height,
        );
        let (whole, response) = ui.allocate_exact_size(size, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, self.spoken));

        let label = |ui: &Ui, text: String| ui.painter().layout_no_wrap(text, font.clone(), palette.text_weak);
        let labels = [1.0, 0.5, 0.0].map(|share| (share, label(ui, (self.format_value)(self.max * share))));
        let gutter = labels.iter().map(|(_, galley)| galley.size().x).fold(0.0, f32::max) + tokens::SPACE;
        let plot = Rect::from_min_max(
            pos2(whole.left(), whole.top() + 4.0),
            pos2(whole.right() - gutter, whole.bottom() - axis_height),
        );
        self.follow_pointer(&response, plot, hover);
        if !ui.is_rect_visible(whole) {
            return response;
        }
        for (share, galley) in labels {
            let y = egui::lerp(plot.bottom()..=plot.top(), share);
            ui.painter()
                .hline(plot.x_range(), y, Stroke::new(1.0, palette.hairline));
            let at = pos2(whole.right() - galley.size().x, y - galley.size().y / 2.0);
            ui.painter().galley(at, galley, palette.text_weak);
        }
        self.time_axis(ui, plot, &font);
        for series in self.series {
            let color = series.color.color(palette);
            paint_series(
                &ui.painter_at(plot.expand(1.0)),
                plot,
                series.values,
                self.span,
                self.max,
                color,
            );
        }
        if let Some(note) = self.note {
            paint_note(ui, plot, note, &font);
        } else if let Some(steps_ago) = hover.steps_ago {
            self.hover_line(ui, plot, steps_ago, &font);
        }
        response
    }

    fn follow_pointer(&self, response: &Response, plot: Rect, hover: &mut HoverLine) {
        if let Some(pointer) = response.hover_pos().filter(|pointer| plot.contains(*pointer)) {
            hover.steps_ago = Some(((plot.right() - pointer.x) / step_width(plot, self.span)).round());
            hover.is_hovered = true;
        }
    }

    fn time_axis(&self, ui: &Ui, plot: Rect, font: &FontId) {
        let color = Palette::of(ui).text_weak;
        let y = plot.bottom() + 4.0;
        let last = self.span.saturating_sub(1);
        ui.painter().text(
            pos2(plot.left(), y),
            Align2::LEFT_TOP,
            (self.format_ago)(last),
            font.clone(),
            color,
        );
        ui.painter().text(
            pos2(plot.right(), y),
            Align2::RIGHT_TOP,
            (self.format_ago)(0),
            font.clone(),
            color,
        );
        if plot.width() > MIDDLE_FROM * tokens::text_scale(ui.ctx()) {
            let middle = (self.format_ago)(last.div_ceil(2));
            ui.painter().text(
                pos2(plot.center().x, y),
                Align2::CENTER_TOP,
                middle,
                font.clone(),
                color,
            );
        }
    }

    fn hover_line(&self, ui: &Ui, plot: Rect, steps_ago: f32, font: &FontId) {
        let palette = Palette::of(ui);
        let x = plot.right() - steps_ago * step_width(plot, self.span);
        if x < plot.left() - 0.5 {
            return;
        }
        ui.painter()
            .vline(x, plot.y_range(), Stroke::new(1.0, palette.text_weak));
        let mut words = Vec::with_capacity(self.series.len() + 1);
        for series in self.series {
            let Some((value, at)) = value_at(plot, series.values, self.span, self.max, x) else {
                continue;
            };
            ui.painter().circle_filled(at, 3.5, palette.card);
            ui.painter().circle_filled(at, 2.5, series.color.color(palette));
            words.push((self.format_value)(value));
        }
        words.push((self.format_ago)(steps_ago as usize));
        let galley = ui
            .painter()
            .layout_no_wrap(words.join(" · "), font.clone(), palette.text);
        let size = galley.size() + vec2(12.0, 6.0);
        let is_left_half = x < plot.center().x;
        let left = if is_left_half { x + 6.0 } else { x - 6.0 - size.x };
        let bubble = Rect::from_min_size(pos2(left, plot.top()), size);
        ui.painter().rect(
            bubble,
            4.0,
            palette.popup,
            Stroke::new(1.0, palette.hairline),
            egui::StrokeKind::Inside,
        );
        ui.painter().galley(bubble.min + vec2(6.0, 3.0), galley, palette.text);
    }
}

/// Wrapped, on a ground that keeps the lines of the axis out of it.
fn paint_note(ui: &Ui, plot: Rect, note: &str, font: &FontId) {
    let palette = Palette::of(ui);
    let room = (plot.width() - 4.0 * tokens::SPACE).clamp(40.0, NOTE_WIDTH * tokens::text_scale(ui.ctx()));
    let mut job = LayoutJob::simple(note.to_owned(), font.clone(), palette.text_secondary, room);
    job.halign = Align::Center;
    let galley = ui.painter().layout_job(job);
    let top = pos2(plot.center().x, plot.center().y - galley.size().y / 2.0);
    let ground = galley.rect.translate(top.to_vec2()).expand(tokens::SPACE_TIGHT);
    ui.painter().rect_filled(ground, 0.0, palette.card);
    ui.painter().galley(top, galley, palette.text_secondary);
}

/// The memory of a machine: what it uses, what its guest keeps as cache, and what it has been given, in one unit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MemoryShare {
    pub used: f32,
    pub cache: f32,
    pub given: f32,
}

/// A bar: used solid, cache fainter, the rest empty.
pub fn memory_bar_ui(ui: &mut Ui, width: f32, share: MemoryShare, spoken: &str) -> Response {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 6.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Meter, true, spoken));
    ui.painter().rect_filled(rect, 3.0, palette.control);
    if share.given > 0.0 {
        let part = |amount: f32| rect.width() * (amount / share.given).clamp(0.0, 1.0);
        let both = Rect::from_min_size(rect.min, vec2(part(share.used + share.cache), rect.height()));
        let used = Rect::from_min_size(rect.min, vec2(part(share.used), rect.height()));
        ui.painter()
            .rect_filled(both, 3.0, palette.accent_text.gamma_multiply(0.4));
        ui.painter().rect_filled(used, 3.0, palette.accent_text);
    }
    response
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::widgets::testing;

    fn graphs() -> egui_kittest::Harness<'static, HoverLine> {
        testing::harness(
            |ui, hover: &mut HoverLine| {
                hover.begin_frame();
                let values: Vec<_> = (0..60_u8).map(|second| Some(f32::from(second))).collect();
                for name in ["CPU", "Disk"] {
                    let spoken = format!("{name} 59 %, peak 59 % in the last minute");
                    let series = [Series {
                        name,
                        values: &values,
                        color: SeriesColor::First,
                    }];
                    Graph::new(name, "59 %", &spoken, &series).max(100.0).show(ui, hover);
                }
            },
            HoverLine::default(),
        )
    }

    #[test]
    fn a_graph_says_its_sentence() {
        let mut harness = graphs();
        harness.run();
        harness.get_by_role_and_label(Role::Image, "CPU 59 %, peak 59 % in the last minute");
    }

    #[test]
    fn the_hover_line_is_shared_and_goes_with_the_pointer() {
        let mut harness = graphs();
        harness.run();
        let rect = harness
            .get_by_role_and_label(Role::Image, "Disk 59 %, peak 59 % in the last minute")
            .rect();
        harness.hover_at(rect.center());
        harness.run();
        let steps_ago = harness.state().steps_ago.unwrap();
        assert!((20.0..40.0).contains(&steps_ago), "{steps_ago}");
        harness.remove_cursor();
        harness.run();
        harness.step();
        assert_eq!(harness.state().steps_ago, None);
    }
}
