//! Which firmware a machine starts with: one choice that stands in several places of its `<os>`.
//!
//! libvirt finds the files by itself from `<os firmware='efi'>` and the features that are asked for. What it found for
//! the firmware before must go with it: with the old file or the old variables there, it would keep to these.

use super::kind::{Value, Word};
use super::{SCOPES, access, tables};
use crate::xml::{Document, NodeId, XmlError};

/// As the terminal and the forms call them.
pub const BIOS: &str = "bios";
pub const UEFI: &str = "uefi";
pub const SECURE_BOOT: &str = "secure-boot";

/// Both together: the program that checks, and the keys without which it checks nothing.
const FEATURES: [&str; 2] = ["enrolled-keys", "secure-boot"];
/// Of the firmware that was chosen before.
const FOUND: [&str; 4] = ["firmware", "loader", "nvram", "varstore"];

/// `None`: the XML does not say, and the kind of machine is none that has a BIOS.
pub(super) fn read(domain: &Document, os: NodeId) -> Option<Value> {
    let word = if is_uefi(domain, os) {
        if is_secure(domain, os) { SECURE_BOOT } else { UEFI }
    } else {
        let architecture = domain.attr_at(os, "type", "arch");
        let has_bios = architecture.is_none_or(|arch| matches!(&*arch, "x86_64" | "i686"));
        let is_said = domain.attr(os, "firmware").is_some() || domain.child(os, "loader").is_some();
        if !has_bios && !is_said {
            return None;
        }
        BIOS
    };
    Some(Value::Word(Word::Known(word)))
}

fn is_uefi(domain: &Document, os: NodeId) -> bool {
    match domain.attr(os, "firmware") {
        Some(firmware) => firmware == "efi",
        None => {
            domain.child(os, "nvram").is_some()
                || domain
                    .attr_at(os, "loader", "type")
                    .is_some_and(|kind| kind == "pflash")
        }
    }
}

fn is_secure(domain: &Document, os: NodeId) -> bool {
    match feature(domain, os, FEATURES[0]) {
        Some(has_keys) => has_keys,
        None => {
            feature(domain, os, FEATURES[1]) == Some(true)
                || domain.attr_at(os, "loader", "secure").is_some_and(|word| word == "yes")
        }
    }
}

fn feature(domain: &Document, os: NodeId, name: &str) -> Option<bool> {
    let features = domain.find_all(os, "firmware/feature");
    let mut named = features
        .into_iter()
        .filter(|feature| domain.attr(*feature, "name").is_some_and(|found| found == name));
    let feature = named.next()?;
    Some(domain.attr(feature, "enabled").is_some_and(|word| word == "yes"))
}

/// Leaves it to libvirt to choose the files anew.
pub(super) fn write(domain: &mut Document, os: NodeId, word: Option<&str>) -> Result<(), XmlError> {
    domain.remove_attr(os, "firmware");
    for name in FOUND {
        let found: Vec<NodeId> = domain.children(os, name).collect();
        for element in found {
            domain.remove(element);
        }
    }
    let Some(word) = word.filter(|word| *word != BIOS) else {
        return Ok(());
    };
    domain.set_attr(os, "firmware", "efi")?;
    let firmware = access::make(domain, os, "firmware")?;
    let enabled = if word == SECURE_BOOT { "yes" } else { "no" };
    for name in FEATURES {
        domain.append_with(firmware, "feature", &[("enabled", enabled), ("name", name)])?;
    }
    Ok(())
}

/// The file of UEFI's variables.
pub fn variables(domain: &Document) -> Option<String> {
    let root = domain.root();
    let file = domain.attr_at(root, "os/nvram/source", "file");
    let path = file.map(std::borrow::Cow::into_owned);
    let path = path.or_else(|| domain.text_at(root, "os/nvram"))?;
    let path = path.trim();
    (!path.is_empty()).then(|| path.to_owned())
}

/// Is it one of the places that the choice is made of?
pub(super) fn is_part(scope: &super::Scope, property: &super::Property) -> bool {
    let is_of_group = || tables::FIRMWARE.properties.contains(property);
    scope.word == FEATURE_SCOPE || (scope.word.is_empty() && is_of_group())
}

const FEATURE_SCOPE: &str = "os.firmware.feature";

