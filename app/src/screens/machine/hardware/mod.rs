//! What a machine is made of: its parts and devices at the left, the form of one at the right.
//!
//! The forms are made from the backend's list of settings, so every setting that there is can be found here. What was
//! typed stays until it is applied or thrown away, whatever page is looked at meanwhile.

mod add;
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
mod forwards;
#[cfg(test)]
mod forwards_tests;
mod host_devices;
mod host_offers;
mod inner_lists;
mod leaving;
mod memory_devices;
#[cfg(test)]
mod numbers;
#[cfg(test)]
mod offer_tests;
mod offers;
#[cfg(test)]
mod others_tests;
mod processors;
mod review;
#[cfg(test)]
mod room_tests;
mod root_ports;
mod rows;
mod search;
mod summary;
#[cfg(test)]
mod tests;
mod waiting;
#[cfg(test)]
mod waiting_tests;
mod xml;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use egui::{Align, Id, Layout, Rect, Role, ScrollArea, Ui, UiBuilder, pos2};
use libvirt_backend::model::{Definition, HostChoices, Machine};
use libvirt_backend::property::edit::{Apply, DefinitionXml, EditReport, EditRequest};
use libvirt_backend::xml::Document;

use self::add::AddDialog;
use self::draft::Draft;
use self::entry::{Entry, Part, Place, entries};
use self::form::FormState;
pub(super) use self::review::diff_ui;
use self::review::{Asked, Review};
use self::waiting::WaitingChanges;
use self::xml::XmlEditor;
use crate::command::{Command, MachineCommand};
use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::state::Answer;
use crate::t;
use crate::text::error::message;
use crate::widgets::{
    Button, Failure, SidebarItem, Tone, banner_ui, combo_ui, empty_ui, error_ui, icons, loading_ui, search_ui,
    separator_ui, sidebar_header_ui, text, tokens,
};

/// Of every machine whose page was opened.
#[derive(Default)]
pub(super) struct Hardware {
    machines: HashMap<MachineKey, Page>,
}

