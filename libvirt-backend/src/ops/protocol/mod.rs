//! How settings and devices of a machine are changed: fetched with its secrets, compared with what the editor was
//! opened on, changed in a lossless document, defined with VALIDATE, done to the machine that runs, and read back.

mod fate;
#[cfg(test)]
mod firmware_tests;
pub(super) mod history;
#[cfg(test)]
mod history_tests;
mod images;
#[cfg(test)]
mod images_tests;
mod live;
pub(super) mod nvram;
#[cfg(test)]
mod qemu_tests;
#[cfg(test)]
mod room_tests;
#[cfg(test)]
mod tests;
mod tune;
mod undo;
mod unplug;
#[cfg(test)]
mod unplug_tests;

use super::Context;
use super::call::{Found, find, is_local, is_session};
use super::definition::{define_checked, secure_xml};
use crate::command::{JobStep, Outcome};
use crate::error::{Error, Result, WhyNot};
use crate::guard::Denied;
use crate::host_lists::Sysfs;
use crate::host_nodes::Devfs;
use crate::model::{HostDevices, MachineId};
use crate::xml::Document;
use crate::xml::alike::alike;
use crate::xml::metadata::Note;
use crate::xml::property::change::{Change, preview, redacted_diff};
use crate::xml::property::derive::{derive, says_the_same};
use crate::xml::property::edit::{Apply, Changed, DefinitionXml, EditReport, EditRequest, Fate, Fingerprint};
use crate::xml::property::fresh::new_mac;
use crate::xml::property::{NAME, Property, hindrance, iommu_groups};
use crate::xml::redact::redact;
use fate::Definitions;
use history::recorded;
pub(crate) use undo::{history, redo_edit, undo_edit};

/// `Query::Definition`.
pub(crate) fn definition(ctx: &Context<'_>, id: MachineId) -> Result<Outcome> {
    let found = find(ctx, id)?;
    let inactive = secure_xml(&found)?;
    let live = if found.is_active()? {
        Some(found.live_xml()?)
    } else {
        None
    };
    Ok(Outcome::Definition(Box::new(DefinitionXml {
        fingerprint: Fingerprint::of(&inactive),
        inactive: redact(&inactive),
        live: live.map(|xml| redact(&xml)),
    })))
}

/// `MachineCommand::Edit`.
pub(crate) fn edit(ctx: &Context<'_>, id: MachineId, request: &EditRequest) -> Result<Outcome> {
    let found = find(ctx, id)?;
    let report = make(ctx, &found, request, Record::New)?;
    Ok(Outcome::Edited(Box::new(report)))
}

/// Is a replaced definition written down?
#[derive(Clone, Copy, PartialEq, Eq)]
enum Record {
    New,
    /// It goes back to what is written down.
    Known,
}

