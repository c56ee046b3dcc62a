//! Firmware, and what the machine starts from.

use super::super::{Group, Key, Kind, Scope, firmware};
use super::{COUNT, LINE, PATH, YES_NO, group, p, scope};

const FORMAT: Kind = Kind::Choice(&["raw", "qcow2"]);

pub(in super::super) const FIRMWARE: Group = group(
    "firmware",
    &[
        p(
            "firmware",
            "os",
            Kind::Choice(&[firmware::BIOS, firmware::UEFI, firmware::SECURE_BOOT]),
        )
        .summary(),
        p("os.firmware", "os@firmware", Kind::Choice(&["bios", "efi"])),
        p("os.loader", "os/loader", PATH),
        p("os.loader.readonly", "os/loader@readonly", YES_NO),
        p("os.loader.type", "os/loader@type", Kind::Choice(&["rom", "pflash"])),
        p("os.loader.secure", "os/loader@secure", YES_NO),
        p("os.loader.stateless", "os/loader@stateless", YES_NO),
        p("os.loader.format", "os/loader@format", FORMAT),
        p("os.nvram", "os/nvram", PATH),
        p("os.nvram.template", "os/nvram@template", PATH),
        p("os.nvram.templateFormat", "os/nvram@templateFormat", FORMAT),
        p("os.nvram.format", "os/nvram@format", FORMAT),
        p("os.varstore", "os/varstore@path", PATH),
        p("os.varstore.template", "os/varstore@template", PATH),
    ],
);

/// `secure-boot`, `enrolled-keys`.
pub(super) const FIRMWARE_FEATURE: Scope = scope(
    "os.firmware.feature",
    "os/firmware/feature",
    Key::Made("name"),
    &[group("firmware_feature", &[p("", "@enabled", YES_NO)])],
);

pub(super) const BOOT: Group = group(
    "boot",
    &[
        p("os.boot", "os/boot@dev", Kind::Each(&["hd", "cdrom", "network", "fd"])),
        p("os.bootmenu", "os/bootmenu@enable", YES_NO),
        // Milliseconds.
        p("os.bootmenu.timeout", "os/bootmenu@timeout", Kind::Integer(0, 65_535)),
        p(
            "os.smbios",
            "os/smbios@mode",
            Kind::Choice(&["emulate", "host", "sysinfo"]),
        ),
        p("os.bios.useserial", "os/bios@useserial", YES_NO),
        // Milliseconds; -1: never.
        p(
            "os.bios.rebootTimeout",
            "os/bios@rebootTimeout",
            Kind::Integer(-1, 65_535),
        ),
    ],
);

pub(super) const KERNEL: Group = group(
    "kernel",
    &[
        p("os.kernel", "os/kernel", PATH),
        p("os.initrd", "os/initrd", PATH),
        p("os.cmdline", "os/cmdline", LINE),
        p("os.dtb", "os/dtb", PATH),
        p("os.shim", "os/shim", PATH),
        p("iothreads.default.min", "defaultiothread@thread_pool_min", COUNT),
        p("iothreads.default.max", "defaultiothread@thread_pool_max", COUNT),
    ],
);
