//! XML's character classes (XML 1.0, fifth edition, productions 2 to 5).

/// May the character stand in a document at all?
pub(super) const fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{FFFD}' | '\u{10000}'..)
}

pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

const fn is_name_start(c: char) -> bool {
    matches!(c,
        ':' | '_' | 'A'..='Z' | 'a'..='z'
        | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}' | '\u{370}'..='\u{37D}'
        | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}'
        | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

const fn is_name_char(c: char) -> bool {
    is_name_start(c) || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// The length in bytes of the name that `text` begins with; 0 where it begins with none.
pub(super) fn name_len(text: &str) -> usize {
    let mut chars = text.char_indices();
    match chars.next() {
        Some((_, first)) if is_name_start(first) => chars
            .find(|&(_, c)| !is_name_char(c))
            .map_or(text.len(), |(index, _)| index),
        _ => 0,
    }
}

/// May an element or attribute be called this? At most one colon, and not at an end: the part before it is a prefix.
pub(super) fn is_qualified_name(name: &str) -> bool {
    let is_whole = |part: &str| !part.contains(':') && !part.is_empty() && name_len(part) == part.len();
    match name.split_once(':') {
        Some((prefix, local)) => is_whole(prefix) && is_whole(local),
        None => is_whole(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_standard() {
        for name in ["a", "qemu:commandline", "_x-1.2", "émile", "名前"] {
            assert!(is_qualified_name(name), "{name}");
        }
        for name in ["", "1a", "-a", "a b", "a:b:c", ":a", "a:", "a<", "a\u{0}", "a=", "×"] {
            assert!(!is_qualified_name(name), "{name:?}");
        }
    }

    #[test]
    fn control_characters_and_non_characters_are_refused() {
        assert!("\t\n\r é\u{10FFFF}".chars().all(is_xml_char));
        assert!(!"\0\u{1}\u{B}\u{1F}\u{FFFE}\u{FFFF}".chars().any(is_xml_char));
    }
}
