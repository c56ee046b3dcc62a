//! Blocking reads of what libvirt knows: the list, one machine, the host, the pools. Run on the pool's threads.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Instant;

use virt::sys;

use super::start_time::StartTimes;
use crate::error::{Error, LibvirtError, Result, Verb};
use crate::ffi::{Conn, Dom, StatsFlags, StatsGroups};
use crate::model::{Definition, HostInfo, MachineId, PauseReason, PoolSummary, Snapshot, SnapshotKind, State};
use crate::ops::PROBE_PREFIX;
use crate::xml::domain::{DomainFacts, definition_from_xml, host_devices_from_xml};
use crate::xml::property::pending::pending;
use crate::xml::snapshot::snapshot_from_xml;
use crate::xml::storage::pool_from_xml;
use crate::xml::{Document, XmlError};

const NO_DOMAIN: i32 = sys::VIR_ERR_NO_DOMAIN.cast_signed();
const AGENT_CHANNEL: &str = "org.qemu.guest_agent.0";

/// Every machine, as far as lists tell: a handful of calls, however many there are.
#[derive(Debug)]
pub(crate) struct Listing {
    pub(crate) started: Instant,
    pub(crate) rows: Vec<Row>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) id: MachineId,
    pub(crate) name: String,
    pub(crate) state: State,
    pub(crate) is_persistent: bool,
    pub(crate) has_managed_save: bool,
    pub(crate) autostart: bool,
    pub(crate) num_snapshots: usize,
}

/// What lists tell of a machine, so that nothing of it has to be asked again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Listed {
    /// When the list was asked for: what happened since makes the machine be read once more.
    pub(crate) since: Instant,
    state: State,
    is_persistent: bool,
    has_managed_save: bool,
    autostart: bool,
    has_snapshots: bool,
}

impl Listed {
    /// `None` where the lists did not agree on the machine.
    pub(crate) fn new(since: Instant, row: &Row) -> Option<Self> {
        (row.state != State::Unknown).then_some(Self {
            since,
            state: row.state,
            is_persistent: row.is_persistent,
            has_managed_save: row.has_managed_save,
            autostart: row.autostart,
            has_snapshots: row.num_snapshots > 0,
        })
    }
}

/// One machine, whole.
#[derive(Debug)]
pub(crate) struct Detail {
    pub(crate) state: State,
    pub(crate) definition: Arc<Definition>,
    pub(crate) is_agent_connected: bool,
    pub(crate) snapshots: Arc<[Snapshot]>,
    /// From its process, where that can be seen.
    pub(crate) started_at_millis: Option<i64>,
}

/// What reading one machine came to.
#[derive(Debug)]
pub(crate) enum Found {
    Here(Box<Detail>),
    /// libvirt knows no such domain (any more).
    Gone,
}

/// None of these calls waits for a QEMU that hangs.
pub(crate) fn listing(conn: &Conn) -> Result<Listing> {
    let started = Instant::now();
    let ids = |flags| -> Result<BTreeSet<MachineId>> {
        let domains = conn
            .list_all_domains(flags)
            .map_err(|error| failed(Verb::ListDomains, "", error))?;
        Ok(domains
            .iter()
            .filter_map(|domain| domain.uuid().ok().map(MachineId))
            .collect())
    };
    let transient = ids(sys::VIR_CONNECT_LIST_DOMAINS_TRANSIENT)?;
    let saved = ids(sys::VIR_CONNECT_LIST_DOMAINS_MANAGEDSAVE)?;
    // Not every driver knows it.
    let autostart = ids(sys::VIR_CONNECT_LIST_DOMAINS_AUTOSTART).unwrap_or_default();
    let num_snapshots = snapshot_counts(conn)?;
    let domains = conn.domains().map_err(|error| failed(Verb::ListDomains, "", error))?;
    let states: BTreeMap<MachineId, State> = conn
        .domain_stats(None, StatsGroups::STATE, StatsFlags::default())
        .map_err(|error| failed(Verb::ReadStats, "", error))?
        .into_iter()
        .filter_map(|stats| Some((stats.id, stats.state?)))
        .collect();
    let rows = domains
        .iter()
        .filter_map(|domain| {
            let id = domain.id();
            // Local to the handle: no round trip.
            let name = domain.name().ok().filter(|name| !is_probe(name))?;
            Some(Row {
                id,
                name,
                // Defined between the two calls: its event makes it be read.
                state: states.get(&id).copied().unwrap_or_default(),
                is_persistent: !transient.contains(&id),
                has_managed_save: saved.contains(&id),
                autostart: autostart.contains(&id),
                num_snapshots: num_snapshots.get(&id).copied().unwrap_or_default(),
            })
        })
        .collect();
    Ok(Listing { started, rows })
}

