//! White space around new and removed elements: a line of their own, indented like their siblings.

use super::document::{Kind, Span, TOP};
use super::{Document, NodeId, XmlError};

/// One step of libvirt's own indentation.
const STEP: &str = "  ";

impl Document {
    /// Puts `element` behind `reference` (at the front where there is none), on a line of its own unless the
    /// elements around it share one.
    pub(super) fn place(&mut self, parent: NodeId, element: NodeId, reference: Option<NodeId>) -> Result<(), XmlError> {
        self.open_tag(parent)?;
        let Some(line_start) = self.line_start_in(parent, reference) else {
            self.link_after(parent, reference, element);
            return Ok(());
        };
        let is_blank = self.child_nodes(parent).all(|child| self.is_blank(child));
        let slot = self.end_of_line(parent, reference);
        let lead = self.new_text(&line_start)?;
        self.link_after(parent, slot, lead);
        self.link_after(parent, Some(lead), element);
        if is_blank && self.node(element).next.is_none() {
            let newline = line_start.trim_end_matches([' ', '\t']);
            let outer = self.line_start(parent).unwrap_or_else(|| newline.to_owned());
            let trail = self.new_text(&outer)?;
            self.link_after(parent, Some(element), trail);
        }
        Ok(())
    }

    /// Indents the lines inside an element that came from elsewhere to the place where it is now.
    pub(super) fn indent_below(&mut self, element: NodeId) -> Result<(), XmlError> {
        let Some(target) = self.line_start(element) else {
            return Ok(());
        };
        let target = target.trim_start_matches(['\r', '\n']).to_owned();
        let last_line = self
            .node(element)
            .last_child
            .and_then(|last| self.blank_line_start(last));
        let base = last_line.map(|line| line.trim_start_matches(['\r', '\n']).to_owned());
        let base = base.unwrap_or_default();
        if base == target {
            return Ok(());
        }
        let inside: Vec<NodeId> = self.inner_texts(element);
        for text in inside {
            let Kind::Text(span) = self.node(text).kind else {
                continue;
            };
            let mut lines = self.str(span).split('\n');
            let mut indented = lines.next().unwrap_or_default().to_owned();
            for line in lines {
                indented.push('\n');
                indented.push_str(&target);
                indented.push_str(line.strip_prefix(base.as_str()).unwrap_or(line));
            }
            let span = self.intern(&indented)?;
            self.node_mut(text).kind = Kind::Text(span);
        }
        Ok(())
    }

    /// Removes the white space that makes up the rest of this element's line, where it has a line of its own.
    pub(super) fn trim_line(&mut self, element: NodeId) {
        let Some(previous) = self.node(element).previous else {
            return;
        };
        let Some(line_start) = self.blank_line_start(previous) else {
            return;
        };
        let start_len = line_start.len() as u32;
        let next = self.node(element).next;
        let trailing = match next {
            // The parent's end tag shares the line; in mixed content the line before is the text's, not the element's.
            None if !self.is_blank(previous) => return,
            None => 0,
            Some(next) => match self.node(next).kind {
                Kind::Text(span) => match blank_before_newline(self.str(span)) {
                    Some(length) => length,
                    None => return,
                },
                _ => return,
            },
        };
        if let Kind::Text(span) = &mut self.node_mut(previous).kind {
            span.end -= start_len;
        }
        if let Some(next) = next
            && let Kind::Text(span) = &mut self.node_mut(next).kind
        {
            span.start += trailing as u32;
        }
    }

    /// A text node of nothing but white space.
    pub(super) fn is_blank(&self, node: NodeId) -> bool {
        match self.node(node).kind {
            Kind::Text(span) => self.str(span).trim_ascii().is_empty(),
            _ => false,
        }
    }

    pub(super) fn new_text(&mut self, text: &str) -> Result<NodeId, XmlError> {
        let span = self.intern(text)?;
        Ok(self.new_node(Kind::Text(span)))
    }

