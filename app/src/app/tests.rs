//! The window as a whole, without a display: driven by role and label.

mod console;
mod links;

use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{ViewportCommand, ViewportEvent, ViewportId};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use libvirt_backend::command::{Command, JobState, JobStep, JobUpdate, MachineCommand as Run};
use libvirt_backend::model::{
    ConnectionState, Definition, Freshness, HostModel, Machine, MachineId, Responding, ShutOffReason, State,
};
use libvirt_backend::{Backend, Error, JobId, Options, Outcome, Profile};

use super::desktop::DesktopLook;
use super::outside::{self, Note, Outbox, Outside};
use super::pictures::{Taken, TakenPicture};
use super::quit::Quitting;
use super::{App, AppDeps};
use crate::command::{DialogRequest, PicturePace, QuitChoice, SettingsCommand, UiCommand};
use crate::keyboard::Keyboard;
use crate::route::{MachineKey, MachineTab, Route};
use crate::settings::{
    Folders, Keeper, Language, Listing, Loaded, ModelCache, Settings, ThemeChoice, WindowState, settings_store,
};
use crate::state::{Overlay, Selection};
use crate::widgets::fonts::{self, FontChoice};

/// Never answers: what is shown is what was known before.
const NOWHERE: &str = "qemu+unix:///session?socket=/nonexistent/berth-test-sock";

struct Fixture {
    app: App,
    outbox: Outbox,
    runtime: tokio::runtime::Runtime,
    folder: tempfile::TempDir,
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().build().unwrap()
}

fn fixture(cache: ModelCache, connections: &[&str], notes: Vec<Note>) -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let folders = Folders::below(folder.path());
    let runtime = runtime();
    let ctx = egui::Context::default();
    let (outbox, inbox) = outside::channel(&ctx);
    let backend = Backend::new(
        runtime.handle().clone(),
        Options {
            state_folder: folders.state.clone(),
            data_folder: folders.data.clone(),
            on_change: Arc::new(|| {}),
            profile: Profile::Desktop,
            kept_free_percent: libvirt_backend::KEPT_FREE_PERCENT,
        },
    );
    let app = App::new(AppDeps {
        backend,
        runtime: runtime.handle().clone(),
        folders,
        keeper: Keeper::start().unwrap(),
        settings: Settings {
            listing: Listing::Table,
            ..Settings::default()
        },
        window: WindowState::default(),
        cache,
        connections: connections.iter().map(|uri| (*uri).to_owned()).collect(),
        notes,
        outbox: outbox.clone(),
        inbox,
        keyboard: Keyboard::default(),
    });
    Fixture {
        app,
        outbox,
        runtime,
        folder,
    }
}

fn window(fixture: Fixture) -> Harness<'static, Fixture> {
    let mut harness = Harness::builder()
        .with_size([1280.0, 800.0])
        // The bundled fonts have no Chinese; the desktop's are found when they are needed.
        .allow_missing_glyphs()
        .with_context_setup(|ctx| fonts::install(ctx, FontChoice::Bundled))
        .build_ui_state(
            |ui, fixture: &mut Fixture| {
                fixture.app.logic(ui.ctx());
                fixture.app.ui(ui);
            },
            fixture,
        );
    harness.step();
    harness
}

