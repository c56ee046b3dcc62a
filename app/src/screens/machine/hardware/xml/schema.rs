//! What libvirt's schema says of the text, when it is asked.

use std::sync::Arc;

use egui::Ui;
use libvirt_backend::schema::Verdict;

use super::{Around, XmlEditor, line_bytes};
use crate::command::{Command, MachineCommand};
use crate::state::SchemaCheck;
use crate::t;
use crate::text::schema::{not_asked, objection};
use crate::widgets::{Button, Tone, banner_ui, tokens};

/// More are no help at once: the first are corrected first.
const MOST: usize = 3;

impl XmlEditor {
    /// Of the text as it is now.
    fn schema_check<'a>(&self, around: &Around<'a>) -> Option<&'a SchemaCheck> {
        let check = around.view.answers.schema_checks.get(around.key);
        check.filter(|check| *check.xml == *self.text)
    }

    pub(super) fn schema_button_ui(&self, ui: &mut Ui, around: &Around<'_>) {
        let check = self.schema_check(around);
        let denied = if self.problem.is_some() {
            Some(t!("hardware-xml-review-broken"))
        } else if check.is_some_and(|check| check.verdict.is_none()) {
            Some(t!("hardware-xml-schema-asked"))
        } else {
            None
        };
        let is_ready = denied.is_none();
        let button = Button::ghost(t!("hardware-xml-schema")).small().denied(denied);
        if button.show(ui).clicked() && is_ready {
            around.view.send(Command::Machine(MachineCommand::CheckXml {
                machine: around.key.clone(),
                xml: Arc::from(self.text.as_str()),
            }));
        }
    }

    pub(super) fn schema_ui(&mut self, ui: &mut Ui, around: &Around<'_>) {
        let verdict = self.schema_check(around).and_then(|check| check.verdict.as_ref());
        let mut wanted = None;
        match verdict {
            None => return,
            Some(Verdict::Fits) => {
                banner_ui(ui, Tone::Running, &t!("hardware-xml-schema-fits"), None);
            }
            Some(Verdict::NotAsked { words }) => {
                banner_ui(ui, Tone::Warning, &not_asked(words), None);
            }
            Some(Verdict::Objections(objections)) => {
                for found in objections.iter().take(MOST) {
                    let show = t!("hardware-xml-show-line");
                    if banner_ui(ui, Tone::Attention, &objection(found), Some(&show)) {
                        wanted = Some(line_bytes(&self.text, found.line as usize));
                    }
                }
            }
        }
        ui.add_space(tokens::SPACE_TIGHT);
        if wanted.is_some() {
            self.wanted = wanted;
        }
    }

    /// The line of the first thing that libvirt does not take.
    pub(super) fn objection_line(&self, around: &Around<'_>) -> Option<usize> {
        match self.schema_check(around)?.verdict.as_ref()? {
            Verdict::Objections(objections) => objections.first().map(|found| found.line as usize),
            Verdict::Fits | Verdict::NotAsked { .. } => None,
        }
    }
}
