//! The machine at work: graphs, the guest's screen and the facts beside them.

use egui::{Layout, ScrollArea, Ui, vec2};
use libvirt_backend::model::{HostModel, Machine};

use super::facts_card;
use super::graphs::Graphs;
use super::waits_card;
use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::screens::parts::picture;
use crate::t;
use crate::widgets::{card_ui, section_ui, tokens};

/// From this width on the facts stand beside the graphs.
const TWO_COLUMNS: f32 = 820.0;
const SIDE_WIDTH: f32 = 340.0;
/// What two rows of graphs need beside the plots: titles, axes, margins, the choice of time.
const GRAPH_CHROME: f32 = 270.0;

#[derive(Default)]
pub(super) struct Overview {
    graphs: Graphs,
}

impl Overview {
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        view: &ViewContext<'_>,
        key: &MachineKey,
        host: &HostModel,
        machine: &Machine,
    ) {
        let bottom = ui.max_rect().bottom();
        ScrollArea::vertical()
            .id_salt("overview")
            .auto_shrink(false)
            .show(ui, |ui| {
                // The scroll bar stands beside the cards, not on them.
                ui.set_max_width(ui.available_width() - tokens::SPACE);
                facts_card::software_ui(ui, view, host, machine);
                let scale = tokens::text_scale(ui.ctx()).max(1.0);
                let room = ui.available_width();
                if room < TWO_COLUMNS * scale {
                    picture_ui(ui, view, key, machine);
                    ui.add_space(tokens::SPACE);
                    self.graphs.ui(ui, view, machine, 110.0);
                    waits_card::ui(ui, machine);
                    facts_card::ui(ui, view, key, host, machine);
                    return;
                }
                let side = SIDE_WIDTH * scale;
                let main = room - side - tokens::SPACE_WIDE;
                // Both rows of graphs and what stands below fit the window where it is tall enough.
                let below = waits_card::height(machine);
                let left = bottom - ui.cursor().top() - (GRAPH_CHROME + below) * scale;
                let graph_height = (left / 2.0).clamp(110.0, 280.0) / scale;
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing.x = tokens::SPACE_WIDE;
                    column_ui(ui, main, |ui| {
                        self.graphs.ui(ui, view, machine, graph_height);
                        waits_card::ui(ui, machine);
                    });
                    column_ui(ui, side, |ui| {
                        picture_ui(ui, view, key, machine);
                        ui.add_space(tokens::SPACE);
                        facts_card::ui(ui, view, key, host, machine);
                    });
                });
            });
    }
}

fn column_ui(ui: &mut Ui, width: f32, contents: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(vec2(width, 0.0), Layout::top_down(egui::Align::Min), |ui| {
        ui.set_width(width);
        contents(ui);
    });
}

fn picture_ui(ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine) {
    card_ui(ui, |ui| {
        section_ui(ui, &t!("picture-title"));
        picture::ui(ui, view, key, machine, 260.0);
    });
}
