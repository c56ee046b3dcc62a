//! What the machine starts from, in which order: read from the draft over the machine's XML, and written into it.
//!
//! libvirt knows two ways, and refuses both at once: kinds of devices (`<boot dev='hd'/>`), of which the first of each
//! counts, and a number at each device. What is arranged here is always written as numbers.

use libvirt_backend::property::select::Setting;
use libvirt_backend::property::{SCOPES, Value, fresh};
use libvirt_backend::xml::{Document, NodeId};

use super::draft::{Draft, present};
use super::summary;

/// A device that the machine could start from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bootable {
    pub(super) word: &'static str,
    pub(super) key: String,
    pub(super) element: NodeId,
    pub(super) title: String,
    order: Option<i64>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct BootOrder {
    /// The first is tried first.
    pub(super) on: Vec<Bootable>,
    pub(super) off: Vec<Bootable>,
    /// The kinds that the machine starts from so far.
    pub(super) kinds: Vec<String>,
    /// Kinds of which it has no device.
    pub(super) unmatched: Vec<String>,
    /// Some devices have numbers: with kinds besides, libvirt refuses.
    pub(super) is_numbered: bool,
}

impl BootOrder {
    pub(super) fn read(domain: &Document, draft: &Draft) -> Self {
        let all = bootables(domain, draft);
        let kinds = match kinds_setting().and_then(|setting| held(&setting, domain, Some(domain.root()), draft)) {
            Some(Value::Words(words)) => words.iter().map(|word| word.as_str().to_owned()).collect(),
            _ => Vec::new(),
        };
        let is_numbered = all.iter().any(|device| device.order.is_some());
        let mut order = Self {
            kinds,
            is_numbered,
            ..Self::default()
        };
        if is_numbered {
            (order.on, order.off) = all.into_iter().partition(|device| device.order.is_some());
            order.on.sort_by_key(|device| device.order);
            return order;
        }
        order.off = all;
        for kind in &order.kinds {
            let is_of_kind = |device: &Bootable| kind_of(domain, device) == Some(kind.as_str());
            match order.off.iter().position(is_of_kind) {
                Some(index) => order.on.push(order.off.remove(index)),
                None => order.unmatched.push(kind.clone()),
            }
        }
        order
    }

    /// Every device has its number or none, and the kinds go.
    pub(super) fn write(&self, domain: &Document, draft: &mut Draft) {
        let numbers = self.on.iter().enumerate();
        let numbers = numbers.map(|(index, device)| (device, (index + 1).to_string()));
        for (device, text) in numbers.chain(self.off.iter().map(|device| (device, String::new()))) {
            if let Some(setting) = setting(device.word, &device.key) {
                put(draft, domain, setting, Some(device.element), text);
            }
        }
        if let Some(setting) = kinds_setting() {
            put(draft, domain, setting, Some(domain.root()), String::new());
        }
    }

    /// Where `from` is afterwards.
    pub(super) fn shift(&mut self, from: usize, to: usize) {
        if from < self.on.len() && to < self.on.len() {
            let device = self.on.remove(from);
            self.on.insert(to, device);
        }
    }

    pub(super) fn switch_on(&mut self, index: usize) {
        if index < self.off.len() {
            self.on.push(self.off.remove(index));
        }
    }

    pub(super) fn switch_off(&mut self, index: usize) {
        if index < self.on.len() {
            self.off.push(self.on.remove(index));
        }
    }
}

/// What the draft says, or else the machine.
fn held(setting: &Setting, domain: &Document, element: Option<NodeId>, draft: &Draft) -> Option<Value> {
    match draft.get(setting).map(|edit| &edit.checked) {
        Some(Ok(value)) => value.clone(),
        _ => present(setting, domain, element),
    }
}

fn put(draft: &mut Draft, domain: &Document, setting: Setting, element: Option<NodeId>, text: String) {
    let present = present(&setting, domain, element);
    if present.as_ref().map(ToString::to_string).unwrap_or_default() == text {
        draft.reset(&setting);
    } else {
        draft.set(setting, text, present.as_ref());
    }
}

fn setting(word: &str, key: &str) -> Option<Setting> {
    let scope = SCOPES.iter().find(|scope| scope.word == word)?;
    Some(Setting {
        scope,
        key: key.to_owned(),
        property: scope.property("boot")?,
    })
}

fn kinds_setting() -> Option<Setting> {
    Setting::parse("os.boot").ok()
}