/// The settings that make one machine's firmware that of `like`, whatever it is before: the choice first, which takes
/// out what belongs to another.
pub(super) fn all_of(like: &Document) -> Vec<super::change::Change> {
    let mut changes = Vec::new();
    let set = |scope, key: &str, property, value| super::change::Change::Set {
        setting: super::select::Setting {
            scope,
            key: key.to_owned(),
            property,
        },
        value,
    };
    for scope in SCOPES {
        if scope.word.is_empty() {
            for property in tables::FIRMWARE.properties {
                let value = property.read(like, like.root()).ok().flatten();
                changes.push(set(scope, "", property, value));
            }
        } else if scope.word == FEATURE_SCOPE {
            let present = scope.keyed(like);
            for name in FEATURES {
                if present.iter().all(|(key, _)| key != name) {
                    changes.extend(scope.properties().map(|property| set(scope, name, property, None)));
                }
            }
            for (key, element) in present {
                for property in scope.properties() {
                    let value = property.read(like, element).ok().flatten();
                    changes.push(set(scope, &key, property, value));
                }
            }
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::super::FIRMWARE;
    use super::super::change::{Change, preview};
    use super::super::select::Setting;
    use super::*;

    const BIOS_XML: &str = "<domain>\n  <os>\n    <type arch='x86_64' machine='q35'>hvm</type>\n    \
        <boot dev='hd'/>\n  </os>\n</domain>\n";
    const MADE_BY_HAND: &str = "<domain><os><type arch='x86_64' machine='q35'>hvm</type>\
        <loader readonly='yes' type='pflash'>/code.fd</loader><nvram template='/vars.fd'>/own_VARS.fd</nvram>\
        </os></domain>";

    fn changed(xml: &str, word: &str) -> String {
        let setting = Setting::parse("firmware").unwrap();
        let value = Some(setting.property.input(word).unwrap());
        preview(xml, &[Change::Set { setting, value }]).unwrap().xml
    }

    fn told(xml: &str) -> Option<String> {
        FIRMWARE.text(&Document::parse(xml).unwrap()).unwrap()
    }

    #[test]
    fn each_choice_is_written_and_read_and_leads_back_to_the_same_text() {
        assert_eq!(told(BIOS_XML).as_deref(), Some(BIOS));
        let uefi = changed(BIOS_XML, UEFI);
        assert!(
            uefi.contains(
                "  <os firmware='efi'>\n    <type arch='x86_64' machine='q35'>hvm</type>\n    <firmware>\n      \
                 <feature enabled='no' name='enrolled-keys'/>\n      <feature enabled='no' name='secure-boot'/>\n    \
                 </firmware>\n    <boot dev='hd'/>"
            ),
            "{uefi}"
        );
        assert_eq!(told(&uefi).as_deref(), Some(UEFI));
        let secure = changed(&uefi, SECURE_BOOT);
        assert_eq!(secure.matches("enabled='yes'").count(), 2, "{secure}");
        assert!(!secure.contains("enabled='no'"), "{secure}");
        assert_eq!(told(&secure).as_deref(), Some(SECURE_BOOT));
        assert_eq!(changed(&secure, BIOS), BIOS_XML);
    }

    #[test]
    fn nothing_of_the_old_firmware_stays_and_the_same_choice_touches_nothing() {
        assert_eq!(told(MADE_BY_HAND).as_deref(), Some(UEFI));
        assert_eq!(changed(MADE_BY_HAND, UEFI), MADE_BY_HAND);
        for word in [SECURE_BOOT, BIOS] {
            let after = changed(MADE_BY_HAND, word);
            assert!(!after.contains("fd"), "{after}");
        }
        let secure = MADE_BY_HAND.replace("readonly='yes'", "readonly='yes' secure='yes'");
        assert_eq!(told(&secure).as_deref(), Some(SECURE_BOOT));
    }

    #[test]
    fn a_firmware_that_could_check_but_has_no_keys_is_plain_uefi() {
        let xml = "<domain><os firmware='efi'><firmware><feature enabled='no' name='enrolled-keys'/>\
            <feature enabled='yes' name='secure-boot'/></firmware></os></domain>";
        assert_eq!(told(xml).as_deref(), Some(UEFI));
    }

    #[test]
    fn where_no_machine_has_a_bios_nothing_said_is_nothing_known() {
        let arm = "<domain><os><type arch='aarch64' machine='virt'>hvm</type></os></domain>";
        assert_eq!(told(arm), None);
        assert_eq!(told("<domain/>"), None);
    }

    #[test]
    fn the_firmware_of_another_definition_is_taken_over_whole() {
        let uefi = changed(BIOS_XML, SECURE_BOOT);
        let back = preview(&uefi, &all_of(&Document::parse(MADE_BY_HAND).unwrap()))
            .unwrap()
            .xml;
        let os = "<loader readonly='yes' type='pflash'>/code.fd</loader>";
        assert!(
            back.contains(os) && back.contains("<nvram template='/vars.fd'>/own_VARS.fd</nvram>"),
            "{back}"
        );
        assert!(!back.contains("feature") && !back.contains("firmware="), "{back}");
        let bios = preview(&uefi, &all_of(&Document::parse(BIOS_XML).unwrap()))
            .unwrap()
            .xml;
        assert_eq!(bios, BIOS_XML);
    }
}
