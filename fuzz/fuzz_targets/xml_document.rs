//! Any text as a machine's XML: what is accepted comes back byte for byte, and a setting that is put in is read back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use libvirt_backend::xml::Document;
use libvirt_backend::xml::property::select::Setting;
use libvirt_backend::xml::property::{Key, SCOPES};

/// Typed by somebody: among them is one for every kind of setting.
const VALUES: [&str; 10] = ["2GiB", "7", "on", "none", "a <&> b", "0-3,^1", "/a", "52:54:00:12:34:56", "0x1f", ""];

fuzz_target!(|bytes: &[u8]| {
    let Some((&[which, more, value], text)) = bytes.split_first_chunk() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let Ok(mut document) = Document::parse(text) else { return };
    assert_eq!(document.to_string(), text, "read and written");

    let scope = &SCOPES[usize::from(which) % SCOPES.len()];
    let count = scope.properties().count();
    let Some(property) = scope.properties().nth(usize::from(more) % count) else { return };
    let key = if matches!(scope.key, Key::Made(_)) { "1" } else { "first" };
    let setting = Setting {
        scope,
        key: key.to_owned(),
        property,
    };
    let value = property.input(VALUES[usize::from(value) % VALUES.len()]).ok();
    if setting.write(&mut document, value.as_ref()).is_err() {
        return;
    }
    let written = document.to_string();
    let reparsed = Document::parse(&written).expect("what was written is XML");
    assert_eq!(reparsed.to_string(), written);
    let held = setting.read(&reparsed);
    assert_eq!(held, setting.read(&document), "as it was before it was written");
});
