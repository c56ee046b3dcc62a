//! A picture of every page in both themes, compared with the recorded ones where the Mesa that recorded them draws.
//!
//! `UPDATE_SNAPSHOTS=force cargo test -p berth-tests --test pictures_screens` records them anew, and then the version
//! in `snapshots/mesa-version` must be that of `mesa-vulkan-drivers`.

#[path = "../../app/src/screens/fixtures.rs"]
#[expect(dead_code, reason = "the unit tests use the rest")]
mod fixtures;
#[path = "../../app/src/screens/test_console.rs"]
#[expect(dead_code, reason = "the unit tests use the rest")]
mod test_console;
#[path = "../../app/src/screens/test_window.rs"]
#[expect(dead_code, reason = "the unit tests use the rest")]
mod test_window;

use std::path::Path;
use std::process::Command;

use berth::command::DialogRequest;
use berth::console::serial::{LineKey, LineState, Session};
use berth::route::{MachineTab, Route};
use berth::settings::Scale;
use berth::state::{Answer, Overlay};
use berth::widgets::ThemeChoice;
use egui::Role;
use egui_kittest::kittest::Queryable as _;
use egui_kittest::{Harness, SnapshotOptions, SnapshotResults};
use fixtures::{LAB, URI};
use libvirt_backend::Error;
use libvirt_backend::command::StorageRoom;
use libvirt_backend::model::{ConnectionState, DisconnectReason};
use libvirt_backend::property::edit::{Changed, DefinitionXml, EditReport, Fate, Fingerprint};
use test_window::{Look, TestWindow, build, key};

const SNAPSHOTS: &str = "tests/snapshots";
const WIDE: Look = Look::sized(1_280.0, 800.0);

/// The picture is made anyway, so that whatever panics while drawing is found everywhere.
fn assert_picture(name: &str, look: Look, window: impl Fn() -> TestWindow) {
    assert_picture_after(name, look, window, |_| {});
}

/// The same, with something done once the window is there.
fn assert_picture_after(
    name: &str,
    look: Look,
    window: impl Fn() -> TestWindow,
    prepare: impl Fn(&mut Harness<'_, TestWindow>),
) {
    assert_harness(name, look, |look| {
        let mut harness = build(Harness::builder().wgpu(), look, window());
        harness.run();
        prepare(&mut harness);
        harness.run();
        harness
    });
}

fn assert_harness(name: &str, look: Look, harness: impl Fn(Look) -> Harness<'static, TestWindow>) {
    if !has_software_vulkan() {
        skip("no software Vulkan (mesa-vulkan-drivers)");
        return;
    }
    let mut results = SnapshotResults::new();
    for (theme, word) in [(ThemeChoice::Dark, "dark"), (ThemeChoice::Light, "light")] {
        let mut harness = harness(Look { theme, ..look });
        if let Err(reason) = is_recorded_mesa() {
            harness.render().expect("a picture");
            skip(&reason);
            continue;
        }
        let options = SnapshotOptions::new().output_path(SNAPSHOTS);
        harness.snapshot_options(format!("{name}_{word}"), &options);
        results.extend_harness(&mut harness);
    }
}

#[expect(clippy::print_stdout, reason = "a test says what it skipped")]
fn skip(reason: &str) {
    println!("skipped: {reason}");
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{reason}");
}

fn has_software_vulkan() -> bool {
    let folder = std::fs::read_dir("/usr/share/vulkan/icd.d");
    folder.is_ok_and(|mut entries| {
        entries.any(|entry| entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("lvp_icd")))
    })
}

/// Another Mesa draws edges a little differently.
fn is_recorded_mesa() -> Result<(), String> {
    let recorded = std::fs::read_to_string(Path::new(SNAPSHOTS).join("mesa-version")).unwrap_or_default();
    let asked = Command::new("dpkg-query")
        .args(["-W", "-f=${Version}", "mesa-vulkan-drivers"])
        .output();
    let here = asked
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    let here = here.split('-').next().unwrap_or_default();
    if recorded.trim() == here {
        return Ok(());
    }
    Err(format!(
        "pictures are compared with Mesa {} and this is {here:?}",
        recorded.trim()
    ))
}

fn assorted() -> TestWindow {
    let mut window = TestWindow::new(vec![fixtures::assorted()]);
    window.select(&[1]);
    window
}

fn at(route: Route) -> TestWindow {
    TestWindow { route, ..assorted() }
}

