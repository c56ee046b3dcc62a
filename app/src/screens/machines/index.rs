//! Which machines the table shows and in which order: worked out when something changed, not each frame.

use std::cmp::Ordering;
use std::sync::Arc;

use libvirt_backend::model::{Definition, HostModel, Machine, State};

use super::sections::{self, Section};
use crate::route::MachineKey;
use crate::screens::parts::filter::Filter;
use crate::screens::parts::natural::compare_natural;
use crate::screens::parts::scope::Scope;
use crate::screens::parts::summary::Generations;
use crate::settings::{Column, Grouping, Sort};
use crate::text::state::{host_name, reason_text};

/// One machine of the table.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub key: MachineKey,
    pub machine: Arc<Machine>,
    /// Place in [`crate::context::ViewContext::hosts`].
    pub host: usize,
}

/// The rows, and what they were made from.
#[derive(Default)]
pub(super) struct Index {
    generations: Generations,
    filter_text: String,
    scope: Scope,
    sort: Option<Sort>,
    grouping: Grouping,
    /// Groups of rows, in their order; none where rows are not grouped.
    pub sections: Vec<Section>,
    pub rows: Vec<Row>,
    /// Does a state in the list come with a reason?
    pub has_reasons: bool,
    /// Whether a listed machine has tags.
    pub has_tags: bool,
    /// Whether something stands under the name of a listed machine.
    pub has_subtitles: bool,
}

impl Index {
    /// Makes the rows anew where the models, the filter, the scope or the order changed.
    pub(super) fn refresh(
        &mut self,
        hosts: &[Arc<HostModel>],
        filter_text: &str,
        scope: &Scope,
        sort: Sort,
        grouping: Grouping,
    ) {
        if self.sort == Some(sort)
            && self.grouping == grouping
            && self.filter_text == filter_text
            && self.scope == *scope
            && self.generations.are_of(hosts)
        {
            return;
        }
        self.generations = Generations::of(hosts);
        filter_text.clone_into(&mut self.filter_text);
        self.scope = scope.clone();
        self.sort = Some(sort);
        self.rows = rows(hosts, filter_text, scope);
        self.rows.sort_by(|a, b| compare(a, b, hosts, sort));
        self.grouping = grouping;
        self.sections = sections::group(&mut self.rows, hosts, grouping);
        self.has_reasons = self.rows.iter().any(|row| has_reason(&row.machine));
        self.has_subtitles = self.rows.iter().any(|row| has_subtitle(&row.machine.definition));
        self.has_tags = self.rows.iter().any(|row| !row.machine.definition.tags.is_empty());
    }

    pub(super) fn position(&self, key: &MachineKey) -> Option<usize> {
        self.rows.iter().position(|row| row.key == *key)
    }
}

fn has_subtitle(definition: &Definition) -> bool {
    !definition.tags.is_empty() || definition.os_id.is_some() || definition.title.is_some()
}

fn has_reason(machine: &Machine) -> bool {
    reason_text(machine.state).is_some() || !machine.responding.is_yes()
}

fn rows(hosts: &[Arc<HostModel>], filter_text: &str, scope: &Scope) -> Vec<Row> {
    let filter = Filter::parse(filter_text);
    let mut rows = Vec::new();
    for (index, host) in hosts.iter().enumerate() {
        let uri: Arc<str> = Arc::from(host.uri.as_str());
        rows.extend(
            host.machines
                .iter()
                .filter(|machine| scope.holds(host, machine) && filter.holds(host, machine))
                .map(|machine| Row {
                    key: MachineKey {
                        uri: Arc::clone(&uri),
                        id: machine.id,
                    },
                    machine: Arc::clone(machine),
                    host: index,
                }),
        );
    }
    rows
}

/// Unknown figures come last in either direction; equal ones stay in the order of their names.
fn compare(a: &Row, b: &Row, hosts: &[Arc<HostModel>], sort: Sort) -> Ordering {
    let (left, right) = (a.machine.as_ref(), b.machine.as_ref());
    let by_name = || compare_natural(left.name(), right.name()).then_with(|| a.key.cmp(&b.key));
    let turned = |order: Ordering| if sort.is_descending { order.reverse() } else { order };
    let figures = |figure: fn(&Machine) -> Option<f64>| match (figure(left), figure(right)) {
        (Some(x), Some(y)) => turned(x.total_cmp(&y)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    let order = match sort.column {
        Column::Name => turned(by_name()),
        Column::State => turned(state_rank(left.state).cmp(&state_rank(right.state))),
        Column::Cpu => figures(|machine| machine.stats.latest?.cpu_percent.map(f64::from)),
        Column::Memory => figures(|machine| machine.stats.latest?.memory_used_bytes.map(|bytes| bytes as f64)),
        Column::Disk => figures(|machine| {
            let sample = machine.stats.latest?;
            sum(sample.disk_read_bytes_per_s, sample.disk_write_bytes_per_s)
        }),
        Column::Network => figures(|machine| {
            let sample = machine.stats.latest?;
            sum(sample.net_rx_bytes_per_s, sample.net_tx_bytes_per_s)
        }),
        Column::Address => match (left.addresses.first(), right.addresses.first()) {
            (Some(x), Some(y)) => turned(x.cmp(y)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        },
        // The longest up is the one that started first.
        Column::Uptime => figures(|machine| machine.started_at_millis.map(|start| -(start as f64))),
        Column::Tags => turned(left.definition.tags.cmp(&right.definition.tags)),
        Column::Host => turned(compare_natural(&shown_host(hosts, a.host), &shown_host(hosts, b.host))),
    };
    order.then_with(by_name)
}

fn sum(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (None, None) => None,
        (a, b) => Some(a.unwrap_or(0.0) + b.unwrap_or(0.0)),
    }
}

/// What runs stands first.
const fn state_rank(state: State) -> u8 {
    match state {
        State::Crashed => 0,
        State::Running => 1,
        State::ShuttingDown => 2,
        State::Paused(_) => 3,
        State::Asleep => 4,
        State::ShutOff(_) => 5,
        State::Unknown => 6,
    }
}

/// As the column shows it.
fn shown_host(hosts: &[Arc<HostModel>], index: usize) -> String {
    hosts.get(index).map_or_else(String::new, |host| host_name(&host.uri))
}
