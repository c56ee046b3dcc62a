//! Where the window was when it was closed. Lost without harm.

use serde::{Deserialize, Serialize};

use crate::route::{MachineKey, Route};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WindowState {
    /// In points; `None`: never seen.
    pub size: Option<[f32; 2]>,
    pub is_maximized: bool,
    pub route: Route,
    pub selection: Option<MachineKey>,
    /// Of the windows that consoles have to themselves, in points; the newest last.
    pub console_sizes: Vec<(MachineKey, [f32; 2])>,
}

impl WindowState {
    /// The size to open with: what was, where it makes sense on any display.
    pub fn usable_size(&self) -> Option<[f32; 2]> {
        self.size.filter(|size| {
            let [width, height] = *size;
            (super::MIN_WINDOW[0]..10_000.0).contains(&width) && (super::MIN_WINDOW[1]..10_000.0).contains(&height)
        })
    }
}
