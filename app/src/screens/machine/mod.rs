//! One machine's page: its name, state and buttons over the tabs.

mod activity;
mod again;
mod edits;
mod facts_card;
mod graphs;
mod hardware;
mod overview;
mod snapshots;
#[cfg(test)]
mod tests;
mod waits_card;

use egui::{Align, Layout, Rect, Ui, UiBuilder, pos2, vec2};
use libvirt_backend::guard::Action;
use libvirt_backend::model::{HostModel, Machine};

use super::frame::page_rect;
use super::parts::actions;
use super::parts::state_look::state_look;
use crate::command::{Command, ConsoleCommand, UiCommand, action};
use crate::context::ViewContext;
use crate::route::{MachineKey, MachineTab, Route};
use crate::t;
use crate::text::error::denied;
use crate::text::state::host_name;
use crate::widgets::{Breakpoint, Button, Tone, banner_ui, empty_ui, icons, page_title_ui, pill_ui, tabs_ui, tokens};

#[derive(Default)]
pub(super) struct MachinePage {
    overview: overview::Overview,
    hardware: hardware::Hardware,
    edits: edits::Edits,
}

impl MachinePage {
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        view: &ViewContext<'_>,
        key: &MachineKey,
        tab: MachineTab,
        breadth: Breakpoint,
    ) {
        let rect = page_rect(ui, breadth);
        ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
            let Some((host, machine)) = actions::find(view, key) else {
                gone_ui(ui, view);
                return;
            };
            header_ui(ui, view, key, machine);
            pages_ui(ui, view, key, machine, tab);
            ui.add_space(tokens::SPACE);
            if !actions::is_live(host) {
                let text = t!("machine-last-known", host = host_name(&host.uri));
                banner_ui(ui, Tone::Warning, &text, None);
            }
            self.tab_ui(ui, view, key, host, machine, tab);
        });
    }

    fn tab_ui(
        &mut self,
        ui: &mut Ui,
        view: &ViewContext<'_>,
        key: &MachineKey,
        host: &HostModel,
        machine: &Machine,
        tab: MachineTab,
    ) {
        match tab {
            MachineTab::Overview => {
                self.hardware.waiting_ui(ui, view, key, machine);
                self.overview.ui(ui, view, key, host, machine);
            }
            // It has the whole page to itself.
            MachineTab::Serial => {}
            MachineTab::Console => elsewhere_ui(ui, view, key, machine),
            MachineTab::Hardware => self.hardware.ui(ui, view, key, machine),
            MachineTab::Snapshots => snapshots::ui(ui, view, key, machine),
            MachineTab::Activity => activity::ui(ui, view, (key, machine), &mut self.edits),
        }
    }
}

/// The screen has a window of its own.
fn elsewhere_ui(ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine) {
    let title = t!("console-elsewhere", name = machine.name());
    empty_ui(ui, icons::OPEN_OUTSIDE, &title, &t!("console-elsewhere-text"), |ui| {
        if Button::primary(t!("console-attach"))
            .icon(icons::ATTACH)
            .show(ui)
            .clicked()
        {
            view.send(Command::Console(ConsoleCommand::Attach(key.clone())));
        }
    });
}

fn gone_ui(ui: &mut Ui, view: &ViewContext<'_>) {
    empty_ui(
        ui,
        icons::MACHINE,
        &t!("machine-gone"),
        &t!("machine-gone-text"),
        |ui| {
            if Button::secondary(t!("machine-back"))
                .icon(icons::BACK)
                .show(ui)
                .clicked()
            {
                view.ui(UiCommand::Go(Route::Machines));
            }
        },
    );
}

/// Less room than this for name, state and buttons: the buttons stand below.
const ONE_LINE: f32 = 680.0;
/// And in less than this the buttons need several lines.
const BUTTONS: f32 = 340.0;

