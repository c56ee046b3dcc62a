//! Everything here against libvirt's test driver: one temporary file per test, a world of its own each.

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;

use super::domain::{JobProgress, state_from_raw};
use super::*;
use crate::model::{MachineId, PauseReason, State};

const PATIENCE: Duration = Duration::from_secs(20);

struct World {
    connection: Conn,
    _file: NamedTempFile,
}

fn world_file(num_machines: u128, extra: &str) -> NamedTempFile {
    use std::fmt::Write as _;

    let mut xml = format!("<node>{extra}");
    for number in 1..=num_machines {
        let uuid = uuid::Uuid::from_u128(number);
        write!(
            xml,
            "<domain type='test'><name>machine{number}</name><uuid>{uuid}</uuid><memory unit='MiB'>64</memory>\
             <vcpu>1</vcpu><os><type>hvm</type></os><devices><interface type='network'>\
             <mac address='aa:bb:cc:dd:ee:{number:02x}'/><source network='default'/><target dev='testnet0'/>\
             </interface></devices></domain>"
        )
        .unwrap();
    }
    xml += "<network><name>default</name><bridge name='virbr0'/><forward/><ip address='192.168.122.1' \
            netmask='255.255.255.0'><dhcp><range start='192.168.122.2' end='192.168.122.254'/></dhcp></ip></network>";
    xml += "</node>";
    let mut file = tempfile::Builder::new().suffix(".xml").tempfile().unwrap();
    std::io::Write::write_all(&mut file, xml.as_bytes()).unwrap();
    file
}

fn world(num_machines: u128) -> World {
    let file = world_file(num_machines, "");
    let connection = Conn::open(&format!("test://{}", file.path().display())).unwrap();
    World {
        connection,
        _file: file,
    }
}

fn id(number: u128) -> MachineId {
    MachineId(uuid::Uuid::from_u128(number))
}

/// What callbacks told, waited for.
#[derive(Default)]
struct Told {
    list: Mutex<Vec<LibvirtEvent>>,
    added: Condvar,
}

impl Told {
    fn add(&self, item: LibvirtEvent) {
        self.list.lock().unwrap().push(item);
        self.added.notify_all();
    }

    fn wait_for(&self, condition: impl Fn(&[LibvirtEvent]) -> bool) {
        let list = self.list.lock().unwrap();
        let waited = self
            .added
            .wait_timeout_while(list, PATIENCE, |list| !condition(list))
            .unwrap();
        assert!(!waited.1.timed_out(), "it was never told");
    }
}

#[test]
fn a_domain_is_found_by_uuid_and_a_missing_one_is_an_error() {
    let world = world(2);
    let domain = world.connection.domain(id(2)).unwrap();
    assert_eq!((domain.id(), domain.name().unwrap().as_str()), (id(2), "machine2"));
    assert_eq!(world.connection.domains().unwrap().len(), 2);
    let missing = world.connection.domain(id(9)).unwrap_err();
    assert_eq!(missing.code, virt::sys::VIR_ERR_NO_DOMAIN.cast_signed());
    assert!(missing.message.contains("not found"), "{missing}");
}

#[test]
fn a_nul_is_refused_in_words() {
    let refused = Conn::open("test:///\0/x").unwrap_err();
    assert!(refused.message.contains("NUL"), "{refused}");
}

#[test]
fn a_daemon_that_wants_a_password_fails_instead_of_asking() {
    let file = world_file(1, "<auth><user password='secret'>bilbo</user></auth>");
    let started = Instant::now();
    let refused = Conn::open(&format!("test://{}", file.path().display())).unwrap_err();
    assert_eq!(refused.code, virt::sys::VIR_ERR_AUTH_FAILED.cast_signed(), "{refused}");
    assert!(started.elapsed() < PATIENCE);
}

#[test]
fn a_uri_that_leads_nowhere_is_an_error() {
    assert!(Conn::open("test:///no/such/file.xml").is_err());
    assert!(Conn::open("nonsense://").is_err());
}

#[test]
fn handles_outlive_the_connection_they_came_from() {
    let world = world(1);
    let domain = world.connection.domain(id(1)).unwrap();
    let clone = domain.clone();
    drop(world);
    drop(domain);
    assert_eq!(clone.current_state(), Ok(State::Running));
}

fn is_lifecycle(event: &LibvirtEvent, wanted: u32) -> bool {
    matches!(event, LibvirtEvent::Lifecycle { id: of, name, event, .. }
        if *of == id(1) && name == "machine1" && *event == wanted.cast_signed())
}

#[test]
fn events_are_told_until_the_guard_goes_and_a_panic_in_one_is_survived() {
    let world = world(1);
    let told = Arc::new(Told::default());
    let sink = Arc::clone(&told);
    let guard = world
        .connection
        .register_events(Arc::new(move |event| {
            let is_suspended = is_lifecycle(&event, virt::sys::VIR_DOMAIN_EVENT_SUSPENDED);
            sink.add(event);
            assert!(!is_suspended, "on purpose");
        }))
        .unwrap();
    let domain = world.connection.domain(id(1)).unwrap();
    domain.suspend().unwrap();
    assert_eq!(domain.current_state(), Ok(State::Paused(PauseReason::User)));
    told.wait_for(|list| {
        list.iter()
            .any(|event| is_lifecycle(event, virt::sys::VIR_DOMAIN_EVENT_SUSPENDED))
    });
    domain.resume().unwrap();
    told.wait_for(|list| {
        list.iter()
            .any(|event| is_lifecycle(event, virt::sys::VIR_DOMAIN_EVENT_RESUMED))
    });

    drop(guard);
    let before = told.list.lock().unwrap().len();
    domain.suspend().unwrap();
    // A second listener hears of it, so the first would have.
    let late = Arc::new(Told::default());
    let sink = Arc::clone(&late);
    let _guard = world
        .connection
        .register_events(Arc::new(move |event| sink.add(event)))
        .unwrap();
    domain.resume().unwrap();
    late.wait_for(|list| !list.is_empty());
    assert_eq!(told.list.lock().unwrap().len(), before);
}

