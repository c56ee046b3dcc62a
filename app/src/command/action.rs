//! How the actions on a machine are named, drawn and called from the keyboard.

use egui::{Key, KeyboardShortcut, Modifiers};
use egui_material_icons::MaterialIcon;
use egui_material_icons::icons as icon;
use libvirt_backend::guard::Action;

use super::SHIFT_COMMAND;
use crate::t;

/// "Start", "Force off", "Delete…": a verb; an ellipsis where more is asked before anything happens.
pub fn text(action: Action) -> String {
    t!(text_key(action))
}

/// What it does, in a sentence.
pub fn tooltip(action: Action) -> String {
    t!(match action {
        Action::Start => "action-start-tooltip",
        Action::Shutdown => "action-shutdown-tooltip",
        Action::Reboot => "action-reboot-tooltip",
        Action::Reset => "action-reset-tooltip",
        Action::ForceOff => "action-force-off-tooltip",
        Action::Pause => "action-pause-tooltip",
        Action::Resume => "action-resume-tooltip",
        Action::Save => "action-save-tooltip",
        Action::DiscardSavedState => "action-discard-saved-state-tooltip",
        Action::Rename => "action-rename-tooltip",
        Action::SetTags => "action-set-tags-tooltip",
        Action::Delete | Action::DeleteForced => "action-delete-tooltip",
        Action::InsertMedia => "action-insert-media-tooltip",
        Action::EjectMedia => "action-eject-media-tooltip",
        Action::CreateSnapshot => "action-create-snapshot-tooltip",
        Action::RevertSnapshot => "action-revert-snapshot-tooltip",
        Action::DeleteSnapshot => "action-delete-snapshot-tooltip",
        Action::OpenConsole => "action-open-console-tooltip",
        Action::AddDisplay => "action-add-display-tooltip",
        Action::StartWithoutFastDisplay => "action-start-without-fast-display-tooltip",
        Action::AllowRemoteDisplay => "action-allow-remote-display-tooltip",
        Action::SetSharesClipboard => "action-set-shares-clipboard-tooltip",
        Action::AttachClipboard => "action-attach-clipboard-tooltip",
        Action::DetachClipboard => "action-detach-clipboard-tooltip",
        Action::SetSound => "action-set-sound-tooltip",
        Action::SetAutostart => "action-set-autostart-tooltip",
        Action::Edit => "action-edit-tooltip",
    })
}

const fn text_key(action: Action) -> &'static str {
    match action {
        Action::Start => "action-start",
        Action::Shutdown => "action-shutdown",
        Action::Reboot => "action-reboot",
        Action::Reset => "action-reset",
        Action::ForceOff => "action-force-off",
        Action::Pause => "action-pause",
        Action::Resume => "action-resume",
        Action::Save => "action-save",
        Action::DiscardSavedState => "action-discard-saved-state",
        Action::Rename => "action-rename",
        Action::SetTags => "action-set-tags",
        Action::Delete | Action::DeleteForced => "action-delete",
        Action::InsertMedia => "action-insert-media",
        Action::EjectMedia => "action-eject-media",
        Action::CreateSnapshot => "action-create-snapshot",
        Action::RevertSnapshot => "action-revert-snapshot",
        Action::DeleteSnapshot => "action-delete-snapshot",
        Action::OpenConsole => "action-open-console",
        Action::AddDisplay => "action-add-display",
        Action::StartWithoutFastDisplay => "action-start-without-fast-display",
        Action::AllowRemoteDisplay => "action-allow-remote-display",
        Action::SetSharesClipboard => "action-set-shares-clipboard",
        Action::AttachClipboard => "action-attach-clipboard",
        Action::DetachClipboard => "action-detach-clipboard",
        Action::SetSound => "action-set-sound",
        Action::SetAutostart => "action-set-autostart",
        Action::Edit => "action-edit",
    }
}