fn header_ui(ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine) {
    let height = tokens::scaled(ui, tokens::CONTROL_HEIGHT);
    let is_narrow = ui.available_width() < ONE_LINE * tokens::text_scale(ui.ctx()).max(1.0);
    let line = vec2(ui.available_width(), height);
    ui.allocate_ui_with_layout(line, Layout::right_to_left(Align::Center), |ui| {
        if !is_narrow {
            buttons_ui(ui, view, key, machine);
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            if Button::icon_only(icons::BACK, t!("machine-back")).show(ui).clicked() {
                view.ui(UiCommand::Go(Route::Machines));
            }
            name_ui(ui, view, key, machine);
        });
    });
    if !is_narrow {
        return;
    }
    if ui.available_width() < BUTTONS * tokens::text_scale(ui.ctx()) {
        ui.horizontal_wrapped(|ui| {
            for (action, is_primary) in actions_of(machine) {
                action_ui(ui, view, key, action, is_primary);
            }
            menu_ui(ui, view, key);
        });
        return;
    }
    ui.allocate_ui_with_layout(line, Layout::right_to_left(Align::Center), |ui| {
        buttons_ui(ui, view, key, machine);
    });
}

fn name_ui(ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine) {
    let look = state_look(view, key, machine);
    // The state keeps its room; a long name is cut.
    let pill_room = 150.0 * tokens::text_scale(ui.ctx());
    let room = (ui.available_width() - pill_room).max(80.0);
    let left = ui.cursor().left();
    let line = ui.max_rect();
    let rect = Rect::from_min_max(pos2(left, line.top()), pos2(left + room, line.bottom()));
    let builder = UiBuilder::new()
        .max_rect(rect)
        .layout(Layout::left_to_right(Align::Center));
    ui.scope_builder(builder, |ui| page_title_ui(ui, machine.name()));
    pill_ui(ui, look.tone, look.icon, &look.text);
}

/// Right to left: the menu stands at the end.
fn buttons_ui(ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine) {
    menu_ui(ui, view, key);
    for (action, is_primary) in actions_of(machine).into_iter().rev() {
        action_ui(ui, view, key, action, is_primary);
    }
}

fn menu_ui(ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey) {
    Button::icon_only(icons::MORE, t!("machine-more")).menu(ui, |ui| actions::menu_ui(ui, view, key));
}

/// As they stand from left to right, each with whether it is the page's first.
fn actions_of(machine: &Machine) -> [(Action, bool); 2] {
    let first = if machine.state.is_paused() {
        Action::Resume
    } else if machine.state.is_active() {
        Action::Shutdown
    } else {
        Action::Start
    };
    let is_running = machine.state.is_active() && !machine.state.is_paused();
    [(first, !is_running), (Action::OpenConsole, is_running)]
}

fn action_ui(ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, action: Action, is_primary: bool) {
    let reason = actions::check(view, key, action).err();
    let text = action::text(action);
    let button = if is_primary {
        Button::primary(text)
    } else {
        Button::secondary(text)
    };
    let button = button
        .icon(action::icon(action))
        .tooltip(action::tooltip(action))
        .denied(reason.map(|reason| denied(&reason)));
    if button.show(ui).clicked() {
        actions::send(view, action, vec![key.clone()]);
    }
}

fn pages_ui(ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine, tab: MachineTab) {
    let snapshots = match machine.snapshots.len() {
        0 => t!("machine-tab-snapshots"),
        count => format!("{} {count}", t!("machine-tab-snapshots")),
    };
    let (overview, activity) = (t!("machine-tab-overview"), t!("machine-tab-activity"));
    let console = t!("machine-tab-console");
    let serial = t!("machine-tab-serial");
    let hardware = t!("machine-tab-hardware");
    let mut tabs = vec![
        (MachineTab::Overview, overview.as_str()),
        (MachineTab::Console, console.as_str()),
        (MachineTab::Hardware, hardware.as_str()),
        (MachineTab::Snapshots, snapshots.as_str()),
        (MachineTab::Activity, activity.as_str()),
    ];
    if !machine.definition.serials.is_empty() {
        tabs.insert(2, (MachineTab::Serial, serial.as_str()));
    }
    let mut chosen = tab;
    if tabs_ui(ui, &t!("machine-tabs", name = machine.name()), &mut chosen, &tabs) {
        view.ui(UiCommand::Go(Route::Machine {
            key: key.clone(),
            tab: chosen,
        }));
    }
}
