//! Text to document: a hand-written tokenizer that keeps every byte and refuses what is not well-formed.
//!
//! It goes through the text once and keeps open elements as parent links in the arena, so neither depth nor size can
//! overflow the stack; both are limited. A DOCTYPE is kept and its entities are never expanded.

use std::collections::HashSet;

use super::chars::{is_qualified_name, is_space, is_xml_char, name_len};
use super::document::{Attribute, Kind, MAX_BYTES, MAX_DEPTH, MAX_PARTS, Node, Span, TOP, Tag};
use super::escape::resolve;
use super::prolog::{doctype_len, is_declaration};
use super::{Document, NodeId, XmlError, XmlErrorKind};

/// From this many attributes on, doubles are looked for in a set.
const MANY_ATTRIBUTES: usize = 12;

pub(super) fn parse(text: &str) -> Result<Document, XmlError> {
    if text.len() > MAX_BYTES {
        let kind = XmlErrorKind::TooLarge { max_bytes: MAX_BYTES };
        return Err(XmlError::without_place(kind));
    }
    let mut parser = Parser {
        text,
        at: 0,
        nodes: vec![Node::default()],
        open: TOP,
        depth: 0,
        num_attributes: 0,
        has_root: false,
        has_doctype: false,
    };
    match parser.run() {
        Ok(()) => Ok(Document {
            buffer: text.to_owned(),
            nodes: parser.nodes,
        }),
        Err(failure) => Err(failure.with_place(text)),
    }
}

/// What is wrong, and the byte where.
struct Failure {
    at: usize,
    kind: XmlErrorKind,
}

impl Failure {
    fn with_place(self, text: &str) -> XmlError {
        let before = text.get(..self.at).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |index| index + 1);
        XmlError {
            line: before.bytes().filter(|&byte| byte == b'\n').count() as u32 + 1,
            column: before[line_start..].chars().count() as u32 + 1,
            kind: self.kind,
        }
    }
}

type Parsed<T> = Result<T, Failure>;

struct Parser<'a> {
    text: &'a str,
    at: usize,
    nodes: Vec<Node>,
    /// The element that is open, or the document.
    open: NodeId,
    depth: usize,
    num_attributes: usize,
    has_root: bool,
    has_doctype: bool,
}

