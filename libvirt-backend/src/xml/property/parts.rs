//! Parts of a machine that no setting tells of, in a namespace of their own: QEMU's command line and its kin.

use std::collections::BTreeSet;

use super::derive::says_the_same;
use super::pending::Waiting;
use crate::xml::{Document, NodeId, XmlError};

/// Those that differ, with the definition as it is with the parts of what runs.
pub(super) fn waiting(inactive: &Document, live: &Document) -> Option<Waiting> {
    let mut names: BTreeSet<String> = names(inactive);
    names.extend(self::names(live));
    names.retain(|name| !is_same(name, inactive, live));
    if names.is_empty() {
        return None;
    }
    let mut back = inactive.clone();
    let is_made = names.iter().try_for_each(|name| put_back(&mut back, name, live));
    if let Err(error) = is_made {
        tracing::warn!(%error, "parts of a machine cannot be put back");
        back = inactive.clone();
    }
    Some(Waiting::Parts {
        names: names.into_iter().collect(),
        back: back.to_string(),
    })
}

fn names(domain: &Document) -> BTreeSet<String> {
    let elements = domain.elements(domain.root()).map(|element| domain.name(element));
    elements.filter(|name| name.contains(':')).map(str::to_owned).collect()
}

fn named(domain: &Document, name: &str) -> Vec<NodeId> {
    let elements = domain.elements(domain.root());
    elements.filter(|element| domain.name(*element) == name).collect()
}

fn is_same(name: &str, inactive: &Document, live: &Document) -> bool {
    let by_itself = |domain: &Document| {
        let texts = named(domain, name)
            .into_iter()
            .map(|element| domain.element_xml(element));
        Document::parse(&format!("<part>{}</part>", texts.collect::<String>()))
    };
    match (by_itself(inactive), by_itself(live)) {
        (Ok(next), Ok(now)) => says_the_same(&next, &now),
        _ => true,
    }
}

fn put_back(back: &mut Document, name: &str, live: &Document) -> Result<(), XmlError> {
    for element in named(back, name) {
        back.remove(element);
    }
    let root = back.root();
    if let Some((prefix, _)) = name.split_once(':') {
        let declared = format!("xmlns:{prefix}");
        if let Some(namespace) = live.attr(live.root(), &declared)
            && back.attr(root, &declared).is_none()
        {
            back.set_attr(root, &declared, &namespace)?;
        }
    }
    for element in named(live, name) {
        let after: Vec<String> = back
            .elements(root)
            .map(|element| back.name(element).to_owned())
            .collect();
        let after: Vec<&str> = after.iter().map(String::as_str).collect();
        back.insert_fragment(root, &live.element_xml(element), &after)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::property::change::preview;
    use crate::xml::property::pending::{discard, pending};

    const QEMU: &str = "http://libvirt.org/schemas/domain/qemu/1.0";

    fn machine(arguments: &str, memory: u32) -> String {
        let part = if arguments.is_empty() {
            String::new()
        } else {
            format!("<qemu:commandline>{arguments}</qemu:commandline>")
        };
        let declared = if arguments.is_empty() {
            String::new()
        } else {
            format!(" xmlns:qemu='{QEMU}'")
        };
        format!("<domain{declared}><name>a</name><memory unit='KiB'>{memory}</memory>{part}</domain>")
    }

    fn told(inactive: &str, live: &str) -> Vec<Waiting> {
        pending(&Document::parse(inactive).unwrap(), &Document::parse(live).unwrap())
    }

    #[test]
    fn another_command_line_of_qemu_waits_and_can_be_discarded_with_the_settings() {
        let (a, b) = ("<qemu:arg value='-a'/>", "\n  <qemu:arg value='-b'/>\n");
        for (next, now) in [(a, b), (a, ""), ("", b)] {
            let (inactive, live) = (machine(next, 2048), machine(now, 1024));
            let waiting = told(&inactive, &live);
            let Some(Waiting::Parts { names, .. }) = waiting.last() else {
                panic!("{waiting:?}")
            };
            assert_eq!(
                (names.as_slice(), waiting.len()),
                (&["qemu:commandline".to_owned()][..], 2)
            );
            let made = preview(&inactive, &discard(&waiting).unwrap()).unwrap();
            assert_eq!(told(&made.xml, &live), [], "{}", made.xml);
        }
    }

    #[test]
    fn the_same_in_other_lines_waits_for_nothing() {
        let inactive = machine("<qemu:arg value='-a'/><qemu:arg value=\"-b\"/>", 1024);
        let live = machine(
            "\n    <qemu:arg value='-a'></qemu:arg>\n    <qemu:arg value='-b'/>\n  ",
            1024,
        );
        assert_eq!(told(&inactive, &live), []);
        assert_eq!(told(&machine("", 1024), &machine("", 1024)), []);
    }
}
