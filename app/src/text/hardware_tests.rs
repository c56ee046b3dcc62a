//! Every setting held against its texts: each has words in both languages, and they tell it from the others of its form.

use std::collections::{BTreeMap, BTreeSet};

use libvirt_backend::property::{Kind, Property, SCOPES, Scope};

use super::{BUNDLES, hardware, index};
use crate::settings::Language;

const LANGUAGES: [Language; 2] = [Language::English, Language::SimplifiedChinese];

/// The first of these texts that is there, without falling back on English.
fn said(language: Language, keys: &[String]) -> Option<String> {
    let bundle = BUNDLES.get(index(language))?;
    keys.iter().find_map(|key| super::format(bundle, key, &[]))
}

fn all() -> impl Iterator<Item = (&'static Scope, &'static Property)> {
    SCOPES
        .iter()
        .flat_map(|scope| scope.properties().map(move |property| (scope, property)))
}

fn choices(property: &Property) -> &'static [&'static str] {
    match property.kind {
        Kind::Choice(choices) | Kind::Each(choices) => choices,
        _ => &[],
    }
}

#[test]
fn every_setting_has_words_in_both_languages_that_no_other_of_its_scope_has() {
    let mut faults = Vec::new();
    let mut num_labels = 0;
    for language in LANGUAGES {
        for scope in SCOPES {
            let mut known: BTreeMap<String, &str> = BTreeMap::new();
            for property in scope.properties() {
                let setting = format!("{}.{}", scope.word, property.name);
                let Some(label) = said(language, &hardware::keys(scope, property)) else {
                    faults.push(format!("{language:?}: {setting} has no words"));
                    continue;
                };
                num_labels += 1;
                if let Some(other) = known.insert(label.clone(), property.name) {
                    faults.push(format!("{language:?}: {setting} and {other} are both called {label:?}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(num_labels > 2 * 500, "{num_labels} labels");
}

/// Choices that read the same could not be told from each other.
#[test]
fn the_words_of_a_choice_differ() {
    for language in LANGUAGES {
        for (scope, property) in all() {
            let word = |word: &&str| {
                let words = said(language, &hardware::word_keys(scope, property, word));
                words.unwrap_or_else(|| (*word).to_owned())
            };
            let words: BTreeSet<String> = choices(property).iter().map(word).collect();
            let is_clear = words.len() == choices(property).len();
            assert!(is_clear, "{language:?}: {}.{}: {words:?}", scope.word, property.name);
        }
    }
}

/// A text that no setting asks for is one whose key is mistyped.
#[test]
fn every_text_of_a_setting_has_its_setting() {
    let keys: BTreeSet<String> = all()
        .flat_map(|(scope, property)| hardware::keys(scope, property))
        .collect();
    let words: BTreeSet<String> = all()
        .flat_map(|(scope, property)| {
            let words = choices(property).iter();
            words.flat_map(move |word| hardware::word_keys(scope, property, word))
        })
        .collect();
    let files = super::ENGLISH.iter().filter(|(name, _)| name.starts_with("fields-"));
    let mut num_texts = 0;
    for (name, source) in files {
        for key in source
            .lines()
            .filter_map(|line| line.split_once(" = ").map(|(key, _)| key))
        {
            num_texts += 1;
            let setting = key.strip_suffix("-help").unwrap_or(key);
            let is_meant = keys.contains(setting) || words.contains(key);
            assert!(is_meant, "{name}.ftl: nothing asks for {key}");
        }
    }
    assert!(num_texts > 500, "{num_texts} texts");
}
