//! Requests, latencies and waiting vCPUs in words.

use libvirt_backend::model::{DiskWork, Requests, VcpuWait};

use super::units;
use crate::t;

/// "12 reads/s, 0.8 ms each" and the same of writes, where there were any; "idle" where there were none.
pub fn disk(work: &DiskWork) -> Vec<String> {
    let lines = [("disk-reads", &work.reads), ("disk-writes", &work.writes)];
    let busy = lines.into_iter().filter(|(_, requests)| requests.per_s > 0.0);
    let lines: Vec<String> = busy.map(|(key, requests)| line(key, requests)).collect();
    if lines.is_empty() { vec![t!("disk-idle")] } else { lines }
}

fn line(key: &str, requests: &Requests) -> String {
    let count = t!(key, rate = units::count(requests.per_s));
    match requests.mean_millis {
        Some(millis) => t!("disk-latency", requests = count, time = units::millis(millis)),
        None => count,
    }
}

/// "0.4 % of the time", and the whole waiting time where the host counts it.
pub fn vcpus(wait: &VcpuWait) -> Vec<String> {
    let steal = t!("vcpu-steal", percent = units::percent(wait.steal_percent));
    let whole = wait
        .wait_percent
        .map(|percent| t!("vcpu-wait", percent = units::percent(percent)));
    std::iter::once(steal).chain(whole).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_tells_what_it_did_and_how_long_each_took() {
        let requests = |per_s, mean_millis| Requests { per_s, mean_millis };
        let work = DiskWork {
            target: "vda".to_owned(),
            reads: requests(1_234.0, Some(0.512)),
            writes: requests(0.0, None),
        };
        assert_eq!(disk(&work), ["1.23k reads/s, 0.51 ms each"]);
        let work = DiskWork {
            reads: requests(0.0, None),
            writes: requests(0.25, None),
            ..work
        };
        assert_eq!(disk(&work), ["0.25 writes/s"]);
        let idle = DiskWork {
            writes: Requests::default(),
            ..work
        };
        assert_eq!(disk(&idle), ["idle"]);
    }

    #[test]
    fn waiting_in_all_is_told_only_where_the_host_counts_it() {
        let wait = VcpuWait {
            steal_percent: 12.0,
            wait_percent: None,
        };
        assert_eq!(vcpus(&wait), ["12 % of the time"]);
        let counted = VcpuWait {
            wait_percent: Some(13.5),
            ..wait
        };
        assert_eq!(vcpus(&counted).len(), 2);
    }
}
