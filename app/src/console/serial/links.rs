//! Addresses in what a guest says.

/// What a click may open: nothing that acts on this computer.
const SCHEMES: [&str; 4] = ["https://", "http://", "ftp://", "mailto:"];
const MOST: usize = 2_048;

/// May a click open it?
pub(super) fn is_openable(uri: &str) -> bool {
    uri.len() <= MOST && !uri.contains(char::is_control) && SCHEMES.iter().any(|scheme| uri.starts_with(scheme))
}

/// The address that covers the letter at place `at`, if any, with its first place and the one behind its last.
pub(super) fn address_at(letters: &[char], at: usize) -> Option<(usize, usize, String)> {
    let begins_at = |start: usize| {
        let rest = letters.get(start..).unwrap_or_default();
        SCHEMES
            .iter()
            .any(|scheme| scheme.chars().eq(rest.iter().copied().take(scheme.len())))
    };
    let start = (at.saturating_sub(MOST)..=at).rev().find(|start| begins_at(*start))?;
    let rest = letters.get(start..).unwrap_or_default();
    let is_part = |letter: &&char| !letter.is_whitespace() && !letter.is_control() && !"<>\"'`│|{}".contains(**letter);
    let mut length = rest.iter().take(MOST).take_while(is_part).count();
    // What ends a sentence, and the bracket around the whole, are not of the address.
    while let Some(last) = rest.get(..length).and_then(<[char]>::last) {
        let inside = rest.get(..length).unwrap_or_default();
        let count = |letter: char| inside.iter().filter(|other| **other == letter).count();
        let is_outside = match last {
            '.' | ',' | ';' | ':' | '!' | '?' => true,
            ')' => count(')') > count('('),
            ']' => count(']') > count('['),
            _ => false,
        };
        if !is_outside {
            break;
        }
        length -= 1;
    }
    let address: String = rest.iter().take(length).collect();
    let has_more = SCHEMES.iter().all(|scheme| address != *scheme);
    (at < start + length && has_more).then_some((start, start + length, address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, needle: &str) -> Option<String> {
        let letters: Vec<char> = text.chars().collect();
        let byte = text.find(needle).unwrap();
        let place = text[..byte].chars().count();
        address_at(&letters, place).map(|(_, _, address)| address)
    }

    #[test]
    fn an_address_is_found_from_any_of_its_letters_and_without_what_surrounds_it() {
        let text = "see (https://example.org/a_(b)?c=1), or http://虚.test. End";
        assert_eq!(at(text, "https").as_deref(), Some("https://example.org/a_(b)?c=1"));
        assert_eq!(at(text, "c=1").as_deref(), Some("https://example.org/a_(b)?c=1"));
        assert_eq!(at(text, "虚").as_deref(), Some("http://虚.test"));
        assert_eq!(at(text, "see"), None);
        assert_eq!(at(text, "End"), None);
        assert_eq!(at("just https:// alone", "https"), None);
    }

    #[test]
    fn nothing_that_acts_on_this_computer_is_opened() {
        assert!(is_openable("https://example.org"));
        for uri in ["file:///etc/passwd", "javascript:alert(1)", "https://a\nb", "vnc://x"] {
            assert!(!is_openable(uri), "{uri}");
        }
    }
}
