//! XML without its secrets, for logs, "Copy details" and bug reports.

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
    fn harmless_xml_stays_as_it_is() {
        let xml = "<domain><!-- c --><name>a</name><key/></domain>";
        assert_eq!(redact(xml), xml);
    }
}
