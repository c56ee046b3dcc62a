//! Five settings in every machine of the project's own set, and of libvirt's test data where they lie next to the
//! checkout: one place of the text changes, whoever is left out is left out for a reason, and what libvirt's schema
//! took it takes still.

#![expect(clippy::print_stdout, reason = "says what was not tested")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{berth, folder, words};

const OWN: &str = "../libvirt-backend/tests/xml";
const SCHEMA: &str = "/usr/share/libvirt/schemas/domain.rng";

struct Setting {
    set: &'static str,
    /// The device that it is of: a machine without one is refused.
    device: Option<&'static str>,
    /// What the changed line has afterwards.
    shown: [&'static str; 2],
    /// For the second opinion.
    allowed: &'static str,
}

const fn setting(
    set: &'static str,
    device: Option<&'static str>,
    shown: [&'static str; 2],
    allowed: &'static str,
) -> Setting {
    Setting {
        set,
        device,
        shown,
        allowed,
    }
}

const SETTINGS: [Setting; 5] = [
    setting("memory=3GiB", None, ["<memory", "</memory>"], "/domain/memory"),
    setting("title=one", None, ["<title>one</title>", ""], "/domain/title"),
    setting("vcpu=7", None, ["<vcpu", ">7</vcpu>"], "/domain/vcpu"),
    setting(
        "disk.first.cache=directsync",
        Some("<disk"),
        ["<driver", "directsync"],
        "/domain/devices/disk/driver",
    ),
    setting(
        "interface.first.link=down",
        Some("<interface"),
        ["<link", "down"],
        "/domain/devices/interface/link",
    ),
];

/// By their places below the folder.
fn texts(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut texts = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(&inner).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "xml") {
                let text = fs::read_to_string(&path).unwrap();
                texts.insert(path.strip_prefix(folder).unwrap().to_owned(), text);
            }
        }
    }
    texts
}

fn has_tag(text: &str, tag: &str) -> bool {
    text.match_indices(tag)
        .any(|(at, _)| text[at + tag.len()..].starts_with([' ', '>', '\n', '\t', '/']))
}

/// By its text alone; comments and what stands before the root have tags of other kinds.
fn is_machine(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
        } else if rest[1..].starts_with(|letter: char| letter.is_alphabetic()) {
            return rest
                .find([' ', '\n', '\t', '>'])
                .is_some_and(|end| &rest[..end] == "<domain");
        } else {
            rest = &rest[1..];
        }
    }
    false
}

/// By its text alone: is there a setting of this name in this file?
fn is_for(setting: &Setting, text: &str) -> bool {
    is_machine(text) && setting.device.is_none_or(|device| has_tag(text, device))
}

/// Bytes at the beginning that are the same.
fn alike(one: impl Iterator<Item = u8>, other: impl Iterator<Item = u8>) -> usize {
    one.zip(other).take_while(|(a, b)| a == b).count()
}

/// What is wrong with an edit: it has one place in the text, and gives one value there, or one new element.
fn fault(old: &str, new: &str, shown: [&str; 2]) -> Option<String> {
    if old == new {
        let is_so = |line: &str| shown.iter().all(|part| line.contains(part));
        return (!new.lines().any(is_so)).then(|| "nothing changed".to_owned());
    }
    let before = alike(old.bytes(), new.bytes());
    let least = old.len().min(new.len()) - before;
    let behind = alike(old.bytes().rev(), new.bytes().rev()).min(least);
    let (gone, come) = (
        &old.as_bytes()[before..old.len() - behind],
        &new.as_bytes()[before..new.len() - behind],
    );
    let (gone, come) = (words(gone), words(come));
    let tags = |text: &str| text.replace("<![CDATA[", "").matches('<').count();
    // From the element that it should be in to the tag behind.
    let end = new.len() - behind;
    let until = new[end..].find('>').map_or(new.len(), |at| end + at + 1);
    let from = new[..until].rfind(shown[0]).unwrap_or(until);
    let (place, way) = (&new[from..until], &new[from.min(before)..before]);
    let is_one = tags(&gone) == 0 && tags(&come) <= 2 && come.matches('\n').count() <= 1;
    let is_it = place.contains(shown[1]) && !way.contains("</") && !way.contains("/>");
    (!(is_one && is_it)).then(|| format!("{gone:?} became {come:?} in {place:?}"))
}

/// One setting in each file of a folder. Gives what was written.
fn changed(from: &Path, to: &Path, setting: &Setting, before: &BTreeMap<PathBuf, String>) -> BTreeMap<PathBuf, String> {
    let [from, to_text] = [from, to].map(|path| path.to_str().unwrap());
    let run = berth(&["edit", "--dir", from, "--out", to_text, "--set", setting.set]);
    let told = words(&run.stderr);
    let after = texts(to);
    let mut faults = Vec::new();
    for (place, old) in before {
        let lines = told
            .lines()
            .filter(|line| line.contains(&format!("{}: ", place.display())));
        match (is_for(setting, old), after.get(place), lines.count()) {
            (true, Some(new), 0) => faults.extend(fault(old, new, setting.shown).map(|words| (place, words))),
            (false, None, 1) => {}
            (wanted, new, lines) => {
                let words = format!("wanted: {wanted}, written: {}, lines: {lines}", new.is_some());
                faults.push((place, words));
            }
        }
    }
    assert!(faults.is_empty(), "{}: {faults:#?}", setting.set);
    let bad = before.len() - after.len();
    assert_eq!(run.status.code(), Some(i32::from(bad > 0)), "{}: {told}", setting.set);
    let sum = match bad {
        0 => format!("{} files written.", after.len()),
        _ => format!("{} files written, {bad} could not be.", after.len()),
    };
    assert!(told.contains(&sum), "{}: {sum} {told}", setting.set);
    after
}

