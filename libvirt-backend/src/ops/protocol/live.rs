//! Changes to a machine that runs: each by the call that libvirt has for it, then read back.

use std::time::{Duration, Instant};

use virt::domain::Domain;
use virt::sys;

use super::super::call::{Failed as _, Found as Machine};
use super::super::{Context, edit};
use super::fate::{Definitions, Found, live_elements};
use super::tune;
use super::unplug::{self, Device, Unplugged};
use crate::error::{LibvirtError, Result, Verb};
use crate::xml::metadata::{BERTH_NS_PREFIX, BERTH_NS_URI, LIBOSINFO_PREFIX, LIBOSINFO_URI, element_with_least_memory};
use crate::xml::property::change::Change;
use crate::xml::property::edit::{Fate, GuestAnswer};
use crate::xml::property::select::Setting;
use crate::xml::property::{Scope, Value};
use crate::xml::{Document, NodeId, XmlError};

const LIVE: u32 = sys::VIR_DOMAIN_AFFECT_LIVE;
/// What the guest gives back it gives back soon or much later.
const GUEST_PATIENCE: Duration = Duration::from_secs(3);
const POLL: Duration = Duration::from_millis(100);

/// What libvirt made of a call.
pub(super) enum Done {
    Yes,
    /// The guest has been told.
    Told,
    /// And does not give it up.
    Kept(GuestAnswer),
    /// In libvirt's words; none where there is no call for it.
    No(Option<String>),
}

impl From<Result<(), LibvirtError>> for Done {
    fn from(result: Result<(), LibvirtError>) -> Self {
        match result {
            Ok(()) => Self::Yes,
            Err(error) => Self::No(Some(error.message)),
        }
    }
}

/// Does one of the changes. `old`: the definition as it was, which the keys are of.
pub(super) fn change(
    ctx: &Context<'_>,
    machine: &Machine,
    (changes, index): (&[Change], usize),
    old: &Document,
) -> Result<Fate> {
    let change = &changes[index];
    let before = read(machine)?;
    let mut wanted = before.clone();
    let done = match change {
        Change::ReplaceXml(_) => Done::No(None),
        Change::Note(note) => edit::write_down(machine, note, LIVE).map(|()| Done::Yes)?,
        // What it does not have, or has under another number, cannot be changed in it.
        _ if change.make(&mut wanted).is_err() => Done::No(None),
        Change::Set { .. } if Definitions::new(&before, &wanted, &before).find(change) == Found::Unchanged => {
            return Ok(Fate::Unchanged);
        }
        Change::Set { setting, value } => set(
            (ctx, machine),
            (setting, value.as_ref()),
            (changes, index),
            old,
            (&before, &wanted),
        )?,
        Change::AddDevice { xml } => machine.domain.attach_device_flags(xml, LIVE).map_err(Into::into).into(),
        Change::AddEntry { scope, outer, .. } => update_around(machine, scope, outer, &before, &wanted),
        Change::RemoveDevice { scope, key }
            if let Some((outer, _)) = scope.is_inside().then(|| key.rsplit_once('.')).flatten() =>
        {
            match live_elements((scope, key), changes, old, &before) {
                Some(_) => update_around(machine, scope, outer, &before, &wanted),
                None => Done::No(None),
            }
        }
        Change::RemoveDevice { scope, key } => detach(ctx, machine, (scope, key), changes, (old, &before))?,
    };
    let patience = match done {
        Done::No(refusal) => return Ok(Fate::AtNextStart { refusal }),
        Done::Kept(answer) => {
            return Ok(Fate::KeptByGuest {
                answer,
                at_next_start: true,
            });
        }
        Done::Told => GUEST_PATIENCE,
        Done::Yes => Duration::ZERO,
    };
    let is_told = !patience.is_zero();
    let end = Instant::now() + patience;
    loop {
        let now = read(machine)?;
        let found = Definitions::new(&before, &wanted, &now).find(change);
        let is_over = matches!(found, Found::AsAsked | Found::Unchanged) || Instant::now() >= end;
        if is_over {
            return Ok(match found {
                Found::AsAsked | Found::Unchanged => Fate::Applied,
                Found::AsItWas(found) | Found::Otherwise(found) if is_told => Fate::WaitsForGuest { found },
                Found::AsItWas(found) => Fate::Ignored { found },
                Found::Otherwise(found) => Fate::Differs { found },
            });
        }
        ctx.cancel.wait(POLL)?;
    }
}

