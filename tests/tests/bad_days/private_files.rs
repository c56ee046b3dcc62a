//! What Berth keeps is for its user alone, and holds no secret.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use berth_tests::{Desktop, Need, ScreenReader, Shown, Terminal, TestSession, require, wait_until};
use libvirt_backend::boot_sector::{Mood, interactive};
use libvirt_backend::private_session::demo;

/// As long as a VNC password may be.
const SECRET: &str = "Zq7-hush";
const PATIENCE: Duration = Duration::from_mins(1);

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    found.push(folder.to_owned());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().unwrap().is_dir() {
            walk(&entry.path(), found);
        } else {
            found.push(entry.path());
        }
    }
}

/// Everything of Berth's below a home.
fn kept_in(home: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in [
        ".local/state/berth",
        ".local/share/berth",
        ".config/berth",
        ".cache/berth",
        "run/berth",
    ] {
        if home.join(folder).exists() {
            walk(&home.join(folder), &mut found);
        }
    }
    found
}

/// What a running program writes beside the old file and renames may be gone when it is looked at.
#[track_caller]
fn unless_gone<T>(found: std::io::Result<T>) -> Option<T> {
    match found {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        found => Some(found.unwrap()),
    }
}

#[track_caller]
fn assert_private(paths: &[PathBuf]) {
    for path in paths {
        let Some(meta) = unless_gone(path.symlink_metadata()) else {
            continue;
        };
        let mode = meta.permissions().mode() & 0o777;
        let most = if meta.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode & !most, 0, "{} has mode {mode:o}", path.display());
    }
}

#[track_caller]
fn assert_no_secret(paths: &[PathBuf]) {
    for path in paths {
        let Some(kind) = unless_gone(path.symlink_metadata()).map(|meta| meta.file_type()) else {
            continue;
        };
        if kind.is_dir() || kind.is_socket() {
            continue;
        }
        let Some(content) = unless_gone(fs::read(path)) else {
            continue;
        };
        let is_told = content.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
        assert!(!is_told, "{} holds the secret", path.display());
    }
}

/// The processes of this computer whose command line or environment holds these words.
fn processes_that_tell(words: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        for file in ["cmdline", "environ"] {
            let content = fs::read(entry.path().join(file)).unwrap_or_default();
            if String::from_utf8_lossy(&content).contains(words) {
                let name = fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
                found.push(format!("{} {file} of {}", entry.path().display(), name.trim()));
            }
        }
    }
    found
}

/// A machine whose screen has a password, made by somebody else.
fn define_machine_with_password(session: &TestSession) {
    let file = session.folder().join("secret.xml");
    let disk = session.folder().join("guarded.qcow2");
    demo::write_qcow2(&interactive(Mood::Calm), &disk).unwrap();
    let disk = disk.display();
    let xml = format!(
        "<domain type='qemu'><name>guarded</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>\
         <os><type arch='x86_64' machine='q35'>hvm</type></os><devices>\
         <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='{disk}'/>\
         <target dev='vda' bus='virtio'/></disk><disk type='file' device='cdrom'><target dev='sda' bus='sata'/><readonly/></disk>\
         <graphics type='vnc' passwd='{SECRET}'><listen type='socket'/></graphics></devices></domain>"
    );
    fs::write(&file, xml).unwrap();
    session.virsh(&["define", file.to_str().unwrap()]);
    fs::remove_file(file).unwrap();
}