fn step_until(harness: &mut Harness<'_, Fixture>, what: &str, is_so: impl Fn(&Harness<'_, Fixture>) -> bool) {
    let started_at = Instant::now();
    while !is_so(harness) {
        assert!(started_at.elapsed() < Duration::from_secs(20), "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
        harness.step();
    }
}

fn id(number: u32) -> MachineId {
    format!("00000000-0000-4000-8000-{number:012}").parse().unwrap()
}

fn cache_with(name: &str) -> ModelCache {
    let machine = Machine {
        id: id(1),
        definition: Arc::new(Definition::unread(name)),
        state: State::ShutOff(ShutOffReason::Shutdown),
        responding: Responding::Yes,
        started_at_millis: None,
        is_agent_connected: false,
        addresses: Arc::from([]),
        snapshots: Arc::from([]),
        stats: Arc::default(),
    };
    ModelCache::of(&[Arc::new(HostModel {
        freshness: Freshness::Live,
        machines: Arc::from([Arc::new(machine)]),
        ..HostModel::empty(NOWHERE)
    })])
}

fn save_job(state: JobState) -> JobUpdate {
    JobUpdate {
        job: JobId(7),
        uri: NOWHERE.to_owned(),
        machine: Some(id(1)),
        command: Arc::new(Command::Machine {
            id: id(1),
            command: Run::Save,
        }),
        state,
    }
}

fn started() -> JobState {
    JobState::Started {
        step: JobStep::Saving,
        is_cancellable: true,
    }
}

fn close(harness: &mut Harness<'_, Fixture>) {
    let viewport = harness.input_mut().viewports.entry(ViewportId::ROOT).or_default();
    viewport.events.push(ViewportEvent::Close);
    harness.step();
}

fn was_sent(harness: &Harness<'_, Fixture>, command: &ViewportCommand) -> bool {
    let output = harness.output().viewport_output.get(&ViewportId::ROOT);
    output.is_some_and(|output| output.commands.contains(command))
}

#[test]
fn the_first_frame_shows_the_last_known_machines() {
    let fixture = fixture(cache_with("web-1"), &[NOWHERE], Vec::new());
    assert_eq!(fixture.app.hosts[0].freshness, Freshness::LastKnown);
    let harness = window(fixture);
    harness.get_by_label_contains("web-1");
}

#[test]
fn closing_while_a_job_runs_asks_first() {
    let mut harness = window(fixture(cache_with("web-1"), &[NOWHERE], Vec::new()));
    let ctx = harness.ctx.clone();
    harness.state_mut().app.take_job(&save_job(started()), &ctx);
    close(&mut harness);
    assert!(was_sent(&harness, &ViewportCommand::CancelClose));
    let app = &harness.state().app;
    assert_eq!(app.overlay, Some(Overlay::Dialog(DialogRequest::Quit)));

    // Waiting: nothing happens until the job is over, and then the window goes.
    let app = &mut harness.state_mut().app;
    app.quit(QuitChoice::WaitForJobs, &ctx);
    harness.step();
    assert!(!was_sent(&harness, &ViewportCommand::Close));
    let done = save_job(JobState::Done(Outcome::Done));
    harness.state_mut().app.take_job(&done, &ctx);
    harness.step();
    assert!(was_sent(&harness, &ViewportCommand::Close));
}

#[test]
fn closing_while_nothing_runs_does_not_ask() {
    let mut harness = window(fixture(cache_with("web-1"), &[NOWHERE], Vec::new()));
    close(&mut harness);
    assert!(!was_sent(&harness, &ViewportCommand::CancelClose));
}

#[test]
fn leaving_jobs_behind_closes_although_they_run() {
    let mut harness = window(fixture(cache_with("web-1"), &[NOWHERE], Vec::new()));
    let ctx = harness.ctx.clone();
    harness.state_mut().app.take_job(&save_job(started()), &ctx);
    harness.state_mut().app.quit(QuitChoice::LeaveJobs, &ctx);
    close(&mut harness);
    assert!(!was_sent(&harness, &ViewportCommand::CancelClose));
}

#[test]
fn cancelled_jobs_are_waited_for_in_sight_and_not_for_ever() {
    let mut harness = window(fixture(cache_with("web-1"), &[NOWHERE], Vec::new()));
    let ctx = harness.ctx.clone();
    harness.state_mut().app.take_job(&save_job(started()), &ctx);
    close(&mut harness);
    harness.step();
    harness.get_by_label("Cancel the jobs and quit").click();
    harness.run_steps(3);
    harness
        .get_all_by_label_contains("after 20 seconds in any case")
        .next()
        .unwrap();
    assert!(!was_sent(&harness, &ViewportCommand::Close));

    // Escape, too, keeps the window open.
    harness.key_press(egui::Key::Escape);
    harness.run_steps(2);
    assert_eq!(harness.state().app.overlay, None);
    assert_eq!(harness.state().app.quitting, Quitting::No);

    harness.state_mut().app.quit(QuitChoice::CancelJobs, &ctx);
    harness.step();
    let until = Some(Instant::now());
    harness.state_mut().app.quitting = Quitting::AfterJobs { until };
    harness.step();
    assert!(was_sent(&harness, &ViewportCommand::Close), "the job still runs");
}

#[test]
fn keeping_the_window_open_takes_back_an_earlier_answer() {
    let mut harness = window(fixture(cache_with("web-1"), &[NOWHERE], Vec::new()));
    let ctx = harness.ctx.clone();
    harness.state_mut().app.take_job(&save_job(started()), &ctx);
    harness.state_mut().app.quit(QuitChoice::WaitForJobs, &ctx);
    close(&mut harness);
    harness.step();
    harness.get_by_label("Keep Berth open").click();
    harness.run_steps(3);
    let done = save_job(JobState::Done(Outcome::Done));
    harness.state_mut().app.take_job(&done, &ctx);
    harness.step();
    assert!(!was_sent(&harness, &ViewportCommand::Close));
    assert_eq!(harness.state().app.overlay, None);
}

#[test]
fn the_window_goes_when_the_jobs_end_while_it_asks_and_stays_when_one_fails() {
    for (end, is_closed) in [
        (JobState::Done(Outcome::Done), true),
        (JobState::Failed(Error::AgentSilent), false),
    ] {
        for is_answered in [false, true] {
            let mut harness = window(fixture(cache_with("web-1"), &[NOWHERE], Vec::new()));
            let ctx = harness.ctx.clone();
            harness.state_mut().app.take_job(&save_job(started()), &ctx);
            close(&mut harness);
            if is_answered {
                harness.state_mut().app.quit(QuitChoice::WaitForJobs, &ctx);
            }
            harness.state_mut().app.take_job(&save_job(end.clone()), &ctx);
            harness.step();
            let what = format!("{end:?}, answered: {is_answered}");
            assert_eq!(was_sent(&harness, &ViewportCommand::Close), is_closed, "{what}");
            harness.step();
            let told = harness.query_all_by_label_contains("so Berth stays open").count();
            assert_eq!(told > 0, !is_closed, "{what}");
            if !is_closed {
                assert_eq!(harness.state().app.overlay, None, "{what}");
            }
        }
    }
}

#[test]
fn a_failed_job_stays_until_it_is_dismissed() {
    let mut harness = window(fixture(cache_with("web-1"), &[NOWHERE], Vec::new()));
    let ctx = harness.ctx.clone();
    harness.state_mut().app.take_job(&save_job(started()), &ctx);
    let failed = save_job(JobState::Failed(Error::AgentSilent));
    harness.state_mut().app.take_job(&failed, &ctx);
    harness.step();
    let app = &harness.state().app;
    let [toast] = app.toasts.list() else {
        panic!("not told once: {:?}", app.toasts.list());
    };
    assert!(toast.is_sticky());
    assert_eq!(app.activity.list.len(), 1);
    let toast = toast.id;
    let app = &mut harness.state_mut().app;
    app.run(crate::command::Command::Ui(UiCommand::DismissToast(toast)), &ctx);
    assert!(app.toasts.list().is_empty());
    assert_eq!(app.activity.list.len(), 1);
}

#[test]
fn what_went_wrong_before_there_was_a_window_is_told() {
    let note = Note::error("settings.json could not be used".to_owned());
    let harness = window(fixture(ModelCache::default(), &[], vec![note]));
    let told = harness
        .query_all_by_label_contains("settings.json could not be used")
        .count();
    assert!(told > 0);
}

#[test]
fn the_language_changes_while_the_window_is_open_and_is_kept() {
    let mut harness = window(fixture(cache_with("web-1"), &[NOWHERE], Vec::new()));
    let ctx = harness.ctx.clone();
    assert!(harness.query_all_by_label_contains("New machine").next().is_some());
    let settings = Settings {
        language: Some(Language::SimplifiedChinese),
        ..Settings::default()
    };
    let command = crate::command::Command::Settings(SettingsCommand::Set(Box::new(settings.clone())));
    harness.state_mut().app.run(command, &ctx);
    harness.step();
    assert!(harness.query_all_by_label_contains("新建虚拟机").next().is_some());
    crate::text::use_language(Some(Language::English));

    assert!(harness.state().app.keeper.flush(Duration::from_secs(10)));
    let folders = Folders::below(harness.state().folder.path());
    assert_eq!(settings_store(&folders.config).load(), Loaded::Content(settings));
}

#[test]
fn a_screen_reader_hears_the_windows_name() {
    let harness = window(fixture(ModelCache::default(), &[], Vec::new()));
    let root = harness.root().accesskit_node();
    assert_eq!(root.label().as_deref(), Some("Berth"));
}

#[test]
fn a_second_start_brings_the_window_forward() {
    let mut harness = window(fixture(ModelCache::default(), &[], Vec::new()));
    harness.state().outbox.send(Outside::Raise(Default::default()));
    harness.step();
    assert!(was_sent(&harness, &ViewportCommand::Focus));
    assert!(was_sent(&harness, &ViewportCommand::Minimized(false)));
}

#[test]
fn the_window_follows_the_desktop_and_settings_have_the_last_word() {
    let mut harness = window(fixture(cache_with("web-1"), &[NOWHERE], Vec::new()));
    let is_dark = |harness: &Harness<'_, Fixture>| harness.ctx.global_style().visuals.dark_mode;
    assert!(is_dark(&harness), "no desktop has spoken");
    for wanted in [false, true, false] {
        let look = DesktopLook {
            is_dark: Some(wanted),
            is_motion_reduced: Some(wanted),
        };
        harness.state().outbox.send(Outside::Look(look));
        harness.step();
        assert_eq!(is_dark(&harness), wanted);
        assert_eq!(harness.ctx.global_style().animation_time > 0.0, !wanted);
    }
    let settings = Settings {
        theme: ThemeChoice::Dark,
        ..Settings::default()
    };
    let ctx = harness.ctx.clone();
    let command = crate::command::Command::Settings(SettingsCommand::Set(Box::new(settings)));
    harness.state_mut().app.run(command, &ctx);
    harness.step();
    assert!(is_dark(&harness));
}

#[test]
fn keys_open_the_palette_and_escape_closes_it() {
    let mut harness = window(fixture(cache_with("web-1"), &[NOWHERE], Vec::new()));
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::K);
    harness.step();
    assert_eq!(harness.state().app.overlay, Some(Overlay::Palette));
    harness.step();
    harness.key_press(egui::Key::Escape);
    harness.step();
    assert_eq!(harness.state().app.overlay, None);
}

