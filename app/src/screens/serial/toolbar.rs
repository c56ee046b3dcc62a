//! Which line, and what can be done with its terminal.

use egui::{Align, Id, Key, Layout, Ui};

use super::{Focus, Panel, Sight};
use crate::command::{Command, SerialCommand, UiCommand};
use crate::console::serial::{LineKey, LineState, Terminal};
use crate::route::{MachineTab, Route};
use crate::t;
use crate::text::serial::{device_name, line_name};
use crate::widgets::{Button, Tone, icons, pill_ui, search_ui as search_box_ui, segmented_ui, text, tokens};

/// A state, with what it says.
const PILL_ROOM: f32 = 130.0;
const SEARCH_WIDTH: f32 = 280.0;

pub(super) fn ui(ui: &mut Ui, sight: &Sight<'_>, panel: &mut Panel) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        buttons_ui(ui, sight, panel);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| lines_ui(ui, sight, panel));
    });
}

/// What stands in the switch: the screen, then the lines.
#[derive(Clone, Copy, PartialEq)]
enum Choice {
    Screen,
    Line(usize),
}

fn lines_ui(ui: &mut Ui, sight: &Sight<'_>, panel: &Panel) {
    let go = |tab| {
        let key = sight.key.machine.clone();
        sight.view.ui(UiCommand::Go(Route::Machine { key, tab }));
    };
    if Button::icon_only(icons::BACK, t!("serial-back")).show(ui).clicked() {
        go(MachineTab::Overview);
    }
    let openable = sight
        .serials
        .iter()
        .enumerate()
        .filter(|(_, device)| device.is_openable);
    let mut names = vec![(Choice::Screen, t!("serial-screen"))];
    names.extend(openable.map(|(place, device)| (Choice::Line(place), device_name(sight.serials, device))));
    let Some(now) = sight.serials.iter().position(|device| device.alias == sight.key.alias) else {
        return;
    };
    let mut chosen = Choice::Line(now);
    let choices: Vec<(Choice, &str)> = names.iter().map(|(choice, name)| (*choice, name.as_str())).collect();
    segmented_ui(ui, &t!("serial-lines"), &mut chosen, &choices);
    match chosen {
        Choice::Screen => go(MachineTab::Console),
        Choice::Line(place) if place != now => {
            if let Some(device) = sight.serials.get(place) {
                sight.view.send(Command::Serial(SerialCommand::Choose(LineKey {
                    alias: device.alias.clone(),
                    ..sight.key.clone()
                })));
            }
        }
        Choice::Line(_) => {}
    }
    let scale = tokens::text_scale(ui.ctx());
    if ui.available_width() < PILL_ROOM * scale {
        return;
    }
    let state = sight.session.state();
    let (tone, icon) = match state {
        _ if !sight.is_running() => (Tone::Off, icons::OFF),
        LineState::Open => (Tone::Running, icons::CONNECT),
        LineState::Wanted | LineState::GivenBack => (Tone::Off, icons::PENDING),
        LineState::Ended(_) | LineState::Refused(_) => (Tone::Warning, icons::DISCONNECTED),
    };
    pill_ui(ui, tone, icon, &line_name(&state, sight.is_running()));
    if sight.view.now_millis < panel.bell_until && ui.available_width() > PILL_ROOM * scale {
        pill_ui(ui, Tone::Accent, icons::ATTENTION, &t!("serial-bell"));
    }
    let name = sight
        .view
        .machine(&sight.key.machine)
        .map_or("", |machine| machine.name());
    let title = panel.snapshot.title.as_deref().unwrap_or(name);
    if ui.available_width() > PILL_ROOM * scale {
        let title = text::secondary(ui, title);
        text::truncated_ui(ui, title);
    }
}

