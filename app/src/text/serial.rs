//! The names of serial lines and how they stand.

use libvirt_backend::model::{SerialDevice, SerialKind};

use crate::console::serial::LineState;
use crate::t;

/// "Serial 1", "Console 2": counted among their own kind, as a guest counts them.
pub fn device_name(serials: &[SerialDevice], device: &SerialDevice) -> String {
    let mut siblings = serials.iter().filter(|other| other.kind == device.kind);
    let number = siblings
        .position(|other| other.alias == device.alias)
        .map_or(1, |place| place + 1);
    match device.kind {
        SerialKind::Port => t!("serial-port", number = number),
        SerialKind::Virtio | SerialKind::Other => t!("serial-console", number = number),
    }
}

pub fn line_name(state: &LineState, is_running: bool) -> String {
    match state {
        _ if !is_running => t!("serial-state-off"),
        LineState::Wanted | LineState::GivenBack => t!("serial-state-wanted"),
        LineState::Open => t!("serial-state-open"),
        LineState::Ended(_) | LineState::Refused(_) => t!("serial-state-ended"),
    }
}