#[test]
fn a_shortcut_with_shift_does_not_also_do_what_the_one_without_does() {
    let mut harness = window(fixture(cache_with("web-1"), &[NOWHERE], Vec::new()));
    let shift = egui::Modifiers::COMMAND.plus(egui::Modifiers::SHIFT);
    // Ctrl+N makes a machine.
    harness.key_press_modifiers(shift, egui::Key::N);
    harness.step();
    let app = &harness.state().app;
    assert_eq!(app.overlay, Some(Overlay::Dialog(DialogRequest::AddConnection)));
}

#[test]
fn a_countdown_asks_for_no_frame_at_once() {
    let mut harness = window(fixture(cache_with("web-1"), &[NOWHERE], Vec::new()));
    step_until(&mut harness, "the connection has failed", |harness| {
        let hosts = &harness.state().app.hosts;
        matches!(hosts[0].connection, ConnectionState::Disconnected { .. })
    });
    harness.step();
    harness.step();
    let output = harness.output().viewport_output[&ViewportId::ROOT].clone();
    assert!(
        output.repaint_delay >= Duration::from_millis(100),
        "{:?}",
        output.repaint_delay
    );
}

#[test]
fn a_live_list_is_kept_for_the_next_start() {
    let mut harness = window(fixture(ModelCache::default(), &["test:///default"], Vec::new()));
    step_until(&mut harness, "the test driver's machine is shown", |harness| {
        harness.query_all_by_label_contains("test").next().is_some()
            && harness
                .state()
                .app
                .hosts
                .iter()
                .any(|host| host.freshness == Freshness::Live && !host.machines.is_empty())
    });
    harness.state_mut().app.save_at_exit();
    let folders = Folders::below(harness.state().folder.path());
    let Loaded::Content(cache) = ModelCache::store(&folders.cache).load::<ModelCache>() else {
        panic!("nothing was kept");
    };
    let host = cache.last_known("test:///default").unwrap();
    assert!(host.machine_named("test").is_some());
    let state = harness.state();
    state.runtime.block_on(state.app.backend.shutdown());
}

