//! All connections: how each stands, why, in libvirt's own words too, and what can be done.

use egui::{Align, Layout, ScrollArea, Ui, UiBuilder};
use libvirt_backend::model::{ConnectionState, HostModel};

use super::frame::page_rect;
use super::parts::facts::host_figures;
use crate::command::{Command, ConnectionCommand, DialogRequest, UiCommand};
use crate::context::ViewContext;
use crate::t;
use crate::text::error::{cure_command, disconnected};
use crate::text::state::host_name;
use crate::text::units;
use crate::widgets::card::{card_ui, page_title_ui};
use crate::widgets::feedback::{code_ui, empty_ui};
use crate::widgets::icons::{self, Icon};
use crate::widgets::layout::Breakpoint;
use crate::widgets::pill::pill_ui;
use crate::widgets::{Button, Tone, text, tokens};

/// The widest a card is useful.
const CARD_WIDTH: f32 = 860.0;

pub(super) fn ui(ui: &mut Ui, view: &ViewContext<'_>, breadth: Breakpoint) {
    let rect = page_rect(ui, breadth);
    ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
        let width = CARD_WIDTH * tokens::text_scale(ui.ctx()).max(1.0);
        ui.set_max_width(width.min(ui.available_width()));
        header_ui(ui, view);
        ui.add_space(tokens::SPACE);
        let closed: Vec<&str> = closed(view).collect();
        if view.hosts.is_empty() && closed.is_empty() {
            empty_ui(
                ui,
                icons::DISCONNECTED,
                &t!("connections-none"),
                &t!("connections-none-text"),
                |ui| add_button_ui(ui, view),
            );
            return;
        }
        ScrollArea::vertical()
            .id_salt("connections")
            .auto_shrink(false)
            .show(ui, |ui| {
                for host in view.hosts {
                    ui.push_id(&host.uri, |ui| card_ui(ui, |ui| connection_ui(ui, view, host)));
                    ui.add_space(tokens::SPACE_TIGHT);
                }
                for uri in closed {
                    let host = HostModel::empty(uri);
                    ui.push_id(uri, |ui| card_ui(ui, |ui| connection_ui(ui, view, &host)));
                    ui.add_space(tokens::SPACE_TIGHT);
                }
            });
    });
}

/// Saved ones that were disconnected, or are not opened when Berth starts.
fn closed<'a>(view: &ViewContext<'a>) -> impl Iterator<Item = &'a str> + use<'a> {
    let (saved, hosts) = (&view.settings.connections, view.hosts);
    let uris = saved.iter().map(|saved| saved.uri.as_str());
    uris.filter(|uri| hosts.iter().all(|host| host.uri != **uri))
}

fn header_ui(ui: &mut Ui, view: &ViewContext<'_>) {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            add_button_ui(ui, view);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                page_title_ui(ui, &t!("connections-title"));
            });
        });
    });
}

fn add_button_ui(ui: &mut Ui, view: &ViewContext<'_>) {
    if Button::primary(t!("connections-add"))
        .icon(icons::ADD)
        .show(ui)
        .clicked()
    {
        view.ui(UiCommand::ShowDialog(DialogRequest::AddConnection));
    }
}

fn connection_ui(ui: &mut Ui, view: &ViewContext<'_>, host: &HostModel) {
    let name = host_name(&host.uri);
    ui.horizontal_wrapped(|ui| {
        ui.label(text::strong(&name));
        let (tone, icon, state) = state_look(host);
        pill_ui(ui, tone, icon, &state);
    });
    text::selectable_ui(ui, text::secondary(ui, &host.uri));
    match &host.connection {
        ConnectionState::Connected => live_ui(ui, host),
        ConnectionState::Disconnected {
            reason,
            message,
            retry_at_millis,
        } => lost_ui(ui, view, host, *reason, message, *retry_at_millis),
        ConnectionState::Idle | ConnectionState::Connecting { .. } => {}
    }
    ui.add_space(tokens::SPACE_TIGHT);
    ui.horizontal_wrapped(|ui| buttons_ui(ui, view, host, &name));
}

fn state_look(host: &HostModel) -> (Tone, Icon, String) {
    match &host.connection {
        ConnectionState::Idle => (Tone::Off, icons::OFF, t!("connections-state-idle")),
        ConnectionState::Connecting { is_slow: false } => {
            (Tone::Paused, icons::PENDING, t!("connections-state-connecting"))
        }
        ConnectionState::Connecting { is_slow: true } => (Tone::Paused, icons::PENDING, t!("connections-state-slow")),
        ConnectionState::Connected => (Tone::Running, icons::DONE, t!("connections-state-live")),
        ConnectionState::Disconnected { .. } => (Tone::Attention, icons::ERROR, t!("connections-state-lost")),
    }
}

fn live_ui(ui: &mut Ui, host: &HostModel) {
    let machines = t!("connections-machines", count = host.machines.len());
    let versions = t!(
        "connections-versions",
        libvirt = units::version(host.info.libvirt_version),
        driver = host.info.driver.as_str(),
        hypervisor = units::version(host.info.hypervisor_version)
    );
    ui.label(text::quiet(ui, format!("{machines} · {versions}")));
    ui.label(text::quiet(ui, host_figures(host)));
}

