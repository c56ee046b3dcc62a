//! The cells of a row, painted straight into their rectangles: a row is one widget, its address a second.

use egui::{Align, Id, Layout, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use libvirt_backend::model::{HostModel, Machine, Sample};

use super::index::Row;
use crate::command::UiCommand;
use crate::context::ViewContext;
use crate::screens::parts::cell::{Line, paint_two};
use crate::screens::parts::facts;
use crate::screens::parts::series::{cpu_sentence, series};
use crate::screens::parts::software;
use crate::screens::parts::state_look::StateLook;
use crate::settings::Column;
use crate::t;
use crate::text::state::host_name;
use crate::text::units;
use crate::widgets::icons::paint_icon;
use crate::widgets::{MemoryShare, Palette, Tone, icons, memory_bar_ui, pill_ui, sparkline_ui, tokens};

/// Seconds of CPU in a row's sparkline.
const SPARK_SECONDS: usize = 60;

/// What the cells of one row are drawn from.
pub(super) struct Cell<'a> {
    pub view: &'a ViewContext<'a>,
    pub host: &'a HostModel,
    pub row: &'a Row,
    pub look: &'a StateLook,
    pub id: Id,
}

impl Cell<'_> {
    /// The newest figures; nothing while the machine is off, whatever was measured before.
    fn sample(&self) -> Option<&Sample> {
        let machine = &self.row.machine;
        machine.stats.latest.as_ref().filter(|_| machine.state.is_active())
    }
}

/// Figures line up at the right.
pub(super) const fn align(column: Column) -> Align {
    match column {
        Column::Disk | Column::Network | Column::Uptime => Align::Max,
        _ => Align::Min,
    }
}

pub(super) fn ui(ui: &mut Ui, cell: &Cell<'_>, column: Column, rect: Rect) {
    match column {
        Column::Name => name_ui(ui, cell, rect),
        Column::State => state_ui(ui, cell, rect),
        Column::Cpu => cpu_ui(ui, cell, rect),
        Column::Memory => memory_ui(ui, cell, rect),
        Column::Disk => {
            let rates = cell
                .sample()
                .map(|sample| (sample.disk_read_bytes_per_s, sample.disk_write_bytes_per_s));
            rate_ui(ui, rect, rates);
        }
        Column::Network => {
            let rates = cell
                .sample()
                .map(|sample| (sample.net_rx_bytes_per_s, sample.net_tx_bytes_per_s));
            rate_ui(ui, rect, rates);
        }
        Column::Address => address_ui(ui, cell, rect),
        Column::Uptime => uptime_ui(ui, cell, rect),
        Column::Tags => weak(ui, rect, &cell.row.machine.definition.tags.join(", ")),
        Column::Host => weak(ui, rect, &host_name(&cell.host.uri)),
    }
}

fn state_ui(ui: &mut Ui, cell: &Cell<'_>, rect: Rect) {
    let layout = Layout::left_to_right(Align::Center);
    ui.scope_builder(UiBuilder::new().max_rect(rect).layout(layout), |ui| {
        pill_ui(ui, cell.look.tone, cell.look.icon, &cell.look.text);
    });
}

fn weak(ui: &Ui, rect: Rect, text: &str) {
    Line::body(Palette::of(ui).text_secondary).paint(ui, rect, text);
}

fn name_ui(ui: &Ui, cell: &Cell<'_>, rect: Rect) {
    let palette = Palette::of(ui);
    let machine = &cell.row.machine;
    let name = Line::body(palette.text).strong();
    let under = Line::secondary(palette.text_weak);
    let rect = software_mark_ui(ui, cell.view, cell.host, cell.row, cell.id, rect);
    paint_two(
        ui,
        rect,
        (&name, machine.name()),
        (&under, &facts::subtitle(&machine.definition)),
    );
}

