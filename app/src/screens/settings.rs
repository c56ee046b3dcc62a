//! What a user can choose. Every change is saved at once.

use egui::{Label, ScrollArea, Ui, UiBuilder};
use libvirt_backend::model::AccelChoice;

use super::frame::page_rect;
use super::parts::choice::{choice_ui, name_column};
use crate::command::{Command, SettingsCommand, UiCommand};
use crate::context::ViewContext;
use crate::keyboard::HostKey;
use crate::keyboard::paste::GuestLayout;
use crate::settings::{GRACE_SECONDS, Grouping, Language, Question, SavedConnection, Settings, ThemeChoice};
use crate::t;
use crate::text::keyboard::{host_key, layout_name};
use crate::text::state::host_name;
use crate::widgets::{
    Breakpoint, Button, NumberField, card_ui, combo_ui, icons, page_title_ui, section_ui, switch_ui, text, tokens,
};

const WIDTH: f32 = 720.0;
const TEXT_SIZES: [u32; 6] = [80, 90, 100, 125, 150, 200];

pub(super) fn ui(ui: &mut Ui, view: &ViewContext<'_>, breadth: Breakpoint) {
    let rect = page_rect(ui, breadth);
    let mut settings = view.settings.clone();
    ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
        page_title_ui(ui, &t!("settings-title"));
        ui.add_space(tokens::SPACE);
        ScrollArea::vertical()
            .id_salt("settings")
            .auto_shrink(false)
            .show(ui, |ui| {
                let width = WIDTH * tokens::text_scale(ui.ctx()).max(1.0);
                ui.set_max_width(width.min(ui.available_width()));
                appearance_ui(ui, &mut settings);
                machines_ui(ui, &mut settings);
                keyboard_ui(ui, &mut settings);
                connections_ui(ui, &mut settings);
                questions_ui(ui, view);
                support_ui(ui, view);
            });
    });
    if settings != *view.settings {
        view.send(Command::Settings(SettingsCommand::Set(Box::new(settings))));
    }
}

fn group_ui(ui: &mut Ui, title: &str, contents: impl FnOnce(&mut Ui)) {
    section_ui(ui, title);
    card_ui(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 12.0;
        contents(ui);
    });
    ui.add_space(tokens::SPACE_WIDE);
}

fn appearance_ui(ui: &mut Ui, settings: &mut Settings) {
    group_ui(ui, &t!("settings-appearance"), |ui| {
        let themes = [
            (ThemeChoice::Desktop, t!("settings-theme-desktop")),
            (ThemeChoice::Dark, t!("settings-theme-dark")),
            (ThemeChoice::Light, t!("settings-theme-light")),
        ];
        choice_ui(ui, &t!("settings-theme"), &mut settings.theme, &themes);
        // Each language in its own words, so that its speakers find it whatever is shown now.
        let languages = [
            (None, t!("settings-language-desktop")),
            (Some(Language::English), "English".to_owned()),
            (Some(Language::SimplifiedChinese), "简体中文".to_owned()),
        ];
        choice_ui(ui, &t!("settings-language"), &mut settings.language, &languages);
        let mut percent = (settings.text_scale * 100.0).round() as u32;
        // One that was typed into the file by hand is a choice too.
        let mut sizes = TEXT_SIZES.to_vec();
        if !sizes.contains(&percent) {
            sizes.push(percent);
            sizes.sort_unstable();
        }
        let sizes: Vec<(u32, String)> = sizes
            .into_iter()
            .map(|percent| (percent, t!("settings-text-percent", percent = percent)))
            .collect();
        if choice_ui(ui, &t!("settings-text-size"), &mut percent, &sizes) {
            settings.text_scale = percent as f32 / 100.0;
        }
        let motions = [
            (None, t!("settings-motion-desktop")),
            (Some(false), t!("settings-motion-full")),
            (Some(true), t!("settings-motion-reduced")),
        ];
        choice_ui(ui, &t!("settings-motion"), &mut settings.reduced_motion, &motions);
        switch_ui(ui, &mut settings.is_compact, &t!("settings-compact"));
    });
}

fn machines_ui(ui: &mut Ui, settings: &mut Settings) {
    group_ui(ui, &t!("settings-machines"), |ui| {
        let accels = [
            (AccelChoice::Auto, t!("new-accel-auto")),
            (AccelChoice::Kvm, t!("new-accel-kvm")),
            (AccelChoice::Tcg, t!("new-accel-software")),
        ];
        let groups = [
            (Grouping::Nothing, t!("settings-group-nothing")),
            (Grouping::Host, t!("settings-group-host")),
            (Grouping::Tag, t!("settings-group-tag")),
        ];
        choice_ui(ui, &t!("settings-group"), &mut settings.grouping, &groups);
        choice_ui(ui, &t!("settings-accel"), &mut settings.default_accel, &accels);
        let mut seconds = f64::from(settings.shutdown_grace_seconds);
        let (name, unit, help) = (
            t!("settings-grace"),
            t!("settings-grace-unit"),
            t!("settings-grace-text"),
        );
        NumberField::new(
            &name,
            &mut seconds,
            f64::from(GRACE_SECONDS.0)..=f64::from(GRACE_SECONDS.1),
        )
        .unit(&unit)
        .step(5.0)
        .help(&help)
        .beside(name_column(ui))
        .show(ui);
        settings.shutdown_grace_seconds = seconds.round() as u32;
    });
}

