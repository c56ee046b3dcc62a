//! Painting into the cells of a row: text that is cut with "…", never over its neighbour.

use std::sync::Arc;

use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Align, Color32, FontFamily, FontId, Galley, Rect, Ui, pos2};

use crate::widgets::tokens;

/// How one line of a cell is written.
#[derive(Clone, Debug)]
pub struct Line {
    pub size: f32,
    pub color: Color32,
    pub is_strong: bool,
    pub align: Align,
}

impl Line {
    pub const fn body(color: Color32) -> Self {
        Self {
            size: tokens::TEXT_BODY,
            color,
            is_strong: false,
            align: Align::LEFT,
        }
    }

    pub const fn secondary(color: Color32) -> Self {
        Self {
            size: tokens::TEXT_SECONDARY,
            ..Self::body(color)
        }
    }

    pub const fn strong(self) -> Self {
        Self {
            is_strong: true,
            ..self
        }
    }

    /// For figures, which line up at their last digit.
    pub const fn right(self) -> Self {
        Self {
            align: Align::RIGHT,
            ..self
        }
    }

    pub fn layout(&self, ui: &Ui, text: &str, width: f32) -> Arc<Galley> {
        let family = if self.is_strong {
            crate::widgets::fonts::strong_family()
        } else {
            FontFamily::Proportional
        };
        let font = FontId::new(self.size * tokens::text_scale(ui.ctx()), family);
        let mut job = LayoutJob::single_section(text.to_owned(), TextFormat::simple(font, self.color));
        job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
        job.break_on_newline = false;
        ui.painter().layout_job(job)
    }

    /// One line, centred in the height of `rect`. Answers how wide it became.
    pub fn paint(&self, ui: &Ui, rect: Rect, text: &str) -> f32 {
        if text.is_empty() || rect.width() <= 0.0 {
            return 0.0;
        }
        let galley = self.layout(ui, text, rect.width());
        let size = galley.size();
        let left = match self.align {
            Align::Min => rect.left(),
            Align::Center => rect.center().x - size.x / 2.0,
            Align::Max => rect.right() - size.x,
        };
        let top = rect.center().y - size.y / 2.0;
        ui.painter().galley(pos2(left, top), galley, self.color);
        size.x
    }
}

/// Two lines, one over the other, in the middle of `rect`.
pub fn paint_two(ui: &Ui, rect: Rect, upper: (&Line, &str), lower: (&Line, &str)) {
    let scale = tokens::text_scale(ui.ctx());
    let (upper_height, lower_height) = (upper.0.size * scale * 1.25, lower.0.size * scale * 1.3);
    if lower.1.is_empty() {
        upper.0.paint(ui, rect, upper.1);
        return;
    }
    let top = rect.center().y - upper_height / 2.0 - lower_height / 2.0;
    let line = |top: f32, height: f32| Rect::from_min_max(pos2(rect.left(), top), pos2(rect.right(), top + height));
    upper.0.paint(ui, line(top, upper_height), upper.1);
    lower.0.paint(ui, line(top + upper_height, lower_height), lower.1);
}
