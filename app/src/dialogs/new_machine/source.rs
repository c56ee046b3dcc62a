//! Where the machine starts from: an installer, a disk that exists, or nothing.

use egui::{Align, Label, Layout, Ui, vec2};
use libvirt_backend::command::{MediumKind, MediumReport};

use super::browse_for;
use super::form::{Facts, Form, Problems, Source};
use crate::command::{Command, CreateCommand};
use crate::context::ViewContext;
use crate::screens::parts::choice::choice_ui;
use crate::state::Answer;
use crate::t;
use crate::text::error::message;
use crate::text::state::host_name;
use crate::text::units;
use crate::widgets::{Button, TextField, icons, text, tokens};

pub(super) fn ui(ui: &mut Ui, view: &ViewContext<'_>, form: &mut Form, facts: Facts<'_>, problems: &Problems) {
    let names = [
        (Source::Installer, t!("new-source-installer")),
        (Source::ExistingDisk, t!("new-source-disk")),
        (Source::Nothing, t!("new-source-nothing")),
    ];
    choice_ui(ui, &t!("new-source"), &mut form.source, &names);
    path_ui(ui, view, form, facts, problems);
    if form.source == Source::ExistingDisk {
        ui.add(Label::new(text::secondary(ui, t!("new-disk-in-place"))).wrap());
    }
}

/// The path with its button, and below it what the file is or why it cannot be used.
fn path_ui(ui: &mut Ui, view: &ViewContext<'_>, form: &mut Form, facts: Facts<'_>, problems: &Problems) {
    let Some(browse) = browse_for(form.source) else {
        return;
    };
    let label = if form.source == Source::Installer {
        t!("new-installer")
    } else {
        t!("new-disk-path")
    };
    // The desktop's file dialog shows this computer's files.
    let is_local = facts.host.info.is_local;
    let hint = if is_local {
        t!("new-path-hint")
    } else {
        t!("new-path-hint-remote", host = host_name(&facts.host.uri))
    };
    let reason = problems.medium.as_ref().map(|error| message(error).what);
    let help = facts.medium.and_then(help_text);
    let scale = tokens::text_scale(ui.ctx());
    let button_width = if is_local { 124.0 * scale + tokens::SPACE } else { 0.0 };
    let Some(path) = form.medium_mut() else {
        return;
    };
    ui.horizontal_top(|ui| {
        let room = ui.available_width() - button_width;
        ui.allocate_ui_with_layout(vec2(room, 0.0), Layout::top_down(Align::Min), |ui| {
            ui.set_width(room);
            let field = TextField::new(&label, path).hint(&hint).error(reason.as_deref());
            match &help {
                Some(help) => field.help(help).show(ui),
                None => field.show(ui),
            }
        });
        if !is_local {
            return;
        }
        ui.vertical(|ui| {
            // In line with the box, which stands under its label.
            ui.add_space(tokens::TEXT_SECONDARY * scale * 1.25 + tokens::SPACE_TIGHT);
            // Its right edge is the right edge of the fields below, however long its word is.
            ui.with_layout(Layout::top_down(Align::Max), |ui| {
                let button = Button::secondary(t!("new-browse")).icon(icons::FOLDER);
                if button.show(ui).clicked() {
                    view.send(Command::Create(CreateCommand::Browse(browse)));
                }
            });
        });
    });
}

pub(crate) fn help_text(answer: &Answer<MediumReport>) -> Option<String> {
    match answer {
        Answer::Waiting(_) => Some(t!("new-medium-checking")),
        Answer::Failed(_) => None,
        Answer::Ready(report) => {
            let size = units::bytes(report.size_bytes);
            Some(match report.kind {
                MediumKind::Iso => t!("new-medium-iso", size = size),
                MediumKind::Raw => t!("new-medium-raw", size = size),
                MediumKind::Unchecked => t!("new-medium-unchecked"),
                MediumKind::Qcow2 => {
                    t!(
                        "new-medium-qcow2",
                        capacity = units::bytes(report.capacity_bytes),
                        size = size
                    )
                }
            })
        }
    }
}