fn drop_job(harness: &mut Harness<'_, Fixture>, state: JobState) {
    let ctx = harness.ctx.clone();
    harness.state_mut().app.take_job(&save_job(state), &ctx);
    harness.step();
}

#[test]
fn the_system_ends_the_program_without_a_question_although_a_job_runs() {
    let mut harness = window(fixture(cache_with("web-1"), &[NOWHERE], Vec::new()));
    drop_job(&mut harness, started());
    harness.state().outbox.send(Outside::Terminate);
    harness.step();
    assert!(was_sent(&harness, &ViewportCommand::Close));
    assert_eq!(harness.state().app.overlay, None);
}

/// A computer of the test driver, whose machines all run.
fn live_window(names: &[&str]) -> Harness<'static, Fixture> {
    live_window_with(names, "")
}

/// The same, with something in each machine.
fn live_window_with(names: &[&str], devices: &str) -> Harness<'static, Fixture> {
    let folder = tempfile::tempdir().unwrap();
    let machine = |name: &&str| {
        format!(
            "<domain type='test'><name>{name}</name><memory>65536</memory><vcpu>1</vcpu>\
             <os><type arch='i686'>hvm</type></os>{devices}</domain>"
        )
    };
    let machines: Vec<String> = names.iter().map(machine).collect();
    let path = folder.path().join("computer.xml");
    std::fs::write(&path, format!("<node>{}</node>", machines.concat())).unwrap();
    let uri = format!("test://{}", path.display());
    let mut harness = window(fixture(ModelCache::default(), &[uri.as_str()], Vec::new()));
    step_until(&mut harness, "the machines are there", |harness| {
        let hosts = &harness.state().app.hosts;
        hosts.iter().any(|host| {
            host.freshness == Freshness::Live
                && host.machines.len() == names.len()
                && host.machines.iter().all(|machine| machine.definition.is_complete)
        })
    });
    harness.step();
    harness
}