fn keyboard_ui(ui: &mut Ui, settings: &mut Settings) {
    group_ui(ui, &t!("settings-keyboard"), |ui| {
        let keys = HostKey::ALL.map(|key| (key, host_key(key)));
        let keys = keys.each_ref().map(|(key, name)| (*key, name.as_str()));
        let name = t!("settings-host-key");
        combo_ui(ui, "host key", &name, &mut settings.host_key, &keys);
        let key = host_key(settings.host_key);
        ui.add(Label::new(text::quiet(ui, t!("settings-host-key-text", key = key))).wrap());
        let layouts = GuestLayout::ALL.map(|layout| (layout, layout_name(layout)));
        let layouts = layouts.each_ref().map(|(layout, name)| (*layout, name.as_str()));
        let name = t!("settings-guest-layout");
        combo_ui(ui, "guest layout", &name, &mut settings.guest_layout, &layouts);
    });
}

fn connections_ui(ui: &mut Ui, settings: &mut Settings) {
    group_ui(ui, &t!("settings-connections"), |ui| {
        let words = if settings.connections.is_empty() {
            t!("settings-connections-none")
        } else {
            t!("settings-connections-text")
        };
        ui.add(Label::new(text::quiet(ui, words)).wrap());
        for SavedConnection { uri, opens_at_start } in &mut settings.connections {
            switch_ui(ui, opens_at_start, &format!("{} — {uri}", host_name(uri)));
        }
    });
}

fn questions_ui(ui: &mut Ui, view: &ViewContext<'_>) {
    group_ui(ui, &t!("settings-questions"), |ui| {
        let dismissed = &view.settings.dismissed;
        let count = dismissed
            .iter()
            .filter(|question| **question != Question::FirstStart)
            .count();
        ui.add(Label::new(text::quiet(ui, t!("settings-questions-text", count = count))).wrap());
        if !dismissed.is_empty() && Button::secondary(t!("settings-questions-reset")).show(ui).clicked() {
            view.send(Command::Settings(SettingsCommand::ForgetDismissed));
        }
    });
}

fn support_ui(ui: &mut Ui, view: &ViewContext<'_>) {
    group_ui(ui, &t!("settings-support"), |ui| {
        let button = Button::secondary(t!("settings-log-folder")).icon(icons::FOLDER);
        if button.show(ui).clicked() {
            view.ui(UiCommand::OpenLogFolder);
        }
    });
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;

    use super::*;
    use crate::route::Route;
    use crate::screens::fixtures;
    use crate::screens::test_window::{Look, TestWindow, open};

    fn page(prepare: impl FnOnce(&mut Settings)) -> Harness<'static, TestWindow> {
        let mut window = TestWindow::new(vec![fixtures::assorted()]);
        window.route = Route::Settings;
        prepare(&mut window.settings);
        let mut harness = open(Look::sized(1_280.0, 1_600.0), window);
        harness.run();
        harness
    }

    fn after(harness: &mut Harness<'static, TestWindow>, pressed: &str) -> Settings {
        harness.get_by_label(pressed).click();
        harness.run();
        harness.state().settings.clone()
    }

    #[test]
    fn a_press_is_a_choice_and_only_a_press() {
        let mut harness = page(|_| {});
        assert!(harness.state().sent.is_empty(), "nobody has chosen anything");
        assert_eq!(after(&mut harness, "Light").theme, ThemeChoice::Light);
        let language = after(&mut harness, "简体中文").language;
        assert_eq!(language, Some(Language::SimplifiedChinese));
        assert_eq!(after(&mut harness, "150 %").text_scale, 1.5);
        assert!(after(&mut harness, "Compact rows").is_compact);
        assert_eq!(after(&mut harness, "Reduced").reduced_motion, Some(true));
        assert_eq!(after(&mut harness, "KVM").default_accel, AccelChoice::Kvm);
        let connection = "This computer — qemu:///session";
        assert!(!after(&mut harness, connection).connections[0].opens_at_start);
        harness.get_by_label("Open the folder of logs").click();
        harness.run();
        assert_eq!(
            harness.state().sent.last(),
            Some(&Command::Ui(UiCommand::OpenLogFolder))
        );
    }

    #[test]
    fn a_text_size_typed_by_hand_is_shown_and_stays() {
        let harness = page(|settings| settings.text_scale = 1.1);
        harness.get_by_label("110 %");
        assert!(harness.state().sent.is_empty());
    }

    #[test]
    fn questions_that_were_sent_away_come_back_on_request() {
        let mut harness = page(|settings| settings.dismissed.push(Question::ForceOff));
        harness.get_by_label("1 question is no longer asked.");
        harness.get_by_label("Ask again").click();
        harness.run();
        assert_eq!(
            harness.state().sent,
            [Command::Settings(SettingsCommand::ForgetDismissed)]
        );
    }
}