/// The mark of software emulation at the right of `rect`, and what is left of that. Never silent: it is the first thing
/// to know of a machine that is slow.
pub(super) fn software_mark_ui(
    ui: &Ui,
    view: &ViewContext<'_>,
    host: &HostModel,
    row: &Row,
    id: Id,
    mut rect: Rect,
) -> Rect {
    if !software::is_software(&row.machine) {
        return rect;
    }
    let side = tokens::scaled(ui, 20.0);
    rect.max.x -= side;
    let place = Rect::from_center_size(pos2(rect.right() + side / 2.0, rect.center().y), vec2(side, side));
    let badge = ui.interact(place, id.with("software"), Sense::hover());
    badge.widget_info(|| WidgetInfo::labeled(Role::Image, true, t!("machine-software")));
    let color = Palette::of(ui).tone(Tone::Warning);
    paint_icon(ui, icons::SLOW, place.center(), 16.0, color);
    if badge.hovered() {
        let cure = software::cure(view, host);
        badge.on_hover_text(format!("{}\n{cure}", t!("machine-software")));
    }
    rect
}

fn cpu_ui(ui: &mut Ui, cell: &Cell<'_>, rect: Rect) {
    let palette = Palette::of(ui);
    let Some(percent) = cell.sample().and_then(|sample| sample.cpu_percent) else {
        return;
    };
    let figure_width = 48.0 * tokens::text_scale(ui.ctx());
    let split = (rect.right() - figure_width).max(rect.left());
    let (graph, figure) = rect.split_left_right_at_x(split);
    let history = &cell.row.machine.stats.history;
    let points = series(history, cell.view.now_millis, SPARK_SECONDS, |sample| {
        sample.cpu_percent
    });
    let graph = graph.shrink2(vec2(0.0, rect.height() * 0.22));
    ui.scope_builder(UiBuilder::new().max_rect(graph), |ui| {
        sparkline_ui(ui, graph.size(), &points, SPARK_SECONDS, 100.0, &cpu_sentence(&points));
    });
    Line::body(palette.text)
        .right()
        .paint(ui, figure, &units::percent(percent.round()));
}

fn memory_ui(ui: &mut Ui, cell: &Cell<'_>, rect: Rect) {
    let palette = Palette::of(ui);
    let sample = cell.sample();
    let machine = &cell.row.machine;
    if !machine.state.is_active() {
        Line::body(palette.text_weak).paint(ui, rect, &facts::memory(machine, None));
        return;
    }
    let line = Line::body(palette.text);
    let Some(share) = sample.and_then(memory_share) else {
        memory_given_ui(ui, cell, rect);
        return;
    };
    let text_height = tokens::TEXT_BODY * tokens::text_scale(ui.ctx()) * 1.3;
    let top = rect.center().y - text_height / 2.0 - 4.0;
    let text_rect = Rect::from_min_max(pos2(rect.left(), top), pos2(rect.right(), top + text_height));
    line.paint(ui, text_rect, &facts::memory(machine, sample));
    let bar = Rect::from_min_size(pos2(rect.left(), top + text_height + 3.0), vec2(rect.width(), 6.0));
    let spoken = sample.map(memory_sentence).unwrap_or_default();
    ui.scope_builder(UiBuilder::new().max_rect(bar), |ui| {
        memory_bar_ui(ui, bar.width(), share, &spoken).on_hover_text(&spoken);
    });
}

/// A guest that keeps its memory to itself: what it was given, and that this is all that is known.
fn memory_given_ui(ui: &Ui, cell: &Cell<'_>, rect: Rect) {
    let palette = Palette::of(ui);
    let machine = &cell.row.machine;
    let given = facts::memory_given(machine, cell.sample())
        .map(units::bytes)
        .unwrap_or_default();
    let (upper, lower) = (Line::body(palette.text), Line::secondary(palette.text_weak));
    let Some(gap) = facts::memory_gap(machine, cell.view.now_millis) else {
        upper.paint(ui, rect, &given);
        return;
    };
    paint_two(ui, rect, (&upper, &given), (&lower, &t!("memory-use-unknown")));
    let hint = ui.interact(rect, cell.id.with("memory"), Sense::hover());
    hint.widget_info(|| WidgetInfo::labeled(Role::Label, true, &gap));
    hint.on_hover_text(gap);
}

fn memory_share(sample: &Sample) -> Option<MemoryShare> {
    Some(MemoryShare {
        used: sample.memory_used_bytes? as f32,
        cache: sample.memory_cache_bytes.unwrap_or(0) as f32,
        given: sample.memory_given_bytes? as f32,
    })
}

fn memory_sentence(sample: &Sample) -> String {
    let size = |bytes: Option<u64>| bytes.map_or_else(|| t!("unknown-figure"), units::bytes);
    t!(
        "memory-cache",
        used = size(sample.memory_used_bytes),
        cache = size(sample.memory_cache_bytes),
        given = size(sample.memory_given_bytes)
    )
}

