//! The settings of a domain, each declared once with its place and type; reading and writing come from that.
//!
//! ```
//! use libvirt_backend::xml::{Document, property};
//! # fn main() -> Result<(), libvirt_backend::xml::XmlError> {
//! let mut domain = Document::parse("<domain><name>a</name><memory unit='GiB'>1</memory></domain>")?;
//! assert_eq!(property::MEMORY.get(&domain)?, Some(property::MemoryKib(1 << 20)));
//! property::MEMORY.set(&mut domain, &property::MemoryKib(2048))?;
//! assert_eq!(domain.to_string(), "<domain><name>a</name><memory unit='KiB'>2048</memory></domain>");
//! # Ok(())
//! # }
//! ```

use std::marker::PhantomData;

use super::{Document, NodeId, XmlError};

pub const NAME: Property<String> = Property::element("name");
pub const TITLE: Property<String> = Property::element("title");
pub const DESCRIPTION: Property<String> = Property::element("description");
pub const MEMORY: Property<MemoryKib> = Property::element("memory");
pub const CURRENT_MEMORY: Property<MemoryKib> = Property::element("currentMemory");
pub const VCPU: Property<u32> = Property::element("vcpu");
pub const VCPU_CURRENT: Property<u32> = Property::attribute("vcpu", "current");
pub const OS_TYPE: Property<String> = Property::element("os/type");
pub const OS_ARCHITECTURE: Property<String> = Property::attribute("os/type", "arch");
pub const OS_MACHINE: Property<String> = Property::attribute("os/type", "machine");
pub const ON_POWEROFF: Property<LifecycleAction> = Property::element("on_poweroff");
pub const ON_REBOOT: Property<LifecycleAction> = Property::element("on_reboot");
pub const ON_CRASH: Property<LifecycleAction> = Property::element("on_crash");

/// The places of all of them. A test fails for one that it does not touch.
pub const PLACES: [Place; 13] = [
    NAME.place,
    TITLE.place,
    DESCRIPTION.place,
    MEMORY.place,
    CURRENT_MEMORY.place,
    VCPU.place,
    VCPU_CURRENT.place,
    OS_TYPE.place,
    OS_ARCHITECTURE.place,
    OS_MACHINE.place,
    ON_POWEROFF.place,
    ON_REBOOT.place,
    ON_CRASH.place,
];

/// Where a setting stands below `<domain>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// `os/type`.
    pub path: &'static str,
    /// `None`: the element's text.
    pub attribute: Option<&'static str>,
}

/// One setting of a domain.
#[derive(Clone, Copy, Debug)]
pub struct Property<T> {
    pub place: Place,
    value: PhantomData<fn() -> T>,
}

/// A type that settings have.
pub trait Value: Sized {
    /// The text as it stands in the XML with its white space; `None`: not a value of this type.
    fn parse(text: &str) -> Option<Self>;

    fn text(&self) -> String;

    /// What the element's attributes add to its text: a unit.
    fn scaled(self, _document: &Document, _element: NodeId) -> Option<Self> {
        Some(self)
    }

    /// Sets the attributes that go with the text.
    fn mark(&self, _document: &mut Document, _element: NodeId) -> Result<(), XmlError> {
        Ok(())
    }
}

impl<T: Value> Property<T> {
    const fn element(path: &'static str) -> Self {
        Self {
            place: Place { path, attribute: None },
            value: PhantomData,
        }
    }

    const fn attribute(path: &'static str, attribute: &'static str) -> Self {
        Self {
            place: Place {
                path,
                attribute: Some(attribute),
            },
            value: PhantomData,
        }
    }

    /// `None`: the domain does not say.
    pub fn get(&self, domain: &Document) -> Result<Option<T>, XmlError> {
        let Place { path, attribute } = self.place;
        let Some(element) = domain.find(domain.root(), path) else {
            return Ok(None);
        };
        let text = match attribute {
            Some(attribute) => match domain.attr(element, attribute) {
                Some(value) => value,
                None => return Ok(None),
            },
            None => domain.text(element),
        };
        if text.trim().is_empty() {
            return Ok(None);
        }
        let value = T::parse(&text).and_then(|value| match attribute {
            Some(_) => Some(value),
            None => value.scaled(domain, element),
        });
        value
            .map(Some)
            .ok_or_else(|| XmlError::invalid(&self.place.to_string(), &text))
    }

