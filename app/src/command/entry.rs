//! Everything that menus, the palette and the shortcuts sheet list, each with its text, tooltip, icon and shortcut.

use egui::{Key, KeyboardShortcut, Modifiers};
use egui_material_icons::MaterialIcon;
use egui_material_icons::icons as icon;
use libvirt_backend::guard::Action;

use super::{Command, DialogRequest, MachineCommand, QuitChoice, SHIFT_COMMAND, UiCommand, action};
use crate::route::{MachineKey, Route};
use crate::t;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Entry {
    Action(Action),
    Ui(UiEntry),
}

/// What concerns the window and needs no machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UiEntry {
    NewMachine,
    Palette,
    Filter,
    Inspector,
    Back,
    Machines,
    Connections,
    Settings,
    AddConnection,
    Shortcuts,
    CopyDiagnostics,
    OpenLogFolder,
    CloseDialog,
    DetachConsole,
    Quit,
}

impl Entry {
    /// The window's own first, then the actions.
    pub fn all() -> impl Iterator<Item = Self> {
        let ui = UiEntry::ALL.into_iter().map(Self::Ui);
        ui.chain(action::LISTED.into_iter().map(Self::Action))
    }

    pub fn text(self) -> String {
        match self {
            Self::Action(action) => action::text(action),
            Self::Ui(entry) => entry.text(),
        }
    }

    pub fn tooltip(self) -> String {
        match self {
            Self::Action(action) => action::tooltip(action),
            Self::Ui(entry) => entry.tooltip(),
        }
    }

    pub const fn icon(self) -> MaterialIcon {
        match self {
            Self::Action(action) => action::icon(action),
            Self::Ui(entry) => entry.icon(),
        }
    }

    pub const fn shortcut(self) -> Option<KeyboardShortcut> {
        match self {
            Self::Action(action) => action::shortcut(action),
            Self::Ui(entry) => entry.shortcut(),
        }
    }

    /// What is sent; actions run on `machines`. `None`: an action without a machine.
    pub fn command(self, machines: &[MachineKey]) -> Option<Command> {
        match self {
            Self::Action(_) if machines.is_empty() => None,
            Self::Action(action) => Some(Command::Machine(MachineCommand::Run {
                action,
                machines: machines.to_vec(),
            })),
            Self::Ui(entry) => Some(Command::Ui(entry.command())),
        }
    }
}

impl UiEntry {
    pub const ALL: [Self; 15] = [
        Self::NewMachine,
        Self::Palette,
        Self::Filter,
        Self::Inspector,
        Self::Back,
        Self::Machines,
        Self::Connections,
        Self::Settings,
        Self::AddConnection,
        Self::Shortcuts,
        Self::CopyDiagnostics,
        Self::OpenLogFolder,
        Self::CloseDialog,
        Self::DetachConsole,
        Self::Quit,
    ];

    pub fn text(self) -> String {
        t!(match self {
            Self::NewMachine => "ui-new-machine",
            Self::Palette => "ui-palette",
            Self::Filter => "ui-filter",
            Self::Inspector => "ui-inspector",
            Self::Back => "ui-back",
            Self::Machines => "ui-machines",
            Self::Connections => "ui-connections",
            Self::Settings => "ui-settings",
            Self::AddConnection => "ui-add-connection",
            Self::Shortcuts => "ui-shortcuts",
            Self::CopyDiagnostics => "ui-copy-diagnostics",
            Self::OpenLogFolder => "ui-open-log-folder",
            Self::CloseDialog => "ui-close-dialog",
            Self::DetachConsole => "ui-detach-console",
            Self::Quit => "ui-quit",
        })
    }

    pub fn tooltip(self) -> String {
        t!(match self {
            Self::NewMachine => "ui-new-machine-tooltip",
            Self::Palette => "ui-palette-tooltip",
            Self::Filter => "ui-filter-tooltip",
            Self::Inspector => "ui-inspector-tooltip",
            Self::Back => "ui-back-tooltip",
            Self::Machines => "ui-machines-tooltip",
            Self::Connections => "ui-connections-tooltip",
            Self::Settings => "ui-settings-tooltip",
            Self::AddConnection => "ui-add-connection-tooltip",
            Self::Shortcuts => "ui-shortcuts-tooltip",
            Self::CopyDiagnostics => "ui-copy-diagnostics-tooltip",
            Self::OpenLogFolder => "ui-open-log-folder-tooltip",
            Self::CloseDialog => "ui-close-dialog-tooltip",
            Self::DetachConsole => "ui-detach-console-tooltip",
            Self::Quit => "ui-quit-tooltip",
        })
    }

