//! What would be changed, before it is: each setting with its old and new value, and the lines of XML. Afterwards:
//! what became of each.

use std::sync::Arc;

use egui::accesskit::Live;
use egui::{Align, FontSelection, Label, Ui, WidgetText};
use libvirt_backend::guard::Action;
use libvirt_backend::model::HostChoices;
use libvirt_backend::property::Scope;
use libvirt_backend::property::change::{Change, preview};
use libvirt_backend::property::edit::{Changed, EditReport, Fate};
use libvirt_backend::property::select::Setting;
use libvirt_backend::xml::Document;
use libvirt_backend::xml::diff::{DiffKind, DiffLine};

use super::device_head::{leaving_ui, note_ui, summary_ui};
use super::draft::{self, Draft};
use super::entry::{Entry, Place};
use super::firmware;
use super::head::{head_ui, take_focus};
use super::host_devices::newly_halved;
use super::meanwhile::Meanwhile;
use super::memory_devices;
use super::new_image;
use super::scroll::scroll_ui;
use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::screens::parts::actions;
use crate::t;
use crate::text::error::denied;
use crate::text::hardware as words;
use crate::text::setting::change_problem;
use crate::widgets::{Button, Palette, Tone, banner_ui, card_ui, icons, section_ui, spinner_ui, text, tokens};

/// What the user asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Back,
    Apply,
}

pub(super) struct Review<'a> {
    pub(super) view: &'a ViewContext<'a>,
    pub(super) key: &'a MachineKey,
    pub(super) xml: &'a str,
    pub(super) domain: &'a Document,
    pub(super) entries: &'a [Entry],
    pub(super) draft: &'a Draft,
    pub(super) host: Option<&'a HostChoices>,
    pub(super) is_running: bool,
    /// It was sent, and the answer is not there.
    pub(super) is_waiting: bool,
    /// Why it could not be applied.
    pub(super) failure: Option<&'a str>,
    /// It has just taken the place of the form.
    pub(super) is_new: bool,
}

/// What each is called afterwards, when the machine may not have it any more.
pub(super) fn names(changes: &[Change], draft: &Draft, entries: &[Entry]) -> Vec<String> {
    let title = |word: &str, key: &str| {
        let place = |entry: &&Entry| matches!(&entry.place, Place::Device(known, own) if *known == word && own == key);
        entries.iter().find(place).map(|entry| entry.title.clone())
    };
    // They come in the order of the draft.
    let mut added = draft.devices.added().iter();
    let name = |change: &Change| match change {
        Change::Set { setting, .. } => of_setting(entries, setting),
        Change::RemoveDevice { scope, key } => {
            let name = title(scope.word, key).or_else(|| of_list(entries, scope, key));
            t!("report-removed", name = name.unwrap_or_else(|| change.what()))
        }
        Change::AddEntry { scope, outer, .. } => {
            let name = of_list(entries, scope, &format!("{outer}.1"));
            t!("report-added", name = name.unwrap_or_else(|| change.what()))
        }
        Change::AddDevice { .. } => {
            let added = added.next();
            let name = added.and_then(|added| title(added.scope.word, &added.key));
            t!("report-added", name = name.unwrap_or_else(|| change.what()))
        }
        Change::Note(note) => words::note(note.what()).unwrap_or_else(|| change.what()),
        Change::ReplaceXml(_) => change.what(),
    };
    changes.iter().map(name).collect()
}

/// "Disk vda › Cache"; of an entry of a list "Processors › Features, one by one › vmx".
pub(super) fn of_setting(entries: &[Entry], setting: &Setting) -> String {
    let entry = entries.iter().find(|entry| entry.place.has(setting));
    let label = words::label(setting.scope, setting.property).unwrap_or_else(|| setting.to_string());
    let list = setting.scope.groups.first().filter(|_| setting.scope.is_list());
    let label = match list.map(words::group) {
        Some(list) if setting.property.name.is_empty() => format!("{list} › {}", setting.key),
        Some(list) => format!("{list} › {} › {label}", setting.key),
        None => label,
    };
    match entry {
        Some(entry) => format!("{} › {label}", entry.title),
        None => label,
    }
}

/// "Network card › Port forwards". `None`: it is no list inside a device.
pub(super) fn of_list(entries: &[Entry], scope: &Scope, key: &str) -> Option<String> {
    let device = scope.device_of(key)?;
    let entry = entries.iter().find(|entry| match &entry.place {
        Place::Device(word, own) => own == device && scope.element.starts_with(&format!("devices/{word}/")),
        Place::Part(_) => false,
    })?;
    let list = words::group(scope.groups.first()?);
    Some(format!("{} › {list}", entry.title))
}

