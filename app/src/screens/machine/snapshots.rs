//! A machine's snapshots as a tree: where it stands now, how old each is, and what can be done with it.

use egui::{Align, Layout, Rect, Role, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use libvirt_backend::guard::{self, Action};
use libvirt_backend::model::{Machine, Snapshot, SnapshotKind};

use crate::command::{DialogRequest, UiCommand};
use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::screens::parts::actions;
use crate::screens::parts::age::age;
use crate::screens::parts::cell::{Line, paint_two};
use crate::t;
use crate::text::error::{denied, snapshot_refusal};
use crate::text::units;
use crate::widgets::icons::{self, paint_icon};
use crate::widgets::{Button, Palette, Tone, badge_ui, banner_ui, empty_ui, tokens};

/// Deeper ones are drawn no further to the right.
const MAX_DEPTH: usize = 8;

pub(super) fn ui(ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine) {
    if let Some(refusal) = &machine.definition.snapshot_refusal {
        let text = format!("{} — {}", t!("snapshots-refused"), snapshot_refusal(refusal));
        banner_ui(ui, Tone::Warning, &text, None);
    }
    if machine.snapshots.is_empty() {
        let (title, explanation) = (t!("snapshots-none"), t!("snapshots-none-text"));
        empty_ui(ui, icons::SNAPSHOT, &title, &explanation, |ui| {
            take_button_ui(ui, view, key, machine);
        });
        return;
    }
    ui.horizontal(|ui| take_button_ui(ui, view, key, machine));
    ui.add_space(tokens::SPACE_TIGHT);
    let order = tree_order(&machine.snapshots);
    let list = UiBuilder::new()
        .accessibility_role(Role::List)
        .accessibility_label(t!("snapshots-table", name = machine.name()));
    ui.scope_builder(list, |ui| {
        ScrollArea::vertical()
            .id_salt("snapshots")
            .auto_shrink(false)
            .show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                for (depth, snapshot) in order {
                    row_ui(ui, view, key, machine, snapshot, depth);
                }
            });
    });
}

fn take_button_ui(ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine) {
    let reason = actions::check(view, key, Action::CreateSnapshot).err();
    let text = t!("snapshots-take");
    let is_first = machine.snapshots.is_empty() && reason.is_none();
    let button = if is_first {
        Button::primary(text)
    } else {
        Button::secondary(text)
    };
    let button = button
        .icon(icons::SNAPSHOT)
        .denied(reason.map(|reason| denied(&reason)));
    if button.show(ui).clicked() {
        view.ui(UiCommand::ShowDialog(DialogRequest::TakeSnapshot(vec![key.clone()])));
    }
}

/// Every snapshot after its parent, with its depth; older siblings first. One whose parent is unknown is a root.
fn tree_order(snapshots: &[Snapshot]) -> Vec<(usize, &Snapshot)> {
    let mut sorted: Vec<&Snapshot> = snapshots.iter().collect();
    sorted.sort_by_key(|snapshot| snapshot.created_at_seconds);
    let is_known = |name: &str| snapshots.iter().any(|snapshot| snapshot.name == name);
    let roots = sorted
        .iter()
        .rev()
        .filter(|snapshot| !snapshot.parent.as_deref().is_some_and(is_known));
    let mut open: Vec<(usize, &Snapshot)> = roots.map(|snapshot| (0, *snapshot)).collect();
    let mut order = Vec::with_capacity(snapshots.len());
    while let Some((depth, snapshot)) = open.pop() {
        order.push((depth, snapshot));
        let children = sorted
            .iter()
            .rev()
            .filter(|child| child.parent.as_ref() == Some(&snapshot.name));
        open.extend(children.map(|child| (depth + 1, *child)));
    }
    order
}