    pub const fn icon(self) -> MaterialIcon {
        match self {
            Self::NewMachine => icon::ICON_ADD,
            Self::Palette => icon::ICON_SEARCH,
            Self::Filter => icon::ICON_FILTER_LIST,
            Self::Inspector => icon::ICON_VIEW_SIDEBAR,
            Self::Back => icon::ICON_ARROW_BACK,
            Self::Machines => icon::ICON_COMPUTER,
            Self::Connections => icon::ICON_DNS,
            Self::Settings => icon::ICON_SETTINGS,
            Self::AddConnection => icon::ICON_ADD_LINK,
            Self::Shortcuts => icon::ICON_KEYBOARD,
            Self::CopyDiagnostics => icon::ICON_CONTENT_COPY,
            Self::OpenLogFolder => icon::ICON_FOLDER_OPEN,
            Self::CloseDialog => icon::ICON_CLOSE,
            Self::DetachConsole => icon::ICON_OPEN_IN_NEW,
            Self::Quit => icon::ICON_LOGOUT,
        }
    }

    pub const fn shortcut(self) -> Option<KeyboardShortcut> {
        Some(match self {
            Self::NewMachine => KeyboardShortcut::new(Modifiers::COMMAND, Key::N),
            Self::Palette => KeyboardShortcut::new(Modifiers::COMMAND, Key::K),
            Self::Filter => KeyboardShortcut::new(Modifiers::COMMAND, Key::F),
            Self::Inspector => KeyboardShortcut::new(Modifiers::COMMAND, Key::I),
            Self::Back => KeyboardShortcut::new(Modifiers::ALT, Key::ArrowLeft),
            Self::Machines => KeyboardShortcut::new(Modifiers::COMMAND, Key::Num1),
            Self::Connections => KeyboardShortcut::new(Modifiers::COMMAND, Key::Num2),
            Self::Settings => KeyboardShortcut::new(Modifiers::COMMAND, Key::Comma),
            Self::AddConnection => KeyboardShortcut::new(SHIFT_COMMAND, Key::N),
            Self::Shortcuts => KeyboardShortcut::new(Modifiers::NONE, Key::F1),
            Self::CloseDialog => KeyboardShortcut::new(Modifiers::NONE, Key::Escape),
            Self::DetachConsole => KeyboardShortcut::new(Modifiers::COMMAND, Key::Enter),
            Self::Quit => KeyboardShortcut::new(Modifiers::COMMAND, Key::Q),
            Self::CopyDiagnostics | Self::OpenLogFolder => return None,
        })
    }

    pub fn command(self) -> UiCommand {
        match self {
            Self::NewMachine => UiCommand::ShowNewMachine,
            Self::Palette => UiCommand::ShowPalette,
            Self::Filter => UiCommand::FocusFilter,
            Self::Inspector => UiCommand::ToggleInspector,
            Self::Back => UiCommand::Back,
            Self::Machines => UiCommand::Go(Route::Machines),
            Self::Connections => UiCommand::Go(Route::Connections),
            Self::Settings => UiCommand::Go(Route::Settings),
            Self::AddConnection => UiCommand::ShowDialog(DialogRequest::AddConnection),
            Self::Shortcuts => UiCommand::ShowShortcuts,
            Self::CopyDiagnostics => UiCommand::CopyDetails {
                message: String::new(),
                machine: None,
            },
            Self::OpenLogFolder => UiCommand::OpenLogFolder,
            Self::CloseDialog => UiCommand::CloseDialog,
            Self::DetachConsole => UiCommand::DetachConsole,
            Self::Quit => UiCommand::Quit(QuitChoice::Ask),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::settings::Language;
    use crate::text;

    #[test]
    fn no_two_shortcuts_clash() {
        let mut taken: HashMap<KeyboardShortcut, Entry> = HashMap::new();
        for entry in Entry::all() {
            if let Some(shortcut) = entry.shortcut() {
                let other = taken.insert(shortcut, entry);
                assert_eq!(other, None, "{entry:?} has the shortcut of another");
            }
        }
    }

    #[test]
    fn everything_listed_has_a_text_a_tooltip_and_an_icon_in_both_languages() {
        for language in [Language::English, Language::SimplifiedChinese] {
            text::use_language(Some(language));
            let mut texts = HashMap::new();
            for entry in Entry::all() {
                for text in [entry.text(), entry.tooltip()] {
                    let is_key = text.starts_with("ui-") || text.starts_with("action-");
                    assert!(!is_key && !text.is_empty(), "{entry:?} in {language:?}: {text:?}");
                }
                assert!(!entry.icon().codepoint.is_empty());
                assert_eq!(
                    texts.insert(entry.text(), entry),
                    None,
                    "two are called {:?}",
                    entry.text()
                );
            }
        }
        text::use_language(Some(Language::English));
    }

    #[test]
    fn every_action_that_is_no_switch_or_choice_is_listed_once() {
        let elsewhere = [
            Action::DeleteForced,
            Action::SetSharesClipboard,
            Action::AttachClipboard,
            Action::DetachClipboard,
            Action::SetSound,
            Action::SetAutostart,
            Action::Edit,
        ];
        for action in Action::ALL {
            let times = action::LISTED.iter().filter(|listed| **listed == action).count();
            assert_eq!(times, usize::from(!elsewhere.contains(&action)), "{action:?}");
        }
    }
}
