//! What the settings of a machine are called in words, and what they mean.
//!
//! The texts stand under `field-<scope>-<name>`, or `field-any-<name>` where several scopes share one, with dots as
//! dashes; `…-help` beside them. Every setting has one. The words that a setting takes stand under `word-<word>`, with
//! the setting's name before it where the same word means something else, and the scope's before that.

use libvirt_backend::model::PciDevice;
use libvirt_backend::property::edit::{GuestAnswer, REVERT};
use libvirt_backend::property::hindrance::Hindrance;
use libvirt_backend::property::iommu_groups::HalfGroup;
use libvirt_backend::property::{Form, Group, Kind, Property, Scope, Value, root_ports, select};

use crate::t;

/// What a user reads over it. `None`: only its name in the terminal is known.
pub fn label(scope: &Scope, property: &Property) -> Option<String> {
    keyed(scope, property, "")
}

/// What it does, where its label does not say.
pub fn help(scope: &Scope, property: &Property) -> Option<String> {
    keyed(scope, property, "-help")
}

/// A guest that was asked to let go of a device or a processor.
pub fn kept_by_guest(answer: GuestAnswer, at_next_start: bool) -> String {
    match (answer, at_next_start) {
        (GuestAnswer::Refused, true) => t!("hardware-guest-refused"),
        (GuestAnswer::Refused, false) => t!("hardware-guest-refused-live"),
        (GuestAnswer::Silent { seconds }, true) => t!("hardware-guest-silent", seconds = seconds),
        (GuestAnswer::Silent { seconds }, false) => t!("hardware-guest-silent-live", seconds = seconds),
    }
}

/// Why libvirt did not do it, and what helps where that is known.
pub fn refusal(words: &str) -> String {
    if root_ports::is_missing(words) {
        t!("root-ports-cure", words = words.trim_end_matches('.'))
    } else {
        words.to_owned()
    }
}

/// Why a setting or a device would come to nothing on this connection.
pub fn hindrance(hindrance: Hindrance) -> String {
    t!(match hindrance {
        Hindrance::ControlGroups => "hindrance-control-groups",
        Hindrance::HugePages => "hindrance-huge-pages",
        Hindrance::LockedMemory => "hindrance-locked-memory",
        Hindrance::UserNetworkLimit => "hindrance-user-network-limit",
        Hindrance::UserNetworkMtu => "hindrance-user-network-mtu",
        Hindrance::NoVsock => "hindrance-no-vsock",
    })
}

/// What the machine would have to get besides.
pub fn half_group(half: &HalfGroup) -> String {
    let missing = half.missing.iter();
    let missing: Vec<String> = missing
        .map(|device| format!("{} ({})", pci_name(device), device.address))
        .collect();
    t!(
        "host-half-group",
        address = half.address.to_string(),
        others = missing.join(", ")
    )
}

/// Its name, or what kind of device it is.
pub fn pci_name(device: &PciDevice) -> String {
    if !device.name.is_empty() {
        return device.name.clone();
    }
    let kind = match (device.class >> 16, (device.class >> 8) & 0xff) {
        (0x01, _) => t!("host-pci-storage"),
        (0x02, _) => t!("host-pci-network"),
        (0x03, _) => t!("host-pci-graphics"),
        (0x04, _) => t!("host-pci-sound"),
        (0x0c, 0x03) => t!("host-pci-usb"),
        _ => t!("host-pci-other"),
    };
    format!("{kind} {:04x}:{:04x}", device.vendor, device.product)
}

/// What Berth writes down with a machine, by its name in edits.
pub fn note(what: &str) -> Option<String> {
    super::find(&format!("note-{what}"))
}

/// A definition that became a snapshot's, by its name in edits.
pub fn revert(what: &str) -> Option<String> {
    let snapshot = what.strip_prefix(REVERT)?;
    Some(t!("edits-revert", snapshot = snapshot))
}

/// What stands for a scope and its setting in the keys of texts.
fn names(scope: &Scope, property: &Property) -> (String, String) {
    let scope = match scope.word {
        "" => "machine",
        word => word,
    };
    let name = match property.name {
        "" => "value",
        name => name,
    };
    (scope.replace('.', "-"), name.replace(['.', ' '], "-"))
}

/// The keys of its label, the closest first.
pub(super) fn keys(scope: &Scope, property: &Property) -> [String; 2] {
    let (scope, name) = names(scope, property);
    [format!("field-{scope}-{name}"), format!("field-any-{name}")]
}

fn keyed(scope: &Scope, property: &Property, end: &str) -> Option<String> {
    let keys = keys(scope, property);
    keys.iter().find_map(|key| super::find(&format!("{key}{end}")))
}

/// The title over the settings of a group.
pub fn group(group: &Group) -> String {
    super::find(&format!("group-{}", group.name)).unwrap_or_else(|| group.name.replace('_', " "))
}

/// `disk.KEY.cache`, with the device's own key.
pub fn terminal_name(scope: &Scope, key: &str, property: &Property) -> String {
    if key.is_empty() {
        return select::name_of(scope, property);
    }
    let parts = [scope.word, key, property.name];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(".")
}

/// One of the words that a setting takes: explained where it is not a name of its own.
pub fn word(scope: &Scope, property: &Property, word: &str) -> String {
    let keys = word_keys(scope, property, word);
    let found = keys.iter().find_map(|key| super::find(key));
    found.unwrap_or_else(|| word.to_owned())
}

/// The keys of one of its words, the closest first.
pub(super) fn word_keys(scope: &Scope, property: &Property, word: &str) -> [String; 4] {
    let (scope, name) = names(scope, property);
    let last = property.name.rsplit('.').next().unwrap_or_default();
    [
        format!("word-{scope}-{name}-{word}"),
        format!("word-{name}-{word}"),
        format!("word-{last}-{word}"),
        format!("word-{word}"),
    ]
}

/// As a user reads it.
pub fn value(scope: &Scope, property: &Property, value: Option<&Value>) -> String {
    match value {
        None => t!("field-default"),
        Some(_) if property.is_secret => t!("field-secret"),
        Some(Value::Switch(true)) => t!("field-on"),
        Some(Value::Switch(false)) => t!("field-off"),
        Some(Value::Word(one)) => word(scope, property, one.as_str()),
        Some(Value::Words(words)) => {
            let words: Vec<String> = words.iter().map(|one| word(scope, property, one.as_str())).collect();
            words.join(", ")
        }
        // As exact as it is, and read as it is written elsewhere: "4 GiB".
        Some(value @ Value::Bytes(_)) => {
            let words = value.to_string();
            let digits = words.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
            format!("{digits} {}", &words[digits.len()..])
        }
        Some(value @ (Value::Text(_) | Value::Integer(_))) => value.to_string(),
    }
}

/// What an empty field says may be typed.
pub fn hint(property: &Property) -> String {
    match property.kind {
        Kind::Integer(..) => t!("field-hint-number"),
        Kind::Size(_) => t!("field-hint-size"),
        // Nobody writes one where there is none.
        Kind::Text(Form::Lines) => String::new(),
        _ if property.name == "title" => String::new(),
        _ => t!("field-default"),
    }
}
