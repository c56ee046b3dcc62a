//! Devices with few settings.

use super::super::{Key, Kind, Scope, Stored};
use super::{AT_LEAST_ONE, BYTE, COUNT, LINE, MEMORY, ON_OFF, PATH, VIRTIO, YES_NO, group, p, scope};

/// By type and index: `controller.usb.0.model`.
pub(super) const CONTROLLER: Scope = scope(
    "controller",
    "devices/controller",
    Key::Pair("type", "index"),
    &[group(
        "controller",
        &[
            p("model", "@model", LINE),
            p("ports", "@ports", COUNT),
            p("vectors", "@vectors", COUNT),
            p("queues", "driver@queues", AT_LEAST_ONE),
            p("cmd_per_lun", "driver@cmd_per_lun", COUNT),
            p("max_sectors", "driver@max_sectors", COUNT),
            p("iothread", "driver@iothread", AT_LEAST_ONE),
            p("ioeventfd", "driver@ioeventfd", ON_OFF),
            p("iommu", "driver@iommu", ON_OFF),
            p("ats", "driver@ats", ON_OFF),
            p("packed", "driver@packed", ON_OFF),
            p("chassis", "target@chassis", BYTE),
            p("port", "target@port", LINE),
            p("chassisNr", "target@chassisNr", BYTE),
            p("busNr", "target@busNr", BYTE),
            p("hotplug", "target@hotplug", ON_OFF),
            p("pcihole64", "pcihole64", MEMORY),
        ],
    )],
);

pub(super) const INPUT: Scope = scope(
    "input",
    "devices/input",
    Key::Alias,
    &[group(
        "input",
        &[
            p(
                "type",
                "@type",
                Kind::Choice(&["tablet", "mouse", "keyboard", "passthrough", "evdev"]),
            ),
            p("bus", "@bus", Kind::Choice(&["usb", "virtio", "ps2", "xen", "none"])),
            p("model", "@model", VIRTIO),
            p("source", "source@evdev", PATH),
            p("source.dev", "source@dev", PATH),
            p("source.grab", "source@grab", Kind::Choice(&["all"])),
            p("source.repeat", "source@repeat", ON_OFF),
        ],
    )],
);

pub(super) const TPM: Scope = scope(
    "tpm",
    "devices/tpm",
    Key::Alias,
    &[group(
        "tpm",
        &[
            p(
                "model",
                "@model",
                Kind::Choice(&["tpm-crb", "tpm-tis", "tpm-spapr", "spapr-tpm-proxy"]),
            ),
            p(
                "type",
                "backend@type",
                Kind::Choice(&["emulator", "passthrough", "external"]),
            ),
            p("version", "backend@version", Kind::Choice(&["2.0", "1.2"])),
            p("persistent_state", "backend@persistent_state", YES_NO),
            p("debug", "backend@debug", BYTE),
            p("device", "backend/device@path", PATH),
            p("encryption", "backend/encryption@secret", LINE),
            p("profile", "backend/profile@name", LINE),
        ],
    )],
);

pub(super) const RNG: Scope = scope(
    "rng",
    "devices/rng",
    Key::Alias,
    &[group(
        "rng",
        &[
            p("model", "@model", VIRTIO),
            p("backend", "backend@model", Kind::Choice(&["random", "builtin", "egd"])),
            p("backend.path", "backend", PATH),
            p("rate.bytes", "rate@bytes", AT_LEAST_ONE),
            // Milliseconds.
            p("rate.period", "rate@period", AT_LEAST_ONE),
        ],
    )],
);

pub(super) const WATCHDOG: Scope = scope(
    "watchdog",
    "devices/watchdog",
    Key::Alias,
    &[group(
        "watchdog",
        &[
            p(
                "model",
                "@model",
                Kind::Choice(&["itco", "i6300esb", "ib700", "diag288"]),
            ),
            p(
                "action",
                "@action",
                Kind::Choice(&["reset", "shutdown", "poweroff", "pause", "none", "dump", "inject-nmi"]),
            ),
        ],
    )],
);

pub(super) const BALLOON: Scope = scope(
    "memballoon",
    "devices/memballoon",
    Key::Alias,
    &[group(
        "memballoon",
        &[
            p(
                "model",
                "@model",
                Kind::Choice(&["virtio", "virtio-transitional", "virtio-non-transitional", "none"]),
            ),
            p("autodeflate", "@autodeflate", ON_OFF),
            p("freePageReporting", "@freePageReporting", ON_OFF),
            // Seconds.
            p("stats.period", "stats@period", AT_LEAST_ONE),
        ],
    )],
);

pub(super) const PANIC: Scope = scope(
    "panic",
    "devices/panic",
    Key::Alias,
    &[group(
        "panic",
        &[p(
            "model",
            "@model",
            Kind::Choice(&["isa", "pvpanic", "hyperv", "pseries", "s390"]),
        )],
    )],
);

pub(super) const VSOCK: Scope = scope(
    "vsock",
    "devices/vsock",
    Key::Alias,
    &[group(
        "vsock",
        &[
            p("model", "@model", VIRTIO),
            p("cid.auto", "cid@auto", YES_NO),
            p("cid.address", "cid@address", Kind::Integer(3, 4_294_967_294)),
        ],
    )],
);

pub(super) const IOMMU: Scope = scope(
    "iommu",
    "devices/iommu",
    Key::Alias,
    &[group(
        "iommu",
        &[
            p("model", "@model", Kind::Choice(&["intel", "virtio", "smmuv3"])),
            p("intremap", "driver@intremap", ON_OFF),
            p("caching_mode", "driver@caching_mode", ON_OFF),
            p("eim", "driver@eim", ON_OFF),
            p("iotlb", "driver@iotlb", ON_OFF),
            p("aw_bits", "driver@aw_bits", BYTE),
            p("dma_translation", "driver@dma_translation", ON_OFF),
        ],
    )],
);

pub(super) const SHARED_MEMORY: Scope = scope(
    "shmem",
    "devices/shmem",
    Key::At("@name"),
    &[group(
        "shmem",
        &[
            p(
                "model",
                "model@type",
                Kind::Choice(&["ivshmem-plain", "ivshmem-doorbell"]),
            ),
            p("role", "@role", Kind::Choice(&["master", "peer"])),
            p("size", "size", Kind::Size(Stored::Unit("bytes"))),
            p("server", "server@path", PATH),
        ],
    )],
);

pub(super) const SMARTCARD: Scope = scope(
    "smartcard",
    "devices/smartcard",
    Key::Alias,
    &[group(
        "smartcard",
        &[
            p(
                "mode",
                "@mode",
                Kind::Choice(&["passthrough", "host", "host-certificates"]),
            ),
            p("type", "@type", LINE),
            p("source.path", "source@path", PATH),
        ],
    )],
);

pub(super) const HUB: Scope = scope(
    "hub",
    "devices/hub",
    Key::Alias,
    &[group("hub", &[p("type", "@type", Kind::Choice(&["usb"]))])],
);
