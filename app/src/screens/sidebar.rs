//! The pane on the left: the machines by what they do, by tag and by host, then the other pages. A rail where it is
//! narrow.

use egui::{Ui, UiBuilder, vec2};
use libvirt_backend::model::{ConnectionState, HostModel};

use super::parts::facts::host_figures;
use super::parts::scope::Scope;
use super::parts::summary::Summary;
use crate::command::UiCommand;
use crate::context::ViewContext;
use crate::route::Route;
use crate::t;
use crate::text::state::host_name;
use crate::text::units;
use crate::widgets::{Breakpoint, Icon, SidebarItem, Tone, icons, sidebar_header_ui, tokens};

pub(super) fn ui(ui: &mut Ui, view: &ViewContext<'_>, summary: &Summary, scope: &mut Scope, breadth: Breakpoint) {
    let is_rail = breadth.has_rail();
    let margin = if is_rail { tokens::SPACE } else { 12.0 };
    let rect = ui.max_rect().shrink2(vec2(margin, 12.0));
    let foot = foot_height(ui);
    let (upper, lower) = rect.split_top_bottom_at_y(rect.bottom() - foot);
    ui.scope_builder(UiBuilder::new().max_rect(upper), |ui| {
        egui::ScrollArea::vertical().id_salt("sidebar").show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            places_ui(ui, view, summary, scope, is_rail);
            if !is_rail {
                tags_ui(ui, view, summary, scope);
            }
            hosts_ui(ui, view, scope, is_rail);
        });
    });
    ui.scope_builder(UiBuilder::new().max_rect(lower), |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        route_ui(
            ui,
            view,
            &Route::Connections,
            icons::CONNECT,
            t!("sidebar-connections"),
            is_rail,
        );
        route_ui(
            ui,
            view,
            &Route::Settings,
            icons::SETTINGS,
            t!("sidebar-settings"),
            is_rail,
        );
    });
}

fn row_height(ui: &Ui) -> f32 {
    tokens::scaled(ui, tokens::ROW_COMPACT)
}

fn foot_height(ui: &Ui) -> f32 {
    2.0 * row_height(ui) + 2.0
}

fn places_ui(ui: &mut Ui, view: &ViewContext<'_>, summary: &Summary, scope: &mut Scope, is_rail: bool) {
    let places = [
        (
            Scope::All,
            icons::MACHINE,
            "sidebar-all",
            summary.num_machines,
            Tone::Off,
        ),
        (
            Scope::Running,
            icons::START,
            "sidebar-running",
            summary.num_running,
            Tone::Off,
        ),
        (
            Scope::Attention,
            icons::ATTENTION,
            "sidebar-attention",
            summary.num_attention,
            if summary.num_attention > 0 {
                Tone::Attention
            } else {
                Tone::Off
            },
        ),
    ];
    for (place, icon, key, count, tone) in places {
        let item = SidebarItem::new(icon, t!(key))
            .count(count)
            .count_tone(tone)
            .selected(is_chosen(view, scope, &place))
            .rail(is_rail);
        if ui.add(item).clicked() {
            choose(view, scope, place);
        }
    }
}

fn tags_ui(ui: &mut Ui, view: &ViewContext<'_>, summary: &Summary, scope: &mut Scope) {
    if summary.tags.is_empty() {
        return;
    }
    sidebar_header_ui(ui, &t!("sidebar-tags"));
    for (tag, count) in &summary.tags {
        let place = Scope::Tag(tag.clone());
        let item = SidebarItem::new(icons::TAG, tag)
            .count(*count)
            .selected(is_chosen(view, scope, &place));
        if ui.add(item).clicked() {
            choose(view, scope, place);
        }
    }
}

fn hosts_ui(ui: &mut Ui, view: &ViewContext<'_>, scope: &mut Scope, is_rail: bool) {
    if view.hosts.is_empty() {
        return;
    }
    if is_rail {
        ui.add_space(tokens::SPACE);
    } else {
        sidebar_header_ui(ui, &t!("sidebar-hosts"));
    }
    for host in view.hosts {
        let (tone, note) = host_line(view, host);
        let place = Scope::Host(host.uri.clone());
        let icon = if host.uri.contains("ssh") {
            icons::HOST
        } else {
            icons::COMPUTER
        };
        let item = SidebarItem::new(icon, host_name(&host.uri))
            .note(note)
            .status(tone)
            .selected(is_chosen(view, scope, &place))
            .rail(is_rail);
        if ui.add(item).clicked() {
            choose(view, scope, place);
        }
    }
}

/// The dot's tone and the line under a host's name.
fn host_line(view: &ViewContext<'_>, host: &HostModel) -> (Tone, String) {
    match &host.connection {
        ConnectionState::Connected => (Tone::Running, host_figures(host)),
        ConnectionState::Connecting { is_slow: false } => (Tone::Paused, t!("host-connecting")),
        ConnectionState::Connecting { is_slow: true } => (Tone::Paused, t!("host-connecting-slow")),
        ConnectionState::Idle => (Tone::Off, t!("host-lost")),
        ConnectionState::Disconnected {
            retry_at_millis: Some(at),
            ..
        } => {
            view.ui(UiCommand::RepaintAfter(1_000));
            (
                Tone::Attention,
                t!("host-retry", time = countdown(*at, view.now_millis)),
            )
        }
        ConnectionState::Disconnected { .. } => (Tone::Attention, t!("host-lost")),
    }
}

fn countdown(at_millis: i64, now_millis: i64) -> String {
    let seconds = (at_millis - now_millis).max(0).unsigned_abs().div_ceil(1_000);
    units::duration(std::time::Duration::from_secs(seconds))
}

fn route_ui(ui: &mut Ui, view: &ViewContext<'_>, route: &Route, icon: Icon, name: String, is_rail: bool) {
    let item = SidebarItem::new(icon, name).selected(view.route == route).rail(is_rail);
    if ui.add(item).clicked() {
        view.ui(UiCommand::Go(route.clone()));
    }
}

fn is_chosen(view: &ViewContext<'_>, scope: &Scope, place: &Scope) -> bool {
    *view.route == Route::Machines && scope == place
}

fn choose(view: &ViewContext<'_>, scope: &mut Scope, place: Scope) {
    *scope = place;
    if *view.route != Route::Machines {
        view.ui(UiCommand::Go(Route::Machines));
    }
}
