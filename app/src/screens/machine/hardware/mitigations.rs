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

/// What QEMU's guide to processor models says to pass on, on Intel and AMD, and the marks by which a processor tells
/// that it needs no protection.
const PROTECTIONS: [&str; 25] = [
    "amd-no-ssb",
    "amd-psfd",
    "amd-ssbd",
    "arch-capabilities",
    "bhi-ctrl",
    "bhi-no",
    "flush-l1d",
    "gds-no",
    "ibpb",
    "ibpb-brtype",
    "ibrs",
    "mds-no",
    "md-clear",
    "pcid",
    "psdp-no",
    "pschange-mc-no",
    "rfds-clear",
    "rfds-no",
    "sbdr-ssdp-no",
    "sbpb",
    "spec-ctrl",
    "ssbd",
    "stibp",
    "taa-no",
    "virt-ssbd",
];

pub(super) const FEATURE: &str = "cpu.feature";

/// Where a processor model stands to the switch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Protection {
    /// The model is the host's own and has what the host has.
    OfHost,
    /// No model is named: there is nothing to add to.
    NoModel,
    /// The host has none that could be passed on.
    NotOffered,
    /// So many of those that the host has are passed on.
    Named { num_on: usize, names: Vec<String> },
}

impl Protection {
    pub(super) fn of(
        (mode, model): (Option<&str>, Option<&str>),
        host: &HostChoices,
        policy: impl Fn(&str) -> Option<String>,
    ) -> Self {
        match (mode, model) {
            (Some("host-model" | "host-passthrough" | "maximum"), _) => return Self::OfHost,
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
        Protection::OfHost => (true, t!("mitigations-host"), false),
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
