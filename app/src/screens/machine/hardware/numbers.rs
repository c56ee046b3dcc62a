//! Every number of every form, with what must not be typed into it: there is always a reason in words, never a crash,
//! and what was typed stays.

use libvirt_backend::property::change::{Change, preview};
use libvirt_backend::property::select::Setting;
use libvirt_backend::property::{Kind, Property, SCOPES, Scope, Stored};
use libvirt_backend::xml::Document;

use super::draft::{Draft, Problem};
use crate::screens::fixtures;
use crate::text::setting::refusal;

/// Negative, nothing, beyond everything, without a unit, no number at all, above what any host has.
const TYPED: [&str; 22] = [
    "-1",
    "-0",
    "0",
    "1e30",
    "1E400",
    "99999999999999999999999999",
    "18446744073709551615",
    "18446744073709551616",
    "9223372036854775807",
    "-9223372036854775808",
    "512",
    "0.5",
    "NaN",
    "inf",
    "+3",
    "0x10",
    "10 20",
    "99EiB",
    "-2GiB",
    "1e30GiB",
    "٣",
    "４GiB",
];

fn numbers() -> impl Iterator<Item = (&'static Scope, &'static Property)> {
    let all = SCOPES
        .iter()
        .flat_map(|scope| scope.properties().map(move |property| (scope, property)));
    all.filter(|(_, property)| matches!(property.kind, Kind::Integer(..) | Kind::Size(_)))
}

/// Of the machine, or of the first device of the kind.
fn setting(scope: &'static Scope, property: &'static Property, domain: &Document) -> Setting {
    let first = scope.keyed(domain).into_iter().next();
    Setting {
        scope,
        key: first
            .filter(|_| !scope.word.is_empty())
            .map_or_else(String::new, |(key, _)| key),
        property,
    }
}

#[test]
fn no_number_field_takes_what_is_none_and_each_says_why_and_keeps_it() {
    let xml = fixtures::hardware().inactive;
    let domain = Document::parse_as(&xml, "domain").expect("the machine");
    let mut num_refused = 0;
    let mut draft = Draft::default();
    for (scope, property) in numbers() {
        let setting = setting(scope, property, &domain);
        for typed in TYPED {
            draft.set(setting.clone(), typed.to_owned(), None);
            let edit = draft.get(&setting).expect("what was typed");
            assert_eq!(edit.text, typed, "{setting}");
            match &edit.checked {
                Err(Problem::Refused(reason)) => {
                    num_refused += 1;
                    let words = refusal(reason);
                    assert!(
                        words.contains(' ') && !words.contains('{'),
                        "{setting} = {typed}: {words}"
                    );
                }
                Err(Problem::Needed) => panic!("{setting}: {typed} counts as nothing"),
                // It is a number, and the machine can be written with it; whether libvirt takes it, libvirt says.
                Ok(value) => {
                    let change = Change::Set {
                        setting: setting.clone(),
                        value: value.clone(),
                    };
                    if let Ok(preview) = preview(&xml, &[change]) {
                        Document::parse_as(&preview.xml, "domain").expect("still the machine");
                    }
                }
            }
        }
    }
    assert!(num_refused > 1_000, "{num_refused}");
}

#[test]
fn no_number_field_takes_a_word_a_sum_or_a_size_beyond_counting() {
    for (scope, property) in numbers() {
        for typed in [
            "1e30",
            "-9223372036854775809",
            "10 20",
            "NaN",
            "99999999999999999999999999",
            "１２",
        ] {
            let name = format!("{}.{}", scope.word, property.name);
            assert!(property.input(typed).is_err(), "{name} takes {typed}");
        }
    }
}

#[test]
fn every_size_asks_for_its_unit_unless_it_counts_bytes() {
    let is_size = |kind: Kind| matches!(kind, Kind::Size(stored) if stored != Stored::Plain("b"));
    for (scope, property) in numbers().filter(|(_, property)| is_size(property.kind)) {
        let reason = property.input("512").expect_err("no unit");
        let words = refusal(&reason);
        assert!(
            words.starts_with("512 of what?"),
            "{}.{}: {words}",
            scope.word,
            property.name
        );
        assert!(property.input("-2GiB").is_err(), "{}.{}", scope.word, property.name);
    }
}
