//! One machine's page as a person reads it.

use std::sync::Arc;

use egui::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use libvirt_backend::model::{HostModel, Machine, ShutOffReason, State, VcpuWait};

use crate::route::{MachineTab, Route};
use crate::screens::fixtures::{self, URI};
use crate::screens::test_window::{Look, TestWindow, key, open};

fn page(host: HostModel, number: u32, tab: MachineTab) -> Harness<'static, TestWindow> {
    let mut window = TestWindow::new(vec![host]);
    window.route = Route::Machine { key: key(number), tab };
    let mut harness = open(Look::sized(1_280.0, 900.0), window);
    harness.run();
    harness
}

#[test]
fn a_memory_graph_without_a_line_says_why() {
    let silent = fixtures::without_memory_figures(fixtures::running(fixtures::machine(1, "silent")));
    let harness = page(fixtures::host(URI, vec![silent]), 1, MachineTab::Overview);
    let words = "Memory: This guest does not report its memory. Its balloon driver is missing or off: \
                 Linux brings one, Windows needs the virtio drivers.";
    harness.get_by_role_and_label(Role::Image, words);
    harness.get_by_label("4 GiB given");
}

#[test]
fn the_graphs_of_a_machine_that_is_off_say_so() {
    let harness = page(fixtures::assorted(), 8, MachineTab::Overview);
    for graph in ["CPU", "Memory", "Disk", "Network"] {
        harness.get_by_role_and_label(Role::Image, &format!("{graph}: Measured while it runs"));
    }
}

#[test]
fn how_old_a_snapshot_is_asks_for_the_frame_in_which_it_reads_differently_and_no_sooner() {
    let harness = page(fixtures::assorted(), 1, MachineTab::Snapshots);
    // The youngest is exactly 2 h old.
    let soonest = harness.state().repaint_after.iter().min();
    assert_eq!(soonest, Some(&3_600_000));
}

#[test]
fn waiting_times_stand_beside_the_graphs_of_a_machine_that_runs_and_no_other() {
    let one = |machine| fixtures::host(URI, vec![machine]);
    let running = || fixtures::running(fixtures::machine(1, "devbox"));
    let harness = page(one(running()), 1, MachineTab::Overview);
    harness.get_by_label("Waiting times");
    harness.get_by_label("12 reads/s, 0.82 ms each\n148 writes/s, 2.4 ms each");
    harness.get_by_label("0.4 % of the time");
    assert!(harness.query_by_label_contains("often ready").is_none());

    let mut pressed = running();
    Arc::make_mut(&mut pressed.stats).vcpu_wait = Some(VcpuWait {
        steal_percent: 31.0,
        wait_percent: Some(32.0),
    });
    let harness = page(one(pressed), 1, MachineTab::Overview);
    harness.get_by_label("31 % of the time\n32 % by the scheduler’s own statistics");
    harness.get_by_label_contains("Fewer CPUs, a higher priority");

    let off = Machine {
        state: State::ShutOff(ShutOffReason::Shutdown),
        ..running()
    };
    let harness = page(one(off), 1, MachineTab::Overview);
    assert!(harness.query_by_label("Waiting times").is_none());
}
