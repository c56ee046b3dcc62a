//! The in-house widget kit: what every screen and dialog is built from.
//!
//! Nothing here knows libvirt, settings or a language: texts come in as arguments, already translated.

pub mod button;
pub mod card;
pub mod choice;
pub mod dialog;
pub mod feedback;
pub mod fonts;
pub mod form;
pub mod icons;
pub mod layout;
pub mod pill;
pub mod sidebar;
pub mod testing;
pub mod text;
pub mod theme;
pub mod toast;
pub mod tokens;

pub use button::{Button, MenuItem, menu_item, menu_separator, shortcut_ui, split_button_ui};
pub use card::{card_frame, card_ui, facts_ui, page_title_ui, section_ui, section_with_ui, separator_ui};
pub use choice::{combo_ui, segmented_ui, tabs_ui};
pub use dialog::{Dialog, DialogResponse};
pub use feedback::{Failure, banner_ui, code_ui, empty_ui, error_ui, loading_ui, progress_ui, spinner_ui};
pub use form::{NumberField, TextField, checkbox_ui, field_ui, search_ui, switch_ui};
pub use icons::Icon;
pub use layout::Breakpoint;
pub use pill::{badge_ui, chip_ui, pill_ui, tag_ui};
pub use sidebar::{SidebarItem, sidebar_header_ui};
pub use toast::{Toast, Toasts};
pub use tokens::{Palette, ThemeChoice, Tone};
