//! The machine's processors as the guest sees them.

use super::super::{Group, Key, Kind, Scope};
use super::{AT_LEAST_ONE, CPUS, LINE, MEMORY, ON_OFF, YES_NO, group, p, scope};

pub(super) const ALLOCATION: Group = group(
    "vcpu",
    &[
        p("vcpu", "vcpu", Kind::Integer(1, 65_535)),
        p("vcpu.current", "vcpu@current", Kind::Integer(1, 65_535)),
        p("vcpu.placement", "vcpu@placement", Kind::Choice(&["static", "auto"])),
        p("vcpu.cpuset", "vcpu@cpuset", CPUS),
        p("iothreads", "iothreads", Kind::Integer(0, 65_535)),
    ],
);

pub(super) const MODEL: Group = group(
    "cpu",
    &[
        p(
            "cpu.mode",
            "cpu@mode",
            Kind::Choice(&["custom", "host-model", "host-passthrough", "maximum"]),
        ),
        p("cpu.model", "cpu/model", LINE),
        p(
            "cpu.model.fallback",
            "cpu/model@fallback",
            Kind::Choice(&["allow", "forbid"]),
        ),
        p("cpu.model.vendor_id", "cpu/model@vendor_id", LINE),
        p("cpu.vendor", "cpu/vendor", LINE),
        p("cpu.match", "cpu@match", Kind::Choice(&["minimum", "exact", "strict"])),
        p("cpu.check", "cpu@check", Kind::Choice(&["none", "partial", "full"])),
        p("cpu.migratable", "cpu@migratable", ON_OFF),
        p("cpu.deprecated_features", "cpu@deprecated_features", ON_OFF),
        p(
            "cpu.cache",
            "cpu/cache@mode",
            Kind::Choice(&["emulate", "passthrough", "disable"]),
        ),
        p("cpu.cache.level", "cpu/cache@level", Kind::Integer(1, 3)),
        p(
            "cpu.maxphysaddr",
            "cpu/maxphysaddr@mode",
            Kind::Choice(&["passthrough", "emulate"]),
        ),
        p("cpu.maxphysaddr.bits", "cpu/maxphysaddr@bits", AT_LEAST_ONE),
        p("cpu.maxphysaddr.limit", "cpu/maxphysaddr@limit", AT_LEAST_ONE),
    ],
);

pub(super) const TOPOLOGY: Group = group(
    "topology",
    &[
        p("cpu.topology.sockets", "cpu/topology@sockets", AT_LEAST_ONE),
        p("cpu.topology.dies", "cpu/topology@dies", AT_LEAST_ONE),
        p("cpu.topology.clusters", "cpu/topology@clusters", AT_LEAST_ONE),
        p("cpu.topology.cores", "cpu/topology@cores", AT_LEAST_ONE),
        p("cpu.topology.threads", "cpu/topology@threads", AT_LEAST_ONE),
    ],
);

/// Each by its name.
pub(super) const FEATURE: Scope = scope(
    "cpu.feature",
    "cpu/feature",
    Key::Made("name"),
    &[group(
        "cpu_feature",
        &[p(
            "",
            "@policy",
            Kind::Choice(&["force", "require", "optional", "disable", "forbid"]),
        )],
    )],
);

/// The guest's own NUMA nodes.
pub(super) const CELL: Scope = scope(
    "cpu.numa",
    "cpu/numa/cell",
    Key::Made("id"),
    &[group(
        "cpu_numa",
        &[
            p("cpus", "@cpus", CPUS),
            p("memory", "@memory", MEMORY),
            p("access", "@memAccess", Kind::Choice(&["shared", "private"])),
            p("discard", "@discard", YES_NO),
        ],
    )],
);
