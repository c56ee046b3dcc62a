//! Shortcuts as they are written on the keys.

use egui::{Key, KeyboardShortcut, ModifierNames};

/// "Ctrl+Shift+N", "Ctrl+,".
pub fn written(shortcut: KeyboardShortcut) -> String {
    let key = match shortcut.logical_key {
        Key::Comma => ",",
        Key::Escape => "Esc",
        Key::ArrowLeft => "←",
        Key::ArrowRight => "→",
        key => key.name(),
    };
    let modifiers = ModifierNames::NAMES.format(&shortcut.modifiers, false);
    if modifiers.is_empty() {
        key.to_owned()
    } else {
        format!("{modifiers}+{key}")
    }
}

#[cfg(test)]
mod tests {
    use egui::Modifiers;

    use super::*;

    #[test]
    fn keys_are_called_what_stands_on_them() {
        let of = |modifiers, key| written(KeyboardShortcut::new(modifiers, key));
        assert_eq!(of(Modifiers::COMMAND, Key::Comma), "Ctrl+,");
        assert_eq!(of(crate::command::SHIFT_COMMAND, Key::N), "Ctrl+Shift+N");
        assert_eq!(of(Modifiers::NONE, Key::Escape), "Esc");
        assert_eq!(of(Modifiers::ALT, Key::ArrowLeft), "Alt+←");
    }
}
