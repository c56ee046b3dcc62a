//! What a person sees who has no machine yet: whether this computer is ready, what to do where it is not, and how to
//! begin.

use egui::{Align, Layout, ScrollArea, Sense, Ui, UiBuilder, vec2};
use libvirt_backend::command::StorageRoom;
use libvirt_backend::model::{AccelProof, ConnectionState, HostModel, HostProfile};

use super::parts::actions;
use crate::command::{Command, ConnectionCommand, CreateCommand, SettingsCommand, UiCommand};
use crate::context::ViewContext;
use crate::route::Route;
use crate::settings::{Question, Settings};
use crate::state::Answer;
use crate::t;
use crate::text::error::{cure_command, disconnected, message};
use crate::text::units;
use crate::widgets::card::card_ui;
use crate::widgets::feedback::{code_ui, empty_ui, spinner_ui};
use crate::widgets::icons::{self, paint_icon};
use crate::widgets::layout::Breakpoint;
use crate::widgets::{Button, Palette, Tone, text, tokens};

const WIDTH: f32 = 560.0;
const OWN_SESSION: &str = "qemu:///session";
/// Less room than this is too little for a system.
const LITTLE_ROOM_BYTES: u64 = 10 << 30;

/// How one of the three things stands.
enum Check {
    Done,
    Waiting,
    /// Nothing is under way: something else has to come first.
    Later,
    Trouble,
}

struct Tick {
    check: Check,
    title: String,
    text: String,
    cure: Cure,
}

enum Cure {
    None,
    /// A command to copy.
    Copy(String),
    TestAgain,
    CheckRoomAgain,
    Retry,
}

pub(super) fn ui(ui: &mut Ui, view: &ViewContext<'_>, breadth: Breakpoint) {
    let rect = ui.max_rect().shrink(f32::from(breadth.page_margin()));
    let Some(host) = view.hosts.first() else {
        no_connection_ui(ui, view);
        return;
    };
    ask(view, host);
    ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
        ScrollArea::vertical()
            .id_salt("first start")
            .auto_shrink(false)
            .show(ui, |ui| {
                let width = (WIDTH * tokens::text_scale(ui.ctx()).max(1.0)).min(ui.available_width());
                let side = (ui.available_width() - width) / 2.0;
                let top = (rect.height() * 0.12).min(96.0);
                ui.add_space(top);
                ui.horizontal(|ui| {
                    ui.add_space(side);
                    ui.allocate_ui_with_layout(vec2(width, 0.0), Layout::top_down(Align::Min), |ui| {
                        ui.set_width(width);
                        contents_ui(ui, view, host);
                    });
                });
            });
    });
}

/// Nothing is connected, as the user wished it: the ways back.
fn no_connection_ui(ui: &mut Ui, view: &ViewContext<'_>) {
    let (title, explanation) = (t!("connections-none"), t!("connections-none-text"));
    empty_ui(ui, icons::DISCONNECTED, &title, &explanation, |ui| {
        ui.horizontal_wrapped(|ui| {
            let own = Button::primary(t!("first-connect-own")).icon(icons::COMPUTER);
            if own.show(ui).clicked() {
                view.send(Command::Connection(ConnectionCommand::Open(OWN_SESSION.to_owned())));
            }
            if Button::secondary(t!("machines-connections")).show(ui).clicked() {
                view.ui(UiCommand::Go(Route::Connections));
            }
        });
    });
}

/// Asks for what the ticks need, once the connection is up.
fn ask(view: &ViewContext<'_>, host: &HostModel) {
    let is_asked = view.answers.profiles.contains_key(&host.uri) && view.answers.rooms.contains_key(&host.uri);
    if host.connection.is_connected() && !is_asked {
        view.send(Command::Create(CreateCommand::ReadHost { uri: host.uri.clone() }));
    }
}

