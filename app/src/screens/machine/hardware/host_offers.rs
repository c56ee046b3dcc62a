//! What a host has for a field: words that cannot be chosen, with the reason, and texts that can be picked instead of
//! typed.

use libvirt_backend::model::{CpuModel, HostChoices, PoolOffer};
use libvirt_backend::property::offers::{self, Offer};
use libvirt_backend::property::select::Setting;
use libvirt_backend::property::{Property, Scope};
use libvirt_backend::xml::{Document, NodeId};

use super::draft::{Draft, present};
use crate::screens::parts::facts::os_name;
use crate::t;

/// Something that can be put into a text field.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Suggestion {
    pub(super) value: String,
    /// As it stands in the list.
    pub(super) words: String,
    pub(super) denied: Option<String>,
}

impl Suggestion {
    fn plain(value: impl Into<String>) -> Self {
        let value = value.into();
        Self {
            words: value.clone(),
            value,
            denied: None,
        }
    }
}

/// Why a word cannot be chosen on this host.
pub(super) fn denied_word(host: &HostChoices, scope: &Scope, property: &Property, word: &str) -> Option<String> {
    let is_missing = offers::word(&host.abilities, scope, property, word) == Offer::Missing;
    is_missing.then(|| match (property.name, word) {
        ("firmware", "uefi") => t!("offer-no-uefi"),
        ("firmware", "secure-boot") => t!("offer-no-secure-boot"),
        ("cpu.mode", "host-passthrough") => t!("offer-passthrough-missing"),
        _ => t!("offer-missing"),
    })
}

/// Why a switch cannot be put on.
pub(super) fn denied_switch(host: &HostChoices, scope: &Scope, property: &Property) -> Option<String> {
    let draws = matches!((scope.word, property.name), ("video", "accel3d") | ("graphics", "gl"));
    if draws && host.devices.render_nodes.as_ref().is_some_and(Vec::is_empty) {
        return Some(t!("offer-no-render-node"));
    }
    (offers::switch(&host.abilities, scope, property) == Offer::Missing).then(|| t!("offer-missing"))
}

/// Where the field is.
pub(super) struct Spot<'a> {
    pub(super) domain: &'a Document,
    pub(super) element: Option<NodeId>,
    pub(super) setting: &'a Setting,
    pub(super) draft: &'a Draft,
}

/// What can be picked for a text field; empty where there is nothing to pick from.
pub(super) fn suggestions(host: &HostChoices, spot: &Spot<'_>) -> Vec<Suggestion> {
    let Setting { scope, property, .. } = spot.setting;
    match (scope.word, property.name) {
        ("interface", "source.network") => networks(host),
        ("interface", "source.bridge") => interfaces(host, true),
        ("interface", "source.dev") => interfaces(host, false),
        ("disk", "source.pool") => pools(host),
        ("disk", "source.volume") => volumes(host, spot),
        ("graphics", "gl.rendernode") | ("video", "rendernode") => {
            let nodes = host.devices.render_nodes.iter().flatten();
            nodes.map(Suggestion::plain).collect()
        }
        ("", "osinfo") => SYSTEMS.into_iter().map(system).collect(),
        ("", "os.machine") => machine_types(host),
        ("", "os.loader") => host.abilities.loaders.iter().map(Suggestion::plain).collect(),
        ("", "cpu.model") => host.abilities.cpu_models.iter().map(cpu_model).collect(),
        _ => Vec::new(),
    }
}

