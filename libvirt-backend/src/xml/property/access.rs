//! Reading a setting from an element of its scope, and writing it there.

use super::kind::{Kind, Stored, Value, Word};
use super::size::{Size, bytes_in_unit};
use super::{Property, firmware, order};
use crate::xml::{Document, NodeId, XmlError};

const UNIT: &str = "unit";

impl Property {
    /// `None`: the XML does not say.
    pub fn read(&self, domain: &Document, scope: NodeId) -> Result<Option<Value>, XmlError> {
        let (path, attribute) = self.path();
        if let Kind::Each(known) = self.kind {
            let words: Vec<Word> = domain
                .find_all(scope, path)
                .into_iter()
                .filter_map(|element| domain.attr(element, attribute?))
                .map(|word| Word::new(word.trim_ascii(), known))
                .collect();
            return Ok((!words.is_empty()).then_some(Value::Words(words)));
        }
        let Some(element) = domain.find(scope, path) else {
            return Ok((self.kind == Kind::Present).then_some(Value::Switch(false)));
        };
        if self.is_summary {
            return Ok(firmware::read(domain, element));
        }
        if self.kind == Kind::Present {
            return Ok(Some(Value::Switch(true)));
        }
        let text = match attribute {
            Some(attribute) => match domain.attr(element, attribute) {
                Some(value) => value,
                None => return Ok(None),
            },
            None => domain.text(element),
        };
        if text.trim_ascii().is_empty() {
            return Ok(None);
        }
        let unit = domain.attr(element, UNIT);
        let value = self.kind.read(&text, unit.as_deref());
        value
            .map(Some)
            .ok_or_else(|| XmlError::invalid(&self.described(domain, scope), &text))
    }

    /// Makes the elements on the way where they are missing, each where libvirt would write it. `None` takes the
    /// setting out, with what is empty afterwards. What is there already stays byte for byte.
    pub fn write(&self, domain: &mut Document, scope: NodeId, value: Option<&Value>) -> Result<(), XmlError> {
        // What cannot be read is replaced.
        if self.read(domain, scope).is_ok_and(|present| present.as_ref() == value) {
            return Ok(());
        }
        if self.is_summary {
            return self.write_summary(domain, scope, value);
        }
        match value {
            None | Some(Value::Switch(false)) if value.is_none() || self.kind == Kind::Present => {
                self.clear(domain, scope);
                Ok(())
            }
            None => Ok(()),
            Some(Value::Words(words)) => self.write_each(domain, scope, words),
            Some(value) => self.write_one(domain, scope, value),
        }
    }

    fn write_summary(&self, domain: &mut Document, scope: NodeId, value: Option<&Value>) -> Result<(), XmlError> {
        let os = make(domain, scope, self.path().0)?;
        let word = value.map(ToString::to_string);
        firmware::write(domain, os, word.as_deref())?;
        prune(domain, os, scope);
        Ok(())
    }

    fn write_one(&self, domain: &mut Document, scope: NodeId, value: &Value) -> Result<(), XmlError> {
        let (path, attribute) = self.path();
        let is_new = domain.find(scope, path).is_none();
        let element = make(domain, scope, path)?;
        if self.kind == Kind::Present {
            return Ok(());
        }
        let (text, unit) = self.text_in(domain, element, is_new, value);
        match attribute {
            Some(attribute) => domain.set_attr(element, attribute, &text)?,
            None => domain.set_text(element, &text)?,
        }
        match unit {
            Some(unit) => domain.set_attr(element, UNIT, unit),
            None => Ok(()),
        }
    }

    /// As the XML writes it, and the unit where that has to be set.
    fn text_in(
        &self,
        domain: &Document,
        element: NodeId,
        is_new: bool,
        value: &Value,
    ) -> (String, Option<&'static str>) {
        let text = match (value, self.kind) {
            (Value::Bytes(bytes), Kind::Size(Stored::Plain(unit))) => {
                let one = bytes_in_unit(unit).unwrap_or(1);
                bytes.div_ceil(one).to_string()
            }
            (Value::Bytes(bytes), Kind::Size(Stored::Unit(default))) => {
                let present = domain.attr(element, UNIT);
                let unit = present.as_deref().unwrap_or(default);
                return match bytes_in_unit(unit).filter(|one| bytes.is_multiple_of(*one)) {
                    // libvirt always writes it.
                    Some(one) => ((bytes / one).to_string(), is_new.then_some(default)),
                    None => (bytes.div_ceil(1024).to_string(), Some("KiB")),
                };
            }
            (Value::Switch(is_on), kind) => {
                let [on, off] = kind.switch_words().unwrap_or(["yes", "no"]);
                if *is_on { on } else { off }.to_owned()
            }
            (Value::Text(text), _) => text.clone(),
            (Value::Integer(number), _) => number.to_string(),
            (Value::Word(word), _) => word.as_str().to_owned(),
            (Value::Bytes(bytes), _) => bytes.to_string(),
            (Value::Words(_), _) => String::new(),
        };
        (text, None)
    }

