//! A document back to text.

use std::fmt::{self, Write};

use super::document::TOP;
use super::{Document, NodeId};
use crate::xml::document::Kind;

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_below(f, TOP)
    }
}

impl Document {
    /// The element alone as XML, for calls that want one device. Its inner lines keep their indentation.
    pub fn element_xml(&self, node: NodeId) -> String {
        let mut xml = String::new();
        // A String takes everything.
        self.write_below(&mut xml, node).ok();
        xml
    }

    /// Writes `node` and everything in it, without recursion: documents may be deeper than the stack.
    fn write_below(&self, out: &mut impl Write, node: NodeId) -> fmt::Result {
        let mut at = node;
        loop {
            self.write_start(out, at)?;
            if let Some(child) = self.node(at).first_child {
                at = child;
                continue;
            }
            loop {
                self.write_end(out, at)?;
                if at == node {
                    return Ok(());
                }
                if let Some(next) = self.node(at).next {
                    at = next;
                    break;
                }
                match self.node(at).parent {
                    Some(parent) => at = parent,
                    None => return Ok(()),
                }
            }
        }
    }

    fn write_start(&self, out: &mut impl Write, node: NodeId) -> fmt::Result {
        let tag = match &self.node(node).kind {
            Kind::Document => return Ok(()),
            Kind::Text(span) | Kind::Cdata(span) | Kind::Other(span) => return out.write_str(self.str(*span)),
            Kind::Element(tag) => tag,
        };
        out.write_char('<')?;
        out.write_str(self.str(tag.name))?;
        for attribute in &tag.attributes {
            out.write_str(self.str(attribute.lead))?;
            out.write_str(self.str(attribute.name))?;
            out.write_str(self.str(attribute.equals))?;
            out.write_char(attribute.quote)?;
            out.write_str(self.str(attribute.value))?;
            out.write_char(attribute.quote)?;
        }
        out.write_str(self.str(tag.tail))?;
        out.write_str(if tag.is_self_closing { "/>" } else { ">" })
    }

    fn write_end(&self, out: &mut impl Write, node: NodeId) -> fmt::Result {
        match self.tag(node) {
            Some(tag) if !tag.is_self_closing => out.write_str(self.str(tag.close)),
            _ => Ok(()),
        }
    }
}
