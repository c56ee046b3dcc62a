//! What happened to this machine in this run of Berth, newest first.

use egui::{Align, Label, Layout, ScrollArea, Sense, Ui, vec2};

use libvirt_backend::model::Machine;

use super::edits::Edits;
use crate::command::UiCommand;
use crate::context::ViewContext;
use crate::jobs::JobEnd;
use crate::notifications::{Happening, What};
use crate::route::MachineKey;
use crate::screens::parts::{cure, tone};
use crate::t;
use crate::text::error::Message;
use crate::text::job;
use crate::text::units;
use crate::widgets::icons::{self, Icon, paint_icon};
use crate::widgets::{Button, Palette, Tone, code_ui, empty_ui, section_ui, separator_ui, text, tokens};

pub(super) fn ui(ui: &mut Ui, view: &ViewContext<'_>, (key, machine): (&MachineKey, &Machine), edits: &mut Edits) {
    ScrollArea::vertical()
        .id_salt("activity")
        .auto_shrink(false)
        .show(ui, |ui| {
            ui.set_max_width(ui.available_width() - tokens::SPACE);
            let has_edits = edits.ui(ui, view, key, machine);
            happenings_ui(ui, view, key, has_edits);
        });
}

fn happenings_ui(ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, has_edits: bool) {
    let mut happenings = view.activity.of(key).rev().peekable();
    if happenings.peek().is_none() {
        if has_edits {
            return;
        }
        empty_ui(
            ui,
            icons::ACTIVITY,
            &t!("activity-none"),
            &t!("activity-none-text"),
            |_| {},
        );
        return;
    }
    if has_edits {
        section_ui(ui, &t!("activity-happenings"));
    }
    for (index, happening) in happenings.enumerate() {
        ui.push_id(index, |ui| happening_ui(ui, view, happening));
    }
}

fn happening_ui(ui: &mut Ui, view: &ViewContext<'_>, happening: &Happening) {
    let palette = Palette::of(ui);
    let (icon, tone) = look(&happening.what);
    let details = job::details(happening);
    ui.horizontal_top(|ui| {
        let side = tokens::scaled(ui, 24.0);
        let (rect, _) = ui.allocate_exact_size(vec2(side, side), Sense::hover());
        paint_icon(ui, icon, rect.center(), tokens::ICON, palette.tone(tone));
        ui.with_layout(Layout::right_to_left(Align::TOP), |ui| {
            // On the line of the sentence beside it.
            let line = tokens::scaled(ui, 24.0);
            let time = Layout::right_to_left(Align::Center);
            ui.allocate_ui_with_layout(vec2(0.0, line), time, |ui| {
                ui.label(text::weak(ui, units::time_of_day(happening.at_millis)));
            });
            if let Some(message) = &details {
                if Button::ghost(t!("activity-copy")).small().show(ui).clicked() {
                    view.ui(UiCommand::CopyDetails {
                        message: message.to_lines(),
                        machine: happening.machine.clone(),
                    });
                }
                offers_ui(ui, view, happening, message);
            }
            if let Some(command) = happening.command()
                && Button::ghost(t!("cure-button-copy-command")).small().show(ui).clicked()
            {
                view.ui(UiCommand::Copy(command.to_owned()));
            }
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                ui.spacing_mut().item_spacing.y = tokens::SPACE_TIGHT;
                // The middle of the sentence is the middle of the mark before it.
                let line = tokens::TEXT_BODY * tokens::text_scale(ui.ctx()) * 1.25;
                ui.add_space(((side - line) / 2.0).max(0.0));
                ui.add(Label::new(text::body(job::happening(happening))).wrap());
                if let Some(message) = &details {
                    message_ui(ui, message);
                }
                if let Some(command) = happening.command() {
                    code_ui(ui, command);
                }
            });
        });
    });
    separator_ui(ui);
}

fn offers_ui(ui: &mut Ui, view: &ViewContext<'_>, happening: &Happening, message: &Message) {
    let What::Job(job) = &happening.what else {
        return;
    };
    for offer in cure::offers(job, message) {
        if Button::ghost(offer.text.as_str()).small().show(ui).clicked() {
            view.send(offer.command);
        }
    }
}

fn message_ui(ui: &mut Ui, message: &Message) {
    ui.add(Label::new(text::quiet(ui, &message.what)).wrap());
    if let Some(words) = &message.own_words {
        code_ui(ui, words);
    }
    if let Some(todo) = &message.todo {
        ui.add(Label::new(text::secondary(ui, todo)).wrap());
    }
    if let Some(path) = &message.path {
        ui.add(Label::new(text::weak(ui, path)).wrap());
    }
}

const fn look(what: &What) -> (Icon, Tone) {
    let tone = tone::of(what);
    let icon = match what {
        What::Job(job) => match &job.end {
            None => icons::PENDING,
            Some(JobEnd::Done | JobEnd::AtNextStart) => icons::DONE,
            Some(JobEnd::StillRunning) => icons::WARNING,
            Some(JobEnd::Failed(_)) => icons::ERROR,
            Some(JobEnd::Cancelled) => return (icons::CANCEL, Tone::Off),
        },
        What::Notice(_) | What::Text { .. } => match tone {
            Tone::Attention => icons::ERROR,
            Tone::Warning => icons::WARNING,
            Tone::Running => icons::DONE,
            _ => icons::INFO,
        },
    };
    (icon, tone)
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::command::Command;
    use crate::route::{MachineTab, Route};
    use crate::screens::fixtures;
    use crate::screens::test_jobs::{ended, failed};
    use crate::screens::test_window::{Look, TestWindow, key, open};

    #[test]
    fn what_happened_to_this_machine_is_told_whole_and_what_helps_is_a_press_away() {
        let mut window = TestWindow::new(vec![fixtures::assorted()]);
        window.route = Route::Machine {
            key: key(1),
            tab: MachineTab::Activity,
        };
        for (number, job) in [
            (1, failed(1, "client socket is closed")),
            (1, ended(1, JobEnd::Done)),
            (2, ended(2, JobEnd::Cancelled)),
        ] {
            window.activity.push(Happening {
                at_millis: fixtures::NOW_MILLIS,
                machine: Some(key(number)),
                machine_name: None,
                what: What::Job(Box::new(job)),
            });
        }
        let mut harness = open(Look::sized(1_280.0, 800.0), window);
        harness.run();
        harness.get_by_label("Saving the state of machine-1 failed");
        let words = "client socket is closed";
        assert!(harness.query_all_by_label_contains(words).count() > 0);
        harness.get_by_label("State of machine-1 saved");
        assert!(harness.query_by_label_contains("machine-2").is_none(), "of another");
        harness.state_mut().sent.clear();
        harness.get_by_role_and_label(egui::Role::Button, "Try again").click();
        harness.run();
        let sent = harness.state_mut().sent.split_off(0);
        assert!(
            matches!(&sent[..], [Command::Job(crate::command::JobCommand::Again { .. })]),
            "{sent:?}"
        );
        harness
            .get_all_by_role_and_label(egui::Role::Button, "Copy details")
            .next()
            .unwrap()
            .click();
        harness.run();
        assert!(matches!(
            &harness.state().sent[..],
            [Command::Ui(UiCommand::CopyDetails { message, .. })] if message.contains("client socket is closed")
        ));
    }
}
