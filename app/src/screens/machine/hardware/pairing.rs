//! Settings that only work together, in two forms: drawing by the host's graphics card, and a screen that can be drawn
//! so; a folder shared by virtiofs, and memory that the host may use; memory that is lent, and a balloon. What is typed
//! counts, not only what is there.

use libvirt_backend::property::select::Setting;
use libvirt_backend::property::{SCOPES, Scope, Value};
use libvirt_backend::xml::{Document, NodeId};

use super::draft::Draft;
use crate::t;

/// What `property` of this device lacks elsewhere, where it is put on.
pub(super) fn worry(domain: &Document, draft: &Draft, setting: &Setting, element: Option<NodeId>) -> Option<String> {
    let is_on = |setting: &Setting, element| draft.text_of(setting, domain, element) == "on";
    match (setting.scope.word, setting.property.name) {
        ("graphics", "gl") if is_on(setting, element) => {
            let beside = |name| text(domain, draft, (setting.scope, &setting.key), name, element);
            let listens = matches!(beside("listen.type").as_str(), "address" | "network" | "");
            (beside("type") == "spice" && listens).then(|| t!("pairing-local-only"))
        }
        ("video", "accel3d") if is_on(setting, element) => {
            (!has_drawn_screen(domain, draft)).then(|| t!("pairing-no-screen"))
        }
        ("filesystem", "driver") if draft.text_of(setting, domain, element) == "virtiofs" => {
            (!shares_memory(domain, draft)).then(|| t!("pairing-shared-memory"))
        }
        ("", "memory.least") => lends(domain, draft, setting),
        _ => None,
    }
}

/// Why nothing is ever lent of the machine's memory, where some is to be.
fn lends(domain: &Document, draft: &Draft, least: &Setting) -> Option<String> {
    let root = domain.root();
    let bytes = |name: &str| {
        let setting = Setting {
            property: least.scope.property(name)?,
            ..least.clone()
        };
        match setting.property.input(&draft.text_of(&setting, domain, Some(root))) {
            Ok(Value::Bytes(bytes)) => Some(bytes),
            _ => None,
        }
    };
    let least = bytes(least.property.name)?;
    let has_balloon = domain
        .attr_at(root, "devices/memballoon", "model")
        .is_some_and(|model| model != "none");
    if !has_balloon {
        return Some(t!("balloon-none"));
    }
    let given = bytes("memory.current").or_else(|| bytes("memory"))?;
    (least >= given).then(|| t!("balloon-lends-nothing"))
}

/// Can helpers of the host use the machine's memory, all of it?
fn shares_memory(domain: &Document, draft: &Draft) -> bool {
    let scope = |word: &str| SCOPES.iter().find(|scope| scope.word == word);
    let machine = scope("").map(|scope| text(domain, draft, (scope, ""), "memory.access", Some(domain.root())));
    let is_shared = |word: &str| word == "shared";
    let cells = scope("cpu.numa").map_or_else(Vec::new, |scope| {
        let cells = scope.keyed(domain).into_iter();
        cells
            .map(|(key, cell)| text(domain, draft, (scope, &key), "access", Some(cell)))
            .collect()
    });
    let as_machine = machine.as_deref().is_none_or(is_shared);
    if cells.is_empty() {
        return as_machine;
    }
    let mut cells = cells.iter();
    // A node that says nothing is as the machine is.
    cells.all(|cell| is_shared(cell) || (cell.is_empty() && as_machine))
}

/// Is there a screen that the host's graphics card draws?
fn has_drawn_screen(domain: &Document, draft: &Draft) -> bool {
    let Some(scope) = SCOPES.iter().find(|scope| scope.word == "graphics") else {
        return true;
    };
    let staying = scope.keyed(domain).into_iter();
    let mut staying = staying.filter(|(key, _)| !draft.devices.is_removed(scope.word, key));
    staying.any(|(key, element)| {
        let own = |name| text(domain, draft, (scope, &key), name, Some(element));
        own("type") == "egl-headless" || own("gl") == "on"
    })
}

fn text(
    domain: &Document,
    draft: &Draft,
    (scope, key): (&'static Scope, &str),
    name: &str,
    element: Option<NodeId>,
) -> String {
    let Some(property) = scope.property(name) else {
        return String::new();
    };
    let setting = Setting {
        scope,
        key: key.to_owned(),
        property,
    };
    draft.text_of(&setting, domain, element)
}
