//! The document: an arena of nodes whose bytes lie in one buffer, and the ways to read it.

use std::borrow::Cow;

use super::XmlError;

/// Names a node of the document that gave it out, and of no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NodeId(pub(super) u32);

/// A lossless XML document.
#[derive(Clone, Debug)]
pub struct Document {}

impl Document {
    /// Reads a whole document. Writing it gives back the same bytes.
    pub fn parse(_text: &str) -> Result<Self, XmlError> {
        todo!()
    }

    /// A document of one empty element.
    pub fn new(_root_name: &str) -> Result<Self, XmlError> {
        todo!()
    }

    pub fn root(&self) -> NodeId {
        todo!()
    }

    /// The name as written, with its prefix.
    pub fn name(&self, _node: NodeId) -> &str {
        todo!()
    }

    pub fn local_name(&self, _node: NodeId) -> &str {
        todo!()
    }

    /// The namespace's URI.
    pub fn namespace(&self, _node: NodeId) -> Option<Cow<'_, str>> {
        todo!()
    }

    pub fn parent(&self, _node: NodeId) -> Option<NodeId> {
        todo!()
    }

    /// The element children in order.
    pub fn elements(&self, _node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::empty()
    }

    /// The element children of that name (as written).
    pub fn children<'a>(&'a self, _node: NodeId, _name: &'a str) -> impl Iterator<Item = NodeId> + 'a {
        std::iter::empty()
    }

    /// The first element child of that name.
    pub fn child(&self, _node: NodeId, _name: &str) -> Option<NodeId> {
        todo!()
    }

    /// The first element child with that namespace and local name.
    pub fn child_in(&self, _node: NodeId, _namespace: &str, _local_name: &str) -> Option<NodeId> {
        todo!()
    }

    /// The first element at `path` below `node`: `devices/disk`.
    pub fn find(&self, _node: NodeId, _path: &str) -> Option<NodeId> {
        todo!()
    }

    /// Every element at `path` below `node`.
    pub fn find_all(&self, _node: NodeId, _path: &str) -> Vec<NodeId> {
        todo!()
    }

    /// The attribute's value with its entities resolved.
    pub fn attr(&self, _node: NodeId, _name: &str) -> Option<Cow<'_, str>> {
        todo!()
    }

    /// The element's own text (CDATA included) with its entities resolved, outer white space kept.
    pub fn text(&self, _node: NodeId) -> Cow<'_, str> {
        todo!()
    }

    /// The element alone as XML, for calls that want one device.
    pub fn element_xml(&self, _node: NodeId) -> String {
        todo!()
    }

    pub fn set_attr(&mut self, _node: NodeId, _name: &str, _value: &str) -> Result<(), XmlError> {
        todo!()
    }

    /// `false`: there was none.
    pub fn remove_attr(&mut self, _node: NodeId, _name: &str) -> bool {
        todo!()
    }

    pub fn set_text(&mut self, _node: NodeId, _text: &str) -> Result<(), XmlError> {
        todo!()
    }

    /// A new last element, on a line of its own where the siblings have theirs.
    pub fn append_child(&mut self, _node: NodeId, _name: &str) -> Result<NodeId, XmlError> {
        todo!()
    }

    /// The same after the last child whose name is among `after`; before all others where there is none.
    pub fn insert_child(&mut self, _node: NodeId, _name: &str, _after: &[&str]) -> Result<NodeId, XmlError> {
        todo!()
    }

    /// Puts an element given as XML where [`Self::insert_child`] would.
    pub fn insert_fragment(&mut self, _node: NodeId, _xml: &str, _after: &[&str]) -> Result<NodeId, XmlError> {
        todo!()
    }

    /// Takes the element out, with its line where it had one of its own.
    pub fn remove(&mut self, _node: NodeId) {
        todo!()
    }
}

impl std::fmt::Display for Document {
    fn fmt(&self, _f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        todo!()
    }
}
