//! Going back to a definition that was replaced, and forth again.

use super::super::Context;
use super::super::call::{Found, find};
use super::super::definition::secure_xml;
use super::history::{Entry, History, is_same};
use super::{Record, make};
use crate::command::{Outcome, Overwrite};
use crate::error::{Error, Result};
use crate::model::MachineId;
use crate::xml::Document;
use crate::xml::property::change::Change;
use crate::xml::property::edit::{Apply, EditRequest, Fingerprint};
use crate::xml::redact::redact;

/// `Query::History`.
pub(crate) fn history(ctx: &Context<'_>, id: MachineId) -> Result<Outcome> {
    let found = find(ctx, id)?;
    let entries = History::of(ctx, found.id).entries();
    Ok(Outcome::History(entries.iter().map(Entry::told).collect()))
}

/// `MachineCommand::UndoEdit`.
pub(crate) fn undo_edit(ctx: &Context<'_>, id: MachineId, overwrite: Overwrite) -> Result<Outcome> {
    let mut entries = History::of(ctx, id).entries().into_iter();
    let last = entries.rfind(|entry| !entry.is_undone);
    go(ctx, id, last, overwrite, true)
}

/// `MachineCommand::RedoEdit`.
pub(crate) fn redo_edit(ctx: &Context<'_>, id: MachineId, overwrite: Overwrite) -> Result<Outcome> {
    let mut entries = History::of(ctx, id).entries().into_iter();
    let next = entries.find(|entry| entry.is_undone);
    go(ctx, id, next, overwrite, false)
}

fn go(ctx: &Context<'_>, id: MachineId, entry: Option<Entry>, overwrite: Overwrite, is_back: bool) -> Result<Outcome> {
    let found = find(ctx, id)?;
    let Some(mut entry) = entry else {
        return Err(Error::NoSuchEdit { object: found.name });
    };
    let present = secure_xml(&found)?;
    for text in [&mut entry.before, &mut entry.after] {
        *text = named_as(&present, text).unwrap_or_else(|| text.clone());
    }
    let (from, to) = if is_back {
        (&entry.after, &entry.before)
    } else {
        (&entry.before, &entry.after)
    };
    if overwrite == Overwrite::Refuse && !is_same(&redact(&present), from) {
        return Err(Error::ChangedMeanwhile { object: found.name });
    }
    let report = make(ctx, &found, &request(&present, to), Record::Known)?;
    mark(ctx, &found, &mut entry, is_back)?;
    Ok(Outcome::Edited(Box::new(report)))
}

/// A machine keeps the name that it was given since.
fn named_as(present: &str, xml: &str) -> Option<String> {
    let present = Document::parse_as(present, "domain").ok()?;
    let mut named = Document::parse_as(xml, "domain").ok()?;
    let name = present.child(present.root(), "name")?;
    let element = named.child(named.root(), "name")?;
    named.set_text(element, &present.text(name)).ok()?;
    Some(named.to_string())
}

fn request(present: &str, to: &str) -> EditRequest {
    EditRequest {
        opened_on: Some(Fingerprint::of(present)),
        changes: vec![Change::ReplaceXml(to.to_owned())],
        images: Vec::new(),
        apply: Apply::Both,
        is_dry_run: false,
    }
}

/// What libvirt makes of a definition may differ a little each time: the next step starts from what is there now.
fn mark(ctx: &Context<'_>, found: &Found, entry: &mut Entry, is_back: bool) -> Result<()> {
    let now = redact(&secure_xml(found)?);
    if is_back {
        entry.before = now;
    } else {
        entry.after = now;
    }
    entry.is_undone = is_back;
    History::of(ctx, found.id).write(entry)
}
