//! Discs into drives and out of them.

use std::path::Path;

use virt::sys;

use super::call::{BadXml as _, Failed as _, Found, find, is_local};
use super::definition::secure_xml;
use super::protocol::history::recorded;
use super::{Context, medium};
use crate::command::{JobStep, Outcome};
use crate::error::{Error, InputProblem, Result, Verb};
use crate::model::MachineId;
use crate::xml::domain::{drive_with_medium, medium_in_drive};

/// Puts `path` into the removable drive `target`, now and for the next start.
pub(crate) fn insert_media(ctx: &Context<'_>, id: MachineId, target: &str, path: &Path) -> Result<Outcome> {
    if is_local(ctx.uri) {
        ctx.step(JobStep::Checking);
        medium::inspect(ctx, path)?;
    }
    change(ctx, id, target, Some(path))
}

/// Empties the drive. A guest that has locked its tray refuses, in libvirt's own words.
pub(crate) fn eject_media(ctx: &Context<'_>, id: MachineId, target: &str) -> Result<Outcome> {
    change(ctx, id, target, None)
}

fn change(ctx: &Context<'_>, id: MachineId, target: &str, path: Option<&Path>) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::ChangingMedia);
    let impact = found.impact()?;
    // The running machine first: it is the one that may refuse, and then nothing has changed.
    for part in [sys::VIR_DOMAIN_AFFECT_LIVE, sys::VIR_DOMAIN_AFFECT_CONFIG] {
        if impact & part == 0 {
            continue;
        }
        if part == sys::VIR_DOMAIN_AFFECT_CONFIG {
            redefine(ctx, &found, target, path)?;
        } else {
            update(&found, target, path, part)?;
        }
    }
    ctx.step(JobStep::ReadingBack);
    for part in [sys::VIR_DOMAIN_AFFECT_LIVE, sys::VIR_DOMAIN_AFFECT_CONFIG] {
        if impact & part == 0 {
            continue;
        }
        let kept = medium_in_drive(&xml_of(&found, part)?, target).bad_xml(&found.name)?;
        if kept.as_deref() != path {
            return Err(Error::NotKept {
                object: found.name,
                what: format!("medium of {target}"),
            });
        }
    }
    Ok(Outcome::Done)
}

/// The definition, with the one that is replaced written down.
fn redefine(ctx: &Context<'_>, found: &Found, target: &str, path: Option<&Path>) -> Result<()> {
    let before = secure_xml(found)?;
    if medium_in_drive(&before, target).bad_xml(&found.name)?.as_deref() == path {
        // Nothing to go back to.
        return update(found, target, path, sys::VIR_DOMAIN_AFFECT_CONFIG);
    }
    let what = vec![format!("disk.{target}.source.file")];
    recorded(ctx, found, what, (&before, &before), |_| {
        update(found, target, path, sys::VIR_DOMAIN_AFFECT_CONFIG)
    })
}

fn update(found: &Found, target: &str, path: Option<&Path>, part: u32) -> Result<()> {
    let xml = xml_of(found, part)?;
    let device = drive_with_medium(&xml, target, path)
        .bad_xml(&found.name)?
        .ok_or(Error::InvalidInput(InputProblem::NoSuchDrive))?;
    found
        .domain
        .update_device_flags(&device, part)
        .failed(Verb::UpdateDevice, &found.name)
}

fn xml_of(found: &Found, part: u32) -> Result<String> {
    if part == sys::VIR_DOMAIN_AFFECT_LIVE {
        found.live_xml()
    } else {
        found.inactive_xml()
    }
}
