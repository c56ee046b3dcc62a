//! Machines that other programs and people made: everything they have is shown, and every form changes what it says
//! and nothing else.

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use libvirt_backend::property::change::{Change, preview};
use libvirt_backend::property::derive::derive;
use libvirt_backend::property::edit::{DefinitionXml, Fingerprint};
use libvirt_backend::property::select::Setting;
use libvirt_backend::property::{Form, Kind, Property, Value};
use libvirt_backend::xml::Document;

use super::draft::{Draft, present};
use super::entry::{Entry, Part, Place, entries};
use super::tests::route;
use crate::route::MachineTab;
use crate::screens::fixtures;
use crate::screens::test_window::{Look, TestWindow, key, open};
use crate::state::Answer;

const LINUX: &str = include_str!("../../../../../libvirt-backend/tests/xml/virt-install-linux.xml");
const WINDOWS: &str = include_str!("../../../../../libvirt-backend/tests/xml/virt-install-windows.xml");
const GRAPHICS: &str = include_str!("../../../../../libvirt-backend/tests/xml/virt-install-graphics.xml");
const VIRT_MANAGER: &str = include_str!("../../../../../libvirt-backend/tests/xml/virt-manager.xml");
const BY_HAND: &str = include_str!("../../../../../libvirt-backend/tests/xml/by-hand.xml");

const DERIVED_OF: usize = 7;

fn parsed(text: &str) -> Document {
    Document::parse_as(text, "domain").expect("a machine's XML")
}

fn page(text: &str) -> Harness<'static, TestWindow> {
    let mut window = TestWindow::new(vec![fixtures::assorted()]);
    let definition = DefinitionXml {
        inactive: text.to_owned(),
        live: None,
        fingerprint: Fingerprint::of(text),
    };
    window
        .answers
        .definitions
        .insert(key(1), Answer::Ready(definition.into()));
    window.route = route(MachineTab::Hardware);
    // So high that nothing of the list has to be scrolled to.
    let mut harness = open(Look::sized(1_280.0, 3_200.0), window);
    harness.run();
    harness
}

/// Opens every form of the machine and unfolds it.
fn everything_is_shown(text: &str) {
    let domain = parsed(text);
    let entries = entries(&domain);
    let devices = domain.find_all(domain.root(), "devices");
    for device in devices.iter().flat_map(|devices| domain.elements(*devices)) {
        let is_listed = entries.iter().any(|entry| entry.element == device);
        assert!(
            is_listed || domain.name(device) == "emulator",
            "{} is not listed",
            domain.element_xml(device)
        );
    }
    let mut harness = page(text);
    for (index, entry) in entries.iter().enumerate() {
        assert!(!entry.summary.is_empty(), "{} says nothing of itself", entry.title);
        let same = entries.iter().take(index).filter(|other| other.title == entry.title);
        let button = harness
            .get_all_by_role_and_label(Role::Button, &entry.title)
            .nth(same.count())
            .expect("its line in the list");
        assert_eq!(
            button.accesskit_node().description().as_deref(),
            Some(entry.summary.as_str()),
            "{}",
            entry.title
        );
        button.click();
        harness.run_steps(3);
        let more = harness.query_by_label_contains("More settings (");
        if let Some(more) = more {
            more.click();
            harness.run_steps(3);
        }
        let problem = harness.query_all_by_role(Role::Alert).next();
        let problem = problem.and_then(|problem| problem.accesskit_node().label());
        assert_eq!(problem, None, "{}", entry.title);
        assert!(
            harness.query_by_label("Review changes").is_none() || entry.place == Place::Part(Part::Xml),
            "{} was changed by being looked at",
            entry.title
        );
    }
}

/// Another value that this setting may have, where there is one.
fn another(property: &Property, present: Option<&Value>) -> Option<String> {
    let choices: Vec<String> = match property.kind {
        Kind::Text(form) => {
            let texts = match form {
                Form::Lines => ["one\n<two> & three", "four"],
                Form::Line => ["a <b> & 'c' \"d\"", "plain"],
                Form::Name => ["first", "second"],
                Form::Uuid => [
                    "3b241101-e2bb-4255-8caf-4136c566a962",
                    "3b241101-e2bb-4255-8caf-4136c566a963",
                ],
                Form::Mac => ["52:54:00:12:34:56", "52:54:00:12:34:57"],
                Form::Path => ["/one & two", "/three"],
                Form::CpuSet => ["0-3,^2", "1"],
                Form::Hex => ["0x1af4", "0x8086"],
            };
            texts.map(str::to_owned).to_vec()
        }
        Kind::Integer(least, most) => [least.max(1), most].map(|number| number.to_string()).to_vec(),
        Kind::Size(_) => ["3MiB", "2GiB"].map(str::to_owned).to_vec(),
        Kind::YesNo | Kind::OnOff | Kind::Present => ["on", "off"].map(str::to_owned).to_vec(),
        Kind::Choice(known) | Kind::Each(known) => known.iter().map(|word| (*word).to_owned()).collect(),
    };
    let present = present.map(Value::to_string);
    choices.into_iter().find(|choice| Some(choice) != present.as_ref())
}

