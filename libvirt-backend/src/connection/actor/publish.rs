//! From what the actor knows to the picture that everybody reads.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Actor;
use crate::model::{ConnectionState, HostModel};

/// Between two publications, unless a job ends: a thousand answers in a row are a handful of pictures.
const PUBLISH_EVERY: Duration = Duration::from_millis(50);

impl Actor {
    pub(super) fn publish_at(&self) -> Option<Instant> {
        self.is_dirty.then(|| self.last_published + PUBLISH_EVERY)
    }

    pub(super) fn publish_if_due(&mut self, now: Instant) {
        if self.publish_at().is_some_and(|at| at <= now) {
            self.publish();
        }
    }

    pub(super) fn publish(&mut self) {
        if !self.is_dirty {
            return;
        }
        if self.is_list_stale {
            self.machine_list = self.machines.values().map(|entry| Arc::clone(&entry.machine)).collect();
            self.is_list_stale = false;
        }
        self.generation += 1;
        self.published.send_replace(Arc::new(HostModel {
            uri: self.uri.clone(),
            generation: self.generation,
            connection: self.state.clone(),
            freshness: self.freshness,
            info: Arc::clone(&self.info),
            stats: Arc::clone(&self.stats),
            machines: Arc::clone(&self.machine_list),
            pools: Arc::clone(&self.pools),
        }));
        self.is_dirty = false;
        self.last_published = Instant::now();
        self.common.knocker.model_changed();
    }

    /// The model as published last, with nothing outstanding.
    pub(super) fn current_model(&mut self) -> Arc<HostModel> {
        self.publish();
        Arc::clone(&self.published.borrow())
    }

    pub(super) fn set_state(&mut self, state: ConnectionState) {
        if self.state != state {
            self.state = state;
            self.is_dirty = true;
        }
    }
}
