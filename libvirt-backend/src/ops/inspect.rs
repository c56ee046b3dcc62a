//! Looking at one machine: its XML for a bug report, its screen.

use super::Context;
use super::call::{Failed as _, find};
use super::{picture, shrink};
use crate::command::{JobStep, Outcome, Thumbnail};
use crate::error::{Error, Result, Verb};
use crate::model::MachineId;
use crate::xml::redact::redact;

/// The XML that is true now, secrets removed.
pub(crate) fn domain_xml(ctx: &Context<'_>, id: MachineId) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::Checking);
    // Asked for without VIR_DOMAIN_XML_SECURE, and cleaned again: other elements may hold secrets too.
    Ok(Outcome::Text(redact(&found.live_xml()?)))
}

/// The first screen as it is now.
pub(crate) fn screenshot(ctx: &Context<'_>, id: MachineId) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::Checking);
    let (_mime, bytes) = found
        .domain
        .screenshot_bytes(ctx.connection, 0)
        .failed(Verb::Screenshot, &found.name)?;
    let picture = picture::decode(&bytes).map_err(|problem| Error::NotKept {
        what: format!("the picture of the screen ({problem})"),
        object: found.name,
    })?;
    Ok(Outcome::Screenshot(picture))
}

/// The first screen as it is now, small. What QEMU hands over is not even unpacked where it is what was known.
pub(crate) fn thumbnail(ctx: &Context<'_>, id: MachineId, fits: [u32; 2], known: Option<u64>) -> Result<Outcome> {
    let found = find(ctx, id)?;
    ctx.step(JobStep::Checking);
    let (_mime, bytes) = found
        .domain
        .screenshot_bytes(ctx.connection, 0)
        .failed(Verb::Screenshot, &found.name)?;
    let fingerprint = shrink::fingerprint(&bytes);
    if known == Some(fingerprint) {
        return Ok(Outcome::Thumbnail(None));
    }
    let (picture, screen) = shrink::decode(&bytes, fits).map_err(|problem| Error::NotKept {
        what: format!("the picture of the screen ({problem})"),
        object: found.name,
    })?;
    Ok(Outcome::Thumbnail(Some(Thumbnail {
        picture,
        screen,
        fingerprint,
    })))
}