fn contents_ui(ui: &mut Ui, view: &ViewContext<'_>, host: &HostModel) {
    ui.vertical_centered(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(64.0, 64.0), Sense::hover());
        let palette = Palette::of(ui);
        ui.painter().rect_filled(rect, 16.0, palette.tint(Tone::Accent));
        paint_icon(
            ui,
            icons::MACHINE,
            rect.center(),
            tokens::ICON_LARGE,
            palette.accent_text,
        );
        ui.add_space(tokens::SPACE);
        ui.label(text::figure(t!("first-welcome")));
        ui.add(egui::Label::new(text::quiet(ui, t!("first-text"))).wrap());
    });
    ui.add_space(tokens::SPACE_WIDE);
    let profile = view.answers.profiles.get(&host.uri);
    let room = view.answers.rooms.get(&host.uri);
    let ticks = [
        virtualisation(host, profile),
        libvirt(host, profile),
        disk_room(host, room),
    ];
    card_ui(ui, |ui| {
        for (index, tick) in ticks.iter().enumerate() {
            if index > 0 {
                crate::widgets::card::separator_ui(ui);
            }
            tick_ui(ui, view, host, tick);
        }
    });
    ui.add_space(tokens::SPACE_WIDE);
    ui.vertical_centered(|ui| begin_ui(ui, view, host));
}

/// "New machine…", and the way to the machines of other connections.
fn begin_ui(ui: &mut Ui, view: &ViewContext<'_>, own: &HostModel) {
    let is_usable = view.hosts.iter().any(|host| actions::is_live(host));
    let button = if is_usable {
        Button::primary(t!("machines-new"))
    } else {
        Button::secondary(t!("machines-new")).denied(Some(t!("first-not-yet")))
    };
    if button.icon(icons::ADD).show(ui).clicked() {
        view.ui(UiCommand::ShowNewMachine);
    }
    sample_ui(ui, view, own);
    let others = view.hosts.iter().filter(|host| host.uri != own.uri);
    let count: usize = others.map(|host| host.machines.len()).sum();
    if count > 0 && Button::ghost(t!("first-others", count = count)).show(ui).clicked() {
        let mut settings: Settings = view.settings.clone();
        settings.dismissed.push(Question::FirstStart);
        view.send(Command::Settings(SettingsCommand::Set(Box::new(settings))));
    }
}

/// Where this user's own QEMU reads this user's files.
fn sample_ui(ui: &mut Ui, view: &ViewContext<'_>, own: &HostModel) {
    let is_own_session = own.info.is_local && own.uri.starts_with("qemu") && own.uri.contains("/session");
    if !is_own_session || !actions::is_live(own) {
        return;
    }
    let is_busy = view.jobs.running().next().is_some();
    let button = Button::secondary(t!("first-sample"))
        .icon(icons::START)
        .tooltip(t!("first-sample-text"))
        .denied(is_busy.then(|| t!("first-sample-busy")));
    if button.show(ui).clicked() {
        view.send(Command::Create(CreateCommand::TrySample { uri: own.uri.clone() }));
    }
}

fn tick_ui(ui: &mut Ui, view: &ViewContext<'_>, host: &HostModel, tick: &Tick) {
    ui.horizontal_top(|ui| {
        let side = tokens::scaled(ui, 28.0);
        let palette = Palette::of(ui);
        if matches!(tick.check, Check::Waiting) {
            let layout = Layout::centered_and_justified(egui::Direction::TopDown);
            ui.allocate_ui_with_layout(vec2(side, side), layout, |ui| spinner_ui(ui, 22.0, &tick.title));
        } else {
            let (rect, _) = ui.allocate_exact_size(vec2(side, side), Sense::hover());
            let (icon, tone) = match tick.check {
                Check::Done => (icons::DONE, Tone::Running),
                Check::Waiting | Check::Later => (icons::PENDING, Tone::Off),
                Check::Trouble => (icons::WARNING, Tone::Warning),
            };
            paint_icon(ui, icon, rect.center(), 24.0, palette.tone(tone));
        }
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = tokens::SPACE_TIGHT;
            // The middle of the title is the middle of the mark beside it.
            let line = tokens::TEXT_BODY * tokens::text_scale(ui.ctx()) * 1.25;
            ui.add_space(((side - line) / 2.0).max(0.0));
            let spoken = match tick.check {
                Check::Done => t!("first-state-done", title = tick.title.as_str()),
                Check::Waiting | Check::Later => t!("first-state-waiting", title = tick.title.as_str()),
                Check::Trouble => t!("first-state-trouble", title = tick.title.as_str()),
            };
            let title = ui.label(text::strong(&tick.title));
            ui.ctx()
                .accesskit_node_builder(title.id, |node| node.set_description(spoken));
            if !tick.text.is_empty() {
                ui.add(egui::Label::new(text::secondary(ui, &tick.text)).wrap());
            }
            cure_ui(ui, view, host, &tick.cure);
        });
    });
}