/// libosinfo's ids of systems that people run; any other can be typed.
const SYSTEMS: [&str; 25] = [
    "http://libosinfo.org/linux/2022",
    "http://almalinux.org/almalinux/9",
    "http://alpinelinux.org/alpinelinux/3.20",
    "http://archlinux.org/archlinux/rolling",
    "http://centos.org/centos-stream/9",
    "http://centos.org/centos-stream/10",
    "http://debian.org/debian/11",
    "http://debian.org/debian/12",
    "http://debian.org/debian/13",
    "http://fedoraproject.org/fedora/41",
    "http://fedoraproject.org/fedora/42",
    "http://freebsd.org/freebsd/14.0",
    "http://nixos.org/nixos/unstable",
    "http://opensuse.org/opensuse/15.6",
    "http://opensuse.org/opensuse/tumbleweed",
    "http://redhat.com/rhel/9-unknown",
    "http://redhat.com/rhel/10-unknown",
    "http://rockylinux.org/rocky/9",
    "http://ubuntu.com/ubuntu/22.04",
    "http://ubuntu.com/ubuntu/24.04",
    "http://microsoft.com/win/10",
    "http://microsoft.com/win/11",
    "http://microsoft.com/win/2k19",
    "http://microsoft.com/win/2k22",
    "http://microsoft.com/win/2k25",
];

fn system(id: &str) -> Suggestion {
    Suggestion {
        words: os_name(id),
        ..Suggestion::plain(id)
    }
}

fn networks(host: &HostChoices) -> Vec<Suggestion> {
    let networks = host.networks.iter().flatten();
    networks
        .map(|network| started(&network.name, network.is_active))
        .collect()
}

/// Of something that may have to be started first.
fn started(name: &str, is_active: bool) -> Suggestion {
    let mut offer = Suggestion::plain(name);
    if !is_active {
        offer.words = t!("offer-not-started", name = name);
    }
    offer
}

fn interfaces(host: &HostChoices, is_bridge: bool) -> Vec<Suggestion> {
    let interfaces = host.devices.interfaces.iter();
    let wanted = interfaces.filter(|interface| interface.is_bridge == is_bridge);
    wanted.map(|interface| Suggestion::plain(&interface.name)).collect()
}

fn pools(host: &HostChoices) -> Vec<Suggestion> {
    let pools = host.pools.iter().flatten();
    pools.map(|pool| started(&pool.name, pool.is_active)).collect()
}

/// Of the pool that the form says now.
fn volumes(host: &HostChoices, spot: &Spot<'_>) -> Vec<Suggestion> {
    let Some(property) = spot.setting.scope.property("source.pool") else {
        return Vec::new();
    };
    let setting = Setting {
        property,
        ..spot.setting.clone()
    };
    let typed = spot.draft.get(&setting).map(|edit| edit.text.clone());
    let has = || present(&setting, spot.domain, spot.element).map(|value| value.to_string());
    let Some(name) = typed.or_else(has) else {
        return Vec::new();
    };
    let pool = host.pools.iter().flatten().find(|pool| pool.name == name);
    let names = pool.map(|PoolOffer { volumes, .. }| volumes.iter().map(Suggestion::plain).collect());
    names.unwrap_or_default()
}

fn machine_types(host: &HostChoices) -> Vec<Suggestion> {
    let types = host.machine_types.iter();
    let offers = types.map(|kind| Suggestion {
        words: match &kind.canonical {
            Some(canonical) => t!("offer-alias", name = kind.name.as_str(), of = canonical.as_str()),
            None if kind.is_deprecated => t!("offer-deprecated", name = kind.name.as_str()),
            None => kind.name.clone(),
        },
        ..Suggestion::plain(&kind.name)
    });
    offers.collect()
}

fn cpu_model(model: &CpuModel) -> Suggestion {
    let words = match (&model.vendor, model.is_deprecated) {
        (_, true) => t!("offer-deprecated", name = model.name.as_str()),
        (Some(vendor), false) => format!("{} ({vendor})", model.name),
        (None, false) => model.name.clone(),
    };
    let denied = (model.is_usable == Some(false)).then(|| {
        if model.blockers.is_empty() {
            t!("offer-model-missing")
        } else {
            t!("offer-model-lacks", features = model.blockers.join(", "))
        }
    });
    Suggestion {
        words,
        denied,
        ..Suggestion::plain(&model.name)
    }
}
