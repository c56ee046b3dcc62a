//! The in-house widget kit: what every screen and dialog is built from.
//!
//! Nothing here knows libvirt, settings or a language: texts come in as arguments, already translated.

pub mod button;
pub mod fonts;
pub mod icons;
pub mod testing;
pub mod text;
pub mod theme;
pub mod tokens;

pub use button::{Button, MenuItem, menu_item, menu_separator, shortcut_ui, split_button_ui};
pub use icons::Icon;
pub use tokens::{Palette, ThemeChoice, Tone};
