//! Tells of what an interrupted job left behind, and offers to remove it.

use egui::{Context, Label};

use super::{Confirm, Stay, ask_or};
use crate::command::{Command, ConnectionCommand};
use crate::context::ViewContext;
use crate::screens::parts::age::age;
use crate::t;
use crate::widgets::text;

pub(crate) fn ui(ctx: &Context, view: &ViewContext<'_>) {
    let with_leftovers = view.hosts.iter().find_map(|host| {
        let found = view.answers.leftovers.get(&host.uri)?;
        (!found.is_empty()).then_some((&host.uri, found))
    });
    let Some((uri, found)) = with_leftovers else {
        return;
    };
    let confirm = Confirm {
        text: &t!("leftovers-remove"),
        is_destructive: true,
        denied: None,
    };
    let (stay, is_confirmed, ()) = ask_or(
        ctx,
        &t!("leftovers-title"),
        &confirm,
        &t!("leftovers-keep"),
        true,
        |ui| {
            for leftover in found {
                let name = leftover.machine_name.as_str();
                ui.add(Label::new(text::body(t!("leftovers-text", name = name))).wrap());
                ui.label(text::weak(ui, age(view, leftover.started_at_millis)));
                for file in &leftover.files {
                    text::selectable_ui(ui, text::mono(file.display().to_string()));
                }
                if leftover.files.is_empty() {
                    ui.label(text::quiet(ui, t!("leftovers-no-files")));
                }
            }
        },
    );
    if is_confirmed {
        view.send(Command::Connection(ConnectionCommand::RemoveLeftovers(uri.clone())));
    } else if stay == Stay::Done {
        view.send(Command::Connection(ConnectionCommand::KeepLeftovers(uri.clone())));
    }
}