#[test]
fn one_place_of_the_text_of_every_machine_of_the_projects_changes() {
    let home = folder();
    let before = texts(Path::new(OWN));
    assert!(before.len() > 15, "{before:?}");
    let places: Vec<&PathBuf> = before.keys().collect();
    let fitted = fitting(Path::new(OWN), &places);
    for setting in &SETTINGS {
        let to = home.path().join(setting.set);
        let after = changed(Path::new(OWN), &to, setting, &before);
        let mut fitted: Vec<&PathBuf> = fitted.iter().copied().collect();
        fitted.retain(|place| after.contains_key(*place));
        let fit = fitting(&to, &fitted);
        fitted.retain(|place| !fit.contains(place));
        assert!(
            fitted.is_empty(),
            "{}: libvirt takes them no more: {fitted:?}",
            setting.set
        );
    }
}

/// Those of these files that libvirt takes.
fn fitting<'a>(folder: &Path, places: &[&'a PathBuf]) -> BTreeSet<&'a PathBuf> {
    let files: Vec<String> = places
        .iter()
        .map(|place| folder.join(place).display().to_string())
        .collect();
    let files = files.iter().map(String::as_str);
    let told = berth(&["xml", "check", "--json"].into_iter().chain(files).collect::<Vec<_>>());
    let told: Vec<serde_json::Value> = serde_json::from_slice(&told.stdout).unwrap();
    let judged = places.iter().zip(&told);
    judged
        .filter(|(_, one)| one["fits"] == true)
        .map(|(place, _)| *place)
        .collect()
}

/// What libvirt's schema for machines takes, by another program than libvirt; `None` where it cannot be asked.
fn valid(folder: &Path, files: &BTreeMap<PathBuf, String>) -> Option<BTreeSet<PathBuf>> {
    let mut command = Command::new("xmllint");
    command
        .args(["--noout", "--relaxng", SCHEMA])
        .args(files.keys())
        .current_dir(folder);
    let judged = command.output().ok().filter(|_| Path::new(SCHEMA).is_file())?;
    let told = words(&judged.stderr);
    let valid = told.lines().filter_map(|line| line.strip_suffix(" validates"));
    Some(valid.map(PathBuf::from).collect())
}

#[test]
fn one_place_of_the_text_of_every_collected_machine_changes() {
    let beside = PathBuf::from("../../shared/corpora");
    let from = std::env::var_os("BERTH_CORPORA").map_or(beside, PathBuf::from);
    if !from.is_dir() {
        println!("skipped: no ../shared");
        return;
    }
    let home = folder();
    let before = texts(&from);
    let machines: BTreeMap<_, _> = before
        .clone()
        .into_iter()
        .filter(|(_, text)| is_machine(text))
        .collect();
    assert!(machines.len() > 900, "{} machines", machines.len());
    let was_valid = valid(&from, &machines);
    match &was_valid {
        Some(valid) => assert!(valid.len() > 900, "{} fit the schema", valid.len()),
        None => println!("skipped: no xmllint or no schema"),
    }
    for setting in &SETTINGS {
        let to = home.path().join(setting.allowed.rsplit('/').next().unwrap());
        let after = changed(&from, &to, setting, &before);
        if let (Some(before), Some(now)) = (&was_valid, valid(&to, &after)) {
            let lost: Vec<_> = before
                .difference(&now)
                .filter(|place| after.contains_key(*place))
                .collect();
            assert!(lost.is_empty(), "{}: {lost:?} fit the schema before", setting.set);
        }
        second_opinion(&from, &to, setting);
    }
}

/// Compares trees, not texts; a script beside the collection that needs lxml.
fn second_opinion(from: &Path, to: &Path, setting: &Setting) {
    let judge = from.join("../tools/check_edit.py");
    let Some(python) = python_with_lxml().filter(|_| judge.is_file()) else {
        println!("no second opinion: no Python with lxml");
        return;
    };
    let mut command = Command::new(&python);
    command.args([&judge, from, to]).arg("--ignore-missing");
    command.args(["--allow", setting.allowed, "--require", setting.allowed]);
    let judged = command.output().unwrap();
    let told = words(&judged.stdout);
    assert!(
        judged.status.success(),
        "{}: {told}{}",
        setting.set,
        words(&judged.stderr)
    );
    assert!(!told.contains("total 0 "), "{}: {told}", setting.set);
}

fn python_with_lxml() -> Option<PathBuf> {
    let candidates = ["/usr/bin/python3", "python3"].map(PathBuf::from);
    candidates.into_iter().find(|python| {
        let probe = Command::new(python).args(["-c", "import lxml.etree"]).output();
        probe.is_ok_and(|output| output.status.success())
    })
}