#[test]
fn keys_ask_once_about_several_machines_and_leave_alone_what_is_not_shown() {
    let mut harness = live_window(&["db-1", "web-1", "web-2"]);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    harness.step();
    harness.step();
    assert_eq!(harness.state().app.selection.machines.len(), 3);
    harness.get_by_role(egui::Role::SearchInput).focus();
    harness.step();
    harness.get_by_role(egui::Role::SearchInput).type_text("web");
    harness.step();
    harness.step();
    harness.get_by_label("Sort by State").click();
    harness.step();
    harness.step();
    let shift = egui::Modifiers::COMMAND.plus(egui::Modifiers::SHIFT);
    harness.key_press_modifiers(shift, egui::Key::R);
    harness.step();
    harness.step();
    assert_eq!(harness.state().app.selection.machines.len(), 3, "it stays marked");
    step_until(&mut harness, "it asks", |harness| {
        let title = "Shut down: 2 machines?";
        harness.query_by_role_and_label(egui::Role::Dialog, title).is_some()
    });
    assert_eq!(
        harness.state().app.jobs.running().count(),
        0,
        "nothing before the answer"
    );
    // Behind the dialog stands a button of the same name.
    let buttons = harness.get_all_by_role_and_label(egui::Role::Button, "Shut down (2)");
    buttons.last().unwrap().click();
    step_until(&mut harness, "two are off", |harness| {
        let host = &harness.state().app.hosts[0];
        let is_off = |name: &str| !host.machine_named(name).unwrap().state.is_active();
        is_off("web-1") && is_off("web-2") && !is_off("db-1")
    });
    let state = harness.state();
    state.runtime.block_on(state.app.backend.shutdown());
}

#[test]
fn a_refusal_names_its_machine_and_stands_in_its_activity() {
    let mut harness = live_window(&["web-1"]);
    let ctx = harness.ctx.clone();
    let host = Arc::clone(&harness.state().app.hosts[0]);
    let key = crate::route::MachineKey {
        uri: host.uri.as_str().into(),
        id: host.machines[0].id,
    };
    let command = crate::command::Command::Machine(crate::command::MachineCommand::Run {
        action: libvirt_backend::guard::Action::Start,
        machines: vec![key.clone()],
    });
    harness.state_mut().app.run(command, &ctx);
    let words = "Start — web-1: The machine is running already";
    step_until(&mut harness, "it is told", |harness| {
        harness.query_all_by_label_contains(words).next().is_some()
    });
    assert_eq!(harness.state().app.activity.of(&key).count(), 1);
    let state = harness.state();
    state.runtime.block_on(state.app.backend.shutdown());
}

