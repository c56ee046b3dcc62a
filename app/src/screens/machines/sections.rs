//! The groups that cards stand in: by host or by tag, each under its name.

use std::cmp::Ordering;
use std::sync::Arc;

use libvirt_backend::model::HostModel;

use super::index::Row;
use crate::screens::parts::natural::compare_natural;
use crate::settings::Grouping;
use crate::t;
use crate::text::state::host_name;

/// Machines that follow each other in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    pub name: String,
    pub count: usize,
}

/// Brings the rows of a group together, in the order they have, and says which groups there are; without grouping none.
pub(super) fn group(rows: &mut [Row], hosts: &[Arc<HostModel>], grouping: Grouping) -> Vec<Section> {
    let name_of = |row: &Row| match grouping {
        Grouping::Nothing => None,
        Grouping::Host => hosts.get(row.host).map(|host| host_name(&host.uri)),
        // One that has several stands under the first: nobody finds it twice.
        Grouping::Tag => row.machine.definition.tags.first().map(ToString::to_string),
    };
    if grouping == Grouping::Nothing {
        return Vec::new();
    }
    rows.sort_by(|a, b| compare(name_of(a).as_deref(), name_of(b).as_deref()));
    let groups = rows.chunk_by(|a, b| name_of(a) == name_of(b));
    groups
        .map(|group| Section {
            name: group.first().and_then(name_of).unwrap_or_else(|| t!("machines-no-tag")),
            count: group.len(),
        })
        .collect()
}

/// What has no name stands last.
fn compare(a: Option<&str>, b: Option<&str>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => compare_natural(a, b).then_with(|| a.cmp(b)),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}

/// Where cards stand: each group begins a line of its own.
pub(super) fn lines(sections: &[Section], num_cards: usize, columns: usize) -> Vec<std::ops::Range<usize>> {
    let alone = [num_cards];
    let counts: Vec<usize> = sections.iter().map(|section| section.count).collect();
    let counts = if counts.is_empty() { &alone[..] } else { &counts };
    let mut lines = Vec::new();
    let mut begin = 0;
    for count in counts {
        let end = begin + count;
        while begin < end {
            let next = (begin + columns.max(1)).min(end);
            lines.push(begin..next);
            begin = next;
        }
    }
    lines
}
