//! The bar of actions on several selected machines. It offers only what at least one of them allows, and says on how
//! many it would act.

use egui::{Align, Layout, Ui, UiBuilder, vec2};
use libvirt_backend::guard::Action;

use crate::command::{Command, MachineCommand, UiCommand, action};
use crate::context::ViewContext;
use crate::route::MachineKey;
use crate::screens::parts::actions;
use crate::state::Selection;
use crate::t;
use crate::widgets::{Button, MenuItem, Palette, icons, menu_item, text, tokens};

const OFFERED: [Action; 10] = [
    Action::Start,
    Action::Resume,
    Action::Shutdown,
    Action::Pause,
    Action::ForceOff,
    Action::Reboot,
    Action::Save,
    Action::CreateSnapshot,
    Action::SetTags,
    Action::DeleteForced,
];

pub(super) fn height(ui: &Ui) -> f32 {
    tokens::scaled(ui, tokens::CONTROL_HEIGHT) + 2.0 * tokens::SPACE + tokens::SPACE_WIDE
}

/// `selected`: those that are listed; `num_hidden` more are marked and not shown, and nothing is done with them.
pub(super) fn ui(ui: &mut Ui, view: &ViewContext<'_>, selected: &[MachineKey], num_hidden: usize) {
    let offers: Vec<(Action, Vec<MachineKey>)> = OFFERED
        .into_iter()
        .map(|action| (action, actions::allowed(view, selected, action)))
        .filter(|(_, machines)| !machines.is_empty())
        .collect();
    let rect = ui.max_rect().shrink2(vec2(0.0, tokens::SPACE));
    ui.painter()
        .rect_filled(rect, tokens::RADIUS_CARD, Palette::of(ui).card);
    let inner = rect.shrink2(vec2(tokens::SPACE, 0.0));
    let layout = Layout::left_to_right(Align::Center);
    ui.scope_builder(UiBuilder::new().max_rect(inner).layout(layout), |ui| {
        let name = t!("selection-clear");
        if Button::icon_only(icons::CLOSE, name).show(ui).clicked() {
            view.ui(UiCommand::Select(Selection::default()));
        }
        ui.label(text::strong(t!("selection-count", count = selected.len())));
        if num_hidden > 0 {
            ui.label(text::weak(ui, t!("selection-hidden", count = num_hidden)));
        }
        offers_ui(ui, view, offers);
    });
}

/// As many buttons as fit; the rest in a menu.
fn offers_ui(ui: &mut Ui, view: &ViewContext<'_>, offers: Vec<(Action, Vec<MachineKey>)>) {
    let room = ui.available_width();
    let per_button = 150.0 * tokens::text_scale(ui.ctx());
    let fits = ((room - 48.0) / per_button).max(0.0) as usize;
    let mut rest = Vec::new();
    for (index, (action, machines)) in offers.into_iter().enumerate() {
        if index >= fits {
            rest.push((action, machines));
            continue;
        }
        let button = Button::ghost(label(action, machines.len())).icon(action::icon(action));
        if button.show(ui).clicked() {
            send(view, action, machines);
        }
    }
    if rest.is_empty() {
        return;
    }
    Button::icon_only(icons::MORE, t!("selection-more")).menu(ui, |ui| {
        for (action, machines) in rest {
            let item = MenuItem {
                icon: Some(action::icon(action)),
                text: label(action, machines.len()).into(),
                is_destructive: matches!(action, Action::DeleteForced | Action::ForceOff),
                ..MenuItem::default()
            };
            if menu_item(ui, &item).clicked() {
                send(view, action, machines);
            }
        }
    });
}

/// The button has said how many; what stops or interrupts a guest is asked about all the same.
fn send(view: &ViewContext<'_>, action: Action, machines: Vec<MachineKey>) {
    if matches!(action, Action::Start | Action::Resume) {
        view.send(Command::Machine(MachineCommand::RunNow { action, machines }));
    } else {
        actions::send(view, action, machines);
    }
}

fn label(action: Action, count: usize) -> String {
    t!("selection-action", action = action::text(action), count = count)
}
