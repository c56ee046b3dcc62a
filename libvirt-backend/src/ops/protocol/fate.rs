//! What became of a change, by comparing what was there, what was asked for and what is there now. Pure.

use crate::xml::metadata::metadata_of_domain;
use crate::xml::property::change::{Change, chosen};
use crate::xml::property::edit::Fate;
use crate::xml::property::select::Setting;
use crate::xml::property::{CURRENT_MEMORY, Key, MEMORY, VCPU, VCPU_CURRENT, Value};
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
                self.counted(&format!("devices/{}", device.name(device.root())))
            }),
            Change::AddEntry { scope, .. } | Change::RemoveDevice { scope, .. } => self.counted(scope.element),
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

/// The one element of the machine that runs which is the one that `key` names in its definition.
pub(super) fn live_elements(
    change: (&'static crate::xml::property::Scope, &str),
    old: &Document,
    live: &Document,
) -> Option<Vec<NodeId>> {
    let (scope, key) = change;
    if scope.key == Key::Alias || scope.is_inside() {
        // Numbers mean the same in both only where both have as many.
        let count = |domain: &Document| domain.find_all(domain.root(), scope.element).len();
        if count(old) != count(live) {
            return None;
        }
    }
    chosen(scope, key, live).ok().filter(|elements| !elements.is_empty())
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
        assert!(live_elements((scope, key), &two, &two).is_some());
        // The first of what runs is another one.
        assert_eq!(live_elements((scope, key), &one, &two), None);
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
