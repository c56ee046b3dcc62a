//! What a machine is made of: its parts and devices at the left, the form of one at the right.
//!
//! The forms are made from the backend's list of settings, so every setting that there is can be found here. What was
//! typed stays until it is applied or thrown away, whatever page is looked at meanwhile.

mod add;
mod autostart;
mod balloon;
mod boot;
mod boot_order;
#[cfg(test)]
mod boot_tests;
mod common;
mod cores;
mod device_head;
#[cfg(test)]
mod device_tests;
mod devices;
mod draft;
mod entry;
mod field;
mod files;
mod firmware;
#[cfg(test)]
mod firmware_tests;
mod form;
#[cfg(test)]
mod form_tests;
mod forwards;
#[cfg(test)]
mod forwards_tests;
mod head;
mod host_devices;
mod host_offers;
mod inner_lists;
#[cfg(test)]
mod keyboard_tests;
mod leaving;
mod list;
mod meanwhile;
mod memory_devices;
mod mitigations;
mod new_image;
#[cfg(test)]
mod new_image_tests;
#[cfg(test)]
mod numbers;
#[cfg(test)]
mod offer_tests;
mod offers;
#[cfg(test)]
mod others_tests;
mod pairing;
mod processors;
mod review;
#[cfg(test)]
mod room_tests;
mod root_ports;
mod rows;
mod scroll;
mod search;
mod summary;
#[cfg(test)]
mod tests;
mod waiting;
#[cfg(test)]
mod waiting_tests;
mod xml;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use egui::accesskit::Live;
use egui::{Align, Key, Layout, Popup, Rect, Ui, UiBuilder, pos2};
use libvirt_backend::guard::Action;
use libvirt_backend::model::{Definition, HostChoices, Machine};
use libvirt_backend::property::edit::{Apply, DefinitionXml, EditReport, EditRequest};
use libvirt_backend::xml::Document;

use self::add::AddDialog;
use self::autostart::Autostart;
use self::draft::Draft;
use self::entry::{Entry, Part, Place, entries};
use self::form::FormState;
use self::meanwhile::Meanwhile;
pub(super) use self::review::diff_ui;
use self::review::{Asked, Review};
use self::waiting::WaitingChanges;
use self::xml::XmlEditor;
use super::again::Again;
use crate::command::{Command, MachineCommand};
use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::screens::parts::actions;
use crate::state::Answer;
use crate::t;
use crate::text::error::{denied, message};
use crate::text::hardware as words;
use crate::widgets::{Button, Tone, empty_ui, icons, keep_clear_ui, loading_ui, separator_ui, text, tokens};

/// Of every machine whose page was opened.
#[derive(Default)]
pub(super) struct Hardware {
    machines: HashMap<MachineKey, Page>,
}

#[derive(Default)]
struct Page {
    /// The model's definition that the XML was asked for with: another one means that the XML is another.
    asked_for: Option<Arc<Definition>>,
    again: Again,
    parsed: Option<Parsed>,
    chosen: Option<Place>,
    query: String,
    draft: Draft,
    waiting: WaitingChanges,
    form: FormState,
    /// Once it was looked at.
    xml: Option<Box<XmlEditor>>,
    /// What its host has to offer, once it is known.
    host: Option<Arc<HostChoices>>,
    meanwhile: Meanwhile,
    stage: Stage,
    adding: Option<AddDialog>,
    /// The newest device is to be shown.
    is_new_wanted: bool,
    /// What is chosen is to be brought into sight in the list.
    is_chosen_wanted: bool,
    /// The first of what was found is to be shown.
    is_first_hit_wanted: bool,
    /// What gets the keyboard, once it is drawn: what had it is gone.
    focus: Option<Focus>,
    /// What the changes that were sent are called, in their order.
    sent: Vec<String>,
    /// Why the last edit was not made.
    failure: Option<String>,
}

/// What the keyboard can be given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Focus {
    /// What is chosen in the list.
    List,
    /// "Review changes".
    Bar,
    /// The first button of a page that took the place of the form.
    Page,
}

/// What is shown of a machine.
#[derive(Default)]
enum Stage {
    #[default]
    Form,
    Review,
    /// The edit is under way.
    Sent,
    Done(Arc<EditReport>),
}

/// The XML, taken apart once.
struct Parsed {
    source: Arc<DefinitionXml>,
    /// With the devices that are to come.
    domain: Document,
    /// Of the draft's devices and entries of lists that are in it.
    revision: (u64, u64),
    entries: Vec<Entry>,
}

/// The list beside the form.
const LIST_WIDTH: f32 = 264.0;
/// Less room than this: the list is a drop-down over the form.
const BESIDE: f32 = 640.0;