impl Review<'_> {
    pub(super) fn ui(&self, ui: &mut Ui, meanwhile: &mut Meanwhile) -> Option<Asked> {
        let changes = self.draft.changes(self.domain);
        let asked_for = self.draft.asked(self.domain);
        let made = preview(self.xml, &asked_for);
        let problem = match &made {
            Err((_, problem)) => Some(change_problem(problem)),
            Ok(preview) => self.host.and_then(|host| newly_halved(host, self.xml, &preview.xml)),
        };
        // Somebody else has made the same change meanwhile.
        let is_nothing = asked_for.is_empty() && !self.is_waiting;
        let flaw = problem.as_ref().map(|_| t!("hardware-review-broken"));
        let flaw = flaw.or_else(|| is_nothing.then(|| t!("hardware-review-nothing")));
        let asked = self.head_ui(ui, self.refusal(flaw));
        // Below the buttons: none moves away under the pointer when the banner comes.
        meanwhile.ui(ui, "hardware-overtaken-review");
        if let Some(words) = self.failure {
            banner_ui(ui, Tone::Attention, words, None);
        }
        if let Some(words) = &problem {
            banner_ui(ui, Tone::Attention, words, None);
        }
        let explanation = if self.is_running {
            "hardware-review-running"
        } else {
            "hardware-review-off"
        };
        ui.add(Label::new(text::quiet(ui, t!(explanation))).wrap());
        ui.add_space(tokens::SPACE_TIGHT);
        scroll_ui(ui, "hardware review", |ui| {
            if !changes.is_empty() {
                card_ui(ui, |ui| {
                    for change in &changes {
                        self.change_ui(ui, change);
                    }
                });
                ui.add_space(tokens::SPACE);
            }
            firmware::notes_ui(ui, self.domain, self.draft);
            for image in self.draft.new_images() {
                note_ui(ui, icons::INFO, Tone::Off, &new_image::said(&image));
            }
            for note in memory_devices::needs(self.domain, self.draft) {
                note_ui(ui, icons::INFO, Tone::Off, &note);
            }
            self.devices_ui(ui);
            self.rows_ui(ui);
            if is_nothing {
                ui.label(text::quiet(ui, t!("hardware-review-nothing")));
            } else if let Ok(preview) = &made {
                section_ui(ui, &t!("hardware-review-xml"));
                diff_ui(ui, &preview.diff);
            }
            ui.add_space(tokens::SPACE_WIDE);
        });
        asked
    }

    /// Why it cannot be applied.
    fn refusal(&self, flaw: Option<String>) -> Option<String> {
        let refusal = actions::check(self.view, self.key, Action::Edit).err();
        let refusal = refusal.map(|reason| denied(&reason)).or(flaw);
        refusal.or_else(|| self.is_waiting.then(|| t!("hardware-applying")))
    }

    fn head_ui(&self, ui: &mut Ui, refusal: Option<String>) -> Option<Asked> {
        let mut asked = None;
        let title = t!("hardware-review-title", count = self.draft.count(self.domain));
        let (words, back) = (t!("hardware-apply"), t!("hardware-review-back"));
        head_ui(ui, &title, &[&words, &back], |ui| {
            let is_ready = refusal.is_none();
            let apply = Button::primary(words.as_str()).icon(icons::CHECK).denied(refusal);
            let apply = apply.show(ui);
            take_focus(&apply, self.is_new && is_ready);
            if apply.clicked() {
                asked = Some(Asked::Apply);
            }
            let back = Button::secondary(back.as_str()).icon(icons::BACK).show(ui);
            take_focus(&back, self.is_new && !is_ready);
            if back.clicked() {
                asked = Some(Asked::Back);
            }
            if self.is_waiting {
                spinner_ui(ui, tokens::ICON, &t!("hardware-applying"));
            }
        });
        asked
    }

    /// Those that come, and those that go with what that will do.
    fn devices_ui(&self, ui: &mut Ui) {
        for entry in self.entries {
            let Place::Device(word, key) = &entry.place else {
                continue;
            };
            if self.draft.devices.is_added(word, key) {
                card_ui(ui, |ui| {
                    ui.horizontal_wrapped(|ui| {
                        let color = Palette::of(ui).running;
                        ui.label(icons::icon_text(
                            icons::ADD,
                            tokens::ICON * tokens::text_scale(ui.ctx()),
                            color,
                        ));
                        ui.label(text::strong(&entry.title));
                        ui.label(text::quiet(ui, t!("review-added")));
                        ui.label(text::quiet(ui, self.draft.summary(entry)));
                    });
                });
                ui.add_space(tokens::SPACE);
            } else if self.draft.devices.is_removed(word, key) {
                ui.horizontal_wrapped(|ui| {
                    ui.label(text::strong(&entry.title));
                    ui.label(text::quiet(ui, t!("review-removed")));
                });
                leaving_ui(ui, self.domain, self.draft, (*word, entry.element), self.is_running);
            }
        }
    }

    /// Entries of lists that come and go.
    fn rows_ui(&self, ui: &mut Ui) {
        let rows = self.draft.rows_said(self.domain);
        if rows.is_empty() {
            return;
        }
        card_ui(ui, |ui| {
            for (scope, key, is_added, said) in rows {
                ui.horizontal_wrapped(|ui| {
                    let name = of_list(self.entries, scope, &key);
                    ui.label(text::strong(name.unwrap_or(key)));
                    let fate = if is_added {
                        t!("review-added")
                    } else {
                        t!("review-removed")
                    };
                    ui.label(text::quiet(ui, fate));
                    ui.label(text::body(said));
                });
            }
        });
        ui.add_space(tokens::SPACE);
    }

    fn change_ui(&self, ui: &mut Ui, change: &draft::Change<'_>) {
        let (scope, property) = (change.setting.scope, change.setting.property);
        ui.horizontal_wrapped(|ui| {
            ui.label(text::strong(of_setting(self.entries, change.setting)));
            ui.label(text::quiet(ui, words::value(scope, property, change.before.as_ref())));
            let color = Palette::of(ui).text_weak;
            let side = tokens::ICON_SMALL * tokens::text_scale(ui.ctx());
            ui.label(icons::icon_text(icons::CHEVRON_RIGHT, side, color));
            ui.label(text::body(words::value(scope, property, change.after.as_ref())));
        });
    }
}

