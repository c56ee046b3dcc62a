//! Which key is which: the kernel's number, the *qnum* that goes to the guest, and a name that a user can type.
//!
//! A qnum is the scan code of a PC's keyboard in set 1, with 0x80 added for the keys that send 0xe0 first. What a key
//! is labelled with is the layout's affair: all of this goes by where the keys are.

use egui::Key;

/// What a modifier or a special key is called in code.
pub const ESC: u16 = 0x01;
pub const BACKSPACE: u16 = 0x0e;
pub const TAB: u16 = 0x0f;
pub const ENTER: u16 = 0x1c;
pub const LEFT_CTRL: u16 = 0x1d;
pub const LEFT_SHIFT: u16 = 0x2a;
pub const RIGHT_SHIFT: u16 = 0x36;
pub const LEFT_ALT: u16 = 0x38;
pub const SPACE: u16 = 0x39;
pub const CAPS_LOCK: u16 = 0x3a;
pub const SCROLL_LOCK: u16 = 0x46;
pub const PRINT: u16 = 0x54;
pub const RIGHT_CTRL: u16 = 0x9d;
pub const RIGHT_ALT: u16 = 0xb8;
pub const PAUSE: u16 = 0xc6;
pub const DELETE: u16 = 0xd3;
pub const LEFT_SUPER: u16 = 0xdb;
pub const RIGHT_SUPER: u16 = 0xdc;
pub const MENU: u16 = 0xdd;

