//! The four graphs of a machine on one time axis.

use std::time::Duration;

use egui::{Ui, UiBuilder, vec2};
use libvirt_backend::model::{Machine, Sample};

use crate::context::ViewContext;
use crate::screens::parts::facts::{self, sum};
use crate::screens::parts::series::{peak, series};
use crate::t;
use crate::text::units;
use crate::widgets::plot::round_ceiling;
use crate::widgets::{Breakpoint, Graph, HoverLine, Series, SeriesColor, card_ui, segmented_ui, tokens};

/// The narrowest a graph is worth drawing in.
const MIN_WIDTH: f32 = 280.0;
const IDLE_RATE: f32 = 10_000.0;

/// How far the graphs look back, and where the pointer is in them.
pub(super) struct Graphs {
    minutes: usize,
    hover: HoverLine,
}

impl Default for Graphs {
    fn default() -> Self {
        Self {
            minutes: 1,
            hover: HoverLine::default(),
        }
    }
}

type Values = Vec<Option<f32>>;

/// One graph's title, lines and words.
struct Drawn<'a> {
    title: String,
    now: String,
    spoken: String,
    lines: Vec<(String, &'a Values)>,
    max: f32,
    format: fn(f32) -> String,
    /// Why there are no lines, where there are none.
    note: Option<String>,
}

impl Drawn<'_> {
    /// A graph without a line says why, to eyes and ears alike.
    fn settle(&mut self, is_active: bool) {
        let has_lines = self.lines.iter().any(|(_, values)| values.iter().any(Option::is_some));
        if has_lines {
            self.note = None;
            return;
        }
        let note = match self.note.take() {
            Some(note) if is_active => note,
            _ if is_active => t!("graph-waiting"),
            _ => t!("graph-off"),
        };
        self.spoken = t!(
            "graph-sentence-none",
            title = self.title.as_str(),
            reason = note.as_str()
        );
        self.note = Some(note);
    }
}

impl Graphs {
    pub(super) fn ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, machine: &Machine, height: f32) {
        self.hover.begin_frame();
        ui.horizontal(|ui| {
            let names = [1, 5, 10].map(|minutes| (minutes, t!("graph-span-minutes", minutes = minutes)));
            let choices = names.each_ref().map(|(minutes, name)| (*minutes, name.as_str()));
            segmented_ui(ui, &t!("graph-span"), &mut self.minutes, &choices);
        });
        let seconds = self.minutes * 60;
        let of = |value: fn(&Sample) -> Option<f32>| series(&machine.stats.history, view.now_millis, seconds, value);
        let cpu = of(|sample| sample.cpu_percent);
        let used = of(|sample| sample.memory_used_bytes.map(|bytes| bytes as f32));
        let cache = of(|sample| sample.memory_cache_bytes.map(|bytes| bytes as f32));
        let (read, written) = (
            of(|sample| sample.disk_read_bytes_per_s.map(|rate| rate as f32)),
            of(|sample| sample.disk_write_bytes_per_s.map(|rate| rate as f32)),
        );
        let (received, sent) = (
            of(|sample| sample.net_rx_bytes_per_s.map(|rate| rate as f32)),
            of(|sample| sample.net_tx_bytes_per_s.map(|rate| rate as f32)),
        );
        let span = units::duration(Duration::from_secs(seconds as u64));
        let is_active = machine.state.is_active();
        let mut drawn = [
            cpu_graph(&cpu, &span),
            memory_graph(machine, &used, &cache, &span),
            rate_graph(Rate::Disk, &read, &written, &span),
            rate_graph(Rate::Network, &received, &sent, &span),
        ];
        let [_, memory, _, network] = &mut drawn;
        memory.note = facts::memory_gap(machine, view.now_millis);
        network.note = facts::net_gap(machine);
        for graph in &mut drawn {
            graph.settle(is_active);
        }
        self.grid_ui(ui, &drawn, height);
    }

    fn grid_ui(&mut self, ui: &mut Ui, drawn: &[Drawn<'_>], height: f32) {
        let scale = tokens::text_scale(ui.ctx()).max(1.0);
        let room = ui.available_width();
        let columns = Breakpoint::num_columns(room, MIN_WIDTH * scale).min(2);
        let spacing = tokens::SPACE_WIDE;
        let width = (room - spacing * (columns as f32 - 1.0)) / columns as f32;
        for (row, pair) in drawn.chunks(columns).enumerate() {
            let start = ui.cursor().min;
            let mut bottom = start.y;
            for (column, graph) in pair.iter().enumerate() {
                let min = egui::pos2(start.x + column as f32 * (width + spacing), start.y);
                let rect = egui::Rect::from_min_size(min, vec2(width, f32::INFINITY));
                let builder = UiBuilder::new().max_rect(rect).id_salt(("graph", row, column));
                let shown = ui.new_child(builder);
                let mut child = shown;
                card_ui(&mut child, |ui| {
                    graph_ui(ui, graph, height, self.minutes * 60, &mut self.hover);
                });
                bottom = bottom.max(child.min_rect().bottom());
            }
            let used = egui::Rect::from_min_max(start, egui::pos2(start.x + room, bottom));
            ui.allocate_rect(used, egui::Sense::hover());
            ui.add_space(spacing - ui.spacing().item_spacing.y);
        }
    }
}

