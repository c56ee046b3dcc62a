//! What waits for the machine's next start, in words, with the ways out: restart, or forget it.

use egui::accesskit::Live;
use egui::{Align, Frame, Label, Layout, Margin, Ui};
use libvirt_backend::guard::Action;
use libvirt_backend::property::edit::{Apply, EditRequest, Fingerprint};
use libvirt_backend::property::pending::{Waiting, discard, pending};
use libvirt_backend::property::{FIRMWARE, MACHINE};
use libvirt_backend::xml::Document;

use super::entry::Entry;
use super::review::{of_list, of_setting};
use super::summary;
use crate::command::{Command, MachineCommand};
use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::screens::parts::actions;
use crate::state::Answer;
use crate::t;
use crate::text::error::{denied, message};
use crate::text::hardware::value;
use crate::widgets::{Button, Palette, Tone, icons, text, tokens};

/// More lines are opened by a button.
const SHOWN: usize = 3;
/// In a window that is lower than this, all of them are.
const LOW: f32 = 640.0;

/// Of one machine.
#[derive(Default)]
pub(super) struct WaitingChanges {
    lines: Vec<String>,
    waiting: Vec<Waiting>,
    is_open: bool,
    /// It was asked to forget them, and the answer is not there.
    is_discarding: bool,
    failure: Option<String>,
}

impl WaitingChanges {
    /// `live`: of the machine that runs, if it does.
    pub(super) fn read(&mut self, inactive: &Document, live: Option<&str>, entries: &[Entry]) {
        let live = live.and_then(|live| Document::parse_as(live, "domain").ok());
        self.waiting = live.map_or_else(Vec::new, |live| pending(inactive, &live));
        self.lines = self.waiting.iter().map(|waiting| line(waiting, entries)).collect();
    }

    pub(super) fn ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, opened_on: Fingerprint) {
        self.take_result(view, key);
        if self.lines.is_empty() {
            return;
        }
        let palette = Palette::of(ui);
        Frame::new()
            .fill(palette.tint(Tone::Paused))
            .corner_radius(tokens::RADIUS)
            .inner_margin(Margin::symmetric(12, 8))
            .show(ui, |ui| {
                ui.set_min_width(ui.available_width());
                self.head_ui(ui, view, key, opened_on);
                // Where there is little room, what is worked on comes first.
                let is_low = ui.clip_rect().height() < LOW * tokens::text_scale(ui.ctx()).max(1.0);
                let shown = if is_low { 0 } else { SHOWN };
                let count = if self.is_open { self.lines.len() } else { shown };
                for line in self.lines.iter().take(count) {
                    ui.add(Label::new(text::body(line)).wrap());
                }
                if self.lines.len() > shown {
                    let words = if self.is_open {
                        t!("waiting-fewer")
                    } else if shown == 0 {
                        t!("waiting-show")
                    } else {
                        t!("waiting-more", count = self.lines.len() - shown)
                    };
                    let more = Button::link(words).show(ui);
                    ui.ctx()
                        .accesskit_node_builder(more.id, |node| node.set_expanded(self.is_open));
                    if more.clicked() {
                        self.is_open = !self.is_open;
                    }
                }
                if let Some(failure) = &self.failure {
                    ui.add(Label::new(text::toned(ui, Tone::Attention, failure)).wrap());
                }
            });
        ui.add_space(tokens::SPACE);
    }

    /// The title, and the buttons beside it or where there is too little room below.
    fn head_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, opened_on: Fingerprint) {
        let title = t!("waiting-title", count = self.lines.len());
        let side = tokens::ICON * tokens::text_scale(ui.ctx());
        let title_ui = |ui: &mut Ui| {
            let color = Palette::of(ui).tone(Tone::Paused);
            ui.label(icons::icon_text(icons::PENDING, side, color));
            let said = ui.add(Label::new(text::strong(&title)).wrap());
            ui.ctx()
                .accesskit_node_builder(said.id, |node| node.set_live(Live::Polite));
        };
        let button = |words: String| text::width(ui, text::strong(words)) + side + 4.0 * tokens::SPACE;
        let buttons = button(t!("waiting-discard")) + button(t!("waiting-restart"));
        let words = text::width(ui, text::strong(&title)) + side + 3.0 * tokens::SPACE;
        if words + buttons <= ui.available_width() {
            ui.horizontal(|ui| {
                title_ui(ui);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    self.buttons_ui(ui, view, key, opened_on);
                });
            });
        } else {
            ui.horizontal(title_ui);
            ui.horizontal_wrapped(|ui| self.buttons_ui(ui, view, key, opened_on));
        }
    }

    fn buttons_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, opened_on: Fingerprint) {
        let refusal = |action| actions::check(view, key, action).err().map(|reason| denied(&reason));
        let restart = Button::secondary(t!("waiting-restart"))
            .small()
            .icon(icons::RESTART)
            .tooltip(t!("waiting-restart-text"))
            .denied(refusal(Action::Shutdown));
        if restart.show(ui).clicked() {
            view.send(Command::Machine(MachineCommand::RestartToApply(key.clone())));
        }
        let changes = discard(&self.waiting);
        let reason = refusal(Action::Edit)
            .or_else(|| changes.is_none().then(|| t!("waiting-discard-secret")))
            .or_else(|| self.is_discarding.then(|| t!("hardware-applying")));
        let forget = Button::ghost(t!("waiting-discard"))
            .small()
            .tooltip(t!("waiting-discard-text"))
            .denied(reason);
        if forget.show(ui).clicked()
            && let Some(changes) = changes
        {
            self.failure = None;
            self.is_discarding = true;
            let request = EditRequest {
                opened_on: Some(opened_on),
                changes,
                images: Vec::new(),
                apply: Apply::NextStart,
                is_dry_run: false,
            };
            view.send(Command::Machine(MachineCommand::Edit {
                machine: key.clone(),
                request: Box::new(request),
            }));
        }
    }

    fn take_result(&mut self, view: &ViewContext<'_>, key: &MachineKey) {
        if !self.is_discarding {
            return;
        }
        match view.answers.edits.get(key) {
            Some(Answer::Ready(_)) => self.is_discarding = false,
            Some(Answer::Failed(error)) => {
                self.failure = Some(message(error).to_lines());
                self.is_discarding = false;
            }
            Some(Answer::Waiting(_)) | None => {}
        }
    }
}

