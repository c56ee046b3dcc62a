//! The settings of a machine, each declared once: its name, where it stands in the XML, and what may be put there.
//!
//! Everything else comes from the [`tables`]: reading and writing ([`access`]), what a user may type ([`input`]), the
//! names that `berth edit --set` takes ([`select`]), the forms of the window, and the page that lists them all.
//!
//! ```
//! use libvirt_backend::xml::Document;
//! use libvirt_backend::xml::property::{self, select};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut domain = Document::parse(
//!     "<domain><memory unit='GiB'>1</memory><devices><disk><target dev='vda'/></disk></devices></domain>",
//! )?;
//! assert_eq!(property::MEMORY.kib(&domain)?, Some(1 << 20));
//! for (name, text) in [("memory", "2.5GiB"), ("disk.vda.cache", "none")] {
//!     let setting = select::Setting::parse(name)?;
//!     let value = setting.property.input(text)?;
//!     setting.write(&mut domain, Some(&value))?;
//! }
//! assert_eq!(
//!     domain.to_string(),
//!     "<domain><memory unit='KiB'>2621440</memory><devices><disk><driver cache='none'/><target dev='vda'/></disk>\
//!      </devices></domain>",
//! );
//! # Ok(())
//! # }
//! ```

pub mod access;
pub mod change;
pub mod cpu_set;
pub mod derive;
pub mod edit;
pub mod firmware;
pub mod fresh;
pub mod hindrance;
pub mod input;
mod inside;
pub mod iommu_groups;
pub mod kind;
pub mod offers;
pub mod order;
mod parts;
pub mod pending;
pub mod root_ports;
pub mod select;
pub mod size;
pub mod tables;
pub mod twin;

pub use input::Refusal;
pub use kind::{Form, Kind, Stored, Value, Word};
pub use tables::SCOPES;

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Property {
    /// Below its scope: `cache`, `iotune.total_bytes_sec`. Empty where the scope has a single one.
    pub name: &'static str,
    /// Below the scope's element: `driver@cache` is an attribute, `iotune/total_bytes_sec` a text.
    pub place: &'static str,
    pub kind: Kind,
    /// Never shown, journalled or taken from an argument list.
    pub is_secret: bool,
    /// Says together what other settings say one by one, and is told in their place ([`firmware`]).
    pub is_summary: bool,
}

/// Settings that belong together: a part of a form.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    pub name: &'static str,
    pub properties: &'static [Property],
}

/// What has settings: the machine itself, a kind of device, an entry of a list.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// `disk`; empty for the machine itself.
    pub word: &'static str,
    /// The path of its elements below `<domain>`.
    pub element: &'static str,
    pub key: Key,
    pub groups: &'static [Group],
}

/// How one element is told from its siblings, in a way that other changes do not shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// There is one.
    Only,
    /// An attribute of it or of something in it: `target@dev`.
    At(&'static str),
    /// Two of its attributes: `pci.0`.
    Pair(&'static str, &'static str),
    /// The alias, where its maker gave it one, or its number among its siblings.
    Alias,
    /// An attribute, and an element that is not there is made.
    Made(&'static str),
    /// A list inside a device: the device's key by this attribute, then the number among its siblings, of as many of
    /// the last elements of the path as are counted. The next one is made.
    Inside { device: &'static str, counted: usize },
}

impl Property {
    pub(super) const fn new(name: &'static str, place: &'static str, kind: Kind) -> Self {
        Self {
            name,
            place,
            kind,
            is_secret: false,
            is_summary: false,
        }
    }

    const fn secret(self) -> Self {
        Self {
            is_secret: true,
            ..self
        }
    }

    const fn summary(self) -> Self {
        Self {
            is_summary: true,
            ..self
        }
    }

    /// The element's path below that of the scope, and the attribute.
    pub fn path(&self) -> (&'static str, Option<&'static str>) {
        match self.place.split_once('@') {
            Some((path, attribute)) => (path, Some(attribute)),
            None => (self.place, None),
        }
    }
}

impl Scope {
    pub fn properties(&self) -> impl Iterator<Item = &'static Property> + use<> {
        self.groups.iter().flat_map(|group| group.properties)
    }

    /// Are its elements devices, each of its own?
    pub fn is_device(&self) -> bool {
        self.element.starts_with("devices/") && !self.is_inside()
    }

    /// Are its elements entries of lists inside devices?
    pub const fn is_inside(&self) -> bool {
        matches!(self.key, Key::Inside { .. })
    }

    /// Are its elements entries of a list of the machine's own?
    pub fn is_list(&self) -> bool {
        self.key != Key::Only && !self.element.starts_with("devices/")
    }

    /// The key of the device that an entry is in.
    pub fn device_of<'a>(&self, key: &'a str) -> Option<&'a str> {
        inside::device_of(self, key)
    }

    /// The key that the next entry of a list inside a device would have.
    pub fn next_key(&self, outer: &str, domain: &crate::xml::Document) -> String {
        inside::next_key(self, outer, domain)
    }

    pub fn property(&self, name: &str) -> Option<&'static Property> {
        self.properties().find(|property| property.name == name)
    }
}

/// One of the machine's own, known when this is compiled.
const fn of_machine(name: &str) -> &'static Property {
    let groups = tables::MACHINE;
    let mut group = 0;
    while group < groups.len() {
        let properties = groups[group].properties;
        let mut index = 0;
        while index < properties.len() {
            if is_same(properties[index].name, name) {
                return &properties[index];
            }
            index += 1;
        }
        group += 1;
    }
    panic!("no such property")
}

const fn is_same(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let mut index = 0;
    while index < left.len() {
        if left[index] != right[index] {
            return false;
        }
        index += 1;
    }
    true
}

/// The scope of the machine's own settings.
pub const MACHINE: &Scope = &Scope {
    word: "",
    element: "",
    key: Key::Only,
    groups: tables::MACHINE,
};

pub const NAME: &Property = of_machine("name");
pub const TITLE: &Property = of_machine("title");
pub const DESCRIPTION: &Property = of_machine("description");
pub const MEMORY: &Property = of_machine("memory");
pub const CURRENT_MEMORY: &Property = of_machine("memory.current");
pub const LEAST_MEMORY: &Property = of_machine("memory.least");
pub const MEMORY_MAX: &Property = of_machine("memory.max");
pub const VCPU: &Property = of_machine("vcpu");
pub const VCPU_CURRENT: &Property = of_machine("vcpu.current");
pub const OS_ARCHITECTURE: &Property = of_machine("os.arch");
pub const OS_MACHINE: &Property = of_machine("os.machine");
pub const FIRMWARE: &Property = of_machine("firmware");