impl Parser<'_> {
    fn run(&mut self) -> Parsed<()> {
        self.check_chars()?;
        if self.rest().starts_with('\u{FEFF}') {
            self.take_other('\u{FEFF}'.len_utf8())?;
        }
        if self.starts_with_declaration() {
            self.declaration()?;
        }
        while self.at < self.text.len() {
            self.part()?;
        }
        if self.open != TOP {
            return Err(self.failure(XmlErrorKind::UnexpectedEnd("an element")));
        }
        if !self.has_root {
            return Err(self.failure(XmlErrorKind::NoRoot));
        }
        Ok(())
    }

    fn check_chars(&self) -> Parsed<()> {
        // U+FFFE and U+FFFF begin with this byte in UTF-8; without it and control characters all is well.
        let is_suspect = |byte: u8| (byte < 0x20 && !is_space(byte)) || byte == 0xEF;
        if !self.text.bytes().any(is_suspect) {
            return Ok(());
        }
        match self.text.char_indices().find(|&(_, c)| !is_xml_char(c)) {
            Some((at, c)) => Err(Failure {
                at,
                kind: XmlErrorKind::InvalidCharacter(c.into()),
            }),
            None => Ok(()),
        }
    }

    fn part(&mut self) -> Parsed<()> {
        let rest = self.rest();
        if !rest.starts_with('<') {
            self.character_data()
        } else if rest.starts_with("</") {
            self.end_tag()
        } else if rest.starts_with("<!--") {
            self.comment()
        } else if rest.starts_with("<?") {
            self.processing_instruction()
        } else if rest.starts_with("<![CDATA[") {
            self.cdata()
        } else if rest.starts_with("<!DOCTYPE") {
            self.doctype()
        } else if rest.starts_with("<!") {
            Err(self.syntax("`<!` begins neither a comment nor CDATA nor a DOCTYPE here"))
        } else {
            self.start_tag()
        }
    }

    fn character_data(&mut self) -> Parsed<()> {
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

    fn check_references(&self, start: usize, data: &str) -> Parsed<()> {
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
            let is_declarable = self.has_doctype && !name.starts_with('#');
            if resolve(name).is_none() && !is_declarable {
                let kind = XmlErrorKind::UnknownEntity(name.to_owned());
                return Err(Failure { at, kind });
            }
            from += index + 1 + name_length;
        }
        Ok(())
    }

    fn comment(&mut self) -> Parsed<()> {
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

    fn cdata(&mut self) -> Parsed<()> {
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

    fn starts_with_declaration(&self) -> bool {
        let after = self.rest().strip_prefix("<?xml");
        after.is_some_and(|after| after.bytes().next().is_none_or(is_space))
    }

    /// `<?xml version="1.0" …?>`. The encoding it names is not believed: the text came as UTF-8.
    fn declaration(&mut self) -> Parsed<()> {
        let Some(end) = self.rest().find("?>") else {
            return Err(self.failure(XmlErrorKind::UnexpectedEnd("the XML declaration")));
        };
        if !is_declaration(&self.rest()[5..end]) {
            return Err(self.syntax("the XML declaration is malformed"));
        }
        self.take_other(end + 2)
    }

    fn processing_instruction(&mut self) -> Parsed<()> {
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
    fn doctype(&mut self) -> Parsed<()> {
        if self.open != TOP || self.has_root || self.has_doctype {
            return Err(self.syntax("a DOCTYPE that is not before the root element"));
        }
        match doctype_len(self.rest()) {
            Some(length) => {
                self.has_doctype = true;
                self.take_other(length)
            }
            None => Err(self.failure(XmlErrorKind::UnexpectedEnd("the DOCTYPE"))),
        }
    }

    fn start_tag(&mut self) -> Parsed<()> {
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

    fn end_tag(&mut self) -> Parsed<()> {
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

    fn space(&mut self) -> Span {
        let length = self.rest().bytes().take_while(|&byte| is_space(byte)).count();
        self.take(length)
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn take(&mut self, length: usize) -> Span {
        let start = self.at;
        self.at += length;
        self.span_from(start)
    }

    /// Texts longer than a `u32` counts were refused at the start.
    const fn span_from(&self, start: usize) -> Span {
        Span {
            start: start as u32,
            end: self.at as u32,
        }
    }

    fn take_other(&mut self, length: usize) -> Parsed<()> {
        let span = self.take(length);
        self.push(Kind::Other(span)).map(drop)
    }

    /// Adds a node as the last child of the open element.
    fn push(&mut self, kind: Kind) -> Parsed<NodeId> {
        if self.nodes.len() + self.num_attributes > MAX_PARTS {
            return Err(self.failure(XmlErrorKind::TooLarge { max_bytes: MAX_BYTES }));
        }
        let node = NodeId(self.nodes.len() as u32);
        let parent = &mut self.nodes[self.open.0 as usize];
        let previous = parent.last_child.replace(node);
        if previous.is_none() {
            parent.first_child = Some(node);
        }
        if let Some(previous) = previous {
            self.nodes[previous.0 as usize].next = Some(node);
        }
        self.nodes.push(Node {
            parent: Some(self.open),
            previous,
            kind,
            ..Node::default()
        });
        Ok(node)
    }

    const fn failure(&self, kind: XmlErrorKind) -> Failure {
        Failure { at: self.at, kind }
    }

    const fn syntax(&self, rule: &'static str) -> Failure {
        self.failure(XmlErrorKind::Syntax(rule))
    }
}
