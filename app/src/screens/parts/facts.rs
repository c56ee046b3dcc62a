//! Facts of a machine as several pages word them: address, OS, memory, host.

use std::net::IpAddr;

use libvirt_backend::model::{Definition, Forward, HostModel, Machine, NetGap, Sample};

use crate::t;
use crate::text::units;

/// An address that can really be reached from here: one of the guest's own where it is not behind user networking,
/// else a forwarded port of this host.
pub fn address(machine: &Machine, host: &HostModel) -> Option<String> {
    let mut forwards = machine.definition.nics.iter().flat_map(|nic| nic.forwards.iter());
    if let Some(forward) = forwards.next() {
        return Some(forward_text(forward, host));
    }
    let is_hidden =
        !machine.definition.nics.is_empty() && machine.definition.nics.iter().all(|nic| nic.source.is_user_mode());
    if is_hidden {
        return None;
    }
    best_address(&machine.addresses).map(|address| address.to_string())
}

/// IPv4 first: it is what people type.
fn best_address(addresses: &[IpAddr]) -> Option<&IpAddr> {
    addresses
        .iter()
        .find(|address| address.is_ipv4())
        .or_else(|| addresses.first())
}

pub fn forward_text(forward: &Forward, host: &HostModel) -> String {
    let name = match &forward.host_address {
        Some(address) if address.contains(':') => format!("[{address}]"),
        Some(address) => address.clone(),
        None if host.info.is_local => "localhost".to_owned(),
        None => host.info.hostname.clone().unwrap_or_else(|| "localhost".to_owned()),
    };
    format!("{name}:{}", forward.host_port)
}