/// What failed, libvirt's own words, what to do, and when the next attempt comes.
fn lost_ui(
    ui: &mut Ui,
    view: &ViewContext<'_>,
    host: &HostModel,
    reason: libvirt_backend::model::DisconnectReason,
    own_words: &str,
    retry_at_millis: Option<i64>,
) {
    let message = disconnected(&host.uri, reason, own_words);
    ui.add(egui::Label::new(text::body(&message.what)).wrap());
    if let Some(words) = &message.own_words {
        code_ui(ui, &t!("connections-libvirt-says", message = words.as_str()));
    }
    if let Some(todo) = &message.todo {
        ui.add(egui::Label::new(text::quiet(ui, todo)).wrap());
    }
    if let Some(command) = message
        .cure
        .and_then(|cure| cure_command(cure, &host_address(&host.uri)))
    {
        command_ui(ui, view, &command);
    }
    let next = match retry_at_millis {
        Some(at) => {
            view.ui(UiCommand::RepaintAfter(1_000));
            let seconds = (at - view.now_millis).max(0).unsigned_abs().div_ceil(1_000);
            let time = units::duration(std::time::Duration::from_secs(seconds));
            t!("connections-retry-at", time = time)
        }
        None => t!("connections-retry-never"),
    };
    ui.label(text::weak(ui, next));
}

/// A command to be copied into a terminal.
fn command_ui(ui: &mut Ui, view: &ViewContext<'_>, command: &str) {
    code_ui(ui, command);
    ui.horizontal(|ui| {
        let button = Button::secondary(t!("connections-copy")).icon(icons::COPY).small();
        let name = t!("connections-copy-name", command = command);
        if button.show(ui).accessible_name(name).clicked() {
            view.ui(UiCommand::Copy(command.to_owned()));
        }
    });
}

/// `lab` of `qemu+ssh://ada@lab/system`, with its port where it has one.
fn host_address(uri: &str) -> String {
    let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default().to_owned()
}

fn buttons_ui(ui: &mut Ui, view: &ViewContext<'_>, host: &HostModel, name: &str) {
    let uri = || host.uri.clone();
    let mut offer = |key: &str, spoken: String, command: ConnectionCommand| {
        if Button::secondary(t!(key))
            .small()
            .show(ui)
            .accessible_name(spoken)
            .clicked()
        {
            view.send(Command::Connection(command));
        }
    };
    match &host.connection {
        ConnectionState::Idle => offer(
            "connections-open",
            t!("connections-open-name", host = name),
            ConnectionCommand::Open(uri()),
        ),
        ConnectionState::Disconnected { .. } => offer(
            "connections-retry",
            t!("connections-retry-name", host = name),
            ConnectionCommand::Retry(uri()),
        ),
        ConnectionState::Connected | ConnectionState::Connecting { .. } => offer(
            "connections-close",
            t!("connections-close-name", host = name),
            ConnectionCommand::Close(uri()),
        ),
    }
    offer(
        "connections-forget",
        t!("connections-forget-name", host = name),
        ConnectionCommand::Forget(uri()),
    );
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;
    use libvirt_backend::model::DisconnectReason;

    use super::*;
    use crate::route::Route;
    use crate::screens::fixtures::{self, LAB, URI};
    use crate::screens::test_window::{Look, TestWindow, open};
    use crate::settings::SavedConnection;

    fn page(hosts: Vec<HostModel>, saved: &[&str]) -> Harness<'static, TestWindow> {
        let mut window = TestWindow::new(hosts);
        window.route = Route::Connections;
        let saved = saved.iter().map(|uri| SavedConnection {
            uri: (*uri).to_owned(),
            opens_at_start: false,
        });
        window.settings.connections = saved.collect();
        let mut harness = open(Look::sized(1_280.0, 800.0), window);
        harness.run();
        harness
    }

    fn sent_by(harness: &mut Harness<'static, TestWindow>, button: &str) -> Vec<Command> {
        harness.get_by_label(button).click();
        harness.run();
        harness.state_mut().sent.split_off(0)
    }

    #[test]
    fn a_saved_connection_that_is_closed_can_be_opened_again_or_forgotten() {
        let mut harness = page(vec![fixtures::many(1)], &[URI, LAB]);
        harness.get_by_label("Not open");
        harness.get_by_label("1 machine · libvirt 11.3.0 · QEMU 10.0.2");
        for (button, command) in [
            ("Connect to lab (ssh)", ConnectionCommand::Open(LAB.to_owned())),
            ("Forget lab (ssh)", ConnectionCommand::Forget(LAB.to_owned())),
            ("Disconnect This computer", ConnectionCommand::Close(URI.to_owned())),
        ] {
            assert_eq!(
                sent_by(&mut harness, button),
                [Command::Connection(command)],
                "{button}"
            );
        }
    }

    #[test]
    fn a_failed_connection_says_why_and_offers_its_cure() {
        let uri = "qemu+ssh://ada@lab:2222/system";
        let mut lab = fixtures::host(uri, Vec::new());
        lab.connection = ConnectionState::Disconnected {
            reason: DisconnectReason::HostKeyChanged,
            message: "REMOTE HOST IDENTIFICATION HAS CHANGED".to_owned(),
            retry_at_millis: None,
        };
        let mut harness = page(vec![lab], &[]);
        harness.get_by_label("libvirt says: REMOTE HOST IDENTIFICATION HAS CHANGED");
        let command = "ssh-keygen -R '[lab]:2222'";
        let sent = sent_by(&mut harness, &format!("Copy the command: {command}"));
        assert_eq!(sent, [Command::Ui(UiCommand::Copy(command.to_owned()))]);
        let name = host_name(uri);
        let retry = Command::Connection(ConnectionCommand::Retry(uri.to_owned()));
        assert_eq!(sent_by(&mut harness, &format!("Try {name} again")), [retry]);
    }
}
