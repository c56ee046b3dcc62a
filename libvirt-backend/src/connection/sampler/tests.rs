use proptest::prelude::*;

use super::*;
use crate::ffi::{BlockCounters, NetCounters, VcpuCounters};
use crate::model::ShutOffReason;

const SECOND: u64 = 1_000_000_000;
const START_WALL: i64 = 1_790_000_000_000;

fn id(number: u128) -> MachineId {
    MachineId(uuid::Uuid::from_u128(number))
}

fn at(millis: u64) -> Moment {
    Moment {
        wall_millis: START_WALL + millis.cast_signed(),
        monotonic_millis: 50_000 + millis,
    }
}

fn cpu(nanos: u64) -> DomainStats {
    DomainStats {
        state: Some(State::Running),
        cpu_time_nanos: Some(nanos),
        ..DomainStats::empty(id(1))
    }
}

fn disk(target: &str, read: u64, written: u64) -> BlockCounters {
    BlockCounters {
        target: target.to_owned(),
        read_bytes: Some(read),
        written_bytes: Some(written),
        ..BlockCounters::default()
    }
}

fn with_disks(disks: &[BlockCounters]) -> DomainStats {
    DomainStats {
        blocks: Some(disks.to_vec()),
        ..cpu(0)
    }
}

/// One tick of one machine with `vcpus` vCPUs.
fn tick(sampler: &mut Sampler, millis: u64, stats: &DomainStats, vcpus: u32) -> Sample {
    let samples = sampler.tick(at(millis), std::slice::from_ref(stats), |_| Some(vcpus));
    assert_eq!(samples.len(), 1);
    assert_eq!(samples[0].0, stats.id);
    samples[0].1
}

#[test]
fn half_of_two_busy_vcpus_is_fifty_percent() {
    let mut sampler = Sampler::new(1_000);
    assert_eq!(tick(&mut sampler, 0, &cpu(5 * SECOND), 2).cpu_percent, None);
    let sample = tick(&mut sampler, 1_000, &cpu(6 * SECOND), 2);
    assert_eq!(sample.cpu_percent, Some(50.0));
    assert_eq!(sample.time_millis, START_WALL + 1_000);
}

#[test]
fn a_counter_that_falls_is_unknown_once() {
    let mut sampler = Sampler::new(1_000);
    tick(&mut sampler, 0, &cpu(u64::MAX - SECOND), 1);
    assert_eq!(tick(&mut sampler, 1_000, &cpu(SECOND / 2), 1).cpu_percent, None);
    assert_eq!(tick(&mut sampler, 2_000, &cpu(SECOND), 1).cpu_percent, Some(50.0));
}

#[test]
fn a_restart_bases_every_counter_anew() {
    let mut sampler = Sampler::new(1_000);
    let reading = |nanos, written| DomainStats {
        cpu_time_nanos: Some(nanos),
        ..with_disks(&[disk("vda", 0, written)])
    };
    tick(&mut sampler, 0, &reading(90 * SECOND, 100), 1);
    tick(&mut sampler, 1_000, &reading(91 * SECOND, 200), 1);
    // A new QEMU that wrote more at its start than the old one in its life.
    let restarted = tick(&mut sampler, 2_000, &reading(SECOND, 5_000_000), 1);
    assert_eq!((restarted.cpu_percent, restarted.disk_write_bytes_per_s), (None, None));
    let next = tick(&mut sampler, 3_000, &reading(SECOND * 5 / 4, 5_000_700), 1);
    assert_eq!(
        (next.cpu_percent, next.disk_write_bytes_per_s),
        (Some(25.0), Some(700.0))
    );
}

