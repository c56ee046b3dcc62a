//! The processor's protections against Spectre, Meltdown, MDS and their kin as one switch: a named model has only
//! those that it had when it was new, and the guest's kernel can use no others.

use std::collections::BTreeSet;

use egui::Ui;
use libvirt_backend::model::HostChoices;
use libvirt_backend::property::Scope;
use libvirt_backend::xml::Document;

use crate::screens::parts::choice::name_column;
use crate::t;
use crate::widgets::{Named, switch_ui, tokens};

/// Those of Intel and AMD by libvirt's names, with the marks by which a processor tells that it needs no protection.
const PROTECTIONS: [&str; 40] = [
    "amd-no-ssb",
    "amd-psfd",
    "amd-ssbd",
    "amd-stibp",
    "arch-capabilities",
    "auto-ibrs",
    "bhi-ctrl",
    "fb-clear",
    "fbsdp-no",
    "flush-l1d",
    "gds-no",
    "ibpb",
    "ibpb-brtype",
    "ibrs",
    "ibrs-all",
    "intel-psfd",
    "mcdt-no",
    "md-clear",
    "mds-no",
    "pbrsb-no",
    "pcid",
    "pschange-mc-no",
    "psdp-no",
    "rdctl-no",
    "rfds-clear",
    "rfds-no",
    "rrsba-ctrl",
    "sbdr-ssdp-no",
    "sbpb",
    "skip-l1dfl-vmentry",
    "spec-ctrl",
    "srso-no",
    "srso-user-kernel-no",
    "ssb-no",
    "ssbd",
    "stibp",
    "stibp-always-on",
    "taa-no",
    "tsx-ctrl",
    "virt-ssbd",
];

pub(super) const FEATURE: &str = "cpu.feature";

/// Where a processor model stands to the switch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Protection {
    /// The model is the host's own and has what the host has, but those that somebody took away.
    OfHost { without: Vec<String> },
    /// The processor is QEMU's.
    Emulated,
    /// No model is named: there is nothing to add to.
    NoModel,
    /// The host has none that could be passed on.
    NotOffered,
    /// So many of those that the host has are passed on.
    Named { num_on: usize, names: Vec<String> },
}

impl Protection {
    /// `policy`: what the form says of a feature.
    pub(super) fn of(
        domain: &Document,
        (mode, model): (Option<&str>, Option<&str>),
        host: &HostChoices,
        policy: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let is_emulated = domain.attr(domain.root(), "type").is_some_and(|kind| kind == "qemu");
        match (mode, model) {
            (Some("host-model" | "host-passthrough" | "maximum"), _) if is_emulated => return Self::Emulated,
            (Some("host-model" | "host-passthrough" | "maximum"), _) => {
                let is_off = |name: &&str| policy(name).is_some_and(|policy| is_taken_away(&policy));
                let without = PROTECTIONS.into_iter().filter(is_off);
                return Self::OfHost {
                    without: without.map(str::to_owned).collect(),
                };
            }
            (_, None) => return Self::NoModel,
            _ => {}
        }
        let names: Vec<String> = offered(host).into_iter().map(str::to_owned).collect();
        if names.is_empty() {
            return Self::NotOffered;
        }
        let is_on = |name: &&String| policy(name).is_some_and(|policy| is_passed_on(&policy));
        Self::Named {
            num_on: names.iter().filter(is_on).count(),
            names,
        }
    }
}

pub(super) fn is_passed_on(policy: &str) -> bool {
    matches!(policy, "require" | "force")
}

fn is_taken_away(policy: &str) -> bool {
    matches!(policy, "disable" | "forbid")
}

pub(super) fn is_protection(feature: &str) -> bool {
    PROTECTIONS.contains(&feature)
}

/// Those of the host's own model.
fn offered(host: &HostChoices) -> BTreeSet<&str> {
    let own = host.abilities.cpu_modes.iter().find(|mode| mode.name == "host-model");
    let features = own.into_iter().flat_map(|mode| &mode.features);
    features
        .map(String::as_str)
        .filter(|feature| is_protection(feature))
        .collect()
}

/// `Some`: it was switched.
pub(super) fn ui(ui: &mut Ui, protection: &Protection) -> Option<bool> {
    let (before, help, is_usable) = match protection {
        Protection::OfHost { without } if without.is_empty() => (true, t!("mitigations-host"), false),
        Protection::OfHost { without } => (false, t!("mitigations-host-but", names = without.join(", ")), false),
        Protection::Emulated => (false, t!("mitigations-emulated"), false),
        Protection::NoModel => (false, t!("mitigations-no-model"), false),
        Protection::NotOffered => (false, t!("mitigations-none"), false),
        Protection::Named { num_on, names } => {
            let is_whole = *num_on == names.len();
            let help = if is_whole || *num_on == 0 {
                t!("mitigations-help", names = names.join(", "))
            } else {
                t!(
                    "mitigations-some",
                    on = *num_on,
                    all = names.len(),
                    names = names.join(", ")
                )
            };
            (is_whole, help, true)
        }
    };
    let name = t!("mitigations-title");
    let named = Named {
        label: &name,
        is_mono: false,
        width: name_column(ui),
        help: Some(&help),
        error: None,
    };
    let mut is_on = before;
    let response = named.show(ui, |ui| {
        ui.set_min_height(tokens::scaled(ui, tokens::CONTROL_HEIGHT));
        let switch = ui.add_enabled_ui(is_usable, |ui| switch_ui(ui, &mut is_on, ""));
        switch.inner.accessible_name(name.as_str())
    });
    response.changed().then_some(is_on)
}

/// The protections that the machine names already.
pub(super) fn named_in(domain: &Document, scope: &Scope) -> Vec<String> {
    let keys = scope.keyed(domain).into_iter().map(|(key, _)| key);
    keys.filter(|key| is_protection(key)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screens::fixtures;

    fn of(kind: &str, mode: &str, policies: &[(&str, &str)]) -> Protection {
        let domain = Document::parse(&format!("<domain type='{kind}'/>")).expect("a domain");
        let policy = |name: &str| {
            let mut policies = policies.iter();
            let found = policies.find(|(feature, _)| *feature == name);
            found.map(|(_, policy)| (*policy).to_owned())
        };
        let model = (mode == "custom").then_some("EPYC");
        Protection::of(&domain, (Some(mode), model), &fixtures::host_choices(), policy)
    }

    #[test]
    fn the_hosts_own_model_has_them_all_but_those_that_somebody_took_away() {
        let without = |names: &[&str]| Protection::OfHost {
            without: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        assert_eq!(of("kvm", "host-passthrough", &[]), without(&[]));
        let some = [("ssbd", "disable"), ("ibpb", "require"), ("vme", "disable")];
        assert_eq!(of("kvm", "host-model", &some), without(&["ssbd"]));
        assert_eq!(of("qemu", "maximum", &[]), Protection::Emulated);
    }

    #[test]
    fn those_of_a_named_model_are_counted() {
        let counted = |num_on| Protection::Named {
            num_on,
            names: vec!["ibpb".to_owned(), "virt-ssbd".to_owned()],
        };
        assert_eq!(of("kvm", "custom", &[]), counted(0));
        assert_eq!(
            of("kvm", "custom", &[("ibpb", "force"), ("virt-ssbd", "optional")]),
            counted(1)
        );
    }
}