/// "Debian 12" of `http://debian.org/debian/12`.
pub fn os_name(os_id: &str) -> String {
    let path = os_id.split_once("://").map_or(os_id, |(_, rest)| rest);
    let mut parts = path.split('/').skip(1);
    let (Some(family), version) = (parts.next(), parts.next()) else {
        return os_id.to_owned();
    };
    let family = match family {
        "win" => "Windows".to_owned(),
        "rhel" => "RHEL".to_owned(),
        "macosx" => "macOS".to_owned(),
        "freebsd" => "FreeBSD".to_owned(),
        "opensuse" => "openSUSE".to_owned(),
        _ => capitalised(family),
    };
    match version.map(|version| version.strip_suffix("-unknown").unwrap_or(version)) {
        Some(version) => match version.strip_prefix("2k") {
            Some(year) if family == "Windows" => format!("{family} Server 20{year}"),
            _ => format!("{family} {version}"),
        },
        None => family,
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// The line under a machine's name: its OS and tags.
pub fn subtitle(definition: &Definition) -> String {
    let os = definition.os_id.as_deref().map(os_name);
    let mut text = os.or_else(|| definition.title.clone()).unwrap_or_default();
    for tag in &definition.tags {
        if !text.is_empty() {
            text.push_str(" · ");
        }
        text.push_str(tag);
    }
    text
}

/// "1.2 / 4 GiB", or what was given where the guest does not tell what it uses. Nothing until the XML was read.
pub fn memory(machine: &Machine, sample: Option<&Sample>) -> String {
    let Some(given) = memory_given(machine, sample) else {
        return String::new();
    };
    match sample.and_then(|sample| sample.memory_used_bytes) {
        Some(used) => units::bytes_of(used, given),
        None if machine.state.is_active() => t!("memory-given-only", given = units::bytes(given)),
        None => units::bytes(given),
    }
}

/// What the host lent it. `None` until the XML was read.
pub fn memory_given(machine: &Machine, sample: Option<&Sample>) -> Option<u64> {
    let definition = &machine.definition;
    let defined = definition.is_complete.then_some(definition.memory_current_kib * 1_024);
    sample.and_then(|sample| sample.memory_given_bytes).or(defined)
}

/// A guest that has just begun to boot is given this long before it is said to keep its memory to itself.
const BOOTING_MILLIS: i64 = 90_000;

/// Why it is not known how much of its memory a guest uses, although it is measured.
pub fn memory_gap(machine: &Machine, now_millis: i64) -> Option<String> {
    let latest = machine.stats.latest.as_ref()?;
    if !machine.state.is_active() || latest.memory_used_bytes.is_some() {
        return None;
    }
    let is_booting = machine
        .started_at_millis
        .is_some_and(|start| now_millis - start < BOOTING_MILLIS);
    Some(t!(if is_booting { "memory-gap-booting" } else { "memory-gap" }))
}

/// Why nothing is known of a machine's network traffic.
pub fn net_gap(machine: &Machine) -> Option<String> {
    let gap = machine.stats.net_gap.filter(|_| machine.state.is_active())?;
    Some(t!(match gap {
        NetGap::NoInterface => "net-gap-none",
        NetGap::UserMode => "net-gap-user",
        NetGap::NotReported => "net-gap-unreported",
    }))
}

/// The sum of what is known of both directions.
pub fn sum(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (None, None) => None,
        (a, b) => Some(a.unwrap_or(0.0) + b.unwrap_or(0.0)),
    }
}

/// What is shown of a host's figures: a tick that leaves it as it is needs no frame.
pub fn host_figures(host: &HostModel) -> String {
    let stats = &host.stats;
    let memory = match (stats.memory_used_bytes, stats.memory_total_bytes) {
        (Some(used), Some(total)) if total > 0 => Some(used as f32 / total as f32 * 100.0),
        _ => None,
    };
    match (stats.cpu_percent, memory) {
        (None, None) => t!("host-state-live"),
        (cpu, memory) => t!(
            "host-figures",
            cpu = percent_or_dash(cpu),
            memory = percent_or_dash(memory)
        ),
    }
}

fn percent_or_dash(percent: Option<f32>) -> String {
    percent.map_or_else(|| t!("unknown-figure"), |percent| units::percent(percent.round()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screens::fixtures;

    #[test]
    fn a_machine_that_was_not_read_yet_has_no_memory_to_show() {
        let mut machine = fixtures::with_definition(fixtures::machine(1, "new"), |definition| {
            *definition = Definition::unread("new");
        });
        assert_eq!(memory(&machine, None), "");
        machine = fixtures::running(machine);
        assert_eq!(memory(&machine, None), "");
        assert!(memory(&machine, machine.stats.latest.as_ref()).contains("4 GiB"));
    }

    #[test]
    fn a_guest_without_balloon_figures_is_said_not_to_report_and_a_booting_one_to_be_awaited() {
        let told = fixtures::running(fixtures::machine(1, "told"));
        assert_eq!(memory_gap(&told, fixtures::NOW_MILLIS), None);
        let mut silent = fixtures::without_memory_figures(told);
        let gap = memory_gap(&silent, fixtures::NOW_MILLIS).unwrap();
        assert!(gap.contains("balloon driver"), "{gap}");
        silent.started_at_millis = Some(fixtures::NOW_MILLIS - 20_000);
        let gap = memory_gap(&silent, fixtures::NOW_MILLIS).unwrap();
        assert!(gap.contains("yet"), "{gap}");
        silent.state = libvirt_backend::model::State::ShutOff(libvirt_backend::model::ShutOffReason::Shutdown);
        assert_eq!(memory_gap(&silent, fixtures::NOW_MILLIS), None);
    }

    #[test]
    fn behind_user_networking_only_a_forwarded_port_can_be_reached() {
        let host = fixtures::assorted();
        let of = |name| address(host.machine_named(name).unwrap(), &host);
        assert_eq!(of("web-2").as_deref(), Some("localhost:2222"));
        assert_eq!(of("web-1").as_deref(), Some("192.168.122.41"));
        let hidden = fixtures::with_definition(host.machine_named("web-1").unwrap().as_ref().clone(), |definition| {
            for nic in &mut definition.nics {
                nic.source = libvirt_backend::model::NicSource::User;
            }
        });
        assert_eq!(
            address(&hidden, &host),
            None,
            "the guest's own address leads nowhere from the host"
        );
    }

    #[test]
    fn an_os_is_named_as_people_name_it() {
        assert_eq!(os_name("http://debian.org/debian/12"), "Debian 12");
        assert_eq!(os_name("http://microsoft.com/win/11"), "Windows 11");
        assert_eq!(os_name("http://microsoft.com/win/2k22"), "Windows Server 2022");
        assert_eq!(os_name("http://redhat.com/rhel/9-unknown"), "RHEL 9");
        assert_eq!(os_name("odd"), "odd");
    }
}
