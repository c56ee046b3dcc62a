//! How many requests each disk answers, how fast, and how long the vCPUs wait for the host.

use egui::Ui;
use libvirt_backend::model::{DiskWork, Machine, VcpuWait};

use crate::t;
use crate::text::waits;
use crate::widgets::{card_ui, facts_ui, section_ui, text, tokens};

/// From here on a guest is noticeably slower than its own figures explain.
const MUCH_STEAL: f32 = 10.0;

/// The card without its rows, and one row of two lines.
const CHROME: f32 = 90.0;
const ROW: f32 = 38.0;

/// Nothing where nothing is known, such as of a machine that is off.
pub(super) fn ui(ui: &mut Ui, machine: &Machine) {
    let (disks, vcpu_wait) = (&machine.stats.disks, machine.stats.vcpu_wait);
    if num_rows(machine) == 0 {
        return;
    }
    card_ui(ui, |ui| {
        section_ui(ui, &t!("waits-title"));
        rows_ui(ui, disks, vcpu_wait);
    });
    ui.add_space(tokens::SPACE);
}

fn num_rows(machine: &Machine) -> usize {
    if machine.state.is_active() {
        machine.stats.disks.len() + usize::from(machine.stats.vcpu_wait.is_some())
    } else {
        0
    }
}

/// About as high as the card is, for what stands above it.
pub(super) fn height(machine: &Machine) -> f32 {
    match num_rows(machine) {
        0 => 0.0,
        rows => CHROME + ROW * rows as f32,
    }
}

fn rows_ui(ui: &mut Ui, disks: &[DiskWork], vcpu_wait: Option<VcpuWait>) {
    facts_ui(ui, "waits", |rows| {
        for disk in disks {
            let name = t!("fact-disk", target = disk.target.as_str());
            rows.row(&name, &waits::disk(disk).join("\n"));
        }
        if let Some(wait) = vcpu_wait {
            rows.row(&t!("waits-vcpus"), &waits::vcpus(&wait).join("\n"));
        }
    });
    if vcpu_wait.is_some_and(|wait| wait.steal_percent >= MUCH_STEAL) {
        let words = text::secondary(ui, t!("waits-much-steal"));
        ui.add(egui::Label::new(words).wrap());
    }
}