/// All that stay, as they stand in the machine.
fn bootables(domain: &Document, draft: &Draft) -> Vec<Bootable> {
    let scopes = fresh::kinds().filter(|scope| scope.property("boot").is_some());
    let devices = scopes.flat_map(|scope| {
        let keyed = scope.keyed(domain).into_iter();
        keyed.map(move |(key, element)| (scope.word, key, element))
    });
    let kept = devices.filter(|(word, key, _)| !draft.devices.is_removed(word, key));
    let bootables = kept.filter_map(|(word, key, element)| {
        let order = match held(&setting(word, &key)?, domain, Some(element), draft) {
            Some(Value::Integer(order)) => Some(order),
            _ => None,
        };
        // Only firmware of other computers starts from shared folders.
        let is_shown = word != "filesystem" || order.is_some();
        is_shown.then(|| Bootable {
            word,
            title: summary::title(domain, word, &key, element),
            key,
            element,
            order,
        })
    });
    let mut bootables: Vec<Bootable> = bootables.collect();
    let titles: Vec<String> = bootables.iter().map(|device| device.title.clone()).collect();
    for device in &mut bootables {
        let is_alone = titles.iter().filter(|title| **title == device.title).count() < 2;
        if !is_alone {
            device.title = format!("{} ({})", device.title, device.key);
        }
    }
    bootables
}

/// As `<boot dev=…>` calls it.
fn kind_of(domain: &Document, device: &Bootable) -> Option<&'static str> {
    match device.word {
        "interface" => Some("network"),
        "disk" => Some(match domain.attr(device.element, "device").as_deref() {
            Some("cdrom") => "cdrom",
            Some("floppy") => "fd",
            _ => "hd",
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use libvirt_backend::property::change::preview;

    use super::*;

    const KINDS: &str = "<domain><os><boot dev='cdrom'/><boot dev='hd'/><boot dev='fd'/></os><devices>\
        <disk><target dev='vda'/></disk><disk><target dev='vdb'/></disk><disk device='cdrom'><target dev='sda'/></disk>\
        <interface type='user'><mac address='52:54:00:00:00:01'/></interface></devices></domain>";

    fn keys(devices: &[Bootable]) -> Vec<&str> {
        devices.iter().map(|device| device.key.as_str()).collect()
    }

    fn written(xml: &str, change: impl FnOnce(&mut BootOrder)) -> String {
        let domain = Document::parse(xml).unwrap();
        let mut draft = Draft::default();
        let mut order = BootOrder::read(&domain, &draft);
        change(&mut order);
        order.write(&domain, &mut draft);
        preview(xml, &draft.asked(&domain)).unwrap().xml
    }

    #[test]
    fn kinds_mean_the_first_device_of_each_as_libvirt_reads_them() {
        let order = BootOrder::read(&Document::parse(KINDS).unwrap(), &Draft::default());
        assert_eq!(keys(&order.on), ["sda", "vda"]);
        assert_eq!(keys(&order.off), ["vdb", "52:54:00:00:00:01"]);
        assert_eq!(order.unmatched, ["fd"]);
    }

    #[test]
    fn arranging_makes_numbers_of_kinds_and_leaves_nothing_of_them() {
        let xml = written(KINDS, |order| order.shift(1, 0));
        assert!(!xml.contains("dev='hd'") && !xml.contains("dev='cdrom'"), "{xml}");
        assert!(xml.contains("<target dev='vda'/><boot order='1'/>"), "{xml}");
        assert!(xml.contains("<target dev='sda'/><boot order='2'/>"), "{xml}");
        assert!(xml.contains("<target dev='vdb'/></disk>"), "{xml}");
    }

    #[test]
    fn numbers_are_read_in_their_order_and_one_that_is_switched_off_has_none() {
        let numbered = KINDS
            .replace("<boot dev='cdrom'/><boot dev='hd'/><boot dev='fd'/>", "")
            .replace("<target dev='vda'/>", "<target dev='vda'/><boot order='7'/>")
            .replace("<target dev='vdb'/>", "<target dev='vdb'/><boot order='3'/>");
        let order = BootOrder::read(&Document::parse(&numbered).unwrap(), &Draft::default());
        assert_eq!(keys(&order.on), ["vdb", "vda"]);
        let xml = written(&numbered, |order| order.switch_off(0));
        assert!(xml.contains("<target dev='vda'/><boot order='1'/>"), "{xml}");
        assert_eq!(xml.matches("<boot").count(), 1, "{xml}");
    }

    #[test]
    fn what_is_arranged_back_is_no_change() {
        let numbered = KINDS
            .replace("<boot dev='cdrom'/><boot dev='hd'/><boot dev='fd'/>", "")
            .replace("<target dev='vda'/>", "<target dev='vda'/><boot order='1'/>")
            .replace("<target dev='vdb'/>", "<target dev='vdb'/><boot order='2'/>");
        let xml = written(&numbered, |order| {
            order.shift(0, 1);
            order.shift(1, 0);
        });
        assert_eq!(xml, numbered);
    }
}
