//! Berth's own element in a domain's `<metadata>`: tags, and which files were made for the machine.
//!
//! libvirt keeps the element with the domain, so every Berth on every computer sees the same tags. It is written
//! through `virDomainSetMetadata(…, VIR_DOMAIN_METADATA_ELEMENT, xml, BERTH_NS_PREFIX, BERTH_NS_URI, …)`, which puts
//! the namespace onto elements that come without one, and read by `virDomainGetMetadata`, which takes it off again.
//! Inside the domain XML the elements carry it: `<berth:machine xmlns:berth="…"><berth:tag>web</berth:tag>…`.

use std::path::PathBuf;

use super::error::path_text;
use super::{Document, NodeId, XmlError};

/// Never changes, and need not lead anywhere: it is a name.
pub const BERTH_NS_URI: &str = "urn:berth-vm:xmlns:domain:1";
pub const BERTH_NS_PREFIX: &str = "berth";
/// The element in which libosinfo's programs write down a machine's system.
pub(crate) const LIBOSINFO_URI: &str = "http://libosinfo.org/xmlns/libvirt/domain/1.0";
pub(crate) const LIBOSINFO_PREFIX: &str = "libosinfo";

const ELEMENT: &str = "machine";
const MAX_TAG_BYTES: usize = 64;

/// What Berth wrote down with a domain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BerthMetadata {
    /// Sorted, no doubles.
    pub tags: Vec<String>,
    /// Files that Berth made for this machine. An imported disk is not among them.
    pub made_files: Vec<PathBuf>,
    /// Text copied on either side may be pasted on the other, while its screen is shown.
    pub shares_clipboard: bool,
}

/// What may be changed of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Sorted, no doubles.
    Tags(Vec<String>),
    SharesClipboard(bool),
    /// In the order in which they were made.
    MadeFiles(Vec<PathBuf>),
}

impl Note {
    /// How edits name it.
    pub const fn what(&self) -> &'static str {
        match self {
            Self::Tags(_) => "tags",
            Self::SharesClipboard(_) => "clipboard",
            Self::MadeFiles(_) => "made-files",
        }
    }

    pub fn is_in(&self, metadata: &BerthMetadata) -> bool {
        match self {
            Self::Tags(tags) => metadata.tags == *tags,
            Self::SharesClipboard(is_shared) => metadata.shares_clipboard == *is_shared,
            Self::MadeFiles(files) => metadata.made_files == *files,
        }
    }

    /// The element with this in it and everything else as it was. `existing`: what `virDomainGetMetadata` returned.
    pub fn element(&self, existing: Option<&str>) -> Result<String, XmlError> {
        match self {
            Self::Tags(tags) => element_with_tags(existing, tags),
            Self::SharesClipboard(is_shared) => element_with_clipboard(existing, *is_shared),
            Self::MadeFiles(files) => element_with(existing, |document, root| replace_made(document, root, files)),
        }
    }

    /// Into the XML of a domain. An element that says nothing goes.
    pub(crate) fn put_into(&self, domain: &mut Document) -> Result<(), XmlError> {
        let element = find_or_insert(domain)?;
        match self {
            Self::Tags(tags) => replace_tags(domain, element, tags)?,
            Self::SharesClipboard(is_shared) => set_clipboard(domain, element, *is_shared)?,
            Self::MadeFiles(files) => replace_made(domain, element, files)?,
        }
        if domain.elements(element).next().is_none()
            && let Some(metadata) = domain.parent(element)
        {
            domain.remove(element);
            if domain.elements(metadata).next().is_none() {
                domain.remove(metadata);
            }
        }
        Ok(())
    }
}

/// What differs of it between two domains.
pub(crate) fn differing(old: &Document, new: &Document) -> Vec<Note> {
    let (old, new) = (metadata_of_domain(old), metadata_of_domain(new));
    let notes = [
        Note::Tags(new.tags),
        Note::SharesClipboard(new.shares_clipboard),
        Note::MadeFiles(new.made_files),
    ];
    notes.into_iter().filter(|note| !note.is_in(&old)).collect()
}

