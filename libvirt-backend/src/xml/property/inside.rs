//! Lists inside devices: a network interface's forwarded ports, addresses, routes and VLAN tags.

use std::collections::BTreeSet;

use super::access::{make, make_one};
use super::{Key, SCOPES, Scope, order};
use crate::xml::{Document, NodeId, XmlError};

/// The path of a device: `devices/interface`.
const DEVICE_PARTS: usize = 2;

/// Where an entry is or would be.
pub(super) struct Place {
    device: NodeId,
    /// Each name below the device, and which of that name; `None`: there is one.
    steps: Vec<(&'static str, Option<usize>)>,
}

pub(super) enum There {
    Is(NodeId),
    /// It is the one after the last.
    Next,
    No,
}

impl Place {
    /// `None`: it is no key of such an entry, or of a device that is not there.
    pub(super) fn of(scope: &Scope, key: &str, domain: &Document) -> Option<Self> {
        let Key::Inside { device, counted } = scope.key else {
            return None;
        };
        let mut numbers = Vec::new();
        let mut rest = key;
        for _ in 0..counted {
            let (before, number) = rest.rsplit_once('.')?;
            numbers.push(number.parse::<usize>().ok().filter(|number| *number > 0)?);
            rest = before;
        }
        let devices = devices(scope.element, device, domain);
        let is_it = |(index, (known, _)): &(usize, (String, NodeId))| match rest {
            "first" => *index == 0,
            _ => known.eq_ignore_ascii_case(rest),
        };
        let (_, (_, device)) = devices.into_iter().enumerate().find(is_it)?;
        let names: Vec<&'static str> = inner(scope.element).collect();
        let plain = names.len().checked_sub(counted)?;
        let counts = std::iter::repeat_n(None, plain).chain(numbers.into_iter().rev().map(Some));
        Some(Self {
            device,
            steps: names.into_iter().zip(counts).collect(),
        })
    }

    pub(super) fn element(&self, domain: &Document) -> There {
        let mut at = self.device;
        for (index, (name, number)) in self.steps.iter().enumerate() {
            let children: Vec<NodeId> = domain.children(at, name).collect();
            let Some(child) = children.get(number.unwrap_or(1) - 1) else {
                // Everything below is made with it.
                let is_next = number.is_none_or(|number| number == children.len() + 1);
                let is_first_below = self.steps[index + 1..]
                    .iter()
                    .all(|(_, below)| below.is_none_or(|number| number == 1));
                return if is_next && is_first_below {
                    There::Next
                } else {
                    There::No
                };
            };
            at = *child;
        }
        There::Is(at)
    }

    pub(super) fn make(&self, domain: &mut Document) -> Result<NodeId, XmlError> {
        Self::make_steps(self.device, &self.steps, domain)
    }

    /// Puts an entry's XML there.
    pub(super) fn insert(&self, domain: &mut Document, xml: &str) -> Result<NodeId, XmlError> {
        let Some(((name, _), outer)) = self.steps.split_last() else {
            return Ok(self.device);
        };
        let outer = Self::make_steps(self.device, outer, domain)?;
        let mut after = order::before(domain.name(outer), name).to_vec();
        after.push(name);
        domain.insert_fragment(outer, xml, &after)
    }

    fn make_steps(
        device: NodeId,
        steps: &[(&'static str, Option<usize>)],
        domain: &mut Document,
    ) -> Result<NodeId, XmlError> {
        let mut at = device;
        for (name, number) in steps {
            at = match number {
                None => make(domain, at, name)?,
                Some(number) => {
                    let present = domain.children(at, name).nth(number - 1);
                    match present {
                        Some(child) => child,
                        None => make_one(domain, at, name)?,
                    }
                }
            };
        }
        Ok(at)
    }
}

/// Every entry with its key, in the order of the text.
pub(super) fn keyed(element: &'static str, device: &str, counted: usize, domain: &Document) -> Vec<(String, NodeId)> {
    let names: Vec<&str> = inner(element).collect();
    let plain = names.len().saturating_sub(counted);
    let mut found = devices(element, device, domain);
    for (index, name) in names.iter().enumerate() {
        found = found
            .into_iter()
            .flat_map(|(key, outer)| {
                let children: Vec<NodeId> = domain.children(outer, name).collect();
                children.into_iter().enumerate().map(move |(number, child)| {
                    let key = if index < plain {
                        key.clone()
                    } else {
                        format!("{key}.{}", number + 1)
                    };
                    (key, child)
                })
            })
            .collect();
    }
    found
}

/// The key of the entry that would come next in the list of `outer`: a device, or an entry that has a list of its own.
pub(super) fn next_key(scope: &Scope, outer: &str, domain: &Document) -> String {
    let keyed = scope.keyed(domain);
    let is_in = |key: &str| {
        key.rsplit_once('.')
            .is_some_and(|(list, _)| list.eq_ignore_ascii_case(outer))
    };
    let count = keyed.iter().filter(|(key, _)| is_in(key)).count();
    format!("{outer}.{}", count + 1)
}

/// What its entries are entries of, where that is a list inside a device too.
pub(super) fn scope_around(scope: &Scope) -> Option<&'static Scope> {
    let (outer, _) = scope.element.rsplit_once('/')?;
    SCOPES.iter().find(|known| known.element == outer && known.is_inside())
}

/// The device that an entry is in.
pub(super) fn device_of<'a>(scope: &Scope, key: &'a str) -> Option<&'a str> {
    let Key::Inside { counted, .. } = scope.key else {
        return None;
    };
    (0..counted).try_fold(key, |key, _| Some(key.rsplit_once('.')?.0))
}