fn make(ctx: &Context<'_>, found: &Found, request: &EditRequest, record: Record) -> Result<EditReport> {
    ctx.step(JobStep::Checking);
    let target = Target::of(found, request.apply)?;
    let before = secure_xml(found)?;
    if request
        .opened_on
        .is_some_and(|opened| opened != Fingerprint::of(&before))
    {
        return Err(Error::ChangedMeanwhile {
            object: found.name.clone(),
        });
    }
    let mut asked_for = completed(&request.changes);
    // What only the running machine gets is in no definition to be deleted with.
    asked_for.extend(images::note(&request.images, &before).filter(|_| target.is_config));
    let asked = preview(&before, &asked_for).map_err(|(index, problem)| match asked_for.get(index) {
        Some(change) => cannot(found, change.what(), WhyNot::Problem(problem)),
        None => bad(found, &problem.to_string()),
    })?;
    check_identity(found, &before, &asked.xml)?;
    let parsed = |xml: &str| Document::parse_as(xml, "domain").map_err(|error| bad(found, &error.to_string()));
    let old = parsed(&before)?;
    let wanted = parsed(&asked.xml)?;
    let changes = spelt_out(asked_for, &old, &wanted);
    images::check(ctx, &request.images, &wanted)?;
    if record == Record::New {
        check_hindrances(ctx, found, &changes, (&old, &wanted))?;
        if is_local(ctx.uri) {
            check_groups(found, &Sysfs::default(), (&old, &wanted))?;
        }
    }
    let mut report = EditReport {
        changes: Vec::new(),
        diff: asked.diff,
        adjusted: Vec::new(),
        kept_variables: nvram::kept(&old, &wanted),
        fingerprint: Fingerprint::of(&before),
    };
    if request.is_dry_run {
        let definitions = Definitions::new(&old, &wanted, &old);
        report.changes = told(&changes, |change| definitions.dry_fate(change));
        return Ok(report);
    }
    let mut made = images::Made::new(ctx, found, &request.images)?;
    let mut kept = None;
    if target.is_config {
        let xml = define(ctx, found, (&before, &asked.xml), &changes, record)?;
        let read_back = parsed(&xml)?;
        report.adjusted = match alike(&wanted, &read_back) {
            Some([asked, kept]) => redacted_diff(&asked, &kept),
            None => redacted_diff(&asked.xml, &xml),
        };
        report.fingerprint = Fingerprint::of(&xml);
        kept = Some(read_back);
        made.keep();
    }
    let mut live = Vec::new();
    if target.is_live {
        ctx.step(JobStep::ChangingDevices);
        for index in 0..changes.len() {
            let done = live::change(ctx, found, (&changes, index), &old);
            if !matches!(done, Err(_) | Ok(Fate::Refused { .. } | Fate::AtNextStart { .. })) {
                made.keep();
            }
            live.push(match done {
                // The definition is changed already: that has to be told, whatever became of the machine.
                Err(error) if kept.is_some() => Fate::AtNextStart {
                    refusal: Some(error.to_string()),
                },
                done => done?,
            });
        }
    }
    ctx.step(JobStep::ReadingBack);
    let mut live = live.into_iter();
    report.changes = told(&changes, |change| {
        let config = kept
            .as_ref()
            .map(|kept| Definitions::new(&old, &wanted, kept).fate(change));
        fate::merged(config, live.next())
    });
    Ok(report)
}

/// A whole text as the settings and devices that it changes, so that each is done and told by itself.
fn spelt_out(changes: Vec<Change>, old: &Document, wanted: &Document) -> Vec<Change> {
    if !changes.iter().any(|change| matches!(change, Change::ReplaceXml(_))) {
        return changes;
    }
    let mut derived = derive(old, wanted);
    let mut explained = old.clone();
    let is_made = derived.iter().all(|change| change.make(&mut explained).is_ok());
    if !is_made || !says_the_same(&explained, wanted) {
        // What no setting tells is told as the text that it is.
        derived.push(Change::ReplaceXml(wanted.to_string()));
    }
    derived
}

fn told(changes: &[Change], mut fate: impl FnMut(&Change) -> Fate) -> Vec<Changed> {
    let changes = changes.iter().map(|change| (change, fate(change)));
    // Which files were made for it goes with what they were made for.
    let changes = changes.filter(|(change, _)| !matches!(change, Change::Note(Note::MadeFiles(_))));
    let changes = changes.map(|(change, fate)| Changed {
        what: change.what(),
        fate,
    });
    changes.collect()
}

/// What of a machine is changed.
struct Target {
    is_config: bool,
    is_live: bool,
}

impl Target {
    fn of(found: &Found, apply: Apply) -> Result<Self> {
        let is_active = found.is_active()?;
        let is_persistent = found.is_persistent()?;
        match apply {
            Apply::NextStart if !is_persistent => Err(Error::Denied(Denied::Transient)),
            Apply::Live if !is_active => Err(Error::Denied(Denied::NotRunning)),
            _ => Ok(Self {
                is_config: is_persistent && apply != Apply::Live,
                is_live: is_active && apply != Apply::NextStart,
            }),
        }
    }
}

/// Defines what was asked for and answers what libvirt keeps.
fn define(
    ctx: &Context<'_>,
    found: &Found,
    (before, asked): (&str, &str),
    changes: &[Change],
    record: Record,
) -> Result<String> {
    if before == asked {
        return Ok(before.to_owned());
    }
    ctx.step(JobStep::Defining);
    if record == Record::Known {
        return replace(ctx, found, (before, asked));
    }
    let what = changes.iter().map(Change::what).collect();
    recorded(ctx, found, what, (before, asked), |_| {
        replace(ctx, found, (before, asked))
    })
}