/// Of the machines that have any: others take snapshots without libvirt telling of it.
fn snapshot_counts(conn: &Conn) -> Result<BTreeMap<MachineId, usize>> {
    let domains = conn
        .list_all_domains(sys::VIR_CONNECT_LIST_DOMAINS_HAS_SNAPSHOT)
        .map_err(|error| failed(Verb::ListDomains, "", error))?;
    Ok(domains
        .iter()
        .filter_map(|domain| {
            let count = domain.num_snapshots(0).ok()?;
            Some((MachineId(domain.uuid().ok()?), count as usize))
        })
        .collect())
}

/// Blocks for as long as its QEMU hangs.
///
/// With what the list told, a machine that is off costs two calls instead of seven: a thousand of them are read at each
/// start.
pub(crate) fn machine(conn: &Conn, id: MachineId, listed: Option<Listed>, start_times: &StartTimes) -> Result<Found> {
    match read_machine(conn, id, listed, start_times) {
        Ok(detail) if is_probe(&detail.definition.name) => Ok(Found::Gone),
        Ok(detail) => Ok(Found::Here(Box::new(detail))),
        Err(Error::Libvirt { source, .. }) if source.code == NO_DOMAIN => Ok(Found::Gone),
        Err(error) => Err(error),
    }
}

/// A machine of ours that lives for a moment to prove something: nobody's.
fn is_probe(name: &str) -> bool {
    name.starts_with(PROBE_PREFIX)
}

fn read_machine(conn: &Conn, id: MachineId, listed: Option<Listed>, start_times: &StartTimes) -> Result<Detail> {
    let domain = conn
        .domain(id)
        .map_err(|error| failed(Verb::ListDomains, &id.to_string(), error))?;
    let name = domain
        .name()
        .map_err(|error| failed(Verb::ListDomains, &id.to_string(), error))?;
    let Standing {
        state: bare_state,
        is_persistent,
        has_managed_save,
        autostart,
    } = match listed {
        Some(listed) => Standing {
            state: listed.state,
            is_persistent: listed.is_persistent,
            has_managed_save: listed.has_managed_save,
            autostart: listed.autostart,
        },
        None => standing(&domain).map_err(|error| failed(Verb::ListDomains, &name, error))?,
    };
    let snapshots = if listed.is_some_and(|listed| !listed.has_snapshots) {
        Vec::new()
    } else {
        snapshots(&domain, &name)?
    };
    let facts = DomainFacts {
        is_persistent,
        has_managed_save,
        autostart,
        has_external_snapshots: snapshots.iter().any(|snapshot| snapshot.kind == SnapshotKind::External),
    };
    let (mut definition, inactive_xml) = definition(&domain, &name, facts)?;
    let mut hasher = DefaultHasher::new();
    inactive_xml.hash(&mut hasher);
    let mut is_agent_connected = false;
    if bare_state.is_active() {
        let live_xml = domain
            .xml_desc(0)
            .map_err(|error| failed(Verb::ReadXml, &name, error))?;
        live_xml.hash(&mut hasher);
        let live = Document::parse_as(&live_xml, "domain").map_err(|error| bad_xml(&name, &error))?;
        is_agent_connected = agent_is_connected(&live);
        if is_persistent && !definition.is_unreadable {
            definition.num_waiting = num_waiting(&inactive_xml, &live);
        }
        for (mac, device) in host_devices_from_xml(&live_xml).map_err(|error| bad_xml(&name, &error))? {
            if let Some(nic) = definition.nics.iter_mut().find(|nic| nic.mac == mac) {
                nic.host_device = Some(device);
            }
        }
    }
    definition.xml_hash = hasher.finish();
    Ok(Detail {
        state: with_disk_full(&domain, bare_state),
        definition: Arc::new(definition),
        is_agent_connected,
        snapshots: snapshots.into(),
        started_at_millis: bare_state.is_active().then(|| start_times.of(&name)).flatten(),
    })
}

