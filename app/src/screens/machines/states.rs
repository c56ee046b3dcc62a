//! What the page says where there is no list, or none that is live: loading, lost, empty, nothing matches.

use egui::Ui;
use libvirt_backend::model::{ConnectionState, Freshness, HostModel};

use crate::command::{Command, ConnectionCommand, UiCommand};
use crate::context::ViewContext;
use crate::route::Route;
use crate::screens::parts::scope::Scope;
use crate::t;
use crate::text::error::{Message, disconnected};
use crate::text::state::host_name;
use crate::widgets::feedback::banner_ui;
use crate::widgets::{Button, Tone, empty_ui, icons, loading_ui};

/// Over a list that is only remembered: whose it is, and how the connection stands.
pub(super) fn freshness_ui(ui: &mut Ui, view: &ViewContext<'_>) {
    for host in view.hosts {
        if host.freshness != Freshness::LastKnown || host.machines.is_empty() {
            continue;
        }
        match &host.connection {
            ConnectionState::Disconnected { .. } => {
                let text = t!("machines-last-known-lost", host = host_name(&host.uri));
                if banner_ui(ui, Tone::Warning, &text, Some(&t!("machines-retry"))) {
                    view.send(Command::Connection(ConnectionCommand::Retry(host.uri.clone())));
                }
            }
            _ => {
                banner_ui(ui, Tone::Accent, &t!("machines-last-known"), None);
            }
        }
    }
}

/// What failed and what could help, on one line.
pub(super) fn explanation(message: &Message) -> String {
    match &message.todo {
        Some(todo) => format!("{} — {todo}", message.what.trim_end_matches(['.', '。'])),
        None => message.what.clone(),
    }
}

fn retry_ui(ui: &mut Ui, view: &ViewContext<'_>, host: &HostModel) {
    if Button::secondary(t!("machines-retry")).small().show(ui).clicked() {
        view.send(Command::Connection(ConnectionCommand::Retry(host.uri.clone())));
    }
    if Button::ghost(t!("machines-connections")).small().show(ui).clicked() {
        view.ui(UiCommand::Go(Route::Connections));
    }
}

/// Why the table is empty, and what to do about it.
pub(super) fn none_ui(ui: &mut Ui, view: &ViewContext<'_>, scope: &mut Scope, filter: &mut String) {
    if !filter.trim().is_empty() {
        let title = t!("machines-no-match", filter = filter.trim());
        empty_ui(ui, icons::SEARCH, &title, &t!("machines-no-match-text"), |ui| {
            if Button::secondary(t!("filter-clear")).show(ui).clicked() {
                filter.clear();
            }
        });
        return;
    }
    if let Some(host) = unread_host(view, scope) {
        waiting_ui(ui, view, host);
        return;
    }
    let (icon, title, explanation) = match scope {
        Scope::Attention => (icons::DONE, "machines-all-well", "machines-all-well-text"),
        Scope::Running => (icons::MACHINE, "machines-none-running", "machines-none-running-text"),
        Scope::Tag(_) => (icons::TAG, "machines-none-tag", "machines-no-match-text"),
        Scope::Host(_) | Scope::All => (icons::MACHINE, "machines-none-host", "machines-none-host-text"),
    };
    let offers_new = matches!(scope, Scope::Host(_) | Scope::All);
    empty_ui(ui, icon, &t!(title), &t!(explanation), |ui| {
        if offers_new {
            if Button::secondary(t!("machines-new"))
                .icon(icons::ADD)
                .show(ui)
                .clicked()
            {
                view.ui(UiCommand::ShowNewMachine);
            }
        } else if Button::secondary(t!("machines-show-all")).show(ui).clicked() {
            *scope = Scope::All;
        }
    });
}

/// The connection whose machines are not known yet, of those that the scope is about.
fn unread_host<'a>(view: &'a ViewContext<'_>, scope: &Scope) -> Option<&'a HostModel> {
    view.hosts
        .iter()
        .filter(|host| match scope {
            Scope::Host(uri) => host.uri == *uri,
            _ => true,
        })
        .find(|host| host.freshness == Freshness::Unknown)
        .map(AsRef::as_ref)
}

fn waiting_ui(ui: &mut Ui, view: &ViewContext<'_>, host: &HostModel) {
    match &host.connection {
        ConnectionState::Disconnected { reason, message, .. } => {
            let message = disconnected(&host.uri, *reason, message);
            let title = t!("machines-lost-title", host = host_name(&host.uri));
            empty_ui(ui, icons::DISCONNECTED, &title, &explanation(&message), |ui| {
                retry_ui(ui, view, host);
            });
        }
        ConnectionState::Connecting { is_slow: true } => {
            let explanation = t!("machines-loading-slow-text");
            loading_ui(ui, &t!("machines-loading-slow"), &explanation);
        }
        ConnectionState::Idle | ConnectionState::Connecting { is_slow: false } | ConnectionState::Connected => {
            loading_ui(ui, &t!("machines-loading"), &host_name(&host.uri));
        }
    }
}
