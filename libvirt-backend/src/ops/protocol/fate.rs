//! What became of a change, by comparing what was there, what was asked for and what is there now. Pure.

use crate::xml::metadata::metadata_of_domain;
use crate::xml::property::change::{Change, chosen};
use crate::xml::property::edit::Fate;
use crate::xml::property::select::Setting;
use crate::xml::property::twin::{Lost, is_kind, is_same_device, lost};
use crate::xml::property::{CURRENT_MEMORY, Key, MEMORY, Property, SCOPES, Scope, VCPU, VCPU_CURRENT, Value};
use crate::xml::{Document, NodeId};

/// The same machine three times.
pub(super) struct Definitions<'a> {
    old: &'a Document,
    wanted: &'a Document,
    kept: &'a Document,
}

/// What is there now, of what was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// As asked, and as it was.
    Unchanged,
    AsAsked,
    AsItWas(Option<String>),
    Otherwise(Option<String>),
}

impl<'a> Definitions<'a> {
    pub(super) const fn new(old: &'a Document, wanted: &'a Document, kept: &'a Document) -> Self {
        Self { old, wanted, kept }
    }

    pub(super) fn dry_fate(&self, change: &Change) -> Fate {
        match Self::new(self.old, self.wanted, self.wanted).find(change) {
            Found::Unchanged => Fate::Unchanged,
            _ => Fate::WouldChange,
        }
    }

    pub(super) fn fate(&self, change: &Change) -> Fate {
        match self.find(change) {
            Found::Unchanged => Fate::Unchanged,
            Found::AsAsked => Fate::Applied,
            Found::AsItWas(found) => Fate::Ignored { found },
            Found::Otherwise(found) => Fate::Differs { found },
        }
    }

    pub(super) fn find(&self, change: &Change) -> Found {
        match change {
            Change::Set { setting, value } => self.setting(setting, value.as_ref()),
            Change::AddDevice { xml } => Document::parse(xml).map_or(Found::AsItWas(None), |device| {
                let path = format!("devices/{}", device.name(device.root()));
                match SCOPES.iter().find(|scope| scope.element == path) {
                    Some(scope) => self.added(scope, &device),
                    None => self.counted(&path),
                }
            }),
            Change::AddEntry { scope, xml, .. } => {
                Document::parse(xml).map_or(Found::AsItWas(None), |entry| self.added(scope, &entry))
            }
            Change::RemoveDevice { scope, .. } => self.counted(scope.element),
            Change::Note(note) => {
                let is_in = |domain: &Document| note.is_in(&metadata_of_domain(domain));
                match (is_in(self.old), is_in(self.kept)) {
                    (true, true) => Found::Unchanged,
                    (_, true) => Found::AsAsked,
                    (_, false) => Found::AsItWas(None),
                }
            }
            Change::ReplaceXml(_) => {
                let [old, wanted, kept] = [self.old, self.wanted, self.kept].map(ToString::to_string);
                if old == wanted {
                    Found::Unchanged
                } else if kept == old {
                    Found::AsItWas(None)
                } else {
                    Found::AsAsked
                }
            }
        }
    }

    fn setting(&self, setting: &Setting, value: Option<&Value>) -> Found {
        let old = held(self.old, setting);
        let kept = held(self.kept, &after(setting, value));
        let is_asked = |held: &Option<Vec<Option<Value>>>| match held {
            Some(values) => values.iter().all(|held| same(held.as_ref(), value)),
            None => value.is_none(),
        };
        if is_asked(&kept) {
            // A switch that is off in words is another thing than one of which nothing is said.
            return if is_asked(&old) && old == kept {
                Found::Unchanged
            } else {
                Found::AsAsked
            };
        }
        let shown = kept.as_ref().map(|values| {
            let values = values.iter().flatten().map(ToString::to_string);
            values.collect::<Vec<_>>().join(", ")
        });
        let shown = shown.filter(|shown| !setting.property.is_secret && !shown.is_empty());
        if kept == old {
            Found::AsItWas(shown)
        } else {
            Found::Otherwise(shown)
        }
    }

