//! The one key that stays Berth's own while a guest has the keyboard.

use serde::{Deserialize, Serialize};

use super::qnum;

/// Pressed alone it gives the keyboard back; with another key it does something here instead of in the guest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HostKey {
    #[default]
    RightCtrl,
    RightAlt,
    RightSuper,
    Menu,
    ScrollLock,
    Pause,
    /// The two together; each alone is the guest's.
    BothCtrl,
}

impl HostKey {
    pub const ALL: [Self; 7] = [
        Self::RightCtrl,
        Self::RightAlt,
        Self::RightSuper,
        Self::Menu,
        Self::ScrollLock,
        Self::Pause,
        Self::BothCtrl,
    ];

    /// The keys that are to be down for it.
    pub const fn keys(self) -> &'static [u16] {
        match self {
            Self::RightCtrl => &[qnum::RIGHT_CTRL],
            Self::RightAlt => &[qnum::RIGHT_ALT],
            Self::RightSuper => &[qnum::RIGHT_SUPER],
            Self::Menu => &[qnum::MENU],
            Self::ScrollLock => &[qnum::SCROLL_LOCK],
            Self::Pause => &[qnum::PAUSE],
            Self::BothCtrl => &[qnum::LEFT_CTRL, qnum::RIGHT_CTRL],
        }
    }
}

/// What the Host key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HostAction {
    /// Alone: the keyboard is given back, and is free already when this is taken.
    Release,
    /// With F.
    FullScreen,
    /// With K.
    Palette,
    /// With Delete.
    CtrlAltDel,
    /// With 1 to 9: the machine of that number.
    Machine(u8),
    /// With S.
    Snapshot,
}

impl HostAction {
    /// By where the key is, so that it is the same whatever the layout.
    pub(super) fn with(key: u16) -> Option<Self> {
        const KEYPAD_DELETE: u16 = 0x53;
        match key {
            0x21 => Some(Self::FullScreen),
            0x25 => Some(Self::Palette),
            0x1f => Some(Self::Snapshot),
            qnum::DELETE | KEYPAD_DELETE => Some(Self::CtrlAltDel),
            0x02..=0x0a => u8::try_from(key - 1).ok().map(Self::Machine),
            _ => None,
        }
    }
}
