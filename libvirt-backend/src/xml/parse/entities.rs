//! Entities that a DOCTYPE declares: never expanded, only measured, so that whoever does expand them is not buried.

use std::collections::HashMap;

use super::prolog::skipped;
use crate::xml::chars::name_len;
use crate::xml::document::MAX_BYTES;

/// What the entities of one document unfold to.
#[derive(Default)]
pub(super) struct Entities<'a> {
    /// Name to replacement text; `None`: it is in another file.
    declared: HashMap<&'a str, Option<&'a str>>,
    measured: HashMap<&'a str, u64>,
    /// Declarations may be elsewhere: names that are not here can be right.
    is_open: bool,
    /// All references so far.
    total: u64,
}

/// Why a reference is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Problem {
    Undeclared,
    ContainsItself,
    TooLarge,
}

/// An entity whose text is being looked through.
struct Visit<'a> {
    name: &'a str,
    rest: &'a str,
    size: u64,
}

impl<'a> Entities<'a> {
    /// Reads the declarations of `<!DOCTYPE …>`. The first of a name counts.
    pub(super) fn of(doctype: &'a str) -> Self {
        let (head, subset) = doctype.split_once('[').unwrap_or((doctype, ""));
        let mut entities = Self {
            is_open: head.contains("SYSTEM") || head.contains("PUBLIC"),
            ..Self::default()
        };
        let mut rest = subset;
        while let Some(start) = rest.find(['<', '%']) {
            rest = &rest[start..];
            if let Some(length) = skipped(rest) {
                rest = rest.get(length..).unwrap_or_default();
                continue;
            }
            if let Some(declaration) = rest.strip_prefix("<!ENTITY") {
                rest = entities.declare(declaration);
            } else {
                entities.is_open |= rest.starts_with('%');
                rest = &rest[1..];
            }
        }
        entities
    }

    fn declare(&mut self, declaration: &'a str) -> &'a str {
        let trimmed = declaration.trim_start_matches(|letter: char| letter.is_ascii_whitespace());
        let (name, rest) = trimmed.split_at(name_len(trimmed));
        let rest = rest.trim_start_matches(|letter: char| letter.is_ascii_whitespace());
        let quote = rest.chars().next().filter(|letter| matches!(letter, '"' | '\''));
        if let Some((value, after)) = quote.and_then(|quote| rest[1..].split_once(quote)) {
            if !name.is_empty() {
                self.declared.entry(name).or_insert(Some(value));
            }
            return after;
        }
        if !name.is_empty() {
            self.declared.entry(name).or_insert(None);
        }
        rest
    }

    /// One more reference to it in the document.
    pub(super) fn refer(&mut self, name: &str) -> Result<(), Problem> {
        let Some((name, _)) = self.declared.get_key_value(name) else {
            return if self.is_open { Ok(()) } else { Err(Problem::Undeclared) };
        };
        self.total = self.total.saturating_add(self.measure(name)?);
        if self.total > MAX_BYTES as u64 {
            return Err(Problem::TooLarge);
        }
        Ok(())
    }

    /// The bytes that it unfolds to, inner entities too.
    fn measure(&mut self, name: &'a str) -> Result<u64, Problem> {
        let mut open = vec![self.visit(name)];
        let mut last = 0;
        while let Some(mut visit) = open.pop() {
            if let Some(size) = self.measured.get(visit.name) {
                last = *size;
                continue;
            }
            match next_reference(visit.rest) {
                Some((inner, _)) if self.declared.contains_key(inner) && !self.measured.contains_key(inner) => {
                    if inner == visit.name || open.iter().any(|outer| outer.name == inner) {
                        return Err(Problem::ContainsItself);
                    }
                    // Looked at again when the inner one is known.
                    let inner = self.visit(inner);
                    open.push(visit);
                    open.push(inner);
                }
                Some((inner, after)) => {
                    let size = self.measured.get(inner).copied().unwrap_or(1);
                    visit.size = visit.size.saturating_add(size);
                    visit.rest = after;
                    open.push(visit);
                }
                None => {
                    last = visit.size;
                    self.measured.insert(visit.name, visit.size);
                }
            }
        }
        Ok(last)
    }

    fn visit(&self, name: &'a str) -> Visit<'a> {
        let text = self.declared.get(name).copied().flatten().unwrap_or_default();
        Visit {
            name,
            rest: text,
            size: text.len() as u64,
        }
    }
}

/// The next `&name;` and what follows it.
fn next_reference(text: &str) -> Option<(&str, &str)> {
    let mut rest = text;
    loop {
        rest = &rest[rest.find('&')? + 1..];
        let (name, after) = rest.split_at(name_len(rest));
        if let Some(after) = after.strip_prefix(';').filter(|_| !name.is_empty()) {
            return Some((name, after));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn entities(doctype: &str) -> Entities<'_> {
        Entities::of(doctype)
    }

    #[test]
    fn ten_thousand_laughs_are_counted_without_laughing() {
        let mut subset = "<!DOCTYPE d [<!ENTITY l0 'lol'>".to_owned();
        for level in 1..=60 {
            let inner = format!("&l{};", level - 1).repeat(10);
            write!(subset, "<!ENTITY l{level} \"{inner}\">").unwrap();
        }
        subset.push_str("]>");
        let mut entities = entities(&subset);
        assert_eq!(entities.refer("l2"), Ok(()));
        assert_eq!(entities.refer("l60"), Err(Problem::TooLarge));
    }

    #[test]
    fn many_references_to_a_long_one_are_too_many() {
        let subset = format!("<!DOCTYPE d [<!ENTITY a '{}'>]>", "x".repeat(1 << 20));
        let mut entities = entities(&subset);
        let results: Vec<_> = (0..20).map(|_| entities.refer("a")).collect();
        assert!(results[0].is_ok());
        assert_eq!(results[19], Err(Problem::TooLarge));
    }

    #[test]
    fn an_entity_inside_itself_is_told() {
        let mut entities = entities("<!DOCTYPE d [<!ENTITY a '&b;'><!ENTITY b 'x&a;'>]>");
        assert_eq!(entities.refer("a"), Err(Problem::ContainsItself));
    }

    #[test]
    fn comments_declare_nothing_and_other_files_may() {
        let mut closed = entities("<!DOCTYPE d [<!-- <!ENTITY a 'x'> --><!ENTITY b SYSTEM 'file'>]>");
        assert_eq!(closed.refer("a"), Err(Problem::Undeclared));
        assert_eq!(closed.refer("b"), Ok(()));
        assert_eq!(entities("<!DOCTYPE d SYSTEM 'x.dtd'>").refer("a"), Ok(()));
        assert_eq!(entities("<!DOCTYPE d [%more;]>").refer("a"), Ok(()));
    }
}
