//! The document: an arena of nodes whose bytes lie in one buffer, and the ways to read it.
//!
//! The buffer starts as the text that was parsed and only grows: a changed value is appended and the node's span
//! moved. What no change touched is written from the original bytes. Nothing here recurses, so depth costs no stack.

use std::borrow::Cow;
use std::iter::successors;

use super::escape::{normalize_newlines, unescape_attr, unescape_text};
use super::{XmlError, XmlErrorKind};

/// Larger texts are refused. libvirt itself carries 4 MiB at most.
pub(super) const MAX_BYTES: usize = 16 << 20;
/// More elements inside one another are refused. libvirt's own parser stops at 256.
pub(super) const MAX_DEPTH: usize = 10_000;
/// More elements, attributes, texts and comments together are refused.
pub(super) const MAX_PARTS: usize = 1 << 20;

/// Names a node of the document that gave it out, and of no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NodeId(pub(super) u32);

/// A lossless XML document.
#[derive(Clone, Debug)]
pub struct Document {
    pub(super) buffer: String,
    pub(super) nodes: Vec<Node>,
}

/// A part of the buffer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    pub(super) parent: Option<NodeId>,
    pub(super) previous: Option<NodeId>,
    pub(super) next: Option<NodeId>,
    pub(super) first_child: Option<NodeId>,
    pub(super) last_child: Option<NodeId>,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug, Default)]
pub(super) enum Kind {
    /// The document itself: what lies outside the root element are its children.
    #[default]
    Document,
    Element(Box<Tag>),
    /// As written, references unresolved.
    Text(Span),
    /// With its brackets.
    Cdata(Span),
    /// Comment, processing instruction, XML declaration, DOCTYPE, byte order mark: kept, never read.
    Other(Span),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Tag {
    pub(super) name: Span,
    pub(super) attributes: Vec<Attribute>,
    /// White space before `>` or `/>`.
    pub(super) tail: Span,
    /// Written as `<name/>`.
    pub(super) is_self_closing: bool,
    /// `</name>` with its white space.
    pub(super) close: Span,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Attribute {
    /// White space before it.
    pub(super) lead: Span,
    pub(super) name: Span,
    /// `=` with the white space around it.
    pub(super) equals: Span,
    pub(super) quote: char,
    /// Without its quotes, references unresolved.
    pub(super) value: Span,
}

impl Span {
    pub(super) const fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// The node of the document itself.
pub(super) const TOP: NodeId = NodeId(0);

impl Document {
    /// Reads a whole document. Writing it gives back the same bytes.
    pub fn parse(text: &str) -> Result<Self, XmlError> {
        super::parse::parse(text)
    }

    /// Reads a document that must be a `<root_name>`.
    pub fn parse_as(text: &str, root_name: &'static str) -> Result<Self, XmlError> {
        let document = Self::parse(text)?;
        let found = document.local_name(document.root());
        if found == root_name {
            return Ok(document);
        }
        Err(XmlError::without_place(XmlErrorKind::WrongRoot {
            expected: root_name,
            found: found.to_owned(),
        }))
    }

    /// A document of one empty element.
    pub fn new(root_name: &str) -> Result<Self, XmlError> {
        let mut document = Self {
            buffer: String::new(),
            nodes: vec![Node::default()],
        };
        let root = document.new_element(root_name)?;
        document.link_after(TOP, None, root);
        let newline = document.new_text("\n")?;
        document.link_after(TOP, Some(root), newline);
        Ok(document)
    }

    pub fn root(&self) -> NodeId {
        // Parsing and `new` both refuse a document without a root, and `remove` keeps it.
        self.elements(TOP).next().unwrap_or(TOP)
    }

    /// The name as written, with its prefix.
    pub fn name(&self, node: NodeId) -> &str {
        self.tag(node).map_or("", |tag| self.str(tag.name))
    }

    pub fn local_name(&self, node: NodeId) -> &str {
        let name = self.name(node);
        name.split_once(':').map_or(name, |(_, local)| local)
    }

    /// The namespace's URI.
    pub fn namespace(&self, node: NodeId) -> Option<Cow<'_, str>> {
        let prefix = self.name(node).split_once(':').map(|(prefix, _)| prefix);
        successors(Some(node), |&node| self.parent(node)).find_map(|ancestor| {
            let declaration = |attribute: &&Attribute| {
                let name = self.str(attribute.name);
                match prefix {
                    Some(prefix) => name.strip_prefix("xmlns:") == Some(prefix),
                    None => name == "xmlns",
                }
            };
            let tag = self.tag(ancestor)?;
            let attribute = tag.attributes.iter().find(declaration)?;
            Some(unescape_attr(self.str(attribute.value)))
        })
    }

    /// The element around this one; `None` for the root.
    pub fn parent(&self, node: NodeId) -> Option<NodeId> {
        self.node(node).parent.filter(|&parent| parent != TOP)
    }

    /// The element children in order.
    pub fn elements(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.child_nodes(node).filter(|&child| self.tag(child).is_some())
    }

    /// The element children of that name (as written).
    pub fn children<'a>(&'a self, node: NodeId, name: &'a str) -> impl Iterator<Item = NodeId> + 'a {
        self.elements(node).filter(move |&child| self.name(child) == name)
    }

    /// The first element child of that name.
    pub fn child(&self, node: NodeId, name: &str) -> Option<NodeId> {
        self.elements(node).find(|&child| self.name(child) == name)
    }

    /// The first element child with that namespace and local name.
    pub fn child_in(&self, node: NodeId, namespace: &str, local_name: &str) -> Option<NodeId> {
        self.elements(node).find(|&child| {
            self.local_name(child) == local_name && self.namespace(child).is_some_and(|uri| uri == namespace)
        })
    }

    /// The first element at `path` below `node`: `devices/disk`. An empty path is the node itself.
    pub fn find(&self, node: NodeId, path: &str) -> Option<NodeId> {
        match path.split_once('/') {
            _ if path.is_empty() => Some(node),
            None => self.child(node, path),
            Some(_) => self.find_all(node, path).first().copied(),
        }
    }

    /// Every element at `path` below `node`.
    pub fn find_all(&self, node: NodeId, path: &str) -> Vec<NodeId> {
        path.split('/').fold(vec![node], |found, name| {
            found.iter().flat_map(|&node| self.children(node, name)).collect()
        })
    }

    /// Every element below `node` at any depth, in the order of the text, `node` itself first.
    pub fn descendants(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        successors(Some(node), move |&at| self.following(at, node)).filter(|&at| self.tag(at).is_some())
    }

    /// The attribute's value with its references resolved. The name is as written, with its prefix.
    pub fn attr(&self, node: NodeId, name: &str) -> Option<Cow<'_, str>> {
        let attribute = self.attribute(node, name)?;
        Some(unescape_attr(self.str(attribute.value)))
    }

    /// Names and values of all attributes in order.
    pub fn attrs(&self, node: NodeId) -> impl Iterator<Item = (&str, Cow<'_, str>)> + '_ {
        self.tag(node)
            .into_iter()
            .flat_map(|tag| &tag.attributes)
            .map(|attribute| (self.str(attribute.name), unescape_attr(self.str(attribute.value))))
    }

    /// The element's own text (CDATA included) with its references resolved, outer white space kept.
    pub fn text(&self, node: NodeId) -> Cow<'_, str> {
        let mut texts = self.child_nodes(node).filter_map(|child| self.own_text(child));
        let Some(mut text) = texts.next() else {
            return Cow::Borrowed("");
        };
        for more in texts {
            text.to_mut().push_str(&more);
        }
        text
    }

    /// The text of the first element at `path`, trimmed; `None` where there is no such element or nothing in it.
    pub fn text_at(&self, node: NodeId, path: &str) -> Option<String> {
        let text = self.text(self.find(node, path)?);
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }

    /// The same with its outer white space, for names: they are what they are.
    pub fn raw_text_at(&self, node: NodeId, path: &str) -> Option<String> {
        let text = self.text(self.find(node, path)?);
        Some(text.into_owned()).filter(|text| !text.is_empty())
    }

    /// The attribute of the first element at `path`.
    pub fn attr_at(&self, node: NodeId, path: &str, name: &str) -> Option<Cow<'_, str>> {
        self.attr(self.find(node, path)?, name)
    }

