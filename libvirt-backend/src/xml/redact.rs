//! XML without its secrets, for logs, "Copy details", journals and editors; and the secrets put back.

use super::{Document, NodeId, XmlError};

/// Stands where a secret stood.
pub const MARKER: &str = "[removed]";

/// Attributes that hold a secret wherever they stand.
const SECRET_ATTRIBUTES: [&str; 3] = ["passwd", "password", "passphrase"];
/// Elements whose text is a secret wherever they stand; `session` and `dhCert` are SEV's.
const SECRET_ELEMENTS: [&str; 5] = ["password", "passphrase", "cookie", "session", "dhCert"];
/// Words that betray a secret in an argument of QEMU's own command line.
const SECRET_WORDS: [&str; 4] = ["pass", "secret", "token", "data="];

/// Passwords, keys and secret values replaced by [`MARKER`]. Never fails: a text that is not XML becomes a marker
/// whole.
pub fn redact(xml: &str) -> String {
    Document::parse(xml)
        .and_then(|mut document| {
            remove_secrets(&mut document)?;
            Ok(document.to_string())
        })
        .unwrap_or_else(|_| MARKER.to_owned())
}

/// Where a secret stands.
struct Place {
    element: NodeId,
    /// `None`: it is the element's text.
    attribute: Option<String>,
}

fn remove_secrets(document: &mut Document) -> Result<(), XmlError> {
    let elements: Vec<NodeId> = document.descendants(document.root()).collect();
    for element in elements {
        let secret_attributes: Vec<String> = document
            .attrs(element)
            .filter(|(name, value)| is_secret(document, element, name, value))
            .map(|(name, _)| name.to_owned())
            .collect();
        for name in secret_attributes {
            document.set_attr(element, &name, MARKER)?;
        }
        if has_secret_text(document, element) && !document.text(element).trim().is_empty() {
            document.set_text(element, MARKER)?;
        }
    }
    Ok(())
}

/// Puts the secrets of `present` back where `document` has markers.
///
/// Each is looked for in the element that is the
/// same but for its secrets, else in the one with the same key, else in the one at the same place. Answers the paths
/// of those that are not found: they have to be typed again.
pub fn restore_secrets(document: &mut Document, present: &Document) -> Result<Vec<String>, XmlError> {
    let mut redacted = present.clone();
    remove_secrets(&mut redacted)?;
    let mut found = Vec::new();
    for place in markers(document) {
        // Found before anything is put back: elements are compared without their secrets.
        let secret = counterpart(document, place.element, &redacted).and_then(|there| match &place.attribute {
            Some(name) => present.attr(there, name).map(std::borrow::Cow::into_owned),
            None => Some(present.text(there).into_owned()).filter(|text| !text.trim().is_empty()),
        });
        let secret = secret.ok_or_else(|| path_of(document, &place));
        found.push((place, secret));
    }
    let mut paths = Vec::new();
    for (place, secret) in found {
        match (secret, place.attribute) {
            (Ok(secret), Some(name)) => document.set_attr(place.element, &name, &secret)?,
            (Ok(secret), None) => document.set_text(place.element, &secret)?,
            (Err(path), _) => paths.push(path),
        }
    }
    Ok(paths)
}

fn markers(document: &Document) -> Vec<Place> {
    let mut places = Vec::new();
    for element in document.descendants(document.root()) {
        let names = document.attrs(element).filter(|(_, value)| value == MARKER);
        places.extend(names.map(|(name, _)| Place {
            element,
            attribute: Some(name.to_owned()),
        }));
        if document.text(element).trim() == MARKER {
            places.push(Place {
                element,
                attribute: None,
            });
        }
    }
    places
}

/// The element of `other` that is the same one.
fn counterpart(document: &Document, element: NodeId, other: &Document) -> Option<NodeId> {
    let Some(parent) = document.parent(element) else {
        return Some(other.root());
    };
    let outer = counterpart(document, parent, other)?;
    let name = document.name(element);
    let here: Vec<NodeId> = document.children(parent, name).collect();
    let there: Vec<NodeId> = other.children(outer, name).collect();
    let rank_among = |is_alike: &dyn Fn(NodeId) -> bool| {
        let alike = here.iter().filter(|&&sibling| is_alike(sibling));
        alike.take_while(|&&sibling| sibling != element).count()
    };
    let whole = document.element_xml(element);
    let twins: Vec<NodeId> = there
        .iter()
        .copied()
        .filter(|&found| other.element_xml(found) == whole)
        .collect();
    if !twins.is_empty() {
        return twins
            .get(rank_among(&|sibling| document.element_xml(sibling) == whole))
            .copied();
    }
    let key = key_of(document, element);
    let alike: Vec<NodeId> = there
        .iter()
        .copied()
        .filter(|&found| key_of(other, found) == key)
        .collect();
    if key.iter().any(Option::is_some) && alike.len() == 1 {
        return alike.first().copied();
    }
    let index = here.iter().position(|&sibling| sibling == element)?;
    there.get(index).copied().filter(|_| here.len() == there.len())
}

/// What tells an element from its siblings.
pub(super) fn key_of(document: &Document, element: NodeId) -> [Option<String>; 6] {
    const PLACES: [(&str, &str); 6] = [
        ("", "name"),
        ("", "type"),
        ("", "index"),
        ("alias", "name"),
        ("mac", "address"),
        ("target", "dev"),
    ];
    PLACES.map(|(path, name)| document.attr_at(element, path, name).map(std::borrow::Cow::into_owned))
}

