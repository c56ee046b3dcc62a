//! Says to a screen reader what the eye sees change: machines whose state is another than a moment ago.

use std::collections::HashMap;
use std::sync::Arc;

use egui::accesskit::Live;
use egui::{Rect, Role, Sense, Ui, WidgetInfo, vec2};
use libvirt_backend::model::{HostModel, MachineId, State};

use super::parts::summary::Generations;
use crate::context::ViewContext;
use crate::t;
use crate::text::state::describe;

/// More changes than this at once are told as a number.
const MOST_NAMED: usize = 3;

#[derive(Default)]
pub(super) struct Announcer {
    generations: Generations,
    /// What was said of each machine last.
    known: HashMap<(Arc<str>, MachineId), (State, bool)>,
    words: String,
}

impl Announcer {
    /// One node without a size, whose name is read aloud whenever it changes.
    pub(super) fn ui(&mut self, ui: &Ui, view: &ViewContext<'_>) {
        if !self.generations.are_of(view.hosts) {
            self.generations = Generations::of(view.hosts);
            let changes = self.take_changes(view.hosts);
            if !changes.is_empty() {
                self.words = said(&changes);
            }
        }
        let rect = Rect::from_min_size(ui.max_rect().min, vec2(0.0, 0.0));
        let id = ui.scope_id().with("announcer");
        let response = ui.interact(rect, id, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Status, true, self.words.as_str()));
        ui.ctx().accesskit_node_builder(id, |node| node.set_live(Live::Polite));
    }

    /// New machines are in the list for whoever wants to read it: only changes are told.
    fn take_changes(&mut self, hosts: &[Arc<HostModel>]) -> Vec<(String, String)> {
        let mut changes = Vec::new();
        let mut known = HashMap::with_capacity(self.known.len());
        for host in hosts {
            let uri: Arc<str> = Arc::from(host.uri.as_str());
            for machine in &*host.machines {
                let key = (Arc::clone(&uri), machine.id);
                let now = (machine.state, machine.responding.is_yes());
                if self.known.get(&key).is_some_and(|before| *before != now) {
                    changes.push((machine.name().to_owned(), describe(machine)));
                }
                known.insert(key, now);
            }
        }
        self.known = known;
        changes
    }
}

fn said(changes: &[(String, String)]) -> String {
    if changes.len() > MOST_NAMED {
        return t!("announce-many", count = changes.len());
    }
    let sentence =
        |(name, state): &(String, String)| t!("announce-state", name = name.as_str(), state = state.as_str());
    changes.iter().map(sentence).collect::<Vec<_>>().join(" ")
}
