//! The pane on the right: the selected machine at a glance, or what is selected together.

use std::collections::BTreeMap;

use egui::{Align, Label, Layout, Response, ScrollArea, Ui, UiBuilder, vec2};
use libvirt_backend::model::{HostModel, Machine, Sample};

use super::parts::cell::Line;
use super::parts::series::{peak, series};
use super::parts::state_look::state_look;
use super::parts::{actions, facts, software};
use crate::command::{UiCommand, action};
use crate::context::ViewContext;
use crate::route::{MachineKey, MachineTab, Route};
use crate::t;
use crate::text::state::describe;
use crate::text::units;
use crate::widgets::{Button, Tone, icons, page_title_ui, pill_ui, sparkline_ui, tag_ui, text, tokens};

/// Seconds in the small graphs.
const SECONDS: usize = 60;

pub(super) fn ui(ui: &mut Ui, view: &ViewContext<'_>, is_over: bool) {
    let rect = ui.max_rect().shrink2(vec2(tokens::SPACE_WIDE, tokens::SPACE_WIDE));
    ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
        ScrollArea::vertical()
            .id_salt("inspector")
            .auto_shrink(false)
            .show(ui, |ui| {
                contents_ui(ui, view, is_over);
            });
    });
}

fn contents_ui(ui: &mut Ui, view: &ViewContext<'_>, is_over: bool) {
    let selected: Vec<MachineKey> = view.selection.machines.iter().cloned().collect();
    let primary = view.selection.primary.as_ref();
    let found = primary.and_then(|key| Some((key, actions::find(view, key)?)));
    match found {
        Some(_) if selected.len() > 1 => many_ui(ui, view, &selected, is_over),
        Some((key, (host, machine))) => one_ui(ui, view, key, host, machine, is_over),
        None => {
            ui.add_space(tokens::SPACE_SECTION);
            ui.vertical_centered(|ui| ui.label(text::quiet(ui, t!("inspector-empty"))));
        }
    }
}

fn title_ui(ui: &mut Ui, view: &ViewContext<'_>, title: &str, is_over: bool) {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if is_over
                && Button::icon_only(icons::CLOSE, t!("inspector-close"))
                    .small()
                    .show(ui)
                    .clicked()
            {
                view.ui(UiCommand::ToggleInspector);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                page_title_ui(ui, title);
            });
        });
    });
}

/// How they stand, what they take of the host, and who they are.
fn many_ui(ui: &mut Ui, view: &ViewContext<'_>, selected: &[MachineKey], is_over: bool) {
    title_ui(ui, view, &t!("inspector-many", count = selected.len()), is_over);
    let machines: Vec<&Machine> = selected
        .iter()
        .filter_map(|key| Some(view.machine(key)?.as_ref()))
        .collect();
    let mut states: BTreeMap<String, usize> = BTreeMap::new();
    for machine in &machines {
        *states.entry(describe(machine)).or_default() += 1;
    }
    for (state, count) in states {
        ui.label(text::body(t!("inspector-state-count", state = state, count = count)));
    }
    let running = || machines.iter().filter(|machine| machine.state.is_active());
    let given: u64 = running()
        .map(|machine| machine.definition.memory_current_kib * 1_024)
        .sum();
    if running().next().is_some() {
        ui.add_space(tokens::SPACE_TIGHT);
        ui.label(text::quiet(ui, t!("inspector-memory-total")));
        ui.label(text::strong(units::bytes(given)));
    }
}

fn one_ui(ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, host: &HostModel, machine: &Machine, is_over: bool) {
    title_ui(ui, view, machine.name(), is_over);
    let look = state_look(view, key, machine);
    ui.horizontal_wrapped(|ui| {
        pill_ui(ui, look.tone, look.icon, &look.text);
        if software::is_software(machine) {
            let name = t!("software-badge");
            pill_ui(ui, Tone::Warning, icons::WARNING, &name).on_hover_text(t!("machine-software"));
        }
    });
    ui.add_space(tokens::SPACE_TIGHT);
    buttons_ui(ui, view, key, machine);
    ui.add_space(tokens::SPACE_TIGHT);
    super::parts::picture::ui(ui, view, key, machine, 200.0);
    ui.add_space(tokens::SPACE_TIGHT);
    figures_ui(ui, view, machine);
    if let Some(gap) = facts::memory_gap(machine, view.now_millis) {
        ui.add(Label::new(text::weak(ui, gap)).wrap());
    }
    address_ui(ui, view, host, machine);
    waiting_ui(ui, view, key, machine);
    if software::is_software(machine) {
        ui.add_space(tokens::SPACE_TIGHT);
        ui.add(Label::new(text::secondary(ui, software::cure(view, host))).wrap());
    }
    if !machine.definition.tags.is_empty() {
        ui.add_space(tokens::SPACE_TIGHT);
        ui.horizontal_wrapped(|ui| {
            for tag in &machine.definition.tags {
                tag_ui(ui, tag);
            }
        });
    }
}

