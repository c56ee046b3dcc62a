//! The share of its host that a machine gets, changed while it runs by the calls that libvirt has for it. What has no
//! call (real-time priorities, I/O threads' polling) waits for the next start.

use virt::sys;

use super::super::call::Found as Machine;
use super::live::{Done, cpu_map};
use crate::error::LibvirtError;
use crate::ffi::{Tuned, Tuning};
use crate::xml::Document;
use crate::xml::property::Value;
use crate::xml::property::select::Setting;

const LIVE: u32 = sys::VIR_DOMAIN_AFFECT_LIVE;
/// libvirt's `VIR_DOMAIN_MEMORY_PARAM_UNLIMITED`, in KiB.
const UNLIMITED: u64 = 9_007_199_254_740_991;
const NUMA_MODES: [&str; 4] = ["strict", "preferred", "interleave", "restrictive"];

/// `None`: it is no setting of this kind.
pub(super) fn tune(machine: &Machine, setting: &Setting, value: Option<&Value>, wanted: &Document) -> Option<Done> {
    let (word, name) = (setting.scope.word, setting.property.name);
    let domain = &machine.domain;
    let set = |what, parameter: &str, tuning: Option<Tuning>| {
        Some(match tuning {
            Some(tuning) => done(domain.tune(what, &[(parameter, tuning)], LIVE)),
            None => Done::No(None),
        })
    };
    match (word, name) {
        ("", _) if let Some((parameter, tuning)) = scheduler(name, value) => set(Tuned::Scheduler, parameter, tuning),
        ("", "memtune.hard_limit" | "memtune.soft_limit" | "memtune.swap_hard_limit") => {
            let parameter = name.strip_prefix("memtune.").unwrap_or(name);
            let kib = match value {
                Some(Value::Bytes(bytes)) => bytes.div_ceil(1024),
                _ => UNLIMITED,
            };
            set(Tuned::Memory, parameter, Some(Tuning::ULong(kib)))
        }
        ("", "numatune.mode") => {
            let mode = value.and_then(|value| NUMA_MODES.iter().position(|mode| *mode == value.to_string()));
            let number = mode.and_then(|mode| i32::try_from(mode).ok());
            set(Tuned::Numa, "numa_mode", number.map(Tuning::Int))
        }
        ("", "numatune.nodeset") => {
            let nodes = value.map(|value| Tuning::Text(value.to_string()));
            set(Tuned::Numa, "numa_nodeset", nodes)
        }
        ("", "blkiotune.weight") => set(Tuned::BlockIo, "weight", number(value).map(Tuning::UInt)),
        ("blkiotune.device", _) => Some(block_device(machine, setting, name, wanted)),
        ("cputune.iothreadpin", _) => Some(match (setting.key.parse(), value) {
            (Ok(iothread), Some(Value::Text(cpus))) => match cpu_map(cpus) {
                Some(map) => done(domain.pin_iothread(iothread, &map, LIVE)),
                None => Done::No(None),
            },
            _ => Done::No(None),
        }),
        ("memballoon", "stats.period") => Some(done(domain.set_stats_period(number(value).unwrap_or(0), LIVE))),
        ("interface", _) => bandwidth(machine, setting, wanted),
        _ => None,
    }
}

fn done(result: Result<(), LibvirtError>) -> Done {
    result.into()
}

fn number(value: Option<&Value>) -> Option<u32> {
    match value {
        Some(Value::Integer(number)) => u32::try_from(*number).ok(),
        _ => None,
    }
}

/// What it is called by the call, and what it takes; a limit that goes is no limit.
fn scheduler(name: &str, value: Option<&Value>) -> Option<(&'static str, Option<Tuning>)> {
    let number = match value {
        Some(Value::Integer(number)) => Some(*number),
        _ => None,
    };
    let count = number.and_then(|number| u64::try_from(number).ok()).map(Tuning::ULong);
    let quota = Some(Tuning::Long(number.unwrap_or(-1)));
    Some(match name {
        "cputune.shares" => ("cpu_shares", count),
        "cputune.period" => ("vcpu_period", count),
        "cputune.quota" => ("vcpu_quota", quota),
        "cputune.global_period" => ("global_period", count),
        "cputune.global_quota" => ("global_quota", quota),
        "cputune.emulator_period" => ("emulator_period", count),
        "cputune.emulator_quota" => ("emulator_quota", quota),
        "cputune.iothread_period" => ("iothread_period", count),
        "cputune.iothread_quota" => ("iothread_quota", quota),
        _ => return None,
    })
}

/// Each parameter names all devices that have it: `/dev/sda,300,/dev/sdb,500`.
fn block_device(machine: &Machine, setting: &Setting, name: &str, wanted: &Document) -> Done {
    let parameter = match name {
        "weight" => "device_weight",
        "read_bytes_sec" => "device_read_bytes_sec",
        "write_bytes_sec" => "device_write_bytes_sec",
        "read_iops_sec" => "device_read_iops_sec",
        "write_iops_sec" => "device_write_iops_sec",
        _ => return Done::No(None),
    };
    let devices = setting.elements(wanted).unwrap_or_default();
    let parts = devices.into_iter().filter_map(|device| {
        let path = wanted.text_at(device, "path")?;
        let held = wanted.text_at(device, name).unwrap_or_else(|| "0".to_owned());
        Some(format!("{path},{held}"))
    });
    let text = parts.collect::<Vec<_>>().join(",");
    done(
        machine
            .domain
            .tune(Tuned::BlockIo, &[(parameter, Tuning::Text(text))], LIVE),
    )
}

/// All limits of a direction go together.
fn bandwidth(machine: &Machine, setting: &Setting, wanted: &Document) -> Option<Done> {
    let rest = setting.property.name.strip_prefix("bandwidth.")?;
    let (direction, _) = rest.split_once('.')?;
    for interface in setting.elements(wanted).unwrap_or_default() {
        let Some(mac) = wanted.attr_at(interface, "mac", "address") else {
            return Some(Done::No(None));
        };
        let held = |name: &str| {
            let text = wanted.attr_at(interface, &format!("bandwidth/{direction}"), name)?;
            text.trim().parse().ok()
        };
        // An average of nothing takes the limit away.
        let average = [(format!("{direction}.average"), held("average").unwrap_or(0))];
        let others = ["peak", "burst", "floor"]
            .into_iter()
            .filter_map(|name| Some((format!("{direction}.{name}"), held(name)?)));
        let values: Vec<(String, u32)> = average.into_iter().chain(others).collect();
        let values: Vec<(&str, Tuning)> = values
            .iter()
            .map(|(name, value)| (name.as_str(), Tuning::UInt(*value)))
            .collect();
        if let Err(error) = machine.domain.tune_interface(&mac, &values, LIVE) {
            return Some(Done::No(Some(error.message)));
        }
    }
    Some(Done::Yes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_goes_is_no_limit_and_a_share_that_goes_waits() {
        assert_eq!(
            scheduler("cputune.quota", None),
            Some(("vcpu_quota", Some(Tuning::Long(-1))))
        );
        assert_eq!(scheduler("cputune.shares", None), Some(("cpu_shares", None)));
        assert_eq!(
            scheduler("cputune.shares", Some(&Value::Integer(512))),
            Some(("cpu_shares", Some(Tuning::ULong(512))))
        );
        assert_eq!(scheduler("cputune.emulatorpin", None), None);
    }
}
