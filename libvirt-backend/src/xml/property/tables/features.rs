//! What the machine's board can, and what is told to guests that know they are one.

use super::super::{Group, Kind, Stored};
use super::{COUNT, LINE, ON_OFF, PRESENT, group, p};

pub(super) const FEATURES: Group = group(
    "features",
    &[
        p("features.acpi", "features/acpi", PRESENT),
        p("features.apic", "features/apic", PRESENT),
        p("features.apic.eoi", "features/apic@eoi", ON_OFF),
        p("features.pae", "features/pae", PRESENT),
        p("features.hap", "features/hap@state", ON_OFF),
        p("features.pvspinlock", "features/pvspinlock@state", ON_OFF),
        p("features.ps2", "features/ps2@state", ON_OFF),
        p("features.pmu", "features/pmu@state", ON_OFF),
        p("features.vmport", "features/vmport@state", ON_OFF),
        p(
            "features.gic.version",
            "features/gic@version",
            Kind::Choice(&["2", "3", "host"]),
        ),
        p("features.smm", "features/smm@state", ON_OFF),
        p(
            "features.smm.tseg",
            "features/smm/tseg",
            Kind::Size(Stored::Unit("MiB")),
        ),
        p(
            "features.ioapic",
            "features/ioapic@driver",
            Kind::Choice(&["kvm", "qemu"]),
        ),
        p("features.vmcoreinfo", "features/vmcoreinfo@state", ON_OFF),
        p(
            "features.msrs.unknown",
            "features/msrs@unknown",
            Kind::Choice(&["ignore", "fault"]),
        ),
        p(
            "features.tcg.tb-cache",
            "features/tcg/tb-cache",
            Kind::Size(Stored::Unit("MiB")),
        ),
        p(
            "features.async-teardown",
            "features/async-teardown@enabled",
            Kind::YesNo,
        ),
        p("features.ras", "features/ras@state", ON_OFF),
    ],
);

/// Enlightenments: what makes Windows run faster here.
pub(super) const HYPERV: Group = group(
    "hyperv",
    &[
        p(
            "hyperv.mode",
            "features/hyperv@mode",
            Kind::Choice(&["custom", "passthrough", "host-model"]),
        ),
        p("hyperv.relaxed", "features/hyperv/relaxed@state", ON_OFF),
        p("hyperv.vapic", "features/hyperv/vapic@state", ON_OFF),
        p("hyperv.spinlocks", "features/hyperv/spinlocks@state", ON_OFF),
        p(
            "hyperv.spinlocks.retries",
            "features/hyperv/spinlocks@retries",
            Kind::Integer(4_095, u32::MAX as i64),
        ),
        p("hyperv.vpindex", "features/hyperv/vpindex@state", ON_OFF),
        p("hyperv.runtime", "features/hyperv/runtime@state", ON_OFF),
        p("hyperv.synic", "features/hyperv/synic@state", ON_OFF),
        p("hyperv.stimer", "features/hyperv/stimer@state", ON_OFF),
        p("hyperv.stimer.direct", "features/hyperv/stimer/direct@state", ON_OFF),
        p("hyperv.reset", "features/hyperv/reset@state", ON_OFF),
        p("hyperv.vendor_id", "features/hyperv/vendor_id@state", ON_OFF),
        p("hyperv.vendor_id.value", "features/hyperv/vendor_id@value", LINE),
        p("hyperv.frequencies", "features/hyperv/frequencies@state", ON_OFF),
        p(
            "hyperv.reenlightenment",
            "features/hyperv/reenlightenment@state",
            ON_OFF,
        ),
        p("hyperv.tlbflush", "features/hyperv/tlbflush@state", ON_OFF),
        p(
            "hyperv.tlbflush.direct",
            "features/hyperv/tlbflush/direct@state",
            ON_OFF,
        ),
        p(
            "hyperv.tlbflush.extended",
            "features/hyperv/tlbflush/extended@state",
            ON_OFF,
        ),
        p("hyperv.ipi", "features/hyperv/ipi@state", ON_OFF),
        p("hyperv.evmcs", "features/hyperv/evmcs@state", ON_OFF),
        p("hyperv.avic", "features/hyperv/avic@state", ON_OFF),
        p("hyperv.emsr_bitmap", "features/hyperv/emsr_bitmap@state", ON_OFF),
        p("hyperv.xmm_input", "features/hyperv/xmm_input@state", ON_OFF),
    ],
);

pub(super) const KVM: Group = group(
    "kvm",
    &[
        p("kvm.hidden", "features/kvm/hidden@state", ON_OFF),
        p("kvm.hint-dedicated", "features/kvm/hint-dedicated@state", ON_OFF),
        p("kvm.poll-control", "features/kvm/poll-control@state", ON_OFF),
        p("kvm.pv-ipi", "features/kvm/pv-ipi@state", ON_OFF),
        p("kvm.dirty-ring", "features/kvm/dirty-ring@state", ON_OFF),
        p("kvm.dirty-ring.size", "features/kvm/dirty-ring@size", COUNT),
    ],
);
