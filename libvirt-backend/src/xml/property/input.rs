//! What a user typed, checked: by the terminal and by the window's forms alike.

use super::kind::{Form, Kind, Stored, Value, Word};
use super::size::{Size, SizeProblem};
use super::{Property, access, cpu_set};
use crate::error::NameProblem;
use crate::xml::name::check_domain_name;

/// Why a text cannot be put into a setting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{text:?} is not a whole number")]
    NotANumber { text: String },
    #[error("{text} is not between {least} and {most}")]
    OutOfRange { text: String, least: i64, most: i64 },
    #[error("{text:?} is not a size; write a number and a unit, such as 2GiB")]
    NotASize { text: String },
    #[error("{text} of what? Write the unit, such as {text}MiB")]
    NoUnit { text: String },
    #[error("{text} is more than fits")]
    TooLarge { text: String },
    #[error("{text:?} is neither on nor off")]
    NotASwitch { text: String },
    #[error("{text:?} is not one of {}", known.join(", "))]
    UnknownWord {
        text: String,
        known: &'static [&'static str],
    },
    #[error("the name cannot be used: {0:?}")]
    Name(NameProblem),
    #[error("{text:?} is not a UUID, such as 3b241101-e2bb-4255-8caf-4136c566a962")]
    NotAUuid { text: String },
    #[error("{text:?} is not a MAC address of one device, such as 52:54:00:12:34:56")]
    NotAMac { text: String },
    #[error("{text:?} is not an absolute path")]
    NotAPath { text: String },
    #[error("{text:?} is not a list of processors, such as 0-3,6,^2")]
    NotACpuSet { text: String },
    #[error("{text:?} is not a number that begins with 0x")]
    NotHex { text: String },
    #[error("one line only")]
    SeveralLines,
    #[error("the character U+{0:04X} cannot stand in XML")]
    Character(u32),
}

impl Property {
    /// Reads what a user typed.
    pub fn input(&self, text: &str) -> Result<Value, Refusal> {
        let trimmed = text.trim();
        let owned = || trimmed.to_owned();
        let value = match self.kind {
            Kind::Text(form) => Value::Text(checked_text(form, text)?),
            Kind::Integer(least, most) => Value::Integer(whole_number(trimmed, least, most)?),
            Kind::Size(stored) => {
                let is_plain = stored == Stored::Plain("b");
                let size = Size::parse(trimmed, is_plain).map_err(|problem| match problem {
                    SizeProblem::NotANumber | SizeProblem::UnknownUnit => Refusal::NotASize { text: owned() },
                    SizeProblem::NoUnit => Refusal::NoUnit { text: owned() },
                    SizeProblem::TooLarge => Refusal::TooLarge { text: owned() },
                })?;
                // libvirt counts in signed numbers.
                if size.0 > i64::MAX.cast_unsigned() {
                    return Err(Refusal::TooLarge { text: owned() });
                }
                access::rounded(self, Value::Bytes(size.0))
            }
            Kind::YesNo | Kind::OnOff | Kind::Present => match trimmed.to_ascii_lowercase().as_str() {
                "on" | "yes" | "true" => Value::Switch(true),
                "off" | "no" | "false" => Value::Switch(false),
                _ => return Err(Refusal::NotASwitch { text: owned() }),
            },
            Kind::Choice(known) => Value::Word(word(trimmed, known)?),
            Kind::Each(known) => {
                let words = trimmed.split(',').map(|one| word(one.trim(), known));
                Value::Words(words.collect::<Result<_, _>>()?)
            }
        };
        Ok(value)
    }

    /// What may be typed, for lists and pages.
    pub fn hint(&self) -> String {
        match self.kind {
            Kind::Text(Form::Lines) => "text".to_owned(),
            Kind::Text(Form::Line) => "one line of text".to_owned(),
            Kind::Text(Form::Name) => "a machine's name".to_owned(),
            Kind::Text(Form::Uuid) => "a UUID".to_owned(),
            Kind::Text(Form::Mac) => "a MAC address".to_owned(),
            Kind::Text(Form::Path) => "an absolute path".to_owned(),
            Kind::Text(Form::CpuSet) => "processors, such as 0-3,6".to_owned(),
            Kind::Text(Form::Hex) => "a hexadecimal number, such as 0x1af4".to_owned(),
            Kind::Integer(least, i64::MAX) => format!("a whole number from {least}"),
            Kind::Integer(least, most) => format!("a whole number from {least} to {most}"),
            Kind::Size(Stored::Plain("b")) => "a size, such as 10MiB or bytes".to_owned(),
            Kind::Size(_) => "a size, such as 2GiB".to_owned(),
            Kind::YesNo | Kind::OnOff | Kind::Present => "on, off".to_owned(),
            Kind::Choice(known) => known.join(", "),
            Kind::Each(known) => format!("in their order, with commas: {}", known.join(", ")),
        }
    }
}

fn whole_number(text: &str, least: i64, most: i64) -> Result<i64, Refusal> {
    let text = || text.to_owned();
    let digits = text();
    let digits = digits.strip_prefix('-').unwrap_or(&digits);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::NotANumber { text: text() });
    }
    let number = text().parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| Refusal::OutOfRange {
        text: text(),
        least,
        most,
    })
}

fn word(text: &str, known: &'static [&'static str]) -> Result<Word, Refusal> {
    match Word::new(text, known) {
        known @ Word::Known(_) => Ok(known),
        Word::Other(text) => Err(Refusal::UnknownWord { text, known }),
    }
}

