//! Serial lines, consoles, parallel ports and channels: all are character devices of QEMU's.

use super::super::{Group, Key, Kind, Property, Scope};
use super::{COUNT, LINE, ON_OFF, PATH, YES_NO, group, p, scope};

const TYPE: Property = p(
    "type",
    "@type",
    Kind::Choice(&[
        "pty",
        "unix",
        "tcp",
        "udp",
        "file",
        "dev",
        "pipe",
        "null",
        "stdio",
        "vc",
        "dbus",
        "spicevmc",
        "spiceport",
        "qemu-vdagent",
        "nmdm",
    ]),
);
const SOURCE_PATH: Property = p("source.path", "source@path", PATH);
const SOURCE_MODE: Property = p(
    "source.mode",
    "source@mode",
    Kind::Choice(&["bind", "connect", "client", "server"]),
);
const SOURCE_HOST: Property = p("source.host", "source@host", LINE);
const SOURCE_SERVICE: Property = p("source.service", "source@service", LINE);
const SOURCE_APPEND: Property = p("source.append", "source@append", ON_OFF);
const SOURCE_CHANNEL: Property = p("source.channel", "source@channel", LINE);
const SOURCE_TLS: Property = p("source.tls", "source@tls", YES_NO);
const RECONNECT: Property = p("source.reconnect", "source/reconnect@enabled", YES_NO);
const RECONNECT_AFTER: Property = p("source.reconnect.timeout", "source/reconnect@timeout", COUNT);
const PROTOCOL: Property = p(
    "protocol",
    "protocol@type",
    Kind::Choice(&["raw", "telnet", "telnets", "tls"]),
);
const LOG: Property = p("log", "log@file", PATH);
const LOG_APPEND: Property = p("log.append", "log@append", ON_OFF);
const TARGET_PORT: Property = p("target.port", "target@port", COUNT);

pub(super) const SERIAL: Scope = scope(
    "serial",
    "devices/serial",
    Key::At("target@port"),
    &[group(
        "serial",
        &[
            TYPE,
            SOURCE_PATH,
            SOURCE_MODE,
            SOURCE_HOST,
            SOURCE_SERVICE,
            SOURCE_APPEND,
            SOURCE_CHANNEL,
            SOURCE_TLS,
            RECONNECT,
            RECONNECT_AFTER,
            PROTOCOL,
            LOG,
            LOG_APPEND,
            TARGET_PORT,
            p(
                "target.type",
                "target@type",
                Kind::Choice(&[
                    "isa-serial",
                    "usb-serial",
                    "pci-serial",
                    "spapr-vio-serial",
                    "system-serial",
                    "sclp-serial",
                    "isa-debug",
                ]),
            ),
            p(
                "target.model",
                "target/model@name",
                Kind::Choice(&[
                    "isa-serial",
                    "usb-serial",
                    "pci-serial",
                    "spapr-vty",
                    "pl011",
                    "16550a",
                    "sclpconsole",
                    "sclplmconsole",
                    "isa-debugcon",
                ]),
            ),
        ],
    )],
);

pub(super) const PARALLEL: Scope = scope("parallel", "devices/parallel", Key::At("target@port"), &[PORT_OF_OLD]);

const PORT_OF_OLD: Group = group(
    "parallel",
    &[
        TYPE,
        SOURCE_PATH,
        SOURCE_MODE,
        SOURCE_HOST,
        SOURCE_SERVICE,
        SOURCE_APPEND,
        PROTOCOL,
        LOG,
        LOG_APPEND,
        TARGET_PORT,
    ],
);

pub(super) const CONSOLE: Scope = scope(
    "console",
    "devices/console",
    Key::At("target@port"),
    &[group(
        "console",
        &[
            TYPE,
            SOURCE_PATH,
            SOURCE_MODE,
            SOURCE_HOST,
            SOURCE_SERVICE,
            SOURCE_APPEND,
            PROTOCOL,
            LOG,
            LOG_APPEND,
            TARGET_PORT,
            p(
                "target.type",
                "target@type",
                Kind::Choice(&["serial", "virtio", "sclp", "sclplm", "xen"]),
            ),
        ],
    )],
);

/// By the name that the guest sees.
pub(super) const CHANNEL: Scope = scope(
    "channel",
    "devices/channel",
    Key::At("target@name"),
    &[group(
        "channel",
        &[
            TYPE,
            SOURCE_PATH,
            SOURCE_MODE,
            SOURCE_HOST,
            SOURCE_SERVICE,
            SOURCE_CHANNEL,
            RECONNECT,
            RECONNECT_AFTER,
            LOG,
            LOG_APPEND,
            p(
                "target.type",
                "target@type",
                Kind::Choice(&["virtio", "guestfwd", "xen"]),
            ),
            p("target.name", "target@name", LINE),
            p("clipboard.copypaste", "source/clipboard@copypaste", YES_NO),
            p("mouse.mode", "source/mouse@mode", Kind::Choice(&["server", "client"])),
        ],
    )],
);
