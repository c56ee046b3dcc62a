//! Changing a definition: read with its secrets, change nodes, define with VALIDATE, read back.

use virt::sys;

use super::call::{BadXml as _, Failed as _, Found};
use super::{Context, schema};
use crate::command::{JobStep, Outcome};
use crate::error::{Error, Result, Verb};
use crate::xml::XmlError;
use crate::xml::domain::first_lost;

/// What was defined before, to go back to.
pub(super) struct Before(String);

/// Changes the XML of the next start. `Ok(None)`: there was nothing to change.
pub(super) fn redefine(
    ctx: &Context<'_>,
    found: &Found,
    change: impl FnOnce(&str) -> Result<Option<String>, XmlError>,
) -> Result<Option<Before>> {
    let before = secure_xml(found)?;
    let Some(after) = change(&before).bad_xml(&found.name)? else {
        return Ok(None);
    };
    let define = || {
        ctx.connection
            .define_domain_xml_flags(&after, sys::VIR_DOMAIN_DEFINE_VALIDATE)
    };
    schema::checked(define).failed(Verb::Define, &found.name)?;
    ctx.step(JobStep::ReadingBack);
    match first_lost(&after, &secure_xml(found)?).bad_xml(&found.name)? {
        None => Ok(Some(Before(before))),
        Some(lost) => Err(Error::NotKept {
            object: found.name.clone(),
            what: lost.to_owned(),
        }),
    }
}

/// Puts the old definition back, for a change that came to nothing.
pub(super) fn undo(ctx: &Context<'_>, found: &Found, before: &Before) {
    if let Err(error) = ctx.connection.define_domain_xml(&before.0) {
        tracing::warn!(machine = %found.name, %error, "the definition stays changed");
    }
}

/// A definition was changed: true at once where the machine is off.
pub(super) fn outcome(found: &Found) -> Result<Outcome> {
    Ok(if found.is_active()? {
        Outcome::AtNextStart
    } else {
        Outcome::Done
    })
}

/// The XML of the next start with passwords, which a definition without them would lose.
pub(super) fn secure_xml(found: &Found) -> Result<String> {
    let flags = sys::VIR_DOMAIN_XML_INACTIVE | sys::VIR_DOMAIN_XML_SECURE;
    found.domain.xml_desc(flags).failed(Verb::ReadXml, &found.name)
}
