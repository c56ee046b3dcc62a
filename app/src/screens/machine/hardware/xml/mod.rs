//! The whole definition as text, for whoever knows what to write: coloured, searched, checked as it is typed, compared
//! with what the machine has before it is applied, and taken back in one step.

mod code;
mod find;
mod keys;
mod lexer;
mod lines;
mod meanwhile;
mod place;
mod review;
mod schema;
mod search;
mod status;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

use egui::{Id, Rect, Ui, UiBuilder, pos2};
use libvirt_backend::command::Overwrite;
use libvirt_backend::model::HostChoices;
use libvirt_backend::property::SCOPES;
use libvirt_backend::property::change::{Change, Preview, preview};
use libvirt_backend::property::edit::{Apply, DefinitionXml, EditReport, EditRequest};
use libvirt_backend::xml::{Document, XmlError};

use self::code::Code;
use self::find::Search;
use self::lines::Lines;
use super::entry::Entry;
use super::head::head_ui;
use super::host_devices::newly_halved;
use crate::command::{Command, MachineCommand};
use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::state::Answer;
use crate::t;
use crate::text::error::message;
use crate::text::setting::change_problem;
use crate::widgets::{Button, Tone, banner_ui, form, icons, tokens};

/// The text of one machine. It outlives the page.
pub(super) struct XmlEditor {
    text: String,
    /// What the text was begun on.
    base: Arc<DefinitionXml>,
    /// What the machine has now.
    newest: Arc<DefinitionXml>,
    /// It differs from what it was begun on.
    is_touched: bool,
    /// Why it is no XML.
    problem: Option<XmlError>,
    refusal: Option<Refusal>,
    lines: Lines,
    search: Search,
    /// To be selected and shown.
    wanted: Option<Range<usize>>,
    /// What is selected next gets the keyboard.
    takes_keyboard: bool,
    stage: Stage,
    /// The stage is another than before: what had the keyboard is gone.
    is_stage_new: bool,
}

/// Why it was not applied.
struct Refusal {
    words: String,
    /// Counted from 1.
    line: Option<usize>,
}

#[derive(Default)]
enum Stage {
    #[default]
    Text,
    /// What somebody else changed, and what the text would.
    Meanwhile,
    /// `Err`: why it cannot be made.
    Review(Result<Box<Preview>, String>),
    /// The edit is under way, or its undoing.
    Sent {
        preview: Box<Preview>,
    },
    Done(Arc<EditReport>),
    Undoing(Arc<EditReport>),
}

/// What the page around it knows.
pub(super) struct Around<'a> {
    pub(super) view: &'a ViewContext<'a>,
    pub(super) key: &'a MachineKey,
    pub(super) entries: &'a [Entry],
    /// What the host has to offer, once it is known.
    pub(super) host: Option<&'a HostChoices>,
    pub(super) is_running: bool,
    /// Something was typed into the forms and is not applied.
    pub(super) has_draft: bool,
    /// Escape was pressed, and nothing lay over the page.
    pub(super) is_escaped: bool,
}

impl XmlEditor {
    pub(super) fn new(source: &Arc<DefinitionXml>) -> Self {
        let mut editor = Self {
            text: String::new(),
            base: Arc::clone(source),
            newest: Arc::clone(source),
            is_touched: false,
            problem: None,
            refusal: None,
            lines: Lines::default(),
            search: Search::default(),
            wanted: None,
            takes_keyboard: false,
            stage: Stage::Text,
            is_stage_new: false,
        };
        editor.load();
        editor
    }

    pub(super) const fn is_touched(&self) -> bool {
        self.is_touched
    }

    /// The machine has this definition. A text that nobody touched follows it.
    /// Selects the device's part of the text, as it is by now.
    pub(super) fn show_device(&mut self, word: &str, key: &str) {
        let scope = SCOPES.iter().find(|scope| scope.word == word);
        let range = scope.and_then(|scope| place::device(scope, key, &self.text));
        self.takes_keyboard = range.is_some();
        if range.is_some() {
            self.wanted = range;
        }
    }

    pub(super) fn follow(&mut self, source: &Arc<DefinitionXml>) {
        if Arc::ptr_eq(&self.newest, source) {
            return;
        }
        self.newest = Arc::clone(source);
        if !self.is_touched || self.text == source.inactive {
            self.load();
        } else if self.base.fingerprint == source.fingerprint {
            self.base = Arc::clone(source);
        }
    }

    /// Somebody else changed the machine since the text was begun.
    fn is_stale(&self) -> bool {
        self.base.fingerprint != self.newest.fingerprint
    }

