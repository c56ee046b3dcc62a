//! Every form that there is, in both languages: a machine with one of each kind of device, and every field found by
//! its role and its name.

use std::collections::BTreeSet;

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use libvirt_backend::property::change::Change;
use libvirt_backend::property::{Form, Kind, Property};
use libvirt_backend::xml::Document;

use super::draft::Draft;
use super::entry::{Entry, Part, Place, entries};
use super::form::{self, FormState, READ_ONLY};
use super::offers::OFFERS;
use crate::screens::fixtures;
use crate::settings::Language;
use crate::text;
use crate::text::hardware as words;
use crate::widgets::ThemeChoice;
use crate::widgets::testing::install_fixed_look;

/// Everything that can be used, read or chosen must say what it is.
const USABLE: [Role; 15] = [
    Role::Button,
    Role::CheckBox,
    Role::ComboBox,
    Role::Link,
    Role::ListBoxOption,
    Role::ListItem,
    Role::MenuItem,
    Role::MultilineTextInput,
    Role::PasswordInput,
    Role::RadioButton,
    Role::RadioGroup,
    Role::SearchInput,
    Role::Slider,
    Role::Switch,
    Role::TextInput,
];

/// A machine with one more of everything that "Add device…" has.
fn everything() -> Document {
    let mut domain = Document::parse_as(&fixtures::hardware().inactive, "domain").expect("the machine");
    for offer in OFFERS {
        let xml = offer.make(&domain).expect("a kind").expect("a device");
        let change = Change::AddDevice { xml };
        change.make(&mut domain).expect("a place for it");
    }
    domain
}

struct Page {
    domain: Document,
    entry: usize,
    draft: Draft,
    state: FormState,
}

/// The form of each entry, with everything open.
fn each_form(mut look: impl FnMut(&Entry, &Harness<'_, Page>)) {
    for language in [Language::English, Language::SimplifiedChinese] {
        text::use_language(Some(language));
        let domain = everything();
        let count = entries(&domain).len();
        let mut state = FormState::default();
        state.is_running = true;
        state.open.extend(entries(&domain).into_iter().map(|entry| entry.place));
        let page = Page {
            domain,
            entry: 0,
            draft: Draft::default(),
            state,
        };
        let host = fixtures::host_choices();
        let mut harness = Harness::builder()
            .with_size(egui::vec2(1_000.0, 6_000.0))
            .allow_missing_glyphs()
            .with_context_setup(|ctx| install_fixed_look(ctx, ThemeChoice::Dark))
            .build_ui_state(
                move |ui, page: &mut Page| {
                    let Page {
                        domain, draft, state, ..
                    } = page;
                    let entries = entries(domain);
                    form::ui(ui, domain, &entries[page.entry], Some(&host), draft, state);
                },
                page,
            );
        for index in 0..count {
            harness.state_mut().entry = index;
            harness.run_steps(2);
            let page = harness.state();
            look(&entries(&page.domain)[index], &harness);
        }
    }
    text::use_language(Some(Language::English));
}

fn role(property: &Property) -> Role {
    match property.kind {
        Kind::Present => Role::Switch,
        Kind::YesNo | Kind::OnOff => Role::RadioGroup,
        Kind::Choice(_) => Role::ComboBox,
        Kind::Text(Form::Lines) => Role::MultilineTextInput,
        _ if property.is_secret => Role::PasswordInput,
        _ => Role::TextInput,
    }
}

/// The settings of an entry, with how each is called.
fn fields(entry: &Entry) -> Vec<(&'static Property, String)> {
    let (groups, key): (Vec<_>, &str) = match &entry.place {
        Place::Part(part) => {
            let groups = entry.scope.groups.iter();
            (groups.filter(|group| part.groups().contains(&group.name)).collect(), "")
        }
        Place::Device(_, key) => (entry.scope.groups.iter().collect(), key),
    };
    let all = groups.into_iter().flat_map(|group| group.properties);
    let all = all.filter(|property| !(entry.scope.word.is_empty() && READ_ONLY.contains(&property.name)));
    let called = |property: &Property| {
        words::label(entry.scope, property).unwrap_or_else(|| words::terminal_name(entry.scope, key, property))
    };
    all.map(|property| (property, called(property))).collect()
}

/// What is wrong with a form; nothing where all of it can be found.
fn faults(entry: &Entry, harness: &Harness<'_, Page>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut known = BTreeSet::new();
    for (property, name) in fields(entry) {
        let role = role(property);
        if harness.query_all_by_role_and_label(role, &name).next().is_none() {
            faults.push(format!("no {role:?} called {name}"));
        }
        if !known.insert((format!("{role:?}"), name.clone())) {
            faults.push(format!("two are a {role:?} called {name}"));
        }
    }
    for node in harness.root().children_recursive() {
        let node = node.accesskit_node();
        let name = node.label().unwrap_or_default();
        let is_meant = USABLE.contains(&node.role()) || node.role() == Role::Heading;
        if is_meant && (name.trim().is_empty() || name.contains('{')) {
            faults.push(format!(
                "{:?} is called {name:?}, value {:?}",
                node.role(),
                node.value()
            ));
        }
    }
    let groups: Vec<&str> = match &entry.place {
        Place::Part(part) => part.groups().to_vec(),
        Place::Device(..) => entry.scope.groups.iter().map(|group| group.name).collect(),
    };
    let is_nameless = |group: &&str| text::find(&format!("group-{group}")).is_none();
    let nameless = groups.into_iter().filter(is_nameless);
    faults.extend(nameless.map(|group| format!("group-{group} has no words")));
    faults
}

#[test]
fn every_form_shows_every_setting_by_role_and_name_in_both_languages() {
    let (mut num_forms, mut num_fields) = (0, 0);
    each_form(|entry, harness| {
        // The text has tests of its own.
        if entry.place == Place::Part(Part::Xml) {
            return;
        }
        num_forms += 1;
        num_fields += fields(entry).len();
        let faults = faults(entry, harness);
        assert!(faults.is_empty(), "{} ({}): {faults:#?}", entry.title, entry.scope.word);
    });
    assert!(
        num_forms > 100 && num_fields > 1_500,
        "{num_forms} forms, {num_fields} fields"
    );
}
