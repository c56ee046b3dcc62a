//! What the form of the processors says beyond its fields: what the topology multiplies to, and how much of the host
//! the machine gets, as one choice.

use egui::{Label, Ui};
use libvirt_backend::model::HostChoices;
use libvirt_backend::property::select::Setting;
use libvirt_backend::property::{SCOPES, VCPU, Value};
use libvirt_backend::xml::Document;

use super::cores;
use super::draft::{Draft, present};
use super::mitigations::{self, Protection};
use crate::screens::parts::choice::{choice_ui, under_control_ui};
use crate::t;
use crate::widgets::{Button, Tone, icons, text, tokens};

const SCHEDULER: &str = "cputune.vcpusched";
const PIN: &str = "cputune.vcpupin";
const SIDES: [&str; 5] = ["sockets", "dies", "clusters", "cores", "threads"];

/// How much of a busy host's processors the machine gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    Low,
    Normal,
    High,
    Custom,
}

pub(super) struct Processors<'a> {
    pub(super) domain: &'a Document,
    pub(super) host: Option<&'a HostChoices>,
    pub(super) draft: &'a mut Draft,
}

impl Processors<'_> {
    /// True when the user wants to see every limit.
    pub(super) fn ui(&mut self, ui: &mut Ui) -> bool {
        self.topology_ui(ui);
        self.mitigations_ui(ui);
        self.share_ui(ui)
    }

    fn setting(word: &str, key: &str, name: &str) -> Option<Setting> {
        let scope = SCOPES.iter().find(|scope| scope.word == word)?;
        Some(Setting {
            scope,
            key: key.to_owned(),
            property: scope.property(name)?,
        })
    }

    /// What the form says now; `None` where that is nothing, or nothing that can be used.
    fn value(&self, setting: &Setting) -> Option<Value> {
        if let Some(edit) = self.draft.get(setting) {
            return edit.checked.as_ref().ok()?.clone();
        }
        let element = setting.elements(self.domain).ok()?.first().copied();
        present(setting, self.domain, element)
    }

    fn number(&self, name: &str) -> Option<i64> {
        match self.value(&Self::setting("", "", name)?)? {
            Value::Integer(number) => Some(number),
            _ => None,
        }
    }

    fn set(&mut self, setting: Setting, text: String) {
        let element = setting
            .elements(self.domain)
            .ok()
            .and_then(|found| found.first().copied());
        let has = present(&setting, self.domain, element);
        self.draft.set(setting, text, has.as_ref());
    }

    fn num_vcpus(&self) -> i64 {
        self.number(VCPU.name).unwrap_or(1)
    }

    /// What sockets, dies, clusters, cores and threads multiply to; `None` where nothing is said of them.
    fn topology(&self) -> Option<(String, i64)> {
        let sides = SIDES.map(|side| (side, self.number(&format!("cpu.topology.{side}"))));
        if sides.iter().all(|(_, count)| count.is_none()) {
            return None;
        }
        // Those that nobody needs are not told.
        let told = sides
            .iter()
            .filter(|(side, count)| !matches!(*side, "dies" | "clusters") || count.is_some_and(|count| count > 1))
            .map(|(side, count)| {
                let count = count.unwrap_or(1);
                match *side {
                    "sockets" => t!("topology-sockets", count = count),
                    "dies" => t!("topology-dies", count = count),
                    "clusters" => t!("topology-clusters", count = count),
                    "cores" => t!("topology-cores", count = count),
                    _ => t!("topology-threads", count = count),
                }
            });
        let told: Vec<String> = told.collect();
        let mut product: i64 = 1;
        for (_, count) in sides {
            product = product.saturating_mul(count.unwrap_or(1));
        }
        Some((told.join(" × "), product))
    }

    fn topology_ui(&mut self, ui: &mut Ui) {
        let said = |ui: &mut Ui, words: String| {
            ui.add_space(-tokens::SPACE);
            under_control_ui(ui, |ui| ui.add(Label::new(text::weak(ui, words)).wrap()));
        };
        let Some((words, product)) = self.topology() else {
            said(ui, t!("topology-none"));
            return;
        };
        let num_vcpus = self.num_vcpus();
        if product == num_vcpus {
            said(ui, t!("topology-fits", sides = words, count = product));
            return;
        }
        ui.horizontal_wrapped(|ui| {
            let says = t!("topology-differs", sides = words, count = product, vcpus = num_vcpus);
            ui.label(text::toned(ui, Tone::Attention, says));
            let fit = Button::secondary(t!("topology-fit", count = product)).small();
            if fit.show(ui).clicked()
                && let Some(setting) = Self::setting("", "", VCPU.name)
            {
                self.set(setting, product.to_string());
            }
        });
    }

    /// What the form says now, as it is written.
    fn word(&self, setting: &Setting) -> Option<String> {
        self.value(setting).map(|value| value.to_string())
    }

    fn mitigations_ui(&mut self, ui: &mut Ui) {
        let Some(host) = self.host else { return };
        let policy = |name: &str| self.word(&Self::setting(mitigations::FEATURE, name, "")?);
        let of = |name| self.word(&Self::setting("", "", name)?);
        let (mode, model) = (of("cpu.mode"), of("cpu.model"));
        let protection = Protection::of(self.domain, (mode.as_deref(), model.as_deref()), host, policy);
        let Some(is_on) = mitigations::ui(ui, &protection) else {
            return;
        };
        let Protection::Named { names, .. } = protection else {
            return;
        };
        if is_on {
            for name in names {
                self.set_feature(&name, "require");
            }
            return;
        }
        let Some(scope) = SCOPES.iter().find(|scope| scope.word == mitigations::FEATURE) else {
            return;
        };
        let typed = self.draft.keys(scope).map(str::to_owned);
        let mut keys: Vec<String> = typed.filter(|key| mitigations::is_protection(key)).collect();
        keys.extend(mitigations::named_in(self.domain, scope));
        for key in keys {
            let policy = Self::setting(mitigations::FEATURE, &key, "").and_then(|setting| self.word(&setting));
            // What somebody took away by hand stays away.
            if policy.is_some_and(|policy| mitigations::is_passed_on(&policy)) {
                self.set_feature(&key, "");
            }
        }
    }

    fn set_feature(&mut self, name: &str, policy: &str) {
        if let Some(setting) = Self::setting(mitigations::FEATURE, name, "") {
            self.set(setting, policy.to_owned());
        }
    }

    /// Every way in which the machine's share could be something else.
    fn schedulers(&self) -> Vec<(String, Option<Value>)> {
        let Some(scope) = SCOPES.iter().find(|scope| scope.word == SCHEDULER) else {
            return Vec::new();
        };
        let present = scope.keyed(self.domain).into_iter().map(|(key, _)| key);
        let mut keys: Vec<String> = present.chain(self.draft.keys(scope).map(str::to_owned)).collect();
        keys.sort();
        keys.dedup();
        let values = keys.into_iter().filter_map(|key| {
            let setting = Self::setting(SCHEDULER, &key, "scheduler")?;
            let value = self.value(&setting);
            Some((key, value))
        });
        values.collect()
    }

    pub(super) fn share(&self) -> Share {
        let schedulers: Vec<String> = self
            .schedulers()
            .into_iter()
            .filter_map(|(_, value)| value.map(|value| value.to_string()))
            .collect();
        let normal = self.host.and_then(|host| host.normal_shares).map(i64::from);
        let shares = self.number("cputune.shares");
        let is_batch = schedulers.iter().all(|word| word == "batch");
        match (shares, schedulers.is_empty()) {
            (None, true) => Share::Normal,
            (None, false) if is_batch => Share::Low,
            (Some(shares), true) if Some(shares) == normal.map(|normal| normal / 2) => Share::Low,
            (Some(shares), true) if Some(shares) == normal => Share::Normal,
            (Some(shares), true) if Some(shares) == normal.map(|normal| normal * 4) => Share::High,
            _ => Share::Custom,
        }
    }

    fn set_share(&mut self, share: Share) {
        let normal = self.host.and_then(|host| host.normal_shares);
        let shares = match (share, normal) {
            (Share::Low, Some(normal)) => (normal / 2).to_string(),
            (Share::High, Some(normal)) => (normal * 4).to_string(),
            _ => String::new(),
        };
        if let Some(setting) = Self::setting("", "", "cputune.shares") {
            self.set(setting, shares);
        }
        for (key, _) in self.schedulers() {
            for name in ["scheduler", "priority"] {
                if let Some(setting) = Self::setting(SCHEDULER, &key, name) {
                    self.set(setting, String::new());
                }
            }
        }
        if share == Share::Low && normal.is_none() {
            let last = self.num_vcpus().max(1) - 1;
            let key = if last == 0 { "0".to_owned() } else { format!("0-{last}") };
            if let Some(setting) = Self::setting(SCHEDULER, &key, "scheduler") {
                self.set(setting, "batch".to_owned());
            }
        }
    }

    fn share_ui(&mut self, ui: &mut Ui) -> bool {
        let before = self.share();
        let mut share = before;
        let has_shares = self.host.is_some_and(|host| host.normal_shares.is_some());
        let mut choices = vec![(Share::Low, t!("share-low")), (Share::Normal, t!("share-normal"))];
        if has_shares || before == Share::High {
            choices.push((Share::High, t!("share-high")));
        }
        choices.push((Share::Custom, t!("share-custom")));
        choice_ui(ui, &t!("share-title"), &mut share, &choices);
        let explanation = match (share, has_shares) {
            (Share::Low, true) => t!("share-low-help"),
            (Share::Low, false) => t!("share-low-batch-help"),
            (Share::Normal, true) => t!("share-normal-help"),
            (Share::Normal, false) => t!("share-no-high-help"),
            (Share::High, _) => t!("share-high-help"),
            (Share::Custom, _) => t!("share-custom-help"),
        };
        let mut is_asked = false;
        ui.add_space(-tokens::SPACE);
        under_control_ui(ui, |ui| {
            ui.add(Label::new(text::weak(ui, explanation)).wrap());
            if share == before && before == Share::Custom {
                let show = Button::secondary(t!("share-show-limits")).icon(icons::SLOW).small();
                is_asked = show.show(ui).clicked();
            }
        });
        if share == before {
            return is_asked;
        }
        if share == Share::Custom {
            return true;
        }
        self.set_share(share);
        false
    }

    /// Over the list of pins: one of the host for each processor, or none.
    pub(super) fn pins_ui(&mut self, ui: &mut Ui) {
        let Some(host) = self.host.filter(|host| !host.cpus.is_empty()) else {
            return;
        };
        let num_vcpus = u32::try_from(self.num_vcpus()).unwrap_or(1);
        let cores = cores::one_each(host, num_vcpus);
        let is_enough = cores.len() == num_vcpus as usize;
        let Some(scope) = SCOPES.iter().find(|scope| scope.word == PIN) else {
            return;
        };
        let mut is_each = false;
        let mut is_none = false;
        ui.horizontal_wrapped(|ui| {
            let denied = (!is_enough).then(|| t!("pins-too-few", cores = cores.len(), vcpus = num_vcpus));
            let each = Button::secondary(t!("pins-one-each")).small().denied(denied);
            is_each = each.show(ui).clicked();
            is_none = Button::ghost(t!("pins-none")).small().show(ui).clicked();
        });
        if !is_each && !is_none {
            return;
        }
        let present = scope.keyed(self.domain).into_iter().map(|(key, _)| key);
        let keys: Vec<String> = present.chain(self.draft.keys(scope).map(str::to_owned)).collect();
        for key in keys {
            if let Some(setting) = Self::setting(PIN, &key, "") {
                self.set(setting, String::new());
            }
        }
        if is_each {
            for (vcpu, core) in cores.iter().enumerate() {
                if let Some(setting) = Self::setting(PIN, &vcpu.to_string(), "") {
                    self.set(setting, core.to_string());
                }
            }
        }
    }
}
