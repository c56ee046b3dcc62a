//! Memory that is added to a machine, also while it runs: what the machine has of it, more of it, and what that takes
//! besides.

use egui::{Label, Ui};
use libvirt_backend::property::select::Setting;
use libvirt_backend::property::{MEMORY, MEMORY_MAX, VCPU, Value, fresh};
use libvirt_backend::xml::{Document, NodeId};

use super::draft::{Draft, present};
use super::entry::Place;
use crate::t;
use crate::text::units;
use crate::widgets::{Button, card_ui, icons, section_ui, text, tokens};

const WORD: &str = "memory-device";
const MIB: u64 = 1 << 20;
/// What libvirt's own tools give; a slot costs nothing.
const SLOTS: usize = 16;

/// The device that a new one begins as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Model {
    /// Grows and shrinks in small pieces while the machine runs.
    VirtioMem,
    /// All of it at once.
    Dimm,
}

/// Answers the device whose form is to be shown.
pub(super) fn ui(ui: &mut Ui, domain: &Document, draft: &mut Draft) -> Option<Place> {
    let mut shown = None;
    section_ui(ui, &t!("memory-devices"));
    ui.add(Label::new(text::quiet(ui, t!("memory-devices-text"))).wrap());
    card_ui(ui, |ui| {
        for (key, element) in devices(domain) {
            ui.horizontal_wrapped(|ui| {
                ui.label(text::strong(super::summary::title(domain, WORD, &key, element)));
                ui.label(text::quiet(ui, told(domain, element)));
                let name = t!(
                    "memory-device-open",
                    name = super::summary::title(domain, WORD, &key, element)
                );
                if Button::link(t!("memory-device-change"))
                    .show(ui)
                    .accessible_name(&name)
                    .clicked()
                {
                    shown = Some(Place::Device(WORD, key.clone()));
                }
            });
        }
        ui.horizontal_wrapped(|ui| {
            for (model, name, tip) in [
                (Model::VirtioMem, "memory-add-virtio", "memory-add-virtio-text"),
                (Model::Dimm, "memory-add-dimm", "memory-add-dimm-text"),
            ] {
                let add = Button::secondary(t!(name)).icon(icons::ADD).tooltip(t!(tip));
                if add.show(ui).clicked() {
                    put(domain, draft, model);
                    ui.ctx().request_repaint();
                }
            }
        });
        for note in needs(domain, draft) {
            ui.add(Label::new(text::quiet(ui, note)).wrap());
        }
    });
    ui.add_space(tokens::SPACE);
    shown
}

fn devices(domain: &Document) -> Vec<(String, NodeId)> {
    let scope = fresh::kinds().find(|scope| scope.word == WORD);
    scope.map(|scope| scope.keyed(domain)).unwrap_or_default()
}

/// "virtio-mem · 128 MiB of 1 GiB".
pub(super) fn told(domain: &Document, element: NodeId) -> String {
    let model = domain.attr(element, "model").unwrap_or_default().into_owned();
    let size = |name: &str| match read(domain, element, name) {
        Some(Value::Bytes(bytes)) => Some(units::bytes(bytes)),
        _ => None,
    };
    let amount = match (size("requested"), size("size")) {
        (Some(given), Some(most)) => Some(t!("memory-device-given", given = given, most = most)),
        (_, most) => most,
    };
    let parts = [Some(model).filter(|model| !model.is_empty()), amount];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn read(domain: &Document, element: NodeId, name: &str) -> Option<Value> {
    let scope = fresh::kinds().find(|scope| scope.word == WORD)?;
    scope.property(name)?.read(domain, element).ok()?
}

/// A new one, with room for it and the node of the guest that it belongs to.
fn put(domain: &Document, draft: &mut Draft, model: Model) {
    let Some(scope) = fresh::kinds().find(|scope| scope.word == WORD) else {
        return;
    };
    let xml = match model {
        Model::VirtioMem => fresh::device(scope, domain),
        Model::Dimm => Some(
            "<memory model='dimm'>\n  <target>\n    <size unit='MiB'>1024</size>\n    <node>0</node>\n  </target>\n\
             </memory>"
                .to_owned(),
        ),
    };
    let Some(xml) = xml else { return };
    draft.devices.add(scope, xml);
    for (name, text) in besides(domain, draft) {
        if let Ok(setting) = Setting::parse(&name) {
            let element = setting
                .elements(domain)
                .ok()
                .and_then(|elements| elements.first().copied());
            let has = present(&setting, domain, element);
            draft.set(setting, text, has.as_ref());
        }
    }
}

/// What a machine needs for memory devices and has not, as settings.
fn besides(domain: &Document, draft: &Draft) -> Vec<(String, String)> {
    let root = domain.root();
    let Ok(Some(memory)) = MEMORY.kib(domain) else {
        return Vec::new();
    };
    let memory = memory.saturating_mul(1024);
    let mut needed = Vec::new();
    let added: Vec<_> = draft
        .devices
        .added()
        .iter()
        .filter(|added| added.scope.word == WORD)
        .collect();
    let sizes = added.iter().map(|added| {
        let device = draft.finished(added);
        match device.and_then(|device| read(&device, device.root(), "size")) {
            Some(Value::Bytes(bytes)) => bytes,
            _ => 0,
        }
    });
    // What the machine has already is in its memory.
    let most = sizes.fold(memory, u64::saturating_add);
    let has_room = match MEMORY_MAX.read(domain, root) {
        Ok(Some(Value::Bytes(bytes))) => bytes >= most,
        _ => false,
    };
    if !has_room {
        needed.push((MEMORY_MAX.name.to_owned(), format!("{}MiB", most.div_ceil(MIB))));
    }
    let slots = domain.attr_at(root, "maxMemory", "slots");
    let slots = slots.and_then(|slots| slots.trim().parse::<usize>().ok());
    // Those that were added in this frame are not in the document yet.
    let num_devices = devices(domain).len() + added.iter().filter(|added| added.key.is_empty()).count();
    if slots.unwrap_or_default() < num_devices {
        needed.push(("memory.slots".to_owned(), num_devices.max(SLOTS).to_string()));
    }
    if domain.find(root, "cpu/numa").is_none()
        && let Ok(Some(vcpus)) = VCPU.count(domain)
    {
        let cpus = if vcpus > 1 {
            format!("0-{}", vcpus - 1)
        } else {
            "0".to_owned()
        };
        needed.push(("cpu.numa.0.cpus".to_owned(), cpus));
        needed.push(("cpu.numa.0.memory".to_owned(), format!("{}MiB", memory.div_ceil(MIB))));
    }
    needed
}

/// What the draft changes besides, in words.
pub(super) fn needs(domain: &Document, draft: &Draft) -> Vec<String> {
    let is_coming = draft.devices.added().iter().any(|added| added.scope.word == WORD);
    if !is_coming {
        return Vec::new();
    }
    let typed = |name: &str| {
        let setting = Setting::parse(name).ok()?;
        draft.get(&setting).map(|edit| edit.text.clone())
    };
    let mut notes = Vec::new();
    if let Some(most) = typed("memory.max") {
        notes.push(t!("memory-needs-room", most = most));
    }
    if typed("cpu.numa.0.cpus").is_some() {
        notes.push(t!("memory-needs-node"));
    }
    if !notes.is_empty() {
        notes.push(t!("memory-needs-start"));
    } else if domain.find(domain.root(), "maxMemory").is_some() {
        notes.push(t!("memory-at-once"));
    }
    notes
}