/// What stands in no XML.
struct Standing {
    state: State,
    is_persistent: bool,
    has_managed_save: bool,
    autostart: bool,
}

/// A round trip each.
fn standing(domain: &Dom) -> Result<Standing, LibvirtError> {
    let state = domain.current_state()?;
    let is_persistent = domain.is_persistent()?;
    // Drivers without managed save have none.
    let has_managed_save = is_persistent && domain.has_managed_save(0).unwrap_or(false);
    Ok(Standing {
        state,
        is_persistent,
        has_managed_save,
        autostart: is_persistent && domain.autostart().unwrap_or(false),
    })
}

/// A machine whose XML Berth cannot read is shown all the same, by its name.
fn definition(domain: &Dom, name: &str, facts: DomainFacts) -> Result<(Definition, String)> {
    let inactive_xml = domain
        .xml_desc(sys::VIR_DOMAIN_XML_INACTIVE)
        .map_err(|error| failed(Verb::ReadXml, name, error))?;
    let definition = definition_from_xml(&inactive_xml, facts).unwrap_or_else(|error| {
        tracing::warn!(name, %error, "the XML of a machine was not understood");
        Definition {
            is_persistent: facts.is_persistent,
            has_managed_save: facts.has_managed_save,
            autostart: facts.autostart,
            is_unreadable: true,
            ..Definition::unread(name)
        }
    });
    Ok((definition, inactive_xml))
}

/// What the definition has and the machine that runs has not yet. A transient one has no other start.
fn num_waiting(inactive_xml: &str, live: &Document) -> u32 {
    let inactive = Document::parse_as(inactive_xml, "domain");
    let waiting = inactive.map_or(0, |inactive| pending(&inactive, live).len());
    u32::try_from(waiting).unwrap_or(u32::MAX)
}

fn snapshots(domain: &Dom, name: &str) -> Result<Vec<Snapshot>> {
    let list = match domain.list_all_snapshots(0) {
        Ok(list) => list,
        Err(error) if error.code().to_raw() == sys::VIR_ERR_NO_SUPPORT => return Ok(Vec::new()),
        Err(error) => return Err(failed(Verb::ListSnapshots, name, error)),
    };
    let told = list.iter().filter_map(|snapshot| {
        // Deleted between the two calls: the next reading is without it.
        let xml = snapshot.xml_desc(0).ok()?;
        let is_current = snapshot.is_current(0).unwrap_or(false);
        Some((snapshot.name().unwrap_or_default(), xml, is_current))
    });
    Ok(understood(name, told))
}

/// One that makes no sense is shown as another tool's, which Berth never touches; the rest of the machine is read.
fn understood(machine: &str, told: impl Iterator<Item = (String, String, bool)>) -> Vec<Snapshot> {
    let mut snapshots: Vec<Snapshot> = told
        .map(|(name, xml, is_current)| {
            snapshot_from_xml(&xml, is_current).unwrap_or_else(|error| {
                tracing::warn!(machine, snapshot = name, %error, "the XML of a snapshot was not understood");
                Snapshot {
                    name,
                    description: None,
                    created_at_seconds: 0,
                    parent: None,
                    is_current,
                    kind: SnapshotKind::External,
                    was_running: false,
                }
            })
        })
        .collect();
    snapshots.sort_by(|a, b| (a.created_at_seconds, &a.name).cmp(&(b.created_at_seconds, &b.name)));
    snapshots
}

