//! Changes to a document. Each touches only the bytes of what it changes; a change that is refused changes nothing.

use super::chars::is_qualified_name;
use super::document::{Attribute, Kind, MAX_BYTES, Node, Span, TOP, Tag};
use super::escape::{check_chars, escape_attr, escape_text};
use super::{Document, NodeId, XmlError, XmlErrorKind};

impl Document {
    /// Sets the attribute, in its place where it exists, else after the others.
    pub fn set_attr(&mut self, node: NodeId, name: &str, value: &str) -> Result<(), XmlError> {
        check_name(name)?;
        check_chars(value)?;
        let Some(tag) = self.tag(node) else { return Ok(()) };
        let found = tag
            .attributes
            .iter()
            .position(|attribute| self.str(attribute.name) == name);
        if let Some(index) = found {
            if self.attr(node, name).is_some_and(|present| present == value) {
                return Ok(());
            }
            let quote = tag.attributes[index].quote;
            let span = self.intern(&escape_attr(value, quote))?;
            if let Some(tag) = self.tag_mut(node) {
                tag.attributes[index].value = span;
            }
            return Ok(());
        }
        let (lead, quote) = self.attribute_style(node);
        let attribute = Attribute {
            lead: self.intern(&lead)?,
            name: self.intern(name)?,
            equals: self.intern("=")?,
            quote,
            value: self.intern(&escape_attr(value, quote))?,
        };
        if let Some(tag) = self.tag_mut(node) {
            tag.attributes.push(attribute);
        }
        Ok(())
    }

    /// `false`: there was none.
    pub fn remove_attr(&mut self, node: NodeId, name: &str) -> bool {
        let Some(tag) = self.tag(node) else { return false };
        let Some(index) = tag
            .attributes
            .iter()
            .position(|attribute| self.str(attribute.name) == name)
        else {
            return false;
        };
        if let Some(tag) = self.tag_mut(node) {
            tag.attributes.remove(index);
        }
        true
    }

    /// Makes this the element's text. Comments and elements in it stay.
    pub fn set_text(&mut self, node: NodeId, text: &str) -> Result<(), XmlError> {
        check_chars(text)?;
        if self.tag(node).is_none() || self.text(node) == text {
            return Ok(());
        }
        let span = self.intern(&escape_text(text))?;
        self.open_tag(node)?;
        let has_others = self
            .child_nodes(node)
            .any(|child| matches!(self.node(child).kind, Kind::Element(_) | Kind::Other(_)));
        let mut texts: Vec<NodeId> = self
            .child_nodes(node)
            .filter(|&child| matches!(self.node(child).kind, Kind::Text(_) | Kind::Cdata(_)))
            .filter(|&child| !has_others || !self.is_blank(child))
            .collect();
        if texts.is_empty() {
            let child = self.new_node(Kind::Text(span));
            self.link_after(node, None, child);
            return Ok(());
        }
        let first = texts.remove(0);
        self.node_mut(first).kind = Kind::Text(span);
        for surplus in texts {
            self.unlink(surplus);
        }
        Ok(())
    }

    /// A new last element, on a line of its own where the siblings have theirs.
    pub fn append_child(&mut self, node: NodeId, name: &str) -> Result<NodeId, XmlError> {
        let element = self.new_element(name)?;
        let last = self.child_nodes(node).filter(|&child| !self.is_blank(child)).last();
        self.place(node, element, last)?;
        Ok(element)
    }

    /// The same after the last child whose name is among `after`; before all others where there is none.
    pub fn insert_child(&mut self, node: NodeId, name: &str, after: &[&str]) -> Result<NodeId, XmlError> {
        let element = self.new_element(name)?;
        let reference = self.last_among(node, after);
        self.place(node, element, reference)?;
        Ok(element)
    }

