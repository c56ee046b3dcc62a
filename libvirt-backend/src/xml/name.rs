//! May a machine have this name? One answer for the window's live check, the terminal and the backend.

use super::chars::is_xml_char;
use crate::error::NameProblem;

/// A file name has 255 bytes at most, and libvirt, its logs and Berth's disks add theirs to the name.
pub const MAX_NAME_BYTES: usize = 200;

/// Quotes, `<`, `&` and every alphabet are fine.
pub fn check_domain_name(name: &str) -> Result<(), NameProblem> {
    if name.is_empty() {
        return Err(NameProblem::Empty);
    }
    if name.chars().any(char::is_control) {
        return Err(NameProblem::ControlCharacter);
    }
    if !name.chars().all(is_xml_char) {
        return Err(NameProblem::NotInXml);
    }
    if name.contains('/') || name == "." || name == ".." {
        return Err(NameProblem::PathLike);
    }
    if name.trim().len() != name.len() {
        return Err(NameProblem::OuterSpace);
    }
    if name.len() > MAX_NAME_BYTES {
        return Err(NameProblem::TooLong {
            max_bytes: MAX_NAME_BYTES,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_says_what_is_wrong() {
        use NameProblem::{ControlCharacter, Empty, NotInXml, OuterSpace, PathLike, TooLong};
        let long = "é".repeat(101);
        let cases = [
            ("", Empty),
            ("a\0b", ControlCharacter),
            ("a\nb", ControlCharacter),
            ("\u{7F}", ControlCharacter),
            ("a\u{85}b", ControlCharacter),
            ("../evil", PathLike),
            ("a/b", PathLike),
            (".", PathLike),
            ("..", PathLike),
            (" a", OuterSpace),
            ("a\u{A0}", OuterSpace),
            ("   ", OuterSpace),
            ("a\u{FFFE}", NotInXml),
            (&long, TooLong { max_bytes: 200 }),
        ];
        for (name, problem) in cases {
            assert_eq!(check_domain_name(name), Err(problem), "{name:?}");
        }
    }

    #[test]
    fn quotes_markup_and_every_alphabet_are_fine() {
        for name in [
            "a",
            "it's",
            "<b>&amp;<b>",
            "\"q\"",
            "名前 1",
            "…",
            ".hidden",
            "a..b",
            &"x".repeat(200),
        ] {
            assert_eq!(check_domain_name(name), Ok(()), "{name:?}");
        }
    }
}