#[test]
fn waits_are_of_the_machine_that_runs_now_and_of_nobody_else() {
    let mut sampler = Sampler::new(1_000);
    let reading = |nanos, requests, delay| DomainStats {
        vcpus: Some(vec![VcpuCounters {
            wait_nanos: Some(0),
            delay_nanos: Some(delay),
        }]),
        ..DomainStats {
            cpu_time_nanos: Some(nanos),
            ..with_disks(&[BlockCounters {
                read_requests: Some(requests),
                write_requests: Some(0),
                ..disk("vda", 0, 0)
            }])
        }
    };
    tick(&mut sampler, 0, &reading(0, 0, 0), 1);
    tick(&mut sampler, 1_000, &reading(SECOND, 40, SECOND / 4), 1);
    let (disks, wait) = sampler.waits(id(1));
    assert_eq!(disks.first().map(|disk| disk.reads.per_s), Some(40.0));
    assert_eq!(wait.map(|wait| wait.steal_percent), Some(25.0));
    assert_eq!(sampler.waits(id(2)), (&[][..], None));
    // A new QEMU whose counters are above the old ones'.
    tick(&mut sampler, 2_000, &reading(0, 9_000, SECOND), 1);
    assert_eq!(sampler.waits(id(1)), (&[][..], None));
    // Nobody looks at it any more: vCPUs are not read, and what was read grows old.
    tick(&mut sampler, 3_000, &reading(SECOND, 9_001, SECOND), 1);
    assert!(sampler.waits(id(1)).1.is_some());
    for second in 4..20 {
        let blocks = with_disks(&[disk("vda", 0, 0)]).blocks;
        let unseen = DomainStats {
            blocks,
            ..cpu(second * SECOND)
        };
        tick(&mut sampler, second * 1_000, &unseen, 1);
    }
    assert_eq!(sampler.waits(id(1)), (&[][..], None));
}

#[test]
fn a_machine_that_was_off_starts_without_a_base() {
    let mut sampler = Sampler::new(1_000);
    tick(&mut sampler, 0, &cpu(0), 1);
    let off = DomainStats {
        state: Some(State::ShutOff(ShutOffReason::Shutdown)),
        ..cpu(0)
    };
    assert!(sampler.tick(at(1_000), &[off], |_| Some(1)).is_empty());
    // Above the last counter although the machine is new.
    assert_eq!(tick(&mut sampler, 2_000, &cpu(SECOND), 1).cpu_percent, None);
    sampler.forget(id(1));
    assert_eq!(tick(&mut sampler, 3_000, &cpu(2 * SECOND), 1).cpu_percent, None);
}

#[test]
fn a_missed_tick_is_spread_over_the_real_time() {
    let mut sampler = Sampler::new(1_000);
    tick(&mut sampler, 0, &cpu(0), 1);
    // Other machines' rounds come in between; this one is missing from them.
    assert!(sampler.tick(at(1_000), &[], |_| None).is_empty());
    assert!(sampler.tick(at(2_000), &[], |_| None).is_empty());
    assert_eq!(tick(&mut sampler, 4_000, &cpu(SECOND), 1).cpu_percent, Some(25.0));
}

#[test]
fn the_sleep_of_the_host_makes_no_spike() {
    let mut sampler = Sampler::new(1_000);
    tick(&mut sampler, 0, &with_disks(&[disk("vda", 0, 0)]), 1);
    let asleep = Moment {
        wall_millis: START_WALL + 3_600_000,
        monotonic_millis: 51_000,
    };
    let awake = DomainStats {
        cpu_time_nanos: Some(SECOND),
        ..with_disks(&[disk("vda", 1 << 40, 1 << 40)])
    };
    let samples = sampler.tick(asleep, &[awake], |_| Some(1));
    assert_eq!(samples[0].1.cpu_percent, None);
    assert_eq!(samples[0].1.disk_read_bytes_per_s, None);
}

#[test]
fn a_long_silence_makes_a_new_base() {
    let mut sampler = Sampler::new(1_000);
    tick(&mut sampler, 0, &cpu(0), 1);
    assert_eq!(tick(&mut sampler, 60_000, &cpu(SECOND), 1).cpu_percent, None);
    assert_eq!(tick(&mut sampler, 61_000, &cpu(2 * SECOND), 1).cpu_percent, Some(100.0));
}