    /// The newline and indentation with which a new child's line begins. `None`: the children share a line.
    fn line_start_in(&self, parent: NodeId, reference: Option<NodeId>) -> Option<String> {
        let mut siblings = reference
            .into_iter()
            .chain(self.child_nodes(parent))
            .filter(|&child| !self.is_blank(child))
            .peekable();
        if siblings.peek().is_some() {
            return siblings.find_map(|sibling| self.line_start(sibling));
        }
        let own = self.line_start(parent)?;
        let indentation = own.trim_start_matches(['\r', '\n']);
        let outer = self.parent(parent).and_then(|outer| self.line_start(outer));
        let step = outer
            .as_deref()
            .and_then(|outer| indentation.strip_prefix(outer.trim_start_matches(['\r', '\n'])))
            .filter(|step| !step.is_empty())
            .unwrap_or(STEP);
        Some(format!("{own}{step}"))
    }

    /// The newline and indentation before this node, where nothing else stands before it on its line.
    fn line_start(&self, node: NodeId) -> Option<String> {
        let is_top = self.node(node).parent == Some(TOP);
        match self.node(node).previous {
            Some(previous) => match self.blank_line_start(previous) {
                None if is_top => Some("\n".to_owned()),
                line_start => line_start.map(str::to_owned),
            },
            None if is_top => Some("\n".to_owned()),
            None => None,
        }
    }

    /// The last newline of a text and what follows it, where that is blank.
    fn blank_line_start(&self, text: NodeId) -> Option<&str> {
        let Kind::Text(span) = self.node(text).kind else {
            return None;
        };
        let text = self.str(span);
        let newline = text.rfind('\n')?;
        let start = if text[..newline].ends_with('\r') {
            newline - 1
        } else {
            newline
        };
        Some(&text[start..]).filter(|line| line.trim_ascii().is_empty())
    }

    /// The node after which a new line can begin: the last on `reference`'s line, split off where needed.
    fn end_of_line(&mut self, parent: NodeId, reference: Option<NodeId>) -> Option<NodeId> {
        let mut last = reference;
        loop {
            let next = match last {
                Some(last) => self.node(last).next,
                None => self.node(parent).first_child,
            };
            let Some(next) = next else { return last };
            match self.node(next).kind {
                Kind::Other(_) => last = Some(next),
                Kind::Text(span) => match self.str(span).find('\n') {
                    None => last = Some(next),
                    Some(newline) => {
                        let is_crlf = self.str(span)[..newline].ends_with('\r');
                        return self.split_text(next, newline - usize::from(is_crlf)).or(last);
                    }
                },
                // Another element on the same line: it keeps what stands before it.
                Kind::Element(_) | Kind::Cdata(_) | Kind::Document => return reference,
            }
        }
    }

    /// Parts a text at a byte and returns the first part; `None` where that is empty and nothing was parted.
    fn split_text(&mut self, text: NodeId, at: usize) -> Option<NodeId> {
        let Kind::Text(span) = self.node(text).kind else {
            return None;
        };
        if at == 0 {
            return None;
        }
        let middle = span.start + at as u32;
        let parent = self.node(text).parent?;
        let rest = self.new_node(Kind::Text(Span {
            start: middle,
            end: span.end,
        }));
        self.node_mut(text).kind = Kind::Text(Span {
            start: span.start,
            end: middle,
        });
        self.link_after(parent, Some(text), rest);
        Some(text)
    }

    /// Blank texts with a newline anywhere inside `element`.
    fn inner_texts(&self, element: NodeId) -> Vec<NodeId> {
        self.descendants(element)
            .flat_map(|inner| self.child_nodes(inner))
            .filter(|&child| self.is_blank(child) && self.blank_line_start(child).is_some())
            .collect()
    }
}

/// How many blanks stand before the first newline; `None` where something else does.
fn blank_before_newline(text: &str) -> Option<usize> {
    let newline = text.find('\n')?;
    let end = if text[..newline].ends_with('\r') {
        newline - 1
    } else {
        newline
    };
    text[..end].trim_ascii().is_empty().then_some(end)
}
