//! Where a definition is at fault, found by leaving parts of it out: what makes it fit by its absence is what is
//! wrong. Knows nothing of libvirt; whoever asks says what is refused.

use crate::xml::{Document, NodeId};

/// Without them nothing is a machine's definition: in their place stands what is always right.
const NEEDED: [(&str, &str); 3] = [
    ("name", "<name>x</name>"),
    ("memory", "<memory>65536</memory>"),
    ("os", "<os><type>hvm</type></os>"),
];
/// Questions, some 20 ms each. What is left then is told of the element around it.
const MOST_QUESTIONS: u32 = 300;
/// Pairs are tried in elements of fewer parts.
const FEW_PARTS: usize = 16;

/// What does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It does not belong here, or its text is wrong, or something is missing in it.
    Element {
        name: String,
    },
    Attribute {
        name: String,
    },
    /// An element that has to be there.
    Missing {
        name: String,
    },
}

/// In an element, or of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) element: NodeId,
    pub(super) unfit: Unfit,
}

/// What an element is made of, at any depth.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Element(NodeId),
    Attribute(NodeId, String),
}

/// `is_refused` answers for a text. `document` is refused.
pub(super) fn locate(document: &Document, is_refused: impl Fn(&str) -> bool) -> Vec<Fault> {
    let search = Search {
        is_refused: &is_refused,
        left: std::cell::Cell::new(MOST_QUESTIONS),
    };
    search.machine(document)
}

struct Search<'a> {
    is_refused: &'a dyn Fn(&str) -> bool,
    left: std::cell::Cell<u32>,
}

impl Search<'_> {
    /// `None`: no more questions.
    fn refuses(&self, document: &Document) -> Option<bool> {
        self.left.set(self.left.get().checked_sub(1)?);
        Some((self.is_refused)(&document.to_string()))
    }

    fn machine(&self, document: &Document) -> Vec<Fault> {
        let root = document.root();
        let bare = with_needed(without_children(document, root, &[]));
        if self.refuses(&bare) != Some(false) {
            return self.inside(&bare, root);
        }
        let children: Vec<NodeId> = document.elements(root).collect();
        let mut faults = Vec::new();
        let kept = |kept: &[NodeId]| with_needed(without_children(document, root, kept));
        let mut accepted = Vec::new();
        for bad in self.sifted(&kept, &mut accepted, &children) {
            let alone = kept(&[bad]);
            let smallest = if self.refuses(&alone) == Some(true) {
                alone
            } else {
                // Only together with others.
                without_children(document, root, &[accepted.as_slice(), &[bad]].concat())
            };
            faults.extend(self.inside(&with_needed(smallest), bad));
        }
        if faults.is_empty() {
            let missing = NEEDED.iter().find(|(name, _)| document.child(root, name).is_none());
            faults.push(match missing {
                Some((name, _)) => Fault {
                    element: root,
                    unfit: Unfit::Missing {
                        name: (*name).to_owned(),
                    },
                },
                None => whole(document, root),
            });
        }
        faults
    }

    /// Those of `group` that are refused beside what is accepted, which grows.
    fn sifted(
        &self,
        kept: &dyn Fn(&[NodeId]) -> Document,
        accepted: &mut Vec<NodeId>,
        group: &[NodeId],
    ) -> Vec<NodeId> {
        let mut bad = Vec::new();
        let mut groups = vec![group];
        while let Some(group) = groups.pop() {
            if group.is_empty() {
                continue;
            }
            let together = [accepted.as_slice(), group].concat();
            match (self.refuses(&kept(&together)), group) {
                (Some(false), _) => accepted.extend(group),
                (Some(true), [only]) => bad.push(*only),
                (Some(true), _) => {
                    let (first, second) = group.split_at(group.len() / 2);
                    groups.extend([second, first]);
                }
                (None, _) => return bad,
            }
        }
        bad
    }

    /// `document` is refused for something in `element`, or for the whole of it.
    fn inside(&self, document: &Document, element: NodeId) -> Vec<Fault> {
        let children: Vec<NodeId> = document.elements(element).collect();
        if !children.is_empty() {
            let kept = |kept: &[NodeId]| without_children(document, element, kept);
            if self.refuses(&kept(&[])) == Some(false) {
                let mut accepted = Vec::new();
                let bad = self.sifted(&kept, &mut accepted, &children);
                let in_each = bad.iter().flat_map(|&bad| {
                    let smaller = kept(&[accepted.as_slice(), &[bad]].concat());
                    self.inside(&smaller, bad)
                });
                let faults: Vec<Fault> = in_each.collect();
                if !faults.is_empty() {
                    return faults;
                }
            }
        }
        self.guilty(document, &parts_of(document, element))
            .unwrap_or_else(|| vec![whole(document, element)])
    }

    /// The part without which it fits, or the two.
    fn guilty(&self, document: &Document, parts: &[Part]) -> Option<Vec<Fault>> {
        for part in parts {
            if !self.refuses(&without(document, &[part]))? {
                return Some(self.of_part(document, part));
            }
        }
        if parts.len() > FEW_PARTS {
            return None;
        }
        for (index, first) in parts.iter().enumerate() {
            for second in &parts[index + 1..] {
                if !self.refuses(&without(document, &[first, second]))? {
                    let mut faults = self.of_part(&without(document, &[second]), first);
                    faults.extend(self.of_part(&without(document, &[first]), second));
                    return Some(faults);
                }
            }
        }
        None
    }

    fn of_part(&self, document: &Document, part: &Part) -> Vec<Fault> {
        match part {
            Part::Element(element) => self.inside(document, *element),
            Part::Attribute(element, name) => vec![Fault {
                element: *element,
                unfit: Unfit::Attribute { name: name.clone() },
            }],
        }
    }
}

/// The outer ones first: what must not be missing is looked into where leaving it out does not help.
fn parts_of(document: &Document, element: NodeId) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut level = vec![element];
    while !level.is_empty() {
        let inner: Vec<NodeId> = level.iter().flat_map(|&element| document.elements(element)).collect();
        parts.extend(inner.iter().copied().map(Part::Element));
        for &element in &level {
            let names = document.attrs(element).map(|(name, _)| name.to_owned());
            let names = names.filter(|name| !name.starts_with("xmlns"));
            parts.extend(names.map(|name| Part::Attribute(element, name)));
        }
        level = inner;
    }
    parts
}

fn whole(document: &Document, element: NodeId) -> Fault {
    Fault {
        element,
        unfit: Unfit::Element {
            name: document.name(element).to_owned(),
        },
    }
}

/// Nodes keep their ids.
fn without_children(document: &Document, element: NodeId, kept: &[NodeId]) -> Document {
    let mut smaller = document.clone();
    for child in document.elements(element).filter(|child| !kept.contains(child)) {
        smaller.remove(child);
    }
    smaller
}

fn without(document: &Document, parts: &[&Part]) -> Document {
    let mut smaller = document.clone();
    for part in parts {
        match part {
            Part::Element(element) => smaller.remove(*element),
            Part::Attribute(element, name) => {
                smaller.remove_attr(*element, name);
            }
        }
    }
    smaller
}

fn with_needed(mut document: Document) -> Document {
    let root = document.root();
    for (name, xml) in NEEDED {
        if document.child(root, name).is_none() && document.insert_fragment(root, xml, &[]).is_err() {
            tracing::debug!(name, "no room for it");
        }
    }
    document
}