#[test]
fn disks_keep_their_rate_between_two_readings_but_not_for_ever() {
    let mut sampler = Sampler::new(1_000);
    tick(&mut sampler, 0, &with_disks(&[disk("vda", 0, 0)]), 1);
    let read = tick(&mut sampler, 3_000, &with_disks(&[disk("vda", 3_000, 6_000)]), 1);
    assert_eq!(
        (read.disk_read_bytes_per_s, read.disk_write_bytes_per_s),
        (Some(1_000.0), Some(2_000.0))
    );
    let between = tick(&mut sampler, 4_000, &cpu(0), 1);
    assert_eq!(between.disk_read_bytes_per_s, Some(1_000.0));
    // QEMU hangs: libvirt lists the disk without counters.
    let bare = BlockCounters {
        target: "vda".to_owned(),
        ..BlockCounters::default()
    };
    let hung = tick(&mut sampler, 8_000, &with_disks(std::slice::from_ref(&bare)), 1);
    assert_eq!(hung.disk_read_bytes_per_s, Some(1_000.0));
    let long_hung = tick(&mut sampler, 30_000, &with_disks(&[bare]), 1);
    assert_eq!(long_hung.disk_read_bytes_per_s, None);
}

#[test]
fn plugging_and_unplugging_a_disk_makes_no_spike() {
    let mut sampler = Sampler::new(1_000);
    let vda = |written| disk("vda", 0, written);
    tick(&mut sampler, 0, &with_disks(&[vda(0), disk("vdb", 0, 1 << 40)]), 1);
    let unplugged = tick(&mut sampler, 1_000, &with_disks(&[vda(500)]), 1);
    assert_eq!(unplugged.disk_write_bytes_per_s, Some(500.0));
    let plugged = tick(
        &mut sampler,
        2_000,
        &with_disks(&[vda(1_000), disk("vdb", 0, 1 << 40)]),
        1,
    );
    assert_eq!(plugged.disk_write_bytes_per_s, Some(500.0));
    let both = tick(
        &mut sampler,
        3_000,
        &with_disks(&[vda(1_000), disk("vdb", 0, (1 << 40) + 9)]),
        1,
    );
    assert_eq!(both.disk_write_bytes_per_s, Some(9.0));
    // Exchanged for a fresh one under the same name.
    let exchanged = tick(&mut sampler, 4_000, &with_disks(&[vda(1_300), disk("vdb", 0, 3)]), 1);
    assert_eq!(exchanged.disk_write_bytes_per_s, Some(300.0));
}

#[test]
fn all_interfaces_count_together() {
    let mut sampler = Sampler::new(1_000);
    let nets = |rx, tx| DomainStats {
        nets: Some(vec![
            NetCounters {
                device: "vnet0".into(),
                rx_bytes: Some(rx),
                tx_bytes: Some(tx),
            },
            NetCounters {
                device: "vnet1".into(),
                rx_bytes: Some(rx),
                tx_bytes: Some(2 * tx),
            },
        ]),
        ..cpu(0)
    };
    tick(&mut sampler, 0, &nets(0, 0), 1);
    let sample = tick(&mut sampler, 2_000, &nets(10, 20), 1);
    assert_eq!(
        (sample.net_rx_bytes_per_s, sample.net_tx_bytes_per_s),
        (Some(10.0), Some(30.0))
    );
}

#[test]
fn used_memory_is_available_minus_usable() {
    let mut sampler = Sampler::new(1_000);
    let mut stats = cpu(0);
    stats.balloon.current_kib = Some(1_048_576);
    stats.balloon.available_kib = Some(1_000_000);
    stats.balloon.usable_kib = Some(600_000);
    stats.balloon.disk_caches_kib = Some(100_000);
    stats.balloon.rss_kib = Some(700_000);
    let sample = tick(&mut sampler, 0, &stats, 1);
    assert_eq!(sample.memory_used_bytes, Some(400_000 * 1_024));
    assert_eq!(sample.memory_given_bytes, Some(1 << 30));
    assert_eq!(sample.memory_cache_bytes, Some(100_000 * 1_024));
    assert_eq!(sample.memory_rss_bytes, Some(700_000 * 1_024));
}

#[test]
fn a_nonsensical_balloon_is_unknown() {
    let mut sampler = Sampler::new(1_000);
    for (available, usable) in [
        (Some(100), Some(101)),
        (Some(0), Some(0)),
        (None, Some(5)),
        (Some(5), None),
        (Some(u64::MAX), Some(5)),
        (Some(5), Some(u64::MAX)),
        (Some(u64::MAX / 1_024), Some(1)),
    ] {
        let mut stats = cpu(0);
        stats.balloon.available_kib = available;
        stats.balloon.usable_kib = usable;
        assert_eq!(
            tick(&mut sampler, 0, &stats, 1).memory_used_bytes,
            None,
            "{available:?} {usable:?}"
        );
    }
}