impl Hardware {
    pub(super) fn ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine) {
        let page = self.machines.entry(key.clone()).or_default();
        page.ask(ui, view, key, machine);
        let definition = view.answers.definitions.get(key);
        if let Some(Answer::Ready(source)) = definition
            && let Err(problem) = page.parse(source)
        {
            broken_ui(ui, &problem);
            return;
        }
        // What was read before stays until the newer one is there.
        if page.parsed.is_none() {
            let is_waiting = matches!(definition, Some(Answer::Waiting(_)));
            if !page.again.has_failed() {
                loading_ui(ui, &t!("hardware-loading"), "");
            } else if page.again.ui(ui, is_waiting) {
                page.read(view, key);
            }
            return;
        }
        page.take_result(view, key);
        page.form.is_running = machine.state.is_active();
        page.form.latest = machine.stats.latest;
        page.form.autostart = Autostart {
            is_on: machine.definition.autostart,
            is_session: page.host.as_ref().is_some_and(|host| host.is_session),
            denied: actions::check(view, key, Action::SetAutostart)
                .err()
                .map(|reason| denied(&reason)),
            wanted: None,
        };
        if let Some(parsed) = &page.parsed {
            page.form
                .files
                .take(ui.ctx(), view, key, &mut page.draft, &parsed.domain);
        }
        if let Some((xml, parsed)) = page.xml.as_mut().zip(page.parsed.as_ref()) {
            xml.take_result(view, key);
            xml.follow(&parsed.source);
        }
        if let Some(Answer::Ready(host)) = view.answers.choices.get(key) {
            page.host = Some(Arc::clone(host));
        }
        page.page_ui(ui, view, key, machine);
    }
}

impl Hardware {
    /// What waits for the next start; nothing where nothing does.
    pub(super) fn waiting_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine) {
        if !machine.state.is_active() {
            return;
        }
        let page = self.machines.entry(key.clone()).or_default();
        page.ask(ui, view, key, machine);
        let Some(Answer::Ready(source)) = view.answers.definitions.get(key) else {
            return;
        };
        // A text that cannot be read is told on the page itself.
        if page.parse(source).is_ok() {
            page.waiting.ui(ui, view, key, source.fingerprint);
        }
    }
}

fn broken_ui(ui: &mut Ui, problem: &str) {
    empty_ui(ui, icons::ERROR, &t!("hardware-unreadable"), problem, |_| {});
}

impl Page {
    /// Reads it anew whenever the machine was defined anew, and again what could not be read.
    fn ask(&mut self, ui: &Ui, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine) {
        let (definition, choices) = (view.answers.definitions.get(key), view.answers.choices.get(key));
        self.again.take(definition);
        let is_known = self
            .asked_for
            .as_ref()
            .is_some_and(|known| Arc::ptr_eq(known, &machine.definition));
        if !is_known || definition.is_none() {
            self.asked_for = Some(Arc::clone(&machine.definition));
            self.read(view, key);
            return;
        }
        let has_failed = matches!(definition, Some(Answer::Failed(_))) || matches!(choices, Some(Answer::Failed(_)));
        if has_failed && self.again.is_due(ui, view, key) {
            self.read(view, key);
        }
    }

    fn read(&mut self, view: &ViewContext<'_>, key: &MachineKey) {
        self.again.asked(view, key);
        view.send(Command::Machine(MachineCommand::ReadDefinition(key.clone())));
        view.send(Command::Machine(MachineCommand::ReadChoices(key.clone())));
    }

    fn take_result(&mut self, view: &ViewContext<'_>, key: &MachineKey) {
        if !matches!(self.stage, Stage::Sent) {
            return;
        }
        match view.answers.edits.get(key) {
            Some(Answer::Ready(report)) => {
                self.draft.clear();
                self.meanwhile.is_overtaken = false;
                self.failure = None;
                self.stage = Stage::Done(Arc::clone(report));
                self.focus = Some(Focus::Page);
            }
            Some(Answer::Failed(error)) => {
                self.failure = Some(message(error).to_lines());
                self.stage = Stage::Review;
                self.focus = Some(Focus::Page);
            }
            Some(Answer::Waiting(_)) | None => {}
        }
    }