/// The element for `virDomainSetMetadata`, as libvirt wants it there: without a namespace.
pub fn element_from_metadata(metadata: &BerthMetadata) -> Result<String, XmlError> {
    let mut document = Document::new(ELEMENT)?;
    let root = document.root();
    fill(&mut document, root, metadata)?;
    Ok(document.element_xml(root))
}

/// Reads what `virDomainGetMetadata(…, BERTH_NS_URI, …)` returned, or the element cut out of a domain.
pub fn metadata_from_element(xml: &str) -> Result<BerthMetadata, XmlError> {
    let document = Document::parse(xml)?;
    Ok(read(&document, document.root()))
}

/// The same out of a whole domain XML; empty where the domain has none.
pub fn metadata_from_domain_xml(domain_xml: &str) -> Result<BerthMetadata, XmlError> {
    let domain = Document::parse_as(domain_xml, "domain")?;
    Ok(metadata_of_domain(&domain))
}

/// The element with other tags and everything else as it was. `existing`: what `virDomainGetMetadata` returned.
/// This is what tagging a machine uses.
pub fn element_with_tags(existing: Option<&str>, tags: &[String]) -> Result<String, XmlError> {
    element_with(existing, |document, root| replace_tags(document, root, tags))
}

/// The element with the clipboard's switch so set and everything else as it was.
pub fn element_with_clipboard(existing: Option<&str>, is_shared: bool) -> Result<String, XmlError> {
    element_with(existing, |document, root| set_clipboard(document, root, is_shared))
}

fn element_with(
    existing: Option<&str>,
    write: impl FnOnce(&mut Document, NodeId) -> Result<(), XmlError>,
) -> Result<String, XmlError> {
    let mut document = match existing {
        Some(xml) => Document::parse(xml)?,
        None => Document::new(ELEMENT)?,
    };
    let root = document.root();
    write(&mut document, root)?;
    Ok(document.element_xml(root))
}

/// An element with these tags alone.
pub fn tags_element(tags: &[String]) -> Result<String, XmlError> {
    element_with_tags(None, tags)
}

/// The tags in Berth's element; sorted, no doubles.
pub fn tags_from_element(xml: &str) -> Result<Vec<String>, XmlError> {
    metadata_from_element(xml).map(|metadata| metadata.tags)
}

/// Trimmed, sorted, without doubles; `None` where one is empty, longer than 64 bytes or has a comma or a character
/// that cannot be shown or written.
pub fn normalized_tags(tags: &[String]) -> Option<Vec<String>> {
    let mut normalized = tags
        .iter()
        .map(|tag| Some(tag.trim().to_owned()).filter(|tag| is_tag(tag)))
        .collect::<Option<Vec<String>>>()?;
    normalized.sort_unstable();
    normalized.dedup();
    Some(normalized)
}

fn is_tag(tag: &str) -> bool {
    let is_fit = |c: char| super::chars::is_xml_char(c) && !c.is_control() && c != ',';
    !tag.is_empty() && tag.len() <= MAX_TAG_BYTES && tag.chars().all(is_fit)
}

pub(crate) fn metadata_of_domain(domain: &Document) -> BerthMetadata {
    find(domain).map_or_else(BerthMetadata::default, |element| read(domain, element))
}

/// Writes everything into a domain that has no element of Berth's yet.
pub(crate) fn add_to_domain(domain: &mut Document, metadata: &BerthMetadata) -> Result<(), XmlError> {
    let element = find_or_insert(domain)?;
    fill(domain, element, metadata)
}

fn find(domain: &Document) -> Option<NodeId> {
    let metadata = domain.child(domain.root(), "metadata")?;
    domain.child_in(metadata, BERTH_NS_URI, ELEMENT)
}