fn cure_ui(ui: &mut Ui, view: &ViewContext<'_>, host: &HostModel, cure: &Cure) {
    match cure {
        Cure::None => {}
        Cure::Copy(command) => {
            code_ui(ui, command);
            ui.horizontal_wrapped(|ui| {
                if Button::secondary(t!("first-copy"))
                    .icon(icons::COPY)
                    .small()
                    .show(ui)
                    .clicked()
                {
                    view.ui(UiCommand::Copy(command.clone()));
                }
                retry_ui(ui, view, host);
            });
        }
        Cure::Retry => {
            ui.horizontal(|ui| retry_ui(ui, view, host));
        }
        Cure::CheckRoomAgain => {
            let again = Button::secondary(t!("first-check-again")).icon(icons::RETRY).small();
            if again.show(ui).clicked() {
                view.send(Command::Create(CreateCommand::ReadHost { uri: host.uri.clone() }));
            }
        }
        Cure::TestAgain => {
            if Button::secondary(t!("first-test-again"))
                .icon(icons::RETRY)
                .small()
                .show(ui)
                .clicked()
            {
                view.send(Command::Create(CreateCommand::TestHostAgain { uri: host.uri.clone() }));
            }
        }
    }
}

fn retry_ui(ui: &mut Ui, view: &ViewContext<'_>, host: &HostModel) {
    if Button::secondary(t!("machines-retry"))
        .icon(icons::RETRY)
        .small()
        .show(ui)
        .clicked()
    {
        view.send(Command::Connection(ConnectionCommand::Retry(host.uri.clone())));
    }
}

fn virtualisation(host: &HostModel, answer: Option<&Answer<std::sync::Arc<HostProfile>>>) -> Tick {
    let proof = match answer {
        Some(Answer::Ready(profile)) => &profile.kvm,
        Some(Answer::Failed(error)) => {
            return trouble(t!("first-virtualisation-missing"), message(error).what, Cure::TestAgain);
        }
        Some(Answer::Waiting(_)) => return waiting(t!("first-virtualisation-testing"), String::new()),
        None if host.connection.is_connected() => {
            return waiting(t!("first-virtualisation-testing"), String::new());
        }
        None => return later(t!("first-virtualisation-later")),
    };
    let missing = |text: String| trouble(t!("first-virtualisation-missing"), text, Cure::TestAgain);
    match proof {
        AccelProof::Works { millis } => Tick {
            check: Check::Done,
            title: t!("first-virtualisation"),
            text: t!("first-virtualisation-text", millis = *millis),
            cure: Cure::None,
        },
        AccelProof::NotTried => waiting(t!("first-virtualisation-testing"), String::new()),
        AccelProof::Absent => missing(t!("first-virtualisation-absent")),
        AccelProof::NotPermitted => missing(t!("first-virtualisation-denied")),
        AccelProof::TooSlow { .. } => missing(t!("first-virtualisation-slow")),
        AccelProof::Failed(reason) => missing(t!("first-virtualisation-failed", reason = reason.as_str())),
    }
}