/// A machine that fails again as soon as it is resumed is paused for no reason that libvirt knows; its disks do.
fn with_disk_full(domain: &Dom, state: State) -> State {
    let State::Paused(PauseReason::IoError { .. } | PauseReason::Unknown) = state else {
        return state;
    };
    let errors = domain.disk_errors().unwrap_or_default();
    if errors.is_empty() {
        return state;
    }
    State::Paused(PauseReason::IoError {
        disk_full: errors.iter().any(|error| error.is_no_space),
    })
}

fn agent_is_connected(domain: &Document) -> bool {
    domain
        .find_all(domain.root(), "devices/channel/target")
        .into_iter()
        .any(|target| {
            domain.attr(target, "name").is_some_and(|name| name == AGENT_CHANNEL)
                && domain.attr(target, "state").is_some_and(|state| state == "connected")
        })
}

/// What the daemon says of itself and its host. What a driver cannot tell stays empty.
pub(crate) fn host(conn: &Conn, is_local: bool) -> Result<HostInfo> {
    let node = told(conn.node_info())?;
    let version = |told: Option<u32>| told.map_or(0, u64::from);
    Ok(HostInfo {
        hostname: told(conn.hostname())?,
        is_local,
        driver: told(conn.driver_type())?.unwrap_or_default(),
        libvirt_version: version(told(conn.lib_version())?),
        hypervisor_version: version(told(conn.hyp_version())?),
        cpus: node.as_ref().map_or(0, |node| node.cpus),
        memory_bytes: node.as_ref().map_or(0, |node| node.memory * 1024),
    })
}

/// `None`: this driver has no such thing.
fn told<T>(answer: std::result::Result<T, virt::error::Error>) -> Result<Option<T>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.code().to_raw() == sys::VIR_ERR_NO_SUPPORT => Ok(None),
        Err(error) => Err(failed(Verb::ReadCapabilities, "", error)),
    }
}

pub(crate) fn pools(conn: &Conn) -> Result<Vec<PoolSummary>> {
    let pools = conn
        .list_all_storage_pools(0)
        .map_err(|error| failed(Verb::ReadPool, "", error))?;
    let mut summaries: Vec<PoolSummary> = pools
        .iter()
        .filter_map(|pool| {
            // Undefined between the two calls: the next reading is without it.
            let xml = pool.xml_desc(0).ok()?;
            let details = pool_from_xml(&xml).ok()?;
            Some(PoolSummary {
                name: details.name,
                is_active: pool.is_active().unwrap_or(false),
                target: details.target,
                capacity_bytes: details.capacity_bytes,
                available_bytes: details.available_bytes,
            })
        })
        .collect();
    summaries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(summaries)
}

fn failed(verb: Verb, object: &str, source: impl Into<LibvirtError>) -> Error {
    Error::Libvirt {
        verb,
        object: object.to_owned(),
        source: source.into(),
    }
}

fn bad_xml(object: &str, error: &XmlError) -> Error {
    Error::Xml {
        object: object.to_owned(),
        message: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_that_makes_no_sense_hides_neither_itself_nor_the_others() {
        let good = "<domainsnapshot><name>good</name><state>shutoff</state><creationTime>7</creationTime>\
                    </domainsnapshot>";
        let told = [("good", good, true), ("bad", "<domainsnapshot><na", false)];
        let told = told.map(|(name, xml, is_current)| (name.to_owned(), xml.to_owned(), is_current));
        let snapshots = understood("guest", told.into_iter());
        let names: Vec<_> = snapshots
            .iter()
            .map(|snapshot| (&*snapshot.name, snapshot.kind))
            .collect();
        assert_eq!(
            names,
            [("bad", SnapshotKind::External), ("good", SnapshotKind::InternalDisks)]
        );
    }

    #[test]
    fn the_agent_is_connected_only_when_its_own_channel_is() {
        let is_connected = |name: &str, state: &str| {
            let xml = format!(
                "<domain><devices><channel type='unix'><target type='virtio' name='{name}' state='{state}'/>\
                 </channel></devices></domain>"
            );
            agent_is_connected(&Document::parse(&xml).unwrap())
        };
        assert!(is_connected(AGENT_CHANNEL, "connected"));
        assert!(!is_connected(AGENT_CHANNEL, "disconnected"));
        assert!(!is_connected("com.redhat.spice.0", "connected"));
    }
}
