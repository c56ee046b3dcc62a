//! `<disk>`.

use super::super::{Group, Key, Kind, Scope, Stored};
use super::{ANY, AT_LEAST_ONE, BYTES, COUNT, LINE, ON_OFF, PRESENT, YES_NO, group, p, scope};

pub(super) const DISK: Scope = scope(
    "disk",
    "devices/disk",
    Key::At("target@dev"),
    &[WHAT, SOURCE, DRIVER, LIMITS, GEOMETRY],
);

const WHAT: Group = group(
    "disk",
    &[
        p("device", "@device", Kind::Choice(&["disk", "cdrom", "floppy", "lun"])),
        p(
            "bus",
            "target@bus",
            Kind::Choice(&["virtio", "sata", "scsi", "usb", "ide", "fdc", "sd"]),
        ),
        p(
            "model",
            "@model",
            Kind::Choice(&[
                "virtio",
                "virtio-transitional",
                "virtio-non-transitional",
                "usb-storage",
                "usb-bot",
            ]),
        ),
        p("readonly", "readonly", PRESENT),
        p("shareable", "shareable", PRESENT),
        p("transient", "transient", PRESENT),
        p("removable", "target@removable", ON_OFF),
        p("tray", "target@tray", Kind::Choice(&["closed", "open"])),
        p("rotation_rate", "target@rotation_rate", Kind::Integer(1, 65_534)),
        p("serial", "serial", LINE),
        p("wwn", "wwn", LINE),
        p("vendor", "vendor", LINE),
        p("product", "product", LINE),
        p("boot", "boot@order", AT_LEAST_ONE),
        p(
            "snapshot",
            "@snapshot",
            Kind::Choice(&["internal", "external", "manual", "no"]),
        ),
        p("rawio", "@rawio", YES_NO),
        p("sgio", "@sgio", Kind::Choice(&["filtered", "unfiltered"])),
    ],
);

const SOURCE: Group = group(
    "disk_source",
    &[
        p(
            "type",
            "@type",
            Kind::Choice(&[
                "file",
                "block",
                "dir",
                "network",
                "volume",
                "nvme",
                "vhostuser",
                "vhostvdpa",
            ]),
        ),
        p("source.file", "source@file", LINE),
        p("source.dev", "source@dev", LINE),
        p("source.dir", "source@dir", LINE),
        p("source.pool", "source@pool", LINE),
        p("source.volume", "source@volume", LINE),
        p("source.protocol", "source@protocol", LINE),
        p("source.name", "source@name", LINE),
        p(
            "source.startupPolicy",
            "source@startupPolicy",
            Kind::Choice(&["mandatory", "requisite", "optional"]),
        ),
    ],
);

const ON_ERROR: &[&str] = &["stop", "report", "ignore", "enospace"];

const DRIVER: Group = group(
    "disk_driver",
    &[
        p("driver", "driver@name", LINE),
        p("format", "driver@type", LINE),
        p(
            "cache",
            "driver@cache",
            Kind::Choice(&["default", "none", "writeback", "writethrough", "directsync", "unsafe"]),
        ),
        p("io", "driver@io", Kind::Choice(&["threads", "native", "io_uring"])),
        p("discard", "driver@discard", Kind::Choice(&["unmap", "ignore"])),
        p("discard_no_unref", "driver@discard_no_unref", ON_OFF),
        p(
            "detect_zeroes",
            "driver@detect_zeroes",
            Kind::Choice(&["off", "on", "unmap"]),
        ),
        p("error_policy", "driver@error_policy", Kind::Choice(ON_ERROR)),
        p(
            "rerror_policy",
            "driver@rerror_policy",
            Kind::Choice(&["stop", "report", "ignore"]),
        ),
        p("iothread", "driver@iothread", AT_LEAST_ONE),
        p("queues", "driver@queues", AT_LEAST_ONE),
        p("queue_size", "driver@queue_size", AT_LEAST_ONE),
        p("ioeventfd", "driver@ioeventfd", ON_OFF),
        p("event_idx", "driver@event_idx", ON_OFF),
        p("copy_on_read", "driver@copy_on_read", ON_OFF),
        p("iommu", "driver@iommu", ON_OFF),
        p("ats", "driver@ats", ON_OFF),
        p("packed", "driver@packed", ON_OFF),
        p("page_per_vq", "driver@page_per_vq", ON_OFF),
        p(
            "metadata_cache",
            "driver/metadata_cache/max_size",
            Kind::Size(Stored::Unit("bytes")),
        ),
    ],
);

const LIMITS: Group = group(
    "iotune",
    &[
        p("iotune.total_bytes_sec", "iotune/total_bytes_sec", BYTES),
        p("iotune.read_bytes_sec", "iotune/read_bytes_sec", BYTES),
        p("iotune.write_bytes_sec", "iotune/write_bytes_sec", BYTES),
        p("iotune.total_iops_sec", "iotune/total_iops_sec", ANY),
        p("iotune.read_iops_sec", "iotune/read_iops_sec", ANY),
        p("iotune.write_iops_sec", "iotune/write_iops_sec", ANY),
        p("iotune.total_bytes_sec_max", "iotune/total_bytes_sec_max", BYTES),
        p("iotune.read_bytes_sec_max", "iotune/read_bytes_sec_max", BYTES),
        p("iotune.write_bytes_sec_max", "iotune/write_bytes_sec_max", BYTES),
        p("iotune.total_iops_sec_max", "iotune/total_iops_sec_max", ANY),
        p("iotune.read_iops_sec_max", "iotune/read_iops_sec_max", ANY),
        p("iotune.write_iops_sec_max", "iotune/write_iops_sec_max", ANY),
        p("iotune.size_iops_sec", "iotune/size_iops_sec", ANY),
        p("iotune.group_name", "iotune/group_name", LINE),
        p(
            "iotune.total_bytes_sec_max_length",
            "iotune/total_bytes_sec_max_length",
            ANY,
        ),
        p(
            "iotune.read_bytes_sec_max_length",
            "iotune/read_bytes_sec_max_length",
            ANY,
        ),
        p(
            "iotune.write_bytes_sec_max_length",
            "iotune/write_bytes_sec_max_length",
            ANY,
        ),
        p(
            "iotune.total_iops_sec_max_length",
            "iotune/total_iops_sec_max_length",
            ANY,
        ),
        p(
            "iotune.read_iops_sec_max_length",
            "iotune/read_iops_sec_max_length",
            ANY,
        ),
        p(
            "iotune.write_iops_sec_max_length",
            "iotune/write_iops_sec_max_length",
            ANY,
        ),
    ],
);

const GEOMETRY: Group = group(
    "disk_geometry",
    &[
        p("blockio.logical_block_size", "blockio@logical_block_size", COUNT),
        p("blockio.physical_block_size", "blockio@physical_block_size", COUNT),
        p("blockio.discard_granularity", "blockio@discard_granularity", COUNT),
        p("geometry.cyls", "geometry@cyls", AT_LEAST_ONE),
        p("geometry.heads", "geometry@heads", AT_LEAST_ONE),
        p("geometry.secs", "geometry@secs", AT_LEAST_ONE),
        p(
            "geometry.trans",
            "geometry@trans",
            Kind::Choice(&["auto", "none", "lba"]),
        ),
    ],
);