    fn parse(&mut self, source: &Arc<DefinitionXml>) -> Result<(), String> {
        if self
            .parsed
            .as_ref()
            .is_some_and(|parsed| Arc::ptr_eq(&parsed.source, source) && parsed.revision == self.draft.revision())
        {
            return Ok(());
        }
        let mut domain = Document::parse_as(&source.inactive, "domain").map_err(|error| error.to_string())?;
        self.waiting.read(&domain, source.live.as_deref(), &entries(&domain));
        self.meanwhile.is_overtaken |= self.is_overtaken_by(source);
        self.draft.put_into(&mut domain);
        self.meanwhile.has_lost |= self.draft.forget_gone(&domain);
        let entries = entries(&domain);
        if std::mem::take(&mut self.is_new_wanted)
            && let Some(added) = self.draft.devices.added().last()
        {
            self.chosen = Some(Place::Device(added.scope.word, added.key.clone()));
            self.is_chosen_wanted = true;
            // The keyboard goes where something is to be typed.
            let missing = self.draft.missing(added).into_iter().next();
            self.form.wanted = missing.map(|property| words::terminal_name(added.scope, &added.key, property));
            if self.form.wanted.is_none() {
                self.focus = Some(Focus::List);
            }
        }
        let is_there = |place: &Place| entries.iter().any(|entry| entry.place == *place);
        if !self.chosen.as_ref().is_some_and(is_there) {
            self.chosen = None;
        }
        self.parsed = Some(Parsed {
            source: Arc::clone(source),
            domain,
            revision: self.draft.revision(),
            entries,
        });
        Ok(())
    }

    /// Is this another definition than the one that something was typed over? An edit of the page's own is awaited.
    fn is_overtaken_by(&self, source: &DefinitionXml) -> bool {
        let is_other = |parsed: &&Parsed| parsed.source.fingerprint != source.fingerprint;
        let overtaken = self.parsed.as_ref().filter(is_other);
        let has_draft = |parsed: &Parsed| self.draft.count(&parsed.domain) + self.draft.num_refused() > 0;
        !matches!(self.stage, Stage::Sent) && overtaken.is_some_and(has_draft)
    }

    fn chosen(&self) -> Place {
        self.chosen.clone().unwrap_or(Place::Part(Part::Overview))
    }