/// What a form can set, but for names that stand elsewhere too.
fn settings(entry: &Entry, domain: &Document) -> Vec<Setting> {
    let key = match &entry.place {
        Place::Part(_) => String::new(),
        Place::Device(_, key) => key.clone(),
    };
    let own = entry.scope.properties().map(|property| Setting {
        scope: entry.scope,
        key: key.clone(),
        property,
    });
    let own = own.filter(|setting| match &entry.place {
        Place::Part(part) => part.has(setting),
        Place::Device(..) => true,
    });
    let own = own.filter(|setting| !["name", "uuid"].contains(&setting.property.name) || !key.is_empty());
    // The kind of firmware stands for several settings.
    let own = own.filter(|setting| setting.property.name != "firmware");
    own.filter(|setting| setting.elements(domain).is_ok()).collect()
}

/// The text that differs, from both sides.
fn differing<'a>(before: &'a str, after: &'a str) -> (&'a str, &'a str) {
    let same = |pair: &(u8, u8)| pair.0 == pair.1;
    let head = before.bytes().zip(after.bytes()).take_while(same).count();
    let rest = before.len().min(after.len()) - head;
    let tail = before.bytes().rev().zip(after.bytes().rev()).take(rest);
    let tail = tail.take_while(same).count();
    let part = |text: &'a str| text.get(head..text.len() - tail).unwrap_or(text);
    (part(before), part(after))
}

/// A limit that is set switches on what it limits; another name is another device to who reads both texts.
fn goes_with(setting: &Setting, change: &Change) -> bool {
    let first = |name: &'static str| name.split('.').next().unwrap_or_default();
    match change {
        Change::Set { setting: other, .. } => {
            other.scope == setting.scope
                && other.key == setting.key
                && first(other.property.name) == first(setting.property.name)
        }
        Change::RemoveDevice { scope, key } => *scope == setting.scope && *key == setting.key,
        Change::AddDevice { xml } => {
            xml.starts_with(&format!("<{}", setting.scope.element.rsplit('/').next().unwrap()))
        }
        _ => false,
    }
}

/// What the text says of it; a device that is called otherwise by now is the only one that came.
fn read_back(made: &str, setting: &Setting, derived: &[Change]) -> Option<Value> {
    let came = derived.iter().find_map(|change| match change {
        Change::AddDevice { xml } => Document::parse(xml).ok(),
        _ => None,
    });
    if let Some(device) = came {
        return present(setting, &device, Some(device.root()));
    }
    let after = parsed(made);
    let element = setting
        .elements(&after)
        .ok()
        .and_then(|elements| elements.first().copied());
    present(setting, &after, element)
}

/// Sets each setting of each form as the window does.
fn every_form_changes_what_it_says_alone(text: &str) {
    let domain = parsed(text);
    let mut problems = Vec::new();
    let mut num_set = 0;
    for entry in entries(&domain) {
        for setting in settings(&entry, &domain) {
            let before = present(&setting, &domain, Some(entry.element));
            let typed = match (setting.scope.word, setting.property.name) {
                // A second one of a kind would be taken for the first.
                ("graphics", "type") => Some("dbus".to_owned()),
                _ => another(setting.property, before.as_ref()),
            };
            let Some(typed) = typed else { continue };
            let mut draft = Draft::default();
            draft.set(setting.clone(), typed.clone(), before.as_ref());
            let asked = draft.asked(&domain);
            let what = format!("{}: {setting} from {before:?} to {typed:?}", entry.title);
            let [Change::Set { value, .. }] = &asked[..] else {
                problems.push(format!("{what}: asks for {asked:?}, refused {}", draft.num_refused()));
                continue;
            };
            let made = match preview(text, &asked) {
                Ok(made) => made.xml,
                Err((_, problem)) => {
                    problems.push(format!("{what}: {problem}"));
                    continue;
                }
            };
            num_set += 1;
            // Both texts are compared whole for some of each form: it takes a while.
            if num_set % DERIVED_OF == 0 {
                let derived = derive(&domain, &parsed(&made));
                let is_alone = derived
                    .iter()
                    .all(|change| change == &asked[0] || goes_with(&setting, change));
                if !is_alone || read_back(&made, &setting, &derived) != *value {
                    problems.push(format!("{what}: made {derived:?} instead of {value:?}"));
                }
            }
            let (gone, come) = differing(text, &made);
            if gone.matches('<').count() > 2 || gone.len() > 200 {
                problems.push(format!("{what}: {gone:?} became {come:?}"));
            }
        }
    }
    assert!(
        problems.is_empty(),
        "{} of {num_set}:\n{}",
        problems.len(),
        problems.join("\n")
    );
    assert!(num_set > 300, "{num_set} settings");
}

#[test]
fn all_of_a_linux_machine_by_virt_install_is_shown() {
    everything_is_shown(LINUX);
}

#[test]
fn all_of_a_windows_machine_by_virt_install_is_shown() {
    everything_is_shown(WINDOWS);
}

#[test]
fn all_of_a_machine_with_much_graphics_is_shown() {
    everything_is_shown(GRAPHICS);
}

#[test]
fn all_of_a_machine_by_virt_manager_is_shown() {
    everything_is_shown(VIRT_MANAGER);
}

#[test]
fn all_of_a_machine_written_by_hand_is_shown() {
    everything_is_shown(BY_HAND);
}

#[test]
fn every_setting_of_every_form_changes_alone() {
    for text in [LINUX, WINDOWS, GRAPHICS, VIRT_MANAGER] {
        every_form_changes_what_it_says_alone(text);
    }
}

#[test]
fn every_setting_of_a_machine_written_by_hand_changes_alone() {
    every_form_changes_what_it_says_alone(BY_HAND);
}
