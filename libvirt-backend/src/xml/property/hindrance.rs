//! Settings and devices that libvirt defines without a word, and with which a machine of this connection then does not
//! start, or which do nothing in it.

use super::select::Setting;
use super::{Property, SCOPES, Scope, Value};
use crate::xml::Document;

/// Why it would come to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Hindrance {
    /// Shares, quotas, limits of memory and weights are counted in control groups, which a session has none of.
    #[error("libvirt cannot do it for a user's own machines: it would not start")]
    ControlGroups,
    #[error("a user's own machines get no huge pages: it would not start")]
    HugePages,
    #[error("a user's own machines cannot lock their memory: it would not start")]
    LockedMemory,
    #[error("libvirt limits no interface of type user")]
    UserNetworkLimit,
    #[error("libvirt sets no MTU of an interface of type user: it would not start")]
    UserNetworkMtu,
    #[error("this computer has no /dev/vhost-vsock that it could use: it would not start")]
    NoVsock,
}

/// `own`: what the same machine or device says of another setting.
pub fn of(
    scope: &Scope,
    property: &Property,
    is_session: bool,
    own: impl Fn(&str) -> Option<String>,
) -> Option<Hindrance> {
    let name = property.name;
    let is_user_network = || own("type").is_some_and(|kind| kind == "user");
    match scope.word {
        "" if is_session => in_session(name),
        "blkiotune.device" if is_session => Some(Hindrance::ControlGroups),
        "interface" if name.starts_with("bandwidth.") && is_user_network() => Some(Hindrance::UserNetworkLimit),
        "interface" if name == "mtu" && is_user_network() => Some(Hindrance::UserNetworkMtu),
        _ => None,
    }
}

fn in_session(name: &str) -> Option<Hindrance> {
    let is_time = || name.ends_with("period") || name.ends_with("quota") || name == "cputune.shares";
    let is_counted = name.starts_with("memtune.") || name == "blkiotune.weight";
    match name {
        "hugepages" | "hugepages.size" => Some(Hindrance::HugePages),
        "memory.locked" => Some(Hindrance::LockedMemory),
        _ if is_counted || (name.starts_with("cputune.") && is_time()) => Some(Hindrance::ControlGroups),
        _ => None,
    }
}

/// The same of a machine's setting, of any of the devices that it names.
pub fn of_setting(setting: &Setting, is_session: bool, domain: &Document) -> Option<Hindrance> {
    let Setting { scope, property, .. } = setting;
    let elements = setting.elements(domain).unwrap_or_default();
    let mut found = elements.into_iter().map(|element| {
        let own = |name: &str| said(scope, name, domain, element);
        of(scope, property, is_session, own)
    });
    // An entry that is not there yet.
    let own_alone = of(scope, property, is_session, |_| None);
    own_alone.or_else(|| found.find_map(|hindrance| hindrance))
}

/// A new device with all that it says. `has_vsock`: `None` where nobody knows.
pub fn of_device(xml: &str, is_session: bool, has_vsock: Option<bool>) -> Option<Hindrance> {
    let device = Document::parse(xml).ok()?;
    let root = device.root();
    let element = format!("devices/{}", device.name(root));
    let scope = SCOPES
        .iter()
        .find(|scope| scope.is_device() && scope.element == element)?;
    of_kind(scope, has_vsock).or_else(|| {
        scope.properties().find_map(|property| {
            let value = property.read(&device, root).ok()??;
            let own = |name: &str| said(scope, name, &device, root);
            is_meant(&value).then(|| of(scope, property, is_session, own))?
        })
    })
}

/// Any device of this kind.
pub fn of_kind(scope: &Scope, has_vsock: Option<bool>) -> Option<Hindrance> {
    (scope.word == "vsock" && has_vsock == Some(false)).then_some(Hindrance::NoVsock)
}

/// What is switched off hinders nothing.
pub const fn is_meant(value: &Value) -> bool {
    !matches!(value, Value::Switch(false))
}

fn said(scope: &Scope, name: &str, document: &Document, element: crate::xml::NodeId) -> Option<String> {
    let value = scope.property(name)?.read(document, element).ok()??;
    Some(value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain() -> Document {
        Document::parse(
            "<domain><devices><interface type='user'><mac address='52:54:00:00:00:01'/></interface><interface \
             type='bridge'><mac address='52:54:00:00:00:02'/></interface></devices></domain>",
        )
        .unwrap()
    }

    fn of_name(name: &str, is_session: bool) -> Option<Hindrance> {
        of_setting(&Setting::parse(name).unwrap(), is_session, &domain())
    }

    #[test]
    fn what_would_keep_a_users_machine_from_starting_is_known() {
        for name in [
            "cputune.shares",
            "cputune.quota",
            "cputune.global_period",
            "memtune.hard_limit",
            "blkiotune.weight",
        ] {
            assert_eq!(of_name(name, true), Some(Hindrance::ControlGroups), "{name}");
            assert_eq!(of_name(name, false), None, "{name}");
        }
        assert_eq!(of_name("hugepages", true), Some(Hindrance::HugePages));
        assert_eq!(of_name("hugepages.size", true), Some(Hindrance::HugePages));
        assert_eq!(of_name("memory.locked", true), Some(Hindrance::LockedMemory));
        assert_eq!(of_name("memory.locked", false), None);
        for name in ["cputune.emulatorpin", "numatune.nodeset", "memory", "memory.source"] {
            assert_eq!(of_name(name, true), None, "{name}");
        }
    }

    #[test]
    fn a_network_of_the_user_has_no_limits_and_no_mtu_of_its_own() {
        let limit = |mac: &str| of_name(&format!("interface.{mac}.bandwidth.inbound.average"), false);
        assert_eq!(limit("52:54:00:00:00:01"), Some(Hindrance::UserNetworkLimit));
        assert_eq!(limit("52:54:00:00:00:02"), None);
        let mtu = |mac: &str| of_name(&format!("interface.{mac}.mtu"), true);
        assert_eq!(mtu("52:54:00:00:00:01"), Some(Hindrance::UserNetworkMtu));
        assert_eq!(mtu("52:54:00:00:00:02"), None);
        assert_eq!(mtu("all"), Some(Hindrance::UserNetworkMtu), "one of them is enough");
    }

    #[test]
    fn a_new_device_is_asked_with_all_that_it_says() {
        let vsock = "<vsock model='virtio'><cid auto='yes'/></vsock>";
        assert_eq!(of_device(vsock, true, Some(false)), Some(Hindrance::NoVsock));
        assert_eq!(of_device(vsock, true, Some(true)), None);
        assert_eq!(of_device(vsock, true, None), None, "nobody knows");
        let card = |kind: &str| format!("<interface type='{kind}'><mtu size='1400'/></interface>");
        assert_eq!(of_device(&card("user"), true, None), Some(Hindrance::UserNetworkMtu));
        assert_eq!(of_device(&card("bridge"), true, None), None);
        assert_eq!(of_device("<interface type='user'/>", true, None), None);
    }
}
