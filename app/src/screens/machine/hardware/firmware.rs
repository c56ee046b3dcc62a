//! What another firmware does to a machine that exists, told before it is applied.

use egui::Ui;
use libvirt_backend::property::select::Setting;
use libvirt_backend::property::{FIRMWARE, Value, firmware};
use libvirt_backend::xml::Document;

use super::device_head::note_ui;
use super::draft::Draft;
use crate::t;
use crate::widgets::{Tone, icons};

pub(super) struct Note {
    pub(super) tone: Tone,
    pub(super) words: String,
}

/// Nothing where the firmware stays.
pub(super) fn notes(domain: &Document, draft: &Draft) -> Vec<Note> {
    let Ok(setting) = Setting::parse(FIRMWARE.name) else {
        return Vec::new();
    };
    let before = FIRMWARE.read(domain, domain.root()).ok().flatten();
    let after = match draft.get(&setting).map(|edit| &edit.checked) {
        Some(Ok(Some(after))) if before.as_ref() != Some(after) => after,
        _ => return Vec::new(),
    };
    let (before, after) = (before.as_ref().map(Value::to_string), after.to_string());
    let told = |tone, words| Note { tone, words };
    let had_uefi = matches!(before.as_deref(), Some(firmware::UEFI | firmware::SECURE_BOOT));
    let has_uefi = after != firmware::BIOS;
    let mut notes = vec![told(
        Tone::Warning,
        t!(match (had_uefi, after.as_str()) {
            (_, firmware::BIOS) => "firmware-to-bios",
            (false, firmware::SECURE_BOOT) => "firmware-to-uefi-secure",
            (false, _) => "firmware-to-uefi",
            (true, firmware::SECURE_BOOT) => "firmware-to-secure",
            (true, _) => "firmware-no-longer-secure",
        }),
    )];
    if after == firmware::SECURE_BOOT && is_old_board(domain) {
        notes.push(told(Tone::Warning, t!("firmware-old-board")));
    }
    if has_uefi && domain.find(domain.root(), "features/acpi").is_none() {
        notes.push(told(Tone::Warning, t!("firmware-needs-acpi")));
    }
    if let Some(path) = firmware::variables(domain) {
        let key = if has_uefi {
            "firmware-variables-anew"
        } else {
            "firmware-variables-kept"
        };
        notes.push(told(Tone::Off, t!(key, path = path)));
    }
    if has_uefi {
        notes.push(told(Tone::Off, t!("firmware-no-snapshots")));
    }
    notes
}

/// i440fx has no memory that only the firmware may write to.
pub(super) fn is_old_board(domain: &Document) -> bool {
    let machine = domain.attr_at(domain.root(), "os/type", "machine").unwrap_or_default();
    *machine == *"pc" || machine.starts_with("pc-i440fx")
}

pub(super) fn notes_ui(ui: &mut Ui, domain: &Document, draft: &Draft) {
    for note in notes(domain, draft) {
        let icon = if note.tone == Tone::Off {
            icons::INFO
        } else {
            icons::WARNING
        };
        note_ui(ui, icon, note.tone, &note.words);
    }
}
