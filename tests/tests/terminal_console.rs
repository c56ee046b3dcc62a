//! `berth console` in a real terminal: what a person sees, types, and gets back when they leave.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use berth_tests::{Terminal, wait_for, wait_until};
use libvirt_backend::private_session::Signal;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Termios, tcgetattr};

const PATIENCE: Duration = Duration::from_mins(1);

/// A terminal with `berth` in it.
struct Sitting {
    child: Child,
    keyboard: File,
    /// What a person could read.
    screen: Arc<Mutex<String>>,
    /// Kept open, so that the terminal outlives the program.
    terminal: OwnedFd,
    before: Termios,
}

impl Sitting {
    #[track_caller]
    fn begin(terminal: &Terminal, arguments: &[&str]) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
        let near = openpt(flags).unwrap();
        grantpt(&near).unwrap();
        unlockpt(&near).unwrap();
        let name = ptsname(&near, Vec::new()).unwrap();
        let open = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY;
        let far = rustix::fs::open(&*name, open, rustix::fs::Mode::empty()).unwrap();
        let before = tcgetattr(&far).unwrap();
        let end = || Stdio::from(far.try_clone().unwrap());
        let mut command = terminal.command(arguments);
        let child = command.stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
        let near = File::from(near);
        let screen: Arc<Mutex<String>> = Arc::default();
        let (mut heard, shown) = (near.try_clone().unwrap(), Arc::clone(&screen));
        std::thread::Builder::new()
            .name("screen".to_owned())
            .spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(length @ 1..) = heard.read(&mut buffer) {
                    shown
                        .lock()
                        .unwrap()
                        .push_str(&String::from_utf8_lossy(&buffer[..length]));
                }
            })
            .unwrap();
        Self {
            child,
            keyboard: near,
            screen,
            terminal: far,
            before,
        }
    }

    fn screen(&self) -> String {
        self.screen.lock().unwrap().clone()
    }

    #[track_caller]
    fn expect(&self, words: &str) {
        let seen = wait_for_words(|| self.screen(), words);
        assert!(seen, "{words:?} is not on the screen: {:?}", self.screen());
    }

    #[track_caller]
    fn times(&self, words: &str) -> usize {
        self.screen().matches(words).count()
    }

    fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    fn is_raw(&self) -> bool {
        !tcgetattr(&self.terminal)
            .unwrap()
            .local_modes
            .intersects(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG)
    }

    #[track_caller]
    fn ends(&mut self) -> ExitStatus {
        wait_for("end of berth", PATIENCE, || self.child.try_wait().unwrap())
    }

    /// The terminal is as it was.
    #[track_caller]
    fn assert_given_back(&self) {
        let after = tcgetattr(&self.terminal).unwrap();
        assert_eq!(after.local_modes, self.before.local_modes);
        assert_eq!(after.input_modes, self.before.input_modes);
        assert_eq!(after.output_modes, self.before.output_modes);
    }
}

impl Drop for Sitting {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn wait_for_words(screen: impl Fn() -> String, words: &str) -> bool {
    let begun = std::time::Instant::now();
    while begun.elapsed() < PATIENCE {
        if screen().contains(words) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

/// A terminal with a machine that runs our guest and has said its first words.
#[track_caller]
fn with_guest(name: &str) -> Option<Terminal> {
    let terminal = Terminal::open()?;
    let image = terminal.boot_image();
    terminal.create(name, &["--import", &image, "--start"]);
    let log = terminal.info(name)["serials"][0]["log"].as_str().unwrap().to_owned();
    wait_until("the guest's first words", PATIENCE, || {
        std::fs::read_to_string(&log).is_ok_and(|said| said.contains("BERTH-READY"))
    });
    Some(terminal)
}

#[test]
fn a_person_reads_what_was_said_types_and_leaves_with_the_terminal_as_it_was() {
    let Some(terminal) = with_guest("web") else { return };
    let mut sitting = Sitting::begin(&terminal, &["console", "web"]);
    sitting.expect("Ctrl+]");
    // Said before anybody was there.
    sitting.expect("BERTH-READY");
    sitting.press("c");
    sitting.expect("COUNTED");
    assert!(sitting.is_raw(), "keys would be held back");
    // Ctrl+C is the guest's.
    sitting.press("\x03");
    sitting.press("c");
    wait_until("a second answer", PATIENCE, || sitting.times("COUNTED") == 2);
    sitting.press("\x1d");
    assert_eq!(sitting.ends().code(), Some(0));
    sitting.assert_given_back();
    assert_eq!(terminal.info("web")["state"], "running", "the machine goes on");

    // Nothing twice: what was typed for is history now.
    let mut again = Sitting::begin(&terminal, &["console", "web", "--device", "serial0"]);
    again.expect("COUNTED\r\nCOUNTED");
    again.press("c");
    wait_until("a third answer", PATIENCE, || again.times("COUNTED") == 3);
    let pid = rustix::process::Pid::from_child(&again.child);
    rustix::process::kill_process(pid, Signal::TERM).unwrap();
    assert_eq!(again.ends().code(), Some(1));
    again.assert_given_back();
}

#[test]
fn a_machine_that_starts_anew_is_followed_and_one_that_stops_ends_it() {
    let Some(terminal) = with_guest("web") else { return };
    let mut sitting = Sitting::begin(&terminal, &["console", "web", "--wait"]);
    sitting.expect("BERTH-READY");
    terminal.done(&["reset", "web", "--yes"]);
    wait_until("the guest after its reset", PATIENCE, || {
        sitting.times("BERTH-READY") == 2
    });
    terminal.done(&["force-off", "web", "--yes"]);
    sitting.expect("Waiting for web");
    terminal.done(&["start", "web"]);
    sitting.expect("connected again");
    wait_until("the guest after its start", PATIENCE, || {
        sitting.times("BERTH-READY") == 3
    });
    sitting.press("c");
    sitting.expect("COUNTED");
    drop(sitting);

    let mut sitting = Sitting::begin(&terminal, &["console", "web"]);
    sitting.expect("COUNTED");
    sitting.press("q");
    sitting.expect("BYE");
    sitting.expect("web has stopped");
    assert_eq!(sitting.ends().code(), Some(0));
    sitting.assert_given_back();

    let (status, words) = terminal.refused(&["console", "web"]);
    assert_eq!(status, 1);
    assert!(words.contains("not running") && words.contains("--wait"), "{words}");
    let (status, words) = terminal.refused(&["console", "web", "--device", "serial9"]);
    assert_eq!(status, 1);
    assert!(words.contains("serial0"), "{words}");
}

#[test]
fn a_pipe_is_no_terminal_and_whoever_comes_later_takes_the_line() {
    let Some(terminal) = with_guest("web") else { return };
    let mut first = terminal
        .command(&["console", "web", "--no-history"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut typing = first.stdin.take().unwrap();
    let mut said = first.stdout.take().unwrap();
    typing.write_all(b"c").unwrap();
    let mut heard = String::new();
    while !heard.contains("COUNTED\r\n") {
        let mut buffer = [0; 256];
        let length = said.read(&mut buffer).unwrap();
        assert!(length > 0, "it ended after {heard:?}");
        heard.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
    }
    assert!(!heard.contains("BERTH-READY"), "{heard:?}");
    // A pipe that has ended is no wish to leave.
    drop(typing);

    let mut second = Sitting::begin(&terminal, &["console", "web"]);
    second.expect("COUNTED");
    let output = first.wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("Another program"), "{words}");
    second.press("\x1d");
    assert_eq!(second.ends().code(), Some(0));
}