fn libvirt(host: &HostModel, answer: Option<&Answer<std::sync::Arc<HostProfile>>>) -> Tick {
    match &host.connection {
        ConnectionState::Connected => {
            let qemu = match answer {
                Some(Answer::Ready(profile)) => profile.qemu_version,
                _ => host.info.hypervisor_version,
            };
            Tick {
                check: Check::Done,
                title: t!("first-libvirt"),
                // Connected a moment before the versions are known.
                text: if host.info.libvirt_version == 0 || qemu == 0 {
                    String::new()
                } else {
                    t!(
                        "first-libvirt-text",
                        libvirt = units::version(host.info.libvirt_version),
                        qemu = units::version(qemu)
                    )
                },
                cure: Cure::None,
            }
        }
        ConnectionState::Connecting { is_slow: true } => {
            waiting(t!("first-libvirt-slow"), t!("machines-loading-slow-text"))
        }
        ConnectionState::Idle | ConnectionState::Connecting { is_slow: false } => {
            waiting(t!("first-libvirt-connecting"), String::new())
        }
        ConnectionState::Disconnected {
            reason, message: words, ..
        } => {
            let message = disconnected(&host.uri, *reason, words);
            let command = message.cure.and_then(|cure| cure_command(cure, ""));
            let text = match &message.todo {
                Some(todo) => format!("{} — {todo}", message.what.trim_end_matches(['.', '。'])),
                None => message.what.clone(),
            };
            let cure = command.map_or(Cure::Retry, Cure::Copy);
            trouble(t!("first-libvirt-missing"), text, cure)
        }
    }
}

fn disk_room(host: &HostModel, answer: Option<&Answer<StorageRoom>>) -> Tick {
    match answer {
        Some(Answer::Ready(room)) => {
            let free = units::bytes(room.available_bytes);
            let folder = room.folder.display().to_string();
            if room.available_bytes < LITTLE_ROOM_BYTES {
                let text = t!("first-room-short", free = free, folder = folder);
                return trouble(t!("first-room-missing"), text, Cure::CheckRoomAgain);
            }
            Tick {
                check: Check::Done,
                title: t!("first-room"),
                text: t!("first-room-text", free = free, folder = folder),
                cure: Cure::None,
            }
        }
        Some(Answer::Failed(error)) => trouble(t!("first-room-failed"), message(error).what, Cure::CheckRoomAgain),
        Some(Answer::Waiting(_)) => waiting(t!("first-room-checking"), String::new()),
        None if host.connection.is_connected() => waiting(t!("first-room-checking"), String::new()),
        None => later(t!("first-room-later")),
    }
}

const fn waiting(title: String, text: String) -> Tick {
    Tick {
        check: Check::Waiting,
        title,
        text,
        cure: Cure::None,
    }
}

fn later(title: String) -> Tick {
    Tick {
        check: Check::Later,
        title,
        text: t!("first-room-waiting"),
        cure: Cure::None,
    }
}

