//! Which of a machine's displays to open, or why none.

use std::borrow::Cow;

use libvirt_backend::command::Passage;
use libvirt_backend::model::{Graphics, GraphicsKind, Machine};

use crate::console::Frames;

/// A way to a machine's screen that this window speaks, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// QEMU's own, frames in shared memory.
    Dbus,
    Vnc,
}

/// The way that a session really took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// QEMU's own display, with frames as they come from it.
    Dbus(Option<Frames>),
    Vnc(Passage),
}

/// One of the machine's `<graphics>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    pub index: u32,
    pub kind: Kind,
}

/// What `BERTH_DISPLAY` asks for instead of the best way: to measure the others, and to see in which a fault lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preference {
    #[default]
    Best,
    /// QEMU's own, its frames copied as an old QEMU does it: `dbus-copied`.
    DbusCopied,
    /// `vnc`
    Vnc,
}

impl Preference {
    pub fn of_environment() -> Self {
        let asked = std::env::var("BERTH_DISPLAY").unwrap_or_default();
        match asked.as_str() {
            "" => Self::Best,
            "dbus-copied" => Self::DbusCopied,
            "vnc" => Self::Vnc,
            _ => {
                tracing::warn!(asked, "BERTH_DISPLAY is neither dbus-copied nor vnc");
                Self::Best
            }
        }
    }

    pub const fn shares_memory(self) -> bool {
        !matches!(self, Self::DbusCopied)
    }

    /// Those of a machine's displays that may be opened: all where what is asked for is not among them.
    pub fn among(self, graphics: &[Graphics]) -> Cow<'_, [Graphics]> {
        let is_vnc = |graphics: &&Graphics| graphics.kind == GraphicsKind::Vnc;
        if self == Self::Vnc && graphics.iter().any(|graphics| is_vnc(&graphics)) {
            Cow::Owned(graphics.iter().filter(is_vnc).cloned().collect())
        } else {
            Cow::Borrowed(graphics)
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vnc_is_taken_where_it_is_asked_for_and_there() {
        let graphics = |index, kind| Graphics { index, kind };
        let both = [graphics(0, GraphicsKind::Vnc), graphics(1, GraphicsKind::DbusP2p)];
        let first = |preference: Preference, graphics: &[Graphics]| choices(&preference.among(graphics))[0];
        assert_eq!(first(Preference::Best, &both).kind, Kind::Dbus);
        assert_eq!(
            first(Preference::Vnc, &both),
            Choice {
                index: 0,
                kind: Kind::Vnc
            }
        );
        assert_eq!(first(Preference::Vnc, &both[1..]).kind, Kind::Dbus);
    }
}
