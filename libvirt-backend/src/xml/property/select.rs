//! Names of settings as a user types them: `memory`, `disk.vda.cache`, `cpu.feature.vmx`.
//!
//! A device is told by what stays with it: a disk by its target, a network interface by its MAC address, a controller
//! by type and index, any by the alias that its maker gave it. Where a machine has several that nothing tells apart,
//! they are counted from 1 within their kind. `first` and `all` are every kind's. Where there is a single one the key
//! may be left out: `watchdog.action`. An entry of a list inside a device is told by the device and its number:
//! `interface.forward.52:54:00:12:34:56.1.proto`, or `first.1` of the first one; the number after the last makes one.

use super::access::{make, make_one, prune};
use super::inside;
use super::{Key, Kind, Property, SCOPES, Scope, Value};
use crate::xml::{Document, NodeId, XmlError};

/// A setting, and of which element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub scope: &'static Scope,
    pub key: String,
    pub property: &'static Property,
}

impl PartialEq for Scope {
    fn eq(&self, other: &Self) -> bool {
        self.word == other.word
    }
}

impl Eq for Scope {}

/// Why nothing can be set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    #[error("there is no setting {name:?}; the nearest are {}", near.join(", "))]
    Unknown { name: String, near: Vec<String> },
    #[error("the machine has no {word} {key:?}; it has {}", present(having))]
    NoSuch {
        word: &'static str,
        key: String,
        having: Vec<String>,
    },
    #[error("the machine has several: say which of {}", present(having))]
    Several { having: Vec<String> },
    #[error(transparent)]
    Xml(#[from] XmlError),
}

fn present(having: &[String]) -> String {
    if having.is_empty() {
        "none".to_owned()
    } else {
        having.join(", ")
    }
}

/// Names that are offered for one that does not exist.
const OFFERED: usize = 4;

impl Setting {
    pub fn parse(name: &str) -> Result<Self, SelectError> {
        let setting = |scope, key: &str, property| Self {
            scope,
            key: key.to_owned(),
            property,
        };
        for scope in SCOPES {
            let rest = match scope.word {
                "" => Some(name),
                word => name.strip_prefix(word).and_then(|rest| rest.strip_prefix('.')),
            };
            let Some(rest) = rest else { continue };
            // The longest name wins: a key may hold dots, as features' do.
            let found = scope
                .properties()
                .filter_map(|property| Some((property, key_before(rest, property.name, scope)?)))
                .max_by_key(|(property, _)| property.name.len());
            if let Some((property, key)) = found {
                return Ok(setting(scope, key, property));
            }
        }
        Err(SelectError::Unknown {
            name: name.to_owned(),
            near: nearest(name),
        })
    }

    /// The elements it is of. None is made.
    pub fn elements(&self, domain: &Document) -> Result<Vec<NodeId>, SelectError> {
        let scope = self.scope;
        if scope.key == Key::Only {
            return Ok(domain.find(domain.root(), scope.element).into_iter().collect());
        }
        if let Key::Inside { .. } = scope.key
            && let Some(place) = inside::Place::of(scope, &self.key, domain)
        {
            return match place.element(domain) {
                inside::There::Is(element) => Ok(vec![element]),
                inside::There::Next => Ok(Vec::new()),
                inside::There::No => Err(self.no_such(domain)),
            };
        }
        let all = scope.keyed(domain);
        let having = || all.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
        let found: Vec<NodeId> = match self.key.as_str() {
            "" if all.len() > 1 => return Err(SelectError::Several { having: having() }),
            "" | "first" => all.first().map(|(_, element)| *element).into_iter().collect(),
            "all" => all.iter().map(|(_, element)| *element).collect(),
            key => all
                .iter()
                .filter(|(known, _)| is_key(scope, known, key))
                .map(|(_, element)| *element)
                .collect(),
        };
        if found.is_empty() && !matches!(scope.key, Key::Made(_)) {
            return Err(self.no_such(domain));
        }
        Ok(found)
    }

    fn no_such(&self, domain: &Document) -> SelectError {
        SelectError::NoSuch {
            word: self.scope.word,
            key: self.key.clone(),
            having: self.scope.keyed(domain).into_iter().map(|(key, _)| key).collect(),
        }
    }

    /// What it holds, of each element in turn.
    pub fn read(&self, domain: &Document) -> Result<Vec<Option<Value>>, SelectError> {
        let elements = self.elements(domain)?;
        let values = elements.into_iter().map(|element| self.property.read(domain, element));
        Ok(values.collect::<Result<_, _>>()?)
    }

    /// `None` takes it out. An entry of a list is made where it is missing, a device never is.
    pub fn write(&self, domain: &mut Document, value: Option<&Value>) -> Result<(), SelectError> {
        let mut elements = self.elements(domain)?;
        if elements.is_empty() {
            if value.is_none() {
                return Ok(());
            }
            elements.push(self.made(domain)?);
        }
        for element in elements {
            self.property.write(domain, element, value)?;
            self.drop_empty_entry(domain, element);
        }
        Ok(())
    }