#[test]
fn keys_act_on_the_row_that_was_clicked() {
    let mut harness = live_window(&["web-1", "web-2"]);
    let row = harness.get_all_by_role(egui::Role::Row).find(|row| {
        let label = row.accesskit_node().label();
        label.is_some_and(|label| label.starts_with("web-2"))
    });
    row.unwrap().click();
    harness.step();
    harness.step();
    harness.key_press(egui::Key::Delete);
    harness.step();
    harness.step();
    harness.get_by_role_and_label(egui::Role::Dialog, "Delete web-2?");
    let state = harness.state();
    state.runtime.block_on(state.app.backend.shutdown());
}

#[test]
fn a_second_start_that_names_a_connection_shows_it() {
    let mut harness = window(fixture(cache_with("web-1"), &[NOWHERE], Vec::new()));
    harness.get_by_label_contains("web-1");
    let request = super::single_instance::Request {
        connect: Some("test:///default".to_owned()),
        open: None,
    };
    harness.state().outbox.send(Outside::Raise(request));
    step_until(&mut harness, "its machine is listed and no other", |harness| {
        let rows: Vec<String> = harness
            .query_all_by_role(egui::Role::Row)
            .filter_map(|row| row.accesskit_node().label())
            .collect();
        rows.len() == 1 && rows[0].starts_with("test,")
    });
    let state = harness.state();
    state.runtime.block_on(state.app.backend.shutdown());
}

#[test]
fn a_forgotten_connection_leaves_nothing_of_its_machines_behind() {
    let mut harness = window(fixture(cache_with("web-1"), &[NOWHERE, "test:///default"], Vec::new()));
    step_until(&mut harness, "the test driver's machine is shown", |harness| {
        let hosts = &harness.state().app.hosts;
        hosts
            .iter()
            .any(|host| host.freshness == Freshness::Live && !host.machines.is_empty())
    });
    let ctx = harness.ctx.clone();
    let forget = crate::command::ConnectionCommand::Forget(NOWHERE.to_owned());
    let app = &mut harness.state_mut().app;
    app.run(crate::command::Command::Connection(forget), &ctx);
    app.save_at_exit();
    let folders = Folders::below(harness.state().folder.path());
    let Loaded::Content(cache) = ModelCache::store(&folders.cache).load::<ModelCache>() else {
        panic!("nothing was kept");
    };
    assert!(cache.last_known(NOWHERE).is_none());
    assert!(cache.last_known("test:///default").is_some());
    let state = harness.state();
    state.runtime.block_on(state.app.backend.shutdown());
}

/// A computer of libvirt's test driver with one machine, whose screen has a password.
fn computer_with_password(folder: &std::path::Path) -> String {
    let xml = "<node><cpu><mhz>2000</mhz><model>i686</model><active>4</active><nodes>1</nodes><sockets>1</sockets>\
        <cores>4</cores><threads>1</threads></cpu><memory>8388608</memory>\
        <domain type='test'><name>harbour</name><memory>65536</memory><vcpu>1</vcpu>\
        <os><type arch='i686'>hvm</type></os><devices><graphics type='vnc' port='5901' passwd='hunter2'/></devices>\
        </domain></node>";
    let file = folder.join("computer.xml");
    std::fs::write(&file, xml).unwrap();
    format!("test://{}", file.display())
}

