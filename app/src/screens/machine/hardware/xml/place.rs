//! Where in the text something is wrong that somebody else found: libvirt names a line, a value or an element in its
//! words, if anything.

use std::ops::Range;

use libvirt_backend::property::Scope;
use libvirt_backend::xml::Document;
use libvirt_backend::xml::diff::{DiffKind, diff};

/// The line that `words` are about, counted from 1. `base` is the text before it was changed: what a refusal is about
/// stands in most cases in a line that was changed.
pub(super) fn line_of(words: &str, text: &str, base: &str) -> Option<usize> {
    let lines: Vec<&str> = text.lines().collect();
    if let Some(line) = told_line(words).filter(|line| (1..=lines.len()).contains(line)) {
        return Some(line);
    }
    let changed: Vec<usize> = diff(base, text, 0)
        .iter()
        .filter(|line| line.kind == DiffKind::Added)
        .map(|line| line.new_line as usize)
        .collect();
    let quoted = quoted(words);
    let named = named(words);
    let has = |line: usize, is_in: &dyn Fn(&str) -> bool| lines.get(line - 1).is_some_and(|line| is_in(line));
    for word in &quoted {
        let is_in = |line: &str| is_word_in(line, word);
        if let Some(&line) = changed.iter().find(|&&line| has(line, &is_in)) {
            return Some(line);
        }
    }
    for name in &named {
        let is_in = |line: &str| is_name_in(line, name);
        if let Some(&line) = changed.iter().find(|&&line| has(line, &is_in)) {
            return Some(line);
        }
    }
    // Nothing of it was changed: it can be told where it stands once.
    let only = |is_in: &dyn Fn(&str) -> bool| {
        let mut found = lines.iter().enumerate().filter(|(_, line)| is_in(line));
        let first = found.next()?;
        found.next().is_none().then_some(first.0 + 1)
    };
    let word = quoted.iter().find_map(|word| only(&|line| is_word_in(line, word)));
    word.or_else(|| named.iter().find_map(|name| only(&|line| is_name_in(line, name))))
}

/// The bytes of a device. `None`: the text is none at the moment, or has no such device.
pub(super) fn device(scope: &Scope, key: &str, text: &str) -> Option<Range<usize>> {
    let domain = Document::parse_as(text, "domain").ok()?;
    let keyed = scope.keyed(&domain);
    let index = keyed.iter().position(|(known, _)| known == key)?;
    let xml = domain.element_xml(keyed[index].1);
    // Others of its kind may say the same.
    let twins = keyed[..index].iter();
    let twins = twins.filter(|(_, element)| domain.element_xml(*element) == xml).count();
    let (start, _) = text.match_indices(&xml).nth(twins)?;
    Some(start..start + xml.len())
}

/// `(domain_definition):12: …`, "at line 12".
fn told_line(words: &str) -> Option<usize> {
    let number = |text: &str| -> Option<(usize, usize)> {
        let length = text.bytes().take_while(u8::is_ascii_digit).count();
        Some((text.get(..length)?.parse().ok()?, length))
    };
    if let Some((_, rest)) = words.split_once("):")
        && let Some((line, length)) = number(rest)
        && rest[length..].starts_with(':')
    {
        return Some(line);
    }
    let (_, rest) = words.split_once("line ")?;
    number(rest).map(|(line, _)| line)
}

/// What stands in quotes, longer ones first: they are less often somewhere else.
fn quoted(words: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for quote in ['\'', '"'] {
        found.extend(words.split(quote).skip(1).step_by(2));
    }
    found.retain(|word| !word.trim().is_empty() && !word.contains('\n'));
    found.sort_by_key(|word| std::cmp::Reverse(word.len()));
    found
}

/// Elements and attributes that are called so, the innermost first as libxml2 tells them.
fn named(words: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut parts = words.split_whitespace().peekable();
    while let Some(part) = parts.next() {
        if matches!(part.to_ascii_lowercase().as_str(), "element" | "attribute")
            && let Some(name) = parts.peek()
        {
            found.push(name.trim_matches(|letter: char| !letter.is_alphanumeric()));
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

/// As a value, a text or a part of one; not as a part of a longer word.
fn is_word_in(line: &str, word: &str) -> bool {
    let is_letter = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(is_letter) && !after.is_some_and(is_letter)
    })
}

/// As the name of a tag or an attribute.
fn is_name_in(line: &str, name: &str) -> bool {
    let is_end = |text: &str| !text.starts_with(|letter: char| letter.is_alphanumeric() || "_-.:".contains(letter));
    line.match_indices(name).any(|(at, _)| {
        let after = &line[at + name.len()..];
        let is_tag = line[..at].ends_with(['<', '/', ':']) && is_end(after);
        let is_attribute = line[..at].ends_with(char::is_whitespace) && after.trim_start().starts_with('=');
        is_tag || is_attribute
    })
}

#[cfg(test)]
mod tests {
    use libvirt_backend::property::SCOPES;

    use super::*;

    #[test]
    fn a_device_is_found_also_where_another_says_the_same() {
        let text = "<domain>\n<devices><rng model='virtio'/> <rng model='virtio'/>\n<disk><target dev='vda'/></disk>\
                    </devices></domain>";
        let scope = |word: &str| SCOPES.iter().find(|scope| scope.word == word).unwrap();
        let second = device(scope("rng"), "2", text).unwrap();
        assert_eq!(&text[second.clone()], "<rng model='virtio'/>");
        assert!(text[..second.start].contains("<rng"));
        let disk = device(scope("disk"), "vda", text).unwrap();
        assert_eq!(&text[disk], "<disk><target dev='vda'/></disk>");
        assert_eq!(device(scope("disk"), "vdb", text), None);
        assert_eq!(device(scope("disk"), "vda", "<domain>"), None);
    }

    const BASE: &str = "<domain>\n  <name>a</name>\n  <disk>\n    <target dev='vda' bus='virtio'/>\n  </disk>\n  \
                        <disk>\n    <target dev='vdb' bus='virtio'/>\n  </disk>\n</domain>\n";

    fn line(words: &str, text: &str) -> Option<usize> {
        line_of(words, text, BASE)
    }

    #[test]
    fn a_line_that_libvirt_names_is_that_line() {
        assert_eq!(
            line("(domain_definition):4: Opening and ending tag mismatch", BASE),
            Some(4)
        );
        assert_eq!(line("XML error: at line 6 something", BASE), Some(6));
        assert_eq!(line("(domain_definition):400: past the end", BASE), None);
    }

    #[test]
    fn a_value_is_looked_for_in_what_was_changed_first() {
        let text = BASE.replace("dev='vdb' bus='virtio'", "dev='vdb' bus='foo'");
        let words = "unsupported configuration: Invalid value for attribute 'bus' in element 'target': 'foo'.";
        assert_eq!(line(words, &text), Some(7));
        let twice = BASE.replace("vdb", "vda");
        assert_eq!(line("XML error: target 'vda' duplicated", &twice), Some(7));
        assert_eq!(line("XML error: no such 'virtio'", BASE), None);
        assert_eq!(line("XML error: nothing like 'vdb' here", BASE), Some(7));
    }

    #[test]
    fn an_element_that_the_schema_names_is_found() {
        let text = BASE.replace("<name>a</name>", "<name>a</name>\n  <nonsense/>");
        let words = "XML document failed to validate against schema: Unable to validate doc against \
                     /usr/share/libvirt/schemas/domain.rng\nExtra element nonsense in interleave\nElement domain \
                     failed to validate content";
        assert_eq!(line(words, &text), Some(3));
        assert_eq!(line("some words about nothing", &text), None);
    }
}
