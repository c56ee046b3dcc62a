//! Which of a machine's displays to open, or why none.

use libvirt_backend::model::{Graphics, GraphicsKind, Machine};

/// A way to a machine's screen that this window speaks, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// QEMU's own, frames in shared memory.
    Dbus,
    Vnc,
}

/// One of the machine's `<graphics>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    pub index: u32,
    pub kind: Kind,
}

/// Can there be a picture?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Readiness {
    /// The machine is not on the list, or its list is not live.
    #[default]
    Unknown,
    Off,
    /// It has no display at all.
    NoDisplay,
    /// It has one that only other programs speak.
    OnlySpice,
    Ready,
}

pub fn readiness(machine: &Machine, is_live: bool) -> Readiness {
    let graphics = &machine.definition.graphics;
    if !is_live || !machine.definition.is_complete {
        Readiness::Unknown
    } else if graphics.is_empty() {
        Readiness::NoDisplay
    } else if choices(graphics).is_empty() {
        Readiness::OnlySpice
    } else if machine.state.is_active() {
        Readiness::Ready
    } else {
        Readiness::Off
    }
}

/// The displays that can be opened, the best first.
pub(super) fn choices(graphics: &[Graphics]) -> Vec<Choice> {
    let choice = |graphics: &Graphics| {
        let kind = match graphics.kind {
            GraphicsKind::DbusP2p => Kind::Dbus,
            GraphicsKind::Vnc => Kind::Vnc,
            GraphicsKind::Spice | GraphicsKind::Other(_) => return None,
        };
        let index = graphics.index;
        Some(Choice { index, kind })
    };
    let mut choices: Vec<Choice> = graphics.iter().filter_map(choice).collect();
    choices.sort_by_key(|choice| choice.kind);
    choices
}