    fn page_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine) {
        let Some(parsed) = &self.parsed else { return };
        let is_escaped = is_escaped(ui, view);
        match &self.stage {
            Stage::Form => {}
            Stage::Done(report) => {
                let is_new = self.focus.take() == Some(Focus::Page);
                if review::report_ui(ui, report, &parsed.entries, &self.sent, is_new) || is_escaped {
                    self.stage = Stage::Form;
                    self.focus = Some(Focus::List);
                    ui.ctx().request_repaint();
                }
                return;
            }
            Stage::Review | Stage::Sent => {
                self.review_ui(ui, view, key, machine, is_escaped);
                return;
            }
        }
        let num_changes = self.draft.count(&parsed.domain);
        let num_refused = self.draft.num_refused();
        let is_form = self.chosen() != Place::Part(Part::Xml);
        let was_adding = self.adding.is_some();
        self.adding_ui(ui);
        // Out of a field the keyboard goes back to the list; what was typed stays.
        if is_escaped && !was_adding && ui.memory(|memory| memory.focused().is_none()) {
            self.focus = Some(Focus::List);
        }
        if is_form && num_changes + num_refused > 0 {
            // The page has no margin of its own below.
            let words = self.bar_words(num_changes, num_refused);
            let rows = bar_rows(ui, &words.1);
            let row = tokens::scaled(ui, tokens::CONTROL_HEIGHT) + tokens::SPACE;
            let height = rows as f32 * row + 2.0 * tokens::SPACE;
            let whole = ui.available_rect_before_wrap();
            keep_clear_ui(ui, height);
            let top = (whole.bottom() - height).max(whole.top());
            let bar = Rect::from_min_max(pos2(whole.left(), top), whole.max);
            let rest = Rect::from_min_max(whole.min, pos2(whole.right(), top - tokens::SPACE));
            ui.scope_builder(UiBuilder::new().max_rect(rest), |ui| {
                self.editor_ui(ui, view, key, machine);
            });
            ui.scope_builder(UiBuilder::new().max_rect(bar), |ui| {
                self.bar_ui(ui, words, num_refused, rows);
            });
        } else {
            if self.focus == Some(Focus::Bar) {
                self.focus = Some(Focus::List);
            }
            self.editor_ui(ui, view, key, machine);
        }
    }

    fn bar_words(&self, num_changes: usize, num_refused: usize) -> (Tone, String) {
        let num_missing = self.draft.num_missing();
        if num_refused > 0 {
            let words = t!("hardware-pending-refused", count = num_refused);
            (Tone::Attention, words)
        } else if num_missing > 0 {
            (Tone::Warning, t!("hardware-pending-missing", count = num_missing))
        } else {
            (Tone::Off, t!("hardware-pending", count = num_changes))
        }
    }

    /// What was typed so far, and what can be done with it. It comes after the form for Tab as it does for the eye.
    fn bar_ui(&mut self, ui: &mut Ui, (tone, words): (Tone, String), num_refused: usize, rows: usize) {
        separator_ui(ui);
        let words = if tone == Tone::Off {
            text::body(words)
        } else {
            text::toned(ui, tone, words)
        };
        let words_ui = |ui: &mut Ui| {
            let said = text::truncated_ui(ui, words);
            ui.ctx()
                .accesskit_node_builder(said.id, |node| node.set_live(Live::Polite));
        };
        match rows {
            1 => {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    self.bar_buttons_ui(ui, num_refused);
                    ui.with_layout(Layout::left_to_right(Align::Center), words_ui);
                });
            }
            2 => {
                words_ui(ui);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    self.bar_buttons_ui(ui, num_refused);
                });
            }
            _ => {
                words_ui(ui);
                self.bar_buttons_ui(ui, num_refused);
            }
        }
    }

    fn bar_buttons_ui(&mut self, ui: &mut Ui, num_refused: usize) {
        let denied = (num_refused + self.draft.num_missing() > 0).then(|| t!("hardware-review-refused"));
        let review = Button::primary(t!("hardware-review")).denied(denied).show(ui);
        if self.focus == Some(Focus::Bar) {
            self.focus = None;
            review.request_focus();
        }
        if review.clicked() {
            self.failure = None;
            self.stage = Stage::Review;
            self.focus = Some(Focus::Page);
            ui.ctx().request_repaint();
        }
        let discard = Button::secondary(t!("hardware-discard")).tooltip(t!("hardware-discard-text"));
        if discard.show(ui).clicked() {
            self.draft.clear();
            self.meanwhile.is_overtaken = false;
            self.form.forget_new();
            self.focus = Some(Focus::List);
            ui.ctx().request_repaint();
        }
    }

    fn review_ui(
        &mut self,
        ui: &mut Ui,
        view: &ViewContext<'_>,
        key: &MachineKey,
        machine: &Machine,
        is_escaped: bool,
    ) {
        let Some(parsed) = &self.parsed else { return };
        let is_waiting = matches!(self.stage, Stage::Sent);
        let review = Review {
            is_new: self.focus.take() == Some(Focus::Page),
            view,
            key,
            xml: &parsed.source.inactive,
            domain: &parsed.domain,
            entries: &parsed.entries,
            draft: &self.draft,
            host: self.host.as_deref(),
            is_running: machine.state.is_active(),
            is_waiting,
            failure: self.failure.as_deref(),
        };
        let asked = review.ui(ui, &mut self.meanwhile);
        match asked.or_else(|| (is_escaped && !is_waiting).then_some(Asked::Back)) {
            Some(Asked::Back) => {
                self.stage = Stage::Form;
                self.focus = Some(Focus::Bar);
                ui.ctx().request_repaint();
            }
            Some(Asked::Apply) => {
                let changes = self.draft.asked(&parsed.domain);
                self.sent = review::names(&changes, &self.draft, &parsed.entries);
                let request = EditRequest {
                    opened_on: Some(parsed.source.fingerprint),
                    changes,
                    images: self.draft.new_images(),
                    apply: Apply::Both,
                    is_dry_run: false,
                };
                view.send(Command::Machine(MachineCommand::Edit {
                    machine: key.clone(),
                    request: Box::new(request),
                }));
                self.stage = Stage::Sent;
            }
            None => {}
        }
    }

    /// What stands over the list and the form.
    fn above_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey) {
        if let Some(parsed) = &self.parsed {
            self.waiting.ui(ui, view, key, parsed.source.fingerprint);
        }
        self.meanwhile.ui(ui, "hardware-overtaken");
    }

    fn editor_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine) {
        let scale = tokens::text_scale(ui.ctx()).max(1.0);
        if ui.available_width() < BESIDE * scale {
            self.narrow_ui(ui, view, key, machine);
            return;
        }
        self.above_ui(ui, view, key);
        let whole = ui.available_rect_before_wrap();
        let left = whole.left() + LIST_WIDTH * scale;
        let list = Rect::from_min_max(whole.min, pos2(left, whole.bottom()));
        let form = Rect::from_min_max(pos2(left + tokens::SPACE_WIDE, whole.top()), whole.max);
        ui.scope_builder(UiBuilder::new().max_rect(list), |ui| self.list_ui(ui, view, key));
        ui.scope_builder(UiBuilder::new().max_rect(form), |ui| {
            self.form_ui(ui, view, key, machine);
        });
    }

    /// What is plugged into the host is read anew: it may have come since the page was opened.
    fn open_adding(&mut self, view: &ViewContext<'_>, key: &MachineKey) {
        self.adding = Some(AddDialog::default());
        view.send(Command::Machine(MachineCommand::ReadChoices(key.clone())));
    }

    /// Which ports of the host are free changes by the minute.
    fn ask_for_ports(&self, view: &ViewContext<'_>, key: &MachineKey) {
        if matches!(self.chosen, Some(Place::Device("interface", _))) {
            view.send(Command::Machine(MachineCommand::ReadChoices(key.clone())));
        }
    }

    /// The list of devices to add, while it is open.
    fn adding_ui(&mut self, ui: &Ui) {
        let (Some(dialog), Some(parsed)) = (&mut self.adding, &self.parsed) else {
            return;
        };
        let around = add::Around {
            domain: &parsed.domain,
            host: self.host.as_deref(),
        };
        match dialog.ui(ui.ctx(), &around) {
            add::Answer::Open => return,
            add::Answer::Closed => {}
            add::Answer::Chosen { scope, xmls } => {
                for xml in xmls {
                    self.draft.devices.add(scope, xml);
                }
                self.is_new_wanted = true;
            }
        }
        self.adding = None;
        ui.ctx().request_repaint();
    }

    fn form_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine) {
        let chosen = self.chosen();
        let Some(parsed) = &self.parsed else { return };
        if chosen == Place::Part(Part::Xml) {
            let new = || Box::new(XmlEditor::new(&parsed.source));
            let around = xml::Around {
                view,
                key,
                entries: &parsed.entries,
                host: self.host.as_deref(),
                is_running: machine.state.is_active(),
                has_draft: self.draft.count(&parsed.domain) > 0,
                is_escaped: is_escaped(ui, view),
            };
            self.xml.get_or_insert_with(new).ui(ui, &around);
            return;
        }
        if let Some(entry) = parsed.entries.iter().find(|entry| entry.place == chosen) {
            let host = self.host.as_deref();
            if let Place::Device("interface", _) = chosen {
                self.form.ports_of_others = ports_of_others(view, key);
            }
            form::ui(ui, &parsed.domain, entry, host, &mut self.draft, &mut self.form);
        }
        if let Some(is_on) = self.form.autostart.wanted.take() {
            let machine = key.clone();
            view.send(Command::Machine(MachineCommand::SetAutostart { machine, is_on }));
        }
        if let Some(place) = self.form.go_to.take() {
            self.chosen = Some(place);
            self.focus = Some(Focus::List);
        }
        let pressed = std::mem::take(&mut self.form.head);
        if pressed.is_changed {
            self.focus = Some(Focus::List);
        }
        if pressed.shows_xml {
            self.show_xml(&chosen);
        }
    }
}