const fn trouble(title: String, text: String, cure: Cure) -> Tick {
    Tick {
        check: Check::Trouble,
        title,
        text,
        cure,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;
    use libvirt_backend::Error;
    use libvirt_backend::model::DisconnectReason;

    use super::*;
    use crate::screens::fixtures::{self, GIB, LAB, URI};
    use crate::screens::test_window::{Look, TestWindow, open};

    type Window = Harness<'static, TestWindow>;

    fn window(hosts: Vec<HostModel>, prepare: impl FnOnce(&mut TestWindow)) -> Window {
        let mut window = TestWindow::new(hosts);
        prepare(&mut window);
        let mut harness = open(Look::sized(1_280.0, 800.0), window);
        harness.run();
        harness
    }

    fn press(harness: &mut Window, name: &str) -> Vec<Command> {
        harness.state_mut().sent.clear();
        harness.get_by_label(name).click();
        harness.run();
        harness.state_mut().sent.split_off(0)
    }

    fn profile(kvm: AccelProof) -> Answer<std::sync::Arc<HostProfile>> {
        Answer::Ready(std::sync::Arc::new(fixtures::profile(kvm)))
    }

    fn room(available_bytes: u64) -> Answer<StorageRoom> {
        Answer::Ready(StorageRoom {
            pool: None,
            folder: PathBuf::from("/home/ada/images"),
            available_bytes,
            capacity_bytes: 500 * GIB,
        })
    }

    #[test]
    fn without_any_connection_the_way_back_is_shown() {
        let mut harness = window(Vec::new(), |_| {});
        harness.get_by_label("No connection");
        assert_eq!(
            press(&mut harness, "Connect to this computer"),
            [Command::Connection(ConnectionCommand::Open(URI.to_owned()))]
        );
        press(&mut harness, "Connections…");
        assert_eq!(harness.state().route, Route::Connections);
    }

    #[test]
    fn each_tick_says_how_it_stands_and_what_helps() {
        let test_again = Command::Create(CreateCommand::TestHostAgain { uri: URI.to_owned() });
        for (proof, says) in [
            (AccelProof::Absent, "Turn on VT-x or AMD-V"),
            (AccelProof::NotPermitted, "Join the group “kvm”"),
            (
                AccelProof::TooSlow { waited_millis: 9_000 },
                "KVM is there but too slow",
            ),
        ] {
            let mut harness = window(vec![fixtures::many(0)], |window| {
                window.answers.profiles.insert(URI.to_owned(), profile(proof));
                window.answers.rooms.insert(URI.to_owned(), room(200 * GIB));
            });
            harness.get_by_label("No hardware virtualisation");
            harness.get_by_label_contains(says);
            harness.get_by_label("QEMU and libvirt found");
            harness.get_by_label("200 GiB free in /home/ada/images");
            assert_eq!(press(&mut harness, "Test again"), std::slice::from_ref(&test_again));
        }
    }

    #[test]
    fn room_that_is_short_or_unreadable_is_looked_at_again_on_request() {
        let again = Command::Create(CreateCommand::ReadHost { uri: URI.to_owned() });
        for (answer, says) in [
            (room(2 * GIB), "Little room for disks"),
            (
                Answer::Failed(Error::AgentSilent),
                "The folder for disks could not be read",
            ),
        ] {
            let mut harness = window(vec![fixtures::many(0)], |window| {
                let works = profile(AccelProof::Works { millis: 9 });
                window.answers.profiles.insert(URI.to_owned(), works);
                window.answers.rooms.insert(URI.to_owned(), answer);
            });
            harness.get_by_label("Hardware virtualisation works");
            harness.get_by_label(says);
            assert_eq!(press(&mut harness, "Check again"), std::slice::from_ref(&again));
        }
    }

    #[test]
    fn a_computer_without_libvirt_is_told_what_to_install() {
        let mut host = fixtures::many(0);
        host.connection = ConnectionState::Disconnected {
            reason: DisconnectReason::NoDaemon,
            message: "no such file".to_owned(),
            retry_at_millis: None,
        };
        let mut harness = window(vec![host], |_| {});
        harness.get_by_label("libvirt does not answer");
        let sent = press(&mut harness, "Copy the command");
        assert!(
            matches!(&sent[..], [Command::Ui(UiCommand::Copy(command))] if command.contains("libvirt-daemon")),
            "{sent:?}"
        );
        let retry = Command::Connection(ConnectionCommand::Retry(URI.to_owned()));
        assert_eq!(press(&mut harness, "Try again"), [retry]);
    }

    #[test]
    fn a_slow_first_start_says_what_it_does() {
        let mut host = fixtures::many(0);
        host.connection = ConnectionState::Connecting { is_slow: true };
        let harness = window(vec![host], |_| {});
        let words = "Preparing virtualisation, first time only";
        assert!(harness.query_all_by_label(words).count() > 0);
    }

    #[test]
    fn the_machines_of_other_connections_are_a_press_away() {
        let lab = fixtures::host(LAB, vec![fixtures::machine(1, "far-1"), fixtures::machine(2, "far-2")]);
        let mut harness = window(vec![fixtures::many(0), lab], |_| {});
        press(&mut harness, "Show the 2 machines already on this computer");
        harness.get_by_label_contains("far-1");
    }
}
