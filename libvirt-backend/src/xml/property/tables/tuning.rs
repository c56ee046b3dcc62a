//! The host's share that a machine gets.

use super::super::{Group, Key, Kind, Scope};
use super::{ANY, BYTES, COUNT, CPUS, LINE, group, p, scope};

/// Microseconds.
const PERIOD: Kind = Kind::Integer(1_000, 1_000_000);
/// Microseconds of each period; negative: no limit.
const QUOTA: Kind = Kind::Integer(-1, 17_592_186_044_415);
const SCHEDULER: Kind = Kind::Choice(&["batch", "idle", "fifo", "rr"]);
/// Of real-time threads.
const PRIORITY: Kind = Kind::Integer(1, 99);
const NUMA_MODE: Kind = Kind::Choice(&["strict", "preferred", "interleave", "restrictive"]);
const WEIGHT: Kind = Kind::Integer(100, 1_000);

pub(super) const CPU_TIME: Group = group(
    "cputune",
    &[
        p("cputune.shares", "cputune/shares", Kind::Integer(1, 262_144)),
        p("cputune.period", "cputune/period", PERIOD),
        p("cputune.quota", "cputune/quota", QUOTA),
        p("cputune.global_period", "cputune/global_period", PERIOD),
        p("cputune.global_quota", "cputune/global_quota", QUOTA),
        p("cputune.emulator_period", "cputune/emulator_period", PERIOD),
        p("cputune.emulator_quota", "cputune/emulator_quota", QUOTA),
        p("cputune.iothread_period", "cputune/iothread_period", PERIOD),
        p("cputune.iothread_quota", "cputune/iothread_quota", QUOTA),
        p("cputune.emulatorpin", "cputune/emulatorpin@cpuset", CPUS),
        p("cputune.emulatorsched", "cputune/emulatorsched@scheduler", SCHEDULER),
        p(
            "cputune.emulatorsched.priority",
            "cputune/emulatorsched@priority",
            PRIORITY,
        ),
        p("resource.partition", "resource/partition", LINE),
    ],
);

pub(super) const NUMA: Group = group(
    "numatune",
    &[
        p("numatune.mode", "numatune/memory@mode", NUMA_MODE),
        p("numatune.nodeset", "numatune/memory@nodeset", CPUS),
        p(
            "numatune.placement",
            "numatune/memory@placement",
            Kind::Choice(&["static", "auto"]),
        ),
    ],
);

pub(super) const BLOCK_IO: Group = group("blkiotune", &[p("blkiotune.weight", "blkiotune/weight", WEIGHT)]);

/// By the number of the guest's processor.
pub(super) const VCPU_PIN: Scope = scope(
    "cputune.vcpupin",
    "cputune/vcpupin",
    Key::Made("vcpu"),
    &[group("vcpupin", &[p("", "@cpuset", CPUS)])],
);

/// By the processors it counts for.
pub(super) const VCPU_SCHEDULER: Scope = scope(
    "cputune.vcpusched",
    "cputune/vcpusched",
    Key::Made("vcpus"),
    &[group(
        "vcpusched",
        &[
            p("scheduler", "@scheduler", SCHEDULER),
            p("priority", "@priority", PRIORITY),
        ],
    )],
);

pub(super) const IOTHREAD_PIN: Scope = scope(
    "cputune.iothreadpin",
    "cputune/iothreadpin",
    Key::Made("iothread"),
    &[group("iothreadpin", &[p("", "@cpuset", CPUS)])],
);

/// By the guest's NUMA node.
pub(super) const MEMORY_NODE: Scope = scope(
    "numatune.memnode",
    "numatune/memnode",
    Key::Made("cellid"),
    &[group(
        "memnode",
        &[p("mode", "@mode", NUMA_MODE), p("nodeset", "@nodeset", CPUS)],
    )],
);

/// The host's disks, in the order in which they stand there.
pub(super) const BLOCK_DEVICE: Scope = scope(
    "blkiotune.device",
    "blkiotune/device",
    Key::Alias,
    &[group(
        "blkio_device",
        &[
            p("path", "path", LINE),
            p("weight", "weight", WEIGHT),
            p("read_bytes_sec", "read_bytes_sec", BYTES),
            p("write_bytes_sec", "write_bytes_sec", BYTES),
            p("read_iops_sec", "read_iops_sec", COUNT),
            p("write_iops_sec", "write_iops_sec", ANY),
        ],
    )],
);