    /// As many as asked for, of which as many say what the new one is to say: libvirt takes a device and drops what it
    /// does not know of it. It may be more: libvirt adds what the new one needs, such as a bridge and a port for it.
    fn added(&self, scope: &'static Scope, asked: &Document) -> Found {
        let asked = (asked, asked.root());
        let alike = |domain: &Document| {
            let mut all = scope.keyed(domain);
            all.retain(|(_, element)| is_kind(asked, (domain, *element)));
            all
        };
        let [old, wanted, kept] = [self.old, self.wanted, self.kept].map(|domain| alike(domain).len());
        if kept < wanted {
            return if kept <= old {
                Found::AsItWas(None)
            } else {
                Found::Otherwise(None)
            };
        }
        let lost_in = |domain: &Document| -> Vec<(String, Vec<Lost>)> {
            let all = alike(domain).into_iter();
            all.map(|(key, element)| (key, lost(scope, asked, (domain, element))))
                .collect()
        };
        let kept = lost_in(self.kept);
        let num_whole = |all: &[(String, Vec<Lost>)]| all.iter().filter(|(_, lost)| lost.is_empty()).count();
        if num_whole(&kept) >= num_whole(&lost_in(self.wanted)) {
            return Found::AsAsked;
        }
        // The last of those that say the most of it, among those that were not there before.
        let old = scope.keyed(self.old);
        let is_new = |key: &str| old.iter().all(|(known, _)| known != key);
        let nearest = kept.iter().rev().filter(|(_, lost)| !lost.is_empty());
        let nearest = nearest.min_by_key(|(key, lost)| (!is_new(key), lost.len()));
        Found::Otherwise(nearest.map(|(_, lost)| {
            let lost: Vec<String> = lost.iter().map(ToString::to_string).collect();
            lost.join(", ")
        }))
    }

    fn counted(&self, path: &str) -> Found {
        let count = |domain: &Document| domain.find_all(domain.root(), path).len();
        let (old, wanted, kept) = (count(self.old), count(self.wanted), count(self.kept));
        if kept == wanted {
            Found::AsAsked
        } else if kept == old {
            Found::AsItWas(None)
        } else {
            Found::Otherwise(None)
        }
    }
}

/// `None`: there is no such element. What libvirt leaves out because it is as much as there can be is that much.
fn held(domain: &Document, setting: &Setting) -> Option<Vec<Option<Value>>> {
    let values = setting.read(domain).ok().filter(|values| !values.is_empty())?;
    let most = match (setting.scope.word, setting.property) {
        ("", property) if property == VCPU_CURRENT => VCPU,
        ("", property) if property == CURRENT_MEMORY => MEMORY,
        _ => return Some(values),
    };
    let most = || most.read(domain, domain.root()).ok().flatten();
    Some(values.into_iter().map(|value| value.or_else(most)).collect())
}

/// A switch that is an element is off where it is not there.
fn same(held: Option<&Value>, asked: Option<&Value>) -> bool {
    match (held, asked) {
        (held, asked) if held == asked => true,
        (None, Some(Value::Switch(false))) | (Some(Value::Switch(false)), None) => true,
        (Some(Value::Text(held)), Some(Value::Text(asked))) => held.trim() == asked.trim(),
        _ => false,
    }
}

/// Whoever changes the address by which a device is known knows it by the new one.
fn after(setting: &Setting, value: Option<&Value>) -> Setting {
    let is_its_key = match setting.scope.key {
        Key::At(place) | Key::Made(place) => setting.property.place == place,
        _ => false,
    };
    match value {
        Some(value) if is_its_key && setting.key != "first" && setting.key != "all" => Setting {
            key: value.to_string(),
            ..setting.clone()
        },
        _ => setting.clone(),
    }
}