fn find_or_insert(domain: &mut Document) -> Result<NodeId, XmlError> {
    if let Some(element) = find(domain) {
        return Ok(element);
    }
    let root = domain.root();
    let metadata = domain.child_or_insert(root, "metadata", super::domain::before("metadata"))?;
    let element = domain.append_child(metadata, &format!("{BERTH_NS_PREFIX}:{ELEMENT}"))?;
    domain.set_attr(element, &format!("xmlns:{BERTH_NS_PREFIX}"), BERTH_NS_URI)?;
    Ok(element)
}

fn fill(document: &mut Document, element: NodeId, metadata: &BerthMetadata) -> Result<(), XmlError> {
    replace_tags(document, element, &metadata.tags)?;
    replace_made(document, element, &metadata.made_files)?;
    set_clipboard(document, element, metadata.shares_clipboard)
}

/// Off is what a machine is that says nothing.
fn set_clipboard(document: &mut Document, element: NodeId, is_shared: bool) -> Result<(), XmlError> {
    if read(document, element).shares_clipboard == is_shared {
        return Ok(());
    }
    let present: Vec<NodeId> = named(document, element, "clipboard").collect();
    for switch in present {
        document.remove(switch);
    }
    if is_shared {
        let name = sibling_name(document, element, "clipboard");
        document.append_with(element, &name, &[("share", "yes")])?;
    }
    Ok(())
}

/// The element with this as the least memory, in KiB, and everything else as it was.
pub(crate) fn element_with_least_memory(existing: Option<&str>, kib: Option<u64>) -> Result<String, XmlError> {
    const LEAST: &str = "least-memory";
    element_with(existing, |document, root| {
        let present: Vec<NodeId> = named(document, root, LEAST).collect();
        for node in present {
            document.remove(node);
        }
        if let Some(kib) = kib {
            let name = sibling_name(document, root, LEAST);
            let node = document.append_text_child(root, &name, &kib.to_string())?;
            document.set_attr(node, "unit", "KiB")?;
        }
        Ok(())
    })
}

fn replace_tags(document: &mut Document, element: NodeId, tags: &[String]) -> Result<(), XmlError> {
    if read(document, element).tags == tags {
        return Ok(());
    }
    let present: Vec<NodeId> = named(document, element, "tag").collect();
    for tag in present {
        document.remove(tag);
    }
    let name = sibling_name(document, element, "tag");
    for tag in tags {
        let child = document.insert_child(element, &name, &[&name])?;
        document.set_text(child, tag)?;
    }
    Ok(())
}

fn replace_made(document: &mut Document, element: NodeId, files: &[PathBuf]) -> Result<(), XmlError> {
    let present: Vec<NodeId> = named(document, element, "made").collect();
    let known = read(document, element).made_files;
    for (node, path) in present.into_iter().zip(&known) {
        if !files.contains(path) {
            document.remove(node);
        }
    }
    let name = sibling_name(document, element, "made");
    for path in files.iter().filter(|path| !known.contains(path)) {
        document.append_with(element, &name, &[("file", path_text(path)?)])?;
    }
    Ok(())
}

fn read(document: &Document, element: NodeId) -> BerthMetadata {
    let mut tags: Vec<String> = named(document, element, "tag")
        .map(|tag| document.text(tag).trim().to_owned())
        .filter(|tag| !tag.is_empty())
        .collect();
    tags.sort_unstable();
    tags.dedup();
    let made_files = named(document, element, "made")
        .filter_map(|made| document.attr(made, "file"))
        .map(|path| PathBuf::from(path.as_ref()))
        .collect();
    let shares_clipboard = named(document, element, "clipboard")
        .any(|node| document.attr(node, "share").is_some_and(|share| share == "yes"));
    BerthMetadata {
        tags,
        made_files,
        shares_clipboard,
    }
}

/// Children by local name: the same element comes with and without its namespace.
fn named<'a>(document: &'a Document, element: NodeId, local_name: &'a str) -> impl Iterator<Item = NodeId> + 'a {
    document
        .elements(element)
        .filter(move |&child| document.local_name(child) == local_name)
}