fn page(number: u32, tab: MachineTab) -> TestWindow {
    at(Route::Machine { key: key(number), tab })
}

fn over(overlay: Overlay) -> TestWindow {
    TestWindow {
        overlay: Some(overlay),
        ..assorted()
    }
}

#[test]
fn machines() {
    assert_picture("machines", WIDE, assorted);
}

/// Some with a picture of their screen: one that runs, one that hangs, one that is off.
fn cards(harness: &mut Harness<'_, TestWindow>) {
    for number in [1, 2, 4, 6] {
        let size = [160, 100];
        let shade = |index: usize| {
            let (x, y) = (index % size[0], index / size[0]);
            let is_text = y % 8 < 4 && x > 8 && x < 150 - (y * 7 + number as usize * 31) % 90 && x % 5 != 0;
            let [dark, light] = [[12, 16, 28], [196, 208, 224]];
            let [red, green, blue] = if is_text { light } else { dark };
            egui::Color32::from_rgba_premultiplied(red, green, blue, 255)
        };
        let pixels = (0..size[0] * size[1]).map(shade).collect();
        let texture = harness.ctx.load_texture(
            "screen",
            egui::ColorImage::new(size, pixels),
            egui::TextureOptions::LINEAR,
        );
        let picture = berth::state::Picture {
            texture: Some(texture),
            screen: [1_280, 800],
            ..berth::state::Picture::default()
        };
        harness.state_mut().answers.pictures.insert(key(number), picture);
    }
}

fn as_cards() -> TestWindow {
    let mut window = assorted();
    window.settings.listing = berth::settings::Listing::Cards;
    window
}

#[test]
fn machines_as_cards() {
    assert_picture_after("cards", WIDE, as_cards, cards);
}

#[test]
fn machines_as_cards_in_a_narrow_window() {
    assert_picture_after("cards_narrow", Look::sized(480.0, 800.0), as_cards, cards);
}

#[test]
fn machines_as_cards_with_large_text() {
    let look = Look {
        text_scale: 2.0,
        ..WIDE
    };
    assert_picture_after("cards_large_text", look, as_cards, cards);
}

#[test]
fn machines_in_a_narrow_window() {
    assert_picture("machines_narrow", Look::sized(480.0, 800.0), assorted);
}

#[test]
fn machines_with_large_text() {
    let look = Look {
        text_scale: 2.0,
        ..WIDE
    };
    assert_picture("machines_large_text", look, assorted);
}

#[test]
fn several_machines_marked() {
    assert_picture("machines_marked", Look::sized(1_000.0, 600.0), || {
        let mut window = assorted();
        window.settings.is_inspector_open = false;
        window.select(&[1, 2, 8]);
        window
    });
}

#[test]
fn machine_overview() {
    assert_picture("overview", WIDE, || page(2, MachineTab::Overview));
}

#[test]
fn machine_snapshots() {
    assert_picture("snapshots", Look::sized(1_000.0, 500.0), || {
        page(1, MachineTab::Snapshots)
    });
}

/// A machine with a bit of everything, and the form of one part.
fn hardware(name: &str, look: Look, entry: &str, is_open: bool) {
    assert_picture_after(name, look, hardware_window, |harness| {
        // It may stand below what the list shows.
        harness.get_by_role_and_label(Role::Button, entry).click_accesskit();
        harness.run();
        if is_open {
            harness.get_by_label_contains("More settings").click();
            harness.run();
        }
    });
}

#[test]
fn hardware_disk() {
    hardware("hardware_disk", Look::sized(1_280.0, 900.0), "Disk vda", true);
}

fn hardware_window() -> TestWindow {
    let mut window = page(1, MachineTab::Hardware);
    let definition = Answer::Ready(fixtures::hardware().into());
    window.answers.definitions.insert(key(1), definition);
    let choices = Answer::Ready(fixtures::host_choices().into());
    window.answers.choices.insert(key(1), choices);
    window
}

#[test]
fn hardware_cores() {
    assert_picture_after("hardware_cores", WIDE, hardware_window, |harness| {
        for button in [
            "Limits and priorities",
            "A host processor for each",
            "Choose: Processor 0",
        ] {
            harness.get_by_role_and_label(Role::Button, button).click();
            harness.run();
        }
    });
}