/// Lines that go and come, marked by sign and colour.
pub(in crate::screens::machine) fn diff_ui(ui: &mut Ui, lines: &[DiffLine]) {
    let palette = Palette::of(ui);
    card_ui(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut last = 0;
        for line in lines {
            // Lines were left out between.
            if line.old_line > last + 1 {
                ui.label(text::mono("⋯").color(palette.text_weak));
            }
            last = line.old_line;
            let color = match line.kind {
                DiffKind::Kept => palette.text_secondary,
                DiffKind::Removed => palette.attention,
                DiffKind::Added => palette.running,
            };
            let words = text::mono(format!("{} {}", line.sign(), line.text)).color(color);
            // A long value is cut anywhere rather than moved to a line of its own.
            let mut job = WidgetText::from(words).into_layout_job(ui.style(), FontSelection::Default, Align::Min);
            Arc::make_mut(&mut job).wrap.break_anywhere = true;
            ui.add(Label::new(job).wrap().selectable(true));
        }
    });
}

/// What became of each. True when the user has read it. `names`: what the changes that were sent are called.
pub(super) fn report_ui(ui: &mut Ui, report: &EditReport, entries: &[Entry], names: &[String], is_new: bool) -> bool {
    let done = t!("hardware-report-ok");
    let is_read = head_ui(ui, &t!("hardware-report-title"), &[&done], |ui| {
        let done = Button::primary(done.as_str()).show(ui);
        take_focus(&done, is_new);
        done.clicked()
    });
    outcome_ui(ui, report, entries, names);
    is_read
}

/// How many came true, wait, and did not: read aloud as soon as it is known.
fn sum(report: &EditReport) -> String {
    let count = |is_meant: fn(&Fate) -> bool| report.changes.iter().filter(|changed| is_meant(&changed.fate)).count();
    let is_done = |fate: &Fate| matches!(fate, Fate::Applied | Fate::UntilItStops | Fate::Unchanged);
    let is_later = |fate: &Fate| {
        matches!(
            fate,
            Fate::AtNextStart { .. } | Fate::WaitsForGuest { .. } | Fate::KeptByGuest { .. } | Fate::WouldChange
        )
    };
    let is_other = |fate: &Fate| matches!(fate, Fate::Ignored { .. } | Fate::Differs { .. } | Fate::Refused { .. });
    let parts = [
        (count(is_done), "report-sum-done"),
        (count(is_later), "report-sum-later"),
        (count(is_other), "report-sum-other"),
    ];
    let told = parts.iter().filter(|(count, _)| *count > 0);
    let told: Vec<String> = told
        .map(|(count, key)| crate::text::get(key, &[("count", (*count).into())]))
        .collect();
    told.join(" · ")
}

