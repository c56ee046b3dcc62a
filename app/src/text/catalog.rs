//! The texts held against the sources: nothing missing, nothing in one language only, no value forgotten.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{ENGLISH, SIMPLIFIED_CHINESE, job};

/// Key → the variables its text uses.
type Catalog = BTreeMap<String, BTreeSet<String>>;

fn catalog(files: &[(&str, &str)]) -> Catalog {
    let mut catalog = Catalog::new();
    let mut key = String::new();
    for line in files.iter().flat_map(|(_, source)| source.lines()) {
        let is_message = line.starts_with(|first: char| first.is_ascii_lowercase());
        if is_message {
            key = line.split('=').next().unwrap().trim().to_owned();
            let is_new = catalog.insert(key.clone(), BTreeSet::new()).is_none();
            assert!(is_new, "{key} is there twice");
        }
        if !line.starts_with('#') && !key.is_empty() {
            catalog.get_mut(&key).unwrap().extend(variables(line));
        }
    }
    catalog
}

fn variables(line: &str) -> impl Iterator<Item = String> + '_ {
    line.split('$').skip(1).map(|rest| {
        rest.chars()
            .take_while(|char| char.is_ascii_alphanumeric() || *char == '_')
            .collect()
    })
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut folders = vec![PathBuf::from("src")];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let source = std::fs::read_to_string(&path).unwrap();
                sources.push((path, source));
            }
        }
    }
    sources
}

/// Every `t!("key", name = …)` of a source: the key and the names.
fn uses(source: &str) -> Vec<(String, BTreeSet<String>)> {
    let is_start = |index: usize| {
        source[..index]
            .chars()
            .next_back()
            .is_none_or(|before| !before.is_alphanumeric() && !matches!(before, '_' | '`'))
    };
    source
        .match_indices("t!(")
        .filter(|(index, _)| is_start(*index))
        .filter_map(|(index, start)| {
            let rest = source[index + start.len()..].trim_start().strip_prefix('"')?;
            let (key, rest) = rest.split_once('"')?;
            Some((key.to_owned(), names(rest)))
        })
        .collect()
}

/// `, name = value, other = value)`: the names before the bracket that closes.
fn names(rest: &str) -> BTreeSet<String> {
    let (mut depth, mut in_string, mut escaped) = (0, false, false);
    let mut names = BTreeSet::new();
    let mut word = String::new();
    for char in rest.chars() {
        match char {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            _ if in_string => {}
            ')' if depth == 0 => break,
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => word.clear(),
            '=' if depth == 0 && !word.is_empty() => {
                names.insert(word.trim().to_owned());
                // Whatever else equals in the value is no name.
                word.clear();
                word.push(' ');
            }
            _ if depth == 0 => word.push(char),
            _ => {}
        }
    }
    names.retain(|name| name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_') && !name.is_empty());
    names
}

#[test]
fn both_languages_have_the_same_texts_with_the_same_values() {
    let (english, chinese) = (catalog(ENGLISH), catalog(SIMPLIFIED_CHINESE));
    let only = |one: &Catalog, other: &Catalog| -> Vec<String> {
        one.keys().filter(|key| !other.contains_key(*key)).cloned().collect()
    };
    assert_eq!(only(&english, &chinese), Vec::<String>::new(), "missing in Chinese");
    assert_eq!(only(&chinese, &english), Vec::<String>::new(), "missing in English");
    for (key, variables) in &english {
        assert_eq!(Some(variables), chinese.get(key), "the values of {key} differ");
    }
}

#[test]
fn every_text_the_sources_ask_for_is_there_and_gets_its_values() {
    let english = catalog(ENGLISH);
    let mut mistakes = Vec::new();
    for (path, source) in sources() {
        if path.ends_with("text/catalog.rs") || path.ends_with("text.rs") {
            continue;
        }
        for (key, names) in uses(&source) {
            match english.get(&key) {
                None => mistakes.push(format!("{}: {key} is missing", path.display())),
                Some(variables) if *variables != names => {
                    mistakes.push(format!(
                        "{}: {key} wants {variables:?} and gets {names:?}",
                        path.display()
                    ));
                }
                Some(_) => {}
            }
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

/// Keys that a `match` chooses stand as literals in the sources of `text` and `command`; their first word tells them
/// from other strings.
#[test]
fn every_chosen_text_is_there() {
    let english = catalog(ENGLISH);
    let families: BTreeSet<&str> = english.keys().filter_map(|key| key.split('-').next()).collect();
    for (path, source) in sources() {
        let is_ours = path.to_string_lossy().contains("/src/text/") || path.to_string_lossy().contains("/src/command");
        if !is_ours || path.ends_with("text/catalog.rs") {
            continue;
        }
        for literal in source.split('"').skip(1).step_by(2) {
            let is_key = literal.contains('-')
                && !literal.ends_with('-')
                && !job::KINDS.contains(&literal)
                && literal
                    .chars()
                    .all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-')
                && literal
                    .split('-')
                    .next()
                    .is_some_and(|family| families.contains(family));
            assert!(
                !is_key || english.contains_key(literal),
                "{}: {literal} is missing",
                path.display()
            );
        }
    }
}

#[test]
fn every_kind_of_job_has_its_title_and_its_end() {
    let english = catalog(ENGLISH);
    for kind in job::KINDS {
        assert!(english.contains_key(&format!("jobs-title-{kind}")), "jobs-title-{kind}");
        assert!(english.contains_key(&format!("jobs-done-{kind}")), "jobs-done-{kind}");
    }
}

#[test]
fn every_file_on_disk_is_part_of_the_program() {
    for (language, files) in [("en", ENGLISH), ("zh-CN", SIMPLIFIED_CHINESE)] {
        // Tests run in their package's folder, wherever that was moved to since it was compiled.
        let folder = Path::new("../assets/i18n").join(language);
        let on_disk: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| {
                entry
                    .unwrap()
                    .path()
                    .file_stem()
                    .unwrap()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        let inside: BTreeSet<String> = files.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(on_disk, inside, "{language}");
        for (name, source) in files {
            let parsed = fluent_bundle::FluentResource::try_new((*source).to_owned());
            assert!(
                parsed.is_ok(),
                "{language}/{name}.ftl: {:?}",
                parsed.err().map(|(_, errors)| errors)
            );
        }
    }
}
