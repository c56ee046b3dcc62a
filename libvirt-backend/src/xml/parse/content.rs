//! Everything that is no tag: text, comments, CDATA, instructions, the XML declaration and the DOCTYPE.

use super::entities::{Entities, Problem};
use super::prolog::{doctype_len, is_declaration, is_other_encoding};
use super::{Failure, Parsed, Parser};
use crate::xml::XmlErrorKind;
use crate::xml::chars::{is_space, name_len};
use crate::xml::document::{Kind, TOP};
use crate::xml::escape::resolve;

impl Parser<'_> {
    pub(super) fn character_data(&mut self) -> Parsed<()> {
        let length = self.rest().find('<').unwrap_or_else(|| self.rest().len());
        let data = &self.rest()[..length];
        if self.open == TOP && !data.bytes().all(is_space) {
            self.at += data.bytes().take_while(|&byte| is_space(byte)).count();
            return Err(self.syntax("text outside the root element"));
        }
        if let Some(index) = data.find("]]>") {
            self.at += index;
            return Err(self.syntax("`]]>` in text"));
        }
        self.check_references(self.at, data)?;
        let span = self.take(length);
        self.push(Kind::Text(span)).map(drop)
    }

    pub(super) fn check_references(&mut self, start: usize, data: &str) -> Parsed<()> {
        let mut from = 0;
        while let Some(index) = data[from..].find('&') {
            let at = start + from + index;
            let reference = &data[from + index + 1..];
            let name_length = match reference.strip_prefix('#') {
                Some(digits) => 1 + digits.bytes().take_while(u8::is_ascii_alphanumeric).count(),
                None => name_len(reference),
            };
            let name = &reference[..name_length];
            if name.is_empty() || !reference[name_length..].starts_with(';') {
                let kind = XmlErrorKind::Syntax("`&` that begins no reference");
                return Err(Failure { at, kind });
            }
            if resolve(name).is_none() {
                self.check_entity(at, name)?;
            }
            from += index + 1 + name_length;
        }
        Ok(())
    }

    fn check_entity(&mut self, at: usize, name: &str) -> Parsed<()> {
        let is_character = name.starts_with('#');
        let problem = match self.entities.refer(name) {
            Ok(()) if !is_character => return Ok(()),
            Ok(()) | Err(Problem::Undeclared) => XmlErrorKind::UnknownEntity(name.to_owned()),
            Err(Problem::ContainsItself) => XmlErrorKind::Syntax("an entity that contains itself"),
            Err(Problem::TooLarge) => XmlErrorKind::Syntax("entities that unfold to more than 16 MiB"),
        };
        Err(Failure { at, kind: problem })
    }

    pub(super) fn comment(&mut self) -> Parsed<()> {
        let inner = &self.rest()[4..];
        match inner.find("--") {
            Some(index) if inner[index..].starts_with("-->") => self.take_other(4 + index + 3),
            Some(index) => {
                self.at += 4 + index;
                Err(self.syntax("`--` inside a comment"))
            }
            None => Err(self.failure(XmlErrorKind::UnexpectedEnd("a comment"))),
        }
    }

    pub(super) fn cdata(&mut self) -> Parsed<()> {
        if self.open == TOP {
            return Err(self.syntax("CDATA outside the root element"));
        }
        match self.rest().find("]]>") {
            Some(index) => {
                let span = self.take(index + 3);
                self.push(Kind::Cdata(span)).map(drop)
            }
            None => Err(self.failure(XmlErrorKind::UnexpectedEnd("CDATA"))),
        }
    }

    /// `<?xml version="1.0" …?>`. What is written into it later is UTF-8.
    pub(super) fn declaration(&mut self) -> Parsed<()> {
        let Some(end) = self.rest().find("?>") else {
            return Err(self.failure(XmlErrorKind::UnexpectedEnd("the XML declaration")));
        };
        if !is_declaration(&self.rest()[5..end]) {
            return Err(self.syntax("the XML declaration is malformed"));
        }
        if is_other_encoding(&self.rest()[5..end]) {
            return Err(self.syntax("only XML in UTF-8 can be read and written"));
        }
        self.take_other(end + 2)
    }

    pub(super) fn processing_instruction(&mut self) -> Parsed<()> {
        let inner = &self.rest()[2..];
        let Some(end) = inner.find("?>") else {
            return Err(self.failure(XmlErrorKind::UnexpectedEnd("a processing instruction")));
        };
        let length = name_len(inner);
        let (target, data) = inner[..end.max(length)].split_at(length);
        if target.is_empty() || target.contains(':') || !(data.is_empty() || data.bytes().next().is_some_and(is_space))
        {
            return Err(self.syntax("a processing instruction without a name"));
        }
        if target.eq_ignore_ascii_case("xml") {
            return Err(self.syntax("an XML declaration that is not at the very beginning"));
        }
        self.take_other(2 + end + 2)
    }

    /// Kept whole. Only its end is looked for: quotes, comments and the brackets of an internal subset are skipped.
    pub(super) fn doctype(&mut self) -> Parsed<()> {
        if self.open != TOP || self.has_root || self.has_doctype {
            return Err(self.syntax("a DOCTYPE that is not before the root element"));
        }
        match doctype_len(self.rest()) {
            Some(length) => {
                self.has_doctype = true;
                self.entities = Entities::of(&self.text[self.at..self.at + length]);
                self.take_other(length)
            }
            None => Err(self.failure(XmlErrorKind::UnexpectedEnd("the DOCTYPE"))),
        }
    }
}