#[test]
fn what_the_terminal_keeps_is_private_and_holds_no_secret_and_the_secret_survives_changes() {
    let Some(terminal) = Terminal::open() else { return };
    define_machine_with_password(&terminal.session);
    let made = [
        "create", "open", "--memory", "64MiB", "--vcpus", "1", "--disk", "1GiB", "--accel", "tcg", "--start",
    ];
    let mut said = String::new();
    for arguments in [
        &made[..],
        &["tag", "guarded", "--add", "web"],
        &["start", "guarded"],
        &["tag", "guarded", "--add", "live"],
        &["info", "guarded", "--json"],
        &["list", "--json"],
        &["diagnostics"],
        &["snapshot", "create", "open", "one"],
    ] {
        // Somebody who lets everyone read everything.
        let mut command = terminal.command(&[]);
        let program = command.get_program().to_owned();
        let mut careless = std::process::Command::new("sh");
        careless
            .args(["-c", "umask 000; exec \"$0\" \"$@\""])
            .arg(program)
            .args(arguments);
        careless.env_clear();
        for (name, value) in command.get_envs() {
            careless.env(name, value.unwrap_or_default());
        }
        careless.env("BERTH_LOG", "trace");
        command = careless;
        let output = command.output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        assert!(output.status.success(), "{arguments:?}: {text}");
        said.push_str(&text);
    }
    assert!(!said.contains(SECRET), "{said}");
    assert!(
        said.contains(&terminal.session.uri()),
        "the environment's connection counts for every command: {said}"
    );
    let kept = kept_in(terminal.home());
    let has = |name: &str| kept.iter().any(|path| path.ends_with(name));
    assert!(
        has("open.qcow2") && has("berth.log") && has("open-serial.log"),
        "{kept:?}"
    );
    assert_private(&kept);
    assert_no_secret(&kept);
    let xml = terminal
        .session
        .virsh(&["dumpxml", "guarded", "--inactive", "--security-info"]);
    assert!(xml.contains(SECRET), "a change of tags lost the password: {xml}");
}

/// What libvirt and QEMU write for people to read.
fn logs_of(session: &TestSession) -> Vec<PathBuf> {
    let mut found = Vec::new();
    walk(session.folder(), &mut found);
    found.retain(|path| path.extension().is_some_and(|extension| extension == "log"));
    assert!(found.iter().any(|path| path.ends_with("guarded.log")), "{found:?}");
    found
}

/// Starts it, shows it, takes a snapshot of it and copies what a bug report needs.
fn work_on_guarded_machine(session: &TestSession, desktop: &Desktop, reader: &mut ScreenReader) {
    reader.click_part("table row", "guarded, Off");
    reader.click("button", "Start");
    reader.hear("guarded: Running.", PATIENCE);
    assert!(
        session
            .virsh(&["dumpxml", "guarded", "--security-info"])
            .contains(SECRET)
    );
    reader.click("button", "Details");
    reader.click("page tab", "Snapshots");
    reader.click("button", "Take a snapshot…");
    reader.click("button", "Take snapshot");
    wait_until("the snapshot is there", PATIENCE, || {
        !session.virsh(&["snapshot-list", "guarded", "--name"]).trim().is_empty()
    });
    desktop.press("ctrl+k");
    reader.wait("entry", "Type a command or a machine");
    desktop.type_text("copy details");
    desktop.press("Return");
    reader.hear("Details copied", PATIENCE);
    let tree = reader.tree();
    assert!(!tree.iter().any(|line| line.contains(SECRET)), "{tree:?}");
}

#[test]
fn what_the_window_keeps_is_private_and_holds_no_secret() {
    if !require(&[
        Need::Libvirt,
        Need::Program("Xvfb"),
        Need::Program("dbus-daemon"),
        Need::Program("xdotool"),
    ]) {
        return;
    }
    let session = TestSession::start();
    define_machine_with_password(&session);
    let mut desktop = Desktop::start(Shown::OnX11);
    let pid = desktop.start_berth(&["--connect", &session.uri()]);
    let mut reader = desktop.screen_reader();
    work_on_guarded_machine(&session, &desktop, &mut reader);
    assert_eq!(processes_that_tell(SECRET), Vec::<String>::new());
    let words = format!("told by a child of {}", std::process::id());
    let mut careless = std::process::Command::new("sleep");
    let mut careless = careless.arg("60").env("PASSWORD", &words).spawn().unwrap();
    assert_eq!(processes_that_tell(&words).len(), 1, "one that tells would be found");
    careless.kill().unwrap();
    careless.wait().unwrap();
    assert_no_secret(&logs_of(&session));
    let kept = kept_in(desktop.home());
    assert!(kept.iter().any(|path| path.ends_with("instance.sock")), "{kept:?}");
    assert_private(&kept);
    let window = rustix::process::Pid::from_raw(pid.cast_signed()).unwrap();
    rustix::process::kill_process(window, rustix::process::Signal::TERM).unwrap();
    assert_eq!(
        desktop.wait_for_end(pid, Duration::from_mins(1)),
        0,
        "{}",
        desktop.berth_log()
    );
    let kept = kept_in(desktop.home());
    assert_private(&kept);
    assert_no_secret(&kept);
}