fn row_ui(ui: &mut Ui, view: &ViewContext<'_>, key: &MachineKey, machine: &Machine, snapshot: &Snapshot, depth: usize) {
    let height = tokens::scaled(ui, 52.0);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let palette = Palette::of(ui);
    let kind = kind_text(snapshot.kind);
    let age = age(view, snapshot.created_at_seconds * 1_000);
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, format!("{}, {kind}, {age}", snapshot.name)));
    if snapshot.is_current {
        ui.painter().rect_filled(rect, tokens::RADIUS, palette.selected);
    } else if response.contains_pointer() {
        ui.painter().rect_filled(rect, tokens::RADIUS, palette.hover);
    }
    let scale = tokens::text_scale(ui.ctx());
    let left = rect.left() + tokens::SPACE + depth.min(MAX_DEPTH) as f32 * 24.0;
    let icon_center = pos2(left + tokens::ICON * scale / 2.0, rect.center().y);
    let has_memory = snapshot.kind == SnapshotKind::InternalWithMemory;
    let icon = if has_memory { icons::MEMORY } else { icons::STORAGE };
    paint_icon(ui, icon, icon_center, tokens::ICON, palette.text_secondary);

    let buttons_left = row_buttons_ui(ui, view, key, machine, snapshot, rect);
    let text_rect = Rect::from_min_max(
        pos2(left + tokens::ICON * scale + tokens::SPACE, rect.top()),
        pos2(buttons_left - tokens::SPACE, rect.bottom()),
    );
    let under = match &snapshot.description {
        Some(description) => format!("{age} · {kind} · {description}"),
        None => format!("{age} · {kind}"),
    };
    let name = Line::body(palette.text).strong();
    paint_two(
        ui,
        text_rect,
        (&name, &snapshot.name),
        (&Line::secondary(palette.text_weak), &under),
    );
    response.on_hover_text(units::date_time(snapshot.created_at_seconds));
}

/// Draws them at the end of the row and answers where they begin.
fn row_buttons_ui(
    ui: &mut Ui,
    view: &ViewContext<'_>,
    key: &MachineKey,
    machine: &Machine,
    snapshot: &Snapshot,
    rect: Rect,
) -> f32 {
    let inner = rect.shrink2(vec2(tokens::SPACE, 0.0));
    let builder = UiBuilder::new()
        .max_rect(inner)
        .layout(Layout::right_to_left(Align::Center))
        .id_salt(&snapshot.name);
    let is_live = view.host(&key.uri).is_some_and(|host| actions::is_live(host));
    let reason = |action| {
        if snapshot.kind == SnapshotKind::External {
            return Some(t!("snapshots-external-hint"));
        }
        guard::check(action, machine, is_live)
            .err()
            .map(|reason| denied(&reason))
    };
    let shown = ui.scope_builder(builder, |ui| {
        let name = t!("snapshots-delete-name", snapshot = snapshot.name.as_str());
        let delete = Button::icon_only(icons::DELETE, name)
            .small()
            .denied(reason(Action::DeleteSnapshot));
        if delete.show(ui).clicked() {
            view.ui(UiCommand::ShowDialog(DialogRequest::DeleteSnapshot {
                machine: key.clone(),
                snapshot: snapshot.name.clone(),
            }));
        }
        let name = t!("snapshots-revert-name", snapshot = snapshot.name.as_str());
        let revert = Button::secondary(t!("snapshots-revert"))
            .small()
            .denied(reason(Action::RevertSnapshot));
        if revert.show(ui).accessible_name(name).clicked() {
            view.ui(UiCommand::ShowDialog(DialogRequest::RevertSnapshot {
                machine: key.clone(),
                snapshot: snapshot.name.clone(),
            }));
        }
        if snapshot.is_current {
            badge_ui(ui, Tone::Accent, &t!("snapshots-current"));
        }
        ui.min_rect().left()
    });
    shown.inner
}

fn kind_text(kind: SnapshotKind) -> String {
    t!(match kind {
        SnapshotKind::InternalDisks => "snapshots-disks-only",
        SnapshotKind::InternalWithMemory => "snapshots-with-memory",
        SnapshotKind::External => "snapshots-external",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screens::fixtures;

    #[test]
    fn each_snapshot_follows_its_parent() {
        let snapshots = fixtures::snapshots();
        let order = tree_order(&snapshots);
        let order: Vec<_> = order
            .iter()
            .map(|(depth, snapshot)| (*depth, snapshot.name.as_str()))
            .collect();
        assert_eq!(
            order,
            [(0, "clean"), (1, "experiment"), (1, "before-upgrade"), (2, "upgraded")]
        );
    }
}
