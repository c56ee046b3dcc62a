//! Tags: a start tag with its attributes opens an element, an end tag closes it.

use std::collections::HashSet;

use super::{Failure, Parsed, Parser};
use crate::xml::XmlErrorKind;
use crate::xml::chars::{is_qualified_name, name_len};
use crate::xml::document::{Attribute, Kind, MAX_DEPTH, Node, Span, TOP, Tag};

/// From this many attributes on, doubles are looked for in a set.
const MANY_ATTRIBUTES: usize = 12;

impl Parser<'_> {
    pub(super) fn start_tag(&mut self) -> Parsed<()> {
        if self.open == TOP && self.has_root {
            return Err(self.syntax("a second root element"));
        }
        if self.depth == MAX_DEPTH {
            return Err(self.failure(XmlErrorKind::TooDeep { max: MAX_DEPTH }));
        }
        self.at += 1;
        let mut tag = Tag {
            name: self.name("a tag's name")?,
            ..Tag::default()
        };
        loop {
            let space = self.space();
            let rest = self.rest();
            if rest.starts_with('>') || rest.starts_with("/>") {
                tag.tail = space;
                break;
            }
            if rest.is_empty() {
                return Err(self.failure(XmlErrorKind::UnexpectedEnd("a tag")));
            }
            if space.is_empty() {
                return Err(self.syntax("no white space before an attribute, or a character that no name may have"));
            }
            let attribute = self.attribute(space)?;
            tag.attributes.push(attribute);
        }
        self.check_doubles(&tag.attributes)?;
        self.num_attributes += tag.attributes.len();
        tag.is_self_closing = self.rest().starts_with('/');
        self.at += if tag.is_self_closing { 2 } else { 1 };
        let is_self_closing = tag.is_self_closing;
        let node = self.push(Kind::Element(Box::new(tag)))?;
        self.has_root = true;
        if !is_self_closing {
            self.open = node;
            self.depth += 1;
        }
        Ok(())
    }

    fn attribute(&mut self, lead: Span) -> Parsed<Attribute> {
        let name = self.name("an attribute's name")?;
        let equals_start = self.at;
        self.space();
        if !self.rest().starts_with('=') {
            return Err(self.syntax("an attribute without a value"));
        }
        self.at += 1;
        self.space();
        let equals = self.span_from(equals_start);
        let quote = match self.rest().chars().next() {
            Some(quote @ ('"' | '\'')) => quote,
            Some(_) => return Err(self.syntax("an attribute's value without quotes")),
            None => return Err(self.failure(XmlErrorKind::UnexpectedEnd("an attribute"))),
        };
        self.at += 1;
        let Some(length) = self.rest().find(quote) else {
            return Err(self.failure(XmlErrorKind::UnexpectedEnd("an attribute")));
        };
        let raw = &self.rest()[..length];
        if let Some(index) = raw.find('<') {
            self.at += index;
            return Err(self.syntax("`<` in an attribute's value"));
        }
        self.check_references(self.at, raw)?;
        let value = self.take(length);
        self.at += 1;
        Ok(Attribute {
            lead,
            name,
            equals,
            quote,
            value,
        })
    }

    fn check_doubles(&self, attributes: &[Attribute]) -> Parsed<()> {
        let name = |attribute: &Attribute| &self.text[attribute.name.start as usize..attribute.name.end as usize];
        let double = if attributes.len() < MANY_ATTRIBUTES {
            let is_double = |&(index, attribute): &(usize, &Attribute)| {
                attributes[..index]
                    .iter()
                    .any(|earlier| name(earlier) == name(attribute))
            };
            attributes
                .iter()
                .enumerate()
                .find(is_double)
                .map(|(_, attribute)| attribute)
        } else {
            let mut seen = HashSet::new();
            attributes.iter().find(|attribute| !seen.insert(name(attribute)))
        };
        match double {
            Some(attribute) => Err(Failure {
                at: attribute.name.start as usize,
                kind: XmlErrorKind::DuplicateAttribute(name(attribute).to_owned()),
            }),
            None => Ok(()),
        }
    }

    pub(super) fn end_tag(&mut self) -> Parsed<()> {
        let start = self.at;
        if self.open == TOP {
            return Err(self.syntax("an end tag that closes nothing"));
        }
        self.at += 2;
        let name = self.name("an end tag's name")?;
        self.space();
        if !self.rest().starts_with('>') {
            return Err(self.syntax("an end tag with more than a name"));
        }
        self.at += 1;
        let close = self.span_from(start);
        let text = self.text;
        let Node {
            kind: Kind::Element(tag),
            parent,
            ..
        } = &mut self.nodes[self.open.0 as usize]
        else {
            return Ok(());
        };
        let of = |span: Span| &text[span.start as usize..span.end as usize];
        if of(tag.name) != of(name) {
            return Err(Failure {
                at: start,
                kind: XmlErrorKind::MismatchedTag {
                    open: of(tag.name).to_owned(),
                    close: of(name).to_owned(),
                },
            });
        }
        tag.close = close;
        self.open = parent.unwrap_or(TOP);
        self.depth -= 1;
        Ok(())
    }

    fn name(&mut self, what: &'static str) -> Parsed<Span> {
        let rest = self.rest();
        if rest.is_empty() {
            return Err(self.failure(XmlErrorKind::UnexpectedEnd(what)));
        }
        let length = name_len(rest);
        let name = &rest[..length];
        if !is_qualified_name(name) {
            let end = rest.find(|c: char| c.is_whitespace() || "<>=/".contains(c));
            let found: String = rest[..end.unwrap_or(rest.len())].chars().take(40).collect();
            return Err(self.failure(XmlErrorKind::InvalidName(found)));
        }
        Ok(self.take(length))
    }
}
