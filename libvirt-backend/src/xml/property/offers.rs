//! Where libvirt tells what a host offers for a setting.

use super::{Kind, Property, Scope, firmware};
use crate::model::Abilities;

/// What a host says of one word of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    Offered,
    /// Its QEMU, or this kind of machine, does not have it.
    Missing,
    /// libvirt says nothing of it.
    Unknown,
}

/// The device and the list that hold for a setting.
const LISTS: [(&str, &str, &str, &str); 16] = [
    ("disk", "device", "disk", "diskDevice"),
    ("disk", "bus", "disk", "bus"),
    ("graphics", "type", "graphics", "type"),
    ("video", "model", "video", "modelType"),
    ("hostdev", "startupPolicy", "hostdev", "startupPolicy"),
    ("rng", "model", "rng", "model"),
    ("rng", "backend", "rng", "backendModel"),
    ("filesystem", "driver", "filesystem", "driverType"),
    ("tpm", "model", "tpm", "model"),
    ("tpm", "type", "tpm", "backendModel"),
    ("tpm", "version", "tpm", "backendVersion"),
    ("panic", "model", "panic", "model"),
    ("interface", "backend", "interface", "backendType"),
    ("", "os.firmware", "os", "firmware"),
    ("", "os.loader.type", "loader", "type"),
    ("", "memory.source", "memoryBacking", "sourceType"),
];
/// Features whose setting is a switch, and what libvirt says of it.
const SWITCHES: [(&str, &str); 3] = [
    ("features.vmcoreinfo", "vmcoreinfo"),
    ("iothreads", "iothreads"),
    ("features.ps2", "ps2"),
];
const HYPERV: &str = "hyperv.";

/// May this word be chosen?
pub fn word(abilities: &Abilities, scope: &Scope, property: &Property, word: &str) -> Offer {
    if scope.word.is_empty() && property.name == "cpu.mode" {
        // Drivers that know nothing of processors say no to each.
        let is_told = abilities.cpu_modes.iter().any(|mode| mode.is_supported);
        let mode = abilities.cpu_modes.iter().find(|mode| is_told && mode.name == word);
        return match mode {
            Some(mode) if mode.is_supported => Offer::Offered,
            Some(_) => Offer::Missing,
            None => Offer::Unknown,
        };
    }
    if scope.word.is_empty() && property.is_summary {
        return firmware(abilities, word);
    }
    let Some((_, _, device, list)) = LISTS
        .iter()
        .find(|(scope_word, name, ..)| *scope_word == scope.word && *name == property.name)
    else {
        return Offer::Unknown;
    };
    match abilities.list(device, list) {
        None => Offer::Unknown,
        Some(values) if values.iter().any(|value| value == word) => Offer::Offered,
        // Firmware is what the list is of; that there is none is always possible.
        Some(_) if property.name == "os.firmware" && word == "bios" => Offer::Unknown,
        Some(_) => Offer::Missing,
    }
}

/// libvirt tells of the firmware's files that fit this kind of machine; a BIOS is in QEMU itself.
fn firmware(abilities: &Abilities, word: &str) -> Offer {
    let lists = match word {
        firmware::UEFI => &[("os", "firmware", "efi")][..],
        firmware::SECURE_BOOT => &[("os", "firmware", "efi"), ("loader", "secure", "yes")],
        _ => &[],
    };
    let told = lists.iter().map(|(device, list, wanted)| {
        let values = abilities.list(device, list)?;
        Some(values.iter().any(|value| value == wanted))
    });
    let told: Vec<Option<bool>> = told.collect();
    if told.contains(&Some(false)) {
        Offer::Missing
    } else if told.contains(&None) || told.is_empty() {
        Offer::Unknown
    } else {
        Offer::Offered
    }
}