    /// The child of that name, made by [`Self::insert_child`] where there is none.
    pub fn child_or_insert(&mut self, node: NodeId, name: &str, after: &[&str]) -> Result<NodeId, XmlError> {
        match self.child(node, name) {
            Some(child) => Ok(child),
            None => self.insert_child(node, name, after),
        }
    }

    /// A new last element with this text.
    pub fn append_text_child(&mut self, node: NodeId, name: &str, text: &str) -> Result<NodeId, XmlError> {
        check_chars(text)?;
        let child = self.append_child(node, name)?;
        self.set_text(child, text)?;
        Ok(child)
    }

    /// A new last element with these attributes.
    pub fn append_with(&mut self, node: NodeId, name: &str, attributes: &[(&str, &str)]) -> Result<NodeId, XmlError> {
        for (name, value) in attributes {
            check_name(name)?;
            check_chars(value)?;
        }
        let child = self.append_child(node, name)?;
        for (name, value) in attributes {
            self.set_attr(child, name, value)?;
        }
        Ok(child)
    }

    /// Puts an element given as XML where [`Self::insert_child`] would, with its lines indented to fit.
    pub fn insert_fragment(&mut self, node: NodeId, xml: &str, after: &[&str]) -> Result<NodeId, XmlError> {
        let fragment = Self::parse(xml)?;
        let element = self.adopt(fragment)?;
        let reference = self.last_among(node, after);
        self.place(node, element, reference)?;
        self.indent_below(element)?;
        Ok(element)
    }

    /// Takes the element out, with its line where it had one of its own. The root stays.
    pub fn remove(&mut self, node: NodeId) {
        if self.node(node).parent.is_some_and(|parent| parent != TOP) {
            self.trim_line(node);
            self.unlink(node);
        }
    }

    /// Writes an element with nothing but white space in it as `<name/>`.
    pub fn collapse(&mut self, node: NodeId) {
        if self.tag(node).is_none() || !self.child_nodes(node).all(|child| self.is_blank(child)) {
            return;
        }
        let blanks: Vec<NodeId> = self.child_nodes(node).collect();
        for blank in blanks {
            self.unlink(blank);
        }
        if let Some(tag) = self.tag_mut(node) {
            tag.is_self_closing = true;
            tag.tail = Span::default();
        }
    }

    /// A new element that is nowhere yet.
    pub(super) fn new_element(&mut self, name: &str) -> Result<NodeId, XmlError> {
        check_name(name)?;
        let name = self.intern(name)?;
        Ok(self.new_node(Kind::Element(Box::new(Tag {
            name,
            is_self_closing: true,
            ..Tag::default()
        }))))
    }

    pub(super) fn new_node(&mut self, kind: Kind) -> NodeId {
        // Every node owns at least a byte of a buffer that `intern` keeps below 4 GiB.
        let node = NodeId(self.nodes.len() as u32);
        self.nodes.push(Node {
            kind,
            ..Node::default()
        });
        node
    }

    /// Adds text to the buffer.
    pub(super) fn intern(&mut self, text: &str) -> Result<Span, XmlError> {
        let too_large = |_| XmlError::without_place(XmlErrorKind::TooLarge { max_bytes: MAX_BYTES });
        let start = u32::try_from(self.buffer.len()).map_err(too_large)?;
        let end = u32::try_from(self.buffer.len() + text.len()).map_err(too_large)?;
        self.buffer.push_str(text);
        Ok(Span { start, end })
    }

    /// Gives `<name/>` an end tag, so that something can be put into it.
    pub(super) fn open_tag(&mut self, node: NodeId) -> Result<(), XmlError> {
        if !self.tag(node).is_some_and(|tag| tag.is_self_closing) {
            return Ok(());
        }
        let close = format!("</{}>", self.name(node));
        let close = self.intern(&close)?;
        if let Some(tag) = self.tag_mut(node) {
            tag.is_self_closing = false;
            tag.tail = Span::default();
            tag.close = close;
        }
        Ok(())
    }