    /// The text becomes what the machine has.
    fn load(&mut self) {
        self.base = Arc::clone(&self.newest);
        if self.text != self.base.inactive {
            self.text = self.base.inactive.clone();
        }
        self.changed();
    }

    /// The text stays; what it is compared with becomes what the machine has.
    fn keep(&mut self) {
        self.base = Arc::clone(&self.newest);
        self.changed();
    }

    /// Checks what was typed.
    fn changed(&mut self) {
        self.is_touched = self.text != self.base.inactive;
        self.problem = Document::parse_as(&self.text, "domain").err();
        self.refusal = None;
        self.search.update(&self.text);
    }

    /// What became of what was sent.
    pub(super) fn take_result(&mut self, view: &ViewContext<'_>, key: &MachineKey) {
        let is_undoing = matches!(self.stage, Stage::Undoing(_));
        if !is_undoing && !matches!(self.stage, Stage::Sent { .. }) {
            return;
        }
        match view.answers.edits.get(key) {
            Some(Answer::Ready(report)) => {
                // What libvirt makes of it comes with the next definition.
                self.is_touched = false;
                self.refusal = None;
                self.go(if is_undoing {
                    Stage::Text
                } else {
                    Stage::Done(Arc::clone(report))
                });
            }
            Some(Answer::Failed(error)) => {
                let own_words = error.detail().unwrap_or_default();
                self.refusal = Some(Refusal {
                    words: message(error).to_lines(),
                    line: place::line_of(own_words, &self.text, &self.base.inactive),
                });
                self.wanted = self.refused_line();
                self.go(Stage::Text);
            }
            Some(Answer::Waiting(_)) | None => {}
        }
    }

    fn refused_line(&self) -> Option<Range<usize>> {
        let line = self.refusal.as_ref()?.line?;
        Some(line_bytes(&self.text, line))
    }

    fn go(&mut self, stage: Stage) {
        self.stage = stage;
        self.is_stage_new = true;
    }

    pub(super) fn ui(&mut self, ui: &mut Ui, around: &Around<'_>) {
        let is_new = std::mem::take(&mut self.is_stage_new);
        let moment = |is_waiting| review::Moment { is_waiting, is_new };
        match &self.stage {
            Stage::Text => self.editor_ui(ui, around, is_new),
            Stage::Meanwhile => {
                let texts = [&self.base.inactive, &self.newest.inactive, &self.text];
                if meanwhile::ui(ui, texts, is_new) || around.is_escaped {
                    self.go(Stage::Text);
                }
            }
            Stage::Review(made) => {
                let made = made.as_deref().map_err(String::as_str);
                let asked = review::ui(ui, around, made, moment(false));
                match asked.or_else(|| around.is_escaped.then_some(review::Asked::Back)) {
                    Some(review::Asked::Back) => self.go(Stage::Text),
                    Some(review::Asked::Apply) => self.send(around),
                    None => {}
                }
            }
            Stage::Sent { preview } => {
                review::ui(ui, around, Ok(&**preview), moment(true));
            }
            Stage::Done(report) | Stage::Undoing(report) => {
                let is_undoing = matches!(self.stage, Stage::Undoing(_));
                let read = review::report_ui(ui, around, report, moment(is_undoing));
                let is_left = around.is_escaped && !is_undoing;
                match read.or_else(|| is_left.then_some(review::Read::Done)) {
                    Some(review::Read::Done) => self.go(Stage::Text),
                    Some(review::Read::Undo) => {
                        around.view.send(Command::Machine(MachineCommand::UndoEdit {
                            machine: around.key.clone(),
                            overwrite: Overwrite::Refuse,
                        }));
                        self.stage = Stage::Undoing(Arc::clone(report));
                    }
                    None => {}
                }
            }
        }
        if self.is_stage_new {
            ui.ctx().request_repaint();
        }
    }

    fn change(&self) -> Change {
        Change::ReplaceXml(self.text.clone())
    }

    fn review(&mut self, host: Option<&HostChoices>) {
        let base = &self.base.inactive;
        let made = preview(base, &[self.change()]).map_err(|(_, problem)| change_problem(&problem));
        let made = made.and_then(|made| {
            let half = host.and_then(|host| newly_halved(host, base, &made.xml));
            half.map_or_else(|| Ok(Box::new(made)), Err)
        });
        self.go(Stage::Review(made));
    }

    fn send(&mut self, around: &Around<'_>) {
        let request = EditRequest {
            opened_on: Some(self.base.fingerprint),
            changes: vec![self.change()],
            images: Vec::new(),
            apply: Apply::Both,
            is_dry_run: false,
        };
        let Stage::Review(Ok(preview)) = std::mem::take(&mut self.stage) else {
            return;
        };
        around.view.send(Command::Machine(MachineCommand::Edit {
            machine: around.key.clone(),
            request: Box::new(request),
        }));
        self.stage = Stage::Sent { preview };
    }

