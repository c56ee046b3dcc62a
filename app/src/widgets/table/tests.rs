use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use super::*;
use crate::widgets::testing;

struct Machines {
    num: usize,
    drawn: usize,
}

impl Rows for Machines {
    type Key = usize;

    fn num_rows(&self) -> usize {
        self.num
    }

    fn key(&self, row: usize) -> usize {
        row
    }

    fn name(&self, row: usize) -> String {
        format!("machine {row}")
    }

    fn cell_ui(&mut self, ui: &mut Ui, row: usize, column: usize) {
        self.drawn += 1;
        ui.label(format!("cell {row}:{column}"));
    }

    fn has_menu(&self) -> bool {
        true
    }

    fn menu_ui(&mut self, ui: &mut Ui, row: usize) {
        ui.label(format!("menu of {row}"));
    }
}

struct State {
    machines: Machines,
    table: TableState<usize>,
    seen: TableResponse,
}

fn table(num: usize) -> Harness<'static, State> {
    let mut harness = testing::harness(
        |ui, state: &mut State| {
            let columns = [Column::new("Name", 200.0).growing(), Column::new("CPU", 80.0).right()];
            state.machines.drawn = 0;
            let now = Table::new(Id::unique("machines"), "Machines", &columns).show(
                ui,
                &mut state.table,
                &mut state.machines,
            );
            state.seen.activated = now.activated.or(state.seen.activated);
            state.seen.is_sort_changed |= now.is_sort_changed;
            state.seen.is_selection_changed |= now.is_selection_changed;
        },
        State {
            machines: Machines { num, drawn: 0 },
            table: TableState::default(),
            seen: TableResponse::default(),
        },
    );
    harness.run();
    harness
}

fn chosen(harness: &Harness<'_, State>) -> Vec<usize> {
    harness.state().table.selection.iter().copied().collect()
}

#[test]
fn a_screen_reader_finds_a_table_with_named_rows_and_their_number() {
    let harness = table(1_000);
    let table = harness.get_by_role_and_label(Role::Table, "Machines");
    assert_eq!(table.accesskit_node().data().row_count(), Some(1_000));
    let row = harness.get_by_role_and_label(Role::Row, "machine 3");
    assert_eq!(row.accesskit_node().data().row_index(), Some(3));
    row.get_by_label("cell 3:1");
    harness.get_by_role_and_label(Role::ColumnHeader, "CPU");
}

#[test]
fn of_a_hundred_thousand_rows_only_those_on_screen_are_drawn() {
    let harness = table(100_000);
    let drawn = harness.state().machines.drawn;
    assert!(drawn > 0 && drawn < 60, "{drawn} cells");
}

#[test]
fn clicks_choose_with_ctrl_and_shift() {
    let mut harness = table(20);
    harness.get_by_role_and_label(Role::Row, "machine 1").click();
    harness.run();
    assert_eq!(chosen(&harness), [1]);
    harness
        .get_by_role_and_label(Role::Row, "machine 3")
        .click_modifiers(Modifiers::SHIFT);
    harness.run();
    assert_eq!(chosen(&harness), [1, 2, 3]);
    harness
        .get_by_role_and_label(Role::Row, "machine 2")
        .click_modifiers(Modifiers::COMMAND);
    harness.run();
    assert_eq!(chosen(&harness), [1, 3]);
}

#[test]
fn keys_move_choose_and_activate() {
    let mut harness = table(500);
    harness.get_by_role_and_label(Role::Table, "Machines").focus();
    harness.run();
    for _ in 0..2 {
        harness.key_press(Key::ArrowDown);
        harness.run();
    }
    assert_eq!(chosen(&harness), [2]);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    harness.run();
    assert_eq!(chosen(&harness), [2, 3]);
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(harness.state().seen.activated, Some(3));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run();
    assert_eq!(chosen(&harness).len(), 500);
}

#[test]
fn the_last_row_scrolls_into_view() {
    let mut harness = table(500);
    harness.get_by_role_and_label(Role::Table, "Machines").focus();
    harness.run();
    harness.key_press(Key::End);
    harness.run();
    harness.run();
    let row = harness.get_by_role_and_label(Role::Row, "machine 499");
    assert_eq!(row.accesskit_node().data().is_selected(), Some(true));
    assert!(harness.query_by_role_and_label(Role::Row, "machine 0").is_none());
}

#[test]
fn a_header_sorts_and_says_in_which_direction() {
    let mut harness = table(5);
    harness.get_by_role_and_label(Role::ColumnHeader, "CPU").click();
    harness.run();
    assert!(harness.state().seen.is_sort_changed);
    assert_eq!(
        harness.state().table.sort,
        Some(Sort {
            column: 1,
            is_descending: false
        })
    );
    let header = harness.get_by_role_and_label(Role::ColumnHeader, "CPU");
    let direction = header.accesskit_node().data().sort_direction();
    assert_eq!(direction, Some(egui::accesskit::SortDirection::Ascending));
}

#[test]
fn the_right_button_chooses_the_row_and_opens_its_menu() {
    let mut harness = table(5);
    harness.get_by_role_and_label(Role::Row, "machine 2").click_secondary();
    harness.run();
    assert_eq!(chosen(&harness), [2]);
    harness.get_by_label("menu of 2");
}

#[test]
fn a_double_click_activates() {
    let mut harness = table(5);
    harness.get_by_role_and_label(Role::Row, "machine 4").click();
    harness.get_by_role_and_label(Role::Row, "machine 4").click();
    harness.run();
    assert_eq!(harness.state().seen.activated, Some(4));
}