    /// The same where a domain without it makes no sense.
    pub fn require(&self, domain: &Document) -> Result<T, XmlError> {
        self.get(domain)?
            .ok_or_else(|| XmlError::missing(&self.place.to_string()))
    }

    /// Makes the elements on the way where they are missing, each where libvirt would write it.
    pub fn set(&self, domain: &mut Document, value: &T) -> Result<(), XmlError> {
        if self.get(domain)?.is_some_and(|present| present.text() == value.text()) {
            return Ok(());
        }
        let Place { path, attribute } = self.place;
        let mut element = domain.root();
        for name in path.split('/') {
            element = domain.child_or_insert(element, name, super::domain::before(name))?;
        }
        if let Some(attribute) = attribute {
            return domain.set_attr(element, attribute, &value.text());
        }
        domain.set_text(element, &value.text())?;
        value.mark(domain, element)
    }

    /// Takes the setting out.
    pub fn clear(&self, domain: &mut Document) {
        let Place { path, attribute } = self.place;
        let Some(element) = domain.find(domain.root(), path) else {
            return;
        };
        match attribute {
            Some(attribute) => {
                domain.remove_attr(element, attribute);
            }
            None => domain.remove(element),
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.attribute {
            Some(attribute) => write!(f, "domain/{}/@{attribute}", self.path),
            None => write!(f, "domain/{}", self.path),
        }
    }
}

/// An amount of memory; read in any unit libvirt knows, written in KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MemoryKib(pub u64);

/// `<on_poweroff>` and its siblings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LifecycleAction {
    Destroy,
    Restart,
    Preserve,
    RenameRestart,
    CoredumpDestroy,
    CoredumpRestart,
    Other(String),
}

impl Value for String {
    fn parse(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }

    fn text(&self) -> String {
        self.clone()
    }
}

impl Value for u32 {
    fn parse(text: &str) -> Option<Self> {
        text.trim().parse().ok()
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

impl Value for MemoryKib {
    fn parse(text: &str) -> Option<Self> {
        text.trim().parse().ok().map(Self)
    }

    fn text(&self) -> String {
        self.0.to_string()
    }

    /// Rounded up to whole KiB, as libvirt does.
    fn scaled(self, document: &Document, element: NodeId) -> Option<Self> {
        let unit = document.attr(element, "unit");
        let bytes = bytes_in_unit(unit.as_deref().unwrap_or("KiB"))?.checked_mul(self.0)?;
        Some(Self(bytes.div_ceil(1024)))
    }

    fn mark(&self, document: &mut Document, element: NodeId) -> Result<(), XmlError> {
        match document.attr(element, "unit").as_deref() {
            None | Some("KiB" | "k") => Ok(()),
            Some(_) => document.set_attr(element, "unit", "KiB"),
        }
    }
}

impl Value for LifecycleAction {
    fn parse(text: &str) -> Option<Self> {
        Some(match text.trim() {
            "destroy" => Self::Destroy,
            "restart" => Self::Restart,
            "preserve" => Self::Preserve,
            "rename-restart" => Self::RenameRestart,
            "coredump-destroy" => Self::CoredumpDestroy,
            "coredump-restart" => Self::CoredumpRestart,
            other => Self::Other(other.to_owned()),
        })
    }

    fn text(&self) -> String {
        let word = match self {
            Self::Destroy => "destroy",
            Self::Restart => "restart",
            Self::Preserve => "preserve",
            Self::RenameRestart => "rename-restart",
            Self::CoredumpDestroy => "coredump-destroy",
            Self::CoredumpRestart => "coredump-restart",
            Self::Other(other) => other,
        };
        word.to_owned()
    }
}

/// libvirt's scaled integers: `k` and `KiB` are 1024, `KB` is 1000, in any case of letters.
pub(super) fn bytes_in_unit(unit: &str) -> Option<u64> {
    let lower = unit.to_ascii_lowercase();
    if matches!(lower.as_str(), "" | "b" | "byte" | "bytes") {
        return Some(1);
    }
    let (letter, suffix) = lower.split_at_checked(1)?;
    let base: u64 = match suffix {
        "" | "ib" => 1024,
        "b" => 1000,
        _ => return None,
    };
    let power = ["k", "m", "g", "t", "p", "e"]
        .iter()
        .position(|&known| known == letter)?;
    base.checked_pow(power as u32 + 1)
}