/// With its secrets: devices go back to libvirt with them.
fn read(machine: &Machine) -> Result<Document> {
    let xml = machine.domain.xml_desc(sys::VIR_DOMAIN_XML_SECURE);
    let xml = xml.failed(Verb::ReadXml, &machine.name)?;
    Document::parse_as(&xml, "domain").map_err(|error| super::bad(machine, &error.to_string()))
}

fn set(
    (ctx, machine): (&Context<'_>, &Machine),
    (setting, value): (&Setting, Option<&Value>),
    (changes, index): (&[Change], usize),
    old: &Document,
    (before, wanted): (&Document, &Document),
) -> Result<Done> {
    let domain = &machine.domain;
    if let Some(done) = tune::tune(machine, setting, value, wanted) {
        return Ok(done);
    }
    let done = |result: Result<(), virt::error::Error>| Done::from(result.map_err(Into::into));
    Ok(match (setting.scope.word, setting.property.name, value) {
        ("", "memory.current", Some(Value::Bytes(bytes))) => {
            match done(domain.set_memory_flags(bytes.div_ceil(1024), LIVE)) {
                Done::Yes => Done::Told,
                other => other,
            }
        }
        ("", "vcpu.current", Some(Value::Integer(count))) => match u32::try_from(*count) {
            Ok(count) => unplug::processors(ctx, machine, count)?.into(),
            Err(_) => Done::No(None),
        },
        ("", "title", value) => done(domain.set_metadata(TITLE, text(value).as_deref(), None, None, LIVE)),
        ("", "description", value) => done(domain.set_metadata(DESCRIPTION, text(value).as_deref(), None, None, LIVE)),
        ("", "memory.least", value) => set_least_memory(machine, value)?,
        ("", "osinfo", value) => done(set_osinfo(domain, text(value).as_deref())),
        ("", "cputune.emulatorpin", Some(Value::Text(set))) => match cpu_map(set) {
            Some(map) => done(domain.pin_emulator(&map, LIVE)),
            None => Done::No(None),
        },
        ("cputune.vcpupin", _, Some(Value::Text(set))) => match (setting.key.parse(), cpu_map(set)) {
            (Ok(vcpu), Some(map)) => done(domain.pin_vcpu_flags(vcpu, &map, LIVE)),
            _ => Done::No(None),
        },
        ("disk", name, _) if name.starts_with("iotune.") => tune_disk(machine, setting, &changes[index..], before),
        _ if setting.scope.element.starts_with("devices/") => {
            match update(machine, (setting, value), changes, old, before) {
                Ok(done) => done,
                Err(error) => return Err(super::bad(machine, &error.to_string())),
            }
        }
        _ => Done::No(None),
    })
}

const ELEMENT: i32 = sys::VIR_DOMAIN_METADATA_ELEMENT.cast_signed();
const TITLE: i32 = sys::VIR_DOMAIN_METADATA_TITLE.cast_signed();
const DESCRIPTION: i32 = sys::VIR_DOMAIN_METADATA_DESCRIPTION.cast_signed();

fn set_osinfo(domain: &Domain, id: Option<&str>) -> Result<(), virt::error::Error> {
    let element = id.and_then(libosinfo_element);
    let prefix = element.as_ref().map(|_| LIBOSINFO_PREFIX);
    domain.set_metadata(ELEMENT, element.as_deref(), prefix, Some(LIBOSINFO_URI), LIVE)
}

fn set_least_memory(machine: &Machine, value: Option<&Value>) -> Result<Done> {
    let kib = match value {
        Some(Value::Bytes(bytes)) => Some(bytes.div_ceil(1024)),
        _ => None,
    };
    let existing = edit::berth_element(machine, LIVE)?;
    let element = element_with_least_memory(existing.as_deref(), kib);
    let element = element.map_err(|error| super::bad(machine, &error.to_string()))?;
    let written = machine
        .domain
        .set_metadata(ELEMENT, Some(&element), Some(BERTH_NS_PREFIX), Some(BERTH_NS_URI), LIVE);
    Ok(written.map_err(Into::into).into())
}

/// As libvirt wants it: it puts the namespace onto it.
fn libosinfo_element(id: &str) -> Option<String> {
    let mut element = Document::new(LIBOSINFO_PREFIX).ok()?;
    let os = element.append_child(element.root(), "os").ok()?;
    element.set_attr(os, "id", id).ok()?;
    Some(element.element_xml(element.root()))
}

fn text(value: Option<&Value>) -> Option<String> {
    value.map(ToString::to_string)
}

/// Gives libvirt the device as it runs, with this one setting changed.
fn update(
    machine: &Machine,
    (setting, value): (&Setting, Option<&Value>),
    changes: &[Change],
    old: &Document,
    before: &Document,
) -> Result<Done, XmlError> {
    let Some(elements) = live_elements((setting.scope, &setting.key), changes, old, before) else {
        return Ok(Done::No(None));
    };
    let mut changed = before.clone();
    for element in elements {
        setting.property.write(&mut changed, element, value)?;
        let xml = changed.element_xml(device_around(&changed, element));
        let result = machine.domain.update_device_flags(&xml, LIVE);
        if let Err(error) = result {
            return Ok(Done::No(Some(error.message().to_owned())));
        }
    }
    Ok(Done::Yes)
}

/// Gives libvirt the device that a list is in as it is wanted: entries that come and go have no call of their own.
fn update_around(machine: &Machine, scope: &Scope, outer: &str, before: &Document, wanted: &Document) -> Done {
    // An empty list may be gone altogether: the device is asked of the document that has an entry.
    let in_list = |domain: &Document| {
        let keyed = scope.keyed(domain).into_iter();
        let mut of_list = keyed.filter(|(key, _)| key.rsplit_once('.').is_some_and(|(list, _)| list == outer));
        of_list.next().map(|(_, element)| device_around(domain, element))
    };
    let place = |domain: &Document, device: NodeId| {
        let siblings = domain
            .parent(device)
            .map(|outer| domain.elements(outer).collect::<Vec<_>>());
        siblings.and_then(|siblings| siblings.iter().position(|sibling| *sibling == device))
    };
    let device = in_list(wanted).or_else(|| {
        let index = place(before, in_list(before)?)?;
        let devices = wanted.child(wanted.root(), "devices")?;
        wanted.elements(devices).nth(index)
    });
    match device {
        Some(device) => machine
            .domain
            .update_device_flags(&wanted.element_xml(device), LIVE)
            .map(drop)
            .map_err(Into::into)
            .into(),
        None => Done::No(None),
    }
}

/// libvirt takes a device as a whole.
fn device_around(domain: &Document, element: NodeId) -> NodeId {
    let outwards = std::iter::successors(Some(element), |&node| domain.parent(node));
    let is_device = |node: &NodeId| {
        domain
            .parent(*node)
            .is_some_and(|outer| domain.name(outer) == "devices")
    };
    outwards.into_iter().find(is_device).unwrap_or(element)
}

fn detach(
    ctx: &Context<'_>,
    machine: &Machine,
    (scope, key): (&'static Scope, &str),
    changes: &[Change],
    (old, before): (&Document, &Document),
) -> Result<Done> {
    if !scope.is_device() {
        return Ok(Done::No(None));
    }
    let Some(elements) = live_elements((scope, key), changes, old, before) else {
        return Ok(Done::No(None));
    };
    let devices: Vec<Device> = elements
        .into_iter()
        .map(|element| Device {
            xml: before.element_xml(element),
            alias: before.attr_at(element, "alias", "name").map(|alias| alias.into_owned()),
        })
        .collect();
    unplug::devices(ctx, machine, &devices).map(Into::into)
}

impl From<Unplugged> for Done {
    fn from(unplugged: Unplugged) -> Self {
        match unplugged {
            Unplugged::LetGo => Self::Yes,
            Unplugged::Kept(answer) => Self::Kept(answer),
            Unplugged::Refused(words) => Self::No(Some(words)),
        }
    }
}

/// Limits exclude one another, so those of a disk go together.
fn tune_disk(machine: &Machine, setting: &Setting, rest: &[Change], before: &Document) -> Done {
    let of_disk = |change: &Change| match change {
        Change::Set { setting: other, value }
            if other.scope == setting.scope
                && other.key == setting.key
                && other.property.name.starts_with("iotune.") =>
        {
            Some((other.clone(), value.clone()))
        }
        _ => None,
    };
    let together: Vec<(Setting, Option<Value>)> = rest.iter().filter_map(of_disk).collect();
    let mut wanted = before.clone();
    for (setting, value) in &together {
        if setting.write(&mut wanted, value.as_ref()).is_err() {
            return Done::No(None);
        }
    }
    let Ok(disks) = setting.elements(&wanted) else {
        return Done::No(None);
    };
    for disk in disks {
        let Some(target) = wanted.attr_at(disk, "target", "dev") else {
            return Done::No(None);
        };
        let limits: Vec<(&str, Option<Value>)> = setting
            .scope
            .properties()
            .filter_map(|property| {
                let name = property.name.strip_prefix("iotune.")?;
                let value = property.read(&wanted, disk).ok()?;
                let is_asked = together.iter().any(|(setting, _)| setting.property == property);
                (value.is_some() || is_asked).then_some((name, value))
            })
            .collect();
        let numbers = limits.iter().filter_map(|(name, value)| match value {
            Some(Value::Bytes(number)) => Some((*name, *number)),
            Some(Value::Integer(number)) => Some((*name, u64::try_from(*number).unwrap_or(0))),
            None if *name != "group_name" => Some((*name, 0)),
            _ => None,
        });
        let group = limits.iter().find_map(|(name, value)| match value {
            Some(Value::Text(group)) if *name == "group_name" => Some(group.clone()),
            _ => None,
        });
        let numbers: Vec<(&str, u64)> = numbers.collect();
        if let Err(error) = machine
            .domain
            .set_block_io_tune(&target, &numbers, group.as_deref(), LIVE)
        {
            return Done::No(Some(error.message));
        }
    }
    Done::Yes
}

/// A bit for each of the host's processors: `0-3,^2`.
pub(super) fn cpu_map(set: &str) -> Option<Vec<u8>> {
    let mut map: Vec<u8> = Vec::new();
    for part in set.split(',').map(str::trim) {
        let (is_in, part) = part.strip_prefix('^').map_or((true, part), |part| (false, part));
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (usize, usize) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        // No host has more.
        if first > last || last > 16_383 {
            return None;
        }
        map.resize(map.len().max(last / 8 + 1), 0);
        for cpu in first..=last {
            let bit = 1 << (cpu % 8);
            if is_in {
                map[cpu / 8] |= bit;
            } else {
                map[cpu / 8] &= !bit;
            }
        }
    }
    Some(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_processors_is_a_bit_each() {
        assert_eq!(cpu_map("0-3,^2"), Some(vec![0b1011]));
        assert_eq!(cpu_map("9"), Some(vec![0, 2]));
        assert_eq!(cpu_map("3-1"), None);
        assert_eq!(cpu_map("x"), None);
    }
}