fn checked_text(form: Form, text: &str) -> Result<String, Refusal> {
    let is_control = |letter: &char| letter.is_control() && !matches!(letter, '\n' | '\t');
    if let Some(letter) = text.chars().find(is_control) {
        return Err(Refusal::Character(letter as u32));
    }
    if form == Form::Lines {
        return Ok(text.to_owned());
    }
    if form == Form::Name {
        check_domain_name(text).map_err(Refusal::Name)?;
        return Ok(text.to_owned());
    }
    let text = text.trim();
    if text.contains('\n') {
        return Err(Refusal::SeveralLines);
    }
    let owned = || text.to_owned();
    match form {
        Form::Uuid if !is_uuid(text) => Err(Refusal::NotAUuid { text: owned() }),
        Form::Mac if !is_unicast_mac(text) => Err(Refusal::NotAMac { text: owned() }),
        Form::Path if !text.starts_with('/') => Err(Refusal::NotAPath { text: owned() }),
        Form::CpuSet if !is_cpu_set(text) => Err(Refusal::NotACpuSet { text: owned() }),
        Form::Hex if !is_hex(text) => Err(Refusal::NotHex { text: owned() }),
        _ => Ok(owned()),
    }
}

fn is_uuid(text: &str) -> bool {
    uuid::Uuid::try_parse(text).is_ok()
}

fn is_unicast_mac(text: &str) -> bool {
    let bytes: Vec<Option<u8>> = text
        .split(':')
        .map(|byte| {
            let is_hex = byte.len() == 2 && byte.bytes().all(|digit| digit.is_ascii_hexdigit());
            u8::from_str_radix(byte, 16).ok().filter(|_| is_hex)
        })
        .collect();
    bytes.len() == 6 && bytes.iter().all(Option::is_some) && bytes[0].is_some_and(|first| first & 1 == 0)
}

fn is_cpu_set(text: &str) -> bool {
    cpu_set::parse(text).is_some_and(|set| !set.is_empty())
}

fn is_hex(text: &str) -> bool {
    let digits = text.strip_prefix("0x").unwrap_or_default();
    !digits.is_empty() && digits.len() <= 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn property(kind: Kind) -> Property {
        Property::new("it", "it", kind)
    }

    #[test]
    fn a_number_is_whole_and_within_its_range() {
        let count = property(Kind::Integer(1, 512));
        assert_eq!(count.input(" 4 "), Ok(Value::Integer(4)));
        for text in ["", "1e30", "1.5", "four", "+4", "0x4", "-", "4 GiB"] {
            assert!(matches!(count.input(text), Err(Refusal::NotANumber { .. })), "{text}");
        }
        for text in ["0", "-1", "513", "99999999999999999999999"] {
            assert!(matches!(count.input(text), Err(Refusal::OutOfRange { .. })), "{text}");
        }
    }

    #[test]
    fn a_size_has_a_unit_unless_it_counts_bytes() {
        let memory = property(Kind::Size(Stored::Unit("KiB")));
        assert_eq!(memory.input("1GiB"), Ok(Value::Bytes(1 << 30)));
        assert!(matches!(memory.input("1024"), Err(Refusal::NoUnit { .. })));
        assert!(matches!(memory.input("1e30"), Err(Refusal::NotASize { .. })));
        assert!(matches!(memory.input("-1GiB"), Err(Refusal::NotASize { .. })));
        assert!(matches!(memory.input("9EiB"), Err(Refusal::TooLarge { .. })));
        let speed = property(Kind::Size(Stored::Plain("b")));
        assert_eq!(speed.input("1024"), Ok(Value::Bytes(1024)));
        let rounded = property(Kind::Size(Stored::Plain("KiB")));
        assert_eq!(rounded.input("1025b"), Ok(Value::Bytes(2048)), "what the XML can say");
    }

    #[test]
    fn texts_have_their_forms() {
        let check = |form, text: &str| property(Kind::Text(form)).input(text).is_ok();
        assert!(check(Form::Mac, "52:54:00:ab:CD:0f"));
        for mac in [
            "53:54:00:ab:cd:0f",
            "52:54:00:ab:cd",
            "52-54-00-ab-cd-0f",
            "52:54:00:ab:cd:+f",
            "",
        ] {
            assert!(!check(Form::Mac, mac), "{mac}");
        }
        assert!(check(Form::CpuSet, "0-3, 7,^2"));
        for set in ["", "^2", "3-1", "a", "1,", "0-99999", "-1", "1--2"] {
            assert!(!check(Form::CpuSet, set), "{set}");
        }
        assert!(check(Form::Path, "/a b") && !check(Form::Path, "a"));
        assert!(check(Form::Hex, "0x1af4") && !check(Form::Hex, "1af4") && !check(Form::Hex, "0x"));
        assert!(check(Form::Lines, "a\nb") && !check(Form::Line, "a\nb") && !check(Form::Lines, "a\u{1}"));
        assert!(check(Form::Uuid, "3b241101-e2bb-4255-8caf-4136c566a962") && !check(Form::Uuid, "3b24"));
        assert!(check(Form::Name, "my machine") && !check(Form::Name, "a/b") && !check(Form::Name, ""));
    }

    #[test]
    fn an_unknown_word_is_answered_with_those_that_are_known() {
        let cache = property(Kind::Choice(&["none", "writeback"]));
        let refusal = cache.input("fast").expect_err("no such word").to_string();
        assert_eq!(refusal, "\"fast\" is not one of none, writeback");
        let boot = property(Kind::Each(&["hd", "cdrom"]));
        assert_eq!(
            boot.input("cdrom, hd"),
            Ok(Value::Words(vec![Word::Known("cdrom"), Word::Known("hd")]))
        );
        assert!(boot.input("cdrom,,hd").is_err());
    }
}
