//! What a user has chosen, kept in one versioned file.

pub mod atomic;
pub mod folders;
pub mod keeper;
pub mod model_cache;
pub mod store;
pub mod window_state;

use std::path::Path;

use serde::{Deserialize, Serialize};

pub use folders::{Folders, pictures_folder};
pub use keeper::Keeper;
pub use model_cache::ModelCache;
pub use store::{Loaded, Store, Why};
pub use window_state::WindowState;

use crate::keyboard::paste::GuestLayout;
use crate::keyboard::{Combination, HostKey};

/// The smallest window that all pages are made for, in points.
pub const MIN_WINDOW: [f32; 2] = [480.0, 400.0];

const TEXT_SCALES: (f32, f32) = (0.5, 3.0);
pub const GRACE_SECONDS: (u32, u32) = (5, 3_600);

/// The file of the user's choices.
pub fn settings_store(config_folder: &Path) -> Store {
    Store::new(config_folder.join("settings.json"), 1)
}

/// The file of the window's whereabouts.
pub fn window_store(state_folder: &Path) -> Store {
    Store::new(state_folder.join("window.json"), 1)
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub theme: ThemeChoice,
    /// `None`: as the desktop says.
    pub language: Option<Language>,
    /// 1.0 is the desktop's size.
    pub text_scale: f32,
    pub is_compact: bool,
    /// `None`: as the desktop says.
    pub reduced_motion: Option<bool>,
    /// Opened when Berth starts.
    pub connections: Vec<SavedConnection>,
    pub shutdown_grace_seconds: u32,
    /// Questions the user does not want to be asked again.
    pub dismissed: Vec<Question>,
    pub default_accel: libvirt_backend::model::AccelChoice,
    pub is_inspector_open: bool,
    /// The one key that a guest does not get.
    pub host_key: HostKey,
    /// Keys that the user sends to guests, beside those that every menu has.
    pub combinations: Vec<Combination>,
    /// The keyboard that guests believe to have, for text that is typed into them.
    pub guest_layout: GuestLayout,
    pub sort: Sort,
    pub listing: Listing,
    /// Of cards.
    pub grouping: Grouping,
    /// How guests' screens are shown.
    pub scale: Scale,
    /// A guest that can is given the size of the window it is shown in.
    pub guest_follows_window: bool,
}

/// How large a guest's pixels are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scale {
    /// As large as the room allows.
    #[default]
    Fit,
    /// One pixel of the display each.
    Actual,
    /// A whole number of the display's pixels each, as many as fit.
    Integer,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ThemeChoice {
    #[default]
    Desktop,
    Dark,
    Light,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    English,
    SimplifiedChinese,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedConnection {
    pub uri: String,
    pub opens_at_start: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Question {
    ForceOff,
    /// How to begin, where other connections have machines already.
    FirstStart,
}

/// How the machines are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Listing {
    /// Few as cards, many as a table.
    #[default]
    ByNumber,
    Cards,
    Table,
}

/// What stands together under a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grouping {
    #[default]
    Nothing,
    Host,
    Tag,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    pub column: Column,
    pub is_descending: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Column {
    Name,
    State,
    Cpu,
    Memory,
    Disk,
    Network,
    Address,
    Uptime,
    Tags,
    Host,
}

impl Settings {
    /// Typed by hand, a number may be none that the window can be drawn with.
    #[must_use]
    pub fn within_bounds(mut self) -> Self {
        self.text_scale = if self.text_scale.is_finite() {
            self.text_scale.clamp(TEXT_SCALES.0, TEXT_SCALES.1)
        } else {
            1.0
        };
        self.shutdown_grace_seconds = self.shutdown_grace_seconds.clamp(GRACE_SECONDS.0, GRACE_SECONDS.1);
        self
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::Desktop,
            language: None,
            text_scale: 1.0,
            is_compact: false,
            reduced_motion: None,
            connections: vec![SavedConnection {
                uri: "qemu:///session".to_owned(),
                opens_at_start: true,
            }],
            shutdown_grace_seconds: 60,
            dismissed: Vec::new(),
            default_accel: Default::default(),
            is_inspector_open: true,
            host_key: HostKey::default(),
            combinations: Vec::new(),
            guest_layout: GuestLayout::default(),
            sort: Sort {
                column: Column::Name,
                is_descending: false,
            },
            listing: Listing::default(),
            grouping: Grouping::default(),
            scale: Scale::Fit,
            guest_follows_window: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_typed_by_hand_are_kept_within_what_can_be_drawn() {
        let with = |text_scale| Settings {
            text_scale,
            shutdown_grace_seconds: 0,
            ..Settings::default()
        };
        for (typed, used) in [(0.0, 0.5), (f32::NAN, 1.0), (100.0, 3.0), (1.1, 1.1)] {
            let settings = with(typed).within_bounds();
            assert_eq!((settings.text_scale, settings.shutdown_grace_seconds), (used, 5));
        }
    }
}