    /// The elements that are there take the words in turn; surplus ones go, missing ones come behind them.
    fn write_each(&self, domain: &mut Document, scope: NodeId, words: &[Word]) -> Result<(), XmlError> {
        let (path, attribute) = self.path();
        let Some(attribute) = attribute else { return Ok(()) };
        let present = domain.find_all(scope, path);
        for surplus in present.iter().skip(words.len()) {
            domain.remove(*surplus);
        }
        let (outer, name) = path.rsplit_once('/').unwrap_or(("", path));
        for (index, word) in words.iter().enumerate() {
            let element = if let Some(element) = present.get(index) {
                *element
            } else {
                let parent = make(domain, scope, outer)?;
                make_one(domain, parent, name)?
            };
            domain.set_attr(element, attribute, word.as_str())?;
        }
        Ok(())
    }

    fn clear(&self, domain: &mut Document, scope: NodeId) {
        let (path, attribute) = self.path();
        if matches!(self.kind, Kind::Each(_)) {
            for element in domain.find_all(scope, path) {
                domain.remove(element);
            }
            return;
        }
        let Some(element) = domain.find(scope, path) else {
            return;
        };
        let has_unit = matches!(self.kind, Kind::Size(Stored::Unit(_)));
        match attribute {
            Some(attribute) => {
                domain.remove_attr(element, attribute);
                if has_unit {
                    domain.remove_attr(element, UNIT);
                }
            }
            None if element == scope => domain.set_text(element, "").unwrap_or_default(),
            None => {
                let parent = domain.parent(element);
                domain.remove(element);
                if let Some(parent) = parent {
                    prune(domain, parent, scope);
                }
                return;
            }
        }
        prune(domain, element, scope);
    }

    /// `domain/memory`, `disk/driver/@cache`.
    fn described(&self, domain: &Document, scope: NodeId) -> String {
        let (path, attribute) = self.path();
        let attribute = attribute.map(|attribute| format!("@{attribute}"));
        let parts = [domain.name(scope), path, attribute.as_deref().unwrap_or_default()];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("/")
    }

    /// Of the machine's own settings: an amount in KiB, rounded up as libvirt does.
    pub fn kib(&self, domain: &Document) -> Result<Option<u64>, XmlError> {
        Ok(match self.read(domain, domain.root())? {
            Some(Value::Bytes(bytes)) => Some(bytes.div_ceil(1024)),
            _ => None,
        })
    }

    /// Of the machine's own settings: a text or a word.
    pub fn text(&self, domain: &Document) -> Result<Option<String>, XmlError> {
        Ok(self.read(domain, domain.root())?.map(|value| value.to_string()))
    }

    /// Of the machine's own settings: a count.
    pub fn count(&self, domain: &Document) -> Result<Option<u32>, XmlError> {
        Ok(match self.read(domain, domain.root())? {
            Some(Value::Integer(number)) => u32::try_from(number).ok(),
            _ => None,
        })
    }
}

/// The element at `path`, made with those around it where it is missing.
pub(super) fn make(domain: &mut Document, scope: NodeId, path: &str) -> Result<NodeId, XmlError> {
    let mut element = scope;
    for name in path.split('/').filter(|name| !name.is_empty()) {
        element = match domain.child(element, name) {
            Some(child) => child,
            None => make_one(domain, element, name)?,
        };
    }
    Ok(element)
}

/// Another child of that name, behind those that there are.
pub(super) fn make_one(domain: &mut Document, parent: NodeId, name: &str) -> Result<NodeId, XmlError> {
    let outer = domain.name(parent).to_owned();
    let element = if order::knows(&outer, name) {
        let mut after = order::before(&outer, name).to_vec();
        after.push(name);
        domain.insert_child(parent, name, &after)?
    } else {
        domain.append_child(parent, name)?
    };
    for (attribute, value) in order::companions(&outer, name) {
        domain.set_attr(element, attribute, value)?;
    }
    Ok(element)
}

/// Takes out what says nothing any more, up to the scope's element. Switches that are elements stay.
pub(super) fn prune(domain: &mut Document, element: NodeId, scope: NodeId) {
    let mut element = element;
    while element != scope && (domain.is_void(element) || is_shell(domain, element)) && !is_switch(domain, element) {
        let Some(parent) = domain.parent(element) else { return };
        domain.remove(element);
        element = parent;
    }
    domain.collapse(element);
}

/// An element of somebody else's namespace that has nothing but the namespace's name.
fn is_shell(domain: &Document, element: NodeId) -> bool {
    let outer = domain.parent(element).map_or("", |outer| domain.name(outer));
    let companions = order::companions(outer, domain.name(element));
    let is_namespace = companions.iter().any(|(name, _)| name.starts_with("xmlns:"));
    is_namespace && domain.elements(element).next().is_none() && domain.text(element).trim_ascii().is_empty()
}

/// Does it say something by being there?
fn is_switch(domain: &Document, element: NodeId) -> bool {
    let name = domain.name(element);
    super::SCOPES
        .iter()
        .flat_map(super::Scope::properties)
        .any(|property| property.kind == Kind::Present && property.place.rsplit('/').next() == Some(name))
}

/// Rounded up to what the XML can say.
pub fn rounded(property: &Property, value: Value) -> Value {
    match (value, property.kind) {
        (Value::Bytes(bytes), Kind::Size(Stored::Plain(unit))) => {
            let one = bytes_in_unit(unit).unwrap_or(1);
            Value::Bytes(Size(bytes.div_ceil(one).saturating_mul(one)).0)
        }
        (value, _) => value,
    }
}