#[derive(Default)]
struct Page {
    /// The model's definition that the XML was asked for with: another one means that the XML is another.
    asked_for: Option<Arc<Definition>>,
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
    /// Something that was typed was of a device that is gone.
    has_lost: bool,
    /// The machine was changed while something that was typed was not applied.
    is_overtaken: bool,
    stage: Stage,
    adding: Option<AddDialog>,
    /// The newest device is to be shown.
    is_new_wanted: bool,
    /// What the changes that were sent are called, in their order.
    sent: Vec<String>,
    /// Why the last edit was not made.
    failure: Option<String>,
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
        page.ask(view, key, machine);
        match view.answers.definitions.get(key) {
            Some(Answer::Ready(source)) => {
                if let Err(problem) = page.parse(source) {
                    broken_ui(ui, &problem);
                    return;
                }
            }
            Some(Answer::Failed(error)) if page.parsed.is_none() => {
                let message = message(error);
                let failure = Failure {
                    what: &message.what,
                    words: message.own_words.as_deref().unwrap_or_default(),
                    advice: message.todo.as_deref().unwrap_or_default(),
                };
                error_ui(ui, &failure, |_| {});
                return;
            }
            // What was read before stays until the newer one is there.
            _ => {}
        }
        if page.parsed.is_none() {
            loading_ui(ui, &t!("hardware-loading"), "");
            return;
        }
        page.take_result(view, key);
        page.form.is_running = machine.state.is_active();
        page.form.latest = machine.stats.latest;
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
        page.ask(view, key, machine);
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
    /// Reads it anew whenever the machine was defined anew.
    fn ask(&mut self, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine) {
        let is_known = self
            .asked_for
            .as_ref()
            .is_some_and(|known| Arc::ptr_eq(known, &machine.definition));
        if is_known && view.answers.definitions.contains_key(key) {
            return;
        }
        self.asked_for = Some(Arc::clone(&machine.definition));
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
                self.is_overtaken = false;
                self.failure = None;
                self.stage = Stage::Done(Arc::clone(report));
            }
            Some(Answer::Failed(error)) => {
                self.failure = Some(message(error).to_lines());
                self.stage = Stage::Review;
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
        self.is_overtaken |= self.is_overtaken_by(source);
        self.draft.put_into(&mut domain);
        self.has_lost |= self.draft.forget_gone(&domain);
        let entries = entries(&domain);
        if std::mem::take(&mut self.is_new_wanted)
            && let Some(added) = self.draft.devices.added().last()
        {
            self.chosen = Some(Place::Device(added.scope.word, added.key.clone()));
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
        match &self.stage {
            Stage::Form => {}
            Stage::Done(report) => {
                if review::report_ui(ui, report, &parsed.entries, &self.sent) {
                    self.stage = Stage::Form;
                }
                return;
            }
            Stage::Review | Stage::Sent => {
                self.meanwhile_ui(ui);
                self.review_ui(ui, view, key, machine);
                return;
            }
        }
        let num_changes = self.draft.count(&parsed.domain);
        let num_refused = self.draft.num_refused();
        let is_form = self.chosen() != Place::Part(Part::Xml);
        self.adding_ui(ui);
        if is_form && num_changes + num_refused > 0 {
            // The page has no margin of its own below.
            let height = tokens::scaled(ui, tokens::CONTROL_HEIGHT) + 3.0 * tokens::SPACE;
            let whole = ui.available_rect_before_wrap();
            let top = (whole.bottom() - height).max(whole.top());
            let bar = Rect::from_min_max(pos2(whole.left(), top), whole.max);
            let rest = Rect::from_min_max(whole.min, pos2(whole.right(), top - tokens::SPACE));
            ui.scope_builder(UiBuilder::new().max_rect(bar), |ui| {
                self.bar_ui(ui, num_changes, num_refused);
            });
            ui.scope_builder(UiBuilder::new().max_rect(rest), |ui| {
                self.editor_ui(ui, view, key, machine);
            });
        } else {
            self.editor_ui(ui, view, key, machine);
        }
    }

    /// What was typed so far, and what can be done with it.
    fn bar_ui(&mut self, ui: &mut Ui, num_changes: usize, num_refused: usize) {
        separator_ui(ui);
        ui.horizontal(|ui| {
            let num_missing = self.draft.num_missing();
            let words = if num_refused > 0 {
                text::toned(ui, Tone::Attention, t!("hardware-pending-refused", count = num_refused))
            } else if num_missing > 0 {
                text::toned(ui, Tone::Warning, t!("hardware-pending-missing", count = num_missing))
            } else {
                text::body(t!("hardware-pending", count = num_changes))
            };
            text::truncated_ui(ui, words);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let denied = (num_refused + num_missing > 0).then(|| t!("hardware-review-refused"));
                let review = Button::primary(t!("hardware-review")).denied(denied);
                if review.show(ui).clicked() {
                    self.failure = None;
                    self.stage = Stage::Review;
                }
                if Button::secondary(t!("hardware-discard")).show(ui).clicked() {
                    self.draft.clear();
                    self.is_overtaken = false;
                    self.form.forget_new();
                }
            });
        });
    }

    fn review_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine) {
        let Some(parsed) = &self.parsed else { return };
        let review = Review {
            view,
            key,
            xml: &parsed.source.inactive,
            domain: &parsed.domain,
            entries: &parsed.entries,
            draft: &self.draft,
            host: self.host.as_deref(),
            is_running: machine.state.is_active(),
            is_waiting: matches!(self.stage, Stage::Sent),
            failure: self.failure.as_deref(),
        };
        match review.ui(ui) {
            Some(Asked::Back) => self.stage = Stage::Form,
            Some(Asked::Apply) => {
                let changes = self.draft.asked(&parsed.domain);
                self.sent = review::names(&changes, &self.draft, &parsed.entries);
                let request = EditRequest {
                    opened_on: Some(parsed.source.fingerprint),
                    changes,
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

    fn editor_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine) {
        if let Some(parsed) = &self.parsed {
            self.waiting.ui(ui, view, key, parsed.source.fingerprint);
        }
        self.meanwhile_ui(ui);
        let scale = tokens::text_scale(ui.ctx()).max(1.0);
        let whole = ui.available_rect_before_wrap();
        if whole.width() < BESIDE * scale {
            self.narrow_ui(ui, view, key, machine);
            return;
        }
        let left = whole.left() + LIST_WIDTH * scale;
        let list = Rect::from_min_max(whole.min, pos2(left, whole.bottom()));
        let form = Rect::from_min_max(pos2(left + tokens::SPACE_WIDE, whole.top()), whole.max);
        ui.scope_builder(UiBuilder::new().max_rect(list), |ui| self.list_ui(ui, view, key));
        ui.scope_builder(UiBuilder::new().max_rect(form), |ui| {
            self.form_ui(ui, view, key, machine);
        });
    }

    /// What somebody else did to what was typed.
    fn meanwhile_ui(&mut self, ui: &mut Ui) {
        let read = t!("hardware-lost-ok");
        if self.has_lost && banner_ui(ui, Tone::Warning, &t!("hardware-lost"), Some(&read)) {
            self.has_lost = false;
        }
        if self.is_overtaken && banner_ui(ui, Tone::Warning, &t!("hardware-overtaken"), Some(&read)) {
            self.is_overtaken = false;
        }
    }

    fn search_ui(&mut self, ui: &mut Ui, key: &MachineKey) {
        let id = Id::unique(("hardware search", &key.uri, key.id));
        let width = ui.available_width();
        search_ui(
            ui,
            id,
            &mut self.query,
            &t!("hardware-search"),
            &t!("hardware-search-clear"),
            width,
        );
        ui.add_space(tokens::SPACE_TIGHT);
    }

    /// True while something is searched for.
    fn hits_ui(&mut self, ui: &mut Ui) -> bool {
        if self.query.trim().is_empty() {
            return false;
        }
        let Some(parsed) = &self.parsed else { return false };
        let hits = search::find(&parsed.entries, &self.query);
        if let Some(hit) = search::ui(ui, &hits) {
            if !hit.is_common() {
                self.form.open.insert(hit.place.clone());
            }
            self.form.found = Some(hit.setting.clone());
            self.form.wanted = Some(hit.setting);
            self.chosen = Some(hit.place);
        }
        true
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

    fn list_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey) {
        self.search_ui(ui, key);
        if self.hits_ui(ui) {
            return;
        }
        if add::button_ui(ui) {
            self.open_adding(view, key);
        }
        let Some(parsed) = &self.parsed else { return };
        let chosen = self.chosen();
        let mut picked = None;
        let list = UiBuilder::new()
            .accessibility_role(Role::List)
            .accessibility_label(t!("hardware-list"));
        ui.scope_builder(list, |ui| {
            ScrollArea::vertical()
                .id_salt("hardware list")
                .auto_shrink(false)
                .show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = 0.0;
                    sidebar_header_ui(ui, &t!("hardware-machine"));
                    let mut is_device = false;
                    for entry in &parsed.entries {
                        if !is_device && matches!(entry.place, Place::Device(..)) {
                            is_device = true;
                            sidebar_header_ui(ui, &t!("hardware-devices"));
                        }
                        let item = SidebarItem::new(entry.icon, entry.title.as_str()).selected(entry.place == chosen);
                        let is_text = entry.place == Place::Part(Part::Xml);
                        let is_typed = is_text && self.xml.as_ref().is_some_and(|xml| xml.is_touched());
                        let (tone, note) = tone_and_note(&self.draft, entry, &parsed.domain);
                        let item = match tone.or_else(|| is_typed.then_some(Tone::Accent)) {
                            Some(tone) => item.note(note).status(tone),
                            None => item.note(note),
                        };
                        if ui.add(item).clicked() {
                            picked = Some(entry.place.clone());
                        }
                    }
                });
        });
        if picked.is_some() {
            self.form.found = None;
            self.chosen = picked;
            self.ask_for_ports(view, key);
        }
    }

    fn narrow_ui(&mut self, ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine) {
        self.search_ui(ui, key);
        if !self.query.trim().is_empty() {
            let before = self.chosen.clone();
            let wanted = self.form.wanted.clone();
            self.hits_ui(ui);
            if self.chosen != before || self.form.wanted != wanted {
                self.query.clear();
            }
            return;
        }
        let Some(parsed) = &self.parsed else { return };
        let texts: Vec<(usize, &str)> = parsed
            .entries
            .iter()
            .map(|entry| entry.title.as_str())
            .enumerate()
            .collect();
        let chosen = self.chosen();
        let mut index = parsed
            .entries
            .iter()
            .position(|entry| entry.place == chosen)
            .unwrap_or(0);
        if combo_ui(ui, "hardware entry", &t!("hardware-list"), &mut index, &texts) {
            self.chosen = parsed.entries.get(index).map(|entry| entry.place.clone());
            self.ask_for_ports(view, key);
        }
        if add::button_ui(ui) {
            self.open_adding(view, key);
        }
        self.form_ui(ui, view, key, machine);
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
                is_running: machine.state.is_active(),
                has_draft: self.draft.count(&parsed.domain) > 0,
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
        if let Some(place) = self.form.go_to.take() {
            self.chosen = Some(place);
        }
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

/// What is meant to become of it, and what it is.
fn tone_and_note<'a>(draft: &Draft, entry: &'a Entry, domain: &Document) -> (Option<Tone>, Cow<'a, str>) {
    let summary = Cow::Borrowed(entry.summary.as_str());
    if let Place::Device(word, key) = &entry.place {
        if draft.devices.is_removed(word, key) {
            return (Some(Tone::Attention), t!("remove-note").into());
        }
        if draft.devices.is_added(word, key) {
            let parts = [t!("add-new-note"), draft.summary(entry)];
            let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            return (Some(Tone::Running), parts.join(" · ").into());
        }
    }
    let has_rows = matches!(&entry.place, Place::Device(word, key) if draft.rows.is_touched(word, key));
    let is_touched = has_rows || draft.is_touched(domain, |setting| entry.place.has(setting));
    (is_touched.then_some(Tone::Accent), summary)
}
