//! Text to document: a hand-written tokenizer that keeps every byte and refuses what is not well-formed.
//!
//! It goes through the text once and keeps open elements as parent links in the arena, so neither depth nor size can
//! overflow the stack; both are limited. A DOCTYPE is kept and its entities are never expanded.

mod content;
mod entities;
mod prolog;
mod tag;

use entities::Entities;

use super::chars::{is_space, is_xml_char};
use super::document::{Kind, MAX_BYTES, MAX_PARTS, Node, Span, TOP};
use super::{Document, NodeId, XmlError, XmlErrorKind};

pub(super) fn parse(text: &str) -> Result<Document, XmlError> {
    if text.len() > MAX_BYTES {
        // Where it becomes too much.
        let at = (0..=MAX_BYTES).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        let kind = XmlErrorKind::TooLarge { max_bytes: MAX_BYTES };
        return Err(Failure { at, kind }.with_place(text));
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
        entities: Entities::default(),
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
    entities: Entities<'a>,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }
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

    fn starts_with_declaration(&self) -> bool {
        let after = self.rest().strip_prefix("<?xml");
        after.is_some_and(|after| after.bytes().next().is_none_or(is_space))
    }

    fn space(&mut self) -> Span {
        let length = self.rest().bytes().take_while(|&byte| is_space(byte)).count();
        self.take(length)
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