/// The kernel's number (`KEY_*`), the qnum, and the name of every key that is known.
#[rustfmt::skip]
static KEYS: &[(u16, u16, &str)] = &[
    (1, 0x01, "Esc"), (2, 0x02, "1"), (3, 0x03, "2"), (4, 0x04, "3"), (5, 0x05, "4"), (6, 0x06, "5"),
    (7, 0x07, "6"), (8, 0x08, "7"), (9, 0x09, "8"), (10, 0x0a, "9"), (11, 0x0b, "0"), (12, 0x0c, "-"),
    (13, 0x0d, "="), (14, 0x0e, "Backspace"), (15, 0x0f, "Tab"), (16, 0x10, "Q"), (17, 0x11, "W"), (18, 0x12, "E"),
    (19, 0x13, "R"), (20, 0x14, "T"), (21, 0x15, "Y"), (22, 0x16, "U"), (23, 0x17, "I"), (24, 0x18, "O"),
    (25, 0x19, "P"), (26, 0x1a, "["), (27, 0x1b, "]"), (28, 0x1c, "Enter"), (29, 0x1d, "Left Ctrl"),
    (30, 0x1e, "A"), (31, 0x1f, "S"), (32, 0x20, "D"), (33, 0x21, "F"), (34, 0x22, "G"), (35, 0x23, "H"),
    (36, 0x24, "J"), (37, 0x25, "K"), (38, 0x26, "L"), (39, 0x27, ";"), (40, 0x28, "'"), (41, 0x29, "`"),
    (42, 0x2a, "Left Shift"), (43, 0x2b, "\\"), (44, 0x2c, "Z"), (45, 0x2d, "X"), (46, 0x2e, "C"), (47, 0x2f, "V"),
    (48, 0x30, "B"), (49, 0x31, "N"), (50, 0x32, "M"), (51, 0x33, ","), (52, 0x34, "."), (53, 0x35, "/"),
    (54, 0x36, "Right Shift"), (55, 0x37, "Keypad *"), (56, 0x38, "Left Alt"), (57, 0x39, "Space"),
    (58, 0x3a, "Caps Lock"), (59, 0x3b, "F1"), (60, 0x3c, "F2"), (61, 0x3d, "F3"), (62, 0x3e, "F4"),
    (63, 0x3f, "F5"), (64, 0x40, "F6"), (65, 0x41, "F7"), (66, 0x42, "F8"), (67, 0x43, "F9"), (68, 0x44, "F10"),
    (69, 0x45, "Num Lock"), (70, 0x46, "Scroll Lock"), (71, 0x47, "Keypad 7"), (72, 0x48, "Keypad 8"),
    (73, 0x49, "Keypad 9"), (74, 0x4a, "Keypad -"), (75, 0x4b, "Keypad 4"), (76, 0x4c, "Keypad 5"),
    (77, 0x4d, "Keypad 6"), (78, 0x4e, "Keypad +"), (79, 0x4f, "Keypad 1"), (80, 0x50, "Keypad 2"),
    (81, 0x51, "Keypad 3"), (82, 0x52, "Keypad 0"), (83, 0x53, "Keypad ."), (86, 0x56, "102nd"), (87, 0x57, "F11"),
    (88, 0x58, "F12"), (85, 0x76, "Zenkaku Hankaku"), (89, 0x73, "Ro"), (90, 0x78, "Katakana"),
    (91, 0x77, "Hiragana"), (92, 0x79, "Henkan"), (93, 0x70, "Katakana Hiragana"), (94, 0x7b, "Muhenkan"),
    (95, 0x5c, "Keypad JP comma"), (96, 0x9c, "Keypad Enter"), (97, 0x9d, "Right Ctrl"), (98, 0xb5, "Keypad /"),
    (99, 0x54, "Print"), (100, 0xb8, "Right Alt"), (102, 0xc7, "Home"), (103, 0xc8, "Up"), (104, 0xc9, "Page Up"),
    (105, 0xcb, "Left"), (106, 0xcd, "Right"), (107, 0xcf, "End"), (108, 0xd0, "Down"), (109, 0xd1, "Page Down"),
    (110, 0xd2, "Insert"), (111, 0xd3, "Delete"), (113, 0xa0, "Mute"), (114, 0xae, "Volume down"),
    (115, 0xb0, "Volume up"), (116, 0xde, "Power"), (117, 0x59, "Keypad ="), (119, 0xc6, "Pause"),
    (121, 0x7e, "Keypad ,"), (122, 0x72, "Hangul"), (123, 0x71, "Hanja"), (124, 0x7d, "Yen"),
    (125, 0xdb, "Left Super"), (126, 0xdc, "Right Super"), (127, 0xdd, "Menu"), (128, 0xe8, "Stop"),
    (129, 0x85, "Again"), (130, 0x86, "Props"), (131, 0x87, "Undo"), (132, 0x8c, "Front"), (133, 0xf8, "Copy"),
    (134, 0x64, "Open"), (135, 0x65, "Paste"), (136, 0xc1, "Find"), (137, 0xbc, "Cut"), (138, 0xf5, "Help"),
    (139, 0x9e, "Menu list"), (140, 0xa1, "Calculator"), (142, 0xdf, "Sleep"), (143, 0xe3, "Wake up"),
    (155, 0xec, "Mail"), (156, 0xe6, "Bookmarks"), (157, 0xeb, "Computer"), (158, 0xea, "Back"),
    (159, 0xe9, "Forward"), (163, 0x99, "Next track"), (164, 0xa2, "Play"), (165, 0x90, "Previous track"),
    (166, 0xa4, "Stop track"), (172, 0xb2, "Home page"), (173, 0xe7, "Refresh"), (183, 0x5d, "F13"),
    (184, 0x5e, "F14"), (185, 0x5f, "F15"), (186, 0x55, "F16"), (187, 0x83, "F17"), (188, 0xf7, "F18"),
    (189, 0x84, "F19"), (190, 0x5a, "F20"), (191, 0x74, "F21"), (192, 0xf9, "F22"), (193, 0x6d, "F23"),
    (194, 0x6f, "F24"), (217, 0xe5, "Search"), (226, 0xed, "Media"),
];

/// From the kernel's number: what X11 and Wayland report, less 8.
pub fn from_evdev(code: u32) -> Option<u16> {
    let code = u16::try_from(code).ok()?;
    KEYS.iter().find(|(evdev, ..)| *evdev == code).map(|(_, qnum, _)| *qnum)
}

/// In English, as printed on an American keyboard.
pub fn name(qnum: u16) -> Option<&'static str> {
    KEYS.iter()
        .find(|(_, number, _)| *number == qnum)
        .map(|(.., name)| *name)
}