/// `local_name` with the prefix that `element` has.
fn sibling_name(document: &Document, element: NodeId, local_name: &str) -> String {
    match document.name(element).split_once(':') {
        Some((prefix, _)) => format!("{prefix}:{local_name}"),
        None => local_name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(list: &[&str]) -> Vec<String> {
        list.iter().map(|&item| item.to_owned()).collect()
    }

    #[test]
    fn tags_and_made_files_survive_the_way_through_libvirt() {
        let metadata = BerthMetadata {
            tags: strings(&["<b> & \"c\"", "web", "名前"]),
            made_files: vec![PathBuf::from("/a b/it's\n.qcow2")],
            shares_clipboard: true,
        };
        let xml = element_from_metadata(&metadata).unwrap();
        assert_eq!(metadata_from_element(&xml).unwrap(), metadata);
        assert!(!xml.contains("berth"), "libvirt adds the namespace itself: {xml}");
    }

    #[test]
    fn tagging_keeps_what_this_version_does_not_know() {
        let before = "<machine><future x='1'/><tag>old</tag><made file='/d'/></machine>";
        let after = element_with_tags(Some(before), &strings(&["new"])).unwrap();
        assert!(after.contains("<future x='1'/>"), "{after}");
        let read = metadata_from_element(&after).unwrap();
        assert_eq!(read.tags, ["new"]);
        assert_eq!(read.made_files, [PathBuf::from("/d")]);
        assert_eq!(element_with_tags(Some(before), &strings(&["old"])).unwrap(), before);
    }

    #[test]
    fn a_file_that_was_made_is_written_down_beside_the_others_and_taken_out_alone() {
        let before = "<machine><future x='1'/><made file='/d' by='me'/></machine>";
        let both = Note::MadeFiles(vec![PathBuf::from("/d"), PathBuf::from("/e")]);
        let after = both.element(Some(before)).unwrap();
        assert!(both.is_in(&metadata_from_element(&after).unwrap()), "{after}");
        let one = Note::MadeFiles(vec![PathBuf::from("/d")]);
        assert_eq!(one.element(Some(&after)).unwrap(), before);
    }

    #[test]
    fn the_clipboards_switch_is_off_until_it_is_set_and_keeps_the_rest() {
        let before = "<machine><future x='1'/><tag>old</tag></machine>";
        assert!(!metadata_from_element(before).unwrap().shares_clipboard);
        let on = element_with_clipboard(Some(before), true).unwrap();
        assert!(metadata_from_element(&on).unwrap().shares_clipboard, "{on}");
        assert!(on.contains("<future x='1'/>") && on.contains("<tag>old</tag>"), "{on}");
        assert_eq!(element_with_clipboard(Some(&on), false).unwrap(), before);
        assert!(
            metadata_from_element(&element_with_clipboard(None, true).unwrap())
                .unwrap()
                .shares_clipboard
        );
    }

    #[test]
    fn a_domain_carries_them_under_the_namespace_whatever_the_prefix() {
        let domain = format!(
            "<domain><name>a</name><metadata><b:machine xmlns:b='{BERTH_NS_URI}'><b:tag>x</b:tag></b:machine>\
             <machine><tag>not ours</tag></machine></metadata></domain>"
        );
        assert_eq!(metadata_from_domain_xml(&domain).unwrap().tags, ["x"]);
    }

    #[test]
    fn tags_that_cannot_be_kept_are_refused() {
        assert_eq!(
            normalized_tags(&strings(&[" b ", "a", "b"])),
            Some(strings(&["a", "b"]))
        );
        for bad in ["", "  ", "a,b", "a\nb", "a\0", "\u{FFFE}", &"x".repeat(65)] {
            assert_eq!(normalized_tags(&strings(&[bad])), None, "{bad:?}");
        }
    }
}
