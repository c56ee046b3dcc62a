//! What the machine is, and what happens when it ends.

use super::super::{Form, Group, Key, Kind, Scope};
use super::{LINE, PATH, YES_NO, group, p, scope};

pub(super) const OVERVIEW: Group = group(
    "overview",
    &[
        p("name", "name", Kind::Text(Form::Name)),
        p("title", "title", LINE),
        p("description", "description", Kind::Text(Form::Lines)),
        // Which system it was made for, in libosinfo's words; virt-install and others read and write it there.
        p("osinfo", "metadata/libosinfo:libosinfo/libosinfo:os@id", LINE),
        p("uuid", "uuid", Kind::Text(Form::Uuid)),
        p("genid", "genid", Kind::Text(Form::Uuid)),
        p("type", "@type", Kind::Choice(&["kvm", "qemu", "hvf"])),
        p("os.arch", "os/type@arch", LINE),
        p("os.machine", "os/type@machine", LINE),
        p("emulator", "devices/emulator", PATH),
    ],
);

const ENDING: Kind = Kind::Choice(&["destroy", "restart", "preserve", "rename-restart"]);

pub(super) const EVENTS: Group = group(
    "events",
    &[
        p("on_poweroff", "on_poweroff", ENDING),
        p("on_reboot", "on_reboot", ENDING),
        p(
            "on_crash",
            "on_crash",
            Kind::Choice(&[
                "destroy",
                "restart",
                "preserve",
                "rename-restart",
                "coredump-destroy",
                "coredump-restart",
            ]),
        ),
        p(
            "on_lockfailure",
            "on_lockfailure",
            Kind::Choice(&["poweroff", "restart", "pause", "ignore"]),
        ),
        p("pm.suspend-to-mem", "pm/suspend-to-mem@enabled", YES_NO),
        p("pm.suspend-to-disk", "pm/suspend-to-disk@enabled", YES_NO),
    ],
);

/// How the host keeps the machine apart, by the name of what does it: selinux, apparmor, dac.
pub(super) const SECURITY_LABEL: Scope = scope(
    "seclabel",
    "seclabel",
    Key::Made("model"),
    &[group(
        "seclabel",
        &[
            p("type", "@type", Kind::Choice(&["dynamic", "static", "none"])),
            p("relabel", "@relabel", YES_NO),
            p("label", "label", LINE),
            p("baselabel", "baselabel", LINE),
        ],
    )],
);