/// By its name, however it is spelled: letters of either case, spaces left out or not.
pub fn from_name(typed: &str) -> Option<u16> {
    let wanted = plain(typed);
    let by_name = |(_, qnum, name): &(u16, u16, &str)| (plain(name) == wanted).then_some(*qnum);
    KEYS.iter().find_map(by_name)
}

fn plain(name: &str) -> String {
    let kept = name.chars().filter(|char| !char.is_whitespace() && *char != '_');
    kept.flat_map(char::to_lowercase).collect()
}

/// For a window that is driven without a window system: egui knows fewer keys, and not which of two Shifts it was.
pub fn from_egui(key: Key) -> Option<u16> {
    from_name(match key {
        Key::ArrowDown => "Down",
        Key::ArrowLeft => "Left",
        Key::ArrowRight => "Right",
        Key::ArrowUp => "Up",
        Key::Escape => "Esc",
        Key::PageUp => "Page Up",
        Key::PageDown => "Page Down",
        Key::Colon | Key::Semicolon => ";",
        Key::Comma => ",",
        Key::Backslash | Key::Pipe => "\\",
        Key::Slash | Key::Questionmark => "/",
        Key::Exclamationmark => "1",
        Key::OpenBracket | Key::OpenCurlyBracket => "[",
        Key::CloseBracket | Key::CloseCurlyBracket => "]",
        Key::Backtick => "`",
        Key::Minus => "-",
        Key::Period => ".",
        Key::Plus | Key::Equals => "=",
        Key::Quote => "'",
        Key::BrowserBack => "Back",
        Key::BrowserForward => "Forward",
        // Letters, digits, F1 to F24 and what is called the same here.
        other => other.name(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use winit::keyboard::{KeyCode, PhysicalKey};
    use winit::platform::scancode::PhysicalKeyExtScancode as _;

    use super::*;

    /// The 105 keys of an ISO keyboard, row by row as they lie, each with its set-1 code.
    const KEYBOARD: [(KeyCode, u16); 105] = {
        use KeyCode::*;
        [
            (Escape, 0x01),
            (F1, 0x3b),
            (F2, 0x3c),
            (F3, 0x3d),
            (F4, 0x3e),
            (F5, 0x3f),
            (F6, 0x40),
            (F7, 0x41),
            (F8, 0x42),
            (F9, 0x43),
            (F10, 0x44),
            (F11, 0x57),
            (F12, 0x58),
            (PrintScreen, 0x54),
            (ScrollLock, 0x46),
            (Pause, 0xc6),
            (Backquote, 0x29),
            (Digit1, 0x02),
            (Digit2, 0x03),
            (Digit3, 0x04),
            (Digit4, 0x05),
            (Digit5, 0x06),
            (Digit6, 0x07),
            (Digit7, 0x08),
            (Digit8, 0x09),
            (Digit9, 0x0a),
            (Digit0, 0x0b),
            (Minus, 0x0c),
            (Equal, 0x0d),
            (Backspace, 0x0e),
            (Insert, 0xd2),
            (Home, 0xc7),
            (PageUp, 0xc9),
            (Delete, 0xd3),
            (End, 0xcf),
            (PageDown, 0xd1),
            (Tab, 0x0f),
            (KeyQ, 0x10),
            (KeyW, 0x11),
            (KeyE, 0x12),
            (KeyR, 0x13),
            (KeyT, 0x14),
            (KeyY, 0x15),
            (KeyU, 0x16),
            (KeyI, 0x17),
            (KeyO, 0x18),
            (KeyP, 0x19),
            (BracketLeft, 0x1a),
            (BracketRight, 0x1b),
            (Enter, 0x1c),
            (CapsLock, 0x3a),
            (KeyA, 0x1e),
            (KeyS, 0x1f),
            (KeyD, 0x20),
            (KeyF, 0x21),
            (KeyG, 0x22),
            (KeyH, 0x23),
            (KeyJ, 0x24),
            (KeyK, 0x25),
            (KeyL, 0x26),
            (Semicolon, 0x27),
            (Quote, 0x28),
            (Backslash, 0x2b),
            (ShiftLeft, 0x2a),
            (IntlBackslash, 0x56),
            (KeyZ, 0x2c),
            (KeyX, 0x2d),
            (KeyC, 0x2e),
            (KeyV, 0x2f),
            (KeyB, 0x30),
            (KeyN, 0x31),
            (KeyM, 0x32),
            (Comma, 0x33),
            (Period, 0x34),
            (Slash, 0x35),
            (ShiftRight, 0x36),
            (ControlLeft, 0x1d),
            (SuperLeft, 0xdb),
            (AltLeft, 0x38),
            (Space, 0x39),
            (AltRight, 0xb8),
            (SuperRight, 0xdc),
            (ContextMenu, 0xdd),
            (ControlRight, 0x9d),
            (ArrowUp, 0xc8),
            (ArrowLeft, 0xcb),
            (ArrowDown, 0xd0),
            (ArrowRight, 0xcd),
            (NumLock, 0x45),
            (NumpadDivide, 0xb5),
            (NumpadMultiply, 0x37),
            (NumpadSubtract, 0x4a),
            (Numpad7, 0x47),
            (Numpad8, 0x48),
            (Numpad9, 0x49),
            (NumpadAdd, 0x4e),
            (Numpad4, 0x4b),
            (Numpad5, 0x4c),
            (Numpad6, 0x4d),
            (Numpad1, 0x4f),
            (Numpad2, 0x50),
            (Numpad3, 0x51),
            (NumpadEnter, 0x9c),
            (Numpad0, 0x52),
            (NumpadDecimal, 0x53),
        ]
    };

    fn of(key: KeyCode) -> Option<u16> {
        from_evdev(PhysicalKey::Code(key).to_scancode()?)
    }

    #[test]
    fn every_key_of_a_keyboard_reaches_the_guest_as_itself() {
        for (key, qnum) in KEYBOARD {
            assert_eq!(of(key), Some(qnum), "{key:?}");
        }
        let distinct: BTreeSet<u16> = KEYBOARD.iter().map(|(_, qnum)| *qnum).collect();
        assert_eq!(distinct.len(), 105);
    }

    #[test]
    fn keys_of_asia_and_media_keys_reach_it_too() {
        use KeyCode::*;
        let keys = [
            (IntlRo, 0x73),
            (IntlYen, 0x7d),
            (KanaMode, 0x70),
            (Convert, 0x79),
            (NonConvert, 0x7b),
            (Lang1, 0x72),
            (Lang2, 0x71),
            (AudioVolumeMute, 0xa0),
            (AudioVolumeDown, 0xae),
            (AudioVolumeUp, 0xb0),
            (MediaPlayPause, 0xa2),
            (MediaStop, 0xa4),
            (MediaTrackNext, 0x99),
            (MediaTrackPrevious, 0x90),
            (F13, 0x5d),
            (F24, 0x6f),
        ];
        for (key, qnum) in keys {
            assert_eq!(of(key), Some(qnum), "{key:?}");
        }
        // The window system's library has no name for these, and passes them on all the same.
        let calculator = PhysicalKey::from_scancode(140);
        assert_eq!(calculator.to_scancode().and_then(from_evdev), Some(0xa1));
        assert_eq!(from_evdev(0), None);
        assert_eq!(from_evdev(u32::MAX), None);
    }

    #[test]
    fn no_two_keys_are_confused_in_either_direction() {
        let by = |part: fn(&(u16, u16, &'static str)) -> String| KEYS.iter().map(part).collect::<BTreeSet<_>>();
        assert_eq!(by(|key| key.0.to_string()).len(), KEYS.len());
        assert_eq!(by(|key| key.1.to_string()).len(), KEYS.len());
        assert_eq!(by(|key| plain(key.2)).len(), KEYS.len());
        for (_, qnum, _) in KEYS {
            assert_eq!(from_name(name(*qnum).unwrap()), Some(*qnum));
        }
        assert_eq!(from_name("page up"), from_name("PageUp"));
    }

    #[test]
    fn what_egui_knows_of_keys_is_enough_to_type() {
        for key in Key::ALL.iter().take_while(|key| **key != Key::F25) {
            assert!(from_egui(*key).is_some(), "{key:?}");
        }
        assert_eq!(from_egui(Key::A), Some(0x1e));
        assert_eq!(from_egui(Key::Num0), Some(0x0b));
    }
}