fn rate_ui(ui: &Ui, rect: Rect, rates: Option<(Option<f64>, Option<f64>)>) {
    let palette = Palette::of(ui);
    let Some((a, b)) = rates else {
        return;
    };
    let (color, text) = match facts::sum(a, b) {
        Some(rate) => (palette.text, units::rate(rate)),
        None => (palette.text_weak, t!("unknown-figure")),
    };
    Line::body(color).right().paint(ui, rect, &text);
}

fn address_ui(ui: &Ui, cell: &Cell<'_>, rect: Rect) {
    if !cell.row.machine.state.is_active() {
        return;
    }
    let Some(address) = facts::address(&cell.row.machine, cell.host) else {
        return;
    };
    let palette = Palette::of(ui);
    let line = Line::body(palette.accent_text);
    let galley = line.layout(ui, &address, rect.width());
    let height = tokens::scaled(ui, tokens::CONTROL_HEIGHT_SMALL).min(rect.height());
    let place = Rect::from_center_size(
        pos2(rect.left() + galley.size().x / 2.0, rect.center().y),
        vec2(galley.size().x, height),
    );
    let response = ui.interact(place, cell.id.with("address"), Sense::CLICK);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, t!("address-copy", address = address.as_str())));
    if response.hovered() {
        ui.painter()
            .rect_filled(place.expand2(vec2(4.0, 0.0)), tokens::RADIUS, palette.hover);
    }
    ui.painter().galley(
        pos2(rect.left(), rect.center().y - galley.size().y / 2.0),
        galley,
        palette.accent_text,
    );
    if response.clicked() {
        view_copy(cell, address);
    } else {
        response.on_hover_text(t!("address-copy", address = address));
    }
}

fn view_copy(cell: &Cell<'_>, address: String) {
    cell.view.ui(UiCommand::Copy(address));
}

/// What the cells show beyond name, state and CPU, for those who do not see them.
pub(super) fn spoken(view: &ViewContext<'_>, host: &HostModel, machine: &Machine) -> String {
    let sample = machine.stats.latest.as_ref().filter(|_| machine.state.is_active());
    let named = |name: &str, value: Option<String>| {
        let value = value.filter(|value| !value.is_empty())?;
        Some(format!("{} {value}", t!(name)))
    };
    let rate = |a: Option<f64>, b: Option<f64>| facts::sum(a, b).map(units::rate);
    let disk = sample.and_then(|of| rate(of.disk_read_bytes_per_s, of.disk_write_bytes_per_s));
    let net = sample.and_then(|of| rate(of.net_rx_bytes_per_s, of.net_tx_bytes_per_s));
    let address = facts::address(machine, host).filter(|_| machine.state.is_active());
    let tags = machine.definition.tags.join(", ");
    let parts = [
        named("column-memory", Some(facts::memory(machine, sample))),
        named("column-disk", disk),
        named("column-network", net),
        named("column-address", address),
        named("column-uptime", uptime(view, machine)),
        named("column-tags", Some(tags)),
        named("column-host", Some(host_name(&host.uri))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The same of a card, which shows no figures.
pub(super) fn spoken_of_card(host: &HostModel, machine: &Machine) -> String {
    let address = facts::address(machine, host).filter(|_| machine.state.is_active());
    let address = address.map(|address| format!("{} {address}", t!("column-address")));
    let host = format!("{} {}", t!("column-host"), host_name(&host.uri));
    let subtitle = Some(facts::subtitle(&machine.definition)).filter(|text| !text.is_empty());
    let parts = [subtitle, address, Some(host)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn uptime(view: &ViewContext<'_>, machine: &Machine) -> Option<String> {
    let start = machine.started_at_millis.filter(|_| machine.state.is_active())?;
    let seconds = (view.now_millis - start).max(0).unsigned_abs() / 1_000;
    Some(units::duration(std::time::Duration::from_secs(seconds)))
}

fn uptime_ui(ui: &Ui, cell: &Cell<'_>, rect: Rect) {
    if let Some(text) = uptime(cell.view, &cell.row.machine) {
        Line::body(Palette::of(ui).text_secondary)
            .right()
            .paint(ui, rect, &text);
    }
}