#[test]
fn a_driver_that_tells_only_states_gives_samples_of_unknowns() {
    let mut sampler = Sampler::new(1_000);
    let stats = DomainStats {
        state: Some(State::Running),
        ..DomainStats::empty(id(1))
    };
    for millis in [0_u64, 1_000, 2_000] {
        let expected = Sample {
            time_millis: START_WALL + millis.cast_signed(),
            ..Sample::default()
        };
        assert_eq!(tick(&mut sampler, millis, &stats, 1), expected);
    }
}

#[test]
fn two_readings_at_once_do_not_lose_the_rate() {
    let mut sampler = Sampler::new(1_000);
    tick(&mut sampler, 0, &cpu(0), 1);
    tick(&mut sampler, 1_000, &cpu(SECOND / 2), 1);
    assert_eq!(tick(&mut sampler, 1_000, &cpu(SECOND / 2), 1).cpu_percent, Some(50.0));
    assert_eq!(tick(&mut sampler, 2_000, &cpu(SECOND), 1).cpu_percent, Some(50.0));
}

/// Number, bytes read, bytes written.
type AnyDisk = (u8, Option<u64>, Option<u64>);

#[derive(Clone, Debug)]
struct Round {
    wall_step: i64,
    monotonic_step: u64,
    cpu: Option<u64>,
    vcpus: Option<u32>,
    disks: Option<Vec<AnyDisk>>,
    balloon: [Option<u64>; 5],
    is_off: bool,
}

fn any_counter() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(u64::MAX), 0..1_000_000_000_000_u64, any::<u64>()]
}

fn any_round() -> impl Strategy<Value = Round> {
    let disks = proptest::collection::vec(
        (
            0_u8..3,
            proptest::option::of(any_counter()),
            proptest::option::of(any_counter()),
        ),
        0..4,
    );
    (
        prop_oneof![0..5_000_i64, any::<i64>()],
        prop_oneof![0..5_000_u64, Just(0), 0..u64::from(u32::MAX)],
        proptest::option::of(any_counter()),
        proptest::option::of(0..9_u32),
        proptest::option::of(disks),
        proptest::array::uniform5(proptest::option::of(any_counter())),
        any::<bool>(),
    )
        .prop_map(
            |(wall_step, monotonic_step, cpu, vcpus, disks, balloon, is_off)| Round {
                wall_step,
                monotonic_step,
                cpu,
                vcpus,
                disks,
                balloon,
                is_off,
            },
        )
}

proptest! {
    #[test]
    fn whatever_libvirt_says_a_sample_is_possible(rounds in proptest::collection::vec(any_round(), 1..20)) {
        let mut sampler = Sampler::new(1_000);
        let mut at = at(0);
        for round in rounds {
            at.wall_millis = at.wall_millis.saturating_add(round.wall_step);
            at.monotonic_millis += round.monotonic_step;
            let [available, usable, current, caches, rss] = round.balloon;
            let mut stats = DomainStats::empty(id(1));
            stats.state = Some(if round.is_off { State::ShutOff(ShutOffReason::Unknown) } else { State::Running });
            stats.cpu_time_nanos = round.cpu;
            stats.balloon.available_kib = available;
            stats.balloon.usable_kib = usable;
            stats.balloon.current_kib = current;
            stats.balloon.disk_caches_kib = caches;
            stats.balloon.rss_kib = rss;
            stats.blocks = round.disks.map(|disks| {
                disks
                    .into_iter()
                    .map(|(number, read_bytes, written_bytes)| BlockCounters {
                        target: format!("vd{number}"),
                        read_bytes,
                        written_bytes,
                        ..BlockCounters::default()
                    })
                    .collect()
            });
            for (_, sample) in sampler.tick(at, &[stats], |_| round.vcpus) {
                prop_assert!(sample.cpu_percent.is_none_or(|percent| (0.0..=100.0).contains(&percent)));
                for rate in [sample.disk_read_bytes_per_s, sample.disk_write_bytes_per_s] {
                    prop_assert!(rate.is_none_or(|rate| rate.is_finite() && rate >= 0.0));
                }
                if let Some(used) = sample.memory_used_bytes {
                    prop_assert!(used / 1_024 <= available.unwrap_or(0));
                }
            }
        }
    }
}