/// The keys of devices that both have.
pub(super) fn kept(scope: &Scope, place: &str, old: &Document, new: &Document) -> BTreeSet<String> {
    let keys = |domain: &Document| -> BTreeSet<String> {
        let devices = devices(scope.element, place, domain);
        devices.into_iter().map(|(key, _)| key).collect()
    };
    &keys(old) & &keys(new)
}

fn devices(element: &str, place: &str, domain: &Document) -> Vec<(String, NodeId)> {
    let path: Vec<&str> = element.split('/').take(DEVICE_PARTS).collect();
    let (inner, attribute) = place.split_once('@').unwrap_or(("", place));
    let all = domain.find_all(domain.root(), &path.join("/")).into_iter().enumerate();
    all.map(|(index, device)| {
        let own = domain.attr_at(device, inner, attribute).map(|key| key.into_owned());
        (own.unwrap_or_else(|| (index + 1).to_string()), device)
    })
    .collect()
}

fn inner(element: &'static str) -> impl Iterator<Item = &'static str> {
    element.split('/').skip(DEVICE_PARTS)
}

#[cfg(test)]
mod tests {
    use crate::xml::Document;
    use crate::xml::property::change::Change;
    use crate::xml::property::derive::derive;
    use crate::xml::property::select::{SelectError, Setting};

    const DOMAIN: &str = "<domain><devices><interface><mac address='52:54:00:00:00:01'/></interface><interface><mac \
                          address='52:54:00:00:00:02'/><portForward proto='tcp'><range start='2022' to='22'/><range \
                          start='2023' exclude='yes'/></portForward></interface></devices></domain>";

    fn with(domain: &mut Document, name: &str, text: &str) -> Result<(), SelectError> {
        let setting = Setting::parse(name)?;
        let value = (!text.is_empty()).then(|| setting.property.input(text).unwrap());
        setting.write(domain, value.as_ref())
    }

    #[test]
    fn entries_of_each_device_are_counted_by_themselves_and_the_next_is_made() {
        let mut domain = Document::parse(DOMAIN).unwrap();
        let second = "interface.forward.52:54:00:00:00:02";
        with(&mut domain, &format!("{second}.2.proto"), "udp").unwrap();
        with(
            &mut domain,
            "interface.forward.range.52:54:00:00:00:02.1.2.start",
            "2024",
        )
        .unwrap();
        with(&mut domain, "interface.forward.range.52:54:00:00:00:02.2.1.start", "53").unwrap();
        with(&mut domain, "interface.vlan.first.1.id", "42").unwrap();
        let text = domain.to_string();
        assert!(
            text.contains("00:01'/><vlan><tag id='42'/></vlan></interface>"),
            "{text}"
        );
        assert!(
            text.contains(
                "<range start='2024' exclude='yes'/></portForward><portForward proto='udp'><range start='53'/>"
            ),
            "{text}"
        );
        // What is skipped, and what is of nobody, is refused.
        for name in [
            "interface.forward.52:54:00:00:00:02.4.proto",
            "interface.forward.52:54:00:00:00:03.1.proto",
            "interface.forward.range.52:54:00:00:00:01.1.2.start",
        ] {
            let value = if name.ends_with("proto") { "tcp" } else { "80" };
            let refused = with(&mut domain, name, value);
            assert!(
                matches!(refused, Err(SelectError::NoSuch { .. })),
                "{name}: {refused:?}"
            );
        }
        assert_eq!(domain.to_string(), text);
    }

    #[test]
    fn an_entry_that_says_nothing_any_more_goes() {
        let mut domain = Document::parse(DOMAIN).unwrap();
        with(&mut domain, "interface.vlan.first.1.id", "42").unwrap();
        with(&mut domain, "interface.vlan.first.1.id", "").unwrap();
        assert_eq!(domain.to_string(), DOMAIN);
    }

    #[test]
    fn a_text_with_other_entries_is_told_entry_by_entry() {
        let old = Document::parse(DOMAIN).unwrap();
        let forwards = "<portForward proto='udp'><range start='1'/></portForward><portForward proto='udp'/>";
        let new = DOMAIN.replace("<range start='2023' exclude='yes'/></portForward>", "</portForward>");
        let new = Document::parse(&new.replace("</portForward>", &format!("</portForward>{forwards}"))).unwrap();
        for (from, to) in [(&old, &new), (&new, &old)] {
            let changes = derive(from, to);
            let mut made = from.clone();
            for change in &changes {
                change.make(&mut made).unwrap();
            }
            assert_eq!(made.to_string(), to.to_string(), "{changes:?}");
        }
        // A device that goes takes its entries with it.
        let none = Document::parse("<domain><devices/></domain>").unwrap();
        let told: Vec<String> = derive(&old, &none).iter().map(Change::what).collect();
        assert_eq!(told, ["interface.52:54:00:00:00:01", "interface.52:54:00:00:00:02"]);
        assert_eq!(derive(&none, &old).len(), 2);
    }
}