#[test]
fn hardware_forwards() {
    assert_picture_after("hardware_forwards", WIDE, hardware_window, |harness| {
        let cards: Vec<_> = harness
            .query_all_by_role_and_label(Role::Button, "Network card")
            .collect();
        cards[0].click();
        harness.run();
        for _ in 0..2 {
            harness
                .get_by_role_and_label(Role::Button, "Add a port forward")
                .click();
            harness.run();
        }
        // Another machine has it.
        harness
            .get_by_role_and_label(Role::TextInput, "Port of the host, forward 2")
            .focus();
        harness.run();
        harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
        harness.run();
        let field = harness.get_by_role_and_label(Role::TextInput, "Port of the host, forward 2");
        field.type_text("2222");
        harness.run();
    });
}

/// Huge pages are switched on and the memory is typed.
fn edit_memory(harness: &mut Harness<'_, TestWindow>, text: &str) {
    harness.get_by_role_and_label(Role::Button, "Memory").click();
    harness.run();
    harness.get_by_role_and_label(Role::Switch, "Huge pages").click();
    harness.run();
    harness
        .get_by_role_and_label(Role::TextInput, "Memory, at most")
        .focus();
    harness.run();
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    harness.run();
    let field = harness.get_by_role_and_label(Role::TextInput, "Memory, at most");
    field.type_text(text);
    harness.run();
}

#[test]
fn hardware_refused() {
    assert_picture_after("hardware_refused", WIDE, hardware_window, |harness| {
        edit_memory(harness, "6");
    });
}

#[test]
fn hardware_review() {
    assert_picture_after("hardware_review", WIDE, hardware_window, |harness| {
        edit_memory(harness, "6GiB");
        harness.get_by_role_and_label(Role::Button, "Review changes").click();
    });
}

/// Somebody else made one of the two changes meanwhile, and another.
#[test]
fn hardware_review_overtaken() {
    assert_picture_after("hardware_review_overtaken", WIDE, hardware_window, |harness| {
        edit_memory(harness, "6GiB");
        press(harness, "Review changes");
        let DefinitionXml { inactive, .. } = fixtures::hardware();
        let inactive = inactive
            .replace("<memory unit='KiB'>4194304", "<memory unit='KiB'>6291456")
            .replace("<vcpu", "<title>Web</title>\n  <vcpu");
        let definition = DefinitionXml {
            fingerprint: Fingerprint::of(&inactive),
            inactive,
            live: None,
        };
        let definitions = &mut harness.state_mut().answers.definitions;
        definitions.insert(key(1), Answer::Ready(definition.into()));
    });
}

/// The settings of a machine on a host that was not connected yet.
#[test]
fn hardware_unread() {
    let window = || {
        let mut window = hardware_window();
        let error = Error::NotConnected { uri: URI.to_owned() };
        window.answers.definitions.insert(key(1), Answer::Failed(error));
        window
    };
    assert_picture("hardware_unread", WIDE, window);
}

fn press(harness: &mut Harness<'_, TestWindow>, button: &str) {
    harness.get_by_role_and_label(Role::Button, button).click();
    harness.run();
}

/// What became of four changes, each in another way.
#[test]
fn hardware_report() {
    assert_picture_after("hardware_report", WIDE, hardware_window, |harness| {
        edit_memory(harness, "6GiB");
        press(harness, "Review changes");
        press(harness, "Apply");
        let fates = [
            ("memory", Fate::AtNextStart { refusal: None }),
            ("hugepages", Fate::Applied),
            (
                "disk.vda.cache",
                Fate::AtNextStart {
                    refusal: Some("Operation not supported: QEMU cannot change it while it runs".to_owned()),
                },
            ),
            ("vcpu", Fate::Ignored { found: None }),
        ];
        let changes = fates.map(|(what, fate)| Changed {
            what: what.to_owned(),
            fate,
        });
        let report = EditReport {
            changes: changes.to_vec(),
            diff: Vec::new(),
            adjusted: Vec::new(),
            kept_variables: None,
            fingerprint: fixtures::hardware().fingerprint,
        };
        let answer = Answer::Ready(report.into());
        harness.state_mut().answers.edits.insert(key(1), answer);
    });
}

#[test]
fn hardware_network() {
    assert_picture_after("hardware_network", WIDE, hardware_window, |harness| {
        let cards = harness.get_all_by_role_and_label(Role::Button, "Network card");
        cards.last().expect("a network card").click();
    });
}

