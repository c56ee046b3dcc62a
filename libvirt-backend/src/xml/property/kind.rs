//! What a setting may hold, as it stands in the XML.

use std::fmt;

use super::size::Size;

/// What may be put there, and how the XML writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text(Form),
    /// From the first to the second.
    Integer(i64, i64),
    Size(Stored),
    /// `yes` or `no`.
    YesNo,
    /// `on` or `off`.
    OnOff,
    /// The element is there or it is not.
    Present,
    /// One of these words; libvirt may know others.
    Choice(&'static [&'static str]),
    /// The attribute of each of several elements, in their order: `hd, cdrom`.
    Each(&'static [&'static str]),
}

/// What a text must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Several lines.
    Lines,
    Line,
    /// A machine's name.
    Name,
    Uuid,
    Mac,
    /// An absolute path.
    Path,
    /// `0-3,^2`.
    CpuSet,
    /// `0x` and digits.
    Hex,
}

/// How an amount of bytes stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// With an attribute `unit`; this one where it has none.
    Unit(&'static str),
    /// A bare number of these.
    Plain(&'static str),
}

/// What a setting holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    Text(String),
    Integer(i64),
    Bytes(u64),
    Switch(bool),
    Word(Word),
    Words(Vec<Word>),
}

/// One of the words that a setting takes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Word {
    Known(&'static str),
    /// Somebody else's, or of a newer libvirt.
    Other(String),
}

impl Word {
    pub fn new(text: &str, known: &[&'static str]) -> Self {
        match known.iter().find(|word| **word == text) {
            Some(word) => Self::Known(word),
            None => Self::Other(text.to_owned()),
        }
    }

    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(word) => word,
            Self::Other(word) => word,
        }
    }
}

impl Kind {
    /// Reads what stands in the XML. `None`: not a value of this kind.
    pub(super) fn read(self, text: &str, unit: Option<&str>) -> Option<Value> {
        let trimmed = text.trim_ascii();
        Some(match self {
            Self::Text(_) => Value::Text(text.to_owned()),
            Self::Integer(..) => Value::Integer(trimmed.parse().ok()?),
            Self::Size(Stored::Unit(default)) => {
                Value::Bytes(Size::of(trimmed.parse().ok()?, unit.unwrap_or(default))?.0)
            }
            Self::Size(Stored::Plain(unit)) => Value::Bytes(Size::of(trimmed.parse().ok()?, unit)?.0),
            Self::YesNo | Self::OnOff => Value::Switch(self.switch(trimmed)?),
            Self::Present => Value::Switch(true),
            Self::Choice(known) => Value::Word(Word::new(trimmed, known)),
            Self::Each(known) => Value::Words(vec![Word::new(trimmed, known)]),
        })
    }

    fn switch(self, text: &str) -> Option<bool> {
        let [on, off] = self.switch_words()?;
        match text {
            _ if text == on => Some(true),
            _ if text == off => Some(false),
            _ => None,
        }
    }

    /// How the XML says that it is on, and that it is off.
    pub(super) const fn switch_words(self) -> Option<[&'static str; 2]> {
        match self {
            Self::YesNo => Some(["yes", "no"]),
            Self::OnOff => Some(["on", "off"]),
            _ => None,
        }
    }
}

/// As a user would type it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => number.fmt(f),
            Self::Bytes(bytes) => Size(*bytes).fmt(f),
            Self::Switch(is_on) => f.write_str(if *is_on { "on" } else { "off" }),
            Self::Word(word) => f.write_str(word.as_str()),
            Self::Words(words) => {
                let words: Vec<&str> = words.iter().map(Word::as_str).collect();
                f.write_str(&words.join(","))
            }
        }
    }
}
