//! The engine without what only a window needs.

#[path = "../../../app/src/console/area.rs"]
mod area;
#[path = "../../../app/src/console/dbus/mod.rs"]
pub mod dbus;
#[path = "../../../app/src/console/ending.rs"]
mod ending;
#[path = "../../../app/src/console/input.rs"]
mod input;
#[path = "../../../app/src/console/painter.rs"]
mod painter;
#[path = "../../../app/src/console/rfb/mod.rs"]
pub mod rfb;
#[path = "../../../app/src/console/screen.rs"]
mod screen;

pub use area::{Area, Damage};
pub use ending::Ending;
pub use input::{Input, InputQueue, PointerButton};
use painter::run_painter;
pub use painter::{Pixels, start_painter};
pub use screen::{
    Canvas, Counts, Cursor, CursorChange, Frames, Fresh, Hold, Lights, Patch, PointerMode, Screen, SizeRefusal, screen,
};