pub const fn icon(action: Action) -> MaterialIcon {
    match action {
        Action::Start => icon::ICON_PLAY_ARROW,
        Action::Shutdown => icon::ICON_POWER_SETTINGS_NEW,
        Action::Reboot => icon::ICON_RESTART_ALT,
        Action::Reset => icon::ICON_REPLAY,
        Action::ForceOff => icon::ICON_POWER_OFF,
        Action::Pause => icon::ICON_PAUSE,
        Action::Resume => icon::ICON_RESUME,
        Action::Save => icon::ICON_SAVE,
        Action::DiscardSavedState => icon::ICON_BOOKMARK_REMOVE,
        Action::Rename => icon::ICON_EDIT,
        Action::SetTags => icon::ICON_SELL,
        Action::Delete | Action::DeleteForced => icon::ICON_DELETE,
        Action::InsertMedia => icon::ICON_ALBUM,
        Action::EjectMedia => icon::ICON_EJECT,
        Action::CreateSnapshot => icon::ICON_PHOTO_CAMERA,
        Action::RevertSnapshot => icon::ICON_HISTORY,
        Action::DeleteSnapshot => icon::ICON_DELETE_SWEEP,
        Action::OpenConsole => icon::ICON_DESKTOP_WINDOWS,
        Action::AddDisplay => icon::ICON_ADD_TO_QUEUE,
        Action::StartWithoutFastDisplay => icon::ICON_PLAY_CIRCLE,
        Action::AllowRemoteDisplay => icon::ICON_CAST,
        Action::SetSharesClipboard => icon::ICON_CONTENT_PASTE,
        Action::AttachClipboard => icon::ICON_CONTENT_PASTE_GO,
        Action::DetachClipboard => icon::ICON_CONTENT_PASTE_OFF,
        Action::SetSound => icon::ICON_VOLUME_UP,
        Action::SetAutostart => icon::ICON_BOLT,
        Action::Edit => icon::ICON_TUNE,
    }
}

/// Works on the selection while no text is being typed.
pub const fn shortcut(action: Action) -> Option<KeyboardShortcut> {
    Some(match action {
        Action::Start => KeyboardShortcut::new(Modifiers::COMMAND, Key::R),
        Action::Shutdown => KeyboardShortcut::new(SHIFT_COMMAND, Key::R),
        Action::Pause => KeyboardShortcut::new(Modifiers::COMMAND, Key::P),
        Action::Resume => KeyboardShortcut::new(SHIFT_COMMAND, Key::P),
        Action::Save => KeyboardShortcut::new(Modifiers::COMMAND, Key::S),
        Action::CreateSnapshot => KeyboardShortcut::new(SHIFT_COMMAND, Key::S),
        Action::Rename => KeyboardShortcut::new(Modifiers::NONE, Key::F2),
        Action::SetTags => KeyboardShortcut::new(Modifiers::COMMAND, Key::T),
        Action::Delete => KeyboardShortcut::new(Modifiers::NONE, Key::Delete),
        Action::OpenConsole => KeyboardShortcut::new(Modifiers::COMMAND, Key::O),
        Action::Reboot
        | Action::Reset
        | Action::ForceOff
        | Action::DiscardSavedState
        | Action::DeleteForced
        | Action::InsertMedia
        | Action::EjectMedia
        | Action::RevertSnapshot
        | Action::DeleteSnapshot
        | Action::AddDisplay
        | Action::StartWithoutFastDisplay
        | Action::AllowRemoteDisplay
        | Action::SetSharesClipboard
        | Action::AttachClipboard
        | Action::DetachClipboard
        | Action::SetSound
        | Action::SetAutostart
        | Action::Edit => return None,
    })
}

/// What menus and the palette list, in their order. Forced deletion is a choice within "Delete…"; the clipboard,
/// the sound and the start with the host have switches, settings a page.
pub const LISTED: [Action; 21] = [
    Action::OpenConsole,
    Action::Start,
    Action::Shutdown,
    Action::Reboot,
    Action::Pause,
    Action::Resume,
    Action::Save,
    Action::DiscardSavedState,
    Action::CreateSnapshot,
    Action::RevertSnapshot,
    Action::DeleteSnapshot,
    Action::InsertMedia,
    Action::EjectMedia,
    Action::AddDisplay,
    Action::StartWithoutFastDisplay,
    Action::AllowRemoteDisplay,
    Action::Rename,
    Action::SetTags,
    Action::Reset,
    Action::ForceOff,
    Action::Delete,
];