/// What the definition and the machine that runs say together. `live` is `None` where nothing was to be done there.
pub(super) fn merged(config: Option<Fate>, live: Option<Fate>) -> Fate {
    match (config, live) {
        (None, Some(live)) => match live {
            Fate::Applied => Fate::UntilItStops,
            Fate::AtNextStart { refusal } => Fate::Refused {
                words: refusal.unwrap_or_default(),
            },
            Fate::KeptByGuest { answer, .. } => Fate::KeptByGuest {
                answer,
                at_next_start: false,
            },
            other => other,
        },
        // It ran so already, perhaps by a change before this one.
        (Some(Fate::Applied), Some(Fate::Unchanged)) => Fate::Applied,
        // libvirt said yes to the machine that runs and did nothing there.
        (Some(Fate::Applied), Some(Fate::Ignored { .. })) => Fate::AtNextStart { refusal: None },
        (Some(Fate::Applied | Fate::Unchanged), Some(live)) => live,
        // What the definition does not keep is gone at the next start, whatever the machine does now.
        (Some(Fate::Ignored { .. }), Some(Fate::Applied)) => Fate::UntilItStops,
        (Some(config), _) => config,
        (None, None) => Fate::Unchanged,
    }
}

/// The elements of the machine that runs which are those that `key` names in its definition. `changes`: what is being
/// made, so that what it changes may differ.
pub(super) fn live_elements(
    (scope, key): (&'static Scope, &str),
    changes: &[Change],
    old: &Document,
    live: &Document,
) -> Option<Vec<NodeId>> {
    let elements = chosen(scope, key, live).ok().filter(|elements| !elements.is_empty())?;
    if scope.key != Key::Alias && !scope.is_inside() {
        return Some(elements);
    }
    // Numbers mean the same in both only where both have as many, and the same ones there.
    let count = |domain: &Document| domain.find_all(domain.root(), scope.element).len();
    let defined = chosen(scope, key, old).ok()?;
    let changing: Vec<&Property> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Set { setting, .. } if setting.scope == scope => Some(setting.property),
            _ => None,
        })
        .collect();
    let is_same = |(&next, &now): (&NodeId, &NodeId)| is_same_device(scope, (old, next), (live, now), &changing);
    let are_same =
        count(old) == count(live) && defined.len() == elements.len() && defined.iter().zip(&elements).all(is_same);
    are_same.then_some(elements)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_processors_are_as_many_as_there_can_be_even_where_libvirt_leaves_the_number_out() {
        let domain = |vcpu: &str| Document::parse(&format!("<domain><vcpu{vcpu}</vcpu></domain>")).unwrap();
        let (old, wanted, kept) = (domain(" current='1'>2"), domain(" current='2'>2"), domain(">2"));
        let setting = Setting::parse("vcpu.current").unwrap();
        let value = Some(Value::Integer(2));
        let change = Change::Set { setting, value };
        assert_eq!(Definitions::new(&old, &wanted, &kept).fate(&change), Fate::Applied);
        assert_eq!(Definitions::new(&kept, &wanted, &kept).fate(&change), Fate::Unchanged);
    }

    #[test]
    fn a_switch_that_was_left_open_is_changed_when_it_is_turned_off() {
        let domain = |target: &str| {
            let port = format!("<controller type='pci' index='1'><target{target}/></controller>");
            Document::parse(&format!("<domain><devices>{port}</devices></domain>")).unwrap()
        };
        let (old, wanted) = (domain(""), domain(" hotplug='off'"));
        let setting = Setting::parse("controller.pci.1.hotplug").unwrap();
        let value = Some(Value::Switch(false));
        let change = Change::Set { setting, value };
        assert_eq!(Definitions::new(&old, &wanted, &wanted).fate(&change), Fate::Applied);
        assert_eq!(Definitions::new(&old, &wanted, &old).fate(&change), Fate::Unchanged);
        assert_eq!(
            Definitions::new(&wanted, &wanted, &wanted).fate(&change),
            Fate::Unchanged
        );
    }

    #[test]
    fn an_entry_of_a_list_is_the_same_in_what_runs_only_where_both_have_as_many() {
        let vlan = |tags: &str| {
            let xml = format!(
                "<domain><devices><interface><mac address='52:54:00:00:00:01'/><vlan>{tags}</vlan></interface>\
                 </devices></domain>"
            );
            Document::parse(&xml).unwrap()
        };
        let (one, two) = (vlan("<tag id='7'/>"), vlan("<tag id='42'/><tag id='7'/>"));
        let scope = Setting::parse("interface.vlan.first.1.id").unwrap().scope;
        let key = "52:54:00:00:00:01.1";
        assert!(live_elements((scope, key), &[], &two, &two).is_some());
        // The first of what runs is another one.
        assert_eq!(live_elements((scope, key), &[], &one, &two), None);
        assert_eq!(live_elements((scope, key), &[], &one, &vlan("<tag id='8'/>")), None);
    }

    #[test]
    fn a_device_known_by_its_number_is_the_same_in_what_runs_only_where_it_says_the_same() {
        let usb = |vendor: &str| format!("<source><vendor id='{vendor}'/><product id='0x0001'/></source>");
        let pci =
            |slot: &str| format!("<source><address domain='0x0000' bus='0x00' slot='{slot}' function='0x0'/></source>");
        let devices = |sources: &[String], live: &str| {
            let device = |source: &String| {
                let kind = if source.contains("vendor") { "usb" } else { "pci" };
                format!("<hostdev mode='subsystem' type='{kind}' managed='yes'>{live}{source}</hostdev>")
            };
            let all: String = sources.iter().map(device).collect();
            Document::parse(&format!("<domain><devices>{all}</devices></domain>")).unwrap()
        };
        let decoration = "<driver name='vfio'/><alias name='hostdev1'/><address type='usb' bus='0' port='2'/>";
        let scope = SCOPES.iter().find(|scope| scope.word == "hostdev").unwrap();
        let in_live = |old: &[String], live: &[String], key: &str| {
            let (old, live) = (devices(old, ""), devices(live, decoration));
            live_elements((scope, key), &[], &old, &live).is_some()
        };
        for (a, b, c) in [
            (usb("0x1111"), usb("0x2222"), usb("0x3333")),
            (pci("0x01"), pci("0x02"), pci("0x03")),
            (pci("0x01"), usb("0x2222"), pci("0x03")),
        ] {
            let (defined, runs) = ([a.clone(), c], [a, b]);
            assert!(in_live(&defined, &runs, "1"));
            assert!(in_live(&runs, &runs, "2"));
            // The second of the definition waits for the next start; the second that runs is another one.
            assert!(!in_live(&defined, &runs, "2"), "{defined:?} {runs:?}");
            assert!(!in_live(&defined, &runs, "all"));
            assert!(in_live(&defined, &runs, "first"));
        }
    }

    #[test]
    fn what_is_being_changed_of_a_device_makes_it_no_other() {
        let domain = |rate: &str| {
            let rng = format!("<rng model='virtio'>{rate}<backend model='random'>/dev/urandom</backend></rng>");
            Document::parse(&format!("<domain><devices>{rng}</devices></domain>")).unwrap()
        };
        let (old, live) = (domain(""), domain("<rate bytes='5'/>"));
        let setting = Setting::parse("rng.1.rate.bytes").unwrap();
        let scope = setting.scope;
        let change = Change::Set {
            setting,
            value: Some(Value::Integer(5)),
        };
        assert_eq!(live_elements((scope, "1"), &[], &old, &live), None);
        assert!(live_elements((scope, "1"), &[change], &old, &live).is_some());
    }

    #[test]
    fn a_setting_that_libvirt_drops_from_a_new_device_is_told() {
        let domain =
            |devices: &str| Document::parse(&format!("<domain><devices>{devices}</devices></domain>")).unwrap();
        let rng =
            |rate: &str| format!("<rng model='virtio'><backend model='random'>/dev/urandom</backend>{rate}</rng>");
        let new = rng("<rate bytes='5' period='1000'/>");
        let change = Change::AddDevice { xml: new.clone() };
        // One that says the same was there before, and is not taken for the new one.
        for there in [String::new(), new.clone()] {
            let (old, wanted) = (domain(&there), domain(&format!("{there}{new}")));
            let fate = |kept: &str| Definitions::new(&old, &wanted, &domain(&format!("{there}{kept}"))).fate(&change);
            assert_eq!(fate(&new), Fate::Applied);
            assert_eq!(fate(&new.replace("virtio'", "virtio' id='7'")), Fate::Applied);
            let found = Some("rate.bytes=, rate.period=".to_owned());
            assert_eq!(fate(&rng("")), Fate::Differs { found });
            let found = Some("rate.bytes=6".to_owned());
            assert_eq!(fate(&rng("<rate bytes='6' period='1000'/>")), Fate::Differs { found });
            assert_eq!(fate(""), Fate::Ignored { found: None });
            assert_eq!(
                Definitions::new(&old, &wanted, &old).dry_fate(&change),
                Fate::WouldChange
            );
        }
        let nic = |mac: &str, model: &str| {
            format!("<interface type='user'><mac address='{mac}'/><model type='{model}'/></interface>")
        };
        let asked = Change::AddDevice {
            xml: nic("52:54:00:AA:00:01", "e1000"),
        };
        let other = nic("52:54:00:00:00:01", "e1000");
        let (old, wanted) = (
            domain(&other),
            domain(&format!("{other}{}", nic("52:54:00:AA:00:01", "e1000"))),
        );
        let fate = |kept: &str| Definitions::new(&old, &wanted, &domain(&format!("{kept}{other}"))).fate(&asked);
        assert_eq!(fate(&nic("52:54:00:aa:00:01", "e1000")), Fate::Applied);
        let found = Some("model=virtio".to_owned());
        assert_eq!(fate(&nic("52:54:00:aa:00:01", "virtio")), Fate::Differs { found });
    }

    #[test]
    fn what_libvirt_adds_for_a_new_device_makes_that_no_other() {
        let domain =
            |devices: &str| Document::parse(&format!("<domain><devices>{devices}</devices></domain>")).unwrap();
        let new = "<controller type='sata' index='1'/>";
        let change = Change::AddDevice { xml: new.to_owned() };
        let there = "<controller type='pci' index='0' model='pcie-root'/><controller type='sata' index='0'/>";
        let needed = "<controller type='pci' index='1' model='pcie-to-pci-bridge'/>";
        let (old, wanted) = (domain(there), domain(&format!("{there}{new}")));
        let fate = |kept: &str| Definitions::new(&old, &wanted, &domain(&format!("{there}{kept}"))).fate(&change);
        assert_eq!(fate(&format!("{needed}{new}")), Fate::Applied);
        assert_eq!(fate(needed), Fate::Ignored { found: None });
        // What it adds may be of the same kind.
        let change = Change::AddDevice { xml: needed.to_owned() };
        let wanted = domain(&format!("{there}{needed}"));
        let kept = domain(&format!(
            "{there}{needed}<controller type='pci' index='2' model='pcie-root-port'/>"
        ));
        assert_eq!(Definitions::new(&old, &wanted, &kept).fate(&change), Fate::Applied);
    }

    #[test]
    fn a_secret_that_libvirt_drops_is_told_without_it() {
        let domain = |passwd: &str| {
            let graphics = format!("<graphics type='vnc' port='-1'{passwd}/>");
            Document::parse(&format!("<domain><devices>{graphics}</devices></domain>")).unwrap()
        };
        let old = Document::parse("<domain><devices/></domain>").unwrap();
        let (wanted, kept) = (domain(" passwd='SECRET'"), domain(" passwd='OTHER'"));
        let change = Change::AddDevice {
            xml: "<graphics type='vnc' port='-1' passwd='SECRET'/>".to_owned(),
        };
        let fate = Definitions::new(&old, &wanted, &kept).fate(&change);
        assert!(
            matches!(&fate, Fate::Differs { found: Some(found) } if found.contains("password")),
            "{fate:?}"
        );
        assert!(!format!("{fate:?}").contains("OTHER"), "{fate:?}");
    }

    #[test]
    fn what_libvirt_only_says_it_did_while_it_runs_comes_with_the_next_start() {
        let ignored = Fate::Ignored { found: None };
        assert_eq!(
            merged(Some(Fate::Applied), Some(ignored.clone())),
            Fate::AtNextStart { refusal: None }
        );
        assert_eq!(merged(None, Some(ignored.clone())), ignored);
    }
}
