//! Which changes make one definition of another: what an edit of the whole text comes to, setting by setting.

use super::change::Change;
use super::select::Setting;
use super::{Key, SCOPES, Scope, inside};
use crate::xml::{Document, NodeId, metadata};

/// The changes that the settings tell. What stands in no setting is in none of them.
pub fn derive(old: &Document, new: &Document) -> Vec<Change> {
    let notes = metadata::differing(old, new).into_iter().map(Change::Note);
    let settings = SCOPES.iter().flat_map(|scope| of_scope(scope, old, new));
    settings.chain(notes).collect()
}

/// The same elements with the same attributes and texts, however they are laid out.
pub fn says_the_same(one: &Document, other: &Document) -> bool {
    let [mut one, mut other] = [said(one), said(other)];
    one.sort();
    other.sort();
    one == other
}

/// The same in the same order: libvirt writes other programs' elements now with one white space, now with another.
pub fn reads_the_same(one: &Document, other: &Document) -> bool {
    said(one) == said(other)
}

fn said(domain: &Document) -> Vec<String> {
    domain
        .descendants(domain.root())
        .map(|element| {
            let mut attributes: Vec<String> = domain
                .attrs(element)
                .map(|(name, value)| format!("@{name}={value}"))
                .collect();
            attributes.sort();
            let mut path = vec![domain.name(element)];
            let mut outer = element;
            while let Some(parent) = domain.parent(outer) {
                outer = parent;
                path.push(domain.name(parent));
            }
            format!(
                "{} {} {}",
                path.join("<"),
                attributes.join(" "),
                domain.text(element).trim()
            )
        })
        .collect()
}

fn of_scope(scope: &'static Scope, old: &Document, new: &Document) -> Vec<Change> {
    if scope.element.is_empty() {
        return settings(scope, "", (old, old.root()), (new, new.root()));
    }
    let (mut before, mut after) = (scope.keyed(old), scope.keyed(new));
    if let Key::Inside { device, .. } = scope.key {
        // Those of devices that come or go come and go with them.
        let kept = inside::kept(scope, device, old, new);
        let is_kept = |(key, _): &(String, NodeId)| inside::device_of(scope, key).is_some_and(|key| kept.contains(key));
        before.retain(is_kept);
        after.retain(is_kept);
        // The last ones go first: the others keep their numbers.
        before.reverse();
    }
    let mut changes = Vec::new();
    let pairs = paired(scope, (old, &before), (new, &after));
    for (index, (key, element)) in before.iter().enumerate() {
        match pairs[index] {
            Some(at) => changes.extend(settings(scope, key, (old, *element), (new, after[at].1))),
            None if scope.is_device() => {
                let key = key.clone();
                changes.push(Change::RemoveDevice { scope, key });
            }
            None => changes.extend(cleared(scope, key, old, *element)),
        }
    }
    for (index, (key, element)) in after.iter().enumerate() {
        if pairs.contains(&Some(index)) {
            continue;
        }
        if scope.is_device() {
            let xml = new.element_xml(*element);
            changes.push(Change::AddDevice { xml });
        } else {
            changes.extend(given(scope, key, new, *element));
        }
    }
    changes
}

/// For each old element the index of the new one that is the same. Where keys are numbers only, what has not changed
/// is the same wherever it stands now.
fn paired(
    scope: &Scope,
    (old, before): (&Document, &[(String, NodeId)]),
    (new, after): (&Document, &[(String, NodeId)]),
) -> Vec<Option<usize>> {
    if scope.key == Key::Alias && before.len() != after.len() {
        let mut is_taken = vec![false; after.len()];
        let twin = |(_, element): &(String, NodeId)| {
            let xml = old.element_xml(*element);
            let index = (0..after.len()).find(|&index| !is_taken[index] && new.element_xml(after[index].1) == xml)?;
            is_taken[index] = true;
            Some(index)
        };
        return before.iter().map(twin).collect();
    }
    let by_key = |(key, _): &(String, NodeId)| after.iter().position(|(other, _)| other == key);
    before.iter().map(by_key).collect()
}

/// The settings that differ.
fn settings(
    scope: &'static Scope,
    key: &str,
    (old, before): (&Document, NodeId),
    (new, after): (&Document, NodeId),
) -> Vec<Change> {
    let differs = scope.properties().filter(|property| !property.is_summary);
    let differs = differs.filter_map(|property| {
        let value = property.read(new, after).ok()?;
        (property.read(old, before).ok()? != value).then(|| Change::Set {
            setting: Setting {
                scope,
                key: key.to_owned(),
                property,
            },
            value,
        })
    });
    differs.collect()
}

fn cleared(scope: &'static Scope, key: &str, old: &Document, element: NodeId) -> Vec<Change> {
    entries(scope, key, old, element)
        .map(|(setting, _)| Change::Set { setting, value: None })
        .collect()
}

fn given(scope: &'static Scope, key: &str, new: &Document, element: NodeId) -> Vec<Change> {
    entries(scope, key, new, element)
        .map(|(setting, value)| Change::Set {
            setting,
            value: Some(value),
        })
        .collect()
}

fn entries<'a>(
    scope: &'static Scope,
    key: &'a str,
    domain: &'a Document,
    element: NodeId,
) -> impl Iterator<Item = (Setting, super::Value)> + 'a {
    let properties = scope.properties().filter(|property| !property.is_summary);
    properties.filter_map(move |property| {
        let value = property.read(domain, element).ok().flatten()?;
        let setting = Setting {
            scope,
            key: key.to_owned(),
            property,
        };
        Some((setting, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(old: &str, new: &str) -> Vec<String> {
        let [old, new] = [old, new].map(|xml| Document::parse(xml).unwrap());
        derive(&old, &new).iter().map(|change| format!("{change:?}")).collect()
    }

    #[test]
    fn what_berth_writes_down_is_a_change_of_its_own() {
        let tagged = "<domain><name>a</name><metadata><berth:machine xmlns:berth='urn:berth-vm:xmlns:domain:1'>\
            <berth:tag>web</berth:tag></berth:machine></metadata></domain>";
        let plain = "<domain><name>a</name></domain>";
        assert_eq!(told(plain, tagged), ["Tags([\"web\"])"]);
        assert_eq!(told(tagged, plain), ["Tags([])"]);
        for (old, new) in [(plain, tagged), (tagged, plain)] {
            let [mut old, new] = [old, new].map(|xml| Document::parse(xml).unwrap());
            for change in derive(&old.clone(), &new) {
                change.make(&mut old).unwrap();
            }
            assert!(says_the_same(&old, &new), "{old}");
        }
    }

    #[test]
    fn a_whole_text_comes_to_its_changes() {
        let old = "<domain><memory unit='KiB'>1024</memory><cputune><vcpupin vcpu='0' cpuset='1'/></cputune><devices>\
            <disk type='file'><target dev='vda'/></disk><input type='mouse'/><input type='tablet'/></devices></domain>";
        let new = "<domain><memory unit='MiB'>2</memory><devices>\
            <disk type='file'><driver cache='none'/><target dev='vda'/></disk>\
            <disk type='file'><target dev='vdb'/></disk><input type='tablet'/></devices></domain>";
        assert_eq!(
            told(old, new),
            [
                "Set(memory = Some(Bytes(2097152)))",
                "Set(cputune.vcpupin.0 = None)",
                "Set(disk.vda.cache = Some(Word(Known(\"none\"))))",
                "AddDevice(<disk type='file'><target dev='vdb'/></disk>)",
                "RemoveDevice(input.1)",
            ]
        );
        assert_eq!(told(old, old), [""; 0]);
    }
}
