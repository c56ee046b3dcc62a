//! `berth set` and `berth add-display`: what each came to is told, and a switch that cannot be set changes nothing.

use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use berth_tests::{Need, Terminal, find_program, require, wait_until};
use serde_json::json;

#[test]
fn switches_are_set_from_the_terminal() {
    let Some(terminal) = Terminal::open() else { return };
    terminal.create("guest", &["--network", "none"]);
    assert_eq!(terminal.info("guest")["shares_clipboard"], false);
    let told = terminal.json(&["set", "guest", "--clipboard", "on"]);
    assert_eq!(
        told,
        json!({ "name": "guest", "clipboard": { "done": true, "at_next_start": false } })
    );
    assert_eq!(terminal.info("guest")["shares_clipboard"], true);
    let starts_by_itself = || terminal.session.virsh(&["dominfo", "guest"]);
    for (switch, is_on) in [("on", true), ("off", false)] {
        terminal.json(&["set", "guest", "--autostart", switch]);
        assert_eq!(terminal.info("guest")["autostart"], is_on);
        let words = if is_on { "enable" } else { "disable" };
        let told = starts_by_itself();
        let line = told.lines().find(|line| line.starts_with("Autostart:")).unwrap();
        assert!(line.ends_with(words), "{line}");
    }
    let (status, words) = terminal.refused(&["set", "guest"]);
    assert_eq!(status, 2, "{words}");
    let (status, words) = terminal.refused(&["add-display", "guest"]);
    assert_eq!(status, 1);
    assert!(words.contains("all the displays"), "{words}");
}

#[test]
fn sound_needs_a_server_that_answers() {
    let Some(terminal) = Terminal::open() else { return };
    terminal.create("guest", &["--network", "none"]);
    let on = ["set", "guest", "--sound", "on"];
    let (status, words) = terminal.refused(&on);
    assert_eq!(status, 1);
    assert!(words.contains("No sound server"), "{words}");

    // Somebody waits there and is no sound server.
    let folder = tempfile::Builder::new().prefix("bs").tempdir_in("/tmp").unwrap();
    std::fs::create_dir(folder.path().join("pulse")).unwrap();
    let stranger = UnixListener::bind(folder.path().join("pulse/native")).unwrap();
    std::thread::Builder::new()
        .name("stranger".to_owned())
        .spawn(move || stranger.incoming().for_each(drop))
        .unwrap();
    let output = terminal
        .command(&on)
        .env("XDG_RUNTIME_DIR", folder.path())
        .output()
        .unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("guest cannot be heard"), "{words}");
    let xml = terminal.session.virsh(&["dumpxml", "guest"]);
    assert!(
        xml.contains("<audio id='1' type='none'/>") && !xml.contains("<sound"),
        "{xml}"
    );
}

/// A sound server in a folder of its own, with nothing to play to.
struct SoundServer(Child);

impl SoundServer {
    fn start(folder: &Path, program: &str, arguments: &[&str], socket: &str) -> Self {
        let log = std::fs::File::create(folder.join("log")).expect("a log");
        let child = Command::new(program)
            .args(arguments)
            .env("HOME", folder)
            .env("XDG_RUNTIME_DIR", folder)
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("a program that starts");
        let server = Self(child);
        let socket = folder.join(socket);
        wait_until("the sound server's socket", Duration::from_secs(20), || socket.exists());
        server
    }
}

impl Drop for SoundServer {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A machine's sound is switched on where that server answers, it starts so, and its sound is switched off again.
fn is_heard_by(kind: &str, program: &str, arguments: &[&str], socket: &str) {
    let Some(terminal) = Terminal::open() else { return };
    let folder = tempfile::Builder::new()
        .prefix("bs")
        .tempdir_in("/tmp")
        .expect("a folder");
    std::fs::create_dir(folder.path().join("pulse")).expect("a folder in it");
    let native = format!(
        "module-native-protocol-unix auth-anonymous=1 socket={}/pulse/native",
        folder.path().display()
    );
    let arguments: Vec<&str> = arguments
        .iter()
        .map(|one| if *one == "NATIVE" { &native } else { *one })
        .collect();
    let _server = SoundServer::start(folder.path(), program, &arguments, socket);
    terminal.create("guest", &["--network", "none"]);
    let set = |switch: &str| {
        let mut command = terminal.command(&["set", "guest", "--sound", switch]);
        let output = command
            .env("XDG_RUNTIME_DIR", folder.path())
            .output()
            .expect("an answer");
        let words = String::from_utf8(output.stderr).expect("words");
        assert_eq!(output.status.code(), Some(0), "{words}");
        terminal.session.virsh(&["dumpxml", "--inactive", "guest"])
    };
    let xml = set("on");
    assert!(xml.contains(&format!("<audio id='1' type='{kind}'")), "{xml}");
    assert!(xml.contains("<sound model='ich9'"), "{xml}");
    terminal.done(&["start", "guest"]);
    assert_eq!(terminal.info("guest")["state"], "running");
    terminal.done(&["force-off", "guest", "--yes"]);
    let xml = set("off");
    assert!(xml.contains("<audio id='1' type='none'/>"), "{xml}");
}

#[test]
fn a_machine_is_heard_through_pulseaudio() {
    // Installed beside PipeWire it would take a desktop's sound for itself: it is used where it is, and not asked for.
    if find_program("pulseaudio").is_none() {
        println!("skipped: no pulseaudio");
        return;
    }
    let null = [
        "-n",
        "--daemonize=no",
        "--exit-idle-time=-1",
        "--use-pid-file=no",
        "-L",
        "module-null-sink",
        "-L",
        "NATIVE",
    ];
    is_heard_by("pulseaudio", "pulseaudio", &null, "pulse/native");
}

#[test]
fn a_machine_is_heard_through_pipewire() {
    if require(&[Need::Program("pipewire")]) {
        is_heard_by("pipewire", "pipewire", &[], "pipewire-0");
    }
}
