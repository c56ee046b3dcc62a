//! The machine's memory: how much, from where, and memory that can be added while it runs.

use super::super::{Group, Key, Kind, Scope};
use super::{AT_LEAST_ONE, COUNT, LINE, MEMORY, ON_OFF, PATH, PRESENT, YES_NO, group, p, scope};

pub(super) const MEMORY_SIZE: Group = group(
    "memory",
    &[
        p("memory", "memory", MEMORY),
        p("memory.current", "currentMemory", MEMORY),
        // The automatic balloon: Berth writes it down for itself.
        p("memory.least", "metadata/berth:machine/berth:least-memory", MEMORY),
        p("memory.max", "maxMemory", MEMORY),
        p("memory.slots", "maxMemory@slots", AT_LEAST_ONE),
        p("memory.dump", "memory@dumpCore", ON_OFF),
    ],
);

pub(super) const BACKING: Group = group(
    "memory_backing",
    &[
        p("hugepages", "memoryBacking/hugepages", PRESENT),
        p("hugepages.size", "memoryBacking/hugepages/page@size", MEMORY),
        p("memory.nosharepages", "memoryBacking/nosharepages", PRESENT),
        p("memory.locked", "memoryBacking/locked", PRESENT),
        p(
            "memory.source",
            "memoryBacking/source@type",
            Kind::Choice(&["anonymous", "file", "memfd"]),
        ),
        p(
            "memory.access",
            "memoryBacking/access@mode",
            Kind::Choice(&["private", "shared"]),
        ),
        p(
            "memory.allocation",
            "memoryBacking/allocation@mode",
            Kind::Choice(&["ondemand", "immediate"]),
        ),
        p(
            "memory.allocation.threads",
            "memoryBacking/allocation@threads",
            AT_LEAST_ONE,
        ),
        p("memory.discard", "memoryBacking/discard", PRESENT),
    ],
);

pub(super) const LIMITS: Group = group(
    "memtune",
    &[
        p("memtune.hard_limit", "memtune/hard_limit", MEMORY),
        p("memtune.soft_limit", "memtune/soft_limit", MEMORY),
        p("memtune.swap_hard_limit", "memtune/swap_hard_limit", MEMORY),
        p("memtune.min_guarantee", "memtune/min_guarantee", MEMORY),
    ],
);

pub(super) const DEVICE: Scope = scope(
    "memory-device",
    "devices/memory",
    Key::Alias,
    &[group(
        "memory_device",
        &[
            p(
                "model",
                "@model",
                Kind::Choice(&["dimm", "nvdimm", "virtio-mem", "virtio-pmem", "sgx-epc"]),
            ),
            p("access", "@access", Kind::Choice(&["shared", "private"])),
            p("discard", "@discard", YES_NO),
            p("size", "target/size", MEMORY),
            p("requested", "target/requested", MEMORY),
            p("block", "target/block", MEMORY),
            p("node", "target/node", COUNT),
            p("label", "target/label/size", MEMORY),
            p("dynamic", "target@dynamicMemslots", YES_NO),
            p("source.pagesize", "source/pagesize", MEMORY),
            p("source.nodemask", "source/nodemask", LINE),
            p("source.path", "source/path", PATH),
        ],
    )],
);
