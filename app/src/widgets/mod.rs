//! The in-house widget kit: what every screen and dialog is built from.
//!
//! Nothing here knows libvirt, settings or a language: texts come in as arguments, already translated. Colours, sizes and
//! fonts come from [`tokens`] through [`Palette::of`] and the texts of [`text`], never as literals in a screen.
//! `cargo run --example widget_gallery` shows all of it in both themes.
//!
//! Before the first frame: [`fonts::install`] and [`theme::apply`]; a test gives [`testing::install_fixed_look`] to
//! `HarnessBuilder::with_context_setup` instead. Without them the named text styles do not exist and egui panics.
//!
//! | for | use |
//! | --- | --- |
//! | texts | [`text::title`], [`text::strong`], [`text::quiet`], [`text::secondary`], [`text::figure`], [`text::mono`] |
//! | actions | [`Button`]: `primary`, `secondary`, `ghost`, `danger`, `link`, `icon_only`; `.denied(reason)`; `.menu(…)` with [`menu_item`]; [`split_button_ui`] |
//! | states and counts | [`pill_ui`], [`badge_ui`], [`tag_ui`], [`chip_ui`] |
//! | grouping | [`card_ui`], [`page_title_ui`], [`section_ui`], [`facts_ui`], [`separator_ui`] |
//! | nothing, waiting, failed | [`empty_ui`], [`loading_ui`], [`error_ui`], [`banner_ui`], [`progress_ui`], [`spinner_ui`] |
//! | forms | [`TextField`], [`NumberField`], [`search_ui`], [`switch_ui`], [`checkbox_ui`], [`combo_ui`], [`segmented_ui`], [`field_ui`]; [`Named`] with [`text_box_ui`], [`lines_box_ui`] or [`drop_down_ui`] |
//! | places | [`SidebarItem`], [`tabs_ui`], [`Breakpoint`] |
//! | over the page | [`Dialog`], [`CommandPalette`], [`Toasts`] |
//! | figures | [`sparkline_ui`], [`Graph`] with [`HoverLine`], [`memory_bar_ui`], [`plot::round_ceiling`] |

pub mod button;
pub mod card;
pub mod choice;
pub mod dialog;
pub mod feedback;
pub mod focus;
pub mod fonts;
pub mod form;
pub mod graph;
pub mod icons;
pub mod layout;
pub mod palette;
pub mod pill;
pub mod plot;
pub mod sidebar;
mod slider;
pub mod terminal_colors;
pub mod testing;
pub mod text;
pub mod theme;
pub mod toast;
pub mod tokens;

pub use button::{Button, MenuItem, menu_item, menu_separator, shortcut_ui, split_button_ui};
pub use card::{card_frame, card_ui, facts_ui, page_title_ui, section_ui, section_with_ui, separator_ui};
pub use choice::{ListItem, combo_ui, drop_down_ui, icon_segments_ui, segmented_ui, segments_ui, tabs_ui};
pub use dialog::{Dialog, DialogResponse};
pub use feedback::{Failure, banner_ui, code_ui, empty_ui, error_ui, loading_ui, progress_ui, spinner_ui};
pub use form::{
    Named, NumberField, TextBox, TextField, checkbox_ui, field_ui, lines_box_ui, search_ui, switch_ui, text_box_ui,
};
pub use graph::{Graph, HoverLine, MemoryShare, Series, SeriesColor, memory_bar_ui, sparkline_ui};
pub use icons::Icon;
pub use layout::Breakpoint;
pub use palette::{CommandPalette, PaletteEntry, PaletteTexts};
pub use pill::{badge_ui, chip_ui, pill_ui, tag_ui};

pub use sidebar::{SidebarItem, sidebar_header_ui};
pub use slider::Slider;
pub use toast::{Toast, Toasts, keep_clear_ui};
pub use tokens::{Palette, ThemeChoice, Tone};
