//! Every word a user reads: Fluent texts for the window and the terminal.
//!
//! `t!("key")` and `t!("key", name = value, …)` give the text in the user's language. The files are
//! `assets/i18n/{en,zh-CN}/*.ftl`, all of them part of the program; a test fails when a key of the sources is missing
//! in either language.

#[cfg(test)]
mod catalog;
pub mod display;
pub mod error;
pub mod hardware;
#[cfg(test)]
mod hardware_tests;
pub mod job;
pub mod keyboard;
pub mod limits;
pub mod schema;
pub mod serial;
pub mod setting;
pub mod state;
pub mod units;
pub mod waits;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

use crate::settings::Language;

pub use fluent_bundle::FluentValue as Value;

include!(concat!(env!("OUT_DIR"), "/i18n.rs"));

/// The text of a key in the user's language: `t!("key", name = value)`.
#[macro_export]
macro_rules! t {
    ($key:expr $(,)?) => { $crate::text::get($key, &[]) };
    ($key:expr, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::text::get($key, &[$((stringify!($name), $crate::text::Value::from($value))),+])
    };
}

pub use crate::t;

/// The language in use: 0 English, 1 Simplified Chinese.
static LANGUAGE: AtomicU8 = AtomicU8::new(0);
static BUNDLES: LazyLock<[FluentBundle<FluentResource>; 2]> =
    LazyLock::new(|| [bundle("en", ENGLISH), bundle("zh-CN", SIMPLIFIED_CHINESE)]);
/// Keys that were missed, so that each is logged once.
static MISSED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// The chosen language, or what the environment says.
pub fn use_language(choice: Option<Language>) {
    let language = choice.unwrap_or_else(|| language_of_environment(|name| std::env::var(name).ok()));
    LANGUAGE.store(index(language) as u8, Ordering::Relaxed);
}

pub fn language() -> Language {
    match LANGUAGE.load(Ordering::Relaxed) {
        1 => Language::SimplifiedChinese,
        _ => Language::English,
    }
}

/// As gettext reads them: the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set decides whether there is a
/// language at all, and then `LANGUAGE` may name others.
fn language_of_environment(variable: impl Fn(&str) -> Option<String>) -> Language {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let Some(locale) = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set) else {
        return set("LANGUAGE").map_or(Language::English, |list| first_known(&list));
    };
    match (is_c_locale(&locale), set("LANGUAGE")) {
        (true, _) => Language::English,
        (false, Some(list)) => first_known(&list),
        (false, None) => first_known(&locale),
    }
}

fn is_c_locale(locale: &str) -> bool {
    let name = locale.split(['.', '@']).next().unwrap_or_default();
    matches!(name, "C" | "POSIX")
}

fn first_known(list: &str) -> Language {
    list.split(':')
        .find_map(|locale| match locale.split(['_', '-', '.', '@']).next() {
            Some("zh") => Some(Language::SimplifiedChinese),
            Some("en" | "C") => Some(Language::English),
            _ => None,
        })
        .unwrap_or(Language::English)
}

/// What `t!` calls.
pub fn get(key: &str, arguments: &[(&'static str, Value<'_>)]) -> String {
    get_in(language(), key, arguments)
}

/// The text of a key that need not have one.
pub fn find(key: &str) -> Option<String> {
    let bundles = [BUNDLES.get(index(language())), BUNDLES.first()];
    bundles
        .into_iter()
        .flatten()
        .find_map(|bundle| format(bundle, key, &[]))
}

/// The text in a language that need not be the one in use.
pub fn get_in(language: Language, key: &str, arguments: &[(&'static str, Value<'_>)]) -> String {
    let wanted = BUNDLES.get(index(language));
    let found = wanted
        .and_then(|bundle| format(bundle, key, arguments))
        .or_else(|| BUNDLES.first().and_then(|english| format(english, key, arguments)));
    found.unwrap_or_else(|| {
        let mut missed = MISSED.lock().unwrap_or_else(PoisonError::into_inner);
        if missed.insert(key.to_owned()) {
            tracing::error!(key, "no such text");
        }
        key.to_owned()
    })
}

fn format(bundle: &FluentBundle<FluentResource>, key: &str, arguments: &[(&'static str, Value<'_>)]) -> Option<String> {
    let pattern = bundle.get_message(key)?.value()?;
    let mut values = FluentArgs::with_capacity(arguments.len());
    for (name, value) in arguments {
        values.set(*name, value.clone());
    }
    let mut errors = Vec::new();
    let text = bundle.format_pattern(pattern, Some(&values), &mut errors);
    if !errors.is_empty() {
        tracing::error!(key, ?errors, "a text was not given all its values");
    }
    Some(text.into_owned())
}

fn bundle(language: &str, files: &[(&str, &str)]) -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new_concurrent(language.parse().into_iter().collect());
    // The marks that isolate values from the text around them show as boxes and spoil what is copied.
    bundle.set_use_isolating(false);
    for (name, source) in files {
        let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(resource, errors)| {
            tracing::error!(name, ?errors, "a text file has mistakes");
            resource
        });
        if let Err(errors) = bundle.add_resource(resource) {
            tracing::error!(name, ?errors, "a text is there twice");
        }
    }
    bundle
}

const fn index(language: Language) -> usize {
    match language {
        Language::English => 0,
        Language::SimplifiedChinese => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Language {
        language_of_environment(|name| {
            variables
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_chooses_the_language() {
        assert_eq!(of(&[]), Language::English);
        assert_eq!(of(&[("LANG", "zh_CN.UTF-8")]), Language::SimplifiedChinese);
        assert_eq!(of(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C.UTF-8")]), Language::English);
        assert_eq!(
            of(&[("LANG", "de_DE.UTF-8"), ("LANGUAGE", "de:zh:en")]),
            Language::SimplifiedChinese
        );
        assert_eq!(
            of(&[("LANG", "en_GB.UTF-8"), ("LC_MESSAGES", "zh_SG.UTF-8")]),
            Language::SimplifiedChinese
        );
        assert_eq!(of(&[("LC_ALL", ""), ("LANG", "zh_CN")]), Language::SimplifiedChinese);
    }

    #[test]
    fn a_missing_text_shows_its_key() {
        assert_eq!(get("no-such-key-anywhere", &[]), "no-such-key-anywhere");
    }

    #[test]
    fn values_stand_in_the_text_without_marks() {
        let text = get_in(
            Language::SimplifiedChinese,
            "core-raised-window",
            &[("name", "web-1".into())],
        );
        assert!(!text.contains('\u{2068}'), "{text:?}");
    }
}