    fn made(&self, domain: &mut Document) -> Result<NodeId, XmlError> {
        if let Some(place) = inside::Place::of(self.scope, &self.key, domain) {
            return place.make(domain);
        }
        let root = domain.root();
        let (outer, name) = self.scope.element.rsplit_once('/').unwrap_or(("", self.scope.element));
        let Key::Made(attribute) = self.scope.key else {
            return make(domain, root, self.scope.element);
        };
        let parent = make(domain, root, outer)?;
        let element = make_one(domain, parent, name)?;
        domain.set_attr(element, attribute, &self.key)?;
        Ok(element)
    }

    /// An entry that says nothing but its key is none.
    fn drop_empty_entry(&self, domain: &mut Document, element: NodeId) {
        let attribute = match self.scope.key {
            Key::Made(attribute) => attribute,
            Key::Inside { .. } => "",
            _ => return,
        };
        let says_nothing =
            domain.attrs(element).all(|(name, _)| name == attribute) && domain.elements(element).next().is_none();
        if says_nothing && let Some(list) = domain.parent(element) {
            domain.remove(element);
            prune(domain, list, domain.root());
        }
    }
}

impl std::fmt::Display for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [self.scope.word, &self.key, self.property.name];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        f.write_str(&parts.join("."))
    }
}

impl Scope {
    /// Its elements in their order, each with its key.
    pub fn keyed(&self, domain: &Document) -> Vec<(String, NodeId)> {
        if let Key::Inside { device, counted } = self.key {
            return inside::keyed(self.element, device, counted, domain);
        }
        let elements = domain.find_all(domain.root(), self.element);
        let attribute = |element, place: &str| {
            let (path, attribute) = place.split_once('@').unwrap_or(("", place));
            domain.attr_at(element, path, attribute).map(|key| key.into_owned())
        };
        let own = |element| match self.key {
            Key::Only => Some(String::new()),
            Key::At(place) | Key::Made(place) => attribute(element, place),
            Key::Pair(first, second) => Some(format!(
                "{}.{}",
                attribute(element, first)?,
                attribute(element, second)?
            )),
            Key::Inside { .. } => None,
            // Those of libvirt's own making change with the devices before.
            Key::Alias => attribute(element, "alias@name").filter(|alias| alias.starts_with("ua-")),
        };
        let mut keyed: Vec<(String, NodeId)> = Vec::new();
        for (index, element) in elements.into_iter().enumerate() {
            let key = own(element).filter(|key| keyed.iter().all(|(known, _)| known != key));
            keyed.push((key.unwrap_or_else(|| (index + 1).to_string()), element));
        }
        keyed
    }
}

/// The key that stands before the property's name in what is left of a setting's name.
fn key_before<'a>(rest: &'a str, name: &str, scope: &Scope) -> Option<&'a str> {
    if scope.key == Key::Only {
        return (rest == name).then_some("");
    }
    if name.is_empty() {
        return (!rest.is_empty()).then_some(rest);
    }
    let before = rest.strip_suffix(name)?;
    if before.is_empty() && !matches!(scope.key, Key::Made(_)) {
        return Some("");
    }
    before.strip_suffix('.').filter(|key| !key.is_empty())
}

fn is_key(scope: &Scope, known: &str, key: &str) -> bool {
    // Hexadecimal digits are the same in both cases.
    known == key || (scope.key == Key::At("mac@address") && known.eq_ignore_ascii_case(key))
}

/// Names that look like the typed one, those of the same kind of device first.
fn nearest(name: &str) -> Vec<String> {
    let typed = name.to_lowercase();
    let [first, last] = ends(&typed);
    let mut names: Vec<(f64, String)> = all_names()
        .map(|known| {
            let [known_first, known_last] = ends(&known);
            let likeness = strsim::jaro_winkler(first, known_first) + 2.0 * strsim::jaro_winkler(last, known_last);
            (likeness, known)
        })
        .collect();
    names.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    names.into_iter().take(OFFERED).map(|(_, known)| known).collect()
}

/// The first and the last part of a name.
fn ends(name: &str) -> [&str; 2] {
    let first = name.split('.').next().unwrap_or(name);
    [first, name.rsplit('.').next().unwrap_or(name)]
}

/// Every setting's name with `KEY` where one is needed.
pub fn all_names() -> impl Iterator<Item = String> {
    SCOPES
        .iter()
        .flat_map(|scope| scope.properties().map(|property| name_of(scope, property)))
}

/// `disk.KEY.cache`.
pub fn name_of(scope: &Scope, property: &Property) -> String {
    let key = if scope.key == Key::Only { "" } else { "KEY" };
    let parts = [scope.word, key, property.name];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(".")
}

/// May a value of this kind be taken out?
pub const fn can_be_cleared(kind: Kind) -> bool {
    !matches!(kind, Kind::Present)
}
