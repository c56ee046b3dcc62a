//! Is a device of one XML that of another, and does it say what was asked of it?

use std::fmt;

use super::pending::{Differing, settings_of};
use super::{Property, Scope, Value};
use crate::xml::redact::MARKER;
use crate::xml::{Document, NodeId};

/// What tells devices of one kind apart that no setting tells of.
const KINDS: [&str; 2] = ["type", "mode"];
const SOURCE: &str = "source";

/// Is the element of the definition the one that runs? What libvirt fills in at the start makes it no other, nor do the
/// settings in `changing`.
pub fn is_same_device(
    scope: &'static Scope,
    (inactive, next): (&Document, NodeId),
    (live, now): (&Document, NodeId),
    changing: &[&Property],
) -> bool {
    let is_changing = |path: &str, attribute: &str| {
        changing
            .iter()
            .any(|property| property.path() == (path, Some(attribute)))
    };
    let is_kind = |kind: &&str| is_changing("", kind) || inactive.attr(next, kind) == live.attr(now, kind);
    let is_source = match (inactive.child(next, SOURCE), live.child(now, SOURCE)) {
        _ if changing.iter().any(|property| property.path().0.starts_with(SOURCE)) => true,
        (Some(next), Some(now)) => says_all((inactive, next), (live, now)),
        (Some(_), None) => false,
        (None, _) => true,
    };
    let differing = settings_of(scope, (inactive, Some(next)), (live, Some(now)));
    let is_said = |(property, ..): &Differing| changing.iter().any(|changing| changing.name == property.name);
    is_source && KINDS.iter().all(is_kind) && differing.iter().all(is_said)
}

/// Is it of the kind that was asked for, as far as that was said?
pub fn is_kind(asked: (&Document, NodeId), (domain, element): (&Document, NodeId)) -> bool {
    KINDS.iter().all(|kind| {
        let said = asked.0.attr(asked.1, kind);
        said.is_none_or(|said| domain.attr(element, kind).is_some_and(|held| held == said))
    })
}

/// All that the one says, and perhaps more.
fn says_all((one, wanted): (&Document, NodeId), (other, held): (&Document, NodeId)) -> bool {
    let is_named = one
        .attrs(wanted)
        .all(|(name, value)| other.attr(held, name).is_some_and(|held| held == value));
    let mut elements = one.elements(wanted);
    is_named
        && one.text(wanted).trim() == other.text(held).trim()
        && elements.all(|element| {
            let mut same = other.children(held, one.name(element));
            same.any(|held| says_all((one, element), (other, held)))
        })
}

/// A setting that was asked for, and what is there of it.
pub struct Lost {
    property: &'static Property,
    held: Option<Value>,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.property.name)?;
        match &self.held {
            Some(_) if self.property.is_secret => f.write_str(MARKER),
            Some(held) => held.fmt(f),
            None => Ok(()),
        }
    }
}

/// What an element does not say that was asked of it.
pub fn lost(scope: &'static Scope, asked: (&Document, NodeId), (kept, element): (&Document, NodeId)) -> Vec<Lost> {
    let differing = settings_of(scope, (asked.0, Some(asked.1)), (kept, Some(element))).into_iter();
    let lost = differing.filter(|(_, held, asked)| asked.as_ref().is_some_and(|asked| !is_alike(held.as_ref(), asked)));
    lost.map(|(property, held, _)| Lost { property, held }).collect()
}

/// libvirt writes addresses in small letters and numbers in its own way.
fn is_alike(held: Option<&Value>, asked: &Value) -> bool {
    match (held, asked) {
        (None, Value::Switch(false)) => true,
        (Some(Value::Text(held)), Value::Text(asked)) => {
            let (held, asked) = (held.trim(), asked.trim());
            held.eq_ignore_ascii_case(asked) || number(held).is_some_and(|held| Some(held) == number(asked))
        }
        _ => false,
    }
}

fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}
