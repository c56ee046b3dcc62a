//! Where in its text a node stands. True of a document as it was parsed: what is changed has no place any more.

use super::document::{Document, NodeId};

impl Document {
    /// Line and column of the element's `<`, in characters, counted from 1.
    pub fn place_of(&self, element: NodeId) -> (u32, u32) {
        self.tag(element)
            .map_or((1, 1), |tag| self.place_at((tag.name.start as usize).saturating_sub(1)))
    }

    /// Of an attribute's name.
    pub fn place_of_attr(&self, element: NodeId, name: &str) -> (u32, u32) {
        match self.attribute(element, name) {
            Some(attribute) => self.place_at(attribute.name.start as usize),
            None => self.place_of(element),
        }
    }

    /// The names from the root to this element: `domain/devices/disk`.
    pub fn path_of(&self, element: NodeId) -> String {
        let upwards = std::iter::successors(Some(element), |&node| self.parent(node));
        let mut names: Vec<&str> = upwards.map(|node| self.name(node)).collect();
        names.reverse();
        names.join("/")
    }

    fn place_at(&self, index: usize) -> (u32, u32) {
        let before = self.buffer.get(..index).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
        (line as u32, before[line_start..].chars().count() as u32 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_knows_its_line_and_column() {
        let text = "<?xml version='1.0'?>\n<domain>\n  <ä/><disk\n    type='file'/>\n</domain>";
        let document = Document::parse(text).unwrap();
        let disk = document.child(document.root(), "disk").unwrap();
        assert_eq!(document.place_of(document.root()), (2, 1));
        assert_eq!(document.place_of(disk), (3, 7));
        assert_eq!(document.place_of_attr(disk, "type"), (4, 5));
        assert_eq!(document.path_of(disk), "domain/disk");
    }
}