fn line(waiting: &Waiting, entries: &[Entry]) -> String {
    match waiting {
        Waiting::Setting { setting, now, next } => t!(
            "waiting-setting",
            name = of_setting(entries, setting),
            now = value(setting.scope, setting.property, now.as_ref()),
            next = value(setting.scope, setting.property, next.as_ref())
        ),
        Waiting::Firmware { now, next, .. } => t!(
            "waiting-setting",
            name = t!("field-machine-firmware"),
            now = value(MACHINE, FIRMWARE, now.as_ref()),
            next = value(MACHINE, FIRMWARE, next.as_ref())
        ),
        Waiting::Parts { names, .. } => t!("waiting-parts", names = names.join(", ")),
        Waiting::Comes { scope, key } => {
            let place = super::entry::Place::Device(scope.word, key.clone());
            let entry = entries.iter().find(|entry| entry.place == place);
            let name = entry.map(|entry| entry.title.clone());
            let name = name.or_else(|| of_list(entries, scope, key));
            let name = name.unwrap_or_else(|| scope.word.to_owned());
            t!("waiting-comes", name = name)
        }
        Waiting::Goes {
            scope,
            outer: Some(outer),
            ..
        } => {
            let name = of_list(entries, scope, &format!("{outer}.1"));
            t!("waiting-goes", name = name.unwrap_or_else(|| scope.word.to_owned()))
        }
        Waiting::Goes { scope, xml, .. } => {
            let name = Document::parse(xml).map_or_else(
                |_| scope.word.to_owned(),
                |device| {
                    let key = device
                        .attr_at(device.root(), "target", "dev")
                        .unwrap_or_default()
                        .into_owned();
                    summary::title(&device, scope.word, &key, device.root())
                },
            );
            t!("waiting-goes", name = name)
        }
    }
}