/// May this setting be switched on at all?
pub fn switch(abilities: &Abilities, scope: &Scope, property: &Property) -> Offer {
    if !scope.word.is_empty() {
        return Offer::Unknown;
    }
    if let Some(name) = property.name.strip_prefix(HYPERV)
        && name != "mode"
    {
        // `spinlocks.retries` belongs to `spinlocks`.
        let feature = name.split('.').next().unwrap_or(name);
        return match abilities.list("hyperv", "features") {
            None => Offer::Unknown,
            Some(known) if known.iter().any(|one| one == feature) => Offer::Offered,
            Some(_) => Offer::Missing,
        };
    }
    let feature = SWITCHES.iter().find(|(name, _)| *name == property.name);
    match feature.and_then(|(_, feature)| abilities.supported.get(*feature)) {
        Some(true) => Offer::Offered,
        Some(false) => Offer::Missing,
        None => Offer::Unknown,
    }
}

/// A device of which libvirt says that this kind of machine cannot have it.
pub fn device(abilities: &Abilities, scope: &Scope) -> Offer {
    match abilities.supported.get(scope.word) {
        Some(true) => Offer::Offered,
        Some(false) => Offer::Missing,
        None => Offer::Unknown,
    }
}

/// Has the setting words of which libvirt tells?
pub fn is_told(scope: &Scope, property: &Property) -> bool {
    matches!(property.kind, Kind::Choice(_))
        && (property.name == "cpu.mode"
            || property.is_summary
            || LISTS
                .iter()
                .any(|(word, name, ..)| *word == scope.word && *name == property.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::property::SCOPES;
    use crate::xml::domain_capabilities::abilities;

    fn scope(word: &str) -> &'static Scope {
        SCOPES.iter().find(|scope| scope.word == word).unwrap()
    }

    #[test]
    fn every_list_is_of_a_setting_that_exists() {
        for (word, name, ..) in LISTS {
            if let Some(scope) = SCOPES.iter().find(|scope| scope.word == word) {
                assert!(scope.property(name).is_some(), "{word}.{name}");
            } else {
                panic!("{word} has no settings");
            }
        }
        for (name, _) in SWITCHES {
            assert!(scope("").property(name).is_some(), "{name}");
        }
    }

    #[test]
    fn words_are_offered_missing_or_unknown() {
        let host = abilities(
            "<domainCapabilities><cpu><mode name='host-passthrough' supported='no'/>\
             <mode name='host-model' supported='yes'/></cpu>\
             <os supported='yes'><enum name='firmware'><value>efi</value></enum></os>\
             <devices><disk supported='yes'><enum name='bus'><value>virtio</value></enum></disk>\
             <tpm supported='no'><enum name='model'><value>tpm-crb</value></enum></tpm></devices>\
             <features><hyperv supported='yes'><enum name='features'><value>spinlocks</value></enum></hyperv></features>\
             </domainCapabilities>",
        )
        .unwrap();
        let told = |place: &str, name: &str, text: &str| {
            let scope = scope(place);
            word(&host, scope, scope.property(name).unwrap(), text)
        };
        assert_eq!(told("disk", "bus", "virtio"), Offer::Offered);
        assert_eq!(told("disk", "bus", "ide"), Offer::Missing);
        assert_eq!(told("disk", "cache", "none"), Offer::Unknown);
        assert_eq!(told("tpm", "model", "tpm-crb"), Offer::Missing);
        assert_eq!(told("graphics", "type", "vnc"), Offer::Unknown, "libvirt said nothing");
        assert_eq!(told("", "cpu.mode", "host-passthrough"), Offer::Missing);
        assert_eq!(told("", "os.firmware", "efi"), Offer::Offered);
        assert_eq!(told("", "os.firmware", "bios"), Offer::Unknown);
        assert_eq!(told("", "firmware", "uefi"), Offer::Offered);
        assert_eq!(told("", "firmware", "bios"), Offer::Unknown);
        assert_eq!(
            told("", "firmware", "secure-boot"),
            Offer::Unknown,
            "of no files it is told"
        );
        let feature = |name: &str| switch(&host, scope(""), scope("").property(name).unwrap());
        assert_eq!(feature("hyperv.spinlocks"), Offer::Offered);
        assert_eq!(feature("hyperv.relaxed"), Offer::Missing);
        assert_eq!(feature("hyperv.spinlocks.retries"), Offer::Offered, "a part of it");
        assert_eq!(feature("features.acpi"), Offer::Unknown);
        assert_eq!(device(&host, scope("tpm")), Offer::Missing);
        assert_eq!(device(&host, scope("watchdog")), Offer::Unknown);
    }
}
