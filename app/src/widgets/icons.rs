//! The icons of the program, by what they mean. One icon font, so that all have one weight.

use egui::{Color32, FontId, Pos2, RichText, Ui};
use egui_material_icons::icons as material;

pub use egui_material_icons::MaterialIcon as Icon;

pub const START: Icon = material::ICON_PLAY_ARROW;
pub const STOP: Icon = material::ICON_STOP;
pub const POWER: Icon = material::ICON_POWER_SETTINGS_NEW.outlined();
pub const PAUSE: Icon = material::ICON_PAUSE;
pub const SAVE: Icon = material::ICON_SAVE.outlined();
pub const RESTART: Icon = material::ICON_RESTART_ALT.outlined();
pub const SNAPSHOT: Icon = material::ICON_PHOTO_CAMERA.outlined();
pub const DELETE: Icon = material::ICON_DELETE.outlined();
pub const ADD: Icon = material::ICON_ADD.outlined();
pub const REMOVE: Icon = material::ICON_REMOVE.outlined();
pub const SEARCH: Icon = material::ICON_SEARCH.outlined();
pub const FILTER: Icon = material::ICON_FILTER_LIST.outlined();
pub const SETTINGS: Icon = material::ICON_SETTINGS.outlined();
/// A virtual machine.
pub const MACHINE: Icon = material::ICON_DEPLOYED_CODE.outlined();
/// This computer.
pub const COMPUTER: Icon = material::ICON_COMPUTER.outlined();
/// A remote host.
pub const HOST: Icon = material::ICON_DNS.outlined();
pub const WARNING: Icon = material::ICON_WARNING.outlined();
pub const ERROR: Icon = material::ICON_ERROR.outlined();
pub const INFO: Icon = material::ICON_INFO.outlined();
pub const ATTENTION: Icon = material::ICON_NOTIFICATION_IMPORTANT.outlined();
pub const DONE: Icon = material::ICON_CHECK_CIRCLE;
pub const CHECK: Icon = material::ICON_CHECK.outlined();
pub const OFF: Icon = material::ICON_MODE_OFF_ON.outlined();
pub const DISC: Icon = material::ICON_ALBUM.outlined();
pub const EJECT: Icon = material::ICON_EJECT.outlined();
pub const TAG: Icon = material::ICON_SELL.outlined();
pub const CONSOLE: Icon = material::ICON_DESKTOP_WINDOWS.outlined();
pub const OPEN_OUTSIDE: Icon = material::ICON_OPEN_IN_NEW.outlined();
pub const ATTACH: Icon = material::ICON_SYSTEM_UPDATE_ALT.outlined();
pub const FULLSCREEN: Icon = material::ICON_FULLSCREEN;
pub const FULLSCREEN_EXIT: Icon = material::ICON_FULLSCREEN_EXIT;
pub const SCALE: Icon = material::ICON_ASPECT_RATIO.outlined();
pub const COPY: Icon = material::ICON_CONTENT_COPY.outlined();
pub const CLOSE: Icon = material::ICON_CLOSE.outlined();
pub const CHEVRON_RIGHT: Icon = material::ICON_CHEVRON_RIGHT.outlined();
pub const CHEVRON_DOWN: Icon = material::ICON_EXPAND_MORE.outlined();
pub const CHEVRON_UP: Icon = material::ICON_EXPAND_LESS.outlined();
pub const MENU: Icon = material::ICON_MENU.outlined();
pub const MORE: Icon = material::ICON_MORE_VERT.outlined();
pub const STORAGE: Icon = material::ICON_HARD_DRIVE.outlined();
pub const NETWORK: Icon = material::ICON_LAN.outlined();
pub const CPU: Icon = material::ICON_MEMORY.outlined();
pub const MEMORY: Icon = material::ICON_MEMORY_ALT.outlined();
pub const GRAPH: Icon = material::ICON_MONITORING.outlined();
pub const KEYBOARD: Icon = material::ICON_KEYBOARD.outlined();
pub const RETRY: Icon = material::ICON_REFRESH.outlined();
pub const CANCEL: Icon = material::ICON_CANCEL.outlined();
pub const EDIT: Icon = material::ICON_EDIT.outlined();
pub const FOLDER: Icon = material::ICON_FOLDER_OPEN.outlined();
pub const SORT_ASCENDING: Icon = material::ICON_ARROW_UPWARD.outlined();
pub const SORT_DESCENDING: Icon = material::ICON_ARROW_DOWNWARD.outlined();
pub const BACK: Icon = material::ICON_ARROW_BACK.outlined();
pub const ACTIVITY: Icon = material::ICON_HISTORY.outlined();
pub const PENDING: Icon = material::ICON_HOURGLASS_EMPTY.outlined();
pub const UNDO: Icon = material::ICON_UNDO.outlined();
pub const REDO: Icon = material::ICON_REDO.outlined();
pub const HELP: Icon = material::ICON_HELP.outlined();
pub const CONNECT: Icon = material::ICON_LINK.outlined();
pub const DISCONNECTED: Icon = material::ICON_LINK_OFF.outlined();
pub const SLOW: Icon = material::ICON_SPEED.outlined();
pub const SHORTCUT: Icon = material::ICON_ADD_TO_HOME_SCREEN.outlined();
/// Machines as cards, and as a table.
pub const CARDS: Icon = material::ICON_GRID_VIEW.outlined();
pub const TABLE: Icon = material::ICON_TABLE_ROWS.outlined();
pub const TERMINAL: Icon = material::ICON_TERMINAL.outlined();
pub const PASTE: Icon = material::ICON_CONTENT_PASTE.outlined();
/// How large something is.
pub const EXTENT: Icon = material::ICON_ASPECT_RATIO.outlined();
pub const PICTURE: Icon = material::ICON_IMAGE.outlined();
pub const SOUND: Icon = material::ICON_VOLUME_UP.outlined();
pub const KEY: Icon = material::ICON_KEY.outlined();
pub const USB: Icon = material::ICON_USB.outlined();
pub const DEVICE: Icon = material::ICON_DEVELOPER_BOARD.outlined();
/// A text for machines.
pub const CODE: Icon = material::ICON_CODE;
pub const DRAG: Icon = material::ICON_DRAG_INDICATOR.outlined();
pub const SYNC: Icon = material::ICON_SYNC.outlined();

/// `icon` as text to put before other text of `size` points.
pub fn icon_text(icon: Icon, size: f32, color: Color32) -> RichText {
    icon.rich_text().size(size).color(color)
}

/// Paints `icon` centred on `center`. It says nothing to a screen reader: the widget around it must.
pub fn paint_icon(ui: &Ui, icon: Icon, center: Pos2, size: f32, color: Color32) {
    let size = size * super::tokens::text_scale(ui.ctx());
    let galley = ui
        .painter()
        .layout_no_wrap(icon.codepoint.to_owned(), FontId::new(size, icon.font_family()), color);
    let ink = galley.mesh_bounds;
    // The glyphs sit unevenly in their line, so what is centred is the ink of a square icon, not the line.
    let top_left = center - egui::vec2(galley.size().x / 2.0, ink.center().y);
    ui.painter().galley(top_left, galley, color);
}
