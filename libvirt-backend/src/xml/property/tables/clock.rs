//! The guest's clock and what ticks it.

use super::super::{Group, Key, Kind, Scope};
use super::{ANY, LINE, YES_NO, group, p, scope};

pub(super) const CLOCK: Group = group(
    "clock",
    &[
        p(
            "clock.offset",
            "clock@offset",
            Kind::Choice(&["utc", "localtime", "timezone", "variable", "absolute"]),
        ),
        p("clock.timezone", "clock@timezone", LINE),
        p("clock.basis", "clock@basis", Kind::Choice(&["utc", "localtime"])),
        p("clock.adjustment", "clock@adjustment", LINE),
        p("clock.start", "clock@start", ANY),
    ],
);

/// Each by its name.
pub(super) const TIMER: Scope = scope(
    "clock.timer",
    "clock/timer",
    Key::Made("name"),
    &[group(
        "timer",
        &[
            p("present", "@present", YES_NO),
            p(
                "tickpolicy",
                "@tickpolicy",
                Kind::Choice(&["delay", "catchup", "merge", "discard"]),
            ),
            p("track", "@track", Kind::Choice(&["boot", "guest", "wall", "realtime"])),
            p("frequency", "@frequency", ANY),
            p(
                "mode",
                "@mode",
                Kind::Choice(&["auto", "native", "emulate", "paravirt", "smpsafe"]),
            ),
        ],
    )],
);
