//! The console's one toolbar: whose screen it is on the left, what can be done with it on the right.

use egui::{Align, Color32, Layout, Rect, Ui, UiBuilder, pos2};
use libvirt_backend::guard::Action;
use libvirt_backend::model::Sound;

use super::{Console, Place, edge_bar, picture, send_keys};
use crate::command::{Command, ConsoleCommand, MachineCommand, UiCommand, action};
use crate::display::State;
use crate::route::{MachineTab, Route};
use crate::settings::Scale;
use crate::t;
use crate::text::display;
use crate::text::keyboard::{host_key, refused};
use crate::widgets::icons::paint_icon;
use crate::widgets::{Button, Icon, MenuItem, Palette, Tone, icons, menu_item, menu_separator, pill_ui, text, tokens};

pub(super) fn ui(ui: &mut Ui, console: &Console<'_>, state: &mut State) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        buttons_ui(ui, console, state);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| name_ui(ui, console, state));
    });
}

fn name_ui(ui: &mut Ui, console: &Console<'_>, state: &State) {
    if console.place == Place::Page && Button::icon_only(icons::BACK, t!("console-back")).show(ui).clicked() {
        console.commands.push(Command::Ui(UiCommand::Go(Route::Machine {
            key: console.key.clone(),
            tab: MachineTab::Overview,
        })));
    }
    let facts = &state.facts;
    // The state keeps its room where there is any; a long name is cut.
    let pill_room = 140.0 * tokens::text_scale(ui.ctx());
    let room = ui.available_width();
    let has_pill = room > pill_room + 60.0;
    let room = (room - if has_pill { pill_room } else { 0.0 }).max(24.0);
    let name = text::strong(facts.name.as_str());
    let width = text::width(ui, name.clone());
    let line = ui.max_rect();
    let left = ui.cursor().left();
    let rect = Rect::from_min_max(
        pos2(left, line.top()),
        pos2(left + width.ceil().min(room), line.bottom()),
    );
    let builder = UiBuilder::new()
        .max_rect(rect)
        .layout(Layout::left_to_right(Align::Center));
    ui.scope_builder(builder, |ui| text::truncated_ui(ui, name));
    if has_pill {
        pill_ui(ui, facts.tone, facts.icon, &facts.state);
    }
    if state.is_live() {
        hint_ui(ui, console, state);
    }
}

/// Who has keyboard and pointer, and how to change that.
fn hint_ui(ui: &mut Ui, console: &Console<'_>, state: &State) {
    let is_held = console.keyboard.holder() == Some(picture::focus_id(console));
    let key = host_key(console.keyboard.host_key());
    let refused = refused(&console.keyboard.grab_state()).filter(|_| is_held);
    let hint = if state.holds_pointer() {
        t!("console-pointer-held", key = key)
    } else if is_held {
        t!("console-keys-held", key = key)
    } else {
        t!("console-keys-free")
    };
    let hint = text::quiet(ui, hint);
    let width = text::width(ui, hint.clone());
    if ui.available_width() < width + tokens::SPACE_WIDE + tokens::CONTROL_HEIGHT {
        return;
    }
    ui.add_space(tokens::SPACE);
    ui.label(hint);
    if let Some(words) = refused {
        sign_ui(ui, icons::INFO, Palette::of(ui).text_secondary, words);
    }
}

/// An icon that says something; what it says stands beside the pointer.
fn sign_ui(ui: &mut Ui, icon: Icon, color: Color32, words: String) {
    let side = tokens::scaled(ui, tokens::ICON);
    let (rect, response) = ui.allocate_exact_size(egui::vec2(side, side), egui::Sense::hover());
    paint_icon(ui, icon, rect.center(), tokens::ICON, color);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, words.as_str()));
    response.on_hover_text(words);
}

/// Right to left.
fn buttons_ui(ui: &mut Ui, console: &Console<'_>, state: &mut State) {
    Button::icon_only(icons::MORE, t!("console-more")).menu(ui, |ui| machine_menu_ui(ui, console, state));
    fullscreen_ui(ui, console);
    Button::icon_only(icons::KEYBOARD, t!("console-send-keys")).menu(ui, |ui| send_keys::menu_ui(ui, console, state));
    let is_window = matches!(console.place, Place::Window { .. });
    if is_window {
        if Button::icon_only(icons::ATTACH, t!("console-attach"))
            .show(ui)
            .clicked()
        {
            console.send(ConsoleCommand::Attach(console.key.clone()));
        }
    } else if Button::icon_only(icons::OPEN_OUTSIDE, t!("console-detach"))
        .show(ui)
        .clicked()
    {
        console.send(ConsoleCommand::Detach(console.key.clone()));
    }
    if console.place == Place::Page
        && state.facts.has_serial
        && Button::icon_only(icons::TERMINAL, t!("console-serial"))
            .show(ui)
            .clicked()
    {
        console.commands.push(Command::Ui(UiCommand::Go(Route::Machine {
            key: console.key.clone(),
            tab: MachineTab::Serial,
        })));
    }
    Button::icon_only(icons::SNAPSHOT, t!("console-screenshot")).menu(ui, |ui| screenshot_menu_ui(ui, console, state));
    Button::icon_only(icons::SCALE, t!("console-scale")).menu(ui, |ui| scale_menu_ui(ui, console, state));
    if state.is_unencrypted() {
        // For as long as it is so, at any width.
        let color = Palette::of(ui).tone(Tone::Warning);
        sign_ui(ui, icons::WARNING, color, t!("console-unencrypted"));
        ui.add_space(tokens::SPACE);
    }
}