impl Page {
    /// The editor of the whole text, at this device.
    fn show_xml(&mut self, place: &Place) {
        let (Some(parsed), Place::Device(word, key)) = (&self.parsed, place) else {
            return;
        };
        let new = || Box::new(XmlEditor::new(&parsed.source));
        self.xml.get_or_insert_with(new).show_device(word, key);
        self.chosen = Some(Place::Part(Part::Xml));
    }
}

/// Those that lead to other machines of the same host.
fn ports_of_others(view: &ViewContext<'_>, key: &MachineKey) -> BTreeSet<u16> {
    let machines = view.host(&key.uri).into_iter().flat_map(|host| host.machines.iter());
    let others = machines.filter(|machine| machine.id != key.id);
    let nics = others.flat_map(|machine| machine.definition.nics.iter());
    nics.flat_map(|nic| nic.forwards.iter().map(|forward| forward.host_port))
        .collect()
}

/// Escape was pressed on this page, and nothing lay over it.
fn is_escaped(ui: &Ui, view: &ViewContext<'_>) -> bool {
    view.overlay.is_none() && !Popup::is_any_open(ui.ctx()) && ui.input(|input| input.key_pressed(Key::Escape))
}

/// How many rows the bar needs for its words and buttons.
fn bar_rows(ui: &Ui, words: &str) -> usize {
    let button = |words: String| text::width(ui, text::strong(words)) + 2.0 * tokens::SPACE_WIDE;
    let buttons = button(t!("hardware-review")) + tokens::SPACE + button(t!("hardware-discard"));
    let words = text::width(ui, text::body(words));
    let room = ui.available_width();
    match () {
        () if words + tokens::SPACE_WIDE + buttons <= room => 1,
        () if buttons <= room => 2,
        () => 3,
    }
}