    /// Makes `child` the node after `reference` in `parent`; the first where there is no reference.
    pub(super) fn link_after(&mut self, parent: NodeId, reference: Option<NodeId>, child: NodeId) {
        let next = match reference {
            Some(reference) => self.node_mut(reference).next.replace(child),
            None => self.node_mut(parent).first_child.replace(child),
        };
        match next {
            Some(next) => self.node_mut(next).previous = Some(child),
            None => self.node_mut(parent).last_child = Some(child),
        }
        let node = self.node_mut(child);
        node.parent = Some(parent);
        node.previous = reference;
        node.next = next;
    }

    pub(super) fn unlink(&mut self, child: NodeId) {
        let Node {
            parent, previous, next, ..
        } = *self.node(child);
        match (previous, parent) {
            (Some(previous), _) => self.node_mut(previous).next = next,
            (None, Some(parent)) => self.node_mut(parent).first_child = next,
            (None, None) => {}
        }
        match (next, parent) {
            (Some(next), _) => self.node_mut(next).previous = previous,
            (None, Some(parent)) => self.node_mut(parent).last_child = previous,
            (None, None) => {}
        }
        let node = self.node_mut(child);
        node.parent = None;
        node.previous = None;
        node.next = None;
    }

    fn tag_mut(&mut self, node: NodeId) -> Option<&mut Tag> {
        match &mut self.node_mut(node).kind {
            Kind::Element(tag) => Some(tag),
            Kind::Document | Kind::Text(_) | Kind::Cdata(_) | Kind::Other(_) => None,
        }
    }

    fn last_among(&self, node: NodeId, names: &[&str]) -> Option<NodeId> {
        self.elements(node)
            .filter(|&child| names.contains(&self.name(child)))
            .last()
    }

    /// How a new attribute is written: like the one before it, else like the document's first.
    fn attribute_style(&self, node: NodeId) -> (String, char) {
        let own = self.tag(node).map_or(&[] as &[Attribute], |tag| &tag.attributes);
        let lead = match own {
            [_, .., last] if self.str(last.lead).contains('\n') => self.str(last.lead).to_owned(),
            _ => " ".to_owned(),
        };
        let root_tag = self.tag(self.root());
        let model = own.last().or_else(|| root_tag.and_then(|tag| tag.attributes.first()));
        (lead, model.map_or('\'', |attribute| attribute.quote))
    }

    /// Takes over another document's nodes and returns its root, which is nowhere yet.
    fn adopt(&mut self, other: Self) -> Result<NodeId, XmlError> {
        let root = other.root();
        let offset = self.intern(&other.buffer)?.start;
        let first = self.nodes.len() as u32;
        let shift = |node: NodeId| NodeId(node.0 + first);
        for mut node in other.nodes {
            for link in [
                &mut node.parent,
                &mut node.previous,
                &mut node.next,
                &mut node.first_child,
                &mut node.last_child,
            ] {
                *link = link.map(shift);
            }
            shift_spans(&mut node.kind, offset);
            self.nodes.push(node);
        }
        let root = shift(root);
        self.unlink(root);
        Ok(root)
    }
}

fn shift_spans(kind: &mut Kind, offset: u32) {
    let shift = |span: &mut Span| {
        span.start += offset;
        span.end += offset;
    };
    match kind {
        Kind::Document => {}
        Kind::Text(span) | Kind::Cdata(span) | Kind::Other(span) => shift(span),
        Kind::Element(tag) => {
            shift(&mut tag.name);
            shift(&mut tag.tail);
            shift(&mut tag.close);
            for attribute in &mut tag.attributes {
                shift(&mut attribute.lead);
                shift(&mut attribute.name);
                shift(&mut attribute.equals);
                shift(&mut attribute.value);
            }
        }
    }
}

fn check_name(name: &str) -> Result<(), XmlError> {
    if is_qualified_name(name) {
        Ok(())
    } else {
        let kind = XmlErrorKind::InvalidName(name.chars().take(80).collect());
        Err(XmlError::without_place(kind))
    }
}