/// What people most likely want now, then everything else.
fn buttons_ui(ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine) {
    ui.horizontal_wrapped(|ui| {
        let first = actions::main_action(machine);
        let reason = actions::check(view, key, first).err();
        let button = Button::secondary(action::text(first))
            .icon(action::icon(first))
            .denied(reason.map(|reason| crate::text::error::denied(&reason)));
        if button.show(ui).clicked() {
            actions::send(view, first, vec![key.clone()]);
        }
        if Button::ghost(t!("inspector-details")).show(ui).clicked() {
            view.ui(UiCommand::Go(Route::Machine {
                key: key.clone(),
                tab: MachineTab::Overview,
            }));
        }
        Button::icon_only(icons::MORE, t!("machine-menu", name = machine.name())).menu(ui, |ui| {
            actions::menu_ui(ui, view, key);
        });
    });
}

fn figures_ui(ui: &mut Ui, view: &ViewContext<'_>, machine: &Machine) {
    let is_active = machine.state.is_active();
    let latest = machine.stats.latest.as_ref().filter(|_| is_active);
    let history = &machine.stats.history;
    let mut line = |name: String,
                    value: String,
                    hint: Option<String>,
                    top: Option<f32>,
                    words: Words,
                    of: fn(&Sample) -> Option<f32>| {
        let points = if is_active {
            series(history, view.now_millis, SECONDS, of)
        } else {
            Vec::new()
        };
        let figure = figure_ui(ui, &name, &value, &points, top, words);
        if let Some(hint) = hint {
            figure.on_hover_text(hint);
        }
    };
    let dash = || t!("unknown-figure");
    let given = latest
        .and_then(|sample| sample.memory_given_bytes)
        .map(|bytes| bytes as f32);
    line(
        t!("inspector-cpu"),
        latest
            .and_then(|sample| sample.cpu_percent)
            .map_or_else(dash, |cpu| units::percent(cpu.round())),
        None,
        Some(100.0),
        |cpu| units::percent(cpu.round()),
        |sample| sample.cpu_percent,
    );
    line(
        t!("inspector-memory"),
        facts::memory(machine, latest),
        None,
        given,
        |bytes| units::bytes(bytes as u64),
        |sample| sample.memory_used_bytes.map(|bytes| bytes as f32),
    );
    let disk = |sample: &Sample| facts::sum(sample.disk_read_bytes_per_s, sample.disk_write_bytes_per_s);
    line(
        t!("inspector-disk"),
        latest.and_then(disk).map_or_else(dash, units::rate),
        None,
        None,
        |rate| units::rate(f64::from(rate)),
        |sample| facts::sum(sample.disk_read_bytes_per_s, sample.disk_write_bytes_per_s).map(|rate| rate as f32),
    );
    let net = |sample: &Sample| facts::sum(sample.net_rx_bytes_per_s, sample.net_tx_bytes_per_s);
    line(
        t!("inspector-network"),
        latest.and_then(net).map_or_else(dash, units::rate),
        facts::net_gap(machine),
        None,
        |rate| units::rate(f64::from(rate)),
        |sample| facts::sum(sample.net_rx_bytes_per_s, sample.net_tx_bytes_per_s).map(|rate| rate as f32),
    );
}

/// How a value of a graph reads.
type Words = fn(f32) -> String;

/// Name, graph and figure on one line.
fn figure_ui(ui: &mut Ui, name: &str, value: &str, points: &[Option<f32>], top: Option<f32>, words: Words) -> Response {
    let scale = tokens::text_scale(ui.ctx());
    let height = tokens::scaled(ui, 32.0);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), egui::Sense::hover());
    let palette = crate::widgets::Palette::of(ui);
    let (name_rect, rest) = rect.split_left_right_at_x(rect.left() + 64.0 * scale);
    let (graph, figure) = rest.split_left_right_at_x((rest.right() - 104.0 * scale).max(rest.left()));
    Line::body(palette.text_secondary).paint(ui, name_rect, name);
    Line::body(palette.text).right().paint(ui, figure, value);
    let graph = graph.shrink2(vec2(tokens::SPACE, 5.0));
    let peak = peak(points);
    let top = top.or(peak).unwrap_or(1.0);
    let spoken = match peak {
        Some(peak) => t!("figure-sentence", name = name, now = value, peak = words(peak)),
        None => t!("figure-sentence-now", name = name, now = value),
    };
    ui.scope_builder(UiBuilder::new().max_rect(graph), |ui| {
        sparkline_ui(ui, graph.size(), points, SECONDS, top, &spoken);
    });
    response
}