    fn editor_ui(&mut self, ui: &mut Ui, around: &Around<'_>, is_new: bool) {
        let id = Id::unique(("hardware xml", &around.key.uri, around.key.id));
        if is_new {
            form::focus(ui.ctx(), id);
        }
        self.head_ui(ui, around.host);
        self.banners_ui(ui, around);
        self.schema_ui(ui, around);
        self.search_ui(ui, around.view, id);
        let height = self.status_height(ui);
        let room = ui.available_rect_before_wrap();
        let top = (room.bottom() - height).max(room.top());
        let code = Rect::from_min_max(room.min, pos2(room.right(), top - tokens::SPACE_TIGHT));
        let status = Rect::from_min_max(pos2(room.left(), top), room.max);
        let shown = ui
            .scope_builder(UiBuilder::new().max_rect(code), |ui| self.code_ui(ui, around, id))
            .inner;
        if shown.is_changed {
            self.changed();
        }
        ui.scope_builder(UiBuilder::new().max_rect(status), |ui| {
            self.status_ui(ui, around, shown.cursor);
        });
    }

    fn code_ui(&mut self, ui: &mut Ui, around: &Around<'_>, id: Id) -> code::Shown {
        let problem = self.problem.as_ref().filter(|problem| problem.line > 0);
        let wrong = problem
            .map(|problem| problem.line as usize)
            .or_else(|| self.refusal.as_ref()?.line)
            .or_else(|| self.objection_line(around));
        let code = Code {
            id,
            wrong,
            search: &self.search,
            wanted: self.wanted.take(),
        };
        if std::mem::take(&mut self.takes_keyboard) {
            ui.memory_mut(|memory| memory.request_focus(id));
        }
        code.ui(ui, &mut self.text, &mut self.lines)
    }

    fn head_ui(&mut self, ui: &mut Ui, host: Option<&HostChoices>) {
        let (words, discard) = (t!("hardware-review"), t!("hardware-discard"));
        head_ui(ui, &t!("hardware-xml"), &[&words, &discard, ""], |ui| {
            let denied = if self.problem.is_some() {
                Some(t!("hardware-xml-review-broken"))
            } else if self.is_stale() {
                Some(t!("hardware-xml-review-stale"))
            } else {
                (!self.is_touched).then(|| t!("hardware-xml-review-nothing"))
            };
            let is_ready = denied.is_none();
            let review = Button::primary(words.as_str()).denied(denied);
            if review.show(ui).clicked() && is_ready {
                self.review(host);
            }
            let discard = Button::secondary(discard.as_str()).tooltip(t!("hardware-xml-discard-text"));
            if self.is_touched && discard.show(ui).clicked() {
                self.load();
                self.is_stage_new = true;
            }
            let name = t!("hardware-xml-search");
            if Button::icon_only(icons::SEARCH, name).show(ui).clicked() {
                self.open_search(ui);
            }
        });
    }

    fn banners_ui(&mut self, ui: &mut Ui, around: &Around<'_>) {
        if self.is_stale() {
            match meanwhile::banner_ui(ui) {
                Some(meanwhile::Asked::Show) => self.go(Stage::Meanwhile),
                Some(meanwhile::Asked::Keep) => self.keep(),
                Some(meanwhile::Asked::Take) => self.load(),
                None => {}
            }
            ui.add_space(tokens::SPACE_TIGHT);
        }
        if let Some(refusal) = &self.refusal {
            let words = match refusal.line {
                Some(line) => t!("hardware-xml-refused-at", line = line, words = refusal.words.as_str()),
                None => refusal.words.clone(),
            };
            let action = refusal.line.map(|_| t!("hardware-xml-show-line"));
            if banner_ui(ui, Tone::Attention, &words, action.as_deref()) {
                self.wanted = self.refused_line();
            }
            ui.add_space(tokens::SPACE_TIGHT);
        }
        if around.has_draft {
            banner_ui(ui, Tone::Accent, &t!("hardware-xml-draft"), None);
            ui.add_space(tokens::SPACE_TIGHT);
        }
    }
}

/// Of a line counted from 1, without its indentation and line break.
fn line_bytes(text: &str, line: usize) -> Range<usize> {
    let mut start = 0;
    for (index, part) in text.split_inclusive('\n').enumerate() {
        if index + 1 == line {
            let words = part.trim_end();
            let blank = words.len() - words.trim_start().len();
            return start + blank..start + words.len();
        }
        start += part.len();
    }
    text.len()..text.len()
}
