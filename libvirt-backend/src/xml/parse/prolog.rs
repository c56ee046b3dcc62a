//! What stands before the root element: the XML declaration and the DOCTYPE. Both are checked and kept, never obeyed.

use crate::xml::chars::{is_space, name_len};

/// ` version="1.0" encoding="…" standalone="…"`, the last two optional.
pub(super) fn is_declaration(pseudo_attributes: &str) -> bool {
    let mut rest = pseudo_attributes;
    let mut seen = Vec::new();
    while !rest.trim_end_matches([' ', '\t', '\r', '\n']).is_empty() {
        let Some((name, value, after)) = pseudo_attribute(rest) else {
            return false;
        };
        let is_good = match name {
            "version" => value
                .strip_prefix("1.")
                .is_some_and(|minor| minor.bytes().all(|byte| byte.is_ascii_digit())),
            "encoding" => value.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic()),
            "standalone" => matches!(value, "yes" | "no"),
            _ => false,
        };
        if !is_good {
            return false;
        }
        seen.push(name);
        rest = after;
    }
    matches!(
        seen.as_slice(),
        ["version"] | ["version", "encoding" | "standalone"] | ["version", "encoding", "standalone"]
    )
}

fn pseudo_attribute(text: &str) -> Option<(&str, &str, &str)> {
    let trimmed = text.trim_start_matches([' ', '\t', '\r', '\n']);
    if trimmed.len() == text.len() {
        return None;
    }
    let (name, after) = trimmed.split_at(name_len(trimmed));
    let after = after.trim_start_matches([' ', '\t', '\r', '\n']).strip_prefix('=')?;
    let after = after.trim_start_matches([' ', '\t', '\r', '\n']);
    let quote = after.chars().next().filter(|&c| c == '"' || c == '\'')?;
    let (value, after) = after[1..].split_once(quote)?;
    Some((name, value, after))
}

/// The length of the comment or instruction that `text` begins with.
pub(super) fn skipped(text: &str) -> Option<usize> {
    if let Some(comment) = text.strip_prefix("<!--") {
        return Some(comment.find("-->")? + 7);
    }
    text.starts_with("<?").then(|| text.find("?>"))?.map(|end| end + 2)
}

/// Does it name an encoding other than UTF-8?
pub(super) fn is_other_encoding(pseudo_attributes: &str) -> bool {
    let mut rest = pseudo_attributes;
    while let Some((name, value, after)) = pseudo_attribute(rest) {
        if name == "encoding" {
            return !value.eq_ignore_ascii_case("utf-8") && !value.eq_ignore_ascii_case("utf8");
        }
        rest = after;
    }
    false
}

/// The length of the DOCTYPE that `text` begins with.
pub(super) fn doctype_len(text: &str) -> Option<usize> {
    let mut at = "<!DOCTYPE".len();
    if !text.as_bytes().get(at).copied().is_some_and(is_space) {
        return None;
    }
    let mut is_subset = false;
    while let Some(&byte) = text.as_bytes().get(at) {
        let rest = &text[at..];
        at += match byte {
            b'"' | b'\'' => rest[1..].find(char::from(byte))? + 2,
            b'<' if rest.starts_with("<!--") || rest.starts_with("<?") => skipped(rest)?,
            b'[' if !is_subset => {
                is_subset = true;
                1
            }
            b']' if is_subset => {
                is_subset = false;
                1
            }
            b'>' if !is_subset => return Some(at + 1),
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
    }
    None
}
