//! The screen of a machine on another computer: the picture is the guest's, whichever way it comes.

use std::path::Path;
use std::time::{Duration, Instant};

use berth::console::rfb::{self, Encoding, Options};
use berth::console::{Ending, Fresh, InputQueue, Screen, screen};
use berth_tests::{BOOT_PATIENCE, Guest, Need, TestSession, require, wait_until};
use egui::Color32;
use libvirt_backend::boot_sector::Mood;
use libvirt_backend::command::{DisplayStream, Passage, Screenshot};
use libvirt_backend::error::{Cure, InputProblem};
use libvirt_backend::model::{GraphicsKind, MachineId};
use libvirt_backend::{Command, Error, MachineCommand, Outcome, Query, Result};

use super::hosts::{Hosts, PATIENCE, folder, write_login};
use super::sshd::Sshd;

const SSH: [Need; 5] = [
    Need::Libvirt,
    Need::Program("virt-ssh-helper"),
    Need::Program("ssh"),
    Need::Program("sshd"),
    Need::Program("ssh-keygen"),
];
/// As Berth writes it for viewers on other computers, with a password that never was valid.
const LOCKED: &str = "<graphics type='vnc' port='-1' autoport='yes' passwd='neverone' \
    passwdValidTo='1970-01-01T00:00:01'><listen type='address' address='127.0.0.1'/></graphics>";

/// A window's end of a session, without a window.
struct Viewer {
    screen: Screen,
    input: InputQueue,
    size: [u32; 2],
    pixels: Vec<Color32>,
    /// Ends what carries it.
    _stream: DisplayStream,
}

impl Viewer {
    fn open(stream: DisplayStream, password: Option<String>) -> Self {
        let (canvas, screen) = screen(|| {});
        let input = InputQueue::default();
        let options = Options {
            password,
            // Lossless, so that pictures can be compared.
            encodings: vec![Encoding::Zrle],
            jpeg_quality: None,
            ..Options::remote()
        };
        rfb::start(stream.descriptor().unwrap(), options, canvas, input.clone()).unwrap();
        Self {
            screen,
            input,
            size: [0, 0],
            pixels: Vec::new(),
            _stream: stream,
        }
    }

    fn look(&mut self) {
        let Fresh { size, patches, .. } = self.screen.take();
        if let Some(size) = size {
            self.size = size;
            self.pixels = vec![Color32::TRANSPARENT; size[0] as usize * size[1] as usize];
        }
        for patch in &patches {
            let width = patch.image.width();
            for (row, y) in patch.image.pixels.chunks_exact(width).zip(patch.y as usize..) {
                let start = y * self.size[0] as usize + patch.x as usize;
                self.pixels[start..start + width].copy_from_slice(row);
            }
        }
    }

