//! When a new model wakes the window: only where something that can be on screen is different. Figures arrive each
//! second, and a list of machines that are off is not drawn again for them.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use libvirt_backend::Backend;
use libvirt_backend::model::{HostModel, Machine};

use super::late_context::LateContext;
use crate::screens::parts::facts::host_figures;

/// What is measured each second and stood in the newest frame: a second that changes nothing else is not drawn for the
/// rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum FiguresShown {
    #[default]
    All,
    /// Cards have none of machines.
    OfHosts,
    /// A guest's screen or its serial line is all there is to see.
    None,
}

pub(super) fn set_figures_shown(ctx: &egui::Context, shown: FiguresShown) {
    ctx.data_mut(|data| data.insert_temp(figures_id(), shown));
}

fn figures_shown(ctx: &egui::Context) -> FiguresShown {
    ctx.data(|data| data.get_temp(figures_id())).unwrap_or_default()
}

fn figures_id() -> egui::Id {
    egui::Id::unique("berth figures shown")
}

/// Listens to the backend on behalf of the window.
pub struct Wake {
    ctx: LateContext,
    /// Known only once it is built, and it is built with this as its listener.
    backend: OnceLock<Backend>,
    /// The models that the window was last woken for.
    told: Mutex<Vec<Arc<HostModel>>>,
}

impl Wake {
    pub fn new(ctx: LateContext) -> Arc<Self> {
        Arc::new(Self {
            ctx,
            backend: OnceLock::new(),
            told: Mutex::default(),
        })
    }

    /// From here on it can be told whether a change shows.
    pub fn watch(&self, backend: &Backend) {
        // A second backend would be a second window.
        self.backend.set(backend.clone()).ok();
    }

    /// The backend's `on_change`: one frame for all that came at the same time.
    pub fn on_change(&self) {
        if self.is_visible() {
            self.ctx.request_repaint_after(Duration::from_millis(1));
        }
    }

    fn is_visible(&self) -> bool {
        let Some(backend) = self.backend.get() else {
            return true;
        };
        let models = backend.models();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let figures = self.ctx.get().map_or_else(FiguresShown::default, figures_shown);
        let is_same = told.len() == models.len() && told.iter().zip(&models).all(|(a, b)| looks_same(a, b, figures));
        if !is_same {
            *told = models;
        }
        !is_same || backend.has_events()
    }
}

/// Would a window draw the same of both? A machine that did not change is the same object in both models.
fn looks_same(a: &Arc<HostModel>, b: &Arc<HostModel>, figures: FiguresShown) -> bool {
    let is_same_machine = |a: &Arc<Machine>, b: &Arc<Machine>| {
        Arc::ptr_eq(a, b) || (figures != FiguresShown::All && differ_in_figures(a, b))
    };
    let has_same_machines = || {
        Arc::ptr_eq(&a.machines, &b.machines)
            || (a.machines.len() == b.machines.len()
                && a.machines.iter().zip(&*b.machines).all(|(a, b)| is_same_machine(a, b)))
    };
    Arc::ptr_eq(a, b)
        || (a.uri == b.uri
            && a.connection == b.connection
            && a.freshness == b.freshness
            && a.info == b.info
            && has_same_machines()
            && (figures == FiguresShown::None || host_figures(a) == host_figures(b)))
}

/// In their figures and in nothing else.
fn differ_in_figures(a: &Machine, b: &Machine) -> bool {
    a.id == b.id
        && a.state == b.state
        && a.responding == b.responding
        && a.started_at_millis == b.started_at_millis
        && a.is_agent_connected == b.is_agent_connected
        && a.addresses == b.addresses
        && Arc::ptr_eq(&a.definition, &b.definition)
        && Arc::ptr_eq(&a.snapshots, &b.snapshots)
}

#[cfg(test)]
mod tests {
    use libvirt_backend::model::{Freshness, HostStats};

    use super::*;

    fn with_stats(host: &HostModel, cpu_percent: f32) -> Arc<HostModel> {
        Arc::new(HostModel {
            generation: host.generation + 1,
            stats: Arc::new(HostStats {
                cpu_percent: Some(cpu_percent),
                memory_used_bytes: Some(1 << 30),
                memory_total_bytes: Some(4 << 30),
                ..HostStats::default()
            }),
            ..host.clone()
        })
    }

    #[test]
    fn a_tick_whose_figures_read_the_same_draws_no_frame() {
        let host = crate::screens::fixtures::assorted();
        let before = with_stats(&host, 12.1);
        assert!(looks_same(&before, &with_stats(&before, 12.3), FiguresShown::All));
        let busier = with_stats(&before, 13.6);
        assert!(!looks_same(&before, &busier, FiguresShown::All));
        assert!(!looks_same(&before, &busier, FiguresShown::OfHosts));
        assert!(looks_same(&before, &busier, FiguresShown::None));
    }

    #[test]
    fn a_machine_that_changed_is_drawn() {
        let host = Arc::new(crate::screens::fixtures::assorted());
        let mut machines = host.machines.to_vec();
        machines[0] = Arc::new(machines[0].as_ref().clone());
        let changed = HostModel {
            machines: machines.into(),
            ..host.as_ref().clone()
        };
        assert!(!looks_same(&host, &Arc::new(changed), FiguresShown::All));
        let remembered = HostModel {
            freshness: Freshness::LastKnown,
            ..host.as_ref().clone()
        };
        assert!(!looks_same(&host, &Arc::new(remembered), FiguresShown::None));
    }

    #[test]
    fn where_no_figures_are_shown_new_ones_draw_no_frame_but_a_new_state_does() {
        let host = Arc::new(crate::screens::fixtures::assorted());
        let with_first = |change: fn(&mut Machine)| {
            let mut machines = host.machines.to_vec();
            change(Arc::make_mut(&mut machines[0]));
            Arc::new(HostModel {
                machines: machines.into(),
                ..host.as_ref().clone()
            })
        };
        let measured = with_first(|machine| machine.stats = Arc::default());
        assert!(looks_same(&host, &measured, FiguresShown::OfHosts));
        assert!(looks_same(&host, &measured, FiguresShown::None));
        assert!(!looks_same(&host, &measured, FiguresShown::All));
        let paused = with_first(|machine| machine.state = libvirt_backend::model::State::Crashed);
        assert!(!looks_same(&host, &paused, FiguresShown::OfHosts));
        assert!(!looks_same(&host, &paused, FiguresShown::None));
    }
}