    /// Neither attributes nor anything but white space in it: it says no more than that it is there.
    pub fn is_void(&self, node: NodeId) -> bool {
        self.tag(node).is_some_and(|tag| tag.attributes.is_empty())
            && self.child_nodes(node).all(|child| self.is_blank(child))
    }

    pub(super) fn str(&self, span: Span) -> &str {
        &self.buffer[span.start as usize..span.end as usize]
    }

    pub(super) fn node(&self, node: NodeId) -> &Node {
        &self.nodes[node.0 as usize]
    }

    pub(super) fn node_mut(&mut self, node: NodeId) -> &mut Node {
        &mut self.nodes[node.0 as usize]
    }

    pub(super) fn tag(&self, node: NodeId) -> Option<&Tag> {
        match &self.node(node).kind {
            Kind::Element(tag) => Some(tag),
            Kind::Document | Kind::Text(_) | Kind::Cdata(_) | Kind::Other(_) => None,
        }
    }

    pub(super) fn attribute(&self, node: NodeId, name: &str) -> Option<&Attribute> {
        let is_named = |attribute: &&Attribute| self.str(attribute.name) == name;
        self.tag(node)?.attributes.iter().find(is_named)
    }

    /// Children of every kind in order.
    pub(super) fn child_nodes(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        successors(self.node(node).first_child, |&child| self.node(child).next)
    }

    /// The text of a text or CDATA node; `None` for any other.
    fn own_text(&self, node: NodeId) -> Option<Cow<'_, str>> {
        match self.node(node).kind {
            Kind::Text(span) => Some(unescape_text(self.str(span))),
            Kind::Cdata(span) => {
                let raw = self.str(span);
                let inner = raw.strip_prefix("<![CDATA[").and_then(|raw| raw.strip_suffix("]]>"));
                Some(normalize_newlines(inner.unwrap_or(raw)))
            }
            Kind::Document | Kind::Element(_) | Kind::Other(_) => None,
        }
    }

    /// The node after `at` in the order of the text, inside `limit`.
    fn following(&self, at: NodeId, limit: NodeId) -> Option<NodeId> {
        if let Some(child) = self.node(at).first_child {
            return Some(child);
        }
        successors(Some(at), |&node| self.node(node).parent)
            .take_while(|&node| node != limit)
            .find_map(|node| self.node(node).next)
    }
}