    fn until_like(&mut self, picture: impl Fn() -> Screenshot) {
        let end = Instant::now() + PATIENCE;
        loop {
            self.look();
            let truth = picture();
            let ours: Vec<u8> = self.pixels.iter().flat_map(|pixel| pixel.to_array()).collect();
            if self.size == [truth.width, truth.height] && *ours == *truth.rgba {
                return;
            }
            assert!(
                Instant::now() < end,
                "not the guest's picture: {:?}, {:?}",
                self.size,
                self.screen.ending()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn ending(&mut self) -> Ending {
        let mut ending = None;
        wait_until("the end", PATIENCE, || {
            self.look();
            ending = self.screen.ending();
            ending.is_some()
        });
        ending.unwrap()
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.input.close();
    }
}

fn open(hosts: &Hosts, uri: &str, name: &str) -> Result<DisplayStream> {
    let model = hosts.until(uri, "the machine is read", |model| {
        model
            .machine_named(name)
            .is_some_and(|machine| machine.definition.is_complete)
    });
    let machine = model.machine_named(name).unwrap();
    let mut displays = machine.definition.graphics.iter();
    let index = displays
        .find(|display| display.kind == GraphicsKind::Vnc)
        .unwrap()
        .index;
    match hosts.run(uri, Command::Query(Query::OpenDisplay { id: machine.id, index }))? {
        Outcome::Display(stream) => Ok(stream),
        other => panic!("{other:?}"),
    }
}

fn id_of(hosts: &Hosts, uri: &str, name: &str) -> MachineId {
    hosts.backend.model(uri).unwrap().machine_named(name).unwrap().id
}

fn see(hosts: &Hosts, uri: &str, name: &str) -> (Viewer, DisplayStream) {
    let stream = open(hosts, uri, name).unwrap();
    assert_eq!(stream.passage(), Passage::Ssh);
    let password = stream.password().map(str::to_owned);
    let mut viewer = Viewer::open(stream.clone(), password);
    let id = id_of(hosts, uri, name);
    viewer.until_like(|| match hosts.run(uri, Command::Query(Query::Screenshot(id))) {
        Ok(Outcome::Screenshot(picture)) => picture,
        other => panic!("{other:?}"),
    });
    (viewer, stream)
}

/// Changes the display of a guest that is off.
fn redefine(session: &TestSession, name: &str, display: &str) {
    let xml = session.virsh(&["dumpxml", "--inactive", name]);
    let (before, rest) = xml.split_once("<graphics").unwrap();
    let (_, after) = rest.split_once("</graphics>").unwrap();
    let path = session.folder().join(format!("{name}-display.xml"));
    std::fs::write(&path, format!("{before}{display}{after}")).unwrap();
    session.virsh(&["define", path.to_str().unwrap()]);
}

fn command_lines() -> Vec<String> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|process| std::fs::read_to_string(process.path().join("cmdline")).ok())
        .collect()
}

#[test]
fn screens_behind_a_real_ssh_server_are_the_guests_and_one_login_carries_all() {
    if !require(&SSH) {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::boot_sector(&session, "far", Mood::Calm);
    let _line = guest.start(BOOT_PATIENCE);
    let sshd = Sshd::start(&session);
    let folder = folder();
    let hosts = Hosts::new(folder.path());
    let uri = sshd.uri("lab");
    hosts.connect(&uri);
    let (first, stream) = see(&hosts, &uri, "far");
    assert_eq!(stream.password(), None, "a socket of the user's own asks for none");
    // From now on nobody can log in: what is seen comes over the line that is open.
    let keys = sshd.folder.path().join("authorized_keys");
    std::fs::write(&keys, "").unwrap();
    let (second, _) = see(&hosts, &uri, "far");
    drop((first, second));

    sshd.refuse_client("lab", "me@lab: Permission denied (publickey).");
    let error = open(&hosts, &uri, "far").unwrap_err();
    assert_eq!(error.cure(), Some(Cure::CheckSshKey), "{error}");
    assert_eq!(error.detail(), Some("me@lab: Permission denied (publickey)."));
}

#[test]
fn a_locked_display_is_opened_by_a_password_of_the_moment_that_nobody_else_sees() {
    if !require(&SSH) {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::boot_sector(&session, "far", Mood::Calm);
    redefine(&session, "far", LOCKED);
    let _line = guest.start(BOOT_PATIENCE);
    let sshd = Sshd::start(&session);
    let folder = folder();
    let hosts = Hosts::new(folder.path());
    let uri = sshd.uri("lab");
    hosts.connect(&uri);
    let (_viewer, stream) = see(&hosts, &uri, "far");
    let password = stream.password().unwrap().to_owned();
    assert!(!command_lines().iter().any(|line| line.contains(&password)));
    assert!(!format!("{stream:?}").contains(&password));
    let kept = session.virsh(&["dumpxml", "--inactive", "--security-info", "far"]);
    assert!(
        kept.contains("passwd='neverone' passwdValidTo='1970-01-01T00:00:01'"),
        "{kept}"
    );
    assert!(!kept.contains(&password));
    let live = session.virsh(&["dumpxml", "--security-info", "far"]);
    assert!(
        live.contains(&password) && !live.contains("1970-01-01"),
        "it runs out: {live}"
    );

    let next = open(&hosts, &uri, "far").unwrap();
    assert_ne!(
        next.password(),
        Some(password.as_str()),
        "each viewer has one of its own"
    );
    let ending = Viewer::open(next, Some(password)).ending();
    assert!(
        matches!(ending, Ending::PasswordWrong | Ending::Refused { .. }),
        "{ending:?}"
    );
}

#[test]
fn a_display_that_waits_nowhere_says_so_and_can_be_opened_to_others() {
    if !require(&SSH) {
        return;
    }
    let session = TestSession::start();
    let guest = Guest::boot_sector(&session, "far", Mood::Calm);
    redefine(&session, "far", "<graphics type='vnc'><listen type='none'/></graphics>");
    let _line = guest.start(BOOT_PATIENCE);
    let sshd = Sshd::start(&session);
    let folder = folder();
    let hosts = Hosts::new(folder.path());
    let uri = sshd.uri("lab");
    hosts.connect(&uri);
    let error = open(&hosts, &uri, "far").unwrap_err();
    assert_eq!(error, Error::InvalidInput(InputProblem::DisplayListensNowhere));
    assert_eq!(error.cure(), Some(Cure::AllowRemoteDisplay));
    let id = id_of(&hosts, &uri, "far");
    let tell = |command| hosts.run(&uri, Command::Machine { id, command });
    assert_eq!(tell(MachineCommand::AllowRemoteDisplay), Ok(Outcome::AtNextStart));
    tell(MachineCommand::ForceOff).unwrap();
    let _line = guest.start(BOOT_PATIENCE);
    let (_viewer, _stream) = see(&hosts, &uri, "far");
}

/// An ssh that stays here: what the other computer would do is done on this one.
fn fake_ssh(session: &Path, folder: &Path) -> String {
    let words = "while [ \"$1\" != -- ]; do case $1 in -W) to=$2; shift;; -L) led=$2; shift;; esac; shift; done\n\
        if [ -n \"$to\" ]; then exec 3<>/dev/tcp/${to%:*}/${to##*:}; (cat <&3; kill $$) & exec cat >&3; fi\n\
        if [ -n \"$led\" ]; then ln -s \"${led#*:}\" \"${led%%:*}\"; exec sleep 1000; fi\n\
        shift 2; COMMAND=\"$*\"";
    let script = write_login(session, folder.join("ssh"), words);
    format!("qemu+ssh://lab/session?command={}&proxy=native", script.display())
}

#[test]
fn both_ways_of_a_display_go_through_any_program_that_stands_in_for_ssh() {
    if !require(&[Need::Libvirt, Need::Program("virt-ssh-helper")]) {
        return;
    }
    let session = TestSession::start();
    let by_socket = Guest::boot_sector(&session, "socket", Mood::Calm);
    let by_port = Guest::boot_sector(&session, "port", Mood::Calm);
    redefine(&session, "port", LOCKED);
    let _lines = (by_socket.start(BOOT_PATIENCE), by_port.start(BOOT_PATIENCE));
    let folder = folder();
    let hosts = Hosts::new(folder.path());
    let uri = fake_ssh(session.folder(), folder.path());
    hosts.connect(&uri);
    for name in ["socket", "port"] {
        let (mut viewer, stream) = see(&hosts, &uri, name);
        assert_eq!(stream.password().is_some(), name == "port");
        let id = id_of(&hosts, &uri, name);
        hosts
            .run(
                &uri,
                Command::Machine {
                    id,
                    command: MachineCommand::ForceOff,
                },
            )
            .unwrap();
        assert_eq!(viewer.ending(), Ending::Closed);
    }
}