#[test]
fn details_of_a_machine_hold_its_definition_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let uri = computer_with_password(folder.path());
    let mut harness = window(fixture(ModelCache::default(), &[&uri], Vec::new()));
    step_until(&mut harness, "the machine is listed", |harness| {
        let host = harness.state().app.host(&uri);
        host.is_some_and(|host| host.machine_named("harbour").is_some())
    });
    let machine = Arc::clone(
        harness
            .state()
            .app
            .host(&uri)
            .unwrap()
            .machine_named("harbour")
            .unwrap(),
    );
    let key = crate::route::MachineKey {
        uri: uri.as_str().into(),
        id: machine.id,
    };
    let ctx = harness.ctx.clone();
    let command = UiCommand::CopyDetails {
        message: "It could not be started.".to_owned(),
        machine: Some(key),
    };
    harness.state_mut().app.run(crate::command::Command::Ui(command), &ctx);
    let copied = |harness: &Harness<'_, Fixture>| {
        let commands = &harness.output().platform_output.commands;
        commands.iter().find_map(|command| match command {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        })
    };
    step_until(&mut harness, "the details are copied", |harness| {
        copied(harness).is_some()
    });
    let text = copied(&harness).unwrap();
    for part in [
        "It could not be started.",
        "<name>harbour</name>",
        "type='vnc'",
        "== System",
    ] {
        assert!(text.contains(part), "{part} not in {text}");
    }
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn the_guests_picture_is_asked_for_only_where_somebody_can_see_it() {
    let folder = tempfile::tempdir().unwrap();
    let uri = computer_with_password(folder.path());
    let mut harness = window(fixture(ModelCache::default(), &[&uri], Vec::new()));
    let found = |harness: &Harness<'_, Fixture>| {
        let machine = harness.state().app.host(&uri)?.machine_named("harbour")?.clone();
        machine.definition.is_complete.then_some(machine.id)
    };
    step_until(&mut harness, "the machine is read", |harness| found(harness).is_some());
    let key = MachineKey {
        uri: uri.as_str().into(),
        id: found(&harness).unwrap(),
    };
    let page = |tab| Route::Machine { key: key.clone(), tab };
    let is_asked = |harness: &Harness<'_, Fixture>| !harness.state().app.pictures.wanted().is_empty();
    let minimize = |harness: &mut Harness<'_, Fixture>, is_hidden| {
        let viewport = harness.input_mut().viewports.entry(ViewportId::ROOT).or_default();
        viewport.minimized = Some(is_hidden);
    };

    harness.run_steps(5);
    assert!(!is_asked(&harness), "nothing is selected");
    harness.state_mut().app.selection = Selection::only(key.clone());
    step_until(&mut harness, "asked for beside the list", is_asked);
    for route in [page(MachineTab::Snapshots), Route::Connections, Route::Settings] {
        harness.state_mut().app.route = route.clone();
        harness.run_steps(2);
        assert!(!is_asked(&harness), "asked for on {route:?}");
    }
    harness.state_mut().app.route = page(MachineTab::Overview);
    step_until(&mut harness, "asked for on its page", is_asked);
    minimize(&mut harness, true);
    harness.run_steps(2);
    assert!(!is_asked(&harness), "asked for while nobody can see it");
    minimize(&mut harness, false);
    step_until(&mut harness, "asked for when it is seen again", is_asked);

    // As cards, whether they are marked or not.
    let app = &mut harness.state_mut().app;
    app.route = Route::Machines;
    app.selection = Selection::default();
    app.settings.listing = Listing::Cards;
    step_until(&mut harness, "asked for on a card", |harness| {
        let wanted = harness.state().app.pictures.wanted();
        wanted.iter().map(|wish| wish.pace).eq([PicturePace::Card])
    });
}

#[test]
fn a_round_of_pictures_is_one_frame_and_what_is_gone_is_forgotten() {
    let mut harness = live_window(&["web-1"]);
    let host = Arc::clone(&harness.state().app.hosts[0]);
    let key = |id| MachineKey {
        uri: host.uri.as_str().into(),
        id,
    };
    let taken = |key: &MachineKey, shade: u8| Taken {
        machine: key.clone(),
        result: Ok(TakenPicture {
            image: Arc::new(egui::ColorImage::filled([4, 2], egui::Color32::from_gray(shade))),
            screen: [8, 4],
        }),
    };
    let (here, gone) = (key(host.machines[0].id), key(id(99)));
    let ctx = harness.ctx.clone();
    let app = &mut harness.state_mut().app;
    app.take_pictures(vec![taken(&here, 1), taken(&gone, 2)], &ctx);
    assert_eq!(app.answers.pictures.keys().collect::<Vec<_>>(), [&here]);
    let first = app.answers.pictures[&here].texture.as_ref().unwrap().id();

    // One that does not answer keeps its last picture.
    let silent = Taken {
        machine: here.clone(),
        result: Err(Error::AgentSilent),
    };
    app.take_pictures(vec![silent], &ctx);
    let picture = &app.answers.pictures[&here];
    assert!(picture.texture.is_some() && picture.error.is_some());
    app.take_pictures(vec![taken(&here, 3)], &ctx);
    let picture = &app.answers.pictures[&here];
    assert_eq!(picture.error, None);
    assert_eq!(
        picture.texture.as_ref().unwrap().id(),
        first,
        "drawn over, not made anew"
    );
    let state = harness.state();
    state.runtime.block_on(state.app.backend.shutdown());
}