#[test]
fn hardware_screen() {
    hardware("hardware_screen", WIDE, "Screen access", false);
}

/// Everything in one column, the search and the list over the form.
#[test]
fn hardware_narrow() {
    assert_picture("hardware_narrow", Look::sized(480.0, 800.0), || {
        waiting(MachineTab::Hardware)
    });
}

#[test]
fn hardware_large_text() {
    let look = Look {
        text_scale: 2.0,
        ..Look::sized(800.0, 800.0)
    };
    assert_picture("hardware_large_text", look, hardware_window);
}

/// The text of the machine with this in place of that.
fn edit_xml(harness: &mut Harness<'_, TestWindow>, old: &str, new: &str) {
    press(harness, "XML");
    let text = fixtures::hardware().inactive.replace(old, new);
    harness.get_by_role(Role::MultilineTextInput).focus();
    harness.run_steps(3);
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    harness.run_steps(3);
    harness.event(egui::Event::Paste(text));
    harness.run_steps(3);
}

#[test]
fn hardware_xml_wrong() {
    assert_picture_after("hardware_xml_wrong", WIDE, hardware_window, |harness| {
        edit_xml(harness, "</title>", "</name>");
        harness.get_by_role_and_label(Role::Button, "Show the line").click();
        // The text has no cursor then, which would blink.
        harness.run_steps(3);
        harness.key_press(egui::Key::Escape);
        harness.run_steps(3);
    });
}

#[test]
fn hardware_xml_review() {
    assert_picture_after("hardware_xml_review", WIDE, hardware_window, |harness| {
        edit_xml(harness, "4194304", "6291456");
        harness.get_by_role_and_label(Role::Button, "Review changes").click();
        harness.run_steps(3);
    });
}

/// The list of what can be added, narrowed a little.
#[test]
fn hardware_add() {
    assert_picture_after("hardware_add", WIDE, hardware_window, |harness| {
        press(harness, "Add device…");
    });
}

/// A new disk that is not complete, and a network card on its way out.
#[test]
fn hardware_devices() {
    assert_picture_after("hardware_devices", WIDE, hardware_window, |harness| {
        press(harness, "Add device…");
        harness.key_press(egui::Key::Enter);
        harness.run();
        press(harness, "CD drive sda");
        press(harness, "Remove");
        press(harness, "Disk vdb");
    });
}

/// A new disk whose image is made when the changes are applied.
#[test]
fn hardware_new_image() {
    let window = || {
        let mut window = hardware_window();
        let room = StorageRoom {
            pool: Some("default".to_owned()),
            folder: "/home/ada/.local/share/berth/images".into(),
            available_bytes: 186 << 30,
            capacity_bytes: 460 << 30,
        };
        window.answers.rooms.insert(key(1).uri.to_string(), Answer::Ready(room));
        window
    };
    assert_picture_after("hardware_new_image", WIDE, window, |harness| {
        press(harness, "Add device…");
        harness.key_press(egui::Key::Enter);
        harness.run();
        press(harness, "New image…");
    });
}

#[test]
fn hardware_removal() {
    assert_picture_after("hardware_removal", WIDE, hardware_window, |harness| {
        press(harness, "Disk vda");
        press(harness, "Remove");
    });
}

/// One device moved, which makes places of kinds.
#[test]
fn hardware_boot() {
    assert_picture_after("hardware_boot", WIDE, hardware_window, |harness| {
        press(harness, "Boot and firmware");
        press(harness, "Move up: CD drive sda");
    });
}

/// What waits for the next start, over the graphs.
#[test]
fn waiting_overview() {
    assert_picture("waiting_overview", WIDE, || waiting(MachineTab::Overview));
}

#[test]
fn waiting_hardware() {
    assert_picture("waiting_hardware", WIDE, || waiting(MachineTab::Hardware));
}

/// Edits that were made, one of them taken back, one with its lines.
#[test]
fn activity_edits() {
    let window = || {
        let mut window = page(1, MachineTab::Activity);
        let edits = fixtures::edits();
        window.answers.histories.insert(key(1), Answer::Ready(edits.into()));
        window
    };
    assert_picture_after("activity_edits", Look::sized(1_000.0, 560.0), window, |harness| {
        press(harness, "Lines of XML: Cache (vda)");
    });
}

fn waiting(tab: MachineTab) -> TestWindow {
    let mut window = page(1, tab);
    let definition = Answer::Ready(fixtures::hardware_waiting().into());
    window.answers.definitions.insert(key(1), definition);
    window
}

