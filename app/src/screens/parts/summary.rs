//! Counts for the sidebar, made once for each new model and not each frame.

use std::collections::BTreeMap;
use std::sync::Arc;

use libvirt_backend::model::HostModel;

use super::attention::needs_attention;

/// Which models something was made from: it is stale when this differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Generations(Vec<(usize, u64)>);

impl Generations {
    pub fn of(hosts: &[Arc<HostModel>]) -> Self {
        // The address tells a connection that was closed and opened anew from the one before.
        Self(
            hosts
                .iter()
                .map(|host| (Arc::as_ptr(host) as usize, host.generation))
                .collect(),
        )
    }

    pub fn are_of(&self, hosts: &[Arc<HostModel>]) -> bool {
        self.0.len() == hosts.len()
            && self
                .0
                .iter()
                .zip(hosts)
                .all(|(known, host)| *known == (Arc::as_ptr(host) as usize, host.generation))
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    generations: Generations,
    pub num_machines: usize,
    pub num_running: usize,
    pub num_attention: usize,
    pub tags: BTreeMap<String, usize>,
}

impl Summary {
    /// Counts anew where a model changed since the last call.
    pub fn refresh(&mut self, hosts: &[Arc<HostModel>]) {
        if self.generations.are_of(hosts) {
            return;
        }
        let mut summary = Self {
            generations: Generations::of(hosts),
            ..Self::default()
        };
        for machine in hosts.iter().flat_map(|host| host.machines.iter()) {
            summary.num_machines += 1;
            summary.num_running += usize::from(machine.state.is_active());
            summary.num_attention += usize::from(needs_attention(machine));
            for tag in &machine.definition.tags {
                match summary.tags.get_mut(tag) {
                    Some(count) => *count += 1,
                    None => {
                        summary.tags.insert(tag.clone(), 1);
                    }
                }
            }
        }
        *self = summary;
    }
}
