//! Whole files through the document: the project's own small set, and larger collections where they lie next to the
//! checkout.

use std::fs;
use std::path::{Path, PathBuf};

use libvirt_backend::xml::domain::{DomainFacts, definition_from_xml};
use libvirt_backend::xml::property::{self, Value};
use libvirt_backend::xml::{Document, XmlErrorKind};

/// An amount that no file has.
const OTHER_MEMORY: Value = Value::Bytes(123_456_789 << 10);

fn xml_files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "xml") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn own_files() -> Vec<(PathBuf, String)> {
    let folder = PathBuf::from("tests/xml");
    let texts = xml_files_below(&folder).into_iter().map(|path| {
        let text = fs::read_to_string(&path).expect("UTF-8");
        (path, text)
    });
    texts.collect()
}

/// Everything that is UTF-8 and well-formed; `None` where there is no collection.
#[expect(clippy::print_stdout, reason = "says what was not tested")]
fn collected_files() -> Option<Vec<(PathBuf, String)>> {
    let beside = PathBuf::from("../../shared/corpora");
    let folder = std::env::var_os("BERTH_CORPORA").map_or(beside, PathBuf::from);
    if !folder.is_dir() {
        println!("skipped: no ../shared");
        return None;
    }
    let files: Vec<_> = xml_files_below(&folder)
        .into_iter()
        .filter_map(|path| Some((path.clone(), fs::read_to_string(path).ok()?)))
        .collect();
    assert!(files.len() > 100, "{} holds next to nothing", folder.display());
    Some(files)
}

fn comes_back_unchanged(path: &Path, text: &str) {
    let document = Document::parse(text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(
        document.to_string() == text,
        "{} was changed by reading it",
        path.display()
    );
}

/// Sets `<memory>` and checks that nothing outside that element (or its new line) differs. `false`: not a domain that has one.
fn memory_changes_alone(path: &Path, text: &str) -> bool {
    let mut document = Document::parse(text).expect("well-formed");
    let root = document.root();
    let Some(memory) = document
        .child(root, "memory")
        .filter(|_| document.name(root) == "domain")
    else {
        return false;
    };
    let before = document.element_xml(memory);
    property::MEMORY
        .write(&mut document, root, Some(&OTHER_MEMORY))
        .expect("a number");
    let after = document.element_xml(memory);
    assert_eq!(
        property::MEMORY.read(&document, root),
        Ok(Some(OTHER_MEMORY)),
        "{}",
        path.display()
    );
    assert!(text.matches(&before).count() >= 1);
    let place = text.find(&before).expect("the element as it stood");
    let expected = format!("{}{after}{}", &text[..place], &text[place + before.len()..]);
    assert!(document.to_string() == expected, "{} changed elsewhere", path.display());
    true
}

#[test]
fn our_own_files_come_back_byte_for_byte() {
    let files = own_files();
    assert!(files.len() >= 10);
    for (path, text) in &files {
        comes_back_unchanged(path, text);
        comes_back_unchanged(path, &text.replace('\n', "\r\n"));
    }
}

#[test]
fn setting_the_memory_of_our_own_files_changes_that_element_alone() {
    for (path, text) in own_files() {
        assert!(memory_changes_alone(&path, &text), "{}", path.display());
    }
}

#[test]
fn our_own_files_have_definitions() {
    for (path, text) in own_files() {
        let definition = definition_from_xml(&text, DomainFacts::default());
        definition.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

#[test]
fn every_part_of_a_file_is_no_crash() {
    for (_, text) in own_files() {
        for (index, _) in text.char_indices() {
            // A file that ends early is malformed unless only what follows the root is missing.
            if let Ok(document) = Document::parse(&text[..index]) {
                assert_eq!(document.to_string(), text[..index]);
            }
            Document::parse(&text[index..]).ok();
        }
    }
}

#[test]
fn collected_files_come_back_byte_for_byte() {
    for (path, text) in collected_files().unwrap_or_default() {
        comes_back_unchanged(&path, &text);
    }
}

#[test]
fn setting_the_memory_of_collected_files_changes_that_element_alone() {
    let Some(files) = collected_files() else { return };
    let changed = files.iter().filter(|(path, text)| memory_changes_alone(path, text));
    assert!(changed.count() > 100);
}

#[test]
fn collected_domains_have_definitions() {
    for (path, text) in collected_files().unwrap_or_default() {
        match definition_from_xml(&text, DomainFacts::default()) {
            Ok(definition) => assert!(!definition.name.is_empty()),
            // Other objects, and domains whose memory is given by NUMA cells only.
            Err(error) => assert!(
                matches!(
                    error.kind,
                    XmlErrorKind::WrongRoot { .. } | XmlErrorKind::Missing { .. }
                ),
                "{}: {error}",
                path.display()
            ),
        }
    }
}