fn path_of(document: &Document, place: &Place) -> String {
    let mut names = vec![document.name(place.element)];
    let mut element = place.element;
    while let Some(parent) = document.parent(element) {
        element = parent;
        names.push(document.name(element));
    }
    names.reverse();
    let path = names.join("/");
    match &place.attribute {
        Some(name) => format!("{path}/@{name}"),
        None => path,
    }
}

fn is_secret(document: &Document, element: NodeId, name: &str, value: &str) -> bool {
    let has_secret_word = || {
        let value = value.to_ascii_lowercase();
        SECRET_WORDS.iter().any(|word| value.contains(word))
    };
    match (document.local_name(element), name) {
        (_, name) if SECRET_ATTRIBUTES.contains(&name) => true,
        // The environment of QEMU: anything may be in it.
        ("env", "value") => true,
        ("arg", "value") => has_secret_word(),
        _ => false,
    }
}

/// Strings handed to the guest (SMBIOS, `fw_cfg`) carry credentials and provisioning data.
fn has_secret_text(document: &Document, element: NodeId) -> bool {
    let name = document.local_name(element);
    let is_guest_string = || {
        document
            .parent(element)
            .is_some_and(|parent| match document.local_name(parent) {
                "oemStrings" => true,
                "sysinfo" => document.attr(parent, "type").is_some_and(|kind| kind == "fwcfg"),
                _ => false,
            })
    };
    SECRET_ELEMENTS.contains(&name) || (name == "entry" && is_guest_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_is_left() {
        let xml = "<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n  <name>a</name>\n  \
                   <graphics type='vnc' passwd='SECRET1' passwdValidTo='2030-01-01T00:00:00'/>\n  \
                   <launchSecurity type='sev'><session>SECRET2</session><dhCert>SECRET3</dhCert></launchSecurity>\n  \
                   <cookies><cookie name='c'>SECRET6</cookie></cookies>\n  <sysinfo type='fwcfg'><entry name='opt/a'>SECRET8</entry></sysinfo>\n  \
                   <password><![CDATA[SECRET4]]></password>\n  \
                   <qemu:commandline>\n    <qemu:arg value='-object'/>\n    \
                   <qemu:arg value='secret,id=s,data=SECRET5'/>\n    \
                   <qemu:env name='TOKEN' value='SECRET7'/>\n  </qemu:commandline>\n</domain>\n";
        let redacted = redact(xml);
        assert!(!redacted.contains("SECRET"), "{redacted}");
        assert!(redacted.contains("passwdValidTo='2030-01-01T00:00:00'"), "{redacted}");
        assert!(redacted.contains("<qemu:arg value='-object'/>"), "{redacted}");
        assert_eq!(redacted.lines().count(), xml.lines().count());
    }

    #[test]
    fn a_text_that_is_not_xml_is_not_shown() {
        assert_eq!(redact("<a passwd='x'"), MARKER);
    }

    #[test]
    fn secrets_come_back_to_the_elements_they_were_taken_from() {
        let present = "<domain><devices><graphics type='vnc' passwd='A'/><graphics type='spice' passwd='B'/>\
            <disk><auth><password>C</password></auth><target dev='vda'/></disk>\
            <disk><auth><password>D</password></auth><target dev='vdb'/></disk></devices></domain>";
        let present = Document::parse(present).unwrap();
        // The first of each is gone; what stays was changed beside its secret.
        let edited = "<domain><devices><graphics type='spice' port='1' passwd='[removed]'/>\
            <disk><auth><password>[removed]</password></auth><target dev='vdb'/><shareable/></disk></devices></domain>";
        let mut edited = Document::parse(edited).unwrap();
        assert_eq!(restore_secrets(&mut edited, &present), Ok(Vec::new()));
        let text = edited.to_string();
        assert!(text.contains("passwd='B'") && text.contains("<password>D<"), "{text}");
    }

    #[test]
    fn a_secret_that_is_nowhere_has_to_be_typed_again() {
        let present = Document::parse("<domain><devices/></domain>").unwrap();
        let mut edited =
            Document::parse("<domain><devices><graphics type='vnc' passwd='[removed]'/></devices></domain>").unwrap();
        let missing = restore_secrets(&mut edited, &present).unwrap();
        assert_eq!(missing, ["domain/devices/graphics/@passwd"]);
    }

    #[test]
    fn what_was_redacted_is_whole_again() {
        let xml = "<domain xmlns:qemu='q'><qemu:commandline><qemu:arg value='secret,id=a,data=X'/>\
            <qemu:arg value='-x'/><qemu:arg value='secret,id=b,data=Y'/></qemu:commandline></domain>";
        let mut again = Document::parse(&redact(xml)).unwrap();
        assert_eq!(
            restore_secrets(&mut again, &Document::parse(xml).unwrap()),
            Ok(Vec::new())
        );
        assert_eq!(again.to_string(), xml);
    }

    #[test]
    fn harmless_xml_stays_as_it_is() {
        let xml = "<domain><!-- c --><name>a</name><key/></domain>";
        assert_eq!(redact(xml), xml);
    }
}
