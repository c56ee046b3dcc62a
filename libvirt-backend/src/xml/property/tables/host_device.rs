//! What of the host's is given to the guest: devices and folders.

use super::super::{Key, Kind, Scope, Stored};
use super::{AT_LEAST_ONE, COUNT, HEX, LINE, ON_OFF, PATH, PRESENT, YES_NO, group, p, scope};

pub(super) const HOST_DEVICE: Scope = scope(
    "hostdev",
    "devices/hostdev",
    Key::Alias,
    &[group(
        "hostdev",
        &[
            p("managed", "@managed", YES_NO),
            p(
                "model",
                "@model",
                Kind::Choice(&[
                    "vfio-pci",
                    "vfio-ccw",
                    "vfio-ap",
                    "virtio",
                    "virtio-transitional",
                    "virtio-non-transitional",
                ]),
            ),
            p("display", "@display", ON_OFF),
            p("ramfb", "@ramfb", ON_OFF),
            p(
                "startupPolicy",
                "source@startupPolicy",
                Kind::Choice(&["mandatory", "requisite", "optional"]),
            ),
            p(
                "guestReset",
                "source@guestReset",
                Kind::Choice(&["off", "uninitialized", "on"]),
            ),
            p("vendor", "source/vendor@id", HEX),
            p("product", "source/product@id", HEX),
            p("driver", "driver@name", Kind::Choice(&["vfio", "kvm"])),
            p("driver.model", "driver@model", LINE),
            p("boot", "boot@order", AT_LEAST_ONE),
            p("rom.enabled", "rom@enabled", YES_NO),
            p("rom.bar", "rom@bar", ON_OFF),
            p("rom.file", "rom@file", PATH),
        ],
    )],
);

pub(super) const REDIRECTION: Scope = scope(
    "redirdev",
    "devices/redirdev",
    Key::Alias,
    &[group(
        "redirdev",
        &[
            p("type", "@type", Kind::Choice(&["spicevmc", "tcp", "unix", "dbus"])),
            p("source.host", "source@host", LINE),
            p("source.service", "source@service", LINE),
            p("source.mode", "source@mode", LINE),
            p("boot", "boot@order", AT_LEAST_ONE),
        ],
    )],
);

/// By the name or folder that the guest sees.
pub(super) const FILESYSTEM: Scope = scope(
    "filesystem",
    "devices/filesystem",
    Key::At("target@dir"),
    &[group(
        "filesystem",
        &[
            p(
                "accessmode",
                "@accessmode",
                Kind::Choice(&["passthrough", "mapped", "squash"]),
            ),
            p(
                "multidevs",
                "@multidevs",
                Kind::Choice(&["default", "remap", "forbid", "warn"]),
            ),
            p("fmode", "@fmode", LINE),
            p("dmode", "@dmode", LINE),
            p(
                "driver",
                "driver@type",
                Kind::Choice(&["virtiofs", "path", "handle", "mtp"]),
            ),
            p("queue", "driver@queue", COUNT),
            p("format", "driver@format", LINE),
            p("source", "source@dir", PATH),
            p("source.socket", "source@socket", PATH),
            p("target", "target@dir", LINE),
            p("readonly", "readonly", PRESENT),
            p("binary", "binary@path", PATH),
            p("binary.xattr", "binary@xattr", ON_OFF),
            p("binary.cache", "binary/cache@mode", Kind::Choice(&["none", "always"])),
            p(
                "binary.sandbox",
                "binary/sandbox@mode",
                Kind::Choice(&["namespace", "chroot"]),
            ),
            p("binary.thread_pool", "binary/thread_pool@size", COUNT),
            p("binary.openfiles", "binary/openfiles@max", COUNT),
            p(
                "space_hard_limit",
                "space_hard_limit",
                Kind::Size(Stored::Unit("bytes")),
            ),
            p(
                "space_soft_limit",
                "space_soft_limit",
                Kind::Size(Stored::Unit("bytes")),
            ),
            p("boot", "boot@order", AT_LEAST_ONE),
        ],
    )],
);
