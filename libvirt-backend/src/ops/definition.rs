//! Changing a definition: read with its secrets, change nodes, write down what is replaced, define with VALIDATE,
//! read back.

use virt::sys;

use super::call::{BadXml as _, Failed as _, Found};
use super::protocol::history::{History, recorded};
use super::{Context, schema};
use crate::command::{JobStep, Outcome};
use crate::error::{Error, Result, Verb};
use crate::xml::domain::first_lost;
use crate::xml::property::change::Change;
use crate::xml::property::derive::derive;
use crate::xml::{Document, XmlError};

/// What was defined before, to go back to.
pub(super) struct Before {
    xml: String,
    /// Of the history.
    number: u64,
}

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
    let what = changed(&before, &after).bad_xml(&found.name)?;
    let (kept, number) = recorded(ctx, found, what, (&before, &after), |number| {
        define_checked(ctx, found, &after)?;
        ctx.step(JobStep::ReadingBack);
        Ok((secure_xml(found)?, number))
    })?;
    match first_lost(&after, &kept).bad_xml(&found.name)? {
        None => Ok(Some(Before { xml: before, number })),
        Some(lost) => Err(Error::NotKept {
            object: found.name.clone(),
            what: lost.to_owned(),
        }),
    }
}

/// What the settings tell of the difference.
fn changed(before: &str, after: &str) -> Result<Vec<String>, XmlError> {
    let [before, after] = [
        Document::parse_as(before, "domain")?,
        Document::parse_as(after, "domain")?,
    ];
    Ok(derive(&before, &after).iter().map(Change::what).collect())
}

/// libvirt checks it against its schema first.
pub(super) fn define_checked(ctx: &Context<'_>, found: &Found, xml: &str) -> Result<()> {
    let define = || {
        ctx.connection
            .define_domain_xml_flags(xml, sys::VIR_DOMAIN_DEFINE_VALIDATE)
    };
    schema::checked(define).failed(Verb::Define, &found.name).map(drop)
}

/// Puts the old definition back, for a change that came to nothing.
pub(super) fn undo(ctx: &Context<'_>, found: &Found, before: &Before) {
    match ctx.connection.define_domain_xml(&before.xml) {
        Ok(_) => History::of(ctx, found.id).remove(before.number),
        Err(error) => tracing::warn!(machine = %found.name, %error, "the definition stays changed"),
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