#[test]
fn metadata_changes_are_told_with_their_namespace() {
    let world = world(1);
    let told = Arc::new(Told::default());
    let sink = Arc::clone(&told);
    let _guard = world
        .connection
        .register_events(Arc::new(move |event| sink.add(event)))
        .unwrap();
    let domain = world.connection.domain(id(1)).unwrap();
    let flags = virt::sys::VIR_DOMAIN_AFFECT_CONFIG | virt::sys::VIR_DOMAIN_AFFECT_LIVE;
    let element = virt::sys::VIR_DOMAIN_METADATA_ELEMENT.cast_signed();
    domain
        .set_metadata(element, Some("<tags>one</tags>"), Some("b"), Some("urn:berth"), flags)
        .unwrap();
    told.wait_for(|list| {
        list.contains(&LibvirtEvent::MetadataChange {
            id: id(1),
            uri: Some("urn:berth".to_owned()),
        })
    });
}

#[test]
fn a_driver_without_keepalive_and_close_callback_is_not_an_error() {
    let world = world(1);
    assert_eq!(world.connection.set_keepalive(2, 2), Ok(false));
    let guard = world.connection.register_close(|_| {}).unwrap();
    drop(guard);
}

#[test]
fn the_test_driver_tells_states_and_nothing_else() {
    let world = world(3);
    let groups = StatsGroups::STATE | StatsGroups::CPU | StatsGroups::BALLOON | StatsGroups::BLOCK;
    let stats = world
        .connection
        .domain_stats(None, groups, StatsFlags::default())
        .unwrap();
    assert_eq!(stats.len(), 3);
    for machine in &stats {
        assert_eq!((machine.state, machine.cpu_time_nanos), (Some(State::Running), None));
        assert_eq!((machine.blocks.as_deref(), &machine.nets), (Some([].as_slice()), &None));
    }
    let two = [
        world.connection.domain(id(1)).unwrap(),
        world.connection.domain(id(3)).unwrap(),
    ];
    let stats = world
        .connection
        .domain_stats(Some(&two), StatsGroups::STATE, StatsFlags::default())
        .unwrap();
    let mut ids: Vec<MachineId> = stats.iter().map(|machine| machine.id).collect();
    ids.sort();
    assert_eq!(ids, [id(1), id(3)]);
    assert_eq!(
        world.connection.domain_stats(Some(&[]), groups, StatsFlags::default()),
        Ok(Vec::new())
    );
}

#[test]
fn bulk_statistics_leak_nothing() {
    let world = world(50);
    let read_often = |times: usize| {
        for _ in 0..times {
            let all = world
                .connection
                .domain_stats(None, StatsGroups::STATE, StatsFlags::default())
                .unwrap();
            assert_eq!(all.len(), 50);
            assert_eq!(world.connection.domains().unwrap().len(), 50);
        }
    };
    read_often(200);
    let before = resident_kib();
    read_often(3_000);
    let grown = resident_kib().saturating_sub(before);
    // 150,000 records of about 400 bytes each would be 60 MiB.
    assert!(grown < 6 << 10, "grew by {grown} KiB");
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn addresses_come_with_their_prefix() {
    let world = world(1);
    let domain = world.connection.domain(id(1)).unwrap();
    let interfaces = domain.addresses(AddressSource::Lease).unwrap();
    assert_eq!(interfaces.len(), 1);
    assert_eq!(interfaces[0].mac.as_deref(), Some("aa:bb:cc:dd:ee:01"));
    let (address, prefix) = interfaces[0].addresses[0];
    assert!(address.is_ipv4() && prefix == 24, "{address}/{prefix}");
}

#[test]
fn the_host_of_the_test_driver_has_cpu_times() {
    let world = world(1);
    let times = world.connection.node_cpu_times().unwrap();
    assert!(times.busy_nanos > 0 && times.idle_nanos > 0, "{times:?}");
}

#[test]
fn a_job_knows_how_far_it_is() {
    let half = JobProgress {
        total_bytes: 100,
        processed_bytes: 50,
        ..JobProgress::default()
    };
    assert_eq!(half.fraction(), Some(0.5));
    assert_eq!(JobProgress::default().fraction(), None);
    let beyond = JobProgress {
        processed_bytes: 150,
        ..half
    };
    assert_eq!(beyond.fraction(), Some(1.0));
}

#[test]
fn an_unknown_state_is_unknown() {
    assert_eq!(state_from_raw(99, 0), State::Unknown);
    assert_eq!(state_from_raw(-1, -1), State::Unknown);
    assert_eq!(state_from_raw(3, 99), State::Paused(PauseReason::Unknown));
}
