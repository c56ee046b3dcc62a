//! Keys as a guest gets them, in a real window under a real X server and a real compositor: which key it was, the desktop's shortcuts too, and
//! none left down. The window is a process of its own: this program, asked for [`window_of_the_tests`].
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails here")]

mod wayland;
mod x11;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use berth::keyboard::{GrabState, HostAction, Keyboard, KeyboardFirst, Keys};
use berth_tests::Desktop;
use winit::event_loop::EventLoop;
use winit::platform::wayland::EventLoopBuilderExtWayland;
use winit::platform::x11::EventLoopBuilderExtX11;

const PATIENCE: Duration = Duration::from_secs(30);

fn say(line: &str) {
    let mut out = std::io::stdout();
    writeln!(out, "\n> {line}").unwrap();
    out.flush().unwrap();
}

/// A window that holds the keyboard from its first frame, until the Host key, and again from H on.
struct Probe {
    keyboard: Keyboard,
    keys: Keys,
    is_wanted: bool,
    grab: GrabState,
}

impl eframe::App for Probe {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let id = egui::Id::unique("probe");
        for action in self.keyboard.take_host_actions(id) {
            say(&format!("action {action:?}"));
            self.is_wanted &= action != HostAction::Release;
        }
        for event in ui.input(|input| input.events.clone()) {
            if let egui::Event::Key { key, pressed: true, .. } = event {
                say(&format!("window {key:?}"));
                self.is_wanted |= key == egui::Key::H;
            }
        }
        if self.is_wanted {
            self.keyboard.hold(ui.ctx(), id, &self.keys);
        }
        let grab = self.keyboard.grab_state();
        if grab != self.grab {
            say(&format!("grab {grab:?}"));
            self.grab = grab;
        }
    }
}

#[test]
#[ignore = "the window of the other tests"]
fn window_of_the_tests() {
    let mut builder = EventLoop::<eframe::UserEvent>::with_user_event();
    EventLoopBuilderExtX11::with_any_thread(&mut builder, true);
    EventLoopBuilderExtWayland::with_any_thread(&mut builder, true);
    let event_loop = builder.build().unwrap();
    let keyboard = Keyboard::default();
    let probe = Probe {
        keyboard: keyboard.clone(),
        keys: std::sync::Arc::new(|qnum, is_down| say(&format!("key {qnum} {is_down}"))),
        is_wanted: true,
        grab: GrabState::NotNeeded,
    };
    let options = eframe::NativeOptions::default();
    let window = eframe::create_native(
        "keyboard probe",
        options,
        Box::new(|_| Ok(Box::new(probe))),
        &event_loop,
    );
    event_loop.run_app(&mut KeyboardFirst::new(window, keyboard)).unwrap();
}

/// Of the desktop's own bus, which stands for the system's too.
fn bus_address(desktop: &Desktop) -> String {
    let command = desktop.command("true");
    let mut variables = command.get_envs();
    let address = variables.find_map(|(name, value)| value.filter(|_| name == "DBUS_SESSION_BUS_ADDRESS"));
    address.unwrap().to_str().unwrap().to_owned()
}

/// The window's process, and what it says.
struct Window {
    child: Child,
    said: Receiver<String>,
}

impl Window {
    fn open(desktop: &Desktop) -> Self {
        let mut command: Command = desktop.command(std::env::current_exe().unwrap());
        let mut child = command
            .env("DBUS_SYSTEM_BUS_ADDRESS", bus_address(desktop))
            .args(["--exact", "window_of_the_tests", "--ignored", "--nocapture"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, said) = sync_channel(10_000);
        std::thread::Builder::new()
            .name("said".to_owned())
            .spawn(move || {
                let lines = out.lines().map_while(Result::ok);
                for line in lines.filter_map(|line| line.strip_prefix("> ").map(str::to_owned)) {
                    if sender.send(line).is_err() {
                        return;
                    }
                }
            })
            .unwrap();
        Self { child, said }
    }

    #[track_caller]
    fn hear(&self, wanted: &str) {
        let mut heard = Vec::new();
        while heard.last().is_none_or(|line| line != wanted) {
            let Ok(line) = self.said.recv_timeout(PATIENCE) else {
                panic!("waited for {wanted:?} and heard {heard:?}");
            };
            heard.push(line);
        }
    }

    /// Within a moment.
    fn has_said(&self, wanted: &str) -> bool {
        let end = Instant::now() + Duration::from_millis(500);
        while let Ok(line) = self.said.recv_timeout(end.saturating_duration_since(Instant::now())) {
            if line == wanted {
                return true;
            }
        }
        false
    }

    /// The next keys and no others.
    #[track_caller]
    fn hear_keys(&self, wanted: &[(u16, bool)]) {
        for (qnum, is_down) in wanted {
            let line = self.said.recv_timeout(PATIENCE).unwrap();
            assert_eq!(line, format!("key {qnum} {is_down}"), "of {wanted:?}");
        }
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
