//! How much of its memory a running machine has: a slider, with what its guest uses behind it.

use egui::{Label, Ui};
use libvirt_backend::model::Sample;
use libvirt_backend::property::{CURRENT_MEMORY, LEAST_MEMORY, MEMORY, SCOPES, Value, select::Setting};
use libvirt_backend::xml::Document;

use super::draft::{Draft, present};
use crate::screens::parts::choice::{name_column, under_control_ui};
use crate::t;
use crate::text::units;
use crate::widgets::{Named, Slider, Tone, text, tokens};

const MIB: u64 = 1 << 20;
const STEP: u64 = 64 * MIB;
/// No guest lives with less.
const LEAST: u64 = 128 * MIB;
const WIDTH: f32 = 320.0;
/// A guest is never given quite what was asked for.
const LEAST_LENT: u64 = 16 * MIB;

/// Nothing is shown of a machine that is off, and the reason of one whose guest has no balloon.
pub(super) fn ui(ui: &mut Ui, domain: &Document, latest: Option<&Sample>, draft: &mut Draft) {
    let root = domain.root();
    let balloon = domain.attr_at(root, "devices/memballoon", "model");
    if balloon.is_none_or(|model| model == "none") {
        ui.add(Label::new(text::quiet(ui, t!("balloon-none"))).wrap());
        return;
    }
    let Ok(Some(most)) = MEMORY.kib(domain) else { return };
    let most = most.saturating_mul(1024);
    if most <= LEAST {
        return;
    }
    let Some(scope) = SCOPES.iter().find(|scope| scope.word.is_empty()) else {
        return;
    };
    let setting = Setting {
        scope,
        key: String::new(),
        property: CURRENT_MEMORY,
    };
    let has = present(&setting, domain, Some(root));
    let typed = draft
        .get(&setting)
        .map(|edit| edit.checked.as_ref().ok().cloned().flatten());
    let shown = match typed.unwrap_or_else(|| has.clone()) {
        Some(Value::Bytes(bytes)) => bytes,
        _ => most,
    };
    let mut value = shown;
    let used = latest.and_then(|sample| sample.memory_used_bytes);
    let name = t!("balloon-name");
    let named = Named {
        label: &name,
        is_mono: false,
        width: name_column(ui),
        help: None,
        error: None,
    };
    let response = named.show(ui, |ui| {
        let width = (WIDTH * tokens::text_scale(ui.ctx())).min(ui.available_width());
        let slider = Slider::new(&name, &mut value, LEAST..=most, STEP).used(used);
        slider.show(ui, width)
    });
    if response.changed() {
        draft.set(setting, format!("{}MiB", value / MIB), has.as_ref());
    }
    let used_words = used.map_or_else(
        || t!("balloon-unknown"),
        |used| t!("balloon-used", used = units::bytes(used)),
    );
    let words = t!("balloon-given", given = units::bytes(value), most = units::bytes(most));
    let words = format!("{words} · {used_words}");
    // Read instead of the number of bytes.
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_value(words.as_str()));
    ui.add_space(-tokens::SPACE);
    under_control_ui(ui, |ui| {
        ui.add(Label::new(text::weak(ui, words)).wrap());
        if let Some(lent) = lent(domain, has.as_ref(), latest) {
            let words = t!("balloon-lent", size = units::bytes(lent));
            ui.add(Label::new(text::weak(ui, words)).wrap());
        }
        if used.is_some_and(|used| value < used) {
            let words = text::toned(ui, Tone::Warning, t!("balloon-too-little"));
            ui.add(Label::new(words).wrap());
        }
    });
}

/// What the automatic balloon has taken of what the machine is meant to have.
fn lent(domain: &Document, has: Option<&Value>, latest: Option<&Sample>) -> Option<u64> {
    LEAST_MEMORY.kib(domain).ok().flatten()?;
    let Some(Value::Bytes(meant)) = has else { return None };
    let lent = meant.saturating_sub(latest?.memory_given_bytes?);
    (lent >= LEAST_LENT).then_some(lent)
}
