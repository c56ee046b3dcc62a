//! A text written as libvirt would write it, so that beside libvirt's own only what it says differs: quotes, line
//! breaks, the order of attributes, and the order of devices are taken from there.

use super::document::Kind;
use super::escape::{escape_attr, escape_text};
use super::redact::key_of;
use super::{Document, NodeId};

/// Nothing that libvirt writes is as deep; the document is walked by calls within calls.
const MAX_DEPTH: usize = 256;

/// Both texts in one hand; `None` where one is deeper than anything libvirt keeps.
pub(crate) fn alike(asked: &Document, kept: &Document) -> Option<[String; 2]> {
    let written = |document: &Document| {
        let mut hand = Hand {
            document,
            kept,
            out: String::new(),
        };
        let whole = hand.element(document.root(), Some(kept.root()), 0);
        whole.map(|()| hand.out)
    };
    Some([written(asked)?, written(kept)?])
}

struct Hand<'a> {
    document: &'a Document,
    kept: &'a Document,
    out: String,
}

impl Hand<'_> {
    fn line(&mut self, depth: usize) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out.extend(std::iter::repeat_n("  ", depth));
    }

    fn element(&mut self, element: NodeId, twin: Option<NodeId>, depth: usize) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.line(depth);
        let name = self.document.name(element);
        self.out.push('<');
        self.out.push_str(name);
        self.attributes(element, twin);
        let children = self.children(element, twin);
        let text = self.document.text(element);
        // What libvirt filled in is lines of its own then.
        let is_filled_in = twin.is_some_and(|twin| self.kept.elements(twin).next().is_some());
        let has_others = children.iter().any(|(child, _)| !self.is_text(*child));
        if children.is_empty() && !is_filled_in {
            self.out.push_str("/>");
        } else if children.is_empty() || has_others {
            self.out.push('>');
            for (child, twin) in children {
                self.child(child, twin, depth + 1)?;
            }
            self.line(depth);
            self.end(name);
        } else {
            self.out.push('>');
            self.out.push_str(&escape_text(&text));
            self.end(name);
        }
        Some(())
    }

    fn end(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    fn child(&mut self, child: NodeId, twin: Option<NodeId>, depth: usize) -> Option<()> {
        match self.document.node(child).kind {
            Kind::Element(_) => return self.element(child, twin, depth),
            Kind::Text(span) | Kind::Cdata(span) | Kind::Other(span) => {
                self.line(depth);
                self.out.push_str(self.document.str(span).trim());
            }
            Kind::Document => {}
        }
        Some(())
    }

    /// As they follow one another in the twin, those that it lacks last.
    fn attributes(&mut self, element: NodeId, twin: Option<NodeId>) {
        let order: Vec<&str> = twin.map_or_else(Vec::new, |twin| self.kept.attrs(twin).map(|(name, _)| name).collect());
        let mut attributes: Vec<_> = self.document.attrs(element).collect();
        attributes.sort_by_key(|(name, _)| order.iter().position(|at| at == name).unwrap_or(order.len()));
        for (name, value) in attributes {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("='");
            self.out.push_str(&escape_attr(&value, '\''));
            self.out.push('\'');
        }
    }

    /// All but white space, each with its twin, in the twins' order; what has none stays behind what it stood behind.
    fn children(&self, element: NodeId, twin: Option<NodeId>) -> Vec<(NodeId, Option<NodeId>)> {
        let there: Vec<NodeId> = twin.map_or_else(Vec::new, |twin| self.kept.elements(twin).collect());
        let mut is_taken = vec![false; there.len()];
        let here = self.document.child_nodes(element);
        let here: Vec<NodeId> = here.filter(|&child| !self.document.is_blank(child)).collect();
        let mut places: Vec<Option<usize>> = vec![None; here.len()];
        // Devices are known by what they are called; elsewhere those of one name may mean something by their order.
        let are_devices = self.document.name(element) == "devices";
        for by_key in [true, false] {
            if by_key && !are_devices {
                continue;
            }
            for (&child, place) in here.iter().zip(&mut places) {
                if place.is_none() && self.document.tag(child).is_some() {
                    let is_same = |&(index, found): &(usize, &NodeId)| {
                        !is_taken[index] && self.is_called(child, *found) && (!by_key || self.has_key(child, *found))
                    };
                    *place = there.iter().enumerate().find(is_same).map(|(index, _)| index);
                    if let Some(index) = *place {
                        is_taken[index] = true;
                    }
                }
            }
        }
        let mut children: Vec<(Option<usize>, NodeId, Option<NodeId>)> = Vec::with_capacity(here.len());
        for (child, place) in here.into_iter().zip(places) {
            let behind = children.last().and_then(|(place, ..)| *place);
            children.push((place.or(behind), child, place.map(|place| there[place])));
        }
        children.sort_by_key(|(place, ..)| *place);
        children.into_iter().map(|(_, child, twin)| (child, twin)).collect()
    }

    fn is_called(&self, child: NodeId, found: NodeId) -> bool {
        self.document.name(child) == self.kept.name(found)
    }

    fn has_key(&self, child: NodeId, found: NodeId) -> bool {
        let key = key_of(self.document, child);
        key.iter().any(Option::is_some) && key == key_of(self.kept, found)
    }

    fn is_text(&self, child: NodeId) -> bool {
        matches!(self.document.node(child).kind, Kind::Text(_) | Kind::Cdata(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::diff::{DiffKind, diff};

    /// What is told to differ.
    fn told(asked: &str, kept: &str) -> Vec<String> {
        let [asked, kept] = [asked, kept].map(|xml| Document::parse(xml).unwrap());
        let [asked, kept] = alike(&asked, &kept).unwrap();
        let lines = diff(&asked, &kept, 0).into_iter();
        let lines = lines.filter(|line| line.kind != DiffKind::Kept);
        lines
            .map(|line| format!("{}{}", line.sign(), line.text.trim()))
            .collect()
    }

    #[test]
    fn quotes_breaks_and_orders_are_not_told_and_what_libvirt_filled_in_is() {
        let asked = r#"<domain type="kvm"><name>a</name>
            <metadata><b:m xmlns:b='urn:b'><b:t n='it&apos;s'/></b:m></metadata><!-- mine -->
            <devices><disk device='disk' type='file'><target bus='virtio' dev='vdb'></target><source file='b'/></disk>
            <interface type='user'/>
            <disk type='file'><source file='a'/><target dev='vda'/></disk></devices></domain>"#;
        let kept = "<domain type='kvm'>\n  <name>a</name>\n  <metadata>\n    <b:m xmlns:b=\"urn:b\">\n      \
            <b:t n=\"it's\"/>\n    </b:m>\n  </metadata>\n  <devices>\n    <disk type='file'>\n      \
            <source file='a'/>\n      <target dev='vda'/>\n    </disk>\n    <disk type='file' device='disk'>\n      \
            <source file='b'/>\n      <target dev='vdb' bus='virtio'/>\n      <address type='pci'/>\n    </disk>\n    \
            <interface type='user'>\n      <mac address='52:54:00:00:00:01'/>\n    </interface>\n  </devices>\n</domain>\n";
        assert_eq!(
            told(asked, kept),
            [
                "-<!-- mine -->",
                "+<address type='pci'/>",
                "+<mac address='52:54:00:00:00:01'/>",
            ]
        );
        assert!(told(kept, kept).is_empty());
    }

    #[test]
    fn an_order_that_means_something_and_a_changed_value_are_told() {
        let os = |first: &str, second: &str| {
            format!("<domain><os><boot dev='{first}'/><boot dev='{second}'/></os></domain>")
        };
        assert!(!told(&os("hd", "cdrom"), &os("cdrom", "hd")).is_empty());
        let memory = |value: &str| format!("<domain>\n  <memory unit='KiB'>{value}</memory>\n</domain>");
        assert_eq!(
            told(&memory("1000"), &memory("1024")),
            ["-<memory unit='KiB'>1000</memory>", "+<memory unit='KiB'>1024</memory>"]
        );
        let texts = |text: &str| format!("<a><b>{text}</b></a>");
        assert!(told(&texts("x &amp; <![CDATA[<y>]]>"), &texts("x &amp; &lt;y&gt;")).is_empty());
        assert!(!told(&texts("x y"), &texts("x  y")).is_empty());
    }

    #[test]
    fn what_is_too_deep_is_left_as_it_is() {
        let deep = format!("{}{}", "<a>".repeat(5_000), "</a>".repeat(5_000));
        let deep = Document::parse(&deep).unwrap();
        assert_eq!(alike(&deep, &deep), None);
    }
}
