//! The host's processors as a list to choose from: for pinning, by NUMA node and kind of core.

use std::collections::{BTreeMap, BTreeSet};

use egui::{Role, ScrollArea, Ui, UiBuilder};
use libvirt_backend::model::{CoreKind, HostChoices, HostCpu};
use libvirt_backend::property::cpu_set;

use crate::t;
use crate::widgets::{Button, checkbox_ui, section_ui, text, tokens};

/// Longer lists scroll.
const HEIGHT: f32 = 360.0;
const WIDTH: f32 = 380.0;

/// True when another set was chosen; none at all is an empty text.
pub(super) fn ui(ui: &mut Ui, host: &HostChoices, chosen: &mut String) -> bool {
    let mut set = cpu_set::parse(chosen).unwrap_or_default();
    let before = set.clone();
    ui.set_width(WIDTH * tokens::text_scale(ui.ctx()));
    let list = UiBuilder::new()
        .accessibility_role(Role::List)
        .accessibility_label(t!("cores-title"));
    ui.scope_builder(list, |ui| {
        quick_ui(ui, host, &mut set);
        ScrollArea::vertical().max_height(HEIGHT).show(ui, |ui| {
            ui.set_width(ui.available_width());
            for (node, cpus) in by_node(&host.cpus) {
                if host.nodes.len() > 1 {
                    section_ui(ui, &t!("cores-node", node = node));
                }
                for cpu in cpus {
                    let mut is_on = set.contains(&cpu.id);
                    if checkbox_ui(ui, &mut is_on, &words(cpu)).changed() {
                        if is_on {
                            set.insert(cpu.id);
                        } else {
                            set.remove(&cpu.id);
                        }
                    }
                }
            }
        });
    });
    let is_changed = set != before;
    if is_changed {
        *chosen = cpu_set::write(&set);
    }
    is_changed
}

/// Whole groups at once.
fn quick_ui(ui: &mut Ui, host: &HostChoices, set: &mut BTreeSet<u32>) {
    ui.horizontal_wrapped(|ui| {
        for (words, group) in groups(host) {
            if Button::secondary(words).small().show(ui).clicked() {
                *set = group;
            }
        }
        if Button::ghost(t!("cores-none")).small().show(ui).clicked() {
            set.clear();
        }
    });
    ui.add_space(tokens::SPACE_TIGHT);
    if host.cpus.is_empty() {
        ui.label(text::quiet(ui, t!("cores-unknown")));
    }
}

fn groups(host: &HostChoices) -> Vec<(String, BTreeSet<u32>)> {
    let of = |is_meant: &dyn Fn(&HostCpu) -> bool| {
        let meant = host.cpus.iter().filter(|cpu| is_meant(cpu));
        meant.map(|cpu| cpu.id).collect::<BTreeSet<u32>>()
    };
    let mut groups = vec![(t!("cores-all"), of(&|_| true))];
    for (kind, words) in [
        (CoreKind::Performance, t!("cores-all-performance")),
        (CoreKind::Efficiency, t!("cores-all-efficiency")),
    ] {
        groups.push((words, of(&|cpu| cpu.kind == Some(kind))));
    }
    if host.nodes.len() > 1 {
        for node in &host.nodes {
            groups.push((t!("cores-all-node", node = node.id), of(&|cpu| cpu.node == node.id)));
        }
    }
    groups.retain(|(_, set)| !set.is_empty());
    groups
}

fn by_node(cpus: &[HostCpu]) -> BTreeMap<u32, Vec<&HostCpu>> {
    let mut nodes: BTreeMap<u32, Vec<&HostCpu>> = BTreeMap::new();
    for cpu in cpus {
        nodes.entry(cpu.node).or_default().push(cpu);
    }
    nodes
}

/// "3 · performance core · shares its core with 2".
fn words(cpu: &HostCpu) -> String {
    let mut parts = vec![t!("cores-cpu", id = cpu.id)];
    match cpu.kind {
        Some(CoreKind::Performance) => parts.push(t!("cores-performance")),
        Some(CoreKind::Efficiency) => parts.push(t!("cores-efficiency")),
        None => {}
    }
    let others = cpu.siblings.iter().filter(|id| **id != cpu.id);
    let others: Vec<String> = others.map(u32::to_string).collect();
    if !others.is_empty() {
        parts.push(t!("cores-shared", others = others.join(", ")));
    }
    parts.join(" · ")
}

/// A processor of the host for each of the guest's processors: the fast ones first, one node before the next. Fewer where
/// the host has not enough.
pub(super) fn one_each(host: &HostChoices, num_vcpus: u32) -> Vec<u32> {
    let mut cpus: Vec<&HostCpu> = host.cpus.iter().collect();
    // The first thread of each core before any second one.
    let thread = |cpu: &HostCpu| cpu.siblings.iter().filter(|id| **id < cpu.id).count();
    cpus.sort_by_key(|cpu| (cpu.kind == Some(CoreKind::Efficiency), thread(cpu), cpu.node, cpu.id));
    cpus.truncate(num_vcpus as usize);
    let mut ids: Vec<u32> = cpus.iter().map(|cpu| cpu.id).collect();
    ids.sort_unstable();
    ids
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screens::fixtures;

    #[test]
    fn groups_are_those_that_the_host_has() {
        let host = fixtures::host_choices();
        let names: Vec<String> = groups(&host).into_iter().map(|(name, _)| name).collect();
        assert_eq!(
            names,
            ["All", "Performance cores", "Efficiency cores", "Node 0", "Node 1"]
        );
    }

    #[test]
    fn guests_get_fast_cores_first_and_no_two_threads_of_one_while_there_are_others() {
        let host = fixtures::host_choices();
        assert_eq!(one_each(&host, 2), [0, 2]);
        assert_eq!(
            one_each(&host, 5),
            [0, 1, 2, 3, 4],
            "then their second threads, then the slow ones"
        );
        assert_eq!(one_each(&host, 99).len(), host.cpus.len());
    }
}
