//! Values as they stand in a document, and back.

use std::borrow::Cow;

use super::chars::is_xml_char;
use super::{XmlError, XmlErrorKind};

/// Fails where the text holds a character that XML has no way to write.
pub(super) fn check_chars(text: &str) -> Result<(), XmlError> {
    match text.chars().find(|&c| !is_xml_char(c)) {
        Some(c) => Err(XmlError::without_place(XmlErrorKind::InvalidCharacter(c.into()))),
        None => Ok(()),
    }
}

/// For the content of an element. A carriage return would be read back as a newline unless it is written as a number.
pub(super) fn escape_text(text: &str) -> Cow<'_, str> {
    escape(text, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\r' => Some("&#13;"),
        _ => None,
    })
}

/// For an attribute in that kind of quotes. White space other than blanks would be read back as a blank.
pub(super) fn escape_attr(text: &str, quote: char) -> Cow<'_, str> {
    escape(text, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\t' => Some("&#9;"),
        '\n' => Some("&#10;"),
        '\r' => Some("&#13;"),
        '"' if quote == '"' => Some("&quot;"),
        '\'' if quote == '\'' => Some("&apos;"),
        _ => None,
    })
}

fn escape(text: &str, replacement: impl Fn(char) -> Option<&'static str>) -> Cow<'_, str> {
    if !text.chars().any(|c| replacement(c).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match replacement(c) {
            Some(entity) => escaped.push_str(entity),
            None => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

/// The text of an element as a program sees it: newlines normalised, references resolved.
pub(super) fn unescape_text(raw: &str) -> Cow<'_, str> {
    unescape(raw, false)
}

/// The value of an attribute as a program sees it: white space normalised, references resolved.
pub(super) fn unescape_attr(raw: &str) -> Cow<'_, str> {
    unescape(raw, true)
}

/// A CDATA section knows no references; only its newlines are normalised.
pub(super) fn normalize_newlines(raw: &str) -> Cow<'_, str> {
    if raw.contains('\r') {
        Cow::Owned(raw.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(raw)
    }
}

fn unescape(raw: &str, is_attribute: bool) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte != b'&' && byte != b'\r' && !(is_attribute && matches!(byte, b'\n' | b'\t'));
    if raw.bytes().all(is_plain) {
        return Cow::Borrowed(raw);
    }
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '&' => push_reference(&mut value, rest),
            '\r' | '\n' => {
                value.push(if is_attribute { ' ' } else { '\n' });
                if rest.starts_with("\r\n") { 2 } else { 1 }
            }
            '\t' if is_attribute => {
                value.push(' ');
                1
            }
            _ => {
                value.push(c);
                c.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    Cow::Owned(value)
}

/// Resolves the reference that `rest` begins with and returns its length. One that a DOCTYPE declares is never
/// expanded: it stays as it is written.
fn push_reference(value: &mut String, rest: &str) -> usize {
    let Some(end) = rest.find(';') else {
        value.push('&');
        return 1;
    };
    match resolve(&rest[1..end]) {
        Some(c) => value.push(c),
        None => value.push_str(&rest[..=end]),
    }
    end + 1
}

/// The character behind `amp`, `#10` or `#xA`.
pub(super) fn resolve(reference: &str) -> Option<char> {
    match reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = reference.strip_prefix('#')?;
            let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |hex| (hex, 16));
            if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return None;
            }
            let code = u32::from_str_radix(digits, radix).ok()?;
            char::from_u32(code).filter(|&c| is_xml_char(c))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_the_way_through_a_document() {
        for value in ["", "a", "<&>\"'", "a\nb\tc\rd", " outer ", "&amp;", "]]>", "名前 é"] {
            assert_eq!(unescape_text(&escape_text(value)), value);
            for quote in ['"', '\''] {
                assert_eq!(unescape_attr(&escape_attr(value, quote)), value);
            }
        }
    }

    #[test]
    fn white_space_is_normalised_as_xml_demands() {
        assert_eq!(unescape_text("a\r\nb\rc\td"), "a\nb\nc\td");
        assert_eq!(unescape_attr("a\r\nb\rc\td\ne"), "a b c d e");
    }

    #[test]
    fn declared_entities_are_never_expanded() {
        assert_eq!(unescape_text("1&lol;2&#65;&#x42;"), "1&lol;2AB");
        assert_eq!(resolve("#0"), None);
        assert_eq!(resolve("#xFFFE"), None);
        assert_eq!(resolve("#x110000"), None);
        assert_eq!(resolve("#+65"), None);
    }
}