fn graph_ui(ui: &mut Ui, drawn: &Drawn<'_>, height: f32, span: usize, hover: &mut HoverLine) {
    let colors = [SeriesColor::First, SeriesColor::Second];
    let series: Vec<Series<'_>> = drawn
        .lines
        .iter()
        .zip(colors)
        .map(|((name, values), color)| Series { name, values, color })
        .collect();
    let ago = |samples: usize| match samples {
        0 => t!("graph-now"),
        // The left end of a minute is called a minute, not 59 s.
        samples if (samples + 1) % 60 == 0 => ago_text(samples + 1),
        samples => ago_text(samples),
    };
    Graph::new(&drawn.title, &drawn.now, &drawn.spoken, &series)
        .span(span)
        .max(drawn.max)
        .height(height)
        .note(drawn.note.as_deref())
        .format_value(&drawn.format)
        .format_ago(&ago)
        .show(ui, hover);
}

fn ago_text(seconds: usize) -> String {
    t!("graph-ago", time = units::duration(Duration::from_secs(seconds as u64)))
}

fn newest(values: &Values) -> Option<f32> {
    values.last().copied().flatten()
}

fn words(value: Option<f32>, format: fn(f32) -> String) -> String {
    value.map_or_else(|| t!("unknown-figure"), format)
}

fn whole_percent(value: f32) -> String {
    units::percent(value.round())
}

fn size(value: f32) -> String {
    units::bytes(value.max(0.0) as u64)
}

fn rate(value: f32) -> String {
    units::rate(f64::from(value))
}

fn cpu_graph<'a>(cpu: &'a Values, span: &str) -> Drawn<'a> {
    let now = words(newest(cpu), whole_percent);
    let peak = words(peak(cpu), whole_percent);
    Drawn {
        title: t!("graph-cpu"),
        spoken: t!("graph-sentence-cpu", now = now.as_str(), peak = peak, span = span),
        now,
        lines: vec![(String::new(), cpu)],
        max: 100.0,
        format: whole_percent,
        note: None,
    }
}

fn memory_graph<'a>(machine: &Machine, used: &'a Values, cache: &'a Values, span: &str) -> Drawn<'a> {
    let given = machine
        .stats
        .latest
        .and_then(|sample| sample.memory_given_bytes)
        .unwrap_or(machine.definition.memory_current_kib * 1_024);
    let now = match newest(used) {
        Some(used) => units::bytes_of(used.max(0.0) as u64, given),
        None if machine.state.is_active() => t!("memory-given-only", given = units::bytes(given)),
        None => t!("unknown-figure"),
    };
    let peak = words(peak(used), size);
    Drawn {
        title: t!("graph-memory"),
        spoken: t!("graph-sentence-memory", now = now.as_str(), peak = peak, span = span),
        now,
        lines: vec![(t!("graph-used"), used), (t!("graph-cache"), cache)],
        max: given.max(1) as f32,
        format: size,
        note: None,
    }
}

#[derive(Clone, Copy)]
enum Rate {
    Disk,
    Network,
}

fn rate_graph<'a>(kind: Rate, first: &'a Values, second: &'a Values, span: &str) -> Drawn<'a> {
    let both = sum(newest(first).map(f64::from), newest(second).map(f64::from));
    let largest = [peak(first), peak(second)]
        .into_iter()
        .flatten()
        .fold(0.0_f32, f32::max);
    let peak = rate(largest);
    let (a, b) = (words(newest(first), rate), words(newest(second), rate));
    let (title, spoken, names) = match kind {
        Rate::Disk => (
            t!("graph-disk"),
            t!("graph-sentence-disk", read = a, written = b, peak = peak, span = span),
            (t!("graph-read"), t!("graph-write")),
        ),
        Rate::Network => (
            t!("graph-network"),
            t!("graph-sentence-network", in = a, out = b, peak = peak, span = span),
            (t!("graph-in"), t!("graph-out")),
        ),
    };
    Drawn {
        title,
        spoken,
        now: both.map_or_else(|| t!("unknown-figure"), units::rate),
        lines: vec![(names.0, first), (names.1, second)],
        max: round_ceiling(largest, IDLE_RATE, false),
        format: rate,
        note: None,
    }
}
