//! A text laid out line by line. After a key stroke only the lines that it changed are coloured and laid out anew: of
//! thousands, that is what keeps typing quick.

use std::sync::Arc;

use egui::text::{ByteIndex, LayoutJob, LayoutSection, TextFormat, TextWrapping};
use egui::{Color32, FontId, Galley, TextStyle, Ui};

use super::lexer::{Class, Part, Within, parts};
use crate::widgets::Palette;

/// Between the lines, as a share of a letter's height.
const LINE_HEIGHT: f32 = 1.5;

#[derive(Default)]
pub(super) struct Lines {
    each: Vec<Line>,
    whole: Option<Arc<Galley>>,
    look: Option<Look>,
    /// The same one as long as egui keeps the letters where these lines point to.
    probe: Option<Arc<Galley>>,
    #[cfg(test)]
    pub(super) num_laid_out: std::cell::Cell<usize>,
}

struct Line {
    within: Within,
    /// What the next one begins in.
    after: Within,
    galley: Arc<Galley>,
}

/// With another one everything is laid out anew.
#[derive(Clone, PartialEq)]
struct Look {
    font: FontId,
    is_dark: bool,
    pixels_per_point: f32,
}

impl Lines {
    pub(super) fn layout(&mut self, ui: &Ui, text: &str) -> Arc<Galley> {
        self.forget_stale(ui);
        if let Some(whole) = self.whole.as_ref().filter(|whole| whole.text() == text) {
            return Arc::clone(whole);
        }
        self.update(ui, text);
        let job = LayoutJob {
            text: text.to_owned(),
            ..job(self.format(ui, Class::Text), text.len())
        };
        let galleys: Vec<Arc<Galley>> = self.each.iter().map(|line| Arc::clone(&line.galley)).collect();
        let whole = Arc::new(Galley::concat(Arc::new(job), &galleys, ui.pixels_per_point()));
        self.whole = Some(Arc::clone(&whole));
        whole
    }

    /// Of a line, in points.
    pub(super) fn row_height(ui: &Ui) -> f32 {
        let font = TextStyle::Monospace.resolve(ui.style());
        // Whole pixels: rows stand at the same distance from one another.
        let pixels = (font.size * LINE_HEIGHT * ui.pixels_per_point()).round();
        pixels / ui.pixels_per_point()
    }

    fn forget_stale(&mut self, ui: &Ui) {
        let look = Look {
            font: TextStyle::Monospace.resolve(ui.style()),
            is_dark: ui.visuals().dark_mode,
            pixels_per_point: ui.pixels_per_point(),
        };
        let probe = ui.fonts_mut(|fonts| fonts.layout_job(job_of("<", &[(1, Class::Sign)], &look)));
        let is_kept = self.probe.as_ref().is_some_and(|known| Arc::ptr_eq(known, &probe));
        if !is_kept || self.look.as_ref() != Some(&look) {
            self.each.clear();
            self.whole = None;
        }
        self.look = Some(look);
        self.probe = Some(probe);
    }

    fn format(&self, ui: &Ui, class: Class) -> TextFormat {
        let font = TextStyle::Monospace.resolve(ui.style());
        let is_dark = self.look.as_ref().is_some_and(|look| look.is_dark);
        TextFormat {
            line_height: Some(Self::row_height(ui)),
            ..TextFormat::simple(font, color(class, is_dark))
        }
    }

    /// Keeps the lines at both ends that are as they were.
    fn update(&mut self, ui: &Ui, text: &str) {
        let wanted: Vec<&str> = text.split('\n').collect();
        let shorter = wanted.len().min(self.each.len());
        let is_same = |(line, wanted): &(&Line, &&str)| line.galley.text() == **wanted;
        let head = self.each.iter().zip(&wanted).take_while(is_same).count();
        let pairs = self.each.iter().rev().zip(wanted.iter().rev());
        let tail = pairs.take(shorter - head).take_while(is_same).count();
        let old_tail = self.each.len() - tail;
        let mut within = self.each[..head].last().map_or_else(Within::default, |line| line.after);
        let mut fresh = Vec::new();
        for text in &wanted[head..wanted.len() - tail] {
            fresh.push(self.line(ui, text, within));
            within = fresh.last().map_or(within, |line| line.after);
        }
        // A comment that was begun colours what follows it.
        let mut first_kept = old_tail;
        while let Some(line) = self.each.get(first_kept).filter(|line| line.within != within) {
            let text = line.galley.text().to_owned();
            fresh.push(self.line(ui, &text, within));
            within = fresh.last().map_or(within, |line| line.after);
            first_kept += 1;
        }
        self.each.splice(head..first_kept, fresh);
    }