fn address_ui(ui: &mut Ui, view: &ViewContext<'_>, host: &HostModel, machine: &Machine) {
    let Some(address) = facts::address(machine, host).filter(|_| machine.state.is_active()) else {
        return;
    };
    ui.horizontal(|ui| {
        ui.label(text::quiet(ui, t!("inspector-address")));
        let button = Button::link(address.as_str()).tooltip(t!("address-copy", address = address.as_str()));
        if button.show(ui).clicked() {
            view.ui(UiCommand::Copy(address));
        }
    });
}

/// One line; what it is stands on the page that it leads to.
fn waiting_ui(ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine) {
    let count = machine.definition.num_waiting;
    if count == 0 || !machine.state.is_active() {
        return;
    }
    ui.horizontal(|ui| {
        let side = tokens::ICON * tokens::text_scale(ui.ctx());
        let color = crate::widgets::Palette::of(ui).tone(Tone::Paused);
        ui.label(icons::icon_text(icons::PENDING, side, color));
        let words = t!("waiting-title", count = count);
        if Button::link(words)
            .tooltip(t!("inspector-waiting-text"))
            .show(ui)
            .clicked()
        {
            view.ui(UiCommand::Go(Route::Machine {
                key: key.clone(),
                tab: MachineTab::Hardware,
            }));
        }
    });
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;
    use libvirt_backend::guard::Action;
    use libvirt_backend::model::Definition;

    use super::*;
    use crate::command::{Command, MachineCommand};
    use crate::screens::fixtures;
    use crate::screens::test_window::{Look, TestWindow, key, open};

    fn window(marked: &[u32]) -> Harness<'static, TestWindow> {
        let mut window = TestWindow::new(vec![fixtures::assorted()]);
        window.select(marked);
        let mut harness = open(Look::sized(1_280.0, 800.0), window);
        harness.run();
        harness
    }

    #[test]
    fn each_graph_of_a_machine_is_a_sentence() {
        let harness = window(&[1]);
        for start in ["CPU ", "Memory ", "Disk ", "Network "] {
            let sentences = harness.query_all_by_label_contains(start);
            let spoken: Vec<String> = sentences
                .filter_map(|node| egui_kittest::kittest::NodeT::accesskit_node(&node).label())
                .collect();
            assert!(
                spoken
                    .iter()
                    .any(|words| words.starts_with(start) && words.contains("peak ")),
                "{start}: {spoken:?}"
            );
        }
    }

    #[test]
    fn a_machines_first_button_and_its_page_are_a_press_away() {
        let mut harness = window(&[8]);
        harness.get_by_label("Start").click();
        harness.run();
        assert_eq!(
            harness.state().sent,
            [Command::Machine(MachineCommand::Run {
                action: Action::Start,
                machines: vec![key(8)]
            })]
        );
        harness.get_by_label("Details").click();
        harness.run();
        assert!(matches!(&harness.state().route, Route::Machine { key: shown, .. } if *shown == key(8)));
    }

    #[test]
    fn what_waits_for_the_next_start_is_one_line_that_leads_to_it() {
        let waiting = |number| {
            let mut host = fixtures::assorted();
            let machines = host.machines.iter().map(|machine| {
                if machine.id != fixtures::id(number) {
                    return std::sync::Arc::clone(machine);
                }
                let waiting = |definition: &mut Definition| definition.num_waiting = 2;
                std::sync::Arc::new(fixtures::with_definition((**machine).clone(), waiting))
            });
            host.machines = machines.collect();
            let mut window = TestWindow::new(vec![host]);
            window.select(&[number]);
            let mut harness = open(Look::sized(1_280.0, 800.0), window);
            harness.run();
            harness
        };
        let mut harness = waiting(1);
        harness.get_by_label("2 changes wait for the next start").click();
        harness.run();
        let route = &harness.state().route;
        assert!(
            matches!(route, Route::Machine { key: shown, tab: MachineTab::Hardware } if *shown == key(1)),
            "{route:?}"
        );
        // It is off: the next start is what it is for.
        assert!(waiting(8).query_by_label_contains("wait for the next start").is_none());
    }

    #[test]
    fn several_machines_are_told_by_their_states_and_what_they_take() {
        let harness = window(&[1, 2, 6]);
        harness.get_by_label("3 machines selected");
        harness.get_by_label("Running: 2");
        harness.get_by_label("Saved: 1");
        // Only what runs takes anything.
        harness.get_by_label("8 GiB");
    }
}