/// Change by change.
pub(super) fn outcome_ui(ui: &mut Ui, report: &EditReport, entries: &[Entry], names: &[String]) {
    let said = ui.add(Label::new(text::quiet(ui, sum(report))).wrap());
    ui.ctx()
        .accesskit_node_builder(said.id, |node| node.set_live(Live::Polite));
    ui.add_space(tokens::SPACE_TIGHT);
    scroll_ui(ui, "hardware report", |ui| {
        card_ui(ui, |ui| {
            let is_same = names.len() == report.changes.len();
            for (index, changed) in report.changes.iter().enumerate() {
                let name = names.get(index).filter(|_| is_same).cloned();
                let name = name.unwrap_or_else(|| of_change(entries, changed));
                changed_ui(ui, changed, &name);
            }
        });
        if let Some(path) = &report.kept_variables {
            note_ui(ui, icons::INFO, Tone::Off, &t!("firmware-kept", path = path.as_str()));
        }
        if !report.adjusted.is_empty() {
            ui.add_space(tokens::SPACE);
            section_ui(ui, &t!("hardware-report-adjusted"));
            summary_ui(ui, &t!("hardware-report-adjusted-text"));
            diff_ui(ui, &report.adjusted);
        }
        ui.add_space(tokens::SPACE_WIDE);
    });
}

fn of_change(entries: &[Entry], changed: &Changed) -> String {
    let named = Setting::parse(&changed.what)
        .map(|setting| of_setting(entries, &setting))
        .ok();
    named
        .or_else(|| words::note(&changed.what))
        .unwrap_or_else(|| changed.what.clone())
}

fn changed_ui(ui: &mut Ui, changed: &Changed, name: &str) {
    let (tone, icon, words) = fate(&changed.fate);
    ui.horizontal_wrapped(|ui| {
        let color = Palette::of(ui).tone(tone);
        ui.label(icons::icon_text(
            icon,
            tokens::ICON * tokens::text_scale(ui.ctx()),
            color,
        ));
        ui.label(text::strong(name));
        ui.label(text::toned(ui, tone, words));
    });
}

/// In the user's words.
pub(super) fn fate(fate: &Fate) -> (Tone, icons::Icon, String) {
    let found = |found: &Option<String>| found.clone().unwrap_or_else(|| t!("field-default"));
    match fate {
        Fate::Unchanged => (Tone::Off, icons::CHECK, t!("hardware-fate-unchanged")),
        Fate::WouldChange => (Tone::Off, icons::INFO, t!("hardware-fate-would")),
        Fate::Applied => (Tone::Running, icons::DONE, t!("hardware-fate-applied")),
        Fate::UntilItStops => (Tone::Running, icons::DONE, t!("hardware-fate-until-it-stops")),
        Fate::AtNextStart { refusal: None } => (Tone::Paused, icons::PENDING, t!("hardware-fate-next-start")),
        Fate::AtNextStart { refusal: Some(why) } => (
            Tone::Paused,
            icons::PENDING,
            t!("hardware-fate-next-start-because", why = words::refusal(why)),
        ),
        Fate::WaitsForGuest { .. } => (Tone::Paused, icons::PENDING, t!("hardware-fate-waits-for-guest")),
        Fate::KeptByGuest { answer, at_next_start } => (
            Tone::Paused,
            icons::PENDING,
            words::kept_by_guest(*answer, *at_next_start),
        ),
        Fate::Ignored { .. } => (Tone::Warning, icons::WARNING, t!("hardware-fate-ignored")),
        Fate::Differs { found: value } => (
            Tone::Warning,
            icons::WARNING,
            t!("hardware-fate-differs", value = found(value)),
        ),
        Fate::Refused { words } => (
            Tone::Attention,
            icons::ERROR,
            t!("hardware-fate-refused", why = words::refusal(words)),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_lists_are_told_apart_by_their_keys() {
        let told = |name: &str| of_setting(&[], &Setting::parse(name).unwrap());
        assert_eq!(told("clock.timer.hpet.present"), "Timers › hpet › Offered to the guest");
        assert_eq!(told("cpu.feature.vmx"), "Features, one by one › vmx");
        assert_eq!(told("disk.vda.cache"), "Cache");
    }
}