fn replace(ctx: &Context<'_>, found: &Found, (before, asked): (&str, &str)) -> Result<String> {
    still(found, before)?;
    define_checked(ctx, found, asked)?;
    ctx.step(JobStep::ReadingBack);
    let kept = secure_xml(found)?;
    let Some(fresh) = nvram::with_fresh(ctx, found, (before, asked), &kept)? else {
        return Ok(kept);
    };
    if let Err(error) = define_checked(ctx, found, &fresh) {
        // With the old variables the new firmware would not be what it says.
        define_checked(ctx, found, before)?;
        return Err(error);
    }
    secure_xml(found)
}

/// Looked at once more, right before it is replaced: libvirt would not notice that somebody else was faster.
fn still(found: &Found, before: &str) -> Result<()> {
    if secure_xml(found)? == before {
        return Ok(());
    }
    Err(Error::ChangedMeanwhile {
        object: found.name.clone(),
    })
}

/// A new network interface has one address in the definition and in the machine that runs.
fn completed(changes: &[Change]) -> Vec<Change> {
    let complete = |change: &Change| match change {
        Change::AddDevice { xml } => Change::AddDevice {
            xml: with_mac(xml).unwrap_or_else(|| xml.clone()),
        },
        other => other.clone(),
    };
    changes.iter().map(complete).collect()
}

fn with_mac(xml: &str) -> Option<String> {
    let mut device = Document::parse(xml).ok()?;
    let root = device.root();
    if device.name(root) != "interface" || device.attr_at(root, "mac", "address").is_some() {
        return None;
    }
    let mac = device.child_or_insert(root, "mac", &[]).ok()?;
    device.set_attr(mac, "address", &new_mac()).ok()?;
    Some(device.to_string())
}

/// libvirt defines it without a word, and then the machine does not start, or nothing comes of it.
fn check_hindrances(
    ctx: &Context<'_>,
    found: &Found,
    changes: &[Change],
    (old, wanted): (&Document, &Document),
) -> Result<()> {
    let definitions = Definitions::new(old, wanted, old);
    let is_session = is_session(ctx.uri);
    let has_vsock = is_local(ctx.uri).then(|| Devfs::default().has_vsock(is_session));
    for change in changes {
        let hindrance = match change {
            Change::Set {
                setting,
                value: Some(value),
            } if hindrance::is_meant(value) => hindrance::of_setting(setting, is_session, wanted),
            Change::AddDevice { xml } => hindrance::of_device(xml, is_session, has_vsock),
            _ => None,
        };
        if let Some(why) = hindrance
            && definitions.dry_fate(change) != Fate::Unchanged
        {
            return Err(cannot(found, change.what(), WhyNot::Hindered(why)));
        }
    }
    Ok(())
}

/// A part of an IOMMU group would not be let go by the host. A change of something else is made whatever there is.
fn check_groups(found: &Found, sysfs: &Sysfs, (old, wanted): (&Document, &Document)) -> Result<()> {
    if iommu_groups::given(old) == iommu_groups::given(wanted) {
        return Ok(());
    }
    let host = HostDevices {
        pci: sysfs.pci(),
        ..HostDevices::default()
    };
    match iommu_groups::newly_halved(&host, old, wanted) {
        Some(half) => Err(cannot(found, "hostdev".to_owned(), WhyNot::HalfGroup(half))),
        None => Ok(()),
    }
}

/// libvirt knows machines by name and UUID: with others it would make a second machine, or refuse.
fn check_identity(found: &Found, before: &str, after: &str) -> Result<()> {
    let parsed = |xml: &str| Document::parse_as(xml, "domain").map_err(|error| bad(found, &error.to_string()));
    let (before, after) = (parsed(before)?, parsed(after)?);
    let text = |domain: &Document, property: &Property| property.text(domain).ok().flatten();
    let uuid = |domain: &Document| domain.text_at(domain.root(), "uuid").map(|uuid| uuid.to_lowercase());
    for (what, is_same) in [
        ("name", text(&before, NAME) == text(&after, NAME)),
        ("uuid", uuid(&before) == uuid(&after)),
    ] {
        if !is_same {
            return Err(cannot(found, what.to_owned(), WhyNot::OtherMachine));
        }
    }
    Ok(())
}

fn cannot(found: &Found, what: String, why: WhyNot) -> Error {
    Error::CannotChange {
        object: found.name.clone(),
        what,
        why,
    }
}

fn bad(found: &Found, words: &str) -> Error {
    Error::Xml {
        object: found.name.clone(),
        message: words.to_owned(),
    }
}