#[test]
fn hardware_processors() {
    hardware("hardware_processors", WIDE, "Processors", false);
}

#[test]
fn hardware_memory() {
    hardware("hardware_memory", WIDE, "Memory", false);
}

#[test]
fn first_start() {
    assert_picture("first_start", Look::sized(1_000.0, 640.0), || {
        TestWindow::new(vec![fixtures::host(URI, Vec::new())])
    });
}

#[test]
fn connections() {
    assert_picture("connections", Look::sized(1_000.0, 600.0), || {
        let mut lab = fixtures::host(LAB, Vec::new());
        lab.connection = ConnectionState::Disconnected {
            reason: DisconnectReason::AuthenticationFailed,
            message: "Permission denied (publickey).".to_owned(),
            retry_at_millis: None,
        };
        let mut window = at(Route::Connections);
        window.hosts.push(std::sync::Arc::new(lab));
        window
    });
}

#[test]
fn new_machine() {
    assert_picture("new_machine", Look::sized(1_000.0, 700.0), || over(Overlay::NewMachine));
}

#[test]
fn tags_dialog() {
    assert_picture("tags", Look::sized(800.0, 600.0), || {
        over(Overlay::Dialog(DialogRequest::Tags(vec![key(1), key(2)])))
    });
}

#[test]
fn palette() {
    assert_picture("palette", Look::sized(1_000.0, 700.0), || over(Overlay::Palette));
}

/// The guest's pixels are a checker, the finest pattern there is.
#[test]
fn console() {
    assert_harness("console", WIDE, |look| {
        test_console::shown_by(Harness::builder().wgpu(), look, Scale::Fit).harness
    });
}

#[test]
fn console_in_a_narrow_window() {
    assert_harness("console_narrow", Look::sized(480.0, 600.0), |look| {
        test_console::shown_by(Harness::builder().wgpu(), look, Scale::Actual).harness
    });
}

/// What a Linux guest shows after a login: colours, wide letters, an address.
fn session_words() -> String {
    let prompt = "\x1b[01;32mada@web-1\x1b[00m:\x1b[01;34m~\x1b[00m$ ";
    let mut words = format!(
        "Debian GNU/Linux 13 web-1 ttyS0\r\n\r\nweb-1 login: ada\r\nPassword: \r\n\r\n{prompt}ls --color\r\n\
         \x1b[01;34mprojects\x1b[0m  \x1b[01;32mrun.sh\x1b[0m  \x1b[01;36mlink\x1b[0m  \x1b[01;31mold.tar.xz\x1b[0m  notes\r\n\
         {prompt}cat notes\r\n虚拟机 is a virtual machine; café; see https://example.org/wiki\r\n\
         ┌────────┬────────┐\r\n│ box    │ \x1b[7minverse\x1b[0m│\r\n└────────┴────────┘\r\n"
    );
    for row in [30, 40, 90, 100] {
        words.extend((0..8).map(|color| format!("\x1b[{}m color {color} \x1b[0m", row + color)));
        words.push_str("\r\n");
    }
    words.push_str(
        "\x1b[1mbold\x1b[0m \x1b[2mdim\x1b[0m \x1b[3mitalic\x1b[0m \x1b[4munderlined\x1b[0m \x1b[9mstruck\x1b[0m\r\n",
    );
    [words, prompt.into()].concat()
}

fn serial_window() -> TestWindow {
    let machine = fixtures::running(fixtures::with_serials(fixtures::machine(1, "web-1"), 2));
    let mut window = TestWindow::new(vec![fixtures::host(URI, vec![machine])]);
    window.route = Route::Machine {
        key: key(1),
        tab: MachineTab::Serial,
    };
    let session = Session::new(|| {});
    session.set_state(LineState::Open);
    session.with_terminal(|terminal| {
        terminal.resize(100, 40);
        terminal.feed(session_words().as_bytes());
    });
    let line = LineKey {
        machine: key(1),
        alias: "serial0".to_owned(),
    };
    window.serials.want(line, window.now_millis, || session.clone());
    window
}

#[test]
fn a_serial_line() {
    assert_picture("serial", WIDE, serial_window);
}

#[test]
fn a_serial_line_in_a_narrow_window() {
    assert_picture("serial_narrow", Look::sized(480.0, 600.0), serial_window);
}