    fn line(&self, ui: &Ui, text: &str, within: Within) -> Line {
        #[cfg(test)]
        {
            self.num_laid_out.set(self.num_laid_out.get() + 1);
        }
        let (parts, after) = parts(text, within);
        let sections = sections(&parts, |class| self.format(ui, class));
        let job = if sections.is_empty() {
            job(self.format(ui, Class::Text), 0)
        } else {
            LayoutJob {
                text: text.to_owned(),
                sections,
                ..job(TextFormat::default(), 0)
            }
        };
        let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
        Line { within, after, galley }
    }
}

fn job_of(text: &str, parts: &[Part], look: &Look) -> LayoutJob {
    LayoutJob {
        text: text.to_owned(),
        sections: sections(parts, |class| {
            TextFormat::simple(look.font.clone(), color(class, look.is_dark))
        }),
        ..job(TextFormat::default(), 0)
    }
}

/// Nothing is wrapped.
fn job(format: TextFormat, length: usize) -> LayoutJob {
    LayoutJob {
        sections: vec![LayoutSection {
            leading_space: 0.0,
            byte_range: ByteIndex(0)..ByteIndex(length),
            format,
        }],
        wrap: TextWrapping::no_max_width(),
        keep_trailing_whitespace: true,
        ..LayoutJob::default()
    }
}

fn sections(parts: &[Part], format: impl Fn(Class) -> TextFormat) -> Vec<LayoutSection> {
    let starts = std::iter::once(0).chain(parts.iter().map(|part| part.0));
    let sections = starts.zip(parts).map(|(start, &(end, class))| LayoutSection {
        leading_space: 0.0,
        byte_range: ByteIndex(start)..ByteIndex(end),
        format: format(class),
    });
    sections.collect()
}

/// All of them can be read on a field in both themes.
const fn color(class: Class, is_dark: bool) -> Color32 {
    let palette = Palette::from_dark_mode(is_dark);
    match class {
        Class::Text => palette.text,
        Class::Sign | Class::Instruction => palette.text_weak,
        Class::Element => palette.accent_text,
        Class::Attribute => palette.second_series,
        Class::Value => palette.running,
        Class::Comment => palette.text_secondary,
        Class::Reference => palette.warning,
        Class::Marker => palette.paused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::widgets::testing;

    /// Lays each text out in turn and hands over what came of it.
    fn laid_out(texts: &[String]) -> Vec<(Arc<Galley>, usize)> {
        let mut found = Vec::new();
        let mut lines = Lines::default();
        let texts = texts.to_vec();
        let mut harness = testing::harness(
            move |ui, found: &mut Vec<(Arc<Galley>, usize)>| {
                found.clear();
                for text in &texts {
                    lines.num_laid_out.set(0);
                    let galley = lines.layout(ui, text);
                    found.push((galley, lines.num_laid_out.get()));
                }
            },
            std::mem::take(&mut found),
        );
        harness.run_steps(1);
        found.append(harness.state_mut());
        found
    }

    fn long() -> String {
        let disks: Vec<String> = (0..500).map(|index| format!("  <disk n='{index}'/>\n")).collect();
        format!("<domain>\n{}</domain>\n", disks.concat())
    }

    #[test]
    fn a_key_stroke_lays_out_its_line_alone() {
        let before = long();
        let typed = before.replace("n='250'", "n='250x'");
        let two_lines = typed.replace("n='100'/>", "n='100'\n/>");
        let found = laid_out(&[before, typed.clone(), two_lines, typed.clone()]);
        assert_eq!(found[1].1, 1);
        assert_eq!(found[2].1, 2);
        assert_eq!(found[3].1, 1);
        assert_eq!(found[1].0.text(), typed);
        // One row more than line breaks.
        assert_eq!(found[1].0.rows.len(), typed.matches('\n').count() + 1);
    }

    #[test]
    fn a_comment_that_is_begun_colours_what_follows_and_no_more_when_it_is_taken_back() {
        let before = long();
        let begun = before.replace("  <disk n='490'/>", "  <!-- <disk n='490'/>");
        let found = laid_out(&[before.clone(), begun, before]);
        assert!(found[1].1 >= 10, "{}", found[1].1);
        assert_eq!(found[1].1, found[2].1);
    }

    #[test]
    fn rows_are_where_egui_would_put_them() {
        let text = "a\n\n  b c\nlast".to_owned();
        let found = laid_out(&[text.clone(), format!("{text}\n")]);
        let rows = |galley: &Galley| -> Vec<(String, f32)> {
            let rows = galley.rows.iter();
            rows.map(|row| (row.text(), row.pos.y)).collect()
        };
        let height = found[0].0.rows[0].size.y;
        let at = |row: usize| height * row as f32;
        let expected = ["a", "", "  b c", "last", ""].map(str::to_owned);
        let expected: Vec<(String, f32)> = expected
            .into_iter()
            .enumerate()
            .map(|(row, text)| (text, at(row)))
            .collect();
        assert_eq!(rows(&found[0].0), expected[..4]);
        assert_eq!(rows(&found[1].0), expected);
    }
}