/// Right to left.
fn buttons_ui(ui: &mut Ui, sight: &Sight<'_>, panel: &mut Panel) {
    let session = sight.session;
    if Button::icon_only(icons::SEARCH, t!("serial-search"))
        .tooltip(t!("serial-search-tooltip"))
        .toggled(panel.query.is_some())
        .show(ui)
        .clicked()
    {
        if panel.query.is_some() {
            close_search(ui, sight, panel);
        } else {
            open_search(ui, panel);
        }
    }
    if Button::icon_only(icons::COPY, t!("serial-copy-all"))
        .tooltip(t!("serial-copy-all-tooltip"))
        .show(ui)
        .clicked()
    {
        ui.ctx().copy_text(session.look(Terminal::whole_text));
    }
    size_ui(ui, sight, panel);
}

/// A serial line does not carry its size: whoever sits at it has to type it.
fn size_ui(ui: &mut Ui, sight: &Sight<'_>, panel: &mut Panel) {
    let session = sight.session;
    let button = Button::icon_only(icons::EXTENT, t!("serial-size")).tooltip(t!("serial-size-tooltip"));
    button.menu(ui, |ui| {
        ui.set_max_width(320.0 * tokens::text_scale(ui.ctx()));
        let [columns, lines] = session.look(Terminal::size);
        let words = format!("stty rows {lines} cols {columns}");
        ui.add(egui::Label::new(text::body(t!("serial-size-text", columns = columns, lines = lines))).wrap());
        ui.label(text::mono(words.as_str()));
        let is_open = session.state() == LineState::Open;
        let denied = (!is_open).then(|| t!("serial-size-denied"));
        if Button::primary(t!("serial-size-type"))
            .denied(denied)
            .show(ui)
            .clicked()
        {
            session.send(format!("{words}\r").as_bytes());
            panel.focus = Focus::Terminal;
            ui.close();
        }
    });
}

fn search_id() -> Id {
    Id::unique("serial search box")
}

pub(super) fn open_search(ui: &Ui, panel: &mut Panel) {
    panel.query.get_or_insert_default();
    panel.focus = Focus::Search;
    ui.ctx().request_repaint();
}

fn close_search(ui: &Ui, sight: &Sight<'_>, panel: &mut Panel) {
    panel.query = None;
    panel.finds_nothing = false;
    sight.session.with_terminal(|terminal| terminal.search_for(""));
    panel.focus = Focus::Terminal;
    ui.ctx().request_repaint();
}

pub(super) fn search_ui(ui: &mut Ui, sight: &Sight<'_>, panel: &mut Panel) {
    let session = sight.session;
    let Some(query) = &mut panel.query else { return };
    let mut is_closing = false;
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        let width = SEARCH_WIDTH.min(ui.available_width() / 2.0);
        let response = search_box_ui(
            ui,
            search_id(),
            query,
            &t!("serial-search"),
            &t!("serial-search-clear"),
            width,
        );
        if panel.focus.take(Focus::Search) {
            response.request_focus();
        }
        if response.changed() {
            panel.finds_nothing = !session.with_terminal(|terminal| terminal.search_for(query)) && !query.is_empty();
        }
        let (is_enter, is_shift, is_escape) = ui.input(|input| {
            let pressed = |key| input.key_pressed(key);
            (pressed(Key::Enter), input.modifiers.shift, pressed(Key::Escape))
        });
        let was_here = response.has_focus() || response.lost_focus();
        if was_here && is_escape {
            is_closing = true;
        } else if was_here && is_enter {
            panel.finds_nothing = !session.with_terminal(|terminal| terminal.search_on(!is_shift));
            response.request_focus();
        }
        for (icon, name, is_up) in [
            (icons::CHEVRON_UP, t!("serial-search-up"), true),
            (icons::CHEVRON_DOWN, t!("serial-search-down"), false),
        ] {
            if Button::icon_only(icon, name).show(ui).clicked() {
                panel.finds_nothing = !session.with_terminal(|terminal| terminal.search_on(is_up));
            }
        }
        if Button::icon_only(icons::CLOSE, t!("serial-search-close"))
            .show(ui)
            .clicked()
        {
            is_closing = true;
        }
        if panel.finds_nothing && !query.is_empty() {
            ui.label(text::toned(ui, Tone::Attention, t!("serial-search-nothing")));
        }
    });
    if is_closing {
        close_search(ui, sight, panel);
    }
}