pub(super) fn fullscreen_ui(ui: &mut Ui, console: &Console<'_>) {
    let is_on = console.place.is_fullscreen();
    let (icon, name) = if is_on {
        (icons::FULLSCREEN_EXIT, t!("console-fullscreen-leave"))
    } else {
        (icons::FULLSCREEN, t!("console-fullscreen"))
    };
    let button = Button::icon_only(icon, name).show(ui);
    if is_on && edge_bar::takes_focus(ui, console) {
        button.request_focus();
    }
    if button.clicked() {
        set_fullscreen(ui, console, !is_on);
    }
}

pub(super) fn set_fullscreen(ui: &Ui, console: &Console<'_>, is_on: bool) {
    match console.place {
        Place::Window { .. } => ui.ctx().send_viewport_cmd(egui::ViewportCommand::Fullscreen(is_on)),
        Place::Page | Place::Fullscreen => {
            console.send(ConsoleCommand::Fullscreen(is_on.then(|| console.key.clone())));
        }
    }
}

fn scale_menu_ui(ui: &mut Ui, console: &Console<'_>, state: &State) {
    let choices = [
        (Scale::Fit, t!("console-scale-fit")),
        (Scale::Actual, t!("console-scale-actual")),
        (Scale::Integer, t!("console-scale-integer")),
    ];
    for (scale, name) in choices {
        let is_on = console.choices.scale == scale;
        if check_item(ui, &name, is_on, None) {
            console.send(ConsoleCommand::SetScale(scale));
        }
    }
    menu_separator(ui);
    let follows = console.choices.follows_window;
    if check_item(ui, &t!("console-follows-window"), follows, None) {
        console.send(ConsoleCommand::SetFollowsWindow(!follows));
    }
    if let Some(refusal) = state.size_refusal().filter(|_| follows) {
        note_ui(ui, display::size_refusal(refusal));
    }
}

/// In a menu, about what stands above it.
fn note_ui(ui: &mut Ui, words: String) {
    let note = text::secondary(ui, words);
    ui.horizontal(|ui| {
        ui.add_space(tokens::SPACE);
        ui.label(note);
    });
}

/// An entry that is on or off, said to a screen reader too.
fn check_item(ui: &mut Ui, name: &str, is_on: bool, denied: Option<String>) -> bool {
    let item = MenuItem {
        icon: is_on.then_some(icons::CHECK),
        text: name.into(),
        denied: denied.map(Into::into),
        ..MenuItem::default()
    };
    let response = menu_item(ui, &item);
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_toggled(egui::accesskit::Toggled::from(is_on));
    });
    response.clicked()
}

fn screenshot_menu_ui(ui: &mut Ui, console: &Console<'_>, state: &State) {
    let denied = (!state.is_live()).then(|| t!("console-screenshot-none"));
    for (icon, name, command) in [
        (
            icons::SAVE,
            t!("console-screenshot-save"),
            ConsoleCommand::SaveScreenshot(console.key.clone()),
        ),
        (
            icons::COPY,
            t!("console-screenshot-copy"),
            ConsoleCommand::CopyScreenshot(console.key.clone()),
        ),
    ] {
        let item = MenuItem {
            icon: Some(icon),
            text: name.into(),
            denied: denied.clone().map(Into::into),
            ..MenuItem::default()
        };
        if menu_item(ui, &item).clicked() {
            console.send(command);
        }
    }
}

/// What can be done with the machine without leaving its screen.
fn machine_menu_ui(ui: &mut Ui, console: &Console<'_>, state: &State) {
    // Where adding a screen is wanted, it stands in the picture's place.
    let is_offered = |(action, _): &&(Action, Option<String>)| {
        !matches!(
            action,
            Action::AddDisplay | Action::SetSharesClipboard | Action::SetSound
        )
    };
    for (action, denied) in state.facts.actions.iter().filter(is_offered) {
        let item = MenuItem {
            icon: Some(action::icon(*action)),
            text: action::text(*action).into(),
            denied: denied.clone().map(Into::into),
            is_destructive: *action == Action::ForceOff,
            ..MenuItem::default()
        };
        if menu_item(ui, &item).clicked() {
            run(console, *action);
        }
    }
    menu_separator(ui);
    switches_ui(ui, console, state);
    menu_separator(ui);
    let item = MenuItem {
        icon: Some(icons::OPEN_OUTSIDE),
        text: t!("console-open-viewer").into(),
        ..MenuItem::default()
    };
    if menu_item(ui, &item).clicked() {
        console.send(ConsoleCommand::OpenViewer(console.key.clone()));
    }
    if let Some(way) = state.way() {
        note_ui(ui, display::way(way));
    }
}

/// What guest and desktop share.
fn switches_ui(ui: &mut Ui, console: &Console<'_>, state: &State) {
    let shares = state.facts.shares_clipboard;
    let is_heard = state.facts.sound == Sound::Host;
    let sound = if is_heard { Sound::Off } else { Sound::Host };
    let switches = [
        (
            Action::SetSharesClipboard,
            t!("console-share-clipboard"),
            shares,
            ConsoleCommand::SetSharesClipboard(console.key.clone(), !shares),
        ),
        (
            Action::SetSound,
            t!("console-sound"),
            is_heard,
            ConsoleCommand::SetSound(console.key.clone(), sound),
        ),
    ];
    for (action, name, is_on, command) in switches {
        if check_item(ui, &name, is_on, state.facts.denied(action)) {
            console.send(command);
        }
    }
}

pub(super) fn run(console: &Console<'_>, action: Action) {
    let machines = vec![console.key.clone()];
    console
        .commands
        .push(Command::Machine(MachineCommand::Run { action, machines }));
}
